package blob

import (
	"bytes"
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
	p, err := s.take(ctx, r)
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

// part is content that is written and flushed, or small enough for the record,
// but has no name yet.
type part struct {
	path string
	record
}

func (p part) discard() error {
	if p.path == "" {
		return nil
	}
	if err := os.Remove(p.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// take reads r whole: into the record when it is small, else into a file.
func (s *Store) take(ctx context.Context, r io.Reader) (p part, err error) {
	if _, err := rand.Read(p.salt[:]); err != nil {
		return p, err
	}
	first := make([]byte, plainFrom)
	n, err := io.ReadFull(reader{ctx, r}, first)
	switch {
	case err == nil:
		return s.writePart(ctx, p, io.MultiReader(bytes.NewReader(first), r))
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		p.identity, p.part, p.content = inside, inside, string(first[:n])
		p.sha256, p.size = sha256.Sum256(first[:n]), int64(n)
		return p, nil
	default:
		return p, err
	}
}

// writePart encrypts r into a file of the part folder while hashing it.
func (s *Store) writePart(ctx context.Context, p part, r io.Reader) (part, error) {
	var name [16]byte
	if _, err := rand.Read(name[:]); err != nil {
		return p, err
	}
	p.part = hex.EncodeToString(name[:])
	p.path = filepath.Join(s.dir, partFolder, p.part+ageSuffix)
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
	replace := err == nil
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Ref{}, err
	}
	if replace {
		if whole, err := s.whole(id, address, there); whole || err != nil {
			return there.ref(id, address), errors.Join(err, p.discard())
		}
		p.salt = there.salt // the content is lost, and comes back under its recorded name
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
	if err := s.claim(id, address, &p); err != nil {
		return Ref{}, err
	}
	err = s.publish(s.path(keyName(id, address)), wrapped, replace)
	if errors.Is(err, fs.ErrExist) { // another process put the same content first
		if err := p.discard(); err != nil {
			return Ref{}, err
		}
		return s.Stat(ctx, id, address)
	}
	if err != nil {
		return Ref{}, err // what waits is cleared by the next Open
	}
	if !p.small() {
		if err := s.settle(id, address, p.part); err != nil {
			return Ref{}, err
		}
	}
	if replace {
		err := os.Remove(s.path(ageName(id, address, there.part)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return Ref{}, err
		}
	}
	return p.ref(id, address), nil
}

// claim names the waiting content after its address and flushes it, since it
// must be on disk before the key can be.
func (s *Store) claim(id, address string, p *part) error {
	if p.small() {
		return nil
	}
	claimed := s.path(claimName(id, address, p.part))
	if err := os.Rename(p.path, claimed); err != nil {
		return err
	}
	p.path = claimed
	return flushFolder(filepath.Dir(claimed))
}

// settle moves waiting content to its place, unless it is there.
func (s *Store) settle(id, address, part string) error {
	place := s.path(ageName(id, address, part))
	if _, err := os.Stat(place); err == nil {
		return nil
	}
	err := os.Rename(s.path(claimName(id, address, part)), place)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(place); err == nil {
			return nil // another process was quicker
		}
	}
	if err != nil {
		return err
	}
	return flushFolder(filepath.Dir(place))
}

// publish makes the key file appear, whole, and flushes its folder.
// Errors: fs.ErrExist when it is there and replace is false.
func (s *Store) publish(target string, content []byte, replace bool) error {
	f, err := os.CreateTemp(filepath.Join(s.dir, partFolder), "key-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
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
	return flushFolder(filepath.Dir(target))
}

// whole says whether the content of a payload is there in its full length.
func (s *Store) whole(id, address string, r record) (bool, error) {
	if r.small() {
		return true, nil
	}
	err := s.settle(id, address, r.part)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	info, err := os.Stat(s.path(ageName(id, address, r.part)))
	return err == nil && info.Mode().IsRegular() && info.Size() == ageSize(r.size), err
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
