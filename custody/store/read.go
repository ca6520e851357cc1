package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
)

// query asks one question outside any transaction of the store.
func (s *Store) query(ctx context.Context, q question) error {
	statement, err := s.db.reading(ctx, q.sql) //nolint:sqlclosecheck // closed with the database
	if err != nil {
		return err
	}
	rows, err := statement.QueryContext(ctx, q.args...)
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
}

// Size is the number of entries in the log.
func (s *Store) Size(ctx context.Context) (uint64, error) {
	if size, known := s.memory.length(); known {
		return size, nil
	}
	var size int64
	found := false
	err := s.query(ctx, question{s.text.selectSize, nil, func(row scanner) error {
		found = true
		return row.Scan(&size)
	}})
	if err == nil && !found {
		err = fmt.Errorf("%w: log_head has no row", custody.ErrIntegrity)
	}
	if err != nil {
		return 0, fmt.Errorf("size of the log: %w", err)
	}
	return unsigned(size), nil
}

// Head returns number and commitment of the newest entry of a chain, both zero
// for a chain without entries.
// Errors: custody.ErrNotFound for a chain that was not opened.
func (s *Store) Head(ctx context.Context, chain ledger.ChainID) (uint64, ledger.Commitment, error) {
	h, err := s.head(ctx, chain)
	if err != nil {
		return 0, ledger.Commitment{}, err
	}
	return h.n, h.newest, nil
}

func (s *Store) head(ctx context.Context, chain ledger.ChainID) (head, error) {
	if h, known := s.memory.head(chain); known {
		return h, nil
	}
	var h head
	found := false
	err := s.query(ctx, question{s.text.selectChain, []any{chain[:]}, func(row scanner) (err error) {
		found = true
		h, err = scanHead(row)
		return err
	}})
	if err == nil && !found {
		err = custody.ErrNotFound
	}
	if err != nil {
		return head{}, fmt.Errorf("chain %s: %w", chain, err)
	}
	return h, nil
}

// Chains returns the chains of a case, by kind.
func (s *Store) Chains(ctx context.Context, id custody.CaseID) ([]custody.Chain, error) {
	var chains []custody.Chain
	err := s.query(ctx, question{s.text.selectChains, []any{string(id)}, func(row scanner) error {
		h, err := scanHead(row)
		if err == nil {
			chains = append(chains, h.Chain)
		}
		return err
	}})
	if err != nil {
		return nil, fmt.Errorf("chains of a case: %w", err)
	}
	return chains, nil
}

// Entry returns entry n of a chain, decrypted and checked against its commitment.
// Errors: custody.ErrNotFound, custody.ErrIntegrity.
func (s *Store) Entry(ctx context.Context, chain ledger.ChainID, n uint64) (custody.Stored, error) {
	if n > math.MaxInt64 {
		return custody.Stored{}, fmt.Errorf("entry %d: %w", n, custody.ErrNotFound)
	}
	return s.one(ctx, question{sql: s.text.entryByPlace, args: []any{chain[:], signed(n)}})
}

// ByEntryID returns the entry of that id, decrypted and checked against its
// commitment.
// Errors: custody.ErrNotFound, custody.ErrIntegrity.
func (s *Store) ByEntryID(ctx context.Context, id ledger.EntryID) (custody.Stored, error) {
	key, err := s.keyOf(id)
	if err != nil {
		return custody.Stored{}, fmt.Errorf("read an entry: %w", err)
	}
	return s.one(ctx, question{sql: s.text.entryByKey, args: []any{key[:]}})
}

func (s *Store) one(ctx context.Context, q question) (custody.Stored, error) {
	found, err := s.entries(ctx, q)
	if err != nil {
		return custody.Stored{}, fmt.Errorf("read an entry: %w", err)
	}
	if len(found) != 1 {
		return custody.Stored{}, fmt.Errorf("read an entry: %w", custody.ErrNotFound)
	}
	return found[0], nil
}

// Entries returns the entries from..to of a chain, both included, as far as
// they exist.
// Errors: custody.ErrIntegrity.
func (s *Store) Entries(ctx context.Context, chain ledger.ChainID, from, to uint64) ([]custody.Stored, error) {
	q := question{sql: s.text.entriesRange, args: []any{chain[:], signed(min(from, math.MaxInt64)), signed(min(to, math.MaxInt64))}}
	found, err := s.entries(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("read entries %d to %d: %w", from, to, err)
	}
	for i, e := range found {
		if e.N != max(from, 1)+uint64(i) {
			return nil, fmt.Errorf("read entries %d to %d: %w: entry %d is missing", from, to, custody.ErrIntegrity, max(from, 1)+uint64(i))
		}
	}
	return found, nil
}

