package paper_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"custos.example/analysis/paper"
)

func sample() paper.Document {
	return paper.Document{
		Title: "Continuity of KO/1", Reference: "NX/2026/7", Made: "22 November 2026 09:00 UTC",
		About: []paper.Fact{{Name: "Case", Value: "Operation KESTREL"}},
		Sections: []paper.Section{
			{Heading: "What was counted", Figures: []paper.Figure{
				{ID: "moves", Words: "hand-overs", Value: 3, Entries: []string{"01", "02", "03"}},
				{ID: "cost", Words: "cost of the laboratory", Value: 123405, Unit: paper.Pence},
				{ID: "few", Words: "victims", Suppressed: true},
			}},
			{Heading: "The line", Paragraphs: []string{"Each line is one leg."}, Table: &paper.Table{
				Columns: []string{"From", "To", "Why"},
				Rows:    [][]string{{"K. Officer", "the store", strings.Repeat("long ", 40)}, {"a\u202eb", "x", strings.Repeat("y", 150)}},
			}},
			{Heading: "Nothing", Table: &paper.Table{Columns: []string{"A", "B"}}},
		},
	}
}

// TestText writes every part, breaks what is too long, and hides nothing.
func TestText(t *testing.T) {
	got, err := paper.Text(sample())
	if err != nil {
		t.Fatal(err)
	}
	text := string(got)
	for _, want := range []string{
		"Continuity of KO/1\n==================\n", "£1234.05", "fewer than can be told", "moves", "a<U+202E>b", "none\n", "End of Continuity of KO/1.\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing from:\n%s", want, text)
		}
	}
	if n := strings.Count(text, "y"); n < 150 {
		t.Errorf("%d of 150 letters of the long word are there", n)
	}
	for line := range strings.Lines(text) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 120 || strings.HasSuffix(line, " \n") {
			t.Errorf("%d characters: %q", n, line)
		}
	}
	dates := paper.Document{Title: "T", Sections: []paper.Section{{Table: &paper.Table{
		Columns: []string{"No.", "Operator", "Granted", "Last day", "Obtained", "Why"},
		Rows:    [][]string{{"1", "Northmoor Mobile (made up)", "2026-10-27", "2026-11-26", "2026-10-30", strings.Repeat("because ", 30)}},
	}}}}
	if got, err := paper.Text(dates); err != nil || strings.Count(string(got), "2026-1") != 3 || !strings.Contains(string(got), "2026-10-27  2026-11-26  2026-10-30") {
		t.Errorf("a date is broken although other columns could be narrower: %v\n%s", err, got)
	}
	again, err := paper.Text(sample())
	if err != nil || string(again) != text {
		t.Errorf("the second time it is another text, or %v", err)
	}
}

// TestTextRefuses documents in which something could not be found again.
func TestTextRefuses(t *testing.T) {
	for name, spoil := range map[string]func(d *paper.Document){
		"no title":              func(d *paper.Document) { d.Title = "" },
		"a figure twice":        func(d *paper.Document) { d.Sections[0].Figures[1].ID = "moves" },
		"a figure without name": func(d *paper.Document) { d.Sections[0].Figures[0].ID = "" },
		"a row too short":       func(d *paper.Document) { d.Sections[1].Table.Rows[0] = []string{"a"} },
		"a suppressed value":    func(d *paper.Document) { d.Sections[0].Figures[2].Value = 2 },
	} {
		d := sample()
		spoil(&d)
		if _, err := paper.Text(d); !errors.Is(err, paper.ErrDocument) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if f, ok := sample().Figure("cost"); !ok || f.Number() != "£1234.05" {
		t.Errorf("%+v", f)
	}
}
