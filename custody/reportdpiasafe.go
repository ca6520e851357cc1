package custody

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"custos.example/analysis/paper"
	"custos.example/ledger"
)

// accessSection says how well access is controlled.
func (d *dpia) accessSection(ctx context.Context) (paper.Section, error) {
	refused, err := d.refusals(ctx, d.cases, d.ask)
	if err != nil {
		return paper.Section{}, err
	}
	rules := tallies{}
	var all, exhibits, checked []ledger.EntryID
	for _, one := range refused {
		all = append(all, one.Entry)
		for _, rule := range slices.Compact(slices.Sorted(slices.Values(one.Rules))) {
			rules.add(rule, 0, one.Entry)
		}
	}
	acted := map[string]bool{}
	for _, c := range d.cases {
		for _, x := range c.exhibits {
			if !d.ask.within(x.Time.Time) {
				continue
			}
			exhibits = append(exhibits, x.Entry)
			check, known, err := maybe[checkFact](ctx, c.Store, c.id, inChecks, x.Entry.String(), d.ask.asOf)
			if err != nil {
				return paper.Section{}, err
			}
			if known {
				checked = append(checked, check.Entry)
			}
		}
		for _, l := range c.looks {
			if d.ask.within(l.Time.Time) {
				acted[l.By] = true
			}
		}
	}
	enrolled, dormant, err := d.keyHolders(ctx, acted)
	if err != nil {
		return paper.Section{}, err
	}
	d.keep("access", keysOf(rules))
	return paper.Section{
		Heading: "7. Control of access",
		Figures: slices.Concat([]paper.Figure{
			countFigure("dpia.refusals", "Requests refused", all), countFigure("dpia.exhibits", "Versions of exhibits", exhibits), countFigure("dpia.exhibits.checked", "of these, checked by a second person", checked),
			countFigure("dpia.people.enrolled", "People with a key in force", enrolled), countFigure("dpia.people.dormant", "of these, who asked for nothing in the period", dormant),
		}, rules.figures("dpia.rule", "Refused by ")),
	}, nil
}

// keyHolders are the people with a key in force, and those of them who asked for nothing
// in the period, of the organisation or, as acted has it, in a case.
func (d *dpia) keyHolders(ctx context.Context, acted map[string]bool) (enrolled, dormant []ledger.EntryID, err error) {
	own, err := list[lookFact](ctx, d.Store, "", inLooks, d.ask.asOf)
	if err != nil {
		return nil, nil, err
	}
	for _, l := range own {
		if d.ask.within(l.Time.Time) {
			acted[l.By] = true
		}
	}
	people, err := list[personFact](ctx, d.Store, "", inPeople, d.ask.asOf)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range people {
		gone, err := has(ctx, d.Store, "", inRevoked, p.Key.String(), d.ask.asOf)
		if err != nil {
			return nil, nil, err
		}
		if gone || slices.Contains(p.Roles, ledger.RoleRecorder) || slices.Contains(p.Roles, ledger.RoleLog) {
			continue
		}
		if enrolled = append(enrolled, p.Entry); !acted[p.ID] {
			dormant = append(dormant, p.Entry)
		}
	}
	return enrolled, dormant, nil
}

// accuracySection says how right the data is.
func (d *dpia) accuracySection(context.Context) (paper.Section, error) {
	var sets, aside, excess, failed []ledger.EntryID
	var received, setAside, repeats, outside int64
	for _, c := range d.cases {
		for _, s := range c.datasets {
			if !d.ask.within(s.Time.Time) {
				continue
			}
			sets = append(sets, s.Entry)
			received, repeats = received+int64(s.Balance.Received), repeats+int64(s.Balance.Repeats) //nolint:gosec // far below
			if s.Balance.SetAside > 0 {
				aside, setAside = append(aside, s.Entry), setAside+int64(s.Balance.SetAside) //nolint:gosec // far below
			}
			if _, has := s.subject(portExcess); has && s.Balance.Outside > 0 {
				excess, outside = append(excess, s.Entry), outside+int64(s.Balance.Outside) //nolint:gosec // far below
			}
		}
		for _, e := range c.errors {
			if !e.Gone && d.ask.within(e.DiscoveredAt.Time) {
				failed = append(failed, e.Entry)
			}
		}
	}
	return paper.Section{
		Heading: "8. Accuracy",
		Figures: []paper.Figure{
			sumFigure("dpia.rows", "Rows received", "", received, sets), sumFigure("dpia.rows.aside", "of these, set aside with a reason", "", setAside, aside),
			sumFigure("dpia.rows.repeats", "of these, repeats of others", "", repeats, sets), sumFigure("dpia.rows.outside", "of these, outside what was authorised", "", outside, excess),
			countFigure("dpia.errors", "Errors discovered", failed),
		},
	}, nil
}

