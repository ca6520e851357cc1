package render

import (
	"encoding/binary"
	"io"
	"math/bits"
)

// deflater compresses a stream, by code of our own: the bytes that a compressor
// of a library writes change with its releases, and a page's bytes may not.
//
// It writes one block with the fixed codes: sequences that stood up to 32 KiB
// before are referred to, found through one table of four-byte sequences. The
// markup of a sheet shrinks to about a tenth.
// Source: RFC 1951, sections 3.2.5 and 3.2.6.
type deflater struct {
	w     io.Writer
	in    []byte // not yet compressed
	out   []byte
	acc   uint64
	n     uint
	table []int32
	codes [288]code
	err   error
}

// code is a fixed code, its first bit lowest.
type code struct {
	bits uint32
	n    uint
}

const (
	deflateChunk  = 256 << 10
	deflateWindow = 32 << 10
	deflateHash   = 15
	longestMatch  = 258
	endOfBlock    = 256
)

func newDeflater(w io.Writer) *deflater {
	d := &deflater{w: w, table: make([]int32, 1<<deflateHash), in: make([]byte, 0, deflateChunk)}
	for symbol := range d.codes {
		d.codes[symbol] = fixedCode(symbol)
	}
	d.put(1, 1) // the last block
	d.put(1, 2) // with the fixed codes
	return d
}

// fixedCode returns the code of a literal or length.
func fixedCode(symbol int) code {
	turned := func(v uint32, n uint) code { return code{bits.Reverse32(v) >> (32 - n), n} }
	v := uint32(symbol) //nolint:gosec // below 288
	switch {
	case symbol < 144:
		return turned(0b00110000+v, 8)
	case symbol < 256:
		return turned(0b110010000+v-144, 9)
	case symbol < 280:
		return turned(v-256, 7)
	}
	return turned(0b11000000+v-280, 8)
}

func (d *deflater) put(v uint32, n uint) {
	d.acc |= uint64(v) << d.n
	if d.n += n; d.n >= 32 {
		d.out = binary.LittleEndian.AppendUint32(d.out, uint32(d.acc)) //nolint:gosec // the low half
		d.acc >>= 32
		d.n -= 32
	}
}

// Write takes p.
func (d *deflater) Write(p []byte) (int, error) {
	took := 0
	for len(p) > 0 {
		n := min(len(p), deflateChunk-len(d.in))
		d.in = append(d.in, p[:n]...)
		p, took = p[n:], took+n
		if len(d.in) == deflateChunk {
			d.chunk()
		}
		if d.err != nil {
			return took, d.err
		}
	}
	return took, nil
}

// Close writes what is left and the end of the stream.
func (d *deflater) Close() error {
	d.chunk()
	end := d.codes[endOfBlock]
	d.put(end.bits, end.n)
	for ; d.n > 0; d.n -= min(d.n, 8) {
		d.out = append(d.out, byte(d.acc)) //nolint:gosec // the low byte
		d.acc >>= 8
	}
	d.flush()
	return d.err
}

func (d *deflater) flush() {
	if d.err == nil {
		_, d.err = d.w.Write(d.out)
	}
	d.out = d.out[:0]
}

// chunk compresses what was taken so far; it refers to nothing before it.
func (d *deflater) chunk() {
	in := d.in
	clear(d.table)
	at := 0
	for at+8 <= len(in) {
		next := binary.LittleEndian.Uint32(in[at:])
		slot := next * 0x9e3779b1 >> (32 - deflateHash)
		before := int(d.table[slot]) - 1
		d.table[slot] = int32(at + 1) //nolint:gosec // within a chunk
		if before < 0 || at-before > deflateWindow || binary.LittleEndian.Uint32(in[before:]) != next {
			c := d.codes[in[at]]
			d.put(c.bits, c.n)
			at++
			continue
		}
		n := 4 + sharedLength(in[before+4:], in[at+4:min(len(in), at+longestMatch)])
		d.match(n, at-before)
		for end := at + n; at < end; at++ {
			if at+4 <= len(in) && at&1 == 0 {
				d.table[binary.LittleEndian.Uint32(in[at:])*0x9e3779b1>>(32-deflateHash)] = int32(at + 1) //nolint:gosec // within a chunk
			}
		}
	}
	for ; at < len(in); at++ {
		c := d.codes[in[at]]
		d.put(c.bits, c.n)
	}
	d.in = d.in[:0]
	d.flush()
}

// sharedLength returns for how many bytes a and b are the same; a is the longer.
func sharedLength(a, b []byte) int {
	n := 0
	for n+8 <= len(b) {
		if x := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); x != 0 {
			return n + bits.TrailingZeros64(x)/8
		}
		n += 8
	}
	for n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// match writes a reference to a sequence of n bytes that stands some bytes back.
func (d *deflater) match(n, back int) {
	symbol, extra, width := lengthCode(n)
	c := d.codes[symbol]
	d.put(c.bits, c.n)
	d.put(extra, width)
	symbol, extra, width = distanceCode(back)
	d.put(bits.Reverse32(uint32(symbol))>>27, 5) //nolint:gosec // below 30
	d.put(extra, width)
}

// lengthCode returns the symbol of a length from 3 to 258, and its further bits.
func lengthCode(n int) (symbol int, extra uint32, width uint) {
	switch v := uint32(n - 3); { //nolint:gosec // 0 to 255
	case n == longestMatch:
		return 285, 0, 0
	case v < 8:
		return 257 + int(v), 0, 0
	default:
		width = uint(bits.Len32(v)) - 3                                      //nolint:gosec // at most 5
		return 257 + int(width)*4 + int(v>>width), v & (1<<width - 1), width //nolint:gosec // small
	}
}

// distanceCode returns the symbol of a distance from 1 to 32768, and its further
// bits.
func distanceCode(back int) (symbol int, extra uint32, width uint) {
	v := uint32(back - 1) //nolint:gosec // below 32768
	if v < 4 {
		return int(v), 0, 0
	}
	width = uint(bits.Len32(v)) - 2                                //nolint:gosec // at most 13
	return int(width)*2 + int(v>>width), v & (1<<width - 1), width //nolint:gosec // small
}
