package rowtree

import (
	"math/bits"

	"custos.example/analysis/event"
)

// next finds the end of the first row of a text, and where each field of it ends, as
// fields does, 64 bytes at a time; -1 when the text holds no whole row.
// Errors: event.ErrNotCanonical.
func (b *batch) next(text []byte) (end int, err error) {
	c := 0
	var within uint64 // every bit, within quotation marks
	for at := 0; at < len(text); at += len(b.end) {
		fields, quotes, rows := b.sums.Find(b.block(text[at:]))
		if quotes|within != 0 {
			within ^= event.WithinMarks(quotes)
			fields &^= within
			rows &^= within
			within = uint64(int64(within) >> 63) //nolint:gosec // the bits of it
		}
		if rows != 0 {
			fields &= rows&-rows - 1 // those before the first
		}
		if c+bits.OnesCount64(fields) >= int(event.NumColumns) {
			return 0, errMoreColumns
		}
		for ; fields != 0; fields &= fields - 1 {
			b.ends[c] = at + bits.TrailingZeros64(fields)
			c++
		}
		if rows != 0 {
			end = at + bits.TrailingZeros64(rows)
			return end, b.last(event.Column(c), end)
		}
	}
	return -1, nil
}

// block returns the first 64 bytes of a text, with zeros where it is shorter.
func (b *batch) block(text []byte) *[64]byte {
	if len(text) >= len(b.end) {
		return (*[64]byte)(text)
	}
	clear(b.end[copy(b.end[:], text):])
	return &b.end
}
