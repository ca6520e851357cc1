package custody

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// Cases is the opening and finding of cases.
type Cases struct{ s *Service }

// Open opens a case: its keys, its two chains, one entry on the organisation's
// chain that commits to both, and entry 1 of the work chain, together.
func (c Cases) Open(ctx context.Context, actor Actor, request OpenCase) (OpenedCase, error) {
	if err := cmp.Or(checkText("reference", request.Reference), checkText("title", request.Title)); err != nil {
		return OpenedCase{}, err
	}
	if !slices.Contains(policy.Markings(), request.marking()) {
		return OpenedCase{}, fmt.Errorf("there is no such marking as %q; they are %s: %w", request.Marking, join(policy.Markings()), ErrInvalid)
	}
	a, err := c.s.begin(ctx, actor, "", policy.CaseOpen, request)
	if err != nil {
		return OpenedCase{}, err
	}
	// The case's id and nonce follow from the request id, so that a repeated
	// request finds the case instead of opening a second.
	key := a.key("case")
	id := CaseID(hex.EncodeToString(key[:16]))
	opened := OpenedCase{Case: id}
	if stored, done, err := a.earlier(ctx, "registered"); done || err != nil {
		return c.reopened(ctx, a, opened, stored, err)
	}
	assigned := slices.Compact(slices.Sorted(slices.Values(request.Assigned)))
	about := resource{opening: &policy.Case{
		ID: string(id), Assigned: assignments(assigned, a.now), Marking: request.marking(), Organisation: policy.Unstated, Shares: []policy.Share{},
	}}
	proofs, err := a.commit(ctx, "opened", about, func() ([]sheet, error) {
		return c.sheets(ctx, a, id, request, assigned, &opened)
	})
	if err != nil {
		return OpenedCase{}, err
	}
	opened.Registered, opened.Opened = proofs[0], proofs[1]
	return opened, nil
}

// marking is the protective marking of the case that is to be opened.
func (r OpenCase) marking() policy.Marking {
	return policy.Marking(orDefault(string(r.Marking), string(policy.OfficialSensitive)))
}

// sheets makes the keys and the chains of the case and says what is recorded.
func (c Cases) sheets(ctx context.Context, a *act, id CaseID, request OpenCase, assigned []string, opened *OpenedCase) ([]sheet, error) {
	if _, err := c.Find(ctx, request.Reference); err == nil {
		return nil, fmt.Errorf("there is a case %s already: open it, or choose another reference: %w", request.Reference, ErrConflict)
	}
	for _, person := range assigned {
		if known, err := has(ctx, a.Store, "", inPeople, person, 0); err != nil || !known {
			return nil, fmt.Errorf("cannot assign %s, who is not enrolled: %w", person, orInvalid(err))
		}
	}
	organisation, err := a.chain(ctx, "", ledger.Organisation)
	if err != nil {
		return nil, err
	}
	if err := a.Vault.CreateCase(ctx, id); err != nil {
		return nil, fmt.Errorf("make the key of the case: %w", err)
	}
	nonce, err := a.Vault.Derive(ctx, id, "chain nonce", nil)
	if err != nil {
		return nil, fmt.Errorf("nonce of the case: %w", err)
	}
	work, err := a.openChain(ctx, id, ledger.Work, nonce)
	if err != nil {
		return nil, fmt.Errorf("register the work chain: %w", err)
	}
	reads, err := a.openChain(ctx, id, ledger.Reads, nonce)
	if err != nil {
		return nil, fmt.Errorf("register the reads chain: %w", err)
	}
	opened.WorkChain, opened.ReadsChain = work.ID, reads.ID
	return []sheet{
		{
			stage: "registered", chain: organisation, changes: true, operation: "collection",
			detail: &ledger.CaseRegistered{Case: string(id), ReadsChain: reads.ID, WorkChain: work.ID},
		},
		{
			stage: "opened", chain: work, changes: true, operation: "collection",
			detail: &ledger.CaseOpened{
				Assigned: assigned, Case: string(id), Marking: string(request.marking()), Nonce: nonce, ReadsChain: reads.ID, Reference: request.Reference,
				Title: request.Title,
			},
		},
	}, nil
}

// reopened answers a repeated request.
func (c Cases) reopened(ctx context.Context, a *act, opened OpenedCase, registered Stored, err error) (OpenedCase, error) {
	if err != nil {
		return OpenedCase{}, err
	}
	if opened.Registered, err = a.prove(ctx, registered.Entry, registered.Placed); err != nil {
		return OpenedCase{}, err
	}
	first, done, err := a.earlier(ctx, "opened")
	if err != nil || !done {
		return OpenedCase{}, fmt.Errorf("%w: the case was registered and never opened: %w", ErrIntegrity, err)
	}
	if opened.Opened, err = a.prove(ctx, first.Entry, first.Placed); err != nil {
		return OpenedCase{}, err
	}
	fact, err := find[caseFact](ctx, c.s.Store, opened.Case, inCase, string(opened.Case), 0)
	opened.WorkChain, opened.ReadsChain = fact.WorkChain, fact.ReadsChain
	return opened, err
}

// Find returns the id of the case with that reference, or with that id.
// Errors: ErrNotFound.
func (c Cases) Find(ctx context.Context, reference string) (CaseID, error) {
	cases, err := list[registeredFact](ctx, c.s.Store, "", inCases, 0)
	if err != nil {
		return "", err
	}
	for _, known := range cases {
		if string(known.Case) == reference {
			return known.Case, nil
		}
		fact, err := find[caseFact](ctx, c.s.Store, known.Case, inCase, string(known.Case), 0)
		if err == nil && fact.Reference == reference {
			return known.Case, nil
		}
	}
	return "", fmt.Errorf("no case has the reference %s: %w", reference, ErrNotFound)
}

// orInvalid is the error, or ErrInvalid when there is none.
func orInvalid(err error) error {
	if err == nil {
		return ErrInvalid
	}
	return err
}
