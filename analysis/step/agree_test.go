package step_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/steptest"
)

// This file holds each analysis against a second, slow implementation of it.
// Each second implementation can be broken on purpose; the same comparison has
// to see it.

// answer is what a slow implementation says: the lines of the main table, and
// where each row went.
type answer struct {
	lines          []string
	outside        map[string]int64
	shown, repeats int64
}

// slow is a second implementation; broken names a fault that it shall have.
type slow func(t *testing.T, rows []row, params analysis.Params, broken string) answer

// agree runs a step and its slow implementation over random worlds; every fault
// must be seen in at least one of them.
func agree(t *testing.T, s analysis.Step, rounds int, params func(*rand.Rand) analysis.Params, second slow, faults ...string) {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(len(s.Info().Name)), 7)) //nolint:gosec // repeatable cases
	seen := map[string]int{}
	filled := 0
	for i := range rounds {
		events := world(t, r, 60)
		given := params(r)
		full, err := s.Info().Fill(given)
		if err != nil {
			t.Fatal(err)
		}
		out, o, err := steptest.Run(s, map[string][]byte{"events": events, "set-aside": []byte(aside)}, given)
		if err != nil {
			t.Fatalf("case %d %v: %v", i, given, err)
		}
		rows := taken(t, table(t, events))
		got := told(t, s, out, o.Result.Balance, len(rows))
		if want := second(t, rows, full, "").text(); got != want {
			t.Fatalf("case %d %v:\n%s", i, given, firstDifference(got, want))
		}
		if len(second(t, rows, full, "").lines) > 0 {
			filled++
		}
		for _, f := range faults {
			if second(t, rows, full, f).text() != got {
				seen[f]++
			}
		}
	}
	for _, f := range faults {
		if seen[f] == 0 {
			t.Errorf("control: the fault %q was seen in none of %d worlds", f, rounds)
		}
	}
	if filled < rounds/4 {
		t.Errorf("only %d of %d worlds had anything to show", filled, rounds)
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d of %d (want %d lines):\ngot  %s\nwant %s\n%s\n%s", i+1, len(g), len(w), g[i], w[i], g[len(g)-1], w[len(w)-1])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

func (a answer) text() string {
	return strings.Join(a.lines, "\n") + fmt.Sprintf("\noutside %v shown %d repeats %d", a.outside, a.shown, a.repeats)
}

// told brings a step's outputs into the form of an answer, and checks what
// every step has to hold.
func told(t *testing.T, s analysis.Step, out map[string][]byte, b analysis.Balance, events int) string {
	t.Helper()
	a := answer{outside: map[string]int64{}, shown: b.Shown, repeats: b.Repeats}
	for _, r := range b.OutsideBy {
		a.outside[r.Rule] = r.Rows
	}
	var sum analysis.Summary
	if err := json.Unmarshal(out["summary"], &sum); err != nil {
		t.Fatal(err)
	}
	main := s.Info().Outputs[0].Name
	text := string(out[main])
	head, rest, _ := strings.Cut(text, "\n")
	if head != strings.Join(sum.Table.Header(), ",") || sum.Table.Port != main {
		t.Fatalf("the table %s has the header %q; its summary says %v", main, head, sum.Table.Header())
	}
	if rest != "" {
		a.lines = strings.Split(strings.TrimSuffix(rest, "\n"), "\n")
	}
	if b.SetAside != 3 || b.Received != int64(events)+3 {
		t.Fatalf("balance %s of %d events", b, events)
	}
	checkAppendix(t, s, out, sum)
	if listed := out["excluded"]; strings.HasPrefix(string(listed), "rule,") {
		count := map[string]int64{}
		for _, e := range table(t, listed) {
			count[e["rule"]]++
		}
		for rule, n := range count {
			if a.outside[rule] != n {
				t.Fatalf("%d rows are listed under %s, %d counted", n, rule, a.outside[rule])
			}
		}
	}
	return a.text()
}
