package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"custos.example/analysis"
	"custos.example/analysis/paper"
)

// byHand is a cell that is left blank, to be written in by hand.
const byHand = " "

// maxPaperRows bounds the rows of all tables of one document.
const maxPaperRows = 50_000

// PaperPDF returns a document drawn on A4 paper: title, what it is about, its
// sections with their tables, and every figure with its name and the number of
// entries behind it. The same document gives the same bytes.
//
// Shape: the content code at the foot of every page is the beginning of the
// SHA-256 of the document in canonical JSON, which the last page has in full.
// A cell that is one blank stays blank, to be written in by hand; an empty one
// is a dash.
// Errors: paper.ErrDocument, also for more rows than paper takes.
func PaperPDF(d paper.Document) ([]byte, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	d = whole(d)
	text, err := analysis.MarshalCanonical(d)
	if err != nil {
		return nil, fmt.Errorf("the document %s: %w", d.Reference, err)
	}
	rows := 0
	for _, section := range d.Sections {
		if section.Table != nil {
			rows += len(section.Table.Rows)
		}
	}
	if rows > maxPaperRows {
		return nil, fmt.Errorf("%s: %d rows are too many for paper, at most %d; choose a shorter period: %w", d.Reference, rows, maxPaperRows, paper.ErrDocument)
	}
	p := &paperSheet{sheet: openSheet(d.Reference+": "+d.Title, paperMade(d.Made)), doc: d, digest: sha256.Sum256(text)}
	p.code, p.label, p.reference = crockford(p.digest[:10]), "Document", d.Reference
	if p.reference == "" {
		p.reference = d.Title
	}
	p.statement = d.Title
	p.draw()
	var out bytes.Buffer
	if err := p.f.Output(&out); err != nil {
		return nil, fmt.Errorf("drawing %s: %w", d.Reference, err)
	}
	return out.Bytes(), nil
}

// whole returns a document whose lists are there even when they are empty, as it
// is recorded.
func whole(d paper.Document) paper.Document {
	d.About, d.Sections = append([]paper.Fact{}, d.About...), append([]paper.Section{}, d.Sections...)
	for n, s := range d.Sections {
		s.Facts, s.Figures, s.Paragraphs = append([]paper.Fact{}, s.Facts...), append([]paper.Figure{}, s.Figures...), append([]string{}, s.Paragraphs...)
		for i, f := range s.Figures {
			s.Figures[i].Entries = append([]string{}, f.Entries...)
		}
		if s.Table != nil {
			s.Table = &paper.Table{Columns: append([]string{}, s.Table.Columns...), Rows: append([][]string{}, s.Table.Rows...)}
		}
		d.Sections[n] = s
	}
	return d
}

// paperMade is the date within the file: when the document was made, where its
// words are read, else a fixed day. The page itself says it in words.
func paperMade(words string) time.Time {
	words, _, _ = strings.Cut(words, ", of a log")
	for _, form := range []string{time.RFC3339, "2 January 2006 15:04:05 UTC", "2 January 2006, 15:04:05 UTC", "2 January 2006 15:04 UTC", "2 January 2006, 15:04 UTC"} {
		if at, err := time.Parse(form, words); err == nil {
			return at.UTC()
		}
	}
	return time.Unix(0, 0).UTC()
}

// paperSheet draws one document.
type paperSheet struct {
	*sheet
	doc       paper.Document
	digest    [32]byte
	landscape bool
}

// turn begins a page of that kind, unless such a page is under way.
func (p *paperSheet) turn(landscape bool) {
	if p.pages > 0 && p.landscape == landscape {
		return
	}
	p.landscape = landscape
	p.again()
}

func (p *paperSheet) again() {
	if p.doc.Made == "" {
		p.page(p.landscape)
		return
	}
	p.page(p.landscape, "Made "+p.doc.Made)
}

func (p *paperSheet) draw() {
	p.turn(false)
	p.y += 8
	for _, line := range p.wrap(bold, 15, p.right-margin, p.doc.Title) {
		p.put(bold, 15, margin, p.y, line)
		p.y += 6.4
	}
	p.y -= 3
	p.facts(p.doc.About)
	for _, section := range p.doc.Sections {
		p.part(section)
	}
	p.end()
}

// part draws one section: its text, facts, figures and table, in this order.
func (p *paperSheet) part(s paper.Section) {
	p.turn(s.Table != nil && p.wide(s.Table))
	if s.Heading != "" {
		p.heading(s.Heading, p.again)
	}
	for _, text := range s.Paragraphs {
		p.paragraph(9, text, p.again)
	}
	p.facts(s.Facts)
	p.figures(s.Figures)
	if s.Table != nil {
		p.table(s.Table)
	}
}

