package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
)

// moved is how many entries the records of these tests have: more than two pages.
const moved = 2*page + 100

// fillMoved appends a little of everything, an erased case, and then enough for pages.
func fillMoved(t testing.TB, w *world) {
	t.Helper()
	fillSmall(t, w)
	d := draftOf{chain: w.org, detail: &ledger.PayloadErased{Digest: ledger.DigestSet{ledger.SHA256: {1}}, Order: "ORDER/1", Recipients: []string{}}}.mustDraft(t)
	w.mustAppend(t, d)
	if n, err := w.Erase(t.Context(), Erasure{By: d.Entry, Case: caseB}); n != 1 || err != nil {
		t.Fatalf("erased %d, %v", n, err)
	}
	for size := sizeOf(t, w.Store); size < moved; size = sizeOf(t, w.Store) {
		drafts := make([]custody.Draft, min(1+size%7, moved-size))
		for i := range drafts {
			one := itemReceived(w.work, fmt.Sprintf("M/%d", size+uint64(i)))
			one.changes = (size+uint64(i))%50 == 0
			drafts[i] = one.mustDraft(t)
		}
		w.mustAppend(t, drafts...)
	}
}

func sizeOf(t testing.TB, s *Store) uint64 {
	t.Helper()
	size, err := s.Size(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return size
}

// at returns the configuration of a world for another database.
func (w *world) at(url string) Config {
	c := w.config
	c.URL = url
	return c
}

// rootsOf returns the root at every size, computed by the tree that is stored.
func rootsOf(t *testing.T, s *Store) []ledger.Digest {
	t.Helper()
	roots := make([]ledger.Digest, sizeOf(t, s)+1)
	for size := range roots {
		var err error
		if roots[size], err = s.Log().Root(t.Context(), uint64(size)); err != nil {
			t.Fatalf("root at %d: %v", size, err)
		}
	}
	return roots
}

// TestMovedThereAndBack moves a record from SQLite to PostgreSQL, adds to it, and
// moves it back: the root at every size and the whole dump are the same each time, the
// database left behind takes nothing and says where the record is, and the new one is
// sound and goes on.
func TestMovedThereAndBack(t *testing.T) {
	first, second, third := sqliteURL(t), postgresURL(t), sqliteURL(t)
	w := newWorld(t, first)
	fillMoved(t, w)
	for _, leg := range []struct{ from, to, says string }{
		{first, second, "postgres://"}, {second, third, "leave --sql out"},
	} {
		roots, dump := rootsOf(t, w.Store), dumpOf(t, w)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		at := ledger.Checkpoint{Size: uint64(len(roots)) - 3, Root: roots[len(roots)-3]}
		report, err := Move(t.Context(), w.at(leg.from), w.at(leg.to), MoveOptions{
			Against: func(context.Context) (ledger.Checkpoint, error) { return at, nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		if report.Entries != uint64(len(roots)-1) || report.Root != roots[len(roots)-1] || report.Chains != 5 || report.From != 0 {
			t.Errorf("report %+v", report)
		}
		_, err = Open(t.Context(), w.at(leg.from))
		if !errors.Is(err, custody.ErrPushback) || !strings.Contains(err.Error(), leg.says) {
			t.Errorf("the database left behind: %v", err)
		}
		if _, err := Move(t.Context(), w.at(leg.from), w.at(leg.to), MoveOptions{}); !errors.Is(err, custody.ErrPushback) {
			t.Errorf("moved once more from the database left behind: %v", err)
		}
		w.config.URL = leg.to
		w.open(t) // the control: this one opens
		if dumpOf(t, w) != dump {
			t.Error("the dumps differ")
		}
		for size, root := range rootsOf(t, w.Store) {
			if root != roots[size] {
				t.Fatalf("the root at %d is another", size)
			}
		}
		mustBeSound(t, w)
		w.mustAppend(t, itemReceived(w.work, "after "+leg.to).mustDraft(t), looked(w.reads, "row.read").mustDraft(t))
		mustBeSound(t, w)
		t.Logf("PROOF harness=database-move-roots trials=%d failures=0 control=%q", len(roots), "the new database opens, the old one does not")
	}
}

// TestMoveFromTrillian moves a record whose tree stands elsewhere: the new database
// has the nodes.
func TestMoveFromTrillian(t *testing.T) {
	w := newWorld(t, sqliteURL(t), func(c *Config) { c.ExternalTree = true })
	fillMoved(t, w)
	root := mustBeSound(t, w).Root
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	to := w.at(sqliteURL(t))
	to.ExternalTree = false
	if _, err := Move(t.Context(), w.config, to, MoveOptions{}); err != nil {
		t.Fatal(err)
	}
	w.config = to
	w.open(t)
	if mustBeSound(t, w).Root != root || rootsOf(t, w.Store)[moved] != root {
		t.Error("the tree in the new database is another")
	}
}

// TestMoveEndsWriting moves a record under a process that has it open: nothing can be
// added from the moment the move begins, and again when it has been given up. What
// another process would write after the end is refused with the new place.
func TestMoveEndsWriting(t *testing.T) {
	w := newWorld(t, postgresURL(t))
	fillMoved(t, w)
	to := sqliteURL(t)
	during := 0
	stop := errors.New("stop here")
	_, err := Move(t.Context(), w.config, w.at(to), MoveOptions{
		Against: func(ctx context.Context) (ledger.Checkpoint, error) {
			_, err := w.Append(ctx, requestOf(itemReceived(w.work, "during").mustDraft(t)))
			if !errors.Is(err, custody.ErrPushback) || !strings.Contains(err.Error(), "is being moved") {
				t.Errorf("appended while it is moved: %v", err)
			}
			if err := w.OpenChain(ctx, chainOf(ledger.Work, "cccccccccccccccccccccccccccccccc", 9)); !errors.Is(err, custody.ErrPushback) {
				t.Errorf("a chain opened while it is moved: %v", err)
			}
			if _, err := w.Entry(ctx, w.work.ID, 1); err != nil {
				t.Errorf("read while it is moved: %v", err)
			}
			during++
			return ledger.Checkpoint{}, stop
		},
	})
	if !errors.Is(err, stop) || during != 1 {
		t.Fatalf("%d, %v", during, err)
	}
	if _, err := Open(t.Context(), w.config); !errors.Is(err, custody.ErrPushback) || !strings.Contains(err.Error(), "--cancel") {
		t.Errorf("opened while it is moved: %v", err)
	}
	if err := CancelMove(t.Context(), w.config, nil); err != nil {
		t.Fatal(err)
	}
	w.mustAppend(t, itemReceived(w.work, "control: after it was given up").mustDraft(t))
	mustBeSound(t, w)
	if err := CancelMove(t.Context(), w.config, nil); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("given up twice: %v", err)
	}
	if _, err := Move(t.Context(), w.config, w.at(to), MoveOptions{}); err != nil {
		t.Fatal(err)
	}
	_, err = w.Append(t.Context(), requestOf(itemReceived(w.work, "after").mustDraft(t)))
	if !errors.Is(err, custody.ErrPushback) || !strings.Contains(err.Error(), "was moved") {
		t.Errorf("appended to the database left behind: %v", err)
	}
	if err := CancelMove(t.Context(), w.config, nil); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("given up when the record has left: %v", err)
	}
	if sizeOf(t, w.Store) != moved+1 {
		t.Error("something was added")
	}
}

// TestMoveGivenUp gives moves up half-way: the old database goes on, the new one is as
// it was and can be used for another move.
func TestMoveGivenUp(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		fillMoved(t, w)
		dump := dumpOf(t, w)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		to := w.at(postgresURL(t))
		ctx, tell := stopAt(t, "copy", page)
		if _, err := Move(ctx, w.config, to, MoveOptions{Tell: tell}); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), to); !errors.Is(err, custody.ErrPushback) || !strings.Contains(err.Error(), "not whole") {
			t.Errorf("half a record was opened: %v", err)
		}
		if err := CancelMove(t.Context(), w.config, &to); err != nil {
			t.Fatal(err)
		}
		w.open(t)
		if dumpOf(t, w) != dump {
			t.Error("the old database is not as it was")
		}
		w.mustAppend(t, itemReceived(w.work, "afterwards").mustDraft(t))
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if report, err := Move(t.Context(), w.config, to, MoveOptions{}); err != nil || report.From != 0 || report.Entries != moved+1 {
			t.Errorf("%+v, %v", report, err)
		}
	})
}

