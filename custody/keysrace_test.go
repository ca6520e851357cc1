package custody_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
)

// TestReplaceUnderWork replaces a person's key again and again while the same
// person works from several sides. No entry stands behind the end of the key that
// signed it, and none is in the service's name that was theirs. The control is an
// entry that is appended without asking whether its key still counts: the same
// check names it.
func TestReplaceUnderWork(t *testing.T) {
	h := withCase(t)
	const workers, replaced = 4, 12
	var wait sync.WaitGroup
	stop := make(chan struct{})
	for w := range workers {
		wait.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				_, err := h.Service.Cases().Open(t.Context(), sio, custody.OpenCase{
					Reference: fmt.Sprintf("NX/%d/%d", w, i), Title: "t", Assigned: []string{sio.ID},
				})
				if err != nil && !errors.Is(err, custody.ErrConflict) {
					t.Errorf("open a case: %v", err)
					return
				}
			}
		})
	}
	for range replaced {
		if _, err := h.Service.Keys().Replace(t.Context(), sio, custody.ReplaceKey{}); err != nil {
			t.Errorf("replace: %v", err)
		}
	}
	close(stop)
	wait.Wait()
	n, found := h.checkSigned(t)
	for _, f := range found {
		t.Errorf("%s: %s", f.Where, f.What)
	}
	caught := h.lateSignature(t)
	if !caught {
		t.Error("control: a signature behind the end of its key was not named")
	}
	t.Logf("PROOF harness=keys-under-work trials=%d failures=%d control=\"a late signature is named: %t\"", n, len(found), caught)
}

// between does something else just before the first decision is appended.
type between struct {
	custody.Store
	once sync.Once
	do   func()
}

func (b *between) Append(ctx context.Context, r custody.Request) ([]custody.Placed, error) {
	if r.Drafts[0].Kind == "access-decided" {
		b.once.Do(b.do)
	}
	return b.Store.Append(ctx, r)
}

// TestReplacedBetween replaces a key between the signing of a decision and its
// place: the decision is signed anew, with the key that counts there.
func TestReplacedBetween(t *testing.T) {
	h := withCase(t)
	config := h.Service.Config
	replaced := false
	config.Store = &between{Store: h.Store, do: func() {
		_, err := h.Service.Keys().Replace(t.Context(), sio, custody.ReplaceKey{})
		if replaced = err == nil; err != nil {
			t.Error(err)
		}
	}}
	if _, err := custody.New(config).Cases().Open(t.Context(), sio, custody.OpenCase{Reference: "NX/9", Title: "t", Assigned: []string{sio.ID}}); err != nil {
		t.Fatal(err)
	}
	if _, found := h.checkSigned(t); len(found) > 0 || !replaced {
		t.Errorf("replaced %t, %v", replaced, found)
	}
	now := h.inForce(sio.ID).Key
	entries := h.entries("", ledger.Organisation)
	signed, err := custody.ParseSigned(entries[len(entries)-1].Envelope)
	if err != nil {
		t.Fatal(err)
	}
	if actor := signed.Statement().Predicate.Actor; actor.ID != sio.ID || actor.Key != now {
		t.Errorf("the last entry is in the name of %s under %s, want %s under %s", actor.ID, actor.Key, sio.ID, now)
	}
}
