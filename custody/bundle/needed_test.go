package bundle_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
)

// seed is that of every dishonest case, so that the pieces of the museum differ in
// nothing but their faults.
const seed = "museum"

// vector is a dishonest bundle which exactly one check of the verifier catches.
type vector struct {
	name  string
	check string
	exit  int
	build func() ([]byte, bundle.Options)
}

// told returns a vector from hooks on the making of the case, and a forge.
func told(name, check string, exit int, hooks func(*bundletest.Case) bundletest.Hooks, forge func(*bundletest.Case) bundletest.Forge) vector {
	return vector{name, check, exit, func() ([]byte, bundle.Options) {
		c := bundletest.NewCase(seed, bundletest.Hooks{})
		if hooks != nil {
			c.Hooks = hooks(c)
		}
		c.Tell(bundletest.TinyStory())
		f := bundletest.Forge{}
		if forge != nil {
			f = forge(c)
		}
		return c.Forge(f), options(c)
	}}
}

// drafted returns a vector from a change of one entry before it is signed.
func drafted(name, check string, exit int, label string, change func(*bundletest.Case, *bundletest.Draft)) vector {
	return told(name, check, exit, func(c *bundletest.Case) bundletest.Hooks {
		return bundletest.Hooks{Draft: func(d *bundletest.Draft) {
			if d.Label == label {
				change(c, d)
			}
		}}
	}, nil)
}

// stated returns a vector from a change of one statement before it is signed.
func stated(name, check string, label string, change func(*bundletest.Case, *ledger.Statement)) vector {
	return told(name, check, bundle.ExitDiffers, func(c *bundletest.Case) bundletest.Hooks {
		return bundletest.Hooks{Statement: func(l string, s *ledger.Statement) {
			if l == label {
				change(c, s)
			}
		}}
	}, nil)
}

// forged returns a vector from a dishonest packing of an honest case.
func forged(name, check string, exit int, f func(*bundletest.Case) bundletest.Forge) vector {
	return told(name, check, exit, nil, f)
}

// edited returns a vector from a change of members and manifest, both signed.
func edited(name, check string, edit func(bundletest.Files, *bundle.Manifest)) vector {
	return forged(name, check, bundle.ExitDiffers, func(*bundletest.Case) bundletest.Forge { return bundletest.Forge{Edit: edit} })
}

// line returns the manifest's line of the first member whose name ends so.
func line(m *bundle.Manifest, suffix string) int {
	return slices.IndexFunc(m.Members, func(l bundle.ManifestMember) bool { return bytes.HasSuffix([]byte(l.Name), []byte(suffix)) })
}

// vectors returns one vector, or more, for each check.
func vectors() []vector {
	return slices.Concat(formVectors(), signatureVectors(), statementVectors(), logVectors(), timeVectors(), keyVectors(), orderVectors(), originVectors(), selectedVectors(), againVectors())
}

// TestChecksAreNeeded shows that the verifier catches each dishonest bundle
// and that, with the one check left out that is meant for it, it does not.
func TestChecksAreNeeded(t *testing.T) {
	covered := map[string]bool{"defects": true} // says what to read; changes no answer: see TestDefectsAreListed
	for _, v := range vectors() {
		t.Run(v.check+"/"+v.name, func(t *testing.T) {
			file, o := v.build()
			r := verify(file, o)
			said := text(t, r)
			if r.Exit != v.exit {
				t.Errorf("exit %d, not %d\n%s", r.Exit, v.exit, said)
			}
			if !found(r, v.check) {
				t.Errorf("it was not the check %q that caught it\n%s", v.check, said)
			}
			if r := verify(file, bundle.Without(o, v.check)); r.Exit != bundle.ExitMatches {
				t.Errorf("without the check it still exits %d: the vector shows nothing\n%s", r.Exit, text(t, r))
			}
		})
		covered[v.check] = true
	}
	for _, name := range bundle.CheckNames() {
		if !covered[name] {
			t.Errorf("no vector shows that the check %q is needed", name)
		}
	}
	failures := int64(0)
	if t.Failed() {
		failures = 1
	}
	proof(t, "verifier-check-removed", int64(len(vectors())), failures, fmt.Sprintf("each of %d checks removed in turn lets one through", len(vectors())))
}

// found tells whether a check found something.
func found(r bundle.Report, check string) bool {
	for _, q := range r.Questions {
		for _, f := range q.Findings {
			if f.Check == check && f.Outcome != bundle.OK {
				return true
			}
		}
	}
	return false
}
