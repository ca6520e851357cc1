package blob

import (
	"errors"
	"io"
	"sync"
)

const (
	firstRead = 64 << 10 // of a reader that jumps
	readAhead = 1 << 20  // of a reader that goes on where it was
)

// window is an io.ReaderAt that fetches in large pieces what is read in small
// ones, and remembers the last piece. It is safe for concurrent use.
type window struct {
	src  io.ReaderAt
	size int64

	mu    sync.Mutex
	off   int64
	piece []byte
}

// ReadAt reads at off, which is not negative.
func (w *window) ReadAt(b []byte, off int64) (int, error) {
	if len(b) >= readAhead {
		return w.src.ReadAt(b, off)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for n < len(b) {
		at := off + int64(n)
		if at >= w.size {
			return n, io.EOF
		}
		if at < w.off || at >= w.off+int64(len(w.piece)) {
			if err := w.fetch(at); err != nil {
				return n, err
			}
		}
		n += copy(b[n:], w.piece[at-w.off:])
	}
	return n, nil
}

// fetch makes the piece begin at a multiple of firstRead and hold at.
func (w *window) fetch(at int64) error {
	length := int64(firstRead)
	if at == w.off+int64(len(w.piece)) {
		length = readAhead
	}
	start := at / firstRead * firstRead
	length = min(length, w.size-start)
	if int64(cap(w.piece)) < length {
		clear(w.piece[:cap(w.piece)])
		w.piece = make([]byte, length)
	}
	w.off, w.piece = start, w.piece[:length]
	n, err := w.src.ReadAt(w.piece, start)
	if errors.Is(err, io.EOF) && n == len(w.piece) {
		err = nil
	}
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		w.piece = w.piece[:0]
		return err
	}
	return nil
}

// forget overwrites what is remembered.
func (w *window) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.piece[:cap(w.piece)])
	w.piece = w.piece[:0]
}
