package source

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Sizes of the buffers of a merge, together and of one run.
const (
	mergeTotal = 24 << 20
	mergeLeast = 32 << 10
	mergeMost  = 1 << 20
)

// merge passes the events of all runs in order.
func (s *sorter) merge(use func(*item) error) error {
	size := min(max(mergeTotal/len(s.runs), mergeLeast), mergeMost)
	heads := make([]*runReader, 0, len(s.runs))
	for _, r := range s.runs {
		h := &runReader{in: s.scratch, at: r.from, end: r.to, size: size}
		h.start = -bias
		if err := h.next(); err != nil {
			return err
		}
		heads = append(heads, h)
	}
	for i := len(heads)/2 - 1; i >= 0; i-- {
		sink(heads, i)
	}
	for len(heads) > 0 {
		h := heads[0]
		if err := use(&h.item); err != nil {
			return err
		}
		if h.done() {
			heads[0] = heads[len(heads)-1]
			heads = heads[:len(heads)-1]
		} else if err := h.next(); err != nil {
			return err
		}
		sink(heads, 0)
	}
	return nil
}

// sink restores the heap below i.
func sink(heads []*runReader, i int) {
	for {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(heads); c++ {
			if heads[c].before(heads[least]) {
				least = c
			}
		}
		if least == i {
			return
		}
		heads[i], heads[least] = heads[least], heads[i]
		i = least
	}
}

// runReader reads one sorted run from scratch.
type runReader struct {
	item
	in      io.ReaderAt
	at, end int64
	size    int
	buf     []byte
	lo      int
}

func (r *runReader) before(o *runReader) bool {
	return r.start < o.start || r.start == o.start && r.row < o.row
}

func (r *runReader) done() bool { return r.at == r.end && r.lo == len(r.buf) }

func (r *runReader) next() error {
	apart, err := r.uvarint()
	if err != nil {
		return err
	}
	size, err := r.uvarint()
	if err != nil {
		return err
	}
	packed, err := r.take(int(size)) //nolint:gosec // written by spill
	if err != nil {
		return err
	}
	r.start += int64(apart) //nolint:gosec // written by spill
	r.read(packed)
	return nil
}

// uvarint reads a number of at most ten bytes.
func (r *runReader) uvarint() (uint64, error) {
	if len(r.buf)-r.lo < binary.MaxVarintLen64 && r.at < r.end {
		if err := r.fill(0); err != nil {
			return 0, err
		}
	}
	v, n := binary.Uvarint(r.buf[r.lo:])
	if n <= 0 {
		return 0, fmt.Errorf("scratch: %w", io.ErrUnexpectedEOF)
	}
	r.lo += n
	return v, nil
}

// take returns the next n bytes of the run.
func (r *runReader) take(n int) ([]byte, error) {
	if len(r.buf)-r.lo < n {
		if err := r.fill(n); err != nil {
			return nil, err
		}
	}
	p := r.buf[r.lo : r.lo+n]
	r.lo += n
	return p, nil
}

// fill reads on, so that at least n bytes are there.
func (r *runReader) fill(n int) error {
	left := copy(r.buf[:cap(r.buf)], r.buf[r.lo:])
	want := max(r.size, n)
	if cap(r.buf) < want {
		grown := make([]byte, want)
		copy(grown, r.buf[:left])
		r.buf = grown
	}
	more := int(min(int64(want-left), r.end-r.at))
	r.buf, r.lo = r.buf[:left+more], 0
	got, err := r.in.ReadAt(r.buf[left:], r.at)
	if got < more {
		return fmt.Errorf("scratch: %w", orUnexpected(err))
	}
	r.at += int64(more)
	if left+more < n {
		return fmt.Errorf("scratch: %w", io.ErrUnexpectedEOF)
	}
	return nil
}

func orUnexpected(err error) error {
	if err == nil {
		return io.ErrUnexpectedEOF
	}
	return err
}
