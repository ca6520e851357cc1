// Package treetest owns the one conformance suite that every tree engine
// passes. What an engine must do is said by package tree; what the tree is, by
// RFC 6962, of which this package holds its own plain implementation to compare
// with. It is used by tests only.
package treetest

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"testing"

	"custos.example/ledger"
	"custos.example/ledger/tree"
)

// Fixture is one tree, empty at first.
type Fixture struct {
	// Open opens the tree. The suite closes what it opens, and opens the same
	// tree again to see that nothing was lost.
	Open func(t *testing.T) tree.Engine
	// Forgets says that the tree is gone when it is closed.
	Forgets bool
}

// Run runs the suite. fresh makes a fixture of its own for each test.
func Run(t *testing.T, fresh func(t *testing.T) Fixture) {
	t.Helper()
	t.Run("empty", func(t *testing.T) { testEmpty(t, start(t, fresh)) })
	t.Run("every size", func(t *testing.T) { testEverySize(t, start(t, fresh)) })
	t.Run("proofs", func(t *testing.T) { testProofs(t, start(t, fresh)) })
	t.Run("batches", func(t *testing.T) { testBatches(t, start(t, fresh)) })
	t.Run("gap", func(t *testing.T) { testGap(t, start(t, fresh)) })
	t.Run("leaf", func(t *testing.T) { testLeaf(t, start(t, fresh)) })
	t.Run("range", func(t *testing.T) { testRange(t, start(t, fresh)) })
	t.Run("cancelled", func(t *testing.T) { testCancelled(t, start(t, fresh)) })
	t.Run("writers", func(t *testing.T) { testWriters(t, start(t, fresh)) })
	t.Run("restart", func(t *testing.T) { testRestart(t, fresh(t)) })
}

// subject is an open engine and the plain tree that it is compared with.
type subject struct {
	tree.Engine
	want naive
}

func start(t *testing.T, fresh func(t *testing.T) Fixture) *subject {
	t.Helper()
	return open(t, fresh(t))
}

func open(t *testing.T, fixture Fixture) *subject {
	t.Helper()
	engine := fixture.Open(t)
	t.Cleanup(func() { _ = engine.Close() }) // a second Close of a restarted engine may complain
	return &subject{Engine: engine}
}

// Leaf returns the data of the leaf at an index, as every test of this suite
// uses it: in the form of custos' leaves, and every tenth equal to the first.
func Leaf(index uint64) []byte {
	if index%10 == 9 {
		index = 0
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("leaf"), index))
	return append([]byte{ledger.LeafPrefix}, sum[:]...)
}

// Leaves returns the leaves from, ..., to-1.
func Leaves(from, to uint64) [][]byte {
	out := make([][]byte, 0, to-from)
	for i := from; i < to; i++ {
		out = append(out, Leaf(i))
	}
	return out
}

// Roots returns, for the leaves of Leaf, the root at each of the sizes.
func Roots(sizes ...uint64) map[uint64]ledger.Digest {
	var n naive
	out := make(map[uint64]ledger.Digest, len(sizes))
	for _, size := range sizes {
		n.fill(size)
		out[size] = n.root(size)
	}
	return out
}

// fill adds leaves of Leaf up to size.
func (n *naive) fill(size uint64) {
	for uint64(len(n.hashes)) < size {
		n.add(Leaf(uint64(len(n.hashes))))
	}
}

// append adds the next count leaves to both trees.
func (s *subject) append(t *testing.T, count uint64) {
	t.Helper()
	first := uint64(len(s.want.hashes))
	if err := s.Append(t.Context(), first, Leaves(first, first+count)); err != nil {
		t.Fatalf("append %d leaves at %d: %v", count, first, err)
	}
	s.want.fill(first + count)
}

// checkSize fails unless the engine has exactly the plain tree's size and root.
func (s *subject) checkSize(t *testing.T) {
	t.Helper()
	want := uint64(len(s.want.hashes))
	got, err := s.Size(t.Context())
	if err != nil || got != want {
		t.Fatalf("size: got %d, %v, want %d", got, err, want)
	}
	s.checkRoot(t, want)
}

func (s *subject) checkRoot(t *testing.T, size uint64) {
	t.Helper()
	got, err := s.Root(t.Context(), size)
	if err != nil {
		t.Fatalf("root of %d: %v", size, err)
	}
	if want := s.want.root(size); got != want {
		t.Fatalf("root of %d: got %s, want %s", size, got, want)
	}
}

func (s *subject) checkInclusion(t *testing.T, index, size uint64) {
	t.Helper()
	got, err := s.Inclusion(t.Context(), index, size)
	if err != nil {
		t.Fatalf("inclusion of %d in %d: %v", index, size, err)
	}
	sameHashes(t, got, s.want.inclusion(index, size), "inclusion of %d in %d", index, size)
	leaf, root := s.want.hashes[index], s.want.root(size)
	if err := ledger.VerifyInclusion(ledger.Index(index), leaf, got, size, root); err != nil {
		t.Fatalf("inclusion of %d in %d: %v", index, size, err)
	}
}

func (s *subject) checkConsistency(t *testing.T, from, to uint64) {
	t.Helper()
	got, err := s.Consistency(t.Context(), from, to)
	if err != nil {
		t.Fatalf("consistency from %d to %d: %v", from, to, err)
	}
	sameHashes(t, got, s.want.consistency(from, to), "consistency from %d to %d", from, to)
	if err := ledger.VerifyConsistency(from, to, got, s.want.root(from), s.want.root(to)); err != nil {
		t.Fatalf("consistency from %d to %d: %v", from, to, err)
	}
}

func sameHashes(t *testing.T, got, want []ledger.Digest, what string, args ...any) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf(what+": got %d hashes, want %d", append(args, len(got), len(want))...)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf(what+": hash %d: got %s, want %s", append(args, i, got[i], want[i])...)
		}
	}
}

func wantError(t *testing.T, got, want error, what string) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}
