package custody

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"custos.example/analysis/paper"
	"custos.example/custody/continuity"
	"custos.example/ledger"
)

// The parameters of the view of a person.
const (
	subjectIdentifier = "identifier" // a number or another identifier of theirs
	subjectItem       = "item"       // an item that was taken from them
	subjectName       = "name"       // how they are named in the report
)

// subjectReport tells a person what of theirs the case holds: which items were taken
// and whether they came back, which data about their number was obtained, under what
// authority, for what, who had copies of it, and what is no more.
func subjectReport(ctx context.Context, a *act, ask reportAsk) (paper.Document, error) {
	identifier, item := ask.params[subjectIdentifier], ask.params[subjectItem]
	if identifier == "" && item == "" {
		return paper.Document{}, fmt.Errorf("say whom it is about: --param %s=NUMBER, --param %s=REFERENCE, or both: %w", subjectIdentifier, subjectItem, ErrInvalid)
	}
	c, err := a.caseAsOf(ctx, a.id, ask)
	if err != nil {
		return paper.Document{}, err
	}
	s := subjectView{caseRecord: c, item: item}
	if identifier != "" {
		s.identifiers = canonical(identifier)
	}
	items, err := s.itemSection(ctx)
	if err != nil {
		return paper.Document{}, err
	}
	data, entries := s.dataSection()
	copies, err := s.copySection(ctx, entries)
	if err != nil {
		return paper.Document{}, err
	}
	erased, err := s.erasedSection(ctx)
	if err != nil {
		return paper.Document{}, err
	}
	return paper.Document{
		Reference: orDefault(c.about.Reference, string(a.id)),
		About: []paper.Fact{
			{Name: "Case", Value: c.name()},
			{Name: "About", Value: orDefault(ask.params[subjectName], "the person whose item or number is named below")},
			{Name: "Number", Value: identifier},
			{Name: "Item", Value: item},
			{Name: "Period", Value: ask.periodWords()},
		},
		Sections: []paper.Section{items, data, copies, erased, {
			Heading: "What this does not show",
			Paragraphs: []string{
				"It shows what the record of this case holds under the number and the item named above, and nothing of other cases. A person who uses other numbers, or whose item stands under another reference, is found under those. " +
					"Whether all of it may be told to them is for the office to decide before it is handed over.",
			},
		}},
	}, nil
}

// subjectView draws up the sections.
type subjectView struct {
	*caseRecord
	identifiers []string
	item        string
}

// itemSection says what was taken, and what became of it.
func (s subjectView) itemSection(ctx context.Context) (paper.Section, error) {
	t := paper.Table{Columns: []string{"Item", "Taken", "What happened", "When", "Entry"}, Rows: [][]string{}}
	var taken, back, destroyed []ledger.EntryID
	items, err := list[itemFact](ctx, s.Store, s.id, inItems, s.ask.asOf)
	if err != nil {
		return paper.Section{}, err
	}
	handlings, err := list[handlingFact](ctx, s.Store, s.id, inHandlings, s.ask.asOf)
	if err != nil {
		return paper.Section{}, err
	}
	for _, i := range items {
		if s.item == "" || i.Item != s.item && i.Parent != s.item || !s.ask.within(i.Time.Time) {
			continue
		}
		taken = append(taken, i.Entry)
		t.Rows = append(t.Rows, []string{i.Item, inUTC(i.At.Time), "taken into custody", inUTC(i.At.Time), shortID(i.Entry)})
		for _, h := range handlings {
			if h.Item != i.Item {
				continue
			}
			if h.Act == continuity.Returned {
				back = append(back, h.Entry)
				t.Rows = append(t.Rows, []string{i.Item, "", "given back", inUTC(h.At.Time), shortID(h.Entry)})
			}
			if h.Act == continuity.Destroyed {
				destroyed = append(destroyed, h.Entry)
				t.Rows = append(t.Rows, []string{i.Item, "", "destroyed", inUTC(h.At.Time), shortID(h.Entry)})
			}
		}
	}
	return paper.Section{
		Heading: "1. Items", Table: &t,
		Figures: []paper.Figure{
			countFigure("subject.items", "Items taken", taken), countFigure("subject.returned", "Given back", back), countFigure("subject.destroyed", "Destroyed", destroyed),
		},
	}, nil
}

// concerns tells whether an authority names one of the identifiers.
func (s subjectView) concerns(u authorityUse) bool {
	for _, id := range u.document.Scope.Identifiers {
		for _, form := range canonical(id) {
			if slices.Contains(s.identifiers, form) {
				return true
			}
		}
	}
	return slices.ContainsFunc(u.document.Subjects, func(d DataSubject) bool {
		return slices.ContainsFunc(canonical(d.Identifier), func(form string) bool { return slices.Contains(s.identifiers, form) })
	})
}

