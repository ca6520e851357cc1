package basemap

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/steptest"
)

// sound runs the step over hostile bytes; what it accepts must be a base map
// that its own reader takes, with as many features as it says.
func sound(t *testing.T, params analysis.Params, text []byte) {
	t.Helper()
	for _, more := range []analysis.Params{{}, {"bounds": "-2.5 51.3 -2.2 51.5", "thin": "50"}, {"crs": "EPSG:27700"}} {
		p := plainParams(params["format"])
		for _, set := range []analysis.Params{params, more} {
			for k, v := range set {
				p[k] = v
			}
		}
		out, o, err := steptest.Run(Map{}, map[string][]byte{"source": text}, p)
		if err != nil {
			continue
		}
		r, err := NewReader(bytes.NewReader(out["base-map"]))
		if err != nil {
			t.Fatalf("%v\n%s", err, out["base-map"])
		}
		features := int64(0)
		for {
			part, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, out["base-map"])
			}
			features = part.Feature
		}
		if features != o.Result.Balance.Shown {
			t.Fatalf("%d features, %s", features, o.Result.Balance)
		}
	}
}

func FuzzGeoJSON(f *testing.F) {
	f.Add([]byte(`{"type":"FeatureCollection","crs":null,"features":[{"type":"Feature","properties":{"n":"a"},"geometry":{"type":"Polygon","coordinates":[[[-2.4,51.4],[-2.3,51.4],[-2.3,51.45],[-2.4,51.4]]]}}]}`))
	f.Add([]byte(`{"geometries":[{"coordinates":[[-2.4,51.4],[-2.3,5.14e1,3]],"type":"LineString"},{"type":"Point","coordinates":[1,2]}],"type":"GeometryCollection"}`))
	f.Fuzz(func(t *testing.T, text []byte) { sound(t, analysis.Params{"format": "geojson", "name": "n"}, text) })
}

func FuzzTopoJSON(f *testing.F) {
	f.Add([]byte(`{"type":"Topology","transform":{"scale":[0.001,0.001],"translate":[-2.4,51.3]},"objects":{"a":{"type":"GeometryCollection","geometries":[{"type":"Polygon","properties":{"n":"a"},"arcs":[[0,1]]},{"type":"Point","coordinates":[1,2]},{"type":"MultiLineString","arcs":[[-1],[1]]}]}},"arcs":[[[0,0],[10,0],[0,10]],[[10,10],[-10,-10]]]}`))
	f.Fuzz(func(t *testing.T, text []byte) { sound(t, analysis.Params{"format": "topojson", "name": "n"}, text) })
}

func FuzzGMT(f *testing.F) {
	f.Add([]byte("# a\n> b\n-2.4\t51.4\n-2.3 51.41\n-2.2,51.42,7\n>\n"))
	f.Fuzz(func(t *testing.T, text []byte) { sound(t, analysis.Params{"format": "gmt", "name": "header"}, text) })
}

func FuzzCells(f *testing.F) {
	for _, cell := range []string{"MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), EMPTY)", "GEOMETRYCOLLECTION (POINT Z (1 2 3), LINESTRING (-2.4 51.4, -2.3 51.5))", `{"type":"Point","coordinates":[-2.4,51.4]}`, "(51.4, -2.4)"} {
		f.Add([]byte(cell))
	}
	f.Fuzz(func(t *testing.T, cell []byte) {
		text := []byte("n,g\na,\"")
		text = append(append(text, bytes.ReplaceAll(cell, []byte{'"'}, []byte(`""`))...), "\"\n"...)
		for _, format := range []string{"csv-wkt", "csv-geojson", "csv-latlon"} {
			sound(t, analysis.Params{"format": format, "name": "n"}, text)
		}
		sound(t, analysis.Params{"format": "csv-wkt", "name": "n"}, cell)
	})
}

func FuzzForm(f *testing.F) {
	f.Add([]byte("kind,class,name,feature,part,source,row,points\nformat,,custos/base-map/v1,,,,,\ncredit,,A,,,,,\nlicence,,B,,,,,\nbounds,,0 0 10000000 10000000,,,,,\nline,road,\"a,b\",1,1,0123456789abcdef,1,0 0 10000000 10000000\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := NewReader(bytes.NewReader(text))
		if err != nil {
			return
		}
		again := appendHead(nil, r.Head())
		for {
			p, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return
			}
			again = appendPart(again, *p)
		}
		if !bytes.Equal(again, text) {
			t.Fatalf("%q was read and written as %q", text, again)
		}
	})
}
