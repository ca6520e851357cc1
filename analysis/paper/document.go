// Package paper holds documents of words, tables and figures as data, and writes
// them as text.
//
// It owns the model that schedules, statements, receipts and reports are made in.
// It never reads the record, a clock or a file: the same document gives the same
// bytes everywhere.
package paper

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// ErrDocument is returned for a document that cannot be written down.
var ErrDocument = errors.New("paper: not a document that can be written")

// Document is one piece of paper.
// Shape: Made is the instant it shows the record of, in words; About stands at its
// head. Lists may be empty, and are written in their order.
type Document struct {
	About     []Fact    `json:"about"`
	Made      string    `json:"made"`
	Reference string    `json:"reference"`
	Sections  []Section `json:"sections"`
	Title     string    `json:"title"`
}

// Fact is one thing that is said, under its name.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Section is a part of a document. What it holds is written in this order:
// paragraphs, facts, figures, table.
type Section struct {
	Facts      []Fact   `json:"facts"`
	Figures    []Figure `json:"figures"`
	Heading    string   `json:"heading"`
	Paragraphs []string `json:"paragraphs"`
	Table      *Table   `json:"table,omitempty"`
}

// Table is rows under columns.
// Shape: every row has one cell a column.
type Table struct {
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
}

// Figure is a number that was counted or added up.
// Shape: ID is its name, once in a document, by which it is explained; Entries are
// the ids of the entries behind it, sorted. A figure that is Suppressed is too
// small to be told, and bears no value and no entries.
// Units: Unit says them; "" is a count, "pence" money.
type Figure struct {
	Entries    []string `json:"entries"`
	ID         string   `json:"id"`
	Suppressed bool     `json:"suppressed"`
	Unit       string   `json:"unit"`
	Value      int64    `json:"value"`
	Words      string   `json:"words"`
}

// The units of figures that are not counts.
const (
	Pence = "pence"
	Days  = "days"
)

// Number writes the figure's value with its unit.
func (f Figure) Number() string {
	switch {
	case f.Suppressed:
		return "fewer than can be told"
	case f.Unit == Pence && f.Value < 0:
		return fmt.Sprintf("-£%d.%02d", -f.Value/100, -f.Value%100)
	case f.Unit == Pence:
		return fmt.Sprintf("£%d.%02d", f.Value/100, f.Value%100)
	case f.Unit != "":
		return fmt.Sprintf("%d %s", f.Value, f.Unit)
	}
	return fmt.Sprint(f.Value)
}

// Figure returns the figure of that id.
func (d Document) Figure(id string) (Figure, bool) {
	for _, s := range d.Sections {
		for _, f := range s.Figures {
			if f.ID == id {
				return f, true
			}
		}
	}
	return Figure{}, false
}

// Check holds a document against what can be written down and found again.
// Errors: ErrDocument.
func (d Document) Check() error {
	if d.Title == "" {
		return fmt.Errorf("%w: it has no title", ErrDocument)
	}
	seen := map[string]bool{}
	for _, s := range d.Sections {
		for _, f := range s.Figures {
			if f.ID == "" || seen[f.ID] {
				return fmt.Errorf("%w: figure %q has no name, or one that is there twice", ErrDocument, f.ID)
			}
			seen[f.ID] = true
			if f.Suppressed && (f.Value != 0 || len(f.Entries) > 0) {
				return fmt.Errorf("%w: figure %q is suppressed and bears a value", ErrDocument, f.ID)
			}
		}
		if s.Table == nil {
			continue
		}
		for i, row := range s.Table.Rows {
			if len(row) != len(s.Table.Columns) {
				return fmt.Errorf("%w: row %d under %q has %d cells for %d columns", ErrDocument, i+1, s.Heading, len(row), len(s.Table.Columns))
			}
		}
	}
	return nil
}

// visible makes what would not be seen, or would be seen elsewhere, plain: control
// and direction characters are written by their numbers.
func visible(text string) string {
	if !strings.ContainsFunc(text, hidden) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if hidden(r) {
			fmt.Fprintf(&b, "<U+%04X>", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func hidden(r rune) bool {
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) || r == unicode.ReplacementChar
}
