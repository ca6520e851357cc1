package custody

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"custos.example/analysis/paper"
	"custos.example/ledger"
	"custos.example/policy"
)

// oversightReport is what those see who answer for the work and not for its content:
// volume, delay and cost. It names no case, no person and no number, and counts that
// are too small are not told.
func oversightReport(ctx context.Context, a *act, ask reportAsk) (paper.Document, error) {
	about, err := a.aboutRecord(ctx, ask)
	if err != nil {
		return paper.Document{}, err
	}
	cases, err := a.casesAsOf(ctx, ask)
	if err != nil {
		return paper.Document{}, err
	}
	today, err := civilDay(ask.on)
	if err != nil {
		return paper.Document{}, err
	}
	o := oversight{cases: cases, ask: ask, today: today}
	volume, err := o.volumeSection(ctx)
	if err != nil {
		return paper.Document{}, err
	}
	delay, err := o.delaySection(ctx)
	if err != nil {
		return paper.Document{}, err
	}
	waiting, err := o.waitingSection(ctx)
	if err != nil {
		return paper.Document{}, err
	}
	sections := append([]paper.Section{volume, delay}, o.costSections()...)
	return paper.Document{
		Reference: "OVERSIGHT", About: about,
		Sections: append(sections, waiting, paper.Section{
			Heading: "What is not told",
			Paragraphs: []string{
				"A count from one to four could point at a person, so it is not told. Where one part of a sum is hidden, the next smallest is hidden with it, so that neither can be worked out. " +
					"Cost is told for a part only when at least five sums stand behind it.",
			},
		}),
	}, nil
}

// oversight draws up the sections of the report.
type oversight struct {
	cases []*caseRecord
	ask   reportAsk
	today policy.Date
}

// volumeSection counts what was done in the period.
func (o *oversight) volumeSection(ctx context.Context) (paper.Section, error) {
	var opened, returns, runs, exhibits, refused, looks, failed []ledger.EntryID
	var hands passed
	records := int64(0)
	for _, c := range o.cases {
		if !c.about.Opened.IsZero() && o.ask.within(c.about.Opened.Time) {
			opened = append(opened, c.about.Entry)
		}
		for _, r := range c.returns {
			if o.ask.within(r.Time.Time) {
				returns, records = append(returns, r.Entry), records+int64(r.records) //nolint:gosec // far below
			}
		}
		for _, r := range c.runs {
			if o.ask.within(r.Time.Time) {
				runs = append(runs, r.Entry)
			}
		}
		for _, x := range c.exhibits {
			if o.ask.within(x.Time.Time) {
				exhibits = append(exhibits, x.Entry)
			}
		}
		for _, l := range c.looks {
			switch {
			case !o.ask.within(l.Time.Time):
			case !l.Allowed:
				refused = append(refused, l.Entry)
			case l.Action == string(policy.RowRead):
				looks = append(looks, l.Entry)
			}
		}
		if err := hands.add(ctx, c, o.ask); err != nil {
			return paper.Section{}, err
		}
		for _, e := range c.errors {
			if !e.Gone && o.ask.within(e.DiscoveredAt.Time) {
				failed = append(failed, e.Entry)
			}
		}
	}
	s := paper.Section{Heading: "1. Volume", Figures: []paper.Figure{
		countFigure("oversight.cases", "Cases opened", opened), countFigure("oversight.items", "Items taken into custody", hands.items), countFigure("oversight.returns", "Returns of communications data", returns),
		sumFigure("oversight.records", "Records in them", "", records, returns), countFigure("oversight.runs", "Runs of steps", runs), countFigure("oversight.exhibits", "Versions of exhibits", exhibits),
		countFigure("oversight.copies", "Copies handed out", hands.copies), countFigure("oversight.submissions", "Submissions to providers", hands.submissions),
		countFigure("oversight.reads", "Reads of rows", looks), countFigure("oversight.refusals", "Requests in cases that were refused", refused), countFigure("oversight.errors", "Errors discovered", failed),
	}}
	for n, f := range s.Figures {
		if len(f.Entries) > 0 && len(f.Entries) < leastTold {
			s.Figures[n] = untold(f)
		}
	}
	return s, nil
}

