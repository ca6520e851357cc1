package store

import (
	"database/sql"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"

	"custos.example/custody"
)

// moveFault is one thing that somebody does to a database behind the back of a move.
// Shape: statements are run in their order; at the index @, which is copied
// with the first page, or with the second.
type moveFault struct {
	name string
	sql  []string
	// in the old database a fact that is changed after the check is of no consequence:
	// facts are made anew from the entries.
	factOnly bool
	late     bool // what it changes is written with the last page
}

// moveFaults returns rows dropped, doubled, altered and swapped.
func moveFaults() []moveFault {
	copied := `chain, n, entry_key, kind, changes, committed_ms, prev, inner_digest, commitment, request_digest, request_part, request_size, nodes, mac, sealed`
	faults := []moveFault{
		{name: "dropped", sql: []string{`DELETE FROM entries WHERE idx = @`}},
		{name: "dropped, and the hole closed", sql: []string{`DELETE FROM entries WHERE idx = @`, `UPDATE entries SET idx = idx + 100000 WHERE idx > @`, `UPDATE entries SET idx = idx - 100001 WHERE idx > 100000`}},
		{name: "doubled at the end", sql: []string{`DROP INDEX entries_by_place`, `DROP INDEX entries_by_id`, `INSERT INTO entries (idx, ` + copied + `) SELECT (SELECT MAX(idx) + 1 FROM entries), ` + copied + ` FROM entries WHERE idx = @`}},
		{name: "doubled over its neighbour", sql: []string{`DROP INDEX entries_by_place`, `DROP INDEX entries_by_id`, `DELETE FROM entries WHERE idx = @ + 1`, `INSERT INTO entries (idx, ` + copied + `) SELECT idx + 1, ` + copied + ` FROM entries WHERE idx = @`}},
		{name: "swapped", sql: []string{`UPDATE entries SET idx = 100000 WHERE idx = @`, `UPDATE entries SET idx = @ WHERE idx = @ + 1`, `UPDATE entries SET idx = @ + 1 WHERE idx = 100000`}},
		{name: "sealed swapped", sql: []string{`UPDATE entries SET sealed = (SELECT sealed FROM entries WHERE idx = @ + 1) WHERE idx = @`}},
		{name: "facts dropped", sql: []string{`DELETE FROM facts WHERE idx = @`}},
		{name: "facts altered", sql: []string{`UPDATE facts SET collection = 'other' WHERE idx = @`}, factOnly: true},
		{name: "facts doubled", sql: []string{`INSERT INTO facts (case_id, collection, fact_key, idx, sealed) SELECT case_id, collection, fact_key, idx + 1, sealed FROM facts WHERE idx = @`}},
		{name: "a chain dropped", sql: []string{`DELETE FROM chains WHERE kind = 2`}},
		{name: "a chain altered", sql: []string{`UPDATE chains SET nonce = id WHERE kind = 0`}},
		{name: "a scope dropped", sql: []string{`DELETE FROM scopes WHERE case_id = ''`}},
		{name: "a scope altered", sql: []string{`UPDATE scopes SET decided = decided - 1 WHERE case_id <> ''`}, late: true},
		{name: "an order of erasure dropped", sql: []string{`DELETE FROM erasures`}, late: true},
		{name: "an order of erasure altered", sql: []string{`UPDATE erasures SET erased_ms = erased_ms + 1`}, late: true},
		{name: "an entry erased without order", sql: []string{`UPDATE entries SET sealed = NULL WHERE idx = @`}},
		{name: "an entry's id given to another", sql: []string{`DROP INDEX entries_by_id`, `UPDATE entries SET entry_key = (SELECT entry_key FROM entries WHERE idx = @ + 1) WHERE idx = @`}},
		{name: "the size altered", sql: []string{`UPDATE log_head SET size = size - 1`}},
	}
	for column, value := range map[string]string{
		"chain": `(SELECT chain FROM entries WHERE idx = 4)`, "n": `n + 5000`,
		"kind": `'item-transferred'`, "changes": `1 - changes`, "committed_ms": `committed_ms + 1`, "prev": `commitment`, "inner_digest": `prev`, "commitment": `prev`,
		"request_part": `request_part + 1`, "request_size": `request_size + 1`, "nodes": `(SELECT nodes FROM entries WHERE idx = 2)`, "mac": `'x'`,
	} {
		faults = append(faults, moveFault{name: column + " altered", sql: []string{`UPDATE entries SET ` + column + ` = ` + value + ` WHERE idx = @`}})
	}
	return faults
}

// moveTrial is where and when a fault is made.
type moveTrial struct {
	step string // of the move
	done uint64
	old  bool   // in the old database, else in the new one
	here string // the entry
}

func (m moveTrial) String() string {
	side := "new"
	if m.old {
		side = "old"
	}
	return side + " at " + m.step + " " + m.here
}

