package rego

import "testing"

func TestRegoTests(t *testing.T) {
	sources, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	units := readTables(t).units
	passed, coverage, err := runRego(t.Context(), sources, units)
	if err != nil || passed == 0 {
		t.Fatalf("%d passed; %v", passed, err)
	}
	t.Logf("%d passed; they alone cover %.0f %% of the lines", passed, coverage)
	// Control: rules that allow everything must not pass.
	for i := range sources {
		if sources[i].name == "decide.rego" {
			sources[i].text = "package custos\n\nallow := true\n"
		}
	}
	if _, _, err := runRego(t.Context(), sources, units); err == nil {
		t.Error("control: rules that allow everything pass")
	}
}
