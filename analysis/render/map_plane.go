package render

import (
	"errors"
	"fmt"
	"strconv"
)

// The two coordinate systems in which positions are recorded.
const (
	nationalGrid = "EPSG:27700" // metres east and north
	wgs84        = "EPSG:4326"  // 1e-7 degree of longitude and latitude
)

// plane turns positions into whole units of the drawing, 0.01 mm of paper.
type plane struct {
	crs         string
	centre      spot
	north, east int64 // millimetres of ground in one metre, or in one degree
	unit        int64 // coordinate units in that metre or degree
	scale       int64 // 1:scale
	frame       box   // in units of the drawing
}

// scales are those that the map chooses from: the largest that shows all.
var scales = []int64{
	5_000, 10_000, 15_000, 20_000, 25_000, 30_000, 40_000, 50_000, 75_000, 100_000, 150_000, 200_000, 250_000, 500_000, 750_000,
	1_000_000, 2_000_000, 5_000_000, 10_000_000, 20_000_000, 50_000_000, 100_000_000, 200_000_000,
}

// newPlane returns the plane on which all spots lie inside a frame, clear of its
// edges.
func newPlane(crs string, spots []spot, frame box) (plane, error) {
	p := plane{crs: crs, frame: frame}
	width, height := frame.right-frame.left-2*frameInset, frame.bottom-frame.top-2*frameInset
	low, high := spots[0], spots[0]
	for _, s := range spots {
		low = spot{min(low.x, s.x), min(low.y, s.y)}
		high = spot{max(high.x, s.x), max(high.y, s.y)}
	}
	p.centre = spot{low.x + (high.x-low.x)/2, low.y + (high.y-low.y)/2}
	switch crs {
	case nationalGrid:
		p.unit, p.north, p.east = 1, 1_000, 1_000
	case wgs84:
		if high.x-low.x > 180*degree {
			return p, errors.New("the positions span more than half the world: split the map")
		}
		p.unit = degree
		if p.north, p.east = degreeLengths(p.centre.y); p.east <= 0 {
			return p, errors.New("the positions lie at a pole of the earth, where a degree of longitude has no length")
		}
	default:
		return p, fmt.Errorf("coordinate system %q is not known", crs)
	}
	for _, p.scale = range scales {
		a, b := p.place(low), p.place(high)
		if b.x-a.x <= width && a.y-b.y <= height {
			return p, nil
		}
	}
	return p, errors.New("the positions do not fit on one map: split it")
}

// place returns where a position is drawn.
func (p plane) place(s spot) spot {
	mmEast := divide((s.x-p.centre.x)*p.east, p.unit)
	mmNorth := divide((s.y-p.centre.y)*p.north, p.unit)
	middle := p.frame.middle()
	return spot{middle.x + divide(mmEast*100, p.scale), middle.y - divide(mmNorth*100, p.scale)}
}

// paper returns how long metres of ground are on paper, in units of the drawing.
func (p plane) paper(metres int64) int64 { return divide(metres*100_000, p.scale) }

// describe returns the projection by name, for the foot of the map.
func (p plane) describe() string {
	if p.crs == nationalGrid {
		return "National Grid (EPSG:27700), grid north up; azimuths are drawn from grid north as they are recorded. Numbers on the edge: kilometres east and north of the grid's origin."
	}
	return "WGS 84 (EPSG:4326), equidistant cylindrical projection true to scale along latitude " + degrees(p.centre.y, 4, "N", "S") +
		"; true north up; azimuths are drawn from true north as they are recorded. Numbers on the edge: degrees of longitude and latitude. Drawn in whole numbers of 0.01 mm."
}

// text returns a position as the list prints it.
func (p plane) text(s spot) string {
	if p.crs == nationalGrid {
		return gridReference(s)
	}
	return degrees(s.y, 5, "N", "S") + " " + degrees(s.x, 5, "E", "W")
}

// degrees returns 1e-7 degrees with a number of decimals, rounded.
func degrees(v int64, decimals int, positive, negative string) string {
	mark := positive
	if v < 0 {
		v, mark = -v, negative
	}
	step := int64(1)
	for range 7 - decimals {
		step *= 10
	}
	v = divide(v, step)
	whole := int64(1)
	for range decimals {
		whole *= 10
	}
	out := strconv.FormatInt(v/whole, 10)
	if decimals > 0 {
		out += fmt.Sprintf(".%0*d", decimals, v%whole)
	}
	return out + "° " + mark
}

// gridReference returns a National Grid position as letters and metres:
// "ST 74560 64800". Outside the lettered squares it returns plain metres.
// Source: Ordnance Survey, A guide to coordinate systems in Great Britain, 7.
func gridReference(s spot) string {
	if s.x < 0 || s.y < 0 || s.x >= 700_000 || s.y >= 1_300_000 {
		return fmt.Sprintf("E %d N %d", s.x, s.y)
	}
	letter := func(east, north int64) string {
		n := (4-north)*5 + east
		return "ABCDEFGHJKLMNOPQRSTUVWXYZ"[n : n+1] // there is no I
	}
	east, north := s.x/100_000, s.y/100_000
	big := letter(2+east/5, 1+north/5)
	return fmt.Sprintf("%s%s %05d %05d", big, letter(east%5, north%5), s.x%100_000, s.y%100_000)
}
