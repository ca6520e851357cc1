package grid

// Datum is the sentence that a page prints wherever positions were taken from
// one reference system to the other.
const Datum = "Positions were taken between the National Grid (OSGB36) and WGS 84 by Ordnance Survey's published seven-parameter Helmert transformation, which is right within about 5 metres."

// Lengths on the earth below are in units of 2^23 m times 2^-60: a coordinate
// from the earth's centre is then less than one.
const (
	unitMM = 1 << 23 * 1000 // millimetres in a unit

	airyA  = 6_377_563_396 // mm
	airyB  = 6_356_256_909
	wgs84A = 6_378_137_000
	wgs84B = 6_356_752_314 // 6 356 752.314 245 m
)

// spheroid is the figure of the earth under a reference system.
// Units: a of 2^23 m; e2 is the square of the eccentricity.
type spheroid struct{ a, e2 int64 }

// vector is a place counted from the earth's centre, in units of 2^23 m.
type vector struct{ x, y, z int64 }

func airy() spheroid {
	return spheroid{airyA * one / unitMM, (airyA*airyA - airyB*airyB) * one / (airyA * airyA)}
}

func wgs84() spheroid {
	// The square of the eccentricity is f(2 - f), with f = 1/298.257223563.
	const f, whole = 1_000_000_000, 298_257_223_563
	return spheroid{wgs84A * one / unitMM, (2*whole - f) * f * one / (whole * whole)}
}

// across returns the radius of curvature across the meridian, at a latitude's
// sine.
func (s spheroid) across(sin int64) int64 { return div(s.a, root(one-mul(s.e2, mul(sin, sin)))) }

// place returns the place of a latitude and longitude on the spheroid itself.
func (s spheroid) place(lat, lon int64) vector {
	sin, cos := sincos(lat)
	sinLon, cosLon := sincos(lon)
	nu := s.across(sin)
	flat := mul(nu, cos)
	return vector{mul(flat, cosLon), mul(flat, sinLon), mul(mul(nu, one-s.e2), sin)}
}

// angles returns latitude and longitude of a place near the spheroid; its
// height is dropped.
func (s spheroid) angles(v vector) (lat, lon int64) {
	flat, lon := polar(v.y, v.x)
	_, lat = polar(v.z, mul(flat, one-s.e2))
	for range 12 {
		sin, _ := sincos(lat)
		was := lat
		if _, lat = polar(v.z+mul(mul(s.e2, s.across(sin)), sin), flat); lat == was {
			break
		}
	}
	return lat, lon
}

// toOSGB36 moves a place from WGS 84 to OSGB36.
//
// Source: Ordnance Survey, "A guide to coordinate systems in Great Britain",
// section 6.6: translation -446.448, 125.157, -542.060 m; scale 20.4894 parts
// in a million; rotations -0.1502, -0.2470, -0.8421 seconds of arc. The guide
// gives its error as up to 5 m, and in places more; the exact OSTN15 shifts
// need a table that this package does not carry.
func toOSGB36(v vector) vector {
	const (
		second = pi / (180 * 3600)
		scale  = 204_894 * one / 10_000_000_000
		rx     = -1_502 * second / 10_000
		ry     = -2_470 * second / 10_000
		rz     = -8_421 * second / 10_000
	)
	return vector{
		-446_448*one/unitMM + v.x + mul(scale, v.x) - mul(rz, v.y) + mul(ry, v.z),
		125_157*one/unitMM + v.y + mul(rz, v.x) + mul(scale, v.y) - mul(rx, v.z),
		-542_060*one/unitMM + v.z - mul(ry, v.x) + mul(rx, v.y) + mul(scale, v.z),
	}
}

// toWGS84 undoes toOSGB36, and not by changed signs alone, so that a position
// taken there and back is where it was.
func toWGS84(v vector) vector {
	was := v
	for range 5 { // each round leaves 2e-5 of the difference
		again := toOSGB36(was)
		was = vector{was.x + v.x - again.x, was.y + v.y - again.y, was.z + v.z - again.z}
	}
	return was
}

// ToGrid returns a position's National Grid position.
//
// Shape: Helmert's transformation with height zero, then the grid's Transverse
// Mercator projection by the published series. Right within about 5 m on the
// ground (Datum says so); the series leave at most 8 mm between 80 and 660 km
// east, and 22 mm in the outermost squares.
// Errors: ErrOutside when it is in none of the grid's squares.
func ToGrid(p Point) (Grid, error) {
	if p.Verify() != nil || p.Lat < 48*Degree || p.Lat > 62*Degree || p.Lon < -12*Degree || p.Lon > 6*Degree {
		return Grid{}, ErrOutside // the projection's series are not meant to go so far
	}
	g := project(airy().angles(toOSGB36(wgs84().place(radians(p.Lat), radians(p.Lon)))))
	if err := g.Verify(); err != nil {
		return Grid{}, err
	}
	return g, nil
}

// FromGrid returns a National Grid position's position on WGS 84, by the same
// way as ToGrid: there and back is the same within 1e-7 degree.
// Errors: ErrOutside when it is in none of the grid's squares.
func FromGrid(g Grid) (Point, error) {
	if err := g.Verify(); err != nil {
		return Point{}, err
	}
	lat, lon := wgs84().angles(toWGS84(airy().place(unproject(g))))
	return Point{units(lat), units(lon)}, nil
}
