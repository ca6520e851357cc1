package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Put keeps the bytes of r, reading them once, and says what they are.
//
// Durability, Errors: as Writer.Commit; those of r.
func (s *Store) Put(ctx context.Context, id string, r io.Reader) (Ref, error) {
	w, err := s.Writer(ctx, id)
	if err != nil {
		return Ref{}, err
	}
	in := reader{ctx, r}
	n, err := io.CopyBuffer(w, io.LimitReader(in, plainFrom), make([]byte, plainFrom))
	if n == plainFrom && err == nil { // most payloads are smaller, and need no large buffer
		_, err = io.CopyBuffer(w, in, make([]byte, 256<<10))
	}
	if err != nil {
		return Ref{}, errors.Join(fmt.Errorf("keep a payload of %s: %w", scopeWords(id), err), w.Discard())
	}
	return w.Commit()
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
	wrapped, err := s.keys.WrapPayloadKey(ctx, id, address, recordAAD(id, address), []byte(p.text()))
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

// waits tells whether content whose key is kept is still on its way: the first
// who opens it puts it in its place.
func (s *Store) waits(id, address, part string) bool {
	_, err := os.Stat(s.path(claimName(id, address, part)))
	return err == nil
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
	return err == nil && info.Mode().IsRegular() && fits(info.Size(), r.size, ageSize), err
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
