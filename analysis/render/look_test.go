package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/steptest"
)

// bathEvening makes the inputs of a schedule with two subjects, many cells and
// long names, in the size of a real exhibit.
func bathEvening(t testing.TB, rows int) map[string][]byte {
	t.Helper()
	golden := filepath.Join("..", "registry", "testdata", "golden", "render-schedule-pdf@1", "uk-17-what-if")
	read := func(name string) []byte {
		text, err := os.ReadFile(filepath.Join(golden, name))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	var sum analysis.Summary
	if err := json.Unmarshal(read("in.summary.json"), &sum); err != nil {
		t.Fatal(err)
	}
	m, err := ParseMeta(read("in.meta.json"))
	if err != nil {
		t.Fatal(err)
	}
	m.WhatIf, m.Defects.List = "", []Defect{}
	m.Title = "Event schedule and cell-site map for two telephone numbers, Saturday 24 October 2026, 18:00 to 24:00"
	m.Question = "What calls and texts are recorded for 07700 900142 and 07700 900318 between 18:00 and 24:00 on 24 October 2026, and which cells are recorded?"
	m.Sources = append(m.Sources, Source{
		Reference: "PRM/2", Title: "Calls and SMS of 07700 900318 with the operator's covering statement", Operator: "Tarrant Telecom", Authority: "AB-26-01873", Rows: 962,
		SHA256: strings.Repeat("38ef9452", 8),
	}, Source{Reference: "PRM/3", Title: "Cell sites of both operators, valid 1 October 2026", Operator: "Northmoor Mobile and Tarrant Telecom", Rows: 214, SHA256: strings.Repeat("9e44cdf8", 8)})
	m.Places = []Place{{Letter: "A", Name: "Premises in Green Street", CRS: nationalGrid, X: 374_980, Y: 165_020, Source: "statement HLM/4"}}
	schedule := event.AppendRecord(nil, event.ScheduleColumns()...)
	repeats := bytes.Clone(schedule)
	for n := range rows {
		schedule = event.AppendRecord(schedule, bathRow(m, n)...)
	}
	sum.Balance = analysis.Balance{
		Received: 2_246 + int64(rows), Shown: int64(rows), Outside: 2_207, SetAside: 39, OutsideBy: []analysis.RuleCount{{Rule: "OUTSIDE_PERIOD", Rows: 2_207}},
		SetAsideBy: []analysis.RuleCount{{Rule: "IMPOSSIBLE_LOCAL_TIME", Rows: 14}, {Rule: "ROUNDED_NUMBER", Rows: 25}},
	}
	sum.Parameters = analysis.Params{"from": "2026-10-24T17:00:00Z", "identifiers": "+447700900142,+447700900318", "types": "", "until": "2026-10-24T23:00:00Z", "zone": "Europe/London"}
	if rows == 0 {
		sum.Time.First, sum.Time.Last = "", ""
	}
	return map[string][]byte{"schedule": schedule, "repeats": repeats, "summary": canonical(t, sum), "meta": canonical(t, m)}
}

func canonical(t testing.TB, v any) []byte {
	t.Helper()
	text, err := analysis.MarshalCanonical(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// bathRow returns the columns of one row.
func bathRow(m Meta, n int) []string {
	c := bathCells[(n*7)%len(bathCells)]
	subject, other, source, imei := "+447700900142", "+447700900318", 0, "352099112044173"
	if strings.Contains(c.cell, "TT-") {
		subject, other, source, imei = other, subject, 1, "358812105600930"
	}
	if n%3 == 0 {
		other = fmt.Sprintf("+4477009002%02d", n%90+10)
	}
	kind, seconds, end := "voice", fmt.Sprint(20+n*13%600), c
	if n%4 == 2 {
		kind, seconds = "sms", ""
	}
	if n%5 == 0 {
		end = bathCells[(n*7+3)%len(bathCells)]
	}
	minutes := 17*60 + n*5
	at := fmt.Sprintf("2026-10-24T%02d:%02d:%02dZ", minutes/60%24, minutes%60, n%60)
	place := c.site
	if n%11 == 0 {
		place = "Saint Bartholomew-the-Great upon Widcombe Hill exchange building roof, north-west corner, BA2 6AA"
	}
	values := map[event.Column]string{
		event.StartUTC: at, event.Precision: "s", event.Evidence: "at", event.Type: kind, event.Leg: "originating",
		event.Subject: subject, event.ANumber: subject, event.BNumber: other, event.DurationS: seconds, event.IMEI: imei, event.Bearer: "4G",
		event.EndUTC: endOf(at, seconds), event.CRS: nationalGrid, event.StartCell: c.cell, event.StartX: fmt.Sprint(c.grid.x), event.StartY: fmt.Sprint(c.grid.y), event.StartAzimuth: c.azimuth, event.StartPlace: place,
		event.Source: m.Sources[source].SHA256[:16], event.Record: fmt.Sprint(400 + n), event.Offset: fmt.Sprint(90 * n),
	}
	if kind == "voice" {
		values[event.EndCell], values[event.EndX], values[event.EndY] = end.cell, fmt.Sprint(end.grid.x), fmt.Sprint(end.grid.y)
		values[event.EndAzimuth], values[event.EndPlace] = end.azimuth, end.site
	}
	if n%9 == 4 {
		values[event.Flags] = event.IMEICheck
	}
	hour := minutes/60 + 1
	row := []string{fmt.Sprint(n + 1), "2026-10-24", fmt.Sprintf("%02d:%02d:%02d", hour%24, minutes%60, n%60), "BST"}
	for _, f := range event.ScheduleFields() {
		row = append(row, values[f])
	}
	return row
}

// TestLook writes pages for people to look at, when CUSTOS_LOOK names a folder.
func TestLook(t *testing.T) {
	dir := os.Getenv("CUSTOS_LOOK")
	steps := map[string]analysis.Step{
		"schedule.pdf": SchedulePDF{}, "schedule.html": ScheduleHTML{}, "schedule.xlsx": ScheduleXLSX{}, "schedule.csv": ScheduleCSV{},
		"map.svg": MapSVG{}, "timeline.svg": TimelineSVG{}, "map.pdf": MapPDF{},
	}
	for _, rows := range []int{0, 66} {
		for name, step := range steps {
			out, _, err := steptest.Run(step, bathEvening(t, rows), nil)
			if err != nil {
				t.Fatalf("%s of %d rows: %v", name, rows, err)
			}
			if len(out["page"]) == 0 {
				t.Errorf("%s of %d rows is empty", name, rows)
			}
			if dir != "" {
				if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d-%s", rows, name)), out["page"], 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func endOf(start, seconds string) string {
	unix, _ := event.ParseInstant([]byte(start))
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return ""
	}
	return string(event.AppendInstant(nil, unix+n))
}
