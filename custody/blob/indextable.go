package blob

import "math/bits"

// table is where an index keeps what it holds: one block of memory of a fixed size,
// taken with the first payload, so that a process is after a minute as large as it
// will be, and the collector has nothing in it to look at.
//
// Every entry stands at its home or, where others stand there, at the first free slot
// behind it, with no gap between (linear probing). A fifth of the slots stay free.
type table struct {
	slots []slot
}

// slot is one entry: the beginning of a digest, and the beginning of the address under
// which the payload lies, of a case. The number of a free slot is 0.
type slot struct {
	key    uint64
	number uint32
	head   head
}

// newTable returns a table for as many entries.
func newTable(most int) table { return table{make([]slot, most+most/4+1)} }

// home returns where an entry would stand in an empty table. Digests are random
// already; the number of the case is spread over all bits.
func (t table) home(number uint32, key uint64) int {
	const golden = 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio
	at, _ := bits.Mul64(key^uint64(number)*golden, uint64(len(t.slots)))
	return int(at) //nolint:gosec // below the length
}

// after returns the slot behind, which is the first behind the last.
func (t table) after(i int) int {
	if i++; i < len(t.slots) {
		return i
	}
	return 0
}

// find returns where an entry stands, or the free slot where it would.
func (t table) find(number uint32, key uint64) (i int, known bool) {
	if len(t.slots) == 0 {
		return 0, false
	}
	for i = t.home(number, key); t.slots[i].number != 0; i = t.after(i) {
		if t.slots[i].number == number && t.slots[i].key == key {
			return i, true
		}
	}
	return i, false
}

// remove frees a slot and closes the gap: whatever stands behind it without a free
// slot between, and not before its own home, moves up.
func (t table) remove(i int) {
	n := len(t.slots)
	for j := t.after(i); t.slots[j].number != 0; j = t.after(j) {
		from := t.home(t.slots[j].number, t.slots[j].key)
		if (j-from+n)%n >= (j-i+n)%n {
			t.slots[i], i = t.slots[j], j
		}
	}
	t.slots[i] = slot{}
}

// removeAll frees the slots of cases, in one pass.
func (t table) removeAll(gone map[uint32]bool) {
	for i := range t.slots {
		for gone[t.slots[i].number] {
			t.remove(i)
		}
	}
}

// anyOf returns the first entry of a case from a slot on. The case has one.
func (t table) anyOf(number uint32, i int) int {
	for t.slots[i].number != number {
		i = t.after(i)
	}
	return i
}
