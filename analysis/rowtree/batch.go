package rowtree

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"slices"
)

// Sums makes SHA-256 digests of many messages; it may wait for several to make
// them at once.
type Sums interface {
	// Add takes a message, and may write behind it as far as its capacity goes. The
	// digest is in its place after Flush at the latest; until then message and place
	// stay as they are.
	Add(message []byte, into *[sha256.Size]byte)
	Flush()
}

// oneByOne are the sums of crypto/sha256.
type oneByOne struct{}

func (oneByOne) Add(message []byte, into *[sha256.Size]byte) { *into = sha256.Sum256(message) }
func (oneByOne) Flush()                                      {}

const (
	batchRows = 16 // a power of two, so that a whole batch is one subtree
	padding   = 72 // room behind a message for what SHA-256 appends to it, at most
	hashesAt  = 1 + len(rowTag)
)

// batch makes the leaves of the next rows of a file, and the tree over them.
type batch struct {
	sums   Sums
	stream cipher.Stream
	salts  [batchRows][NumParts * aes.BlockSize]byte
	rows   [batchRows]messages
	hashes [batchRows]Hash
	nodes  [batchRows / 2][1 + 2*sha256.Size + padding]byte
	held   int
	cutter
}

// messages are what the hashes of one row are taken over.
type messages struct {
	parts []byte // those of the parts, each with room behind it
	leaf  []byte
}

func newBatch(seed *Seed, sums Sums) *batch {
	return &batch{stream: newStream(seed), sums: sums}
}

// add takes the next row and tells whether the batch is full.
// Errors: event.ErrNotCanonical.
func (b *batch) add(row []byte) (full bool, err error) {
	if err := b.fields(row); err != nil {
		return false, err
	}
	if b.held == 0 {
		for i := range b.salts {
			clear(b.salts[i][:])
			b.stream.XORKeyStream(b.salts[i][:], b.salts[i][:])
		}
	}
	m, salts := &b.rows[b.held], &b.salts[b.held]
	m.leaf = append(append(m.leaf[:0], 0), rowTag...)
	m.leaf = append(m.leaf, make([]byte, (NumParts-1)*sha256.Size)...)
	m.leaf = slices.Grow(b.appendText(m.leaf, row, Event), padding)
	var ends [NumParts]int
	m.parts = m.parts[:0]
	for p := Subject; p < NumParts; p++ {
		m.parts = appendPart(m.parts, salts[p*aes.BlockSize:(p+1)*aes.BlockSize], nil)
		m.parts = b.appendText(m.parts, row, p)
		ends[p] = len(m.parts)
		m.parts = append(m.parts, make([]byte, padding)...)
	}
	from := 0
	for p := Subject; p < NumParts; p++ {
		into := (*[sha256.Size]byte)(m.leaf[hashesAt+int(p-1)*sha256.Size:])
		b.sums.Add(m.parts[from:ends[p]:ends[p]+padding], into)
		from = ends[p] + padding
	}
	b.held++
	return b.held == batchRows, nil
}

// empty forgets the rows held.
func (b *batch) empty() { b.held = 0 }

// addTo adds the rows held to a tree of nothing but whole batches.
func (b *batch) addTo(e *edge) {
	b.sums.Flush()
	for i := range b.held {
		b.sums.Add(b.rows[i].leaf, (*[sha256.Size]byte)(&b.hashes[i]))
	}
	b.sums.Flush()
	if b.held == batchRows {
		e.add(b.subtree(), batchRows)
		return
	}
	for _, leaf := range b.hashes[:b.held] {
		e.add(leaf, 1)
	}
}

// subtree returns the root of a whole batch.
func (b *batch) subtree() Hash {
	for width := batchRows / 2; width > 0; width /= 2 {
		for i := range width {
			node := append(b.nodes[i][:0], 1)
			node = append(append(node, b.hashes[2*i][:]...), b.hashes[2*i+1][:]...)
			b.sums.Add(node, (*[sha256.Size]byte)(&b.hashes[i]))
		}
		b.sums.Flush()
	}
	return b.hashes[0]
}
