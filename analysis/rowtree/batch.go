package rowtree

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
)

// Sums makes SHA-256 digests of many messages; it may wait for several to make
// them at once.
type Sums interface {
	// Add takes a message, and may write behind it as far as its capacity goes. The
	// digest is in its place after Flush at the latest; until then message and place
	// stay as they are.
	Add(message []byte, into *[sha256.Size]byte)
	Flush()
	// Find sets bit i where byte i of the text is a comma, a quotation mark, an end of line.
	Find(text *[64]byte) (commas, quotes, lines uint64)
}

// oneByOne are the sums of crypto/sha256.
type oneByOne struct{}

func (oneByOne) Add(message []byte, into *[sha256.Size]byte) { *into = sha256.Sum256(message) }
func (oneByOne) Flush()                                      {}

func (oneByOne) Find(text *[64]byte) (commas, quotes, lines uint64) {
	for i, b := range text {
		switch b {
		case ',':
			commas |= 1 << i
		case '"':
			quotes |= 1 << i
		case '\n':
			lines |= 1 << i
		}
	}
	return commas, quotes, lines
}

const (
	batchRows = 128     // a power of two, so that a whole batch is one subtree
	batchSize = 1 << 20 // of the rows held; a batch of longer ones is not a whole one
	padding   = 72      // room behind a message for what SHA-256 appends to it, at most
	hashesAt  = 1 + len(rowTag)
	textAt    = hashesAt + int(NumParts-1)*sha256.Size
	partHead  = len(partTag) + aes.BlockSize
	saltsSize = int(NumParts) * aes.BlockSize // of one row
	nodeSize  = 1 + 2*sha256.Size
)

// The tags as bytes, which are copied quicker than text.
var (
	rowTagged  = [len(rowTag)]byte([]byte(rowTag))
	partTagged = [len(partTag)]byte([]byte(partTag))
)

// batch makes the leaves of the next rows of a file, and the tree over them.
type batch struct {
	sums   Sums
	stream cipher.Stream
	salts  [batchRows * saltsSize]byte // of the rows of the subtree
	rows   [batchRows]messages
	nodes  [2]level // the leaves, and by turns the levels above
	root   Hash
	begun  int // rows of the subtree before those held
	held   int
	size   int      // of the rows held
	end    [64]byte // of a row, where it is not whole
	cutter
}

// messages are what the hashes of one row are taken over.
type messages struct {
	parts []byte // those of the parts, each with room behind it
	leaf  []byte
}

// level are the hashes of a level of a subtree, as the nodes above hold them.
type level [batchRows / 2][nodeSize + padding]byte

// hash is where hash i of the level stands.
func (l *level) hash(i int) *[sha256.Size]byte {
	return (*[sha256.Size]byte)(l[i/2][1+i%2*sha256.Size:])
}

func newBatch(seed *Seed, sums Sums) *batch {
	b := &batch{stream: newStream(seed), sums: sums}
	for l := range b.nodes {
		for i := range b.nodes[l] {
			b.nodes[l][i][0] = 1
		}
	}
	return b
}

// add takes the next row, which next has found, and tells whether the batch is full: the
// subtree is whole, or its rows are so long that they are not held longer.
func (b *batch) add(row []byte) (full bool) {
	place := b.begun + b.held
	if place == 0 {
		clear(b.salts[:])
		b.stream.XORKeyStream(b.salts[:], b.salts[:])
	}
	m, salts := &b.rows[b.held], b.salts[place*saltsSize:]
	m.leaf = room(m.leaf, textAt+len(row)+padding)
	*(*[len(rowTag)]byte)(m.leaf[1:]) = rowTagged
	m.leaf = m.leaf[:b.putText(m.leaf, textAt, row, Event)]
	m.parts = room(m.parts, int(NumParts)*(partHead+padding)+len(row))
	from := 0
	for p := Subject; p < NumParts; p++ {
		*(*[len(partTag)]byte)(m.parts[from:]) = partTagged
		*(*[aes.BlockSize]byte)(m.parts[from+len(partTag):]) = *(*[aes.BlockSize]byte)(salts[p*aes.BlockSize:])
		end := b.putText(m.parts, from+partHead, row, p)
		into := (*[sha256.Size]byte)(m.leaf[hashesAt+int(p-1)*sha256.Size:])
		b.sums.Add(m.parts[from:end:end+padding], into)
		from = end + padding
	}
	b.held++
	b.size += len(row)
	return b.begun+b.held == batchRows || b.size > batchSize
}

// room returns b with room for as many bytes, whatever they are; the first of new
// ones is 0.
func room(b []byte, size int) []byte {
	if cap(b) < size {
		return make([]byte, size+size/4)
	}
	return b[:cap(b)]
}

// empty forgets the rows held, and the room that long ones took.
func (b *batch) empty() {
	if b.size > batchSize {
		b.rows = [batchRows]messages{}
	}
	b.begun, b.held, b.size = (b.begun+b.held)%batchRows, 0, 0
}

// addTo adds the rows held to the tree of those before.
func (b *batch) addTo(e *edge) {
	b.sums.Flush()
	leaves := &b.nodes[0]
	for i := range b.held {
		b.sums.Add(b.rows[i].leaf, leaves.hash(i))
	}
	b.sums.Flush()
	if b.held == batchRows {
		e.add(b.subtree(), batchRows)
		return
	}
	for i := range b.held {
		e.add(Hash(*leaves.hash(i)), 1)
	}
}

// subtree returns the root of a whole batch.
func (b *batch) subtree() Hash {
	from, to := &b.nodes[0], &b.nodes[1]
	for width := batchRows / 2; width > 1; width /= 2 {
		for i := range width {
			b.sums.Add(from[i][:nodeSize], to.hash(i))
		}
		b.sums.Flush()
		from, to = to, from
	}
	b.sums.Add(from[0][:nodeSize], (*[sha256.Size]byte)(&b.root))
	b.sums.Flush()
	return b.root
}
