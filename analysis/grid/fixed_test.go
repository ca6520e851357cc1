package grid

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func float(v int64) *big.Float {
	f := new(big.Float).SetPrec(200).SetInt64(v)
	return f.SetMantExp(f, -60)
}

// off returns by how many 2^-60 v differs from the exact value.
func off(v int64, exact *big.Float) float64 {
	d := new(big.Float).Sub(float(v), exact)
	n, _ := d.SetMantExp(d, 60).Float64()
	return math.Abs(n)
}

// exactSinCos sums the series of sine and cosine.
func exactSinCos(x *big.Float) (sin, cos *big.Float) {
	sin, cos = new(big.Float).SetPrec(200), new(big.Float).SetPrec(200)
	term := new(big.Float).SetPrec(200).SetInt64(1)
	for i := int64(0); i < 60; i++ {
		into := cos
		if i%2 == 1 {
			into = sin
		}
		if i%4 < 2 {
			into.Add(into, term)
		} else {
			into.Sub(into, term)
		}
		term.Mul(term, x).Quo(term, new(big.Float).SetInt64(i+1))
	}
	return sin, cos
}

// TestFixedPointAgainstBigNumbers holds each operation against two hundred bits.
func TestFixedPointAgainstBigNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	var worst [6]float64
	check := func(i int, got int64, want *big.Float, most float64) {
		t.Helper()
		d := off(got, want)
		worst[i] = max(worst[i], d)
		if d > most {
			t.Fatalf("%d differs from %s by %f units", got, want.Text('g', 30), d)
		}
	}
	for range 5000 {
		a, b := r.Int64N(5*one)-5*one/2, r.Int64N(5*one)-5*one/2
		a >>= r.IntN(50)
		product := new(big.Float).Mul(float(a), float(b))
		check(0, mul(a, b), product, 0.5)
		if b != 0 && math.Abs(float64(a)/float64(b)) < 7.9 {
			check(1, div(a, b), new(big.Float).Quo(float(a), float(b)), 0.51)
		}
		if v := r.Int64N(3 * one); v > one/1000 {
			check(2, root(v), new(big.Float).Sqrt(float(v)), 32)
		}
		angle := r.Int64N(4*(pi/2)) - pi
		sin, cos := sincos(angle)
		wantSin, wantCos := exactSinCos(float(angle))
		check(3, sin, wantSin, 64)
		check(3, cos, wantCos, 64)
		length, back := polar(sin, cos)
		check(4, length, big.NewFloat(1), 128)
		check(5, back, float(angle), 128)
	}
	t.Logf("worst, in 2^-60: product %.2f quotient %.2f root %.2f sine %.1f length %.1f angle %.1f", worst[0], worst[1], worst[2], worst[3], worst[4], worst[5])
	for bend, v := range bends { // tan of each is 2^-i
		sin, cos := exactSinCos(float(v))
		want := new(big.Float).SetMantExp(cos, -bend)
		if d, _ := new(big.Float).Sub(sin, want).Float64(); math.Abs(d) > math.Exp2(-60) {
			t.Errorf("bend %d is off by %g", bend, d)
		}
	}
}

// TestNearestIsHalfEven: the one rounding that pages print.
func TestNearestIsHalfEven(t *testing.T) {
	for _, c := range [][3]int64{{500, 1000, 0}, {1500, 1000, 2}, {2500, 1000, 2}, {2501, 1000, 3}, {2499, 1000, 2}, {-500, 1000, 0}, {-1500, 1000, -2}, {-1501, 1000, -2}, {7, 1, 7}} {
		if got := Nearest(c[0], c[1]); got != c[2] {
			t.Errorf("%d/%d is %d, want %d", c[0], c[1], got, c[2])
		}
	}
}

