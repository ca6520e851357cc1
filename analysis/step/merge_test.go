package step_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"sort"
	"strconv"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/step"
	"custos.example/analysis/steptest"
)

// slowLinks works the rule REPEAT-ACROSS out over all rows at once: for each row
// in order it looks at every row before it.
func slowLinks(t *testing.T, rows []row, start, duration int, broken string) map[string]string {
	t.Helper()
	rows = taken(t, rows)
	type member struct{ first, source string }
	links, in := map[string]string{}, map[member]bool{}
	for i, r := range rows {
		own := r["source"] + ":" + r["row"]
		if r["repeat_of"] != "" && !strings.Contains(r["repeat_of"], ":") {
			links[own] = r["repeat_of"]
			continue
		}
		links[own] = ""
		for _, f := range rows[:i] {
			first := f["source"] + ":" + f["row"]
			if links[first] != "" || f["type"] != r["type"] || f["a_number"] != r["a_number"] || f["b_number"] != r["b_number"] || r["a_number"]+r["b_number"] == "" {
				continue
			}
			apart := int(instant(t, r["start_utc"]).Sub(instant(t, f["start_utc"])).Seconds())
			longer := 0
			if r["duration_s"] != "" && f["duration_s"] != "" {
				longer = number(t, r["duration_s"]) - number(t, f["duration_s"])
			}
			differs := longer > duration || -longer > duration || (r["duration_s"] == "") != (f["duration_s"] == "")
			late := apart > start
			if broken == "closed" {
				late = apart >= start
			}
			if late || differs || broken != "one a source" && (in[member{first, r["source"]}] || f["source"] == r["source"]) {
				continue
			}
			links[own] = first
			in[member{first, r["source"]}] = true
			break
		}
	}
	return links
}

func TestMergeAgreesWithASecondImplementation(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6)) //nolint:gosec // repeatable cases
	linked, seen := 0, map[string]int{}
	for i := range 150 {
		in := sources(r, 30)
		start, duration := r.IntN(4), r.IntN(4)
		out, o, err := steptest.Run(step.Merge{}, in, analysis.Params{"start_s": strconv.Itoa(start), "duration_s": strconv.Itoa(duration)})
		if err != nil {
			t.Fatal(err)
		}
		var all []row
		for port, text := range in {
			if strings.HasPrefix(port, "events") {
				all = append(all, table(t, text)...)
			}
		}
		sort.Slice(all, func(i, j int) bool {
			a, b := all[i], all[j]
			if a["start_utc"] != b["start_utc"] {
				return a["start_utc"] < b["start_utc"]
			}
			if a["source"] != b["source"] {
				return a["source"] < b["source"]
			}
			return number(t, a["row"]) < number(t, b["row"])
		})
		render := func(rows []row, links map[string]string) string {
			var b strings.Builder
			for _, r := range rows {
				own := r["source"] + ":" + r["row"]
				fmt.Fprintln(&b, own, r["start_utc"], r["subject"], r["duration_s"], links[own])
			}
			return b.String()
		}
		merged := table(t, out["events"])
		links, near := map[string]string{}, int64(0)
		for _, r := range merged {
			links[r["source"]+":"+r["row"]] = r["repeat_of"]
			if r["repeat_of"] != "" {
				near++
			}
			if strings.Contains(r["repeat_of"], ":") {
				linked++
			}
		}
		want := slowLinks(t, all, start, duration, "")
		got := render(merged, links)
		if w := render(all, want); got != w {
			t.Fatalf("case %d: got\n%s\nwant\n%s", i, got, w)
		}
		if b := o.Result.Balance; b.Received != int64(len(all))+3 || b.Repeats != near || b.Shown != int64(len(all))-near {
			t.Fatalf("case %d: %s of %d rows, %d repeats", i, b, len(all), near)
		}
		for _, f := range []string{"closed", "one a source"} {
			if render(all, slowLinks(t, all, start, duration, f)) != got {
				seen[f]++
			}
		}
	}
	if linked < 500 || seen["closed"] == 0 || seen["one a source"] == 0 {
		t.Errorf("%d rows were linked; faults seen: %v", linked, seen)
	}
}

