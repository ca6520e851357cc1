package basemap

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/grid"
)

// Why a feature is not drawn.
const (
	reasonNone     = "NO_GEOMETRY"
	reasonShape    = "BAD_GEOMETRY"
	reasonNumber   = "BAD_COORDINATE"
	reasonOutside  = "OUTSIDE_REFERENCE_SYSTEM"
	reasonMany     = "TOO_MANY_POSITIONS"
	reasonColumns  = "WRONG_COLUMN_COUNT"
	ruleWindow     = "OUTSIDE_BOUNDS"
	ruleFlat       = "NO_EXTENT"
	ruleEmpty      = "EMPTY_GEOMETRY"
	maxNameBytes   = 200
	maxThinMetres  = 10_000
	reportFormat   = "custos/base-map-report/v1"
	coordinatesDeg = "EPSG:4326"
	coordinatesMet = "EPSG:27700"
)

// Map is the step base-map@1: a published file to the ground of a map.
type Map struct{}

// Info returns the step's name, ports and parameters.
func (Map) Info() analysis.Info {
	return analysis.Info{
		Name: "base-map", Version: 1, Class: analysis.Source, Title: "Read a base map",
		Inputs: []analysis.Port{
			{Name: "source", Media: "application/octet-stream", Extension: "txt"},
			{Name: "below", Media: "text/csv", Extension: "csv", Optional: true},
		},
		Outputs: []analysis.Port{
			{Name: "base-map", Media: "text/csv", Extension: "csv"},
			{Name: "set-aside", Media: "text/csv", Extension: "csv"},
			{Name: "report", Media: "application/json", Extension: "json"},
		},
		Params: []analysis.Param{
			{Name: "format", Required: true, Doc: "geojson, topojson, gmt, csv-wkt, csv-geojson, or csv-latlon for cells such as (51.38, -2.36)"},
			{Name: "class", Required: true, Doc: "what the features are: " + strings.Join(Classes(), ", ")},
			{Name: "credit", Required: true, Doc: "the line that the owner of the data wants printed wherever it is shown"},
			{Name: "licence", Required: true, Doc: "the licence under which the data may be used"},
			{Name: "crs", Default: coordinatesDeg, Doc: "EPSG:4326 (degrees) or EPSG:27700 (metres of the National Grid)"},
			{Name: "geometry", Doc: "for delimited files: the column that holds the geometry"},
			{Name: "name", Doc: "the property or column that holds a feature's name; for gmt: header; blank for no names"},
			{Name: "object", Doc: "for topojson: the object to take; blank takes all"},
			{Name: "bounds", Doc: "west south east north in decimal degrees, at which features are cut; blank cuts nothing"},
			{Name: "thin", Default: "0", Doc: "metres: positions within so much of the line drawn are left out; 0 leaves out none"},
		},
	}
}

// run is one run of base-map.
type run struct {
	params  analysis.Params
	o       options
	window  *window
	thinner thinner
	aside   io.Writer
	out     analysis.Scratch
	buf     []byte
	id      string
	feature int64
	bounds  [4]int64
	some    bool
	head    Head
	balance analysis.Balance
	outside analysis.Tally
	reasons analysis.Tally
	report  report
}

// Run reads every feature of the source, cuts and thins it as asked, and writes
// it behind those of the base map below.
//
// Shape: received = features drawn + outside the bounds or too small + set aside.
// Errors: ErrNotThisFormat when the file is not in the format; ErrParameter.
// Trust: none; memory is bounded by the largest feature and, for TopoJSON, by
// two million positions.
func (s Map) Run(env analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	r := &run{params: params, aside: out["set-aside"], outside: analysis.Tally{}, reasons: analysis.Tally{}}
	if err := r.readParams(); err != nil {
		return analysis.Result{}, err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(in["source"], 0, in["source"].Size())); err != nil {
		return analysis.Result{}, err
	}
	r.report.Source = sourceReport{SHA256: hex.EncodeToString(sum.Sum(nil)), Bytes: in["source"].Size()}
	r.id = r.report.Source.SHA256[:16]
	var err error
	if r.out, err = env.Scratch(); err != nil {
		return analysis.Result{}, err
	}
	err = r.read(in, out)
	if closeErr := r.out.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return analysis.Result{}, err
	}
	return analysis.Result{Balance: r.balance, Caveats: []string{}}, nil
}

