package render

import "slices"

// column is one column of a table on paper.
type column struct {
	title string
	width float64 // in millimetres, the gap to the next column included
	face  face
	right bool
}

// inset keeps flush right figures off the text that follows them.
func (c column) inset() float64 {
	if c.right {
		return 1.2
	}
	return 0
}

// gridStyle is how a table is set.
type gridStyle struct {
	size    float64 // of the rows, in points
	head    float64 // of the head
	line    float64 // from line to line, in millimetres
	first   float64 // from the top of a row to its first base line
	below   float64 // below the last base line
	gap     float64 // between columns
	heavier int     // every so many rows the rule is darker; 0 = never
}

var (
	frontStyle = gridStyle{size: 8.5, head: 8, line: 3.6, first: 3.4, below: 1.6, gap: 2}
	tableStyle = gridStyle{size: 7, head: 7, line: 2.8, first: 3.4, below: 1.5, gap: 1.6, heavier: 5}
)

// ruled draws a table whose cells break into lines and whose head stands on every
// page. A row stays on one page unless it is taller than a page.
type ruled struct {
	s       *sheet
	columns []column
	style   gridStyle
	again   func() // begins the next page, with the head
	rows    int
	lines   [][]string
}

// head draws the heads of the columns.
func (g *ruled) head() {
	s, st := g.s, g.style
	lines := make([][]string, len(g.columns))
	most := 1
	for i, c := range g.columns {
		lines[i] = s.wrap(bold, st.head, c.width-st.gap-c.inset(), c.title)
		most = max(most, len(lines[i]))
	}
	s.y += 2
	x := margin
	for i, c := range g.columns {
		for k, line := range lines[i] {
			g.put(bold, st.head, c, x, s.y+st.line*float64(most-len(lines[i])+k+1), line)
		}
		x += c.width
	}
	s.y += st.line*float64(most) + 1.4
	s.rule(s.y, 0.4)
}

// row draws one row.
func (g *ruled) row(cells []string) {
	s, st := g.s, g.style
	if g.lines == nil {
		g.lines = make([][]string, len(g.columns))
	}
	most := 1
	for i, cell := range cells {
		c := g.columns[i]
		g.lines[i] = s.wrap(c.face, g.size(c), c.width-st.gap-c.inset(), cell)
		most = max(most, len(g.lines[i]))
	}
	g.rows++
	for from := 0; from < most; {
		fits := int((s.bottom-s.y-st.first-st.below)/st.line) + 1
		if fits < most-from {
			whole := int((s.bottom-50)/st.line) + 1 // what surely fits on a page of its own
			if fits < 3 || from == 0 && most <= whole {
				g.again()
				continue
			}
		}
		n := min(fits, most-from)
		g.part(from, from+n)
		from += n
	}
	grey, width := 175, 0.15
	if st.heavier > 0 && g.rows%st.heavier == 0 {
		grey = 90
	} else if st.heavier == 0 {
		grey = 140
	}
	s.f.SetDrawColor(grey, grey, grey)
	s.rule(s.y, width)
	s.f.SetDrawColor(0, 0, 0)
}

// part draws some lines of the row.
func (g *ruled) part(from, to int) {
	s, st := g.s, g.style
	x := margin
	for i, c := range g.columns {
		for k := from; k < min(to, len(g.lines[i])); k++ {
			g.put(c.face, g.size(c), c, x, s.y+st.first+st.line*float64(k-from), g.lines[i][k])
		}
		x += c.width
	}
	s.y += st.first + st.line*float64(to-from-1) + st.below
}

// size returns the size of a column's letters: those of one width are wider.
func (g *ruled) size(c column) float64 {
	if c.face == mono {
		return g.style.size - 0.5
	}
	return g.style.size
}

func (g *ruled) put(name face, size float64, c column, x, y float64, line string) {
	if c.right {
		g.s.putEnding(name, size, x+c.width-g.style.gap-c.inset(), y, line)
		return
	}
	g.s.put(name, size, x, y, line)
}

