package custody

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"custos.example/analysis/paper"
	"custos.example/ledger"
)

// shownExhibit is one version of an exhibit with what it rests on, as of then.
type shownExhibit struct {
	*schedule
	exhibitFact
	run     producedFact
	lineage lineage
	renders []ledger.Step
	name    string
}

// exhibitAsked finds the exhibit that the request names: its newest version as of
// then, or the one of a version.
func exhibitAsked(ctx context.Context, a *act, ask reportAsk) (*shownExhibit, error) {
	s, err := scheduleOf(ctx, a, ask)
	if err != nil {
		return nil, err
	}
	exhibits, err := list[exhibitFact](ctx, a.Store, a.id, inExhibits, ask.asOf)
	if err != nil {
		return nil, err
	}
	x := &shownExhibit{schedule: s}
	for _, one := range exhibits {
		wanted := one.Reference == ask.params["exhibit"] && (ask.params["version"] == "" || ask.params["version"] == strconv.FormatUint(one.Version, 10))
		if wanted && one.Version > x.Version {
			x.exhibitFact = one
		}
	}
	if x.Version == 0 {
		return nil, fmt.Errorf("the case has no exhibit %q of that version: name one (exhibit=JAS/1): %w", ask.params["exhibit"], ErrInvalid)
	}
	x.name = fmt.Sprintf("%s version %d", x.Reference, x.Version)
	if x.lineage, err = a.lineage(ctx, x.Run); err != nil {
		return nil, err
	}
	if x.run, _, err = a.producer(ctx, x.Run); err != nil {
		return nil, err
	}
	statement, err := a.statement(ctx, x.Entry)
	if err != nil {
		return nil, err
	}
	if d, ok := statement.Predicate.Detail.(*ledger.ExhibitProduced); ok {
		for _, r := range d.Renders {
			x.renders = append(x.renders, r.Step)
		}
	}
	return x, nil
}

// head is what both papers about an exhibit begin with.
func (x *shownExhibit) head(ctx context.Context, doc paper.Document) (paper.Document, error) {
	by, err := x.person(ctx, x.By)
	if err != nil {
		return doc, err
	}
	on, err := dayInWords(x.Time)
	doc.About = append(doc.About, paper.Fact{Name: "Exhibit", Value: x.name}, paper.Fact{Name: "Title", Value: x.Title},
		paper.Fact{Name: "Produced by", Value: by}, paper.Fact{Name: "On", Value: on})
	return doc, err
}

// known are the defects on record, as of then, that touch the exhibit.
func (x *shownExhibit) known(ctx context.Context) ([]defectFact, error) {
	var steps []string
	for _, s := range slices.Concat(x.lineage.steps, x.renders) {
		steps = append(steps, fmt.Sprintf("%s@%d", s.Name, s.Version))
	}
	var touching []defectFact
	for _, id := range []CaseID{"", x.id} {
		facts, err := list[defectFact](ctx, x.Store, id, inDefects, x.ask.asOf)
		if err != nil {
			return nil, err
		}
		for _, f := range facts {
			if f.State != DefectWithdrawn && f.touches(x.lineage, steps) {
				touching = append(touching, f)
			}
		}
	}
	return touching, nil
}

// sources says where the rows came from, and where each went.
func (x *shownExhibit) sources() paper.Section {
	table := &paper.Table{Columns: []string{"File", "From", "Received", "Shown", "Outside the question", "Repeats", "Set aside"}}
	for _, d := range x.lineage.datasets {
		from := ""
		for _, f := range x.lineage.files {
			if f.Item == d.Item {
				from = f.From
			}
		}
		b := d.Balance
		table.Rows = append(table.Rows, []string{d.Item, from, fmt.Sprint(b.Received), fmt.Sprint(b.Shown), fmt.Sprint(b.Outside), fmt.Sprint(b.Repeats), fmt.Sprint(b.SetAside)})
	}
	return paper.Section{Heading: "Sources, and where their rows went", Table: table, Paragraphs: []string{
		"Set aside are rows that could not be read; each stands with its reason in the report of its import. Nothing was dropped.",
	}}
}

// defectSection is the list of known defects.
func (x *shownExhibit) defectSection(ctx context.Context) (paper.Section, error) {
	section := paper.Section{Heading: "Known defects"}
	facts, err := x.known(ctx)
	if err != nil {
		return section, err
	}
	figure := paper.Figure{ID: "defects", Words: "known defects that touch this exhibit", Value: int64(len(facts)), Entries: []string{}}
	if len(facts) == 0 {
		section.Paragraphs = []string{"None of this exhibit's sources, steps and results is touched by a defect that is on record. That says what is on record, not that there is none."}
	} else {
		section.Table = &paper.Table{Columns: []string{"Defect", "State", "What it is", "What it does"}}
	}
	for _, f := range facts {
		figure.Entries = append(figure.Entries, f.Entry.String())
		section.Table.Rows = append(section.Table.Rows, []string{f.Defect, f.State, f.Title, f.Effect})
	}
	slices.Sort(figure.Entries)
	section.Figures = []paper.Figure{figure}
	return section, nil
}

