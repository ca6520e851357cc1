package grid

import (
	"errors"
	"math/bits"
)

// Units of a position.
const (
	Degree = 10_000_000 // units of a Point in a degree
	Metre  = 1_000      // units of a Grid in a metre
)

// ErrOutside is returned for a position outside the reference system's own area.
var ErrOutside = errors.New("outside the area of the reference system")

// Point is a position on WGS 84.
// Units: 1e-7 degree, north and east positive.
type Point struct{ Lat, Lon int64 }

// Verify returns nil for a latitude within 90 and a longitude within 180 degrees.
// Errors: ErrOutside.
func (p Point) Verify() error {
	if size(p.Lat) > 90*Degree || size(p.Lon) > 180*Degree {
		return ErrOutside
	}
	return nil
}

// Grid is a position on the British National Grid (EPSG:27700).
// Units: millimetres east and north of the grid's false origin.
type Grid struct{ E, N int64 }

// The grid's own area: 7 by 13 squares of 100 km.
const (
	gridEast  = 700_000 * Metre
	gridNorth = 1_300_000 * Metre
)

// Verify returns nil for a position in one of the grid's squares.
// Errors: ErrOutside.
func (g Grid) Verify() error {
	if g.E < 0 || g.N < 0 || g.E >= gridEast || g.N >= gridNorth {
		return ErrOutside
	}
	return nil
}

// Metres returns easting and northing in whole metres, halves to the even one.
func (g Grid) Metres() (east, north int64) { return Nearest(g.E, Metre), Nearest(g.N, Metre) }

// radians returns an angle given in 1e-7 degree, at most 360 degrees.
func radians(units int64) int64 {
	const unit = 3_141_592_653_589_793_238_462_643 * (1 << 92) / (1_000_000_000_000_000_000_000_000 * 180 * Degree)
	hi, lo := bits.Mul64(size(units), unit)
	lo, carry := bits.Add64(lo, 1<<31, 0)
	return sign(int64(((hi+carry)<<32|lo>>32)&most), units < 0) //nolint:gosec // the top bit is off
}

// units returns an angle in 1e-7 degree, to the nearest.
func units(angle int64) int64 { return mul(div(angle, pi), 180*Degree) }

// DegreeLengths returns how long a degree of latitude and one of longitude are
// at a latitude, on the WGS 84 ellipsoid.
// Units: millimetres, to the nearest.
func DegreeLengths(lat int64) (north, east int64) {
	sin, cos := sincos(radians(max(-90*Degree, min(90*Degree, lat))))
	e := wgs84()
	nu := e.across(sin)
	along := div(mul(nu, one-e.e2), one-mul(e.e2, mul(sin, sin)))
	return mul(mul(along, pi/180), unitMM), mul(mul(mul(nu, cos), pi/180), unitMM)
}
