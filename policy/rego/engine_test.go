package rego

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"custos.example/policy"
)

func engine(t testing.TB) *Engine {
	t.Helper()
	e, err := Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestDecisionTables(t *testing.T) {
	e, all := engine(t), readTables(t)
	allowed := 0
	alone := map[string]int{}
	for _, c := range all.cases {
		if err := c.check(t.Context(), e); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
		if *c.Allow {
			allowed++
		}
		if len(c.Unmet) == 1 {
			alone[c.Unmet[0]]++
		}
	}
	for id := range e.notes {
		if alone[id] == 0 && id != "R-00" { // R-00 stands behind the schema, see TestDeletedAndGarbledFacts
			t.Errorf("no case is denied by %s alone", id)
		}
	}
	t.Logf("%d cases: %d allowed, %d denied; %d rules, each denying alone in %d to %d cases", len(all.cases), allowed,
		len(all.cases)-allowed, len(e.notes), slices.Min(slices.Collect(maps.Values(alone))), slices.Max(slices.Collect(maps.Values(alone))))
}

func TestEveryRuleIsUsedAndExplained(t *testing.T) {
	e, all := engine(t), readTables(t)
	used := map[string]bool{"R-00": true}
	for name, base := range all.bases {
		in, err := typed(base)
		if err != nil {
			t.Fatal(err)
		}
		d, err := e.Decide(t.Context(), in)
		if err != nil || !d.Allowed {
			t.Fatalf("%s: %v %v", name, d, err)
		}
		for _, id := range d.Rules {
			used[id] = true
			if _, ok := e.notes[id]; !ok {
				t.Errorf("%s has no metadata", id)
			}
		}
	}
	for id := range e.notes {
		if !used[id] {
			t.Errorf("%s bears on no action", id)
		}
	}
}

func TestDateVectors(t *testing.T) {
	e, all := engine(t), readTables(t)
	for _, p := range all.periods {
		if err := all.checkPeriod(t.Context(), e, p); err != nil {
			t.Error(err)
		}
	}
}

// The rules on days are compared with a second statement of them, day by day.
func TestMonthsAgainstTheCalendar(t *testing.T) {
	sources, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	compiler, _, err := compile(sources)
	if err != nil {
		t.Fatal(err)
	}
	query, err := prepare(t.Context(), compiler, "[data.custos.month_end(input.day), data.custos.day_after(input.day)]")
	if err != nil {
		t.Fatal(err)
	}
	days := 0
	for day := time.Date(2018, 12, 30, 0, 0, 0, 0, time.UTC); day.Year() < 2029; day = day.AddDate(0, 0, 1) {
		results, err := query.Eval(t.Context(), rego.EvalInput(map[string]any{"day": day.Format(time.DateOnly)}))
		if err != nil || len(results) != 1 {
			t.Fatal(day, results, err)
		}
		want := []any{monthEnd(day).Format(time.DateOnly), day.AddDate(0, 0, 1).Format(time.DateOnly)}
		if got := results[0].Expressions[0].Value; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", day.Format(time.DateOnly), got, want)
		}
		days++
	}
	t.Logf("%d days", days)
}

// monthEnd is the day before the same day of the next month, or the last day of
// a next month that has no such day.
func monthEnd(day time.Time) time.Time {
	next := time.Date(day.Year(), day.Month()+1, day.Day(), 0, 0, 0, 0, time.UTC)
	if next.Day() != day.Day() {
		return time.Date(day.Year(), day.Month()+2, 0, 0, 0, 0, 0, time.UTC)
	}
	return next.AddDate(0, 0, -1)
}

func TestReplay(t *testing.T) {
	e, all := engine(t), readTables(t)
	for _, c := range all.cases[:40] {
		in, err := typed(c.facts)
		if err != nil {
			t.Fatal(err)
		}
		first, err := e.Decide(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		recorded, err := in.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		again, err := e.Replay(t.Context(), recorded, first.Release)
		if err != nil {
			t.Fatal(err)
		}
		one, _ := first.Canonical()
		two, _ := again.Canonical()
		if string(one) != string(two) || len(one) == 0 {
			t.Errorf("%s: %s, then %s", c.Name, one, two)
		}
		if _, err := e.Replay(t.Context(), recorded, strings.Repeat("0", 64)); !errors.Is(err, ErrRelease) {
			t.Errorf("another release: %v", err)
		}
		if _, err := e.Replay(t.Context(), append(recorded, ' '), first.Release); !errors.Is(err, policy.ErrInput) {
			t.Errorf("facts not as recorded: %v", err)
		}
	}
}

// Each set of rules answers the one question in a way that is not exactly one
// yes; all must be denials with an alarm, and the last two are the controls.
func TestAnythingButOneYesIsNo(t *testing.T) {
	const head = "package custos\n\nrequirements := {\"analysis.run\": {\"a\", \"b\"}}\n\n" +
		"account := {\"unmet\": {\"a\"}, \"reasons\": {\"a\": \"because\"}}\n\nobligations := {}\n\n"
	all := readTables(t)
	in, err := typed(all.bases["analysis-run"])
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text     string
		allowed, alarm bool
	}{
		{"undefined", head + "allow if false", false, true},
		{"no such rule", head, false, true},
		{"text for yes", head + `allow := "true"`, false, true},
		{"number for yes", head + `allow := 1`, false, true},
		{"set of yes", head + `allow contains true`, false, true},
		{"object for yes", head + `allow := {"allow": true}`, false, true},
		{"two answers", head + "allow := true if input.asOf > 1\n\nallow := false if input.asOf > 2", false, true},
		{"error in a function", head + `allow if not to_number(input.action)`, false, true},
		{"no that leaves nothing unmet", strings.Replace(head, `"unmet": {"a"}`, `"unmet": set()`, 1) + `allow := false`, false, true},
		{"no account", strings.Replace(head, "account", "accounts", 1) + `allow := false`, false, true},
		{"account of another form", strings.Replace(head, `"unmet": {"a"}`, `"unmet": 1`, 1) + `allow := false`, false, true},
		{"reason that is no text", strings.Replace(head, `"because"`, `1`, 1) + `allow := false`, false, true},
		{"yes by no rules", strings.Replace(head, `"analysis.run"`, `"row.read"`, 1) + `allow := true`, false, true},
		{"no", head + `allow := false`, false, false},
		{"yes", head + `allow := true`, true, false},
	} {
		e, err := open(t.Context(), []source{{"x.rego", c.text}})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		d, err := e.Decide(t.Context(), in)
		if err != nil || d.Allowed != c.allowed || (d.Alarm != "") != c.alarm {
			t.Errorf("%s: allowed %t, alarm %q, %v", c.name, d.Allowed, d.Alarm, err)
		}
		if !d.Allowed && len(d.Reasons) == 0 {
			t.Errorf("%s: a denial without a reason", c.name)
		}
	}
}