// TestMergeDoesNotDependOnTheOrder gives the same data sets in another order,
// and merges by steps.
func TestMergeDoesNotDependOnTheOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9)) //nolint:gosec // repeatable cases
	three := 0
	for i := range 100 {
		in := sources(r, 30)
		in["set-aside"] = []byte(none)
		if len(in) != 6 {
			continue
		}
		three++
		whole, _, err := steptest.Run(step.Merge{}, in, nil)
		if err != nil {
			t.Fatal(err)
		}
		turned, _, err := steptest.Run(step.Merge{}, map[string][]byte{
			"events": in["events-3"], "set-aside": in["set-aside-3"], "events-2": in["events"], "set-aside-2": in["set-aside"],
			"events-7": in["events-2"], "set-aside-7": in["set-aside-2"],
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		two, _, err := steptest.Run(step.Merge{}, map[string][]byte{
			"events": in["events-2"], "set-aside": in["set-aside-2"], "events-2": in["events-3"], "set-aside-2": in["set-aside-3"],
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		steps, _, err := steptest.Run(step.Merge{}, map[string][]byte{
			"events": in["events"], "set-aside": in["set-aside"], "events-2": two["events"], "set-aside-2": two["set-aside"],
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, port := range []string{"events", "set-aside", "groups"} {
			if !bytes.Equal(whole[port], turned[port]) || !bytes.Equal(whole[port], steps[port]) {
				t.Fatalf("case %d: %s depends on the order", i, port)
			}
		}
	}
	if three < 20 {
		t.Errorf("only %d worlds had three sources", three)
	}
}

func TestMergeSetsAsideTogether(t *testing.T) {
	in := map[string][]byte{
		"events": file(call("2026-10-24T17:04:11Z", "sms", "originating", kyle, third, 0, nil)), "set-aside": []byte(aside),
		"events-2": file(), "set-aside-2": []byte("row,offset,reason,column\n13,1,BAD_TIME,\"a,b\"\n"),
	}
	out, o, err := steptest.Run(step.Merge{}, in, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := "row,offset,reason,column\n0123456789abcdef:7,1,BAD_TIME,Start\n0123456789abcdef:9,2,ROUNDED_NUMBER,A\n0123456789abcdef:11,3,BAD_TIME,Start\n?:13,1,BAD_TIME,\"a,b\"\n"
	if string(out["set-aside"]) != want || o.Result.Balance.SetAside != 4 {
		t.Errorf("%s\n%s", out["set-aside"], o.Result.Balance)
	}
	in["events-2"] = in["events"]
	if _, _, err := steptest.Run(step.Merge{}, in, nil); !errors.Is(err, analysis.ErrPorts) {
		t.Errorf("one source twice: %v", err)
	}
	delete(in, "events-2")
	if _, _, err := steptest.Run(step.Merge{}, in, nil); !errors.Is(err, analysis.ErrPorts) {
		t.Errorf("set-aside without events: %v", err)
	}
}

// TestMergeTakesEachRowOnce gives one file twice, read in two ways, so that its rows
// stand at other instants. The control is the same rows of two files.
func TestMergeTakesEachRowOnce(t *testing.T) {
	rows := func(start int64, source string) []byte {
		text := event.AppendHeader(nil)
		for row := range int64(200) {
			e := event.Event{
				Start: start + row*60, Zone: "Europe/London", OffsetS: 3600, Evidence: "at", Type: "sms", Leg: "originating",
				Subject: []byte("+447700900001"), A: []byte("+447700900001"), B: []byte("+447700900002"),
			}
			text = event.AppendTrail(event.AppendContent(text, &e), source, row+2, row*100, 0)
		}
		return text
	}
	const a, b = "a1a1a1a1a1a1a1a1", "b2b2b2b2b2b2b2b2"
	for source, want := range map[string]error{a: analysis.ErrPorts, b: nil} {
		_, _, err := steptest.Run(step.Merge{}, map[string][]byte{
			"events": rows(1792873200, a), "set-aside": []byte(none), "events-2": rows(1792876800, source), "set-aside-2": []byte(none),
		}, nil)
		if !errors.Is(err, want) {
			t.Errorf("source %s beside %s: %v", source, a, err)
		}
	}
}
