package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"custos.example/analysis"
)

// space gives scratch streams. What does not fit in a little memory goes to a
// temporary file, encrypted under a key that ends with the program, so that no
// content of a bundle stays on the disk.
type space struct {
	streams []*stream
}

func newSpace() *space { return &space{} }

// How much of one stream stays in memory, in bytes: of the first ones, and of those
// after them, since a bundle may have thousands.
const (
	inMemory     = 4 << 20
	largeStreams = 64
	laterStreams = 32 << 10
)

// scratch returns a new, empty stream.
func (s *space) scratch() (analysis.Scratch, error) {
	t := &stream{most: inMemory}
	if len(s.streams) >= largeStreams {
		t.most = laterStreams
	}
	s.streams = append(s.streams, t)
	return t, nil
}

// close gives back every stream that is still open.
func (s *space) close() {
	for _, t := range s.streams {
		_ = t.Close()
	}
}

// stream is one scratch stream.
// Shape: the first bytes, most at most, are in head, the rest in file.
type stream struct {
	most  int
	head  []byte
	file  *os.File
	block cipher.Block
	size  int64
}

// Write appends p.
func (t *stream) Write(p []byte) (int, error) {
	total := len(p)
	if room := t.most - len(t.head); room > 0 {
		n := min(room, len(p))
		t.head = append(t.head, p[:n]...)
		t.size += int64(n)
		p = p[n:]
	}
	if len(p) == 0 {
		return total, nil
	}
	if err := t.spill(); err != nil {
		return 0, err
	}
	sealed := make([]byte, len(p))
	at := t.size - int64(t.most)
	t.xor(sealed, p, at)
	n, err := t.file.WriteAt(sealed, at)
	t.size += int64(n)
	if err != nil {
		return total - len(p) + n, fmt.Errorf("scratch space: %w", err)
	}
	return total, nil
}

// spill opens the file and makes its key.
func (t *stream) spill() error {
	if t.file != nil {
		return nil
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return fmt.Errorf("scratch space: %w", err)
	}
	var err error
	if t.block, err = aes.NewCipher(key); err != nil {
		return fmt.Errorf("scratch space: %w", err)
	}
	if t.file, err = os.CreateTemp("", "custos-verify-*"); err != nil {
		return fmt.Errorf("scratch space: %w; set TMPDIR to a folder with room", err)
	}
	if runtime.GOOS != "windows" { // the name goes now, the file when it is closed
		return os.Remove(t.file.Name())
	}
	return nil
}

// xor encrypts or decrypts src, which stands at offset of the file.
func (t *stream) xor(dst, src []byte, offset int64) {
	var counter [aes.BlockSize]byte
	binary.BigEndian.PutUint64(counter[8:], uint64(offset)/aes.BlockSize) //nolint:gosec // offsets are never negative
	c := cipher.NewCTR(t.block, counter[:])
	var skip [aes.BlockSize]byte
	c.XORKeyStream(skip[:offset%aes.BlockSize], skip[:offset%aes.BlockSize])
	c.XORKeyStream(dst, src)
}

// ReadAt reads what was written.
func (t *stream) ReadAt(p []byte, offset int64) (int, error) {
	if offset < 0 || offset >= t.size {
		return 0, io.EOF
	}
	n := 0
	if offset < int64(len(t.head)) {
		n = copy(p, t.head[offset:])
	}
	if n == len(p) {
		return n, nil
	}
	want := p[n:min(int64(len(p)), t.size-offset)]
	if len(want) > 0 {
		at := offset + int64(n) - int64(t.most)
		k, err := t.file.ReadAt(want, at)
		t.xor(want[:k], want[:k], at)
		n += k
		if err != nil && !errors.Is(err, io.EOF) {
			return n, fmt.Errorf("scratch space: %w", err)
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Size returns how much was written.
func (t *stream) Size() int64 { return t.size }

// Close gives the space back; the key is forgotten.
func (t *stream) Close() error {
	t.head, t.block, t.size = nil, nil, 0
	if t.file == nil {
		return nil
	}
	f := t.file
	t.file = nil
	err := f.Close()
	if runtime.GOOS == "windows" {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}