func TestTimeOutIsNo(t *testing.T) {
	e, all := engine(t), readTables(t)
	in, err := typed(all.bases["import-ipa"])
	if err != nil {
		t.Fatal(err)
	}
	if d, _ := e.Decide(t.Context(), in); !d.Allowed {
		t.Fatalf("control: %v", d)
	}
	e.limit = time.Nanosecond
	for range 100 { // the answer may be there before the engine sees that it is late
		if d, err := e.Decide(t.Context(), in); err != nil || d.Allowed || d.Alarm == "" {
			t.Fatalf("%+v, %v", d, err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if d, err := engine(t).Decide(gone, in); err == nil || d.Allowed {
		t.Errorf("a caller that is gone: %+v, %v", d, err)
	}
}

// A rule that asks the clock, the network or chance must not compile.
func TestRulesCannotLookOutside(t *testing.T) {
	for _, call := range []string{
		"time.now_ns()", `http.send({"method": "get", "url": "http://x"})`, `rand.intn("a", 2)`, "opa.runtime()", `uuid.rfc4122("a")`,
		`net.lookup_ip_addr("x")`, `io.jwt.decode_verify("a", {})`, `time.parse_rfc3339_ns("2026-11-21T21:04:05Z")`, `time.date(1)`,
	} {
		_, _, err := compile([]source{{"x.rego", "package custos\n\nx := " + call}})
		if err == nil || !strings.Contains(err.Error(), "undefined function") {
			t.Errorf("%s: %v", call, err)
		}
	}
	if _, _, err := compile([]source{{"x.rego", "package custos\n\nx := count([1])"}}); err != nil {
		t.Errorf("control: %v", err)
	}
	for _, b := range capabilities().Builtins {
		if b.Nondeterministic || b.IsDeprecated() {
			t.Errorf("%s may be used", b.Name)
		}
	}
	if len(capabilities().Builtins) != len(builtins) {
		t.Errorf("%d functions are named, %d are known", len(builtins), len(capabilities().Builtins))
	}
}

// No rule may rest on an absence: `not` stands nowhere, and nothing is allowed
// by default.
func TestRulesArePositive(t *testing.T) {
	sources, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	_, modules, err := compile(sources)
	if err != nil {
		t.Fatal(err)
	}
	for name, module := range modules {
		ast.WalkExprs(module, func(expr *ast.Expr) bool {
			if expr.Negated || len(expr.With) > 0 {
				t.Errorf("%s:%d: %s", name, expr.Location.Row, expr)
			}
			return false
		})
		for _, rule := range module.Rules {
			if rule.Default && rule.Head.Value.String() != "false" {
				t.Errorf("%s: %s", name, rule)
			}
		}
	}
}

func TestDecideConcurrently(t *testing.T) {
	e, all := engine(t), readTables(t)
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 60 {
				c := all.cases[(i*7+worker)%len(all.cases)]
				if err := c.check(t.Context(), e); err != nil {
					t.Errorf("%s: %v", c.Name, err)
				}
			}
		})
	}
	group.Wait()
}

// The time of a decision with every fact, canonical form and account included.
func TestDecisionTime(t *testing.T) {
	e, all := engine(t), readTables(t)
	for _, name := range []string{"row-read", "import-ipa"} {
		in, err := typed(all.bases[name])
		if err != nil {
			t.Fatal(err)
		}
		times := make([]time.Duration, 2000)
		for i := range times {
			start := time.Now()
			if d, err := e.Decide(t.Context(), in); err != nil || !d.Allowed {
				t.Fatal(d, err)
			}
			times[i] = time.Since(start)
		}
		slices.Sort(times)
		p50, p99 := times[len(times)/2], times[len(times)*99/100]
		t.Logf("%s: p50 %v, p99 %v", name, p50, p99)
		if p99 > 100*time.Millisecond {
			t.Errorf("%s: p99 %v", name, p99)
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	e, all := engine(b), readTables(b)
	for _, name := range []string{"row-read", "import-ipa"} {
		in, err := typed(all.bases[name])
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if d, err := e.Decide(b.Context(), in); err != nil || !d.Allowed {
					b.Fatal(fmt.Sprint(d), err)
				}
			}
		})
	}
}
