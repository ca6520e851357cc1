package custody

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"custos.example/ledger"
	"custos.example/policy"
)

// organisations returns every organisation of the register, sorted by code.
func (s *Service) organisations(ctx context.Context, asOf uint64) ([]ListedOrganisation, error) {
	rows, err := registerNewest(ctx, s.Store, "", organisationRegister, asOf)
	if err != nil {
		return nil, fmt.Errorf("the register of organisations: %w", err)
	}
	all := []ListedOrganisation{}
	for _, row := range rows {
		if row.Name == homeRow {
			continue
		}
		known, err := s.knownOrganisation(ctx, row)
		if err != nil {
			return nil, err
		}
		all = append(all, ListedOrganisation{KnownOrganisation: known, By: row.By, Entry: row.Entry, Time: row.Time})
	}
	slices.SortFunc(all, func(x, y ListedOrganisation) int { return strings.Compare(x.Code, y.Code) })
	return all, nil
}

func (s *Service) knownOrganisation(ctx context.Context, row rowFact) (KnownOrganisation, error) {
	return s.known.read("", row.Payload, func() (KnownOrganisation, error) {
		known, err := documentOf[KnownOrganisation](ctx, s, "", row.Payload)
		if err != nil {
			err = fmt.Errorf("organisation %s: %w", row.Name, err)
		}
		return known, err
	})
}

// organisation returns the organisation of that code.
// Errors: ErrNotFound.
func (s *Service) organisation(ctx context.Context, code string) (KnownOrganisation, error) {
	row, err := registerRow(ctx, s.Store, "", organisationRegister, code, 0)
	if errors.Is(err, ErrNotFound) || err == nil && row.Name == homeRow {
		return KnownOrganisation{}, fmt.Errorf("no organisation %q is in the register; enter it with organisation record: %w", code, ErrNotFound)
	}
	if err != nil {
		return KnownOrganisation{}, err
	}
	return s.knownOrganisation(ctx, row)
}

// home is the code of the organisation that keeps this record; policy.Unstated while
// nobody has said.
func (s *Service) home(ctx context.Context, asOf uint64) (string, error) {
	return s.owned(ctx, "", homeRow, asOf)
}

// owner is the code of the organisation to which a case belongs: the one that was
// said, else the one that keeps the record; policy.Unstated while nobody has said.
func (s *Service) owner(ctx context.Context, id CaseID, asOf uint64) (string, error) {
	code, err := s.owned(ctx, id, ownerRow, asOf)
	if err != nil || code != policy.Unstated {
		return code, err
	}
	return s.home(ctx, asOf)
}

func (s *Service) owned(ctx context.Context, id CaseID, name string, asOf uint64) (string, error) {
	row, known, err := maybe[rowFact](ctx, s.Store, id, inRegisters, registerKey(organisationRegister, name), asOf)
	if err != nil || !known {
		return policy.Unstated, err
	}
	doc, err := s.owners.read(id, row.Payload, func() (ownDocument, error) { return documentOf[ownDocument](ctx, s, id, row.Payload) })
	if err != nil {
		return "", fmt.Errorf("to which organisation it belongs: %w", err)
	}
	return doc.Organisation, nil
}

// belongs is the code of the organisation that a standing names. Of whom nothing is
// said, they belong to the one that keeps the record; a name that the register does
// not know stands for itself.
func (s *Service) belongs(ctx context.Context, named string, asOf uint64) (string, error) {
	home, err := s.home(ctx, asOf)
	if err != nil || home == policy.Unstated {
		return named, err // nothing is in the register
	}
	if named == policy.Unstated {
		return home, nil
	}
	all, err := s.organisations(ctx, asOf)
	if err != nil {
		return "", err
	}
	for _, o := range all {
		if o.named(named) {
			return o.Code, nil
		}
	}
	return named, nil
}

// forIt tells whether what is asked is asked for the purpose of a sharing. Only who
// reads rows says for what.
func (a *act) forIt(terms sharingDocument) bool {
	return a.action != policy.RowRead || orDefaultPurpose(a.ask.For) == terms.Purpose
}

// elsewhere tells whether a person belongs to another organisation than the case.
func (a *act) elsewhere(ctx context.Context, person string, asOf uint64) (bool, error) {
	owner, err := a.owner(ctx, a.id, asOf)
	if err != nil || owner == policy.Unstated {
		return false, err
	}
	standing, err := a.standingOf(ctx, person, asOf)
	if err != nil {
		return false, err
	}
	of, err := a.belongs(ctx, standing.Organisation, asOf)
	return of != owner, err
}

// sharedWith returns to whom the case belongs and what of it is shared with an
// asker's organisation, as the rules are told.
// Shape: sorted; empty for the organisation to which the case belongs.
func (a *act) sharedWith(ctx context.Context, asOf uint64) (owner string, shares []policy.Share, err error) {
	shares = []policy.Share{}
	if owner, err = a.owner(ctx, a.id, asOf); err != nil || owner == policy.Unstated {
		return owner, shares, err
	}
	standing, err := a.standingOf(ctx, a.actor.ID, asOf)
	if err != nil {
		return owner, shares, err
	}
	with, err := a.belongs(ctx, standing.Organisation, asOf)
	if err != nil || with == owner {
		return owner, shares, err
	}
	rows, err := registerNewest(ctx, a.Store, a.id, sharingRegister, asOf)
	if err != nil {
		return owner, shares, fmt.Errorf("what of the case is shared: %w", err)
	}
	for _, row := range rows {
		if !shareForm.MatchString(row.Name) {
			continue // a receipt
		}
		terms, err := a.sharing(ctx, row)
		if err != nil {
			return owner, shares, err
		}
		if terms.With == with && terms.Ended == nil && (len(terms.People) == 0 || slices.Contains(terms.People, a.actor.ID)) && a.forIt(terms) {
			shares = append(shares, terms.facts()...)
		}
	}
	if len(shares) > 0 { // nothing is shared any more with one that has ended
		all, err := a.organisations(ctx, asOf)
		if err != nil {
			return owner, shares, err
		}
		if slices.ContainsFunc(all, func(o ListedOrganisation) bool { return o.Code == with && o.Ended != "" }) {
			shares = []policy.Share{}
		}
	}
	slices.SortFunc(shares, policy.Share.Compare)
	return owner, slices.Compact(shares), nil
}

// sharing reads the terms of a sharing.
func (a *act) sharing(ctx context.Context, row rowFact) (sharingDocument, error) {
	return a.shares.read(a.id, row.Payload, func() (sharingDocument, error) {
		terms, err := documentOf[sharingDocument](ctx, a.Service, a.id, row.Payload)
		if err != nil {
			err = fmt.Errorf("sharing %s: %w", row.Name, err)
		}
		return terms, err
	})
}

// facts are the terms as the rules are told.
func (d sharingDocument) facts() []policy.Share {
	var list []policy.Share
	for _, thing := range d.Things {
		if thing.Entry == (ledger.EntryID{}) {
			continue // an item of its own: it is handed over, not used here
		}
		for _, use := range d.Uses {
			list = append(list, policy.Share{From: policy.At(d.From.Time), Of: thing.Entry.String(), Until: policy.At(d.Until.Time), Use: use})
		}
	}
	return list
}
