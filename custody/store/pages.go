package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"

	"custos.example/custody"
	"custos.example/ledger"
)

// page is how many entries are read at once by what walks the whole log.
const page = 512

// asker runs one question: in a snapshot, or in the writing transaction.
type asker func(ctx context.Context, q question) error

// snapshot runs a walk in one reading transaction that sees one state.
func (s *Store) snapshot(ctx context.Context, walk func(ctx context.Context, ask asker, tx *sql.Tx) error) error {
	tx, err := s.db.readers.BeginTx(ctx, s.db.dialect.snapshot)
	if err != nil {
		return fmt.Errorf("begin to read: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // it has only read
	return walk(ctx, func(ctx context.Context, q question) error {
		rows, err := tx.QueryContext(ctx, q.sql, q.args...)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // what matters is rows.Err
		for rows.Next() {
			if err := q.each(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	}, tx)
}

// count asks a question whose answer is one number.
func count(ctx context.Context, ask asker, text string, args ...any) (uint64, error) {
	var n int64
	err := ask(ctx, question{text, args, func(row scanner) error { return row.Scan(&n) }})
	return unsigned(n), err
}

// walk visits every stored entry once, by index, a page at a time. An entry whose
// chain is not registered has no case.
func (s *Store) walk(ctx context.Context, ask asker, visit func(rows []entryRow) error) error {
	for lo := int64(math.MinInt64); ; {
		rows, read, hi := make([]entryRow, 0, page), 0, lo
		err := ask(ctx, question{s.text.fromIndex, []any{lo, int64(page)}, func(row scanner) error {
			e, err := s.scanEntry(row)
			if read, hi = read+1, max(hi, signed(e.Index)); err == nil {
				rows = append(rows, e)
			}
			return err
		}})
		if err != nil {
			return err
		}
		if err := visit(rows); err != nil || read < page || hi == math.MaxInt64 {
			return err
		}
		lo = hi + 1
	}
}

const selectFacts = `SELECT idx, case_id, collection, fact_key, sealed FROM facts`

func scanFact(row scanner) (fact, error) {
	var f fact
	var index int64
	var id string
	err := row.Scan(&index, &id, &f.collection, &f.blinded, &f.sealed)
	f.index, f.id = unsigned(index), custody.CaseID(id)
	return f, err
}

// erasure is a row of the table erasures.
type erasure struct {
	index, by uint64
	at        int64
	mac       string
}

const selectErasures = `SELECT idx, by_idx, erased_ms, mac FROM erasures ORDER BY idx`

func erasuresOf(ctx context.Context, ask asker) ([]erasure, error) {
	var all []erasure
	err := ask(ctx, question{selectErasures, nil, func(row scanner) error {
		var e erasure
		var index, by int64
		err := row.Scan(&index, &by, &e.at, &e.mac)
		e.index, e.by = unsigned(index), unsigned(by)
		all = append(all, e)
		return err
	}})
	return all, err
}

const selectAllChains = `SELECT ` + chainColumns + ` FROM chains c ORDER BY c.id`

func chainRows(ctx context.Context, ask asker) ([]head, error) {
	var all []head
	err := ask(ctx, question{selectAllChains, nil, func(row scanner) error {
		h, err := scanHead(row)
		all = append(all, h)
		return err
	}})
	return all, err
}

// replay returns the facts that an entry projects, not sealed. An erased entry
// projects none: what it stood for is gone.
func (s *Store) replay(ctx context.Context, e *entryRow) ([]custody.Record, error) {
	if e.Erased {
		return nil, nil
	}
	if err := s.openEntry(ctx, e); err != nil {
		return nil, err
	}
	statement, err := statementOf(e)
	if err != nil {
		return nil, err
	}
	records, err := s.config.Project(statement, e.Placed)
	if err != nil {
		return nil, fmt.Errorf("project entry %d of chain %s: %w", e.N, e.Chain, err)
	}
	return records, nil
}

func statementOf(e *entryRow) (ledger.Statement, error) {
	signed, err := custody.ParseSigned(e.Envelope)
	if err != nil {
		return ledger.Statement{}, fmt.Errorf("%w: entry %d of chain %s: %w", custody.ErrIntegrity, e.N, e.Chain, err)
	}
	return signed.Statement(), nil
}