func (r *run) read(in map[string]analysis.Input, out map[string]io.Writer) error {
	if below, ok := in["below"]; ok {
		if err := r.copyBelow(below); err != nil {
			return err
		}
	}
	if _, err := r.aside.Write(event.AppendRecord(nil, event.SetAsideColumns()...)); err != nil {
		return err
	}
	if err := r.readers()[r.params["format"]](in["source"], r.o, r.take); err != nil {
		return fmt.Errorf("source: %w", err)
	}
	if err := r.flush(0); err != nil {
		return err
	}
	r.balance.OutsideBy, r.balance.SetAsideBy = r.outside.List(), r.reasons.List()
	r.balance.Outside, r.balance.SetAside = r.outside.Total(), r.reasons.Total()
	r.finishHead()
	if _, err := out["base-map"].Write(appendHead(nil, r.head)); err != nil {
		return err
	}
	if _, err := io.Copy(out["base-map"], io.NewSectionReader(r.out, 0, r.out.Size())); err != nil {
		return err
	}
	text, err := r.reportText()
	if err != nil {
		return err
	}
	_, err = out["report"].Write(text)
	return err
}

func (r *run) readers() map[string]func(analysis.Input, options, each) error {
	cells := func(read func([]byte, system) ([]piece, error)) func(analysis.Input, options, each) error {
		return func(in analysis.Input, o options, do each) error { return readCSV(in, o, read, do) }
	}
	return map[string]func(analysis.Input, options, each) error{
		"geojson": readGeoJSON, "topojson": readTopoJSON, "gmt": readGMT,
		"csv-wkt": cells(readWKT), "csv-geojson": cells(cellGeoJSON), "csv-latlon": cells(cellLatLon),
	}
}

// readParams checks every parameter before anything is read.
func (r *run) readParams() error {
	p := r.params
	refuse := func(name, format string, args ...any) error {
		return fmt.Errorf("%w: %s: %s", analysis.ErrParameter, name, fmt.Sprintf(format, args...))
	}
	if r.readers()[p["format"]] == nil {
		return refuse("format", "%.40q is not read; there are geojson, topojson, gmt, csv-wkt, csv-geojson and csv-latlon", p["format"])
	}
	if !slices.Contains(Classes(), p["class"]) {
		return refuse("class", "%.40q is none of %s", p["class"], strings.Join(Classes(), ", "))
	}
	for _, name := range []string{"credit", "licence"} {
		if strings.TrimSpace(p[name]) != p[name] || !printable(p[name]) || len(p[name]) > 1000 {
			return refuse(name, "it is blank, longer than 1000 bytes, or has characters that cannot be printed")
		}
	}
	if p["crs"] != coordinatesDeg && p["crs"] != coordinatesMet {
		return refuse("crs", "%.40q is neither %s nor %s", p["crs"], coordinatesDeg, coordinatesMet)
	}
	table := strings.HasPrefix(p["format"], "csv-")
	if table != (p["geometry"] != "") {
		return refuse("geometry", "it names the column of a delimited file, and stands there only")
	}
	if p["object"] != "" && p["format"] != "topojson" {
		return refuse("object", "only a TopoJSON file has objects")
	}
	if p["format"] == "gmt" && p["name"] != "" && p["name"] != "header" {
		return refuse("name", "a GMT file has names in its segment headers only: header, or blank")
	}
	metres, err := strconv.Atoi(p["thin"])
	if err != nil || metres < 0 || metres > maxThinMetres || strconv.Itoa(metres) != p["thin"] {
		return refuse("thin", "%.40q is not 0 to %d whole metres", p["thin"], maxThinMetres)
	}
	r.thinner.metres = int64(metres)
	r.o = options{system: system{metres: p["crs"] == coordinatesMet}, name: p["name"], object: p["object"], geometry: p["geometry"]}
	return r.readWindow(p["bounds"])
}

