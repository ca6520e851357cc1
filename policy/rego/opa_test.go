package rego

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/tester"
)

// runRego runs the tests that are written in Rego on a set of rules.
func runRego(ctx context.Context, sources []source) (passed int, coverage float64, err error) {
	modules := map[string]*ast.Module{}
	paths, err := filepath.Glob("testdata/*_test.rego")
	if err != nil {
		return 0, 0, err
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return 0, 0, err
		}
		sources = append(sources, source{path, string(text)})
	}
	for _, s := range sources {
		if modules[s.name], err = ast.ParseModuleWithOpts(s.name, s.text, ast.ParserOptions{RegoVersion: ast.RegoV1}); err != nil {
			return 0, 0, err
		}
	}
	covered := cover.New()
	results, err := tester.NewRunner().SetCompiler(ast.NewCompiler()).SetCoverageQueryTracer(covered).SetModules(modules).RunTests(ctx, nil)
	if err != nil {
		return 0, 0, err
	}
	for r := range results {
		if r.Fail || r.Error != nil || r.Skip {
			err = fmt.Errorf("%s: %w", r.Name, errors.Join(errFails, r.Error))
			continue
		}
		passed++
	}
	return passed, covered.Report(modules).Coverage, err
}

// errFails says that a test written in Rego did not hold.
var errFails = errors.New("does not hold")

func TestRegoTests(t *testing.T) {
	sources, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	passed, coverage, err := runRego(t.Context(), sources)
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
	if _, _, err := runRego(t.Context(), sources); err == nil {
		t.Error("control: rules that allow everything pass")
	}
}
