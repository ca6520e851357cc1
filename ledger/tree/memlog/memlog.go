// Package memlog owns an engine that keeps its tree in memory, for tests and
// for tools that rebuild a tree to compare it. What it holds is gone when the
// process ends: it is never the tree of a log that anyone relies on.
package memlog

import (
	"context"
	"fmt"
	"sync"

	"custos.example/ledger"
	"custos.example/ledger/tree"
	"custos.example/ledger/tree/sqltree"
)

// Log is an Engine in memory. The zero Log is an empty tree.
type Log struct {
	mu    sync.RWMutex
	nodes nodes
	size  uint64
}

var _ tree.Engine = (*Log)(nil)

// New returns an empty tree.
func New() *Log { return &Log{} }

// Size returns the number of leaves.
func (l *Log) Size(context.Context) (uint64, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.size, nil
}

// Append adds leaves at first, which must be the size.
func (l *Log) Append(ctx context.Context, first uint64, leaves [][]byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := tree.CheckAppend(l.size, first, leaves); err != nil {
		return err
	}
	if err := sqltree.Append(ctx, &l.nodes, l.size, leaves); err != nil {
		return err
	}
	l.size += uint64(len(leaves))
	return nil
}

// Root returns the root of the first size leaves.
func (l *Log) Root(ctx context.Context, size uint64) (ledger.Digest, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if err := tree.CheckRange(0, size, l.size); err != nil {
		return ledger.Digest{}, err
	}
	return sqltree.Root(ctx, &l.nodes, size)
}

// Inclusion returns the audit path of a leaf.
func (l *Log) Inclusion(ctx context.Context, index, size uint64) ([]ledger.Digest, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if err := tree.CheckIndex(index, size, l.size); err != nil {
		return nil, err
	}
	return sqltree.Inclusion(ctx, &l.nodes, index, size)
}

// Consistency returns the proof that one size extends another.
func (l *Log) Consistency(ctx context.Context, from, to uint64) ([]ledger.Digest, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if err := tree.CheckRange(from, to, l.size); err != nil {
		return nil, err
	}
	return sqltree.Consistency(ctx, &l.nodes, from, to)
}

// LeafHashes returns the hashes of the leaves from, ..., to-1.
func (l *Log) LeafHashes(ctx context.Context, from, to uint64) ([]ledger.Digest, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if err := tree.CheckRange(from, to, l.size); err != nil {
		return nil, err
	}
	return sqltree.LeafHashes(ctx, &l.nodes, from, to)
}

// Close does nothing.
func (l *Log) Close() error { return nil }

// nodes is a list of node hashes.
type nodes struct {
	hashes []ledger.Digest
}

func (n *nodes) ReadNodes(_ context.Context, indexes []int64) ([]ledger.Digest, error) {
	out := make([]ledger.Digest, len(indexes))
	for i, index := range indexes {
		if index < 0 || index >= int64(len(n.hashes)) {
			return nil, fmt.Errorf("%w: no node %d", tree.ErrRange, index)
		}
		out[i] = n.hashes[index]
	}
	return out, nil
}

func (n *nodes) AppendNodes(_ context.Context, first int64, hashes []ledger.Digest) error {
	if first != int64(len(n.hashes)) {
		return fmt.Errorf("%w: nodes at %d after %d", tree.ErrIntegrity, first, len(n.hashes))
	}
	n.hashes = append(n.hashes, hashes...)
	return nil
}
