package store

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
)

// decidedAt is a draft that rests on a decision.
func decidedAt(chain custody.Chain, asOf uint64, until time.Time) draftOf {
	d := itemReceived(chain, fmt.Sprintf("D/%d", asOf))
	d.decided, d.asOf, d.until = true, asOf, until
	return d
}

func TestDecisionIsOvertakenByChangeInItsScope(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		appendOne := func(d draftOf) error {
			_, err := w.Append(t.Context(), requestOf(d.mustDraft(t)))
			return err
		}
		changing := func(chain custody.Chain, item string) draftOf {
			d := itemReceived(chain, item)
			d.changes = true
			return d
		}
		for i := range 3 { // entries 0 to 2 change nothing
			w.mustAppend(t, itemReceived(w.work, fmt.Sprint(i)).mustDraft(t))
		}
		if err := appendOne(decidedAt(w.work, 1, time.Time{})); err != nil { // 3
			t.Fatalf("nothing has changed: %v", err)
		}
		w.mustAppend(t, changing(w.work, "c").mustDraft(t)) // 4
		for asOf, want := range map[uint64]error{0: custody.ErrConflict, 4: custody.ErrConflict, 5: nil, 6: nil} {
			look := looked(w.reads, "row.read")
			look.decided, look.asOf = true, asOf
			if err := appendOne(look); !errors.Is(err, want) || want == nil && err != nil {
				t.Fatalf("as of %d after a change at 4, on another chain of the case: %v", asOf, err)
			}
		}
		if err := appendOne(decidedAt(w.other, 2, time.Time{})); err != nil {
			t.Fatalf("another case is not concerned: %v", err)
		}
		release := draftOf{chain: w.keys, detail: &ledger.PolicyReleased{Name: "release 2", Release: ledger.Digest{2}}, changes: true}
		at := uint64(w.mustAppend(t, release.mustDraft(t))[0].Index)
		for _, chain := range []custody.Chain{w.other, w.work} {
			if err := appendOne(decidedAt(chain, at, time.Time{})); !errors.Is(err, custody.ErrConflict) {
				t.Fatalf("a change of the organisation concerns every case: %v", err)
			}
			if err := appendOne(decidedAt(chain, at+1, time.Time{})); err != nil {
				t.Fatalf("decided after it: %v", err)
			}
		}
		w.reopen(t)
		if err := appendOne(decidedAt(w.other, at, time.Time{})); !errors.Is(err, custody.ErrConflict) {
			t.Fatalf("after a restart: %v", err)
		}
		mustBeSound(t, w)
	})
}

func TestDecisionEndsWithItsAuthority(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		until := w.clock.Now().Add(time.Hour)
		if _, err := w.Append(t.Context(), requestOf(decidedAt(w.work, 0, until).mustDraft(t))); err != nil {
			t.Fatal(err)
		}
		slow := requestOf(decidedAt(w.work, 0, until).mustDraft(t))
		w.clock.advance(2 * time.Hour)
		if _, err := w.Append(t.Context(), slow); !errors.Is(err, custody.ErrConflict) {
			t.Fatalf("after the end: %v", err)
		}
	})
}

func TestChangeInOwnRequestOvertakesNothing(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		first, second := decidedAt(w.work, 0, time.Time{}), decidedAt(w.work, 0, time.Time{})
		first.changes = true
		second.detail = &ledger.ItemReceived{Item: "E/2", Description: "bag", From: "PC 1234"}
		w.mustAppend(t, first.mustDraft(t), second.mustDraft(t))
		if _, err := w.Append(t.Context(), requestOf(decidedAt(w.work, 0, time.Time{}).mustDraft(t))); !errors.Is(err, custody.ErrConflict) {
			t.Fatalf("the next request is overtaken: %v", err)
		}
	})
}

// TestSlowKeyCannotOutliveItsAuthority is the harness of a key that takes long:
// the decision is taken, the authority is cancelled, and only then the actor's
// key answers.
func TestSlowKeyCannotOutliveItsAuthority(t *testing.T) {
	const answer = 2 * time.Second
	onEngines(t, func(t *testing.T, w *world) {
		asOf, err := w.Size(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		slow := decidedAt(w.work, asOf, time.Time{})
		slow.pause = answer
		unchecked := itemReceived(w.work, "unchecked") // the control: the same, with no decision to check
		unchecked.pause = answer
		var slowErr, uncheckedErr error
		var slowly sync.WaitGroup
		started := time.Now()
		for d, into := range map[*draftOf]*error{&slow: &slowErr, &unchecked: &uncheckedErr} {
			slowly.Go(func() {
				draft, err := d.draft(t.Context())
				if err != nil {
					*into = err
					return
				}
				_, *into = w.Append(t.Context(), requestOf(draft))
			})
		}
		others := appendUntilStopped(t, w.Store, w.other, 8)
		time.Sleep(answer / 2)
		cancelled := looked(w.reads, "authority.cancelled")
		cancelled.changes = true
		at := w.mustAppend(t, cancelled.mustDraft(t))[0].Index
		slowly.Wait()
		total, longest := others()
		t.Logf("key answered after %v; authority cancelled at %d of %d entries; others: %d entries, longest wait %v", time.Since(started).Round(time.Millisecond), at, total+2, total, longest)
		if !errors.Is(slowErr, custody.ErrConflict) {
			t.Errorf("the entry decided before the cancellation was taken after it: %v", slowErr)
		}
		if uncheckedErr != nil {
			t.Errorf("the control without a decision was refused: %v; the harness shows nothing", uncheckedErr)
		}
		if total == 0 || longest > answer/2 {
			t.Errorf("the others waited for the slow key: %d entries, longest %v", total, longest)
		}
	})
}

// appendUntilStopped lets callers append until the function it returns is called,
// which says how many entries they appended and the longest wait for one.
func appendUntilStopped(t *testing.T, s *Store, chain custody.Chain, callers int) (stop func() (total int, longest time.Duration)) {
	t.Helper()
	stopped := make(chan struct{})
	var wg sync.WaitGroup
	var mu sync.Mutex
	total, longest := 0, time.Duration(0)
	one := func(i int) error {
		d, err := itemReceived(chain, fmt.Sprint(i)).draft(t.Context())
		if err != nil {
			return err
		}
		began := time.Now()
		_, err = s.Append(t.Context(), requestOf(d))
		mu.Lock()
		defer mu.Unlock()
		total, longest = total+1, max(longest, time.Since(began))
		return err
	}
	for range callers {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stopped:
					return
				default:
				}
				if err := one(i); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	return func() (int, time.Duration) {
		close(stopped)
		wg.Wait()
		return total, longest
	}
}
