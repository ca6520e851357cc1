// Package sqltree owns the tree that lives inside somebody else's transaction:
// it computes which nodes a batch of leaves adds, and roots and proofs from
// stored nodes. The nodes are numbered as golang.org/x/mod/sumdb/tlog numbers
// stored hashes, so that one dense, append-only column of hashes is the tree.
//
// It holds no SQL, takes no lock and commits nothing: the caller's transaction
// makes a batch happen wholly or not at all, together with the entries.
package sqltree

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"custos.example/ledger"
	"custos.example/ledger/tree"
)

// chunk is how many nodes are asked for at once, so that a question about a
// large range stays within what databases accept as parameters.
const chunk = 4096

// Nodes is a dense, append-only list of node hashes, numbered from 0.
type Nodes interface {
	// ReadNodes returns the hashes at these numbers, in their order. A number
	// that is not stored is an error, never a zero hash.
	ReadNodes(ctx context.Context, indexes []int64) ([]ledger.Digest, error)
	// AppendNodes stores hashes at first, first+1, ... and refuses to replace
	// one that is stored.
	AppendNodes(ctx context.Context, first int64, hashes []ledger.Digest) error
}

// Append adds leaves to a tree of size leaves whose nodes are given.
//
// Shape: leaves are leaf data; leaves[0] gets the index size.
// Durability: that of the caller's transaction.
// Errors: tree.ErrLeaf, tree.ErrRange, and those of nodes.
func Append(ctx context.Context, nodes Nodes, size uint64, leaves [][]byte) error {
	if err := tree.CheckAppend(size, size, leaves); err != nil {
		return err
	}
	if len(leaves) == 0 {
		return nil
	}
	grown, err := newGrowth(ctx, nodes, size)
	if err != nil {
		return err
	}
	for i, leaf := range leaves {
		n := int64(size) + int64(i)
		added, err := tlog.StoredHashesForRecordHash(n, tlog.RecordHash(leaf), grown)
		if err != nil {
			return fmt.Errorf("nodes of leaf %d: %w", n, err)
		}
		grown.added = append(grown.added, added...)
	}
	hashes := make([]ledger.Digest, len(grown.added))
	for i, h := range grown.added {
		hashes[i] = ledger.Digest(h)
	}
	if err := nodes.AppendNodes(ctx, grown.first, hashes); err != nil {
		return fmt.Errorf("store %d nodes at %d: %w", len(hashes), grown.first, err)
	}
	return nil
}

// Root returns the root of the first size leaves.
// Errors: tree.ErrRange, and those of nodes when the tree has fewer leaves.
func Root(ctx context.Context, nodes Nodes, size uint64) (ledger.Digest, error) {
	if size > tree.MaxSize {
		return ledger.Digest{}, fmt.Errorf("%w: size %d", tree.ErrRange, size)
	}
	root, err := tlog.TreeHash(int64(size), reader(ctx, nodes))
	if err != nil {
		return ledger.Digest{}, fmt.Errorf("root of %d leaves: %w", size, err)
	}
	return ledger.Digest(root), nil
}

// Inclusion returns the audit path of the leaf at index under the root of the
// first size leaves.
// Errors: tree.ErrRange, and those of nodes when the tree has fewer leaves.
func Inclusion(ctx context.Context, nodes Nodes, index, size uint64) ([]ledger.Digest, error) {
	if err := tree.CheckIndex(index, size, tree.MaxSize); err != nil {
		return nil, err
	}
	proof, err := tlog.ProveRecord(int64(size), int64(index), reader(ctx, nodes))
	if err != nil {
		return nil, fmt.Errorf("inclusion of leaf %d in %d: %w", index, size, err)
	}
	return digests(proof), nil
}

// Consistency returns the proof that the root of the first to leaves extends
// the root of the first from leaves; it is empty when from is 0 or to.
// Errors: tree.ErrRange, and those of nodes when the tree has fewer leaves.
func Consistency(ctx context.Context, nodes Nodes, from, to uint64) ([]ledger.Digest, error) {
	if err := tree.CheckRange(from, to, tree.MaxSize); err != nil {
		return nil, err
	}
	if from == 0 || from == to {
		return nil, nil
	}
	proof, err := tlog.ProveTree(int64(to), int64(from), reader(ctx, nodes))
	if err != nil {
		return nil, fmt.Errorf("consistency from %d to %d: %w", from, to, err)
	}
	return digests(proof), nil
}

// LeafHashes returns the hashes of the leaves from, ..., to-1.
// Errors: tree.ErrRange, and those of nodes when the tree has fewer leaves.
func LeafHashes(ctx context.Context, nodes Nodes, from, to uint64) ([]ledger.Digest, error) {
	if err := tree.CheckRange(from, to, tree.MaxSize); err != nil {
		return nil, err
	}
	out := make([]ledger.Digest, 0, to-from)
	for at := from; at < to; at += chunk {
		indexes := make([]int64, 0, min(chunk, to-at))
		for i := at; i < min(at+chunk, to); i++ {
			indexes = append(indexes, tlog.StoredHashIndex(0, int64(i)))
		}
		hashes, err := read(ctx, nodes, indexes)
		if err != nil {
			return nil, fmt.Errorf("leaf hashes from %d to %d: %w", from, to, err)
		}
		out = append(out, hashes...)
	}
	return out, nil
}

// read asks for nodes and makes sure that an answer has one hash for each.
func read(ctx context.Context, nodes Nodes, indexes []int64) ([]ledger.Digest, error) {
	hashes, err := nodes.ReadNodes(ctx, indexes)
	if err != nil {
		return nil, err
	}
	if len(hashes) != len(indexes) {
		return nil, fmt.Errorf("%w: asked for %d nodes, got %d", tree.ErrIntegrity, len(indexes), len(hashes))
	}
	return hashes, nil
}

// reader lets tlog read stored nodes.
func reader(ctx context.Context, nodes Nodes) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		if len(indexes) == 0 {
			return nil, nil
		}
		hashes, err := read(ctx, nodes, indexes)
		if err != nil {
			return nil, err
		}
		out := make([]tlog.Hash, len(hashes))
		for i, h := range hashes {
			out[i] = tlog.Hash(h)
		}
		return out, nil
	})
}

func digests(hashes []tlog.Hash) []ledger.Digest {
	out := make([]ledger.Digest, len(hashes))
	for i, h := range hashes {
		out[i] = ledger.Digest(h)
	}
	return out
}
