package custody

import (
	"context"
	"fmt"

	"custos.example/ledger"
	"custos.example/policy"
)

// Exhibits is the producing, checking and packing of exhibits.
type Exhibits struct{ s *Service }

// Produce renders the outputs of a run as the files of an exhibit and records
// it, each rendering with its step and parameters. A reference that exists
// gets its next version; no version is ever replaced.
func (e Exhibits) Produce(ctx context.Context, actor Actor, request Produce) (Produced, error) {
	if !itemReference.MatchString(request.Reference) {
		return Produced{}, fmt.Errorf("%q is not an exhibit reference such as JAS/1: %w", request.Reference, ErrInvalid)
	}
	if err := checkText("title", request.Title); err != nil {
		return Produced{}, err
	}
	a, err := e.s.begin(ctx, actor, request.Case, policy.ExhibitProduce, request)
	if err != nil {
		return Produced{}, err
	}
	p, err := a.production(ctx, request)
	if err != nil {
		return Produced{}, err
	}
	about := resource{datasets: p.lineage.parts()}
	if err := a.decide(ctx, about); err != nil {
		return Produced{}, err
	}
	if bare, err := a.bare(ctx, request.Run); err != nil {
		return Produced{}, err
	} else if bare {
		return Produced{}, fmt.Errorf("run %s shows people who are no subject of the case: run the analysis over the data sets, "+
			"and they are replaced by tokens first: %w", request.Run, ErrInvalid)
	}
	if stored, done, err := a.earlier(ctx, "exhibit"); done || err != nil {
		return e.produced(ctx, a, stored.Entry, err)
	}
	if p.steps, err = p.renderers(); err != nil {
		return Produced{}, err
	}
	// Rendered before anyone has to wait for it; repeated when another version of
	// the exhibit is recorded meanwhile, because the version stands on every page.
	if _, err := p.sheets(ctx); err != nil {
		return Produced{}, err
	}
	_, err = a.commit(ctx, "exhibit", about, func() ([]sheet, error) { return p.sheets(ctx) })
	if err != nil {
		return Produced{}, err
	}
	return e.produced(ctx, a, a.entryID("exhibit"), nil)
}

// produced gathers from the record what the asker is told of an exhibit.
func (e Exhibits) produced(ctx context.Context, a *act, entry ledger.EntryID, err error) (Produced, error) {
	if err != nil {
		return Produced{}, err
	}
	stored, err := a.Store.ByEntryID(ctx, entry)
	proof, err := a.again(ctx, stored, err)
	if err != nil {
		return Produced{}, err
	}
	fact, err := find[exhibitFact](ctx, a.Store, a.id, inExhibits, entry.String(), 0)
	if err != nil {
		return Produced{}, fmt.Errorf("exhibit %s: %w", entry, err)
	}
	produced := Produced{Proof: proof, Reference: fact.Reference, Version: int(fact.Version), Balance: fact.Balance} //nolint:gosec // small
	for _, s := range fact.Subjects {
		blob, err := a.Blobs.Find(ctx, a.id, s.Digest)
		if err != nil {
			return Produced{}, fmt.Errorf("file %q of exhibit %s: %w", s.Name, entry, err)
		}
		produced.Files = append(produced.Files, output(s.Name, blob))
		render, err := a.Store.ByEntryID(ctx, a.entryID("render "+s.Name))
		shown, err := a.again(ctx, render, err)
		if err != nil {
			return Produced{}, err
		}
		produced.Renders = append(produced.Renders, shown)
	}
	err = a.receipt(ctx, &produced.Proof)
	return produced, err
}
