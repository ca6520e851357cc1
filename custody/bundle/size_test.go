package bundle_test

import (
	"fmt"
	"testing"
	"time"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
)

// TestManyEntries checks a case of many entries, 10,000 with CUSTOS_LONG=1; the
// time grows with their number, not with its square.
func TestManyEntries(t *testing.T) {
	few, many := 200, 2000
	if long() {
		few, many = 1000, 10000
	}
	took := map[int]time.Duration{}
	for _, n := range []int{few, many} {
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
	if took[many] > 40*took[few] {
		t.Errorf("%d entries take %v, %d take %v", many, took[many], few, took[few])
	}
}
