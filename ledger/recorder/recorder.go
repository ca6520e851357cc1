// Package recorder owns the signed statements about the whole log: it makes
// checkpoints and receipts, keeps the guard that shows a rollback, gathers
// co-signatures, and publishes the log as C2SP tiles.
//
// It signs no checkpoint that does not extend the one in the guard, shows none
// that lacks the co-signatures of its quorum, hands out no
// receipt that it has not verified itself, never orders entries, and never looks
// into one. It knows no engine: a Log is all it reads.
package recorder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"custos.example/ledger"
	"custos.example/ledger/quorum"
	"custos.example/ledger/tree"
	"custos.example/ledger/witness"
)

// Log is what the recorder reads of a tree; every tree.Engine is one.
type Log interface {
	Size(ctx context.Context) (uint64, error)
	Root(ctx context.Context, size uint64) (ledger.Digest, error)
	Inclusion(ctx context.Context, index, size uint64) ([]ledger.Digest, error)
	Consistency(ctx context.Context, from, to uint64) ([]ledger.Digest, error)
	LeafHashes(ctx context.Context, from, to uint64) ([]ledger.Digest, error)
}

// Publisher makes a checkpoint and the tree under it readable to others.
type Publisher interface {
	Publish(ctx context.Context, checkpoint ledger.SignedCheckpoint) error
}

// The outcomes that a caller may tell apart, beside those of the tree.
var (
	// ErrRollback says that the log does not extend what was signed before, or
	// that a proof does not verify. It is a tree.ErrIntegrity: nothing is signed
	// any more until a person has found out why.
	ErrRollback = fmt.Errorf("%w: it has been put back or changed", tree.ErrIntegrity)
	// ErrBehind says that the log does not reach as far as asked yet. It is a
	// tree.ErrUnavailable: it can be asked again once more entries are in the tree.
	ErrBehind = fmt.Errorf("%w: it does not reach that far yet", tree.ErrUnavailable)
)

// Config says what a recorder works with.
type Config struct {
	// Origin is the log's name, as checkpoints state it.
	Origin string
	// Log is the tree.
	Log Log
	// Signer signs checkpoints. Its name is the origin.
	Signer note.Signer
	// Keys are the keys of the log, past and present, the Signer's among them:
	// only a checkpoint that one of them signed is believed when the guard holds it.
	Keys []ledger.NoteKey
	// Guard holds the last checkpoint outside the data folder. With none a
	// rollback of the whole folder is not seen.
	Guard Guard
	// Tiles gets the tree when Publish is called. It may be left out.
	Tiles Publisher
	// Quorum says how many co-signers, and which, must confirm a checkpoint before
	// anybody sees it. The zero policy asks for nobody. The logs that it names say
	// nothing here: Keys does.
	Quorum quorum.Policy
	// CoSigners are those of them that can be asked; see CoSigners.
	CoSigners []*witness.Client
	// Patience is how long co-signers may take; 0 stands for 5 seconds.
	Patience time.Duration
	// Kept is the folder in which co-signed checkpoints outlive the process. With
	// an empty name they are asked for anew after each start.
	Kept string
	// Warnings gets what does not stop the recorder and somebody should see to. It
	// may be left out.
	Warnings *slog.Logger
}

// Recorder makes checkpoints and receipts of one log. It may be used by many
// goroutines at once.
type Recorder struct {
	config   Config
	gatherer *gatherer
	kept     kept

	mu      sync.Mutex
	last    ledger.SignedCheckpoint // the newest one that may be shown; zero before the first
	signed  ledger.SignedCheckpoint // the newest one that was signed here, co-signed or not
	failing error                   // why the last one was not co-signed, or nil
	flight  *flight                 // the one being made, or nil

	publishing sync.Mutex
	published  []byte // what Publish published last
}

// New returns a recorder. It reads and writes nothing yet.
func New(config Config) *Recorder {
	if config.Patience == 0 {
		config.Patience = defaultPatience
	}
	if config.Warnings == nil {
		config.Warnings = slog.New(slog.DiscardHandler)
	}
	return &Recorder{config: config, gatherer: newGatherer(config), kept: kept(config.Kept)}
}

// flight is one checkpoint in the making, for everyone who waits for it.
type flight struct {
	done   chan struct{}
	made   ledger.SignedCheckpoint
	failed error
}

