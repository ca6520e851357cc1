package bundle

import (
	"fmt"

	"custos.example/ledger"
)

// keys compares the chains of keys.
func (s *sideBySide) keys() {
	problems := s.chain("keys", s.sides[0].keys.Links, s.sides[1].keys.Links)
	s.note(13, "keys", "the chains of keys agree as far as both show them", problems...)
}

// works compares the work of one case, or says that the bundles are of two.
func (s *sideBySide) works() {
	a, b := s.sides[0], s.sides[1]
	if a.work.ID != b.work.ID {
		if a.manifest.Case == b.manifest.Case {
			s.note(13, "work", "", differs("C05", "One case has two chains of work."))
			return
		}
		s.note(13, "work", "the bundles are of two cases; of these they say nothing to each other")
		return
	}
	problems := s.chain("work", a.work.Links, b.work.Links)
	problems = append(problems, s.withheld()...)
	if x, y := a.made.Heads.Reads, b.made.Heads.Reads; x.N == y.N && x.Commitment != y.Commitment {
		problems = append(problems, differs("C05", "The chain of reads has two branches: each bundle names another entry %d of it. Keep both files.", x.N))
	}
	s.note(13, "work", fmt.Sprintf("entries 1 to %d of the case are the same in both", min(len(a.work.Links), len(b.work.Links))), problems...)
}

// organisations compares the entries of the organisation's chain that both show.
func (s *sideBySide) organisations() {
	problems := s.places("organisation", s.sides[0].organisation.Links, s.sides[1].organisation.Links)
	s.note(13, "organisation", "", problems...)
}

// chain compares two showings of one chain from its first entry on: every
// number that both have, and what one lacks that stood there when it was made.
func (s *sideBySide) chain(kind string, first, second []ledger.Link) []problem {
	problems := s.places(kind, first, second)
	if len(problems) > 0 {
		return problems
	}
	for i, pair := range [2][2][]ledger.Link{{first, second}, {second, first}} {
		has, other := pair[0], pair[1]
		own := s.sides[i].receipt.Index
		for _, l := range other[min(len(has), len(other)):] {
			if l.Index < own {
				problems = append(problems, differs("C07", "Entry %s %d stood in the log (leaf %d) before %s was made (leaf %d), and that bundle ends the chain at entry %d.",
					kind, l.N, l.Index, ordinals[i], own, len(has)))
				break
			}
		}
	}
	return problems
}

// places compares every number that both showings of a chain have.
func (s *sideBySide) places(kind string, first, second []ledger.Link) []problem {
	at := map[uint64]ledger.Link{}
	for _, l := range first {
		at[l.N] = l
	}
	for _, l := range second {
		one, both := at[l.N]
		if !both || one.Commitment == l.Commitment && one.Index == l.Index {
			continue
		}
		p := differs("C05", "The %s chain has two branches: they part at entry %d. One party may have been shown a different record. Keep both files.", kind, l.N)
		if one.Commitment == l.Commitment {
			p = differs("C05", "Entry %s %d stands at two places of the log.", kind, l.N)
		}
		for i, l := range []ledger.Link{one, l} {
			p.detail = append(p.detail, fmt.Sprintf("%s: leaf %d, %s", ordinals[i], l.Index, s.told(i, kind, l)))
			p.excerpt = append(p.excerpt, digestLines(fmt.Sprintf("%d. bundle", i+1), l.Commitment.String())...)
		}
		for i, c := range s.sides {
			p.excerpt = append(p.excerpt, headLines(ordinals[i], c.receipt.Checkpoint)...)
		}
		return []problem{p}
	}
	return nil
}

// told says what a bundle shows of an entry.
func (s *sideBySide) told(i int, kind string, l ledger.Link) string {
	if !l.Shown() {
		return "withheld: " + s.reason(i, l.N)
	}
	c := s.sides[i]
	for _, chain := range []shownChain{c.work, c.keys, c.organisation} {
		for _, e := range chain.entries {
			if chain.Kind.String() == kind && e.N == l.N {
				return fmt.Sprintf("%s by %s, stated %s", e.Statement.Kind(), quoted(c.ring[e.Statement.Predicate.Actor.Key].Name), e.Statement.Predicate.Time.Format("2006-01-02 15:04:05 UTC"))
			}
		}
	}
	return "shown"
}

// reason is why a bundle withholds an entry of the work chain.
func (s *sideBySide) reason(i int, n uint64) string {
	for _, w := range s.sides[i].made.Withheld {
		if w.N == n {
			return w.Reason
		}
	}
	return ""
}

// withheld compares what the two bundles of one case withhold, and why.
func (s *sideBySide) withheld() []problem {
	var problems []problem
	first, second := s.sides[0].work.Links, s.sides[1].work.Links
	for i := range min(len(first), len(second)) {
		n := first[i].N
		one, other := s.reason(0, n), s.reason(1, n)
		switch {
		case one == other:
		case one != "" && other != "":
			problems = append(problems, differs("C06", "Entry %d is withheld in both bundles, as %s in the first and as %s in the second.", n, reasonWords(one), reasonWords(other)))
		case one != "":
			problems = append(problems, limit("C04", "Entry %d is withheld in the first bundle (%s) and shown in the second.", n, reasonWords(one)))
		default:
			problems = append(problems, limit("C04", "Entry %d is shown in the first bundle and withheld in the second (%s).", n, reasonWords(other)))
		}
	}
	return problems
}
