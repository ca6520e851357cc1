package source_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/source"
)

// small is a profile of few columns, to which a quirk adds its own keys. Keys
// given replace those of the same name.
func small(header string, keys ...string) []byte {
	parts := map[string]string{
		"file":     "{encoding: utf-8, separator: \";\", header: [" + header + "]}",
		"numbers":  "gb",
		"start":    "{columns: [at], layouts: [\"DD/MM/YYYY hh:mm:ss\"], zone: Europe/London, basis: the letter}",
		"subject":  "{column: who, read: number}",
		"other":    "{column: whom, read: number, blank: withheld}",
		"events":   "{rows: [{type: voice, leg: originating, other: required}]}",
		"duration": "",
	}
	order := []string{"file", "numbers", "start", "subject", "other", "events", "duration"}
	for _, k := range keys {
		key, value, _ := strings.Cut(k, ": ")
		if _, known := parts[key]; !known {
			order = append(order, key)
		}
		parts[key] = value
	}
	text := "profile: custos/profile/v1\nname: small\nversion: 1\ntitle: A quirk\n"
	for _, key := range order {
		if parts[key] != "" && parts[key] != "-" {
			text += key + ": " + parts[key] + "\n"
		}
	}
	return []byte(text)
}

// quirk is one fact about call data, and what must come of it.
type quirk struct {
	name    string
	profile []byte
	rows    string
	columns string // canonical columns, joined by a blank
	want    string // their values, | between columns, / between rows; then what was set aside
}

func runQuirks(t *testing.T, list []quirk) {
	t.Helper()
	for _, q := range list {
		t.Run(strings.ReplaceAll(q.name, " ", "_"), func(t *testing.T) {
			im, err := tryImport([]byte(q.rows), q.profile)
			if err != nil {
				t.Fatalf("%v\n%s", err, q.profile)
			}
			var got []string
			for _, r := range rows(t, im.events) {
				var cells []string
				for _, c := range strings.Fields(q.columns) {
					cells = append(cells, r[c])
				}
				got = append(got, strings.Join(cells, "|"))
			}
			for _, r := range rows(t, im.aside) {
				got = append(got, "!"+r["reason"])
			}
			if text := strings.Join(got, " / "); text != q.want {
				t.Errorf("got  %s\nwant %s", text, q.want)
			}
			accounted(t, []byte(q.rows), im)
		})
	}
}

const at = "24/10/2026 18:04:1"

// call writes rows of who, whom and at, one for each value of whom.
func call(whom ...string) string {
	text := "who;whom;at\n"
	for i, w := range whom {
		text += fmt.Sprintf("07700900123;%s;%s%d\n", w, at, i)
	}
	return text
}

func TestQuirksOfNumbers(t *testing.T) {
	p := small("who, whom, at")
	runQuirks(t, []quirk{
		{
			"UK numbers in five forms", p, call("07700900456", "447700900456", "00447700900456", "+447700900456", "7700900456"), "b_number flags",
			"+447700900456| / +447700900456| / +447700900456| / +447700900456| / +447700900456|REPAIRED_LEADING_ZERO",
		},
		{
			"short codes and senders are no numbers", p, call("60300", "121", "GOV.UK", "118118"), "b_number",
			"short:60300 / short:121 / text:GOV.UK / short:118118",
		},
		{
			"a text on a call is no sender", p, call("07700\u00a0900456", "07700\u2011900456", "447700900456A", "John Smith", "07700900456"), "b_number flags",
			"+447700900456| / +447700900456| / text:447700900456A|NUMBER_UNRECOGNISED / text:John Smith|NUMBER_UNRECOGNISED / +447700900456|",
		},
		{
			"a sender has no number", small("who, whom, at", "events: {rows: [{type: sms, leg: terminating, other: required}]}"),
			call("GOV.UK", "BANK 2026", "447700900456A"), "a_number flags",
			"text:GOV.UK| / text:BANK 2026| / text:447700900456A|NUMBER_UNRECOGNISED",
		},
		{
			"dialling prefixes are kept apart", p, call("14107700900456", "147007700900456", "#31#07700900456"), "b_number dialled flags",
			"+447700900456|14107700900456|DIAL_PREFIX / +447700900456|147007700900456|DIAL_PREFIX / +447700900456|#31#07700900456|DIAL_PREFIX",
		},
		{
			"withheld in four words is no blank text", p, call("withheld", "", "Anonymous", "unavailable"), "b_number",
			"none:withheld / none:withheld / none:withheld / none:unavailable",
		},
		{"a service centre as party stays one", p, call("+447700900999"), "b_number", "+447700900999"},
		{
			"several parts of one message stay records", small("who, whom, at", "events: {rows: [{type: sms, leg: originating, other: required}]}"),
			"who;whom;at\n" + strings.Repeat("07700900123;07700900456;"+at+"0\n", 3), "type duration_s repeat_of", "sms|| / sms||2 / sms||2",
		},
	})
}

