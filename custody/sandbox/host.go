package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"custos.example/analysis"
)

// host serves one child, one message at a time.
// Trust: every message is hostile. Nothing is read from a slot twice: what is
// written to an output is copied out first, so that a child cannot change it
// between the digest and the encryption.
type host struct {
	share
	ctx         context.Context //nolint:containedctx // lives no longer than its call
	to          io.Writer
	from        io.Reader
	inputs      []analysis.Input
	outputs     []io.Writer
	openScratch func() (analysis.Scratch, error)
	scratch     map[uint16]analysis.Scratch
	left, most  int64 // bytes that may still be written, and in all
	piece       [64 << 10]byte
}

// serve gives the task and serves the child until it has answered.
// Errors: io.EOF when it ended without an answer; *Stopped; those of the host's
// own streams.
func (h *host) serve(t task) (answer, error) {
	var a answer
	message, err := taskMessage(t)
	if err != nil {
		return a, err
	}
	if _, err := h.to.Write(message); err != nil {
		return a, io.EOF // it has ended before it read its task
	}
	for {
		m, err := readHeader(h.from)
		if err != nil {
			return a, err
		}
		if m.op == opDone {
			text, err := readDocument(h.from, m.length)
			if err == nil {
				err = json.Unmarshal(text, &a)
			}
			if err != nil {
				return a, stopped(reasonProtocol)
			}
			return a, nil
		}
		if int(m.slot) >= len(h.slots) || m.length > slotSize {
			return a, stopped(reasonProtocol)
		}
		if err := h.one(m); err != nil {
			return a, err
		}
	}
}

// one serves one message and tells the child.
func (h *host) one(m header) error {
	slot := h.slots[m.slot][:m.length]
	reply := header{op: opServed, slot: m.slot}
	var err error
	switch m.op {
	case opRead:
		reply.stream = keepSlot
		err = h.read(m, slot)
	case opWrite:
		err = h.write(m, slot)
	case opScratchRead:
		reply.stream = keepSlot
		s := h.scratch[m.stream]
		if s == nil || m.offset < 0 || m.offset+int64(m.length) > s.Size() {
			return stopped(reasonProtocol)
		}
		err = fill(s, slot, m.offset)
	default:
		err = h.scratching(m, slot)
	}
	if err != nil {
		return err
	}
	message := reply.bytes()
	if !h.shared && reply.stream == keepSlot {
		reply.length = m.length
		message = append(reply.bytes(), slot...)
	}
	if _, err := h.to.Write(message); err != nil {
		return io.EOF
	}
	return h.ctx.Err()
}

// read puts part of an input into a slot.
func (h *host) read(m header, slot []byte) error {
	if int(m.stream) >= len(h.inputs) {
		return stopped(reasonProtocol)
	}
	in := h.inputs[m.stream]
	if m.offset < 0 || m.offset > in.Size() || m.offset+int64(m.length) > in.Size() {
		return stopped(reasonProtocol)
	}
	return fill(in, slot, m.offset)
}

// write takes bytes for an output.
func (h *host) write(m header, slot []byte) error {
	if int(m.stream) >= len(h.outputs) {
		return stopped(reasonProtocol)
	}
	return h.take(slot, h.outputs[m.stream])
}

// take counts what a child wrote, and copies it out of its reach, in pieces that
// the processor's nearest memory holds, before anybody looks at it.
func (h *host) take(slot []byte, to io.Writer) error {
	if h.left -= int64(len(slot)); h.left < 0 {
		return stopped(reasonWritten, h.most)
	}
	if !h.shared { // the bytes follow the header, into a slot of the host's own
		if _, err := io.ReadFull(h.from, slot); err != nil {
			return err
		}
	}
	for len(slot) > 0 {
		n := copy(h.piece[:], slot)
		if _, err := to.Write(h.piece[:n]); err != nil {
			return err
		}
		slot = slot[n:]
	}
	return nil
}

// scratching opens, fills and closes scratch streams.
func (h *host) scratching(m header, slot []byte) error {
	s := h.scratch[m.stream]
	switch m.op {
	case opScratch:
		if s != nil || h.openScratch == nil || m.stream >= maxScratch {
			return stopped(reasonProtocol)
		}
		opened, err := h.openScratch()
		if err != nil {
			return fmt.Errorf("scratch: %w", err)
		}
		h.scratch[m.stream] = opened
		return nil
	case opScratchWrite:
		if s == nil {
			return stopped(reasonProtocol)
		}
		return h.take(slot, s)
	case opScratchClose:
		if s == nil {
			return stopped(reasonProtocol)
		}
		delete(h.scratch, m.stream)
		return s.Close()
	}
	return stopped(reasonProtocol)
}

// letGo closes the scratch streams that the child left open.
func (h *host) letGo() {
	for _, s := range h.scratch {
		_ = s.Close() // nothing of it is wanted
	}
}

// fill reads exactly the bytes asked for.
func fill(in io.ReaderAt, b []byte, off int64) error {
	n, err := in.ReadAt(b, off)
	if n == len(b) && (err == nil || errors.Is(err, io.EOF)) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = errShort
	}
	return err
}

// errShort is an input that ended before its size.
var errShort = errors.New("an input ended before its size")
