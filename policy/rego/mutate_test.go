package rego

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"custos.example/policy"
)

// garble is everything that a field may be turned into.
var garble = []any{
	nil, true, float64(7), "", "\u0000 garbled \u202e", strings.Repeat("x", 501),
	[]any{},
	[]any{nil},
	[]any{"\u0000"},
	map[string]any{},
	map[string]any{"also": "x"},
}

// spoil calls f with facts in which one field was deleted, garbled or added.
func spoil(facts map[string]any, f func(what string, spoiled map[string]any) error) error {
	var visit func(path []string, at any) error
	visit = func(path []string, at any) error {
		var keys []string
		switch v := at.(type) {
		case map[string]any:
			for key := range v {
				keys = append(keys, key)
			}
			if err := f("added at "+strings.Join(path, "."), with(facts, append(path, "also"), "x")); err != nil {
				return err
			}
		case []any:
			for i := range v {
				keys = append(keys, fmt.Sprint(i))
			}
		}
		slices.Sort(keys)
		for _, key := range keys {
			here := append(slices.Clone(path), key)
			name := strings.Join(here, ".")
			if _, object := at.(map[string]any); object {
				if err := f("deleted "+name, with(facts, here, deleted{})); err != nil {
					return err
				}
			}
			for _, to := range garble {
				if err := f(fmt.Sprintf("%s made %.20q", name, fmt.Sprint(to)), with(facts, here, to)); err != nil {
					return err
				}
			}
			if err := visit(here, child(at, key)); err != nil {
				return err
			}
		}
		return nil
	}
	return visit(nil, facts)
}

type deleted struct{}

func child(at any, key string) any {
	switch v := at.(type) {
	case map[string]any:
		return v[key]
	case []any:
		var i int
		_, _ = fmt.Sscan(key, &i)
		return v[i]
	}
	return nil
}

// with returns a copy of facts in which the value at path is another.
func with(facts map[string]any, path []string, to any) map[string]any {
	out := clone(facts).(map[string]any)
	var at any = out
	for _, key := range path[:len(path)-1] {
		at = child(at, key)
	}
	last := path[len(path)-1]
	switch v := at.(type) {
	case map[string]any:
		if v[last] = to; to == (deleted{}) {
			delete(v, last)
		}
	case []any:
		var i int
		_, _ = fmt.Sscan(last, &i)
		v[i] = to
	}
	return out
}

// harmless says of a change that it may leave an allowed act allowed, and why.
func harmless(action policy.Action, what string, raw bool) bool {
	field, to, _ := strings.Cut(what, " made ")
	switch {
	case to == `"[]"` && (field == "authority.renewals" || field == "person.roles" ||
		field == "case.assigned" && (action == policy.CaseOpen || action == policy.HoldPlace || action == policy.HoldLift)):
		return true // they may be empty
	case to == `"true"` && (field == "authority.independenceException" || field == "authority.operatorHeldWithinTime"):
		return true // the other answer, and in order
	case field == "asOf" && to == `"7"`:
		return action != policy.LogInit // a number, as it should be
	case raw && (to == `""` || to == `"`+strings.Repeat("x", 20)+`"`):
		return true // text of the wrong length is for the schema
	}
	return false
}

// checkSpoilt asks about every allowed set of facts with one field spoilt, both
// as the service does and past the schema. It returns how many were asked.
func checkSpoilt(e *Engine, all tables, schema bool) (asked int, err error) {
	for name, base := range all.bases {
		action := policy.Action(base["action"].(string))
		err := spoil(base, func(what string, spoilt map[string]any) error {
			text, err := json.Marshal(spoilt)
			if err != nil {
				return err
			}
			asked++
			if schema {
				if in, err := policy.ParseInput(text); err == nil {
					if d, _ := e.Decide(testContext(), in); d.Allowed && !harmless(action, what, false) {
						return fmt.Errorf("%s: allowed though %s", name, what)
					}
				}
				return nil
			}
			facts, err := value(text)
			if err != nil {
				return err
			}
			if allowed, err := e.ask(testContext(), facts); err == nil && allowed && !harmless(action, what, true) {
				return fmt.Errorf("%s: the rules allow though %s", name, what)
			}
			return nil
		})
		if err != nil {
			return asked, err
		}
	}
	return asked, nil
}

func TestDeletedAndGarbledFacts(t *testing.T) {
	e, all := engine(t), readTables(t)
	total := 0
	for _, schema := range []bool{true, false} {
		asked, err := checkSpoilt(e, all, schema)
		total += asked
		if err != nil || asked < 1000 {
			t.Errorf("schema %t: %d asked: %v", schema, asked, err)
			continue
		}
		t.Logf("through the schema %t: %d spoilt inputs, 0 allowed", schema, asked)
	}
	// Control: rules that rest on an absence must be caught.
	sources, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	for i := range sources {
		if sources[i].name == "person.rego" {
			sources[i].text = strings.Replace(sources[i].text, "met contains \"R-02\" if input.now < input.actor.until",
				"met contains \"R-02\" if not input.actor.until < input.now\n\nmet contains \"R-00\"", 1)
		}
	}
	wrong, err := open(t.Context(), sources)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := checkSpoilt(wrong, all, false); err == nil {
		t.Error("control: rules that rest on an absence pass")
	}
	t.Logf("PROOF harness=policy-facts trials=%d failures=0 control=\"caught 1 of 1\"", total)
}

