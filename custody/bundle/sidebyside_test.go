package bundle_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
)

// given returns a bundle in memory to compare.
func given(name string, file []byte) bundle.Given {
	return bundle.Given{Name: name, R: bytes.NewReader(file), Size: int64(len(file))}
}

// pair is two bundles of which a comparison has to say something.
type pair struct {
	name    string
	exit    int
	code    string // of a finding that has to be there; empty for none against
	phrases []string
	build   func(c *bundletest.Case, o *bundle.Options) (first, second []byte)
}

// later appends one more entry to the case.
func later(c *bundletest.Case, label string) {
	c.Append(bundletest.Draft{Label: label, Chain: ledger.Work, Actor: c.Second, Operation: "consultation", Detail: &ledger.ExhibitChecked{Exhibit: c.Entries["exhibit"], Result: "agrees"}})
}

// elsewhere appends entries of other cases to the log.
func elsewhere(c *bundletest.Case, n byte) {
	for i := range n {
		c.Leaves = append(c.Leaves, ledger.Commitment{i, 9})
	}
}

// join returns a proof between two sizes of the log as it stands.
func join(c *bundletest.Case, from, to uint64, newer []byte) []byte {
	hashes, err := c.Tree().Consistency(context.Background(), from, to)
	if err != nil {
		panic(err) // the sizes are the tree's own
	}
	out := fmt.Sprintf("old %d\n", from)
	for _, h := range hashes {
		out += base64.StdEncoding.EncodeToString(h[:]) + "\n"
	}
	return []byte(out + "\n" + string(newer))
}

// pairs are pairs of bundles, honest and not; each of the dishonest ones is signed
// with every key of the log's owner, and passes by itself.
func pairs() []pair {
	return slices.Concat(honestPairs(), forkedPairs(), branchedPairs())
}

func honestPairs() []pair {
	keep := bundletest.Forge{Keep: true}
	return []pair{
		{"one bundle twice", 0, "", []string{"both are under one summary of the log"}, func(c *bundletest.Case, _ *bundle.Options) ([]byte, []byte) {
			file := c.Bundle()
			return file, file
		}},
		{"a later bundle of the case", 0, "", []string{"continues the log of size 18", "entries 1 to 12 of the case are the same in both"}, func(c *bundletest.Case, _ *bundle.Options) ([]byte, []byte) {
			first := c.Forge(keep)
			later(c, "checked again")
			return first, c.Forge(keep)
		}},
		{"an earlier bundle of the case", 0, "", []string{"continues the log of size 18"}, func(c *bundletest.Case, _ *bundle.Options) ([]byte, []byte) {
			first := c.Forge(keep)
			later(c, "checked again")
			return c.Forge(keep), first
		}},
		{"sizes that nothing joins", 3, "L04", []string{"--consistency FILE"}, func(c *bundletest.Case, _ *bundle.Options) ([]byte, []byte) {
			first := c.Forge(bundletest.Forge{Keep: true, Logged: func(c *bundletest.Case) { elsewhere(c, 3) }})
			elsewhere(c, 4)
			return first, c.Forge(keep)
		}},
		{"sizes that a proof joins", 0, "", []string{"continues the log of size 21"}, func(c *bundletest.Case, o *bundle.Options) ([]byte, []byte) {
			first := c.Forge(bundletest.Forge{Keep: true, Logged: func(c *bundletest.Case) { elsewhere(c, 3) }})
			elsewhere(c, 4)
			second := c.Forge(keep)
			o.Consistency = [][]byte{join(c, 21, 26, c.Checkpoint())}
			return first, second
		}},
		{"one entry withheld in one of them", 0, "C04", []string{"Entry 11 is withheld in the first bundle (sensitive) and shown in the second"}, func(c *bundletest.Case, _ *bundle.Options) ([]byte, []byte) {
			first := c.Forge(bundletest.Forge{Keep: true, Withhold: map[uint64]string{11: "sensitive"}})
			return first, c.Forge(keep)
		}},
		{"bundles of two logs", 3, "L05", []string{"neither says anything of the other"}, func(c *bundletest.Case, o *bundle.Options) ([]byte, []byte) {
			other := bundletest.NewCase("another log", bundletest.Hooks{})
			other.Rename("another.custos.example")
			other.Tell(bundletest.TinyStory())
			o.Trust = nil
			return c.Bundle(), other.Bundle()
		}},
	}
}

