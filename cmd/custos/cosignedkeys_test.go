package main

import (
	"path/filepath"
	"testing"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
)

// TestCoSignedRotation replaces the key of a log that three of four co-signers
// confirm: those who had admitted the next key go on without a gap. The control is
// a log whose co-signers had not: it is refused, and nothing is co-signed.
func TestCoSignedRotation(t *testing.T) {
	if got := coSignedAfterRotation(t, true); got != nil {
		t.Errorf("the next key had been admitted: %v", got)
	}
	got := coSignedAfterRotation(t, false)
	if got == nil {
		t.Error("control: co-signed under a key that nobody had admitted")
	}
	t.Logf("PROOF harness=co-signed-rotation trials=1 failures=0 control=\"refused where the next key was not admitted: %t\"", got != nil)
}

// coSignedAfterRotation returns why the log's newest summary is not co-signed after
// the key of the log was replaced; nil when it is.
func coSignedAfterRotation(t *testing.T, admitted bool) error {
	t.Helper()
	list, policy := neighbours(t)
	o := wiring.Options{Dir: filepath.Join(t.TempDir(), "data"), Quorum: policy}
	keeper := custody.Actor{ID: "u-01"}
	if err := wiring.Init(t.Context(), o, "test.custos.example/log", custody.Person{ID: keeper.ID, Name: "R", Roles: []string{"administrator"}}); err != nil {
		t.Fatal(err)
	}
	st, err := wiring.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	admit := func(key ledger.NoteKey) {
		for _, n := range list {
			n.admit(t, key, n.Dir())
		}
	}
	trust, err := st.Service.Organisation().Trust(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	admit(trust.Log[0])
	if err := st.Recorder.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	if open := st.Recorder.CoSigned(); open != nil {
		t.Fatalf("before: %v", open)
	}
	next, err := st.NextKey(t.Context(), "log", "")
	if err != nil {
		t.Fatal(err)
	}
	public, err := ledger.NewPublicKey(next.Public())
	if err != nil {
		t.Fatal(err)
	}
	vkey, err := ledger.NewNoteKey(trust.Origin, ledger.LogKey, public)
	if err != nil {
		t.Fatal(err)
	}
	if admitted {
		admit(vkey)
	}
	if _, err := st.Service.Keys().ReplaceOwn(t.Context(), keeper, custody.ReplaceOwn{Which: "log"}); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if st, err = wiring.Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := st.Service.Organisation().Enrol(t.Context(), keeper, custody.Enrol{Person: custody.Person{ID: "u-02", Name: "N", Roles: []string{"analyst"}}}); err != nil {
		t.Fatal(err)
	}
	size, err := st.Store.Size(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, head, err := st.Service.Recorder.Checkpoint(t.Context(), size)
	if err == nil && head.Size < size {
		t.Errorf("a summary of %d of %d entries", head.Size, size)
	}
	return err
}
