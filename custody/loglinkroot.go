package custody

import (
	"crypto/sha256"
	"math/bits"

	"custos.example/ledger"
)

// leafHashes are the hashes of leaves as the tree has them.
func leafHashes(leaves []ledger.Commitment) []ledger.Digest {
	hashes := make([]ledger.Digest, len(leaves))
	for i, leaf := range leaves {
		hashes[i] = leaf.LeafHash()
	}
	return hashes
}

// rootOf is the root of the tree of these leaves.
// Source: RFC 6962 section 2.1.
func rootOf(hashes []ledger.Digest) ledger.Digest {
	switch len(hashes) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return hashes[0]
	}
	left, right := halves(hashes)
	return parent(rootOf(left), rootOf(right))
}

// pathOf is the audit path of a leaf, from the leaf upwards.
// Source: RFC 6962 section 2.1.1.
func pathOf(hashes []ledger.Digest, index int) []ledger.Digest {
	if len(hashes) < 2 {
		return []ledger.Digest{}
	}
	left, right := halves(hashes)
	if index < len(left) {
		return append(pathOf(left, index), rootOf(right))
	}
	return append(pathOf(right, index-len(left)), rootOf(left))
}

// halves splits before the largest power of two that is less than the number of
// leaves.
func halves(hashes []ledger.Digest) (left, right []ledger.Digest) {
	k := 1 << (bits.Len(uint(len(hashes)-1)) - 1)
	return hashes[:k], hashes[k:]
}

func parent(left, right ledger.Digest) ledger.Digest {
	const node = 0x01
	return sha256.Sum256(append(append([]byte{node}, left[:]...), right[:]...))
}

// common is how many leaves two histories begin with together.
func common(a, b []ledger.Commitment) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
