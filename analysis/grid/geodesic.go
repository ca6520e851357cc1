package grid

// Method is the sentence that a page prints as the basis of a distance.
const Method = "Distances are geodesics on the WGS 84 ellipsoid between the two positions as recorded, in whole metres, halves to the even metre; they say how far apart two positions are and nothing of the reach of a signal."

// flattening of WGS 84.
const flattening = 1_000_000_000 * one / 298_257_223_563

// line is the shortest way over the ellipsoid between two points, by the angles
// of the sphere that stands for it.
type line struct {
	sigma          int64 // angle between the points on the sphere
	sin, cos       int64 // of sigma
	cos2           int64 // square of the cosine of the azimuth where the line meets the equator
	middle         int64 // cosine of twice the angle from the equator to the line's middle
	northing, east int64 // towards which the line leaves the first point
}

// Metres returns the distance between two points along the shortest line over
// the WGS 84 ellipsoid.
//
// Units: whole metres, halves to the even metre, after an error below 1 mm.
// Shape: the same from a to b and from b to a; 0 only for points within 0.5 m.
// Source: T. Vincenty, "Direct and inverse solutions of geodesics on the
// ellipsoid", 1975, with his modified coefficients; where its rounds do not
// settle, for points almost opposite on the earth, the line's first azimuth is
// found by halving.
func Metres(a, b Point) int64 { return Nearest(Millimetres(a, b), Metre) }

// Millimetres returns the distance that Metres rounds.
func Millimetres(a, b Point) int64 {
	if a == b {
		return 0
	}
	if b.Lat < a.Lat || b.Lat == a.Lat && b.Lon < a.Lon {
		a, b = b, a
	}
	return between(a, b).length()
}

// Bearing returns the direction in which the shortest line from a to b leaves a.
// Units: 1e-7 degree clockwise from true north, 0 to 3 599 999 999; 0 when the
// points are the same.
func Bearing(a, b Point) int64 {
	if a == b {
		return 0
	}
	l := between(a, b)
	_, angle := polar(l.east, l.northing)
	u := units(angle)
	if u < 0 {
		u += 360 * Degree
	}
	return u % (360 * Degree)
}

// Turn returns the smaller angle between two directions.
// Units: all in 1e-7 degree; the result is between 0 and 180 degrees.
func Turn(a, b int64) int64 {
	d := (a - b) % (360 * Degree)
	if d < 0 {
		d += 360 * Degree
	}
	return min(d, 360*Degree-d)
}

// reduced returns sine and cosine of the reduced latitude.
func reduced(lat int64) (sin, cos int64) {
	s, c := sincos(radians(lat))
	s = mul(one-flattening, s)
	n, _ := polar(s, c)
	if lat == 90*Degree || lat == -90*Degree {
		return sign(one, lat < 0), 0
	}
	return div(s, n), div(c, n)
}

// between finds the shortest line from a to b, which are not the same.
func between(a, b Point) line {
	s1, c1 := reduced(a.Lat)
	s2, c2 := reduced(b.Lat)
	apart := (b.Lon - a.Lon) % (360 * Degree)
	if apart > 180*Degree {
		apart -= 360 * Degree
	}
	if apart <= -180*Degree {
		apart += 360 * Degree
	}
	west := apart < 0
	goal := radians(int64(size(apart))) //nolint:gosec // within 180 degrees
	lambda := goal
	for range 100 {
		if goal > 179*pi/180 && size(s1+s2) < one/50 {
			break // almost opposite on the earth: the rounds below may settle on a longer line
		}
		l, sinAlpha := sphere(s1, c1, s2, c2, lambda)
		next := goal + l.lead(sinAlpha)
		if size(next) > pi {
			break
		}
		if size(next-lambda) < 1<<12 {
			l.east = sign(l.east, west)
			return l
		}
		lambda = next
	}
	l := halve(s1, c1, s2, c2, goal)
	l.east = sign(l.east, west)
	return l
}

