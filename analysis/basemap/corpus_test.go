package basemap

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/grid"
	"custos.example/analysis/steptest"
)

func corpusDir(t *testing.T) string {
	t.Helper()
	return filepath.Dir(steptest.Corpus(t, "50-basemap"))
}

// reference is what another reading of a file found: the number of its features
// and every position in its order, rounded.
type reference struct {
	features int
	flat     int // features whose positions all fall together
	points   []grid.Point
}

func near(lon, lat float64) grid.Point {
	return grid.Point{Lat: int64(math.RoundToEven(lat * 1e7)), Lon: int64(math.RoundToEven(lon * 1e7))}
}

// flatten collects positions from a decoded tree of coordinates.
func (r *reference) flatten(v any) {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return
	}
	if x, ok := list[0].(float64); ok {
		y, _ := list[1].(float64)
		r.points = append(r.points, near(x, y))
		return
	}
	for _, item := range list {
		r.flatten(item)
	}
}

func geoJSONReference(t *testing.T, text []byte) (r reference) {
	t.Helper()
	var tree struct {
		Features []struct {
			Geometry struct{ Coordinates any }
		}
	}
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	r.features = len(tree.Features)
	for _, f := range tree.Features {
		r.flatten(f.Geometry.Coordinates)
	}
	return r
}

func topoJSONReference(t *testing.T, text []byte) (r reference) {
	t.Helper()
	var tree struct {
		Objects map[string]struct {
			Geometries []struct{ Arcs any }
		}
		Arcs      [][][2]float64
		Transform struct{ Scale, Translate [2]float64 }
	}
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	if len(tree.Objects) != 1 {
		t.Fatalf("%d objects", len(tree.Objects))
	}
	for _, arc := range tree.Arcs {
		for i := range arc {
			for k := range 2 {
				if i > 0 {
					arc[i][k] += arc[i-1][k]
				}
			}
		}
	}
	var ring func(v any)
	ring = func(v any) {
		list, _ := v.([]any)
		if len(list) == 0 {
			return
		}
		if _, ok := list[0].(float64); !ok {
			for _, item := range list {
				ring(item)
			}
			return
		}
		for n, item := range list {
			i := int(item.(float64))
			backwards := i < 0
			if backwards {
				i = -i - 1
			}
			arc := tree.Arcs[i]
			for k := range arc {
				if k == 0 && n > 0 {
					continue
				}
				p := arc[k]
				if backwards {
					p = arc[len(arc)-1-k]
				}
				s, o := tree.Transform.Scale, tree.Transform.Translate
				r.points = append(r.points, near(p[0]*s[0]+o[0], p[1]*s[1]+o[1]))
			}
		}
	}
	for _, o := range tree.Objects {
		r.features += len(o.Geometries)
		for _, g := range o.Geometries {
			ring(g.Arcs)
		}
	}
	return r
}

func gmtReference(text []byte) (r reference) {
	from, flat := 0, true
	finish := func() {
		if flat && r.features > 0 { // without positions, or with one place only
			r.points = r.points[:from]
			r.flat++
		}
		from, flat = len(r.points), true
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, ">") {
			finish()
			r.features++
			continue
		}
		f := strings.Fields(line)
		x, _ := strconv.ParseFloat(f[0], 64)
		y, _ := strconv.ParseFloat(f[1], 64)
		r.points = append(r.points, near(x, y))
		flat = flat && near(x, y) == r.points[from]
	}
	finish()
	return r
}

var numberPair = regexp.MustCompile(`(-?[0-9.]+(?:e-?[0-9]+)?)[ ,]+(-?[0-9.]+(?:e-?[0-9]+)?)`)

func csvReference(t *testing.T, text []byte, column string, latFirst bool) (r reference) {
	t.Helper()
	all, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := -1
	for i, name := range all[0] {
		if name == column {
			at = i
		}
	}
	r.features = len(all) - 1
	for _, row := range all[1:] {
		for _, m := range numberPair.FindAllStringSubmatch(row[at], -1) {
			x, _ := strconv.ParseFloat(m[1], 64)
			y, _ := strconv.ParseFloat(m[2], 64)
			if latFirst {
				x, y = y, x
			}
			r.points = append(r.points, near(x, y))
		}
	}
	return r
}

