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

// TestDecisionOnAnotherCase shows that a draft that was decided on the record of another
// case is overtaken by what changes in that case. The control is the same draft that
// names none.
func TestDecisionOnAnotherCase(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		appendOne := func(asOf uint64, within custody.CaseID) error {
			d := decidedAt(w.other, asOf, time.Time{})
			d.detail = &ledger.ItemReceived{Item: fmt.Sprintf("W/%d/%s", asOf, within), Description: "bag", From: "PC 1234"}
			draft := d.mustDraft(t)
			draft.Within = within
			_, err := w.Append(t.Context(), requestOf(draft))
			return err
		}
		changing := itemReceived(w.work, "changes")
		changing.changes = true
		at := uint64(w.mustAppend(t, changing.mustDraft(t))[0].Index)
		for range 2 {
			if err := appendOne(at, w.work.Case); !errors.Is(err, custody.ErrConflict) {
				t.Errorf("decided before the other case changed: %v", err)
			}
			if err := appendOne(at+1, w.work.Case); err != nil {
				t.Errorf("decided after it: %v", err)
			}
			if err := appendOne(at, ""); err != nil {
				t.Errorf("control: %v", err)
			}
			w.reopen(t)
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

// TestRepeatOfWhatWasOvertakenSince shows that a request whose answer was lost is told
// its first place, also when what it was decided on has changed or ended since and when
// its group holds others. The control is the same draft under another id.
func TestRepeatOfWhatWasOvertakenSince(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		decided := decidedAt(w.work, 0, w.clock.Now().Add(time.Hour)).mustDraft(t)
		first := requestOf(decided)
		place, err := w.Append(t.Context(), first)
		if err != nil {
			t.Fatal(err)
		}
		changing := itemReceived(w.work, "changes")
		changing.changes = true
		w.mustAppend(t, changing.mustDraft(t))
		w.clock.advance(2 * time.Hour)
		fresh := requestOf(decidedAt(w.work, 0, time.Time{}).mustDraft(t))
		other := requestOf(itemReceived(w.other, "beside it").mustDraft(t))
		placed, errs := inOneGroup(t, w, []custody.Request{other, first, fresh})
		if errs[0] != nil || errs[1] != nil || placed[1][0] != place[0] {
			t.Errorf("beside it: %v; the repeat: %+v, %v; first %+v", errs[0], placed[1], errs[1], place)
		}
		if !errors.Is(errs[2], custody.ErrConflict) {
			t.Errorf("control: decided as of the same time, under another id: %v", errs[2])
		}
		mustBeSound(t, w)
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
// key answers. Nobody else waits for it.
func TestSlowKeyCannotOutliveItsAuthority(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		asOf, err := w.Size(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		answers := make(chan struct{})
		slow := decidedAt(w.work, asOf, time.Time{})
		slow.answers = answers
		unchecked := itemReceived(w.work, "unchecked") // the control: the same, with no decision to check
		unchecked.answers = answers
		var slowErr, uncheckedErr error
		var slowly sync.WaitGroup
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
		appendMany(t, w.Store, w.other, 8, 25)
		cancelled := looked(w.reads, "authority.cancelled")
		cancelled.changes = true
		w.mustAppend(t, cancelled.mustDraft(t))
		close(answers)
		slowly.Wait()
		if !errors.Is(slowErr, custody.ErrConflict) {
			t.Errorf("the entry decided before the cancellation was taken after it: %v", slowErr)
		}
		if uncheckedErr != nil {
			t.Errorf("the control without a decision was refused: %v; the harness shows nothing", uncheckedErr)
		}
	})
}

// appendMany lets callers append so many entries each.
func appendMany(t *testing.T, s *Store, chain custody.Chain, callers, entries int) {
	t.Helper()
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for i := range entries {
				d, err := itemReceived(chain, fmt.Sprint(i)).draft(t.Context())
				if err == nil {
					_, err = s.Append(t.Context(), requestOf(d))
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}
