package blob

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"

	"custos.example/ledger"
)

// Payload is the content of a payload, decrypted as it is read.
// Trust: each 64 KiB is authenticated before a byte of it is given out; that
// all of it is what was hashed is what Verify checks.
type Payload struct {
	Ref
	content io.ReaderAt
	window  *window // nil for a small payload
	name    string
}

// Size returns the size of the content. Units: bytes.
func (p *Payload) Size() int64 { return p.Ref.Size }

// Close lets go of the payload and overwrites what of it is in memory.
func (p *Payload) Close() error {
	if p.window != nil {
		p.window.forget()
	}
	return nil
}

// ReadAt reads content at off.
// Errors: ErrIntegrity when what is stored was changed.
func (p *Payload) ReadAt(b []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("negative offset: %w", ErrInvalid)
	}
	if off >= p.Ref.Size {
		return 0, io.EOF
	}
	if left := p.Ref.Size - off; int64(len(b)) > left { // padding stands behind the content
		n, err := p.ReadAt(b[:left], off)
		if err == nil {
			err = io.EOF
		}
		return n, err
	}
	n, err := p.content.ReadAt(b, off)
	if err != nil && !errors.Is(err, io.EOF) {
		return n, damaged(p.name, err)
	}
	return n, err
}

// Open opens a payload.
// Errors: ErrNotFound, ErrIntegrity, and those of Keys.
func (s *Store) Open(ctx context.Context, id, address string) (*Payload, error) {
	r, err := s.readRecord(ctx, id, address)
	if err != nil {
		return nil, err
	}
	if r.small() {
		return &Payload{Ref: r.ref(id, address), content: strings.NewReader(r.content), name: s.path(keyName(id, address))}, nil
	}
	name := ageName(id, address, r.part)
	err = s.settle(id, address, r.part)
	info, missing := os.Stat(s.path(name))
	if err := errors.Join(err, missing); err != nil {
		return nil, fmt.Errorf("the content of payload %s is gone: restore %s from a copy: %w: %w",
			address, s.path(name), ErrIntegrity, err)
	}
	identity, err := age.ParseX25519Identity(r.identity)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", s.path(name), ErrIntegrity, err)
	}
	ranges := &ranges{name: name, read: func(offset, length int64) (io.ReadCloser, error) {
		return s.read(ctx, name, offset, length)
	}}
	stored := &window{src: ranges, size: info.Size()}
	content, size, err := age.DecryptReaderAt(stored, info.Size(), identity)
	if err != nil {
		return nil, damaged(s.path(name), err)
	}
	if !fits(size, r.size, plain) {
		return nil, fmt.Errorf("%s holds %d bytes where %d were put: %w", s.path(name), size, r.size, ErrIntegrity)
	}
	clear := &window{src: content, size: r.size}
	return &Payload{Ref: r.ref(id, address), content: clear, window: clear, name: s.path(name)}, nil
}

// Verify reads a payload whole and returns nil when it is what was put there.
// Errors: ErrNotFound, ErrIntegrity, and those of Keys.
func (s *Store) Verify(ctx context.Context, id, address string) error {
	p, err := s.Open(ctx, id, address)
	if err != nil {
		return err
	}
	hash := sha256.New()
	all := io.NewSectionReader(p, 0, p.Size())
	n, err := io.CopyBuffer(hash, reader{ctx, all}, make([]byte, 1<<20))
	if err := errors.Join(err, p.Close()); err != nil {
		return err
	}
	if n != p.Size() || ledger.Digest(hash.Sum(nil)) != p.SHA256 {
		return fmt.Errorf("%s does not hash to what was put: %w", p.name, ErrIntegrity)
	}
	return nil
}

// errRead marks a failure of the medium, which says nothing about the content.
var errRead = errors.New("cannot be read")

func damaged(name string, err error) error {
	if errors.Is(err, errRead) {
		return err
	}
	return fmt.Errorf("%s was changed or cut short; restore it from a copy: %w: %w", name, ErrIntegrity, err)
}

// ranges reads a stored file at any offset.
type ranges struct {
	name string
	read func(offset, length int64) (io.ReadCloser, error)
}

func (r *ranges) ReadAt(b []byte, off int64) (int, error) {
	rc, err := r.read(off, int64(len(b)))
	if err != nil {
		return 0, fmt.Errorf("%s: %w: %w", r.name, errRead, err)
	}
	n, err := io.ReadFull(rc, b)
	closed := rc.Close()
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	if err == nil && closed != nil {
		err = fmt.Errorf("%s: %w: %w", r.name, errRead, closed)
	}
	return n, err
}
