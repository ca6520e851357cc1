package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"custos.example/analysis/paper"
	"custos.example/ledger"
)

// schedule is a paper for disclosure in the making: the case, and its material as it
// stood then.
type schedule struct {
	*act
	ask      reportAsk
	about    caseFact
	material []Material
}

// scheduleOf reads the record as of then.
func scheduleOf(ctx context.Context, a *act, ask reportAsk) (*schedule, error) {
	s := &schedule{act: a, ask: ask}
	var err error
	if s.about, err = find[caseFact](ctx, a.Store, a.id, inCase, string(a.id), ask.asOf); err != nil {
		return nil, fmt.Errorf("case %s: %w", a.id, err)
	}
	s.material, err = a.materials(ctx, ask.asOf)
	return s, err
}

// paper is a document about the case.
func (s *schedule) paper(sections ...paper.Section) paper.Document {
	return paper.Document{
		Reference: s.about.Reference, Sections: sections,
		About: []paper.Fact{{Name: "Case", Value: s.about.Title}, {Name: "Reference", Value: s.about.Reference}, {Name: "Marking", Value: s.about.Marking}},
	}
}

// of returns the material of one status.
func (s *schedule) of(status Status) []Material {
	return slices.DeleteFunc(slices.Clone(s.material), func(m Material) bool { return m.Status != status })
}

// materialFigure counts material.
func materialFigure(id, words string, list []Material) paper.Figure {
	f := paper.Figure{ID: id, Words: words, Value: int64(len(list)), Entries: []string{}}
	for _, m := range list {
		f.Entries = append(f.Entries, m.Entry.String())
	}
	slices.Sort(f.Entries)
	return f
}

// person is who somebody is, as of then.
func (s *schedule) person(ctx context.Context, id string) (string, error) {
	fact, known, err := maybe[personFact](ctx, s.Store, "", inPeople, id, s.ask.asOf)
	if err != nil || !known {
		return id, err
	}
	return fmt.Sprintf("%s (%s)", fact.Name, id), nil
}

// dayInWords is the civil day of an instant, in words.
func dayInWords(at ledger.Time) (string, error) {
	place, err := london()
	if err != nil {
		return "", err
	}
	return at.In(place).Format("2 January 2006"), nil
}

// withdrawn is what stands under the number of an item that is on the schedule no
// more. It says nothing of why, so that nobody can tell what became of it.
const withdrawn = "Withdrawn from this schedule; the number stays."

// numbered are the rows of a numbered schedule: every number that was ever given,
// from 1, in its order.
func (s *schedule) numbered(ctx context.Context, status Status, row func(Material) ([]string, error), columns int) (rows [][]string, listed []Material, err error) {
	numbers, err := s.numbers(ctx, status, s.ask.asOf)
	if err != nil {
		return nil, nil, err
	}
	rows = make([][]string, len(numbers))
	for i := range rows {
		rows[i] = make([]string, columns)
		rows[i][0], rows[i][1] = strconv.Itoa(i+1), withdrawn
	}
	for _, m := range s.of(status) {
		n := numbers[m.Entry]
		if n == 0 {
			return nil, nil, fmt.Errorf("%w: entry %s is %s and has no number", ErrIntegrity, m.Entry, status)
		}
		cells, err := row(m)
		if err != nil {
			return nil, nil, err
		}
		rows[n-1] = append([]string{strconv.Itoa(n)}, cells...)
		listed = append(listed, m)
	}
	return rows, listed, nil
}

// draft is what every paper that a person signs says of itself.
const draft = "This is a draft made from the record. It is signed by a person, who answers for it; nothing here is a signature."

// mg6cReport is the schedule of unused material that is not sensitive. It goes to the
// defence, and says nothing by which sensitive material could be told.
func mg6cReport(ctx context.Context, a *act, ask reportAsk) (paper.Document, error) {
	s, err := scheduleOf(ctx, a, ask)
	if err != nil {
		return paper.Document{}, err
	}
	columns := []string{"Item", "Description", "Location", "Originator", "Date", "Disclosed"}
	rows, listed, err := s.numbered(ctx, StatusMG6C, func(m Material) ([]string, error) { return s.mg6cRow(ctx, m) }, len(columns))
	if err == nil {
		err = s.nothingNamed(ctx, listed)
	}
	if err != nil {
		return paper.Document{}, err
	}
	return s.paper(
		paper.Section{Heading: "Unused material that is not sensitive", Paragraphs: []string{
			draft, "Items are numbered in the order in which they were listed. Numbers go on in every later schedule and never change; an item that is withdrawn keeps its number.",
		}, Figures: []paper.Figure{materialFigure("listed", "items that stand on the schedule", listed)}},
		paper.Section{Heading: "Items", Table: &paper.Table{Columns: columns, Rows: rows}},
	), nil
}