func (s *Store) entries(ctx context.Context, q question) ([]custody.Stored, error) {
	var rows []entryRow
	q.each = func(row scanner) error {
		e, err := s.scanEntry(row)
		if err == nil {
			rows = append(rows, e)
		}
		return err
	}
	if err := s.query(ctx, q); err != nil {
		return nil, err
	}
	found := make([]custody.Stored, len(rows))
	for i := range rows {
		if err := s.openEntry(ctx, &rows[i]); err != nil {
			return nil, err
		}
		found[i] = rows[i].Stored
	}
	return found, nil
}

// entryRow is a row of the table entries as it is stored.
type entryRow struct {
	custody.Stored
	changes bool
	part    part
	nodes   []byte
	sealed  []byte
	mac     string
}

func (s *Store) scanEntry(row scanner) (entryRow, error) {
	var e entryRow
	var index, n, changes, at, number, size int64
	var chain, key, prev, inner, commitment, digest []byte
	var id string
	err := row.Scan(&index, &chain, &n, &key, &e.Kind, &changes, &at, &prev, &inner, &commitment,
		&digest, &number, &size, &e.nodes, &e.mac, &e.sealed, &id)
	e.Index = ledger.Index(unsigned(index))
	if err != nil {
		return e, fmt.Errorf("index %d: %w", index, err)
	}
	if changes != bit(changes == 1) {
		return e, fmt.Errorf("index %d: %w: changes is %d", index, custody.ErrIntegrity, changes)
	}
	e.part.number, e.part.size = unsigned(number), unsigned(size)
	if digest != nil {
		if err := fill(e.part.digest[:], digest); err != nil {
			return e, fmt.Errorf("index %d: %w", index, err)
		}
	}
	e.N, e.Case, e.changes = unsigned(n), custody.CaseID(id), changes == 1
	e.CommittedAt = time.UnixMilli(at).UTC()
	e.Erased = e.sealed == nil
	if err := fill(e.Chain[:], chain, e.Prev[:], prev, e.Inner[:], inner, e.Commitment[:], commitment); err != nil {
		return e, fmt.Errorf("index %d: %w", index, err)
	}
	if e.Entry, err = s.idOf(key); err != nil {
		return e, fmt.Errorf("index %d: %w", index, err)
	}
	return e, nil
}

var errNotCommitted = errors.New("it is not what was committed to")

// openEntry decrypts the envelope and the salt, and checks the row against its
// own commitment.
// Errors: custody.ErrIntegrity; those of unseal.
func (s *Store) openEntry(ctx context.Context, e *entryRow) error {
	if ledger.Commit(e.Chain, e.N, e.Prev, e.Inner) != e.Commitment {
		return fmt.Errorf("%w: entry %d of chain %s: %w", custody.ErrIntegrity, e.N, e.Chain, errNotCommitted)
	}
	if e.Erased {
		return nil
	}
	plain, err := s.unseal(ctx, e.Case, entryAAD(e.Chain, e.Entry, e.Kind), e.sealed)
	if err != nil {
		return fmt.Errorf("entry %d of chain %s cannot be opened: %w", e.N, e.Chain, err)
	}
	if len(plain) < len(e.Salt) {
		return fmt.Errorf("%w: entry %d of chain %s: %w", custody.ErrIntegrity, e.N, e.Chain, errNotCommitted)
	}
	e.Envelope = plain[copy(e.Salt[:], plain):]
	if ledger.DeriveInner(e.Salt, e.Envelope) != e.Inner {
		return fmt.Errorf("%w: entry %d of chain %s: %w", custody.ErrIntegrity, e.N, e.Chain, errNotCommitted)
	}
	return nil
}

// Leaves returns the commitments at from..to-1.
// Errors: custody.ErrNotFound beyond the log; custody.ErrIntegrity for a gap.
func (s *Store) Leaves(ctx context.Context, from, to ledger.Index) ([]ledger.Commitment, error) {
	if from > to || to > math.MaxInt64 {
		return nil, fmt.Errorf("leaves %d to %d: %w: not a range", from, to, custody.ErrInvalid)
	}
	leaves := make([]ledger.Commitment, 0, min(to-from, 1<<16))
	err := s.query(ctx, question{s.text.leaves, []any{signed(from), signed(to)}, func(row scanner) error {
		var index int64
		var raw []byte
		var c ledger.Commitment
		if err := row.Scan(&index, &raw); err != nil {
			return err
		}
		if ledger.Index(unsigned(index)) != from+ledger.Index(len(leaves)) {
			return fmt.Errorf("%w: entry %d is missing", custody.ErrIntegrity, from+ledger.Index(len(leaves)))
		}
		leaves = append(leaves, c)
		return fill(leaves[len(leaves)-1][:], raw)
	}})
	if err != nil {
		return nil, fmt.Errorf("leaves %d to %d: %w", from, to, err)
	}
	if ledger.Index(len(leaves)) != to-from {
		return nil, fmt.Errorf("leaves %d to %d: %w: the log ends at %d", from, to, custody.ErrNotFound, from+ledger.Index(len(leaves)))
	}
	return leaves, nil
}
