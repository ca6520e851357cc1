package step_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"
	"time"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/step"
	"custos.example/analysis/steptest"
)

// This file holds a second, slow implementation of each analysis, written from
// its definition. It shares no code with the first: the standard library reads
// the files, maps hold everything, and time.Time does the days.

// row is one line of an events file by column name.
type row map[string]string

func table(t *testing.T, text []byte) []row {
	t.Helper()
	all, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	for _, line := range all[1:] {
		r := row{}
		for i, name := range all[0] {
			r[name] = line[i]
		}
		rows = append(rows, r)
	}
	return rows
}

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02T15:04:05Z", text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// within reports that one of a row's possible starts lies in the period.
func within(t *testing.T, r row, params analysis.Params) bool {
	t.Helper()
	starts := []time.Time{instant(t, r["start_utc"])}
	if r["fold"] == "unknown" {
		starts = append(starts, starts[0].Add(time.Hour)) // the rows made here are of London
	}
	for _, s := range starts {
		after := params["from"] == "" || !s.Before(instant(t, params["from"]))
		before := params["until"] == "" || s.Before(instant(t, params["until"]))
		if after && before {
			return true
		}
	}
	return false
}

func has(list, value string) bool {
	for _, v := range strings.Split(list, ",") {
		if v == value {
			return true
		}
	}
	return false
}

// slowSchedule returns the rows shown, as source:row, the rows that repeat one
// of them, and the count of each rule.
func slowSchedule(t *testing.T, rows []row, params analysis.Params) (shown []string, repeats map[string]string, outside map[string]int64) {
	t.Helper()
	repeats, outside = map[string]string{}, map[string]int64{}
	of, first := root(rows), map[string]string{}
	for _, r := range rows {
		own := r["source"] + ":" + r["row"]
		ids := params["identifiers"]
		asked := ids == "" || has(ids, r["subject"]) || has(ids, r["a_number"]) || has(ids, r["b_number"]) || r["c_number"] != "" && has(ids, r["c_number"])
		switch {
		case !asked:
			outside["OUTSIDE_IDENTIFIERS"]++
		case !within(t, r, params):
			outside["OUTSIDE_PERIOD"]++
		case params["types"] != "" && !has(params["types"], r["type"]):
			outside["OUTSIDE_TYPES"]++
		case first[of[own]+r["subject"]] != "":
			repeats[own] = first[of[own]+r["subject"]]
		default:
			first[of[own]+r["subject"]] = own
			shown = append(shown, own)
		}
	}
	return shown, repeats, outside
}

