package step_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/step"
	"custos.example/analysis/steptest"
)

// call appends one event to a list, by hand.
func call(start string, kind, leg, a, b string, seconds int64, changes func(*event.Event)) event.Event {
	at, ok := event.ParseInstant([]byte(start))
	if !ok {
		panic(start)
	}
	e := event.Event{Start: at, Zone: "Europe/London", OffsetS: 3600, Evidence: "at", Type: kind, Leg: leg, A: []byte(a), B: []byte(b), Subject: []byte(a)}
	if leg == "terminating" {
		e.Subject = e.B
	}
	if kind == "voice" {
		e.Duration, e.HasDuration, e.End, e.HasEnd = seconds, true, at+seconds, true
	}
	if changes != nil {
		changes(&e)
	}
	return e
}

func file(events ...event.Event) []byte {
	out := event.AppendHeader(nil)
	for i := range events {
		out = event.AppendContent(out, &events[i])
		out = event.AppendTrail(out, "0123456789abcdef", int64(i+2), int64(100*i), 0)
	}
	return out
}

const (
	kyle   = "+447700900142"
	marcus = "+447700900318"
	third  = "+447700900104"
	none   = "row,offset,reason,column\n"
)

func runStep(t *testing.T, s analysis.Step, events []byte, params analysis.Params) (map[string][]byte, analysis.Balance) {
	t.Helper()
	out, o, err := steptest.Run(s, map[string][]byte{"events": events, "set-aside": []byte(none)}, params)
	if err != nil {
		t.Fatal(err)
	}
	return out, o.Result.Balance
}

// TestContactsByHand was worked out on paper: Marcus twice (47 + 13 s, one in,
// one out), the third party twice (one text, one call of 60 s), so both have
// rank 1; 60 s each, so the smaller number stands first; then one with one.
func TestContactsByHand(t *testing.T) {
	out, b := runStep(t, step.Contacts{}, file(
		call("2026-10-23T22:30:00Z", "voice", "originating", kyle, marcus, 47, nil), // 23:30 BST on the 23rd
		call("2026-10-23T23:30:00Z", "voice", "terminating", marcus, kyle, 13, nil), // 00:30 BST on the 24th
		call("2026-10-24T10:00:00Z", "sms", "originating", kyle, third, 0, nil),
		call("2026-10-24T10:00:01Z", "voice", "originating", kyle, third, 60, nil),
		call("2026-10-24T10:00:02Z", "voice", "originating", kyle, "+447700900999", 0, nil),
		call("2026-10-24T10:00:03Z", "voicemail", "voicemail", kyle, "+447700900998", 0, nil),
		call("2026-10-24T10:00:04Z", "sms", "originating", kyle, "short:84433", 0, nil),
		call("2026-10-24T10:00:05Z", "voice", "originating", marcus, third, 5, nil),
	), analysis.Params{"subject": kyle})
	want := "rank,counterparty,events,out,in,voice_s,sms,first,last,days\n" +
		"1,+447700900104,2,2,0,60,1,2026-10-24T10:00:00Z,2026-10-24T10:00:01Z,1\n" +
		"1,+447700900318,2,1,1,60,0,2026-10-23T22:30:00Z,2026-10-23T23:30:00Z,2\n" +
		"2,+447700900999,1,1,0,0,0,2026-10-24T10:00:02Z,2026-10-24T10:00:02Z,1\n"
	if got := string(out["contacts"]); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if got := string(out["excluded"]); got != "counterparty,rule,events\nshort:84433,SHORT_CODE,1\n" {
		t.Errorf("excluded:\n%s", got)
	}
	if b.String() != "8 received = 5 shown + 3 outside the question + 0 repeats + 0 set aside" {
		t.Error(b)
	}
}

