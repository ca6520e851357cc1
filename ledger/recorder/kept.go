package recorder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"custos.example/ledger"
	"custos.example/ledger/durable"
	"custos.example/ledger/witness"
)

// ErrNotAsked says that no co-signer was asked by file, or for another checkpoint.
var ErrNotAsked = errors.New("no co-signer was asked for this checkpoint by file")

// kept is the folder of co-signed checkpoints: the newest with a quorum, and the
// one that was last put to a co-signer by file. An empty name keeps nothing.
type kept string

const (
	keptLatest = "latest"
	keptAsked  = "asked"
)

// load returns a kept checkpoint; found is false when there is none.
func (k kept) load(name string) (s ledger.SignedCheckpoint, found bool, err error) {
	if k == "" {
		return s, false, nil
	}
	content, err := os.ReadFile(filepath.Join(string(k), name))
	if errors.Is(err, fs.ErrNotExist) {
		return s, false, nil
	}
	if err == nil {
		s, err = ledger.ParseCheckpoint(content)
	}
	return s, err == nil, err
}

// lock keeps everybody else from the folder, in this process too, until it is closed.
func (k kept) lock() (io.Closer, error) {
	if err := os.MkdirAll(string(k), 0o700); err != nil {
		return nil, err
	}
	return durable.Lock(filepath.Join(string(k), ".lock"))
}

// store replaces a kept checkpoint. It is called with the folder locked.
// Durability: it is on disk.
func (k kept) store(name string, s ledger.SignedCheckpoint) error {
	return durable.Replace(filepath.Join(string(k), name), s.Bytes(), 0o600)
}

// keep keeps the newest checkpoint that has its quorum. Several are made at once,
// and by other processes: one that is kept already and has more entries stays.
func (r *Recorder) keep(s ledger.SignedCheckpoint) (err error) {
	if r.kept == "" {
		return nil
	}
	lock, err := r.kept.lock()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	there, found, err := r.kept.load(keptLatest)
	if err == nil && found && there.Size > s.Size && r.believes(there) {
		return nil
	}
	return r.kept.store(keptLatest, s)
}

// believes tells whether a checkpoint is signed by this log and has its quorum.
func (r *Recorder) believes(s ledger.SignedCheckpoint) bool {
	return s.Verify(r.config.Keys...) == nil && r.gatherer.met(s) == nil
}

// resume takes up the co-signed checkpoint that an earlier process kept. One that
// cannot be read, or has not the quorum that is asked for now, is left alone: the
// co-signers are asked again. One that the log does not extend is a rollback, like
// one in the guard.
func (r *Recorder) resume(ctx context.Context) error {
	latest, found, err := r.kept.load(keptLatest)
	if err != nil {
		r.config.Warnings.WarnContext(ctx, "the co-signed checkpoint that was kept cannot be read: the co-signers are asked again",
			slog.String("error", err.Error()))
		return nil
	}
	if !found || !r.believes(latest) {
		return nil
	}
	size, err := r.config.Log.Size(ctx)
	if err != nil {
		return err
	}
	if _, err := r.extend(ctx, latest.Checkpoint, size); err != nil {
		return fmt.Errorf("the newest co-signed checkpoint: %w", err)
	}
	r.gatherer.resume(latest)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last.Size <= latest.Size {
		r.last = latest
	}
	return nil
}

// Ask makes a request to a co-signer that can only be reached by file: to co-sign
// the newest checkpoint, going on from the size that it co-signed before. The
// others are asked at once, so that the answer, when it comes, can complete a
// quorum. What others answered by file before counts on, as long as the log has not grown.
// Errors: those of Checkpoint, but for ErrNotCoSigned.
func (r *Recorder) Ask(ctx context.Context, old uint64) (witness.Request, error) {
	if r.kept == "" {
		return witness.Request{}, fmt.Errorf("%w: nothing is kept here", ErrNotAsked)
	}
	signed, err := r.make(ctx, true)
	if err != nil && !errors.Is(err, ErrNotCoSigned) {
		return witness.Request{}, err
	}
	request := witness.Request{Old: min(old, signed.Size), Checkpoint: signed}
	if request.Old > 0 && request.Old < signed.Size {
		if request.Path, err = r.config.Log.Consistency(ctx, request.Old, signed.Size); err != nil {
			return witness.Request{}, err
		}
	}
	lock, err := r.kept.lock()
	if err != nil {
		return request, err
	}
	return request, errors.Join(r.kept.store(keptAsked, r.withAnswers(signed)), lock.Close())
}