// read runs the step and returns every part of what it made.
func read(t *testing.T, text []byte, params analysis.Params) (parts []Part, out map[string][]byte, o analysis.Outcome) {
	t.Helper()
	full := analysis.Params{"class": "boundary", "credit": "A credit line", "licence": "A licence"}
	for k, v := range params {
		full[k] = v
	}
	out, o, err := steptest.Run(Map{}, map[string][]byte{"source": text}, full)
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewReader(bytes.NewReader(out["base-map"]))
	if err != nil {
		t.Fatal(err)
	}
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			return parts, out, o
		}
		if err != nil {
			t.Fatal(err)
		}
		keep := *p
		keep.Points = append([]grid.Point(nil), p.Points...)
		parts = append(parts, keep)
	}
}

// compare wants every position of the reference, but for those that rounding
// made equal to the one before.
func compare(t *testing.T, name string, parts []Part, want reference) {
	t.Helper()
	at := 0
	for _, p := range parts {
		for i, got := range p.Points {
			again := i == 0 && at > 0 && !far(want.points[at-1], got) && (at == len(want.points) || far(want.points[at], got))
			if again { // skipped below as equal to the end of the part before
				continue
			}
			if at == len(want.points) || far(want.points[at], got) {
				t.Fatalf("%s: feature %d part %d position %d is %v, and the reference has another", name, p.Feature, p.Part, i, got)
			}
			for at++; at < len(want.points) && want.points[at] == want.points[at-1] && p.Kind != Dot; {
				at++
			}
		}
	}
	if at != len(want.points) {
		t.Errorf("%s: %d of %d positions", name, at, len(want.points))
	}
}

func far(a, b grid.Point) bool { return size(a.Lat-b.Lat) > 1 || size(a.Lon-b.Lon) > 1 }

// TestCorpusIsReadWhole reads every base map of the data sets and compares each
// position with another reading of the file, in floats.
func TestCorpusIsReadWhole(t *testing.T) {
	dir := corpusDir(t)
	files, positions := 0, 0
	run := func(pattern string, params analysis.Params, ref func([]byte) reference) {
		list, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(list) == 0 {
			t.Fatalf("%s: %v %v", pattern, list, err)
		}
		for _, f := range list {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			name := filepath.Base(f)
			parts, out, o := read(t, text, params)
			want := ref(text)
			b := o.Result.Balance
			if b.Received != int64(want.features) || b.SetAside != 0 || b.Outside != int64(want.flat) {
				t.Errorf("%s: %s; the reference has %d features\n%s", name, b, want.features, out["set-aside"])
			}
			if b.Outside > 0 {
				t.Logf("%s: %v", name, b.OutsideBy)
			}
			compare(t, name, parts, want)
			files++
			positions += len(want.points)
		}
	}
	withT := func(f func(*testing.T, []byte) reference) func([]byte) reference {
		return func(text []byte) reference { return f(t, text) }
	}
	table := func(column string, latFirst bool) func([]byte) reference {
		return func(text []byte) reference { return csvReference(t, text, column, latFirst) }
	}
	run("50-basemap/london-wards/*.json", analysis.Params{"format": "geojson", "name": "WD13NM"}, withT(geoJSONReference))
	run("50-basemap/eng_topo_lad.json", analysis.Params{"format": "topojson", "name": "LAD13NM"}, withT(topoJSONReference))
	run("50-basemap/london-msoa/*.json", analysis.Params{"format": "topojson", "name": "MSOA11NM"}, withT(topoJSONReference))
	run("50-basemap/gshhg/*.gmt", analysis.Params{"format": "gmt", "class": "coast"}, gmtReference)
	for _, name := range []string{"Avon__Somerset_Police_Force_Boundary", "BANES_Boundary", "Lower_Super_Output_Areas", "Public_Rights_of_Way_-_North_East_Somerset"} {
		run("51-bath-geography/"+name+".csv", analysis.Params{"format": "csv-wkt", "geometry": "the_geom", "name": "Name"}, table("the_geom", false))
	}
	run("51-bath-geography/INSPIRE*.csv", analysis.Params{"format": "csv-geojson", "geometry": "Geometry", "name": "Zone"}, table("Geometry", false))
	run("51-bath-geography/*Postcodes.csv", analysis.Params{"format": "csv-latlon", "class": "place", "geometry": "centroid", "name": "postcode"}, table("centroid", true))
	run("13-ofcom-sitefinder-banes/*.csv", analysis.Params{"format": "csv-latlon", "class": "place", "geometry": "location"}, table("location", true))
	run("14-bath-anpr-sites/*.csv", analysis.Params{"format": "csv-latlon", "class": "place", "geometry": "location", "name": "name"}, table("location", true))
	t.Logf("%d files, %d positions", files, positions)
	if files != 33+1+33+12+6+2 {
		t.Errorf("%d files", files)
	}
}