func forkedPairs() []pair {
	return []pair{
		{"two histories of one size", 1, "L04", []string{"Two versions of the log's history exist", "the first bundle: log.custos.example 18", "the second bundle: log.custos.example 18"}, func(c *bundletest.Case, _ *bundle.Options) ([]byte, []byte) {
			return c.Bundle(), c.Forge(bundletest.Forge{Withhold: map[uint64]string{11: "sensitive"}})
		}},
		{"two histories of two sizes", 1, "L04", []string{"Both prove a leaf 17 of the log, and it is not the same"}, func(c *bundletest.Case, _ *bundle.Options) ([]byte, []byte) {
			first := c.Bundle()
			later(c, "checked again")
			return first, c.Bundle()
		}},
		{"two histories that share no leaf shown", 1, "L04", []string{"Two versions of the log's history exist"}, func(c *bundletest.Case, _ *bundle.Options) ([]byte, []byte) {
			first := c.Forge(bundletest.Forge{Keep: true, Logged: func(c *bundletest.Case) { elsewhere(c, 3) }})
			c.Leaves[20] = ledger.Commitment{0xee}
			later(c, "checked again")
			second := c.Forge(bundletest.Forge{Keep: true})
			return first, second
		}},
		{"two histories, and nobody's key is known", 3, "L04", []string{"No key of the log that you listed stands behind both"}, func(c *bundletest.Case, o *bundle.Options) ([]byte, []byte) {
			o.Trust = nil
			return c.Bundle(), c.Forge(bundletest.Forge{Withhold: map[uint64]string{11: "sensitive"}})
		}},
		{"two histories, one of which was co-signed", 1, "L04", []string{"the first bundle: co-signed by court.example (21 November 2026, 12:00:00 UTC)", "the second bundle: no co-signature by anybody whom you named", "Fewer organisations confirmed this log"}, func(c *bundletest.Case, o *bundle.Options) ([]byte, []byte) {
			court := coSigner{"court.example", coSignedAt}
			o.Policy = policyOf("quorum court.example\n", court)
			return c.Forge(bundletest.Forge{Sign: coSignedBy(c, court)}), c.Forge(bundletest.Forge{Withhold: map[uint64]string{11: "sensitive"}})
		}},
		{"two histories, and somebody's key is not known", 1, "L04", []string{"Two versions of the log's history exist", "the first bundle by itself"}, func(c *bundletest.Case, o *bundle.Options) ([]byte, []byte) {
			o.Trust.Keys = slices.DeleteFunc(o.Trust.Keys, func(k ledger.TrustKey) bool { return k.ID == c.Second.KeyID() })
			return c.Bundle(), c.Forge(bundletest.Forge{Withhold: map[uint64]string{11: "sensitive"}})
		}},
		{"two chains of keys under one name", 1, "L04", []string{"two different chains of keys"}, func(c *bundletest.Case, o *bundle.Options) ([]byte, []byte) {
			other := bundletest.NewCase("the same name", bundletest.Hooks{})
			other.Log, other.Service, other.Analyst, other.Second = c.Log, c.Service, c.Analyst, c.Second
			other.Tell(bundletest.TinyStory())
			*o = bundle.Without(*o, "keys-chain")
			return c.Bundle(), other.Bundle()
		}},
		{"a bundle that differs by itself", 1, "B02", []string{"the second bundle by itself", "Check each bundle by itself first"}, func(c *bundletest.Case, _ *bundle.Options) ([]byte, []byte) {
			file := c.Bundle()
			changed := bytes.Clone(file)
			changed[bytes.Index(changed, []byte("who,whom"))] ^= 1
			return file, changed
		}},
	}
}

