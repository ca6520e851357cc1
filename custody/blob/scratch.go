package blob

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

const (
	scratchChunk = 256 << 10
	scratchTag   = 16
)

// Scratch is a private stream of bytes: written once from the start, readable
// anywhere at any time, gone when closed. It is on disk in chunks under
// AES-256-GCM with a key that exists only in memory; at most two chunks are in
// memory in clear.
// Trust: a chunk that was changed or moved on disk fails to read.
type Scratch struct {
	mu     sync.Mutex
	f      *os.File
	name   string
	sealer cipher.AEAD
	chunks int64  // on disk
	tail   []byte // not yet on disk; less than a chunk
	sealed []byte // room for one chunk on disk
	cached int64  // number of the chunk in cache, or -1
	cache  []byte
	closed bool
	broken error // of an earlier write
}

// Scratch returns a new, empty scratch stream. It does not depend on the case,
// whose id is checked only.
func (s *Store) Scratch(ctx context.Context, id string) (*Scratch, error) {
	if err := checkScope(id); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(s.scratch, "stream-*")
	if err != nil {
		return nil, fmt.Errorf("make a scratch stream: %w", err)
	}
	// Where an open file may lose its name, a kill leaves nothing behind.
	name := f.Name()
	if os.Remove(name) == nil {
		name = ""
	}
	sealer, err := scratchSealer()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Scratch{f: f, name: name, sealer: sealer, cached: -1, tail: make([]byte, 0, scratchChunk)}, nil
}

// scratchSealer returns AES-256-GCM under a new key.
func scratchSealer() (cipher.AEAD, error) {
	var key [32]byte
	defer clear(key[:])
	if _, err := rand.Read(key[:]); err != nil {
		return nil, err
	}
	return sealerOf(&key)
}

// sealerOf returns AES-256-GCM under a key.
func sealerOf(key *[32]byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// Write appends b.
// Errors: the disk's; after one, every later Write fails with it.
func (s *Scratch) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, os.ErrClosed
	}
	if s.broken != nil {
		return 0, s.broken
	}
	written := 0
	for len(b) > 0 {
		n := min(len(b), scratchChunk-len(s.tail))
		s.tail = append(s.tail, b[:n]...)
		b = b[n:]
		written += n
		if len(s.tail) == scratchChunk {
			if err := s.flush(); err != nil {
				s.broken = fmt.Errorf("write a scratch stream: free space in the data folder: %w", err)
				return written, s.broken
			}
		}
	}
	return written, nil
}

// flush puts the full tail on disk. Each chunk is sealed exactly once, so its
// number is a nonce under a key that no other stream has.
func (s *Scratch) flush() error {
	s.sealed = s.sealer.Seal(s.sealed[:0], chunkNonce(s.chunks), s.tail, nil)
	if _, err := s.f.WriteAt(s.sealed, s.chunks*(scratchChunk+scratchTag)); err != nil {
		return err
	}
	s.chunks++
	s.tail = s.tail[:0]
	return nil
}

// ReadAt reads at off what has been written so far.
// Errors: ErrIntegrity when a chunk was changed on disk.
func (s *Scratch) ReadAt(b []byte, off int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, os.ErrClosed
	}
	if off < 0 {
		return 0, fmt.Errorf("negative offset: %w", ErrInvalid)
	}
	n := 0
	for n < len(b) {
		chunk, err := s.chunk(off / scratchChunk)
		if err != nil {
			return n, err
		}
		within := int(off % scratchChunk)
		if within >= len(chunk) {
			return n, io.EOF
		}
		k := copy(b[n:], chunk[within:])
		n += k
		off += int64(k)
	}
	return n, nil
}

// chunk returns chunk i in clear; empty when nothing was written there.
func (s *Scratch) chunk(i int64) ([]byte, error) {
	if i == s.chunks {
		return s.tail, nil
	}
	if i > s.chunks {
		return nil, nil
	}
	if i == s.cached {
		return s.cache, nil
	}
	s.cached = -1
	if cap(s.sealed) < scratchChunk+scratchTag {
		s.sealed = make([]byte, 0, scratchChunk+scratchTag)
	}
	sealed := s.sealed[:scratchChunk+scratchTag]
	if _, err := s.f.ReadAt(sealed, i*(scratchChunk+scratchTag)); err != nil {
		return nil, fmt.Errorf("read a scratch stream: %w", err)
	}
	clear, err := s.sealer.Open(s.cache[:0], chunkNonce(i), sealed, nil)
	if err != nil {
		return nil, fmt.Errorf("a scratch stream was changed on disk: %w", ErrIntegrity)
	}
	s.cache, s.cached = clear, i
	return clear, nil
}

// Size returns the number of bytes written so far.
func (s *Scratch) Size() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.chunks*scratchChunk + int64(len(s.tail))
}

// Close forgets the key and removes the stream.
func (s *Scratch) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	clear(s.tail[:cap(s.tail)])
	clear(s.cache[:cap(s.cache)])
	s.sealer, s.tail, s.cache = nil, nil, nil
	err := s.f.Close()
	if s.name != "" {
		err = errors.Join(err, os.Remove(s.name))
	}
	return err
}

func chunkNonce(i int64) []byte {
	nonce := make([]byte, 12)
	binary.BigEndian.PutUint64(nonce[4:], uint64(i)) //nolint:gosec // chunks are counted from 0
	return nonce
}
