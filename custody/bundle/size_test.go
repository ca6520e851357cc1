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
// time grows with their number, not with its square. What a busy machine does to
// one measurement it does not do to three.
func TestManyEntries(t *testing.T) {
	few, many := 200, 2000
	if long() {
		few, many = 1000, 10000
	}
	small, large := manyEntries(t, few), manyEntries(t, many)
	for range 3 {
		if one, other := small(), large(); other <= 40*one {
			return
		}
	}
	t.Errorf("three times %d entries took more than 40 times as long as %d", many, few)
}

// manyEntries makes a bundle of so many entries, and returns how to check it and
// learn how long that took.
func manyEntries(t *testing.T, n int) func() time.Duration {
	t.Helper()
	c := bundletest.Tell("many", bundletest.Hooks{}, bundletest.TinyStory())
	for i := range n {
		c.Append(bundletest.Draft{Label: fmt.Sprint("transfer ", i), Chain: ledger.Work, Actor: c.Analyst, Detail: &ledger.ItemTransferred{
			From: "u-02", To: "u-03", Item: fmt.Sprint("NET/", i), Reason: "to the store",
		}})
	}
	file, o := c.Bundle(), options(c)
	return func() time.Duration {
		start := time.Now()
		r := verify(file, o)
		took := time.Since(start)
		if r.Exit != bundle.ExitMatches {
			t.Fatalf("exit %d\n%s", r.Exit, text(t, r))
		}
		t.Logf("%d entries, %d bytes: %v", n, len(file), took)
		return took
	}
}