// moveTrials are those of a fault: in the old database before it is checked, when the
// entry is still to be copied, and when it has been; in the new one while others are
// copied, before both are compared, and before it is checked.
func moveTrials(f moveFault) []moveTrial {
	trials := []moveTrial{
		{"check the old database", 0, true, "600"},
		{"copy", page, true, "700"},
		{"copy", page, true, "100"},
		{"compare", 0, true, "700"},
		{"copy", page, false, "100"},
		{"compare", 0, false, "700"},
		{"check the new database", 0, false, "700"},
	}
	switch {
	case f.factOnly:
		trials = append(trials[:1], trials[4:]...)
	case f.late:
		trials = append(trials[:4], trials[5:]...)
	}
	return trials
}

// TestMoveSeesEveryFault drops, doubles, alters and swaps rows in the middle of a move,
// in the old database and in the new one, in both directions. Each time the move does
// not come to its end, and the new database does not open. The control is the same
// move with nothing done, which does.
func TestMoveSeesEveryFault(t *testing.T) {
	long := os.Getenv("CUSTOS_LONG") != ""
	for i, direction := range []struct{ from, to engine }{{engines()[0], engines()[1]}, {engines()[1], engines()[0]}} {
		t.Run(direction.from.name+" to "+direction.to.name, func(t *testing.T) {
			w := newWorld(t, direction.from.url(t))
			fillMoved(t, w)
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			made, missed, turn := 0, 0, 0
			for _, f := range moveFaults() {
				trials := moveTrials(f)
				if !long { // one of them, in turn over all faults; others in the other direction
					if turn++; testing.Short() && turn%3 != 0 {
						continue
					}
					trials = trials[(turn+3*i)%len(trials):][:1]
				}
				for _, trial := range trials {
					made++
					h := &faultyMove{t: t, w: w, from: duplicate(t, direction.from, w.config.URL), to: direction.to.url(t), fault: f, trial: trial}
					if err := h.move(); err == nil {
						missed++
						t.Errorf("%s, %s: the move came to its end", f.name, trial)
					} else if !h.done {
						t.Errorf("%s, %s: the fault was not made: %v", f.name, trial, err)
					} else if s, err := Open(t.Context(), w.at(h.to)); err == nil {
						_ = s.Close()
						t.Errorf("%s, %s: the new database opens", f.name, trial)
					}
				}
			}
			h := &faultyMove{t: t, w: w, from: duplicate(t, direction.from, w.config.URL), to: direction.to.url(t), trial: moveTrial{step: "copy", done: page}}
			if err := h.move(); err != nil || !h.done {
				t.Errorf("control: %v", err)
			}
			s, err := Open(t.Context(), w.at(h.to))
			if err != nil {
				t.Fatalf("control: %v", err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			t.Logf("PROOF harness=database-move-faults-%s trials=%d failures=%d control=\"without a fault it comes to its end\"", direction.from.name, made, missed)
		})
	}
}

// faultyMove is one move with one fault.
type faultyMove struct {
	t        *testing.T
	w        *world
	from, to string
	fault    moveFault
	trial    moveTrial
	done     bool
}

func (h *faultyMove) move() error {
	h.t.Helper()
	_, err := Move(h.t.Context(), h.w.at(h.from), h.w.at(h.to), MoveOptions{Tell: func(step string, done, _ uint64) {
		if h.done || step != h.trial.step || done < h.trial.done {
			return
		}
		h.done = true
		url := h.to
		if h.trial.old {
			url = h.from
		}
		raw := rawDatabase(h.t, url)
		for _, text := range h.fault.sql {
			r, err := raw.Exec(strings.ReplaceAll(text, "@", h.trial.here))
			if err != nil {
				h.t.Fatalf("%s, %s: %s: %v", h.fault.name, h.trial, text, err)
			}
			if n, err := r.RowsAffected(); n == 0 && err == nil && !strings.HasPrefix(text, "DROP") {
				h.t.Errorf("%s, %s: %s changed nothing", h.fault.name, h.trial, text)
			}
		}
		_ = raw.Close()
	}})
	if err != nil && !errors.Is(err, custody.ErrIntegrity) && !errors.Is(err, custody.ErrConflict) {
		h.t.Errorf("%s, %s: an error of another kind: %v", h.fault.name, h.trial, err)
	}
	return err
}

// duplicate copies a closed database.
func duplicate(t *testing.T, e engine, url string) string {
	t.Helper()
	if path, is := strings.CutPrefix(url, "sqlite:"); is {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		to := e.url(t)
		if err := os.WriteFile(strings.TrimPrefix(to, "sqlite:"), content, 0o600); err != nil {
			t.Fatal(err)
		}
		return to
	}
	d := randomDigest()
	name := "custos_copy_" + hex.EncodeToString(d[:6])
	base, query, _ := strings.Cut(url, "?")
	at := strings.LastIndex(base, "/") + 1
	admin, err := sql.Open("pgx", os.Getenv("CUSTOS_TEST_POSTGRES"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Exec("CREATE DATABASE " + name + " TEMPLATE " + base[at:]); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, err := admin.Exec("DROP DATABASE " + name + " WITH (FORCE)")
		if err = errors.Join(err, admin.Close()); err != nil {
			t.Error(err)
		}
	})
	return base[:at] + name + "?" + query
}
