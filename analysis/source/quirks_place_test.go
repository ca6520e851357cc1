package source_test

import (
	"fmt"
	"strings"
	"testing"

	"custos.example/analysis/cell"
)

func TestQuirksOfCells(t *testing.T) {
	of := func(keys string) []byte {
		return small("who, whom, at, cell, lac, radio", "start-cell: {column: cell, "+keys+"}")
	}
	one := func(cells ...string) string {
		text := "who;whom;at;cell;lac;radio\n"
		for i, c := range cells {
			text += fmt.Sprintf("07700900123;07700900456;%s%d;%s\n", at, i, c)
		}
		return text
	}
	runQuirks(t, []quirk{
		{
			"CGI in one text", of("pattern: mcc-mnc-lac-ci"), one("001-01-0139-10010;;", "001-01-139-70000;;", ";;"), "start_cell flags",
			"cgi:001-01-139-10010| / name:001-01-139-70000|CELL_SHAPE / |",
		},
		{
			"LAC and CI in two columns", of("pattern: ci, area: lac, plmn: 001-01"), one("10010;139;", "10010;;"), "start_cell flags",
			"cgi:001-01-139-10010| / name:10010|CELL_SHAPE",
		},
		{"hexadecimal by setting, not by looks", of("pattern: eci, base: hex, plmn: 001-01"), one("123400A;;", "1000;;"), "start_cell", "ecgi:001-01-19087370 / ecgi:001-01-4096"},
		{"base station and cell", of("pattern: enb-cell, plmn: 001-01"), one("4660-10;;", "4660/10;;"), "start_cell flags", "ecgi:001-01-1192970| / name:4660/10|CELL_SHAPE"},
		{"36 bits", of("pattern: gnb-cell, gnb-bits: 24, plmn: 001-01"), one("16777215-4095;;"), "start_cell", "ncgi:001-01-68719476735"},
		{"controller and cell", of("pattern: rnc-ci, plmn: 001-01"), one("4095-65535;;"), "start_cell", "utran:001-01-4095-65535"},
		{
			"by radio", of("radio: radio, by-radio: {LTE: eci, GSM: lac-ci}, plmn: 001-01"), one("1192970;;LTE", "139-10010;;GSM", "x;;WIFI"), "start_cell flags",
			"ecgi:001-01-1192970| / cgi:001-01-139-10010| / name:x|CELL_SHAPE",
		},
	})
	runQuirks(t, []quirk{
		{
			"what a spreadsheet made of a hexadecimal cell is none", of("pattern: eci, base: hex, plmn: 001-01"), one("12E45;;", "1.2E+46;;", "1,2E+46;;", "1.2E46;;"), "start_cell flags",
			"ecgi:001-01-77381| / |CELL_ROUNDED / |CELL_ROUNDED / |CELL_ROUNDED",
		},
		{
			"nor of a decimal one", of("pattern: nci, plmn: 001-01"), one("68719476735;;", "6.87195E+10;;", "12E45;;", "E45;;"), "start_cell flags",
			"ncgi:001-01-68719476735| / |CELL_ROUNDED / |CELL_ROUNDED / name:E45|CELL_SHAPE",
		},
		{"nor of a name", of("pattern: name"), one("12E45;;", "1.2E+46;;", "1E+05;;", "E+05;;"), "start_cell flags", "name:12E45| / |CELL_ROUNDED / |CELL_ROUNDED / name:E+05|"},
		{
			"nor of one whose radio is not known", of("radio: radio, by-radio: {LTE: eci}, plmn: 001-01"), one("1.2E+46;;LTE", "1.2E+46;;?", "12E45;;?"), "start_cell flags",
			"|CELL_ROUNDED / |CELL_ROUNDED / name:12E45|CELL_SHAPE",
		},
		{
			"leading zeros are none of a number, and some of a name", of("pattern: lac-ci, plmn: 001-01"), one("00139-00123;;", "139-123;;"), "start_cell flags",
			"cgi:001-01-139-123| / cgi:001-01-139-123|",
		},
		{"names with and without them are two", of("pattern: name"), one("00123;;", "123;;"), "start_cell flags", "name:00123| / name:123|"},
	})
	calls := small("who, whom, at, net, cell", "bearer: {column: net, codes: {WIFI: VoWiFi}}", "start-cell: {column: cell, pattern: name}")
	runQuirks(t, []quirk{{
		"a call over Wi-Fi has no cell", calls, "who;whom;at;net;cell\n07700900123;07700900456;" + at + "0;WIFI;\n07700900123;07700900456;" + at + "1;9G;x\n",
		"bearer start_cell flags", "VoWiFi|| / |name:x|BEARER_CODE",
	}})
}

