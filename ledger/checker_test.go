package ledger_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// node returns the path of Node.js, without which the independent checker cannot run.
func node(tb testing.TB) string {
	tb.Helper()
	path, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatal("Node.js 20 is needed for the independent checker; install it or put it on PATH")
		}
		tb.Skip("Node.js is not on PATH: the independent checker cannot run")
	}
	return path
}

// checked runs the independent checker and returns its one line.
func (w *world) checked(bundle []byte, options ...string) string {
	w.t.Helper()
	dir := w.t.TempDir()
	trust, err := w.trust().Bytes()
	if err != nil {
		w.t.Fatal(err)
	}
	for name, data := range map[string][]byte{"bundle.zip": bundle, "trust.json": trust} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
	args := append([]string{"../custody/bundle/testdata/checker/check.mjs", filepath.Join(dir, "bundle.zip"), "--record", "--trust", filepath.Join(dir, "trust.json")}, options...)
	out, err := exec.Command(node(w.t), args...).CombinedOutput()
	line := strings.TrimSuffix(string(out), "\n")
	if failed := err != nil; failed == strings.HasPrefix(line, "OK ") || strings.Contains(line, "\n") {
		w.t.Fatalf("the checker said %q and ended with %v", line, err)
	}
	return line
}

func TestCheckerAcceptsAGoodBundle(t *testing.T) {
	w := newWorld(t).fill()
	line := w.checked(zipOf(w.pack(packing{})))
	if !strings.HasPrefix(line, "OK 59 entries of work, 17 withheld") {
		t.Fatal(line)
	}
}
