package render

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"custos.example/analysis/paper"
)

// ofEverything is a document that uses all that a document can hold.
func ofEverything(rows int) paper.Document {
	table := &paper.Table{Columns: []string{"Item", "What it is", "Held by", "Seal", "Pence"}}
	for n := range rows {
		table.Rows = append(table.Rows, []string{fmt.Sprintf("KO/%d", n+1), "Mobile telephone, black, screen cracked in two places, in evidence bag", "Property store, bay 4", fmt.Sprintf("S%06d", 100200+n), "12,345"})
	}
	wide := &paper.Table{Columns: []string{"Number", "Authority", "Operator", "Asked on", "Obtained on", "In time", "Records", "Runs", "Exhibits", "Reads", "Used"}}
	for n := range rows / 4 {
		wide.Rows = append(wide.Rows, []string{fmt.Sprint(n + 1), "AB-26-01873/2026/" + fmt.Sprint(n), "Northmoor Mobile Telecommunications", "3 October 2026", "5 October 2026", "yes", "2,246", "4", "1", "19", "used in an exhibit"})
	}
	return paper.Document{
		Title: "Communications data: what was obtained and what use was made of it", Reference: "ipco 2026-10-01 to 2026-10-31", Made: "21 November 2026, 10:52:00 UTC",
		About: []paper.Fact{{Name: "Organisation", Value: "Northmoor Constabulary"}, {Name: "Record as of", Value: "entry 4,211, whose head is 4f6a1c90d2b3"}},
		Sections: []paper.Section{
			{
				Heading: "Summary", Paragraphs: []string{strings.Repeat("Every figure of this report has a name, by which the entries behind it can be told. ", 4)},
				Figures: []paper.Figure{{ID: "ipco.returns", Words: "Returns from operators", Value: 1234, Entries: []string{"aa", "bb"}}, {ID: "ipco.cost", Words: "Charged by operators", Value: 123456, Unit: "pence", Entries: []string{"aa"}}},
			},
			{Heading: "Items", Table: table},
			{Heading: "Returns", Paragraphs: []string{"Each return against its authority."}, Table: wide},
			{Heading: "Nothing here", Table: &paper.Table{Columns: []string{"A", "B"}}},
			{Heading: "Received by", Table: &paper.Table{Columns: []string{"Name", "Signature", "Date"}, Rows: [][]string{{" ", " ", " "}}}},
		},
	}
}

// TestPaperIsTheSameEachTime: the bytes depend on the document alone, and on all
// of it.
func TestPaperIsTheSameEachTime(t *testing.T) {
	d := ofEverything(60)
	first, err := PaperPDF(d)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if again, err := PaperPDF(d); err != nil || !bytes.Equal(first, again) {
			t.Fatalf("made again: %d bytes for %d, %v", len(again), len(first), err)
		}
	}
	d.Sections[0].Figures[0].Value++
	if other, err := PaperPDF(d); err != nil || bytes.Equal(first, other) {
		t.Fatalf("control: a figure off by one gives the same page, %v", err)
	}
}

// TestPaperSaysAll: another program reads from the pages every heading, cell and
// figure, whatever signs it is written in; nothing is drawn beside the paper.
func TestPaperSaysAll(t *testing.T) {
	d := ofEverything(60)
	d.Sections[0].Figures = append(d.Sections[0].Figures, paper.Figure{ID: "small", Words: "Cases", Suppressed: true})
	d.Sections[1].Table.Rows[3][1] = "reads backwards \u202eDCBA"
	made, err := PaperPDF(d)
	if err != nil {
		t.Fatal(err)
	}
	pages, words := readPaper(t, made), map[string]bool{}
	for n, page := range pages {
		for _, w := range page.Words {
			words[w.Text] = true
			if w.Left < 0 || w.Top < 0 || w.Right > page.Width+0.5 || w.Bottom > page.Height+0.5 {
				t.Errorf("page %d: %q lies beside the paper", n+1, w.Text)
			}
		}
	}
	for _, want := range []string{"KO/60", "S100259", "AB-26-01873/2026/14", "ipco.cost", "£1234.56", "fewer", "[U+202E]DCBA", "Signature", "End"} {
		if !words[want] {
			t.Errorf("the pages do not say %q", want)
		}
	}
	if words["S100260"] {
		t.Error("control: the pages say what the document does not")
	}
	if last := pages[len(pages)-1]; last.Width > last.Height {
		t.Error("the last page is no upright page")
	}
}

// TestPaperRefuses: what cannot be written down.
func TestPaperRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*paper.Document){
		"a row with too few cells":  func(d *paper.Document) { d.Sections[1].Table.Rows[0] = []string{"KO/1"} },
		"a figure twice":            func(d *paper.Document) { d.Sections[2].Figures = d.Sections[0].Figures },
		"a document without a name": func(d *paper.Document) { d.Title = "" },
		"more rows than paper takes": func(d *paper.Document) {
			d.Sections[3].Table.Rows = slices.Repeat([][]string{{"a", "b"}}, maxPaperRows)
		},
	} {
		d := ofEverything(4)
		if _, err := PaperPDF(d); err != nil {
			t.Fatal(err)
		}
		spoil(&d)
		if _, err := PaperPDF(d); !errors.Is(err, paper.ErrDocument) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
