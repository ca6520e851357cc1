package quorum

import (
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
