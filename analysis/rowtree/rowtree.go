// Package rowtree owns the tree of salted row commitments: one digest for all
// rows of a file of events, under which a part of the rows, and of each row a
// part of its columns, can be served with proof that every value shown is the
// original one, and with a count of the rows that are not shown.
//
//	part salt = AES-256(seed, u128be(8*index + part))        one block; index from 0, in file order
//	part hash = SHA-256("part/v1\n" || salt || text)         for the parts 1 to 7
//	leaf data = "row/v1\n" || part hashes || text of part 0
//	leaf hash = SHA-256(0x00 || leaf data), node = SHA-256(0x01 || left || right)
//
// The tree is that of RFC 6962, section 2.1. Without a part's salt nobody can
// find the part by trying what it may say; and a leaf holds seven of them, so
// that nobody can find a row that is not shown.
//
// It never keeps the rows, and never more of the tree than its right edge.
package rowtree

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/bits"
	"strings"

	"custos.example/analysis/event"
)

// Hash is a SHA-256 digest of this tree.
type Hash [sha256.Size]byte

// Seed is the secret from which the salts of all parts follow. Its owner keeps it
// as long as the rows.
type Seed [32]byte

// Salt is the secret of one part of one row.
type Salt [aes.BlockSize]byte

// ErrNotProved is returned for rows that a proof does not tie to a commitment.
var ErrNotProved = errors.New("rows are not proved")

// ErrNoRow is returned when a proof is asked for a row that is not there.
var ErrNoRow = errors.New("no such row")

// The tags are short, so that most parts of a row are one block of SHA-256.
const (
	rowTag  = "row/v1\n"
	partTag = "part/v1\n"
)

// Commitment stands for all rows of a file.
type Commitment struct {
	Root  Hash
	Count uint64
}

// PartHash returns the hash that stands for a part in its row's leaf.
func PartHash(salt Salt, text []byte) Hash { return sha256.Sum256(appendPart(nil, salt[:], text)) }

// LeafHash returns the leaf of a row from the hashes of its parts and the text of
// the part that is always shown. The first of hashes is not used.
func LeafHash(hashes *[NumParts]Hash, text []byte) Hash {
	return sha256.Sum256(appendLeaf(nil, hashes, text))
}

// appendPart appends what the hash of a part is taken over.
func appendPart(dst, salt, text []byte) []byte {
	return append(append(append(dst, partTag...), salt...), text...)
}

// appendLeaf appends what the hash of a leaf is taken over.
func appendLeaf(dst []byte, hashes *[NumParts]Hash, text []byte) []byte {
	dst = append(append(dst, 0), rowTag...)
	for p := Subject; p < NumParts; p++ {
		dst = append(dst, hashes[p][:]...)
	}
	return append(dst, text...)
}

// hasher makes the salts, hashes and leaves of rows, one after another from the
// file's first. What it says of a row holds until the next.
type hasher struct {
	stream cipher.Stream
	salts  [NumParts * aes.BlockSize]byte
	parts  [NumParts]Hash
	room   []byte
	sum    hash.Hash
	count  uint64
	cutter
}

func newHasher(seed *Seed) *hasher {
	return &hasher{stream: newStream(seed), sum: sha256.New()}
}

// newStream returns the salts of a file, one after another.
func newStream(seed *Seed) cipher.Stream {
	block, err := aes.NewCipher(seed[:])
	if err != nil {
		panic(err) // a seed has the length of a key
	}
	return cipher.NewCTR(block, make([]byte, aes.BlockSize))
}

// row returns the leaf of the next row.
// Errors: event.ErrNotCanonical.
func (h *hasher) row(row []byte) (Hash, error) {
	h.count++
	if err := h.cut(row); err != nil {
		return Hash{}, fmt.Errorf("row %d: %w", h.count, err)
	}
	clear(h.salts[:])
	h.stream.XORKeyStream(h.salts[:], h.salts[:])
	for p := Subject; p < NumParts; p++ {
		h.room = appendPart(h.room[:0], h.salt(p), h.texts[p])
		h.sum.Reset()
		h.sum.Write(h.room)
		h.sum.Sum(h.parts[p][:0])
	}
	h.room = appendLeaf(h.room[:0], &h.parts, h.texts[Event])
	return sha256.Sum256(h.room), nil
}

// salt returns the salt of a part of the last row.
func (h *hasher) salt(p Part) []byte { return h.salts[p*aes.BlockSize : (p+1)*aes.BlockSize] }

func nodeHash(left, right Hash) Hash {
	var data [1 + 2*sha256.Size]byte
	data[0] = 1
	copy(data[1:], left[:])
	copy(data[1+sha256.Size:], right[:])
	return sha256.Sum256(data[:])
}

// edge holds the whole subtrees at the right of a growing tree, largest first.
type edge struct {
	count uint64
	nodes []Hash
}

// add adds the root of a subtree of rows, a power of two that divides the count.
func (e *edge) add(h Hash, rows uint64) {
	at := e.count / rows
	e.count += rows
	for ; at&1 == 1; at >>= 1 {
		h = nodeHash(e.nodes[len(e.nodes)-1], h)
		e.nodes = e.nodes[:len(e.nodes)-1]
	}
	e.nodes = append(e.nodes, h)
}

// root returns the root of the tree; that of no rows is SHA-256 of nothing.
func (e *edge) root() Hash {
	if len(e.nodes) == 0 {
		return sha256.Sum256(nil)
	}
	h := e.nodes[len(e.nodes)-1]
	for i := len(e.nodes) - 2; i >= 0; i-- {
		h = nodeHash(e.nodes[i], h)
	}
	return h
}

// Commit returns the commitment of the rows of a file of events.
// Errors: event.ErrNotCanonical, also for another header.
func Commit(seed *Seed, file io.Reader) (Commitment, error) {
	e, h := new(edge), newHasher(seed)
	err := eachRow(file, func(_ uint64, row []byte) error {
		leaf, err := h.row(row)
		e.add(leaf, 1)
		return err
	})
	return Commitment{Root: e.root(), Count: e.count}, err
}

// eachRow calls f for every row of a file of events.
func eachRow(file io.Reader, f func(index uint64, row []byte) error) error {
	lines := event.NewLines(file)
	first, err := lines.Next()
	if err != nil {
		return fmt.Errorf("header: %w", err)
	}
	if err := checkHeader(first); err != nil {
		return err
	}
	for index := uint64(0); ; index++ {
		row, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f(index, row); err != nil {
			return err
		}
	}
}

// header is the first line of a file of events.
var header = strings.Join(event.Columns(), ",")

// checkHeader wants the columns of a file of events, since the parts are cut from them.
func checkHeader(line []byte) error {
	if string(line) != header {
		return fmt.Errorf("%w: the file does not begin with the columns of events", event.ErrNotCanonical)
	}
	return nil
}

// half returns the largest power of two below n, for n > 1.
func half(n uint64) uint64 { return 1 << (bits.Len64(n-1) - 1) }
