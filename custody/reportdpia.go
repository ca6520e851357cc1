package custody

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"custos.example/analysis/paper"
	"custos.example/ledger"
	"custos.example/policy"
)

// dpiaReport is an assessment of the impact on data protection that lives: what the
// record can tell is worked out anew each time, what people must write is carried
// forward, and marked when the facts that it was written against have moved.
func dpiaReport(ctx context.Context, a *act, ask reportAsk) (paper.Document, error) {
	about, err := a.aboutRecord(ctx, ask)
	if err != nil {
		return paper.Document{}, err
	}
	cases, err := a.casesAsOf(ctx, ask)
	if err != nil {
		return paper.Document{}, err
	}
	d := dpia{act: a, cases: cases, ask: ask, basis: map[string]string{}}
	if err := d.findBefore(ctx); err != nil {
		return paper.Document{}, err
	}
	sections := []paper.Section{}
	for _, generate := range []func(context.Context) (paper.Section, error){
		d.dataSection, d.peopleSection, d.basesSection, d.recipientsSection, d.retentionSection, d.intrusionSection, d.accessSection, d.accuracySection, d.securitySection,
		d.changeSection,
	} {
		s, err := generate(ctx)
		if err != nil {
			return paper.Document{}, err
		}
		sections = append(sections, s)
	}
	for _, part := range writtenParts() {
		sections = append(sections, d.written(part))
	}
	return paper.Document{Reference: "DPIA", About: append(about, paper.Fact{Name: "Assessment before", Value: d.beforeWords()}), Sections: sections}, nil
}

// dpia draws up the sections of an assessment.
type dpia struct {
	*act
	cases  []*caseRecord
	ask    reportAsk
	basis  map[string]string // of each generated section: what people write against
	before *reportFact       // the newest assessment before this one
	asOf   uint64            // of that
	doc    paper.Document    // of that
}

// findBefore reads the newest assessment before this one.
func (d *dpia) findBefore(ctx context.Context) error {
	facts, err := list[reportFact](ctx, d.Store, "", inReports, d.ask.asOf)
	if err != nil {
		return err
	}
	for n, f := range facts {
		if f.Report == "dpia" && (d.before == nil || f.Index > d.before.Index) {
			d.before = &facts[n]
		}
	}
	if d.before == nil {
		return nil
	}
	made, err := d.reportOf(ctx, *d.before)
	if err != nil {
		return fmt.Errorf("the assessment before: %w", err)
	}
	request, err := d.asked(ctx, *d.before)
	d.doc, d.asOf = made.Document, request.asOf
	return err
}

func (d *dpia) beforeWords() string {
	if d.before == nil {
		return "none"
	}
	return inUTC(d.before.Time.Time) + ", entry " + shortID(d.before.Entry)
}

// keep notes what people write against when they write about a generated section.
func (d *dpia) keep(name string, facts []string) {
	slices.Sort(facts)
	sum := sha256.Sum256([]byte(strings.Join(slices.Compact(facts), "\n")))
	d.basis[name] = hex.EncodeToString(sum[:8])
}

// dataSection says which kinds of data there are, and how much.
func (d *dpia) dataSection(context.Context) (paper.Section, error) {
	kinds, formats := tallies{}, tallies{}
	var all []ledger.EntryID
	records := int64(0)
	for _, c := range d.cases {
		for _, r := range c.returns {
			if !d.ask.within(r.Time.Time) {
				continue
			}
			all, records = append(all, r.Entry), records+int64(r.records) //nolint:gosec // far below
			if !r.declared {
				kinds.add("not stated", 0, r.Entry)
			}
			for _, kind := range sorted(r.said.DataTypes) {
				kinds.add(strings.ReplaceAll(string(kind), "-", " "), 0, r.Entry)
			}
		}
		for _, set := range c.datasets {
			if d.ask.within(set.Time.Time) {
				formats.add(fmt.Sprintf("%s@%d", set.Step.Name, set.Step.Version), 0, set.Entry)
			}
		}
	}
	d.keep("data", append(keysOf(kinds), keysOf(formats)...))
	return paper.Section{
		Heading: "1. Categories and volume of data",
		Figures: slices.Concat([]paper.Figure{countFigure("dpia.returns", "Returns of operators", all), sumFigure("dpia.records", "Records in them", "", records, all)},
			kinds.figures("dpia.kind", "Returns of "), formats.figures("dpia.format", "Data sets read by ")),
	}, nil
}

// peopleSection says whom the data is about, as the authorities say it.
func (d *dpia) peopleSection(context.Context) (paper.Section, error) {
	people := tallies{}
	for _, c := range d.cases {
		for _, u := range c.authorities {
			if u.gone || !d.ask.within(u.at.Time) {
				continue
			}
			for _, s := range u.document.Subjects {
				people.add(strings.ReplaceAll(string(s.Category), "-", " "), 1, u.first)
			}
		}
	}
	group := []paper.Figure{}
	for n, name := range keysOf(people) {
		group = append(group, sumFigure("dpia.people."+inDigits(n+1), strings.ToUpper(name[:1])+name[1:], "", people[name].sum, people[name].entries))
	}
	d.keep("people", keysOf(people))
	return paper.Section{
		Heading:    "2. Whom the data is about",
		Paragraphs: []string{"People as authorities of the period name them, by how they stand to the investigation. One who stands in two authorities is counted in each. Counts from one to four are not told."},
		Figures:    suppress(group),
	}, nil
}

