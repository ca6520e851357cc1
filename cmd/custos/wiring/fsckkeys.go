package wiring

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"custos.example/custody"
	"custos.example/custody/vault"
)

// keyless puts one finding in the place of all those of a case whose key is not there:
// nothing of it can be opened, and to list each row and payload would hide what is wrong
// with other cases.
func (c *checking) keyless(ctx context.Context) error {
	of := map[custody.CaseID]int{} // findings of each case that can be put into one
	inCase := func(f custody.Finding) bool { return f.Case != "" && !f.Restored }
	for _, f := range c.report.Findings {
		if inCase(f) {
			of[f.Case] += max(f.More, 1)
		}
	}
	gone := map[custody.CaseID]string{}
	for _, id := range slices.Sorted(maps.Keys(of)) {
		what, err := c.keyGone(ctx, id, of[id])
		if err != nil {
			return err
		}
		if what != "" {
			gone[id] = what
		}
	}
	var kept []custody.Finding
	for _, f := range c.report.Findings {
		what, without := gone[f.Case]
		switch {
		case !without || !inCase(f):
			kept = append(kept, f)
		case of[f.Case] > 0: // the first of them stands for all
			of[f.Case] = 0
			kept = append(kept, custody.Finding{Where: "case " + string(f.Case), Case: f.Case, What: what, Exhibits: []string{}})
		}
	}
	c.report.Findings = kept
	return nil
}

// keyGone says what it means that a case has no key, of which so many rows and payloads
// were found unreadable; nothing where it has one.
// Errors: a key folder that cannot be read now.
func (c *checking) keyGone(ctx context.Context, id custody.CaseID, found int) (string, error) {
	_, err := c.vault.Address(ctx, string(id), [32]byte{})
	switch {
	case errors.Is(err, vault.ErrDestroyed):
		return fmt.Sprintf("the key of this case was destroyed: nothing of the case can be read again (%d rows and payloads of it were found so), neither entries nor payloads "+
			"nor what is projected from them. If its erasure was ordered, %s; if not, find out who destroyed it", found, doFinish), nil
	case errors.Is(err, vault.ErrNotFound):
		return fmt.Sprintf("the key of this case is missing: nothing of the case can be read (%d rows and payloads of it were found so), neither entries nor payloads nor what "+
			"is projected from them, and nothing else is known to be wrong with it. Restore the key folder from its own backup (deploy/RUNBOOK.md), then check again", found), nil
	case errors.Is(err, vault.ErrIntegrity):
		return "", nil // the key is there and damaged, which each finding says
	}
	return "", err
}
