package source_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"custos.example/analysis/event"
	"custos.example/analysis/source"
)

func TestEmbeddedProfilesCompile(t *testing.T) {
	names := source.ProfileNames()
	if len(names) < 3 {
		t.Fatalf("profiles: %v", names)
	}
	for _, name := range names {
		text := profile(t, name)
		p, err := source.ParseProfile(text)
		if err != nil || p.Name != name {
			t.Errorf("%s: %v (its name is %q)", name, err, p.Name)
			continue
		}
		decisions := []source.Decision{{Kind: source.AssertSubject, Value: "id:x", Who: "w", Why: "y"}}
		if p.Start.Zone == "asserted" {
			decisions = append(decisions, source.Decision{Kind: source.AssertZone, Value: "UTC", Who: "w", Why: "y"})
		}
		ds, err := source.MarshalDecisions(decisions)
		if err != nil {
			t.Fatal(err)
		}
		if err := source.CheckProfile(text, ds); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"nothing", "../profile", "uk-17.yaml"} {
		if _, ok := source.ReadProfile(name); ok {
			t.Errorf("there is a profile %q", name)
		}
	}
}

func TestProfilesThatAreRefused(t *testing.T) {
	good := string(profile(t, "uk-17"))
	if err := source.CheckProfile([]byte(good), []byte("[]")); err != nil {
		t.Fatalf("control: %v", err)
	}
	swap := func(from, to string) string {
		if !strings.Contains(good, from) {
			t.Fatalf("%q is not in the profile", from)
		}
		return strings.Replace(good, from, to, 1)
	}
	for name, text := range map[string]string{
		"empty":                  "",
		"not YAML":               "a: [",
		"unknown key":            good + "speed: 3\n",
		"unknown inner key":      swap("{column: IMEI}", "{column: IMEI, luhn: true}"),
		"key twice":              good + "crs: EPSG:27700\n",
		"two documents":          good + "---\na: 1\n",
		"anchor":                 swap("name: uk-17", "name: &x uk-17"),
		"tag":                    swap("name: uk-17", "name: !!str uk-17"),
		"other version":          swap("custos/profile/v1", "custos/profile/v2"),
		"no name":                swap("name: uk-17", "name: ''"),
		"encoding":               swap("encoding: utf-8", "encoding: utf-16"),
		"separator":              swap(`separator: ","`, `separator: x`),
		"header name twice":      swap("[A Number, B Number", "[A Number, A Number"),
		"unknown column":         swap("{column: IMEI}", "{column: IMIE}"),
		"number plan":            swap("numbers: gb", "numbers: xx"),
		"layout letter":          swap("DD/MM/YYYY", "DD/MM/YYYY G"),
		"layout without a year":  swap("DD/MM/YYYY", "DD/MM"),
		"part twice":             swap(`"hh:mm:ss"]`, `"hh:mm:DD"]`),
		"no basis":               swap("  basis: the operator's covering letter states UK local time\n", ""),
		"subject read":           swap("subject: {column: A Number, read: number}", "subject: {column: A Number, read: digits}"),
		"subject both ways":      swap("subject: {column: A Number, read: number}", "subject: {column: A Number, read: number, asserted: true}"),
		"blank":                  swap("blank: withheld", "blank: ignore"),
		"type":                   swap("type: voice", "type: fax"),
		"leg":                    swap("leg: originating", "leg: out"),
		"code twice":             swap("{when: [MT Voice]", "{when: [MO Voice]"),
		"codes too many":         swap("{when: [MT Voice]", "{when: [MT, Voice]"),
		"duration layout":        swap(`layout: "hh:mm:ss", types`, `layout: hours, types`),
		"crs":                    swap("EPSG:27700", "EPSG:3857"),
		"no crs":                 swap("crs: EPSG:27700\n", ""),
		"x alone":                swap("y: First Cell Northing, ", ""),
		"pattern":                swap("pattern: mcc-mnc-lac-ci", "pattern: lac"),
		"header row below 1":     swap("file:\n", "file:\n  header-row: -1\n"),
		"longer than its limit":  good + "# " + strings.Repeat("x", 70_000),
		"nested without an end":  strings.Repeat("[", 5000),
		"zone that is not known": swap("Europe/London", "Europe/Atlantis"),
	} {
		err := source.CheckProfile([]byte(text), []byte("[]"))
		if !errors.Is(err, source.ErrProfile) && !errors.Is(err, event.ErrZone) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDecisions(t *testing.T) {
	pk, codes := profile(t, "pk-08"), profile(t, "bandicoot")
	one := `{"kind":"assert-subject","value":"id:x","who":"w","why":"y"}`
	zone := `{"kind":"assert-zone","value":"UTC","who":"w","why":"y"}`
	for _, c := range []struct {
		profile []byte
		text    string
		want    error
	}{
		{pk, "[]", nil},
		{pk, "[" + one + "]", nil},
		{codes, "[" + one + "," + zone + "]", nil},
		{codes, "[" + one + "]", source.ErrDecision},
		{codes, "[" + zone + "]", source.ErrDecision},
		{codes, "[]", source.ErrDecision},
		{pk, "[" + zone + "]", source.ErrDecision}, // this profile states its zone itself
		{pk, "[" + one + "," + one + "]", source.ErrDecision},
		{pk, `[{"kind":"assert-weather","value":"1","who":"w","why":"y"}]`, source.ErrDecision},
		{pk, strings.Replace("["+one+"]", `"y"`, `""`, 1), source.ErrDecision},
		{pk, strings.Replace("["+one+"]", "id:x", "07700900123", 1), source.ErrDecision},
		{pk, strings.Replace("["+one+"]", "id:x", "id:a\\nb", 1), source.ErrDecision},
		{pk, "[ ]", source.ErrDecision},
		{pk, "", source.ErrDecision},
		{pk, "null", source.ErrDecision},
		{codes, strings.Replace("["+one+","+zone+"]", "UTC", "Mars/Base", 1), event.ErrZone},
	} {
		if err := source.CheckProfile(c.profile, []byte(c.text)); !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", c.text, err, c.want)
		}
	}
}

// brokenProfiles are built-in profiles with one text put for another.
var brokenProfiles = []struct{ profile, from, to string }{
	{"uk-alike-a", "kind: subject}", "kind: subjects}"},
	{"uk-alike-a", "for {subject}", "for {who}"},
	{"uk-alike-a", "for {subject}", "for *"},
	{"uk-alike-a", "target: {count}", "target: *"},
	{"uk-alike-a", "kind: banner, required", "of: file, kind: banner, required"},
	{"uk-alike-a", "of: file}", "of: day}"},
	{"uk-alike-a", "reason: SYSTEM_TRANSACTION", "reason: system"},
	{"uk-alike-a", "reason: SYSTEM_TRANSACTION", "reason: BAD_TIME"},
	{"uk-alike-a", "equals: Location Update", "equals: x, blank: true"},
	{"uk-alike-a", "{name: kind, is: Service}", "{name: kind, is: Service, like: x}"},
	{"uk-alike-a", "{name: kind, is: Service}", "{name: kind}"},
	{"uk-alike-a", "{name: kind, is: Service}", "{name: at, is: Service}"},
	{"uk-alike-a", "{name: kind, is: Service}", "{name: kind, at: 2, optional: true}"},
	{"uk-alike-a", "{name: kind, is: Service}", "{name: kind, is: Service, to: 9}"},
	{"uk-alike-a", "header-within: 20", "header-within: 20\n  header-row: 3"},
	{"uk-alike-a", "header-within: 20", "header-within: 20\n  header: [a, b]"},
	{"uk-alike-a", "[apostrophe]", "[brackets]"},
	{"uk-alike-a", "subject: {from: line, read: number}", "subject: {from: line, read: number, asserted: true}"},
	{"uk-alike-a", "subject: {from: line, read: number}", "subject: {from: file, read: number}"},
	{"uk-alike-a", "calling: {column: from, read: number, blank: withheld}\n", ""},
	{"uk-alike-a", "calling: {column", "other: {column: to, read: number, blank: none}\ncalling: {column"},
	{"uk-alike-a", "called: {column: to, read", "called: {column: to, from: line, read"},
	{"uk-alike-a", "leg: by-subject, other: required}\n    - {when: [SMS]", "leg: by-number, other: required}\n    - {when: [SMS]"},
	{"uk-alike-a", "grid: ref,", "grid: ref, x: lac, y: ci,"},
	{"uk-alike-a", "crs: EPSG:27700", "crs: EPSG:4326"},
	{"uk-alike-a", "pattern: ci, plmn: 001-01, area: lac", "pattern: ci, plmn: 001-01"},
	{"uk-alike-a", "pattern: ci, plmn: 001-01, area: lac", "pattern: ci, area: lac"},
	{"uk-alike-a", "pattern: ci, plmn: 001-01, area: lac", "pattern: ci, plmn: 1-1, area: lac"},
	{"uk-alike-a", "pattern: ci, plmn: 001-01, area: lac", "pattern: ci, plmn: 001-01, area: lac, base: octal"},
	{"uk-alike-a", "dialled: {column: digits}", "dialled: {value: '1'}"},
	{"uk-alike-b", "- table: texts", "- table: calls"},
	{"uk-alike-b", "- table: texts", "- table: texts\n    header-row: 3"},
	{"uk-alike-b", "- table: texts", "- table: texts\n    headerless: true"},
	{"uk-alike-b", "separator: \"|\"", "separator: \"|\"\n  header: [a, b]"},
	{"uk-alike-b", "in: this-file", "in: this-file\n  encoding: utf-8"},
	{"uk-alike-b", "in: this-file", "in: the-cloud"},
	{"uk-alike-b", "key: [Site]", "key: [Mast]"},
	{"uk-alike-b", "key: [Site]", "key: [Site, Address]"},
	{"uk-alike-b", "unit: kilobytes", "unit: crates"},
	{"uk-alike-b", "BUSY: failed", "BUSY: engaged"},
	{"uk-alike-b", "Thh:mm:ss.fZ", "Thh:mm:ss.fZZ"},
	{"uk-alike-c", "order: by-file", "order: by-guess"},
	{"uk-alike-c", "DD/MM/YYYY h:mm:ss AM", "DD MMM YYYY h:mm:ss AM"},
	{"uk-alike-c", "DD/MM/YYYY h:mm:ss AM", "epoch-s"},
	{"uk-alike-c", "end:\n", "end:\n  zone: UTC\n"},
	{"uk-alike-c", "end:\n  columns: [End]", "end:\n  columns: [End, Start]"},
	{"uk-alike-c", "decimal: \",\"", "decimal: ;"},
	{"uk-alike-c", "radio: Radio\n", ""},
	{"uk-alike-c", "NR: nci}", "NR: gnb-cell}"},
	{"uk-alike-c", "NR: nci}", "NR: lte}"},
	{"uk-alike-c", "LTE: 4G", "LTE: 6G"},
	{"uk-alike-c", "[DDR, \"*\"]", "[DDR, \"*\", \"*\"]"},
	{"uk-alike-c", "  x: Longitude\n", ""},
	{"uk-alike-c", "zone: UTC}", "zone: Mars/Base}"},
	{"uk-alike-d", "at: 16, to: 20", "at: 14, to: 20"},
	{"uk-alike-d", "at: 16, to: 20", "at: 16, to: 15"},
	{"uk-alike-d", "is: TYPE, at", "at"},
	{"uk-alike-d", "is: TYPE, at: 16, to: 20", "is: TYPE, at: 16, to: 20, optional: true"},
	{"uk-alike-d", "separator: fixed", "separator: fixed\n  multiline: true"},
	{"uk-alike-d", "value: 4G", "value: 4G, column: kind"},
	{"uk-alike-d", "value: 4G", "value: 9G"},
	{"uk-alike-d", "lookup: [cell]", "lookup: [cell, party]"},
	{"uk-alike-d", ", lookup: [cell]", ""},
	{"uk-alike-d", "form: dms", "form: grads"},
	{"uk-alike-d", "separator: tab", "separator: fixed"},
	{"exercise-3", "subject: {from: parties}", "subject: {from: parties, blank: none}"},
	{"exercise-3", "leg: originating", "leg: other"},
	{"exercise-3", "rows: [{", "rows: [{when: [], type: sms, leg: originating, other: required}, {"},
}

// TestNewerKeysThatAreRefused takes the profiles that use the rest of the
// language, and breaks each in one place.
func TestNewerKeysThatAreRefused(t *testing.T) {
	for _, c := range brokenProfiles {
		text := string(profile(t, c.profile))
		if !strings.Contains(text, c.from) {
			t.Errorf("%s does not contain %q", c.profile, c.from)
			continue
		}
		assert := []source.Decision{}
		if strings.Contains(text, "zone: asserted") {
			assert = append(assert, zoneEgo)
		}
		ds, err := source.MarshalDecisions(assert)
		if err != nil {
			t.Fatal(err)
		}
		if err := source.CheckProfile([]byte(text), ds); err != nil {
			t.Fatalf("control: %s: %v", c.profile, err)
		}
		err = source.CheckProfile([]byte(strings.ReplaceAll(text, c.from, c.to)), ds)
		if !errors.Is(err, source.ErrProfile) && !errors.Is(err, event.ErrZone) {
			t.Errorf("%s with %q for %q: %v", c.profile, c.to, c.from, err)
		}
	}
}

// TestEveryKeyIsDocumented holds PROFILES.md against the struct.
func TestEveryKeyIsDocumented(t *testing.T) {
	doc, err := os.ReadFile("PROFILES.md")
	if err != nil {
		t.Fatal(err)
	}
	var walk func(prefix string, typ reflect.Type)
	walk = func(prefix string, typ reflect.Type) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			key, ok := f.Tag.Lookup("yaml")
			if !ok {
				continue
			}
			if key == ",inline" {
				walk(prefix, f.Type)
				continue
			}
			name := prefix + key
			if !bytes.Contains(doc, []byte("`"+name+"`")) && !bytes.Contains(doc, []byte("`"+key+"`")) {
				t.Errorf("PROFILES.md does not say what `%s` means", name)
			}
			ft := f.Type
			if ft.Kind() == reflect.Slice {
				ft = ft.Elem()
			}
			if ft.Kind() == reflect.Struct {
				walk(name+".", ft)
			}
		}
	}
	walk("", reflect.TypeFor[source.Profile]())
}

