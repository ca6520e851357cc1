package basemap

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/steptest"
)

func plainParams(format string) analysis.Params {
	p := analysis.Params{"format": format, "class": "road", "credit": "A credit line", "licence": "A licence"}
	if strings.HasPrefix(format, "csv-") {
		p["geometry"] = "g"
	}
	return p
}

func try(format string, text []byte) (map[string][]byte, analysis.Outcome, error) {
	return steptest.Run(Map{}, map[string][]byte{"source": text}, plainParams(format))
}

// TestOtherFormatsAreRefused: what is not in the format must not become a map.
func TestOtherFormatsAreRefused(t *testing.T) {
	ring := `{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}`
	for _, c := range [][2]string{
		{"geojson", ""},
		{"geojson", "x"},
		{"geojson", "[]"},
		{"geojson", "{}"},
		{"geojson", `{"type":"Topology"}`},
		{"geojson", `{"type":"FeatureCollection"}`},
		{"geojson", ring + "x"},
		{"geojson", ring + ring},
		{"geojson", ring[:40]},
		{"geojson", strings.Replace(ring, "0,0", "0,,0", 1)},
		{"geojson", strings.Replace(ring, "1,0", "1,0,", 1)},
		{"geojson", strings.Replace(ring, "1,0", "01,0", 1)},
		{"geojson", strings.Replace(ring, "1,0", "1,true", 1)},
		{"geojson", strings.Replace(ring, "Polygon", "Pol\x01ygon", 1)},
		{"geojson", strings.Replace(ring, "Polygon", `Pol\qygon`, 1)},
		{"geojson", "{\"type\":\"Point\",\"\xff\":1}"},
		{"geojson", `{"type":"FeatureCollection","features":[],"features":[]}`},
		{"geojson", `{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"EPSG:3857"}},"features":[]}`},
		{"geojson", strings.Repeat("[", 1000)},
		{"geojson", `{"a":` + strings.Repeat(`[`, 60) + strings.Repeat(`]`, 60) + `,"type":"Point"}`},
		{"geojson", `{"` + strings.Repeat("k", 5000) + `":1}`},
		{"geojson", `{"type":"Point","x":` + strings.Repeat("1", 100) + `}`},
		{"topojson", ""},
		{"topojson", "{}"},
		{"topojson", ring},
		{"topojson", `{"type":"Topology","objects":{},"arcs":[]}`},
		{"topojson", `{"type":"Topology","objects":{"a":{"type":"LineString","arcs":[0]}},"arcs":[]}`},
		{"topojson", `{"type":"Topology","objects":{"a":{"type":"LineString","arcs":[-2]}},"arcs":[[[0,0],[1,1]]]}`},
		{"topojson", `{"type":"Topology","objects":{"a":{"type":"LineString","arcs":[0.5]}},"arcs":[[[0,0],[1,1]]]}`},
		{"topojson", `{"type":"Topology","objects":{"a":{"type":"LineString","arcs":[0]}},"arcs":[[[0,0],[181,1]]]}`},
		{"topojson", `{"type":"Topology","objects":{"a":{"type":"LineString","arcs":[0]}},"arcs":[[[0],[1,1]]]}`},
		{"topojson", `{"type":"Topology","transform":{"scale":[1e99,1],"translate":[0,0]},"objects":{"a":{"type":"LineString","arcs":[0]}},"arcs":[[[0,0],[1,1]]]}`},
		{"topojson", `{"type":"Topology","transform":{"scale":[1,1],"translate":[0,0]},"objects":{"a":{"type":"LineString","arcs":[0]}},"arcs":[[[0,0],[1000000000000000,1]]]}`},
		{"gmt", "hello\n"},
		{"gmt", "{}"},
		{"gmt", strings.Repeat("1", 70_000)},
		{"csv-wkt", ""},
		{"csv-wkt", "a,b\n"},
		{"csv-wkt", "\"g\n"},
		{"csv-geojson", "h\nx\n"},
		{"csv-latlon", "\xff\xfeg"},
	} {
		if out, o, err := try(c[0], []byte(c[1])); !errors.Is(err, analysis.ErrNotThisFormat) {
			t.Errorf("%s, %.80q: %v, %s\n%s", c[0], c[1], err, o.Result.Balance, out["base-map"])
		}
	}
	if _, o, err := try("geojson", []byte(ring)); err != nil || o.Result.Balance.Shown != 1 {
		t.Errorf("control: %v", err)
	}
}

