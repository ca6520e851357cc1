package store

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/ledger/tree"
	"custos.example/ledger/tree/memlog"
)

func TestFeedBuildsTheSameTree(t *testing.T) {
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			w := newWorld(t, e.url(t), func(c *Config) { c.ExternalTree = true })
			engine := memlog.New()
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- w.Feed(ctx, engine) }()
			for i := range 25 {
				w.mustAppend(t, itemReceived(w.work, fmt.Sprint(i)).mustDraft(t))
			}
			for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
				if size, err := engine.Size(ctx); err != nil || time.Now().After(deadline) {
					t.Fatalf("size %d, %v", size, err)
				} else if size == 25 {
					break
				}
			}
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Fatalf("feed: %v", err)
			}
			root, err := engine.Root(t.Context(), 25)
			if err != nil {
				t.Fatal(err)
			}
			report := mustBeSound(t, w)
			if report.Root != root {
				t.Fatalf("root %s, want %s", root, report.Root)
			}
		})
	}
}

func TestFeedRefusesATreeThatIsNotTheLogs(t *testing.T) {
	w := newWorld(t, sqliteURL(t), func(c *Config) { c.ExternalTree = true })
	w.mustAppend(t, itemReceived(w.work, "X/1").mustDraft(t))
	longer := memlog.New()
	if err := longer.Append(t.Context(), 0, [][]byte{{1}, {2}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Feed(t.Context(), longer); !errors.Is(err, custody.ErrIntegrity) {
		t.Fatalf("a tree that is longer than the log: %v", err)
	}
	if err := w.Feed(t.Context(), &raced{Engine: memlog.New()}); !errors.Is(err, custody.ErrIntegrity) {
		t.Fatalf("a tree with another leaf at the index: %v", err)
	}
	if behind, err := w.FeedOnce(t.Context(), memlog.New()); err != nil || !behind { // the control
		t.Fatalf("an empty tree: %t, %v", behind, err)
	}
}

// raced is an engine that somebody else has fed another leaf meanwhile.
type raced struct{ tree.Engine }

func (r *raced) Append(ctx context.Context, first uint64, leaves [][]byte) error {
	if err := r.Engine.Append(ctx, first, [][]byte{{0xff}}); err != nil {
		return err
	}
	return r.Engine.Append(ctx, first, leaves) // ErrGap
}
