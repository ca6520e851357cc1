package wiring

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/ledger/recorder"
	"custos.example/ledger/sign"
	"custos.example/ledger/tree"
	"custos.example/ledger/tree/memlog"
)

// fakeOutbox is a log of made-up entries, which fails to be fed from as told.
type fakeOutbox struct {
	size  uint64
	mu    sync.Mutex
	fails []error // of the next calls of Feed
	calls int
}

func (o *fakeOutbox) Size(context.Context) (uint64, error) { return o.size, nil }

func (o *fakeOutbox) Feed(ctx context.Context, engine tree.Engine) error {
	o.mu.Lock()
	o.calls++
	var fail error
	if len(o.fails) > 0 {
		fail, o.fails = o.fails[0], o.fails[1:]
	}
	o.mu.Unlock()
	if fail != nil {
		return fail
	}
	if _, err := o.FeedOnce(ctx, engine); err != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}

func (o *fakeOutbox) FeedOnce(ctx context.Context, engine tree.Engine) (bool, error) {
	have, err := engine.Size(ctx)
	if err != nil || have >= o.size {
		return false, err
	}
	commitment := ledger.Commitment{byte(have)}
	return true, engine.Append(ctx, have, [][]byte{commitment.Leaf()})
}

// called returns how often it was begun to be fed from.
func (o *fakeOutbox) called() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.calls
}

// TestTreeElsewhereIsBroughtUp puts under a checkpoint what was only acknowledged, while
// nothing has fed the tree: in each of the ways in which a checkpoint of all that there is
// is made, the guard holds all of it. The control has no feeder: the guard holds what the
// tree has.
func TestTreeElsewhereIsBroughtUp(t *testing.T) {
	for name, checkpoint := range map[string]func(*Station, *tiler) error{
		"close":   func(s *Station, _ *tiler) error { return s.Close() },
		"guard":   func(_ *Station, b *tiler) error { b.guard(); return nil },
		"confirm": func(_ *Station, b *tiler) error { b.confirm(); return nil },
		"all": func(s *Station, b *tiler) error {
			_, _, err := publisher{s.Recorder, s.feeder, b}.Checkpoint(t.Context(), 0)
			return err
		},
	} {
		for _, fed := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, with a feeder %t", name, fed), func(t *testing.T) {
				entries, engine := &fakeOutbox{size: 8}, memlog.New()
				for range 5 {
					if _, err := entries.FeedOnce(t.Context(), engine); err != nil {
						t.Fatal(err)
					}
				}
				const origin = "custos.example/feeder"
				key, err := sign.Generate(rand.Reader)
				if err != nil {
					t.Fatal(err)
				}
				text, err := key.VerifierKey(origin)
				if err != nil {
					t.Fatal(err)
				}
				public, err := ledger.ParseNoteKey(text)
				if err != nil {
					t.Fatal(err)
				}
				guard, err := recorder.CreateFileGuard(filepath.Join(t.TempDir(), "guard"))
				if err != nil {
					t.Fatal(err)
				}
				s := &Station{log: slog.New(slog.DiscardHandler), writing: true, Recorder: recorder.New(recorder.Config{
					Origin: origin, Log: engine, Signer: key.NoteSigner(origin), Keys: []ledger.NoteKey{public}, Guard: guard,
				})}
				want := uint64(5)
				if fed {
					s.feeder, want = &feeder{store: entries, engine: engine}, 8
				}
				if err := checkpoint(s, &tiler{recorder: s.Recorder, feeder: s.feeder, log: s.log, due: make(chan struct{}, 1)}); err != nil {
					t.Fatal(err)
				}
				held, err := guard.Load(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if signed, err := ledger.ParseCheckpoint(held); err != nil || signed.Size != want {
					t.Errorf("the guard holds %d entries, not %d: %v", signed.Size, want, err)
				}
			})
		}
	}
}

// TestFeederGoesOn fails the feeder as a database does that is away for a moment: it goes
// on. The controls are errors that no trying again mends: it does not.
func TestFeederGoesOn(t *testing.T) {
	away := errors.New("the database is away")
	for name, tc := range map[string]struct {
		fails []error
		ends  bool
	}{
		"away once":                          {[]error{away}, false},
		"away for long":                      {[]error{away, away, fmt.Errorf("%w: %w", tree.ErrUnavailable, away), away}, false},
		"control: another log":               {[]error{away, fmt.Errorf("feed the tree: %w", custody.ErrIntegrity)}, true},
		"control: a tree of lost leaves":     {[]error{tree.ErrShrink}, true},
		"control: a tree that takes no more": {[]error{fmt.Errorf("feed the tree: %w", tree.ErrFrozen)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				entries, engine, tried := &fakeOutbox{size: 1, fails: tc.fails}, memlog.New(), len(tc.fails)
				f := startFeeder(entries, engine, slog.New(slog.DiscardHandler))
				time.Sleep(time.Hour)
				synctest.Wait()
				size, err := engine.Size(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if !tc.ends {
					tried++
				}
				if fed := size == 1; fed == tc.ends || entries.called() != tried {
					t.Errorf("%d entries were fed, in %d attempts", size, entries.called())
				}
				if err := f.Close(); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}
