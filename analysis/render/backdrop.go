package render

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/basemap"
	"custos.example/analysis/grid"
)

// backdrop is the base map behind the sites: lines only, in greys that stay
// behind everything that is recorded. The zero value is no base map: then the
// map has its grid lines.
type backdrop struct {
	in     analysis.Input
	credit string
	digest string // of the base map in canonical form
}

// readBackdrop reads what stands in front of the optional port `base-map`.
// Errors: event.ErrNotCanonical.
func readBackdrop(in analysis.Input) (backdrop, error) {
	if in == nil {
		return backdrop{}, nil
	}
	b := backdrop{in: in}
	r, err := basemap.NewReader(io.NewSectionReader(in, 0, in.Size()))
	if err != nil {
		return b, err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(in, 0, in.Size())); err != nil {
		return b, fmt.Errorf("base map: %w", err)
	}
	b.digest = hex.EncodeToString(sum.Sum(nil))
	head := r.Head()
	texts := slices.Clone(head.Credits)
	for _, licence := range head.Licences {
		texts = append(texts, "Licence: "+licence)
	}
	for _, text := range append(texts, head.Details...) {
		b.credit = strings.TrimSpace(b.credit + " " + sentence(text))
	}
	return b, nil
}

// window is a rectangle of the earth: west, south, east, north.
type window struct{ west, south, east, north int64 }

// ground returns a window that holds everything in the frame; the whole earth
// where the frame reaches beyond the coordinate system.
func (p plane) ground() window {
	all := window{-180 * degree, -90 * degree, 180 * degree, 90 * degree}
	w := window{180 * degree, 90 * degree, -180 * degree, -90 * degree}
	for i := range int64(5) {
		for k := range int64(5) {
			at := p.recorded(spot{p.frame.left + (p.frame.right-p.frame.left)*i/4, p.frame.top + (p.frame.bottom-p.frame.top)*k/4})
			at, err := convert(p.crs, wgs84, at)
			if err != nil {
				return all
			}
			w = window{min(w.west, at.x), min(w.south, at.y), max(w.east, at.x), max(w.north, at.y)}
		}
	}
	wide, high := (w.east-w.west)/20+1, (w.north-w.south)/20+1 // edges bend between the points tried
	return window{w.west - wide, w.south - high, w.east + wide, w.north + high}
}

// recorded returns the position that is drawn at a spot: place the other way.
func (p plane) recorded(at spot) spot {
	middle := p.frame.middle()
	return spot{
		p.centre.x + divide(divide((at.x-middle.x)*p.scale, 100)*p.unit, p.east),
		p.centre.y + divide(divide((middle.y-at.y)*p.scale, 100)*p.unit, p.north),
	}
}

// misses tells that a line from a to b surely does not cross the window.
func (w window) misses(a, b grid.Point) bool {
	return a.Lon < w.west && b.Lon < w.west || a.Lon > w.east && b.Lon > w.east ||
		a.Lat < w.south && b.Lat < w.south || a.Lat > w.north && b.Lat > w.north
}

// groundName is the name of a place on a base map.
type groundName struct {
	at   spot // in the drawing
	name string
}

// maxNames bounds the names of places on one map.
const maxNames = 60

// drawBackdrop draws what of the base map lies in the frame, and returns the
// names of the places there. What lies outside is not taken to the map's system:
// that costs more than all else.
func (c *canvas) drawBackdrop(p plane, b backdrop) ([]groundName, error) {
	if b.in == nil {
		return nil, nil
	}
	r, err := basemap.NewReader(io.NewSectionReader(b.in, 0, b.in.Size()))
	if err != nil {
		return nil, err
	}
	var names []groundName
	w := p.ground()
	for {
		part, err := r.Next()
		if errors.Is(err, io.EOF) {
			return names, nil
		}
		if err != nil {
			return nil, err
		}
		if part.Kind != basemap.Dot {
			c.drawGroundLine(p, w, part)
			continue
		}
		if at := part.Points[0]; part.Class == "place" && part.Name != "" && len(names) < maxNames && !w.misses(at, at) {
			if on, err := convert(wgs84, p.crs, spot{at.Lon, at.Lat}); err == nil {
				names = append(names, groundName{p.place(on), part.Name})
			}
		}
	}
}

// drawNames writes the names of places where they cover nothing; a name for
// which there is no room is left out.
func (c *canvas) drawNames(l *labeller, names []groundName) {
	for _, n := range names {
		width := textWidth(n.name, small)
		where := box{n.at.x - width/2, n.at.y - small/2, n.at.x + width/2, n.at.y + small/2}
		if l.free(n.at, where, false) {
			l.taken = append(l.taken, where)
			c.text(spot{n.at.x, where.bottom - 40}, words{size: small, fill: grey40, anchor: "middle"}, n.name)
		}
	}
}

// drawGroundLine draws one line or ring of a base map.
func (c *canvas) drawGroundLine(p plane, w window, part *basemap.Part) {
	width, dash := groundStyle(part.Class)
	var points []spot
	flush := func() {
		for _, piece := range clipped(points, p.frame) {
			c.polyline(piece, groundGrey, width, dash)
		}
		points = nil
	}
	add := func(at grid.Point) bool {
		on, err := convert(wgs84, p.crs, spot{at.Lon, at.Lat})
		if err != nil {
			return false
		}
		// Points that fall on one spot of paper add nothing.
		if on = p.place(on); len(points) == 0 || points[len(points)-1] != on {
			points = append(points, on)
		}
		return true
	}
	for n := 1; n < len(part.Points); n++ {
		from, to := part.Points[n-1], part.Points[n]
		if w.misses(from, to) {
			flush()
			continue
		}
		if len(points) == 0 && !add(from) || !add(to) {
			flush()
		}
	}
	flush()
}

// groundGrey is the grey of a base map: its contrast with paper stays below 2.2
// to 1, so that it stays behind what is recorded.
const groundGrey = "#b0b0b0"

// groundStyle returns how broad a class of line is drawn, and its dashes.
func groundStyle(class string) (width int64, dash string) {
	switch class {
	case "path":
		return 14, "70 60"
	case "rail":
		return 22, "300 60"
	case "road":
		return 32, ""
	case "coast", "river", "water":
		return 24, ""
	}
	return 14, ""
}

// groundLegend says how to read the lines of a base map.
const groundLegend = "Base map: grey lines; broad: roads and water, thin: boundaries and others, dashed: paths and rails"
