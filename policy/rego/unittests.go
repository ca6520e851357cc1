package rego

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"
)

// unitLimit is the time that one test may take: enough on a machine that does much
// else, where the runner's own 5 seconds are not.
const unitLimit = 2 * time.Minute

// runRego runs the tests that are written in Rego on a set of rules. What is allowed
// is at hand in them as data.base.facts. covered, unless nil, notes which lines were
// looked at.
func runRego(ctx context.Context, sources []source, all tables, covered *cover.Cover) (passed int, err error) {
	modules := map[string]*ast.Module{}
	for _, s := range slices.Concat(sources, all.units) {
		if modules[s.name], err = ast.ParseModuleWithOpts(s.name, s.text, ast.ParserOptions{RegoVersion: ast.RegoV1}); err != nil {
			return 0, err
		}
	}
	facts := map[string]any{}
	for name, base := range all.bases {
		facts[name] = base
	}
	store := inmem.NewFromObjectWithOpts(map[string]any{"base": map[string]any{"facts": facts}}, inmem.OptRoundTripOnWrite(false), inmem.OptReturnASTValuesOnRead(true))
	txn, err := store.NewTransaction(ctx)
	if err != nil {
		return 0, err
	}
	defer store.Abort(ctx, txn)
	runner := tester.NewRunner().SetCompiler(ast.NewCompiler()).SetStore(store).SetModules(modules).SetTimeout(unitLimit)
	if covered != nil {
		runner.SetCoverageQueryTracer(covered)
	}
	results, err := runner.RunTests(ctx, txn)
	if err != nil {
		return 0, err
	}
	for r := range results {
		if r.Fail || r.Error != nil || r.Skip {
			err = errors.Join(err, fmt.Errorf("%s: %w", r.Name, errors.Join(errFails, r.Error)))
			continue
		}
		passed++
	}
	return passed, err
}

// errFails says that a test written in Rego did not hold.
var errFails = errors.New("does not hold")
