package rowtree

import (
	"math/bits"

	"custos.example/analysis/event"
)

// find finds where each field of a row ends, as fields does, 64 bytes at a time.
func (b *batch) find(row []byte) error {
	c := 0
	var within uint64 // every bit, within quotation marks
	for at := 0; at < len(row); at += len(b.end) {
		ends, quotes := b.sums.Find(b.block(row[at:]))
		if quotes|within != 0 {
			within ^= odd(quotes)
			ends &^= within
			within = uint64(int64(within) >> 63) //nolint:gosec // the bits of it
		}
		if c+bits.OnesCount64(ends) >= int(event.NumColumns) {
			return errMoreColumns
		}
		for ; ends != 0; ends &= ends - 1 {
			b.ends[c] = at + bits.TrailingZeros64(ends)
			c++
		}
	}
	return b.last(event.Column(c), row)
}

// block returns the first 64 bytes of a text, with zeros where it is shorter.
func (b *batch) block(text []byte) *[64]byte {
	if len(text) >= len(b.end) {
		return (*[64]byte)(text)
	}
	clear(b.end[copy(b.end[:], text):])
	return &b.end
}

// odd sets each bit at which, with it, an odd number of bits is set so far.
func odd(set uint64) uint64 {
	for by := 1; by < 64; by *= 2 {
		set ^= set << by
	}
	return set
}
