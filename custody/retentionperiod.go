package custody

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"custos.example/policy"
)

// RetentionGround is one reason to keep a case.
// Shape: Until is the last day for which it does, that day included;
// policy.OpenDay while that day is not known.
type RetentionGround struct {
	Ground   string      `json:"ground"` // proceedings, conviction, custody, appeal, conviction-review, group, review, authority, hold
	Until    policy.Date `json:"until"`
	Words    string      `json:"words"`
	Citation string      `json:"citation"` // of the rule, as the rules in force have it; empty for a fact of the record
	Verified bool        `json:"verified"` // somebody read the citation in its own text
}

// The grounds.
const (
	GroundProceedings = "proceedings"
	GroundConviction  = "conviction"
	GroundCustody     = "custody"
	GroundAppeal      = "appeal"
	GroundCommission  = "conviction-review"
	GroundGroup       = "group"
	GroundReview      = "review"
	GroundAuthority   = "authority"
	GroundHold        = "hold"
	GroundUnrecorded  = "unrecorded"
)

// grounds returns every reason that the rules give to keep a case about which
// these are the facts. It is pure.
// Shape: sorted by ground; empty only when nothing keeps it.
func (r RetentionRules) grounds(f RetentionFacts) []RetentionGround {
	list := append(r.proceedings(f), r.grouped(f)...)
	sortGrounds(list)
	return list
}

// proceedings are the grounds of the criminal proceedings.
func (r RetentionRules) proceedings(f RetentionFacts) []RetentionGround {
	if !f.Outcome.over() {
		return []RetentionGround{ground(GroundProceedings, policy.OpenDay, r.Ended, "The proceedings have not ended.")}
	}
	var list []RetentionGround
	if f.Outcome == OutcomeConvicted {
		list = append(list, ground(GroundConviction, laterByMonths(f.OutcomeOn, r.Convicted.Months), r.Convicted,
			fmt.Sprintf("%d months after the conviction of %s.", r.Convicted.Months, f.OutcomeOn)))
		switch {
		case f.Custodial && f.ReleasedOn == "":
			list = append(list, ground(GroundCustody, policy.OpenDay, r.Convicted, "Until release from custody; the day is not known."))
		case f.Custodial:
			list = append(list, ground(GroundCustody, f.ReleasedOn, r.Convicted, "Until release from custody."))
		}
	} else {
		list = append(list, ground(GroundProceedings, laterByMonths(f.OutcomeOn, r.Ended.Months), r.Ended,
			fmt.Sprintf("The proceedings ended on %s: %s.", f.OutcomeOn, f.Outcome)))
	}
	for _, p := range []struct {
		name, words string
		state       Pending
		on          policy.Date
		period      RetentionPeriod
	}{
		{GroundAppeal, "An appeal", f.Appeal, f.AppealDecidedOn, r.Appeal},
		{GroundCommission, "A review of the conviction", f.Review, f.ReviewDecidedOn, r.Review},
	} {
		switch p.state {
		case PendingOpen:
			list = append(list, ground(p.name, policy.OpenDay, p.period, p.words+" is pending."))
		case PendingDecided:
			list = append(list, ground(p.name, laterByMonths(p.on, p.period.Months), p.period, fmt.Sprintf("%s was decided on %s.", p.words, p.on)))
		case PendingNone:
		}
	}
	return list
}

// grouped is the ground of the group of the case.
func (r RetentionRules) grouped(f RetentionFacts) []RetentionGround {
	if !f.Outcome.over() {
		return nil
	}
	g, known := r.group(f.Group)
	period := RetentionPeriod{Citation: g.Citation, Verified: g.Verified}
	switch {
	case !known:
		return []RetentionGround{{Ground: GroundGroup, Until: policy.OpenDay, Words: fmt.Sprintf(
			"The rules in force, %s, have no group %q: the case has to be put into one of theirs.", r.Name, f.Group)}}
	case g.KeepToAge > 0 && f.BornOn == "":
		return []RetentionGround{ground(GroundGroup, policy.OpenDay, period, fmt.Sprintf("Group %s is kept to the age of %d; the day of birth is not recorded.", g.Group, g.KeepToAge))}
	case g.KeepToAge > 0:
		return []RetentionGround{ground(GroundGroup, laterBy(f.BornOn, g.KeepToAge), period, fmt.Sprintf("Group %s: until the subject's birthday at the age of %d.", g.Group, g.KeepToAge))}
	case g.OwnPeriod && f.OwnUntil == "":
		return []RetentionGround{ground(GroundGroup, policy.OpenDay, period, fmt.Sprintf("Group %s has a period of its own, and none is recorded.", g.Group))}
	case g.OwnPeriod:
		return []RetentionGround{ground(GroundGroup, f.OwnUntil, period, fmt.Sprintf("Group %s: a period of its own (%s).", g.Group, f.OwnBasis))}
	}
	from := f.clearFrom()
	return []RetentionGround{ground(GroundGroup, laterByMonths(from, 12*g.ClearYears), period, fmt.Sprintf("Group %s: %d clear years from %s.", g.Group, g.ClearYears, from))}
}

// clearFrom is the day from which a clear period runs.
func (f RetentionFacts) clearFrom() policy.Date {
	return max(f.OutcomeOn, f.ClearFrom)
}

// firstReview is the day on which a case is first looked at again; policy.OpenDay
// while the proceedings last.
func (r RetentionRules) firstReview(f RetentionFacts) policy.Date {
	g, known := r.group(f.Group)
	switch {
	case !f.Outcome.over():
		return policy.OpenDay
	case !known:
		return f.OutcomeOn
	case g.ClearYears > 0:
		return laterByMonths(f.clearFrom(), 12*g.ClearYears)
	case g.OwnPeriod && f.OwnUntil != "":
		return min(f.OwnUntil, laterByMonths(f.clearFrom(), 12*g.ReviewYears))
	}
	return laterByMonths(f.clearFrom(), 12*g.ReviewYears)
}

// keptUntil is the latest day of some grounds; policy.NoDate when there are none.
func keptUntil(grounds []RetentionGround) policy.Date {
	latest := policy.NoDate
	for _, g := range grounds {
		if latest == policy.NoDate || g.Until > latest {
			latest = g.Until
		}
	}
	return latest
}

func ground(name string, until policy.Date, period RetentionPeriod, words string) RetentionGround {
	return RetentionGround{Ground: name, Until: until, Words: words, Citation: period.Citation, Verified: period.Verified}
}

func sortGrounds(list []RetentionGround) {
	slices.SortFunc(list, func(a, b RetentionGround) int {
		return cmp.Or(cmp.Compare(a.Ground, b.Ground), cmp.Compare(a.Until, b.Until), cmp.Compare(a.Words, b.Words))
	})
}

// laterByMonths is the same day some months later, or the last of that month when
// it has no such day.
func laterByMonths(day policy.Date, months int) policy.Date {
	at, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return policy.OpenDay // what cannot be reckoned is kept
	}
	first := time.Date(at.Year(), at.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	later := first.AddDate(0, 0, min(at.Day(), last)-1)
	if later.Year() > lastYear {
		return policy.OpenDay
	}
	return policy.Date(later.Format(time.DateOnly))
}

// lastYear is the last of four digits: text order is no order of days behind it.
const lastYear = 9999