func (r *run) readWindow(text string) error {
	if text == "" {
		return nil
	}
	var w window
	parts := strings.Split(text, " ")
	for i := range w {
		var err error
		if len(parts) == len(w) {
			w[i], _, err = grid.ParseDegrees(parts[i])
		}
		if err != nil || len(parts) != len(w) {
			return fmt.Errorf("%w: bounds: %.80q is not west south east north in decimal degrees, such as -2.50 51.30 -2.20 51.45", analysis.ErrParameter, text)
		}
	}
	low, high := grid.Point{Lat: w[south], Lon: w[west]}, grid.Point{Lat: w[north], Lon: w[east]}
	if low.Verify() != nil || high.Verify() != nil || w[west] >= w[east] || w[south] >= w[north] {
		return fmt.Errorf("%w: bounds: %.80q holds nothing, or is not on the earth", analysis.ErrParameter, text)
	}
	r.window = &w
	return nil
}

// copyBelow takes over the features of an earlier base map as they stand.
func (r *run) copyBelow(in analysis.Input) error {
	b, err := NewReader(io.NewSectionReader(in, 0, in.Size()))
	if err != nil {
		return fmt.Errorf("below: %w", err)
	}
	r.head = b.Head()
	for {
		p, err := b.Next()
		if errors.Is(err, io.EOF) {
			r.report.Below = r.feature
			return nil
		}
		if err != nil {
			return fmt.Errorf("below: %w", err)
		}
		r.feature = p.Feature
		if err := r.write(*p); err != nil {
			return err
		}
	}
}

// take is given every feature of the source.
func (r *run) take(f *feature) error {
	r.balance.Received++
	r.report.Received += int64(f.positions())
	if f.fault != nil {
		return r.setAside(f)
	}
	rule := ruleEmpty
	if len(f.pieces) > 0 {
		rule = ruleWindow
	}
	pieces := f.pieces
	if r.window != nil {
		pieces = r.window.cut(pieces)
	}
	var kept []piece
	for _, c := range pieces {
		r.report.Within += int64(len(c.points))
		c.points = merged(slices.Clone(c.points))
		r.report.Distinct += int64(len(c.points))
		c.points = r.thinner.thin(c.points)
		if check(Part{Kind: c.kind, Points: c.points}) != nil {
			r.report.Vanished++
			rule = ruleFlat
			continue
		}
		r.report.Kept += int64(len(c.points))
		kept = append(kept, c)
	}
	if len(kept) == 0 {
		r.outside.Add(rule)
		return nil
	}
	return r.draw(f, kept)
}

func (r *run) draw(f *feature, kept []piece) error {
	r.balance.Shown++
	r.feature++
	name := f.name
	if name != "" && (!printable(name) || len(name) > maxNameBytes) {
		name = ""
		r.report.NamesLeftOut++
	}
	for i, c := range kept {
		r.report.count(c.kind)
		p := Part{
			Kind: c.kind, Class: r.params["class"], Name: name, Feature: r.feature, Part: int64(i + 1),
			Source: r.id, Row: f.row, Points: c.points,
		}
		if err := r.write(p); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) write(p Part) error {
	r.bounds, r.some = extend(r.bounds, r.some, p.Points), true
	r.buf = appendPart(r.buf, p)
	return r.flush(64 << 10)
}

// flush writes what has been made when it is longer than so much.
func (r *run) flush(least int) error {
	if len(r.buf) <= least {
		return nil
	}
	_, err := r.out.Write(r.buf)
	r.buf = r.buf[:0]
	return err
}

func (r *run) setAside(f *feature) error {
	reason := reasonShape
	var fault recordError
	switch {
	case errors.As(f.fault, &fault):
		reason = string(fault)
	case errors.Is(f.fault, errNone):
		reason = reasonNone
	case errors.Is(f.fault, errNumber):
		reason = reasonNumber
	case errors.Is(f.fault, errOutside):
		reason = reasonOutside
	case errors.Is(f.fault, errMany):
		reason = reasonMany
	case errors.Is(f.fault, errColumns):
		reason = reasonColumns
	}
	r.reasons.Add(reason)
	_, err := r.aside.Write(event.AppendRecord(nil, strconv.FormatInt(f.row, 10), strconv.FormatInt(f.offset, 10), reason, r.params["geometry"]))
	return err
}

// printable reports a text without control characters and those that turn the
// direction of writing.
func printable(text string) bool {
	return text != "" && strings.ToValidUTF8(text, "") == text && !strings.ContainsFunc(text, func(c rune) bool {
		return c < 0x20 || c >= 0x7f && c < 0xa0 || c >= 0x200e && c <= 0x200f || c >= 0x2028 && c <= 0x202e || c >= 0x2066 && c <= 0x2069 || c == 0xfeff
	})
}