func TestQuirksOfHandsetsAndCards(t *testing.T) {
	p := small("who, whom, at, imei, imsi", "imei: {column: imei}", "imsi: {column: imsi}")
	row := func(cells ...string) string {
		text := "who;whom;at;imei;imsi\n"
		for i, c := range cells {
			text += fmt.Sprintf("07700900123;07700900456;%s%d;%s\n", at, i, c)
		}
		return text
	}
	runQuirks(t, []quirk{
		{
			"IMEI with check digit right, 0 and wrong", p, row("352099112044174;", "352099112044170;", "352099112044175;"), "imei flags",
			"352099112044174|IMEI_CHECK / 352099112044170| / 352099112044175|IMEI_CHECK",
		},
		{
			"IMEI of 14 and IMEISV of 16 digits", p, row("35209911204417;", "3520991120441701;", "3520991120441700;"), "imei flags",
			"35209911204417| / 3520991120441701| / 3520991120441700|IMEISV_LAST_ZERO",
		},
		{
			"IMEI that a spreadsheet rounded", p, row("3.52099E+14;", "352099000000000;", "35209911;"), "imei flags",
			"|IMEI_ROUNDED / |IMEI_ROUNDED / |IMEI_SHAPE",
		},
		{
			"IMSI is text and never a number", p, row(";001010812834876", ";1.01E+12", ";0010108"), "imsi flags",
			"001010812834876| / |IMSI_ROUNDED / |IMSI_SHAPE",
		},
	})
}

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

func TestQuirksOfLegs(t *testing.T) {
	p := small("from, to, div, at, kind, len", "other: -", "subject: {column: from, read: number}",
		"calling: {column: from, read: number, blank: withheld}", "called: {column: to, read: number, blank: none}", "forwarded: {column: div, read: number}",
		"duration: {column: len, layout: seconds, types: [voice, forward, voicemail, data], required: [voice]}",
		"events: {columns: [kind], rows: [{when: [MO], type: voice, leg: originating, other: required}, {when: [CF], type: forward, leg: forwarding, other: required},"+
			" {when: [VM], type: voicemail, leg: voicemail, other: optional}, {when: [DDR], type: system, leg: other, other: optional},"+
			" {when: [GPRS], type: data, leg: data, other: apn, evidence: at-or-before-end}]}")
	head := "from;to;div;at;kind;len\n"
	runQuirks(t, []quirk{
		{
			"forwarded to voicemail in three legs", p,
			head + "07700900123;07700900456;;" + at + "0;MO;0\n07700900123;07700900456;07700900999;" + at + "1;CF;5\n07700900123;;;" + at + "2;VM;9\n",
			"type leg a_number b_number c_number duration_s", "voice|originating|+447700900123|+447700900456||0 / " +
				"forward|forwarding|+447700900123|+447700900456|+447700900999|5 / voicemail|voicemail|+447700900123|||9",
		},
		{
			"a data session is an interval with a class of evidence", p, head + "07700900123;internet.example;;" + at + "0;GPRS;7200\n07700900123;07700900456;;" + at + "1;GPRS;7\n",
			"type evidence apn start_utc end_utc", "data|at-or-before-end|internet.example|2026-10-24T17:04:10Z|2026-10-24T19:04:10Z / !UNEXPECTED_OTHER_PARTY",
		},
		{"system transactions are a type of their own", p, head + "07700900123;;;" + at + "0;DDR;\n", "type leg", "system|other"},
	})
}

func TestQuirksOfSpreadsheets(t *testing.T) {
	p := small("who, whom, at")
	wrapped := small("who, whom, at", "file: {encoding: utf-8, separator: \";\", unwrap: [equals, apostrophe, uri], header: [who, whom, at]}")
	runQuirks(t, []quirk{
		{"scientific notation is lost for ever", p, call("4.4771E+11", "4,4771E+11", "4E11"), "b_number", "!SCI_NOTATION_LOST / !SCI_NOTATION_LOST / !SCI_NOTATION_LOST"},
		{"six zeros are rounded digits", p, call("447700000000", "+447700000000", "07700000000"), "b_number", "+447700000000 / +447700000000 / !ROUNDED_NUMBER"},
		{"formulas are not run and not read", p, call("=1+1", "@x", "-07700900456"), "b_number", "!FORMULA_CELL / !FORMULA_CELL / !FORMULA_CELL"},
		{
			"identifiers in wrappings", wrapped, call("=\"07700900456\"", "'07700900456", "tel:+447700900456", "SIP:+447700900456@ims.example"), "b_number",
			"+447700900456 / +447700900456 / +447700900456 / +447700900456",
		},
		{"wrappings that nobody declared", p, call("'07700900456", "tel:+447700900456"), "b_number", "text:'07700900456 / text:tel:+447700900456"},
	})
}

