package step_test

import (
	"math/rand/v2"
	"sort"
	"time"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// This file makes random files of events and random parameters.

// made returns a random events file of a few parties round the night on which
// the clocks go back, with ties, repeats and every kind of other party.
func made(r *rand.Rand, n int) []byte {
	parties := []string{
		"+447700900001", "+447700900002", "+447700900003", "+447700900004", "short:60300", "text:GOV.UK",
		"other:123456", "none:withheld", "",
	}
	base := int64(1792873200) // 2026-10-24T18:20:00Z
	type line struct {
		start int64
		text  string
	}
	var all []line
	for range n {
		e := event.Event{
			Start: base + int64(r.IntN(90))*600, Zone: "Europe/London", OffsetS: 3600, Evidence: "at",
			Type: []string{"voice", "voice", "sms", "mms", "data", "voicemail"}[r.IntN(6)], Leg: "originating",
			Subject: []byte(parties[r.IntN(2)]),
		}
		e.A, e.B = e.Subject, []byte(parties[r.IntN(len(parties))])
		if r.IntN(2) == 0 {
			e.A, e.B, e.Leg = e.B, e.A, "terminating"
		}
		if e.Type == "voice" {
			e.HasDuration, e.Duration = true, int64(r.IntN(3)*30)
		}
		if clock := time.Unix(e.Start, 0).UTC().Format("02 15"); clock == "25 00" {
			e.Fold, e.Flags = "unknown", []byte(event.FoldUnknown)
		} else if e.Start >= 1792890000 { // 2026-10-25T01:00:00Z, GMT from here
			e.OffsetS = 0
		}
		all = append(all, line{e.Start, string(event.AppendContent(nil, &e))})
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].start < all[j].start })
	out := event.AppendHeader(nil)
	first := map[string]int64{}
	for i, l := range all {
		no := int64(i + 2)
		of := first[l.text]
		if of == 0 {
			first[l.text] = no
		}
		out = event.AppendTrail(append(out, l.text...), "0123456789abcdef", no, no*100, of)
	}
	return out
}

const aside = "row,offset,reason,column\n7,1,BAD_TIME,Start\n9,2,ROUNDED_NUMBER,A\n11,3,BAD_TIME,Start\n"

func randomParams(r *rand.Rand, of analysis.Step) analysis.Params {
	at := func() string { return string(event.AppendInstant(nil, 1792873200+int64(r.IntN(100))*600)) }
	p := analysis.Params{}
	if r.IntN(2) == 0 {
		p["from"] = at()
	}
	if r.IntN(2) == 0 && p["from"] == "" {
		p["until"] = at()
	}
	if r.IntN(2) == 0 {
		p["types"] = []string{"voice", "sms,mms", "voice,sms,data", ""}[r.IntN(4)]
	}
	if of.Info().Name == "event-schedule" {
		p["identifiers"] = []string{"", "+447700900001", "+447700900003,short:60300", "+447700900099"}[r.IntN(4)]
		return p
	}
	p["subject"] = []string{"+447700900001", "+447700900002", "+447700900099"}[r.IntN(3)]
	p["leg_s"] = []string{"2", "2", "0", ""}[r.IntN(4)]
	p["min_count"] = []string{"1", "2", "5"}[r.IntN(3)]
	p["include_zero_duration"] = []string{"true", "false"}[r.IntN(2)]
	p["include_short_codes"] = []string{"true", "false"}[r.IntN(2)]
	return p
}
