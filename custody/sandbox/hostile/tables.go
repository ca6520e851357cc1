package hostile

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"unicode/utf16"
)

// The layout of the profile uk-17, and one honest row of it.
const header = "A Number,B Number,Call Type,Start Date,Start Time,Duration,IMEI,IMSI,First Cell CGI,First Cell Easting," +
	"First Cell Northing,First Cell Azimuth,First Cell Address,Last Cell CGI,Last Cell Easting,Last Cell Northing,Last Cell Azimuth\r\n"

var honest = []string{
	"07700900001", "07700900002", "MO Voice", "24/10/2026", "18:04:12", "00:00:47", "352099112044173", "234100812834876",
	"001-01-1000-10068", "376693", "165301", "140", "1 High Street", "001-01-1000-10068", "376693", "165301", "140",
}

// The columns that the files below change.
const (
	aNumber  = 0
	bNumber  = 1
	callType = 2
	date     = 3
	clock    = 4
	duration = 5
	imei     = 6
	imsi     = 7
	cgi      = 8
	easting  = 9
	azimuth  = 11
	address  = 12
)

// row is an honest row with one cell changed.
func row(column int, cell string) string {
	fields := append([]string(nil), honest...)
	fields[column] = cell
	return strings.Join(fields, ",") + "\r\n"
}

// plain is an honest row.
func plain() string { return strings.Join(honest, ",") + "\r\n" }

// changed is a file of an honest row and one with a cell changed.
func changed(class, name string, column int, cell string, verdict Verdict, code string) File {
	return File{Name: class + "/" + name, Reader: Table, Verdict: verdict, Code: code, Content: of(header + plain() + row(column, cell))}
}

// wide is text in UTF-16.
func wide(text string, order binary.AppendByteOrder, mark bool) string {
	var b []byte
	if mark {
		b = order.AppendUint16(b, 0xfeff)
	}
	for _, unit := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, unit)
	}
	return string(b)
}

// tables break the form of a table.
func tables(r *rand.Rand) []File {
	good := header + plain()
	noise := make([]byte, 64<<10)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	list := []File{
		{Name: "empty", Verdict: Reject, Code: "the file is empty", Content: of("")},
		{Name: "one byte", Verdict: Reject, Code: "row 1", Content: of("\x00")},
		{Name: "noise", Verdict: Reject, Code: "row 1", Content: of(string(noise))},
		{Name: "zeros, 1 GiB", Verdict: Reject, Code: "row 1", Content: repeated{pattern: strings.Repeat("\x00", 4096), times: 1 << 18}},
		{Name: "one line of 1 GiB", Verdict: Reject, Code: "row 1", Content: repeated{pattern: strings.Repeat("x", 4096), times: 1 << 18}},
		{Name: "quotation marks, 64 MiB", Verdict: Reject, Code: "row 1", Content: repeated{pattern: strings.Repeat(`"`, 4096), times: 1 << 14}},
		{Name: "quotation mark never closed", Verdict: Flag, Code: "UNCLOSED_QUOTE", Content: repeated{head: good + `"`, pattern: plain(), times: 50_000}},
		{Name: "a field of 50 MiB", Verdict: Flag, Code: "FIELD_TOO_LONG", Content: repeated{head: good, pattern: strings.Repeat("y", 1024), times: 50 << 10, tail: "\r\n" + plain()}},
		{Name: "a million columns", Verdict: Flag, Code: "", Content: repeated{head: good, pattern: ",", times: 1_000_000, tail: "\r\n" + plain()}},
		{Name: "a header of a million columns", Verdict: Reject, Code: "row 1", Content: repeated{head: "A Number", pattern: ",x", times: 1_000_000, tail: "\r\n"}},
		{Name: "a million blank lines", Verdict: Accept, Content: repeated{head: good, pattern: "\r\n", times: 1_000_000, tail: plain()}},
		{Name: "a million rows of one comma", Verdict: Flag, Content: repeated{head: good, pattern: ",\n", times: 1_000_000}},
		{Name: "last line without an end", Verdict: Accept, Content: of(good + strings.TrimSpace(plain()))},
		{Name: "cut off in a row", Verdict: Flag, Content: of(good + plain()[:40])},
		{Name: "the same row 100,000 times", Verdict: Accept, Content: repeated{head: header, pattern: plain(), times: 100_000}},
	}
	list = append(list, damagedTexts(good)...)
	for i, formula := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠x", "|calc", `=HYPERLINK("http://192.0.2.1")`, "=cmd|' /C calc'!A0"} {
		verdict, code := Flag, "FORMULA_TEXT"
		if !strings.ContainsAny(formula[:1], "=+-@\t\r") {
			verdict, code = Accept, formula
		}
		list = append(list, File{Name: fmt.Sprintf("formula %d in an address", i), Verdict: verdict, Code: code, Content: of(good + row(address, `"`+strings.ReplaceAll(formula, `"`, `""`)+`"`))})
	}
	for i := range list {
		list[i].Name, list[i].Reader = "table/"+list[i].Name, Table
	}
	return append(list, detections(string(noise))...)
}