// sfr1Report is the short factual report on one exhibit, to narrow what is in issue.
func sfr1Report(ctx context.Context, a *act, ask reportAsk) (paper.Document, error) {
	x, err := exhibitAsked(ctx, a, ask)
	if err != nil {
		return paper.Document{}, err
	}
	defects, err := x.defectSection(ctx)
	if err != nil {
		return paper.Document{}, err
	}
	b := x.Balance
	content := "It is one of fact: it holds no opinion."
	if x.Expert != "" {
		content = "It holds an opinion (" + x.Expert + "); this summary does not repeat it."
	}
	said := orDefault(parametersText(x.run.Parameters), "none but the defaults")
	figure := func(id, words string, n uint64) paper.Figure {
		return paper.Figure{ID: id, Words: words, Value: int64(n), Entries: []string{x.run.Entry.String()}} //nolint:gosec // rows of a table
	}
	return x.head(ctx, x.paper(
		paper.Section{Heading: "What this is", Paragraphs: []string{draft, "A short factual report on one exhibit, so that it can be agreed or what is in issue be named. " + content}},
		paper.Section{Heading: "The question and the answer", Facts: []paper.Fact{{Name: "Question", Value: x.run.Title}}, Figures: []paper.Figure{
			figure("received", "rows received", b.Received), figure("shown", "rows shown", b.Shown), figure("outside", "rows outside the question", b.Outside),
			figure("repeats", "repeats, linked to what they repeat", b.Repeats), figure("set-aside", "rows set aside", b.SetAside),
		}},
		paper.Section{Heading: "Method", Facts: []paper.Fact{
			{Name: "Analysis", Value: fmt.Sprintf("%s@%d", x.run.Step.Name, x.run.Step.Version)}, {Name: "Parameters", Value: said},
		}, Paragraphs: []string{"The method can be made again from the received files by anybody who has the bundle of the exhibit."}},
		x.sources(), defects,
		paper.Section{Heading: "What this does not show", Paragraphs: []string{
			"That the operator's records are right; who used a phone; where it was; that nothing else exists.",
		}},
		paper.Section{Heading: "For the other side", Facts: []paper.Fact{{Name: "Agreed", Value: " "}, {Name: "In issue, and why", Value: " "}}},
	))
}

// reliabilityReport is the statement of what there is to weigh the reliability of one
// exhibit by, as evidence that software made.
func reliabilityReport(ctx context.Context, a *act, ask reportAsk) (paper.Document, error) {
	x, err := exhibitAsked(ctx, a, ask)
	if err != nil {
		return paper.Document{}, err
	}
	defects, err := x.defectSection(ctx)
	if err != nil {
		return paper.Document{}, err
	}
	checks, err := x.checks(ctx)
	if err != nil {
		return paper.Document{}, err
	}
	recipe := &paper.Table{Columns: []string{"Step", "Module (SHA-256)", "Source of the steps (SHA-256)"}}
	for _, s := range slices.Concat(x.lineage.steps, x.renders) {
		recipe.Rows = append(recipe.Rows, []string{fmt.Sprintf("%s@%d", s.Name, s.Version), s.Module.String(), s.Source.String()})
	}
	return x.head(ctx, x.paper(
		paper.Section{Heading: "What this is", Paragraphs: []string{
			draft, "The received files were recorded by devices of the operator. What stands between them and the exhibit is software; this says by what it can be weighed. " +
				"It states facts on record and no conclusion about reliability.",
		}},
		paper.Section{Heading: "Recipe", Table: recipe, Paragraphs: []string{
			"A step is a pure function of its inputs and of its recorded parameters. The module that holds the steps is named by its digest, and travels in the bundle with the list of what the program is built from.",
		}, Facts: []paper.Fact{{Name: "Parameters of the analysis", Value: orDefault(parametersText(x.run.Parameters), "none but the defaults")}}},
		checks, x.sources(), defects,
		paper.Section{Heading: "Validation", Paragraphs: []string{
			"No result of a validation by this office is on record here. The program's own tests hold every step against worked examples; they travel with its source.",
		}},
		paper.Section{Heading: "Who may inspect it", Paragraphs: []string{
			"The verifier, the module and the source of the steps may be inspected and run by whoever holds a bundle of the exhibit, offline and without asking.",
		}},
	))
}

// checks are the recomputations on record, as of then.
func (x *shownExhibit) checks(ctx context.Context) (paper.Section, error) {
	section := paper.Section{Heading: "Made again by others"}
	chain, err := x.chain(ctx, x.id, ledger.Work)
	if err != nil {
		return section, err
	}
	table := &paper.Table{Columns: []string{"By", "On", "Result"}}
	figure := paper.Figure{ID: "checks", Words: "times the exhibit was made again by a second person, in the archived module", Entries: []string{}}
	err = x.eachStored(ctx, chain, x.ask.asOf, func(stored Stored) error {
		if stored.Kind != "exhibit-checked" || stored.Erased {
			return nil
		}
		statement, err := stored.Statement()
		if err != nil {
			return err
		}
		d, ok := statement.Predicate.Detail.(*ledger.ExhibitChecked)
		if !ok || d.Exhibit != x.Entry {
			return nil
		}
		by, err := x.person(ctx, statement.Predicate.Actor.ID)
		if err != nil {
			return err
		}
		on, err := dayInWords(statement.Predicate.Time)
		figure.Value++
		figure.Entries = append(figure.Entries, stored.Entry.String())
		table.Rows = append(table.Rows, []string{by, on, d.Result})
		return err
	})
	slices.Sort(figure.Entries)
	section.Figures = []paper.Figure{figure}
	if section.Table = table; len(table.Rows) == 0 {
		section.Table, section.Paragraphs = nil, []string{"No second person has made it again yet, as far as is on record."}
	}
	return section, err
}
