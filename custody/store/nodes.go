package store

import (
	"context"
	"fmt"
	"math/bits"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"custos.example/ledger"
	"custos.example/ledger/tree"
	"custos.example/ledger/tree/sqltree"
)

// txNodes are the tree's nodes inside the writing transaction.
type txNodes struct{ group *group }

var _ sqltree.Nodes = txNodes{}

// ReadNodes returns the hashes of stored nodes, in the order asked for: the
// right edge, which the group has read already.
func (t txNodes) ReadNodes(ctx context.Context, indexes []int64) ([]ledger.Digest, error) {
	hashes := make([]ledger.Digest, len(indexes))
	for i, index := range indexes {
		hash, ok := t.group.edge[index]
		if !ok {
			return readNodes(indexes, func(q question) error { return t.group.store.session.read(ctx, q) })
		}
		hashes[i] = hash
	}
	return hashes, nil
}

// rightEdge returns the numbers of the nodes over the complete subtrees of size
// leaves: one for each bit set in size.
func rightEdge(size uint64) []int64 {
	var edge []int64
	done := uint64(0)
	for level := 62; level >= 0; level-- {
		if width := uint64(1) << level; size&width != 0 {
			edge = append(edge, tlog.StoredHashIndex(level, signed(done>>level)))
			done += width
		}
	}
	return edge
}

// edge is the right edge of the tree of a size: all that a further leaf needs.
// The writer keeps the one that it made last, and uses it where no other process
// can write and log_head still has that size.
type edge struct {
	size  uint64
	nodes map[int64]ledger.Digest
}

// edgeAfter returns the right edge of size leaves from the one before and the
// new nodes, the first of which has the number first.
func edgeAfter(size uint64, before map[int64]ledger.Digest, first int64, hashes []ledger.Digest) edge {
	indexes := rightEdge(size)
	after := edge{size, make(map[int64]ledger.Digest, len(indexes))}
	for _, index := range indexes {
		if index >= first {
			after.nodes[index] = hashes[index-first]
		} else {
			after.nodes[index] = before[index]
		}
	}
	return after
}

// askEdge reads the right edge of the tree.
func (g *group) askEdge(indexes []int64) question {
	g.edge = make(map[int64]ledger.Digest, len(indexes))
	return askNodes(indexes, g.edge)
}

// AppendNodes gives every new entry the nodes that it completes.
func (t txNodes) AppendNodes(_ context.Context, first int64, hashes []ledger.Digest) error {
	entries := t.group.entries
	if len(entries) == 0 || first != tlog.StoredHashIndex(0, signed(entries[0].Index)) {
		return fmt.Errorf("%w: node %d does not begin the group", tree.ErrIntegrity, first)
	}
	t.group.next = edgeAfter(t.group.size, t.group.edge, first, hashes)
	for i := range entries {
		n := nodesOf(uint64(entries[i].Index))
		if n > len(hashes) {
			return fmt.Errorf("%w: entry %d has no nodes", tree.ErrIntegrity, entries[i].Index)
		}
		for _, h := range hashes[:n] {
			entries[i].nodes = append(entries[i].nodes, h[:]...)
		}
		hashes = hashes[n:]
	}
	if len(hashes) != 0 {
		return fmt.Errorf("%w: %d nodes more than the group has entries for", tree.ErrIntegrity, len(hashes))
	}
	return nil
}

// nodesOf returns how many nodes the entry at an index completes: its leaf, and
// one for every subtree that ends with it.
func nodesOf(index uint64) int { return 1 + bits.TrailingZeros64(index+1) }

// nodeSeat returns the entry in whose row a node stands, and the node's place in it.
func nodeSeat(node int64) (index int64, level int) {
	level, n := tlog.SplitStoredHashIndex(node)
	return (n+1)<<level - 1, level
}

// poolNodes are the committed nodes, read outside any writing.
type poolNodes struct{ store *Store }

var _ sqltree.Nodes = poolNodes{}

