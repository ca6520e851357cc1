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
func independent(t *testing.T, o bundle.Options, file []byte) string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("Node.js 20 is needed for the independent checker; install it or put it on PATH")
		}
		t.Skip("Node.js is not on PATH: the independent checker cannot run")
	}
	trust, err := o.Trust.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, data := range map[string][]byte{"bundle.zip": file, "trust.json": trust} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	checker := filepath.Join("testdata", "checker", "check.mjs")
	out, err := exec.Command(node, checker, filepath.Join(dir, "bundle.zip"), "--trust", filepath.Join(dir, "trust.json")).CombinedOutput()
	if said := string(out); (err == nil) != strings.HasPrefix(said, "OK ") {
		t.Fatalf("the independent checker said %q and ended with %v", said, err)
	}
	return string(out)
}

// TestChecksAgreeOnBits holds two programs that were written apart against
// each other: both accept the bundle, and both refuse each bundle with one bit of one
// document turned.
func TestChecksAgreeOnBits(t *testing.T) {
	_, file, o := tiny("two programs")
	if said := independent(t, o, file); !strings.HasPrefix(said, "OK ") || verify(file, o).Exit != bundle.ExitMatches {
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
			if exit, said := verify(spoilt, o).Exit, independent(t, o, spoilt); exit == bundle.ExitMatches || !strings.HasPrefix(said, "FAULT ") {
				t.Errorf("%s, byte %d: exit %d; the independent checker says %s", name, at, exit, said)
			}
			tried++
		}
	}
	if tried < 30 {
		t.Errorf("only %d changed bundles were tried", tried)
	}
}

// beyond lists the checks, and single vectors, that the independent checker
// does not make: it re-runs nothing and follows no exhibit to its sources.
var beyond = map[string]string{
	"self-test": "it is about this program", "co-signers": "it does not count them", "known-head": "it takes another form of head",
	"stamp-list": "it says that it does not check time stamps", "stamps": "as above", "stamp-heads": "as above",
	"authority": "", "inputs": "", "sources": "", "renders": "", "front-page": "", "decisions": "", "rows": "", "times": "",
	"outputs": "", "balance": "", "parameters": "",
	"a payload outside the folders for payloads": "it takes any name", "a payload among the chains": "as above", "a document where payloads are": "as above",
	"a page put into the exhibit": "it does not hold the folder against the exhibit", "a page taken out of the exhibit": "as above",
	"a bundle that names another program": "it runs none",
}

// TestChecksAgreeOnVectors gives both programs every dishonest
// bundle: both refuse each that both can judge.
func TestChecksAgreeOnVectors(t *testing.T) {
	refused, passed := 0, 0
	tried := vectors()
	if long() {
		tried = append(tried, moreVectors()...)
	}
	for _, v := range tried {
		_, check := beyond[v.check]
		if _, name := beyond[v.name]; check || name {
			passed++
			continue
		}
		file, o := v.build()
		if said := independent(t, o, file); !strings.HasPrefix(said, "FAULT ") {
			t.Errorf("%s: %s: the independent checker says %s", v.check, v.name, said)
		}
		refused++
	}
	t.Logf("both refuse %d bundles; %d more need checks that the independent checker does not make", refused, passed)
}
