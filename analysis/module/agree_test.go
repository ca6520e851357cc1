package module_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/module"
	"custos.example/analysis/module/testdata/steps"
)

func agree(t *testing.T, m *module.Module, name string, params analysis.Params) (analysis.Outcome, error) {
	t.Helper()
	step, ok := steps.Find(name, 1)
	if !ok {
		t.Fatalf("no step %s", name)
	}
	in := map[string]analysis.Input{"source": strings.NewReader(strings.Repeat("row\n", 100_000))}
	return module.Agree(t.Context(), m, step, testEnv{}, in, params)
}

func TestAgree(t *testing.T) {
	m := openGuest(t, module.Options{})
	outcome, err := agree(t, m, "echo", nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := outcome.Outputs["page"]; d.Size != 400_000 || len(d.SHA256) != 64 {
		t.Errorf("outcome %+v", outcome)
	}
	if _, err := agree(t, m, "refuse-format", nil); !errors.Is(err, analysis.ErrNotThisFormat) || errors.Is(err, module.ErrDisagree) {
		t.Errorf("refused alike: %v", err)
	}
	// The controls: steps that are no pure functions must be caught.
	t.Setenv("CUSTOS_ANY", "x")
	for _, name := range []string{"clock", "map-order", "environment", "here-not-there", "there-not-here", "refuse-differently", "other-balance", "longer"} {
		_, err := agree(t, m, name, nil)
		if !errors.Is(err, module.ErrDisagree) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := agree(t, m, "longer", nil); err == nil || !strings.Contains(err.Error(), "has 6 bytes here, 4 in the module") {
		t.Errorf("longer: %v", err)
	}
	if _, err := agree(t, m, "late", nil); err == nil || !strings.Contains(err.Error(), "output page differs from byte 131072 on") {
		t.Errorf("late: %v", err)
	}
}

func TestInfoHasOneSpelling(t *testing.T) {
	hex := strings.Repeat("0f", 32)
	info := module.Info{
		Agreed: []string{"amd64/v1"}, Format: module.Format, Module: hex, Size: 7, Source: hex, Toolchain: "go1.26.8",
		Dependencies: []module.Dependency{{Path: "a.example/b", Sum: "h1:x", Version: "v1.0.0"}},
	}
	text, err := info.Encode()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"agreed":["amd64/v1"],"dependencies":[{"path":"a.example/b","sum":"h1:x","version":"v1.0.0"}],"format":"` + module.Format +
		`","module":"` + hex + `","size":7,"source":"` + hex + `","toolchain":"go1.26.8"}`
	if string(text) != want {
		t.Errorf("%s\nwant %s", text, want)
	}
	if _, err := module.ParseInfo(text); err != nil {
		t.Error(err)
	}
	for _, bad := range [][2]string{
		{`"size":7`, `"size": 7`},
		{`"size":7`, `"size":7,"more":1`},
		{`"size":7`, `"Size":7`},
		{`"size":7`, `"size":0`},
		{`"size":7`, `"size":7,"size":7`},
		{"0f0f", "0F0F"},
		{"module/v1", "module/v2"},
		{`"go1.26.8"}`, `"go1.26.8"} `},
	} {
		if _, err := module.ParseInfo(bytes.Replace(text, []byte(bad[0]), []byte(bad[1]), 1)); err == nil {
			t.Errorf("%s for %s is taken", bad[1], bad[0])
		}
	}
}
