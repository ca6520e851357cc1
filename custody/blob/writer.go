package blob

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"path/filepath"

	"filippo.io/age"

	"custos.example/ledger"
)

// Writer takes the bytes of one payload as they are made, and hashes and
// encrypts them on the way: each once. It ends with Commit or with Discard.
type Writer struct {
	s    *Store
	ctx  context.Context //nolint:containedctx // one payload is written within one call
	id   string
	part part
	held []byte // content so far, while there is no file
	file *sink
	seal io.WriteCloser
	sum  hash.Hash
	err  error // of an earlier write, or that the writer has ended
}

var errEnded = errors.New("the payload has ended")

// Writer returns a writer of a new payload. Nothing is on disk before its
// content is larger than what a record holds.
// Errors: ErrInvalid for an id that is none.
func (s *Store) Writer(ctx context.Context, id string) (*Writer, error) {
	if err := checkScope(id); err != nil {
		return nil, err
	}
	w := &Writer{s: s, ctx: ctx, id: id, sum: sha256.New()}
	if _, err := rand.Read(w.part.salt[:]); err != nil {
		return nil, err
	}
	return w, nil
}

// Write takes the next bytes.
// Errors: the disk's, the context's; after one, every later call fails with it.
func (w *Writer) Write(b []byte) (int, error) {
	if w.err == nil {
		w.err = w.ctx.Err()
	}
	if w.err != nil {
		return 0, w.err
	}
	if w.file == nil {
		if len(w.held)+len(b) < plainFrom {
			w.held = append(w.held, b...)
			return len(b), nil
		}
		if w.err = w.begin(); w.err != nil {
			return 0, w.err
		}
		if w.err = w.put(w.held); w.err != nil {
			return 0, w.err
		}
		w.held = nil
	}
	if w.err = w.put(b); w.err != nil {
		return 0, w.err
	}
	return len(b), nil
}

// put hashes and encrypts b in pieces that stay in the processor's cache
// between the two.
func (w *Writer) put(b []byte) error {
	for len(b) > 0 {
		n := min(len(b), 64<<10)
		w.sum.Write(b[:n])
		if _, err := w.seal.Write(b[:n]); err != nil {
			return err
		}
		w.part.size += int64(n)
		b = b[n:]
	}
	return nil
}

// begin makes the file of the content in the part folder.
func (w *Writer) begin() error {
	var name [16]byte
	if _, err := rand.Read(name[:]); err != nil {
		return err
	}
	w.part.part = hex.EncodeToString(name[:])
	path := filepath.Join(w.s.dir, partFolder, w.part.part+ageSuffix)
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	w.part.identity = identity.String()
	if w.file, err = newSink(path); err != nil {
		return err
	}
	w.part.path = path
	w.seal, err = age.Encrypt(w.file, identity.Recipient())
	return err
}

// end flushes the content, whole.
func (w *Writer) end() error {
	if w.err != nil {
		return w.err
	}
	w.err = errEnded
	if w.file == nil {
		w.part.identity, w.part.part, w.part.content = inside, inside, string(w.held)
		w.part.sha256, w.part.size = sha256.Sum256(w.held), int64(len(w.held))
		return nil
	}
	err := fill(w.seal, padded(w.part.size)-w.part.size)
	if err == nil {
		err = w.seal.Close()
	}
	w.part.sha256 = ledger.Digest(w.sum.Sum(nil))
	file := w.file
	w.file = nil
	return errors.Join(err, file.end(err == nil))
}

// Commit keeps what was written, and says what it is. The same bytes in the
// same case give the same Ref, and nothing is kept twice.
//
// Durability: content, key and folder are flushed when it returns. A kill or a
// power cut before that leaves nothing that can be taken for a payload.
// Errors: those of Write and of Keys; the disk's, with the path; then nothing
// is kept.
func (w *Writer) Commit() (Ref, error) {
	err := w.end()
	ref := Ref{}
	if err == nil {
		ref, err = w.s.place(w.ctx, w.id, w.part)
	}
	if err != nil {
		return Ref{}, errors.Join(fmt.Errorf("keep a payload of %s: %w", scopeWords(w.id), err), w.Discard())
	}
	if ref.Size < plainFrom {
		w.s.salted.put(w.id, ledger.SaltedDigest(ref.Salt, ref.SHA256), ref.Address, true)
	}
	return ref, nil
}

// Discard keeps nothing of what was written. After Commit it does nothing that
// could harm what was kept.
func (w *Writer) Discard() error {
	var err error
	if w.file != nil {
		err = w.file.end(false)
		w.file = nil
	}
	clear(w.held)
	w.err = errEnded
	return errors.Join(err, w.part.discard())
}