// TestDamagedFeaturesAreSetAside: one damaged feature leaves the others drawn.
func TestDamagedFeaturesAreSetAside(t *testing.T) {
	good := `{"type":"Feature","geometry":{"type":"LineString","coordinates":[[0,0],[1,1]]}}`
	for _, bad := range []string{
		`{"type":"LineString","coordinates":[[0,0]]}`, `{"type":"LineString","coordinates":[0,0]}`, `{"type":"LineString","coordinates":[[[0,0],[1,1]]]}`, `{"type":"LineString","coordinates":[[0,0],[1]]}`,
		`{"type":"LineString","coordinates":[[0,0],[1,[1,1]]]}`, `{"type":"LineString","coordinates":[[0,0],[181,1]]}`, `{"type":"LineString","coordinates":[[0,0],[1e30,1]]}`, `{"type":"LineString"` + `}` + ` `,
		`{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,0]]]}`, `{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[0,1]]]}`, `{"type":"Curve","coordinates":[[0,0],[1,1]]}`, `{"coordinates":[[0,0],[1,1]]}`, `null`, `{"type":"Point","coordinates":[[0,0]]}`,
	} {
		text := `{"type":"FeatureCollection","features":[` + good + `,{"type":"Feature","geometry":` + bad + `},` + good + `]}`
		_, o, err := try("geojson", []byte(text))
		b := o.Result.Balance
		if err != nil || b.Received != 3 || b.Shown != 2 || b.SetAside+b.Outside != 1 {
			t.Errorf("%s: %v, %s", bad, err, b)
		}
	}
	cells := "g\n"
	for _, bad := range []string{
		"POINT", "POINT (1)", "POINT (1 2", "POINT (1 2) x", "POINT ((1 2))", "POINT (1 2, 3 4)", "LINESTRING (1 2)", "LINESTRING ((1 2, 3 4))", "POLYGON ((0 0, 1 1, 0 0))", "POLYGON ((0 0, 1 1, 1 0, 0 1))", "CIRCLE (1 2)",
		"POINT (1 2 3 4 5)", "POINT (x y)", "POINT (181 1)", "MULTIPOINT ((1 2), 3 4)", "GEOMETRYCOLLECTION (POINT (1 2)", "GEOMETRYCOLLECTION (1 2)", strings.Repeat("GEOMETRYCOLLECTION (", 100), "POINT " + strings.Repeat("(", 100), "CURVE EMPTY", "LINESTRING (0 0, EMPTI)",
	} {
		cells += `"` + bad + `"` + "\n"
		if _, o, err := try("csv-wkt", []byte("g\n\""+bad+"\"\n\"LINESTRING (0 0, 1 1)\"\n")); err != nil || o.Result.Balance.SetAside != 1 || o.Result.Balance.Shown != 1 {
			t.Errorf("%.60s: %v, %s", bad, err, o.Result.Balance)
		}
	}
	for _, good := range []string{
		"POINT (1 2)", "point(1 2)", "POINT Z (1 2 3)", "POINT M(1 2 3)", "MULTIPOINT (1 2, 3 4)", "MULTIPOINT ((1 2), (3 4))", "LINESTRING(0 0,1 1)", "LINESTRING ZM (0 0 1 1, 1 1 1 1)", "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((2 2, 3 2, 3 3, 2 2)))",
		"GEOMETRYCOLLECTION (POINT (1 2), GEOMETRYCOLLECTION (LINESTRING (0 0, 1e0 1.5E-1), POINT EMPTY))", "MULTILINESTRING (EMPTY, (0 0, 1 1))",
	} {
		if _, o, err := try("csv-wkt", []byte("g\n\""+good+"\"\n")); err != nil || o.Result.Balance.Shown != 1 {
			t.Errorf("%s: %v, %s", good, err, o.Result.Balance)
		}
	}
}

