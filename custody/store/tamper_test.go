package store

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"custos.example/custody"
)

// newTampering makes a store that has a little of everything in it.
func newTampering(t *testing.T, url string) *tampering {
	t.Helper()
	w := newWorld(t, url)
	fillSmall(t, w)
	by := order(t, w)
	if n, err := w.Erase(t.Context(), Erasure{By: by, Case: caseB}); n != 1 || err != nil {
		t.Fatalf("erased %d, %v", n, err)
	}
	w.mustAppend(t, looked(w.reads, "row.read").mustDraft(t))
	w.mustAppend(t, looked(w.reads, "exhibit.produce").mustDraft(t), itemReceived(w.work, "X/8").mustDraft(t))
	mustBeSound(t, w)
	return &tampering{t: t, w: w, raw: rawDatabase(t, url), before: dumpOf(t, w), passes: fsckPasses(), by: map[string]int{}}
}

func (h *tampering) tables() []string {
	h.t.Helper()
	query := `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`
	if h.w.db.dialect.name == "postgres" {
		query = `SELECT tablename FROM pg_tables WHERE schemaname = current_schema()`
	}
	rows, err := h.raw.Query(query)
	if err != nil {
		h.t.Fatal(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			h.t.Fatal(err)
		}
		if primary[name] == nil {
			h.t.Fatalf("the harness does not know the table %s", name)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		h.t.Fatal(err)
	}
	return names
}

// TestEditOfAnyRowIsNamed edits every column of every row, removes and swaps rows,
// and asks fsck. An edit that it does not name has to leave the logical content
// as it was.
func TestEditOfAnyRowIsNamed(t *testing.T) {
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			h := newTampering(t, e.url(t))
			most := 1 << 30
			if testing.Short() || e.name == "postgres" && os.Getenv("CUSTOS_LONG") == "" {
				most = 4 // rows of a table; the statements are the same
			}
			for _, name := range h.tables() {
				tb := h.read(name)
				for _, c := range changes(tb, most) {
					h.try(tb, c)
				}
				if h.by[name] == 0 {
					t.Errorf("no edit of %s was found: it was not covered", name)
				}
			}
			t.Logf("%d edits: %d named by fsck, %d refused by the schema, %d left the content as it was, %d missed", h.made, h.found, h.refused, h.equal, len(h.missed))
			for _, name := range slices.Sorted(maps.Keys(h.by)) {
				t.Logf("  %s: %d named", name, h.by[name])
			}
			t.Logf("PROOF harness=store-edit-%s trials=%d failures=%d control=%q", e.name, h.made, len(h.missed), h.control())
			for i, m := range h.missed {
				if i == 40 {
					t.Fatal("and more")
				}
				t.Errorf("missed: %s", m)
			}
			if dumpOf(t, h.w) != h.before {
				t.Error("the harness did not put everything back")
			}
		})
	}
}

// control makes an edit and asks a fsck that lacks the pass that would name it.
func (h *tampering) control() string {
	h.t.Helper()
	whole := h.passes
	defer func() { h.passes = whole }()
	h.passes = slices.DeleteFunc(fsckPasses(), func(p pass) bool { return p.name == "tree" })
	tb := h.read("entries")
	blind := tampering{t: h.t, w: h.w, raw: h.raw, before: h.before, passes: h.passes, by: map[string]int{}}
	edited := slices.Clone(tb.rows[0])
	edited[slices.Index(tb.columns, "nodes")] = make([]byte, 32)
	blind.try(tb, change{"control", [][]any{tb.rows[0]}, [][]any{edited}})
	if len(blind.missed) != 1 {
		h.t.Error("a fsck without the pass over the tree names an edited node: the harness shows nothing")
	}
	return fmt.Sprintf("caught %d of 1", len(blind.missed))
}

