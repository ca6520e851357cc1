package step_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/step"
	"custos.example/analysis/steptest"
)

// The answers below were worked out on paper from the two returns of the golden
// case merge-events@1/two-returns, before any step had seen them.

const (
	twoReturns  = "../registry/testdata/golden/merge-events@1/two-returns"
	cellTwerton = "cgi:001-01-1017-10010"
	cellBristol = "cgi:001-01-1017-10020"
	srcA, srcB  = "a1a1a1a1a1a1a1a1", "b2b2b2b2b2b2b2b2"
)

func hand(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(twoReturns, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// onPaper runs a step over the two returns and compares the lines of its main
// table, columns in full, and its balance.
func onPaper(t *testing.T, s analysis.Step, params analysis.Params, balance string, want ...string) map[string][]byte {
	t.Helper()
	merged, _, err := steptest.Run(step.Merge{}, map[string][]byte{
		"events": hand(t, "in.events.csv"), "set-aside": hand(t, "in.set-aside.csv"), "events-2": hand(t, "in.events-2.csv"), "set-aside-2": hand(t, "in.set-aside-2.csv"),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	out, o, err := steptest.Run(s, map[string][]byte{"events": merged["events"], "set-aside": merged["set-aside"]}, params)
	if err != nil {
		t.Fatal(err)
	}
	_, got, _ := strings.Cut(string(out[s.Info().Outputs[0].Name]), "\n")
	if w := strings.Join(want, "\n") + "\n"; got != w {
		t.Errorf("%s:\n%s", s.Info().Name, firstDifference(got, w))
	}
	if o.Result.Balance.String() != balance {
		t.Errorf("%s: %s, want %s", s.Info().Name, o.Result.Balance, balance)
	}
	return out
}

func TestFirstLastByHand(t *testing.T) {
	a := "2026-10-22T22:30:00Z,2026-10-25T02:00:30Z,"
	b := "2026-10-22T22:30:01Z,2026-10-25T02:05:00Z,"
	endsA, endsB := srcA+",2,"+srcA+",13,", srcB+",2,"+srcB+",7,"
	onPaper(t, step.FirstLast{}, nil, "19 received = 17 shown + 0 outside the question + 1 repeats + 1 set aside",
		"imei,35209911204417,"+a+"9,"+a+endsA,
		"imei,35209911204499,2026-10-25T00:30:00Z,2026-10-25T02:00:00Z,2,"+a+srcA+",11,"+srcA+",12,FOLD_UNKNOWN",
		"imei,35209911205500,"+b+"6,"+b+endsB,
		"imsi,001010812834876,"+a+"11,"+a+endsA,
		"imsi,001010812834999,"+b+"6,"+b+endsB,
		"number,+447700900142,"+a+"11,"+a+endsA,
		"number,+447700900318,"+b+"6,"+b+endsB)
}

func TestHandsetsByHand(t *testing.T) {
	const sim = "001010812834876,+447700900142,"
	onPaper(t, step.Handsets{}, nil, "19 received = 17 shown + 0 outside the question + 1 repeats + 1 set aside",
		"001010812834876,1,"+sim+"35209911204417,2026-10-22T22:30:00Z,2026-10-24T17:20:00Z,8,"+srcA+",2,"+srcA+",10,",
		"001010812834876,2,"+sim+"35209911204499,2026-10-25T00:30:00Z,2026-10-25T02:00:00Z,2,"+srcA+",11,"+srcA+",12,FOLD_UNKNOWN OVERLAP",
		"001010812834876,3,"+sim+"35209911204417,2026-10-25T02:00:30Z,2026-10-25T02:00:30Z,1,"+srcA+",13,"+srcA+",13,OVERLAP",
		"001010812834999,1,001010812834999,+447700900318,35209911205500,2026-10-22T22:30:01Z,2026-10-25T02:05:00Z,6,"+srcB+",2,"+srcB+",7,")
}

func TestCommonByHand(t *testing.T) {
	out := onPaper(t, step.Common{}, analysis.Params{"subjects": kyle + "," + marcus}, "19 received = 7 shown + 8 outside the question + 3 repeats + 1 set aside",
		"+447700900104,2,7,4,3,2026-10-23T04:59:59Z,2026-10-25T02:05:00Z")
	want := "counterparty,rule,events\n+447700900318,BELOW_MIN_SUBJECTS,5\nnone:withheld,WITHHELD,1\nshort:60300,SHORT_CODE,1\n"
	if string(out["excluded"]) != want {
		t.Errorf("excluded:\n%s", out["excluded"])
	}
}

func TestNightByHand(t *testing.T) {
	out := onPaper(t, step.Night{}, analysis.Params{"subject": kyle, "min_nights": "2"}, "19 received = 5 shown + 12 outside the question + 1 repeats + 1 set aside",
		"1,"+cellTwerton+",3,3,100.0,5,2026-10-22T22:30:00Z,2026-10-25T02:00:00Z")
	if want := "rule,start_utc,source,row\nBELOW_MIN_NIGHTS,2026-10-25T02:00:30Z," + srcA + ",13\n"; string(out["excluded"]) != want {
		t.Errorf("excluded:\n%s", out["excluded"])
	}
	onPaper(t, step.Night{}, analysis.Params{"subject": kyle, "min_nights": "1"}, "19 received = 6 shown + 11 outside the question + 1 repeats + 1 set aside",
		"1,"+cellTwerton+",3,3,100.0,5,2026-10-22T22:30:00Z,2026-10-25T02:00:00Z",
		"2,"+cellBristol+",1,3,33.3,1,2026-10-25T02:00:30Z,2026-10-25T02:00:30Z")
}

func TestGapsByHand(t *testing.T) {
	onPaper(t, step.Gaps{}, analysis.Params{"subject": kyle, "from": "2026-10-21T23:00:00Z", "until": "2026-10-26T00:00:00Z"},
		"19 received = 11 shown + 6 outside the question + 1 repeats + 1 set aside",
		"1,before the first,2026-10-21T23:00:00Z,2026-10-22T22:30:00Z,84600,,"+cellTwerton+",,,"+srcA+",2,",
		"2,between,2026-10-22T22:31:00Z,2026-10-23T04:59:59Z,23339,"+cellTwerton+","+cellTwerton+","+srcA+",2,"+srcA+",3,",
		"3,between,2026-10-23T05:00:00Z,2026-10-23T22:10:00Z,61800,"+cellBristol+","+cellTwerton+","+srcA+",4,"+srcA+",5,",
		"4,between,2026-10-23T22:10:00Z,2026-10-24T16:00:00Z,64200,"+cellTwerton+","+cellTwerton+","+srcA+",5,"+srcA+",7,",
		"5,between,2026-10-24T18:19:12Z,2026-10-25T00:30:00Z,22248,"+cellBristol+","+cellTwerton+","+srcA+",9,"+srcA+",11,FOLD_UNKNOWN",
		"6,after the last,2026-10-25T02:00:30Z,2026-10-26T00:00:00Z,79170,"+cellBristol+",,"+srcA+",13,,,")
}

func TestCoLocationByHand(t *testing.T) {
	both := kyle + "," + marcus + ","
	out := onPaper(t, step.CoLocation{}, analysis.Params{"subjects": marcus + "," + kyle, "distance_m": "500", "distance_basis": "assumed by the analyst"},
		"19 received = 8 shown + 9 outside the question + 1 repeats + 1 set aside",
		"1,"+both+"2026-10-24T16:00:00Z,2026-10-24T16:10:00Z,1,1,1,"+cellTwerton+",0,",
		"2,"+both+"2026-10-24T17:04:12Z,2026-10-24T17:04:15Z,1,2,2,"+cellTwerton+"; "+cellBristol+",400,",
		"3,"+both+"2026-10-25T02:00:00Z,2026-10-25T02:05:00Z,2,1,2,"+cellTwerton+"; "+cellBristol+",400,")
	want := "cluster,subject,start_utc,cell,source,row\n" +
		"1," + kyle + ",2026-10-24T16:00:00Z," + cellTwerton + "," + srcA + ",7\n" +
		"1," + marcus + ",2026-10-24T16:10:00Z," + cellTwerton + "," + srcB + ",3\n" +
		"2," + kyle + ",2026-10-24T17:04:12Z," + cellTwerton + "," + srcA + ",8\n" +
		"2," + marcus + ",2026-10-24T17:04:14Z," + cellBristol + "," + srcB + ",4\n" +
		"2," + marcus + ",2026-10-24T17:04:15Z," + cellBristol + "," + srcB + ",5\n" +
		"3," + kyle + ",2026-10-25T02:00:00Z," + cellTwerton + "," + srcA + ",12\n" +
		"3," + kyle + ",2026-10-25T02:00:30Z," + cellBristol + "," + srcA + ",13\n" +
		"3," + marcus + ",2026-10-25T02:05:00Z," + cellTwerton + "," + srcB + ",7\n"
	if string(out["members"]) != want {
		t.Errorf("members:\n%s", out["members"])
	}
}

func TestAreaByHand(t *testing.T) {
	params := analysis.Params{
		"from": "2026-10-24T16:00:00Z", "until": "2026-10-24T18:00:00Z", "point": "ST 749 647", "point_basis": "statement HAL/2",
		"radius_m": "200", "radius_basis": "assumed by the analyst", "cells": cellBristol, "named": kyle,
	}
	at := func(utc, local string) string { return "2026-10-24," + local + ",BST,2026-10-24T" + utc + "Z," }
	twerton, bristol := cellTwerton+",140,60,39,radius,,", cellBristol+",270,365,277,cell list,,"
	onPaper(t, step.Area{}, params, "19 received = 7 shown + 11 outside the question + 0 repeats + 1 set aside",
		"1,"+kyle+","+at("16:00:00", "17:00:00")+"start,voice,originating,at,120,"+twerton+srcA+",7",
		"1,"+kyle+","+at("16:02:00", "17:02:00")+"end,voice,originating,at,120,"+bristol+srcA+",7",
		"2,token 1,"+at("16:10:00", "17:10:00")+"start and end,voice,terminating,at,20,"+twerton+srcB+",3",
		"3,"+kyle+","+at("17:04:12", "18:04:12")+"start and end,voice,originating,at,47,"+twerton+srcA+",8",
		"4,token 1,"+at("17:04:14", "18:04:14")+"start and end,voice,terminating,at,47,"+bristol+srcB+",4",
		"5,token 1,"+at("17:04:15", "18:04:15")+"start and end,voice,terminating,at,47,"+bristol+srcB+",5",
		"6,"+kyle+","+at("17:19:12", "18:19:12")+"start,data,data,within,3600,"+bristol+srcA+",9",
		"7,token 1,"+at("17:30:00", "18:30:00")+"start,sms,originating,at,,"+twerton+srcB+",6")
}

func TestTimelineByHand(t *testing.T) {
	merged, _, err := steptest.Run(step.Merge{}, map[string][]byte{
		"events": hand(t, "in.events.csv"), "set-aside": hand(t, "in.set-aside.csv"), "events-2": hand(t, "in.events-2.csv"), "set-aside-2": hand(t, "in.set-aside-2.csv"),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	out, o, err := steptest.Run(step.Timeline{}, map[string][]byte{"events": merged["events"], "set-aside": merged["set-aside"]}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range table(t, out["timeline"]) {
		got = append(got, strings.Join([]string{r["no"], r["position"], r["date"][8:], r["time"], r["shown_zone"], r["source"][:1] + r["row"]}, " "))
	}
	want := []string{
		"1  22 23:30:00 BST a2", "2  23 05:59:59 BST a3", "3  23 06:00:00 BST a4", "4  23 23:10:00 BST a5", "5  24 17:00:00 BST a7",
		"6  24 17:10:00 BST b3", "7  24 18:04:12 BST a8", "8  24 18:04:15 BST b5", "9  24 18:19:12 BST a9", "10  24 18:20:00 BST a10",
		"11  24 18:30:00 BST b6", "12 1 of 2 25 01:30:00 BST a11", "12 2 of 2 25 01:30:00 GMT a11", "13  25 02:00:00 GMT a12",
		"14  25 02:00:30 GMT a13", "15  25 02:05:00 GMT b7",
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Error(firstDifference(g, w))
	}
	if o.Result.Balance.String() != "19 received = 15 shown + 0 outside the question + 3 repeats + 1 set aside" {
		t.Error(o.Result.Balance)
	}
	got = nil
	for _, r := range table(t, out["repeats"]) {
		got = append(got, r["no"]+" "+r["source"][:1]+r["row"])
	}
	if strings.Join(got, ", ") != "1 b2, 4 a6, 7 b4" {
		t.Error(got)
	}
}

func TestPatternByHand(t *testing.T) {
	out := onPaperPattern(t)
	var got []string
	for _, r := range table(t, out["pattern"]) {
		if r["events"] != "0" {
			got = append(got, r["day"]+" "+r["hour"]+" "+r["events"]+" "+r["dates"]+" "+r["dates_with"])
		}
	}
	want := "Thursday 23 1 1 1; Friday 5 1 1 1; Friday 6 1 1 1; Friday 23 1 1 1; Saturday 17 1 1 1; Saturday 18 2 1 1; Sunday 1 1 1 1; Sunday 2 2 1 1"
	if strings.Join(got, "; ") != want {
		t.Error(got)
	}
}

func onPaperPattern(t *testing.T) map[string][]byte {
	t.Helper()
	out, o, err := steptest.Run(step.Pattern{}, map[string][]byte{"events": hand(t, "in.events.csv"), "set-aside": hand(t, "in.set-aside.csv")},
		analysis.Params{"subject": kyle, "from": "2026-10-21T23:00:00Z", "until": "2026-10-26T00:00:00Z"})
	if err != nil {
		t.Fatal(err)
	}
	if o.Result.Balance.String() != "13 received = 10 shown + 1 outside the question + 1 repeats + 1 set aside" {
		t.Error(o.Result.Balance)
	}
	return out
}

// TestBothLegsInOneReturn: a return on two numbers holds each call between them
// twice. The second call begins 1 s after the first; its legs are its own.
func TestBothLegsInOneReturn(t *testing.T) {
	other := func(e *event.Event) { e.Subject = []byte(marcus) }
	events := file(
		call("2026-10-24T10:00:00Z", "voice", "originating", kyle, marcus, 30, nil),
		call("2026-10-24T10:00:01Z", "voice", "terminating", kyle, marcus, 29, other),
		call("2026-10-24T10:00:01Z", "voice", "originating", kyle, marcus, 30, nil),
		call("2026-10-24T10:00:02Z", "voice", "terminating", kyle, marcus, 30, other),
		call("2026-10-24T10:00:03Z", "voice", "terminating", kyle, marcus, 30, other), // 2 s after the second, whose other leg is taken
	)
	for _, c := range []struct {
		legs, want string
	}{
		{"2", "1,+447700900318,3,3,0,90,0,"},
		{"", "1,+447700900318,5,5,0,149,0,"},
		{"0", "1,+447700900318,5,5,0,149,0,"}, // none begins in the second of the other with its duration
	} {
		out, b := runStep(t, step.Contacts{}, events, analysis.Params{"subject": kyle, "leg_s": c.legs})
		_, line, _ := strings.Cut(string(out["contacts"]), "\n")
		if !strings.HasPrefix(line, c.want) || b.Received != 5 || b.Shown+b.Repeats != 5 {
			t.Errorf("leg_s %q: %s%s", c.legs, line, b)
		}
	}
}
