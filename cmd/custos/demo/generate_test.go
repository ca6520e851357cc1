package demo

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"testing"
)

func TestReturnIsRepeatableAndInvented(t *testing.T) {
	a, c := Return(7, 1200)
	b, _ := Return(7, 1200)
	if !bytes.Equal(a, b) {
		t.Fatal("the same seed gave other bytes")
	}
	if other, _ := Return(8, 1200); bytes.Equal(a, other) {
		t.Fatal("another seed gave the same bytes")
	}
	rows, err := csv.NewReader(bytes.NewReader(a)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != c.Rows+1 || c.Repeats == 0 || c.Damaged == 0 || c.NoCell == 0 {
		t.Fatalf("%d lines for %+v", len(rows), c)
	}
	drama := regexp.MustCompile(`^(0|44|\+44|0044)7700 ?900[0-9]{3}$`)
	handsets := map[string]bool{}
	for _, row := range rows[1:] {
		if len(row) != 17 || !drama.MatchString(row[0]) {
			t.Fatalf("a row is not of this layout, or a number is not a drama number: %q", row)
		}
		if row[1] != "" && row[1] != "84433" && row[1] != "4.47701E+11" && !drama.MatchString(row[1]) {
			t.Fatalf("not a drama number: %q", row[1])
		}
		handsets[row[6]] = true
	}
	if len(handsets) != 6 {
		t.Fatalf("five people, one of whom changes handset, used %d handsets", len(handsets))
	}
}
