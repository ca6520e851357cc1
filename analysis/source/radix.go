package source

import (
	"math/bits"
	"slices"
)

const (
	digitBits  = 12
	digitCount = 1 << digitBits
	fewKeys    = 4 * digitCount // below this, comparing is quicker
)

// sortKeys sorts keys whose index bits ascend as they stand, and returns them
// in keys or in room, which it may use and which it returns as the new room.
// It goes by the start alone, digit by digit from the right and only over the
// digits that differ; equal starts stay in the order of their index.
func sortKeys(keys, room []uint64) (sorted, other []uint64) {
	if len(keys) < fewKeys {
		slices.Sort(keys)
		return keys, room
	}
	least, most := keys[0]>>indexBits, keys[0]>>indexBits
	for _, k := range keys {
		least, most = min(least, k>>indexBits), max(most, k>>indexBits)
	}
	if cap(room) < len(keys) {
		room = make([]uint64, len(keys))
	}
	from, to := keys, room[:len(keys)]
	var place [digitCount]int
	for shift := 0; shift < bits.Len64(most-least); shift += digitBits {
		clear(place[:])
		for _, k := range from {
			place[(k>>indexBits-least)>>shift&(digitCount-1)]++
		}
		at := 0
		for d, n := range place {
			place[d] = at
			at += n
		}
		for _, k := range from {
			d := (k>>indexBits - least) >> shift & (digitCount - 1)
			to[place[d]] = k
			place[d]++
		}
		from, to = to, from
	}
	return from, to
}
