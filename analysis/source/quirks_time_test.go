package source_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/source"
)

func TestQuirksOfTimes(t *testing.T) {
	start := func(layout, more string) string {
		return "start: {columns: [at], layouts: [\"" + layout + "\"], " + more + "zone: Europe/London, basis: the letter}"
	}
	one := func(at ...string) string {
		text := "who;whom;at\n"
		for _, a := range at {
			text += "07700900123;07700900456;" + a + "\n"
		}
		return text
	}
	cols := "start_utc offset_s fold precision flags"
	runQuirks(t, []quirk{
		{
			"the hour that happens twice", small("who, whom, at"), one("25/10/2026 00:59:59", "25/10/2026 01:00:00", "25/10/2026 01:59:59", "25/10/2026 02:00:00"), cols,
			"2026-10-24T23:59:59Z|3600||s| / 2026-10-25T00:00:00Z|3600|unknown|s|FOLD_UNKNOWN / 2026-10-25T00:59:59Z|3600|unknown|s|FOLD_UNKNOWN / 2026-10-25T02:00:00Z|0||s|",
		},
		{
			"the hour that never was", small("who, whom, at"), one("29/03/2026 00:59:59", "29/03/2026 01:00:00", "29/03/2026 02:00:00"), cols,
			"2026-03-29T00:59:59Z|0||s| / 2026-03-29T01:00:00Z|3600||s| / !IMPOSSIBLE_LOCAL_TIME",
		},
		{"whole minutes", small("who, whom, at", start("DD/MM/YYYY hh:mm", "")), one("24/10/2026 18:04"), cols, "2026-10-24T17:04:00Z|3600||m|"},
		{"month first by the profile", small("who, whom, at", start("DD/MM/YYYY hh:mm", "order: month-first, ")), one("10/24/2026 18:04"), cols, "2026-10-24T17:04:00Z|3600||m|"},
		{
			"month first by the file", small("who, whom, at", start("DD/MM/YYYY hh:mm", "order: by-file, ")), one("10/11/2026 18:04", "10/24/2026 18:04"), cols,
			"2026-10-11T17:04:00Z|3600||m| / 2026-10-24T17:04:00Z|3600||m|",
		},
		{
			"afternoon", small("who, whom, at", start("D MMM YY h:mm:ss AM", "")), one("4 nov 26 12:00:00 am", "4 Nov 26 12:00:01 PM", "4 Nov 26 13:00:01 PM"), cols,
			"2026-11-04T00:00:00Z|0||s| / 2026-11-04T12:00:01Z|0||s| / !BAD_TIME",
		},
		{
			"epochs say which of the two hours", small("who, whom, at", start("epoch-ms", "")), one("1792886400999", "1792890000000"), cols,
			"2026-10-25T00:00:00Z|3600|0|s| / 2026-10-25T01:00:00Z|0|1|s|",
		},
		{"microseconds", small("who, whom, at", start("epoch-us", "")), one("1792886400999999"), "start_utc", "2026-10-25T00:00:00Z"},
		{
			"offsets say which of the two hours", small("who, whom, at", start("YYYY-MM-DDThh:mm:ss.fZ", "")),
			one("2026-10-25T01:30:00.5+01:00", "2026-10-25T01:30:00.123456+00", "2026-10-25T09:30:00.0+0800", "2026-10-25T01:30:00.0Z"), cols,
			"2026-10-25T00:30:00Z|3600|0|s| / 2026-10-25T01:30:00Z|0|1|s| / 2026-10-25T01:30:00Z|28800||s|OFFSET_DIFFERS / 2026-10-25T01:30:00Z|0|1|s|",
		},
		{"a date that a spreadsheet turned into another", small("who, whom, at"), one("24-Oct", "46319.75", "24/10/2026"), cols, "!BAD_TIME / !BAD_TIME / !BAD_TIME"},
		{"30 February and 24 o'clock", small("who, whom, at"), one("30/02/2026 10:00:00", "24/10/2026 24:00:00"), cols, "!BAD_TIME / !BAD_TIME"},
	})
	zoned := small("who, whom, at, kind", "events: {columns: [kind], rows: [{when: [v], type: voice, leg: originating, other: required}, {when: [d], type: data, leg: data, other: none, zone: UTC}]}")
	runQuirks(t, []quirk{{
		"calls on the local clock and data in UTC", zoned, "who;whom;at;kind\n07700900123;07700900456;24/10/2026 18:00:00;v\n07700900123;;24/10/2026 18:00:00;d\n",
		"type start_utc zone", "voice|2026-10-24T17:00:00Z|Europe/London / data|2026-10-24T18:00:00Z|UTC",
	}})
}

