package recorder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"custos.example/ledger"
	"custos.example/ledger/tree"
)

// maxRounds is how often a checkpoint is made anew because another process has
// moved the guard in the meantime.
const maxRounds = 16

// Check returns nil when the log extends the checkpoint that the guard holds, and
// the newest co-signed one that was kept.
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
	if _, err = r.extend(ctx, previous.Checkpoint, size); err != nil {
		return err
	}
	return r.resume(ctx)
}

// make makes, guards and returns a checkpoint of all that the log holds, with its
// co-signatures. With all it waits for every co-signer as long as that may take.
// Errors: ErrNotCoSigned with the checkpoint as far as it was co-signed.
func (r *Recorder) make(ctx context.Context, all bool) (ledger.SignedCheckpoint, error) {
	for range maxRounds {
		signed, err := r.guard(ctx)
		if errors.Is(err, ErrGuardMoved) {
			continue
		}
		if err != nil {
			return ledger.SignedCheckpoint{}, err
		}
		patience := r.config.Patience
		r.mu.Lock()
		if r.failing != nil && !all { // who waits is not kept waiting long for those who do not answer
			patience = min(patience, time.Second)
		}
		r.mu.Unlock()
		coSigned, err := r.gatherer.gather(ctx, r.config.Log, signed, patience, all)
		if err != nil && r.moved(ctx, signed) {
			continue // another process went on, and the co-signers with it
		}
		r.mu.Lock()
		r.failing = err
		r.mu.Unlock()
		if err == nil && r.config.Quorum.Asked() {
			err = r.keep(coSigned)
		}
		return coSigned, err
	}
	return ledger.SignedCheckpoint{}, fmt.Errorf("%w: %d times in a row: see how many processes write this log", ErrGuardMoved, maxRounds)
}

// Guard puts a checkpoint of all that the log holds into the guard and asks no
// co-signer: a program calls it before it lets go of a log, so that what was only
// acknowledged is missed too if the log is put back.
// Errors: ErrRollback, and those of guard and log.
func (r *Recorder) Guard(ctx context.Context) error {
	for range maxRounds {
		if _, err := r.guard(ctx); !errors.Is(err, ErrGuardMoved) {
			return err
		}
	}
	return fmt.Errorf("%w: %d times in a row: see how many processes write this log", ErrGuardMoved, maxRounds)
}

// guard makes and signs a checkpoint of all that the log holds and puts it into
// the guard.
// Errors: ErrGuardMoved when another process did so in the meantime.
func (r *Recorder) guard(ctx context.Context) (ledger.SignedCheckpoint, error) {
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
	if r.config.Guard != nil && !bytes.Equal(stored, signed.Bytes()) {
		if err := r.config.Guard.Swap(ctx, stored, signed.Bytes()); err != nil {
			return ledger.SignedCheckpoint{}, err
		}
	}
	r.mu.Lock()
	r.signed = signed
	r.mu.Unlock()
	return signed, nil
}

// moved tells whether the guard holds something else than what was just put there.
func (r *Recorder) moved(ctx context.Context, signed ledger.SignedCheckpoint) bool {
	if r.config.Guard == nil {
		return false
	}
	stored, err := r.config.Guard.Load(ctx)
	return err == nil && !bytes.Equal(stored, signed.Bytes())
}

// guarded returns what the guard holds, both as stored and read; without a
// guard, what was signed last.
// Errors: tree.ErrIntegrity when it is not a checkpoint of this log.
func (r *Recorder) guarded(ctx context.Context) ([]byte, ledger.SignedCheckpoint, error) {
	if r.config.Guard == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		return nil, r.signed, nil
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
