package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
)

// opens opens a data folder whose keys and guard lie beside it.
func opens(t *testing.T, dir string) *wiring.Station {
	t.Helper()
	st, err := wiring.Open(t.Context(), wiring.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return st
}

// enrols appends an entry that tells two copies apart, and asks for a checkpoint.
func enrols(t *testing.T, st *wiring.Station, id string) error {
	t.Helper()
	p := custody.Person{ID: id, Name: id, Roles: []string{"analyst"}}
	if _, err := st.Service.Organisation().Enrol(t.Context(), custody.Actor{ID: "ad-1"}, custody.Enrol{Person: p}); err != nil {
		t.Fatal(err)
	}
	_, _, err := st.Service.Recorder.Checkpoint(t.Context(), 0)
	return err
}

// twoCopies founds a log, copies everything that the keeper has, and lets both go
// on apart, the copy by a number of entries more.
func twoCopies(t *testing.T, policy []byte, admit func(ledger.NoteKey), more int) (first, second error) {
	t.Helper()
	one := filepath.Join(t.TempDir(), "data")
	two := filepath.Join(t.TempDir(), "data")
	options := wiring.Options{Dir: one, Quorum: policy}
	if err := wiring.Init(t.Context(), options, "log.example/t", custody.Person{ID: "ad-1", Name: "Ada", Roles: []string{"administrator"}}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(one, "trust.json"))
	if err != nil {
		t.Fatal(err)
	}
	trust, err := ledger.ParseTrust(text)
	if err != nil {
		t.Fatal(err)
	}
	admit(trust.Log[0])
	st := opens(t, one)
	if err := enrols(t, st, "shared"); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", ".keys"} {
		if err := os.CopyFS(two+suffix, os.DirFS(one+suffix)); err != nil {
			t.Fatal(err)
		}
		if err := filepath.Walk(two+suffix, func(path string, info os.FileInfo, err error) error {
			if err == nil && info.IsDir() {
				return os.Chmod(path, 0o700)
			}
			return errors.Join(err, os.Chmod(path, 0o600))
		}); err != nil {
			t.Fatal(err)
		}
	}
	first = enrols(t, opens(t, one), "one")
	copied := opens(t, two)
	for i := range 1 + more {
		second = enrols(t, copied, fmt.Sprint("two", i))
	}
	return first, second
}

// TestTwoCopies copies the data, the keys and the guard of a log, so that nothing
// at home can tell the two apart, and goes on with both. Under co-signers only
// one of them ever has another checkpoint, whether the other is as long or longer.
// Control: without co-signers both have.
func TestTwoCopies(t *testing.T) {
	for more := range 3 {
		list, policy := neighbours(t)
		first, second := twoCopies(t, policy, func(log ledger.NoteKey) {
			for _, n := range list {
				n.admit(t, log, n.Dir())
			}
		}, more)
		if first != nil || !errors.Is(second, custody.ErrNotCoSigned) {
			t.Errorf("%d more: the first %v, the second %v", more, first, second)
		}
	}
	first, second := twoCopies(t, nil, func(ledger.NoteKey) {}, 1)
	if first != nil || second != nil {
		t.Fatalf("control: %v, %v", first, second)
	}
	t.Log(`PROOF harness=two-copies-of-everything trials=3 failures=0 control="without co-signers both copies sign on"`)
}
