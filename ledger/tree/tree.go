// Package tree owns the question "which tree stands over these leaves": it
// declares Engine, the few methods that every Merkle tree of custos offers, and
// the errors that they share.
//
// All engines build the same tree (RFC 6962 over the leaf data, in the order of
// the log's index), so that roots, proofs and checkpoints are byte-identical
// whichever engine made them. An engine never gives an order to entries, never
// signs, never decides what is in the log: it is handed numbered leaves.
package tree

import (
	"context"
	"fmt"

	"custos.example/ledger"
)

// MaxLeaf is the size of the largest leaf.
// Units: bytes. Source: C2SP tlog-tiles, where an entry's length is a uint16.
const MaxLeaf = 1<<16 - 1

// MaxSize is the largest number of leaves that an engine accepts.
// Units: leaves. It keeps every node number of a stored tree within an int64.
const MaxSize = 1 << 61

// Engine is a Merkle tree over numbered leaves.
//
// Every method may be called by several goroutines at once. Sizes and indexes
// beyond the tree are answered with ErrRange, never with a shorter answer.
type Engine interface {
	// Size returns the number of leaves that Root can be asked about.
	// Durability: it never goes back over a restart.
	// Errors: ErrShrink when it is below what this engine has said before.
	Size(ctx context.Context) (uint64, error)

	// Append adds leaves at the end of the tree. It adds all of them or none.
	// Shape: leaves are leaf data, not hashes; leaves[0] gets the index first.
	// Durability: the leaves are in the tree, on disk, when it returns nil.
	// Errors: ErrGap when first is not the size, ErrLeaf for a leaf that cannot
	// be held, ErrFrozen when the tree takes no more leaves, ErrIntegrity when
	// another leaf already stands at one of the indexes.
	Append(ctx context.Context, first uint64, leaves [][]byte) error

	// Root returns the root of the first size leaves. The root of no leaves is
	// SHA-256 of nothing.
	Root(ctx context.Context, size uint64) (ledger.Digest, error)

	// Inclusion returns the audit path of the leaf at index under the root of
	// the first size leaves, from the leaf upwards.
	// Source: RFC 6962 section 2.1.1.
	Inclusion(ctx context.Context, index, size uint64) ([]ledger.Digest, error)

	// Consistency returns the proof that the root of the first to leaves extends
	// the root of the first from leaves. It is empty when from is 0 or to.
	// Source: RFC 6962 section 2.1.2.
	Consistency(ctx context.Context, from, to uint64) ([]ledger.Digest, error)

	// LeafHashes returns the hashes of the leaves from, ..., to-1.
	LeafHashes(ctx context.Context, from, to uint64) ([]ledger.Digest, error)

	// Close gives back what the engine holds. No other method may follow.
	Close() error
}

// CheckAppend returns nil when leaves can be added at first to a tree of size
// leaves.
// Errors: ErrGap, ErrLeaf, ErrRange.
func CheckAppend(size, first uint64, leaves [][]byte) error {
	if first != size {
		return fmt.Errorf("%w: the tree has %d leaves and these start at %d: go on from its size", ErrGap, size, first)
	}
	if size > MaxSize || uint64(len(leaves)) > MaxSize-size {
		return fmt.Errorf("%w: %d leaves and %d more", ErrRange, size, len(leaves))
	}
	for i, leaf := range leaves {
		if len(leaf) == 0 || len(leaf) > MaxLeaf {
			return fmt.Errorf("%w: leaf %d has %d bytes, not 1 to %d", ErrLeaf, first+uint64(i), len(leaf), MaxLeaf)
		}
	}
	return nil
}

// CheckRange returns nil when from <= to <= size.
// Errors: ErrRange.
func CheckRange(from, to, size uint64) error {
	if from > to || to > size {
		return fmt.Errorf("%w: asked for %d to %d of %d leaves", ErrRange, from, to, size)
	}
	return nil
}

// CheckIndex returns nil when index < size <= have, that is when a proof for
// index under the first size of have leaves can exist.
// Errors: ErrRange.
func CheckIndex(index, size, have uint64) error {
	if index >= size || size > have {
		return fmt.Errorf("%w: asked for leaf %d under the first %d of %d leaves", ErrRange, index, size, have)
	}
	return nil
}
