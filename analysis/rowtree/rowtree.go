// Package rowtree owns the tree of salted row commitments: one digest for all
// rows of a canonical file, under which a part of the rows can be served with
// proof that each is original, and with a count of those that are not shown.
//
//	salt      = AES-256(seed, u128be(index))     one block; index from 0, in file order
//	leaf data = "custos/row/v1\n" || salt || row  row without its LF
//	leaf hash = SHA-256(0x00 || leaf data), node = SHA-256(0x01 || left || right)
//
// The tree is that of RFC 6962, section 2.1. Without a row's salt nobody can
// find the row by trying what it may say.
//
// It never keeps the rows, and never more of the tree than its right edge and
// the nodes that were asked for.
package rowtree

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"slices"

	"custos.example/analysis/event"
)

// Hash is a SHA-256 digest of this tree.
type Hash [sha256.Size]byte

// Seed is the secret from which the salts of all rows follow. Its owner keeps it
// as long as the rows.
type Seed [32]byte

// Salt is a row's own secret.
type Salt [aes.BlockSize]byte

// ErrNotProved is returned for a row that a proof does not tie to a commitment.
var ErrNotProved = errors.New("row is not proved")

// ErrNoRow is returned when a proof is asked for a row that is not there.
var ErrNoRow = errors.New("no such row")

const rowTag = "custos/row/v1\n"

// Commitment stands for all rows of a file.
type Commitment struct {
	Root  Hash
	Count uint64
}

// Proof ties one row to a commitment.
// Shape: Index from 0; Path from the leaf upwards, as RFC 6962 section 2.1.1.
type Proof struct {
	Index uint64
	Row   []byte
	Salt  Salt
	Path  []Hash
}

// hasher makes the salts and leaves of rows; it is used by one goroutine.
type hasher struct {
	salts cipher.Block
	index Salt
	made  Salt
	leaf  []byte // room for the bytes of one leaf
}

func newHasher(seed *Seed) *hasher {
	block, err := aes.NewCipher(seed[:])
	if err != nil {
		panic(err) // a seed has the length of a key
	}
	return &hasher{salts: block}
}

// salt returns the salt of a row.
func (h *hasher) salt(index uint64) Salt {
	binary.BigEndian.PutUint64(h.index[aes.BlockSize-8:], index)
	h.salts.Encrypt(h.made[:], h.index[:])
	return h.made
}

func (h *hasher) leafHash(salt Salt, row []byte) Hash {
	h.leaf = append(append(append(append(h.leaf[:0], 0), rowTag...), salt[:]...), row...)
	return sha256.Sum256(h.leaf)
}

func nodeHash(left, right Hash) Hash {
	var data [1 + 2*sha256.Size]byte
	data[0] = 1
	copy(data[1:], left[:])
	copy(data[1+sha256.Size:], right[:])
	return sha256.Sum256(data[:])
}

// place is a whole subtree: the 2^level leaves from index << level.
type place struct {
	level int
	index uint64
}

// edge holds the whole subtrees at the right of a growing tree, largest first.
type edge struct {
	count uint64
	nodes []Hash
	want  map[place]Hash // subtrees to be kept, when there are any
}

