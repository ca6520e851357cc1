package rego

import (
	"context"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"custos.example/policy"
)

// lastDayQuery asks until when an authority has effect. Where the rules set no
// last day it is undefined.
const lastDayQuery = "data.custos.last_day"

// LastDay returns the last day on which an authority has effect, its renewals
// counted, as these rules compute it; policy.NoDate where they set none.
func (e *Engine) LastDay(ctx context.Context, a policy.Authority) (policy.Date, error) {
	ctx, cancel := context.WithTimeout(ctx, e.limit)
	defer cancel()
	facts, err := ast.InterfaceToValue(map[string]any{"authority": a})
	if err != nil {
		return "", fmt.Errorf("the facts of the authority: %w", err)
	}
	results, err := e.lastDay.Eval(ctx, rego.EvalParsedInput(facts))
	if err != nil {
		return "", fmt.Errorf("ask for the last day: %w", err)
	}
	if len(results) == 0 {
		return policy.NoDate, nil
	}
	day, is := results[0].Expressions[0].Value.(string)
	if len(results) != 1 || !is {
		return "", fmt.Errorf("ask for the last day: %w", errForm)
	}
	return policy.Date(day), nil
}
