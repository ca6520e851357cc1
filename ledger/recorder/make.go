package recorder

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"custos.example/ledger"
	"custos.example/ledger/tree"
)

// maxRounds is how often a checkpoint is made anew because another process has
// moved the guard in the meantime.
const maxRounds = 16

// Check returns nil when the log extends the checkpoint that the guard holds.
// It signs nothing; a program calls it before it takes anything in.
// Errors: ErrRollback, and those of guard and log.
func (r *Recorder) Check(ctx context.Context) error {
	_, previous, err := r.guarded(ctx)
	if err != nil {
		return err
	}
	size, err := r.config.Log.Size(ctx)
	if err != nil {
		return err
	}
	_, err = r.extend(ctx, previous.Checkpoint, size)
	return err
}

// make makes, guards and returns a checkpoint of all that the log holds.
func (r *Recorder) make(ctx context.Context) (ledger.SignedCheckpoint, error) {
	for range maxRounds {
		stored, previous, err := r.guarded(ctx)
		if err != nil {
			return ledger.SignedCheckpoint{}, err
		}
		size, err := r.config.Log.Size(ctx)
		if err != nil {
			return ledger.SignedCheckpoint{}, err
		}
		next, err := r.extend(ctx, previous.Checkpoint, size)
		if err != nil {
			return ledger.SignedCheckpoint{}, err
		}
		signed, err := r.sign(next)
		if err != nil {
			return ledger.SignedCheckpoint{}, err
		}
		if r.config.Guard == nil || bytes.Equal(stored, signed.Bytes()) {
			return signed, nil
		}
		err = r.config.Guard.Swap(ctx, stored, signed.Bytes())
		if err == nil {
			return signed, nil
		}
		if !errors.Is(err, ErrGuardMoved) {
			return ledger.SignedCheckpoint{}, err
		}
	}
	return ledger.SignedCheckpoint{}, fmt.Errorf("%w: %d times in a row: see how many processes write this log", ErrGuardMoved, maxRounds)
}

// guarded returns what the guard holds, both as stored and read; without a
// guard, what was signed last.
// Errors: tree.ErrIntegrity when it is not a checkpoint of this log.
func (r *Recorder) guarded(ctx context.Context) ([]byte, ledger.SignedCheckpoint, error) {
	if r.config.Guard == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		return nil, r.last, nil
	}
	stored, err := r.config.Guard.Load(ctx)
	if err != nil || len(stored) == 0 {
		return nil, ledger.SignedCheckpoint{}, err
	}
	previous, err := ledger.ParseCheckpoint(stored)
	if err == nil {
		err = previous.Verify(r.config.Keys...)
	}
	if err == nil && previous.Origin != r.config.Origin {
		err = fmt.Errorf("it is a checkpoint of %q", previous.Origin)
	}
	if err != nil {
		return nil, ledger.SignedCheckpoint{}, fmt.Errorf("%w: the guard does not hold a checkpoint of %q: %w: "+
			"bring the guard back from a copy; until then nothing is signed", tree.ErrIntegrity, r.config.Origin, err)
	}
	return stored, previous, nil
}

// extend returns the head of the first size leaves, once the log has proved that
// it extends previous.
// Errors: ErrRollback.
func (r *Recorder) extend(ctx context.Context, previous ledger.Checkpoint, size uint64) (ledger.Checkpoint, error) {
	if size < previous.Size {
		return ledger.Checkpoint{}, fmt.Errorf("%w: the guard has seen %d entries and there are %d: "+
			"stop, keep both copies, and put the newest back-up in place", ErrRollback, previous.Size, size)
	}
	root, err := r.config.Log.Root(ctx, size)
	if err != nil {
		return ledger.Checkpoint{}, err
	}
	next := ledger.Checkpoint{Origin: r.config.Origin, Size: size, Root: root}
	if previous.Origin == "" { // the first one ever
		return next, nil
	}
	path, err := r.config.Log.Consistency(ctx, previous.Size, size)
	if err != nil {
		return ledger.Checkpoint{}, err
	}
	if err := ledger.VerifyConsistency(previous.Size, size, path, previous.Root, root); err != nil {
		return ledger.Checkpoint{}, fmt.Errorf("%w: it does not hold what the guard has seen at %d entries: "+
			"stop, keep both copies, and compare them: %w", ErrRollback, previous.Size, err)
	}
	return next, nil
}

// sign signs a checkpoint and verifies what it has signed.
func (r *Recorder) sign(next ledger.Checkpoint) (ledger.SignedCheckpoint, error) {
	note, err := next.Sign(r.config.Signer)
	if err != nil {
		return ledger.SignedCheckpoint{}, err
	}
	signed, err := ledger.ParseCheckpoint(note)
	if err != nil {
		return ledger.SignedCheckpoint{}, err
	}
	if err := signed.Verify(r.config.Keys...); err != nil {
		return ledger.SignedCheckpoint{}, fmt.Errorf("the new checkpoint does not verify under the log's keys: %w", err)
	}
	return signed, nil
}
