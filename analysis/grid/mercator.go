package grid

// The National Grid's projection: true origin 49 N 2 W, where easting is
// 400 000 m and northing -100 000 m, and the scale on the meridian of 2 W.
const (
	originLat   = 49 * pi / 180
	originLon   = -2 * pi / 180
	falseEast   = 400_000 * Metre
	falseNorth  = -100_000 * Metre
	centralSize = 9_996_012_717 * one / 10_000_000_000
)

// arc returns the length along the meridian from the origin to a latitude, in
// units of 2^23 m, before the scale.
func arc(lat int64) int64 {
	const (
		n  = (airyA - airyB) * one / (airyA + airyB)
		n2 = n * n / one
		n3 = n2 * n / one
		b  = airyB * one / unitMM
	)
	d, s := lat-originLat, lat+originLat
	s1, _ := sincos(d)
	s2, _ := sincos(2 * d)
	s3, _ := sincos(3 * d)
	_, c1 := sincos(s)
	_, c2 := sincos(2 * s)
	_, c3 := sincos(3 * s)
	sum := mul(one+n+5*n2/4+5*n3/4, d) - mul(3*n+3*n2+21*n3/8, mul(s1, c1)) +
		mul(15*n2/8+15*n3/8, mul(s2, c2)) - mul(35*n3/24, mul(s3, c3))
	return mul(b, sum)
}

// plane returns easting from the central meridian and northing from the origin
// of a latitude and longitude on OSGB36, in units of 2^23 m.
//
// Source: Ordnance Survey, "A guide to coordinate systems in Great Britain",
// annexe C, with each power of the tangent multiplied out against the cosines.
func plane(lat, lon int64) (east, north int64) {
	s, c := sincos(lat)
	e := airy()
	nu := mul(e.across(s), centralSize)
	ratio := div(one-mul(e.e2, mul(s, s)), one-e.e2) // across the meridian to along it
	eta := ratio - one
	p := lon - originLon
	p2 := mul(p, p)
	s2, c2 := mul(s, s), mul(c, c)
	s4, c4, sc := mul(s2, s2), mul(c2, c2), mul(s2, c2)

	fifth := (5*c4 - 18*sc + s4 + mul(eta, 14*c4-58*sc)) / 120
	third := (mul(ratio, c2) - s2) / 6
	east = mul(mul(nu, mul(c, p)), one+mul(p2, third+mul(p2, fifth)))

	sixth := c4/720*61 - 58*(sc/720) + s4/720
	fourth := (5*c2 - s2 + 9*mul(eta, c2)) / 24
	north = mul(mul(nu, mul(s, c)), mul(p2, one/2+mul(p2, fourth+mul(p2, sixth)))) + mul(arc(lat), centralSize)
	return east, north
}

// project returns the grid position of a latitude and longitude on OSGB36.
func project(lat, lon int64) Grid {
	e, n := plane(lat, lon)
	return Grid{falseEast + mul(e, unitMM), falseNorth + mul(n, unitMM)}
}

// unproject undoes project, by moving a guess until it is projected onto g.
func unproject(g Grid) (lat, lon int64) {
	e, n := toUnit(g.E-falseEast), toUnit(g.N-falseNorth)
	figure := airy()
	lat = originLat + div(n, figure.a)
	lon = originLon
	for range 30 {
		atE, atN := plane(lat, lon)
		de, dn := e-atE, n-atN
		if size(de) < 64 && size(dn) < 64 { // 64 units are 0.5 nanometres
			break
		}
		s, c := sincos(lat)
		turn := mul(lon-originLon, s) // from true north to grid north
		nu := figure.across(s)
		lat += div(dn-mul(de, turn), mul(nu, one-figure.e2))
		lon += div(de+mul(dn, turn), mul(nu, c))
	}
	return lat, lon
}

// toUnit returns a length in millimetres in units of 2^23 m.
func toUnit(mm int64) int64 {
	const whole = one / (1 << 23) // of a metre; a power of two, so exact
	return mm/Metre*whole + mm%Metre*whole/Metre
}
