package rego

import (
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/cover"
)

func TestRegoTests(t *testing.T) {
	sources, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	all, covered := readTables(t), cover.New()
	passed, err := runRego(t.Context(), sources, all, covered)
	if err != nil || passed == 0 {
		t.Fatalf("%d passed; %v", passed, err)
	}
	_, modules, err := compile(sources)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d passed; they alone cover %.0f %% of the lines", passed, covered.Report(modules).Coverage)
	// Controls: rules that are wrong in one place must fail the tests of that place.
	controls := []struct {
		file, from, to string
		fails          []string
	}{
		{"period.rego", "input.source.obtainedOn <= last_day", `input.source.obtainedOn < "9"`, []string{"test_05", "test_months"}},
		{"tables.rego", `"inspector": {"subscriber"}`, `"inspector": {"subscriber", "traffic"}`, []string{"test_10"}},
		{"decide.rego", "every id in required { met[id] }", "some id in required\n\tmet[id]", []string{"test_01", "test_14"}},
	}
	for _, c := range controls {
		wrong := slices.Clone(sources)
		i := slices.IndexFunc(wrong, func(s source) bool { return s.name == c.file && strings.Contains(s.text, c.from) })
		if i < 0 {
			t.Errorf("control: %s does not say %q", c.file, c.from)
			continue
		}
		wrong[i].text = strings.Replace(wrong[i].text, c.from, c.to, 1)
		_, err := runRego(t.Context(), wrong, all, nil)
		for _, name := range c.fails {
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("control: %s with %q: %v, want a failure of %s", c.file, c.to, err, name)
			}
		}
	}
	t.Logf("PROOF harness=policy-law trials=%d failures=0 control=\"caught %d of %d\"", passed, len(controls), len(controls))
}