// basesSection says under which laws and for which purposes data was obtained.
func (d *dpia) basesSection(context.Context) (paper.Section, error) {
	bases := tallies{}
	for _, c := range d.cases {
		for _, u := range c.authorities {
			if !u.gone && d.ask.within(u.at.Time) {
				bases.add(strings.TrimSpace(fmt.Sprintf("%s, %s, purpose %s", u.document.Regime, u.document.Route, orDefault(u.document.Purpose, "not given by letter"))), 0, u.first)
			}
		}
	}
	d.keep("bases", keysOf(bases))
	return paper.Section{Heading: "3. Legal bases and purposes in use", Figures: bases.figures("dpia.basis", "Authorities under ")}, nil
}

// recipientsSection says who was given copies, by country and purpose.
func (d *dpia) recipientsSection(ctx context.Context) (paper.Section, error) {
	to := tallies{}
	var out []ledger.EntryID
	for _, c := range d.cases {
		copies, err := c.copiesOut(ctx)
		if err != nil {
			return paper.Section{}, err
		}
		for _, one := range copies {
			if !d.ask.within(one.fact.Time.Time) {
				continue
			}
			agreement := "no agreement named"
			if one.doc.Agreement != "" {
				agreement = "under an agreement"
			}
			name := fmt.Sprintf("%s, for %s, %s", one.doc.Country, strings.ReplaceAll(string(one.doc.Purpose), "-", " "), agreement)
			if one.gone {
				name = "what is erased"
			}
			to.add(name, 0, one.fact.Entry)
			if !one.ended {
				out = append(out, one.fact.Entry)
			}
		}
	}
	d.keep("recipients", keysOf(to))
	return paper.Section{
		Heading: "4. Recipients, countries and purposes",
		Figures: append(to.figures("dpia.copies", "Numbered copies to "), countFigure("dpia.copies.out", "Copies of the period that are still there", out)),
	}, nil
}

// retentionSection says how long data is kept in fact.
func (d *dpia) retentionSection(ctx context.Context) (paper.Section, error) {
	var due, held, erased []ledger.EntryID
	for _, c := range d.cases {
		things, err := c.waitingThings(ctx)
		if err != nil {
			return paper.Section{}, err
		}
		for _, w := range things {
			if w.kind == waitsRetention {
				due = append(due, w.entry)
			}
		}
	}
	holds, err := d.holdsOf(ctx, "", d.ask.asOf)
	if err != nil {
		return paper.Section{}, err
	}
	for _, h := range holds {
		if h.Lifted == nil {
			held = append(held, h.Entry)
		}
	}
	gone, err := list[erasedFact](ctx, d.Store, "", inErased, d.ask.asOf)
	if err != nil {
		return paper.Section{}, err
	}
	for _, f := range gone {
		if d.ask.within(f.Time.Time) {
			erased = append(erased, f.Entry)
		}
	}
	_, rules, err := d.rulesInForce(ctx, d.ask.asOf)
	if err != nil {
		return paper.Section{}, err
	}
	d.keep("retention", []string{rules.Name, rules.Digest.String(), strconv.FormatBool(len(due) > 0)})
	return paper.Section{
		Heading: "5. Retention as it is applied", Facts: []paper.Fact{{Name: "Rules of retention", Value: rules.Name}},
		Figures: []paper.Figure{
			countFigure("dpia.retention.due", "Cases whose retention is to be looked at", due), countFigure("dpia.holds", "Holds in force", held),
			countFigure("dpia.erased", "Files and cases erased in the period", erased),
		},
	}, nil
}

// intrusionSection measures the intrusion into the privacy of those who are no
// subject.
func (d *dpia) intrusionSection(context.Context) (paper.Section, error) {
	var byPlace, asked, approved, further []ledger.EntryID
	for _, c := range d.cases {
		for _, u := range c.authorities {
			if !u.gone && d.ask.within(u.at.Time) && slices.ContainsFunc(u.document.Scope.Identifiers, ofPlace) {
				byPlace = append(byPlace, u.first)
			}
		}
		for _, q := range c.asked {
			if !d.ask.within(q.Time.Time) {
				continue
			}
			answer := c.decided[q.Entry]
			yes := answer.Decision == string(policy.PermissionApproved)
			switch policy.About(q.About) {
			case policy.AboutUnmasking:
				if asked = append(asked, q.Entry); yes {
					approved = append(approved, answer.Entry)
				}
			case policy.AboutFurtherUse:
				if yes {
					further = append(further, answer.Entry)
				}
			case policy.AboutExcess, policy.AboutInspection:
			}
		}
	}
	d.keep("intrusion", []string{strconv.FormatBool(len(byPlace) > 0), strconv.FormatBool(len(approved) > 0), strconv.FormatBool(len(further) > 0)})
	return paper.Section{
		Heading:    "6. Intrusion into the privacy of others",
		Paragraphs: []string{"Data that was asked for by places holds people who are no subject. They are shown as tokens until a person allows more."},
		Figures: []paper.Figure{
			countFigure("dpia.by-place", "Authorities that ask by places", byPlace), countFigure("dpia.unmask", "Requests to be shown a third party", asked),
			countFigure("dpia.unmask.approved", "of these, approved and in force", approved), countFigure("dpia.further-use", "Further uses approved and in force", further),
		},
	}, nil
}
