package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"custos.example/ledger"
)

// fromLog is a store whose facts are made anew from the entries, so that what the
// projections say can be held against what was signed. It keeps the facts of the
// organisation and of one case at a time, and adds nothing.
type fromLog struct {
	Store
	walk *Service // over the store itself

	mu    sync.Mutex
	facts map[CaseID]madeAnew
}

// madeAnew is every version of every fact of a case, by collection and key, oldest
// first.
type madeAnew map[string]map[string][]version

// version is one version of a fact.
type version struct {
	index ledger.Index
	value []byte
}

// at returns the newest version with index < asOf; asOf 0 is now.
func at(versions []version, asOf uint64) ([]byte, bool) {
	for _, v := range slices.Backward(versions) {
		if asOf == 0 || uint64(v.index) < asOf {
			return v.value, true
		}
	}
	return nil, false
}

// fromTheLog returns this service over facts that are made anew from the entries.
func (s *Service) fromTheLog() *Service {
	config := s.Config
	config.Store = &fromLog{Store: s.Store, walk: s, facts: map[CaseID]madeAnew{}}
	return New(config)
}

// Append adds nothing: what is made anew is only looked at.
func (f *fromLog) Append(context.Context, Request) ([]Placed, error) {
	return nil, fmt.Errorf("%w: facts made anew are only looked at", ErrInvalid)
}

// Find returns the newest version with index < asOf; asOf 0 is now.
func (f *fromLog) Find(ctx context.Context, id CaseID, collection, key string, asOf uint64) (Record, error) {
	facts, err := f.of(ctx, id)
	if err != nil {
		return Record{}, err
	}
	if value, known := at(facts[collection][key], asOf); known {
		return Record{collection, key, value}, nil
	}
	return Record{}, ErrNotFound
}

// List returns the newest version of every key, sorted by key.
func (f *fromLog) List(ctx context.Context, id CaseID, collection string, asOf uint64) ([]Record, error) {
	facts, err := f.of(ctx, id)
	if err != nil {
		return nil, err
	}
	records := []Record{}
	for key, versions := range facts[collection] {
		if value, known := at(versions, asOf); known {
			records = append(records, Record{collection, key, value})
		}
	}
	slices.SortFunc(records, func(a, b Record) int { return strings.Compare(a.Key, b.Key) })
	return records, nil
}

// of returns the facts of a case, made once.
func (f *fromLog) of(ctx context.Context, id CaseID) (madeAnew, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if known, made := f.facts[id]; made {
		return known, nil
	}
	facts, err := f.project(ctx, id)
	if err != nil {
		return nil, err
	}
	for other := range f.facts {
		if other != "" && id != "" {
			delete(f.facts, other)
		}
	}
	f.facts[id] = facts
	return facts, nil
}

// project makes the facts of a case from its entries. Decisions are left out: none
// rests on another.
// Errors: ErrIntegrity when an entry cannot be read.
func (f *fromLog) project(ctx context.Context, id CaseID) (madeAnew, error) {
	chains, err := f.Chains(ctx, id)
	if err != nil {
		return nil, err
	}
	facts := madeAnew{}
	var unread error
	for _, chain := range chains {
		err := f.walk.each(ctx, chain, func(entry Stored, statement ledger.Statement) error {
			if entry.Kind == kindOfDecision {
				return nil
			}
			records, err := Project(statement, entry.Placed)
			for _, r := range records {
				if facts[r.Collection] == nil {
					facts[r.Collection] = map[string][]version{}
				}
				facts[r.Collection][r.Key] = append(facts[r.Collection][r.Key], version{entry.Index, r.Value})
			}
			return err
		}, func(n uint64, err error) {
			unread = errors.Join(unread, fmt.Errorf("entry %d of the %s chain: %w", n, chain.Kind, err))
		})
		if err := errors.Join(err, unread); err != nil {
			return nil, fmt.Errorf("make the facts anew from the entries: %w", err)
		}
	}
	for _, keys := range facts {
		for _, versions := range keys { // of one key may stand on several chains
			slices.SortStableFunc(versions, func(a, b version) int { return cmp.Compare(a.index, b.index) })
		}
	}
	return facts, nil
}

// kindOfDecision is the kind of the entry that records a decision.
var kindOfDecision = string(ledger.KindOf((*ledger.AccessDecided)(nil)))
