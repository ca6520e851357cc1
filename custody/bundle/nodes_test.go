package bundle

import (
	"context"
	"testing"

	"custos.example/ledger"
	"custos.example/ledger/tree/memlog"
)

// TestPathsTellOlderRoots holds, for every two sizes up to 70, that the path of the last
// leaf of the smaller tree tells that tree's root; and that no path tells a
// wrong one.
func TestPathsTellOlderRoots(t *testing.T) {
	ctx, log := context.Background(), memlog.New()
	var leaves [][]byte
	var commitments []ledger.Commitment
	for i := range 70 {
		c := ledger.Commitment{byte(i), 1}
		commitments, leaves = append(commitments, c), append(leaves, c.Leaf())
	}
	if err := log.Append(ctx, 0, leaves); err != nil {
		t.Fatal(err)
	}
	told, silent := 0, 0
	for size := uint64(1); size <= 70; size++ {
		for leaf := range size {
			path, err := log.Inclusion(ctx, leaf, size)
			if err != nil {
				t.Fatal(err)
			}
			n := nodes{}
			n.learn(ledger.Index(leaf), commitments[leaf].LeafHash(), path, size)
			for older := uint64(1); older <= size; older++ {
				got, known := n.root(older)
				want, err := log.Root(ctx, older)
				if err != nil {
					t.Fatal(err)
				}
				if known && got != want {
					t.Fatalf("leaf %d of %d tells another root of size %d", leaf, size, older)
				}
				if older == leaf+1 && !known {
					t.Fatalf("leaf %d of %d does not tell the root of size %d", leaf, size, older)
				}
				if known {
					told++
				} else {
					silent++
				}
			}
		}
	}
	if silent == 0 {
		t.Error("every path tells every root: the test shows nothing")
	}
	t.Logf("%d roots told, %d not", told, silent)
}
