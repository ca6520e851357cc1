package custody

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"custos.example/policy"
)

// rowDocuments returns the newest documents of one kind in the register of
// disclosure, in the order of their references; erased ones are left out.
func rowDocuments[D any](ctx context.Context, a *act, what string, asOf uint64) ([]D, error) {
	rows, err := a.rowsOf(ctx, what, asOf)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(x, y rowFact) int { return byNumber(x.Name, y.Name) })
	docs := []D{}
	for _, row := range rows {
		doc, err := documentOf[D](ctx, a.Service, a.id, row.Payload)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", row.Name, err)
		}
		docs = append(docs, doc)
	}
	return docs, nil
}

// Parties are those to whom things of a case are given, and for whom.
type Parties struct {
	Defendants []Defendant `json:"defendants"`
	Recipients []Recipient `json:"recipients"`
}

// Parties lists the defendants and the recipients of a case.
// Errors: ErrDenied.
func (d Disclosure) Parties(ctx context.Context, actor Actor, id CaseID, ask Ask) (Parties, error) {
	a, err := d.s.begin(ctx, actor, id, policy.CaseRead, ask)
	if err != nil {
		return Parties{}, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return Parties{}, err
	}
	defendants, err := a.defendants(ctx, 0)
	if err != nil {
		return Parties{}, err
	}
	recipients, err := a.recipients(ctx, 0)
	return Parties{defendants, recipients}, err
}

// recipientNamed finds a recipient by reference, or by the whole of their name.
// Errors: ErrNotFound; ErrConflict when two have that name.
func (a *act) recipientNamed(ctx context.Context, name string) (Recipient, error) {
	if recipientID.MatchString(name) {
		return a.recipient(ctx, name, 0)
	}
	all, err := a.recipients(ctx, 0)
	if err != nil {
		return Recipient{}, err
	}
	all = slices.DeleteFunc(all, func(r Recipient) bool { return r.Name != name })
	switch len(all) {
	case 0:
		return Recipient{}, fmt.Errorf("the case has no recipient %q: record one first, or name one by its reference: %w", name, ErrNotFound)
	case 1:
		return all[0], nil
	}
	return Recipient{}, fmt.Errorf("the case has %d recipients called %q: name the one that is meant by its reference: %w", len(all), name, ErrConflict)
}
