package render

import (
	"slices"
	"strings"
	"testing"
)

// TestOneStatedPositionIsDrawn: rows that state one position and differ in the
// azimuth, or in stating one at all, do not contradict each other about the place.
func TestOneStatedPositionIsDrawn(t *testing.T) {
	at := spot{374_560, 164_800}
	b := newMapBuilder()
	b.m.noCell = []string{"9", "10", "11"}
	for _, s := range []sighting{
		{row: "1", subject: "07700 900142", cell: "cell-a", crs: nationalGrid, at: at, placed: true},
		{row: "2", subject: "07700 900142", cell: "cell-a", crs: nationalGrid, at: at, placed: true, azimuth: "omni"},
		{row: "3", subject: "07700 900142", cell: "cell-a", crs: nationalGrid, at: at, placed: true, azimuth: "120"},
		{row: "4", subject: "07700 900142", cell: "cell-a", azimuth: "120"},
		{row: "5", subject: "07700 900142", cell: "cell-b", crs: nationalGrid, at: at, placed: true},
		{row: "6", subject: "07700 900142", cell: "cell-b", crs: nationalGrid, at: spot{374_561, 164_800}, placed: true},
		{row: "7", subject: "07700 900318", cell: "cell-c"},
		{row: "8", subject: "07700 900318", cell: "cell-d"},
		{row: "12", subject: "07700 900318", cell: "cell-c"},
	} {
		b.add(s)
	}
	m := b.build([]Place{{Letter: "A", Name: "Premises", CRS: wgs84, X: 130_000_000, Y: 525_000_000, Source: "HLM/4"}})
	if len(m.sites) != 1 || m.sites[0].at != at || m.uses[0].unplaced != "" || m.uses[1].unplaced != "two positions stated" || m.uses[2].unplaced != "no position stated" {
		t.Fatalf("%d sites; %q, %q, %q", len(m.sites), m.uses[0].unplaced, m.uses[1].unplaced, m.uses[2].unplaced)
	}
	want := []string{
		"Not drawn: 2 cells (rows 7, 8, 12): no position stated; 1 cell (rows 5, 6): two positions stated; 3 rows (rows 9 to 11): no cell stated; place A: outside the map's system.",
		"No mark stands for 07700 900318: none of the cells recorded for it is drawn.",
		"The rows state different azimuths of one cell at site 1; each is drawn, and the list has them.",
	}
	if got := m.remarks(); !slices.Equal(got, want) {
		t.Errorf("the remarks are\n%s", strings.Join(got, "\n"))
	}
	line := m.list()[0]
	if !strings.Contains(line[3], "not stated in row 4") || line[4] != "different: omni, 120°; in a row not stated" {
		t.Errorf("the list says %q", line)
	}
	for _, item := range m.legend() {
		if strings.Contains(item.text, "07700 900318") {
			t.Errorf("the legend has a mark that is not on the map: %s", item.text)
		}
	}
	var out strings.Builder
	if err := writeMap(&out, bathPage, m); err != nil {
		t.Fatal(err)
	}
	if at, list := strings.Index(out.String(), "Not drawn: 2 cells"), strings.Index(out.String(), listTitle); at < 0 || at > list || !strings.Contains(out.String(), "1: cell-a") {
		t.Error("the page does not say beside the map what is not drawn")
	}
}

// TestTheMapsOwnSheetSaysWhatIsNotDrawn, on paper.
func TestTheMapsOwnSheetSaysWhatIsNotDrawn(t *testing.T) {
	in := bathEvening(t, 66)
	lines := strings.SplitAfter(string(in["schedule"]), "\n")
	for n, line := range lines {
		if strings.HasPrefix(line, "3,") {
			lines[n] = strings.ReplaceAll(line, "373960,164330", ",")
			lines[n] = strings.ReplaceAll(lines[n], "NM-219-1", "NM-990-1")
		}
	}
	in["schedule"] = []byte(strings.Join(lines, ""))
	for _, p := range readPaper(t, made(t, MapPDF{}, in)) {
		if text := p.text(); strings.Contains(text, "Grid north") {
			if !strings.Contains(text, "Not drawn: 1 cell (row 3): no position stated.") {
				t.Errorf("the map's page says %s", text)
			}
			return
		}
	}
	t.Error("no page has a map")
}