func TestQuirksOfPlaces(t *testing.T) {
	of := func(crs, keys string) []byte {
		return small("who, whom, at, x, y, az, place", "crs: "+crs, "start-cell: {"+keys+", azimuth: az, place: place}")
	}
	one := func(cells ...string) string {
		text := "who;whom;at;x;y;az;place\n"
		for i, c := range cells {
			text += fmt.Sprintf("07700900123;07700900456;%s%d;%s\n", at, i, c)
		}
		return text
	}
	cols := "crs start_x start_y start_azimuth flags"
	runQuirks(t, []quirk{
		{
			"metres of the National Grid", of("EPSG:27700", "x: x, y: y"), one("374912;164703;140;", "374912.6;164703.5;140;", "900000;1;;"), cols,
			"EPSG:27700|374912|164703|140| / EPSG:27700|374913|164704|140| / ||||POSITION_SHAPE",
		},
		{
			"letters of the National Grid", of("EPSG:27700", "grid: x"), one("ST 74912 64703;;;", "ST7491264703;;;", "ST 749 647;;;", "ZZ 1 1;;;"), cols,
			"EPSG:27700|374912|164703|| / EPSG:27700|374912|164703|| / EPSG:27700|374950|164750||POSITION_SQUARE / ||||POSITION_SHAPE",
		},
		{
			"decimal degrees", of("EPSG:4326", "x: x, y: y"), one("-2.3590001;51.38;;", "-2.35900005;51.38000005;;", "-2.359;91;;"), cols,
			"EPSG:4326|-23590001|513800000|| / EPSG:4326|-23590000|513800000|| / ||||POSITION_SHAPE",
		},
		{
			"0 and 0 is no place", of("EPSG:4326", "x: x, y: y"), one("0;0;;", "0.00000000;-0.0;;", "0;51.38;;"), cols,
			"||||POSITION_SHAPE / ||||POSITION_SHAPE / EPSG:4326|0|513800000||",
		},
		{"nor on the National Grid", of("EPSG:27700", "x: x, y: y"), one("0;0;;", "0;5;;"), cols, "||||POSITION_SHAPE / EPSG:27700|0|5||"},
		{
			"degrees minutes seconds", of("EPSG:4326", "x: x, y: y, form: dms"), one("W0022132;N512252;;", "E0144130;S512252.5;;", "2°21'32\u2033W;51°22'52\u2033N;;", "N0022132;N512252;;", "W0026000;N512252;;"), cols,
			"EPSG:4326|-23588889|513811111|| / EPSG:4326|146916667|-513812500|| / EPSG:4326|-23588889|513811111|| / ||||POSITION_SHAPE / ||||POSITION_SHAPE",
		},
		{
			"directions", of("EPSG:4326", "x: x, y: y"), one(";;0;", ";;007;", ";;359;", ";;360;", ";;omni;", ";;361;", ";;-1;", ";;;"), "start_azimuth flags",
			"0| / 7| / 359| / omni| / omni| / |AZIMUTH_SHAPE / |AZIMUTH_SHAPE / |",
		},
		{"a postcode is a place and no position", of("EPSG:4326", "x: x, y: y"), one(";;;BA2 1AA"), "start_place start_x flags", "BA2 1AA||"},
	})
}

func TestAzimuthsAreThoseOfPackageCell(t *testing.T) {
	p := small("who, whom, at, az", "start-cell: {azimuth: az}")
	file, want := "who;whom;at;az\n", []string{}
	for i := -5; i < 500; i++ {
		for _, text := range []string{fmt.Sprint(i), fmt.Sprintf("%03d", i), fmt.Sprintf("%04d", i)} {
			file += "07700900123;07700900456;" + at + "0;" + text + "\n"
			a, err := cell.ParseAzimuth(text)
			want = append(want, pick(err == nil, a.String(), "AZIMUTH_SHAPE"))
		}
	}
	for i, r := range rows(t, mustImport(t, []byte(file), p).events) {
		if got := r["start_azimuth"] + r["flags"]; got != want[i] {
			t.Fatalf("row %s: %q, want %q", r["row"], got, want[i])
		}
	}
}

// TestARoundedKeyFindsNoSite: a row of a site table whose key a spreadsheet rounded
// is used for no cell, and a key without its zeros is another.
func TestARoundedKeyFindsNoSite(t *testing.T) {
	p := small("who, whom, at, cell", "crs: EPSG:4326", "start-cell: {column: cell, pattern: name, lookup: [cell]}",
		"sites: {in: second-file, encoding: utf-8, separator: \";\", header: [cell, x, y], key: [cell], x: x, y: y}")
	file := "who;whom;at;cell\n"
	for i, cell := range []string{"12E45", "1.2E+46", "123", "00124"} {
		file += fmt.Sprintf("07700900123;07700900456;%s%d;%s\n", at, i, cell)
	}
	im, err := importWith([]byte(file), p, []byte("cell;x;y\n12E45;-2.36;51.38\n1.2E+46;-2.37;51.38\n00123;-2.38;51.38\n124;0;0\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rows(t, im.events) {
		got = append(got, r["start_cell"]+"|"+r["start_x"]+"|"+r["flags"])
	}
	want := "name:12E45|-23600000| / ||CELL_ROUNDED SITE_NOT_FOUND / name:123||SITE_NOT_FOUND / name:00124||SITE_NOT_FOUND"
	if text := strings.Join(got, " / "); text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	if !strings.Contains(im.report, `{"reason":"SCI_NOTATION_LOST","row":3}`) || !strings.Contains(im.report, `{"reason":"POSITION_SHAPE","row":5}`) {
		t.Errorf("%s", im.report)
	}
}