// passed are the entries of a period by which something went from hand to hand.
type passed struct{ items, copies, submissions []ledger.EntryID }

// add gathers those of a case.
func (p *passed) add(ctx context.Context, c *caseRecord, ask reportAsk) error {
	out, err := c.copiesOut(ctx)
	if err != nil {
		return err
	}
	for _, one := range out {
		if ask.within(one.fact.Time.Time) {
			p.copies = append(p.copies, one.fact.Entry)
		}
	}
	taken, err := list[itemFact](ctx, c.Store, c.id, inItems, ask.asOf)
	if err != nil {
		return err
	}
	for _, i := range taken {
		if ask.within(i.Time.Time) {
			p.items = append(p.items, i.Entry)
		}
	}
	rows, err := registerRows(ctx, c.Store, c.id, submissionRegister, ask.asOf)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, row := range rows {
		if !seen[row.Name] && ask.within(row.Time.Time) {
			p.submissions = append(p.submissions, row.Entry)
		}
		seen[row.Name] = true
	}
	return nil
}

// spell is how long something took, and the entry at its end.
type spell struct {
	days  int
	entry ledger.EntryID
}

// delaySection says how long things took, in the middle and at the longest.
func (o *oversight) delaySection(ctx context.Context) (paper.Section, error) {
	var received, read, worked, back []spell
	for _, c := range o.cases {
		for _, r := range c.returns {
			if !o.ask.within(r.Time.Time) {
				continue
			}
			if r.declared {
				on, err := civilDay(r.Time.Time)
				if err != nil {
					return paper.Section{}, err
				}
				received = append(received, spell{daysBetween(r.said.ObtainedOn, on), r.Entry})
			}
			if d, known := c.firstMade(c.datasets, r.Entry); known {
				read = append(read, spell{daysApart(r.Time.Time, d.Time.Time), d.Entry})
				if run, known := c.firstMade(c.runs, d.Entry); known {
					worked = append(worked, spell{daysApart(r.Time.Time, run.Time.Time), run.Entry})
				}
			}
		}
		submissions, err := c.submissions(ctx, o.ask.asOf, o.today)
		if err != nil {
			return paper.Section{}, err
		}
		for _, s := range submissions {
			if (s.State == SubmissionReturned || s.State == SubmissionClosed) && o.ask.within(s.Time.Time) {
				back = append(back, spell{s.Turnaround, s.Entry})
			}
		}
	}
	s := paper.Section{
		Heading:    "2. Delay",
		Paragraphs: []string{"In whole days. In the middle: of an even number, the earlier of the two."},
	}
	for _, part := range []struct {
		id, words string
		spells    []spell
	}{
		{"received", "from the day on which data was obtained to its receipt", received},
		{"read", "from receipt to a data set", read},
		{"worked", "from receipt to the first run", worked},
		{"provider", "from sending to a provider to the last return", back},
	} {
		s.Figures = append(s.Figures, spellFigures("oversight.delay."+part.id, part.words, part.spells)...)
	}
	return s, nil
}

// spellFigures are the middle and the longest of some spells.
func spellFigures(id, words string, spells []spell) []paper.Figure {
	slices.SortFunc(spells, func(x, y spell) int { return cmp.Or(cmp.Compare(x.days, y.days), compareEntries(x.entry, y.entry)) })
	var entries []ledger.EntryID
	for _, s := range spells {
		entries = append(entries, s.entry)
	}
	if len(spells) == 0 {
		return []paper.Figure{countFigure(id+".number", "Number "+words, nil)}
	}
	figures := []paper.Figure{
		countFigure(id+".number", "Number "+words, entries), sumFigure(id+".middle", "In the middle, "+words, paper.Days, int64(spells[(len(spells)-1)/2].days), entries),
		sumFigure(id+".longest", "At the longest, "+words, paper.Days, int64(spells[len(spells)-1].days), entries),
	}
	if len(spells) < leastTold {
		for n, f := range figures {
			figures[n] = untold(f)
		}
	}
	return figures
}

