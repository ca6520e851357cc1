package witness

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"time"

	"custos.example/ledger"
)

// Signer signs with the co-signer's key.
type Signer interface {
	Sign(ctx context.Context, message []byte) ([]byte, error)
}

// ErrClock says that the co-signer's clock stands behind what it co-signed before:
// a co-signature would say a time at which it was not given.
var ErrClock = errors.New("the co-signer's clock stands behind its last co-signature")

// clockSlack is by how much a clock may be put back when it is set right.
const clockSlack = time.Minute

// Config says who co-signs what.
type Config struct {
	// Folder is the co-signer's memory. It must never be put back to an earlier
	// state: a co-signer that forgets can sign two histories.
	Folder string
	Key    ledger.NoteKey
	Signer Signer
	// Logs are the keys of the logs that are co-signed; several may have one
	// name, the log's origin.
	Logs []ledger.NoteKey
	Now  func() time.Time
}

// Witness co-signs checkpoints. It may be used by many goroutines, and several
// processes may share one folder.
type Witness struct {
	config Config
	heads  heads
}

// New returns a co-signer. It reads and writes nothing yet.
func New(config Config) *Witness {
	return &Witness{config: config, heads: heads{config.Folder}}
}

// Admit makes the memory of a log that this co-signer is to co-sign from now on.
// Errors: fs.ErrExist when there is one.
func Admit(folder, origin string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	if err := (heads{folder}).add(origin); err != nil {
		return fmt.Errorf("admit the log %s: %w", origin, err)
	}
	return nil
}

// Key returns the co-signer's public key.
func (w *Witness) Key() ledger.NoteKey { return w.config.Key }

// Add answers a request: it co-signs the checkpoint if that extends what was
// co-signed last, and remembers it.
//
// Shape: signature lines. Durability: the checkpoint is on disk before it is
// signed, so that a co-signer that dies at any moment never signs another branch.
// Errors: *Refusal; ErrForgotten; ErrClock; those of disk and signer.
func (w *Witness) Add(ctx context.Context, request []byte) (lines []byte, err error) {
	r, err := ParseRequest(request)
	if err != nil {
		return nil, err
	}
	origin := r.Checkpoint.Origin
	if err := w.admitted(r.Checkpoint); err != nil {
		return nil, err
	}
	lock, err := w.heads.lock(origin)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	last, found, err := w.heads.load(origin)
	if err != nil {
		return nil, err
	}
	if err := w.extends(r, last); err != nil {
		return nil, err
	}
	now := w.config.Now()
	if list, err := last.CoSignatures(w.config.Key); err == nil && len(list) > 0 && now.Before(list[0].At.Add(-clockSlack)) {
		return nil, fmt.Errorf("%w: it shows %s, and the last co-signature says %s: if the clock was put back, set it right; if it is "+
			"right, it ran ahead before: wait until then, or end the use of this co-signer's key and begin with a new name and key",
			ErrClock, now.UTC().Format(time.RFC3339), list[0].At.Format(time.RFC3339))
	}
	bare := w.stripped(r.Checkpoint)
	if !found || last.Checkpoint != bare.Checkpoint {
		if err := w.heads.store(bare); err != nil {
			return nil, err
		}
	}
	signed, err := bare.CoSign(w.config.Key, now, func(m []byte) ([]byte, error) { return w.config.Signer.Sign(ctx, m) })
	if err != nil {
		return nil, err
	}
	if err := w.heads.store(signed); err != nil { // for those who look at what is co-signed
		return nil, err
	}
	own := signed
	own.Signatures = own.Signatures[len(own.Signatures)-1:]
	return own.Lines(), nil
}