// damagedTexts break the text of a table: its signs, ends of lines and marks.
func damagedTexts(good string) []File {
	return []File{
		{Name: "NUL in a cell", Verdict: Flag, Content: of(good + row(address, "a\x00b"))},
		{Name: "NUL for blanks", Verdict: Reject, Code: "row 1", Content: of(strings.ReplaceAll(good, " ", "\x00"))},
		{Name: "ragged, short", Verdict: Flag, Content: of(good + "07700900001,07700900002\r\n")},
		{Name: "ragged, long", Verdict: Flag, Content: of(good + strings.TrimSpace(plain()) + ",,,x\r\n")},
		{Name: "header twice", Verdict: Accept, Content: of(good + header + plain())},
		{Name: "header with a column twice", Verdict: Reject, Code: "row 1", Content: of(strings.Replace(good, "IMSI", "IMEI", 1))},
		{Name: "header with a blank column", Verdict: Reject, Code: "row 1", Content: of(strings.Replace(good, "IMSI", "", 1))},
		{Name: "header in capitals", Verdict: Reject, Code: "row 1", Content: of(strings.ToUpper(header) + plain())},
		{Name: "sep= line", Verdict: Reject, Code: "row 1", Content: of("sep=;\r\n" + good)},
		{Name: "semicolons", Verdict: Reject, Code: "row 1", Content: of(strings.ReplaceAll(good, ",", ";"))},
		{Name: "tabs", Verdict: Reject, Code: "row 1", Content: of(strings.ReplaceAll(good, ",", "\t"))},
		{Name: "byte order mark", Verdict: Accept, Content: of("\ufeff" + good + plain())},
		{Name: "byte order mark twice", Verdict: Reject, Code: "row 1", Content: of("\ufeff\ufeff" + good)},
		{Name: "byte order mark in the middle", Verdict: Flag, Code: "NUMBER_UNRECOGNISED", Content: of(good + "\ufeff" + plain())},
		{Name: "UTF-16, least first", Verdict: Reject, Code: "utf-16", Content: of(wide(good, binary.LittleEndian, true))},
		{Name: "UTF-16, most first", Verdict: Reject, Code: "utf-16", Content: of(wide(good, binary.BigEndian, true))},
		{Name: "UTF-16, no mark", Verdict: Reject, Code: "UTF-16", Content: of(wide(good, binary.LittleEndian, false))},
		{Name: "UTF-16, odd bytes", Verdict: Reject, Code: "utf-16", Content: of(wide(good, binary.LittleEndian, true) + "x")},
		{Name: "windows-1252 in a cell", Verdict: Flag, Content: of(good + row(address, "Caf\xe9"))},
		{Name: "overlong UTF-8", Verdict: Flag, Content: of(good + row(address, "\xc0\xaf"))},
		{Name: "UTF-8 cut off", Verdict: Flag, Content: of(good + row(address, "\xe2\x82"))},
		{Name: "surrogate in UTF-8", Verdict: Flag, Content: of(good + row(address, "\xed\xa0\x80"))},
		{Name: "encoding changes half-way", Verdict: Flag, Content: of(good + wide(plain(), binary.LittleEndian, false))},
		{Name: "lines end with CR", Verdict: Reject, Code: "row 1", Content: of(strings.ReplaceAll(good, "\r\n", "\r"))},
		{Name: "lines end with all four", Verdict: Flag, Content: of(header + strings.TrimSpace(plain()) + "\n" + strings.TrimSpace(plain()) + "\r\r\n" + strings.TrimSpace(plain()) + "\u2028" + plain())},
		{Name: "vertical tab in a cell", Verdict: Flag, Content: of(good + row(address, "a\vb"))},
		{Name: "quotation mark in the middle", Verdict: Flag, Code: "BAD_QUOTES", Content: of(good + row(address, `a"b`))},
		{Name: "text after a closing mark", Verdict: Flag, Code: "BAD_QUOTES", Content: of(good + row(address, `"a"b`))},
		{Name: "line break in quotation marks", Verdict: Flag, Content: of(good + row(address, "\"a\r\nb\""))},
	}
}

// detections are files of no known layout.
func detections(noise string) []File {
	var list []File
	for _, f := range []File{
		{Name: "nothing", Verdict: Reject, Code: "no profile fits", Content: of("")},
		{Name: "noise", Verdict: Reject, Code: "no profile fits", Content: of(noise)},
		{Name: "one line of 1 GiB", Verdict: Reject, Code: "no profile fits", Content: repeated{pattern: "a,", times: 1 << 29}},
		{Name: "marks", Verdict: Reject, Code: "no profile fits", Content: repeated{pattern: `",`, times: 1 << 20}},
		{Name: "UTF-16 noise", Verdict: Reject, Code: "no profile fits", Content: of("\xff\xfe" + noise)},
	} {
		f.Name, f.Reader = "detection/"+f.Name, Detection
		list = append(list, f)
	}
	return list
}
