package step_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/step"
	"custos.example/analysis/steptest"
)

// checkAppendix wants a result that speaks of an appendix of repeats to have one
// with as many rows, and one that has none not to speak of it.
func checkAppendix(t *testing.T, s analysis.Step, out map[string][]byte, sum analysis.Summary) {
	t.Helper()
	limits := ""
	for _, c := range sum.Caveats {
		limits += c.ID + " " + c.Text + "\n"
	}
	list, has := out["repeats"]
	if told := strings.Contains(limits, "appendix"); told != (has && sum.Balance.Repeats > 0) || told && int64(len(table(t, list))) != sum.Balance.Repeats {
		t.Fatalf("%s has %d repeats, lists %d, and says:\n%s", s.Info().Name, sum.Balance.Repeats, len(table(t, list)), limits)
	}
	if !has && strings.Contains(limits, "CAV-DUP-2") != (sum.Balance.Repeats > 0) {
		t.Fatalf("%s has %d repeats and says:\n%s", s.Info().Name, sum.Balance.Repeats, limits)
	}
}

func summary(t *testing.T, out map[string][]byte) analysis.Summary {
	t.Helper()
	var sum analysis.Summary
	if err := json.Unmarshal(out["summary"], &sum); err != nil {
		t.Fatal(err)
	}
	return sum
}

