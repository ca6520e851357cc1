package store

import (
	"context"
	"fmt"

	"custos.example/custody"
)

// Rebuild throws the projections away and makes them again from the entries:
// facts and scopes. Erased entries leave no facts. Nothing can be appended while
// it runs.
//
// Durability: all of it or none, on disk when it returns nil.
// Errors: custody.ErrIntegrity when an entry cannot be read: fsck names it.
func (s *Store) Rebuild(ctx context.Context) error {
	if err := s.MayErase(ctx); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	err := s.alone(ctx, func(ctx context.Context, g *group) error {
		s.session.write(`DELETE FROM facts`)
		s.session.write(`DELETE FROM scopes`)
		r := rebuild{store: s, scopes: map[custody.CaseID]uint64{}}
		if err := s.walk(ctx, s.session.ask, func(rows []entryRow) error { return r.page(ctx, rows) }); err != nil {
			return err
		}
		if r.done != g.size {
			return fmt.Errorf("%w: the log has %d entries and %d are there", custody.ErrIntegrity, g.size, r.done)
		}
		for id, decided := range r.scopes {
			s.session.write(s.text.upsertScope, string(id), signed(decided))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	return nil
}

// rebuild is one run of Rebuild, inside the writing transaction.
type rebuild struct {
	store  *Store
	done   uint64
	scopes map[custody.CaseID]uint64
}

func (r *rebuild) page(ctx context.Context, entries []entryRow) error {
	r.done += uint64(len(entries))
	for i := range entries {
		e := &entries[i]
		if e.changes {
			r.scopes[e.Case] = uint64(e.Index)
		}
		records, err := r.store.replay(ctx, e)
		if err != nil {
			return err
		}
		facts, err := r.store.sealFacts(ctx, e.Case, uint64(e.Index), records)
		if err != nil {
			return err
		}
		r.store.session.insertRows(r.store.text.insertFact, factColumns, appendFacts(nil, facts))
	}
	return r.store.session.flush(ctx)
}