// TestWhichNumberIsTheDay: the file decides once, or nobody does.
func TestWhichNumberIsTheDay(t *testing.T) {
	p := small("who, whom, at", "start: {columns: [at], layouts: [DD/MM/YYYY hh:mm], order: by-file, zone: UTC, basis: the letter}")
	file := func(dates ...string) []byte {
		text := "who;whom;at\n"
		for _, d := range dates {
			text += "07700900123;07700900456;" + d + " 10:00\n"
		}
		return []byte(text)
	}
	decided := func(value string) source.Decision {
		return source.Decision{Kind: source.AssertDayOrder, Value: value, Who: "A. N. Analyst", Why: "the letter"}
	}
	for _, c := range []struct {
		file      []byte
		decisions []source.Decision
		want      error
		report    string
		first     string
	}{
		{file("01/02/2026", "13/02/2026"), nil, nil, `"dayOrder":{"by":"rows","dayOver12":1,"order":"day-first","rows":1}`, "2026-02-01T10:00:00Z"},
		{file("01/02/2026", "02/13/2026"), nil, nil, `"dayOrder":{"by":"rows","dayOver12":1,"order":"month-first","rows":1}`, "2026-01-02T10:00:00Z"},
		{file("13/02/2026", "02/13/2026"), nil, analysis.ErrNotThisFormat, "", ""},
		{file("01/02/2026", "02/03/2026"), nil, source.ErrDecision, "", ""},
		{file("01/02/2026", "02/03/2026"), []source.Decision{decided("month-first")}, nil, `"dayOrder":{"by":"decision","dayOver12":0,"order":"month-first","rows":0}`, "2026-01-02T10:00:00Z"},
		{file("01/02/2026", "13/03/2026"), []source.Decision{decided("month-first")}, source.ErrDecision, "", ""},
		{file("01/02/2026", "13/03/2026"), []source.Decision{decided("backwards")}, source.ErrDecision, "", ""},
	} {
		im, err := tryImport(c.file, p, c.decisions...)
		if !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", c.file, err, c.want)
			continue
		}
		if err == nil && (!strings.Contains(im.report, c.report) || rows(t, im.events)[0]["start_utc"] != c.first) {
			t.Errorf("%s: %s", c.file, im.report)
		}
	}
	fixed := small("who, whom, at")
	if _, err := tryImport(file("01/02/2026"), fixed, decided("day-first")); !errors.Is(err, source.ErrDecision) {
		t.Errorf("a profile that states the order takes a decision: %v", err)
	}
}

// TestYearsOfAnEvent: an instant that no file of events can hold is set aside
// where a clock's day still lies in the years, and an end is left out.
func TestYearsOfAnEvent(t *testing.T) {
	at := func(zone string) string {
		return "start: {columns: [at], layouts: [\"DD/MM/YYYY hh:mm:ss\"], zone: " + zone + ", basis: the letter}"
	}
	until := []string{"end: {columns: [until], layouts: [\"DD/MM/YYYY hh:mm:ss\"]}", "duration: {types: [voice]}"}
	runQuirks(t, []quirk{
		{
			"the first day east of UTC", small("who, whom, at", at("Asia/Kolkata")),
			"who;whom;at\n07700900123;07700900456;01/01/1900 00:00:00\n07700900123;07700900456;02/01/1900 00:00:00\n",
			"start_utc", "1900-01-01T18:38:50Z / !BAD_TIME",
		},
		{
			"an end in the year after the last", small("who, whom, at, until", append(until, at("America/New_York"))...),
			"who;whom;at;until\n07700900123;07700900456;31/12/2199 18:00:00;31/12/2199 18:30:00\n07700900123;07700900456;31/12/2199 18:00:00;31/12/2199 19:30:00\n",
			"duration_s flags", "1800| / |END_SHAPE",
		},
		{
			"a duration into the year after the last", small("who, whom, at, length", "duration: {column: length, layout: seconds, types: [voice]}", at("UTC")),
			"who;whom;at;length\n07700900123;07700900456;31/12/2199 23:59:00;59\n07700900123;07700900456;31/12/2199 23:59:00;60\n",
			"duration_s", "59 / !BAD_DURATION",
		},
	})
}

