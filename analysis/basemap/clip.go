package basemap

import (
	"slices"

	"custos.example/analysis/grid"
)

// window is the rectangle at whose edges features are cut.
// Shape: west, south, east, north.
type window [4]int64

func (w window) holds(p grid.Point) bool {
	return p.Lon >= w[0] && p.Lat >= w[1] && p.Lon <= w[2] && p.Lat <= w[3]
}

// side is one of the four edges.
type side int

const (
	west side = iota
	south
	east
	north
)

// inside reports that a position is on the inner side of an edge.
func (w window) inside(p grid.Point, s side) bool {
	switch s {
	case west:
		return p.Lon >= w[west]
	case south:
		return p.Lat >= w[south]
	case east:
		return p.Lon <= w[east]
	case north:
	}
	return p.Lat <= w[north]
}

// cross returns where the straight line from a to b meets an edge; one of them
// is inside it and the other is not.
func (w window) cross(a, b grid.Point, s side) grid.Point {
	if b.Lon < a.Lon || b.Lon == a.Lon && b.Lat < a.Lat {
		a, b = b, a // the same place whichever way the line is drawn
	}
	dx, dy := b.Lon-a.Lon, b.Lat-a.Lat
	if s == west || s == east {
		return grid.Point{Lat: a.Lat + along(dy, w[s]-a.Lon, dx), Lon: w[s]}
	}
	return grid.Point{Lat: w[s], Lon: a.Lon + along(dx, w[s]-a.Lat, dy)}
}

// along returns d*part/whole to the nearest; d and part are below 4e9.
func along(d, part, whole int64) int64 {
	if whole < 0 {
		part, whole = -part, -whole
	}
	return grid.Nearest(d*part, whole)
}

// line cuts a line at the four edges, into as many lines as lie inside.
func (w window) line(points []grid.Point) [][]grid.Point {
	parts := [][]grid.Point{points}
	for s := west; s <= north; s++ {
		var kept [][]grid.Point
		for _, p := range parts {
			kept = append(kept, w.halfLine(p, s)...)
		}
		parts = kept
	}
	return parts
}

func (w window) halfLine(points []grid.Point, s side) (parts [][]grid.Point) {
	var run []grid.Point
	for i, b := range points {
		to := w.inside(b, s)
		if i > 0 && w.inside(points[i-1], s) != to {
			run = append(run, w.cross(points[i-1], b, s))
			if !to {
				parts, run = append(parts, run), nil
			}
		}
		if to {
			run = append(run, b)
		}
	}
	if len(run) > 0 {
		parts = append(parts, run)
	}
	return parts
}

// whole reports that all positions of a piece lie inside.
func (w window) whole(p piece) bool {
	return !slices.ContainsFunc(p.points, func(at grid.Point) bool { return !w.holds(at) })
}

// cut cuts the pieces of a feature at the window and returns what lies inside.
// Of an area that is cut its edge is left, as lines, and so is that of its holes:
// the window is no part of any edge.
func (w window) cut(pieces []piece) []piece {
	opened := slices.ContainsFunc(pieces, func(p piece) bool { return p.kind == Area && !w.whole(p) })
	var list []piece
	for _, p := range pieces {
		if p.kind == Area && opened {
			p.kind = Line
		}
		switch {
		case w.whole(p):
			list = append(list, p)
		case p.kind != Dot:
			for _, points := range w.line(p.points) {
				if len(points) > 1 {
					list = append(list, piece{Line, points})
				}
			}
		}
	}
	return list
}
