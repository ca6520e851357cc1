package custody

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// Places is the register of the force's storage locations.
type Places struct{ s *Service }

// Places returns the use cases of storage locations.
func (s *Service) Places() Places { return Places{s} }

// Place is a storage location.
// Shape: Code such as S1-R3; Keepers are ids of enrolled people, sorted: they alone
// put items there and take them out. A closed one takes nothing in any more.
type Place struct {
	Closed  bool     `json:"closed,omitempty"`
	Code    string   `json:"code"`
	Keepers []string `json:"keepers"`
	Name    string   `json:"name"`
}

// RecordPlace registers a storage location, or changes it.
type RecordPlace struct {
	Ask
	Place
}

var placeCode = regexp.MustCompile(`^[A-Z0-9][A-Z0-9-]{0,31}$`)

// Record registers a place; a later one of the same code is its newest state.
// Errors: ErrDenied, also of whoever belongs to another organisation than the one that
// keeps the record; ErrInvalid; ErrNotFound for a keeper who is not enrolled.
func (p Places) Record(ctx context.Context, actor Actor, request RecordPlace) (Proof, error) {
	a, err := p.s.begin(ctx, actor, "", policy.OrganisationRecord, request)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "place"); done || err != nil {
		return a.again(ctx, stored, err)
	}
	if err := a.keepsRecord(ctx, resource{}); err != nil {
		return Proof{}, err
	}
	if !placeCode.MatchString(request.Code) {
		return Proof{}, fmt.Errorf("%q is no code of a storage location: capital letters, digits and dashes, such as S1-R3: %w", request.Code, ErrInvalid)
	}
	if err := checkText("name of the place", request.Name); err != nil {
		return Proof{}, err
	}
	keepers := slices.Compact(slices.Sorted(slices.Values(request.Keepers)))
	if len(keepers) == 0 {
		return Proof{}, fmt.Errorf("a storage location has a keeper: %w", ErrInvalid)
	}
	proofs, err := a.commit(ctx, "place", resource{}, func() ([]sheet, error) {
		for _, id := range keepers {
			if _, err := find[personFact](ctx, a.Store, "", inPeople, id, 0); err != nil {
				return nil, fmt.Errorf("%q, who is to keep the place, is not enrolled: %w", id, err)
			}
		}
		doc := Place{Closed: request.Closed, Code: request.Code, Keepers: keepers, Name: request.Name}
		s, err := a.rowSheet(ctx, "place", placeRegister, request.Code, ledger.EntryID{}, true, doc)
		return []sheet{s}, err
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}

// List returns every storage location, sorted by code. A place is no secret to
// those who may see who is enrolled.
func (p Places) List(ctx context.Context, actor Actor, ask Ask) ([]Place, error) {
	a, err := p.s.begin(ctx, actor, "", policy.PeopleRead, ask)
	if err != nil {
		return nil, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return nil, err
	}
	rows, err := registerNewest(ctx, a.Store, "", placeRegister, 0)
	if err != nil {
		return nil, err
	}
	places := make([]Place, 0, len(rows))
	for _, row := range rows {
		place, err := documentOf[Place](ctx, p.s, "", row.Payload)
		if err != nil {
			return nil, fmt.Errorf("place %s: %w", row.Name, err)
		}
		places = append(places, place)
	}
	slices.SortFunc(places, func(a, b Place) int { return compareReferences(a.Code, b.Code) })
	return places, nil
}

// placeFor tells whether a place is registered and open, and whether the asker
// keeps it.
func (a *act) placeFor(ctx context.Context, code string) (known, kept bool, err error) {
	row, err := registerRow(ctx, a.Store, "", placeRegister, code, 0)
	if errors.Is(err, ErrNotFound) {
		return false, false, nil
	}
	if err != nil {
		return false, false, err
	}
	place, err := documentOf[Place](ctx, a.Service, "", row.Payload)
	if err != nil {
		return false, false, fmt.Errorf("place %s: %w", code, err)
	}
	return !place.Closed, slices.Contains(place.Keepers, a.actor.ID), nil
}
