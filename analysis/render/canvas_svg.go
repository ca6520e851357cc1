package render

import (
	"fmt"
	"strconv"
	"strings"
)

// svg returns the drawing as elements of SVG, one a line.
func (c *canvas) svg() string {
	var b strings.Builder
	for _, m := range c.marks {
		m.svg(&b)
	}
	return b.String()
}

func (m mark) svg(b *strings.Builder) {
	at := m.points[0]
	switch m.shape {
	case shapeText:
		extra := ""
		if m.how.bold {
			extra = ` font-weight="bold"`
		}
		if m.how.anchor != "" && m.how.anchor != "start" {
			extra += ` text-anchor="` + m.how.anchor + `"`
		}
		fmt.Fprintf(b, `<text x="%d" y="%d" font-size="%d" fill="%s"%s>%s</text>`+"\n", at.x, at.y, m.how.size, m.how.fill, extra, xmlText(m.text))
		return
	case shapeCircle:
		fmt.Fprintf(b, `<circle cx="%d" cy="%d" r="%d"`, at.x, at.y, m.radius)
	case shapePolygon:
		b.WriteString(`<polygon points="` + coordinates(m.points) + `"`)
	case shapeLine:
		if len(m.points) == 2 {
			fmt.Fprintf(b, `<line x1="%d" y1="%d" x2="%d" y2="%d"`, at.x, at.y, m.points[1].x, m.points[1].y)
		} else {
			b.WriteString(`<polyline points="` + coordinates(m.points) + `"`)
		}
	}
	fmt.Fprintf(b, ` stroke="%s" stroke-width="%d"`, m.stroke, m.width)
	if m.dash != "" {
		b.WriteString(` stroke-dasharray="` + m.dash + `"`)
	}
	b.WriteString(` fill="` + m.fill + `"/>` + "\n")
}

func coordinates(points []spot) string {
	var b []byte
	for n, p := range points {
		if n > 0 {
			b = append(b, ' ')
		}
		b = append(strconv.AppendInt(b, p.x, 10), ',')
		b = strconv.AppendInt(b, p.y, 10)
	}
	return string(b)
}

// svgPage is a drawing as one page: its size, and what a reader hears who does
// not see it.
type svgPage struct {
	height      int64 // in 0.01 mm; the width is that of A4 held sideways
	title, desc string
}

// pageWidth is the width of a page of SVG in 0.01 mm.
const (
	pageWidth  = 29_700
	pageMargin = 1_500
	frameWidth = pageWidth - 2*pageMargin
)

// document returns the whole file.
func (p svgPage) document(c *canvas) string {
	return fmt.Sprintf(xmlHead+`<svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="297mm" height="%smm" viewBox="0 0 %d %d"`+
		` role="img" aria-labelledby="title desc" font-family="'Noto Sans', 'DejaVu Sans', Arial, sans-serif">`+"\n"+
		`<title id="title">%s</title>`+"\n"+`<desc id="desc">%s</desc>`+"\n"+
		`<rect width="%d" height="%d" fill="#ffffff"/>`+"\n%s</svg>\n",
		hundredths(p.height), pageWidth, p.height, xmlText(p.title), xmlText(p.desc), pageWidth, p.height, c.svg())
}

func hundredths(v int64) string { return fmt.Sprintf("%d.%02d", v/100, v%100) }
