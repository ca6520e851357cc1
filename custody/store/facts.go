package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"custos.example/custody"
)

// sealFacts turns the records of one entry into rows.
// Errors: custody.ErrInvalid for two records of one key.
func (s *Store) sealFacts(ctx context.Context, id custody.CaseID, index uint64, records []custody.Record) ([]fact, error) {
	facts := make([]fact, len(records))
	for n, r := range records {
		if r.Collection == "" || r.Key == "" || strings.Contains(r.Key, "\x00") {
			return nil, fmt.Errorf("%w: a fact without collection or key, or with a zero byte in its key", custody.ErrInvalid)
		}
		blinded, err := s.blind(id, r.Collection, r.Key)
		if err != nil {
			return nil, err
		}
		f := fact{index: index, id: id, collection: r.Collection, blinded: blinded}
		for i := range n {
			if facts[i].collection == f.collection && facts[i].blinded == f.blinded {
				return nil, fmt.Errorf("%w: one entry gives the same fact of %s twice", custody.ErrInvalid, r.Collection)
			}
		}
		sealed, err := s.config.Sealer.Seal(ctx, id, factAAD(index, id, f.collection, f.blinded), packFact(r))
		if err == nil && blinded == "" {
			err = errNoKey
		}
		if err != nil {
			return nil, fmt.Errorf("seal a fact of %s: %w", r.Collection, err)
		}
		f.sealed = sealed
		facts[n] = f
	}
	return facts, nil
}

// packFact returns the plaintext of a fact: a byte that says whether the fact
// stands or was withdrawn, the key, a zero byte, the value.
func packFact(r custody.Record) []byte {
	b := make([]byte, 0, 2+len(r.Key)+len(r.Value))
	if r.Value == nil {
		b = append(b, withdrawn)
	} else {
		b = append(b, stands)
	}
	b = append(append(b, r.Key...), 0)
	return append(b, r.Value...)
}

// The first byte of a packed fact.
const withdrawn, stands = 0, 1

var errPacked = errors.New("a stored fact has no readable shape")

// unpackFact is the inverse of packFact. A withdrawn fact has a nil value.
func unpackFact(collection string, b []byte) (custody.Record, error) {
	if len(b) == 0 {
		return custody.Record{}, errPacked
	}
	key, value, ok := bytes.Cut(b[1:], []byte{0})
	if !ok || b[0] > stands || b[0] == withdrawn && len(value) > 0 {
		return custody.Record{}, errPacked
	}
	r := custody.Record{Collection: collection, Key: string(key)}
	if b[0] == stands {
		r.Value = append([]byte{}, value...)
	}
	return r, nil
}

// openFact decrypts a stored fact and returns its record.
// Errors: those of unseal.
func (s *Store) openFact(ctx context.Context, f fact) (custody.Record, error) {
	plain, err := s.unseal(ctx, f.id, factAAD(f.index, f.id, f.collection, f.blinded), f.sealed)
	if err != nil {
		return custody.Record{}, fmt.Errorf("a fact of %s from entry %d cannot be opened: %w", f.collection, f.index, err)
	}
	r, err := unpackFact(f.collection, plain)
	if err != nil {
		return custody.Record{}, fmt.Errorf("%w: a fact of %s from entry %d: %w", custody.ErrIntegrity, f.collection, f.index, err)
	}
	return r, nil
}

// Find returns the newest version of one fact with index < asOf; asOf 0 is now.
// Errors: custody.ErrNotFound when there is none or it was withdrawn; those of unseal.
func (s *Store) Find(ctx context.Context, id custody.CaseID, collection, key string, asOf uint64) (custody.Record, error) {
	blinded, err := s.blind(id, collection, key)
	if err != nil {
		return custody.Record{}, err
	}
	at, memory := shelf{id, collection}, s.memory
	if blinded == "" { // there is no key any more: nobody is to be told what there was
		memory = nil
	}
	r, known := memory.find(at, blinded)
	if !known {
		asked, bound := memory.asked(), asOf
		if memory != nil {
			bound = 0
		}
		if r, err = s.findFact(ctx, at, key, blinded, bound); err != nil {
			return custody.Record{}, err
		}
		memory.keep(asked, at, blinded, r)
	}
	if !r.current(asOf) {
		if r, err = s.findFact(ctx, at, key, blinded, asOf); err != nil {
			return custody.Record{}, err
		}
	}
	if r.none || r.Value == nil {
		return custody.Record{}, fmt.Errorf("%q does not stand in %s: %w", key, collection, custody.ErrNotFound)
	}
	return r.record(), nil
}

