package wiring_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"custos.example/cmd/custos/wiring"
	"custos.example/cmd/custos/wiring/wiringtest"
	"custos.example/custody"
	"custos.example/ledger"
)

// rootsOf returns the root of the record at every size.
func rootsOf(t *testing.T, s *wiring.Station) []ledger.Digest {
	t.Helper()
	size, err := s.Store.Size(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	roots := make([]ledger.Digest, size+1)
	for at := range roots {
		if roots[at], err = s.Store.Log().Root(t.Context(), uint64(at)); err != nil {
			t.Fatal(err)
		}
	}
	return roots
}

// TestMoveDatabase moves a whole record to PostgreSQL and back, with work before,
// between and after: payloads, keys and guard stay, every root stays, fsck is clean to
// the bottom of the payloads, and the guard goes on from the same head.
func TestMoveDatabase(t *testing.T) {
	embedded := place(t)
	s := founded(t, embedded)
	imported(t, s, "NX/2024/0417")
	healthy(t, s)
	server := embedded
	server.SQL = wiringtest.Database(t)
	legs := []struct {
		from, to wiring.Options
		name     string
	}{{embedded, server, server.SQL}, {server, embedded, wiring.Embedded}}
	for i, leg := range legs {
		roots := rootsOf(t, s)
		closed(t, s)
		if i == 1 { // the old file is still there
			if _, err := wiring.MoveDatabase(t.Context(), leg.from, wiring.Moving{To: leg.name}); !errors.Is(err, custody.ErrConflict) {
				t.Errorf("moved over another database: %v", err)
			}
			if err := os.Rename(filepath.Join(leg.to.Dir, "custos.db"), filepath.Join(t.TempDir(), "custos.db")); err != nil {
				t.Fatal(err)
			}
		}
		moved, err := wiring.MoveDatabase(t.Context(), leg.from, wiring.Moving{To: leg.name})
		if err != nil {
			t.Fatal(err)
		}
		if moved.Entries != uint64(len(roots)-1) || moved.Root != roots[len(roots)-1] || len(moved.Against) != 1 {
			t.Errorf("%+v", moved)
		}
		if _, err := wiring.Open(t.Context(), leg.from); err == nil || !strings.Contains(err.Error(), "moved to") {
			t.Errorf("the database left behind: %v", err)
		}
		s = opened(t, leg.to) // the control: and it extends the guard
		if got := rootsOf(t, s); len(got) != len(roots) {
			t.Errorf("%d roots, not %d", len(got), len(roots))
		} else {
			for size := range roots {
				if got[size] != roots[size] {
					t.Fatalf("the root at %d is another", size)
				}
			}
		}
		healthy(t, s)
		imported(t, s, "NX/2024/0418-"+string(rune('a'+i)))
		healthy(t, s)
	}
	closed(t, s)
	guard, err := os.ReadFile(embedded.GuardFile())
	if err != nil {
		t.Fatal(err)
	}
	if last, err := ledger.ParseCheckpoint(guard); err != nil || last.Size < 20 {
		t.Errorf("the guard did not go on: %+v, %v", last, err)
	}
}

// TestMoveHoldsAgainstTheGuard puts a record back to an earlier state and moves it:
// the guard contradicts it, and it is not moved. The control is the newest state.
func TestMoveHoldsAgainstTheGuard(t *testing.T) {
	o := place(t)
	s := founded(t, o)
	closed(t, s)
	file := filepath.Join(o.Dir, "custos.db")
	earlier, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s = opened(t, o)
	imported(t, s, "NX/2024/0417")
	closed(t, s)
	newest, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	to := wiringtest.Database(t)
	if err := os.WriteFile(file, earlier, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := wiring.MoveDatabase(t.Context(), o, wiring.Moving{To: to}); !errors.Is(err, custody.ErrIntegrity) || !strings.Contains(err.Error(), "older state") {
		t.Errorf("a record that was put back: %v", err)
	}
	if err := wiring.CancelMove(t.Context(), o, to); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(file, newest, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := wiring.MoveDatabase(t.Context(), o, wiring.Moving{To: to}); err != nil {
		t.Errorf("control: %v", err)
	}
}

// TestMoveCutShort ends a move on its way: neither database opens. Asked again it goes
// on to the end; given up instead, the old one is as before.
func TestMoveCutShort(t *testing.T) {
	for name, end := range map[string]func(*testing.T, wiring.Options, string){
		"asked again": func(t *testing.T, o wiring.Options, to string) {
			t.Helper()
			if _, err := wiring.MoveDatabase(t.Context(), o, wiring.Moving{To: to}); err != nil {
				t.Fatal(err)
			}
			o.SQL = to
			healthy(t, opened(t, o))
		},
		"given up": func(t *testing.T, o wiring.Options, to string) {
			t.Helper()
			if err := wiring.CancelMove(t.Context(), o, to); err != nil {
				t.Fatal(err)
			}
			s := opened(t, o)
			imported(t, s, "NX/2024/0418")
			healthy(t, s)
		},
	} {
		t.Run(name, func(t *testing.T) {
			o, to := place(t), wiringtest.Database(t)
			s := founded(t, o)
			imported(t, s, "NX/2024/0417")
			closed(t, s)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			_, err := wiring.MoveDatabase(ctx, o, wiring.Moving{To: to, Tell: func(step string, _, _ uint64) {
				if step == "compare" {
					cancel()
				}
			}})
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("cut short: %v", err)
			}
			server := o
			server.SQL = to
			for _, half := range []wiring.Options{o, server} {
				if _, err := wiring.Open(t.Context(), half); !errors.Is(err, custody.ErrPushback) {
					t.Errorf("opened half-way: %v", err)
				}
			}
			end(t, o, to)
		})
	}
}
