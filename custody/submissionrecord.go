package custody

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// submission reads the newest state of a submission; of no name the empty one.
// Errors: ErrNotFound; ErrDenied for a provider's person whose submission it is not.
func (a *act) submission(ctx context.Context, name string) (submissionDocument, ledger.EntryID, error) {
	var d submissionDocument
	if name == "" {
		if a.isExternalProvider() {
			return d, ledger.EntryID{}, fmt.Errorf("a provider does not ask itself for work: %w", ErrDenied)
		}
		return d, ledger.EntryID{}, nil
	}
	row, err := registerRow(ctx, a.Store, a.id, submissionRegister, name, 0)
	if err == nil {
		d, err = documentOf[submissionDocument](ctx, a.Service, a.id, row.Payload)
	}
	if err == nil && a.isExternalProvider() && d.Holder != a.actor.ID {
		err = ErrNotFound
	}
	if err != nil {
		return submissionDocument{}, ledger.EntryID{}, fmt.Errorf("submission %s of the case: %w", name, err)
	}
	return d, row.About, nil
}

// submittedBefore is the state that this request recorded before.
func (a *act) submittedBefore(ctx context.Context, stored Stored, err error) (RecordedSubmission, error) {
	proof, doc, name, err := rowBefore[submissionDocument](ctx, a, stored, err)
	return RecordedSubmission{Proof: proof, Name: name, State: doc.State}, err
}

// submittedOn is the day on which something was done: not to come, and not before what
// must have been done first.
func (a *act) submittedOn(what string, on, earliest policy.Date) (policy.Date, error) {
	today, err := civilDay(a.now)
	if err != nil {
		return "", err
	}
	if on == "" {
		on = today
	}
	if err := checkDay("day of the "+what, on); err != nil {
		return on, err
	}
	if on > today || on < earliest {
		return on, fmt.Errorf("the %s is on a day from %s to today, not on %s: %w", what, earliest, on, ErrInvalid)
	}
	return on, nil
}

// isExternalProvider tells whether the asker is an external provider's person and nothing else.
func (a *act) isExternalProvider() bool {
	return len(a.person.Roles) > 0 && !slices.ContainsFunc(a.person.Roles, func(r string) bool { return r != string(policy.ExternalProvider) })
}

// submissionProvider completes who the provider is.
func (a *act) submissionProvider(ctx context.Context, d *submissionDocument) error {
	if d.Holder == "" {
		return nil
	}
	holder, err := find[personFact](ctx, a.Store, "", inPeople, d.Holder, 0)
	if err != nil {
		return fmt.Errorf("%q, who is to answer for the provider, is not enrolled: %w", d.Holder, err)
	}
	d.Provider = orDefault(d.Provider, holder.Name)
	return nil
}

// submittable returns what tells of a reference whether it is something of the case that can
// be sent: an item that was taken into custody, a received file or an exhibit.
// Errors: those of what it returns are ErrNotFound.
func (a *act) submittable(ctx context.Context) (func(reference string) error, error) {
	files, err := list[evidenceFact](ctx, a.Store, a.id, inEvidence, 0)
	if err != nil {
		return nil, err
	}
	return func(reference string) error {
		for _, collection := range []string{inItems, inReferences} {
			known, err := has(ctx, a.Store, a.id, collection, reference, 0)
			if known || err != nil {
				return err
			}
		}
		if !slices.ContainsFunc(files, func(f evidenceFact) bool { return f.Item == reference }) {
			return fmt.Errorf("the case has no item, received file or exhibit %s on record: book it in first: %w", reference, ErrNotFound)
		}
		return nil
	}, nil
}

// there returns what tells of an item whether it can go to a provider on a day: not one that
// had left custody, or was missing, by then.
// Errors: those of what it returns are ErrConflict.
func (a *act) there(ctx context.Context, on policy.Date) (func(item string) error, error) {
	states, err := a.itemStates(ctx, a.id)
	if err != nil {
		return nil, err
	}
	return func(item string) error {
		s, taken := states[item]
		if !taken || s.End == "" && !s.Missing {
			return nil
		}
		since, err := civilDay(s.Last)
		if err != nil || on < since {
			return err
		}
		return fmt.Errorf("%s was %s by %s: it cannot go to a provider on %s: %w", item, orDefault(string(s.End), "missing"), since, on, ErrConflict)
	}, nil
}

// withAnother returns nil for something that is not with another provider, which has what is
// out. Of a thing there is one; a file is copied.
// Errors: ErrConflict.
func (a *act) withAnother(ctx context.Context, item string, out func() (map[string]error, error)) error {
	fact, taken, err := maybe[itemFact](ctx, a.Store, a.id, inItems, item, 0)
	if err != nil || !taken || !slices.Contains([]Media{Device, Sim, Disc, PaperItem}, fact.Media) {
		return err
	}
	with, err := out()
	if err != nil {
		return err
	}
	return with[item]
}

// outUnderOthers returns the items that are out under any submission but the one named, and of each
// ErrConflict, which says with whom it is.
func (a *act) outUnderOthers(ctx context.Context, but string) (map[string]error, error) {
	rows, err := registerNewest(ctx, a.Store, a.id, submissionRegister, 0)
	if err != nil {
		return nil, err
	}
	with := map[string]error{}
	for _, row := range rows {
		d, err := documentOf[submissionDocument](ctx, a.Service, a.id, row.Payload)
		if errors.Is(err, ErrNotFound) {
			continue // erased
		}
		if err != nil {
			return nil, fmt.Errorf("submission %s: %w", row.Name, err)
		}
		if row.Name == but {
			continue
		}
		for _, item := range d.out() {
			if with[item] == nil {
				with[item] = fmt.Errorf("%s is with %s under %s: record its return first (custos submission return): %w", item, d.Provider, row.Name, ErrConflict)
			}
		}
	}
	return with, nil
}