// ReadNodes returns the hashes of stored nodes, in the order asked for.
func (p poolNodes) ReadNodes(ctx context.Context, indexes []int64) ([]ledger.Digest, error) {
	return readNodes(indexes, func(q question) error { return p.store.query(ctx, q) })
}

// AppendNodes refuses: only Append adds nodes.
func (p poolNodes) AppendNodes(context.Context, int64, []ledger.Digest) error {
	return fmt.Errorf("%w: nodes are added with entries only", tree.ErrFrozen)
}

func askNodes(nodes []int64, into map[int64]ledger.Digest) question {
	at := map[int64][]int64{} // entry -> nodes wanted of it
	var indexes []int64
	for _, node := range nodes {
		index, _ := nodeSeat(node)
		if at[index] == nil {
			indexes = append(indexes, index)
		}
		at[index] = append(at[index], node)
	}
	list, args := inList(len(indexes), func(i int) any { return indexes[i] })
	return question{`SELECT idx, nodes FROM entries WHERE idx IN ` + list, args, func(row scanner) error {
		var index int64
		var raw []byte
		if err := row.Scan(&index, &raw); err != nil {
			return err
		}
		for _, node := range at[index] {
			var hash ledger.Digest
			_, level := nodeSeat(node)
			if len(raw) < (level+1)*len(hash) {
				return fmt.Errorf("%w: entry %d lacks the node of level %d", tree.ErrIntegrity, index, level)
			}
			copy(hash[:], raw[level*len(hash):])
			into[node] = hash
		}
		return nil
	}}
}

func readNodes(indexes []int64, run func(question) error) ([]ledger.Digest, error) {
	found := make(map[int64]ledger.Digest, len(indexes))
	for some := range slices.Chunk(indexes, maxList) {
		if err := run(askNodes(some, found)); err != nil {
			return nil, err
		}
	}
	hashes := make([]ledger.Digest, len(indexes))
	for i, index := range indexes {
		hash, ok := found[index]
		if !ok {
			return nil, fmt.Errorf("%w: node %d is not stored", tree.ErrIntegrity, index)
		}
		hashes[i] = hash
	}
	return hashes, nil
}

// Log answers the recorder's questions about the tree in the store.
type Log struct{ store *Store }

// Log returns the embedded tree. With Config.ExternalTree ask the engine
// instead: the store has no nodes then.
func (s *Store) Log() *Log { return &Log{s} }

// Size returns the number of leaves.
func (l *Log) Size(ctx context.Context) (uint64, error) { return l.store.Size(ctx) }

// Root returns the root of the first size leaves.
func (l *Log) Root(ctx context.Context, size uint64) (ledger.Digest, error) {
	if err := l.within(ctx, size); err != nil {
		return ledger.Digest{}, err
	}
	return sqltree.Root(ctx, poolNodes{l.store}, size)
}

// Inclusion returns the audit path of a leaf under the first size leaves.
func (l *Log) Inclusion(ctx context.Context, index, size uint64) ([]ledger.Digest, error) {
	if err := l.within(ctx, size); err != nil {
		return nil, err
	}
	return sqltree.Inclusion(ctx, poolNodes{l.store}, index, size)
}

// Consistency returns the proof that the first to leaves extend the first from.
func (l *Log) Consistency(ctx context.Context, from, to uint64) ([]ledger.Digest, error) {
	if err := l.within(ctx, to); err != nil {
		return nil, err
	}
	return sqltree.Consistency(ctx, poolNodes{l.store}, from, to)
}

// LeafHashes returns the hashes of the leaves from, ..., to-1.
func (l *Log) LeafHashes(ctx context.Context, from, to uint64) ([]ledger.Digest, error) {
	if err := l.within(ctx, to); err != nil {
		return nil, err
	}
	return sqltree.LeafHashes(ctx, poolNodes{l.store}, from, to)
}

// within keeps a question beyond the tree from looking like damage to it.
func (l *Log) within(ctx context.Context, size uint64) error {
	have, err := l.store.Size(ctx)
	if err != nil {
		return err
	}
	return tree.CheckRange(0, size, have)
}
