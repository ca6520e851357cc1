package witness_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"custos.example/ledger"
	"custos.example/ledger/quorum"
	"custos.example/ledger/witness"
)

// panel is four co-signers of four organisations, and the policy that wants three.
type panel struct {
	keys    []keys
	folders []string
	logs    []ledger.NoteKey
	policy  quorum.Policy
}

func newPanel(tb testing.TB, log ledger.NoteKey, made []keys) panel {
	tb.Helper()
	p := panel{keys: made, logs: []ledger.NoteKey{log}}
	text, names := "", ""
	for i, k := range made {
		p.folders = append(p.folders, filepath.Join(tb.TempDir(), fmt.Sprint(i)))
		text += fmt.Sprintf("witness w%d %s\n", i, k.note)
		names += fmt.Sprintf(" w%d", i)
	}
	var err error
	if p.policy, err = quorum.Parse([]byte(text + "group all 3" + names + "\nquorum all\n")); err != nil {
		tb.Fatal(err)
	}
	p.remember(tb)
	return p
}

// remember gives every co-signer an empty memory.
func (p *panel) remember(tb testing.TB) {
	tb.Helper()
	for i := range p.folders {
		p.folders[i] = filepath.Join(tb.TempDir(), "memory")
		admit(tb, p.folders[i], p.logs...)
	}
}

func (p *panel) witness(i int) *witness.Witness { return witnessIn(p.folders[i], p.keys[i], p.logs...) }

// offer puts a checkpoint to one co-signer as an able forger would: from whatever
// size the co-signer says it has.
func (p *panel) offer(tb testing.TB, i int, b branch, size uint64) []byte {
	tb.Helper()
	from := uint64(0)
	for range 3 {
		lines, err := p.witness(i).Add(tb.Context(), b.request(from, size).Bytes())
		no := new(witness.Refusal)
		switch {
		case err == nil:
			return lines
		case !errors.As(err, &no):
			tb.Fatal(err)
		case no.Status == 409 && no.Size < size && no.Size != from:
			from = no.Size
			continue
		}
		return nil
	}
	return nil
}

// quorate tells whether lines make the quorum of a checkpoint.
func (p *panel) quorate(tb testing.TB, s ledger.SignedCheckpoint, lines [][]byte) bool {
	tb.Helper()
	for _, l := range lines {
		var err error
		if s, err = s.With(l); err != nil {
			tb.Fatal(err)
		}
	}
	_, err := p.policy.Verify(s, p.logs...)
	return err == nil
}

// scheme is one way to offer two branches: for each co-signer which comes first,
// and whether a co-signer is offered both before the next is asked.
type scheme struct {
	first  int // bit i: co-signer i gets the second branch first
	inTurn bool
	order  []int // of the co-signers
}

// attempt offers both branches and tells which of them got the quorum.
func (p *panel) attempt(tb testing.TB, b [2]branch, size [2]uint64, s scheme, forgetful bool) (got [2]bool) {
	tb.Helper()
	p.remember(tb)
	var lines [2][][]byte
	ask := func(i, which int) {
		if forgetful {
			p.folders[i] = filepath.Join(tb.TempDir(), "memory")
			admit(tb, p.folders[i], p.logs...)
		}
		if l := p.offer(tb, i, b[which], size[which]); l != nil {
			lines[which] = append(lines[which], l)
		}
	}
	rounds := [][]int{{0, 1}}
	if !s.inTurn {
		rounds = [][]int{{0}, {1}}
	}
	for _, round := range rounds {
		for _, i := range s.order {
			for _, turn := range round {
				ask(i, turn^(s.first>>i&1))
			}
		}
	}
	for which := range b {
		got[which] = p.quorate(tb, b[which].at(size[which]), lines[which])
	}
	return got
}

// orders returns all orders of n numbers.
func orders(n int) [][]int {
	if n == 0 {
		return [][]int{{}}
	}
	var list [][]int
	for _, o := range orders(n - 1) {
		for at := 0; at <= len(o); at++ {
			list = append(list, append(append(append([]int{}, o[:at]...), n-1), o[at:]...))
		}
	}
	return list
}

// TestFork makes two histories with the log's real key and offers both to four
// real co-signers: every choice of who sees which first, both by co-signer and by
// branch, in every order of the co-signers, at several sizes. At most one branch
// ever has three of four. Control: co-signers that forget give both.
func TestFork(t *testing.T) {
	key := newKeys(t, origin, ledger.LogKey)
	made := make([]keys, 4)
	for i := range made {
		made[i] = newKeys(t, fmt.Sprintf("organisation%d.example/2026", i), ledger.CoSignerKey)
	}
	p := newPanel(t, key.note, made)
	b := [2]branch{newBranch(t, key, "one", 7, 40), newBranch(t, key, "two", 7, 40)}
	sizes := [][2]uint64{{8, 8}, {20, 33}, {40, 9}}
	order := orders(4)
	if !long() {
		order = order[:3]
		sizes = sizes[:2]
	}
	trials, failures, won, caught, controls := 0, 0, 0, 0, 0
	for _, size := range sizes {
		for first := range 16 {
			for _, inTurn := range []bool{false, true} {
				for _, o := range order {
					trials++
					got := p.attempt(t, b, size, scheme{first, inTurn, o}, false)
					if got[0] && got[1] {
						failures++
					}
					if got[0] || got[1] {
						won++
					}
				}
				controls++
				if got := p.attempt(t, b, size, scheme{first, inTurn, order[0]}, true); got[0] && got[1] {
					caught++
				}
			}
		}
	}
	if caught != controls || won == 0 {
		t.Fatalf("control: forgetful co-signers gave both branches a quorum %d of %d times; one branch won %d times", caught, controls, won)
	}
	proof(t, "fork-offered-to-four", trials, failures, fmt.Sprintf("four that forget gave both branches the quorum %d of %d times", caught, controls))
}
