package render

import (
	"strconv"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// front draws the first page: what the exhibit is, what it was made from, the
// counts, and the limits. It goes on to another page where it must.
func (s *sheet) front(sum pageSummary, clock *event.Clock) {
	about := []string{s.meta.Case, "Produced by " + s.meta.Producer, madeWords(s.meta.Made)}
	begin := func() { s.page(false, about...) }
	begin()
	s.y += 8
	for _, line := range s.wrap(bold, 15, s.right-margin, s.meta.Title) {
		s.put(bold, 15, margin, s.y, line)
		s.y += 6.4
	}
	s.question()
	s.sources(begin)
	s.attributions(begin)
	s.counts(sum, begin)
	s.pair("Time", timeWords(s.meta, sum), "How it was made", s.madeBy(sum, clock), begin)
	for _, d := range s.meta.Decisions {
		s.paragraph(9, "Decision on a source: "+d, begin)
	}
	s.limits(sum, begin)
}

func (s *sheet) question() {
	lines := s.wrap(plain, 11, s.right-margin-8, s.meta.Question)
	height := 9 + 5.2*float64(len(lines))
	s.f.SetLineWidth(0.3)
	s.f.Rect(margin, s.y-2, s.right-margin, height, "D")
	s.put(plain, 8, margin+4, s.y+3, "The question asked")
	for i, line := range lines {
		s.put(plain, 11, margin+4, s.y+8.2+5.2*float64(i), line)
	}
	s.y += height + 1
}

func (s *sheet) heading(text string, again func()) {
	s.room(16, again)
	s.y += 7.5
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

// pair draws two paragraphs side by side.
func (s *sheet) pair(titleA, textA, titleB, textB string, again func()) {
	const gap = 8.0
	width := (s.right - margin - gap) / 2
	a, b := s.wrap(plain, 9, width, textA), s.wrap(plain, 9, width, textB)
	s.room(10+4.1*float64(max(len(a), len(b))), again)
	s.y += 7.5
	for _, part := range []struct {
		x     float64
		title string
		lines []string
	}{{margin, titleA, a}, {margin + width + gap, titleB, b}} { // one after the other: a text is read in this order
		s.put(bold, 11, part.x, s.y, part.title)
		for i, line := range part.lines {
			s.put(plain, 9, part.x, s.y+5.3+4.1*float64(i), line)
		}
	}
	s.y += 2 + 4.1*float64(max(len(a), len(b)))
}

// column is one column of a table.
type column struct {
	title string
	width float64
	face  face
	size  float64
	right bool
}

// table draws a small table whose cells break into lines.
func (s *sheet) table(columns []column, rows [][]string, again func()) {
	head := func() {
		s.y += 4
		x := margin
		for _, c := range columns {
			s.place(column{face: bold, size: 8, width: c.width, right: c.right}, x, s.y, c.title)
			x += c.width
		}
		s.y += 1.6
		s.rule(s.y, 0.3)
	}
	head()
	for _, row := range rows {
		lines := make([][]string, len(row))
		most := 1
		for i, cell := range row {
			lines[i] = s.wrap(columns[i].face, columns[i].size, columns[i].width-2, orDash(cell))
			most = max(most, len(lines[i]))
		}
		height := 3.6*float64(most) + 1.4
		s.room(height, func() { again(); head() })
		x := margin
		for i, c := range columns {
			for k, line := range lines[i] {
				s.place(c, x, s.y+3.6*float64(k+1)-0.2, line)
			}
			x += c.width
		}
		s.y += height
		s.f.SetDrawColor(140, 140, 140)
		s.rule(s.y, 0.15)
		s.f.SetDrawColor(0, 0, 0)
	}
}

// place writes one line in a column.
func (s *sheet) place(c column, x, y float64, text string) {
	if c.right {
		s.putEnding(c.face, c.size, x+c.width-2, y, text)
		return
	}
	s.put(c.face, c.size, x, y, text)
}

func (s *sheet) sources(again func()) {
	s.heading("Sources", again)
	rows := make([][]string, 0, len(s.meta.Sources))
	for _, src := range s.meta.Sources {
		rows = append(rows, []string{src.Reference, src.Title, src.Authority, number(src.Rows), src.SHA256[:32] + " " + src.SHA256[32:]})
	}
	s.table([]column{
		{"Ref", 20, plain, 8.5, false},
		{"What it is and who supplied it", 62, plain, 8.5, false},
		{"Authority", 26, plain, 8.5, false},
		{"Rows", 16, plain, 8.5, true},
		{"SHA-256 of the file as received", 60, mono, 8, false},
	}, rows, again)
}

func (s *sheet) attributions(again func()) {
	if len(s.meta.Attributions) == 0 {
		return
	}
	s.heading("Attribution", again)
	rows := make([][]string, 0, len(s.meta.Attributions))
	for _, a := range s.meta.Attributions {
		rows = append(rows, []string{event.Display(a.Identifier), a.Person, a.Period, a.Basis, a.StatedBy})
	}
	s.table([]column{
		{"Identifier", 27, plain, 8.5, false},
		{"Stated user", 30, plain, 8.5, false},
		{"Period", 34, plain, 8.5, false},
		{"Basis", 65, plain, 8.5, false},
		{"Stated by", 28, plain, 8.5, false},
	}, rows, again)
}

// counts draws the balance as an equation, and the rules below it.
func (s *sheet) counts(sum pageSummary, again func()) {
	s.room(34, again)
	s.heading("Counts", again)
	s.y += 1
	s.rule(s.y, 0.2)
	s.y += 6
	b := sum.Balance
	x := margin
	for i, part := range []struct {
		n    int64
		word string
	}{{b.Received, "rows received"}, {b.Shown, "shown"}, {b.Outside, "outside the question"}, {b.Repeats, "repeats"}, {b.SetAside, "set aside"}} {
		if i > 0 {
			sign := "+"
			if i == 1 {
				sign = "="
			}
			s.put(plain, 11, x+1.5, s.y, sign)
			x += 6
		}
		s.put(bold, 13, x, s.y, number(part.n))
		x += millimetres(s.units(number(part.n)), 13) + 1.2
		s.put(plain, 8.5, x, s.y, part.word)
		x += millimetres(s.units(part.word), 8.5) + 1
	}
	s.y += 2.4
	s.rule(s.y, 0.2)
	s.y += 1
	if len(b.OutsideBy) > 0 {
		s.paragraph(8.5, "Outside the question: "+ruleWords(b.OutsideBy)+".", again)
	}
	if b.Repeats > 0 {
		s.paragraph(8.5, "Repeats: every column equals that of an earlier row of the same source ("+sum.RepeatRule+"); each is listed after the schedule.", again)
	}
	if len(b.SetAsideBy) > 0 {
		s.paragraph(8.5, "Set aside, with the row and the reason listed in the bundle: "+ruleWords(b.SetAsideBy)+".", again)
	}
}

func (s *sheet) limits(sum pageSummary, again func()) {
	const title = "Read this schedule with these limits"
	s.heading(title, again)
	for _, c := range sum.Caveats {
		lines := s.wrap(plain, 9, s.right-margin-26, c.Text)
		s.room(4.0*float64(len(lines))+0.5, func() {
			again()
			s.heading(title+" (continued)", again)
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

// ruleWords writes counts by rule as a sentence, the rule's id behind each.
func ruleWords(by []analysis.RuleCount) string {
	parts := make([]string, 0, len(by))
	for _, r := range by {
		words := ruleSentences[r.Rule]
		if words == "" {
			words = "under the rule"
		}
		parts = append(parts, number(r.Rows)+" "+words+" ("+r.Rule+")")
	}
	return strings.Join(parts, "; ")
}

var ruleSentences = map[string]string{
	"OUTSIDE_IDENTIFIERS": "of other identifiers than those asked about",
	"OUTSIDE_PERIOD":      "outside the period asked about",
	"OUTSIDE_TYPES":       "of a type not asked about",

	"ROUNDED_NUMBER": "with a number that a spreadsheet rounded, so that its digits are lost", "SCI_NOTATION_LOST": "with a number that a spreadsheet rounded to the form 4.47E+11",
	"WRONG_COLUMN_COUNT": "with more or fewer columns than the header", "BAD_QUOTES": "with misplaced quotation marks",
	"UNCLOSED_QUOTE": "with a quotation mark that is not closed", "FIELD_TOO_LONG": "with a field longer than 64 KiB",
	"NUL_BYTE": "with a NUL byte", "NOT_UTF8": "with bytes that are not text", "NOT_A_RECORD": "that are footers or titles, not records",
	"UNKNOWN_EVENT_CODE": "with a code that the operator's layout does not have", "MISSING_SUBJECT": "without a subject",
	"MISSING_OTHER_PARTY": "without the other party", "UNEXPECTED_OTHER_PARTY": "with another party where there can be none",
	"FORMULA_CELL": "with a formula in place of a number", "BAD_IDENTIFIER": "with an identifier that cannot be read",
	"BAD_TIME": "with a time that cannot be read", "IMPOSSIBLE_LOCAL_TIME": "with a time that the clocks skipped",
	"MISSING_DURATION": "without the duration", "BAD_DURATION": "with a duration that cannot be read",
}

// timeWords says how the times on the page are to be read.
func timeWords(m Meta, sum pageSummary) string {
	t := strings.TrimSpace(m.Time)
	if t != "" && !strings.HasSuffix(t, ".") {
		t += "."
	}
	t += " Times are shown in " + sum.Time.Shown + "; the column Zone says for each row what the clock showed. Time zone rules: tz database " + sum.Time.ZoneVersion + "."
	if sum.Time.WholeMinute > 0 {
		t += " Of the rows shown, " + number(sum.Time.WholeMinute) + " state no seconds."
	}
	if sum.Time.FoldUnknown > 0 {
		t += " " + number(sum.Time.FoldUnknown) + " lie in the hour that happens twice and stand at the earlier of the two instants."
	}
	return strings.TrimSpace(t)
}

// madeBy says with what and under which parameters the result was made.
func (s *sheet) madeBy(sum pageSummary, clock *event.Clock) string {
	text := s.meta.Program + ", " + sum.Step + "."
	p := sum.Parameters
	if ids := p["identifiers"]; ids != "" {
		var shown []string
		for _, id := range strings.Split(ids, ",") {
			shown = append(shown, event.Display(id))
		}
		text += " Identifiers: " + strings.Join(shown, ", ") + "."
	} else {
		text += " All identifiers."
	}
	switch from, until := localWords(p["from"], clock), localWords(p["until"], clock); {
	case from != "" && until != "":
		text += " Period: " + from + " up to, not including, " + until + "."
	case from != "":
		text += " Period: from " + from + "."
	case until != "":
		text += " Period: up to, not including, " + until + "."
	default:
		text += " The whole period of the sources."
	}
	if p["types"] != "" {
		text += " Types: " + strings.ReplaceAll(p["types"], ",", ", ") + "."
	}
	if s.meta.Module != "" {
		text += " Module " + s.meta.Module + "."
	}
	return text + " " + s.meta.Changed
}

// localWords writes an instant as the clock on the wall showed it.
func localWords(instant string, clock *event.Clock) string {
	unix, ok := event.ParseInstant([]byte(instant))
	if !ok {
		return ""
	}
	offset, abbr := clock.At(unix)
	local := string(event.AppendInstant(nil, unix+int64(offset)))
	return ukDate(local[:10]) + " " + local[11:19] + " " + abbr
}

// madeWords writes the instant at which an exhibit was made.
func madeWords(made string) string { return ukDate(made[:10]) + ", " + made[11:16] + " UTC" }
