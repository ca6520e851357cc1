package bundle_test

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
)

// independent runs the checker of package ledger, which shares no line with this
// package, and returns what it says.
func independent(t *testing.T, c *bundletest.Case, file []byte) string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("Node.js 20 is needed for the independent checker; install it or put it on PATH")
		}
		t.Skip("Node.js is not on PATH: the independent checker cannot run")
	}
	trust, err := c.Trust().Bytes()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, data := range map[string][]byte{"bundle.zip": file, "trust.json": trust} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	checker := filepath.Join("..", "..", "ledger", "testdata", "checker", "check.mjs")
	out, err := exec.Command(node, checker, filepath.Join(dir, "bundle.zip"), "--trust", filepath.Join(dir, "trust.json")).CombinedOutput() //nolint:gosec // the checker
	if said := string(out); (err == nil) != strings.HasPrefix(said, "OK ") {
		t.Fatalf("the independent checker said %q and ended with %v", said, err)
	}
	return string(out)
}

// TestIndependentCheckerAgrees holds two programs that were written apart against
// each other: both accept the bundle, and both refuse each bundle with one bit of one
// document turned.
func TestIndependentCheckerAgrees(t *testing.T) {
	c, file, o := tiny("two programs")
	if said := independent(t, c, file); !strings.HasPrefix(said, "OK ") || verify(file, o).Exit != bundle.ExitMatches {
		t.Fatalf("the unchanged bundle: exit %d; the independent checker says %s", verify(file, o).Exit, said)
	}
	good := bundletest.Split(file)
	tried := 0
	for _, name := range slices.Sorted(maps.Keys(good)) {
		for _, at := range []int{len(good[name]) / 3, len(good[name]) - 1} {
			bad := maps.Clone(good)
			bad[name] = bytes.Clone(good[name])
			bad[name][at] ^= 1
			spoilt := bundletest.Zip(bad)
			if exit, said := verify(spoilt, o).Exit, independent(t, c, spoilt); exit == bundle.ExitMatches || !strings.HasPrefix(said, "FAULT ") {
				t.Errorf("%s, byte %d: exit %d; the independent checker says %s", name, at, exit, said)
			}
			tried++
		}
	}
	if tried < 30 {
		t.Errorf("only %d changed bundles were tried", tried)
	}
}
