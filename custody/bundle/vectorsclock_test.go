package bundle_test

import (
	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
)

// aheadStory tells a case whose clock was a day ahead of everybody else's, until a
// co-signer signed for it. Either the record says so in the end, or nobody does.
func aheadStory(said bool) ([]byte, bundle.Options) {
	c := bundletest.Tell(seed, bundletest.Hooks{}, bundletest.TinyStory())
	c.Hooks.Draft = func(d *bundletest.Draft) { d.Time, d.After = hours(-24), &ledger.Head{} } // by the clock set right
	if said {
		c.Append(bundletest.Draft{Label: "step", Chain: ledger.Organisation, Detail: &ledger.ClockStepped{
			Before: ledger.NewTime(hours(1)), After: ledger.NewTime(hours(-24)),
		}})
	}
	court := coSigner{"court.example/key", hours(-24)}
	o := options(c)
	o.Policy = policyOf("quorum court.example/key\n", court)
	return c.Forge(bundletest.Forge{Sign: coSignedBy(c, court)}), o
}

// clockVectors are caught by what a co-signer says of the time.
func clockVectors() []vector {
	return []vector{{"entries dated after a co-signature that is over them", "times", bundle.ExitDiffers, func() ([]byte, bundle.Options) { return aheadStory(false) }}}
}

// goodClockPieces are cases whose clock was wrong, and whose record says so.
func goodClockPieces() []piece {
	return []piece{{
		vector: vector{"good a clock that ran ahead and a record that says so", "", bundle.ExitMatches, func() ([]byte, bundle.Options) { return aheadStory(true) }},
		says:   "clock ran ahead then",
	}}
}
