package rego

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"custos.example/policy"
)

// Power is who can ask for an action, and which rules must be met besides.
type Power struct {
	Action policy.Action `json:"action"`
	Words  string        `json:"words"`
	Roles  []policy.Role `json:"roles"`
	// Levels says how each role may: Y in any case, C where assigned, S what was
	// served, P with third parties masked, A totals alone.
	Levels map[policy.Role]string `json:"levels"`
	Rules  []Rule                 `json:"rules"`
}

// Rule is a rule by its id.
type Rule struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// Powers returns, for every action, what the rules of this release say of it:
// read from the rules themselves, never from a list beside them.
// Shape: sorted by action; the rule of the facts' form stands first.
func (e *Engine) Powers(ctx context.Context) ([]Power, error) {
	query, err := prepare(ctx, e.compiler, "data.custos.matrix")
	if err != nil {
		return nil, err
	}
	results, err := query.Eval(ctx)
	if err != nil || len(results) != 1 || len(results[0].Expressions) != 1 {
		return nil, fmt.Errorf("read what each role may do: %w", errors.Join(err, errForm))
	}
	table, ok := results[0].Expressions[0].Value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("read what each role may do: %w", errForm)
	}
	var powers []Power
	for _, action := range policy.Actions() {
		row, ok := table[string(action)].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("read who may %s: %w", action, errForm)
		}
		p := Power{Action: action, Words: action.Words(), Levels: map[policy.Role]string{}}
		for _, role := range slices.Sorted(maps.Keys(row)) {
			p.Roles = append(p.Roles, policy.Role(role))
			if p.Levels[policy.Role(role)], ok = row[role].(string); !ok {
				return nil, fmt.Errorf("read how %s may %s: %w", role, action, errForm)
			}
		}
		for _, id := range e.rules[action] {
			p.Rules = append(p.Rules, Rule{ID: id, Title: e.notes[id].title})
		}
		powers = append(powers, p)
	}
	return powers, nil
}
