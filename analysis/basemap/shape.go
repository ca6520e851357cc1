package basemap

import (
	"errors"

	"custos.example/analysis/grid"
)

// maxShape is the number of positions that one feature may have.
const maxShape = maxPositions

// errShape is returned for a geometry that is not built as its type says.
var errShape = errors.New("the geometry is not built as its type says")

// errMany is returned for a feature with more positions than can be held.
var errMany = errors.New("the feature has too many positions")

// piece is a run of positions of a feature.
type piece struct {
	kind   string
	points []grid.Point
}

// feature is one feature as read: what it is called, where it stood, and its
// pieces.
type feature struct {
	name   string
	row    int64
	offset int64
	pieces []piece
	fault  error // why it is set aside
}

func (f *feature) positions() (n int) {
	for _, p := range f.pieces {
		n += len(p.points)
	}
	return n
}

// nest holds coordinates as they were nested in a file: the innermost lists,
// each with the depth at which it stood.
type nest struct {
	points []grid.Point
	ends   []int // after each innermost list
	depth  int   // of a position; 0 until one was seen
	uneven bool  // positions stood at different depths
}

func (n *nest) list(i int) []grid.Point {
	from := 0
	if i > 0 {
		from = n.ends[i-1]
	}
	return n.points[from:n.ends[i]]
}

// geometryDepth returns at which depth the positions of a type stand, and what
// its pieces are.
func geometryDepth(name string) (depth int, kind string) {
	switch name {
	case "Point":
		return 1, Dot
	case "MultiPoint":
		return 2, Dot
	case "LineString":
		return 2, Line
	case "MultiLineString":
		return 3, Line
	case "Polygon":
		return 3, Area
	case "MultiPolygon":
		return 4, Area
	}
	return 0, ""
}

// pieces returns the pieces of coordinates under a type.
// Errors: errShape when they are not nested so, a line has one position, or a
// ring does not end where it began.
func (n *nest) pieces(geometry string) ([]piece, error) {
	depth, kind := geometryDepth(geometry)
	if depth == 0 {
		return nil, errShape
	}
	if len(n.points) == 0 {
		return nil, nil // an empty geometry
	}
	if n.uneven || n.depth != depth {
		return nil, errShape
	}
	var list []piece
	if kind == Dot {
		for i := range n.points {
			list = append(list, piece{Dot, n.points[i : i+1]})
		}
		return list, nil
	}
	for i := range n.ends {
		points := n.list(i)
		if len(points) == 0 {
			continue
		}
		if kind == Area && (len(points) < 4 || points[0] != points[len(points)-1]) || len(points) < 2 {
			return nil, errShape
		}
		list = append(list, piece{kind, points})
	}
	return list, nil
}