func TestQuirksOfDurations(t *testing.T) {
	of := func(layout string, more ...string) []byte {
		return small("who, whom, at, length", append([]string{"duration: {column: length, layout: \"" + layout + "\", types: [voice], required: [voice]}"}, more...)...)
	}
	one := func(lengths ...string) string {
		text := "who;whom;at;length\n"
		for i, l := range lengths {
			text += fmt.Sprintf("07700900123;07700900456;%s%d;%s\n", at, i, l)
		}
		return text
	}
	comma := "file: {encoding: utf-8, separator: \";\", decimal: \",\", header: [who, whom, at, length]}"
	runQuirks(t, []quirk{
		{"hours minutes seconds beyond a day", of("hh:mm:ss"), one("00:00:59", "25:00:00", "1:00:60", "100:00:01"), "duration_s", "59 / 90000 / 360001 / !BAD_DURATION"},
		{"minutes and seconds", of("mm:ss"), one("61:30", "1:5"), "duration_s", "3690 / !BAD_DURATION"},
		{"hours and minutes", of("hh:mm"), one("01:30"), "duration_s", "5400"},
		{"days of a spreadsheet", of("days"), one("0.00138", "0.000694444", "1.5"), "duration_s", "119 / 60 / 129600"},
		{"milliseconds", of("milliseconds"), one("1500", "2500", "12499"), "duration_s", "2 / 2 / 12"},
		{"minutes with a decimal comma", of("minutes", comma), one("1,5", "0,025"), "duration_s", "90 / 2"},
		{"seconds with a decimal comma", of("seconds", comma), one("1,5", "61", "-1"), "duration_s", "2 / 61 / !BAD_DURATION"},
		{"a call that nobody took lasts no time", of("seconds"), one("0"), "duration_s end_utc", "0|2026-10-24T17:04:10Z"},
		{"a blank is not 0", of("seconds"), one(""), "duration_s", "!MISSING_DURATION"},
	})
	ends := small("who, whom, at, length, until", "end: {columns: [until], layouts: [\"DD/MM/YYYY hh:mm:ss\"]}", "duration: {column: length, layout: seconds, types: [voice]}")
	head := "who;whom;at;length;until\n"
	row := func(at, length, until string) string {
		return "07700900123;07700900456;" + at + ";" + length + ";" + until + "\n"
	}
	runQuirks(t, []quirk{
		{
			"end less start is held against the duration", ends, head + row("24/10/2026 10:00:00", "60", "24/10/2026 10:01:00") + row("24/10/2026 11:00:00", "60", "24/10/2026 11:03:00"),
			"duration_s flags", "60| / 60|END_DIFFERS",
		},
		{
			"a duration made of the end", ends, head + row("24/10/2026 10:00:00", "", "24/10/2026 10:01:00") + row("24/10/2026 11:00:00", "", "24/10/2026 10:59:00") + row("24/10/2026 12:00:00", "", "soon"),
			"duration_s end_utc flags", "60|2026-10-24T09:01:00Z| / ||END_BEFORE_START / ||END_SHAPE",
		},
		{
			"an end in the hour that happens twice", ends, head + row("25/10/2026 00:30:00", "", "25/10/2026 01:30:00") + row("25/10/2026 00:31:00", "7140", "25/10/2026 01:30:00"),
			"duration_s flags", "|END_UNCERTAIN / 7140|",
		},
		{ // 40 minutes from the second 01:30 and 100 from the first; 01:30 to 02:10 with 2,400 s is the second
			"a start in the hour that happens twice", ends, head + row("25/10/2026 01:30:00", "", "25/10/2026 02:10:00") + row("25/10/2026 01:30:00", "2400", "25/10/2026 02:10:00") +
				row("25/10/2026 01:30:00", "6000", "25/10/2026 02:10:00") + row("25/10/2026 01:30:00", "3000", "25/10/2026 02:10:00"),
			"duration_s end_utc flags", "|2026-10-25T02:10:00Z|END_UNCERTAIN FOLD_UNKNOWN / 2400|2026-10-25T01:10:00Z|FOLD_UNKNOWN / 6000|2026-10-25T02:10:00Z|FOLD_UNKNOWN / 3000|2026-10-25T01:20:00Z|END_DIFFERS FOLD_UNKNOWN",
		},
	})
}