// unlink takes the last entry of the work chain out of the chain, and leaves it
// in the log.
func unlink(c *bundletest.Case) { c.Work.Links = c.Work.Links[:len(c.Work.Links)-1] }

func branchedPairs() []pair {
	keep := bundletest.Forge{Keep: true}
	return []pair{
		{"two branches of one chain in one tree", 1, "C05", []string{"The work chain has two branches: they part at entry 12", "continues the log of size 18", `exhibit-checked by "Pat Okafor"`}, func(c *bundletest.Case, _ *bundle.Options) ([]byte, []byte) {
			first := c.Forge(keep)
			unlink(c)
			later(c, "checked otherwise")
			return first, c.Forge(keep)
		}},
		{"the tail cut off behind the first bundle", 1, "C05", []string{"they part at entry 11"}, func(c *bundletest.Case, _ *bundle.Options) ([]byte, []byte) {
			first := c.Forge(keep)
			unlink(c)
			unlink(c) // the second person's check
			return first, c.Forge(keep)
		}},
		{"one entry at two places of the log", 1, "C05", []string{"Entry work 11 stands at two places of the log"}, func(c *bundletest.Case, _ *bundle.Options) ([]byte, []byte) {
			first := c.Forge(keep)
			unlink(c)
			moved := c.Work.Links[10]
			unlink(c)
			moved.Index = ledger.Index(len(c.Leaves))
			c.Work.Links, c.Leaves = append(c.Work.Links, moved), append(c.Leaves, moved.Commitment)
			return first, c.Forge(keep)
		}},
		{"two heads of one chain of reads", 1, "C05", []string{"The chain of reads has two branches"}, func(c *bundletest.Case, _ *bundle.Options) ([]byte, []byte) {
			head := func(b byte) func(*ledger.BundleMade) {
				return func(d *ledger.BundleMade) { d.Heads.Reads = ledger.Head{Commitment: ledger.Commitment{b}, N: 5} }
			}
			first := c.Forge(bundletest.Forge{Keep: true, Made: head(1)})
			return first, c.Forge(bundletest.Forge{Keep: true, Made: head(2)})
		}},
		{"other reasons for one entry", 1, "C06", []string{"as sensitive in the first and as privileged in the second"}, func(c *bundletest.Case, _ *bundle.Options) ([]byte, []byte) {
			first := c.Forge(bundletest.Forge{Keep: true, Withhold: map[uint64]string{11: "sensitive"}})
			return first, c.Forge(bundletest.Forge{Keep: true, Withhold: map[uint64]string{11: "privileged"}})
		}},
		{"a withdrawn key left out of one of them", 1, "C07", []string{"Entry keys 6 stood in the log"}, func(c *bundletest.Case, _ *bundle.Options) ([]byte, []byte) {
			c.Append(bundletest.Draft{Label: "revocation", Chain: ledger.Keys, Detail: &ledger.KeyRevoked{Key: c.Second.KeyID(), Reason: "left the office"}})
			all := c.Keys.Links
			c.Keys.Links = all[:len(all)-1]
			later(c, "checked after leaving")
			first := c.Forge(keep)
			c.Keys.Links = all
			unlink(c)
			unlink(c)
			c.Leaves = c.Leaves[:len(c.Leaves)-2]
			return first, c.Forge(bundletest.Forge{Keep: true, Withhold: map[uint64]string{}})
		}},
		{"two cases under one reference", 0, "C08", []string{"Two cases are registered under the one reference HAL-2026-0417"}, func(c *bundletest.Case, _ *bundle.Options) ([]byte, []byte) {
			first := c.Forge(keep)
			second := bundletest.NewCase("second case", bundletest.Hooks{})
			second.Continue(c)
			return first, second.Forge(keep)
		}},
	}
}