// mg6cRow is one item as the defence reads it.
func (s *schedule) mg6cRow(ctx context.Context, m Material) ([]string, error) {
	by, err := s.person(ctx, m.By)
	if err != nil {
		return nil, err
	}
	on, err := dayInWords(m.Time)
	if err != nil {
		return nil, err
	}
	given, err := s.givings(ctx, inDisclosed, s.ask.asOf)
	if err != nil {
		return nil, err
	}
	disclosed := " "
	for _, g := range given { // to whom is not for a co-defendant to read
		if slices.Contains(g.Material, m.Entry) {
			disclosed = "yes"
		}
	}
	return []string{m.Description, m.Location, by, on, disclosed}, nil
}

// mg6dReport is the schedule of sensitive unused material. It goes to the prosecutor
// and never to the defence.
func mg6dReport(ctx context.Context, a *act, ask reportAsk) (paper.Document, error) {
	s, err := scheduleOf(ctx, a, ask)
	if err != nil {
		return paper.Document{}, err
	}
	columns := []string{"Item", "Description", "Why it is sensitive", "Originator", "Date", "Prosecutor's decision"}
	rows, listed, err := s.numbered(ctx, StatusMG6D, func(m Material) ([]string, error) {
		by, err := s.person(ctx, m.By)
		if err != nil {
			return nil, err
		}
		on, err := dayInWords(m.Time)
		return []string{m.Description, m.Reason, by, on, " "}, err
	}, len(columns))
	if err != nil {
		return paper.Document{}, err
	}
	return s.paper(
		paper.Section{
			Heading: "Sensitive unused material", Paragraphs: []string{draft, "For the prosecutor. Not to be shown to the defence, nor its existence."},
			Figures: []paper.Figure{materialFigure("listed", "items that stand on the schedule", listed)},
		},
		paper.Section{Heading: "Items", Table: &paper.Table{Columns: columns, Rows: rows}},
	), nil
}

// mg6eReport is the disclosure officer's report: what meets the test, of either
// schedule, with the reason by item number; and how far the review has come.
func mg6eReport(ctx context.Context, a *act, ask reportAsk) (paper.Document, error) {
	s, err := scheduleOf(ctx, a, ask)
	if err != nil {
		return paper.Document{}, err
	}
	counts := paper.Section{Heading: "How far the review has come", Paragraphs: []string{draft}}
	for _, status := range Statuses() {
		counts.Figures = append(counts.Figures, materialFigure("status-"+string(status), "pieces of material that are "+string(status), s.of(status)))
	}
	if open := s.of(StatusToReview); len(open) > 0 {
		counts.Paragraphs = append(counts.Paragraphs, fmt.Sprintf("%d pieces of material are still to be reviewed: until they are, nobody can certify that everything was.", len(open)))
	}
	var met, untested []Material
	for _, m := range s.material {
		switch {
		case !m.Status.scheduled():
		case m.Test.met():
			met = append(met, m)
		case m.Test == TestOpen:
			untested = append(untested, m)
		}
	}
	slices.SortStableFunc(met, func(x, y Material) int {
		return cmp.Or(cmp.Compare(x.Status, y.Status), cmp.Compare(x.Item, y.Item))
	})
	table := &paper.Table{Columns: []string{"Schedule", "Item", "Description", "Test", "Reason"}}
	for _, m := range met {
		table.Rows = append(table.Rows, []string{string(m.Status), strconv.Itoa(m.Item), m.Description, string(m.Test), m.Why})
	}
	test := paper.Section{Heading: "Material that might undermine the prosecution or assist the defence", Table: table, Figures: []paper.Figure{
		materialFigure("test-met", "items that meet the test", met), materialFigure("test-open", "listed items of which the test was not answered", untested),
	}}
	if len(met) == 0 {
		test.Paragraphs, test.Table = []string{"Of no listed item it is on record that it meets the test."}, nil
	}
	return s.paper(counts, test, paper.Section{
		Heading: "The disclosure officer", Facts: []paper.Fact{{Name: "Name", Value: " "}, {Name: "Signature", Value: " "}, {Name: "Date", Value: " "}},
	}), nil
}

// orNobody turns what is not there into nothing.
func orNobody(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
