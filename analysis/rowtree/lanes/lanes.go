// Package lanes makes the SHA-256 digests of many short messages, two or sixteen at a
// time, and finds the commas and the ends of rows, 64 bytes at a time.
//
// One core waits for itself between the rounds of a digest; a second message
// fills the wait, and wide registers hold sixteen, so that a million rows are committed
// to in less than half the time. What comes out is what crypto/sha256 says: each process
// compares before the first use and takes crypto/sha256 alone if they differ, or if the
// processor has no instructions for it.
//
// Trust: only who makes commitments, or reads files, on behalf of the keeper uses it. Who
// checks them, as custos-verify does, uses crypto/sha256, and nothing of this package.
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

// longest is up to how many blocks a message waits for others.
const longest = 16

// most is how many messages are digested at once, and enough for how many that is quicker
// than two at once.
const (
	most   = 16
	enough = 11
)

// Pairs digests messages together with others of as many blocks.
// Shape: no use by two goroutines at once.
type Pairs struct {
	atOnce  int // 16, 2 or 1
	waiting [longest + 1]group
}

// group are padded messages of as many blocks that wait, and where their digests go.
type group struct {
	n     int
	from  [most]*byte
	into  [most]*[sha256.Size]byte
	spare [sha256.Size]byte // the digest of a message that only fills a place
}

// New returns pairs of which none waits.
func New() *Pairs { return &Pairs{atOnce: able()} }

// Add takes a message, and pads it in place where its capacity has the room. The
// digest is in its place after Flush at the latest; until then message and place
// stay as they are.
func (p *Pairs) Add(text []byte, into *[sha256.Size]byte) {
	blocks := (len(text) + smallestPad + blockSize - 1) / blockSize
	if p.atOnce < 2 || blocks > longest {
		*into = sha256.Sum256(text)
		return
	}
	g := &p.waiting[blocks]
	g.from[g.n], g.into[g.n] = &pad(text)[0], into
	if g.n++; g.n == p.atOnce {
		p.digest(g, blocks)
	}
}

// Flush digests what still waits.
func (p *Pairs) Flush() {
	for blocks := range p.waiting {
		if g := &p.waiting[blocks]; g.n > 0 {
			p.digest(g, blocks)
		}
	}
}

// digest digests a group: sixteen at once, or else two at once.
func (p *Pairs) digest(g *group, blocks int) {
	n := g.n
	g.n = 0
	if p.atOnce == most && n >= enough {
		g.fill(n, most)
		all(g, blocks)
		return
	}
	g.fill(n, n+n%2)
	for i := 0; i < n; i += 2 {
		sum2(g.from[i], g.from[i+1], blocks, g.into[i], g.into[i+1])
	}
}

// fill takes the first message again in the places from n on.
func (g *group) fill(n, to int) {
	for ; n < to; n++ {
		g.from[n], g.into[n] = g.from[0], &g.spare
	}
}

// two digests two messages at once, and all sixteen.
func two(g *group, blocks int) { sum2(g.from[0], g.from[1], blocks, g.into[0], g.into[1]) }
func all(g *group, blocks int) { sum16(&g.from, blocks, &g.into) }

// Find sets bit i where byte i of the text is a comma, a quotation mark, an end of line.
func (p *Pairs) Find(text *[64]byte) (commas, quotes, lines uint64) {
	if p.atOnce == most {
		return findWide(text)
	}
	return find(text)
}

// Marks returns what sets bit i where byte i of a text is the separator, a quotation mark,
// outside printable ASCII; nil where the processor has no wide registers.
func Marks() func(text *[64]byte, separator byte) (separators, quotes, odd uint64) {
	if !wide() {
		return nil
	}
	return marks
}

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

// able is how many messages can be digested at once, and come out right.
var able = sync.OnceValue(func() int {
	switch {
	case !instructions() || !agrees(2, two):
		return 1
	case !wide() || !agrees(most, all):
		return 2
	}
	return most
})

// agrees compares digests of n messages at once with crypto/sha256, over messages of
// lengths around every end of a block and of other content in each lane.
func agrees(n int, digest func(g *group, blocks int)) bool {
	var room [longest * blockSize]byte
	for size := 0; size <= len(room)-smallestPad; size += 1 + size/blockSize {
		var got, want [most][sha256.Size]byte
		var g group
		for lane := range n {
			for i := range room[:size] {
				room[i] = byte(i*(7+lane) + size)
			}
			want[lane] = sha256.Sum256(room[:size])
			g.from[lane], g.into[lane] = &pad(bytes.Clone(room[:size]))[0], &got[lane]
		}
		digest(&g, (size+smallestPad+blockSize-1)/blockSize)
		if got != want {
			return false
		}
	}
	return true
}