// TestParametersAreChecked: each wrong parameter is refused before the file is read.
func TestParametersAreChecked(t *testing.T) {
	for _, c := range [][3]string{
		{"gmt", "format", "shp"},
		{"gmt", "class", "roads"},
		{"gmt", "credit", " x"},
		{"gmt", "credit", "a\nb"},
		{"gmt", "licence", "a\u202eb"},
		{"gmt", "crs", "EPSG:3857"},
		{"gmt", "geometry", "g"},
		{"csv-wkt", "geometry", ""},
		{"gmt", "object", "x"},
		{"gmt", "name", "x"},
		{"gmt", "thin", "-1"},
		{"gmt", "thin", "1.5"},
		{"gmt", "thin", "020"},
		{"gmt", "thin", "10001"},
		{"gmt", "bounds", "1 2 3"},
		{"gmt", "bounds", "1 2 1 3"},
		{"gmt", "bounds", "1 3 2 2"},
		{"gmt", "bounds", "-181 0 1 1"},
		{"gmt", "bounds", "1,2,3,4"},
		{"gmt", "credit", ""},
		{"gmt", "licence", ""},
	} {
		p := plainParams(c[0])
		p[c[1]] = c[2]
		if _, _, err := steptest.Run(Map{}, map[string][]byte{"source": []byte("> x\n")}, p); !errors.Is(err, analysis.ErrParameter) {
			t.Errorf("%s %q: %v", c[1], c[2], err)
		}
	}
	if _, _, err := try("gmt", []byte("> x\n")); err != nil {
		t.Errorf("control: %v", err)
	}
}

// endless gives a text without holding it.
type endless struct {
	head, body, tail string
	size             int64 // a multiple of the body's length between head and tail
}

func (e endless) Size() int64 { return e.size }