// TestScheduleByHand was worked out on paper: 18:04:12 BST is 17:04:12 UTC; the
// window begins with the first row and ends before the last.
func TestScheduleByHand(t *testing.T) {
	out, b := runStep(t, step.Schedule{}, file(
		call("2026-10-24T17:04:11Z", "sms", "originating", kyle, third, 0, nil),
		call("2026-10-24T17:04:12Z", "voice", "originating", kyle, marcus, 47, func(e *event.Event) {
			e.StartAt = event.Site{Cell: []byte("cgi:001-01-1000-1"), Azimuth: []byte("140"), Place: []byte("Twerton, BA2")}
		}),
		call("2026-10-24T17:05:00Z", "sms", "terminating", third, marcus, 0, nil),
		call("2026-10-25T00:30:00Z", "sms", "originating", kyle, third, 0, func(e *event.Event) { e.Fold, e.Flags = "unknown", []byte("FOLD_UNKNOWN") }),
		call("2026-10-25T02:00:00Z", "sms", "originating", kyle, third, 0, func(e *event.Event) { e.OffsetS, e.Minute = 0, true }),
		call("2026-10-25T02:30:00Z", "sms", "originating", kyle, third, 0, func(e *event.Event) { e.OffsetS = 0 }),
	), analysis.Params{"identifiers": kyle, "from": "2026-10-24T17:04:12Z", "until": "2026-10-25T02:30:00Z"})
	var got []string
	for _, r := range table(t, out["schedule"]) {
		got = append(got, strings.Join([]string{r["no"], r["date"], r["time"], r["shown_zone"], r["row"], r["start_place"]}, "|"))
	}
	want := "1|2026-10-24|18:04:12|BST|3|Twerton, BA2\n2|2026-10-25|01:30:00|BST/GMT|5|\n3|2026-10-25|02:00|GMT|6|"
	if strings.Join(got, "\n") != want {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), want)
	}
	if b.String() != "6 received = 3 shown + 3 outside the question + 0 repeats + 0 set aside" {
		t.Error(b)
	}
	var sum analysis.Summary
	if err := json.Unmarshal(out["summary"], &sum); err != nil {
		t.Fatal(err)
	}
	if sum.Time.FoldUnknown != 1 || sum.Time.WholeMinute != 1 || sum.Time.Supplied != "Europe/London" || sum.Parameters["types"] != "" {
		t.Errorf("summary: %+v", sum)
	}
}

// TestAFoldedRowIsNeverLost asks for each half of the hour that happens twice.
func TestAFoldedRowIsNeverLost(t *testing.T) {
	events := file(call("2026-10-25T00:30:00Z", "sms", "originating", kyle, third, 0, func(e *event.Event) { e.Fold = "unknown" }))
	for _, c := range []struct {
		from, until string
		shown       int64
	}{
		{"2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z", 1},
		{"2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z", 1},
		{"2026-10-25T02:00:00Z", "2026-10-25T03:00:00Z", 0},
		{"2026-10-25T00:31:00Z", "2026-10-25T01:30:00Z", 0},
	} {
		if _, b := runStep(t, step.Schedule{}, events, analysis.Params{"from": c.from, "until": c.until}); b.Shown != c.shown {
			t.Errorf("%s to %s: %s", c.from, c.until, b)
		}
	}
}

func TestParametersThatAreRefused(t *testing.T) {
	events := file(call("2026-10-24T17:04:11Z", "sms", "originating", kyle, third, 0, nil))
	for _, c := range []struct {
		step   analysis.Step
		params analysis.Params
	}{
		{step.Schedule{}, analysis.Params{"from": "2026-10-24"}},
		{step.Schedule{}, analysis.Params{"from": "2026-10-24T17:00:00+01:00"}},
		{step.Schedule{}, analysis.Params{"from": "2026-10-25T00:00:00Z", "until": "2026-10-25T00:00:00Z"}},
		{step.Schedule{}, analysis.Params{"identifiers": "a, b"}},
		{step.Schedule{}, analysis.Params{"identifiers": "a,a"}},
		{step.Schedule{}, analysis.Params{"types": "fax"}},
		{step.Schedule{}, analysis.Params{"zone": "Mars/Base"}},
		{step.Schedule{}, analysis.Params{"zone": "Local"}},
		{step.Schedule{}, analysis.Params{"speed": "1"}},
		{step.Contacts{}, nil},
		{step.Contacts{}, analysis.Params{"subject": kyle, "min_count": "0"}},
		{step.Contacts{}, analysis.Params{"subject": kyle, "min_count": "01"}},
		{step.Contacts{}, analysis.Params{"subject": kyle, "include_zero_duration": "yes"}},
	} {
		if _, _, err := steptest.Run(c.step, map[string][]byte{"events": events, "set-aside": []byte(none)}, c.params); !errors.Is(err, analysis.ErrParameter) {
			t.Errorf("%s with %v: %v", analysis.Identity(c.step), c.params, err)
		}
	}
}

