package store

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/transparency-dev/merkle/rfc6962"

	"custos.example/ledger"
)

// checkTree computes the tree from the commitments, without the code that made
// it, and compares every node with it, and the root with the checkpoint given.
func (f *fsck) checkTree(ctx context.Context) error {
	t := &naiveTree{}
	gap := false
	err := f.store.walk(ctx, f.ask, func(rows []entryRow) error {
		for i := range rows {
			e := &rows[i]
			if gap = gap || uint64(e.Index) != t.size; gap {
				return nil // the rows are named already; over a gap there is no tree
			}
			f.checkNodes(e, t.add(e.Commitment.LeafHash()))
			if t.size == f.options.From.Size && t.root() != f.options.From.Root {
				f.find("store", "", fmt.Sprintf("the first %d entries are not those of the checkpoint", t.size), doLonger)
			}
		}
		return nil
	})
	if f.report.Root, f.report.Size = t.root(), t.size; f.options.From.Size > t.size {
		f.find("store", "", fmt.Sprintf("the checkpoint covers %d entries and the log has %d", f.options.From.Size, t.size), doLonger)
	}
	return err
}

// checkNodes compares the nodes in an entry's row with those that it completes.
func (f *fsck) checkNodes(e *entryRow, want []ledger.Digest) {
	if f.store.config.ExternalTree {
		want = nil
	}
	f.at = e
	defer func() { f.at = nil }()
	size := len(ledger.Digest{})
	if len(e.nodes) != len(want)*size {
		f.find(whereEntry(e), "nodes", fmt.Sprintf("there are %d bytes, and the entry completes %d nodes", len(e.nodes), len(want)), doRestore)
		return
	}
	for level := range want {
		if string(e.nodes[level*size:(level+1)*size]) != string(want[level][:]) {
			f.find(whereEntry(e), "nodes", fmt.Sprintf("the node of level %d is not the hash of the leaves under it", level), doRestore)
		}
	}
}

// naiveTree computes RFC 6962 subtrees leaf by leaf.
type naiveTree struct {
	size  uint64
	stack []ledger.Digest // complete subtrees, largest first
}

// add returns the nodes that the leaf completes, lowest first: the order in
// which they are numbered.
func (t *naiveTree) add(leaf ledger.Digest) []ledger.Digest {
	nodes := []ledger.Digest{leaf}
	for n := t.size; n&1 == 1; n >>= 1 {
		left := t.stack[len(t.stack)-1]
		t.stack = t.stack[:len(t.stack)-1]
		nodes = append(nodes, parent(left, nodes[len(nodes)-1]))
	}
	t.stack = append(t.stack, nodes[len(nodes)-1])
	t.size++
	return nodes
}

func (t *naiveTree) root() ledger.Digest {
	if len(t.stack) == 0 {
		return sha256.Sum256(nil)
	}
	root := t.stack[len(t.stack)-1]
	for i := len(t.stack) - 2; i >= 0; i-- {
		root = parent(t.stack[i], root)
	}
	return root
}

func parent(left, right ledger.Digest) ledger.Digest {
	return ledger.Digest(rfc6962.DefaultHasher.HashChildren(left[:], right[:]))
}
