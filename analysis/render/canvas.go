package render

import "strings"

// canvas collects what is drawn, in order; canvas_svg.go and canvas_pdf.go write
// it. Every coordinate is a whole number of 0.01 mm.
type canvas struct {
	marks []mark
}

// The greys of a printed exhibit. What must be told apart is never told apart by
// grey alone.
const (
	ink     = "#000000"
	grey70  = "#4a4a4a"
	grey40  = "#6f6f6f"
	hairlin = "#c8c8c8"
	white   = "#ffffff"
	none    = "none"
)

// Sizes of text in units: 7, 8, 10 and 14 point.
const (
	small  = 247
	normal = 282
	middle = 353
	large  = 494
)

// shape is the kind of a mark.
type shape int

const (
	shapeLine shape = iota // open: two points or more
	shapePolygon
	shapeCircle
	shapeText
)

// mark is one thing drawn.
type mark struct {
	shape  shape
	points []spot
	radius int64
	stroke string
	width  int64
	dash   string
	fill   string
	how    words
	text   string
}

// spot is a position in the units of its coordinate system, or of the drawing.
type spot struct{ x, y int64 }

// words describe how a text is set.
type words struct {
	size   int64
	fill   string
	bold   bool
	anchor string // start, middle or end
}

func (c *canvas) line(from, to spot, stroke string, width int64, dash string) {
	c.marks = append(c.marks, mark{shape: shapeLine, points: []spot{from, to}, stroke: stroke, width: width, dash: dash, fill: none})
}

func (c *canvas) polyline(points []spot, stroke string, width int64, dash string) {
	c.marks = append(c.marks, mark{shape: shapeLine, points: points, stroke: stroke, width: width, dash: dash, fill: none})
}

func (c *canvas) rect(x, y, width, height int64, stroke string, strokeWidth int64, fill string) {
	c.polygon([]spot{{x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}}, stroke, strokeWidth, fill)
}

func (c *canvas) circle(at spot, radius int64, stroke string, strokeWidth int64, fill string) {
	c.marks = append(c.marks, mark{shape: shapeCircle, points: []spot{at}, radius: radius, stroke: stroke, width: strokeWidth, fill: fill})
}

func (c *canvas) polygon(points []spot, stroke string, strokeWidth int64, fill string) {
	c.marks = append(c.marks, mark{shape: shapePolygon, points: points, stroke: stroke, width: strokeWidth, fill: fill})
}

func (c *canvas) text(at spot, how words, s string) {
	c.marks = append(c.marks, mark{shape: shapeText, points: []spot{at}, how: how, text: s})
}

// textWidth returns a width in which a text surely fits; fonts are the
// viewer's own, so it is a generous estimate and no measurement.
func textWidth(s string, size int64) int64 { return int64(len([]rune(s))) * size * 62 / 100 }

// wrap breaks a text into lines that fit a width: at blanks, and within a word
// only when the word alone is too long.
func wrap(s string, size, width int64) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		for textWidth(word, size) > width*110/100 {
			runes := []rune(word)
			n := max(1, min(len(runes)-1, int(width*110/(size*62))))
			if line != "" {
				lines = append(lines, line)
				line = ""
			}
			lines = append(lines, string(runes[:n]))
			word = string(runes[n:])
		}
		switch {
		case line == "":
			line = word
		case textWidth(line+" "+word, size) > width*110/100:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// clipped returns the parts of a line that lie in a rectangle, in order.
// Source: Liang and Barsky's way with a line's parameter, in whole numbers.
func clipped(points []spot, b box) [][]spot {
	var parts [][]spot
	var part []spot
	for n := 1; n < len(points); n++ {
		from, to, ok := clipLine(points[n-1], points[n], b)
		if !ok {
			continue
		}
		if len(part) == 0 || part[len(part)-1] != from {
			if len(part) > 1 {
				parts = append(parts, part)
			}
			part = []spot{from}
		}
		if to != from {
			part = append(part, to)
		}
	}
	if len(part) > 1 {
		parts = append(parts, part)
	}
	return parts
}

// clipLine returns the part of one line in a rectangle.
func clipLine(from, to spot, b box) (spot, spot, bool) {
	const whole = 1 << 20
	low, high := int64(0), int64(whole)
	for _, edge := range [4]struct{ move, room int64 }{
		{from.x - to.x, from.x - b.left},
		{to.x - from.x, b.right - from.x},
		{from.y - to.y, from.y - b.top},
		{to.y - from.y, b.bottom - from.y},
	} {
		switch {
		case edge.move == 0 && edge.room < 0:
			return from, to, false
		case edge.move < 0:
			low = max(low, divideUp(-edge.room, -edge.move, whole))
		case edge.move > 0:
			high = min(high, edge.room*whole/edge.move)
			if edge.room < 0 {
				high = -1
			}
		}
	}
	if low > high {
		return from, to, false
	}
	at := func(t int64) spot {
		return spot{
			min(max(from.x+scaled(to.x-from.x, t, whole), b.left), b.right),
			min(max(from.y+scaled(to.y-from.y, t, whole), b.top), b.bottom),
		}
	}
	first, last := from, to
	if low > 0 {
		first = at(low)
	}
	if high < whole {
		last = at(high)
	}
	return first, last, true
}

// divideUp returns room/move as a parameter, not below 0.
func divideUp(room, move, whole int64) int64 {
	if room <= 0 {
		return 0
	}
	return min((room*whole+move-1)/move, whole+1)
}

func scaled(length, t, whole int64) int64 { return divide(length*t, whole) }
