package store

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/tlog"

	"custos.example/ledger"
)

// checkTree computes the tree from the commitments, without the code that made
// it, and compares every node with it, and the root with the checkpoint given.
func (f *fsck) checkTree(ctx context.Context) error {
	t := &naiveTree{}
	compared, gap := int64(0), false
	err := f.store.walk(ctx, f.ask, func(rows []entryRow, _, _ int64) error {
		var nodes []ledger.Digest
		for i := range rows {
			if gap = gap || uint64(rows[i].Index) != t.size; gap {
				break // the rows are named already; over a gap there is no tree
			}
			nodes = append(nodes, t.add(rows[i].Commitment.LeafHash())...)
			if t.size == f.options.From.Size && t.root() != f.options.From.Root {
				f.find("store", "", fmt.Sprintf("the first %d entries are not those of the checkpoint", t.size), doLonger)
			}
		}
		if f.store.config.ExternalTree {
			return nil
		}
		first := compared
		compared += int64(len(nodes))
		return f.compareNodes(ctx, first, nodes)
	})
	if err != nil {
		return err
	}
	f.report.Root, f.report.Size = t.root(), t.size
	if f.options.From.Size > t.size {
		f.find("store", "", fmt.Sprintf("the checkpoint covers %d entries and the log has %d", f.options.From.Size, t.size), doLonger)
	}
	if gap {
		return nil
	}
	extra, err := count(ctx, f.ask, `SELECT COUNT(*) FROM nodes WHERE idx >= $1 OR idx < 0`, compared)
	if extra > 0 {
		f.find(fmt.Sprintf("nodes index %d and above", compared), "idx", fmt.Sprintf("%d nodes that no entry stands under", extra), doRestore)
	}
	return err
}

func (f *fsck) compareNodes(ctx context.Context, first int64, want []ledger.Digest) error {
	next := first
	missing := func(end int64) { // within one page: never many
		for ; next < end; next++ {
			f.find(whereNode(next), "", "the row is missing", doRestore)
		}
	}
	text := `SELECT idx, hash FROM nodes WHERE idx >= $1 AND idx < $2 ORDER BY idx`
	err := f.ask(ctx, question{text, []any{first, first + int64(len(want))}, func(row scanner) error {
		var index int64
		var hash []byte
		if err := row.Scan(&index, &hash); err != nil {
			return err
		}
		missing(index)
		next = index + 1
		if string(hash) != string(want[index-first][:]) {
			f.find(whereNode(index), "hash", "it is not the hash of the leaves under it", doRestore)
		}
		return nil
	}})
	missing(first + int64(len(want)))
	return err
}

// whereNode names a node's row and the leaf that a reader can find it by.
func whereNode(index int64) string {
	level, n := tlog.SplitStoredHashIndex(index)
	return fmt.Sprintf("nodes index %d (level %d, over the leaves from %d)", index, level, n<<level)
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
