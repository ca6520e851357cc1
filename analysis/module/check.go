package module

import (
	"bytes"
	"errors"
	"fmt"
)

// Bounds on the module itself, so that a file from a stranger cannot make the
// host allocate before the first instruction has run.
const (
	// MaxModuleSize is the largest module that Open takes.
	MaxModuleSize = 64 << 20
	maxTable      = 1 << 20
)

// The sections of a WebAssembly module that decide what it can ask of a host.
const (
	sectionTable  = 4
	sectionMemory = 5
)

// checkSections refuses a module whose tables or memories start larger than a
// step can need.
// Source: WebAssembly core specification 2.0, section 5.5.
func checkSections(wasm []byte, pages uint32) error {
	if len(wasm) > MaxModuleSize {
		return fmt.Errorf("%w: it has more than %d bytes", ErrNotModule, MaxModuleSize)
	}
	if !bytes.HasPrefix(wasm, []byte("\x00asm\x01\x00\x00\x00")) {
		return fmt.Errorf("%w: it does not begin as WebAssembly version 1", ErrNotModule)
	}
	r := reader{rest: wasm[8:]}
	for len(r.rest) > 0 && r.err == nil {
		id := r.byte()
		body := reader{rest: r.take(r.u32())}
		switch id {
		case sectionTable:
			body.tables()
		case sectionMemory:
			body.memories(pages)
		}
		if r.err == nil {
			r.err = body.err
		}
	}
	if r.err != nil {
		return fmt.Errorf("%w: %w", ErrNotModule, r.err)
	}
	return nil
}

var errTruncated = errors.New("a section is cut short")

// reader walks bytes; after an error it reads nothing.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.rest = nil
}

func (r *reader) byte() byte {
	if len(r.rest) == 0 {
		r.fail(errTruncated)
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *reader) take(n uint32) []byte {
	if uint64(n) > uint64(len(r.rest)) {
		r.fail(errTruncated)
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) u32() uint32 {
	var v uint64
	for shift := 0; shift < 35; shift += 7 {
		b := r.byte()
		v |= uint64(b&0x7f) << shift
		if b&0x80 == 0 {
			if v > 1<<32-1 {
				break
			}
			return uint32(v)
		}
	}
	r.fail(errors.New("a number is too long"))
	return 0
}

// limits reads a minimum and skips an optional maximum.
func (r *reader) limits() uint32 {
	flags := r.byte()
	least := r.u32()
	if flags&1 != 0 {
		r.u32()
	}
	if flags > 1 {
		r.fail(fmt.Errorf("limits of kind %d are not taken", flags))
	}
	return least
}

func (r *reader) tables() {
	var sum uint64
	for n := r.u32(); n > 0 && r.err == nil; n-- {
		r.byte() // the type of its elements
		sum += uint64(r.limits())
	}
	if sum > maxTable {
		r.fail(fmt.Errorf("its tables start with %d elements, more than %d", sum, maxTable))
	}
}

func (r *reader) memories(pages uint32) {
	n := r.u32()
	if n > 1 {
		r.fail(fmt.Errorf("it has %d memories, one is allowed", n))
		return
	}
	if n == 0 {
		return
	}
	if least := r.limits(); least > pages {
		r.fail(fmt.Errorf("its memory starts with %d pages of 64 KiB, %d are allowed", least, pages))
	}
}
