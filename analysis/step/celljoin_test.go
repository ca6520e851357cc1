package step

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"custos.example/analysis"
	"custos.example/analysis/cell"
	"custos.example/analysis/event"
	"custos.example/analysis/grid"
	"custos.example/analysis/steptest"
)

// joinWorld is a random case: a table of cells and events that used them.
type joinWorld struct {
	cells  []cell.TableRow
	events [][]string
}

const joinYear = 1_767_225_600 // 2026-01-01T00:00:00Z

func (w *joinWorld) build(r *rand.Rand) {
	for i := range 1 + r.IntN(30) {
		from := joinYear + int64(r.IntN(5))*86400
		w.cells = append(w.cells, cell.TableRow{
			Cell: "ecgi:001-01-" + strconv.Itoa(1+r.IntN(8)), Radio: cell.LTE, At: grid.Point{Lat: 513_000_000 + int64(r.IntN(2))*1_000_000, Lon: -23_000_000},
			Position: []string{cell.Site, cell.Estimate}[r.IntN(2)], Azimuth: []cell.Azimuth{cell.Unknown, cell.Omni, 0, 120}[r.IntN(4)], Name: []string{"", "Mill", "Quay"}[r.IntN(3)],
			From: from, Until: from + int64(1+r.IntN(3))*86400, Source: "00000000000000ab", Row: int64(i + 2), Offset: int64(i * 50),
		})
	}
	for i := range r.IntN(40) {
		row := make([]string, event.NumColumns)
		start := joinYear + int64(r.IntN(8*86400))
		row[event.StartUTC] = time.Unix(start, 0).UTC().Format("2006-01-02T15:04:05Z")
		if r.IntN(2) == 0 {
			row[event.EndUTC] = time.Unix(start+int64(r.IntN(2*86400)), 0).UTC().Format("2006-01-02T15:04:05Z")
		}
		row[event.Zone], row[event.Type], row[event.Source], row[event.Offset] = "UTC", "voice", "00000000000000cd", "1"
		row[event.Flags] = []string{"", "FOLD_UNKNOWN", "SITE_NOT_FOUND", "SITE_NOT_VALID ZZZ"}[r.IntN(4)]
		for _, c := range []event.Column{event.StartCell, event.EndCell} {
			switch r.IntN(4) {
			case 0:
			case 1:
				row[c], row[c+1], row[c+2], row[event.CRS] = "ecgi:001-01-1", "375000", "165000", "EPSG:27700"
			default:
				row[c] = "ecgi:001-01-" + strconv.Itoa(1+r.IntN(9))
			}
			if r.IntN(3) == 0 && row[c] != "" {
				row[c+3], row[c+4] = "45", "as recorded"
			}
		}
		row[event.Record] = strconv.Itoa(i + 2)
		w.events = append(w.events, row)
	}
	slices.SortStableFunc(w.events, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	for i := range w.events {
		w.events[i][event.Record] = strconv.Itoa(i + 2)
		if i > 0 && r.IntN(6) == 0 {
			keep := w.events[i][event.Record]
			w.events[i] = slices.Clone(w.events[i-1])
			w.events[i][event.Record] = keep
			if w.events[i][event.RepeatOf] == "" {
				w.events[i][event.RepeatOf] = w.events[i-1][event.Record]
			}
		}
	}
}

// tableText writes the table in its order, worked out by comparing texts.
func (w *joinWorld) tableText() []byte {
	slices.SortFunc(w.cells, func(a, b cell.TableRow) int { return cell.Order(&a, &b) })
	text := event.AppendRecord(nil, cell.TableColumns()...)
	for i := range w.cells {
		text = cell.AppendTableRow(text, &w.cells[i])
	}
	return text
}

// expect works out by brute force what an end gets: every row of the table is
// looked at, as text.
func (w *joinWorld) expect(id, instant string) (word string, x, y int64, azimuth, name string, estimate bool) {
	var found []cell.TableRow
	listed := false
	for _, c := range w.cells {
		if c.Cell != id {
			continue
		}
		listed = true
		from, until := time.Unix(c.From, 0).UTC().Format(time.RFC3339), time.Unix(c.Until, 0).UTC().Format(time.RFC3339)
		if from <= instant && instant < until {
			found = append(found, c)
		}
	}
	switch {
	case !listed:
		return "SITE_NOT_FOUND", 0, 0, "", "", false
	case len(found) == 0:
		return "SITE_NOT_VALID", 0, 0, "", "", false
	}
	azimuth, name = found[0].Azimuth.String(), found[0].Name
	for _, c := range found {
		if c.At != found[0].At {
			return "SITE_CONFLICT", 0, 0, "", "", false
		}
		if c.Azimuth != found[0].Azimuth {
			azimuth = ""
		}
		if c.Name != found[0].Name {
			name = ""
		}
	}
	return "SITE_FROM_TABLE", found[0].At.Lon, found[0].At.Lat, azimuth, name, found[0].Position == cell.Estimate
}

// TestCellJoinAgainstBruteForce compares every field of every event.
func TestCellJoinAgainstBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	seen := map[string]int{}
	for range 400 {
		var w joinWorld
		w.build(r)
		text := event.AppendRecord(nil, event.Columns()...)
		for _, row := range w.events {
			text = event.AppendRecord(text, row...)
		}
		in := map[string][]byte{"events": text, "set-aside": []byte("row,offset,reason,column\n900,1,BAD_TIME,x\n"), "cells": w.tableText()}
		out, o, err := steptest.Run(CellJoin{}, in, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := csv.NewReader(bytes.NewReader(out["events"])).ReadAll()
		if err != nil || len(got) != len(w.events)+1 || !bytes.Equal(out["set-aside"], in["set-aside"]) {
			t.Fatalf("%d lines of %d events, %v", len(got), len(w.events), err)
		}
		joins, repeats := 0, int64(0)
		for i, row := range w.events {
			want, n := w.joined(row, seen)
			joins += n
			if row[event.RepeatOf] != "" {
				repeats++
			}
			if fmt.Sprint(want) != fmt.Sprint(got[i+1]) {
				t.Fatalf("event %q became\n%q, the reference says\n%q; table\n%s", row, got[i+1], want, in["cells"])
			}
		}
		b := o.Result.Balance
		if b.Received != int64(len(w.events))+1 || b.Repeats != repeats || b.SetAside != 1 || bytes.Count(out["joins"], []byte{'\n'}) != joins+1 {
			t.Fatalf("%s, %d ends looked up", b, joins)
		}
	}
	for _, word := range []string{"SITE_FROM_TABLE", "SITE_NOT_FOUND", "SITE_NOT_VALID", "SITE_CONFLICT", "metres", "kept"} {
		if seen[word] < 50 {
			t.Errorf("%s came up %d times: the cases prove little", word, seen[word])
		}
	}
}

// joined returns what an event should become and how many ends were looked up.
func (w *joinWorld) joined(row []string, seen map[string]int) (want []string, looked int) {
	want = slices.Clone(row)
	flags := map[string]bool{}
	for _, f := range strings.Fields(row[event.Flags]) {
		flags[f] = true
	}
	lacking := false
	for _, c := range []event.Column{event.StartCell, event.EndCell} {
		at := row[event.StartUTC]
		if c == event.EndCell && row[event.EndUTC] != "" {
			at = row[event.EndUTC]
		}
		if row[c] == "" || row[c+1] != "" {
			seen["kept"]++
			continue
		}
		looked++
		word, x, y, azimuth, name, estimate := w.expect(row[c], at)
		flags[word] = true
		seen[word]++
		if word != "SITE_FROM_TABLE" {
			lacking = true
			continue
		}
		if estimate {
			flags["SITE_ESTIMATE"] = true
		}
		if want[event.CRS] == "EPSG:27700" {
			seen["metres"]++
			g, err := grid.ToGrid(grid.Point{Lat: y, Lon: x})
			if err != nil {
				continue
			}
			x, y = g.Metres()
		} else {
			want[event.CRS] = "EPSG:4326"
		}
		want[c+1], want[c+2] = strconv.FormatInt(x, 10), strconv.FormatInt(y, 10)
		if want[c+3] == "" {
			want[c+3] = azimuth
		}
		if want[c+4] == "" {
			want[c+4] = name
		}
	}
	if !lacking {
		delete(flags, "SITE_NOT_FOUND")
		delete(flags, "SITE_NOT_VALID")
	}
	var words []string
	for f := range flags {
		words = append(words, f)
	}
	slices.Sort(words)
	want[event.Flags] = strings.Join(words, " ")
	return want, looked
}

// TestCellJoinRefusals: tables that are nearly canonical.
func TestCellJoinRefusals(t *testing.T) {
	head := strings.Join(cell.TableColumns(), ",") + "\n"
	good := "ecgi:001-01-1,lte,7,-23000000,513000000,site,120,Mill,2026-01-01T00:00:00Z,2026-02-01T00:00:00Z,,00000000000000ab,2,50,\n"
	events := string(event.AppendRecord(nil, event.Columns()...))
	run := func(cells, byArea string) error {
		_, _, err := steptest.Run(CellJoin{}, map[string][]byte{"events": []byte(events), "set-aside": []byte("row,offset,reason,column\n"), "cells": []byte(cells)}, analysis.Params{"utran-by-area": byArea})
		return err
	}
	if err := run(head+good, "no"); err != nil {
		t.Fatalf("control: %v", err)
	}
	if err := run(head+good, "maybe"); err == nil {
		t.Error("utran-by-area maybe was accepted")
	}
	for _, change := range [][2]string{
		{"ecgi:001-01-1,", "ecgi:001-01-01,"},
		{",lte,", ",LTE,"},
		{",site,", ",mast,"},
		{",120,", ",0120,"},
		{",120,", ",360,"},
		{"513000000", "1513000000"},
		{"-23000000", "-023000000"},
		{"2026-02-01", "2026-01-01"},
		{",2,50,", ",2,50,2"},
		{",2,50,", ",2,50,x"},
		{",2,50,", ",0,50,"},
		{",2,50,", ",2,-50,"},
		{"00000000000000ab", "ab"},
		{"\n", "\n" + good},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if err := run(head+bad, "no"); err == nil {
			t.Errorf("a table with %q was accepted", bad)
		}
	}
}
