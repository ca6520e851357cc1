package custody

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// apart says of a copy that is asked for whether something that stands on the sensitive
// schedule would go with it, and if so whether it would go to the prosecutor, for whom
// that schedule is. Such a copy leaves also when somebody here takes it for whoever is
// named in words.
func (a *act) apart(ctx context.Context, facts *policy.Copy, c copying, asOf uint64) error {
	with, err := a.goesWith(ctx, c.of, asOf)
	if err != nil {
		return err
	}
	entry, found, err := a.firstSensitive(ctx, with, asOf)
	if !found || err != nil {
		return err
	}
	facts.Sensitive = entry.String()
	if facts.Prosecutor, err = a.toProsecutor(ctx, c.terms, asOf); err != nil || facts.Outside {
		return err
	}
	holder, err := a.Service.person(ctx, c.terms.Holder, asOf)
	facts.Outside = holder.Name != c.terms.Recipient
	return err
}

// goesWith returns the entries that a copy would show or rests on, itself first.
func (a *act) goesWith(ctx context.Context, of ledger.EntryID, asOf uint64) ([]ledger.EntryID, error) {
	with, from := []ledger.EntryID{of}, of
	if packed, known, err := maybe[bundleFact](ctx, a.Store, a.id, inBundles, of.String(), asOf); err != nil {
		return nil, err
	} else if known {
		shown, err := a.shownIn(ctx, of)
		if err != nil {
			return nil, err
		}
		with, from = append(with, shown...), packed.Exhibit
	}
	if exhibit, known, err := maybe[exhibitFact](ctx, a.Store, a.id, inExhibits, from.String(), asOf); err != nil {
		return nil, err
	} else if known {
		with, from = append(with, exhibit.Entry), exhibit.Run
	}
	behind, err := a.lineage(ctx, from)
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrInvalid) { // a received file, a table of reference, or nothing of this case
		err = nil
	}
	with = append(with, behind.entries...)
	for _, file := range behind.files {
		with = append(with, file.Entry)
	}
	return with, err
}

// shownIn returns the entries that a bundle shows.
func (a *act) shownIn(ctx context.Context, bundle ledger.EntryID) ([]ledger.EntryID, error) {
	statement, err := a.statement(ctx, bundle)
	if err != nil {
		return nil, fmt.Errorf("bundle %s: %w", bundle, err)
	}
	detail, ok := statement.Predicate.Detail.(*ledger.BundleMade)
	if !ok {
		return nil, fmt.Errorf("%w: entry %s is no bundle", ErrIntegrity, bundle)
	}
	return a.shownBy(ctx, detail)
}

// toProsecutor tells whether a copy goes to the prosecutor and to nobody of the defence:
// by the roles of who is enrolled, else by what the case has of a recipient of that name.
func (a *act) toProsecutor(ctx context.Context, terms copyTerms, asOf uint64) (bool, error) {
	var roles []policy.Role
	if terms.Holder != "" {
		holder, err := a.personFacts(ctx, terms.Holder, asOf)
		if err != nil {
			return false, err
		}
		roles = holder.Roles
	} else {
		recipients, err := a.recipients(ctx, asOf)
		if err != nil {
			return false, err
		}
		for _, r := range recipients {
			if r.Name == terms.Recipient {
				roles = append(roles, r.Role)
			}
		}
	}
	defends := slices.ContainsFunc(roles, func(r policy.Role) bool { return slices.Contains(defenceRoles, r) })
	return slices.Contains(roles, policy.Prosecutor) && !defends, nil
}

// mayStillLeave holds a delivery that was prepared before against what stands on the
// sensitive schedule now. Whoever fetches it may be of the defence, and is not told why.
// Errors: ErrConflict.
func (a *act) mayStillLeave(ctx context.Context, name string, doc deliveryDocument) error {
	facts, err := a.copyFacts(ctx, copying{of: doc.Of, terms: copyTerms{Country: homeCountry, Holder: doc.Holder, Recipient: doc.To}}, 0)
	if err != nil || facts.Sensitive == policy.NoEntry || !facts.Outside || facts.Prosecutor {
		return err
	}
	return fmt.Errorf("%s cannot leave as it stands: ask the disclosure officer of the case: %w", name, ErrConflict)
}
