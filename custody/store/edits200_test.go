package store

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
)

// fillTo appends to every chain, in requests of one and of several entries,
// until the log has that many.
func fillTo(t testing.TB, w *world, size uint64) {
	t.Helper()
	for i := 0; ; i++ {
		now, err := w.Size(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if now >= size {
			return
		}
		item := itemReceived([]custody.Chain{w.work, w.other}[i%2], fmt.Sprintf("F/%d", i))
		item.changes = i%7 == 0
		drafts := []custody.Draft{item.mustDraft(t)}
		switch {
		case now+1 == size:
		case i%11 == 0:
			release := draftOf{chain: w.keys, changes: true, detail: &ledger.PolicyReleased{Name: fmt.Sprint("release ", i), Release: ledger.Digest{byte(i), 1}}}
			drafts = append(drafts, release.mustDraft(t))
		case i%5 == 0:
			drafts = append(drafts, looked(w.reads, "row.read").mustDraft(t))
		}
		w.mustAppend(t, drafts...)
	}
}

// TestEditOfALongLogIsNamed edits a log of 200 entries: every column of a row
// of each table, and rows, columns and values by chance.
//
// CUSTOS_LONG=1: every column of 20 rows of each table, and 2,000 by chance.
func TestEditOfALongLogIsNamed(t *testing.T) {
	h := newTampering(t, sqliteURL(t))
	fillTo(t, h.w, 200)
	mustBeSound(t, h.w)
	h.before = dumpOf(t, h.w)
	rows, chance := 1, 30
	if os.Getenv("CUSTOS_LONG") != "" {
		rows, chance = 20, 2000
	}
	var tables []table
	var all [][]change
	for _, name := range h.tables() {
		tb := h.read(name)
		for _, c := range changes(tb, rows) {
			h.try(tb, c)
		}
		if h.by[name] == 0 {
			t.Errorf("no edit of %s was found: it was not covered", name)
		}
		tables, all = append(tables, tb), append(all, changes(tb, 1<<30))
	}
	for range chance {
		i := rand.IntN(len(tables))
		h.try(tables[i], all[i][rand.IntN(len(all[i]))])
	}
	t.Logf("%d edits of 200 entries: %d named by fsck, %d refused by the schema, %d left the content as it was, %d missed",
		h.made, h.found, h.refused, h.equal, len(h.missed))
	t.Logf("PROOF harness=store-edit-200 trials=%d failures=%d control=%q", h.made, len(h.missed), h.control())
	for i, m := range h.missed {
		if i == 40 {
			t.Fatal("and more")
		}
		t.Errorf("missed: %s", m)
	}
	if dumpOf(t, h.w) != h.before {
		t.Error("the harness did not put everything back")
	}
}
