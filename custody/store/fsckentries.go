package store

import (
	"context"
	"errors"
	"fmt"

	"custos.example/ledger"
)

// checkEntries walks all entries once, in the order of the log.
func (f *fsck) checkEntries(ctx context.Context) error {
	next := uint64(0)
	return f.store.walk(ctx, f.ask, func(rows []entryRow) error {
		later := &afters{}
		for i := range rows {
			e := &rows[i]
			if uint64(e.Index) != next {
				f.find(fmt.Sprintf("entries index %d to %d", next, signed(e.Index)-1), "idx", "rows are missing, or have another index", doRestore)
			}
			next = uint64(e.Index) + 1
			if err := f.checkEntry(ctx, e, later); err != nil {
				return err
			}
		}
		return f.checkAfters(ctx, later)
	})
}

// checkEntry checks one row against itself, its predecessor and its envelope.
// Errors: errKeys.
func (f *fsck) checkEntry(ctx context.Context, e *entryRow, later *afters) error {
	f.at = e
	defer func() { f.at = nil }()
	where := whereEntry(e)
	state, ok := f.chains[e.Chain]
	if !ok {
		f.find("chains "+e.Chain.String(), "", "the row is missing, and "+where+" stands on it", doRestore)
		state = &chainState{}
		f.chains[e.Chain] = state
	}
	if e.N != state.n+1 {
		f.find(where, "n", fmt.Sprintf("the entry before it in its chain is number %d", state.n), doRestore)
	}
	if e.Prev != state.newest {
		f.find(where, "prev", "it is not the commitment of the entry before it in its chain", doRestore)
	}
	if ledger.Commit(e.Chain, e.N, e.Prev, e.Inner) != e.Commitment {
		f.find(where, "commitment", "it is not the commitment of chain, n, prev and inner_digest", doRestore)
	}
	if f.store.entryMAC(e) != e.mac {
		f.find(where, "mac", "it does not fit the clear columns, of which one or the mac itself was changed", doRestore)
	}
	f.checkRequest(where, e.part)
	state.n, state.newest = e.N, e.Commitment
	if e.changes {
		f.scopes[e.Case] = uint64(e.Index)
	}
	if _, ordered := f.erased[uint64(e.Index)]; ordered != e.Erased {
		if e.Erased {
			f.find(where, "sealed", "it was removed without an order", doErasure)
			f.find(fmt.Sprintf("erasures index %d", e.Index), "", "the row is missing, if the entry was erased", doErasure)
		} else {
			f.find(where, "sealed", "it is there although it was erased", doRestore)
		}
	}
	if e.Erased {
		return nil
	}
	return f.checkEnvelope(ctx, where, e, state, later)
}

// checkRequest requires that the entries of a request stand together, whole, and
// that the first of them has the digest of what was asked.
func (f *fsck) checkRequest(where string, p part) {
	last := f.request
	f.request = p
	switch first := last.number+1 == last.size || last.size == 0; {
	case first && p.number != 0:
		f.find(where, "request_part", fmt.Sprintf("a request begins with part %d", p.number), doRestore)
	case !first && (p.number != last.number+1 || p.size != last.size):
		f.find(where, "request_part", fmt.Sprintf("part %d of %d follows part %d of %d", p.number, p.size, last.number, last.size), doRestore)
	}
	if zero := (ledger.Digest{}); (p.number == 0) == (p.digest == zero) {
		f.find(where, "request_digest", "it stands with part 0 of a request and nowhere else", doRestore)
	}
}

// checkEnvelope compares a row with what was signed.
// Errors: errKeys.
func (f *fsck) checkEnvelope(ctx context.Context, where string, e *entryRow, state *chainState, later *afters) error {
	plain, err := f.store.unseal(ctx, e.Case, entryAAD(e.Chain, e.Entry, e.Kind), e.sealed)
	if errors.Is(err, errKeys) {
		return err
	}
	if err != nil || len(plain) < len(e.Salt) {
		f.find(where, "sealed", "it cannot be opened under the key of its case, its chain, its entry id and its kind", doRestore)
		return nil //nolint:nilerr // it is a finding
	}
	e.Envelope = plain[copy(e.Salt[:], plain):]
	if ledger.DeriveInner(e.Salt, e.Envelope) != e.Inner {
		f.find(where, "inner_digest", "it is not that of the sealed envelope and salt", doRestore)
	}
	statement, err := statementOf(e)
	if err != nil {
		f.find(where, "sealed", "the envelope in it cannot be read", doRestore)
		return nil //nolint:nilerr // it is a finding
	}
	place := statement.Predicate.Place
	if string(statement.Kind()) != e.Kind {
		f.find(where, "kind", "the signed statement is of kind "+string(statement.Kind()), doRestore)
	}
	if place.Chain != e.Chain {
		f.find(where, "chain", "the statement was signed for another chain", doRestore)
	}
	if place.Entry != e.Entry {
		f.find(where, "entry_key", "the statement was signed under another entry id", doRestore)
	}
	if info, err := ledger.InfoOf(statement.Kind()); err == nil && state.row != nil && !info.On(state.row.Kind) {
		f.find(where, "kind", fmt.Sprintf("%s does not belong on a chain of kind %s", info.Kind, state.row.Kind), doRestore)
	}
	if place.After.N >= e.N {
		f.find(where, "n", fmt.Sprintf("it was signed after entry %d of its chain", place.After.N), doRestore)
	} else if place.After.N > 0 {
		later.add(where, seat{e.Chain, place.After.N}, place.After.Commitment)
	}
	return nil
}

// afters are the places that a page of entries was signed after.
type afters struct {
	where []string
	seats []seat
	want  []ledger.Commitment
}

func (a *afters) add(where string, at seat, want ledger.Commitment) {
	a.where, a.seats, a.want = append(a.where, where), append(a.seats, at), append(a.want, want)
}

// checkAfters requires that what an entry was signed after stands there.
func (f *fsck) checkAfters(ctx context.Context, a *afters) error {
	g := &group{store: f.store, seen: map[seat]ledger.Commitment{}}
	for from := 0; from < len(a.seats); from += maxList / 2 {
		q := g.askSeats(a.seats[from:min(from+maxList/2, len(a.seats))])
		if err := f.ask(ctx, q); err != nil {
			return err
		}
	}
	for i, at := range a.seats {
		if g.seen[at] != a.want[i] {
			f.find(a.where[i], "prev", fmt.Sprintf("it was signed after entry %d of its chain, and that entry is another", at.n), doRestore)
		}
	}
	return nil
}
