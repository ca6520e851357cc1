package quorum

import (
	"cmp"
	"slices"
	"strings"

	"custos.example/ledger"
)

// None is the quorum that asks for nobody.
const None = "none"

// Organisation returns whose key k is: its name up to the first "/". So the keys
// co-signer.example/2026 and co-signer.example/spare are one organisation's.
//
// Trust: a name says what whoever wrote the policy wrote. That two names are two
// organisations is theirs to know.
func Organisation(k ledger.NoteKey) string {
	name, _, _ := strings.Cut(k.Name, "/")
	return name
}

// Asked tells whether the policy wants any co-signer at all.
func (p Policy) Asked() bool { return p.Quorum != "" && p.Quorum != None }

// Organisations returns the least number of organisations that make the quorum,
// and how many there are in it.
// Shape: 0, 0 for a policy that asks for nobody.
func (p Policy) Organisations() (least, all int) {
	return p.least(p.Quorum), len(p.behind(p.Quorum))
}

// least returns how many organisations a name of the policy needs at least.
func (p Policy) least(name string) int {
	for _, c := range p.CoSigners {
		if c.Name == name {
			return 1
		}
	}
	for _, g := range p.Groups {
		if g.Name != name {
			continue
		}
		each := make([]int, len(g.Members))
		for i, m := range g.Members {
			each[i] = p.least(m)
		}
		slices.Sort(each)
		sum := 0
		for _, n := range each[:g.Need] {
			sum += n
		}
		return sum
	}
	return 0
}

// Nearest returns the co-signers of that way to the quorum which wants the fewest more,
// beside those who have co-signed. Shape: when the quorum is met, the fewest who meet it.
func (p Policy) Nearest(signed func(ledger.NoteKey) bool) []ledger.NoteKey {
	return p.nearest(p.Quorum, signed).keys
}

// way is one way to what a name of the policy needs.
type way struct {
	keys    []ledger.NoteKey
	missing int // how many of them have not co-signed
}

func (p Policy) nearest(name string, signed func(ledger.NoteKey) bool) way {
	for _, c := range p.CoSigners {
		if c.Name != name {
			continue
		}
		if signed(c.Key) {
			return way{[]ledger.NoteKey{c.Key}, 0}
		}
		return way{[]ledger.NoteKey{c.Key}, 1}
	}
	var all way
	for _, g := range p.Groups {
		if g.Name != name {
			continue
		}
		each := make([]way, len(g.Members))
		for i, m := range g.Members {
			each[i] = p.nearest(m, signed)
		}
		slices.SortStableFunc(each, func(a, b way) int {
			return cmp.Or(cmp.Compare(a.missing, b.missing), cmp.Compare(len(a.keys), len(b.keys)))
		})
		for _, w := range each[:g.Need] {
			all.keys, all.missing = append(all.keys, w.keys...), all.missing+w.missing
		}
	}
	return all
}

// behind returns the organisations under a name of the policy, sorted.
func (p Policy) behind(name string) []string {
	var list []string
	for _, c := range p.CoSigners {
		if c.Name == name {
			return []string{Organisation(c.Key)}
		}
	}
	for _, g := range p.Groups {
		if g.Name == name {
			for _, m := range g.Members {
				list = append(list, p.behind(m)...)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// apart refuses a group in which one organisation could be counted twice: where
// two or more members are needed, no organisation stands under two of them.
func (p Policy) apart(g Group) *ledger.Fault {
	if g.Need < 2 {
		return nil
	}
	under := map[string]string{}
	for _, m := range g.Members {
		for _, o := range p.behind(m) {
			if other, twice := under[o]; twice {
				return refuse("group %q: %q and %q are both of the organisation %q, which would count twice: "+
					"put its keys into a group of their own with the threshold any, and name that group here", g.Name, other, m, o)
			}
			under[o] = m
		}
	}
	return nil
}
