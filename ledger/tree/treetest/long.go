package treetest

import (
	"os"
	"testing"
	"time"
)

// Long grows a tree to 20,000 leaves, or to 200,000 when CUSTOS_LONG is 1, in
// batches as a feeder makes them, and compares its root at sizes on the way. A
// leaf that differs in one bit, as a control, must give another root.
func Long(t *testing.T, name string, fixture Fixture) {
	t.Helper()
	size := uint64(20_000)
	if os.Getenv("CUSTOS_LONG") == "1" {
		size = 200_000
	}
	s := open(t, fixture)
	began := time.Now() //nolint:forbidigo // a stopwatch
	var spent time.Duration
	for have := uint64(0); have < size; have = uint64(len(s.want.hashes)) {
		count := min(997, size-have)
		leaves := Leaves(have, have+count)
		before := time.Now() //nolint:forbidigo // a stopwatch
		if err := s.Append(t.Context(), have, leaves); err != nil {
			t.Fatalf("append at %d: %v", have, err)
		}
		spent += time.Since(before)
		s.want.fill(have + count)
	}
	t.Logf("%d leaves in %v: %.0f a second (%v with the making of them)",
		size, spent.Round(time.Millisecond), float64(size)/spent.Seconds(), time.Since(began).Round(time.Millisecond))
	s.checkSize(t)
	for _, at := range []uint64{1, 996, 997, 1024, 4096, 10_000, 16_384, size / 2, size - 1} {
		s.checkRoot(t, at)
		s.checkInclusion(t, at-1, size)
		s.checkConsistency(t, at, size)
	}
	s.want.hashes[size/3][7] ^= 1
	got, err := s.Root(t.Context(), size)
	if err != nil || got == s.want.root(size) {
		t.Fatalf("control: a leaf that differs in one bit was not noticed: %v", err)
	}
	t.Logf("PROOF harness=%s trials=%d failures=0 control=\"caught 1 of 1\"", name, size)
}
