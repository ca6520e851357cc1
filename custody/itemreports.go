package custody

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"custos.example/analysis/paper"
	"custos.example/analysis/render"
	"custos.example/custody/continuity"
)

// continuityReport is the continuity of one item: each leg of its custody, who
// signed what, and every gap by its name.
func continuityReport(ctx context.Context, a *act, ask reportAsk) (paper.Document, error) {
	line, err := a.itemLine(ctx, ask.params["item"], ask.asOf, ask.on)
	if err != nil {
		return paper.Document{}, err
	}
	doc := paper.Document{
		Title: "Continuity of " + line.Item.Item, Reference: line.In,
		About: []paper.Fact{
			{Name: "Item", Value: line.Item.Item},
			{Name: "What it is", Value: string(line.Media) + ": " + orDefault(line.Description, "(erased)")},
			{Name: "Produced by", Value: line.Witness.String()},
			{Name: "Came into custody by", Value: sentence(string(line.Basis), line.BasisOf)},
			{Name: "Now", Value: line.whereabouts()},
		},
	}
	if line.FoundAt != "" {
		doc.About = append(doc.About, paper.Fact{Name: "Found at", Value: line.FoundAt})
	}
	held, err := a.behalf(ctx, line, ask.asOf)
	if err != nil {
		return paper.Document{}, err
	}
	doc.Sections = []paper.Section{
		{Heading: "Counts", Figures: lineFigures([]ItemLine{line})},
		legSection(line), handlingSection(line), gapSection([]ItemLine{line}),
		{Heading: "What this is", Paragraphs: []string{
			"Each line above is an entry of the log, signed with the key of the person named, at the place in the log that its number gives. Times that people stated are shown as they stated them, beside the time at which they were recorded.",
			held,
			"A change of hands that two people's keys signed is shown as signed. One that only one of them signed, and whatever lies before the record, is listed as a gap: it needs a statement of the person who did not sign.",
		}},
	}
	return doc, nil
}

// behalf says whose keys the service holds, of those who signed something about an
// item.
func (a *act) behalf(ctx context.Context, line ItemLine, asOf uint64) (string, error) {
	then := *a
	then.asOf = asOf
	var names []string
	for _, e := range line.Events {
		held, err := then.keyHeldHere(ctx, e.By)
		if err != nil {
			return "", err
		}
		if held && !slices.Contains(names, e.By) {
			names = append(names, e.By)
		}
	}
	if len(names) == 0 {
		return "Everybody who signed keeps their own key.", nil
	}
	slices.Sort(names)
	return "The service holds the keys of " + strings.Join(names, ", ") + ", and signed on their behalf.", nil
}

// keyHeldHere tells whether the service holds somebody's key.
func (a *act) keyHeldHere(ctx context.Context, id string) (bool, error) {
	person, known, err := maybe[personFact](ctx, a.Store, "", inPeople, id, a.asOf)
	return known && person.HeldBy != heldByHolder, err
}

// whereabouts says in words where the item is.
func (i Item) whereabouts() string {
	switch {
	case i.Ended == continuity.Returned:
		return "returned to " + i.Holder.String()
	case i.Ended != "":
		return string(i.Ended)
	case i.Missing:
		return "missing; last with " + i.Holder.String()
	case i.Place != "":
		return "in " + i.Place + ", with " + i.Holder.String()
	}
	return "with " + i.Holder.String()
}

// civilAndUTC is an instant for people and for machines.
func civilAndUTC(at time.Time) string {
	if at.IsZero() {
		return "now"
	}
	return CivilTime(at) + " / " + at.UTC().Format("2006-01-02T15:04:05Z")
}

func legSection(line ItemLine) paper.Section {
	table := paper.Table{Columns: []string{"No.", "From", "Until", "With", "Location", "Began by", "Signed"}, Rows: [][]string{}}
	for n, leg := range line.Legs {
		with, signed := leg.Holder.String(), "with every party's key"
		switch {
		case leg.Before:
			signed = "not here: before the record"
		case !leg.Signed:
			signed = "with one party's key"
		}
		if leg.Carried {
			with += ", with a courier"
		}
		if leg.Missing {
			with = "MISSING (had been with " + with + ")"
		}
		table.Rows = append(table.Rows, []string{
			strconv.Itoa(n + 1), civilAndUTC(leg.From), civilAndUTC(leg.Until), with, leg.Place, actWords[leg.Begins], signed,
		})
	}
	return paper.Section{Heading: "The line of custody", Table: &table}
}

func handlingSection(line ItemLine) paper.Section {
	table := paper.Table{Columns: []string{"Done", "What", "By", "Seal", "In words", "Recorded", "In the log"}, Rows: [][]string{}}
	for _, e := range line.Events {
		what := actWords[e.Act]
		if len(e.Photographs) > 0 {
			what += fmt.Sprintf(" (%d pictures)", len(e.Photographs))
		}
		table.Rows = append(table.Rows, []string{civilAndUTC(e.At), what, e.By, e.Seal, e.Words, inUTC(e.Recorded), strconv.FormatUint(e.Index, 10)})
	}
	return paper.Section{Heading: "Everything that was done", Table: &table}
}

