package parts

import (
	"crypto/sha256"

	"custos.example/ledger"
)

// Tree is the Merkle tree over the digests of a pack's parts.
// Source: RFC 6962, section 2.1; a leaf is the SHA-256 of a part's content.
type Tree struct{ levels [][]ledger.Digest }

// NewTree returns the tree over the digests of the parts in order.
func NewTree(digests []ledger.Digest) Tree {
	level := make([]ledger.Digest, len(digests))
	for i, d := range digests {
		level[i] = leaf(d)
	}
	t := Tree{levels: [][]ledger.Digest{level}}
	for len(level) > 1 {
		above := make([]ledger.Digest, 0, (len(level)+1)/2)
		for i := 0; i+1 < len(level); i += 2 {
			above = append(above, node(level[i], level[i+1]))
		}
		if len(level)%2 == 1 {
			above = append(above, level[len(level)-1]) // it has no neighbour and goes up as it is
		}
		level = above
		t.levels = append(t.levels, level)
	}
	return t
}

// Root returns the root; that of no parts is the digest of nothing.
func (t Tree) Root() ledger.Digest {
	top := t.levels[len(t.levels)-1]
	if len(top) == 0 {
		return sha256.Sum256(nil)
	}
	return top[0]
}

// Path returns the audit path of a part, from its neighbour upwards.
// Units: number counts from 1.
func (t Tree) Path(number uint64) []ledger.Digest {
	path := []ledger.Digest{}
	at := number - 1
	for _, level := range t.levels[:len(t.levels)-1] {
		if beside := at ^ 1; beside < uint64(len(level)) {
			path = append(path, level[beside])
		}
		at /= 2
	}
	return path
}

func leaf(d ledger.Digest) ledger.Digest { return sha256.Sum256(append([]byte{0}, d[:]...)) }

func node(left, right ledger.Digest) ledger.Digest {
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}
