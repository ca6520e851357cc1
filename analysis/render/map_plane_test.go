package render

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestWholeNumberTrigonometry(t *testing.T) {
	for angle := int64(-720); angle <= 720; angle++ {
		want := math.Sin(float64(angle) * math.Pi / 180)
		if got := float64(sine(angle*degree)) / sineOne; math.Abs(got-want) > 1e-9 {
			t.Errorf("sine of %d° is %v, want %v", angle, got, want)
		}
	}
	for k := int64(0); k < 9_000; k++ {
		angle := k*degree/100 + 1234
		want := math.Cos(float64(angle) / degree * math.Pi / 180)
		if got := float64(cosine(angle)) / sineOne; math.Abs(got-want) > 4e-5 {
			t.Fatalf("cosine of %d is %v, want %v", angle, got, want)
		}
	}
	// Lengths of a degree on WGS 84 from the ellipsoid itself.
	const a, e2 = 6378137.0, 0.00669437999014
	for _, latitude := range []float64{0, 12.3, 45, 51.38, 57.9, 80} {
		phi := latitude * math.Pi / 180
		w := 1 - e2*math.Sin(phi)*math.Sin(phi)
		north, east := degreeLengths(int64(math.Round(latitude * degree)))
		wantNorth := math.Pi / 180 * a * (1 - e2) / math.Pow(w, 1.5) * 1000
		wantEast := math.Pi / 180 * a * math.Cos(phi) / math.Sqrt(w) * 1000
		if math.Abs(float64(north)-wantNorth) > 500 || math.Abs(float64(east)-wantEast) > wantEast*5e-5+500 {
			t.Errorf("at %v° a degree is %d and %d mm, want %.0f and %.0f", latitude, north, east, wantNorth, wantEast)
		}
	}
}

func TestPositionsAreWrittenInFixedPlaces(t *testing.T) {
	for s, want := range map[spot]string{
		{372480, 164690}:   "ST 72480 64690",
		{530268, 179640}:   "TQ 30268 79640", // Westminster
		{216600, 771200}:   "NN 16600 71200", // Ben Nevis
		{465000, 1_205000}: "HP 65000 05000", // Unst
		{0, 0}:             "SV 00000 00000",
		{-1, 5}:            "E -1 N 5",
	} {
		if got := gridReference(s); got != want {
			t.Errorf("%v is %q, want %q", s, got, want)
		}
	}
	for _, c := range []struct {
		v        int64
		decimals int
		want     string
	}{
		{513_800_000, 5, "51.38000° N"},
		{-23_965_049, 5, "2.39650° S"},
		{-23_965_051, 5, "2.39651° S"},
		{9_999_999, 2, "1.00° N"},
		{0, 0, "0° N"},
		{5, 7, "0.0000005° N"},
	} {
		if got := degrees(c.v, c.decimals, "N", "S"); got != c.want {
			t.Errorf("%d with %d decimals is %q, want %q", c.v, c.decimals, got, c.want)
		}
	}
}

// Ground distances come out right on paper: 1 km is 1 km at the scale stated.
func TestPlaneKeepsDistances(t *testing.T) {
	p, err := newPlane(wgs84, []spot{{-23_965_000, 513_600_000}, {-23_455_000, 514_000_000}}, newFrame(0, 13_200))
	if err != nil {
		t.Fatal(err)
	}
	// One minute of latitude at 51.38° N is 1854.4 m, of longitude 1160.2 m.
	a := p.place(spot{-23_700_000, 513_800_000})
	north := p.place(spot{-23_700_000, 513_800_000 + degree/60})
	east := p.place(spot{-23_700_000 + degree/60, 513_800_000})
	for name, c := range map[string][2]int64{
		"north": {a.y - north.y, 1_854_400 * 100 / p.scale},
		"east":  {east.x - a.x, 1_160_200 * 100 / p.scale},
	} {
		if c[0] < c[1]-3 || c[0] > c[1]+3 {
			t.Errorf("a minute %s is %d units at 1:%d, want %d", name, c[0], p.scale, c[1])
		}
	}
	if _, err := newPlane(wgs84, []spot{{-1_790_000_000, 0}, {1_790_000_000, 0}}, newFrame(0, 13_200)); err == nil {
		t.Error("a map round the world is drawn")
	}
	for _, pole := range []int64{90 * degree, -90 * degree} {
		if _, err := newPlane(wgs84, []spot{{-23_965_000, pole}}, newFrame(0, 13_200)); err == nil {
			t.Error("a map of a pole is drawn, where a degree of longitude has no length")
		}
	}
	if _, err := newPlane("EPSG:3857", []spot{{}}, newFrame(0, 13_200)); err == nil {
		t.Error("an unknown coordinate system is drawn")
	}
}

