package render

import "custos.example/analysis"

// begin returns how a page of the front part begins, and begins the first.
func (s *sheet) begin(x exhibit) func() {
	again := func() { s.page(false, x.front.about...) }
	again()
	return again
}

// front draws the first page: what the exhibit is, the question, the counts,
// what it was made from, and the limits. It goes on to another page where it
// must; the counts always stand on the first.
func (s *sheet) front(x exhibit) {
	again := s.begin(x)
	f := x.front
	s.y += 8
	for _, line := range s.wrap(bold, 15, s.right-margin, f.title) {
		s.put(bold, 15, margin, s.y, line)
		s.y += 6.4
	}
	s.question(f)
	s.counts(f, again)
	s.sections(f.sections, again)
	s.limits(f.limits, again)
	s.sections(f.details, again)
}

// sections draws parts of the front page, those that stand beside each other in
// two columns.
func (s *sheet) sections(parts []section, again func()) {
	for i := 0; i < len(parts); i++ {
		if i+1 < len(parts) && parts[i+1].beside {
			s.pair(parts[i], parts[i+1], again)
			i++
			continue
		}
		s.section(parts[i], again)
	}
}

func (s *sheet) question(f frontPage) {
	lines := s.wrap(plain, 11, s.right-margin-8, f.question)
	period := s.wrap(plain, 8.5, s.right-margin-8, f.period)
	height := 8 + 5.2*float64(len(lines)) + 3.8*float64(len(period))
	s.f.SetLineWidth(0.3)
	s.f.Rect(margin, s.y-2, s.right-margin, height, "D")
	s.put(plain, 8, margin+4, s.y+3, "The question asked")
	y := s.y + 3
	for _, line := range lines {
		y += 5.2
		s.put(plain, 11, margin+4, y, line)
	}
	y += 0.8
	for _, line := range period {
		y += 3.8
		s.put(plain, 8.5, margin+4, y, line)
	}
	s.y += height + 1
}

func (s *sheet) heading(text string, again func()) {
	s.room(16, again)
	s.y += 6.5
	s.put(bold, 11, margin, s.y, text)
	s.y += 1.2
}

func (s *sheet) paragraph(size float64, text string, again func()) {
	for _, line := range s.wrap(plain, size, s.right-margin, text) {
		s.room(5, again)
		s.y += size * 0.46
		s.put(plain, size, margin, s.y, line)
	}
	s.y += 0.8
}

// section draws one part of the front page.
func (s *sheet) section(part section, again func()) {
	s.heading(part.title, again)
	for _, text := range part.text {
		s.paragraph(9, text, again)
	}
	if len(part.heads) == 0 {
		return
	}
	columns := make([]column, len(part.heads))
	for i, h := range part.heads {
		columns[i] = column{title: h.title, width: h.width, face: plain, right: h.right}
		if h.mono {
			columns[i].face = mono
		}
	}
	g := &ruled{s: s, columns: columns, style: frontStyle}
	g.again = func() { again(); g.head() }
	g.head()
	for _, row := range part.rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = orDash(cell)
		}
		g.row(cells)
	}
}

// pair draws two parts side by side.
func (s *sheet) pair(a, b section, again func()) {
	const gap = 8.0
	width := (s.right - margin - gap) / 2
	lines := func(part section) []string {
		var all []string
		for _, text := range part.text {
			all = append(all, s.wrap(plain, 9, width, text)...)
		}
		return all
	}
	left, right := lines(a), lines(b)
	height := 10 + 4.1*float64(max(len(left), len(right)))
	if height > 120 { // too long for two columns: one after the other
		s.section(a, again)
		s.section(b, again)
		return
	}
	s.room(height, again)
	s.y += 6.5
	for _, part := range []struct {
		x     float64
		title string
		lines []string
	}{{margin, a.title, left}, {margin + width + gap, b.title, right}} { // one after the other: a text is read in this order
		s.put(bold, 11, part.x, s.y, part.title)
		for i, line := range part.lines {
			s.put(plain, 9, part.x, s.y+5.3+4.1*float64(i), line)
		}
	}
	s.y += 2 + 4.1*float64(max(len(left), len(right)))
}

// counts draws the balance as an equation, and the rules below it.
func (s *sheet) counts(f frontPage, again func()) {
	s.room(34, again)
	s.heading("Counts", again)
	s.y += 1
	s.rule(s.y, 0.2)
	s.y += 6
	x := margin
	for i, part := range balanceParts(f.balance) {
		count := number(part.n)
		s.font(bold, 13)
		width := millimetres(s.units(count), 13) + 1.2
		s.font(plain, 8.5)
		width += millimetres(s.units(part.word), 8.5) + 1
		if i > 0 && x+6+width > s.right {
			s.y += 6
			x = margin
		}
		if i > 0 {
			s.put(plain, 11, x+1.5, s.y, part.sign)
			x += 6
		}
		s.put(bold, 13, x, s.y, count)
		s.put(plain, 8.5, x+millimetres(s.countUnits(count), 13)+1.2, s.y, part.word)
		x += width
	}
	s.y += 2.4
	s.rule(s.y, 0.2)
	s.y += 1
	for _, text := range f.counts {
		s.paragraph(8.5, text, again)
	}
}

func (s *sheet) countUnits(count string) int {
	s.font(bold, 13)
	return s.units(count)
}

// balancePart is one term of the balance as it is written.
type balancePart struct {
	sign string
	n    int64
	word string
}

func balanceParts(b analysis.Balance) []balancePart {
	return []balancePart{
		{"", b.Received, "rows received"},
		{"=", b.Shown, "shown"},
		{"+", b.Outside, "outside the question"},
		{"+", b.Repeats, "repeats"},
		{"+", b.SetAside, "set aside"},
	}
}

const limitsTitle = "Read this exhibit with these limits"

func (s *sheet) limits(caveats []analysis.Caveat, again func()) {
	s.heading(limitsTitle, again)
	for _, c := range caveats {
		lines := s.wrap(plain, 9, s.right-margin-26, c.Text)
		s.room(4.0*float64(len(lines))+0.5, func() {
			again()
			s.heading(limitsTitle+" (continued)", again)
		})
		for i, line := range lines {
			s.y += 4.0
			if i == 0 {
				s.put(plain, 8, margin, s.y, c.ID)
			}
			s.put(plain, 9, margin+26, s.y, line)
		}
		s.y += 0.5
	}
}
