package custody

import (
	"context"
	"errors"
	"fmt"

	"custos.example/ledger"
)

// NamedPayload is a payload that an entry names.
type NamedPayload struct {
	Case   CaseID // whose payload it is; empty for a module
	In     CaseID // whose entry names it
	Entry  ledger.EntryID
	N      uint64
	Kind   string
	Name   string
	Digest ledger.DigestSet
	Erased bool // the record says that it was erased after this entry
}

// page is how many entries are read at a time.
const page = 200

// Payloads calls f for every payload that any entry names, in the order of the
// chains and their numbers. An erased entry names nothing any more. An entry that
// cannot be read is handed to unread, and the walk goes on.
func (s *Service) Payloads(ctx context.Context, f func(NamedPayload) error, unread func(id CaseID, kind ledger.ChainKind, n uint64, err error)) error {
	ids, err := s.everyScope(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		gone, _, err := s.erasedOf(ctx, id)
		if err != nil {
			return err
		}
		chains, err := s.Store.Chains(ctx, id)
		if err != nil {
			return err
		}
		for _, chain := range chains {
			err := s.each(ctx, chain, func(entry Stored, statement ledger.Statement) error {
				return named(entry, statement, gone, f)
			}, func(n uint64, err error) { unread(id, chain.Kind, n, err) })
			if err != nil {
				return fmt.Errorf("%s chain: %w", chain.Kind, err)
			}
		}
	}
	return nil
}

// everyScope returns the organisation, as the empty id, and every case.
func (s *Service) everyScope(ctx context.Context) ([]CaseID, error) {
	cases, err := s.casesOf(ctx, "")
	return append([]CaseID{""}, cases...), err
}

// casesOf returns one case, or every case when none is named.
func (s *Service) casesOf(ctx context.Context, id CaseID) ([]CaseID, error) {
	if id != "" {
		return []CaseID{id}, nil
	}
	registered, err := list[registeredFact](ctx, s.Store, "", inCases, 0)
	if err != nil {
		return nil, err
	}
	ids := make([]CaseID, len(registered))
	for i, c := range registered {
		ids[i] = c.Case
	}
	return ids, nil
}

// overCases calls f for one case, or for each when none is named. Of several, one
// that cannot be read is named in unreadable and the others go on; where unreadable is
// nil, none is passed over.
func (a *act) overCases(ctx context.Context, id CaseID, unreadable map[CaseID]string, f func(within *act) error) error {
	cases, err := a.casesOf(ctx, id)
	if err != nil {
		return err
	}
	for _, one := range cases {
		within := *a
		within.id = one
		if err := f(&within); err != nil {
			if id != "" || unreadable == nil || errors.Is(err, ErrIntegrity) {
				return err
			}
			unreadable[one] = err.Error()
		}
	}
	return nil
}

// each calls f for every entry of a chain that was not erased, in order. One that
// cannot be read is handed to unread, and the walk goes on.
func (s *Service) each(ctx context.Context, chain Chain, f func(Stored, ledger.Statement) error, unread func(n uint64, err error)) error {
	head, _, err := s.Store.Head(ctx, chain.ID)
	if err != nil {
		return err
	}
	for from := uint64(1); from <= head; from += page {
		to := min(from+page-1, head)
		entries, err := s.Store.Entries(ctx, chain.ID, from, to)
		if errors.Is(err, ErrIntegrity) {
			entries, err = nil, nil
			for n := from; n <= to; n++ {
				entry, err := s.Store.Entry(ctx, chain.ID, n)
				if err != nil && ctx.Err() == nil {
					unread(n, err)
					continue
				}
				entries = append(entries, entry)
			}
		}
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		for _, entry := range entries {
			if entry.Erased {
				continue
			}
			statement, err := entry.Statement()
			if err != nil {
				unread(entry.N, err)
				continue
			}
			if err := f(entry, statement); err != nil {
				return err
			}
		}
	}
	return nil
}

// named calls f for what one entry names.
func named(entry Stored, statement ledger.Statement, gone map[string]erasedFact, f func(NamedPayload) error) error {
	at := NamedPayload{Case: entry.Case, In: entry.Case, Entry: entry.Entry, N: entry.N, Kind: string(statement.Kind())}
	tell := func(name string, digest ledger.DigestSet) error {
		at.Name, at.Digest = name, digest
		erased, known := gone[digestKey(digest)]
		at.Erased = known && entry.Index < erased.Index
		return f(at)
	}
	for _, subject := range payloadsOf(statement) {
		if err := tell(subject.Name, subject.Digest); err != nil {
			return err
		}
	}
	for _, d := range statement.Predicate.ResolvedDependencies {
		if _, rows := d.Digest[ledger.Rows]; rows {
			continue // a commitment has no content
		}
		if err := tell(d.Name, d.Digest); err != nil {
			return err
		}
	}
	if step := statement.Predicate.Step; step != nil && step.Module != (ledger.Digest{}) {
		at.Case = ""
		return tell("module", ledger.DigestSet{ledger.SHA256: step.Module})
	}
	return nil
}

// Resting names the exhibits of a case that rest on payloads or entries, with
// their versions. What cannot be read is passed over.
func (s *Service) Resting(ctx context.Context, id CaseID, digests []ledger.DigestSet, entries []ledger.EntryID) ([]string, error) {
	w := newWake(digests)
	w.all = false
	for _, entry := range entries {
		w.entries[entry] = true
	}
	w.byEntry = true
	chain, err := s.chain(ctx, id, ledger.Work)
	if err != nil {
		return nil, err
	}
	err = s.each(ctx, chain, func(e Stored, st ledger.Statement) error {
		w.entry(e, st)
		return nil
	}, func(uint64, error) {})
	return w.exhibits, err
}

// Remade is what came of making one exhibit again.
type Remade struct {
	Case      CaseID
	Entry     ledger.EntryID
	Reference string
	Version   int
	Steps     int   // that were run
	Err       error // nil: every step gave the recorded bytes
	Told      bool  // it could be told; else Err says why not
}

// Remake makes every exhibit again, from the received files on, in the module,
// and calls each with what came of it. It records nothing.
// Errors: ErrNotFound when this program was built without a module.
func (s *Service) Remake(ctx context.Context, each func(Remade)) error {
	if s.Module == nil {
		return fmt.Errorf("this program was built without its module: build it with `make module`: %w", ErrNotFound)
	}
	ids, err := s.casesOf(ctx, "")
	if err != nil {
		return err
	}
	for _, id := range ids {
		_, whole, err := s.erasedOf(ctx, id)
		if err != nil {
			return err
		}
		if whole {
			continue
		}
		exhibits, err := list[exhibitFact](ctx, s.Store, id, inExhibits, 0)
		if err != nil {
			return err
		}
		r := remaking{act: &act{Service: s, id: id}, seen: map[ledger.EntryID]bool{}}
		for _, x := range exhibits {
			before := len(r.steps)
			err := r.entry(ctx, x.Entry)
			if stop := ctx.Err(); stop != nil {
				return stop
			}
			each(Remade{
				Case: id, Entry: x.Entry, Reference: x.Reference, Version: int(x.Version), //nolint:gosec // small
				Steps: len(r.steps) - before, Err: err, Told: err == nil || !errors.Is(err, ErrNotFound),
			})
			if err != nil {
				r.seen = map[ledger.EntryID]bool{} // what failed is asked again for the next
			}
		}
	}
	return nil
}
