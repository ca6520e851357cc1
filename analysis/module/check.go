package module

import (
	"bytes"
	"errors"
	"fmt"
)

// Bounds on the module itself, so that a file from a stranger cannot make the
// runtime allocate before the first instruction has run.
const (
	// MaxModuleSize is the largest module that Open takes.
	MaxModuleSize = 64 << 20
	maxTable      = 1 << 20
	maxBody       = 4 << 20
	maxLocals     = 50_000
)

// checkSections refuses a module that is not built as the Go linker builds one,
// as far as a runtime allocates by its word: every count must fit the bytes
// that are there, tables, memories and locals must be small.
// Source: WebAssembly core specification 2.0, section 5.5; forms that Go's
// linker never writes are refused.
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
		if r.err == nil {
			body.section(id, pages)
			r.err = body.err
		}
	}
	if r.err != nil {
		return fmt.Errorf("%w: %w", ErrNotModule, r.err)
	}
	return nil
}

var errTruncated = errors.New("a section is cut short")

// reader walks bytes; after an error it reads nothing more.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
	r.rest = nil
}

func (r *reader) byte() byte {
	if len(r.rest) == 0 {
		r.fail("%w", errTruncated)
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

// want reads one byte that can have one value only.
func (r *reader) want(b byte, what string) {
	if got := r.byte(); got != b {
		r.fail("%s %#x is not taken", what, got)
	}
}

func (r *reader) take(n uint32) []byte {
	if uint64(n) > uint64(len(r.rest)) {
		r.fail("%w", errTruncated)
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

// leb skips one number of at most so many bytes, signed or not.
func (r *reader) leb(most int) {
	for range most {
		if r.byte()&0x80 == 0 {
			return
		}
	}
	r.fail("a number is too long")
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
	r.fail("a number is too long")
	return 0
}

// each calls item as often as the count says that stands here. A count of more
// items than there are bytes is refused: the runtime would allocate by it.
func (r *reader) each(item func()) {
	n := r.u32()
	if uint64(n) > uint64(len(r.rest)) {
		r.fail("a count of %d has %d bytes to stand for it", n, len(r.rest))
	}
	for ; n > 0 && r.err == nil; n-- {
		item()
	}
}

// limits reads a minimum and skips an optional maximum.
func (r *reader) limits() uint32 {
	flags := r.byte()
	least := r.u32()
	if flags&1 != 0 {
		r.u32()
	}
	if flags > 1 {
		r.fail("limits of kind %d are not taken", flags)
	}
	return least
}
