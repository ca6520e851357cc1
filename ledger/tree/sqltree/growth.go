package sqltree

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"custos.example/ledger/tree"
)

// growth answers what one batch asks about the tree it is added to: the roots
// of the complete subtrees at its right edge (read once, before the first leaf)
// and the nodes that the batch itself has added.
type growth struct {
	first int64               // number of the first node to add
	edge  map[int64]tlog.Hash // by node number
	added []tlog.Hash         // first, first+1, ...
}

func newGrowth(ctx context.Context, nodes Nodes, size uint64) (*growth, error) {
	indexes := edge(int64(size))
	g := &growth{first: tlog.StoredHashIndex(0, int64(size)), edge: make(map[int64]tlog.Hash, len(indexes))}
	if len(indexes) == 0 {
		return g, nil
	}
	hashes, err := read(ctx, nodes, indexes)
	if err != nil {
		return nil, fmt.Errorf("right edge of %d leaves: %w", size, err)
	}
	for i, index := range indexes {
		g.edge[index] = tlog.Hash(hashes[i])
	}
	return g, nil
}

// ReadHashes returns the nodes that completing a subtree needs.
// Errors: tree.ErrIntegrity for any other node, which cannot be needed.
func (g *growth) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= g.first && index-g.first < int64(len(g.added)) {
			out[i] = g.added[index-g.first]
			continue
		}
		h, ok := g.edge[index]
		if !ok {
			return nil, fmt.Errorf("%w: node %d is not at the edge", tree.ErrIntegrity, index)
		}
		out[i] = h
	}
	return out, nil
}

// edge returns the node numbers of the complete subtrees that the first size
// leaves fall into, from left to right: one for each bit set in size.
func edge(size int64) []int64 {
	var out []int64
	done := int64(0)
	for level := 62; level >= 0; level-- {
		if width := int64(1) << level; size&width != 0 {
			out = append(out, tlog.StoredHashIndex(level, done>>level))
			done += width
		}
	}
	return out
}
