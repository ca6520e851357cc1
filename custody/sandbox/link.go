package sandbox

import (
	"fmt"
	"os"
	"sync"
)

// link is the child's end of the exchange. A slot is held by whoever fills or
// reads it, and given back when the host has served it.
type link struct {
	pipes
	share
	free   chan uint8
	served []chan struct{} // by slot

	mu sync.Mutex // of out
}

func newLink(p pipes, s share) *link {
	l := &link{pipes: p, share: s, free: make(chan uint8, len(s.slots)), served: make([]chan struct{}, len(s.slots))}
	for i := range s.slots {
		l.free <- uint8(i) //nolint:gosec // at most maxSlots
		l.served[i] = make(chan struct{}, 1)
	}
	go l.listen()
	return l
}

// listen takes the host's answers. When the host has gone, so must the reader.
func (l *link) listen() {
	for {
		h, err := readHeader(l.in)
		if err != nil || h.op != opServed || int(h.slot) >= len(l.slots) || h.length > slotSize {
			os.Exit(exitAlone)
		}
		if !l.shared && h.length > 0 {
			if _, err := readFull(l.in, l.slots[h.slot][:h.length]); err != nil {
				os.Exit(exitAlone)
			}
		}
		if h.stream == keepSlot {
			l.served[h.slot] <- struct{}{}
		} else {
			l.free <- h.slot
		}
	}
}

// Streams of an answer: whether the asker goes on with the slot.
const (
	freeSlot = 0
	keepSlot = 1
)

// send tells the host what to do; of a write, the bytes stand in the slot.
func (l *link) send(h header) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	message := h.bytes()
	if !l.shared && (h.op == opWrite || h.op == opScratchWrite) {
		message = append(message, l.slots[h.slot][:h.length]...)
	}
	_, err := l.out.Write(message)
	return err
}

// ask sends and waits for a slot that the asker keeps.
func (l *link) ask(h header) error {
	if err := l.send(h); err != nil {
		return err
	}
	<-l.served[h.slot]
	return nil
}

// drain waits until the host has served every write.
func (l *link) drain() {
	for range l.slots {
		<-l.free
	}
}

// finish sends the answer.
func (l *link) finish(text []byte) error {
	if len(text) > maxDocument {
		return fmt.Errorf("an answer of %d bytes: %w", len(text), errProtocol)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.out.Write(append(header{op: opDone, length: uint32(len(text))}.bytes(), text...)) //nolint:gosec // at most maxDocument
	return err
}
