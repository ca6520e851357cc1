package treetest

import (
	"crypto/sha256"

	"custos.example/ledger"
)

// naive is a tree as RFC 6962 section 2.1 defines it, computed by recursion
// from the leaves and by nothing else. It shares no code with any engine.
type naive struct {
	hashes []ledger.Digest // of the leaves
}

func (n *naive) add(leaf []byte) {
	n.hashes = append(n.hashes, ledger.Digest(sha256.Sum256(append([]byte{0x00}, leaf...))))
}

// root is MTH(D[size]).
func (n *naive) root(size uint64) ledger.Digest { return subtree(n.hashes[:size]) }

// inclusion is PATH(index, D[size]).
func (n *naive) inclusion(index, size uint64) []ledger.Digest { return path(index, n.hashes[:size]) }

// consistency is PROOF(from, D[to]), or nothing when from is 0 or to.
func (n *naive) consistency(from, to uint64) []ledger.Digest {
	if from == 0 || from == to {
		return nil
	}
	return proof(from, n.hashes[:to], true)
}

func subtree(leaves []ledger.Digest) ledger.Digest {
	switch len(leaves) {
	case 0:
		return ledger.Digest(sha256.Sum256(nil))
	case 1:
		return leaves[0]
	}
	k := split(len(leaves))
	left, right := subtree(leaves[:k]), subtree(leaves[k:])
	return ledger.Digest(sha256.Sum256(append(append([]byte{0x01}, left[:]...), right[:]...)))
}

func path(index uint64, leaves []ledger.Digest) []ledger.Digest {
	if len(leaves) <= 1 {
		return nil
	}
	k := split(len(leaves))
	if index < uint64(k) {
		return append(path(index, leaves[:k]), subtree(leaves[k:]))
	}
	return append(path(index-uint64(k), leaves[k:]), subtree(leaves[:k]))
}

// proof is SUBPROOF(from, leaves, whole).
func proof(from uint64, leaves []ledger.Digest, whole bool) []ledger.Digest {
	if from == uint64(len(leaves)) {
		if whole {
			return nil
		}
		return []ledger.Digest{subtree(leaves)}
	}
	k := split(len(leaves))
	if from <= uint64(k) {
		return append(proof(from, leaves[:k], whole), subtree(leaves[k:]))
	}
	return append(proof(from-uint64(k), leaves[k:], false), subtree(leaves[:k]))
}

// split is the largest power of two below n, for n > 1.
func split(n int) int {
	k := 1
	for k*2 < n {
		k *= 2
	}
	return k
}
