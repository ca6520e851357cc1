package store

import (
	"context"
	"fmt"
	"slices"

	"custos.example/custody"
	"custos.example/ledger"
)

// Erasure says what to erase, and by which order.
// Shape: By is a payload-erased entry that stands on the organisation's chain.
// Either Case is given, for every entry of its chains before the order, or
// Entries.
type Erasure struct {
	By      ledger.EntryID
	Case    custody.CaseID
	Entries []ledger.EntryID
}

// erasable is an entry that an erasure is about.
type erasable struct {
	index uint64
	kind  ledger.ChainKind
	id    custody.CaseID
	gone  bool
}

const (
	erasableColumns = `SELECT e.idx, c.kind, c.case_id, CASE WHEN e.sealed IS NULL THEN 1 ELSE 0 END FROM entries e JOIN chains c ON c.id = e.chain`
	selectOfCase    = erasableColumns + ` WHERE c.case_id = $1 ORDER BY e.idx`
	selectErasable  = erasableColumns + ` WHERE e.entry_key = $1`
	selectOrder     = `SELECT e.idx, e.kind, c.kind FROM entries e JOIN chains c ON c.id = e.chain WHERE e.entry_key = $1`
	insertErasure   = `INSERT INTO erasures (idx, by_idx, erased_ms, mac) VALUES ($1, $2, $3, $4)`

	// erasuresAtOnce is how many entries are erased before the writes are sent.
	erasuresAtOnce = 512
)

// Erase removes the envelope and the salt of entries, and the facts that they
// gave, for good; chain, number, inner digest, commitment and leaf stay. It
// returns how many entries it removed; those already erased do not count. What
// is removed can still be read from the disk until Compact.
//
// Durability: all or none, on disk when it returns nil.
// Errors: custody.ErrInvalid, custody.ErrNotFound.
func (s *Store) Erase(ctx context.Context, e Erasure) (int, error) {
	if err := s.MayErase(ctx); err != nil {
		return 0, fmt.Errorf("erase: %w", err)
	}
	erased := 0
	err := s.alone(ctx, func(ctx context.Context, g *group) error {
		by, err := g.order(ctx, e.By)
		if err != nil {
			return err
		}
		targets, err := g.erasables(ctx, e, by)
		if err != nil {
			return err
		}
		erased = len(targets)
		if e.Case != "" {
			s.session.write(`DELETE FROM facts WHERE case_id = $1 AND idx < $2`, string(e.Case), signed(by))
		} else {
			for _, x := range targets {
				s.session.write(`DELETE FROM facts WHERE case_id = $1 AND idx = $2`, string(x.id), signed(x.index))
			}
		}
		return g.erase(ctx, by, targets)
	})
	if err != nil {
		return 0, fmt.Errorf("erase: %w", err)
	}
	return erased, nil
}

// order returns the index of the entry that orders the erasure.
func (g *group) order(ctx context.Context, id ledger.EntryID) (uint64, error) {
	by, found := uint64(0), false
	key, err := g.store.keyOf(id)
	if err != nil {
		return 0, err
	}
	err = g.store.session.read(ctx, question{selectOrder, []any{key[:]}, func(row scanner) error {
		var index, chain int64
		var kind string
		if err := row.Scan(&index, &kind, &chain); err != nil {
			return err
		}
		if kind != "payload-erased" || chainKind(chain) != ledger.Organisation {
			return fmt.Errorf("%w: the order is not a payload-erased entry of the organisation's chain", custody.ErrInvalid)
		}
		by, found = unsigned(index), true
		return nil
	}})
	if err == nil && !found {
		err = fmt.Errorf("%w: no entry %s orders it", custody.ErrNotFound, id)
	}
	return by, err
}

// erasables returns the entries to erase that are still there.
func (g *group) erasables(ctx context.Context, e Erasure, by uint64) ([]erasable, error) {
	switch {
	case e.Case == "" && len(e.Entries) == 0:
		return nil, fmt.Errorf("%w: neither a case nor entries to erase", custody.ErrInvalid)
	case e.Case != "" && len(e.Entries) != 0:
		return nil, fmt.Errorf("%w: a case and entries at once", custody.ErrInvalid)
	}
	var found []erasable
	each := func(row scanner) error {
		var index, kind, gone int64
		var id string
		err := row.Scan(&index, &kind, &id, &gone)
		found = append(found, erasable{unsigned(index), chainKind(kind), custody.CaseID(id), gone == 1})
		return err
	}
	if e.Case != "" {
		if err := g.store.session.read(ctx, question{selectOfCase, []any{string(e.Case)}, each}); err != nil {
			return nil, err
		}
		found = slices.DeleteFunc(found, func(x erasable) bool { return x.index >= by })
	}
	for _, id := range e.Entries {
		before := len(found)
		key, err := g.store.keyOf(id)
		if err != nil {
			return nil, err
		}
		if err := g.store.session.read(ctx, question{selectErasable, []any{key[:]}, each}); err != nil {
			return nil, err
		}
		if len(found) == before {
			return nil, fmt.Errorf("%w: entry %s", custody.ErrNotFound, id)
		}
	}
	var targets []erasable
	for _, x := range found {
		switch {
		case x.kind != ledger.Work && x.kind != ledger.Reads:
			return nil, fmt.Errorf("%w: an entry of the organisation cannot be erased", custody.ErrInvalid)
		case x.index >= by:
			return nil, fmt.Errorf("%w: an entry is not older than the order to erase it", custody.ErrInvalid)
		case !x.gone && !slices.Contains(targets, x):
			targets = append(targets, x)
		}
	}
	return targets, nil
}

func (g *group) erase(ctx context.Context, by uint64, targets []erasable) error {
	s, at := g.store, g.now.UnixMilli()
	for some := range slices.Chunk(targets, erasuresAtOnce) {
		for _, x := range some {
			s.session.write(`UPDATE entries SET sealed = NULL WHERE idx = $1`, signed(x.index))
			s.session.write(insertErasure, signed(x.index), signed(by), at, s.erasureMAC(x.index, by, at))
		}
		if err := s.session.flush(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Compact rewrites the database files, so that removed text can no longer be
// read from them. Copies, backups and a server's archived log are out of its
// reach.
// Errors: custody.ErrPushback while others read the files.
func (s *Store) Compact(ctx context.Context) error {
	if err := s.MayErase(ctx); err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	s.upkeep.Lock()
	defer s.upkeep.Unlock()
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.broken != nil {
		return s.broken
	}
	if err := s.session.begin(ctx); err != nil {
		s.session.rollback(ctx)
		return fmt.Errorf("compact: %w", err)
	}
	s.session.rollback(ctx)
	if err := s.db.dialect.compact(ctx, s.session); err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	return nil
}
