package bundle_test

import (
	"fmt"
	"testing"
	"time"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
)

// stolen is a case in which somebody signs with a key that they took, so many
// entries after or before it was revoked, and states an earlier time.
func stolen(revokedFirst bool, between int, back time.Duration) bundle.Report {
	k := &keyCase{Case: bundletest.NewCase(seed, bundletest.Hooks{})}
	revoke := func() {
		k.revoke("taken", k.Second, service)
		for i := range between {
			key := bundletest.NewKey(fmt.Sprintf("%s between %d", seed, i), fmt.Sprintf("u-%d", 50+i), "Somebody", "analyst")
			k.enrol(fmt.Sprintf("between %d", i), key, service)
		}
	}
	k.Hooks.Draft = func(d *bundletest.Draft) {
		if d.Label == "checked" {
			d.Time = d.Time.Add(-back)
			if revokedFirst {
				revoke()
			}
		}
	}
	k.Tell(bundletest.TinyStory())
	if !revokedFirst {
		revoke()
	}
	return verify(k.Bundle(), options(k.Case))
}

// TestStolenKey signs with a key after the place of its revocation and states a
// time before it. The index decides, so each is refused as K01. The control signs
// the same before that place: each is accepted.
func TestStolenKey(t *testing.T) {
	trials, failures, passed := 0, 0, 0
	for between := range 5 {
		for _, back := range []time.Duration{0, time.Second, 90 * time.Second, time.Hour, 24 * time.Hour, 365 * 24 * time.Hour} {
			trials++
			if r := stolen(true, between, back); r.Exit != bundle.ExitDiffers || !found(r, "revoked") {
				failures++
				t.Errorf("%d entries later, stated %s earlier: exit %d\n%s", between, back, r.Exit, text(t, r))
			}
		}
		if r := stolen(false, between, 0); r.Exit == bundle.ExitMatches {
			passed++
		} else {
			t.Errorf("control: revoked behind it, %d entries: exit %d\n%s", between, r.Exit, text(t, r))
		}
	}
	proof(t, "stolen-key", int64(trials), int64(failures), fmt.Sprintf("%d of 5 signatures before the revocation's place are accepted", passed))
}