// securitySection says how safe the record is; the report health says more.
func (d *dpia) securitySection(ctx context.Context) (paper.Section, error) {
	s, err := d.logSection(ctx, d.ask)
	if err != nil {
		return s, err
	}
	s.Heading, s.Table = "9. Safety of the record", nil
	for n, f := range s.Figures {
		s.Figures[n].ID = strings.Replace(f.ID, "health.", "dpia.log.", 1)
	}
	s.Paragraphs = []string{"Signatures, co-signers and gaps are looked at in the report health, which records what was seen."}
	d.keep("security", []string{strconv.FormatBool(s.Figures[0].Value > 0), strconv.FormatBool(s.Figures[1].Value > 0), strconv.FormatBool(strings.HasPrefix(factOf(s, "Newest time stamp"), "none"))})
	return s, nil
}

// inUse is what is in use as of a place in the log: sources, analyses, roles and
// rules, each in words, with an entry of it.
func (d *dpia) inUse(ctx context.Context, asOf uint64) (map[string]ledger.EntryID, error) {
	use := map[string]ledger.EntryID{}
	cases, err := list[registeredFact](ctx, d.Store, "", inCases, asOf)
	if err != nil {
		return nil, err
	}
	for _, c := range cases {
		for collection, word := range map[string]string{inDatasets: "source", inRuns: "step"} {
			facts, err := list[producedFact](ctx, d.Store, c.Case, collection, asOf)
			if err != nil {
				return nil, err
			}
			for _, f := range facts {
				noteUse(use, fmt.Sprintf("%s %s@%d", word, f.Step.Name, f.Step.Version), f.Entry)
			}
		}
	}
	people, err := list[personFact](ctx, d.Store, "", inPeople, asOf)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		for _, role := range p.Roles {
			noteUse(use, "role "+role, p.Entry)
		}
	}
	release, err := find[releaseFact](ctx, d.Store, "", inReleases, theRules, asOf)
	if err != nil {
		return nil, err
	}
	use["rules "+release.Name+" "+release.Release.String()[:16]] = release.Entry
	return use, nil
}

// noteUse keeps the entry whose id is the smallest, so that the order in which they are
// met does not matter.
func noteUse(use map[string]ledger.EntryID, name string, entry ledger.EntryID) {
	if before, known := use[name]; !known || compareEntries(entry, before) < 0 {
		use[name] = entry
	}
}

// changeSection says what is new since the assessment before.
func (d *dpia) changeSection(ctx context.Context) (paper.Section, error) {
	now, err := d.inUse(ctx, d.ask.asOf)
	if err != nil {
		return paper.Section{}, err
	}
	before := map[string]ledger.EntryID{}
	if d.before != nil {
		if before, err = d.inUse(ctx, d.asOf); err != nil {
			return paper.Section{}, err
		}
	}
	t := paper.Table{Columns: []string{"What", "Change", "Entry"}, Rows: [][]string{}}
	var added, gone []ledger.EntryID
	for _, name := range keysOf(now) {
		if _, known := before[name]; !known {
			added = append(added, now[name])
			t.Rows = append(t.Rows, []string{name, "new", shortID(now[name])})
		}
	}
	for _, name := range keysOf(before) {
		if _, known := now[name]; !known {
			gone = append(gone, before[name])
			t.Rows = append(t.Rows, []string{name, "no more", shortID(before[name])})
		}
	}
	d.keep("change", keysOf(now))
	words := "Sources, steps, roles and rules that were not in use at the assessment before, or are no more."
	if d.before == nil {
		words = "There is no assessment before this one: everything is new."
	}
	return paper.Section{
		Heading: "10. Change since the assessment before", Paragraphs: []string{words}, Table: &t,
		Figures: []paper.Figure{sumFigure("dpia.new", "New", "", int64(len(added)), added), sumFigure("dpia.no-more", "No more", "", int64(len(gone)), gone)},
	}, nil
}
