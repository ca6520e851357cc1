package paper

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Units: characters.
const (
	lineWidth  = 100
	tableWidth = 120
	leastCell  = 6  // a column is not made narrower than that
	longWord   = 24 // a longer one may be broken before other columns lose their words
)

// Text writes a document as plain text: UTF-8, lines of at most 100 characters, in
// tables 120, that end in a line feed, no trailing spaces. A word longer than its column is broken.
// Errors: ErrDocument.
func Text(d Document) ([]byte, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	var t text
	t.lines("", wrap(visible(d.Title), lineWidth))
	t.line(strings.Repeat("=", min(lineWidth, utf8.RuneCountInString(visible(d.Title)))))
	about := []Fact{}
	if d.Reference != "" {
		about = append(about, Fact{"Reference", d.Reference})
	}
	if d.Made != "" {
		about = append(about, Fact{"Made", d.Made})
	}
	t.facts(append(about, d.About...))
	for _, s := range d.Sections {
		t.section(s)
	}
	t.line("")
	t.line("End of " + visible(d.Title) + ".")
	return t.Bytes(), nil
}

// text is what has been written.
type text struct{ bytes.Buffer }

func (t *text) line(line string) {
	t.WriteString(strings.TrimRight(line, " "))
	t.WriteByte('\n')
}

// lines writes lines under each other, behind an indent.
func (t *text) lines(indent string, lines []string) {
	for _, line := range lines {
		t.line(indent + line)
	}
}

func (t *text) section(s Section) {
	t.line("")
	if s.Heading != "" {
		heading := visible(s.Heading)
		t.lines("", wrap(heading, lineWidth))
		t.line(strings.Repeat("-", min(lineWidth, utf8.RuneCountInString(heading))))
	}
	for _, p := range s.Paragraphs {
		t.lines("", wrap(visible(p), lineWidth))
	}
	t.facts(s.Facts)
	if len(s.Figures) > 0 {
		figures := Table{Columns: []string{"Figure", "", "Name"}}
		for _, f := range s.Figures {
			figures.Rows = append(figures.Rows, []string{f.Words, f.Number(), f.ID})
		}
		t.table(figures)
	}
	if s.Table != nil {
		t.table(*s.Table)
	}
}

// facts writes names and values in two columns.
func (t *text) facts(facts []Fact) {
	name := 0
	for _, f := range facts {
		name = max(name, utf8.RuneCountInString(visible(f.Name)))
	}
	name = min(name, lineWidth/3)
	for _, f := range facts {
		t.row([]string{f.Name, f.Value}, []int{name, lineWidth - name - 2})
	}
}

// table writes a table, its columns as wide as they need while they fit.
func (t *text) table(table Table) {
	if len(table.Columns) == 0 {
		return
	}
	widths, words := make([]int, len(table.Columns)), make([]int, len(table.Columns))
	for _, row := range append([][]string{table.Columns}, table.Rows...) {
		for i, cell := range row {
			shown := visible(cell)
			widths[i] = max(widths[i], 1, utf8.RuneCountInString(shown))
			for _, word := range strings.Fields(shown) {
				words[i] = max(words[i], min(longWord, utf8.RuneCountInString(word)))
			}
		}
	}
	fit(widths, words, tableWidth-2*(len(widths)-1))
	t.row(table.Columns, widths)
	rules := make([]string, len(widths))
	for i, w := range widths {
		rules[i] = strings.Repeat("-", w)
	}
	t.line(strings.Join(rules, "  "))
	for _, row := range table.Rows {
		t.row(row, widths)
	}
	if len(table.Rows) == 0 {
		t.line("none")
	}
}

// fit narrows the widest columns until all of them fit: first those that can be
// narrower without breaking a word, then any.
func fit(widths, words []int, room int) {
	for {
		sum, widest, breaking := 0, -1, 0
		for i, w := range widths {
			sum += w
			if w > max(words[i], leastCell) && (widest < 0 || w > widths[widest]) {
				widest = i
			}
			if w > widths[breaking] {
				breaking = i
			}
		}
		if widest < 0 {
			widest = breaking
		}
		if sum <= room || widths[widest] <= leastCell {
			return
		}
		widths[widest]--
	}
}

// row writes the cells of a row, each wrapped in its column.
func (t *text) row(cells []string, widths []int) {
	wrapped, height := make([][]string, len(cells)), 0
	for i, cell := range cells {
		wrapped[i] = wrap(visible(cell), widths[i])
		height = max(height, len(wrapped[i]))
	}
	for n := range height {
		var line strings.Builder
		for i, w := range widths {
			cell := ""
			if n < len(wrapped[i]) {
				cell = wrapped[i][n]
			}
			line.WriteString(cell)
			line.WriteString(strings.Repeat(" ", max(0, w-utf8.RuneCountInString(cell))+2))
		}
		t.line(line.String())
	}
}

// wrap breaks a text between its words into lines of at most width characters, and
// words that are longer where they must.
func wrap(s string, width int) []string {
	lines, line := []string{}, ""
	for _, word := range strings.Fields(s) {
		for {
			free := width - utf8.RuneCountInString(line)
			if line != "" {
				free--
			}
			n := utf8.RuneCountInString(word)
			switch {
			case n <= free && line == "":
				line = word
			case n <= free:
				line += " " + word
			case line != "":
				lines, line = append(lines, line), ""
				continue
			default:
				runes := []rune(word)
				lines, word = append(lines, string(runes[:width])), string(runes[width:])
				continue
			}
			break
		}
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}