// TestEveryCheckIsNeeded is the control of the harness: without any one pass,
// fsck misses an edit that it names with it.
func TestEveryCheckIsNeeded(t *testing.T) {
	edits := map[string]string{
		"schema":   `INSERT INTO schema_versions (version, name, digest) VALUES (99, 'x', 'x')`,
		"head":     `UPDATE log_head SET chains = chains + 1`,
		"erasures": `UPDATE erasures SET erased_ms = erased_ms + 1`,
		"entries":  `UPDATE entries SET committed_ms = committed_ms + 1 WHERE idx = 2`,
		"chains":   `UPDATE chains SET nonce = id WHERE kind = 0`,
		"scopes":   `UPDATE scopes SET decided = decided + 1`,
		"tree":     `UPDATE entries SET nodes = (SELECT nodes FROM entries WHERE idx = 2) WHERE idx = 0`,
		"facts":    `UPDATE facts SET collection = 'x' WHERE idx = 0`,
		"unique":   "", // made below: the same signed entry twice
	}
	for _, p := range fsckPasses() {
		t.Run(p.name, func(t *testing.T) {
			h := newTampering(t, sqliteURL(t))
			text, ok := edits[p.name]
			if !ok {
				t.Fatalf("no edit shows what the pass %s is for", p.name)
			}
			if text == "" {
				appendTwice(t, h.w)
			} else if edit(t, h.w, text) == 0 {
				t.Fatal("the edit changed nothing")
			}
			if dumpOf(t, h.w) == h.before {
				t.Fatal("the edit left the content as it was")
			}
			// Chains and scopes are compared with what the pass over the entries leaves behind.
			// The index that forbids the second entry has to go first, which the schema's pass names.
			off := map[string][]string{"entries": {"chains", "scopes"}, "unique": {"schema"}}[p.name]
			without := slices.DeleteFunc(fsckPasses(), func(q pass) bool { return q.name == p.name || slices.Contains(off, q.name) })
			blind, err := h.w.fsck(t.Context(), custody.FsckOptions{}, without)
			if err != nil {
				t.Fatal(err)
			}
			whole, err := h.w.Fsck(t.Context(), custody.FsckOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if len(whole.Findings) == 0 {
				t.Error("fsck does not name the edit")
			}
			if len(blind.Findings) != 0 {
				t.Errorf("without the pass it is still found, so that the harness does not show what the pass is for: %+v", blind.Findings)
			}
		})
	}
}

// appendTwice puts one signed entry into the record twice, with the store's own
// keys, past the index that forbids it.
func appendTwice(t *testing.T, w *world) {
	t.Helper()
	d := itemReceived(w.work, "twice").mustDraft(t)
	w.mustAppend(t, d)
	edit(t, w, `DROP INDEX entries_by_id`)
	key, err := w.keyOf(d.Entry)
	if err != nil {
		t.Fatal(err)
	}
	hidden := entryKey{0xff}
	edit(t, w, `UPDATE entries SET entry_key = $1 WHERE entry_key = $2`, hidden[:], key[:])
	w.mustAppend(t, d)
	edit(t, w, `UPDATE entries SET entry_key = $1 WHERE entry_key = $2`, key[:], hidden[:])
}

// TestEditOfTheSchemaIsNamed adds and removes what is no row.
func TestEditOfTheSchemaIsNamed(t *testing.T) {
	for _, e := range engines() {
		texts := []string{
			`CREATE TRIGGER watch AFTER INSERT ON entries BEGIN DELETE FROM scopes; END`, `DROP INDEX entries_by_id`,
			`ALTER TABLE scopes ADD COLUMN note TEXT`, `CREATE VIEW facts2 AS SELECT * FROM facts`,
		}
		if e.name == "postgres" {
			texts = []string{
				`CREATE RULE watch AS ON INSERT TO entries DO ALSO DELETE FROM scopes`, `DROP INDEX entries_by_id`,
				`CREATE TRIGGER watch BEFORE UPDATE ON entries FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
			}
		}
		for _, text := range texts {
			t.Run(e.name+"/"+strings.ReplaceAll(text, " ", "_")[:16], func(t *testing.T) {
				w := newWorld(t, e.url(t))
				fillSmall(t, w)
				mustBeSound(t, w)
				edit(t, w, text)
				report, err := w.Fsck(t.Context(), custody.FsckOptions{})
				if err != nil || len(report.Findings) == 0 || report.Findings[0].Where != "database" {
					t.Errorf("%s: %+v, %v", text, report.Findings, err)
				}
			})
		}
	}
}

// TestTamperedEntryIsNotServed reads entries after an edit: what does not agree
// with its commitment is refused, not shown.
func TestTamperedEntryIsNotServed(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		fillSmall(t, w)
		for _, text := range []string{
			`UPDATE entries SET sealed = (SELECT sealed FROM entries WHERE idx = 1) WHERE idx = 0`,
			`UPDATE entries SET inner_digest = prev WHERE idx = 0`,
			`UPDATE entries SET commitment = prev WHERE idx = 0`,
			`UPDATE entries SET kind = 'item-transferred' WHERE idx = 0`,
		} {
			restore := saveEntry(t, w)
			if edit(t, w, text) != 1 {
				t.Fatalf("%s changed nothing", text)
			}
			if _, err := w.Entry(t.Context(), w.work.ID, 1); !errors.Is(err, custody.ErrIntegrity) {
				t.Errorf("%s: %v", text, err)
			}
			if _, err := w.Entries(t.Context(), w.work.ID, 1, 3); !errors.Is(err, custody.ErrIntegrity) {
				t.Errorf("%s: %v", text, err)
			}
			restore()
		}
		edit(t, w, `UPDATE entries SET n = 100 WHERE idx = 1`)
		if _, err := w.Entries(t.Context(), w.work.ID, 1, 3); !errors.Is(err, custody.ErrIntegrity) {
			t.Errorf("a gap in a chain: %v", err)
		}
		edit(t, w, `UPDATE facts SET sealed = (SELECT sealed FROM facts WHERE idx = 1) WHERE idx = 0`)
		if _, err := w.Find(t.Context(), caseA, "item", "X/1", 0); !errors.Is(err, custody.ErrIntegrity) {
			t.Errorf("a swapped fact: %v", err)
		}
		if _, err := w.List(t.Context(), caseA, "item", 0); !errors.Is(err, custody.ErrIntegrity) {
			t.Errorf("a swapped fact in a list: %v", err)
		}
	})
}

// saveEntry returns a function that puts entry 0 back as it is now.
func saveEntry(t *testing.T, w *world) func() {
	t.Helper()
	h := &tampering{t: t, w: w, raw: rawDatabase(t, w.config.URL)}
	tb := h.read("entries")
	first := tb.rows[slices.IndexFunc(tb.rows, func(r []any) bool { return r[0] == int64(0) })]
	return func() {
		if err := h.replace(tb, [][]any{first}, [][]any{first}); err != nil {
			t.Fatal(err)
		}
	}
}
