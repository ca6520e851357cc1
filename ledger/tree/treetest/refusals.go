package treetest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"custos.example/ledger/tree"
)

// testGap hands over leaves that do not follow the end of the tree.
func testGap(t *testing.T, s *subject) {
	t.Helper()
	wantError(t, s.Append(t.Context(), 1, Leaves(1, 2)), tree.ErrGap, "append at 1 to an empty tree")
	s.append(t, 5)
	for _, first := range []uint64{6, 100, 1 << 40} {
		wantError(t, s.Append(t.Context(), first, Leaves(first, first+2)), tree.ErrGap, "append past the end")
	}
	for _, first := range []uint64{0, 3, 4} {
		wantError(t, s.Append(t.Context(), first, Leaves(first, first+3)), tree.ErrGap, "append before the end")
	}
	s.checkSize(t)
	s.append(t, 3)
	s.checkSize(t)
}

// testLeaf hands over leaves that no tree can hold, alone and among others.
func testLeaf(t *testing.T, s *subject) {
	t.Helper()
	s.append(t, 3)
	for _, bad := range [][]byte{nil, {}, make([]byte, tree.MaxLeaf+1)} {
		batch := Leaves(3, 9)
		batch[2] = bad
		wantError(t, s.Append(t.Context(), 3, batch), tree.ErrLeaf, "append a bad leaf among good ones")
		wantError(t, s.Append(t.Context(), 3, [][]byte{bad}), tree.ErrLeaf, "append a bad leaf")
	}
	s.checkSize(t)
	s.append(t, 6)
	s.checkSize(t)
}

// testRange asks beyond the tree: an answer for a smaller tree would be a lie.
func testRange(t *testing.T, s *subject) {
	t.Helper()
	for range 2 { // once for the empty tree, once for 20 leaves
		have := uint64(len(s.want.hashes))
		for _, size := range []uint64{have + 1, have + 100, 1 << 50, 1<<64 - 1} {
			_, err := s.Root(t.Context(), size)
			wantError(t, err, tree.ErrRange, "root beyond the tree")
			_, err = s.Inclusion(t.Context(), 0, size)
			wantError(t, err, tree.ErrRange, "inclusion beyond the tree")
			_, err = s.Consistency(t.Context(), have/2, size)
			wantError(t, err, tree.ErrRange, "consistency beyond the tree")
			_, err = s.LeafHashes(t.Context(), 0, size)
			wantError(t, err, tree.ErrRange, "leaf hashes beyond the tree")
		}
		for _, index := range []uint64{have, have + 1, 1<<64 - 1} {
			_, err := s.Inclusion(t.Context(), index, have)
			wantError(t, err, tree.ErrRange, "inclusion of a leaf that is not there")
		}
		_, err := s.LeafHashes(t.Context(), have+1, have)
		wantError(t, err, tree.ErrRange, "leaf hashes backwards")
		_, err = s.Consistency(t.Context(), have+1, have)
		wantError(t, err, tree.ErrRange, "consistency backwards")
		s.append(t, 20)
	}
}

// testCancelled asks under a context that is over: the answer is an error or
// the truth, and nothing is half done.
func testCancelled(t *testing.T, s *subject) {
	t.Helper()
	s.append(t, 50)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if size, err := s.Size(over); err == nil && size != 50 {
		t.Fatalf("size under a cancelled context: %d without an error", size)
	}
	if root, err := s.Root(over, 40); err == nil && root != s.want.root(40) {
		t.Fatalf("another root under a cancelled context: %s without an error", root)
	}
	if path, err := s.Inclusion(over, 3, 50); err == nil {
		sameHashes(t, path, s.want.inclusion(3, 50), "inclusion under a cancelled context")
	}
	if err := s.Append(over, 50, Leaves(50, 60)); err == nil {
		s.want.fill(60)
	}
	s.checkSize(t)
	s.append(t, 4)
	s.checkSize(t)
}

// testWriters lets several callers add the same next leaves while others read.
// Each batch must be added once.
func testWriters(t *testing.T, s *subject) {
	t.Helper()
	const rounds, callers, count = 20, 4, 7
	s.append(t, 1)
	for round := range uint64(rounds) {
		first := 1 + round*count
		var wait sync.WaitGroup
		results := make(chan error, callers)
		for range callers {
			wait.Go(func() { results <- s.Append(t.Context(), first, Leaves(first, first+count)) })
			wait.Go(func() {
				if _, err := s.Inclusion(t.Context(), 0, first); err != nil {
					t.Errorf("inclusion while leaves are added: %v", err)
				}
			})
		}
		wait.Wait()
		close(results)
		added := 0
		for err := range results {
			if err == nil {
				added++
			} else if !errors.Is(err, tree.ErrGap) {
				t.Fatalf("append among others: %v", err)
			}
		}
		if added != 1 {
			t.Fatalf("the batch at %d was added %d times", first, added)
		}
		s.want.fill(first + count)
		s.checkSize(t)
	}
}
