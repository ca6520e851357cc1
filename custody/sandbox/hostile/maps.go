package hostile

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// cells are lists of cells.
func cells(*rand.Rand) []File {
	const head = "radio,mcc,mnc,area,cell,latitude,longitude,azimuth,site,valid_from,valid_until\n"
	const good = "LTE,234,10,1001,100681,51.381,-2.359,140,Bath,,\n"
	row := func(name, line string) File {
		return File{Name: name, Verdict: Flag, Content: of(head + good + line)}
	}
	list := []File{
		{Name: "empty", Verdict: Reject, Code: "header", Content: of("")},
		{Name: "header of a million columns", Verdict: Reject, Code: "header", Content: repeated{head: "radio", pattern: ",x", times: 1_000_000, tail: "\n"}},
		{Name: "one line of 1 GiB", Verdict: Reject, Code: "header", Content: repeated{pattern: "x", times: 1 << 30}},
		{Name: "UTF-16", Verdict: Reject, Code: "not this format", Content: of("\xff\xfer\x00a\x00")},
		{Name: "a million equal cells", Verdict: Reject, Code: "rows", Content: repeated{head: head, pattern: good, times: 200_000}},
		row("ragged", "LTE,234\n"),
		row("latitude 91", strings.Replace(good, "51.381", "91", 1)),
		row("latitude NaN", strings.Replace(good, "51.381", "NaN", 1)),
		row("latitude 1e999", strings.Replace(good, "51.381", "1e999", 1)),
		row("latitude of 1,000 digits", strings.Replace(good, "51.381", "51."+digits(1000), 1)),
		row("country code letters", strings.Replace(good, "234", "abc", 1)),
		row("cell beyond its width", strings.Replace(good, "100681", "99999999999", 1)),
		row("radio unknown", strings.Replace(good, "LTE", "WiMAX", 1)),
		row("quotation mark never closed", `"`+good+good),
		row("NUL", strings.Replace(good, "Bath", "Ba\x00th", 1)),
		row("a field of 50 MiB", ""),
	}
	list[len(list)-1].Content = repeated{head: head + good, pattern: strings.Repeat("y", 1024), times: 50 << 10, tail: "\n" + good}
	for i := range list {
		list[i].Name, list[i].Reader = "cells/"+list[i].Name, CellTable
	}
	return list
}

// maps are base maps, and with them JSON.
func maps(*rand.Rand) []File {
	const line = `{"type":"LineString","coordinates":[[-2.36,51.38],[-2.35,51.39]]}`
	feature := func(geometry, properties string) string {
		return `{"type":"Feature","properties":` + properties + `,"geometry":` + geometry + `}`
	}
	collection := func(features ...string) string {
		return `{"type":"FeatureCollection","features":[` + strings.Join(features, ",") + `]}`
	}
	good := feature(line, `{"name":"A4"}`)
	list := []File{
		{Name: "10,001 deep", Verdict: Reject, Code: "not this format", Content: of(strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001))},
		{Name: "9,999 deep", Verdict: Reject, Code: "not this format", Content: of(`{"a":` + strings.Repeat("[", 9_999) + strings.Repeat("]", 9_999) + "}")},
		{Name: "ten million brackets", Verdict: Reject, Code: "not this format", Content: repeated{pattern: "[", times: 10_000_000}},
		{Name: "a key twice", Verdict: Reject, Code: "not this format", Content: of(`{"type":"FeatureCollection","features":[],"features":[` + good + `]}`)},
		{Name: "a key twice, one escaped", Verdict: Reject, Code: "not this format", Content: of(`{"type":"FeatureCollection","features":[],"fe\u0061tures":[` + good + `]}`)},
		{Name: "a key in another case", Verdict: Reject, Code: "not this format", Content: of(`{"type":"FeatureCollection","Features":[` + good + `]}`)},
		{Name: "2^53 + 1", Verdict: Flag, Content: of(collection(good, feature(strings.Replace(line, "51.38", "9007199254740993", 1), "{}")))},
		{Name: "1e999", Verdict: Flag, Content: of(collection(good, feature(strings.Replace(line, "51.38", "1e999", 1), "{}")))},
		{Name: "NaN", Verdict: Reject, Code: "not this format", Content: of(collection(good, feature(strings.Replace(line, "51.38", "NaN", 1), "{}")))},
		{Name: "minus nothing", Verdict: Accept, Content: of(collection(good, feature(strings.Replace(line, "-2.36", "-0", 1), "{}")))},
		{Name: "lone surrogate", Verdict: Accept, Content: of(collection(feature(line, `{"name":"\ud800"}`)))},
		{Name: "invalid UTF-8 in a key", Verdict: Reject, Code: "not this format", Content: of("{\"type\":\"Feature\",\"\xff\":1}")},
		{Name: "byte order mark", Verdict: Reject, Code: "not JSON", Content: of("\ufeff" + collection(good))},
		{Name: "text after the end", Verdict: Reject, Code: "not this format", Content: of(collection(good) + collection(good))},
		{Name: "cut off", Verdict: Reject, Code: "not this format", Content: of(collection(good)[:60])},
		{Name: "a string of 100 MiB", Verdict: Accept, Content: repeated{head: `{"type":"FeatureCollection","x":"`, pattern: strings.Repeat("s", 1024), times: 100 << 10, tail: `","features":[]}`}},
		{Name: "a million keys", Verdict: Accept, Content: repeated{head: `{"type":"FeatureCollection",`, pattern: `"k":1,`, times: 1_000_000, tail: `"features":[]}`}},
		{Name: "a number of a million digits", Verdict: Reject, Code: "not this format", Content: repeated{head: `{"type":"Point","coordinates":[`, pattern: "1", times: 1_000_000, tail: `,51]}`}},
		{Name: "ten million positions", Verdict: Flag, Content: repeated{head: `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":{"type":"LineString","coordinates":[`, pattern: "[0,51],", times: 3_000_000, tail: `[0,52]]}}]}`}},
		{Name: "a ring that is not closed", Verdict: Flag, Content: of(collection(good, feature(`{"type":"Polygon","coordinates":[[[0,51],[1,51],[1,52]]]}`, "{}")))},
		{Name: "outside the earth", Verdict: Flag, Content: of(collection(good, feature(`{"type":"LineString","coordinates":[[200,51],[0,100]]}`, "{}")))},
		{Name: "other reference system", Verdict: Reject, Code: "not this format", Content: of(`{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"EPSG:3857"}},"features":[]}`)},
		{Name: "a collection within itself", Verdict: Accept, Content: of(collection(good, feature(strings.Repeat(`{"type":"GeometryCollection","geometries":[`, 20)+strings.Repeat("]}", 20), "{}")))},
		{Name: "not JSON", Verdict: Reject, Code: "not this format", Content: of("<kml/>")},
		{Name: "empty", Verdict: Reject, Code: "not this format", Content: of("")},
	}
	for i, text := range Injections() {
		list = append(list, File{Name: fmt.Sprintf("injection %d as a name", i), Verdict: Accept, Content: of(collection(feature(line, fmt.Sprintf(`{"name":%q}`, strings.ReplaceAll(text, `\`, "/")))))})
	}
	for i := range list {
		list[i].Name, list[i].Reader = "map/"+list[i].Name, BaseMap
	}
	return list
}
