package render

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"time"
)

// CustodyLine is the custody of one item, to be drawn as one line from the first
// hand to the last.
type CustodyLine struct {
	Title string
	Until time.Time // up to when it is drawn
	Legs  []CustodyLeg
	Gaps  []CustodyGap
}

// CustodyLeg is a stretch with one holder in one place.
// Units: Until is zero while it lasts.
type CustodyLeg struct {
	With, In, Began string
	From, Until     time.Time
	Before, Missing bool // before the record; with nobody who is known
	Marks           []CustodyMark
}

// CustodyMark is something that was done on a leg.
type CustodyMark struct {
	At   time.Time
	What string
}

// CustodyGap is a place where the line needs more than the record.
type CustodyGap struct {
	From, Until time.Time
	What        string
}

// lineStep is one row of the drawing.
type lineStep struct {
	leg   int
	when  string
	texts []string
	kind  stepKind
}

type stepKind int

const (
	stepLeg stepKind = iota
	stepMark
	stepGap
	stepEnd
)

// Measures of the drawing, in 0.01 mm.
const (
	lineX     = 6_600 // where the line runs
	lineText  = 7_300 // where words begin
	lineRow   = 420
	lineApart = 240
	lineWidth = 110
	lineRight = 19_500 // where words end: on paper held upright
)

// Draw draws the line as SVG and as pages of PDF. when writes an instant for
// people. The same line gives the same bytes.
//
// Shape: the content code at the foot of the pages is the beginning of the SHA-256
// of the SVG.
func (l CustodyLine) Draw(when func(time.Time) string) (svg, page []byte, err error) {
	steps := l.steps(when)
	c := &canvas{}
	c.text(spot{pageMargin, 1_400}, words{size: large, fill: ink, bold: true}, l.Title)
	y := l.paint(c, steps, 2_400)
	y = c.lineNote(y + 500)
	svg = []byte(svgPage{height: y + pageMargin/2, title: l.Title, desc: l.describe()}.document(c))
	digest := sha256.Sum256(svg)
	page, err = l.pages(steps, crockford(digest[:10]))
	return svg, page, err
}

// describe says the line in a sentence, for readers who do not see it.
func (l CustodyLine) describe() string {
	return fmt.Sprintf("A line of %d stretches of custody, from top to bottom, with %d gaps. Every stretch, act and gap stands beside it in words.", len(l.Legs), len(l.Gaps))
}

// steps are the rows of the drawing, from the first hand to the last.
func (l CustodyLine) steps(when func(time.Time) string) []lineStep {
	var steps []lineStep
	width := int64(lineRight - lineText)
	drawn := make([]bool, len(l.Gaps))
	gaps := func(leg int, until time.Time, last bool) {
		for n, g := range l.Gaps {
			if !drawn[n] && (last || g.From.Before(until)) {
				drawn[n] = true
				steps = append(steps, lineStep{leg, when(g.From), wrap("GAP: "+g.What, normal, width*88/100), stepGap})
			}
		}
	}
	for n, leg := range l.Legs {
		with := leg.With
		if leg.In != "" {
			with += ", in " + leg.In
		}
		if leg.Missing {
			with = "MISSING; it had been with " + with
		}
		if leg.Before {
			with += " (before the record)"
		}
		steps = append(steps, lineStep{n, when(leg.From), wrap(with, middle, width*88/100), stepLeg})
		for _, m := range leg.Marks {
			gaps(n, m.At, false)
			steps = append(steps, lineStep{n, when(m.At), wrap(m.What, normal, width), stepMark})
		}
		end := leg.Until
		if end.IsZero() {
			end = l.Until
		}
		gaps(n, end, n == len(l.Legs)-1)
	}
	if n := len(l.Legs); n > 0 {
		last := "to this day"
		at := l.Until
		if until := l.Legs[n-1].Until; !until.IsZero() {
			last, at = "end", until
		}
		steps = append(steps, lineStep{n - 1, when(at), []string{last}, stepEnd})
	}
	return steps
}

