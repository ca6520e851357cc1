package render

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
	"testing"
	"unicode/utf16"
)

// nastyCells are texts that spreadsheets are known to change or to run.
var nastyCells = []string{
	"+447700900123", "07700900123", "447700900123999", "4.47701E+11", "=HYPERLINK(\"http://x\",\"y\")", "@SUM(A1)", "-1+1",
	"=cmd|' /C calc'!A0", "1/2", "01/02/2026", "TRUE", "#N/A", "", " two  spaces ", "a\tb\nc\rd", "nul\x00bell\x07", "_x000D_ and _x", "__x0041_",
	"right\u202eleft", "zero\u200bwidth", "\xff\xfe", "\uFFFD", "<t>&\"'", "naïve Ünïcode 電話", "0012", "9007199254740993", "12", "-5", "0",
}

func nastyBook(rows int) []xlsxSheet {
	return []xlsxSheet{{
		Name: "Schedule", Recorded: true,
		Columns: []xlsxColumn{{"No.", 6, xlsxNumber}, {"Text", 20, xlsxText}, {"Number", 12, xlsxNumber}, {"Note", 50, xlsxText}},
		Rows: func(row func([]string) error) error {
			for n := range rows {
				text := nastyCells[n%len(nastyCells)]
				if err := row([]string{fmt.Sprint(n + 1), text, text, "note " + text}); err != nil {
					return err
				}
			}
			return nil
		},
	}, {
		Name:    "About",
		Columns: []xlsxColumn{{"What", 20, xlsxText}, {"Value", 60, xlsxText}},
		Rows:    func(row func([]string) error) error { return row([]string{"Question", "Who?"}) },
	}}
}

func TestWorkbookIsCanonical(t *testing.T) {
	var out, again bytes.Buffer
	if err := errors.Join(writeXLSX(&out, "", nastyBook(60)), writeXLSX(&again, "", nastyBook(60))); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), again.Bytes()) {
		t.Error("two runs differ")
	}
	if dir := os.Getenv("CUSTOS_LOOK"); dir != "" {
		os.WriteFile(dir+"/nasty.xlsx", out.Bytes(), 0o644)
	}
	z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
		if f.Method != zip.Deflate || f.Flags != zipSizeLater || len(f.Extra) > 0 || f.Comment != "" || f.Modified.Year() != 1980 {
			t.Errorf("%s: method %d flags %d extra %d time %v", f.Name, f.Method, f.Flags, len(f.Extra), f.Modified)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		d := xml.NewDecoder(r)
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
			if start, ok := token.(xml.StartElement); ok && start.Name.Local == "f" {
				t.Errorf("%s holds a formula", f.Name)
			}
		}
	}
	if !sort.StringsAreSorted(names) || len(names) != 7 {
		t.Errorf("members %v", names)
	}
}

// sheetCells reads the cells of one sheet back: kind and text by reference.
func sheetCells(t *testing.T, book []byte, sheet string) map[string][2]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := z.Open("xl/worksheets/" + sheet)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var doc struct {
		Rows []struct {
			Cells []struct {
				Ref   string `xml:"r,attr"`
				Type  string `xml:"t,attr"`
				Value string `xml:"v"`
				Text  string `xml:"is>t"`
			} `xml:"c"`
		} `xml:"sheetData>row"`
	}
	if err := xml.NewDecoder(r).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	cells := map[string][2]string{}
	for _, row := range doc.Rows {
		for _, c := range row.Cells {
			cells[c.Ref] = [2]string{c.Type, c.Value + c.Text}
		}
	}
	return cells
}

func TestWorkbookKeepsWhatWasRecorded(t *testing.T) {
	var out bytes.Buffer
	if err := writeXLSX(&out, "", nastyBook(len(nastyCells))); err != nil {
		t.Fatal(err)
	}
	cells := sheetCells(t, out.Bytes(), "sheet1.xml")
	escaped := map[string]string{
		"a\tb\nc\rd": "a[U+0009]b[U+000A]c[U+000D]d", "nul\x00bell\x07": "nul[U+0000]bell[U+0007]",
		"_x000D_ and _x": "_x005F_x000D_ and _x", "__x0041_": "__x005F_x0041_",
		"right\u202eleft": "right[U+202E]left", "zero\u200bwidth": "zero[U+200B]width", "\xff\xfe": "[byte FF][byte FE]",
	}
	for n, text := range nastyCells {
		want, ok := escaped[text]
		if !ok {
			want = text
		}
		ref := fmt.Sprint("B", n+2)
		got, there := cells[ref]
		if text == "" {
			if there {
				t.Errorf("%s: an empty text has a cell", ref)
			}
			continue
		}
		if got != [2]string{"inlineStr", want} {
			t.Errorf("%s: %q, want %q as text", ref, got, want)
		}
		number := text == "12" || text == "-5" || text == "0" || text == "447700900123999"
		if kind := cells[fmt.Sprint("C", n+2)][0]; (kind == "") != number {
			t.Errorf("C%d: %q is written as %q", n+2, text, kind)
		}
	}
	if got := cells["A2"]; got != [2]string{"", "1"} {
		t.Errorf("A2: %q", got)
	}
}

func TestWorkbookRefusesWhatASpreadsheetCuts(t *testing.T) {
	book := nastyBook(1)
	book[0].Rows = func(row func([]string) error) error {
		return row([]string{"1", strings.Repeat("é", xlsxMaxText+1), "", ""})
	}
	if err := writeXLSX(io.Discard, "", book); err == nil || !strings.Contains(err.Error(), "sheet Schedule: cell B2 has more than 32767 characters") {
		t.Errorf("long text: %v", err)
	}
	// What counts is what the cell shows: a direction mark is written with 8
	// letters, a letter beyond U+FFFF takes two units, and &amp; is one letter.
	for _, c := range []struct {
		one    string
		fits   int
		letter string
	}{{"\u202e", xlsxMaxText / 8, "a direction mark"}, {"\U00010900", xlsxMaxText / 2, "a letter beyond U+FFFF"}, {"&", xlsxMaxText, "a letter that XML escapes"}} {
		for n, fits := range map[int]bool{c.fits: true, c.fits + 1: false} {
			book[0].Rows = func(row func([]string) error) error { return row([]string{"1", strings.Repeat(c.one, n), "", ""}) }
			var out bytes.Buffer
			if err := writeXLSX(&out, "", book); (err == nil) != fits {
				t.Errorf("%d times %s: %v", n, c.letter, err)
			}
			if fits {
				shown := sheetCells(t, out.Bytes(), "sheet1.xml")["B2"][1]
				if units := len(utf16.Encode([]rune(shown))); units > xlsxMaxText || units <= xlsxMaxText-8 {
					t.Errorf("%d times %s are %d units", n, c.letter, units)
				}
			}
		}
	}
	book[0].Rows = func(row func([]string) error) error {
		for range xlsxMaxRows {
			if err := row([]string{"1", "", "", ""}); err != nil {
				return err
			}
		}
		return nil
	}
	if err := writeXLSX(io.Discard, "", book); err == nil || !strings.Contains(err.Error(), "more than 1048575 rows") {
		t.Errorf("many rows: %v", err)
	}
}

func TestColumnNames(t *testing.T) {
	for n, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 51: "AZ", 52: "BA", 701: "ZZ", 702: "AAA"} {
		if got := columnName(n); got != want {
			t.Errorf("column %d is %s, want %s", n, got, want)
		}
	}
}
