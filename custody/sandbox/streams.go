package sandbox

import (
	"fmt"
	"io"
	"sync"
	"time"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/rowtree/lanes"
)

// input is an input of the child. It fetches a slot at a time, and the next one
// before it is asked for when the step goes on where it was.
type input struct {
	l      *link
	stream uint16
	given
	mu    sync.Mutex
	now   piece
	ahead piece
	fresh bool // ahead has been asked for
	asked bool // its answer has not come yet
}

// piece is a part of an input in a slot.
type piece struct {
	slot uint8
	off  int64
	len  int
	held bool
}

func (p piece) has(off int64) bool { return p.held && off >= p.off && off < p.off+int64(p.len) }

// Size returns the number of bytes.
func (i *input) Size() int64 { return i.given.Size }

// SHA256 returns the digest if the host knows it.
func (i *input) SHA256() string { return i.given.SHA256 }

// ReadAt reads at off.
func (i *input) ReadAt(b []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("offset %d of input %q: %w", off, i.Name, analysis.ErrPorts)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	n := 0
	for n < len(b) {
		at := off + int64(n)
		if at >= i.given.Size {
			return n, io.EOF
		}
		if !i.now.has(at) {
			if err := i.fetch(at); err != nil {
				return n, err
			}
		}
		n += copy(b[n:], i.l.slots[i.now.slot][at-i.now.off:i.now.len])
	}
	return n, nil
}

// fetch makes now hold at.
func (i *input) fetch(at int64) error {
	if i.asked {
		i.l.await(i.ahead.slot)
		i.asked = false
	}
	onward := i.now.held && at == i.now.off+int64(i.now.len)
	i.now, i.ahead = i.ahead, i.now
	if !i.fresh || !i.now.has(at) {
		if err := i.request(&i.now, at/slotSize*slotSize); err != nil {
			return err
		}
		i.l.await(i.now.slot)
	}
	i.fresh = false
	if next := i.now.off + int64(i.now.len); onward && next < i.given.Size {
		if err := i.request(&i.ahead, next); err != nil {
			return err
		}
		i.fresh, i.asked = true, true
	}
	return nil
}

// request asks for the piece at off without waiting.
func (i *input) request(p *piece, off int64) error {
	if !p.held {
		p.slot, p.held = i.l.take(), true
	}
	p.off, p.len = off, int(min(slotSize, i.given.Size-off))
	return i.l.send(header{op: opRead, slot: p.slot, stream: i.stream, length: uint32(p.len), offset: off}) //nolint:gosec // at most slotSize
}

// letGo gives the slots back.
func (i *input) letGo() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.asked {
		i.l.await(i.ahead.slot)
	}
	for _, p := range []piece{i.now, i.ahead} {
		if p.held {
			i.l.give(p.slot)
		}
	}
	i.now, i.ahead, i.asked, i.fresh = piece{}, piece{}, false, false
}

// output is an output of the child. It fills a slot and sends it.
type output struct {
	l      *link
	op     uint8
	stream uint16
	slot   uint8
	held   bool
	n      int
}

// AvailableBuffer returns an empty buffer for the next Write: the rest of the slot, from
// which it need not be copied.
func (o *output) AvailableBuffer() []byte {
	if o.held && slotSize-o.n < slotSize/4 && o.flush() != nil {
		return nil // and the next Write says why
	}
	if !o.held {
		o.slot, o.held, o.n = o.l.take(), true, 0
	}
	return o.l.slots[o.slot][o.n:o.n]
}

// Write takes bytes in order.
func (o *output) Write(b []byte) (int, error) {
	if o.held && len(b) > 0 && o.n+len(b) < slotSize && &b[0] == &o.l.slots[o.slot][o.n] {
		o.n += len(b)
		return len(b), nil
	}
	written := 0
	for written < len(b) {
		if !o.held {
			o.slot, o.held, o.n = o.l.take(), true, 0
		}
		k := copy(o.l.slots[o.slot][o.n:], b[written:])
		o.n += k
		written += k
		if o.n == slotSize {
			if err := o.flush(); err != nil {
				return written, err
			}
		}
	}
	return written, nil
}

// flush sends what is in the slot and lets go of it.
func (o *output) flush() error {
	if !o.held {
		return nil
	}
	o.held = false
	return o.l.send(header{op: o.op, slot: o.slot, stream: o.stream, length: uint32(o.n)}) //nolint:gosec // at most slotSize
}

// scratch is a scratch stream, kept encrypted by the host. What is not sent yet
// waits outside the slots, of which there are few.
type scratch struct {
	l      *link
	stream uint16
	mu     sync.Mutex
	sent   int64
	tail   []byte
	closed bool
}

// Write appends b.
func (s *scratch) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	written := 0
	for written < len(b) {
		k := min(len(b)-written, slotSize-len(s.tail))
		s.tail = append(s.tail, b[written:written+k]...)
		written += k
		if len(s.tail) == slotSize {
			if err := s.flush(); err != nil {
				return written, err
			}
		}
	}
	return written, nil
}

func (s *scratch) flush() error {
	if len(s.tail) == 0 {
		return nil
	}
	slot := s.l.take()
	n := copy(s.l.slots[slot], s.tail)
	s.tail = s.tail[:0]
	s.sent += int64(n)
	return s.l.send(header{op: opScratchWrite, slot: slot, stream: s.stream, length: uint32(n)}) //nolint:gosec // at most slotSize
}

// ReadAt reads what was written.
func (s *scratch) ReadAt(b []byte, off int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if off < 0 {
		return 0, fmt.Errorf("offset %d of scratch: %w", off, analysis.ErrPorts)
	}
	n := 0
	for n < len(b) {
		at := off + int64(n)
		if at >= s.sent {
			if at-s.sent >= int64(len(s.tail)) {
				return n, io.EOF
			}
			n += copy(b[n:], s.tail[at-s.sent:])
			continue
		}
		slot := s.l.take()
		k := int(min(int64(len(b)-n), slotSize, s.sent-at))
		err := s.l.send(header{op: opScratchRead, slot: slot, stream: s.stream, length: uint32(k), offset: at}) //nolint:gosec // at most slotSize
		if err != nil {
			return n, err
		}
		s.l.await(slot)
		n += copy(b[n:], s.l.slots[slot][:k])
		s.l.give(slot)
	}
	return n, nil
}

// Size returns the number of bytes written.
func (s *scratch) Size() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent + int64(len(s.tail))
}

// Close discards the stream.
func (s *scratch) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed, s.tail = true, nil
	slot := s.l.take()
	return s.l.send(header{op: opScratchClose, slot: slot, stream: s.stream})
}

// environment is all that a step gets in the child besides its inputs.
type environment struct {
	l    *link
	mu   sync.Mutex
	next uint16
}

// Scratch opens a scratch stream at the host.
func (e *environment) Scratch() (analysis.Scratch, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.next == maxScratch {
		return nil, fmt.Errorf("more than %d scratch streams: %w", maxScratch, analysis.ErrScratchFull)
	}
	s := &scratch{l: e.l, stream: e.next}
	e.next++
	return s, e.l.send(header{op: opScratch, slot: e.l.take(), stream: s.stream})
}

// Find is that of the processor, where it has wide registers.
func (e *environment) Find() analysis.Find { return lanes.Marks() }

// Zone returns the rules of a time zone from the embedded data.
func (e *environment) Zone(name string) (*time.Location, error) { return event.Location(name) }

// ZoneData returns the digest of that data.
func (e *environment) ZoneData() string { return event.ZoneData() }
