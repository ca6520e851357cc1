package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
)

// answers is what a store says of some facts as of a size, and of its chains' heads.
func answers(ctx context.Context, s *Store, asOf uint64, keys []string) (string, error) {
	var out string
	for _, id := range []custody.CaseID{caseA, caseB} {
		for _, collection := range []string{"item", "transfer"} {
			for _, key := range keys {
				r, err := s.Find(ctx, id, collection, key, asOf)
				if err != nil && !errors.Is(err, custody.ErrNotFound) {
					return "", err
				}
				out += fmt.Sprintf("%s %s %s: %s\n", id[:1], collection, key, r.Value)
			}
			all, err := s.List(ctx, id, collection, asOf)
			if err != nil {
				return "", err
			}
			for _, r := range all {
				out += fmt.Sprintf("%s %s has %s: %s\n", id[:1], collection, r.Key, r.Value)
			}
		}
	}
	return out, nil
}

var memoryKeys = []string{"X/1", "X/2", "X/3", "X/4", "none"}

// appendSome appends one to three entries that make, replace or withdraw facts.
func appendSome(ctx context.Context, w *world, r *rand.Rand) error {
	var drafts []custody.Draft
	used := map[string]bool{}
	for range 1 + r.IntN(3) {
		chain, key := []custody.Chain{w.work, w.other}[r.IntN(2)], memoryKeys[r.IntN(4)]
		if used[key] {
			continue
		}
		used[key] = true
		d := itemReceived(chain, key)
		if r.IntN(3) == 0 {
			d = draftOf{chain: chain, detail: &ledger.ItemTransferred{Item: key, From: "a", To: "b", Reason: "c"}}
		}
		draft, err := d.draft(ctx)
		if err != nil {
			return err
		}
		drafts = append(drafts, draft)
	}
	_, err := w.Append(ctx, requestOf(drafts...))
	return err
}

// differs compares what a store remembers with what the database holds, as of the
// size that the store tells, an earlier one, and now.
func differs(t testing.TB, w *world, beside *Store, r *rand.Rand) string {
	t.Helper()
	size, err := w.Size(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, asOf := range []uint64{0, size, 1 + r.Uint64N(size), max(1, size-r.Uint64N(min(size, 3)))} {
		got, err := answers(t.Context(), w.Store, asOf, memoryKeys)
		if err != nil {
			t.Fatal(err)
		}
		want, err := answers(t.Context(), beside, asOf, memoryKeys)
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			return fmt.Sprintf("as of %d of %d:\n%s\nthe database has:\n%s", asOf, size, got, want)
		}
	}
	for _, chain := range w.chains() {
		n, head, err := w.Head(t.Context(), chain.ID)
		m, same, err2 := beside.Head(t.Context(), chain.ID)
		if err != nil || err2 != nil || n != m || head != same {
			return fmt.Sprintf("head of the %s chain is %d, the database has %d", chain.Kind, n, m)
		}
	}
	if have, err := beside.Size(t.Context()); err != nil || have != size {
		return fmt.Sprintf("%d entries, the database has %d: %v", size, have, err)
	}
	return ""
}

// remembering is a store on SQLite, and a second one beside it that remembers nothing.
func remembering(t *testing.T) (*world, *Store) {
	t.Helper()
	w := newWorld(t, sqliteURL(t))
	beside, err := Inspect(t.Context(), w.config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = beside.Close() })
	return w, beside
}

