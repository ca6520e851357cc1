package store

import (
	"bytes"
	"context"
	"fmt"

	"custos.example/custody"
)

// Rebuild makes the projections again from the entries: facts and scopes. Rows
// that agree stay as they are. Erased entries leave no facts. Nothing can be
// appended while it runs.
//
// Durability: all of it or none, on disk when it returns nil.
// Errors: custody.ErrIntegrity when an entry cannot be read: fsck names it.
func (s *Store) Rebuild(ctx context.Context) error {
	err := s.alone(ctx, func(ctx context.Context, g *group) error {
		r := rebuild{store: s, size: g.size, scopes: map[custody.CaseID]uint64{}}
		if err := s.walk(ctx, r.ask, func(rows []entryRow, lo, hi int64) error { return r.page(ctx, rows, lo, hi) }); err != nil {
			return err
		}
		if r.done != g.size {
			return fmt.Errorf("%w: the log has %d entries and %d are there", custody.ErrIntegrity, g.size, r.done)
		}
		return r.rest(ctx)
	})
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	return nil
}

// rebuild is one run of Rebuild, inside the writing transaction.
type rebuild struct {
	store  *Store
	size   uint64
	done   uint64
	scopes map[custody.CaseID]uint64
}

func (r *rebuild) ask(ctx context.Context, q question) error { return r.store.session.read(ctx, q) }

func (r *rebuild) page(ctx context.Context, entries []entryRow, lo, hi int64) error {
	stored, err := factsAt(ctx, r.ask, lo, hi)
	if err != nil {
		return err
	}
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
		if len(r.store.compareFacts(ctx, e, records, stored[uint64(e.Index)])) == 0 {
			continue
		}
		fresh, err := r.store.sealFacts(ctx, e.Case, uint64(e.Index), records)
		if err != nil {
			return err
		}
		r.store.session.write(`DELETE FROM facts WHERE idx = $1`, signed(e.Index))
		r.store.session.insertRows(r.store.text.insertFact, 6, factRows(fresh))
	}
	return r.store.session.flush(ctx)
}

// rest writes what is not a page of entries: the scopes, and facts of entries
// that do not exist.
func (r *rebuild) rest(ctx context.Context) error {
	s := r.store.session
	s.write(`DELETE FROM facts WHERE idx >= $1`, signed(r.size))
	s.write(`DELETE FROM scopes`)
	for id, decided := range r.scopes {
		s.write(r.store.text.upsertScope, string(id), signed(decided))
	}
	return s.flush(ctx)
}

// difference is one way in which stored facts are not what a replay gives.
type difference struct{ part, column, what string }

// compareFacts returns in what the stored facts of an entry differ from what the
// entry projects.
func (s *Store) compareFacts(ctx context.Context, e *entryRow, want []custody.Record, stored []fact) []difference {
	var found []difference
	at := map[int]fact{}
	for _, f := range stored {
		if f.part >= len(want) {
			found = append(found, difference{fmt.Sprint(f.part), "part", "a fact that the entry does not give"})
		}
		at[f.part] = f
	}
	for part, r := range want {
		name := fmt.Sprint(part)
		f, ok := at[part]
		if !ok {
			found = append(found, difference{name, "part", "a fact that the entry gives is missing"})
			continue
		}
		if f.id != e.Case {
			found = append(found, difference{name, "case_id", "it is not the case of the entry"})
		}
		if f.collection != r.Collection {
			found = append(found, difference{name, "collection", "it is not what the entry gives"})
		}
		if f.blinded != s.config.Sealer.Blind(e.Case, r.Collection, r.Key) {
			found = append(found, difference{name, "fact_key", "it is not what the entry gives"})
		}
		if got, err := s.openFact(ctx, f); err != nil {
			found = append(found, difference{name, "sealed", "it cannot be opened"})
		} else if got.Key != r.Key || !bytes.Equal(got.Value, r.Value) || (got.Value == nil) != (r.Value == nil) {
			found = append(found, difference{name, "sealed", "it is not what the entry gives"})
		}
	}
	return found
}
