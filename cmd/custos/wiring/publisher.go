package wiring

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"custos.example/custody"
	"custos.example/custody/store"
	"custos.example/ledger"
	"custos.example/ledger/recorder"
	"custos.example/ledger/tree"
)

// publisher is the recorder as custody asks for it. Where the tree stands
// elsewhere it first brings the tree up to the entry that is asked for.
type publisher struct {
	*recorder.Recorder
	feeder *feeder
	tiler  *tiler
}

var _ custody.Recorder = publisher{}

// Checkpoint returns a signed checkpoint of at least that many leaves.
func (p publisher) Checkpoint(ctx context.Context, atLeast uint64) ([]byte, ledger.Checkpoint, error) {
	if err := p.feeder.reach(ctx, atLeast); err != nil {
		return nil, ledger.Checkpoint{}, outcome(err)
	}
	signed, checkpoint, err := p.Recorder.Checkpoint(ctx, atLeast)
	if err == nil {
		p.tiler.notice()
	}
	return signed, checkpoint, outcome(err)
}

// Receipt returns the receipt of a leaf.
func (p publisher) Receipt(ctx context.Context, index uint64) ([]byte, error) {
	receipt, err := p.Recorder.Receipt(ctx, index)
	return receipt, outcome(err)
}

// Inclusion returns the audit path of a leaf.
func (p publisher) Inclusion(ctx context.Context, index, size uint64) ([]ledger.Digest, error) {
	path, err := p.Recorder.Inclusion(ctx, index, size)
	return path, outcome(err)
}

// Root returns the root of the first size leaves.
func (p publisher) Root(ctx context.Context, size uint64) (ledger.Digest, error) {
	root, err := p.Recorder.Root(ctx, size)
	return root, outcome(err)
}

// Consistency returns the proof that one tree is the beginning of another.
func (p publisher) Consistency(ctx context.Context, from, to uint64) ([]ledger.Digest, error) {
	path, err := p.Recorder.Consistency(ctx, from, to)
	return path, outcome(err)
}

// outcome gives an error of the tree the word that custody has for it.
func outcome(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, tree.ErrIntegrity):
		return fmt.Errorf("%w: %w", custody.ErrIntegrity, err)
	case errors.Is(err, recorder.ErrNotCoSigned):
		return fmt.Errorf("%w: %w", custody.ErrNotCoSigned, err)
	case errors.Is(err, tree.ErrUnavailable):
		return fmt.Errorf("%w: %w", custody.ErrPushback, err)
	}
	return err
}

// feedPause is how long after an error the tree is fed again.
const feedPause = 5 * time.Second

// feeder copies numbered entries into a tree that stands elsewhere, until it is
// closed. A nil feeder has nothing to copy: the tree stands with the entries.
type feeder struct {
	store  outbox
	engine tree.Engine
	log    *slog.Logger
	stop   context.CancelFunc
	done   sync.WaitGroup
}

// outbox is what a feeder reads entries from. *store.Store is one.
type outbox interface {
	Size(ctx context.Context) (uint64, error)
	Feed(ctx context.Context, engine tree.Engine) error
	FeedOnce(ctx context.Context, engine tree.Engine) (behind bool, err error)
}

var _ outbox = (*store.Store)(nil)

func startFeeder(s outbox, engine tree.Engine, log *slog.Logger) *feeder {
	ctx, stop := context.WithCancel(context.Background())
	f := &feeder{store: s, engine: engine, log: log, stop: stop}
	f.done.Go(func() { f.run(ctx) })
	return f
}

// run feeds until ctx ends, or until an error that no trying again can mend. A database
// that was away for a moment is no such error.
func (f *feeder) run(ctx context.Context) {
	for {
		err := f.store.Feed(ctx, f.engine)
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, custody.ErrIntegrity) || errors.Is(err, tree.ErrIntegrity) || errors.Is(err, tree.ErrFrozen) {
			f.log.ErrorContext(ctx, "the tree is no longer fed; receipts cannot be given", slog.Any("error", err))
			return
		}
		f.log.WarnContext(ctx, "the tree could not be fed; it is tried again", slog.Any("error", err))
		select {
		case <-ctx.Done():
			return
		case <-time.After(feedPause):
		}
	}
}

// reach feeds until the tree has that many leaves; for 0, all that the log has now.
func (f *feeder) reach(ctx context.Context, size uint64) error {
	if f == nil {
		return nil
	}
	if size == 0 {
		var err error
		if size, err = f.store.Size(ctx); err != nil {
			return err
		}
	}
	for {
		have, err := f.engine.Size(ctx)
		if err != nil {
			return err
		}
		if have >= size {
			return nil
		}
		if _, err := f.store.FeedOnce(ctx, f.engine); err != nil {
			return err
		}
	}
}

// Close stops feeding. What was not fed is fed after the next start.
func (f *feeder) Close() error {
	f.stop()
	f.done.Wait()
	return nil
}