// TestMemoryIsTheDatabase holds what a store remembers against the database beside
// it over random entries, rebuilds and restarts; more of them with CUSTOS_LONG=1. The
// control is a memory that is not told of one change.
func TestMemoryIsTheDatabase(t *testing.T) {
	const trials = 100
	seeds := uint64(2)
	if os.Getenv("CUSTOS_LONG") == "1" {
		seeds = 60
	}
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 6))
		w, beside := remembering(t)
		if err := appendSome(t.Context(), w, r); err != nil {
			t.Fatal(err)
		}
		for range trials {
			var err error
			switch r.IntN(20) {
			case 0:
				err = w.Rebuild(t.Context())
			case 1:
				w.reopen(t)
			default:
				err = appendSome(t.Context(), w, r)
			}
			if err != nil {
				t.Fatal(err)
			}
			if wrong := differs(t, w, beside, r); wrong != "" {
				t.Fatal(wrong)
			}
		}
	}
	caught := 0
	r := rand.New(rand.NewPCG(9, 9))
	w, beside := remembering(t)
	w.mustAppend(t, itemReceived(w.work, "X/1").mustDraft(t))
	if wrong := differs(t, w, beside, r); wrong != "" {
		t.Fatal(wrong)
	}
	before := *w.memory.shelves[shelf{caseA, "item"}]
	w.mustAppend(t, itemReceived(w.work, "X/1").mustDraft(t))
	w.memory.shelves[shelf{caseA, "item"}] = &before // as though the change had not been told
	if differs(t, w, beside, r) != "" {
		caught++
	}
	if caught != 1 {
		t.Error("control: a memory that was not told of a change is not noticed")
	}
	t.Logf("PROOF harness=store-memory trials=%d failures=0 control=\"caught %d of 1\"", seeds*trials, caught)
}

// TestMemoryUnderWriters asks as of a size that was told while others write: the
// answer is that of the database for that size, whenever it was read.
func TestMemoryUnderWriters(t *testing.T) {
	w, beside := remembering(t)
	if err := appendSome(t.Context(), w, rand.New(rand.NewPCG(1, 1))); err != nil {
		t.Fatal(err)
	}
	var writers, readers sync.WaitGroup
	stop := make(chan struct{})
	for n := range uint64(2) {
		writers.Go(func() {
			r := rand.New(rand.NewPCG(n, 2))
			for range 120 {
				if err := appendSome(t.Context(), w, r); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	asked := make([]int, 4)
	for n := range asked {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				size, err := w.Size(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				got, err := answers(t.Context(), w.Store, size, memoryKeys)
				want, err2 := answers(t.Context(), beside, size, memoryKeys)
				if err != nil || err2 != nil || got != want {
					t.Errorf("as of %d: %v %v\n%s\nthe database has:\n%s", size, err, err2, got, want)
					return
				}
				asked[n]++
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
	t.Logf("asked %d times under writers", asked)
}

// TestMemoryForgets: rows that were edited from outside are read again with the next
// entry, what was erased is gone at once, and without a key nothing is told.
func TestMemoryForgets(t *testing.T) {
	w, _ := remembering(t)
	w.mustAppend(t, itemReceived(w.work, "X/1").mustDraft(t))
	there := func() bool {
		_, err := w.Find(t.Context(), caseA, "item", "X/1", 0)
		if err != nil && !errors.Is(err, custody.ErrNotFound) {
			t.Fatal(err)
		}
		return err == nil
	}
	if !there() {
		t.Fatal("a fact is not found")
	}
	if edit(t, w, `DELETE FROM facts WHERE collection = 'item'`) != 1 {
		t.Fatal("nothing was edited")
	}
	w.mustAppend(t, itemReceived(w.other, "X/9").mustDraft(t))
	if there() {
		t.Error("a row that was removed from outside is still remembered after the next entry")
	}
	if err := w.Rebuild(t.Context()); err != nil || !there() {
		t.Errorf("after a rebuild the fact is not found: %v", err)
	}
	w.sealer.destroy(caseA)
	if there() {
		t.Error("a fact is told without the key of its case")
	}
	if all, err := w.List(t.Context(), caseA, "item", 0); err == nil && len(all) > 0 {
		t.Errorf("%d facts are told without the key of their case", len(all))
	}
	w.sealer.restore(caseA)
	order := draftOf{chain: w.org, detail: &ledger.PayloadErased{
		Order: "O-1", Digest: ledger.DigestSet{ledger.Salted: {1}}, Recipients: []string{},
	}}.mustDraft(t)
	w.mustAppend(t, order)
	if n, err := w.Erase(t.Context(), Erasure{By: order.Entry, Case: caseA}); err != nil || n != 1 || there() {
		t.Errorf("erased %d: %v; the fact is found: %t", n, err, there())
	}
}
