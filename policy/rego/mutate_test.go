package rego

import (
	"os"
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
	if !(mutant{"control", sources}).survives(t.Context(), all) {
		t.Fatal("control: the rules themselves do not pass")
	}
	list, invalid := mutants(sources, nil)
	var survivors []string
	tried := 0
	for i := 0; i < len(list); i += stride {
		m := list[i]
		tried++
		if m.survives(t.Context(), all) && !equivalent(m) {
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
