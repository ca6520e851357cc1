package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
)

// order appends the entry that orders an erasure and returns its id.
func order(t *testing.T, w *world) ledger.EntryID {
	t.Helper()
	d := draftOf{chain: w.org, detail: &ledger.PayloadErased{Digest: ledger.DigestSet{ledger.SHA256: {1}}, Order: "ORDER/1", Recipients: []string{}}}.mustDraft(t)
	w.mustAppend(t, d)
	return d.Entry
}

func TestEraseCaseLeavesAVerifiableLog(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		fillSmall(t, w)
		root, err := w.Log().Root(t.Context(), 8)
		if err != nil {
			t.Fatal(err)
		}
		by := order(t, w)
		n, err := w.Erase(t.Context(), Erasure{By: by, Case: caseA})
		if err != nil || n != 6 {
			t.Fatalf("erased %d, %v", n, err)
		}
		w.sealer.destroy(caseA)
		if err := w.Compact(t.Context()); err != nil {
			t.Fatal(err)
		}
		e, err := w.Entry(t.Context(), w.work.ID, 2)
		if err != nil || !e.Erased || e.Envelope != nil || e.Salt != (ledger.Salt{}) || e.Inner == (ledger.Digest{}) {
			t.Fatalf("erased entry: %+v, %v", e, err)
		}
		if all, err := w.List(t.Context(), caseA, "item", 0); len(all) != 0 || err != nil {
			t.Fatalf("%d facts, %v", len(all), err)
		}
		if all, err := w.List(t.Context(), caseB, "item", 0); len(all) != 1 || err != nil {
			t.Fatalf("facts of another case: %d, %v", len(all), err)
		}
		if again, err := w.Log().Root(t.Context(), 8); again != root || err != nil {
			t.Fatalf("root %s, %v; before %s", again, err, root)
		}
		before := dumpOf(t, w)
		if err := w.Rebuild(t.Context()); err != nil {
			t.Fatal(err)
		}
		if dumpOf(t, w) != before {
			t.Fatal("rebuild brought erased facts back, or lost others")
		}
		if n, err := w.Erase(t.Context(), Erasure{By: by, Case: caseA}); n != 0 || err != nil {
			t.Fatalf("a second time: %d, %v", n, err)
		}
		w.reopen(t)
		mustBeSound(t, w)
	})
}

func TestEraseRefusesWhatIsNotOrdered(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		fillSmall(t, w)
		first, err := w.Entry(t.Context(), w.work.ID, 1)
		if err != nil {
			t.Fatal(err)
		}
		keys, err := w.Entry(t.Context(), w.keys.ID, 1)
		if err != nil {
			t.Fatal(err)
		}
		by := order(t, w)
		late := itemReceived(w.work, "late").mustDraft(t)
		w.mustAppend(t, late)
		for name, c := range map[string]struct {
			e    Erasure
			want error
		}{
			"no order":            {Erasure{By: ledger.EntryID{9}, Case: caseA}, custody.ErrNotFound},
			"another kind":        {Erasure{By: first.Entry, Case: caseA}, custody.ErrInvalid},
			"nothing":             {Erasure{By: by}, custody.ErrInvalid},
			"both":                {Erasure{By: by, Case: caseA, Entries: []ledger.EntryID{first.Entry}}, custody.ErrInvalid},
			"no such entry":       {Erasure{By: by, Entries: []ledger.EntryID{{8}}}, custody.ErrNotFound},
			"of the organisation": {Erasure{By: by, Entries: []ledger.EntryID{keys.Entry}}, custody.ErrInvalid},
			"after the order":     {Erasure{By: by, Entries: []ledger.EntryID{first.Entry, late.Entry}}, custody.ErrInvalid},
		} {
			if n, err := w.Erase(t.Context(), c.e); !errors.Is(err, c.want) || n != 0 {
				t.Errorf("%s: %d, %v", name, n, err)
			}
		}
		if e, err := w.Entry(t.Context(), w.work.ID, 1); e.Erased || err != nil {
			t.Fatalf("a refused erasure removed something: %v", err)
		}
		n, err := w.Erase(t.Context(), Erasure{By: by, Entries: []ledger.EntryID{first.Entry, first.Entry}})
		if n != 1 || err != nil {
			t.Fatalf("one entry: %d, %v", n, err)
		}
		if _, err := w.Entry(t.Context(), w.work.ID, 2); err != nil {
			t.Fatal(err)
		}
		mustBeSound(t, w)
	})
}

// TestErasedTextIsGoneFromTheFiles looks for the ciphertexts in the files
// themselves. Its control finds them there before.
func TestErasedTextIsGoneFromTheFiles(t *testing.T) {
	url := sqliteURL(t)
	w := newWorld(t, url)
	for i := range 200 {
		w.mustAppend(t, itemReceived(w.work, fmt.Sprintf("X/%d", i)).mustDraft(t))
	}
	var needles [][]byte
	raw := rawDatabase(t, url)
	rows, err := raw.Query(`SELECT sealed FROM entries UNION ALL SELECT sealed FROM facts`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var sealed []byte
		if err := rows.Scan(&sealed); err != nil {
			t.Fatal(err)
		}
		needles = append(needles, sealed[:24])
	}
	if err := errors.Join(rows.Err(), raw.Close()); err != nil {
		t.Fatal(err)
	}
	present := func() int {
		var all []byte
		for _, suffix := range []string{"", "-wal"} {
			b, err := os.ReadFile(strings.TrimPrefix(url, "sqlite:") + suffix)
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
			all = append(all, b...)
		}
		n := 0
		for _, needle := range needles {
			if bytes.Contains(all, needle) {
				n++
			}
		}
		return n
	}
	before := present()
	if _, err := w.Erase(t.Context(), Erasure{By: order(t, w), Case: caseA}); err != nil {
		t.Fatal(err)
	}
	removed := present()
	if err := w.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("of %d ciphertexts in the files: %d before, %d after erasing, %d after compacting", len(needles), before, removed, present())
	if before != len(needles) {
		t.Errorf("the control finds %d of %d: the search shows nothing", before, len(needles))
	}
	if n := present(); n != 0 {
		t.Errorf("%d ciphertexts can still be read from the files", n)
	}
	mustBeSound(t, w)
}
