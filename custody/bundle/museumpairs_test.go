package bundle_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
	"custos.example/ledger/quorum"
)

// museumPairs returns the pairs of bundles that the museum shows: all of those
// that need nothing but files.
func museumPairs() []pair {
	return slices.DeleteFunc(pairs(), func(p pair) bool {
		return p.name == "two chains of keys under one name" // its checker leaves a check out
	})
}

// addPair makes one pair: both bundles, its header, and what the checker has.
func (m museum) addPair(t *testing.T, p pair) {
	t.Helper()
	c := bundletest.Tell(seed, bundletest.Hooks{}, bundletest.TinyStory())
	o := options(c)
	first, second := p.build(c, &o)
	name := slug(p.name)
	m["pairs/"+name+"-1.zip"], m["pairs/"+name+"-2.zip"] = first, second
	lines := []string{"about: " + p.name, fmt.Sprint("exit: ", p.exit), "first: " + name + "-1.zip", "second: " + name + "-2.zip"}
	if p.code != "" {
		lines = append(lines, "code: "+p.code)
	}
	if len(p.phrases) > 0 {
		lines = append(lines, "says: "+p.phrases[0])
	}
	if o.Trust != nil {
		trust, err := o.Trust.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		file := "trust.json"
		if m["pairs/trust.json"] == nil {
			m["pairs/trust.json"] = trust
		} else if string(m["pairs/trust.json"]) != string(trust) {
			file = name + ".trust.json"
			m["pairs/"+file] = trust
		}
		lines = append(lines, "trust: "+file)
	}
	if o.Policy != nil {
		m["pairs/"+name+".policy"] = policyText(*o.Policy)
		lines = append(lines, "policy: "+name+".policy")
	}
	if len(o.Consistency) > 0 {
		m["pairs/"+name+".proof"] = o.Consistency[0]
		lines = append(lines, "proof: "+name+".proof")
	}
	m["pairs/"+name+".expect"] = []byte(strings.Join(lines, "\n") + "\n")
}

// TestMuseumPairs gives every pair of the museum to the comparison, and, as the
// control, every first bundle beside itself, of which nothing is said.
func TestMuseumPairs(t *testing.T) {
	m := openMuseum(t)
	tried, failures, alike := int64(0), int64(0), 0
	for _, name := range m.under("pairs", ".expect") {
		h := m.header(name)
		o := bundle.Options{Steps: bundletest.Tiny(), Native: ledger.Digest(sumOf([]byte(bundletest.MadeUpModule))), Scratch: bundletest.Scratch}
		if h["trust"] != "" {
			trust, err := ledger.ParseTrust(m["pairs/"+h["trust"]])
			if err != nil {
				t.Fatal(err)
			}
			o.Trust = &trust
		}
		if h["policy"] != "" {
			policy, err := quorum.Parse(m["pairs/"+h["policy"]])
			if err != nil {
				t.Fatal(err)
			}
			o.Policy = &policy
		}
		if h["proof"] != "" {
			o.Consistency = [][]byte{m["pairs/"+h["proof"]]}
		}
		first, second := given("1", m["pairs/"+h["first"]]), given("2", m["pairs/"+h["second"]])
		r := bundle.Compare(t.Context(), first, second, o)
		said := strings.Join(strings.Fields(comparison(t, r)), " ")
		coded := h["code"] == "" || slices.ContainsFunc(r.Findings, func(f bundle.Finding) bool { return f.Code == h["code"] })
		tried++
		if strconv.Itoa(r.Exit) != h["exit"] || !coded || !strings.Contains(said, h["says"]) {
			failures++
			t.Errorf("%s: exit %d, not %s with %s\n%s", name, r.Exit, h["exit"], h["code"], said)
		}
		if r := bundle.Compare(t.Context(), first, given("again", m["pairs/"+h["first"]]), o); r.Exit != bundle.ExitDiffers {
			alike++
		}
	}
	if tried != int64(len(museumPairs())) {
		t.Errorf("%d pairs, and %d are made here: go test ./custody/bundle -run TestMuseum -update", tried, len(museumPairs()))
	}
	proof(t, "museum-pairs", tried, failures, fmt.Sprintf("%d of %d first bundles beside themselves show no difference", alike, tried))
	if int64(alike) != tried {
		t.Errorf("only %d of %d bundles beside themselves show no difference", alike, tried)
	}
}