// findFact reads the newest version of one fact with index < asOf.
func (s *Store) findFact(ctx context.Context, at shelf, key, blinded string, asOf uint64) (remembered, error) {
	var found []fact
	q := question{s.text.findFact, []any{string(at.id), at.collection, blinded, before(asOf)}, collectFacts(at.id, at.collection, &found)}
	if err := s.query(ctx, q); err != nil {
		return remembered{}, fmt.Errorf("find in %s: %w", at.collection, err)
	}
	if len(found) == 0 {
		return remembered{none: true}, nil
	}
	r, err := s.openFact(ctx, found[0])
	if err != nil {
		return remembered{}, err
	}
	if r.Key != key {
		return remembered{}, fmt.Errorf("%w: a fact of %s stands under another key", custody.ErrIntegrity, at.collection)
	}
	return remembered{index: found[0].index, Record: r}, nil
}

// List returns the newest version of every fact of a collection with index <
// asOf, sorted by key; asOf 0 is now. Withdrawn facts are left out.
func (s *Store) List(ctx context.Context, id custody.CaseID, collection string, asOf uint64) ([]custody.Record, error) {
	blinded, err := s.blind(id, collection, "")
	if err != nil {
		return nil, err
	}
	at, memory := shelf{id, collection}, s.memory
	if blinded == "" {
		memory = nil
	}
	if records, known := memory.list(at, asOf); known {
		return records, nil
	}
	if memory.recent(asOf) {
		asked := memory.asked()
		all, err := s.listFacts(ctx, at, 0)
		if err != nil {
			return nil, err
		}
		memory.keepAll(asked, at, all)
		if !slices.ContainsFunc(all, func(r remembered) bool { return !r.current(asOf) }) {
			return recordsOf(all), nil
		}
	}
	all, err := s.listFacts(ctx, at, asOf)
	if err != nil {
		return nil, err
	}
	return recordsOf(all), nil
}

// listFacts reads the newest version of every fact of a collection with index <
// asOf, sorted by key.
func (s *Store) listFacts(ctx context.Context, at shelf, asOf uint64) ([]remembered, error) {
	var found []fact
	q := question{s.text.listFacts, []any{string(at.id), at.collection, before(asOf)}, collectFacts(at.id, at.collection, &found)}
	if err := s.query(ctx, q); err != nil {
		return nil, fmt.Errorf("list %s: %w", at.collection, err)
	}
	all := make([]remembered, len(found))
	for i, f := range found {
		r, err := s.openFact(ctx, f)
		if err != nil {
			return nil, err
		}
		all[i] = remembered{index: f.index, Record: r}
	}
	slices.SortFunc(all, func(a, b remembered) int { return strings.Compare(a.Key, b.Key) })
	return all, nil
}

// before returns the exclusive bound of an index for asOf.
func before(asOf uint64) int64 {
	if asOf == 0 || asOf > math.MaxInt64 {
		return math.MaxInt64
	}
	return signed(asOf)
}

func collectFacts(id custody.CaseID, collection string, into *[]fact) func(scanner) error {
	return func(row scanner) error {
		f := fact{id: id, collection: collection}
		var index int64
		if err := row.Scan(&index, &f.blinded, &f.sealed); err != nil {
			return err
		}
		f.index, f.sealed = unsigned(index), bytes.Clone(f.sealed)
		*into = append(*into, f)
		return nil
	}
}
