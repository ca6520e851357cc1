package store

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"custos.example/custody"
	"custos.example/ledger"
)

// compare holds both databases against each other: every column of every row, but
// for the facts, which the check of each makes anew, and the root at every size. It
// returns the root of all.
// Errors: custody.ErrIntegrity naming the first difference.
func (m *move) compare(ctx context.Context) (ledger.Digest, error) {
	root, err := m.compareEntries(ctx)
	if err == nil {
		err = m.compareTables(ctx)
	}
	return root, err
}

// unequal is the error for a difference.
func unequal(where string) error {
	return fmt.Errorf("%w: the old and the new database differ in %s: find out who changed one of them; custos fsck says which", custody.ErrIntegrity, where)
}

// compareEntries walks both databases side by side.
func (m *move) compareEntries(ctx context.Context) (ledger.Digest, error) {
	old, fresh := &naiveTree{}, &naiveTree{}
	for old.size < m.oldHead.size {
		m.options.Tell("compare", old.size, m.oldHead.size)
		a, err := m.old.pageFrom(ctx, old.size)
		if err != nil {
			return ledger.Digest{}, fmt.Errorf("the old database: %w", err)
		}
		b, err := m.new.pageFrom(ctx, fresh.size)
		if err != nil {
			return ledger.Digest{}, fmt.Errorf("the new database: %w", err)
		}
		if len(a) == 0 || len(a) != len(b) {
			return ledger.Digest{}, unequal(fmt.Sprintf("how many entries there are from %d on", old.size))
		}
		for i := range a {
			if err := m.compareEntry(&a[i], &b[i], old, fresh); err != nil {
				return ledger.Digest{}, err
			}
		}
	}
	for _, s := range []*Store{m.old, m.new} {
		if n, err := count(ctx, s.query, `SELECT COUNT(*) FROM entries`); err != nil || n != m.oldHead.size {
			return ledger.Digest{}, cmp.Or(err, unequal("how many entries there are"))
		}
	}
	return fresh.root(), nil
}

// compareEntry compares two rows, and the roots of the trees that end with them.
func (m *move) compareEntry(a, b *entryRow, old, fresh *naiveTree) error {
	if uint64(a.Index) != old.size || a.Placed != b.Placed || a.Kind != b.Kind || a.Case != b.Case || a.Entry != b.Entry || a.Inner != b.Inner ||
		!a.CommittedAt.Equal(b.CommittedAt) || a.Erased != b.Erased || a.changes != b.changes || a.part != b.part || a.mac != b.mac ||
		!bytes.Equal(a.sealed, b.sealed) {
		return unequal(whereEntry(a))
	}
	old.add(ledger.Commit(a.Chain, a.N, a.Prev, a.Inner).LeafHash())
	nodes := fresh.add(ledger.Commit(b.Chain, b.N, b.Prev, b.Inner).LeafHash())
	if !bytes.Equal(b.nodes, m.new.nodesOf(nodes)) || !m.old.config.ExternalTree && !m.new.config.ExternalTree && !bytes.Equal(a.nodes, b.nodes) {
		return unequal(whereEntry(a) + ", column nodes")
	}
	if old.root() != fresh.root() {
		return unequal(fmt.Sprintf("the root of the first %d entries", old.size))
	}
	return nil
}

// compareTables compares the tables that are short.
func (m *move) compareTables(ctx context.Context) error {
	type tables struct {
		chains   []head
		scopes   map[custody.CaseID]int64
		erasures []erasure
		facts    uint64
		head     headRow
	}
	var both [2]tables
	for i, s := range []*Store{m.old, m.new} {
		t := &both[i]
		var err error
		if t.chains, err = chainRows(ctx, s.query); err != nil {
			return err
		}
		if t.scopes, err = s.allScopes(ctx); err != nil {
			return err
		}
		if t.erasures, err = erasuresOf(ctx, s.query); err != nil {
			return err
		}
		if t.facts, err = count(ctx, s.query, `SELECT COUNT(*) FROM facts`); err != nil {
			return err
		}
		if t.head, err = s.headNow(ctx); err != nil {
			return err
		}
	}
	a, b := &both[0], &both[1]
	switch {
	case a.head != m.oldHead || b.head != m.newHead || a.head.size != b.head.size || a.head.chains != b.head.chains:
		return unequal("log_head")
	case !slices.Equal(a.chains, b.chains):
		return unequal("chains")
	case !maps.Equal(a.scopes, b.scopes):
		return unequal("scopes")
	case !slices.Equal(a.erasures, b.erasures):
		return unequal("erasures")
	case a.facts != b.facts:
		return unequal("how many facts there are")
	}
	return nil
}

func (s *Store) allScopes(ctx context.Context) (map[custody.CaseID]int64, error) {
	all := map[custody.CaseID]int64{}
	err := s.query(ctx, question{`SELECT case_id, decided FROM scopes`, nil, func(row scanner) error {
		var id string
		var decided int64
		err := row.Scan(&id, &decided)
		all[custody.CaseID(id)] = decided
		return err
	}})
	return all, err
}