func TestEventsThatAreRefused(t *testing.T) {
	good := string(file(
		call("2026-10-24T17:04:11Z", "sms", "originating", kyle, third, 0, nil),
		call("2026-10-24T17:04:12Z", "sms", "originating", kyle, third, 0, nil),
	))
	lines := strings.SplitAfter(good, "\n")
	for name, text := range map[string]string{
		"out of order":      lines[0] + lines[2] + lines[1],
		"a row twice":       lines[0] + lines[1] + lines[1],
		"CRLF":              strings.ReplaceAll(good, "\n", "\r\n"),
		"no last line end":  strings.TrimSuffix(good, "\n"),
		"needless quotes":   strings.Replace(good, "sms", `"sms"`, 1),
		"another header":    strings.Replace(good, "a_number", "caller", 1),
		"repeats nothing":   lines[0] + strings.TrimSuffix(lines[1], "\n") + "7\n",
		"a row number of 0": lines[0] + strings.Replace(lines[1], ",2,0,", ",02,0,", 1),
	} {
		if _, _, err := steptest.Run(step.Schedule{}, map[string][]byte{"events": []byte(text), "set-aside": []byte(none)}, nil); !errors.Is(err, event.ErrNotCanonical) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := steptest.Run(step.Schedule{}, map[string][]byte{"events": []byte(good), "set-aside": []byte(none)}, nil); err != nil {
		t.Errorf("control: %v", err)
	}
}

// TestScheduleKeepsTheOtherPartysRecord merges two returns that report one call
// of two subjects: both records stay rows, the second with a flag; the repeat of
// each within its own subject leaves the rows. When the question leaves the
// first out, the second stands by itself.
func TestScheduleKeepsTheOtherPartysRecord(t *testing.T) {
	at := func(cell string) func(*event.Event) {
		return func(e *event.Event) { e.StartAt = event.Site{Cell: []byte(cell)} }
	}
	other := func(source string, text []byte) []byte {
		return bytes.ReplaceAll(text, []byte("0123456789abcdef"), []byte(source))
	}
	merged, _, err := steptest.Run(step.Merge{}, map[string][]byte{
		"events":    file(call("2026-10-24T17:04:12Z", "voice", "originating", kyle, marcus, 47, at("cgi:001-01-1000-1"))),
		"events-2":  other("b2b2b2b2b2b2b2b2", file(call("2026-10-24T17:04:13Z", "voice", "terminating", kyle, marcus, 47, at("cgi:001-01-1000-2")))),
		"events-3":  other("c3c3c3c3c3c3c3c3", file(call("2026-10-24T17:04:14Z", "voice", "terminating", kyle, marcus, 47, at("cgi:001-01-1000-3")))),
		"events-4":  other("d4d4d4d4d4d4d4d4", file(call("2026-10-24T17:04:14Z", "voice", "originating", kyle, marcus, 47, at("cgi:001-01-1000-4")))),
		"set-aside": []byte(none), "set-aside-2": []byte(none), "set-aside-3": []byte(none), "set-aside-4": []byte(none),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	shown := func(text []byte) string {
		var lines []string
		for _, r := range table(t, text) {
			lines = append(lines, strings.Join([]string{r["no"], r["subject"], r["start_cell"], r["flags"]}, "|"))
		}
		return strings.Join(lines, "\n")
	}
	out, b := runStep(t, step.Schedule{}, merged["events"], nil)
	if got, want := shown(out["schedule"]), "1|"+kyle+"|cgi:001-01-1000-1|\n2|"+marcus+"|cgi:001-01-1000-2|OTHER_RECORD"; got != want {
		t.Errorf("schedule:\n%s\nwant:\n%s", got, want)
	}
	if got, want := shown(out["repeats"]), "1|"+kyle+"|cgi:001-01-1000-4|\n2|"+marcus+"|cgi:001-01-1000-3|"; got != want {
		t.Errorf("repeats:\n%s\nwant:\n%s", got, want)
	}
	if b.String() != "4 received = 2 shown + 0 outside the question + 2 repeats + 0 set aside" {
		t.Error(b)
	}
	var sum analysis.Summary
	if err := json.Unmarshal(out["summary"], &sum); err != nil {
		t.Fatal(err)
	}
	if len(sum.Figures) != 1 || sum.Figures[0].Value != "1" || len(sum.Flags) != 1 || sum.Flags[0] != (analysis.Count{Name: "OTHER_RECORD", Rows: 1}) {
		t.Errorf("figures %v, flags %v", sum.Figures, sum.Flags)
	}
	out, _ = runStep(t, step.Schedule{}, merged["events"], analysis.Params{"from": "2026-10-24T17:04:13Z"})
	if got := shown(out["schedule"]); got != "1|"+marcus+"|cgi:001-01-1000-2|\n2|"+kyle+"|cgi:001-01-1000-4|OTHER_RECORD" {
		t.Errorf("from the second record on:\n%s", got)
	}
}

func checkBalance(t *testing.T, b analysis.Balance, events int, shown int64, outside map[string]int64, repeats int64) {
	t.Helper()
	got := map[string]int64{}
	for _, r := range b.OutsideBy {
		got[r.Rule] = r.Rows
	}
	if fmt.Sprint(got) != fmt.Sprint(outside) || b.Shown != shown || b.Repeats != repeats || b.SetAside != 3 || b.Received != int64(events)+3 {
		t.Fatalf("balance %s, outside by %v; want %d events, %d shown, %v, %d repeats", b, got, events, shown, outside, repeats)
	}
}
