package rego

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/tester"
)

// unitLimit is the time that one test may take: enough on a machine that does much
// else, where the runner's own 5 seconds are not.
const unitLimit = 2 * time.Minute

// runRego runs the tests that are written in Rego on a set of rules.
func runRego(ctx context.Context, sources, units []source) (passed int, coverage float64, err error) {
	modules := map[string]*ast.Module{}
	for _, s := range slices.Concat(sources, units) {
		if modules[s.name], err = ast.ParseModuleWithOpts(s.name, s.text, ast.ParserOptions{RegoVersion: ast.RegoV1}); err != nil {
			return 0, 0, err
		}
	}
	covered := cover.New()
	results, err := tester.NewRunner().SetCompiler(ast.NewCompiler()).SetCoverageQueryTracer(covered).SetModules(modules).SetTimeout(unitLimit).RunTests(ctx, nil)
	if err != nil {
		return 0, 0, err
	}
	for r := range results {
		if r.Fail || r.Error != nil || r.Skip {
			err = errors.Join(err, fmt.Errorf("%s: %w", r.Name, errors.Join(errFails, r.Error)))
			continue
		}
		passed++
	}
	return passed, covered.Report(modules).Coverage, err
}

// errFails says that a test written in Rego did not hold.
var errFails = errors.New("does not hold")