// kruger is the Transverse Mercator projection by another series, in multiples
// of the conformal latitude, in floats: right far below a millimetre.
func kruger(lat, lon float64) (e, n float64) {
	const a, b = 6377563.396, 6356256.909
	f := (a - b) / a
	m := f / (2 - f)
	big := a / (1 + m) * (1 + m*m/4 + m*m*m*m/64)
	alpha := []float64{
		m/2 - 2*m*m/3 + 5*m*m*m/16 + 41*m*m*m*m/180, 13*m*m/48 - 3*m*m*m/5 + 557*m*m*m*m/1440,
		61*m*m*m/240 - 103*m*m*m*m/140, 49561 * m * m * m * m / 161280,
	}
	ecc := math.Sqrt(f * (2 - f))
	conformal := func(lat float64) float64 {
		s := math.Sin(lat)
		return math.Sinh(math.Atanh(s) - ecc*math.Atanh(ecc*s))
	}
	north := func(t, dl float64) (xi, eta float64) {
		x, y := math.Atan2(t, math.Cos(dl)), math.Asinh(math.Sin(dl)/math.Hypot(t, math.Cos(dl)))
		xi, eta = x, y
		for j, c := range alpha {
			k := 2 * float64(j+1)
			xi += c * math.Sin(k*x) * math.Cosh(k*y)
			eta += c * math.Cos(k*x) * math.Sinh(k*y)
		}
		return xi, eta
	}
	const k0 = 0.9996012717
	origin, _ := north(conformal(49*math.Pi/180), 0)
	xi, eta := north(conformal(lat), lon+2*math.Pi/180)
	return 400_000 + k0*big*eta, -100_000 + k0*big*(xi-origin)
}

// TestProjectionAgainstAnotherSeries holds the projection and its inverse
// against the other series over the whole grid.
func TestProjectionAgainstAnotherSeries(t *testing.T) {
	worst, worstLand, worstBack := 0.0, 0.0, 0.0
	for e := int64(1_000); e < 700_000; e += 9_973 {
		for n := int64(1_000); n < 1_300_000; n += 19_997 {
			g := Grid{e * Metre, n * Metre}
			lat, lon := unproject(g)
			back := project(lat, lon)
			worstBack = max(worstBack, math.Abs(float64(back.E-g.E)), math.Abs(float64(back.N-g.N)))
			ke, kn := kruger(float64(lat)/one, float64(lon)/one)
			d := math.Hypot(ke-float64(e), kn-float64(n)) * 1000
			worst = max(worst, d)
			if e > 80_000 && e < 660_000 {
				worstLand = max(worstLand, d)
			}
		}
	}
	t.Logf("against the other series: %.2f mm over all squares, %.2f mm from 80 to 660 km east; there and back %.0f mm", worst, worstLand, worstBack)
	if worst > 22 || worstLand > 8 || worstBack > 0 {
		t.Error("the projection is further off than its comment says")
	}
}

// TestWorkedExample is the one printed in Ordnance Survey's guide, on OSGB36.
func TestWorkedExample(t *testing.T) {
	lat, _, err := ParseDMS("52°39'27.2531\"N")
	if err != nil {
		t.Fatal(err)
	}
	lon, _, err := ParseDMS("1°43'4.5177\"E")
	if err != nil {
		t.Fatal(err)
	}
	got := project(radians(lat), radians(lon))
	if math.Abs(float64(got.E-651_409_903)) > 6 || math.Abs(float64(got.N-313_177_270)) > 6 { // 1e-7 degree is 11 mm
		t.Errorf("%v", got)
	}
}

// TestThereAndBack takes points to the grid and back.
func TestThereAndBack(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	done := 0
	for range 20_000 {
		p := Point{499_000_000 + r.Int64N(110_000_000), -80_000_000 + r.Int64N(98_000_000)}
		g, err := ToGrid(p)
		if err != nil {
			continue
		}
		done++
		back, err := FromGrid(g)
		if err != nil || size(back.Lat-p.Lat) > 1 || size(back.Lon-p.Lon) > 1 {
			t.Fatalf("%v is %v, and that is %v, %v", p, g, back, err)
		}
	}
	if done < 15_000 {
		t.Errorf("only %d points were on the grid", done)
	}
}

// TestDegreeLengths compares with published lengths of a degree.
// Source: National Geospatial-Intelligence Agency, tables for WGS 84.
func TestDegreeLengths(t *testing.T) {
	for _, c := range [][3]int64{{0, 110_574_276, 111_319_491}, {45, 111_131_778, 78_846_835}, {90, 111_693_865, 0}} {
		north, east := DegreeLengths(c[0] * Degree)
		if size(north-c[1]) > 1000 || size(east-c[2]) > 1000 {
			t.Errorf("at %d degrees: %d and %d mm", c[0], north, east)
		}
		if c[0] > 0 && c[0] < 90 { // and with the method for distances
			a := Millimetres(Point{c[0]*Degree - Degree/200, 0}, Point{c[0]*Degree + Degree/200, 0}) * 100
			if size(a-north) > 200 {
				t.Errorf("%d by distance, %d", a, north)
			}
		}
	}
}
