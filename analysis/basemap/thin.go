package basemap

import (
	"math/bits"

	"custos.example/analysis/grid"
)

// thinRun is the number of positions among which one is chosen at a time, so
// that a long line takes no more than so many times its length.
const thinRun = 1000

// merged drops positions that equal the one before, which rounding to 1e-7
// degree makes; it works in place.
func merged(points []grid.Point) []grid.Point {
	kept := points[:0:len(points)]
	for i, p := range points {
		if i == 0 || p != points[i-1] {
			kept = append(kept, p)
		}
	}
	return kept
}

// thinner leaves out positions that lie close to the line through the others.
type thinner struct {
	metres int64
	keep   []bool
	stack  [][2]int
}

// thin returns the positions without those that lie within the metres of the
// straight line between the positions kept on either side.
// Source: D. H. Douglas and T. K. Peucker, "Algorithms for the reduction of the
// number of points required to represent a digitized line", 1973.
func (t *thinner) thin(points []grid.Point) []grid.Point {
	if t.metres == 0 || len(points) < 3 {
		return points
	}
	t.keep = append(t.keep[:0], make([]bool, len(points))...)
	t.stack = t.stack[:0]
	for from := 0; from < len(points)-1; from += thinRun {
		to := min(from+thinRun, len(points)-1)
		t.keep[from], t.keep[to] = true, true
		t.stack = append(t.stack, [2]int{from, to})
	}
	for len(t.stack) > 0 {
		s := t.stack[len(t.stack)-1]
		t.stack = t.stack[:len(t.stack)-1]
		if far := t.furthest(points, s[0], s[1]); far > 0 {
			t.keep[far] = true
			t.stack = append(t.stack, [2]int{s[0], far}, [2]int{far, s[1]})
		}
	}
	var kept []grid.Point
	for i, p := range points {
		if t.keep[i] {
			kept = append(kept, p)
		}
	}
	return kept
}

// furthest returns which position between two is the furthest from the line
// between them, or 0 when all are within the metres. Degrees of longitude are
// taken as long as where they are longest, so that none is left out that should
// not be, and so are the 0.3 m that rounding can make.
func (t *thinner) furthest(points []grid.Point, from, to int) int {
	lat := points[from].Lat
	for _, p := range points[from : to+1] {
		if size(p.Lat) < size(lat) {
			lat = p.Lat
		}
	}
	north, east := grid.DegreeLengths(lat)
	flat := func(p grid.Point) (x, y int64) { // decimetres from the first
		const unit = 100 * grid.Degree / 1000
		return (p.Lon - points[from].Lon) * (east / 1000) / unit, (p.Lat - points[from].Lat) * (north / 1000) / unit
	}
	bx, by := flat(points[to])
	limit := uint64(t.metres*10 - 3)
	worst, at := square(limit, limit), 0
	for i := from + 1; i < to; i++ {
		x, y := flat(points[i])
		if d := distance(x, y, bx, by); worst.less(d) {
			worst, at = d, i
		}
	}
	return at
}

// area is the square of a distance, a whole number of 128 bits.
type area struct{ hi, lo uint64 }

func square(a, b uint64) area {
	hi, lo := bits.Mul64(a, b)
	return area{hi, lo}
}

func (a area) less(b area) bool { return a.hi < b.hi || a.hi == b.hi && a.lo < b.lo }

func (a area) plus(b area) area {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	return area{a.hi + b.hi + carry, lo}
}

// distance returns the square of the distance of (x, y) from the line between
// the origin and (bx, by).
// Units: decimetres, each below 5e8.
func distance(x, y, bx, by int64) area {
	long, dot := bx*bx+by*by, x*bx+y*by
	if long == 0 || dot <= 0 {
		return square(size(x), size(x)).plus(square(size(y), size(y)))
	}
	if dot >= long {
		x, y = x-bx, y-by
		return square(size(x), size(x)).plus(square(size(y), size(y)))
	}
	cross := size(x*by - y*bx)
	n := square(cross, cross)
	hi, rest := n.hi/uint64(long), n.hi%uint64(long)
	lo, _ := bits.Div64(rest, n.lo, uint64(long))
	return area{hi, lo}
}
