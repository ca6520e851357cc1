package basemap

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"custos.example/analysis/grid"
)

// TestAHoleGoesWithItsArea: when an area is cut, a hole that is not cut must not
// be left as an area of its own.
func TestAHoleGoesWithItsArea(t *testing.T) {
	box := func(n int64) []grid.Point {
		return []grid.Point{{Lat: -n, Lon: -n}, {Lat: -n, Lon: n}, {Lat: n, Lon: n}, {Lat: n, Lon: -n}, {Lat: -n, Lon: -n}}
	}
	w := window{-300, -200, 300, 200}
	for _, p := range w.cut([]piece{{Area, box(250)}, {Area, box(10)}}) {
		if p.kind != Line {
			t.Errorf("%v is left as %s", p.points, p.kind)
		}
	}
	kept := w.cut([]piece{{Area, box(150)}, {Area, box(10)}, {Dot, box(900)[:1]}})
	if len(kept) != 2 || kept[0].kind != Area || kept[1].kind != Area {
		t.Errorf("control: %v", kept)
	}
}

// apart is the distance of (x, y) from a segment, in floats.
func apart(a, b grid.Point, x, y, stretch float64) float64 {
	ax, ay, bx, by := float64(a.Lon)*stretch, float64(a.Lat), float64(b.Lon)*stretch, float64(b.Lat)
	x *= stretch
	dx, dy := bx-ax, by-ay
	u := 0.0
	if dx != 0 || dy != 0 {
		u = math.Max(0, math.Min(1, ((x-ax)*dx+(y-ay)*dy)/(dx*dx+dy*dy)))
	}
	return math.Hypot(x-ax-u*dx, y-ay-u*dy)
}

func nearEdge(line []grid.Point, x, y float64) bool {
	for i := 1; i < len(line); i++ {
		if apart(line[i-1], line[i], x, y, 1) < 2 {
			return true
		}
	}
	return false
}

// TestEdgesAreCutAtTheWindow walks along each line, or the edge of each area, and
// wants every place inside the window, and no other, to be on one of the lines
// that are left.
func TestEdgesAreCutAtTheWindow(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	w := window{-300, -200, 300, 200}
	pieces := 0
	for range 2000 {
		line := make([]grid.Point, 0, 12)
		for range 2 + r.IntN(8) {
			line = append(line, grid.Point{Lat: int64(r.IntN(1000) - 500), Lon: int64(r.IntN(1400) - 700)})
		}
		kind := Line
		if r.IntN(2) == 0 {
			kind, line = Area, append(line, line[0])
		}
		cut := w.cut([]piece{{kind, line}})
		pieces += len(cut)
		for _, p := range cut {
			if p.kind != Line && len(cut) > 1 {
				t.Fatalf("%v was cut to %v", line, cut)
			}
			for i, at := range p.points {
				x, y := float64(at.Lon), float64(at.Lat)
				if i > 0 { // half-way, so that no line runs along the window
					x, y = (x+float64(p.points[i-1].Lon))/2, (y+float64(p.points[i-1].Lat))/2
				}
				if !w.holds(at) || !nearEdge(line, x, y) {
					t.Fatalf("%v was cut to %v", line, p.points)
				}
			}
		}
		for i := 1; i < len(line); i++ {
			for range 10 {
				u := r.Float64()
				x := float64(line[i-1].Lon) + u*float64(line[i].Lon-line[i-1].Lon)
				y := float64(line[i-1].Lat) + u*float64(line[i].Lat-line[i-1].Lat)
				if math.Abs(x) > 298 || math.Abs(y) > 198 {
					continue
				}
				found := false
				for _, p := range cut {
					found = found || nearEdge(p.points, x, y)
				}
				if !found {
					t.Fatalf("%v was cut to %v, and (%.0f, %.0f) is lost", line, cut, x, y)
				}
			}
		}
	}
	if pieces < 2000 {
		t.Errorf("%d pieces", pieces)
	}
}

// TestThinningKeepsItsWord measures in floats how far every position left out
// lies from the line drawn; and wants thinning to leave out what it may.
func TestThinningKeepsItsWord(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	worst, left, control := 0.0, 0, 0.0
	for range 60 {
		metres := int64(1 + r.IntN(300))
		lat, lon := int64(500_000_000+r.IntN(80_000_000)), int64(-50_000_000)
		line := make([]grid.Point, 0, 3000)
		for range 10 + r.IntN(3000) {
			line = append(line, grid.Point{Lat: lat, Lon: lon})
			lat, lon = lat+int64(r.IntN(4000)-1800), lon+int64(r.IntN(6000)-2000)
		}
		if r.IntN(3) == 0 {
			line = append(line, line[0])
		}
		th := thinner{metres: metres}
		kept := th.thin(line)
		if kept[0] != line[0] || kept[len(kept)-1] != line[len(line)-1] {
			t.Fatal("an end was left out")
		}
		left += len(line) - len(kept)
		at := 0
		for _, p := range line {
			if at+1 < len(kept) && p == kept[at+1] {
				at++
			}
			if p == kept[at] {
				continue
			}
			stretch := math.Cos(float64(p.Lat) / 1e7 * math.Pi / 180)
			off := apart(kept[at], kept[at+1], float64(p.Lon), float64(p.Lat), stretch) * 0.011132
			worst = math.Max(worst, off/float64(metres))
			control = math.Max(control, off)
			if off > float64(metres) {
				t.Fatalf("a position left out lies %.1f m from the line drawn; %d m are allowed", off, metres)
			}
		}
	}
	t.Logf("%d positions left out, the worst at %.3f of what is allowed", left, worst)
	if left < 20_000 || worst < 0.9 || control < 100 {
		t.Error("thinning leaves out too little to prove anything")
	}
}

// TestNumbersAgainstRationals reads numbers as JSON writes them and compares
// with exact fractions.
func TestNumbersAgainstRationals(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 30_000 {
		text := []string{"", "-"}[r.IntN(2)] + fmt.Sprint(r.IntN(200))
		if r.IntN(5) > 0 {
			text += "."
			for range 1 + r.IntN(18) {
				text += string("0123456789"[r.IntN(10)])
			}
		}
		if r.IntN(4) == 0 {
			text += []string{"e", "E", "e+", "e-", "E-0"}[r.IntN(5)] + fmt.Sprint(r.IntN(9))
		}
		places := []int{0, 3, 7, 10}[r.IntN(4)]
		want, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatal(text)
		}
		ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)
		want.Mul(want, new(big.Rat).SetInt(ten))
		got, err := decimal([]byte(text), places)
		if new(big.Rat).Abs(want).Cmp(new(big.Rat).SetInt64(1e18)) >= 0 {
			if err == nil {
				t.Fatalf("%s in 1e-%d was read as %d", text, places, got)
			}
			continue
		}
		q, m := new(big.Int).DivMod(want.Num(), want.Denom(), new(big.Int))
		switch twice := new(big.Int).Lsh(m, 1).Cmp(want.Denom()); {
		case twice > 0, twice == 0 && q.Bit(0) == 1:
			q.Add(q, big.NewInt(1))
		}
		if err != nil || got != q.Int64() {
			t.Fatalf("%s in 1e-%d is %d, %v; want %s", text, places, got, err, q)
		}
	}
	for _, text := range []string{"", "-", ".", "+", "e5", "1e", "1e+", "1e99999", "1x", "0x10", "1..2", "1.2.3", "NaN", "Infinity", "1 2", strings.Repeat("1", 65), "1e30", "99999999999999999999"} {
		if got, err := decimal([]byte(text), 7); err == nil {
			t.Errorf("%q was read as %d", text, got)
		}
	}
}
