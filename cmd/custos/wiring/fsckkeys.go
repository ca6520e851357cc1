package wiring

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"custos.example/custody"
	"custos.example/custody/vault"
)

// keyless puts one finding in the place of all those of a case whose key is not there:
// nothing of it can be opened, and to list each row and payload would hide what is wrong
// with other cases.
func (c *checking) keyless(ctx context.Context) error {
	first, of := map[custody.CaseID]int{}, map[custody.CaseID]int{}
	var kept []custody.Finding
	for _, f := range c.report.Findings {
		if f.Case == "" || f.Restored {
			kept = append(kept, f)
			continue
		}
		of[f.Case]++
		if at, known := first[f.Case]; known {
			if at < 0 {
				kept = append(kept, f)
			}
			continue
		}
		what, err := c.keyGone(ctx, f.Case)
		if err != nil {
			return err
		}
		if first[f.Case] = -1; what != "" {
			first[f.Case] = len(kept)
			f = custody.Finding{Where: "case " + string(f.Case), Case: f.Case, What: what, Exhibits: []string{}}
		}
		kept = append(kept, f)
	}
	for id, at := range first {
		if at >= 0 {
			kept[at].What = fmt.Sprintf(kept[at].What, of[id])
		}
	}
	c.report.Findings = slices.Clip(kept)
	return nil
}

// keyGone says what it means that a case has no key, with a place for the number of its
// rows and payloads that were found unreadable; nothing where it has one.
// Errors: a key folder that cannot be read now.
func (c *checking) keyGone(ctx context.Context, id custody.CaseID) (string, error) {
	_, err := c.vault.Address(ctx, string(id), [32]byte{})
	switch {
	case errors.Is(err, vault.ErrDestroyed):
		return "the key of this case was destroyed: nothing of the case can be read again (%d rows and payloads of it were found so), neither entries nor payloads nor what is " +
			"projected from them. If its erasure was ordered, " + doFinish + "; if not, find out who destroyed it", nil
	case errors.Is(err, vault.ErrNotFound):
		return "the key of this case is missing: nothing of the case can be read (%d rows and payloads of it were found so), neither entries nor payloads nor what is " +
			"projected from them, and nothing else is known to be wrong with it. Restore the key folder from its own backup (deploy/RUNBOOK.md), then check again", nil
	case errors.Is(err, vault.ErrIntegrity):
		return "", nil // the key is there and damaged, which each finding says
	}
	return "", err
}