// firstMade is the first of some facts, in the order of time, that was made from an
// entry.
func (c *caseRecord) firstMade(facts []producedFact, from ledger.EntryID) (producedFact, bool) {
	n := slices.IndexFunc(facts, func(f producedFact) bool {
		return slices.ContainsFunc(f.Dependencies, func(d ledger.Dependency) bool { return d.Entry != nil && *d.Entry == from })
	})
	if n < 0 {
		return producedFact{}, false
	}
	return facts[n], true
}

// daysApart counts whole days between two instants.
func daysApart(from, to time.Time) int { return int(to.Sub(from) / (24 * time.Hour)) }

// costsIn are the sums whose day lies in the period.
func costsIn(cases []*caseRecord, ask reportAsk) ([]Cost, error) {
	place, err := london()
	if err != nil {
		return nil, err
	}
	var sums []Cost
	for _, c := range cases {
		for _, one := range c.costs {
			at, err := time.ParseInLocation(time.DateOnly, string(one.On), place)
			if one.counts() && err == nil && ask.within(at) {
				sums = append(sums, one)
			}
		}
	}
	return sums, nil
}

// costSections add up cost by unit, operator and kind.
func (o *oversight) costSections() []paper.Section {
	sums, err := costsIn(o.cases, o.ask)
	if err != nil {
		return []paper.Section{{Heading: "3. Cost", Paragraphs: []string{err.Error()}}}
	}
	totals := addUp(sums)
	sections := []paper.Section{{
		Heading:    "3. Cost",
		Paragraphs: []string{"Sums whose day lies in the period. What was given back is taken off; what was only expected is added up apart."},
		Figures: suppressSums([]paper.Figure{
			sumFigure("oversight.cost.charged", "Charged", paper.Pence, totals.Charged, totals.Entries), sumFigure("oversight.cost.expected", "Expected", paper.Pence, totals.Expected, totals.Entries),
		}),
	}}
	for n, part := range []struct {
		heading, id string
		lines       []CostLine
	}{{"3a. Cost by unit", "unit", totals.Units}, {"3b. Cost by operator or provider", "operator", totals.Operators}, {"3c. Cost by kind", "kind", totals.Kinds}} {
		group := make([]paper.Figure, len(part.lines))
		for i, line := range part.lines {
			group[i] = sumFigure("oversight.cost."+part.id+"."+inDigits(i+1), line.Name, paper.Pence, line.Charged+line.Expected, line.Entries)
			if n < 2 {
				group[i].Value = line.Charged
			}
		}
		sections = append(sections, paper.Section{Heading: part.heading, Figures: suppressSums(group)})
	}
	return sections
}

// suppressSums hides the sums behind which too few entries stand; where that is one
// alone, the one with the next fewest too.
func suppressSums(group []paper.Figure) []paper.Figure {
	return hide(group, func(f paper.Figure) int64 { return int64(len(f.Entries)) })
}

// waitingSection counts what should have been done, by kind.
func (o *oversight) waitingSection(ctx context.Context) (paper.Section, error) {
	behind := map[string][]ledger.EntryID{}
	for _, c := range o.cases {
		things, err := c.waitingThings(ctx)
		if err != nil {
			return paper.Section{}, err
		}
		for _, w := range things {
			behind[w.kind] = append(behind[w.kind], w.entry)
		}
	}
	var group []paper.Figure
	for n, kind := range waitingKinds() {
		group = append(group, countFigure("oversight.waiting."+inDigits(n+1), strings.ToUpper(kind[:1])+kind[1:], behind[kind]))
	}
	return paper.Section{Heading: "4. What should have been done", Figures: suppress(group)}, nil
}

// keysOf returns the keys of a map in order.
func keysOf[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