// slowContacts returns the lines of the contacts table, and the rules' counts.
func slowContacts(t *testing.T, rows []row, params analysis.Params) (lines []string, outside map[string]int64, repeats int64) {
	t.Helper()
	type sum struct {
		events, out, in, voice, texts int
		first, last                   time.Time
		days                          map[string]bool
	}
	london, err := event.Location("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	outside = map[string]int64{}
	pass := newSieve(rows)
	leg := slowLegs(t, asked(t, rows, params, params["subject"]), params, "")
	by := map[string]*sum{}
	for _, r := range legsFirst(rows, leg) {
		subject := params["subject"]
		other, out := r["b_number"], true
		if r["a_number"] != subject {
			other, out = r["a_number"], false
		}
		types := params["types"]
		switch {
		case r["a_number"] != subject && r["b_number"] != subject:
			outside["OUTSIDE_SUBJECT"]++
			continue
		case !within(t, r, params):
			outside["OUTSIDE_PERIOD"]++
			continue
		case types != "" && !has(types, r["type"]):
			outside["OUTSIDE_TYPES"]++
			continue
		case pass.again(r, "") || leg[r["source"]+":"+r["row"]]:
			repeats++
			continue
		case other == "":
			outside["NO_COUNTERPARTY"]++
			continue
		case r["a_number"] == r["b_number"]:
			outside["OWN_NUMBER"]++
			continue
		case other == "none:redacted":
			outside["REDACTED"]++
			continue
		case other == "none:unavailable":
			outside["UNAVAILABLE"]++
			continue
		case strings.HasPrefix(other, "none:"):
			outside["WITHHELD"]++
			continue
		case strings.HasPrefix(other, "short:") && params["include_short_codes"] == "false":
			outside["SHORT_CODE"]++
			continue
		case (strings.HasPrefix(other, "text:") || strings.HasPrefix(other, "other:")) && params["include_short_codes"] == "false":
			outside["NOT_A_NUMBER"]++
			continue
		case params["include_zero_duration"] == "false" && r["type"] == "voice" && r["duration_s"] == "0":
			outside["ZERO_DURATION"]++
			continue
		}
		at := instant(t, r["start_utc"])
		s := by[other]
		if s == nil {
			s = &sum{first: at, days: map[string]bool{}}
			by[other] = s
		}
		s.events++
		s.last = at
		if out {
			s.out++
		} else {
			s.in++
		}
		if r["type"] == "sms" || r["type"] == "mms" {
			s.texts++
		}
		if r["type"] == "voice" && r["duration_s"] != "" {
			var n int
			if _, err := fmt.Sscan(r["duration_s"], &n); err != nil {
				t.Fatal(err)
			}
			s.voice += n
		}
		s.days[at.In(london).Format("2006-01-02")] = true
	}
	var least int
	if _, err := fmt.Sscan(params["min_count"], &least); err != nil {
		t.Fatal(err)
	}
	var order []string
	for id, s := range by {
		if s.events < least {
			outside["BELOW_MIN_COUNT"] += int64(s.events)
			continue
		}
		order = append(order, id)
	}
	sort.Slice(order, func(i, j int) bool {
		a, b := by[order[i]], by[order[j]]
		if a.events != b.events {
			return a.events > b.events
		}
		if a.voice != b.voice {
			return a.voice > b.voice
		}
		return order[i] < order[j]
	})
	rank := 0
	for i, id := range order {
		s := by[id]
		if i == 0 || by[order[i-1]].events != s.events {
			rank++
		}
		lines = append(lines, fmt.Sprint(rank, " ", id, " ", s.events, " ", s.out, " ", s.in, " ", s.voice, " ", s.texts, " ",
			s.first.Format(time.RFC3339), " ", s.last.Format(time.RFC3339), " ", len(s.days)))
	}
	return lines, outside, repeats
}

func TestScheduleAgreesWithASecondImplementation(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // repeatable cases
	others := 0
	for i := range 300 {
		events := made(r, r.IntN(120))
		if i%3 == 0 {
			events = world(t, r, 60) // several sources
		}
		given := randomParams(r, step.Schedule{})
		full, err := step.Schedule{}.Info().Fill(given)
		if err != nil {
			t.Fatal(err)
		}
		out, o, err := steptest.Run(step.Schedule{}, map[string][]byte{"events": events, "set-aside": []byte(aside)}, given)
		if err != nil {
			t.Fatalf("case %d: %v", i, err)
		}
		rows := taken(t, table(t, events))
		shown, repeats, outside := slowSchedule(t, rows, full)
		var got []string
		number, seen := map[string]string{}, map[string]bool{}
		of := root(rows)
		for k, line := range table(t, out["schedule"]) {
			group := of[line["source"]+":"+line["row"]]
			if flagged := has(strings.ReplaceAll(line["flags"], " ", ","), "OTHER_RECORD"); flagged != seen[group] {
				t.Fatalf("case %d: line %d is flagged as another record: %v", i, k+1, flagged)
			} else if flagged {
				others++
			}
			seen[group] = true
			got = append(got, line["source"]+":"+line["row"])
			number[line["source"]+":"+line["row"]] = line["no"]
			if line["no"] != fmt.Sprint(k+1) {
				t.Fatalf("case %d: line %d has the number %s", i, k+1, line["no"])
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(shown) {
			t.Fatalf("case %d %v: shown %v, want %v", i, given, got, shown)
		}
		listed := table(t, out["repeats"])
		if len(listed) != len(repeats) {
			t.Fatalf("case %d: %d repeats, want %d", i, len(listed), len(repeats))
		}
		for _, line := range listed {
			if line["no"] != number[repeats[line["source"]+":"+line["row"]]] {
				t.Fatalf("case %d: row %s repeats number %s", i, line["row"], line["no"])
			}
		}
		checkBalance(t, o.Result.Balance, len(rows), int64(len(shown)), outside, int64(len(repeats)))
	}
	if others < 20 {
		t.Errorf("only %d rows were another party's record", others)
	}
}

func TestContactsAgreeWithASecondImplementation(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // repeatable cases
	for i := range 300 {
		events := made(r, r.IntN(120))
		if i%3 == 0 {
			events = world(t, r, 60) // several sources, both legs of some events in one
		}
		if i%3 == 0 {
			events = world(t, r, 60) // several sources
		}
		given := randomParams(r, step.Contacts{})
		full, err := step.Contacts{}.Info().Fill(given)
		if err != nil {
			t.Fatal(err)
		}
		out, o, err := steptest.Run(step.Contacts{}, map[string][]byte{"events": events, "set-aside": []byte(aside)}, given)
		if err != nil {
			t.Fatalf("case %d: %v", i, err)
		}
		rows := taken(t, table(t, events))
		want, outside, repeats := slowContacts(t, rows, full)
		var got []string
		var shown int64
		for _, c := range table(t, out["contacts"]) {
			got = append(got, strings.Join([]string{
				c["rank"], c["counterparty"], c["events"], c["out"], c["in"], c["voice_s"], c["sms"], c["first"], c["last"], c["days"],
			}, " "))
			var n int64
			if _, err := fmt.Sscan(c["events"], &n); err != nil {
				t.Fatal(err)
			}
			shown += n
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Fatalf("case %d %v:\n%s\nwant:\n%s", i, given, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		checkBalance(t, o.Result.Balance, len(rows), shown, outside, repeats)
		var excluded int64
		for _, e := range table(t, out["excluded"]) {
			var n int64
			if _, err := fmt.Sscan(e["events"], &n); err != nil {
				t.Fatal(err)
			}
			excluded += n
		}
		listed := outside["NO_COUNTERPARTY"] + outside["OWN_NUMBER"] + outside["REDACTED"] + outside["UNAVAILABLE"] + outside["WITHHELD"] + outside["SHORT_CODE"] + outside["NOT_A_NUMBER"] + outside["ZERO_DURATION"] + outside["BELOW_MIN_COUNT"]
		if excluded != listed {
			t.Fatalf("case %d: %d events listed as excluded, want %d", i, excluded, listed)
		}
	}
}
