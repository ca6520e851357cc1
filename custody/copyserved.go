package custody

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// servedExhibit returns the ids of those on whom an exhibit was served: somebody
// else gave them a numbered copy of it or of a bundle of it. A copy that one makes
// for oneself serves nobody.
// Shape: sorted, nothing twice.
func (a *act) servedExhibit(ctx context.Context, exhibit ledger.EntryID, asOf uint64) ([]string, error) {
	served, _, err := a.served(ctx, asOf, func(of ledger.EntryID) (bool, error) {
		if of == exhibit {
			return true, nil
		}
		fact, known, err := maybe[bundleFact](ctx, a.Store, a.id, inBundles, of.String(), asOf)
		return known && fact.Exhibit == exhibit, err
	})
	return served, err
}

// servedDataset is servedExhibit for a data set: a bundle holds the rows of every
// data set behind its exhibit, the file of an exhibit does not. Who was disclosed the
// file that a data set was made from has its rows as well. Named are those of them
// to whom the senior responsible officer gave it, or a prosecutor disclosed it.
func (a *act) servedDataset(ctx context.Context, dataset ledger.EntryID, asOf uint64) (holders, named []string, err error) {
	disclosed, err := a.disclosedTo(ctx, dataset, asOf)
	if err != nil {
		return nil, nil, err
	}
	holders, named, err = a.served(ctx, asOf, func(of ledger.EntryID) (bool, error) {
		if of == dataset {
			return true, nil
		}
		fact, known, err := maybe[bundleFact](ctx, a.Store, a.id, inBundles, of.String(), asOf)
		if err != nil || !known {
			return false, err
		}
		exhibit, err := find[exhibitFact](ctx, a.Store, a.id, inExhibits, fact.Exhibit.String(), asOf)
		if err != nil {
			return false, fmt.Errorf("exhibit %s: %w", fact.Exhibit, err)
		}
		behind, err := a.lineage(ctx, exhibit.Run)
		return slices.ContainsFunc(behind.datasets, func(d producedFact) bool { return d.Entry == dataset }), err
	})
	return sorted(append(holders, disclosed...)), sorted(append(named, disclosed...)), err
}

// served returns the enrolled holders of the copies of what fits, and those of them
// to whom a senior responsible officer issued one.
func (a *act) served(ctx context.Context, asOf uint64, fits func(of ledger.EntryID) (bool, error)) (holders, named []string, err error) {
	copies, err := list[copyFact](ctx, a.Store, a.id, inCopies, asOf)
	if err != nil {
		return nil, nil, fmt.Errorf("copies of the case: %w", err)
	}
	for _, c := range copies {
		about, err := fits(c.Of)
		if err != nil {
			return nil, nil, err
		}
		if !about {
			continue
		}
		doc, err := documentOf[copyDocument](ctx, a.Service, a.id, c.Payload)
		if errors.Is(err, ErrNotFound) {
			continue // erased, and so served on nobody any more
		}
		if err != nil {
			return nil, nil, fmt.Errorf("copy %d: %w", c.Copy, err)
		}
		if doc.Holder == "" || doc.Holder == c.By {
			continue
		}
		if holders = append(holders, doc.Holder); c.Role == string(policy.SRO) {
			named = append(named, doc.Holder)
		}
	}
	return sorted(holders), sorted(named), nil
}

// restricted says of a copy that is asked for whether only named people may handle
// what it is made from, and who is named for all of that.
func (a *act) restricted(ctx context.Context, facts *policy.Copy, of ledger.EntryID, asOf uint64) error {
	datasets, authority, err := a.behindCopy(ctx, of, asOf)
	if err != nil {
		return err
	}
	if facts.Flags, err = a.flagsUnder(ctx, authority, asOf); err != nil {
		return err
	}
	first := true
	for _, d := range datasets {
		flags, err := a.flagsUnder(ctx, d.Authority, asOf)
		if err != nil {
			return err
		}
		if len(flags) == 0 {
			continue
		}
		_, named, err := a.servedDataset(ctx, d.Entry, asOf)
		if err != nil {
			return err
		}
		if facts.Flags = append(facts.Flags, flags...); first {
			facts.Named, first = named, false
		}
		facts.Named = slices.DeleteFunc(facts.Named, func(id string) bool { return !slices.Contains(named, id) })
	}
	facts.Flags = sorted(facts.Flags)
	return nil
}

// behindCopy returns the data sets behind what a copy is made of, and the authority
// of a received file, which may have become none yet. What the case does not have
// has nothing behind it.
func (a *act) behindCopy(ctx context.Context, of ledger.EntryID, asOf uint64) ([]producedFact, []ledger.EntryID, error) {
	file, known, err := maybe[evidenceFact](ctx, a.Store, a.id, inEvidence, of.String(), asOf)
	if err != nil {
		return nil, nil, err
	}
	if known {
		all, err := list[producedFact](ctx, a.Store, a.id, inDatasets, asOf)
		return slices.DeleteFunc(all, func(d producedFact) bool {
			return !slices.ContainsFunc(d.Dependencies, func(from ledger.Dependency) bool {
				return from.Name == portSource && from.Entry != nil && *from.Entry == of
			})
		}), file.Authority, err
	}
	if packed, known, err := maybe[bundleFact](ctx, a.Store, a.id, inBundles, of.String(), asOf); err != nil {
		return nil, nil, err
	} else if known {
		of = packed.Exhibit
	}
	if exhibit, known, err := maybe[exhibitFact](ctx, a.Store, a.id, inExhibits, of.String(), asOf); err != nil {
		return nil, nil, err
	} else if known {
		of = exhibit.Run
	}
	behind, err := a.lineage(ctx, of)
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrInvalid) { // a table of reference, or nothing of this case
		err = nil
	}
	return behind.datasets, nil, err
}

// flagsUnder returns the flags of what was obtained under some authorities.
func (a *act) flagsUnder(ctx context.Context, authorities []ledger.EntryID, asOf uint64) ([]policy.Flag, error) {
	var flags []policy.Flag
	for _, id := range authorities {
		state, err := a.authorityState(ctx, a.id, id, asOf)
		if err != nil {
			return nil, err
		}
		flags = append(flags, state.flags()...)
	}
	return sorted(flags), nil
}
