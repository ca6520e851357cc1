package render

import (
	"strconv"
	"strings"

	"codeberg.org/go-pdf/fpdf"
)

// draw writes a drawing onto the page, moved by a number of units.
func (s *sheet) draw(c *canvas, right, down int64) {
	mm := func(v int64) float64 { return float64(v) / 100 }
	x := func(p spot) float64 { return mm(p.x + right) }
	y := func(p spot) float64 { return mm(p.y + down) }
	for _, m := range c.marks {
		if m.shape == shapeText {
			s.drawText(m, x(m.points[0]), y(m.points[0]))
			continue
		}
		s.f.SetLineWidth(mm(m.width))
		s.f.SetDrawColor(colour(m.stroke))
		s.f.SetDashPattern(dashes100(m.dash), 0)
		style := ""
		if m.fill != none {
			s.f.SetFillColor(colour(m.fill))
			style = "F"
		}
		if m.width > 0 && m.stroke != none {
			style += "D"
		}
		switch m.shape {
		case shapeCircle:
			s.f.Circle(x(m.points[0]), y(m.points[0]), mm(m.radius), style)
		case shapePolygon:
			points := make([]fpdf.PointType, len(m.points))
			for n, p := range m.points {
				points[n] = fpdf.PointType{X: x(p), Y: y(p)}
			}
			s.f.Polygon(points, style)
		case shapeLine, shapeText:
			s.f.MoveTo(x(m.points[0]), y(m.points[0]))
			for _, p := range m.points[1:] {
				s.f.LineTo(x(p), y(p))
			}
			s.f.DrawPath("D")
		}
	}
	s.f.SetDashPattern([]float64{}, 0)
	s.f.SetDrawColor(0, 0, 0)
	s.f.SetFillColor(0, 0, 0)
	s.f.SetTextColor(0, 0, 0)
}

func (s *sheet) drawText(m mark, x, y float64) {
	name := plain
	if m.how.bold {
		name = bold
	}
	// Sizes are those of type: 7, 8, 10 and 14 point.
	size := float64((m.how.size*720+1_270)/2_540) / 10
	text := visible(m.text)
	s.font(name, size)
	width := millimetres(s.units(text), size)
	switch m.how.anchor {
	case "middle":
		x -= width / 2
	case "end":
		x -= width
	}
	r, g, b := colour(m.how.fill)
	s.f.SetTextColor(r, g, b)
	s.f.Text(x, y, text)
}

// colour reads #rrggbb.
func colour(text string) (r, g, b int) {
	v, err := strconv.ParseUint(strings.TrimPrefix(text, "#"), 16, 32)
	if err != nil {
		return 0, 0, 0
	}
	return int(v >> 16 & 255), int(v >> 8 & 255), int(v & 255) //nolint:gosec // below 256
}

// dashes100 reads a pattern of dashes in 0.01 mm.
func dashes100(pattern string) []float64 {
	out := []float64{}
	for _, part := range strings.Fields(pattern) {
		v, err := strconv.ParseInt(part, 10, 32)
		if err == nil {
			out = append(out, float64(v)/100)
		}
	}
	return out
}