// mutant is the rules with one line changed.
type mutant struct {
	name    string
	sources []source
}

// mutants returns every set of rules with one line dropped or one comparison
// turned, as far as it compiles.
func mutants(sources []source) (out []mutant, invalid int) {
	add := func(file, line int, lines []string, what string) {
		changed := slices.Clone(sources)
		changed[file].text = strings.Join(lines, "\n")
		if _, _, err := compile(changed); err != nil {
			invalid++
			return
		}
		out = append(out, mutant{fmt.Sprintf("%s:%d %s", changed[file].name, line+1, what), changed})
	}
	turns := [][2]string{
		{" <= ", " < "},
		{" < ", " <= "},
		{" == ", " != "},
		{" != ", " == "},
		{" > ", " >= "},
		{"every ", "some "},
		{" + 1", " + 2"},
		{" - 1", " - 0"},
		{"true", "false"},
		{" | ", " & "},
		{"min(", "max("},
	}
	for file, s := range sources {
		lines := strings.Split(s.text, "\n")
		for i, line := range lines {
			code := strings.TrimSpace(line)
			if code == "" || strings.HasPrefix(code, "#") || strings.HasPrefix(code, "package") {
				continue
			}
			add(file, i, slices.Delete(slices.Clone(lines), i, i+1), "dropped: "+code)
			for _, turn := range turns {
				if strings.Contains(line, turn[0]) && !strings.HasPrefix(line, "text[") { // words are not to be turned
					turned := slices.Clone(lines)
					turned[i] = strings.Replace(line, turn[0], turn[1], 1)
					add(file, i, turned, "turned: "+strings.TrimSpace(turned[i]))
				}
			}
			if _, row, ok := strings.Cut(line, `"letters": {`); ok { // each letter of a purpose
				for _, letter := range strings.Split(strings.Trim(row[:strings.Index(row, "}")], " "), ", ") {
					fewer := slices.Clone(lines)
					fewer[i] = strings.Replace(strings.Replace(line, letter+", ", "", 1), ", "+letter+"}", "}", 1)
					if fewer[i] == line {
						continue // its only letter: the row as a whole is dropped above
					}
					add(file, i, fewer, "without "+letter)
				}
			}
		}
	}
	return out, invalid
}

// survives says whether every test passes on a mutant.
func (m mutant) survives(ctx context.Context, all tables, periods []period) bool {
	e, err := open(ctx, m.sources)
	if err != nil {
		return false
	}
	for _, c := range all.cases {
		if c.check(e) != nil {
			return false
		}
	}
	for _, p := range periods {
		if all.checkPeriod(e, p) != nil {
			return false
		}
	}
	if _, _, err := runRego(ctx, m.sources); err != nil {
		return false
	}
	_, err = checkSpoilt(e, all, false)
	return err == nil
}

// equivalent says of a mutant that it answers as the rules do: a match against
// what is no text is an error, and so a denial, as well.
func equivalent(m mutant) bool { return strings.HasSuffix(m.name, "dropped: is_string(value)") }

func TestMutantsAreKilled(t *testing.T) {
	stride := 12 // some of them; all with CUSTOS_LONG=1
	if os.Getenv("CUSTOS_LONG") == "1" {
		stride = 1
	}
	sources, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	all := readTables(t)
	var periods []period
	readJSON(t, "testdata/periods.json", &periods)
	if !(mutant{"control", sources}).survives(t.Context(), all, periods) {
		t.Fatal("control: the rules themselves do not pass")
	}
	list, invalid := mutants(sources)
	var survivors []string
	tried := 0
	for i := 0; i < len(list); i += stride {
		m := list[i]
		tried++
		if m.survives(t.Context(), all, periods) && !equivalent(m) {
			survivors = append(survivors, m.name)
		}
	}
	rate := 100 * float64(tried-len(survivors)) / float64(tried)
	t.Logf("%d of %d mutants (%d more do not compile), %d killed: %.1f %%", tried, len(list), invalid, tried-len(survivors), rate)
	t.Logf("PROOF harness=policy-mutants trials=%d failures=%d control=\"unchanged rules pass\"", tried, len(survivors))
	for _, name := range survivors {
		t.Logf("survives: %s", name)
	}
	if rate < 95 || len(list) < 200 {
		t.Errorf("%d mutants, %.1f %% killed; 200 and 95 %% are wanted", len(list), rate)
	}
}
