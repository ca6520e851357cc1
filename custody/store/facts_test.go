package store

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
)

func TestFactsKeepTheirHistory(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		w.mustAppend(t, itemReceived(w.work, "X/1").mustDraft(t))                                                                           // 0
		w.mustAppend(t, itemReceived(w.work, "X/2").mustDraft(t), itemReceived(w.work, "A/9").mustDraft(t))                                 // 1, 2
		w.mustAppend(t, itemReceived(w.other, "X/1").mustDraft(t))                                                                          // 3
		w.mustAppend(t, itemReceived(w.work, "X/1").mustDraft(t))                                                                           // 4: a new version
		w.mustAppend(t, draftOf{chain: w.work, detail: &ledger.ItemTransferred{Item: "X/2", From: "a", To: "b", Reason: "c"}}.mustDraft(t)) // 5: withdrawn
		find := func(key string, asOf uint64) string {
			r, err := w.Find(t.Context(), caseA, "item", key, asOf)
			if errors.Is(err, custody.ErrNotFound) {
				return "none"
			}
			if err != nil {
				t.Fatal(err)
			}
			return string(r.Value)
		}
		for _, c := range []struct {
			key  string
			asOf uint64
			want string
		}{
			{"X/1", 0, `{"from":"PC 1234","n":4}`},
			{"X/1", 4, `{"from":"PC 1234","n":1}`},
			{"X/1", 1, `{"from":"PC 1234","n":1}`},
			{"X/1", 5, `{"from":"PC 1234","n":4}`},
			{"X/2", 1, "none"},
			{"X/2", 5, `{"from":"PC 1234","n":2}`},
			{"X/2", 0, "none"},
			{"nothing", 0, "none"},
		} {
			if got := find(c.key, c.asOf); got != c.want {
				t.Errorf("%s as of %d: %s, want %s", c.key, c.asOf, got, c.want)
			}
		}
		list := func(asOf uint64) string {
			all, err := w.List(t.Context(), caseA, "item", asOf)
			if err != nil {
				t.Fatal(err)
			}
			var keys []string
			for _, r := range all {
				keys = append(keys, r.Key+string(r.Value))
			}
			return strings.Join(keys, " ")
		}
		if got := list(0); got != `A/9{"from":"PC 1234","n":3} X/1{"from":"PC 1234","n":4}` {
			t.Errorf("list now: %s", got)
		}
		if got := list(2); got != `X/1{"from":"PC 1234","n":1} X/2{"from":"PC 1234","n":2}` {
			t.Errorf("list as of 2: %s", got)
		}
	})
}

// edit changes the database behind the store's back.
func edit(t *testing.T, w *world, text string, args ...any) int64 {
	t.Helper()
	db := rawDatabase(t, w.config.URL)
	r, err := db.Exec(text, args...)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	n, err := r.RowsAffected()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func dumpOf(t *testing.T, w *world) string {
	t.Helper()
	var b bytes.Buffer
	if err := w.Dump(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestRebuildMakesProjectionsAgain(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		fillSmall(t, w)
		before := dumpOf(t, w)
		for _, change := range []string{
			`DELETE FROM facts`, `DELETE FROM scopes`, `UPDATE facts SET collection = 'x' WHERE idx = 0`,
			`UPDATE facts SET case_id = '' WHERE idx = 1`, `UPDATE scopes SET decided = 0`, `DELETE FROM facts WHERE idx = 2`, `UPDATE facts SET idx = 5 WHERE idx = 0`,
		} {
			if edit(t, w, change) == 0 {
				t.Fatalf("%s changed nothing", change)
			}
			if dumpOf(t, w) == before {
				t.Fatalf("the dump does not show: %s", change)
			}
			if err := w.Rebuild(t.Context()); err != nil {
				t.Fatal(err)
			}
			if after := dumpOf(t, w); after != before {
				t.Fatalf("%s, rebuilt:\n%s\nbefore:\n%s", change, after, before)
			}
		}
		w.mustAppend(t, itemReceived(w.work, "after").mustDraft(t))
		mustBeSound(t, w)
	})
}

func TestRebuildRefusesDamagedEntries(t *testing.T) {
	w := newWorld(t, sqliteURL(t))
	fillSmall(t, w)
	edit(t, w, `UPDATE entries SET sealed = (SELECT sealed FROM entries WHERE idx = 1) WHERE idx = 0`)
	if err := w.Rebuild(t.Context()); !errors.Is(err, custody.ErrIntegrity) {
		t.Fatalf("rebuild: %v", err)
	}
	if _, err := w.Entry(t.Context(), w.work.ID, 1); !errors.Is(err, custody.ErrIntegrity) {
		t.Fatalf("entry: %v", err)
	}
}

func TestDumpIsEqualOnBothDatabases(t *testing.T) {
	var dumps []string
	var drafts []custody.Request
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			w := newWorld(t, e.url(t))
			if drafts == nil {
				for i := range 9 {
					d := itemReceived(w.work, fmt.Sprint(i))
					d.changes = i%3 == 0
					drafts = append(drafts, requestOf(d.mustDraft(t)))
				}
			}
			for _, r := range drafts {
				if _, err := w.Append(t.Context(), r); err != nil {
					t.Fatal(err)
				}
			}
			dumps = append(dumps, dumpOf(t, w))
		})
	}
	for i, d := range dumps {
		if d != dumps[0] {
			t.Errorf("dump %d:\n%s\ndump 0:\n%s", i, d, dumps[0])
		}
	}
}

// fillSmall appends a little of everything: two cases, all kinds of chain,
// requests of several drafts, changes, a withdrawn fact.
func fillSmall(t testing.TB, w *world) {
	t.Helper()
	changing := itemReceived(w.work, "X/1")
	changing.changes = true
	w.mustAppend(t, changing.mustDraft(t))
	w.mustAppend(t, itemReceived(w.work, "X/2").mustDraft(t), itemReceived(w.work, "X/3").mustDraft(t))
	w.mustAppend(t, itemReceived(w.other, "X/1").mustDraft(t))
	release := draftOf{chain: w.keys, detail: &ledger.PolicyReleased{Name: "release 1", Release: ledger.Digest{1}}, changes: true}
	w.mustAppend(t, release.mustDraft(t))
	w.mustAppend(t, draftOf{chain: w.work, detail: &ledger.ItemTransferred{Item: "X/2", From: "a", To: "b", Reason: "c"}}.mustDraft(t))
	n, head, err := w.Head(t.Context(), w.work.ID)
	if err != nil {
		t.Fatal(err)
	}
	later := decidedAt(w.work, 6, w.clock.Now().AddDate(1, 0, 0))
	later.after = ledger.Head{N: n - 1}
	e, err := w.Entry(t.Context(), w.work.ID, n-1)
	if err != nil {
		t.Fatal(err)
	}
	later.after.Commitment = e.Commitment
	newest := itemReceived(w.work, "X/4")
	newest.after = ledger.Head{N: n, Commitment: head}
	w.mustAppend(t, later.mustDraft(t), newest.mustDraft(t))
}

func FuzzUnpackFact(f *testing.F) {
	for _, r := range []custody.Record{{Key: "k", Value: []byte(`{}`)}, {Key: "withdrawn"}, {Key: "empty", Value: []byte{}}} {
		f.Add(packFact(r))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := unpackFact("collection", b)
		if err == nil && !bytes.Equal(packFact(r), b) {
			t.Fatalf("%x is read as %+v and written as %x", b, r, packFact(r))
		}
	})
}
