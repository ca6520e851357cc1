package render

import (
	"io"

	"custos.example/analysis"
)

// backdrop is the base map behind the sites: lines only, in greys that stay
// behind everything that is recorded.
type backdrop struct {
	credit string
	digest string
	crs    string
	lines  []backLine
}

// backLine is one line of a base map.
type backLine struct {
	kind   string
	points []spot
}

// readBackdrop reads the optional port `base-map`; without one the map has its
// grid lines only.
func readBackdrop(in analysis.Input) (backdrop, error) {
	if in == nil {
		return backdrop{}, nil
	}
	_, err := io.ReadAll(io.NewSectionReader(in, 0, in.Size()))
	return backdrop{}, err
}

// drawBackdrop draws what of the base map lies in the frame.
func (c *canvas) drawBackdrop(p plane, b backdrop) {
	for _, l := range b.lines {
		points := make([]spot, 0, len(l.points))
		flush := func() {
			for _, part := range clipped(points, p.frame) {
				stroke, width, dash := backStyle(l.kind)
				c.polyline(part, stroke, width, dash)
			}
			points = points[:0:0]
		}
		for _, at := range l.points {
			at, err := convert(b.crs, p.crs, at)
			if err != nil {
				flush()
				continue
			}
			// Points closer together than a line is wide add nothing.
			if at := p.place(at); len(points) == 0 || points[len(points)-1] != at {
				points = append(points, at)
			}
		}
		flush()
	}
}

// backStyle returns how a kind of line is drawn.
func backStyle(kind string) (stroke string, width int64, dash string) {
	switch kind {
	case "path":
		return "#b4b4b4", 14, "60 60"
	case "road":
		return "#b4b4b4", 30, ""
	case "water", "coast":
		return "#a8a8a8", 22, ""
	}
	return "#b0b0b0", 16, ""
}
