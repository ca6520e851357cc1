package blob

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"filippo.io/age"

	"custos.example/ledger"
)

// Put keeps the bytes of r, reading them once, and says what they are. The same
// bytes in the same case give the same Ref, and nothing is written twice.
//
// Durability: content, key and folder are flushed when it returns. A kill or a
// power cut before that leaves nothing that can be taken for a payload.
// Errors: those of r and of Keys; the disk's, with the path.
func (s *Store) Put(ctx context.Context, id string, r io.Reader) (Ref, error) {
	if err := checkScope(id); err != nil {
		return Ref{}, err
	}
	p, err := s.writePart(ctx, r)
	if err != nil {
		return Ref{}, fmt.Errorf("keep a payload of %s: %w", scopeWords(id), err)
	}
	ref, err := s.place(ctx, id, p)
	if err != nil {
		return Ref{}, errors.Join(fmt.Errorf("keep a payload of %s: %w", scopeWords(id), err), p.discard())
	}
	if ref.Size < plainFrom {
		s.salted.put(id, ledger.SaltedDigest(ref.Salt, ref.SHA256), ref.Address)
	}
	return ref, nil
}

// part is content that is written and flushed, but has no name yet.
type part struct {
	path string
	record
}

func (p part) discard() error {
	if err := os.Remove(p.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// writePart encrypts r into a file of the part folder while hashing it.
func (s *Store) writePart(ctx context.Context, r io.Reader) (p part, err error) {
	var name [16]byte
	if _, err := rand.Read(name[:]); err != nil {
		return p, err
	}
	p.part = hex.EncodeToString(name[:])
	p.path = filepath.Join(s.dir, partFolder, p.part+ageSuffix)
	if _, err := rand.Read(p.salt[:]); err != nil {
		return p, err
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return p, err
	}
	p.identity = identity.String()
	f, err := os.OpenFile(p.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return p, err
	}
	err = p.fill(ctx, f, identity.Recipient(), r)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return p, errors.Join(err, p.discard())
	}
	return p, nil
}

func (p *part) fill(ctx context.Context, f *os.File, recipient age.Recipient, r io.Reader) error {
	w, err := age.Encrypt(f, recipient)
	if err != nil {
		return err
	}
	hash := sha256.New()
	p.size, err = io.CopyBuffer(io.MultiWriter(hash, w), reader{ctx, r}, make([]byte, 256<<10))
	if err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	p.sha256 = ledger.Digest(hash.Sum(nil))
	return nil
}

// place gives a part its name and its key.
func (s *Store) place(ctx context.Context, id string, p part) (Ref, error) {
	address, err := s.keys.Address(ctx, id, p.sha256)
	if err != nil {
		return Ref{}, err
	}
	defer s.busy.lock(scope(id) + address)()

	there, err := s.readRecord(ctx, id, address)
	if err == nil && s.whole(id, address, there) {
		return there.ref(id, address), p.discard()
	}
	replace := err == nil
	if replace {
		p.salt = there.salt // the content is lost, and comes back under its recorded name
	} else if !errors.Is(err, ErrNotFound) {
		return Ref{}, err
	}
	wrapped, err := s.keys.WrapPayloadKey(ctx, id, recordAAD(id, address), []byte(p.text()))
	if err != nil {
		return Ref{}, err
	}
	dir := filepath.Dir(s.path(keyName(id, address)))
	for _, d := range []string{filepath.Dir(dir), dir} {
		if err := makeFolder(d); err != nil {
			return Ref{}, err
		}
	}
	content := s.path(ageName(id, address, p.part))
	if err := os.Rename(p.path, content); err != nil {
		return Ref{}, err
	}
	// The content's name must be on disk before the key can be.
	if err := flushFolder(dir); err != nil {
		return Ref{}, errors.Join(err, os.Remove(content))
	}
	err = s.publish(dir, filepath.Base(keyName(id, address)), wrapped, replace)
	if errors.Is(err, fs.ErrExist) { // another process put the same content first
		if err := os.Remove(content); err != nil {
			return Ref{}, err
		}
		return s.Stat(ctx, id, address)
	}
	if err != nil {
		return Ref{}, errors.Join(err, os.Remove(content))
	}
	if replace {
		err := os.Remove(s.path(ageName(id, address, there.part)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return Ref{}, err
		}
	}
	return p.ref(id, address), nil
}

// publish makes the key file appear, whole, and flushes its folder.
// Errors: fs.ErrExist when it is there and replace is false.
func (s *Store) publish(dir, name string, content []byte, replace bool) error {
	f, err := os.CreateTemp(filepath.Join(s.dir, partFolder), "key-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	target := filepath.Join(dir, name)
	switch {
	case err != nil:
	case replace:
		err = os.Rename(f.Name(), target)
	default:
		err = os.Link(f.Name(), target) // unlike a rename, it never replaces
	}
	if !replace || err != nil {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	if err != nil {
		return err
	}
	return flushFolder(dir)
}

// whole says whether the content of a payload is there in its full length.
func (s *Store) whole(id, address string, r record) bool {
	info, err := os.Stat(s.path(ageName(id, address, r.part)))
	return err == nil && info.Mode().IsRegular() && info.Size() == ageSize(r.size)
}

// ageSize returns the length of an age file with one X25519 recipient.
// Source: the age file format, C2SP age.
func ageSize(content int64) int64 {
	const header, nonce, tag, chunk = 168, 16, 16, 64 << 10
	chunks := max((content+chunk-1)/chunk, 1)
	return header + nonce + content + chunks*tag
}

// reader stops a copy when its context ends.
type reader struct {
	ctx context.Context //nolint:containedctx // lives for one copy
	r   io.Reader
}

func (r reader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(b)
}
