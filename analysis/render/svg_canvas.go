package render

import (
	"fmt"
	"strings"
)

// canvas collects SVG elements. Every coordinate is a whole number of 0.01 mm.
type canvas struct {
	b strings.Builder
}

// The greys of a printed exhibit.
const (
	ink     = "#000000"
	grey70  = "#4a4a4a"
	grey40  = "#6f6f6f"
	hairlin = "#c8c8c8"
)

// Sizes of text in units: 7, 8 and 14 point.
const (
	small  = 247
	normal = 282
	large  = 494
)

func (c *canvas) line(from, to spot, stroke string, width int64, dash string) {
	fmt.Fprintf(&c.b, `<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="%s" stroke-width="%d"%s/>`+"\n",
		from.x, from.y, to.x, to.y, stroke, width, dashed(dash))
}

func (c *canvas) rect(x, y, width, height int64, stroke string, strokeWidth int64, fill string) {
	fmt.Fprintf(&c.b, `<rect x="%d" y="%d" width="%d" height="%d" stroke="%s" stroke-width="%d" fill="%s"/>`+"\n",
		x, y, width, height, stroke, strokeWidth, fill)
}

func (c *canvas) circle(at spot, radius int64, stroke string, strokeWidth int64, fill string) {
	fmt.Fprintf(&c.b, `<circle cx="%d" cy="%d" r="%d" stroke="%s" stroke-width="%d" fill="%s"/>`+"\n",
		at.x, at.y, radius, stroke, strokeWidth, fill)
}

func (c *canvas) polygon(points []spot, stroke string, strokeWidth int64, fill string) {
	c.b.WriteString(`<polygon points="`)
	for n, p := range points {
		if n > 0 {
			c.b.WriteByte(' ')
		}
		fmt.Fprintf(&c.b, "%d,%d", p.x, p.y)
	}
	fmt.Fprintf(&c.b, `" stroke="%s" stroke-width="%d" fill="%s"/>`+"\n", stroke, strokeWidth, fill)
}

// words describe how a text is set.
type words struct {
	size   int64
	fill   string
	bold   bool
	anchor string // start, middle or end
}

func (c *canvas) text(at spot, how words, s string) {
	extra := ""
	if how.bold {
		extra = ` font-weight="bold"`
	}
	if how.anchor != "" && how.anchor != "start" {
		extra += ` text-anchor="` + how.anchor + `"`
	}
	fmt.Fprintf(&c.b, `<text x="%d" y="%d" font-size="%d" fill="%s"%s>%s</text>`+"\n",
		at.x, at.y, how.size, how.fill, extra, xmlText(s))
}

func dashed(pattern string) string {
	if pattern == "" {
		return ""
	}
	return ` stroke-dasharray="` + pattern + `"`
}

// textWidth returns a width in which a text surely fits; fonts are the
// viewer's own, so it is a generous estimate and no measurement.
func textWidth(s string, size int64) int64 { return int64(len([]rune(s))) * size * 62 / 100 }

// wrap breaks a text into lines that fit a width.
func wrap(s string, size, width int64) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
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