// facts draws names with what they stand for.
func (p *paperSheet) facts(facts []paper.Fact) {
	const name = 46.0
	if len(facts) > 0 {
		p.y += 1.5
	}
	for _, fact := range facts {
		names := p.wrap(bold, 8.5, name-3, fact.Name)
		values := p.wrap(plain, 8.5, p.right-margin-name, orDash(fact.Value))
		for n := range max(len(names), len(values)) {
			p.room(4.2, p.again)
			p.y += 3.9
			if n < len(names) {
				p.put(bold, 8.5, margin, p.y, names[n])
			}
			if n < len(values) {
				p.put(plain, 8.5, margin+name, p.y, values[n])
			}
		}
		p.y += 0.5
	}
}

// figures draws the figures of a section, each with the name under which the
// entries behind it are told.
func (p *paperSheet) figures(figures []paper.Figure) {
	if len(figures) == 0 {
		return
	}
	columns := []column{{title: "Figure"}, {title: "Value", right: true}, {title: "Name of the figure"}, {title: "Entries", right: true}}
	rows := make([][]string, len(figures))
	for n, f := range figures {
		rows[n] = []string{f.Words, f.Number(), f.ID, number(int64(len(f.Entries)))}
		if f.Suppressed {
			rows[n][3] = ""
		}
	}
	p.grid(columns, rows, frontStyle)
}

// wide tells whether a table wants the long side of the paper.
func (p *paperSheet) wide(t *paper.Table) bool {
	columns := make([]column, len(t.Columns))
	for n, title := range t.Columns {
		columns[n] = column{title: title}
	}
	fits, err := p.measure(columns, frontStyle, paperRows(t.Rows))
	if err != nil {
		return false
	}
	natural, least, width := 0, 0, room(columns, frontStyle, shortSide-2*margin)
	for _, f := range fits {
		natural += f.natural
		least += min(f.least, f.natural)
	}
	return least > width || 7*natural > 8*width && len(columns) > 6
}

// table draws a table, its head on every page.
func (p *paperSheet) table(t *paper.Table) {
	columns := make([]column, len(t.Columns))
	for n, title := range t.Columns {
		columns[n] = column{title: title, right: onlyCounts(t.Rows, n)}
	}
	if len(t.Rows) == 0 {
		p.room(9, p.again)
		p.y += 5
		p.put(plain, 9, margin, p.y, "No row.")
		return
	}
	p.grid(columns, t.Rows, frontStyle)
}

// grid draws rows under the heads of their columns, as wide as what stands in
// them; a table that is wider than the page is drawn in parts, the first column
// in each.
func (p *paperSheet) grid(columns []column, rows [][]string, style gridStyle) {
	each := paperRows(rows)
	fits, err := p.measure(columns, style, each)
	if err != nil {
		p.f.SetError(err)
		return
	}
	for n := range columns { // room to write in
		if slices.ContainsFunc(rows, func(row []string) bool { return row[n] == byHand }) {
			fits[n].natural = max(fits[n].natural, 16_000)
		}
	}
	for _, part := range bands(columns, fits, style, p.right-margin) {
		picked, sizes, shown := make([]column, len(part)), make([]fitting, len(part)), make([]string, len(part))
		for n, i := range part {
			picked[n], sizes[n] = columns[i], fits[i]
		}
		setWidths(picked, sizes, style, p.right-margin)
		g := &ruled{s: p.sheet, columns: picked, style: style}
		g.again = func() { p.again(); g.head() }
		p.room(22, p.again)
		g.head()
		_ = each(func(cells []string) error {
			for n, i := range part {
				shown[n] = cells[i]
			}
			if slices.Contains(cells, byHand) {
				p.room(12, g.again)
				p.y += 5
			}
			g.row(shown)
			return nil
		})
	}
	p.y += 2
}

// paperRows hands out rows with a dash in each empty cell.
func paperRows(rows [][]string) func(use func([]string) error) error {
	return func(use func([]string) error) error {
		var cells []string
		for _, row := range rows {
			cells = append(cells[:0], row...)
			if err := use(dashes(cells)); err != nil {
				return err
			}
		}
		return nil
	}
}

// onlyCounts tells whether a column holds nothing but counts and sums, which are
// set flush right.
func onlyCounts(rows [][]string, column int) bool {
	some := false
	for _, row := range rows {
		text := strings.TrimPrefix(strings.TrimPrefix(row[column], "-"), "£")
		if text == "" || text == "–" {
			continue
		}
		if strings.Trim(text, "0123456789,.") != "" {
			return false
		}
		some = true
	}
	return some
}

// end draws what tells a reader that nothing is missing, and how to check it.
func (p *paperSheet) end() {
	p.turn(false)
	p.room(30, p.again)
	p.y += 5
	p.rule(p.y, 0.3)
	p.y += 5
	p.putOwn(bold, 9, margin, p.y, "End of "+visible(p.reference)+", pages in all: "+pagesAlias+".")
	p.y += 1
	p.paragraph(8.5, "The content code at the foot of each page stands for the recorded document, not for this page: it is the beginning of the document's SHA-256. "+
		"The letters I, L, O and U are never used. Digest in full:", p.again)
	digest := hex.EncodeToString(p.digest[:])
	p.y += 3.4
	p.put(mono, 8, margin, p.y, groups(digest))
}
