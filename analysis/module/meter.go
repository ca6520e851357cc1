package module

import (
	"errors"
	"fmt"
)

// meterTurns is how many functions and turns of loops a module runs between two
// calls of its host: about a millisecond.
const meterTurns = 1 << 16

// The function by which a module gives way to its host.
const (
	yieldModule = "wasi_snapshot_preview1"
	yieldName   = "sched_yield"
)

var errNoYield = errors.New("it does not import sched_yield, so it could not be stopped")

// metered returns the module with one change: every function and every turn of
// a loop counts down, and at zero it calls sched_yield, where the host looks at
// its context. The result of a run is the same. The runtime's own way to stop a
// module makes it five times slower; this costs a tenth.
// Trust: wasm has passed checkSections.
// Errors: an instruction that the Go compiler does not write.
func metered(wasm []byte) ([]byte, error) {
	m := meter{out: append(make([]byte, 0, len(wasm)+len(wasm)/8), wasm[:8]...), yield: -1}
	r := reader{rest: wasm[8:]}
	for len(r.rest) > 0 && r.err == nil {
		id := r.byte()
		body := r.take(r.u32())
		if id > sectionGlobals && id <= sectionDataCount && !m.globalsDone {
			m.section(sectionGlobals, m.withCounter([]byte{0}))
		}
		switch id {
		case sectionImports:
			m.findYield(body)
		case sectionGlobals:
			body = m.withCounter(body)
		case sectionCode:
			body = m.code(body)
		}
		if m.err != nil {
			return nil, m.err
		}
		m.section(id, body)
	}
	if r.err != nil {
		return nil, r.err
	}
	if m.yield < 0 {
		return nil, errNoYield
	}
	return m.out, nil
}

// meter is the state of one rewriting.
type meter struct {
	out         []byte
	err         error
	yield       int64  // index of the imported function
	counter     uint32 // index of the global that counts down
	globalsDone bool
}

func (m *meter) fail(err error) {
	if m.err == nil {
		m.err = err
	}
}

func (m *meter) section(id byte, body []byte) {
	m.out = append(m.out, id)
	m.out = append(appendU32(m.out, uint32(len(body))), body...) //nolint:gosec // at most a module
}

// findYield notes the index of sched_yield; imports are functions only.
func (m *meter) findYield(body []byte) {
	r := reader{rest: body}
	index := int64(0)
	r.each(func() {
		from, name := string(r.take(r.u32())), string(r.take(r.u32()))
		r.byte()
		r.u32()
		if from == yieldModule && name == yieldName && m.yield < 0 {
			m.yield = index
		}
		index++
	})
}

// withCounter returns the globals with the counter behind them.
func (m *meter) withCounter(body []byte) []byte {
	r := reader{rest: body}
	count := r.u32()
	m.counter, m.globalsDone = count, true
	out := append(appendU32(nil, count+1), r.rest...)
	out = append(out, 0x7f, 1, 0x41) // i32, may change, i32.const
	return append(appendS32(out, meterTurns), 0x0b)
}

// code returns the functions with themselves and their loops counting.
func (m *meter) code(body []byte) []byte {
	if m.yield < 0 {
		m.fail(errNoYield)
		return nil
	}
	count := []byte{0x23}
	count = append(appendU32(count, m.counter), 0x41, 1, 0x6b, 0x24) // get, 1, subtract, set
	count = append(appendU32(count, m.counter), 0x23)
	count = append(appendU32(count, m.counter), 0x45, 0x04, 0x40, 0x41) // is it zero? if so
	count = append(appendS32(count, meterTurns), 0x24)
	count = append(appendU32(count, m.counter), 0x10)             // set it anew
	count = append(appendU32(count, uint32(m.yield)), 0x1a, 0x0b) //nolint:gosec // call, drop, end

	r := reader{rest: body}
	n := r.u32()
	out := append(make([]byte, 0, len(body)+len(body)/8), appendU32(nil, n)...)
	var function []byte
	for ; n > 0 && m.err == nil; n-- {
		f := reader{rest: r.take(r.u32())}
		whole := f.rest
		f.each(func() { f.u32(); f.byte() })
		function = append(append(function[:0], whole[:len(whole)-len(f.rest)]...), count...)
		for len(f.rest) > 0 && f.err == nil {
			before := f.rest
			loop := f.instruction()
			function = append(function, before[:len(before)-len(f.rest)]...)
			if loop {
				function = append(function, count...)
			}
		}
		if f.err != nil {
			m.fail(fmt.Errorf("function %d from the end: %w", n, f.err))
		}
		out = append(appendU32(out, uint32(len(function))), function...) //nolint:gosec // at most a few times maxBody
	}
	return out
}

// instruction skips one instruction and tells whether it begins a loop.
// Source: WebAssembly core specification 2.0, section 5.4; of it what Go's
// compiler writes for wasip1.
func (r *reader) instruction() (loop bool) {
	op := r.byte()
	switch {
	case op <= 0x01, op == 0x05, op == 0x0b, op == 0x0f, op == 0x1a, op == 0x1b, op >= 0x45 && op <= 0xc4:
	case op >= 0x02 && op <= 0x04:
		if t := r.byte(); t != 0x40 && (t < 0x7c || t > 0x7f) {
			r.fail("a block of type %#x is not taken", t)
		}
		return op == 0x03
	case op == 0x0c, op == 0x0d, op == 0x10, op >= 0x20 && op <= 0x24:
		r.u32()
	case op == 0x0e:
		r.each(func() { r.u32() })
		r.u32()
	case op == 0x11, op >= 0x28 && op <= 0x3e:
		r.u32()
		r.u32()
	case op == 0x3f, op == 0x40:
		r.byte()
	case op == 0x41:
		r.leb(5)
	case op == 0x42:
		r.leb(10)
	case op == 0x43:
		r.take(4)
	case op == 0x44:
		r.take(8)
	case op == 0xfc:
		r.prefixed()
	default:
		r.fail("instruction %#x is not taken", op)
	}
	return false
}

// prefixed skips what follows the byte 0xfc: saturating conversions and bulk
// memory. Tables are not to be changed.
func (r *reader) prefixed() {
	switch op := r.u32(); {
	case op <= 7:
	case op == 8: // memory.init
		r.u32()
		r.byte()
	case op == 9: // data.drop
		r.u32()
	case op == 10: // memory.copy
		r.byte()
		r.byte()
	case op == 11: // memory.fill
		r.byte()
	default:
		r.fail("instruction 0xfc %d is not taken", op)
	}
}

// appendU32 appends an unsigned number in LEB128.
func appendU32(dst []byte, v uint32) []byte {
	for v >= 0x80 {
		dst = append(dst, byte(v)|0x80)
		v >>= 7
	}
	return append(dst, byte(v))
}

// appendS32 appends a number that is not negative in signed LEB128.
func appendS32(dst []byte, v uint32) []byte {
	for v >= 0x40 {
		dst = append(dst, byte(v)|0x80)
		v >>= 7
	}
	return append(dst, byte(v))
}
