package custody

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"

	"custos.example/analysis/paper"
	"custos.example/ledger"
	"custos.example/policy"
)

// countFigure is a figure that counts entries: its value is how many stand behind it.
func countFigure(id, words string, entries []ledger.EntryID) paper.Figure {
	return sumFigure(id, words, "", int64(len(entries)), entries)
}

// sumFigure is a figure that was added up from entries.
func sumFigure(id, words, unit string, value int64, entries []ledger.EntryID) paper.Figure {
	f := paper.Figure{Entries: make([]string, len(entries)), ID: id, Unit: unit, Value: value, Words: words}
	for n, e := range entries {
		f.Entries[n] = e.String()
	}
	slices.Sort(f.Entries)
	f.Entries = slices.Compact(f.Entries)
	return f
}

// leastTold is the smallest count that is told in a report for those who see totals
// alone. A smaller one, but for none, could point at a person.
const leastTold = 5

// suppress hides the figures of a group that are too small to be told. Where exactly
// one of them is hidden beside a total that is told, the next smallest is hidden too,
// since the one could be worked out from the others.
// Shape: the figures add up to the total.
func suppress(group []paper.Figure) []paper.Figure {
	return hide(group, func(f paper.Figure) int64 { return f.Value })
}

// hide hides the figures whose size is too small to be told; where that is one alone,
// the one with the next smallest size too.
func hide(group []paper.Figure, size func(paper.Figure) int64) []paper.Figure {
	hidden, next, least := 0, -1, int64(0)
	for n, f := range group {
		switch of := size(f); {
		case of > 0 && of < leastTold:
			group[n], hidden = untold(f), hidden+1
		case of > 0 && (next < 0 || of < least):
			next, least = n, of
		}
	}
	if hidden == 1 && next >= 0 {
		group[next] = untold(group[next])
	}
	return group
}

// untold is a figure without what it says.
func untold(f paper.Figure) paper.Figure {
	return paper.Figure{Entries: []string{}, ID: f.ID, Suppressed: true, Unit: f.Unit, Words: f.Words}
}

// shortID is an entry as tables name it: the beginning of its id is enough to find it.
func shortID(e ledger.EntryID) string { return e.String()[:12] }

func inDigits(n int) string { return strconv.Itoa(n) }

// periodWords says what period a report counts.
func (r reportAsk) periodWords() string {
	from, until := "the beginning of the record", "when it was made"
	if !r.from.IsZero() {
		from = inUTC(r.from)
	}
	if !r.until.IsZero() {
		until = "before " + inUTC(r.until)
	}
	return "from " + from + " until " + until
}

// aboutRecord says which record a report was made from.
func (a *act) aboutRecord(ctx context.Context, ask reportAsk) ([]paper.Fact, error) {
	release, err := find[releaseFact](ctx, a.Store, "", inReleases, theRules, ask.asOf)
	if err != nil {
		return nil, err
	}
	return []paper.Fact{
		{Name: "Log", Value: a.Origin},
		{Name: "Period", Value: ask.periodWords()},
		{Name: "Rules in force", Value: release.Name + ", " + release.Release.String()},
	}, nil
}

// casesAsOf are the cases that stood in the record, in the order of their references.
func (a *act) casesAsOf(ctx context.Context, ask reportAsk) ([]*caseRecord, error) {
	facts, err := list[registeredFact](ctx, a.Store, "", inCases, ask.asOf)
	if err != nil {
		return nil, err
	}
	cases := make([]*caseRecord, 0, len(facts))
	for _, f := range facts {
		one, err := a.caseAsOf(ctx, f.Case, ask)
		if err != nil {
			return nil, err
		}
		one.registered = f.Entry
		cases = append(cases, one)
	}
	slices.SortFunc(cases, func(x, y *caseRecord) int {
		return cmp.Or(cmp.Compare(x.name(), y.name()), cmp.Compare(x.id, y.id))
	})
	return cases, nil
}

// dayText is a day of the United Kingdom, nothing when it is not known.
func dayText(d policy.Date) string {
	if d == "" || d == policy.NoDate {
		return ""
	}
	return string(d)
}

// tally gathers entries, and a sum, under a name.
type tally struct {
	entries []ledger.EntryID
	sum     int64
}

// tallies is a table of tallies.
type tallies map[string]*tally

func (t tallies) add(name string, sum int64, entries ...ledger.EntryID) {
	if t[name] == nil {
		t[name] = &tally{}
	}
	t[name].sum += sum
	t[name].entries = append(t[name].entries, entries...)
}

// figures count each name in the order of names; words say what is counted of it.
func (t tallies) figures(id, words string) []paper.Figure {
	list := []paper.Figure{}
	for n, name := range slices.Sorted(maps.Keys(t)) {
		list = append(list, countFigure(id+"."+inDigits(n+1), words+name, t[name].entries))
	}
	return list
}
