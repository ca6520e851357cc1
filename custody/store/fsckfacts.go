package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"

	"custos.example/custody"
)

const selectFact = `SELECT idx, case_id, collection, fact_key, sealed FROM facts WHERE case_id = $1 AND collection = $2 AND fact_key = $3 AND idx = $4`

// checkFacts replays every entry and looks up what it gives. When there are more
// facts than were found so, it reads all of them to name the others.
func (f *fsck) checkFacts(ctx context.Context) error {
	found := uint64(0)
	err := f.store.walk(ctx, f.ask, func(rows []entryRow) error {
		for i := range rows {
			n, err := f.checkFactsOf(ctx, &rows[i])
			if err != nil {
				return err
			}
			found += n
		}
		return nil
	})
	if err != nil {
		return err
	}
	stored, err := count(ctx, f.ask, `SELECT COUNT(*) FROM facts`)
	if err != nil || stored == found {
		return err
	}
	return f.nameFacts(ctx)
}

// whereFacts names the facts of an entry.
func whereFacts(e *entryRow) string {
	return fmt.Sprintf("facts index %d (chain %s, n %d)", e.Index, e.Chain, e.N)
}

// checkFactsOf compares the facts that an entry gives with what is stored, and
// returns how many rows it found.
func (f *fsck) checkFactsOf(ctx context.Context, e *entryRow) (found uint64, err error) {
	f.at = e
	defer func() { f.at = nil }()
	want, err := f.store.replay(ctx, e)
	if errors.Is(err, errKeys) {
		return 0, err
	}
	if err != nil {
		f.find(whereFacts(e), "", "their entry cannot be read, so that they could not be compared", doRestore)
		return 0, nil //nolint:nilerr // it is a finding
	}
	for _, r := range want {
		blinded, err := f.store.blind(e.Case, r.Collection, r.Key)
		if err != nil {
			return found, err
		}
		var stored []fact
		err = f.ask(ctx, question{selectFact, []any{string(e.Case), r.Collection, blinded, signed(e.Index)}, func(row scanner) error {
			one, err := scanFact(row)
			stored = append(stored, one)
			return err
		}})
		if err != nil {
			return found, err
		}
		if len(stored) == 0 {
			f.find(whereFacts(e)+", collection "+r.Collection, "", "the row is missing", doRebuild)
			continue
		}
		found++
		same, err := f.store.isFact(ctx, stored[0], r)
		if err != nil {
			return found, err
		}
		if !same {
			f.find(whereFacts(e)+", collection "+r.Collection, "sealed", "it is not what the entry gives", doRebuild)
		}
	}
	return found, nil
}

// isFact says whether a stored fact opens to a record.
// Errors: errKeys.
func (s *Store) isFact(ctx context.Context, f fact, r custody.Record) (bool, error) {
	got, err := s.openFact(ctx, f)
	if errors.Is(err, errKeys) {
		return false, err
	}
	return err == nil && got.Key == r.Key && bytes.Equal(got.Value, r.Value) && (got.Value == nil) == (r.Value == nil), nil
}

// factsAfter are the facts behind one, in the order of their key.
const factsAfter = `SELECT idx, case_id, collection, fact_key, '' FROM facts WHERE (case_id, collection, fact_key, idx) > ($1, $2, $3, $4)
ORDER BY case_id, collection, fact_key, idx LIMIT $5`

// nameFacts makes a finding of every fact that no entry gives, a page at a time. It is run only
// when there is one.
func (f *fsck) nameFacts(ctx context.Context) error {
	last := fact{index: unsigned(math.MinInt64)}
	for {
		facts := make([]fact, 0, page)
		err := f.ask(ctx, question{factsAfter, []any{string(last.id), last.collection, last.blinded, signed(last.index), int64(page)}, func(row scanner) error {
			one, err := scanFact(row)
			if err == nil {
				facts = append(facts, one)
			}
			return err
		}})
		if err != nil || len(facts) == 0 {
			return err
		}
		for _, one := range facts {
			if err := f.nameFact(ctx, one); err != nil {
				return err
			}
		}
		last = facts[len(facts)-1]
	}
}

// nameFact makes a finding of a fact that its entry does not give. What an entry gives that cannot be read is
// not known, and that is told of the entry.
// Errors: errKeys.
func (f *fsck) nameFact(ctx context.Context, one fact) error {
	f.at = &entryRow{}
	f.at.Case = one.id
	defer func() { f.at = nil }()
	var known bool
	var fault error // which is no finding
	err := f.ask(ctx, question{f.store.text.fromIndex, []any{signed(one.index), int64(1)}, func(row scanner) error {
		e, err := f.store.scanEntry(row)
		if err != nil || uint64(e.Index) != one.index || e.Case != one.id {
			return err
		}
		given, err := f.store.replay(ctx, &e)
		if err != nil {
			known = true
			if errors.Is(err, errKeys) {
				fault = err
			}
			return nil //nolint:nilerr // it is a finding already
		}
		for _, r := range given {
			blinded, err := f.store.blind(e.Case, r.Collection, r.Key)
			fault = errors.Join(fault, err)
			known = known || r.Collection == one.collection && blinded == one.blinded
		}
		return nil
	}})
	if err := errors.Join(err, fault); err != nil {
		return err
	}
	if !known {
		f.find(fmt.Sprintf("facts index %d, collection %q", signed(one.index), one.collection), "", "a fact that its entry does not give", doRebuild)
	}
	return nil
}