// fitting is what is known of a column before its width is chosen, in
// thousandths of the size of its letters.
type fitting struct{ natural, least int }

// fitColumns chooses the widths of a table's columns from everything that will
// stand in them: each as wide as its longest cell where the page is wide
// enough; else the widest columns give way and break into lines.
func (s *sheet) fitColumns(columns []column, style gridStyle, width float64, each func(use func(cells []string) error) error) error {
	fits, err := s.measure(columns, style, each)
	if err != nil {
		return err
	}
	setWidths(columns, fits, style, width)
	return nil
}

// measure finds how wide what stands in each column is.
func (s *sheet) measure(columns []column, style gridStyle, each func(use func(cells []string) error) error) ([]fitting, error) {
	fits := make([]fitting, len(columns))
	s.font(bold, style.head)
	for i, c := range columns {
		fits[i].least = min(s.longestWord(c.title), 9_000)
		fits[i].natural = min(max(s.units(visible(c.title)), fits[i].least), 12_000)
	}
	s.font(plain, style.size)
	err := each(func(cells []string) error {
		for i, cell := range cells {
			text := visible(cell)
			n := s.units(text)
			if n > fits[i].natural {
				fits[i].natural = n
			}
			if n > fits[i].least {
				fits[i].least = max(fits[i].least, min(s.longestWord(text), 14_000))
			}
		}
		return nil
	})
	return fits, err
}

// room returns what a width leaves for letters, in thousandths of their size.
func room(columns []column, style gridStyle, width float64) int {
	for _, c := range columns {
		width -= style.gap + c.inset()
	}
	return int(width * 72000 / 25.4 / style.size)
}

func setWidths(columns []column, fits []fitting, style gridStyle, width float64) {
	for i, n := range share(fits, room(columns, style, width)) {
		columns[i].width = millimetres(n+1, style.size) + style.gap + columns[i].inset()
	}
}

// bands cuts the columns of a table that is wider than the page into parts that
// fit beside each other without breaking a word. The first column stands in
// each, so that rows can be followed; a table that fits is one band.
func bands(columns []column, fits []fitting, style gridStyle, width float64) [][]int {
	all := [][]int{{0}}
	for n := 1; n < len(columns); n++ {
		last := all[len(all)-1]
		picked, sum := make([]column, 0, len(last)+1), 0
		for _, i := range append(slices.Clone(last), n) {
			picked = append(picked, columns[i])
			sum += min(fits[i].least, fits[i].natural)
		}
		if len(last) > 1 && sum > room(picked, style, width) {
			all = append(all, []int{0, n})
			continue
		}
		all[len(all)-1] = append(last, n)
	}
	return all
}

// longestWord returns the width of the longest word of a text.
func (s *sheet) longestWord(text string) int {
	longest, word := 0, 0
	for _, r := range text {
		if r == ' ' {
			longest, word = max(longest, word), 0
			continue
		}
		word += s.units(string(r))
	}
	return max(longest, word)
}

// share gives each column its natural width and a little of what is left, or
// cuts the widest down to what there is.
func share(fits []fitting, room int) []int {
	widths := make([]int, len(fits))
	sum := 0
	for i, f := range fits {
		widths[i] = f.natural
		sum += f.natural
	}
	if sum <= room {
		more := min((room-sum)/max(len(fits), 1), 3_500)
		for i := range widths {
			widths[i] += more
		}
		return widths
	}
	for high := room; ; high -= max(high/40, 1) {
		sum = 0
		for i, f := range fits {
			widths[i] = max(min(f.natural, high), min(f.least, f.natural))
			sum += widths[i]
		}
		if sum <= room {
			return widths
		}
		if high <= 1 {
			break
		}
	}
	// Even the longest words do not fit beside each other: words break.
	for i := range widths {
		widths[i] = widths[i] * room / max(sum, 1)
	}
	return widths
}