func (e *edge) add(leaf Hash) {
	at := e.count
	e.count++
	h := leaf
	for level := 0; ; level++ {
		if e.want != nil {
			p := place{level, at >> level}
			if _, ok := e.want[p]; ok {
				e.want[p] = h
			}
		}
		if at>>level&1 == 0 {
			break
		}
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

// Commit returns the commitment of the rows of a canonical CSV file, which
// begins with a header that is no row.
// Errors: event.ErrNotCanonical.
func Commit(seed *Seed, file io.Reader) (Commitment, error) {
	e := new(edge)
	err := eachRow(file, func(index uint64, row []byte, h *hasher) { e.add(h.leafHash(h.salt(index), row)) }, seed)
	return Commitment{Root: e.root(), Count: e.count}, err
}

func eachRow(file io.Reader, use func(index uint64, row []byte, h *hasher), seed *Seed) error {
	lines := event.NewLines(file)
	if _, err := lines.Next(); err != nil {
		return fmt.Errorf("header: %w", err)
	}
	h := newHasher(seed)
	for index := uint64(0); ; index++ {
		row, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		use(index, row, h)
	}
}

// Prove returns the commitment and a proof for each row asked for, in the order
// of their index. It reads the file once and keeps a few hashes a proof.
// Shape: count is the number of rows in the file, known from its commitment.
// Errors: ErrNoRow for an index that is not below count, or when the file has
// another number of rows; event.ErrNotCanonical.
func Prove(seed *Seed, file io.Reader, count uint64, indexes []uint64) (Commitment, []Proof, error) {
	wanted := slices.Clone(indexes)
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	e := &edge{want: map[place]Hash{}}
	for _, i := range wanted {
		if i >= count {
			return Commitment{}, nil, fmt.Errorf("%w: index %d of %d", ErrNoRow, i, count)
		}
		for _, part := range siblings(i, count) {
			for _, p := range part {
				e.want[p] = Hash{}
			}
		}
	}
	proofs := make([]Proof, 0, len(wanted))
	err := eachRow(file, func(index uint64, row []byte, h *hasher) {
		salt := h.salt(index)
		if n := len(proofs); n < len(wanted) && wanted[n] == index {
			proofs = append(proofs, Proof{Index: index, Row: slices.Clone(row), Salt: salt})
		}
		e.add(h.leafHash(salt, row))
	}, seed)
	if err != nil {
		return Commitment{}, nil, err
	}
	if e.count != count {
		return Commitment{}, nil, fmt.Errorf("%w: the file has %d rows, %d were stated", ErrNoRow, e.count, count)
	}
	for i := range proofs {
		for _, part := range siblings(proofs[i].Index, count) {
			h := e.want[part[len(part)-1]]
			for k := len(part) - 2; k >= 0; k-- {
				h = nodeHash(e.want[part[k]], h)
			}
			proofs[i].Path = append(proofs[i].Path, h)
		}
	}
	return Commitment{Root: e.root(), Count: e.count}, proofs, nil
}

// siblings returns, from the leaf upwards, the siblings on a leaf's way to the
// root, each as the whole subtrees of which it consists, from left to right.
func siblings(index, count uint64) [][]place {
	var path [][]place
	from, to := uint64(0), count
	for to-from > 1 {
		split := from + half(to-from)
		if index < split {
			path = append(path, whole(split, to))
			to = split
		} else {
			path = append(path, whole(from, split))
			from = split
		}
	}
	slices.Reverse(path)
	return path
}

// half returns the largest power of two below n, for n > 1.
func half(n uint64) uint64 { return 1 << (bits.Len64(n-1) - 1) }

// whole cuts the leaves [from, to) into whole subtrees; from is a multiple of
// each of their sizes.
func whole(from, to uint64) []place {
	var parts []place
	for from < to {
		level := bits.Len64(to-from) - 1
		parts = append(parts, place{level, from >> level})
		from += 1 << level
	}
	return parts
}

// Verify returns nil when a proof ties its row to the commitment.
// Errors: ErrNotProved.
// Trust: none; a path of any length and content may be given.
func (c Commitment) Verify(p Proof) error {
	if p.Index >= c.Count {
		return fmt.Errorf("%w: index %d of %d", ErrNotProved, p.Index, c.Count)
	}
	h := new(hasher).leafHash(p.Salt, p.Row)
	at, last := p.Index, c.Count-1
	for _, sibling := range p.Path {
		if last == 0 {
			return fmt.Errorf("%w: the path is too long", ErrNotProved)
		}
		if at&1 == 1 || at == last {
			h = nodeHash(sibling, h)
			for at&1 == 0 && at != 0 {
				at, last = at>>1, last>>1
			}
		} else {
			h = nodeHash(h, sibling)
		}
		at, last = at>>1, last>>1
	}
	if last != 0 {
		return fmt.Errorf("%w: the path is too short", ErrNotProved)
	}
	if h != c.Root {
		return fmt.Errorf("%w: row %d does not lead to the root", ErrNotProved, p.Index)
	}
	return nil
}