func (e endless) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	for n < len(p) && off < e.size {
		rest := e.size - off - int64(len(e.tail))
		part := e.tail[max(0, -rest):]
		if off < int64(len(e.head)) {
			part = e.head[off:]
		} else if rest > 0 {
			part = e.body[(off-int64(len(e.head)))%int64(len(e.body)):]
			part = part[:min(int64(len(part)), rest)]
		}
		m := copy(p[n:], part)
		n, off = n+m, off+int64(m)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// TestMemoryIsBounded reads large hostile files that are made as they are read.
func TestMemoryIsBounded(t *testing.T) {
	const large = 20 << 20
	for _, c := range []struct {
		format           string
		head, body, tail string
		most             uint64 // MiB
	}{
		{"geojson", `{"type":"Point","coordinates":[`, "1", "", 8},
		{"geojson", `{"type":"Point","x":"`, "a", "\"}", 8},
		{"geojson", `{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"LineString","coordinates":[[0,0]`, ",[1,1]", "]}}]}", 160},
		{"geojson", "", "[", "", 8},
		{"geojson", `{"`, "k", "", 8},
		{"gmt", "> x\n", "1\t1\n", "", 160},
		{"gmt", "> x\n", "1", "", 8},
		{"csv-wkt", "g\n\"LINESTRING (0 0", ", 1 1", ")\"\n", 200},
		{"csv-wkt", "g\n", "x", "", 160},
		{"topojson", `{"type":"Topology","objects":{},"arcs":[[[0,0]`, ",[1,1]", "]]}", 160},
	} {
		var before, after runtime.MemStats
		debug.FreeOSMemory()
		runtime.ReadMemStats(&before)
		outs := map[string]io.Writer{"base-map": io.Discard, "set-aside": io.Discard, "report": io.Discard}
		p, err := Map{}.Info().Fill(plainParams(c.format))
		if err != nil {
			t.Fatal(err)
		}
		_, err = Map{}.Run(analysis.NewMemoryEnv(1<<30), map[string]analysis.Input{"source": endless{c.head, strings.Repeat(c.body, 1000), c.tail, int64(len(c.head) + large/len(c.body)/1000*1000*len(c.body) + len(c.tail))}}, p, outs)
		runtime.ReadMemStats(&after)
		was, is := before.HeapSys-before.HeapReleased, after.HeapSys-after.HeapReleased
		grown := (is - min(was, is)) >> 20
		t.Logf("%s %.40q: %d MiB, %v", c.format, c.head+c.body, grown, err)
		if grown > c.most {
			t.Errorf("%s %.30q: the heap grew by %d MiB on a file of %d MiB (%v)", c.format, c.head+c.body, grown, large>>20, err)
		}
	}
}

// TestASmallTopologyCannotGrowForEver: one arc may be referred to many times.
func TestASmallTopologyCannotGrowForEver(t *testing.T) {
	arc := "[0,0]" + strings.Repeat(",[1,1],[-1,-1]", 20_000)
	text := `{"type":"Topology","transform":{"scale":[0.001,0.001],"translate":[0,0]},"objects":{"a":{"type":"GeometryCollection","geometries":[` +
		strings.TrimSuffix(strings.Repeat(`{"type":"LineString","arcs":[0,0,0,0,0,0,0,0,0,0]},`, 300), ",") + `]}},"arcs":[[` + arc + `]]}`
	if _, o, err := try("topojson", []byte(text)); !errors.Is(err, analysis.ErrNotThisFormat) {
		t.Errorf("%v, %s", err, o.Result.Balance)
	}
}

func canonical(t *testing.T) string {
	t.Helper()
	out, _, err := try("gmt", []byte("> a\n0 0\n1 1\n> b\n2 2\n3 3\n2 3\n"))
	if err != nil {
		t.Fatal(err)
	}
	return string(out["base-map"])
}

func readForm(text string) error {
	r, err := NewReader(strings.NewReader(text))
	for err == nil {
		_, err = r.Next()
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// TestTheFormIsStrict changes a canonical base map in each way that must be seen.
func TestTheFormIsStrict(t *testing.T) {
	good := canonical(t)
	if err := readForm(good); err != nil {
		t.Fatalf("control: %v", err)
	}
	for _, c := range [][2]string{
		{Version, "custos/base-map/v2"},
		{"format,", "credit,"},
		{"credit,,A credit line,,,,,\n", ""},
		{"licence,,A licence,,,,,\n", ""},
		{"bounds,,0 0 30000000 30000000,,,,,\n", ""},
		{"bounds,,0 0 30", "bounds,,0 1 30"},
		{"credit,,A credit line,,,,,\nlicence,,A licence,,,,,\n", "licence,,A licence,,,,,\ncredit,,A credit line,,,,,\n"},
		{"line,road,,1,1", "line,roads,,1,1"},
		{"line,road,,1,1", "curve,road,,1,1"},
		{"line,road,,1,1", "area,road,,1,1"},
		{"line,road,,1,1", "point,road,,1,1"},
		{"line,road,,2,1", "line,road,,3,1"},
		{"line,road,,2,1", "line,road,,1,1"},
		{"line,road,,2,1", "line,road,,2,2"},
		{"line,road,,2,1", "line,road,,02,1"},
		{"0 0 10000000 10000000\n", "0 0 10000000\n"},
		{"0 0 10000000 10000000\n", "0 0\n"},
		{"0 0 10000000 10000000\n", "0 0 10000000 10000000 \n"},
		{"0 0 10000000 10000000\n", "0  0 10000000 10000000\n"},
		{"0 0 10000000 10000000\n", "-0 0 10000000 10000000\n"},
		{"0 0 10000000 10000000\n", "\n"},
		{"0 0 10000000 10000000\n", "0 0 10000000 1000000000\n"},
		{"0 0 10000000 10000000\n", "0 0 10000000 100000000000000\n"},
		{"\n", "\r\n"},
	} {
		bad := strings.Replace(good, c[0], c[1], 1)
		if bad == good {
			t.Fatalf("%q is not in\n%s", c[0], good)
		}
		if err := readForm(bad); !errors.Is(err, event.ErrNotCanonical) {
			t.Errorf("with %q for %q: %v", c[1], c[0], err)
		}
	}
	for n := range len(good) {
		if err := readForm(good[:n]); err == nil && good[:n] != good && !strings.HasSuffix(good[:n], "licence,,A licence,,,,,\n") {
			t.Errorf("cut after %d bytes it is accepted", n)
		}
	}
}

// TestLongPartsAreWrittenInPieces: a part of many rows comes back whole.
func TestLongPartsAreWrittenInPieces(t *testing.T) {
	for _, n := range []int{1999, 2000, 2001, 4000, 4001, 9999} {
		var text strings.Builder
		text.WriteString("> a\n")
		for i := range n {
			fmt.Fprintf(&text, "%d.%04d 51\n", i/10000, i%10000)
		}
		text.WriteString("> b\n1 1\n2 2\n")
		out, _, err := try("gmt", []byte(text.String()))
		if err != nil {
			t.Fatal(err)
		}
		r, err := NewReader(bytes.NewReader(out["base-map"]))
		if err != nil {
			t.Fatal(err)
		}
		first, err := r.Next()
		if err != nil || len(first.Points) != n || first.Points[n-1].Lon != int64(n-1)*1000 {
			t.Fatalf("%d positions: %v", n, err)
		}
		if second, err := r.Next(); err != nil || len(second.Points) != 2 {
			t.Errorf("%d positions, the part after: %v", n, err)
		}
		if _, err := r.Next(); !errors.Is(err, io.EOF) {
			t.Error(err)
		}
	}
}
