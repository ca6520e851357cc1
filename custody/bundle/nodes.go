package bundle

import (
	"crypto/sha256"
	"math/bits"

	"custos.example/ledger"
)

// node is a place in a Merkle tree of RFC 6962: the root of the complete subtree
// over the leaves index<<level to (index+1)<<level - 1.
type node struct {
	level uint
	index uint64
}

// nodes are roots of complete subtrees. They stay the same in every larger tree
// of one history, which is what makes two trees comparable.
type nodes map[node]ledger.Digest

// learn takes in every complete subtree on the way from a leaf to the root of a
// tree of that size.
// Trust: the path was checked before.
// Source: RFC 9162, 2.1.3.2.
func (n nodes) learn(index ledger.Index, leaf ledger.Digest, path []ledger.Digest, size uint64) {
	at, last, level, r := uint64(index), size-1, uint(0), leaf
	keep := func(i uint64, d ledger.Digest) {
		if (i+1)<<level <= size {
			n[node{level, i}] = d
		}
	}
	keep(at, r)
	for _, sibling := range path {
		switch {
		case at%2 == 1:
			keep(at-1, sibling)
			r = parent(sibling, r)
		case at == last: // no sibling to the right until further up
			for at%2 == 0 && at != 0 {
				at, last, level = at>>1, last>>1, level+1
			}
			keep(at-1, sibling)
			r = parent(sibling, r)
		default:
			keep(at+1, sibling)
			r = parent(r, sibling)
		}
		at, last, level = at>>1, last>>1, level+1
		keep(at, r)
	}
}

// root returns the root of the tree of the first size leaves, if every complete
// subtree that it consists of is known.
func (n nodes) root(size uint64) (ledger.Digest, bool) {
	var parts []ledger.Digest
	for from := uint64(0); from < size; {
		level := uint(bits.Len64(size-from)) - 1
		part, known := n[node{level, from >> level}]
		if !known {
			return ledger.Digest{}, false
		}
		parts, from = append(parts, part), from+1<<level
	}
	if len(parts) == 0 {
		return ledger.Digest{}, false
	}
	r := parts[len(parts)-1]
	for i := len(parts) - 2; i >= 0; i-- {
		r = parent(parts[i], r)
	}
	return r, true
}

// parent returns the hash of a node over two others. Source: RFC 6962, 2.1.
func parent(left, right ledger.Digest) ledger.Digest {
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}

// nodes returns what the bundle's own audit paths tell of its tree.
func (c *checker) nodes() nodes {
	n, size := nodes{}, c.paths.Size
	paths := map[ledger.Index][]ledger.Digest{}
	for _, p := range c.paths.Paths {
		paths[p.Index] = p.Path
	}
	for _, l := range c.others() {
		n.learn(l.link.Index, l.link.Commitment.LeafHash(), paths[l.link.Index], size)
	}
	own := c.work.Links[len(c.work.Links)-1]
	n.learn(c.receipt.Index, own.Commitment.LeafHash(), c.receipt.Path, size)
	return n
}
