package custody

import (
	"context"

	"custos.example/policy"
)

// Three use cases that nobody may add: one asks the policy nothing, one names an
// action and goes on without an answer, one asks what no rule knows.

const caseWave policy.Action = "case.wave"

// Peek asks nothing.
func (c Cases) Peek(ctx context.Context, _ Actor, _ CaseID) (uint64, error) {
	return c.s.Store.Size(ctx)
}

// Glance never asks for an answer.
func (c Cases) Glance(ctx context.Context, actor Actor, id CaseID) error {
	_, err := c.s.begin(ctx, actor, id, policy.CaseRead, Ask{})
	return err
}

// Wave asks for an action that stands in no matrix.
func (c Cases) Wave(ctx context.Context, actor Actor, id CaseID) error {
	a, err := c.s.begin(ctx, actor, id, caseWave, Ask{})
	if err != nil {
		return err
	}
	return a.decide(ctx, resource{})
}

// Heads gives away without being told who asks.
func (c Cases) Heads(ctx context.Context) (uint64, error) { return c.s.Store.Size(ctx) }