// withAnswers returns a checkpoint with the co-signatures that were added by file to the
// same one, of those who have not given it a newer one. One that was kept and cannot be
// read is passed over: its co-signers are asked again. The folder is locked.
func (r *Recorder) withAnswers(signed ledger.SignedCheckpoint) ledger.SignedCheckpoint {
	there, found, err := r.kept.load(keptAsked)
	if err != nil || !found || there.Checkpoint != signed.Checkpoint {
		return signed
	}
	for _, c := range r.config.Quorum.CoSigners {
		if list, err := signed.CoSignatures(c.Key); err != nil || len(list) > 0 {
			continue
		}
		if next, err := merge(signed, there.Lines(), c.Key); err == nil {
			signed = next
		}
	}
	return r.gatherer.fit(signed)
}

// Add takes a co-signer's answer that came by file. It returns the checkpoint,
// which is the log's newest co-signed one if the answer completes a quorum.
// Errors: ErrNotAsked; ErrNotCoSigned when there is no quorum yet; a co-signature
// that does not verify, or by nobody in the policy.
func (r *Recorder) Add(ctx context.Context, lines []byte) (ledger.SignedCheckpoint, error) {
	asked, err := r.add(ctx, lines)
	if err != nil {
		return asked, err
	}
	if err := r.gatherer.met(asked); err != nil {
		return asked, fmt.Errorf("%w: %w", ErrNotCoSigned, err)
	}
	r.mu.Lock()
	newer := r.last.Size <= asked.Size
	if newer {
		r.last = asked
	}
	r.mu.Unlock()
	if !newer {
		return asked, nil
	}
	return asked, r.keep(asked)
}

// add adds an answer to the checkpoint that was asked for by file. Two answers that
// come at once are added in turn.
func (r *Recorder) add(ctx context.Context, lines []byte) (asked ledger.SignedCheckpoint, err error) {
	if r.kept == "" {
		return asked, ErrNotAsked
	}
	lock, err := r.kept.lock()
	if err != nil {
		return asked, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	asked, found, err := r.kept.load(keptAsked)
	if err != nil || !found {
		return asked, errors.Join(ErrNotAsked, err)
	}
	size, err := r.config.Log.Size(ctx)
	if err != nil {
		return asked, err
	}
	if _, err := r.extend(ctx, asked.Checkpoint, size); err != nil {
		return asked, err
	}
	added := false
	for _, c := range r.config.Quorum.CoSigners {
		next, err := merge(asked, lines, c.Key)
		if errors.Is(err, ledger.FaultSignature) {
			return asked, fmt.Errorf("%w: the answer of %s is for another checkpoint: %w", ErrNotAsked, c.Key.Name, err)
		}
		if err == nil {
			asked, added = next, true
		}
	}
	if !added {
		return asked, fmt.Errorf("%w: nobody whom the policy names co-signed in that answer", witness.ErrAnswer)
	}
	asked = r.gatherer.fit(asked)
	return asked, r.kept.store(keptAsked, asked)
}

// CoSigned returns nil when the newest checkpoint that was signed here has its
// quorum. Errors: ErrNotCoSigned.
func (r *Recorder) CoSigned() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failing == nil {
		return nil
	}
	return fmt.Errorf("%d entries are signed for by this log alone, co-signers have confirmed %d: %w",
		r.signed.Size, r.last.Size, r.failing)
}

// Renew asks every co-signer for the newest checkpoint, patiently, also when it
// is co-signed already: a co-signature says when it was given, and who checks an
// exhibit may ask for a fresh one. After an outage this catches up.
// Errors: those of Checkpoint.
func (r *Recorder) Renew(ctx context.Context) error {
	made, err := r.make(ctx, true)
	if err != nil {
		return fmt.Errorf("renew the co-signatures: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if made.Size >= r.last.Size {
		r.last = made
	}
	return nil
}

// Newest returns the newest checkpoint that may be shown; the zero one before the first.
func (r *Recorder) Newest() ledger.SignedCheckpoint {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}
