package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"custos.example/ledger"
)

// The collections of what was given to the parties; all belong to a case.
const (
	inServed    = "served"    // exhibit-served, by entry
	inRevealed  = "revealed"  // material-revealed, by entry
	inDisclosed = "disclosed" // material-disclosed, by entry
)

// servedFact is the service of one bundle, on the prosecutor or on the defence.
type servedFact struct {
	Bundle ledger.EntryID `json:"bundle"`
	By     string         `json:"by"`
	Entry  ledger.EntryID `json:"entry"`
	Index  ledger.Index   `json:"index"`
	Means  string         `json:"means"`
	Time   ledger.Time    `json:"time"`
	To     string         `json:"to"` // reference of the recipient, such as R-1
}

// givenFact is unused material that was revealed to the prosecutor or disclosed to
// the defence.
type givenFact struct {
	By       string           `json:"by"`
	Entry    ledger.EntryID   `json:"entry"`
	Index    ledger.Index     `json:"index"`
	Material []ledger.EntryID `json:"material"`
	Means    string           `json:"means"`
	Time     ledger.Time      `json:"time"`
	To       string           `json:"to"`
}

// handed projects what was given to a party.
func (p *projection) handed(d ledger.Detail) {
	given := func(collection string, m ledger.MaterialDisclosed) {
		p.add(collection, p.entry().String(), givenFact{p.by(), p.entry(), p.at.Index, m.Material, m.Means, p.Predicate.Time, m.To})
	}
	switch d := d.(type) {
	case *ledger.ExhibitServed:
		p.add(inServed, p.entry().String(), servedFact{d.Bundle, p.by(), p.entry(), p.at.Index, d.Means, p.Predicate.Time, d.To})
	case *ledger.MaterialRevealed:
		given(inRevealed, ledger.MaterialDisclosed(*d))
	case *ledger.MaterialDisclosed:
		given(inDisclosed, *d)
	}
}

// services returns every service in the case, in the order of the record.
func (a *act) services(ctx context.Context, asOf uint64) ([]servedFact, error) {
	facts, err := list[servedFact](ctx, a.Store, a.id, inServed, asOf)
	if err != nil {
		return nil, fmt.Errorf("what was served in the case: %w", err)
	}
	slices.SortFunc(facts, func(x, y servedFact) int { return cmp.Compare(x.Index, y.Index) })
	return facts, nil
}

// givings returns what was revealed or disclosed in the case, in the order of the
// record.
func (a *act) givings(ctx context.Context, collection string, asOf uint64) ([]givenFact, error) {
	facts, err := list[givenFact](ctx, a.Store, a.id, collection, asOf)
	if err != nil {
		return nil, fmt.Errorf("what was %s in the case: %w", collection, err)
	}
	slices.SortFunc(facts, func(x, y givenFact) int { return cmp.Compare(x.Index, y.Index) })
	return facts, nil
}

// holdersOf returns the enrolled people behind recipients. One whose row was erased
// is nobody any more.
// Shape: sorted, nothing twice.
func (a *act) holdersOf(ctx context.Context, references []string, asOf uint64) ([]string, error) {
	people := []string{}
	for _, reference := range references {
		r, err := a.recipient(ctx, reference, asOf)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if r.Person != "" {
			people = append(people, r.Person)
		}
	}
	slices.Sort(people)
	return slices.Compact(people), nil
}

// servedBundle returns the ids of those on whom one bundle was served. A copy alone
// serves no bundle: who was given one has it already.
func (a *act) servedBundle(ctx context.Context, bundle ledger.EntryID, asOf uint64) ([]string, error) {
	services, err := a.services(ctx, asOf)
	if err != nil {
		return nil, err
	}
	var references []string
	for _, s := range services {
		if s.Bundle == bundle {
			references = append(references, s.To)
		}
	}
	return a.holdersOf(ctx, references, asOf)
}

// disclosedTo returns the ids of those to whom the received file behind a data set
// was disclosed as unused material.
func (a *act) disclosedTo(ctx context.Context, dataset ledger.EntryID, asOf uint64) ([]string, error) {
	given, err := a.givings(ctx, inDisclosed, asOf)
	if err != nil || len(given) == 0 {
		return nil, err
	}
	fact, err := find[producedFact](ctx, a.Store, a.id, inDatasets, dataset.String(), asOf)
	if err != nil {
		return nil, fmt.Errorf("data set %s: %w", dataset, err)
	}
	files := entriesOf(slices.DeleteFunc(slices.Clone(fact.Dependencies), func(d ledger.Dependency) bool { return d.Name != portSource }))
	var references []string
	for _, g := range given {
		if slices.ContainsFunc(g.Material, func(id ledger.EntryID) bool { return slices.Contains(files, id) }) {
			references = append(references, g.To)
		}
	}
	return a.holdersOf(ctx, references, asOf)
}
