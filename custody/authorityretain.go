package custody

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// retained returns the last day for which the records of an authority must be kept
// that an erasure would destroy: of the whole case, or of the payloads named.
// policy.NoDate when none of them has such a day.
func (a *act) retained(ctx context.Context, id CaseID, digests []ledger.DigestSet, whole bool, asOf uint64) (policy.Date, error) {
	latest := policy.NoDate
	if !whole && len(digests) == 0 {
		return latest, nil
	}
	facts, err := list[authorityFact](ctx, a.Store, id, inAuthority, asOf)
	if err != nil {
		return latest, err
	}
	for _, fact := range facts {
		document, err := documentOf[AuthorityDocument](ctx, a.Service, id, fact.Payload)
		if errors.Is(err, ErrNotFound) {
			continue // it is erased already
		}
		if err != nil {
			return latest, fmt.Errorf("authority %s: %w", fact.Reference, err)
		}
		if document.RetainUntil == "" || latest != policy.NoDate && document.RetainUntil <= latest {
			continue
		}
		touched := whole
		if !touched {
			if touched, err = a.touches(ctx, id, fact.First, document, digests, asOf); err != nil {
				return latest, err
			}
		}
		if touched {
			latest = document.RetainUntil
		}
	}
	return latest, nil
}

// touches tells whether one of the payloads is a state of the authority, or the
// application on which it rests.
func (a *act) touches(ctx context.Context, id CaseID, first ledger.EntryID, d AuthorityDocument, digests []ledger.DigestSet, asOf uint64) (bool, error) {
	named := func(payload ledger.DigestSet) bool {
		return slices.ContainsFunc(digests, func(set ledger.DigestSet) bool { return digestKey(set) == digestKey(payload) })
	}
	states, err := list[authorityFact](ctx, a.Store, id, inStates, asOf)
	if err != nil {
		return false, err
	}
	if slices.ContainsFunc(states, func(f authorityFact) bool { return f.First == first && named(f.Payload) }) {
		return true, nil
	}
	if d.Application.Entry == "" {
		return false, nil
	}
	applied, err := find[applicationFact](ctx, a.Store, id, inApplied, d.Application.Entry, asOf)
	if err != nil {
		return false, err
	}
	return named(applied.Payload), nil
}