// dataSection says which data was obtained, and why. It returns the entries of what
// was obtained and made of it.
func (s subjectView) dataSection() (paper.Section, []ledger.EntryID) {
	t := paper.Table{Columns: []string{"Obtained", "What", "From", "Period asked for", "Under", "Purpose", "Offence", "Records", "Entry"}, Rows: [][]string{}}
	var all, behind []ledger.EntryID
	records := int64(0)
	for _, r := range s.returns {
		u, known := s.authority(r.Authority[0])
		about := known && !u.gone && s.concerns(u) || slices.ContainsFunc(r.said.Identifiers, func(id string) bool {
			return slices.ContainsFunc(canonical(id), func(form string) bool { return slices.Contains(s.identifiers, form) })
		})
		if !about || !s.ask.within(r.Time.Time) {
			continue
		}
		all, behind = append(all, r.Entry), append(behind, r.Entry, r.dataset)
		for _, x := range s.exhibits {
			if slices.ContainsFunc(x.Authority, func(id ledger.EntryID) bool { return slices.Contains(r.Authority, id) }) {
				behind = append(behind, x.Entry)
			}
		}
		records += int64(r.records) //nolint:gosec // far below
		d := u.document
		t.Rows = append(t.Rows, []string{
			dayText(r.said.ObtainedOn), strings.ReplaceAll(join(r.said.DataTypes), "-", " ") + " data", r.From, strings.TrimSpace(string(r.said.From) + " to " + string(r.said.Until)),
			strings.TrimSpace(string(d.Regime) + " " + d.Reference), d.Purpose, d.Offence.Name, strconv.FormatUint(r.records, 10), shortID(r.Entry),
		})
	}
	slices.SortFunc(behind, compareEntries)
	return paper.Section{
		Heading:    "2. Data that was obtained",
		Paragraphs: []string{"Returns of operators in which the number was asked for. The purpose is the letter of the paragraph of the law that the authority gives."},
		Figures: []paper.Figure{
			countFigure("subject.returns", "Returns", all), sumFigure("subject.records", "Records in them", "", records, all),
		},
		Table: &t,
	}, slices.Compact(behind)
}

// copySection says who was given copies of what was obtained or made of it, and of
// the items.
func (s subjectView) copySection(ctx context.Context, of []ledger.EntryID) (paper.Section, error) {
	t := paper.Table{Columns: []string{"Copy", "With", "Purpose", "Since", "Stands", "Entry"}, Rows: [][]string{}}
	var all, out []ledger.EntryID
	copies, err := s.copiesOut(ctx)
	if err != nil {
		return paper.Section{}, err
	}
	for _, one := range copies {
		target := one.fact.Of
		if bundle, known, err := maybe[bundleFact](ctx, s.Store, s.id, inBundles, target.String(), s.ask.asOf); err != nil {
			return paper.Section{}, err
		} else if known {
			target = bundle.Exhibit
		}
		if !slices.Contains(of, target) || !s.ask.within(one.fact.Time.Time) {
			continue
		}
		state := "still there"
		if all = append(all, one.fact.Entry); one.ended {
			state = "no more"
		} else {
			out = append(out, one.fact.Entry)
		}
		t.Rows = append(t.Rows, []string{
			strconv.FormatUint(one.fact.Copy, 10), orDefault(one.doc.Recipient, "erased"), string(one.doc.Purpose), inUTC(one.fact.Time.Time), state, shortID(one.fact.Entry),
		})
	}
	return paper.Section{
		Heading: "3. Copies", Table: &t,
		Figures: []paper.Figure{countFigure("subject.copies", "Numbered copies handed out", all), countFigure("subject.copies.out", "of these, still there", out)},
	}, nil
}

// erasedSection says what of the case was lawfully erased.
func (s subjectView) erasedSection(ctx context.Context) (paper.Section, error) {
	t := paper.Table{Columns: []string{"When", "Who may still have copies", "Entry"}, Rows: [][]string{}}
	var all []ledger.EntryID
	facts, err := list[erasedFact](ctx, s.Store, "", inErased, s.ask.asOf)
	if err != nil {
		return paper.Section{}, err
	}
	orders, err := list[orderFact](ctx, s.Store, "", inOrders, s.ask.asOf)
	if err != nil {
		return paper.Section{}, err
	}
	slices.SortFunc(facts, func(x, y erasedFact) int { return int(x.Index) - int(y.Index) })
	for _, f := range facts {
		if !slices.ContainsFunc(orders, func(o orderFact) bool { return o.Entry.String() == f.Order && o.Case == s.id }) || !s.ask.within(f.Time.Time) {
			continue
		}
		all = append(all, f.Entry)
		t.Rows = append(t.Rows, []string{inUTC(f.Time.Time), orDefault(strings.Join(f.Recipients, ", "), "nobody on record"), shortID(f.Entry)})
	}
	return paper.Section{Heading: "4. What was erased", Table: &t, Figures: []paper.Figure{countFigure("subject.erased", "Files of the case that were erased", all)}}, nil
}
