package render

import (
	"strings"
	"testing"
)

// TestEveryRowSaysWhoseRecordsItIs: a row that the other party's records supplied
// names that party beside the handset and the cells, in every form.
func TestEveryRowSaysWhoseRecordsItIs(t *testing.T) {
	in := bathEvening(t, 4)
	const own, theirs = "+447700900142", "+447700900318"
	// Row 1 was made by the one and is out of the records of the other.
	lines := strings.SplitAfter(string(in["schedule"]), "\n")
	if !strings.Contains(lines[1], ","+own+","+own+",") {
		t.Fatalf("row 1 is %s", lines[1])
	}
	lines[1] = strings.Replace(lines[1], ","+own+","+own+",", ","+theirs+","+own+",", 1)
	in["schedule"] = []byte(strings.Join(lines, ""))

	row := tableOfText(t, made(t, ScheduleCSV{}, in))[0]
	if row["From"] != "07700 900142" || row["Records of"] != "07700 900318" {
		t.Errorf("the table of text: from %q, records of %q", row["From"], row["Records of"])
	}
	book := sheetCells(t, made(t, ScheduleXLSX{}, in), "sheet2.xml")
	if book["M1"][1] != "Records of" || book["M2"][1] != "07700 900318" || book["G2"][1] != "07700 900142" {
		t.Errorf("the workbook: %v %v, from %v", book["M1"], book["M2"], book["G2"])
	}
	screen := string(made(t, ScheduleHTML{}, in))
	if !strings.Contains(screen, `<th scope="col">Records of</th><th scope="col">Handset IMEI`) || !strings.Contains(screen, "<td>07700 900318</td><td>35209911 204417</td>") {
		t.Error("the page of HTML does not say it beside the handset")
	}
	found := false
	for _, p := range readPaper(t, made(t, SchedulePDF{}, in)) {
		for _, cells := range printedRows(t, p, paperHeadsOf(p)) {
			found = found || cells[5] == "07700900142" && cells[10] == "07700900318"
		}
	}
	if !found {
		t.Error("paper does not say it")
	}
}

// paperHeadsOf returns the heads of the table on a page; of a page without one,
// heads that it does not have.
func paperHeadsOf(p printedPage) []string {
	if !strings.Contains(p.text(), "Event schedule, times in") {
		return []string{"no table", "no table"}
	}
	return paperHeads
}
