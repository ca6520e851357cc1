package source_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"custos.example/analysis"
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
			"a dialling prefix before the subject's own number", small("who, at", "other: -", "events: {rows: [{type: sms, leg: originating, other: none}]}"),
			"who;at\n14107700900123;" + at + "0\n", "subject dialled flags", "+447700900123||DIAL_PREFIX",
		},
		{
			"a 0 behind the country code is taken off, and told", p,
			call("+44 0 7700 900456", "+44(0)7700900456", "0044 07700 900456", "+447700900456", "141 0044 0 7700900456", "+39 (0)6 12345678"), "b_number flags",
			"+447700900456|TRUNK_ZERO / +447700900456|TRUNK_ZERO / +447700900456|TRUNK_ZERO / +447700900456| / +447700900456|DIAL_PREFIX TRUNK_ZERO / " +
				"other:+390612345678|NUMBER_UNRECOGNISED",
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
