package bundle_test

import (
	"testing"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
	"custos.example/ledger/timestamp/authority"
)

// TestLevels holds each level against what has to be there for it, and what is
// said when one part of the highest is missing.
func TestLevels(t *testing.T) {
	c, one, two, o := stampedCase()
	court, university := coSigner{"court.example", coSignedAt}, coSigner{"university.example", coSignedAt}
	policy := policyOf("group both all court.example university.example\nquorum both\n", court, university)
	l := c.Work.Links[4]
	known := bundletest.Canonical(ledger.Acknowledgement{Chain: c.Work.ID, Commitment: l.Commitment, Index: l.Index, N: l.N, Origin: c.Origin})
	build := func(by []coSigner, stamps ...*authority.Authority) []byte {
		f := bundletest.Forge{Sign: coSignedBy(c, by...)}
		var list []bundletest.Stamp
		for i, a := range stamps {
			list = append(list, bundletest.Stamp{By: a, At: hours(1 + float64(i))})
		}
		if len(list) > 0 {
			f.After = c.Stamped(list...)
		}
		return c.Forge(f)
	}
	both := []coSigner{court, university}
	for _, try := range []struct {
		name   string
		file   []byte
		policy bool
		known  bool
		level  string
	}{
		{"nothing", build(nil), false, false, "L0"},
		{"a kept head", build(nil), false, true, "L1"},
		{"one time stamp", build(nil, one), false, false, "L2"},
		{"one time stamp and a kept head", build(nil, one), false, true, "L2"},
		{"co-signatures that nobody asks for", build(both), false, false, "L0"},
		{"a quorum", build(both), true, false, "L3"},
		{"everything", build(both, one, two), true, true, "L4"},
		{"everything but a kept head", build(both, one, two), true, false, "L3"},
		{"everything, but one authority twice", build(both, one, one), true, true, "L3"},
		{"everything but the quorum's policy", build(both, one, two), false, true, "L2"},
	} {
		t.Run(try.name, func(t *testing.T) {
			p := o
			if try.policy {
				p.Policy = policy
			}
			if try.known {
				p.Known = [][]byte{known}
			}
			r := verify(try.file, p)
			want(t, r, bundle.ExitMatches, "Level "+try.level+".")
			if r.Reached != try.level {
				t.Errorf("reached %q", r.Reached)
			}
			p.Require = bundle.Full
			exit := bundle.ExitCannotTell
			if try.level == "L4" {
				exit = bundle.ExitMatches
			}
			want(t, verify(try.file, p), exit)
		})
	}
}
