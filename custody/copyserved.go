package custody

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"custos.example/ledger"
)

// servedExhibit returns the ids of those on whom an exhibit was served: somebody
// else gave them a numbered copy of it or of a bundle of it. A copy that one makes
// for oneself serves nobody.
// Shape: sorted, nothing twice.
func (a *act) servedExhibit(ctx context.Context, exhibit ledger.EntryID, asOf uint64) ([]string, error) {
	return a.served(ctx, asOf, func(of ledger.EntryID) (bool, error) {
		if of == exhibit {
			return true, nil
		}
		fact, known, err := maybe[bundleFact](ctx, a.Store, a.id, inBundles, of.String(), asOf)
		return known && fact.Exhibit == exhibit, err
	})
}

// servedDataset is servedExhibit for a data set: a bundle holds the rows of every
// data set behind its exhibit, the file of an exhibit does not. Who was disclosed the
// file that a data set was made from has its rows as well.
func (a *act) servedDataset(ctx context.Context, dataset ledger.EntryID, asOf uint64) ([]string, error) {
	disclosed, err := a.disclosedTo(ctx, dataset, asOf)
	if err != nil {
		return nil, err
	}
	copied, err := a.served(ctx, asOf, func(of ledger.EntryID) (bool, error) {
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
	holders := append(copied, disclosed...)
	slices.Sort(holders)
	return slices.Compact(holders), err
}

// served returns the enrolled holders of the copies of what fits.
func (a *act) served(ctx context.Context, asOf uint64, fits func(of ledger.EntryID) (bool, error)) ([]string, error) {
	holders := []string{}
	copies, err := list[copyFact](ctx, a.Store, a.id, inCopies, asOf)
	if err != nil {
		return nil, fmt.Errorf("copies of the case: %w", err)
	}
	for _, c := range copies {
		about, err := fits(c.Of)
		if err != nil {
			return nil, err
		}
		if !about {
			continue
		}
		doc, err := documentOf[copyDocument](ctx, a.Service, a.id, c.Payload)
		if errors.Is(err, ErrNotFound) {
			continue // erased, and so served on nobody any more
		}
		if err != nil {
			return nil, fmt.Errorf("copy %d: %w", c.Copy, err)
		}
		if doc.Holder != "" && doc.Holder != c.By {
			holders = append(holders, doc.Holder)
		}
	}
	slices.Sort(holders)
	return slices.Compact(holders), nil
}