// TestRepeatsAreListedWhereTheyAreSaidToBe looks at an analysis with a list of
// repeats and at one without.
func TestRepeatsAreListedWhereTheyAreSaidToBe(t *testing.T) {
	merged, _, err := steptest.Run(step.Merge{}, map[string][]byte{
		"events": hand(t, "in.events.csv"), "set-aside": hand(t, "in.set-aside.csv"), "events-2": hand(t, "in.events-2.csv"), "set-aside-2": hand(t, "in.set-aside-2.csv"),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []analysis.Step{step.Schedule{}, step.Timeline{}, step.FirstLast{}, step.Handsets{}} {
		out, b := runStep(t, s, merged["events"], nil)
		if b.Repeats == 0 {
			t.Fatalf("%s has no repeats", s.Info().Name)
		}
		checkAppendix(t, s, out, summary(t, out))
	}
	out, _ := runStep(t, step.Timeline{}, merged["events"], nil)
	if !strings.Contains(string(out["summary"]), "under rules REPEAT-EQUAL and REPEAT-ACROSS; all are listed") {
		t.Errorf("%s", out["summary"])
	}
}

// TestWholeMinutesBesideSecondsAreTold: one call in a source of whole minutes and
// in one of seconds is not linked, so the page has to say that it can stand twice.
func TestWholeMinutesBesideSecondsAreTold(t *testing.T) {
	minute := file(call("2026-10-24T09:15:00Z", "voice", "originating", kyle, third, 61, func(e *event.Event) { e.Minute = true }))
	for _, c := range []struct {
		second []byte
		told   bool
	}{
		{file(call("2026-10-24T09:15:37Z", "voice", "originating", kyle, third, 61, nil)), true},
		{bytes.ReplaceAll(minute, []byte("09:15:00"), []byte("09:16:00")), false},
	} {
		merged, o, err := steptest.Run(step.Merge{}, map[string][]byte{
			"events": minute, "set-aside": []byte(none), "events-2": bytes.ReplaceAll(c.second, []byte("0123456789abcdef"), []byte(srcB)), "set-aside-2": []byte(none),
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		out, _ := runStep(t, step.Contacts{}, merged["events"], analysis.Params{"subject": kyle})
		if got := strings.Contains(string(out["summary"]), "CAV-TIME-2"); got != c.told || strings.Contains(strings.Join(o.Result.Caveats, " "), "CAV-TIME-2") != c.told {
			t.Errorf("told %v, want %v: %s", got, c.told, out["summary"])
		}
	}
}

// TestARecordInProgressIsNoGap: a session of the night before reaches into the period.
func TestARecordInProgressIsNoGap(t *testing.T) {
	session := func(seconds int64) []byte {
		return file(
			call("2026-10-27T17:00:00Z", "data", "data", kyle, "", 0, func(e *event.Event) {
				e.Evidence, e.Duration, e.HasDuration, e.End, e.HasEnd = "within", seconds, true, e.Start+seconds, true
			}),
			call("2026-10-28T08:00:00Z", "sms", "originating", kyle, third, 0, nil))
	}
	for _, c := range []struct {
		seconds int64
		types   string
		want    string
	}{
		{14 * 3600, "", ""},
		{8 * 3600, "", "1,between,2026-10-28T01:00:00Z,2026-10-28T08:00:00Z,25200,"},
		{6 * 3600, "", "1,before the first,2026-10-28T00:00:00Z,2026-10-28T08:00:00Z,28800,"},
		{14 * 3600, "sms", "1,before the first,2026-10-28T00:00:00Z,2026-10-28T08:00:00Z,28800,"},
	} {
		out, b := runStep(t, step.Gaps{}, session(c.seconds), analysis.Params{"subject": kyle, "from": "2026-10-28T00:00:00Z", "types": c.types})
		_, got, _ := strings.Cut(string(out["gaps"]), "\n")
		if !strings.HasPrefix(got, c.want) || c.want == "" && got != "" || b.Shown+b.Outside != 2 {
			t.Errorf("%+v: %s%s", c, got, b)
		}
	}
}

// TestAKnownEndDoesNotMoveWithTheStart: of two rows that start in the hour that
// happens twice the one without a duration states its end as an instant.
func TestAKnownEndDoesNotMoveWithTheStart(t *testing.T) {
	for _, c := range []struct {
		duration bool
		want     string
	}{{false, "1,between,2026-10-25T02:10:00Z,2026-10-25T09:00:00Z,24600,"}, {true, "1,between,2026-10-25T03:10:00Z,2026-10-25T09:00:00Z,21000,"}} {
		out, _ := runStep(t, step.Gaps{}, file(
			call("2026-10-25T00:30:00Z", "voice", "originating", kyle, third, 6000, func(e *event.Event) { e.Fold, e.HasDuration = "unknown", c.duration }),
			call("2026-10-25T09:00:00Z", "sms", "originating", kyle, third, 0, func(e *event.Event) { e.OffsetS = 0 })), analysis.Params{"subject": kyle, "gap_s": "3600"})
		if _, got, _ := strings.Cut(string(out["gaps"]), "\n"); !strings.HasPrefix(got, c.want) {
			t.Errorf("%v: %s", c.duration, got)
		}
	}
}

// TestAFoldedRowIsShownWithBothTimes: where the clock shows one time for both
// instants their zones tell them apart, else both times stand there, and a hit
// lies in its own period.
func TestAFoldedRowIsShownWithBothTimes(t *testing.T) {
	const cell = "cgi:001-01-1017-10010"
	events := file(call("2026-10-25T00:30:00Z", "sms", "originating", kyle, third, 0, func(e *event.Event) {
		e.Fold, e.StartAt = "unknown", event.Site{Cell: []byte(cell)}
	}))
	for _, c := range []struct{ zone, want string }{
		{"Europe/London", "1,2026-10-25,01:30:00,BST/GMT,"},
		{"UTC", "1,2026-10-25,00:30:00,UTC or 01:30:00 UTC,"},
		{"America/New_York", "1,2026-10-24,20:30:00,EDT or 21:30:00 EDT,"},
		{"America/St_Johns", "1,2026-10-24,22:00:00,NDT or 23:00:00 NDT,"},
		{"Atlantic/Azores", "1,2026-10-25,00:30:00,+00/-01,"},
	} {
		out, _ := runStep(t, step.Schedule{}, events, analysis.Params{"zone": c.zone})
		if _, got, _ := strings.Cut(string(out["schedule"]), "\n"); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %s", c.zone, got)
		}
	}
	for _, c := range []struct{ from, zone, want string }{
		{"2026-10-25T01:00:00Z", "Europe/London", "2026-10-25,01:30:00,BST/GMT,2026-10-25T01:30:00Z,start,"},
		{"2026-10-25T01:00:00Z", "UTC", "2026-10-25,01:30:00,UTC or 00:30:00 UTC,2026-10-25T01:30:00Z,start,"},
		{"2026-10-25T00:00:00Z", "Europe/London", "2026-10-25,01:30:00,BST/GMT,2026-10-25T00:30:00Z,start,"},
	} {
		out, _ := runStep(t, step.Area{}, events, analysis.Params{"from": c.from, "until": "2026-10-25T02:00:00Z", "cells": cell, "named": kyle, "zone": c.zone})
		if !strings.Contains(string(out["hits"]), c.want) {
			t.Errorf("%+v: %s", c, out["hits"])
		}
	}
}

// TestNobodyIsHisOwnContact: a call to the subject's own number is a mailbox, say.
func TestNobodyIsHisOwnContact(t *testing.T) {
	events := file(
		call("2026-10-24T10:00:00Z", "voice", "originating", kyle, kyle, 30, nil),
		call("2026-10-24T10:01:00Z", "voice", "originating", marcus, kyle, 30, nil),
		call("2026-10-24T10:02:00Z", "sms", "originating", kyle, "none:redacted", 0, nil),
		call("2026-10-24T10:03:00Z", "sms", "terminating", "none:unavailable", kyle, 0, nil),
		call("2026-10-24T10:04:00Z", "sms", "terminating", "none:withheld", kyle, 0, nil))
	out, _ := runStep(t, step.Contacts{}, events, analysis.Params{"subject": kyle})
	if got := string(out["contacts"]); strings.Count(got, "\n") != 2 || !strings.Contains(got, "1,"+marcus+",1,") {
		t.Error(got)
	}
	want := "counterparty,rule,events\n" + kyle + ",OWN_NUMBER,1\nnone:redacted,REDACTED,1\nnone:unavailable,UNAVAILABLE,1\nnone:withheld,WITHHELD,1\n"
	if got := string(out["excluded"]); got != want {
		t.Error(got)
	}
	out, _ = runStep(t, step.Common{}, events, analysis.Params{"subjects": kyle + "," + marcus})
	if got := string(out["common"]); strings.Count(got, "\n") != 1 {
		t.Errorf("one of the subjects is called by the other and by himself: %s", got)
	}
}
