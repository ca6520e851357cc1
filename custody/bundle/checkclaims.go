package bundle

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"custos.example/ledger"
)

// clockTolerance is how far the clocks of one record may be apart.
const clockTolerance = 60 * time.Second

// claim is the time that an entry states, with its place.
type claim struct {
	kind  ledger.ChainKind
	n     uint64
	index ledger.Index
	time  time.Time
}

// String names the entry.
func (k claim) String() string { return fmt.Sprintf("%s %d", k.kind, k.n) }

// claims returns the stated times of all shown entries in the order of the log.
func (c *checker) claims() []claim {
	var list []claim
	c.shown(func(kind ledger.ChainKind, e ledger.Entry) {
		list = append(list, claim{kind, e.N, e.Index, e.Statement.Predicate.Time.Time})
	})
	slices.SortFunc(list, func(a, b claim) int { return int(a.index) - int(b.index) })
	return list
}

// checkTimes wants no entry to state a time that cannot be: one before what its
// signer had already seen, or one after an outside proof that the entry was
// there. Times need not rise otherwise: the order is the log's, and a time out of
// its order is told.
func checkTimes(c *checker) []problem {
	problems := c.beforeSeen()
	var ahead []string
	for _, k := range c.claims() {
		at, by := time.Time{}, ""
		if s, ok := c.existedBy(k.index); ok && k.time.After(s.latest().Add(clockTolerance)) {
			at, by = s.latest(), fmt.Sprintf("a time stamp of %s was over it", s.Authority)
		}
		if signed, name, ok := c.coSignedBy(k.index); ok && k.time.After(signed.Add(clockTolerance)) {
			at, by = signed, fmt.Sprintf("the co-signer %s had signed for it", name)
		}
		switch {
		case by == "":
		case c.ranAhead(k):
			ahead = append(ahead, fmt.Sprintf("entry %s by %s", k, k.time.Sub(at).Round(time.Second)))
		default:
			problems = append(problems, differs("C02", "The stated time of entry %s cannot be right: it is %s, and by %s %s.",
				k, k.time.Format(moment), at.Format(moment), by))
		}
	}
	if len(ahead) > 0 {
		problems = append(problems, limit("C09", "Entries are dated later than others had already confirmed them, and the record says that the clock ran ahead then: %s.", someOf(ahead)))
	}
	return append(append(problems, c.outOfOrder()...), c.clockSteps()...)
}

// someOf joins the first of a list, and says how many more there are.
func someOf(list []string) string {
	if len(list) <= mostNamed {
		return strings.Join(list, "; ")
	}
	return fmt.Sprintf("%s, and %d more", strings.Join(list[:mostNamed], "; "), len(list)-mostNamed)
}

// ranAhead tells whether the record itself says, after an entry, that the clock
// was put back from what the entry states or later: it was dated too late by a
// clock that ran ahead, and nobody hid that.
func (c *checker) ranAhead(k claim) bool {
	for _, e := range c.organisation.entries {
		d, ok := e.Statement.Predicate.Detail.(*ledger.ClockStepped)
		if ok && e.Index > k.index && d.After.Before(k.time) && !k.time.After(d.Before.Add(clockTolerance)) {
			return true
		}
	}
	return false
}

// clockSteps tells what the record itself says of steps of the clock.
func (c *checker) clockSteps() []problem {
	var problems []problem
	for _, e := range c.organisation.entries {
		d, ok := e.Statement.Predicate.Detail.(*ledger.ClockStepped)
		if !ok {
			continue
		}
		by := "the service noticed it"
		if a := e.Statement.Predicate.Actor; c.ring[a.Key].HeldBy != "" && a.Role != ledger.RoleRecorder {
			by = c.ring[a.Key].Name + " confirmed it"
		}
		problems = append(problems, limit("C10", "While this case was worked on, the recording service's clock went from %s to %s; %s. Times stated around log entry %d are to be read with that.",
			d.Before.Format(moment), d.After.Format(moment), by, e.Index))
	}
	return problems
}

// beforeSeen returns the entries that state a time before one that their signer
// had already seen.
func (c *checker) beforeSeen() []problem {
	var problems []problem
	for _, s := range []*shownChain{&c.keys, &c.work} {
		stated := map[uint64]time.Time{}
		for _, e := range s.entries {
			p := e.Statement.Predicate
			stated[e.N] = p.Time.Time
			seen, ok := stated[p.Place.After.N]
			if ok && p.Place.After.N < e.N && p.Time.Add(clockTolerance).Before(seen) {
				problems = append(problems, differs("C02", "The stated time of entry %s %d cannot be right: its signer had already seen entry %d, which is later.", s.Kind, e.N, p.Place.After.N))
			}
		}
	}
	return problems
}

// coSignedBy returns the earliest co-signature of the quorum over a checkpoint
// that holds the entry. Every entry shown is under the bundle's.
func (c *checker) coSignedBy(ledger.Index) (at time.Time, name string, ok bool) {
	for _, s := range c.held.coSigned {
		if !ok || s.At.Before(at) {
			at, name, ok = s.At, s.Key.Name, true
		}
	}
	return at, name, ok
}

// mostNamed is how many entries one sentence names.
const mostNamed = 5

// outOfOrder tells which entries state an earlier time than one that stands
// before them in the log, or than a time stamp that did.
func (c *checker) outOfOrder() []problem {
	var late []string
	var newest claim
	for _, k := range c.claims() {
		floor, after := newest.time, "entry "+newest.String()
		if s, ok := c.recordedAfter(k.index); ok && s.Time.Add(-s.Accuracy).After(floor) {
			floor, after = s.Time.Add(-s.Accuracy), "a time stamp of "+s.Authority
		}
		if k.time.Add(clockTolerance).Before(floor) {
			late = append(late, fmt.Sprintf("entry %s by %s, after %s", k, floor.Sub(k.time).Round(time.Second), after))
		}
		if k.time.After(newest.time) {
			newest = k
		}
	}
	if len(late) == 0 {
		return nil
	}
	return []problem{limit("C09", "The stated times are not in the order of the log, which alone is relied on. Stated too early: %s.", someOf(late))}
}