// Names never cover an arm, a mark or each other, on a crowded map as well.
func TestNamesCoverNothing(t *testing.T) {
	frame := newFrame(mapTop, mapHeight)
	l := &labeller{frame: frame}
	var spots []spot
	for n := range 200 {
		at := spot{frame.left + 2_000 + int64(n*7919%22_000), frame.top + 1_500 + int64(n*104_729%11_000)}
		spots = append(spots, at)
		l.arms = append(l.arms, newArm(at, n*37%360, 0, 0))
		l.taken = append(l.taken, around(at, markRadius))
	}
	var names []box
	for n, at := range spots {
		if where, _, ok := l.place(at, fmt.Sprint(n+1), []int64{320, 550, 900, 1_300, 1_800, 2_400, 3_000}); ok {
			names = append(names, where)
		}
	}
	if len(names) < 190 {
		t.Errorf("%d of 200 sites have a number", len(names))
	}
	for n, name := range names {
		for k, a := range l.arms {
			if name.crosses(a.from, a.to) {
				t.Errorf("number %d covers arm %d", n, k)
			}
		}
		for _, other := range names[:n] {
			if name.meets(other) {
				t.Errorf("number %d covers another", n)
			}
		}
		for _, at := range spots {
			if name.meets(around(at, markRadius)) {
				t.Errorf("number %d covers a mark", n)
			}
		}
	}
}

func TestWhatOneMapCannotShowIsSaidAndListed(t *testing.T) {
	five, none, many := newMapBuilder(), newMapBuilder(), newMapBuilder()
	for n := range maxSites + 1 {
		many.add(sighting{row: fmt.Sprint(n), subject: "1", cell: fmt.Sprintf("cell-a%d", n), crs: nationalGrid, at: spot{int64(n), 0}, placed: true})
	}
	many.add(sighting{row: "0", subject: "1", cell: "cell-a", crs: nationalGrid, at: spot{0, 0}, placed: true})
	for n := range 5 {
		five.add(sighting{row: fmt.Sprint(n), subject: fmt.Sprint(n), cell: "cell-a", crs: nationalGrid, placed: true})
	}
	none.add(sighting{row: "1", subject: "1", cell: "cell-a"})
	for want, m := range map[string]cellMap{
		"the rows have 5 subjects and a map shows at most 4":    five.build(nil),
		"the rows have 1001 sites and a map shows at most 1000": many.build(nil),
		"no row has a cell with one stated position":            none.build(nil),
	} {
		var out strings.Builder
		if err := writeMap(&out, bathPage, m); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), "No map is drawn: "+want) || !strings.Contains(out.String(), ">cell-a<") || strings.Contains(out.String(), "<circle") {
			t.Errorf("%s: %s", want, out.String())
		}
	}
}

func TestEveryCellIsListedAndTheFixedWordsStand(t *testing.T) {
	var out strings.Builder
	m := bathMap(t, wgs84)
	if err := writeMap(&out, bathPage, m); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Which cells are recorded for 07700 900142", "True north", "1 km", "equidistant cylindrical projection",
		`font-weight="bold">Direction lines show the bearing an antenna faces. They do not show coverage or distance.`,
		"Manvers &lt;Street&gt;", "two positions stated", "no position stated", "not stated", "omni", `role="img"`,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, use := range m.uses {
		if !strings.Contains(out.String(), ">"+use.name()+"<") {
			t.Errorf("cell %s is not listed", use.cell)
		}
	}
}

// Positions in both systems stand on one map, in the National Grid; what lies
// outside it is listed and not drawn.
func TestBothSystemsOnOneMap(t *testing.T) {
	b := newMapBuilder()
	b.add(sighting{row: "1", subject: "1", cell: "cell-a", crs: nationalGrid, at: spot{374_560, 164_800}, placed: true})
	b.add(sighting{row: "2", subject: "1", cell: "cell-b", crs: wgs84, at: spot{-23_666_000, 513_811_000}, placed: true})
	b.add(sighting{row: "3", subject: "1", cell: "cell-c", crs: wgs84, at: spot{130_000_000, 525_000_000}, placed: true})
	m := b.build([]Place{{Letter: "A", Name: "Premises", CRS: wgs84, X: -23_650_000, Y: 513_800_000, Source: "HLM/4"}})
	if m.crs != nationalGrid || !m.converted || len(m.sites) != 2 || len(m.places) != 1 {
		t.Fatalf("%s, converted %v, %d sites, %d places", m.crs, m.converted, len(m.sites), len(m.places))
	}
	if m.uses[2].unplaced != "outside the map's system" {
		t.Errorf("a cell in Berlin: %q", m.uses[2].unplaced)
	}
	if d := m.sites[0].at.x - m.sites[1].at.x; d < -300 || d > 300 {
		t.Errorf("two sites some metres apart are %d m apart in easting", d)
	}
	var out strings.Builder
	if err := writeMap(&out, bathPage, m); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"seven-parameter", "51.38110° N", "A: Premises; position from HLM/4", "National Grid (EPSG:27700)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