func gapSection(lines []ItemLine) paper.Section {
	table := paper.Table{Columns: []string{"Item", "Gap", "From", "Until", "In words"}, Rows: [][]string{}}
	for _, line := range lines {
		for _, g := range line.Gaps {
			until := civilAndUTC(g.Until)
			if g.Until.Equal(g.From) {
				until = ""
			}
			table.Rows = append(table.Rows, []string{line.Item.Item, continuity.GapKinds()[g.Kind], civilAndUTC(g.From), until, g.Words})
		}
	}
	s := paper.Section{Heading: "Gaps", Table: &table}
	if len(table.Rows) == 0 {
		s.Table, s.Paragraphs = nil, []string{"None: from the first entry on, every change of hands was signed with the keys of both parties."}
	}
	return s
}

// lineFigures count the items, their changes of hands and their gaps by kind.
func lineFigures(lines []ItemLine) []paper.Figure {
	count := func(id, words string, of func(line ItemLine) []string) paper.Figure {
		f := paper.Figure{ID: id, Words: words}
		for _, line := range lines {
			entries := of(line)
			f.Value += int64(len(entries))
			f.Entries = append(f.Entries, entries...)
		}
		slices.Sort(f.Entries)
		f.Entries = slices.Compact(f.Entries)
		return f
	}
	done := func(acts ...continuity.Act) func(ItemLine) []string {
		return func(line ItemLine) []string {
			var entries []string
			for _, e := range line.Events {
				if slices.Contains(acts, e.Act) {
					entries = append(entries, e.Entry)
				}
			}
			return entries
		}
	}
	figures := []paper.Figure{
		count("items", "items that were taken into custody", done(continuity.Taken)),
		count("changes-of-hands", "changes of hands, of one item each", done(continuity.Accepted, continuity.Collected, continuity.Returned)),
		count("seals-opened", "seals that were opened", done(continuity.Opened)),
	}
	for _, kind := range slices.Sorted(maps.Keys(continuity.GapKinds())) {
		f := paper.Figure{ID: "gaps-" + string(kind), Words: "gaps: " + continuity.GapKinds()[kind]}
		for _, line := range lines {
			for _, g := range line.Gaps {
				if g.Kind == kind {
					f.Value++
					f.Entries = append(f.Entries, g.Entries...)
				}
			}
		}
		slices.Sort(f.Entries)
		f.Entries = slices.Compact(f.Entries)
		figures = append(figures, f)
	}
	return figures
}

// gapsReport lists every gap in the lines of custody of a case.
func gapsReport(ctx context.Context, a *act, ask reportAsk) (paper.Document, error) {
	lines, err := a.itemLines(ctx, ask)
	if err != nil {
		return paper.Document{}, err
	}
	about, err := find[caseFact](ctx, a.Store, a.id, inCase, string(a.id), ask.asOf)
	if err != nil {
		return paper.Document{}, err
	}
	table := paper.Table{Columns: []string{"Item", "What it is", "Where it is", "Seal", "Legs", "Gaps"}, Rows: [][]string{}}
	for _, line := range lines {
		seal := line.Seal
		if line.Opened {
			seal = "OPEN"
		}
		table.Rows = append(table.Rows, []string{
			line.Item.Item, string(line.Media) + ": " + orDefault(line.Description, "(erased)"), line.whereabouts(), seal, strconv.Itoa(len(line.Legs)), strconv.Itoa(len(line.Gaps)),
		})
	}
	return paper.Document{
		Reference: about.Reference, About: []paper.Fact{{Name: "Case", Value: about.Title}},
		Sections: []paper.Section{{Heading: "Counts", Figures: lineFigures(lines)}, {Heading: "Items", Table: &table}, gapSection(lines)},
	}, nil
}

// itemLines are the lines of every item of the case, in the order of references.
func (a *act) itemLines(ctx context.Context, ask reportAsk) ([]ItemLine, error) {
	facts, err := list[itemFact](ctx, a.Store, a.id, inItems, ask.asOf)
	if err != nil {
		return nil, err
	}
	by, err := a.handlings(ctx, a.id, ask.asOf)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(facts, func(x, y itemFact) int { return compareReferences(x.Item, y.Item) })
	then := *a
	then.asOf = ask.asOf
	lines := make([]ItemLine, 0, len(facts))
	for _, f := range facts {
		line, err := then.lineOf(ctx, f, by[f.Item], ask.on)
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// continuityDrawing draws the line of one item.
func continuityDrawing(ctx context.Context, a *act, ask reportAsk) ([]Form, error) {
	line, err := a.itemLine(ctx, ask.params["item"], ask.asOf, ask.on)
	if err != nil {
		return nil, err
	}
	drawing := render.CustodyLine{Title: "Continuity of " + line.Item.Item, Until: ask.on}
	for _, leg := range line.Legs {
		with := leg.Holder.String()
		if leg.Carried {
			with += " (courier)"
		}
		one := render.CustodyLeg{With: with, In: leg.Place, From: leg.From, Until: leg.Until, Before: leg.Before, Missing: leg.Missing, Began: actWords[leg.Begins]}
		for _, m := range leg.Marks {
			one.Marks = append(one.Marks, render.CustodyMark{At: m.At, What: strings.TrimSpace(actWords[m.Act] + " " + m.Seal)})
		}
		drawing.Legs = append(drawing.Legs, one)
	}
	for _, g := range line.Gaps {
		drawing.Gaps = append(drawing.Gaps, render.CustodyGap{From: g.From, Until: g.Until, What: continuity.GapKinds()[g.Kind] + ": " + g.Words})
	}
	svg, page, err := drawing.Draw(CivilTime)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIntegrity, err)
	}
	return []Form{form("line", svg), form("line-page", page)}, nil
}
