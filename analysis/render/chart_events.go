package render

import (
	"fmt"
	"slices"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// What one timeline can show.
const (
	maxLanes  = 8
	maxStrips = 31
)

// chartEvent is one row of a schedule on a timeline.
type chartEvent struct {
	row        string
	kind       string
	lane       int
	start, end int64 // instants; end is start where none is stated
	doubtful   bool  // the hour happens twice
	cells      []string
}

// timeline is everything that a timeline shows.
type timeline struct {
	lanes   []string
	events  []chartEvent
	undrawn string
}

// readTimeline reads the rows of a schedule.
func readTimeline(in analysis.Input) (timeline, error) {
	var t timeline
	err := eachRow("schedule", in, func(r scheduleRow) error {
		start, ok := event.ParseInstant([]byte(r.field(event.StartUTC)))
		if !ok {
			return fmt.Errorf("%w: row %s has no start", event.ErrNotCanonical, r.own(rowNo))
		}
		end, ok := event.ParseInstant([]byte(r.field(event.EndUTC)))
		if !ok || end < start {
			end = start
		}
		subject := event.Display(r.field(event.Subject))
		lane := slices.Index(t.lanes, subject)
		if lane < 0 {
			lane = len(t.lanes)
			t.lanes = append(t.lanes, subject)
		}
		e := chartEvent{
			row: r.own(rowNo), kind: r.field(event.Type), lane: lane, start: start, end: end, doubtful: r.field(event.Fold) == "unknown",
			cells: []string{
				r.own(rowNo), ukDate(r.own(rowDate)), r.own(rowTime), r.own(rowZone), typeWord(r.field(event.Type)), subject,
				orDash(party(r.field(event.ANumber), "")), orDash(party(r.field(event.BNumber), r.field(event.APN))), orDash(duration(r.field(event.DurationS))),
			},
		}
		t.events = append(t.events, e)
		return nil
	})
	switch {
	case err != nil:
	case len(t.events) == 0:
		t.undrawn = "no row is shown"
	case len(t.lanes) > maxLanes:
		t.undrawn = fmt.Sprintf("the rows have %d subjects and a timeline shows at most %d: ask for fewer identifiers", len(t.lanes), maxLanes)
	}
	return t, err
}

// strip is a piece of time that is drawn from one side of the page to the other,
// or pieces without an event, for which one line of text stands.
type strip struct {
	from, until int64
	ticks       []tick
	without     string // what is said in place of a drawing
	change      int64  // instant at which the clocks change in it; 0 when they do not
	changed     string // what the clocks did
}

// tick is an hour on the clock.
type tick struct {
	at   int64
	text string
}

// strips cuts the time from the first event to the last into pieces of 3, 6 or
// 24 hours on the clock that is shown, counted from midnight. Where the clocks
// change, a piece is an hour shorter or longer, on paper as well. Pieces in a
// row without an event are one strip.
func strips(t timeline, clock *event.Clock) []strip {
	var list []strip
	first, last := t.events[0].start, t.events[0].end
	for _, e := range t.events {
		first, last = min(first, e.start), max(last, e.end)
	}
	var hours int64
	switch {
	case last-first > 36*3600:
		hours = 24
	case last-first > 12*3600:
		hours = 6
	default:
		hours = 3
	}
	for at := floorLocal(first, hours, clock); at <= last && len(list) <= maxStrips; {
		next := nextLocal(at, hours, clock)
		if again, occupied := t.nextStart(at, next); !occupied && again > at {
			next = max(floorLocal(again, hours, clock), next)
			list = append(list, strip{from: at, until: next, without: withoutWords(at, next, hours, clock)})
			at = next
			continue
		}
		s := strip{from: at, until: next, ticks: ticks(at, next, hours, clock)}
		s.change, s.changed = clockChange(at, next, clock)
		list = append(list, s)
		at = next
	}
	return list
}

// in tells whether some of an event lies in a piece of time.
func (e chartEvent) in(from, until int64) bool {
	return e.start < until && e.end >= from && (e.end > from || e.start >= from)
}

// nextStart tells whether a piece of time has an event and, where it has none,
// when the next one starts.
func (t timeline) nextStart(from, until int64) (next int64, occupied bool) {
	for _, e := range t.events {
		if e.in(from, until) {
			return 0, true
		}
		if e.start >= until && (next == 0 || e.start < next) {
			next = e.start
		}
	}
	return next, false
}

// withoutWords says for which time no record is shown: whole days by their dates.
func withoutWords(from, until, hours int64, clock *event.Clock) string {
	local := func(at int64) (day, text string) {
		offset, abbr := clock.At(at)
		s := string(event.AppendInstant(nil, at+int64(offset)))
		return ukDate(s[:10]), s[11:16] + " " + abbr
	}
	first, opens := local(from)
	if hours < 24 {
		last, closes := local(until)
		return "No record shown: " + first + " " + opens + " to " + last + " " + closes
	}
	if last, _ := local(until - 1); last != first {
		return "No record shown: " + first + " to " + last
	}
	return "No record shown: " + first
}

// clockChange returns when and how the clocks change within a piece of time.
func clockChange(from, until int64, clock *event.Clock) (at int64, text string) {
	for at := from + 900; at < until; at += 900 {
		before, old := clock.At(at - 1)
		after, abbr := clock.At(at)
		if before == after {
			continue
		}
		stood := string(event.AppendInstant(nil, at+int64(before)))
		shows := string(event.AppendInstant(nil, at+int64(after)))
		longer := "so that this piece of time is longer than others and the hours after the line stand further right"
		if after > before {
			longer = "so that this piece of time is shorter than others and the hours that were skipped are not on it"
		}
		return at, "The clocks change at the dotted line, at " + stood[11:16] + " " + old + " to " + shows[11:16] + " " + abbr + ", " + longer + "."
	}
	return 0, ""
}

// floorLocal returns the last instant at or before t at which the clock showed
// a multiple of some hours.
func floorLocal(t, hours int64, clock *event.Clock) int64 {
	at := floorTo(t, 900)
	for range 26 * 4 {
		if onHour(at, hours, clock) {
			return at
		}
		at -= 900
	}
	return floorTo(t, 3600)
}

// nextLocal returns the first instant after t at which the clock shows a
// multiple of some hours.
func nextLocal(t, hours int64, clock *event.Clock) int64 {
	for at := t + 900; at <= t+27*3600; at += 900 {
		if onHour(at, hours, clock) && at-t > hours*1800 {
			return at
		}
	}
	return t + hours*3600
}

func onHour(at, hours int64, clock *event.Clock) bool {
	offset, _ := clock.At(at)
	return (at+int64(offset))%(hours*3600) == 0
}

// ticks returns the full hours of a strip with what the clock showed.
func ticks(from, until, hours int64, clock *event.Clock) []tick {
	step := int64(1)
	if hours > 6 {
		step = 2
	}
	var list []tick
	for at := from; at <= until; at += 900 {
		if onHour(at, step, clock) {
			offset, abbr := clock.At(at)
			local := string(event.AppendInstant(nil, at+int64(offset)))
			text := local[11:16]
			if at == from {
				text += " " + abbr
			} else if _, before := clock.At(at - 1); before != abbr {
				text += " " + abbr
			}
			list = append(list, tick{at, text})
		}
	}
	return list
}
