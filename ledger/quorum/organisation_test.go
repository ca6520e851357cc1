package quorum_test

import (
	"crypto/sha256"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"testing"
	"time"

	"custos.example/ledger"
	"custos.example/ledger/quorum"
	"custos.example/ledger/sign"
)

// keys are co-signers' keys, three to an organisation; seeds, so that a test can
// be repeated.
func keys(t *testing.T) (text string, signers map[string]*sign.Key, notes map[string]ledger.NoteKey) {
	t.Helper()
	signers, notes = map[string]*sign.Key{}, map[string]ledger.NoteKey{}
	for _, organisation := range []string{"a", "b", "c", "d"} {
		for i := range 3 {
			name := fmt.Sprint(organisation, i)
			sum := sha256.Sum256([]byte(name))
			k, err := sign.Generate(strings.NewReader(string(sum[:])))
			if err != nil {
				t.Fatal(err)
			}
			p, err := ledger.NewPublicKey(k.Public())
			if err != nil {
				t.Fatal(err)
			}
			n, err := ledger.NewNoteKey(fmt.Sprintf("%s.example/%d", organisation, i), ledger.CoSignerKey, p)
			if err != nil {
				t.Fatal(err)
			}
			signers[name], notes[name] = k, n
			text += fmt.Sprintf("witness %s %s\n", name, n)
		}
	}
	return text, signers, notes
}

// TestOrganisationsCountOnce refuses every shape in which one organisation would
// count twice, and takes those in which it does not.
func TestOrganisationsCountOnce(t *testing.T) {
	text, _, _ := keys(t)
	for rest, want := range map[string][2]int{
		"group g 3 a0 b0 c0 d0\nquorum g\n":                                                   {3, 4},
		"group g 2 a0 a1 b0\nquorum g\n":                                                      {-1, 0},
		"group g all a0 a1\nquorum g\n":                                                       {-1, 0},
		"group g any a0 a1 b0\nquorum g\n":                                                    {1, 2},
		"group a any a0 a1 a2\ngroup b any b0 b1\ngroup g 3 a b c0 d0\nquorum g\n":            {3, 4},
		"group a 1 a0 a1\ngroup g 2 a a2 b0\nquorum g\n":                                      {-1, 0},
		"group x any a0 b0\ngroup y any a1 c0\ngroup g all x y\nquorum g\n":                   {-1, 0},
		"group x all a0 b0\ngroup y all c0 d0\ngroup g any x y\nquorum g\n":                   {2, 4},
		"group x all a0 b0\ngroup y all a1 c0\ngroup g any x y\nquorum g\n":                   {2, 3},
		"group x all a0 b0\ngroup y all a1 c0\ngroup z any x y\ngroup g all z d0\nquorum g\n": {3, 4},
		"quorum a0\n":   {1, 1},
		"quorum none\n": {0, 0},
	} {
		p, err := quorum.Parse([]byte(text + rest))
		if want[0] < 0 {
			if ledger.CodeOf(err) != ledger.FaultPolicyFile || !strings.Contains(err.Error(), "organisation") {
				t.Errorf("%q: %v", rest, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", rest, err)
			continue
		}
		if least, all := p.Organisations(); least != want[0] || all != want[1] || p.Asked() != (want[0] > 0) {
			t.Errorf("%q: %d of %d", rest, least, all)
		}
	}
}

// TestEveryQuorum tries every set of co-signatures under policies with several keys
// an organisation: a quorum is met only with as many organisations as the policy
// says at least. Control: the same policies are met by some sets.
func TestEveryQuorum(t *testing.T) {
	text, signers, notes := keys(t)
	log, err := sign.Generate(strings.NewReader(strings.Repeat("l", 32)))
	if err != nil {
		t.Fatal(err)
	}
	public, err := ledger.NewPublicKey(log.Public())
	if err != nil {
		t.Fatal(err)
	}
	logKey, err := ledger.NewNoteKey("log.example", ledger.LogKey, public)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := ledger.Checkpoint{Origin: "log.example", Size: 7}.Sign(log.NoteSigner("log.example"))
	if err != nil {
		t.Fatal(err)
	}
	base, err := ledger.ParseCheckpoint(signed)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"a0", "a1", "a2", "b0", "b1", "c0", "d0"}
	lines := map[string]string{}
	for _, name := range names {
		s, err := base.CoSign(notes[name], time.Unix(1, 0), func(m []byte) ([]byte, error) { return signers[name].Sign(t.Context(), m) })
		if err != nil {
			t.Fatal(err)
		}
		s.Signatures = s.Signatures[1:]
		lines[name] = string(s.Lines())
	}
	trials, met := 0, 0
	for _, rest := range []string{
		"group a any a0 a1 a2\ngroup b any b0 b1\ngroup g 3 a b c0 d0\nquorum g\n",
		"group g 3 a0 b0 c0 d0\nquorum g\n",
		"group x all a0 b0\ngroup y all c0 d0\ngroup g any x y\nquorum g\n",
	} {
		p, err := quorum.Parse([]byte(text + rest))
		if err != nil {
			t.Fatal(err)
		}
		least, _ := p.Organisations()
		meets := make([]bool, 1<<len(names))
		for set := range meets {
			added, organisations := "", map[string]bool{}
			for i, name := range names {
				if set>>i&1 == 1 {
					added += lines[name]
					organisations[quorum.Organisation(notes[name])] = true
				}
			}
			s, err := base.With([]byte(added))
			if err != nil {
				t.Fatal(err)
			}
			trials++
			if _, err := p.Verify(s, logKey); err == nil {
				met, meets[set] = met+1, true
				if len(organisations) < least {
					t.Errorf("%q is met by %d organisations", rest, len(organisations))
				}
			}
		}
		nearest(t, p, notes, names, meets)
	}
	if met == 0 || met == trials {
		t.Fatalf("control: %d of %d sets meet their policy", met, trials)
	}
	t.Logf("PROOF harness=quorums-by-organisation trials=%d failures=0 control=\"%d of the sets meet their policy\"", trials, met)
}

// nearest holds Nearest against every set that meets a policy: none of them wants fewer
// co-signatures more, or is smaller and wants as few.
func nearest(t *testing.T, p quorum.Policy, notes map[string]ledger.NoteKey, names []string, meets []bool) {
	t.Helper()
	cost := func(way, have int) int { // what is wanted more counts before the size
		return bits.OnesCount(uint(way&^have))*100 + bits.OnesCount(uint(way))
	}
	for have := range meets {
		way := 0
		for _, k := range p.Nearest(func(k ledger.NoteKey) bool {
			return have>>slices.IndexFunc(names, func(n string) bool { return notes[n] == k })&1 == 1
		}) {
			way |= 1 << slices.IndexFunc(names, func(n string) bool { return notes[n] == k })
		}
		if !meets[way] {
			t.Errorf("of %b the nearest is %b, which is no quorum", have, way)
		}
		for other, met := range meets {
			if met && cost(other, have) < cost(way, have) {
				t.Errorf("of %b, %b is nearer than %b", have, other, way)
			}
		}
	}
}