// TestEveryReasonIsDocumented finds the reasons and flags in the code and wants
// each in PROFILES.md.
func TestEveryReasonIsDocumented(t *testing.T) {
	doc, err := os.ReadFile("PROFILES.md")
	if err != nil {
		t.Fatal(err)
	}
	word := regexp.MustCompile(`= +"([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+)"`)
	found := 0
	for _, pattern := range []string{"*.go", "../event/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil || strings.HasSuffix(f, "_test.go") {
				continue
			}
			for _, m := range word.FindAllSubmatch(text, -1) {
				found++
				if !bytes.Contains(doc, m[1]) {
					t.Errorf("%s: PROFILES.md does not say what %s means", f, m[1])
				}
			}
		}
	}
	if found < 25 {
		t.Errorf("only %d words were found; the search itself is broken", found)
	}
}

func TestMultilineHeaderlessAndWindows(t *testing.T) {
	prof := `profile: custos/profile/v1
name: odd
version: 1
title: Odd shapes
file:
  encoding: windows-1252
  separator: ";"
  headerless: true
  multiline: true
  header: [who, whom, kind, at, place]
set-apart:
  - {column: who, equals: END OF REPORT}
numbers: gb
start: {columns: [at], layouts: ["D.M.YYYY h:mm"], zone: UTC, basis: the supplier's letter}
subject: {column: who, read: id}
other: {column: whom, read: number, blank: none}
events:
  columns: [kind]
  rows: [{when: [1], type: voice, leg: originating, other: optional}]
start-cell: {place: place}
`
	file := "ann;07700900123;1;1.2.2026 3:04;\"Caf\xe9\nRoad\"\n" +
		"ann;\"07700900123\n\";1;1.2.2026 3:05;x\n" +
		"\"ann;07700900124;1;1.2.2026 3:06;open\n" +
		"\n" +
		"ann;;1;11.12.2026 13:14;\x80 5\n" +
		"END OF REPORT;;;;"
	im := mustImport(t, []byte(file), []byte(prof))
	var got []string
	for _, r := range rows(t, im.events) {
		got = append(got, r["row"]+" "+r["start_utc"]+" "+r["precision"]+" "+r["b_number"]+" "+r["start_place"]+" "+r["flags"])
	}
	want := "1 2026-02-01T03:04:00Z m +447700900123 Café\nRoad CONTROL_TEXT|2 2026-02-01T03:05:00Z m +447700900123 x |5 2026-12-11T13:14:00Z m  € 5 "
	if strings.Join(got, "|") != want {
		t.Errorf("got  %q\nwant %q", strings.Join(got, "|"), want)
	}
	if im.aside != "row,offset,reason,column\n3,81,UNCLOSED_QUOTE,who\n6,148,NOT_A_RECORD,who\n" {
		t.Errorf("set aside:\n%s", im.aside)
	}
}