// TestMoveIsGivenOverOnce lets a second move begin while one is under way: the first
// gives nothing over. A copy of an earlier run is not opened once another one has the
// record.
func TestMoveIsGivenOverOnce(t *testing.T) {
	w := newWorld(t, postgresURL(t))
	fillMoved(t, w)
	other, to := w.at(postgresURL(t)), w.at(postgresURL(t))
	begun := false
	_, err := Move(t.Context(), w.config, to, MoveOptions{Tell: func(step string, _, _ uint64) {
		if step == "check the new database" && !begun {
			begun = true
			if _, err := Move(t.Context(), w.config, other, MoveOptions{}); err != nil {
				t.Error(err)
			}
		}
	}})
	if !errors.Is(err, custody.ErrConflict) || !begun {
		t.Errorf("the first of two moves: %v", err)
	}
	if _, err := Open(t.Context(), to); !errors.Is(err, custody.ErrPushback) {
		t.Errorf("the copy of the first move was opened: %v", err)
	}
	if _, err := Move(t.Context(), w.config, to, MoveOptions{}); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("the first move once more: %v", err)
	}
	w.config = other
	w.open(t) // the control
	mustBeSound(t, w)
}

// TestMoveRefuses names what cannot be moved, or not there: nothing is changed.
func TestMoveRefuses(t *testing.T) {
	w := newWorld(t, postgresURL(t))
	fillMoved(t, w)
	held := newWorld(t, postgresURL(t))
	held.mustAppend(t, itemReceived(held.work, "X/1").mustDraft(t))
	chained := newWorld(t, sqliteURL(t))
	if err := chained.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		from, to string
		want     error
	}{
		"no such database":            {"sqlite:" + t.TempDir() + "/custos.db", postgresURL(t), custody.ErrNotFound},
		"an empty one":                {postgresURL(t), sqliteURL(t), custody.ErrNotFound},
		"to itself":                   {w.config.URL, w.config.URL, custody.ErrConflict},
		"to one that holds a record":  {w.config.URL, held.config.URL, custody.ErrConflict},
		"to one that has chains only": {w.config.URL, chained.config.URL, custody.ErrConflict},
	} {
		if _, err := Move(t.Context(), w.at(c.from), w.at(c.to), MoveOptions{}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.mustAppend(t, itemReceived(w.work, "the control: nothing was begun").mustDraft(t))
	w.config.Sealer = newTestSealer(8)
	if _, err := Move(t.Context(), w.config, w.at(sqliteURL(t)), MoveOptions{}); !errors.Is(err, custody.ErrIntegrity) {
		t.Errorf("under another key: %v", err)
	}
}

// stopAt returns a context that ends when a move reaches a place, and what tells of it.
func stopAt(t *testing.T, step string, done uint64) (context.Context, func(string, uint64, uint64)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return ctx, func(at string, n, _ uint64) {
		if at == step && n >= done {
			cancel()
		}
	}
}
