package step

import (
	"fmt"
	"strconv"

	"custos.example/analysis/event"
	"custos.example/analysis/grid"
)

// end is one end of an event: the cell on which it starts or ends.
type end struct {
	name                string
	cell, x, y, azimuth event.Column
}

func eventEnds() [2]end {
	return [2]end{
		{"start", event.StartCell, event.StartX, event.StartY, event.StartAzimuth},
		{"end", event.EndCell, event.EndX, event.EndY, event.EndAzimuth},
	}
}

// sites turns the positions of rows into points, each once.
type sites struct {
	made map[string]sitePoint
	key  []byte
}

type sitePoint struct {
	point grid.Point
	ok    bool
}

func newSites() *sites { return &sites{made: map[string]sitePoint{}} }

// of returns the point of one end of a row; ok is false when it has none, or
// one outside its reference system.
// Errors: event.ErrNotCanonical for a malformed position.
func (s *sites) of(row *event.Row, e end) (p grid.Point, ok bool, err error) {
	x, y := row.Field(e.x), row.Field(e.y)
	if len(x) == 0 && len(y) == 0 {
		return p, false, nil
	}
	s.key = append(append(append(append(append(s.key[:0], row.Field(event.CRS)...), ' '), x...), ' '), y...)
	if made, known := s.made[string(s.key)]; known {
		return made.point, made.ok, nil
	}
	east, errX := strconv.ParseInt(string(x), 10, 64)
	north, errY := strconv.ParseInt(string(y), 10, 64)
	if errX != nil || errY != nil {
		return p, false, fmt.Errorf("%w: row %d has the position %q, %q", event.ErrNotCanonical, row.SourceRow(), x, y)
	}
	p, ok = pointOf(string(row.Field(event.CRS)), east, north)
	s.made[string(s.key)] = sitePoint{p, ok}
	return p, ok, nil
}

// pointOf returns the point of a position in a reference system.
// Units: as the canonical event has them.
func pointOf(crs string, x, y int64) (grid.Point, bool) {
	switch crs {
	case "EPSG:27700":
		const most = 10_000_000
		if x < -most || x > most || y < -most || y > most {
			return grid.Point{}, false
		}
		p, err := grid.FromGrid(grid.Grid{E: x * grid.Metre, N: y * grid.Metre})
		return p, err == nil
	case "EPSG:4326":
		p := grid.Point{Lat: y, Lon: x}
		return p, p.Verify() == nil
	}
	return grid.Point{}, false
}
