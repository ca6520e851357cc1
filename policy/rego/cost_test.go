package rego

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/rego"

	"custos.example/policy"
)

// TestCost holds what a decision costs, from typed facts to the answer, against
// the same rules asked directly: OPA's prepared query on facts that are plain
// JSON already. Both are measured in turn in the same run, on the facts of every
// action. It also shows that nothing is compiled on the way.
func TestCost(t *testing.T) {
	e, all := engine(t), readTables(t)
	raw, err := rego.New(rego.Compiler(e.compiler), rego.Query("data.custos.allow")).PrepareForEval(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var ratios, times []float64
	for _, name := range slices.Sorted(maps.Keys(all.bases)) {
		in, err := typed(all.bases[name])
		if err != nil {
			t.Fatal(err)
		}
		decide, ask := costs(t, e, raw, in)
		ratios, times = append(ratios, decide/ask), append(times, decide)
		t.Logf("%-22s %4.0f us, raw OPA %4.0f us, ratio %.2f", name, decide, ask, decide/ask)
	}
	slices.Sort(ratios)
	slices.Sort(times)
	middle, most := ratios[len(ratios)/2], ratios[len(ratios)-1]
	t.Logf("a decision in process: median %.0f us over %d kinds of facts; %.2f times raw prepared OPA in the middle, %.2f at most", times[len(times)/2],
		len(ratios), middle, most)
	if middle > 2 {
		t.Errorf("a decision costs %.2f times raw prepared OPA; 2 is the limit", middle)
	}
	row, err := typed(all.bases["row-read"])
	if err != nil {
		t.Fatal(err)
	}
	decides := testing.AllocsPerRun(20, func() { _, _ = e.Decide(t.Context(), row) })
	compiles := testing.AllocsPerRun(1, func() { _, _ = Open(t.Context()) })
	t.Logf("allocations: %.0f a decision, %.0f to open the rules", decides, compiles)
	if decides*20 > compiles {
		t.Errorf("a decision allocates %.0f times, opening the rules %.0f: something is compiled on the way", decides, compiles)
	}
}

// rounds is how often each kind of facts is measured; the quickest counts, since
// other work on the machine only adds.
const rounds = 25

// costs measures a decision and the bare query in turn, in microseconds.
func costs(t *testing.T, e *Engine, raw rego.PreparedEvalQuery, in policy.Input) (decide, ask float64) {
	t.Helper()
	text, err := in.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	var facts map[string]any
	if err := json.Unmarshal(text, &facts); err != nil {
		t.Fatal(err)
	}
	one, two := time.Hour, time.Hour
	for range rounds {
		start := time.Now()
		d, err := e.Decide(t.Context(), in)
		middle := time.Now()
		r, wrong := raw.Eval(t.Context(), rego.EvalInput(facts))
		end := time.Now()
		if err != nil || !d.Allowed || wrong != nil || !r.Allowed() {
			t.Fatal(in.Action, d, err, wrong)
		}
		one, two = min(one, middle.Sub(start)), min(two, end.Sub(middle))
	}
	return float64(one.Nanoseconds()) / 1000, float64(two.Nanoseconds()) / 1000
}
