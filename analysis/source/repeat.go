package source

import (
	"bytes"
	"crypto/sha256"
	"fmt"
)

// maxSameSecond bounds the memory of the search for repeats.
const maxSameSecond = 1_000_000

// repeats is the rule REPEAT-EQUAL. It finds, among events in order, those whose content equals that of an
// earlier one. Equal content has an equal start, so only the events of one
// second are ever compared.
type repeats struct {
	start   int64
	any     bool
	content []byte // of the first event of this second
	row     int64
	seen    map[[16]byte]int64
}

// find returns the row of the first event with the same content, or 0.
// Errors: more than maxSameSecond different events at one second.
//
// What is compared is the event without its flags: a number whose lost 0 was
// put back is the number.
func (r *repeats) find(it *item, content []byte) (int64, error) {
	if !r.any || it.start != r.start {
		r.any, r.start, r.row = true, it.start, it.row
		r.content = append(r.content[:0], content...)
		if len(r.seen) > 64 {
			r.seen = nil
		}
		clear(r.seen)
		return 0, nil
	}
	if bytes.Equal(r.content, content) {
		return r.row, nil
	}
	if r.seen == nil {
		r.seen = map[[16]byte]int64{}
	}
	sum := sha256.Sum256(content)
	key := [16]byte(sum[:16])
	if row, ok := r.seen[key]; ok {
		return row, nil
	}
	if len(r.seen) >= maxSameSecond {
		return 0, fmt.Errorf("row %d: more than %d different events have the same second as their start; "+
			"the start column does not hold the time of the event", it.row, maxSameSecond)
	}
	r.seen[key] = it.row
	return 0, nil
}
