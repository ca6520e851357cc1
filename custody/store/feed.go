package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/ledger/tree"
)

// Limits of the feeder.
const (
	feedBatch = 1000
	// feedPause is how long the feeder waits when it has caught up and this
	// process has appended nothing; another process may have.
	feedPause = 200 * time.Millisecond
)

// Feed copies numbered entries into a tree that stands elsewhere, until ctx
// ends. Rows at and above the engine's size are the outbox: nothing else says
// what has been copied, and to recover is to go on from there.
// Errors: custody.ErrIntegrity when the engine has more leaves than the log;
// those of the engine but tree.ErrGap, which means that another feeder was
// faster, and tree.ErrUnavailable, after which it tries again.
func (s *Store) Feed(ctx context.Context, engine tree.Engine) error {
	for {
		behind, err := s.FeedOnce(ctx, engine)
		if err != nil && ctx.Err() == nil && !errors.Is(err, tree.ErrUnavailable) {
			return err
		}
		if behind && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.grown:
		case <-time.After(feedPause):
		}
	}
}

// FeedOnce copies one batch, and says whether there may be more.
func (s *Store) FeedOnce(ctx context.Context, engine tree.Engine) (behind bool, err error) {
	have, err := engine.Size(ctx)
	if err != nil {
		return false, fmt.Errorf("feed the tree: %w", err)
	}
	size, err := s.Size(ctx)
	if err != nil {
		return false, fmt.Errorf("feed the tree: %w", err)
	}
	if have > size {
		return false, fmt.Errorf("feed the tree: %w: it has %d leaves and the log %d entries: the log has been put back to an older state",
			custody.ErrIntegrity, have, size)
	}
	if have == size {
		return false, nil
	}
	end := min(size, have+feedBatch)
	commitments, err := s.Leaves(ctx, ledger.Index(have), ledger.Index(end))
	if err != nil {
		return false, fmt.Errorf("feed the tree: %w", err)
	}
	leaves := make([][]byte, len(commitments))
	for i, c := range commitments {
		leaves[i] = c.Leaf()
	}
	if err := engine.Append(ctx, have, leaves); err != nil && !errors.Is(err, tree.ErrGap) {
		return false, fmt.Errorf("feed the tree at %d: %w", have, err)
	}
	return true, s.checkFed(ctx, engine, have, commitments)
}

// checkFed makes sure that the engine has each leaf at the index that the log
// gave it.
func (s *Store) checkFed(ctx context.Context, engine tree.Engine, first uint64, commitments []ledger.Commitment) error {
	size, err := engine.Size(ctx)
	if err != nil {
		return fmt.Errorf("feed the tree: %w", err)
	}
	end := min(size, first+uint64(len(commitments)))
	if end <= first {
		return nil
	}
	hashes, err := engine.LeafHashes(ctx, first, end)
	if err != nil {
		return fmt.Errorf("feed the tree: %w", err)
	}
	for i, h := range hashes {
		if h != commitments[i].LeafHash() {
			return fmt.Errorf("feed the tree: %w: leaf %d of the tree is not entry %d of the log", custody.ErrIntegrity, first+uint64(i), first+uint64(i))
		}
	}
	return nil
}