func TestLinesThatMustBeThere(t *testing.T) {
	p := small("who, whom, at", "file: {encoding: utf-8, separator: \";\", header: [who, whom, at], header-within: 5, lines: [{like: \"All times are UTC*\", kind: banner, required: true}, {like: \"No records*\", kind: no-data}]}")
	if im := mustImport(t, []byte("All times are UTC (GMT)\n"+call("07700900456")), p); im.outcome.Result.Balance.Shown != 1 {
		t.Errorf("control: %s", im.outcome.Result.Balance)
	}
	_, err := tryImport([]byte("Times are local\n"+call("07700900456")), p)
	if !errors.Is(err, analysis.ErrNotThisFormat) || !strings.Contains(err.Error(), "All times are UTC*") {
		t.Error(err)
	}
	im := mustImport(t, []byte("All times are UTC\nNo records were found\n"), p)
	if b := im.outcome.Result.Balance; b.Received != 0 || !strings.Contains(im.report, `"noData":2`) {
		t.Errorf("a return without records: %s %s", b, im.report)
	}
	if _, err := tryImport([]byte("All times are UTC\nNothing\n\n\n\n\n"), p); !errors.Is(err, analysis.ErrNotThisFormat) {
		t.Errorf("no header and no word that there are no records: %v", err)
	}
}

func TestQuirksOfEncodings(t *testing.T) {
	text := "who;whom;at;place\n07700900123;07700900456;" + at + "0;Café 😀 „x“\n07700900123;07700900456;" + at + "1;x\n"
	for _, c := range []struct {
		encoding string
		file     []byte
		place    string
	}{
		{"utf-8", []byte("\ufeff" + text), "Café 😀 „x“"},
		{"utf-16le", wide(text, false), "Café 😀 „x“"},
		{"utf-16be", wide(text, true), "Café 😀 „x“"},
		{"utf-16le", wide(text, false)[2:], "Café 😀 „x“"},
		{"windows-1252", []byte("who;whom;at;place\r\n07700900123;07700900456;" + at + "0;Caf\xe9 \x80 \x84x\x93\r\n07700900123;07700900456;" + at + "1;x\r\n"), "Café € „x“"},
	} {
		p := small("who, whom, at, place", "file: {encoding: "+c.encoding+", separator: \";\", header: [who, whom, at, place]}", "start-cell: {place: place}")
		im := mustImport(t, c.file, p)
		list := rows(t, im.events)
		if len(list) != 2 || list[0]["start_place"] != c.place || list[1]["row"] != "3" {
			t.Errorf("%s: %v", c.encoding, list)
		}
		explainer := explainerOf(t, c.file, p, []byte("[]"))
		var offset int64
		if _, err := fmt.Sscan(list[1]["offset"], &offset); err != nil {
			t.Fatal(err)
		}
		if raw, x, err := explainer.Row(offset); err != nil || x.Reason != "" || !strings.HasPrefix(im.events[strings.LastIndex(im.events[:len(im.events)-1], "\n")+1:], string(x.Event)) ||
			!strings.HasPrefix(string(c.file[offset:]), string(raw)) || len(raw) == 0 {
			t.Errorf("%s: row 3 is read again as %q %s (%q, %v)", c.encoding, x.Event, x.Reason, raw, err)
		}
	}
	for name, c := range map[string]struct {
		encoding string
		file     []byte
	}{
		"the mark of another encoding":  {"utf-8", wide(text, false)},
		"the mark of the other order":   {"utf-16be", wide(text, false)},
		"an odd number of bytes":        {"utf-16le", wide(text, false)[:21]},
		"no UTF-16 at all":              {"utf-16le", []byte(text + " ")[:100]},
		"UTF-16 without a mark as text": {"utf-8", wide(text, false)[2:]},
	} {
		p := small("who, whom, at, place", "file: {encoding: "+c.encoding+", separator: \";\", header: [who, whom, at, place]}", "start-cell: {place: place}")
		if _, err := tryImport(c.file, p); !errors.Is(err, analysis.ErrNotThisFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	half := append(wide("who;whom;at;place\n07700900123;07700900456;"+at+"0;", false), 0x00, 0xd8, 'x', 0, '\n', 0)
	p := small("who, whom, at, place", "file: {encoding: utf-16le, separator: \";\", header: [who, whom, at, place]}", "start-cell: {place: place}")
	if im := mustImport(t, half, p); !strings.Contains(im.aside, "2,38,NOT_UTF8,place") {
		t.Errorf("half a letter: %s", im.aside)
	}
}
