package registry_test

import (
	"os"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/registry"
)

// TestAnalysesPage wants every analysis to have a section that names each of its
// parameters and outputs.
func TestAnalysesPage(t *testing.T) {
	page, err := os.ReadFile("../step/ANALYSES.md")
	if err != nil {
		t.Fatal(err)
	}
	sections, checked := map[string]string{}, 0
	for _, part := range strings.Split(string(page), "\n## ")[1:] {
		name, text, _ := strings.Cut(part, "\n")
		sections[name] = text
	}
	for _, s := range registry.All() {
		info := s.Info()
		if info.Class != analysis.Analyse {
			continue
		}
		text, found := sections[info.Identity()]
		if !found {
			t.Errorf("ANALYSES.md has no section %s", info.Identity())
			continue
		}
		for _, p := range info.Params {
			checked++
			if !strings.Contains(text, "`"+p.Name+"`") {
				t.Errorf("the section %s does not name the parameter %s", info.Identity(), p.Name)
			}
		}
		for _, p := range info.Outputs {
			if !strings.Contains(text, "`"+p.Name+"`") {
				t.Errorf("the section %s does not name the output %s", info.Identity(), p.Name)
			}
		}
	}
	if checked < 60 {
		t.Errorf("only %d parameters were looked for", checked)
	}
}
