package step_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/step"
	"custos.example/analysis/steptest"
)

// turned returns the same files under other digests, which sort the other way round.
func turned(in map[string][]byte) map[string][]byte {
	other := map[string][]byte{}
	for port, text := range in {
		for k := range 16 * 3 {
			id := fmt.Sprintf("%016x", uint64(0xfedcba9876543210)>>(4*(k%2))+uint64(k/2)) //nolint:gosec // few
			if bytes.Contains(text, []byte(id)) {
				text = bytes.ReplaceAll(text, []byte(id), fmt.Appendf(nil, "%016x", uint64(0x0123456789abcd00)-uint64(k/2)+uint64(k%2)<<32)) //nolint:gosec // few
				break
			}
		}
		other[port] = text
	}
	return other
}

// unsourced returns the lines of a table, sorted, without what says of which
// source and row a line is, or its number: rows of two sources that say the very
// same can stand in either order.
func unsourced(t *testing.T, text []byte) string {
	t.Helper()
	head, _, _ := strings.Cut(string(text), "\n")
	var lines []string
	for _, r := range table(t, text) {
		var line []string
		for _, name := range strings.Split(head, ",") {
			if !strings.HasSuffix(name, "source") && !strings.HasSuffix(name, "row") && name != "offset" && name != "no" {
				line = append(line, r[name])
			}
		}
		lines = append(lines, strings.Join(line, ","))
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

// TestNoResultDependsOnHowDigestsSort gives each analysis the same records under
// digests that sort the other way round; one byte more in a file does as much.
func TestNoResultDependsOnHowDigestsSort(t *testing.T) {
	window := analysis.Params{"from": "2026-10-24T20:00:00Z", "until": "2026-11-02T00:00:00Z"}
	with := func(more ...string) analysis.Params {
		p := analysis.Params{}
		for i := 0; i < len(more); i += 2 {
			p[more[i]] = more[i+1]
		}
		return p
	}
	cases := []struct {
		step   analysis.Step
		params analysis.Params
	}{
		{step.Schedule{}, nil},
		{step.Timeline{}, nil},
		{step.FirstLast{}, nil},
		{step.Handsets{}, with("key", "number")},
		{step.Handsets{}, nil},
		{step.Contacts{}, with("subject", phones[0], "include_zero_duration", "false")},
		{step.Common{}, with("subjects", strings.Join(phones, ","))},
		{step.Night{}, with("subject", phones[1], "min_nights", "1", "evidence", "")},
		{step.Pattern{}, with("subject", phones[2])},
		{step.Gaps{}, with("subject", phones[0], "gap_s", "300")},
		{step.CoLocation{}, with("evidence", "")},
		{step.Area{}, with("from", window["from"], "until", window["until"], "cells", "cgi:001-01-1-3", "named", phones[0])},
	}
	r := rand.New(rand.NewPCG(11, 12)) //nolint:gosec // repeatable cases
	control := 0
	for i := range 40 {
		in := sources(r, 60)
		one, _, err := steptest.Run(step.Merge{}, in, nil)
		if err != nil {
			t.Fatal(err)
		}
		two, _, err := steptest.Run(step.Merge{}, turned(in), nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(in) > 2 && bytes.Equal(one["events"], two["events"]) {
			t.Fatal("the digests were not turned")
		}
		shown := func(rows []row) string {
			list, _, _ := slowSchedule(t, rows, analysis.Params{})
			by := map[string]row{}
			for _, r := range rows {
				by[r["source"]+":"+r["row"]] = r
			}
			text := ""
			for _, own := range list {
				text += fmt.Sprint(by[own]["start_cell"], by[own]["imei"], by[own]["duration_s"], " ")
			}
			return text
		}
		if shown(table(t, one["events"])) != shown(table(t, two["events"])) {
			control++ // as the rows stand in the file it makes a difference
		}
		for _, c := range cases {
			got, o, err := steptest.Run(c.step, map[string][]byte{"events": one["events"], "set-aside": []byte(aside)}, c.params)
			if err != nil {
				t.Fatal(err)
			}
			want, w, err := steptest.Run(c.step, map[string][]byte{"events": two["events"], "set-aside": []byte(aside)}, c.params)
			if err != nil {
				t.Fatal(err)
			}
			name := c.step.Info().Name
			for port := range got {
				if port == "summary" {
					continue
				}
				if g, w := unsourced(t, got[port]), unsourced(t, want[port]); g != w {
					t.Fatalf("case %d: %s of %s: %s", i, port, name, firstDifference(g, w))
				}
			}
			if o.Result.Balance.String() != w.Result.Balance.String() || fmt.Sprint(o.Result.Balance.OutsideBy) != fmt.Sprint(w.Result.Balance.OutsideBy) {
				t.Fatalf("case %d: %s: %s, %s", i, name, o.Result.Balance, w.Result.Balance)
			}
			var sum [2]analysis.Summary
			if err := json.Unmarshal(got["summary"], &sum[0]); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(want["summary"], &sum[1]); err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(sum[0].Types, sum[0].Flags, sum[0].Caveats) != fmt.Sprint(sum[1].Types, sum[1].Flags, sum[1].Caveats) {
				t.Fatalf("case %d: the summaries of %s differ", i, name)
			}
		}
	}
	if control < 10 {
		t.Errorf("control: only in %d worlds the order in the file makes a difference", control)
	}
}

// TestARecordWithoutACellHidesNoOther: one call in a full return and, under a
// digest that sorts before or after it, in a billing file that has neither cell
// nor IMEI and may have begun a second earlier.
func TestARecordWithoutACellHidesNoOther(t *testing.T) {
	const cell = "cgi:001-01-1017-10010"
	full := func(e *event.Event) {
		e.StartAt, e.IMEI, e.IMSI = event.Site{Cell: []byte(cell)}, []byte("352099112044170"), []byte("001010812834876")
	}
	near := call("2026-10-24T23:00:05Z", "sms", "originating", marcus, third, 0, full)
	for _, billing := range []struct{ source, start string }{
		{srcA, "2026-10-24T23:00:00Z"}, {srcB, "2026-10-24T23:00:00Z"}, {srcA, "2026-10-24T22:59:59Z"}, {srcB, "2026-10-24T22:59:59Z"},
	} {
		rest := srcA
		if billing.source == srcA {
			rest = srcB
		}
		under := func(source string, text []byte) []byte {
			return bytes.ReplaceAll(text, []byte("0123456789abcdef"), []byte(source))
		}
		in := map[string][]byte{
			"events":    under(rest, file(call("2026-10-24T23:00:00Z", "voice", "originating", kyle, third, 60, full), near)),
			"events-2":  under(billing.source, file(call(billing.start, "voice", "originating", kyle, third, 60, nil))),
			"set-aside": []byte(none), "set-aside-2": []byte(none),
		}
		merged, o, err := steptest.Run(step.Merge{}, in, nil)
		if err != nil || o.Result.Balance.Repeats != 1 {
			t.Fatal(err, o.Result.Balance)
		}
		has := func(s analysis.Step, params analysis.Params, lines int, part string) {
			t.Helper()
			out, _ := runStep(t, s, merged["events"], params)
			text := string(out[s.Info().Outputs[0].Name])
			if strings.Count(text, "\n") != 1+lines || strings.Count(text, part) == 0 {
				t.Errorf("%+v: %s does not hold %q in %d lines:\n%s", billing, s.Info().Name, part, lines, text)
			}
		}
		has(step.Area{}, analysis.Params{"cells": cell, "from": "2026-10-24T00:00:00Z", "until": "2026-10-26T00:00:00Z", "named": kyle}, 2, kyle)
		has(step.Night{}, analysis.Params{"subject": kyle, "min_nights": "1"}, 1, cell)
		has(step.CoLocation{}, nil, 1, cell)
		has(step.Handsets{}, analysis.Params{"key": "number", "identifiers": kyle}, 1, "35209911204417")
		has(step.FirstLast{}, analysis.Params{"identifiers": "35209911204417"}, 1, "2026-10-24T23:00:00Z")
		out, _ := runStep(t, step.Schedule{}, merged["events"], analysis.Params{"identifiers": kyle})
		shown, repeat := table(t, out["schedule"]), table(t, out["repeats"])
		later := billing.start != "2026-10-24T23:00:00Z" // of the full return: the earliest row is shown, and the page says that a repeat holds more
		if len(shown) != 1 || len(repeat) != 1 || (shown[0]["start_cell"] == cell) == later || (repeat[0]["flags"] == "HOLDS_MORE") != later ||
			strings.Contains(string(out["summary"]), `"value":"1"`) != later {
			t.Errorf("%+v: schedule %v repeats %v\n%s", billing, shown, repeat, out["summary"])
		}
	}
}
