package treetest

import (
	"testing"

	"custos.example/ledger/tree"
)

// top is the size up to which every single size is tried: past 256, where tiles
// and Trillian's subtrees end.
const top = 310

// few is the size up to which every pair is tried.
const few = 36

func testEmpty(t *testing.T, s *subject) {
	t.Helper()
	s.checkSize(t)
	s.checkConsistency(t, 0, 0)
	if err := s.Append(t.Context(), 0, nil); err != nil {
		t.Fatalf("append nothing: %v", err)
	}
	s.checkSize(t)
}

// testEverySize grows the tree one leaf at a time and compares the root at every
// size, then every earlier root once more under the full tree.
func testEverySize(t *testing.T, s *subject) {
	t.Helper()
	for size := uint64(1); size <= top; size++ {
		s.append(t, 1)
		s.checkSize(t)
	}
	for size := uint64(0); size <= top; size++ {
		s.checkRoot(t, size)
	}
	hashes, err := s.LeafHashes(t.Context(), 0, top)
	if err != nil {
		t.Fatal(err)
	}
	sameHashes(t, hashes, s.want.hashes, "all leaf hashes")
	hashes, err = s.LeafHashes(t.Context(), 37, 37)
	if err != nil || len(hashes) != 0 {
		t.Fatalf("no leaf hashes: got %d, %v", len(hashes), err)
	}
}

// testProofs compares and verifies inclusion and consistency proofs: every pair
// at small sizes, and around the powers of two and the edges at larger ones.
func testProofs(t *testing.T, s *subject) {
	t.Helper()
	s.append(t, top)
	for size := uint64(1); size <= few; size++ {
		for other := range size {
			s.checkInclusion(t, other, size)
			s.checkConsistency(t, other, size)
		}
		s.checkConsistency(t, size, size)
	}
	for size := uint64(few + 1); size <= top; size += 7 {
		for _, other := range []uint64{0, 1, size / 3, size / 2, 255, 256, 257, size - 1} {
			if other < size {
				s.checkInclusion(t, other, size)
				s.checkConsistency(t, other, size)
			}
		}
	}
	for _, size := range []uint64{255, 256, 257, 258, 309, 310} {
		s.checkInclusion(t, size-1, size)
		s.checkConsistency(t, size/2, size)
		s.checkConsistency(t, 128, size)
	}
}

// testBatches grows the tree in ragged batches across the borders of its nodes.
func testBatches(t *testing.T, s *subject) {
	t.Helper()
	sizes := []uint64{}
	for _, count := range []uint64{1, 2, 3, 250, 1, 255, 256, 257, 1000, 7, 1} {
		s.append(t, count)
		s.checkSize(t)
		sizes = append(sizes, uint64(len(s.want.hashes)))
	}
	for i, size := range sizes {
		s.checkRoot(t, size)
		s.checkInclusion(t, size-1, sizes[len(sizes)-1])
		for _, from := range sizes[:i] {
			s.checkConsistency(t, from, size)
		}
	}
	last := sizes[len(sizes)-1]
	hashes, err := s.LeafHashes(t.Context(), 200, last)
	if err != nil {
		t.Fatal(err)
	}
	sameHashes(t, hashes, s.want.hashes[200:], "leaf hashes from 200")
}

// testRestart closes and opens the tree again at several sizes and goes on.
func testRestart(t *testing.T, fixture Fixture) {
	t.Helper()
	s := open(t, fixture)
	if fixture.Forgets {
		s.append(t, 3)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		(&subject{Engine: open(t, fixture).Engine}).checkSize(t) // nothing is left
		return
	}
	for _, count := range []uint64{0, 1, 1, 126, 128, 44} {
		s.append(t, count)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s.Engine = open(t, fixture).Engine
		s.checkSize(t)
		if size := uint64(len(s.want.hashes)); size > 1 {
			s.checkInclusion(t, size/2, size)
			s.checkConsistency(t, size/2, size)
		}
	}
	wantError(t, s.Append(t.Context(), 0, Leaves(0, 1)), tree.ErrGap, "append at the start after a restart")
	s.append(t, 1)
	s.checkSize(t)
}