func (s lineStep) height() int64 { return int64(len(s.texts))*lineRow + lineApart }

// paint draws rows below y, and returns where they end. The line runs through all
// of them: broken where there is a gap, dashed where nobody signed for it.
func (l CustodyLine) paint(c *canvas, steps []lineStep, y int64) int64 {
	for n, s := range steps {
		next := y + s.height()
		if n < len(steps)-1 || s.kind != stepEnd {
			dash := ""
			if leg := l.Legs[s.leg]; leg.Before || leg.Missing {
				dash = "180 140"
			}
			from := y
			if s.kind == stepGap { // the line is broken here
				from = y + lineRow/2
				c.line(spot{lineX - 260, y - 60}, spot{lineX + 260, y - 220}, ink, 50, "")
				c.line(spot{lineX - 260, y + 180}, spot{lineX + 260, y + 20}, ink, 50, "")
			}
			c.line(spot{lineX, from}, spot{lineX, next - s.breakAfter(steps, n)}, ink, lineWidth, dash)
		}
		l.mark(c, s, y)
		c.text(spot{lineX - 500, y + 90}, words{size: normal, fill: ink, anchor: "end"}, s.when)
		size, heavy := int64(normal), s.kind == stepLeg || s.kind == stepGap
		if s.kind == stepLeg {
			size = middle
		}
		for i, text := range s.texts {
			c.text(spot{lineText, y + 90 + int64(i)*lineRow}, words{size: size, fill: ink, bold: heavy}, text)
		}
		y = next
	}
	return y
}

// breakAfter leaves room before a gap in the row that follows.
func (s lineStep) breakAfter(steps []lineStep, n int) int64 {
	if n+1 < len(steps) && steps[n+1].kind == stepGap {
		return 240
	}
	return 0
}

// mark draws what stands on the line itself.
func (l CustodyLine) mark(c *canvas, s lineStep, y int64) {
	switch s.kind {
	case stepLeg:
		fill := ink
		if l.Legs[s.leg].Before || l.Legs[s.leg].Missing {
			fill = white
		}
		c.circle(spot{lineX, y}, 190, ink, 60, fill)
	case stepMark:
		c.line(spot{lineX - 150, y}, spot{lineX + 150, y}, ink, 60, "")
	case stepEnd:
		c.line(spot{lineX - 300, y}, spot{lineX + 300, y}, ink, lineWidth, "")
	case stepGap:
	}
}

const custodyNote = "Read from top to bottom; lengths do not show time. A full dot: from here on the item was with the person named. A hollow dot and a dashed line: " +
	"before the record, or missing. Two strokes across the line: a gap, with its name. A short stroke: something that was done."

func (c *canvas) lineNote(y int64) int64 {
	for _, line := range wrap(custodyNote, normal, lineRight-pageMargin) {
		c.text(spot{pageMargin, y}, words{size: normal, fill: grey70}, line)
		y += 400
	}
	return y
}

// pages draws the line on A4 paper: it goes on over the pages.
func (l CustodyLine) pages(steps []lineStep, code string) ([]byte, error) {
	s := openSheet(l.Title, l.Until.UTC())
	s.label, s.reference, s.statement, s.code = "Drawing", l.Title, l.Title, code
	for first := true; first || len(steps) > 0; first = false {
		s.page(false)
		c := &canvas{}
		top := int64(s.y*100) + 1_200
		y, n := top, 0
		for n < len(steps) && (n == 0 || y+steps[n].height() < int64(s.bottom*100)-1_800) {
			y += steps[n].height()
			n++
		}
		y = l.paint(c, steps[:n], top)
		c.lineNote(y + 400)
		s.draw(c, 0, 0)
		steps = steps[n:]
	}
	var out bytes.Buffer
	if err := s.f.Output(&out); err != nil {
		return nil, fmt.Errorf("draw %s: %w", l.Title, err)
	}
	return out.Bytes(), nil
}
