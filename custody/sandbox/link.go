package sandbox

import (
	"fmt"
	"io"
	"os"
	"sync"
)

// link is the child's end of the exchange. A slot is held by whoever fills or
// reads it; the host's word frees it, or says that it may be read. Nobody
// listens but who waits, so that a step is not woken for what it does not need.
type link struct {
	pipes
	share

	sending sync.Mutex
	waiting sync.Mutex // of what follows
	free    []uint8
	served  []bool // by slot: may be read
}

func newLink(p pipes, s share) *link {
	l := &link{pipes: p, share: s, served: make([]bool, len(s.slots))}
	for i := range s.slots {
		l.free = append(l.free, uint8(i)) //nolint:gosec // at most maxSlots
	}
	return l
}

// take returns a slot that nobody holds.
func (l *link) take() uint8 {
	l.waiting.Lock()
	defer l.waiting.Unlock()
	for len(l.free) == 0 {
		l.listen()
	}
	slot := l.free[len(l.free)-1]
	l.free = l.free[:len(l.free)-1]
	return slot
}

// give gives a slot back.
func (l *link) give(slot uint8) {
	l.waiting.Lock()
	defer l.waiting.Unlock()
	l.free = append(l.free, slot)
}

// await returns when a slot may be read.
func (l *link) await(slot uint8) {
	l.waiting.Lock()
	defer l.waiting.Unlock()
	for !l.served[slot] {
		l.listen()
	}
	l.served[slot] = false
}

// listen takes one answer of the host. When the host has gone, so must the
// reader.
func (l *link) listen() {
	h, err := readHeader(l.in)
	if err != nil || h.op != opServed || int(h.slot) >= len(l.slots) || h.length > slotSize {
		os.Exit(exitAlone)
	}
	if !l.shared && h.length > 0 {
		if _, err := io.ReadFull(l.in, l.slots[h.slot][:h.length]); err != nil {
			os.Exit(exitAlone)
		}
	}
	if h.stream == keepSlot {
		l.served[h.slot] = true
	} else {
		l.free = append(l.free, h.slot)
	}
}

// keepSlot stands for the stream in an answer when the asker goes on with the
// slot; with 0 the slot is free.
const keepSlot = 1

// send tells the host what to do; of a write, the bytes stand in the slot.
func (l *link) send(h header) error {
	l.sending.Lock()
	defer l.sending.Unlock()
	message := h.bytes()
	if !l.shared && (h.op == opWrite || h.op == opScratchWrite) {
		message = append(message, l.slots[h.slot][:h.length]...)
	}
	_, err := l.out.Write(message)
	return err
}

// drain waits until the host has served every write.
func (l *link) drain() {
	for range l.slots {
		l.take()
	}
}

// finish sends the answer.
func (l *link) finish(text []byte) error {
	if len(text) > maxDocument {
		return fmt.Errorf("an answer of %d bytes: %w", len(text), errProtocol)
	}
	l.sending.Lock()
	defer l.sending.Unlock()
	_, err := l.out.Write(append(header{op: opDone, length: uint32(len(text))}.bytes(), text...)) //nolint:gosec // at most maxDocument
	return err
}
