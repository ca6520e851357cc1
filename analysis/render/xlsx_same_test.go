package render

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"custos.example/analysis/steptest"
)

// TestTheWorkbookIsTheTable holds every cell of the workbook's schedule against
// the table of text: marks that turn the direction of writing, blanks that cannot
// be seen and letters that the paper's font lacks are one text in both. Sheet
// Data, which is the control, has the letters themselves.
func TestTheWorkbookIsTheTable(t *testing.T) {
	const place = "Widcombe Hill"
	var in map[string][]byte
	for _, c := range steptest.Cases(t, filepath.Join("..", "registry", "testdata", "golden"), ScheduleXLSX{}) {
		if bytes.Contains(c.In["schedule"], []byte(place)) {
			in = c.In
			break
		}
	}
	if in == nil {
		t.Fatal("no golden case has the place")
	}
	var marks strings.Builder
	for _, r := range []rune{0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069, 0x200b, 0x2003, 0x3000, 0x05d0, 0x96fb, 0x1f600, 0xfffd} {
		fmt.Fprintf(&marks, "a%c", r)
	}
	in["schedule"] = bytes.ReplaceAll(in["schedule"], []byte(place), []byte(marks.String()))
	table := tableOfText(t, made(t, ScheduleCSV{}, in))
	book := made(t, ScheduleXLSX{}, in)
	sheets := map[string]map[string][2]string{"shown": sheetCells(t, book, "sheet2.xml"), "repeat": sheetCells(t, book, "sheet3.xml")}
	next, compared := map[string]int{"shown": 2, "repeat": 2}, 0
	for _, row := range table {
		is := row["Row is"]
		for n, head := range CSVColumns() {
			ref := fmt.Sprint(columnName(n), next[is])
			if got := strings.TrimPrefix(harmless(sheets[is][ref][1]), "'"); got != row[head] {
				t.Errorf("%s %s, %s: the workbook has %q, the table %q", is, ref, head, got, row[head])
			}
			if strings.Contains(row[head], "[U+2068]") {
				compared++
			}
		}
		next[is]++
	}
	if compared == 0 || len(table) < 5 {
		t.Errorf("%d of %d rows show the marks; the search itself is broken", compared, len(table))
	}
	data := fmt.Sprint(sheetCells(t, book, "sheet4.xml"))
	if !strings.Contains(data, "\u96fb") || !strings.Contains(data, "[U+202E]") || strings.ContainsAny(data, "\u200e\u202e\u2068") {
		t.Error("sheet Data does not have the letters as they are recorded")
	}
}

// TestALongTextIsRefusedByPlace: a text that a spreadsheet would cut is refused
// with its sheet and cell, and stands whole in the table of text.
func TestALongTextIsRefusedByPlace(t *testing.T) {
	in := bathEvening(t, 3)
	long := strings.Repeat("\u202e", 5000)
	in["schedule"] = bytes.ReplaceAll(in["schedule"], []byte("Saint Bartholomew-the-Great"), []byte(long))
	if table := made(t, ScheduleCSV{}, in); !bytes.Contains(table, []byte(strings.Repeat("[U+202E]", 5000))) {
		t.Error("the table of text does not have the whole text")
	}
	_, _, err := steptest.Run(ScheduleXLSX{}, in, nil)
	if err == nil || !strings.Contains(err.Error(), "sheet Schedule: cell Q") || !strings.Contains(err.Error(), "ask for CSV") {
		t.Errorf("the workbook: %v", err)
	}
}
