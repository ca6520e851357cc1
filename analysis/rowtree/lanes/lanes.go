// Package lanes makes the SHA-256 digests of many short messages, two at a time,
// and finds the commas of a row, 64 bytes at a time.
//
// One core waits for itself between the rounds of a digest; a second message
// fills the wait, so that a million rows are committed to in less than half the
// time. What comes out is what crypto/sha256 says: each process compares before
// the first use and takes crypto/sha256 alone if they differ, or if the processor
// has no instructions for it.
//
// Trust: only who makes commitments uses it. Who checks them, as custos-verify
// does, uses crypto/sha256, and nothing of this package.
package lanes

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"sync"
)

// blockSize is that of SHA-256.
const blockSize = 64

// What is appended to a message: a bit and the length at the least, and with them
// the zeros up to the end of a block at the most.
const (
	smallestPad = 9
	mostPad     = smallestPad + blockSize - 1
)

// longest is up to how many blocks a message waits for another one.
const longest = 16

// Pairs digests messages as pairs of as many blocks.
// Shape: no use by two goroutines at once.
type Pairs struct {
	able    bool
	waiting [longest + 1]message
}

// message is a padded message and where its digest goes.
type message struct {
	padded []byte
	into   *[sha256.Size]byte
}

// New returns pairs of which none waits.
func New() *Pairs { return &Pairs{able: able()} }

// Add takes a message, and pads it in place where its capacity has the room. The
// digest is in its place after Flush at the latest; until then message and place
// stay as they are.
func (p *Pairs) Add(text []byte, into *[sha256.Size]byte) {
	blocks := (len(text) + smallestPad + blockSize - 1) / blockSize
	if !p.able || blocks > longest {
		*into = sha256.Sum256(text)
		return
	}
	padded, other := pad(text), &p.waiting[blocks]
	if other.into == nil {
		*other = message{padded, into}
		return
	}
	sum2(&other.padded[0], &padded[0], blocks, other.into, into)
	*other = message{}
}

// Flush digests what still waits.
func (p *Pairs) Flush() {
	for blocks := range p.waiting {
		if m := &p.waiting[blocks]; m.into != nil {
			size := binary.BigEndian.Uint64(m.padded[len(m.padded)-8:]) / 8
			*m.into = sha256.Sum256(m.padded[:size])
			*m = message{}
		}
	}
}

// Find sets bit i of commas and of quotes where byte i of the text is one.
func (p *Pairs) Find(text *[64]byte) (commas, quotes uint64) { return find(text) }

// pad appends to a message what SHA-256 appends to it (FIPS 180-4, section 5.1.1).
func pad(text []byte) []byte {
	size := len(text)
	if cap(text)-size < mostPad {
		text = append(make([]byte, 0, size+mostPad), text...)
	}
	*(*[mostPad]byte)(text[size : size+mostPad]) = [mostPad]byte{0x80}
	whole := (size + smallestPad + blockSize - 1) / blockSize * blockSize
	binary.BigEndian.PutUint64(text[whole-8:whole], uint64(size)*8)
	return text[:whole]
}

// able tells whether two messages can be digested at once, and come out right.
var able = sync.OnceValue(func() bool { return instructions() && agrees(sum2) })

// agrees compares a digest of pairs with crypto/sha256, over messages of lengths
// around every end of a block and of other content in each lane.
func agrees(sum2 func(a, b *byte, blocks int, sumA, sumB *[sha256.Size]byte)) bool {
	var room [longest * blockSize]byte
	for size := 0; size <= len(room)-smallestPad; size += 1 + size/blockSize {
		var got, want [2][sha256.Size]byte
		var padded [2][]byte
		for lane := range padded {
			for i := range room[:size] {
				room[i] = byte(i*(7+lane) + size)
			}
			want[lane] = sha256.Sum256(room[:size])
			padded[lane] = pad(bytes.Clone(room[:size]))
		}
		sum2(&padded[0][0], &padded[1][0], len(padded[0])/blockSize, &got[0], &got[1])
		if got != want {
			return false
		}
	}
	return true
}