// TestCompare gives every pair to the comparison.
func TestCompare(t *testing.T) {
	codes := map[string]bool{}
	for _, p := range pairs() {
		t.Run(p.name, func(t *testing.T) {
			c := bundletest.Tell("compare", bundletest.Hooks{}, bundletest.TinyStory())
			o := options(c)
			first, second := p.build(c, &o)
			if p.exit == 1 && p.code != "B02" {
				for _, file := range [][]byte{first, second} {
					if r := verify(file, o); r.Exit == bundle.ExitDiffers {
						t.Errorf("by itself: %s", text(t, r))
					}
				}
			}
			r := bundle.Compare(t.Context(), given("first.custos.zip", first), given("second.custos.zip", second), o)
			said := comparison(t, r)
			if r.Exit != p.exit {
				t.Errorf("exit %d, not %d", r.Exit, p.exit)
			}
			if p.code != "" && !slices.ContainsFunc(r.Findings, func(f bundle.Finding) bool { return f.Code == p.code }) {
				t.Errorf("nothing found has the code %s", p.code)
			}
			for _, phrase := range p.phrases {
				if !strings.Contains(strings.Join(strings.Fields(said), " "), phrase) {
					t.Errorf("it does not say %q", phrase)
				}
			}
			if t.Failed() {
				t.Log("\n" + said)
			}
		})
		codes[p.code] = true
	}
	for _, code := range []string{"L04", "L05", "C04", "C05", "C06", "C07", "C08"} {
		if !codes[code] {
			t.Errorf("no pair shows %s", code)
		}
	}
}

// comparison returns a comparison as text, which is plain ASCII of 80 columns,
// and wants its JSON to be written.
func comparison(t *testing.T, r bundle.Comparison) string {
	t.Helper()
	var out, machine bytes.Buffer
	if err := r.Text(&out); err != nil {
		t.Fatal(err)
	}
	if err := r.JSON(&machine); err != nil || !strings.Contains(machine.String(), string(r.Headline)) {
		t.Errorf("JSON: %v", err)
	}
	for line := range strings.Lines(out.String()) {
		if line = strings.TrimSuffix(line, "\n"); len(line) > 80 || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("a line is not 80 columns of plain ASCII: %q", line)
		}
	}
	return out.String()
}

// TestCompareTakesEveryVector lays an honest bundle beside each dishonest one, on
// either side: nothing breaks it, and what a bundle is caught for by itself up to
// step 13 keeps the comparison from saying that both are one record.
func TestCompareTakesEveryVector(t *testing.T) {
	honest := bundletest.Tell(seed, bundletest.Hooks{}, bundletest.TinyStory()).Bundle()
	tried, failures := append(vectors(), moreVectors()...), int64(0)
	for _, v := range tried {
		file, o := v.build()
		alone := verify(file, o)
		early := false
		for _, q := range alone.Questions {
			for _, f := range q.Findings {
				early = early || f.Number <= 13 && (f.Outcome == bundle.Fail || f.Outcome == bundle.Unknown)
			}
		}
		for _, sides := range [][2]bundle.Given{
			{given("honest", honest), given("other", file)}, {given("other", file), given("honest", honest)},
		} {
			r := bundle.Compare(t.Context(), sides[0], sides[1], o)
			if early && r.Exit == bundle.ExitMatches || r.Exit == bundle.ExitFault && alone.Exit != bundle.ExitFault {
				failures++
				t.Errorf("%s: by itself exit %d, compared %d", v.name, alone.Exit, r.Exit)
			}
		}
	}
	r := bundle.Compare(t.Context(), given("honest", honest), given("honest", honest), options(bundletest.Tell(seed, bundletest.Hooks{}, bundletest.TinyStory())))
	if r.Exit != bundle.ExitMatches {
		failures++
		t.Errorf("the control: one honest bundle twice exits %d", r.Exit)
	}
	proof(t, "compare-vectors", int64(2*len(tried)), failures, "one honest bundle twice exits 0")
}
