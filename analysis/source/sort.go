package source

import (
	"encoding/binary"
	"fmt"
	"slices"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// Sizes of the sort, and so of its memory at any number of rows.
const (
	sortMemory = 72 << 20 // held before a run is written
	blockBytes = 1 << blockBits
	blockBits  = 20
	indexBits  = 30
	perEvent   = 20      // a place, a key and room to sort it in, besides the packed event
	leastEvent = 32      // with them, about the least
	sampled    = 1 << 12 // events from which the number of all is reckoned
)

// item is one event on its way to the output; its content is packed.
type item struct {
	start, row, offset int64
	content            []byte
}

// sorter puts events in the order of start and row, in bounded memory. It holds
// them packed, in blocks that never move; when they fill their limit they are
// sorted and written to one scratch stream as a run, and the runs are merged.
// A million rows of an operator's return need no run.
type sorter struct {
	env     analysis.Env
	packing *event.Packing
	size    int64 // of the source
	limit   int
	held    int
	blocks  [][]byte
	free    [][]byte
	places  []uint32 // block << blockBits | offset in it, by index
	keys    []uint64 // start << indexBits | index
	spare   []uint64 // room to sort the keys in
	packed  []byte
	scratch analysis.Scratch
	runs    []run
	buf     []byte
}

type run struct{ from, to int64 }

// newSorter returns a sorter of the events of a source of that many bytes.
func newSorter(env analysis.Env, size int64) *sorter {
	return &sorter{env: env, packing: event.NewPacking(), size: size, limit: sortMemory}
}

// expect makes room once for the keys of as many events as the source holds, if
// its rest is like what stands before offset.
func (s *sorter) expect(offset int64) {
	n := int64(len(s.keys)) * s.size / max(offset, 1)
	more := int(min(n+n/16, int64(s.limit/leastEvent))) - len(s.keys)
	if more > 0 {
		s.keys, s.places = slices.Grow(s.keys, more), slices.Grow(s.places, more)
	}
}

// bias makes every start that an event may have positive.
const bias = 3_000_000_000

// put takes an event.
func (s *sorter) put(e *event.Event, row, offset int64) error {
	s.packed = s.packing.Append(s.packed[:0], e)
	return s.add(e.Start, row, offset, s.packed)
}

// add takes an event that is packed.
func (s *sorter) add(start, row, offset int64, packed []byte) error {
	size := len(packed) + 3*binary.MaxVarintLen64
	if k := len(s.blocks); k == 0 || cap(s.blocks[k-1])-len(s.blocks[k-1]) < size || len(s.blocks[k-1]) >= blockBytes {
		s.grow(size)
	}
	last := len(s.blocks) - 1
	b := s.blocks[last]
	from := len(b)
	s.keys = append(s.keys, uint64(start+bias)<<indexBits|uint64(len(s.places))) //nolint:gosec // start is within FirstYear and LastYear
	s.places = append(s.places, uint32(last)<<blockBits|uint32(from))            //nolint:gosec // at most sortMemory
	b = binary.AppendUvarint(b, uint64(row))                                     //nolint:gosec // counted from 1
	b = binary.AppendUvarint(b, uint64(offset))                                  //nolint:gosec // counted from 0
	b = append(binary.AppendUvarint(b, uint64(len(packed))), packed...)
	s.blocks[last] = b
	if len(s.keys) == sampled && len(s.runs) == 0 {
		s.expect(offset)
	}
	if s.held += len(b) - from + perEvent; s.held < s.limit {
		return nil
	}
	return s.spill()
}

// grow adds a block that has room for one event of this size.
func (s *sorter) grow(size int) {
	if n := len(s.free); n > 0 && size <= blockBytes {
		s.blocks, s.free = append(s.blocks, s.free[n-1][:0]), s.free[:n-1]
		return
	}
	s.blocks = append(s.blocks, make([]byte, 0, max(size, blockBytes)))
}

// near is how many events are fetched at a time. They lie anywhere in memory,
// and the processor waits for many as long as for one.
const near = 32

// fetched are events that were brought near.
type fetched struct {
	starts  [near]int64
	texts   [near][]byte
	touched byte
}

// fetch brings the first events of keys near, and returns how many.
func (s *sorter) fetch(keys []uint64, f *fetched) int {
	n := min(near, len(keys))
	for i, key := range keys[:n] {
		place := s.places[key&(1<<indexBits-1)]
		f.starts[i], f.texts[i] = startOf(key), s.blocks[place>>blockBits][place&(blockBytes-1):]
	}
	for _, text := range f.texts[:n] {
		f.touched ^= text[0]
		if len(text) > 64 {
			f.touched ^= text[64]
		}
	}
	return n
}

// read reads row, offset and content, and returns what follows them.
func (it *item) read(b []byte) []byte {
	row, n := binary.Uvarint(b)
	b = b[n:]
	offset, n := binary.Uvarint(b)
	b = b[n:]
	size, n := binary.Uvarint(b)
	b = b[n:]
	it.row, it.offset, it.content = int64(row), int64(offset), b[:size] //nolint:gosec // written by add
	return b[size:]
}

// inOrder passes what is held in the order of the keys, with what add wrote.
func (s *sorter) inOrder(use func(it *item, text []byte) error) error {
	var it item
	var f fetched
	for keys := s.keys; len(keys) > 0; {
		n := s.fetch(keys, &f)
		for i, text := range f.texts[:n] {
			it.start = f.starts[i]
			rest := it.read(text)
			if err := use(&it, text[:len(text)-len(rest)]); err != nil {
				return err
			}
		}
		keys = keys[n:]
	}
	return nil
}

// spill sorts what is held and writes it to scratch as one run: for each event
// the distance of its start from the one before, and then what add wrote.
func (s *sorter) spill() error {
	if s.scratch == nil {
		scratch, err := s.env.Scratch()
		if err != nil {
			return fmt.Errorf("scratch: %w", err)
		}
		s.scratch = scratch
		s.buf = make([]byte, 0, 256<<10)
	}
	s.keys, s.spare = sortKeys(s.keys, s.spare)
	r := run{from: s.scratch.Size()}
	before := int64(-bias)
	for _, key := range s.keys {
		place := s.places[key&(1<<indexBits-1)]
		b := s.blocks[place>>blockBits][place&(blockBytes-1):]
		var it item
		size := len(b) - len(it.read(b))
		start := startOf(key)
		s.buf = binary.AppendUvarint(s.buf, uint64(start-before))              //nolint:gosec // starts ascend
		s.buf = append(binary.AppendUvarint(s.buf, uint64(size)), b[:size]...) //nolint:gosec // a length
		before = start
		if len(s.buf) >= 192<<10 {
			if err := s.flush(); err != nil {
				return err
			}
		}
	}
	if err := s.flush(); err != nil {
		return err
	}
	r.to = s.scratch.Size()
	s.runs = append(s.runs, r)
	for _, b := range s.blocks {
		if cap(b) == blockBytes {
			s.free = append(s.free, b)
		}
	}
	s.blocks, s.places, s.keys, s.held = s.blocks[:0], s.places[:0], s.keys[:0], 0
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
		s.keys, s.spare = sortKeys(s.keys, s.spare)
		return s.inOrder(func(it *item, _ []byte) error { return use(it) })
	}
	if len(s.keys) > 0 {
		if err := s.spill(); err != nil {
			return err
		}
	}
	s.blocks, s.free, s.places, s.keys, s.spare, s.buf = nil, nil, nil, nil, nil, nil
	return s.merge(use)
}
