package rego

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"

	"custos.example/policy"
)

// The tables by which this program's own rules are tested. They are part of it, so
// that any other rules can be tried on the same facts.
//
//go:embed testdata/base/*.json testdata/decisions/*.json testdata/periods.json testdata/matrix.txt testdata/*_test.rego
var tested embed.FS

// ownTables are the tables of this program's own rules.
func ownTables() (tables, error) {
	from, err := fs.Sub(tested, "testdata")
	if err != nil {
		return tables{}, err
	}
	return parseTables(from)
}

// succession is what must stay possible, or no release could follow.
var succession = []policy.Action{policy.PolicyPropose, policy.PolicyApprove, policy.PolicyRelease}

// Try returns nil when a release may be put in force as far as a program can tell:
// it allows nothing when any one fact is missing or one is there that does not
// belong, and some role can put forward, approve and publish the next one.
//
// It looks past the schema that stands before every decision, so that neither wall
// rests on the other. What the rules should allow is for people to say.
// Errors: ErrForm.
func (e *Engine) Try(ctx context.Context) error {
	if e.tried.Load() {
		return nil
	}
	if err := e.try(ctx); err != nil {
		return err
	}
	e.tried.Store(true) // the rules do not change
	return nil
}

func (e *Engine) try(ctx context.Context) error {
	all, err := ownTables()
	if err != nil {
		return err
	}
	for name, base := range all.bases {
		err := spoil(base, nil, func(what string, spoilt map[string]any) error {
			text, err := json.Marshal(spoilt)
			if err != nil {
				return err
			}
			facts, err := value(text)
			if err != nil {
				return err
			}
			allowed, _, err := e.ask(ctx, facts)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err == nil && allowed {
				return fmt.Errorf("of the facts of %s, %s: the rules allow it all the same: %w", name, what, ErrForm)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	powers, err := e.Powers(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrForm, err)
	}
	for _, p := range powers {
		for _, action := range succession {
			if p.Action == action && (len(p.Roles) == 0 || len(p.Rules) < 2) {
				return fmt.Errorf("nobody could ever %s again, so that no release could follow: %w", action.Words(), ErrForm)
			}
		}
	}
	return nil
}
