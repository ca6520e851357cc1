package rego

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestDeletedAndGarbledFacts(t *testing.T) {
	e, all := engine(t), readTables(t)
	total, stride := 0, 5 // some of them; all with CUSTOS_LONG=1
	if os.Getenv("CUSTOS_LONG") == "1" {
		stride = 1
	}
	for _, schema := range []bool{true, false} {
		asked, err := checkSpoilt(t.Context(), e, all, schema, stride)
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
			sources[i].text = strings.Replace(sources[i].text, "met[\"R-02\"] if input.now < input.actor.until",
				"met[\"R-02\"] if not input.actor.until < input.now\n\nmet[\"R-00\"] := true", 1)
		}
	}
	wrong, err := open(t.Context(), sources)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := checkSpoilt(t.Context(), wrong, all, false, stride); err == nil {
		t.Error("control: rules that rest on an absence pass")
	}
	t.Logf("PROOF harness=policy-facts trials=%d failures=0 control=\"caught 1 of 1\"", total)
}

// TestMutantsAreKilled changes every expression, word and rule in turn, and wants
// a test to fail for at least 95 of 100. The control is the rules as they are.
func TestMutantsAreKilled(t *testing.T) {
	stride := 151 // some of them; all with CUSTOS_LONG=1
	if os.Getenv("CUSTOS_LONG") == "1" {
		stride = 1
	}
	sources, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	all := readTables(t)
	if survived, _ := (mutant{name: "control", sources: sources}).survives(t.Context(), all); !survived {
		t.Fatal("control: the rules themselves do not pass")
	}
	list, err := mutants(sources, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range same {
		if !slices.ContainsFunc(list, func(m mutant) bool { return m.is(e) }) {
			t.Errorf("no mutant of %s is %q any more: %s", e.file, e.what, e.why)
		}
	}
	var survivors []string
	tried, invalid, known := 0, 0, 0
	for i := 0; i < len(list); i += stride {
		survived, compiles := list[i].survives(t.Context(), all)
		switch {
		case !compiles:
			invalid++
			continue
		case survived && equivalent(list[i]):
			known++
		case survived:
			survivors = append(survivors, list[i].name)
			t.Logf("survives: %s", list[i].name)
		}
		tried++
	}
	told := tried
	if stride > 1 {
		told -= known // of a sample, which may hold more of those than its share
	}
	rate := 100 * float64(tried-len(survivors)-known) / float64(told)
	t.Logf("%d of %d mutants tried, %d of them do not compile; of %d, %d killed: %.1f %%; %d answer as the rules do", tried+invalid, len(list), invalid,
		tried, tried-len(survivors)-known, rate, known)
	t.Logf("PROOF harness=policy-mutants trials=%d failures=%d control=\"unchanged rules pass\"", tried, len(survivors))
	if rate < 95 || len(list) < 2000 {
		t.Errorf("%d mutants, %.1f %% killed; 2000 and 95 %% are wanted", len(list), rate)
	}
}
