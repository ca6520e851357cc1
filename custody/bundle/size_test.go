package bundle_test

import (
	"fmt"
	"testing"
	"time"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
)

// TestManyEntries checks a case of 10,000 entries; the time grows with their
// number, not with its square.
func TestManyEntries(t *testing.T) {
	if !long() {
		t.Skip("CUSTOS_LONG=1 runs it")
	}
	took := map[int]time.Duration{}
	for _, n := range []int{1000, 10000} {
		c := bundletest.Tell("many", bundletest.Hooks{}, bundletest.TinyStory())
		for i := range n {
			c.Append(bundletest.Draft{Label: fmt.Sprint("transfer ", i), Chain: ledger.Work, Actor: c.Analyst, Detail: &ledger.ItemTransferred{
				From: "u-02", To: "u-03", Item: fmt.Sprint("NET/", i), Reason: "to the store",
			}})
		}
		file, o := c.Bundle(), options(c)
		start := time.Now()
		r := verify(file, o)
		took[n] = time.Since(start)
		if r.Exit != bundle.ExitMatches {
			t.Fatalf("exit %d\n%s", r.Exit, text(t, r))
		}
		t.Logf("%d entries, %d bytes: %v", n, len(file), took[n])
	}
	if took[10000] > 60*time.Second || took[10000] > 40*took[1000] {
		t.Errorf("10,000 entries take %v, 1,000 take %v", took[10000], took[1000])
	}
}
