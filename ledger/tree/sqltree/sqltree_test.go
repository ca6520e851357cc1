package sqltree_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"custos.example/ledger"
	"custos.example/ledger/tree"
	"custos.example/ledger/tree/sqltree"
	"custos.example/ledger/tree/treetest"
)

func TestConformance(t *testing.T) {
	treetest.Run(t, func(t *testing.T) treetest.Fixture {
		t.Helper()
		return at(filepath.Join(t.TempDir(), "tree.db"))
	})
}

// TestEdgeReadsOnce shows that a batch asks for old nodes once, at most one for
// each bit of the size, whatever its length.
func TestEdgeReadsOnce(t *testing.T) {
	for _, size := range []uint64{0, 1, 2, 3, 255, 256, 257, 1000, 4095} {
		f := openTemporary(t)
		if err := f.Append(t.Context(), 0, treetest.Leaves(0, size)); err != nil {
			t.Fatal(err)
		}
		counted := &counting{Nodes: nodes{f.db}}
		if err := sqltree.Append(t.Context(), counted, size, treetest.Leaves(size, size+700)); err != nil {
			t.Fatal(err)
		}
		if counted.reads > 1 || counted.read > 63 {
			t.Errorf("a batch at %d read %d nodes in %d questions", size, counted.read, counted.reads)
		}
		if want := tlog.StoredHashCount(int64(size) + 700); counted.end != want {
			t.Errorf("a batch at %d ended at node %d, want %d", size, counted.end, want)
		}
	}
}

// TestShortAnswer shows that an answer with fewer nodes than asked for, and a
// failing store, are errors and never another root.
func TestShortAnswer(t *testing.T) {
	f := openTemporary(t)
	if err := f.Append(t.Context(), 0, treetest.Leaves(0, 100)); err != nil {
		t.Fatal(err)
	}
	failure := errors.New("disk on fire")
	for name, broken := range map[string]struct {
		nodes sqltree.Nodes
		want  error
	}{
		"short":   {&short{nodes{f.db}}, tree.ErrIntegrity},
		"failing": {&failing{nodes{f.db}, failure}, failure},
	} {
		_, err := sqltree.Root(t.Context(), broken.nodes, 100)
		want(t, err, broken.want, name+" root")
		_, err = sqltree.Inclusion(t.Context(), broken.nodes, 7, 99)
		want(t, err, broken.want, name+" inclusion")
		_, err = sqltree.Consistency(t.Context(), broken.nodes, 7, 99)
		want(t, err, broken.want, name+" consistency")
		_, err = sqltree.LeafHashes(t.Context(), broken.nodes, 7, 99)
		want(t, err, broken.want, name+" leaf hashes")
		err = sqltree.Append(t.Context(), broken.nodes, 100, treetest.Leaves(100, 101))
		want(t, err, broken.want, name+" append")
	}
	if _, err := sqltree.Root(t.Context(), nodes{f.db}, 100); err != nil {
		t.Fatalf("the whole store must answer: %v", err)
	}
}

// TestBeyond shows that nodes that are not there are an error.
func TestBeyond(t *testing.T) {
	f := openTemporary(t)
	if err := f.Append(t.Context(), 0, treetest.Leaves(0, 10)); err != nil {
		t.Fatal(err)
	}
	_, err := sqltree.Root(t.Context(), nodes{f.db}, 11)
	want(t, err, tree.ErrIntegrity, "root beyond the nodes")
	_, err = sqltree.Root(t.Context(), nodes{f.db}, 1<<63)
	want(t, err, tree.ErrRange, "root of an impossible size")
	err = sqltree.Append(t.Context(), nodes{f.db}, tree.MaxSize, treetest.Leaves(0, 1))
	want(t, err, tree.ErrRange, "append to a full tree")
	// a size that is too small writes over stored nodes, which the store refuses
	if err := sqltree.Append(t.Context(), nodes{f.db}, 9, treetest.Leaves(9, 12)); err == nil {
		t.Fatal("nodes were written twice")
	}
}

func want(t *testing.T, got, want error, what string) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

type counting struct {
	sqltree.Nodes
	reads, read int
	end         int64
}

func (c *counting) ReadNodes(ctx context.Context, indexes []int64) ([]ledger.Digest, error) {
	c.reads++
	c.read += len(indexes)
	return c.Nodes.ReadNodes(ctx, indexes)
}

func (c *counting) AppendNodes(ctx context.Context, first int64, hashes []ledger.Digest) error {
	c.end = first + int64(len(hashes))
	return c.Nodes.AppendNodes(ctx, first, hashes)
}

type short struct{ sqltree.Nodes }

func (s *short) ReadNodes(ctx context.Context, indexes []int64) ([]ledger.Digest, error) {
	return s.Nodes.ReadNodes(ctx, indexes[:len(indexes)-1])
}

type failing struct {
	sqltree.Nodes
	err error
}

func (f *failing) ReadNodes(context.Context, []int64) ([]ledger.Digest, error) { return nil, f.err }
