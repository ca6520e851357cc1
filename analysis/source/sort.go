package source

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"custos.example/analysis"
)

// Sizes of the sort, and so of its memory at any number of rows.
const (
	arenaSize  = 40 << 20 // content bytes held before a run is written
	indexBits  = 30
	runHeader  = 28 // start, row, offset, length of content
	mergeTotal = 24 << 20
	mergeLeast = 32 << 10
	mergeMost  = 1 << 20
)

// item is one event on its way to the output.
type item struct {
	start, row, offset int64
	content            []byte
}

// sorter puts events in the order of start and row, in bounded memory: full
// arenas are sorted and written to one scratch stream, then merged.
type sorter struct {
	env     analysis.Env
	arena   []byte
	limit   int
	recs    []placed
	keys    []uint64
	scratch analysis.Scratch
	runs    []run
	buf     []byte
}

type placed struct {
	row, offset int64
	from, to    uint32
}

type run struct{ from, to int64 }

func newSorter(env analysis.Env) *sorter { return &sorter{env: env, limit: arenaSize} }

// bias makes every start that an event may have positive.
const bias = 3_000_000_000

// add takes an event whose content was appended to the arena at from.
func (s *sorter) add(start, row, offset int64, from int) error {
	s.keys = append(s.keys, uint64(start+bias)<<indexBits|uint64(len(s.recs))) //nolint:gosec // start is within FirstYear and LastYear
	s.recs = append(s.recs, placed{row: row, offset: offset, from: uint32(from), to: uint32(len(s.arena))})
	if len(s.arena) < s.limit {
		return nil
	}
	return s.spill()
}

// spill sorts what the arena holds and writes it to scratch as one run.
func (s *sorter) spill() error {
	if s.scratch == nil {
		scratch, err := s.env.Scratch()
		if err != nil {
			return fmt.Errorf("scratch: %w", err)
		}
		s.scratch = scratch
		s.buf = make([]byte, 0, 256<<10)
	}
	slices.Sort(s.keys)
	from := s.scratch.Size()
	for _, k := range s.keys {
		p := s.recs[k&(1<<indexBits-1)]
		s.buf = binary.LittleEndian.AppendUint64(s.buf, uint64(startOf(k)))
		s.buf = binary.LittleEndian.AppendUint64(s.buf, uint64(p.row))
		s.buf = binary.LittleEndian.AppendUint64(s.buf, uint64(p.offset))
		s.buf = binary.LittleEndian.AppendUint32(s.buf, p.to-p.from)
		s.buf = append(s.buf, s.arena[p.from:p.to]...)
		if len(s.buf) >= 192<<10 {
			if err := s.flush(); err != nil {
				return err
			}
		}
	}
	if err := s.flush(); err != nil {
		return err
	}
	s.runs = append(s.runs, run{from, s.scratch.Size()})
	s.arena, s.recs, s.keys = s.arena[:0], s.recs[:0], s.keys[:0]
	return nil
}

func (s *sorter) flush() error {
	if _, err := s.scratch.Write(s.buf); err != nil {
		return fmt.Errorf("scratch: %w", err)
	}
	s.buf = s.buf[:0]
	return nil
}

func startOf(key uint64) int64 { return int64(key>>indexBits) - bias } //nolint:gosec // 34 bits

// close gives the scratch stream back.
func (s *sorter) close() error {
	if s.scratch == nil {
		return nil
	}
	return s.scratch.Close()
}

// each passes every event in order; the item is valid during the call.
func (s *sorter) each(use func(*item) error) error {
	if len(s.runs) == 0 {
		slices.Sort(s.keys)
		var it item
		for _, k := range s.keys {
			p := s.recs[k&(1<<indexBits-1)]
			it = item{start: startOf(k), row: p.row, offset: p.offset, content: s.arena[p.from:p.to]}
			if err := use(&it); err != nil {
				return err
			}
		}
		return nil
	}
	if len(s.keys) > 0 {
		if err := s.spill(); err != nil {
			return err
		}
	}
	s.arena, s.recs, s.keys = nil, nil, nil
	return s.merge(use)
}

// merge passes the events of all runs in order.
func (s *sorter) merge(use func(*item) error) error {
	size := min(max(mergeTotal/len(s.runs), mergeLeast), mergeMost)
	heads := make([]*runReader, 0, len(s.runs))
	for _, r := range s.runs {
		h := &runReader{in: s.scratch, at: r.from, end: r.to, size: size}
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
	head, err := r.take(runHeader)
	if err != nil {
		return err
	}
	r.start = int64(binary.LittleEndian.Uint64(head))       //nolint:gosec // written by spill
	r.row = int64(binary.LittleEndian.Uint64(head[8:]))     //nolint:gosec // written by spill
	r.offset = int64(binary.LittleEndian.Uint64(head[16:])) //nolint:gosec // written by spill
	r.content, err = r.take(int(binary.LittleEndian.Uint32(head[24:])))
	return err
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
