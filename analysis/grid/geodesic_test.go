package grid

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The reference below follows a geodesic by its differential equation, in
// floats and in small steps; it shares nothing with the code under test.

type state struct{ p, v [3]float64 }

const (
	refA = 6378137.0
	refF = 1 / 298.257223563
)

func pull(s state) [3]float64 {
	b := refA * (1 - refF)
	w := [3]float64{1 / (refA * refA), 1 / (refA * refA), 1 / (b * b)}
	var num, den float64
	var n [3]float64
	for i := range 3 {
		n[i] = s.p[i] * w[i]
		num += s.v[i] * s.v[i] * w[i]
		den += n[i] * n[i]
	}
	for i := range 3 {
		n[i] *= -num / den
	}
	return n
}

func step(s state, h float64) state {
	add := func(s, d state, h float64) state {
		for i := range 3 {
			s.p[i] += d.p[i] * h
			s.v[i] += d.v[i] * h
		}
		return s
	}
	slope := func(s state) state { return state{s.v, pull(s)} }
	k1 := slope(s)
	k2 := slope(add(s, k1, h/2))
	k3 := slope(add(s, k2, h/2))
	k4 := slope(add(s, k3, h))
	for i := range 3 {
		s.p[i] += h / 6 * (k1.p[i] + 2*k2.p[i] + 2*k3.p[i] + k4.p[i])
		s.v[i] += h / 6 * (k1.v[i] + 2*k2.v[i] + 2*k3.v[i] + k4.v[i])
	}
	return s
}

// place, east and north of a position in degrees.
func frame(lat, lon float64) (p, e, n [3]float64) {
	e2 := refF * (2 - refF)
	sin, cos := math.Sincos(lat * math.Pi / 180)
	sl, cl := math.Sincos(lon * math.Pi / 180)
	nu := refA / math.Sqrt(1-e2*sin*sin)
	return [3]float64{nu * cos * cl, nu * cos * sl, nu * (1 - e2) * sin}, [3]float64{-sl, cl, 0}, [3]float64{-sin * cl, -sin * sl, cos}
}

func dot(a, b [3]float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

// follow walks some metres from a in a direction, and returns the nearest Point
// and by how much further along the walk that lies.
func follow(a Point, bearing, metres float64) (b Point, more float64) {
	p, e, n := frame(float64(a.Lat)/Degree, float64(a.Lon)/Degree)
	sin, cos := math.Sincos(bearing * math.Pi / 180)
	s := state{p: p}
	for i := range 3 {
		s.v[i] = sin*e[i] + cos*n[i]
	}
	steps := math.Ceil(metres/20_000) + 1
	for range int(steps) {
		s = step(s, metres/steps)
	}
	e2 := refF * (2 - refF)
	lat := math.Atan2(s.p[2], (1-e2)*math.Hypot(s.p[0], s.p[1]))
	lon := math.Atan2(s.p[1], s.p[0])
	b = Point{int64(math.Round(lat * 180 / math.Pi * Degree)), int64(math.Round(lon * 180 / math.Pi * Degree))}
	q, _, _ := frame(float64(b.Lat)/Degree, float64(b.Lon)/Degree)
	return b, dot([3]float64{q[0] - s.p[0], q[1] - s.p[1], q[2] - s.p[2]}, s.v)
}

// TestDistancesAgainstTheDifferentialEquation holds distance and bearing
// against walks of every length.
func TestDistancesAgainstTheDifferentialEquation(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	worst, worstTurn := 0.0, 0.0
	for range 4000 {
		a := Point{int64((r.Float64() - 0.5) * 179 * Degree), int64((r.Float64() - 0.5) * 360 * Degree)}
		metres := math.Exp(r.Float64()*math.Log(19_800_000)) * 1.001
		bearing := r.Float64() * 360
		b, more := follow(a, bearing, metres)
		want := metres + more
		got := float64(Millimetres(a, b)) / 1000
		worst = max(worst, math.Abs(got-want))
		if math.Abs(got-want) > 0.001 || Millimetres(a, b) != Millimetres(b, a) || math.Abs(float64(Metres(a, b))-want) > 0.501 {
			t.Fatalf("%v to %v: %.4f m, the walk is %.4f m", a, b, got, want)
		}
		if metres > 1000 && metres < 19_000_000 {
			turn := float64(Turn(Bearing(a, b), int64(bearing*Degree))) / Degree
			worstTurn = max(worstTurn, turn)
			if turn > 0.01 {
				t.Fatalf("%v to %v (%.0f m): bearing %d, the walk left at %.7f", a, b, metres, Bearing(a, b), bearing)
			}
		}
	}
	t.Logf("worst distance %.6f m, worst bearing %.7f degrees", worst, worstTurn)
	if worst == 0 {
		t.Error("nothing was compared")
	}
}

// TestHalvingAgreesWithTheRounds holds the way taken for opposite points against
// the other one, wherever both answer.
func TestHalvingAgreesWithTheRounds(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		a := Point{int64((r.Float64() - 0.5) * 178 * Degree), 0}
		b := Point{int64((r.Float64() - 0.5) * 178 * Degree), int64((0.001 + r.Float64()*175) * Degree)}
		l := between(a, b)
		s1, c1 := reduced(a.Lat)
		s2, c2 := reduced(b.Lat)
		h := halve(s1, c1, s2, c2, radians(b.Lon-a.Lon))
		_, x := polar(l.east, l.northing)
		_, y := polar(h.east/2, h.northing/2)
		if d := l.length() - h.length(); size(d) > 1 || Turn(units(x), units(y)) > 20 {
			t.Fatalf("%v %v: %d and %d mm, towards %d and %d", a, b, l.length(), h.length(), units(x), units(y))
		}
	}
}

// TestOppositePoints compares with published answers where Vincenty's own
// rounds do not settle.
func TestOppositePoints(t *testing.T) {
	for _, c := range []struct {
		a, b Point
		want int64
	}{
		{Point{}, Point{5_000_000, 1_795_000_000}, 19_936_289}, // C. F. F. Karney, "Algorithms for geodesics", 2013
		{Point{}, Point{5_000_000, 1_797_000_000}, 19_944_127},
		{Point{}, Point{0, 1_800_000_000}, 20_003_931}, // over a pole: half a meridian
		{Point{900_000_000, 5}, Point{-900_000_000, 77}, 20_003_931},
		{Point{900_000_000, 0}, Point{0, 10}, 10_001_966}, // a quarter
		{Point{-300_000_000, 0}, Point{300_000_000, 1_800_000_000}, 20_003_931},
		{Point{0, 0}, Point{0, 10_000_000}, 111_319},
		{Point{0, 1_799_999_999}, Point{0, -1_799_999_999}, 0},
		{Point{0, 1_790_000_000}, Point{0, -1_800_000_000}, 111_319},
	} {
		if got := Metres(c.a, c.b); got != c.want || Metres(c.b, c.a) != got {
			t.Errorf("%v to %v: %d m and back %d m, want %d m", c.a, c.b, got, Metres(c.b, c.a), c.want)
		}
	}
}

func BenchmarkMetres(b *testing.B) {
	p, q := Point{513_880_669, -23_336_454}, Point{514_211_625, -22_979_330}
	for b.Loop() {
		Metres(p, q)
	}
}

func BenchmarkFromGrid(b *testing.B) {
	for b.Loop() {
		_, _ = FromGrid(Grid{376_880_000, 165_500_000})
	}
}
