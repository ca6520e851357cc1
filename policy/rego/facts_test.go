package rego

import (
	"reflect"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"custos.example/policy"
)

// TestFactsAreTheirText holds what the engine is asked against what is recorded: of
// every case of the tables, the facts as the engine gets them are those that their
// canonical text has. The control is a text with one fact changed.
func TestFactsAreTheirText(t *testing.T) {
	e, all := engine(t), readTables(t)
	asked, caught := 0, 0
	for _, c := range all.cases {
		in, err := typed(c.facts)
		if err != nil {
			t.Fatal(c.Name, err)
		}
		text, err := in.Canonical()
		facts, refused := e.factsOf(in)
		if (err == nil) != (refused == nil) {
			t.Fatalf("%s: as text %v, as facts %v", c.Name, err, refused)
		}
		if err != nil {
			continue
		}
		want, err := value(text)
		if err != nil {
			t.Fatal(c.Name, err)
		}
		if ast.Compare(facts, want) != 0 {
			t.Errorf("%s: the engine is asked about\n%s\nand recorded is\n%s", c.Name, facts, want)
		}
		in.AsOf++
		other, err := e.factsOf(in)
		if err != nil {
			t.Fatal(c.Name, err)
		}
		if asked++; ast.Compare(other, want) != 0 {
			caught++
		}
	}
	if asked < 500 || caught != asked {
		t.Errorf("%d cases; control: %d changes noticed", asked, caught)
	}
	t.Logf("PROOF harness=policy-facts-text trials=%d failures=0 control=\"caught %d of %d\"", asked, caught, asked)
	type unknown struct {
		Share float64 `json:"share"`
	}
	if _, err := shapeOf(reflect.TypeFor[unknown]()); err == nil {
		t.Error("a fraction is taken as a fact")
	}
	if _, err := e.factsOf(policy.Input{}); err == nil {
		t.Error("facts that are not whole are taken")
	}
}
