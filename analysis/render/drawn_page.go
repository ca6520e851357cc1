package render

import "strings"

// drawnPage is the text that stands round a map or a chart.
type drawnPage struct {
	notServed string
	question  string
	heading   string   // what kind of page, of what period
	notes     []string // each a line of small print
	caveats   []caveat
}

// caveat is a limit that is printed with its id.
type caveat struct {
	id, text string
	bold     bool
}

// title returns what a reader hears first.
func (p drawnPage) title() string {
	if p.notServed != "" {
		return p.notServed + " " + p.question
	}
	return p.question
}

// drawTop draws what stands above the drawing, the question last and largest,
// and returns where it ends.
func (c *canvas) drawTop(page drawnPage) int64 {
	y := int64(1_400)
	for _, line := range wrap(page.notServed, middle, frameWidth*88/100) {
		c.text(spot{pageMargin, y}, words{size: middle, fill: ink, bold: true}, line)
		y += 500
	}
	for _, line := range wrap(page.heading, normal, frameWidth) {
		y += 400
		c.text(spot{pageMargin, y}, words{size: normal, fill: ink}, line)
	}
	y += 150
	for _, line := range wrap(page.question, large, frameWidth*88/100) { // bold letters are wider
		y += 600
		c.text(spot{pageMargin, y}, words{size: large, fill: ink, bold: true}, line)
	}
	return y
}

// drawNotes draws the limits, then a note under a name, then the small print,
// and returns where they end.
func (c *canvas) drawNotes(page drawnPage, name, note string, y int64) int64 {
	const left = 3_000
	row := func(id, text string, bold bool) {
		width := int64(frameWidth - left)
		if bold {
			width = width * 88 / 100
		}
		c.text(spot{pageMargin, y}, words{size: normal, fill: grey70}, id)
		for _, line := range wrap(text, normal, width) {
			c.text(spot{pageMargin + left, y}, words{size: normal, fill: ink, bold: bold}, line)
			y += 400
		}
		y += 80
	}
	for _, cav := range page.caveats {
		row(cav.id, cav.text, cav.bold)
	}
	if note != "" {
		row(name, note, false)
	}
	for _, text := range page.notes {
		row("", text, false)
	}
	return y
}

// newDrawnPage returns what stands round a drawing of an exhibit.
func newDrawnPage(x exhibit, kind string) drawnPage {
	m, sum := x.meta, x.sum
	return drawnPage{
		notServed: x.front.notServed,
		question:  m.Question,
		heading:   m.Reference + " · " + m.Title + " · " + kind + " · " + m.Case,
		notes: []string{
			"Times are shown in " + sum.Time.Shown + " (tz database " + sum.Time.ZoneVersion + "). " + m.Time,
			x.front.period,
			sum.Balance.String() + ".",
			x.front.statement + " " + strings.Join(m.produced(), ", ") + ". Content code " + x.code + ".",
		},
	}
}
