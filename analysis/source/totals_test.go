package source_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestTotalsBeyondTheList: a file with more totals than the report lists has all
// of them compared; with as many as are listed, which is the control, none is left.
func TestTotalsBeyondTheList(t *testing.T) {
	p := small("who, whom, at", "file: {encoding: utf-8, separator: \";\", header: [who, whom, at], lines: [{like: \"Total {count}\", kind: total}]}")
	group := "07700900123;07700900456;" + at + "0\n"
	type beyond struct{ Row, Totals, Differ int64 }
	for name, c := range map[string]struct {
		last string
		want *beyond
	}{
		"as many as are listed":  {"", nil},
		"more, and all agree":    {group + "Total 1\n", &beyond{Totals: 1}},
		"more, and two disagree": {group + "Total 1\n" + group + "Total 3\n" + group + "Total 2\n", &beyond{Row: 2005, Totals: 3, Differ: 2}},
	} {
		im := mustImport(t, []byte("who;whom;at\n"+strings.Repeat(group+"Total 1\n", 1000)+c.last), p)
		var report struct {
			Totals []struct{ Agrees bool }
			Beyond *beyond `json:"totalsBeyond"`
		}
		if err := json.Unmarshal([]byte(im.report), &report); err != nil {
			t.Fatal(err)
		}
		if len(report.Totals) != 1000 || !report.Totals[999].Agrees {
			t.Errorf("%s: %d totals are listed", name, len(report.Totals))
		}
		if got := report.Beyond; (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