// Checkpoint returns a signed checkpoint of at least that many leaves; for 0, of
// all that the log holds now. Callers who ask at the same time share one: who
// comes while one is being made waits for it, and for the next one when it does
// not reach far enough.
//
// Shape: the signed note, and what it states.
// Durability: the guard holds it, or one that extends it, before anyone sees it.
// Errors: ErrRollback, never to be retried; ErrBehind; ErrNotCoSigned without the
// quorum of Config; those of log and guard.
func (r *Recorder) Checkpoint(ctx context.Context, atLeast uint64) ([]byte, ledger.Checkpoint, error) {
	signed, err := r.checkpoint(ctx, atLeast)
	if err != nil {
		return nil, ledger.Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	return signed.Bytes(), signed.Checkpoint, nil
}

func (r *Recorder) checkpoint(ctx context.Context, atLeast uint64) (ledger.SignedCheckpoint, error) {
	if atLeast == 0 {
		size, err := r.config.Log.Size(ctx)
		if err != nil {
			return ledger.SignedCheckpoint{}, err
		}
		atLeast = size
	}
	for first := true; ; first = false {
		r.mu.Lock()
		if made := r.last; made.Origin != "" && made.Size >= atLeast {
			r.mu.Unlock()
			return made, nil
		}
		f := r.flight
		mine := f == nil
		if mine {
			f = &flight{done: make(chan struct{})}
			r.flight = f
			// One caller's leaving must not fail the others.
			go r.fly(context.WithoutCancel(ctx), f)
		}
		r.mu.Unlock()

		select {
		case <-f.done:
		case <-ctx.Done():
			return ledger.SignedCheckpoint{}, ctx.Err()
		}
		switch {
		case f.failed != nil && (mine || !first || errors.Is(f.failed, tree.ErrIntegrity)):
			return ledger.SignedCheckpoint{}, f.failed
		case f.failed == nil && f.made.Size >= atLeast:
			return f.made, nil
		case mine || !first: // it began after the question was put, so the log itself is short
			return ledger.SignedCheckpoint{}, fmt.Errorf("%w: %d leaves, asked for %d: try again when the rest has been fed",
				ErrBehind, f.made.Size, atLeast)
		}
	}
}

// fly makes one checkpoint and tells everyone who waits.
func (r *Recorder) fly(ctx context.Context, f *flight) {
	made, err := r.make(ctx, false)
	r.mu.Lock()
	if err == nil && made.Size >= r.last.Size {
		r.last = made
	}
	f.made, f.failed = made, err
	r.flight = nil
	r.mu.Unlock()
	close(f.done)
}

// Receipt returns the proof that the leaf at index is in the log, under a signed
// checkpoint.
//
// Shape: C2SP tlog-proof. Trust: it has been verified here.
// Errors: those of Checkpoint; ErrRollback when the proof does not verify;
// tree.ErrRange for a number that no leaf can have.
func (r *Recorder) Receipt(ctx context.Context, index uint64) ([]byte, error) {
	if err := tree.CheckIndex(index, tree.MaxSize, tree.MaxSize); err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	signed, err := r.checkpoint(ctx, index+1)
	if err != nil {
		return nil, fmt.Errorf("receipt for %d: %w", index, err)
	}
	path, err := r.config.Log.Inclusion(ctx, index, signed.Size)
	if err != nil {
		return nil, fmt.Errorf("receipt for %d: %w", index, err)
	}
	leaf, err := r.config.Log.LeafHashes(ctx, index, index+1)
	if err == nil && len(leaf) != 1 {
		err = fmt.Errorf("%w: %d hashes for one leaf", tree.ErrIntegrity, len(leaf))
	}
	if err != nil {
		return nil, fmt.Errorf("receipt for %d: %w", index, err)
	}
	if err := ledger.VerifyInclusion(ledger.Index(index), leaf[0], path, signed.Size, signed.Root); err != nil {
		return nil, fmt.Errorf("receipt for %d: %w: %w", index, ErrRollback, err)
	}
	return ledger.Receipt{Index: ledger.Index(index), Path: path, Checkpoint: signed}.Bytes(), nil
}

// Inclusion returns the audit path of a leaf under a tree of that size.
func (r *Recorder) Inclusion(ctx context.Context, index, size uint64) ([]ledger.Digest, error) {
	return r.config.Log.Inclusion(ctx, index, size)
}

// Publish makes the newest checkpoint that may be shown, and the tree under it, readable to others
// through Config.Tiles, unless it did so before. Checkpoint does not, so that
// nobody waits for it.
func (r *Recorder) Publish(ctx context.Context) error { return r.publish(ctx, false) }

// PublishAnew does what Publish does, also where nothing is new: the checkpoint then
// shows when it was published, and not when there was something to publish.
func (r *Recorder) PublishAnew(ctx context.Context) error { return r.publish(ctx, true) }

func (r *Recorder) publish(ctx context.Context, anew bool) error {
	if r.config.Tiles == nil {
		return nil
	}
	signed, err := r.checkpoint(ctx, 0)
	if errors.Is(err, ErrNotCoSigned) {
		if signed = r.Newest(); signed.Origin != "" {
			err = nil
		}
	}
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	r.publishing.Lock()
	defer r.publishing.Unlock()
	if !anew && bytes.Equal(r.published, signed.Bytes()) {
		return nil
	}
	if err := r.config.Tiles.Publish(ctx, signed); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	r.published = signed.Bytes()
	return nil
}
