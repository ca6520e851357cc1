package store

import (
	"context"
	"errors"
	"fmt"

	"custos.example/custody"
	"custos.example/ledger"
)

// tendPages is after how many pages the write-ahead log of a new file is moved.
const tendPages = 32

// copy copies the entries from where the new database ends, a page in a transaction,
// and what is projected from them; then the orders of erasures. Each entry is opened
// and its leaf computed from what was signed.
func (m *move) copy(ctx context.Context) error {
	tree, err := m.treeSoFar(ctx)
	if err != nil {
		return err
	}
	for pages := 1; m.newHead.size < m.oldHead.size; pages++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		m.options.Tell("copy", m.newHead.size, m.oldHead.size)
		rows, err := m.old.pageFrom(ctx, m.newHead.size)
		if err != nil {
			return fmt.Errorf("the old database: %w", err)
		}
		if len(rows) == 0 {
			return fmt.Errorf("the old database: %w: entry %d of %d is missing", custody.ErrIntegrity, m.newHead.size, m.oldHead.size)
		}
		if err := m.copyPage(ctx, tree, rows); err != nil {
			return err
		}
		if restart := m.new.db.dialect.restart; restart != nil && pages%tendPages == 0 {
			if err := restart(ctx, m.new.db.keepers); err != nil {
				return fmt.Errorf("the new database: %w", err)
			}
		}
	}
	return m.copyErasures(ctx)
}

// pageFrom reads the entries from an index on, at most a page of them.
func (s *Store) pageFrom(ctx context.Context, from uint64) ([]entryRow, error) {
	rows := make([]entryRow, 0, page)
	err := s.query(ctx, question{s.text.fromIndex, []any{signed(from), int64(page)}, func(row scanner) error {
		e, err := s.scanEntry(row)
		rows = append(rows, e)
		return err
	}})
	return rows, err
}

// treeSoFar computes the tree over what was copied before.
func (m *move) treeSoFar(ctx context.Context) (*naiveTree, error) {
	t := &naiveTree{}
	for t.size < m.newHead.size {
		leaves, err := m.old.Leaves(ctx, ledger.Index(t.size), ledger.Index(min(t.size+page, m.newHead.size)))
		if err != nil {
			return nil, fmt.Errorf("the old database: %w", err)
		}
		for _, c := range leaves {
			t.add(c.LeafHash())
		}
	}
	return t, nil
}

// copyPage writes some entries, the facts and scopes that they give, and the new
// size, in one transaction.
func (m *move) copyPage(ctx context.Context, tree *naiveTree, rows []entryRow) error {
	entries, scopes := make([]any, 0, entryRowColumns*len(rows)), map[custody.CaseID]uint64{}
	var facts []fact
	for i := range rows {
		e := &rows[i]
		if uint64(e.Index) != tree.size || tree.size >= m.oldHead.size {
			return fmt.Errorf("the old database: %w: entry %d stands where entry %d of %d is wanted", custody.ErrIntegrity, e.Index, tree.size, m.oldHead.size)
		}
		if m.old.entryMAC(e) != e.mac {
			return fmt.Errorf("the old database: %w: %s has been changed from outside", custody.ErrIntegrity, whereEntry(e))
		}
		if err := m.old.openEntry(ctx, e); err != nil { // of an erased entry as well
			return fmt.Errorf("the old database: %w", err)
		}
		records, err := m.old.replay(ctx, e)
		if err != nil {
			return fmt.Errorf("the old database: %w", err)
		}
		given, err := m.new.sealFacts(ctx, e.Case, uint64(e.Index), records)
		if err != nil {
			return err
		}
		facts = append(facts, given...)
		if e.changes {
			scopes[e.Case] = uint64(e.Index)
		}
		key, err := m.new.keyOf(e.Entry)
		if err != nil {
			return err
		}
		entries = append(entries, entryValues(e, key, m.new.nodesOf(tree.add(e.Commitment.LeafHash())))...)
	}
	to, err := m.new.marked(tree.size, m.newHead.chains, m.newMark)
	if err != nil {
		return err
	}
	err = m.new.swapHead(ctx, m.newHead, to, func(context.Context) error {
		m.new.session.insertRows(m.new.text.insertEntry, entryRowColumns, entries)
		m.new.session.insertRows(m.new.text.insertFact, factColumns, appendFacts(nil, facts))
		for id, decided := range scopes {
			m.new.session.write(m.new.text.upsertScope, string(id), signed(decided))
		}
		return nil
	})
	if err != nil {
		return m.refused(err)
	}
	m.newHead = to
	return nil
}

// refused says what a new database's refusal means.
// Errors: custody.ErrIntegrity for rows that contradict each other; custody.ErrPushback
// where it could not write, such as for a full disk.
func (m *move) refused(err error) error {
	told := explain(err)
	switch {
	case m.new.db.dialect.constraint(err):
		return fmt.Errorf("the new database: %w: it holds rows that nobody copied, or lacks some: %w", custody.ErrIntegrity, err)
	case told != err, errors.Is(err, custody.ErrConflict), errors.Is(err, custody.ErrIntegrity), errors.Is(err, context.Canceled): //nolint:errorlint // whether it was explained
		return fmt.Errorf("the new database: %w", told)
	}
	return fmt.Errorf("%w: the new database could not take it: put that right and ask again, the move goes on from there: %w", custody.ErrPushback, err)
}

// nodesOf returns what the row of an entry holds of the tree.
func (s *Store) nodesOf(nodes []ledger.Digest) []byte {
	if s.config.ExternalTree {
		return nil
	}
	var b []byte
	for i := range nodes {
		b = append(b, nodes[i][:]...)
	}
	return b
}

// entryValues are the columns of a stored entry, as insertEntry wants them.
func entryValues(e *entryRow, key entryKey, nodes []byte) []any {
	return []any{
		signed(e.Index), e.Chain[:], signed(e.N), key[:], e.Kind, bit(e.changes), e.CommittedAt.UnixMilli(),
		e.Prev[:], e.Inner[:], e.Commitment[:], nullable(e.part.digest),
		signed(e.part.number), signed(e.part.size), blob(nodes), e.mac, blob(e.sealed),
	}
}

// copyErasures copies the orders under which entries were erased, unless an earlier
// move did.
func (m *move) copyErasures(ctx context.Context) error {
	all, err := erasuresOf(ctx, m.old.query)
	if err != nil {
		return fmt.Errorf("the old database: %w", err)
	}
	have, err := count(ctx, m.new.query, `SELECT COUNT(*) FROM erasures`)
	if err != nil || have > 0 || len(all) == 0 {
		return err
	}
	err = m.new.swapHead(ctx, m.newHead, m.newHead, func(ctx context.Context) error {
		for i, e := range all {
			m.new.session.write(insertErasure, signed(e.index), signed(e.by), e.at, e.mac)
			if i%page == page-1 {
				if err := m.new.session.flush(ctx); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return m.refused(err)
	}
	return nil
}
