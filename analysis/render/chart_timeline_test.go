package render

import (
	"strings"
	"testing"

	"custos.example/analysis/event"
)

func londonClock(t *testing.T) *event.Clock {
	t.Helper()
	loc, err := event.Location("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return event.NewClock(loc)
}

func timelineOf(t *testing.T, doubtful int, starts ...string) timeline {
	t.Helper()
	line := timeline{lanes: []string{"07700 900142"}}
	for n, s := range starts {
		at, ok := event.ParseInstant([]byte(s))
		if !ok {
			t.Fatal(s)
		}
		line.events = append(line.events, chartEvent{row: decimal(int64(n + 1)), kind: "sms", start: at, end: at, doubtful: n+1 == doubtful, cells: make([]string, 9)})
	}
	return line
}

// TestDaysWithoutAnEventAreOneLine, and everything on the chart is explained.
func TestDaysWithoutAnEventAreOneLine(t *testing.T) {
	clock := londonClock(t)
	line := timelineOf(t, 2, "2026-10-24T18:00:00Z", "2026-10-25T00:30:00Z", "2026-11-05T09:00:00Z", "2026-11-07T09:00:00Z", "2027-03-28T09:00:00Z")
	text := line.document(bathPage, clock)
	for _, want := range []string{
		">No record shown: 26/10/2026 to 04/11/2026<", ">No record shown: 06/11/2026<", ">No record shown: 08/11/2026 to 27/03/2027<", ">24/10/2026<", ">25/10/2026<", ">05/11/2026<", ">28/03/2027<",
		">2?<", doubtfulWords, "The clocks change at the dotted line, at 02:00 BST to 01:00 GMT", "at 01:00 GMT to 02:00 BST",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the chart lacks %q", want)
		}
	}
	if strings.Contains(text, ">26/10/2026<") || strings.Contains(text, "No timeline is drawn") {
		t.Error("a day without an event is drawn")
	}

	// The control: nothing is explained that is not on the chart.
	text = timelineOf(t, 0, "2026-11-05T09:00:00Z", "2026-11-05T11:30:00Z").document(bathPage, clock)
	for _, no := range []string{">No record shown: ", doubtfulWords, "The clocks change"} {
		if strings.Contains(text, no) {
			t.Errorf("the chart of one morning says %q", no)
		}
	}
	for kind, told := range map[string]bool{"other": true, "system": true, "sms": false} {
		line := timelineOf(t, 0, "2026-11-05T09:00:00Z")
		line.events[0].kind = kind
		if text := line.document(bathPage, clock); strings.Contains(text, ">Other: upright line<") != told {
			t.Errorf("an event of type %s: its mark is explained: %v", kind, !told)
		}
	}
	text = timelineOf(t, 0, "2026-11-05T00:10:00Z", "2026-11-05T10:00:00Z").document(bathPage, clock)
	if !strings.Contains(text, ">No record shown: 05/11/2026 03:00 GMT to 05/11/2026 09:00 GMT<") {
		t.Error("six hours without an event are not one line")
	}
}
