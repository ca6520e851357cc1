package custody_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
)

// TestCloseLog closes a log and opens the next: nothing can be added to the old
// one, by any way, it still checks, its last entry names the next, and the next
// one's first entries name the last checkpoint of the old.
func TestCloseLog(t *testing.T) {
	h := withCase(t)
	if _, err := h.Service.Keys().Close(t.Context(), auditor, custody.CloseLog{Next: "custos.example/next", Reason: "end of the year"}); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("an auditor closes the log: %v", err)
	}
	for _, next := range []string{"", "custos.example/test", "a b"} {
		if _, err := h.Service.Keys().Close(t.Context(), admin, custody.CloseLog{Next: next, Reason: "r"}); !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("followed by %q: %v", next, err)
		}
	}
	closed, err := h.Service.Keys().Close(t.Context(), admin, custody.CloseLog{Next: "custos.example/next", Reason: "end of the year"})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		person := custody.Person{ID: "an5", Name: "Late", Roles: []string{"analyst"}}
		if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: person}); !errors.Is(err, custody.ErrConflict) {
			t.Errorf("enrolled in a closed log: %v", err)
		}
		_, err := h.smuggle(h.entries(h.id, ledger.Work)[0].Envelope, h.actorKey(sio.ID), h.size())
		if !errors.Is(err, custody.ErrInvalid) || !strings.Contains(err.Error(), "the log is closed") {
			t.Errorf("appended behind the end: %v", err)
		}
		h.reopen()
	}
	h.signed()
	h.whole()
	size := h.size()
	if uint64(closed.Placed.Index) != size-1 {
		t.Errorf("closed at %d of %d", closed.Placed.Index, size)
	}
	_, text, err := h.Service.Keys().Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := ledger.ParseReceipt(text)
	last := receipt.Checkpoint
	if err != nil || last.Size != size {
		t.Fatalf("last checkpoint %+v: %v", last, err)
	}
	end, err := h.Service.Keys().End(t.Context())
	if err != nil || end.Next != "custos.example/next" || uint64(end.Index) != size-1 {
		t.Errorf("end %+v: %v", end, err)
	}
	h.opensNext(last)
}

// opensNext opens the log that follows one whose last checkpoint that is.
func (h *house) opensNext(last ledger.SignedCheckpoint) {
	h.Helper()
	t := h.T
	next := wiring.Options{Dir: filepath.Join(t.TempDir(), "next"), Clock: h.clock, Follows: &custody.Continued{
		Origin: last.Origin, Reason: "end of the year", Root: last.Root, Size: last.Size,
	}}
	if err := wiring.Init(t.Context(), next, "custos.example/next", custody.Person{ID: admin.ID, Name: "A. Admin", Roles: []string{"administrator"}}); err != nil {
		t.Fatal(err)
	}
	follower, err := wiring.Open(t.Context(), next)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = follower.Close() }()
	begun, err := follower.Service.Keys().End(t.Context())
	if err != nil || len(begun.Continues) != 1 || begun.Continues[0] != *next.Follows || begun.Next != "" {
		t.Errorf("the next log begins %+v: %v", begun, err)
	}
}
