package bundletest

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"time"

	"custos.example/analysis/registry"
	"custos.example/analysis/source"
)

// Real returns the steps that programs are built with.
func Real() Steps { return Steps(registry.All()) }

// RealStory is a story that the real steps can tell: an operator's return of
// about that many rows with a repeated row, a damaged one, and the night on
// which the clocks go back. module is the digest of the archived program, in
// hex, which stands on the first page.
func RealStory(rows int, module string) Story {
	file := Return(rows)
	profile, _ := source.ReadProfile("uk-17")
	received := bytes.Count(file, []byte("\r\n")) - 1
	meta := fmt.Sprintf(`{"attributions":[],"case":"Operation HALYARD, HAL-2026-0417","changed":"First version; nothing replaced.",`+
		`"decisions":[],"format":"custos/exhibit-meta/v1","log":"log.custos.example","made":"2026-11-21T09:12:00.000Z",%s`+
		`"producer":"Jo A. Saunders, analyst","program":"custos","question":"Which calls did the two numbers make?","reference":"JAS/1",`+
		`"sources":[{"authority":"AB-26-01873","reference":"NET/3","rows":%d,"sha256":"%x","title":"return.csv, from Northmoor Mobile"}],`+
		`"time":"Times were supplied in Europe/London.","title":"Schedule of calls","version":1}`,
		moduleKey(module), received, sha256.Sum256(file))
	return Story{
		Source: "source-csv", Analysis: "event-schedule",
		Renderers: []string{"render-schedule-csv", "render-schedule-pdf", "render-schedule-xlsx", "render-map-svg"},
		Item:      "NET/3", FileName: "return.csv", Profile: profile, File: file,
		Params:   map[string]string{"identifiers": "+447700900101,+447700900108"},
		Question: "Which calls did the two numbers make?", Meta: []byte(meta),
	}
}

// moduleKey is the key of the front page that names the archived program.
func moduleKey(module string) string {
	if module == "" {
		return ""
	}
	return fmt.Sprintf(`"module":%q,`, module)
}

// Return is a made-up operator's return of about that many rows, in the layout
// uk-17. Every number is one that Ofcom keeps for drama.
func Return(rows int) []byte {
	var out bytes.Buffer
	out.WriteString("A Number,B Number,Call Type,Start Date,Start Time,Duration,IMEI,IMSI,First Cell CGI," +
		"First Cell Easting,First Cell Northing,First Cell Azimuth,First Cell Address,Last Cell CGI," +
		"Last Cell Easting,Last Cell Northing,Last Cell Azimuth\r\n")
	at := time.Date(2026, 10, 24, 22, 30, 0, 0, time.UTC)
	for i := range rows {
		at = at.Add(time.Duration(37+i%211) * time.Second)
		a, b := 101+7*(i%3), 101+7*((i+1+i/5)%9)
		kind, duration := "MO Voice", fmt.Sprintf("00:%02d:%02d", i%7, i%60)
		if i%4 == 3 {
			kind, duration = "MT SMS", ""
		}
		cell := 20131 + 13*(i%23)
		line := fmt.Sprintf("07700900%03d,07700900%03d,%s,%s,%s,%s,352099112044170,234010000000101,234-01-21-%d,%d,%d,%d,Walcot,234-01-21-%d,%d,%d,%d\r\n",
			a, b, kind, at.Format("02/01/2006"), at.Format("15:04:05"), duration,
			cell, 375000+110*(i%23), 164800+90*(i%17), 10*(i%36), cell, 375000+110*(i%23), 164800+90*(i%17), 10*(i%36))
		out.WriteString(line)
		if i%50 == 49 {
			out.WriteString(line) // a repeat
		}
		if i%80 == 79 {
			out.WriteString("4.47701E+11" + line[11:]) // a spreadsheet rounded it
		}
	}
	return out.Bytes()
}