// sphere returns the line between two reduced latitudes that are lambda apart
// on the sphere, and the sine of its azimuth at the equator.
func sphere(s1, c1, s2, c2, lambda int64) (line, int64) {
	sin, cos := sincos(lambda)
	var l line
	l.east = mul(c2, sin)
	l.northing = mul(c1, s2) - mul(mul(s1, c2), cos)
	if size(lambda) < one/1000 { // the difference of two like numbers, without loss
		half, _ := sincos(lambda / 2)
		l.northing = mul(c1, s2) - mul(s1, c2) + 2*mul(mul(s1, c2), mul(half, half))
	}
	l.sin, _ = polar(l.east, l.northing)
	l.cos = mul(s1, s2) + mul(mul(c1, c2), cos)
	_, l.sigma = polar(l.sin, l.cos)
	sinAlpha := within(div(mul(c1, l.east), l.sin))
	if c1 == 0 || c2 == 0 { // from or to a pole, along a meridian
		sinAlpha = 0
	}
	l.cos2 = one - mul(sinAlpha, sinAlpha)
	if l.cos2 > 0 {
		l.middle = within(l.cos - 2*within(div(mul(s1, s2), l.cos2)))
	}
	return l, sinAlpha
}

func within(v int64) int64 { return max(-one, min(one, v)) }

// lead returns by how much the longitudes on the sphere are further apart than
// those on the ellipsoid.
func (l line) lead(sinAlpha int64) int64 {
	c := mul(mul(flattening, l.cos2)/16, 4*one+mul(flattening, 4*one-3*l.cos2))
	inner := mul(c, mul(l.sin, l.middle+mul(c, mul(l.cos, 2*mul(l.middle, l.middle)-one))))
	return mul(mul(one-c, mul(flattening, sinAlpha)), l.sigma+inner)
}

// length returns the line's length in millimetres.
func (l line) length() int64 {
	const second = (wgs84A*wgs84A - wgs84B*wgs84B) * one / (wgs84B * wgs84B) // e'^2
	r := root(one + mul(second, l.cos2))
	k := div(r-one, r+one)
	k2 := mul(k, k)
	a := div(one+k2/4, one-k)
	b := mul(k, one-3*(k2/8))
	m2 := mul(l.middle, l.middle)
	sin2 := mul(l.sin, l.sin)
	inner := mul(l.cos, 2*m2-one) - mul(b/6, mul(l.middle, mul(4*sin2-3*one, 4*m2-3*one)))
	d := mul(mul(b, l.sin), l.middle+mul(b/4, inner))
	return mul(mul(a, l.sigma-d), wgs84B)
}

// halve finds the line by halving the range of the azimuth with which it leaves
// the point further from the equator, taken to be on the southern side: the
// longitude that it reaches grows with that azimuth.
func halve(s1, c1, s2, c2, goal int64) line {
	swapped := size(s2) > size(s1)
	if swapped {
		s1, c1, s2 = s2, c2, s1
	}
	flipped := s1 > 0
	if flipped {
		s1, s2 = -s1, -s2
	}
	s1 = min(s1, -1) // a point on the equator stands on its southern side
	low, high := int64(0), int64(pi)
	var l line
	for high-low > 1 {
		half := low + (high-low)/2
		var reached, arriving int64
		l, reached, arriving = shoot(s1, c1, s2, half)
		if reached < goal {
			low = half
		} else {
			high = half
		}
		if swapped { // leaving the second point is arriving there, turned about
			l.northing, l.east = -arriving, mul(l.east, c1)
		}
	}
	if flipped {
		l.northing = -l.northing
	}
	return l
}

// shoot follows the line that leaves the first reduced latitude at an azimuth
// until it meets the second going north, and returns it with the longitude on
// the ellipsoid between the two and the northing with which it arrives, to the
// measure of c1*sin(azimuth) as its easting.
func shoot(s1, c1, s2, azimuth int64) (l line, apart, arriving int64) {
	l.east, l.northing = sincos(azimuth)
	sinAlpha := mul(l.east, c1)
	leaving := mul(l.northing, c1)
	arriving = root(max(0, mul(leaving, leaving)+mul(s1, s1)-mul(s2, s2)))
	_, sigma1 := polar(s1, leaving)
	_, sigma2 := polar(s2, arriving)
	_, omega1 := polar(mul(sinAlpha, s1), leaving)
	_, omega2 := polar(mul(sinAlpha, s2), arriving)
	if leaving < 0 && omega1 > 0 {
		omega1 -= 2 * pi // rounding took the first point over the line of 180 degrees
	}
	l.sigma = sigma2 - sigma1
	l.sin, l.cos = sincos(l.sigma)
	_, l.middle = sincos(sigma1 + sigma2)
	l.cos2 = one - mul(sinAlpha, sinAlpha)
	return l, omega2 - omega1 - l.lead(sinAlpha), arriving
}
