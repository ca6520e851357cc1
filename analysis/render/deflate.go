package render

import (
	"encoding/binary"
	"io"
	"math/bits"
	"slices"
)

// deflater compresses a stream, by code of our own: the bytes that a compressor
// of a library writes change with its releases, and a page's bytes may not.
//
// Each chunk is one block with codes of its own. Sequences that stood up to
// 32 KiB before in the chunk are referred to, found through one table of
// four-byte sequences. The markup of a sheet shrinks to about a tenth.
// Source: RFC 1951, sections 3.2.5 to 3.2.7.
type deflater struct {
	w         io.Writer
	in        []byte // not yet compressed
	out       []byte
	acc       uint64
	n         uint
	table     []int32
	tokens    []uint32 // of one chunk: a literal, or a length and how far back
	symbols   [286]code
	distances [30]code
	err       error
}

// code is the code of a symbol, its first bit lowest.
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
	longestCode   = 15
)

func newDeflater(w io.Writer) *deflater {
	return &deflater{w: w, table: make([]int32, 1<<deflateHash), in: make([]byte, 0, deflateChunk)}
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
	if len(d.in) > 0 {
		d.chunk()
	}
	d.put(1, 1) // the last block
	d.put(1, 2) // with the fixed codes, of which it uses one: the end, seven zeros
	d.put(0, 7)
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

// chunk compresses what was taken so far as one block; it refers to nothing
// before it.
func (d *deflater) chunk() {
	in := d.in
	clear(d.table)
	d.tokens = d.tokens[:0]
	at := 0
	for at+8 <= len(in) {
		next := binary.LittleEndian.Uint32(in[at:])
		slot := next * 0x9e3779b1 >> (32 - deflateHash)
		before := int(d.table[slot]) - 1
		d.table[slot] = int32(at + 1) //nolint:gosec // within a chunk
		if before < 0 || at-before > deflateWindow || binary.LittleEndian.Uint32(in[before:]) != next {
			d.tokens = append(d.tokens, uint32(in[at]))
			at++
			continue
		}
		n := 4 + sharedLength(in[before+4:], in[at+4:min(len(in), at+longestMatch)])
		d.tokens = append(d.tokens, uint32(n)<<16|uint32(at-before-1)) //nolint:gosec // at most 258 and 32767
		for end := at + n; at < end; at++ {
			if at+4 <= len(in) && at&1 == 0 {
				d.table[binary.LittleEndian.Uint32(in[at:])*0x9e3779b1>>(32-deflateHash)] = int32(at + 1) //nolint:gosec // within a chunk
			}
		}
	}
	for ; at < len(in); at++ {
		d.tokens = append(d.tokens, uint32(in[at]))
	}
	d.block()
	d.in = d.in[:0]
	d.flush()
}

// block writes the tokens of a chunk under codes made for them.
func (d *deflater) block() {
	symbols, distances := make([]int, 286), make([]int, 30)
	symbols[endOfBlock] = 1
	for _, t := range d.tokens {
		if t < 1<<16 {
			symbols[t&255]++
			continue
		}
		symbol, _, _ := lengthCode(int(t >> 16))
		symbols[symbol]++
		symbol, _, _ = distanceCode(int(t&0xffff) + 1)
		distances[symbol]++
	}
	lengths, back := huffmanLengths(symbols, longestCode), huffmanLengths(distances, longestCode)
	huffmanCodes(lengths, d.symbols[:])
	huffmanCodes(back, d.distances[:])
	d.put(0, 1) // another block follows
	d.put(2, 2) // codes of its own
	d.header(lengths, back)
	for _, t := range d.tokens {
		if t < 1<<16 {
			c := d.symbols[t&255]
			d.put(c.bits, c.n)
			continue
		}
		symbol, extra, width := lengthCode(int(t >> 16))
		c := d.symbols[symbol]
		d.put(c.bits, c.n)
		d.put(extra, width)
		symbol, extra, width = distanceCode(int(t&0xffff) + 1)
		c = d.distances[symbol]
		d.put(c.bits, c.n)
		d.put(extra, width)
	}
	end := d.symbols[endOfBlock]
	d.put(end.bits, end.n)
}

// header writes the lengths of both codes, under a third code.
func (d *deflater) header(lengths, back []uint8) {
	all := append(slices.Clone(lengths), back...)
	var runs []uint32 // a symbol of the third code, and the further bits of a run
	for n := 0; n < len(all); {
		run := 1
		for n+run < len(all) && all[n+run] == all[n] && run < 138 {
			run++
		}
		switch {
		case all[n] == 0 && run >= 11:
			runs = append(runs, 18|uint32(run-11)<<8) //nolint:gosec // at most 127
		case all[n] == 0 && run >= 3:
			runs = append(runs, 17|uint32(run-3)<<8) //nolint:gosec // at most 7
		default:
			run = 1
			runs = append(runs, uint32(all[n]))
		}
		n += run
	}
	counts := make([]int, 19)
	for _, r := range runs {
		counts[r&255]++
	}
	third := huffmanLengths(counts, 7)
	var codes [19]code
	huffmanCodes(third, codes[:])
	d.put(286-257, 5)
	d.put(30-1, 5)
	d.put(19-4, 4)
	for _, symbol := range [19]int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15} {
		d.put(uint32(third[symbol]), 3)
	}
	for _, r := range runs {
		c := codes[r&255]
		d.put(c.bits, c.n)
		switch r & 255 {
		case 17:
			d.put(r>>8, 3)
		case 18:
			d.put(r>>8, 7)
		}
	}
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