// admitted returns nil if one of the keys that this co-signer knows for the log
// signed the checkpoint.
func (w *Witness) admitted(s ledger.SignedCheckpoint) error {
	known := slices.ContainsFunc(w.config.Logs, func(k ledger.NoteKey) bool { return k.Name == s.Origin })
	if !known {
		return &Refusal{Status: http.StatusNotFound, Words: fmt.Sprintf("this co-signer does not follow the log %q: "+
			"whoever runs it admits a log by its key", s.Origin)}
	}
	if err := s.Verify(w.config.Logs...); err != nil {
		return &Refusal{Status: http.StatusForbidden, Words: fmt.Sprintf("no key that this co-signer knows for %q signed the "+
			"checkpoint (has the log a new key?): %v", s.Origin, err)}
	}
	return nil
}

// extends returns nil if the request proves that its checkpoint extends last.
func (w *Witness) extends(r Request, last ledger.SignedCheckpoint) error {
	next := r.Checkpoint
	if r.Old != last.Size {
		return &Refusal{Status: http.StatusConflict, Size: last.Size, Words: fmt.Sprintf("this co-signer has co-signed %d entries, "+
			"the request goes on from %d", last.Size, r.Old)}
	}
	from := last.Root
	if last.Size == 0 {
		from = empty
	}
	switch {
	case last.Size == next.Size && from != next.Root && last.Size > 0:
		return w.evidence(r, last, &Refusal{Status: http.StatusConflict, Size: last.Size, Words: fmt.Sprintf("this co-signer has co-signed "+
			"another root of %d entries: the log has two histories", last.Size)})
	case r.Old == 0 && len(r.Path) > 0:
		return &Refusal{Status: http.StatusUnprocessableEntity, Words: "a proof from nothing has no hashes"}
	}
	if err := ledger.VerifyConsistency(r.Old, next.Size, r.Path, from, next.Root); err != nil {
		return w.unshown(r, &Refusal{Status: http.StatusUnprocessableEntity, Words: fmt.Sprintf("the checkpoint is not shown to extend "+
			"what this co-signer has co-signed: %v", err)})
	}
	return nil
}

// evidence keeps both checkpoints, which bear the log's own signature, and with that
// signature say two roots of one size: nobody but the log can have made them.
func (w *Witness) evidence(r Request, last ledger.SignedCheckpoint, no *Refusal) error {
	no.evidence = true
	for _, s := range []ledger.SignedCheckpoint{last, w.stripped(r.Checkpoint)} {
		if err := w.heads.keep(s); err != nil {
			no.lost = errors.Join(no.lost, fmt.Errorf("keep a checkpoint that shows two histories: %w", err))
		}
	}
	if no.lost == nil {
		no.Words += "; both signed checkpoints are kept"
	}
	return no
}

// unshown puts a checkpoint aside that came with a proof that proves nothing. It shows
// nothing by itself: anybody can put a false proof before a checkpoint of the log's.
func (w *Witness) unshown(r Request, no *Refusal) error {
	if r.Old == r.Checkpoint.Size { // it is what was co-signed, with a proof that it does not need
		return no
	}
	if err := w.heads.putAside(w.stripped(r.Checkpoint)); err != nil {
		no.lost = fmt.Errorf("put a checkpoint aside that is not shown to extend the last: %w", err)
	}
	return no
}

// stripped returns s with only the signatures of keys that this co-signer knows
// for the log.
func (w *Witness) stripped(s ledger.SignedCheckpoint) ledger.SignedCheckpoint {
	s.Signatures = slices.DeleteFunc(slices.Clone(s.Signatures), func(sig ledger.NoteSignature) bool {
		return !slices.ContainsFunc(w.config.Logs, func(k ledger.NoteKey) bool { return k.Name == sig.Name && k.Hash() == sig.Hash })
	})
	return s
}

// Latest returns what was co-signed last of a log, with the co-signature.
// Errors: fs.ErrNotExist for a log that is not followed, or not co-signed yet.
func (w *Witness) Latest(origin string) (ledger.SignedCheckpoint, error) {
	if !slices.ContainsFunc(w.config.Logs, func(k ledger.NoteKey) bool { return k.Name == origin }) {
		return ledger.SignedCheckpoint{}, fs.ErrNotExist
	}
	last, found, err := w.heads.load(origin)
	if err == nil && !found {
		err = fs.ErrNotExist
	}
	return last, err
}
