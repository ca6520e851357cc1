package bundle

import (
	"bytes"
	"strings"
	"testing"

	"custos.example/analysis/event"
)

// TestExplainNamesMembersAndOtherRecords wants a member's page row with all its
// members, a row flagged as another record to say so, and a row of another file
// to be named as a report under the rule, not as the same content.
func TestExplainNamesMembersAndOtherRecords(t *testing.T) {
	text := []byte("cluster,row\n1,5\n2,9\n2,11\n3,2\n")
	c := &checker{}
	tr := &tracer{checker: c, name: "members", columns: []string{"cluster", "row"}, table: unpacked{Input: bytes.NewReader(text)}}
	x := tracing{tracer: tr, cells: map[string]string{"cluster": "2", "row": "11"}, x: &Explained{Row: 3}}
	x.membersOf()
	if len(x.x.Linked) != 1 || !strings.Contains(x.x.Linked[0], "Row 2 of the page consists of its rows 2 to 3") {
		t.Errorf("%q", x.x.Linked)
	}
	x.x.Linked = nil
	if got := x.ownFlags("FOLD_UNKNOWN OTHER_RECORD"); got != "FOLD_UNKNOWN" || len(x.x.Linked) != 1 {
		t.Errorf("flags %q, %q", got, x.x.Linked)
	}
	if got := x.ownFlags("FOLD_UNKNOWN"); got != "FOLD_UNKNOWN" || len(x.x.Linked) != 1 {
		t.Errorf("control: flags %q, %q", got, x.x.Linked)
	}
	x.x.Linked = nil
	x.cells["source"] = "a1a1a1a1a1a1a1a1"
	name := func(c event.Column) string { return event.Columns()[c] }
	x.repeat(map[string]string{name(event.Source): "b2b2b2b2b2b2b2b2", name(event.Record): "4", name(event.StartUTC): "2026-10-24T17:04:14Z", name(event.StartCell): "cgi:1"})
	if len(x.x.Repeats) != 0 || len(x.x.Linked) != 1 || !strings.Contains(x.x.Linked[0], "row 4 was taken as another report of this event under rule REPEAT-ACROSS") ||
		!strings.Contains(x.x.Linked[0], "2026-10-24 17:04:14 UTC, its start cell cgi:1") {
		t.Errorf("%q %q", x.x.Repeats, x.x.Linked)
	}
	x.repeat(map[string]string{name(event.Source): "a1a1a1a1a1a1a1a1", name(event.Record): "6"})
	if len(x.x.Repeats) != 1 || len(x.x.Linked) != 1 {
		t.Errorf("control: %q %q", x.x.Repeats, x.x.Linked)
	}
}
