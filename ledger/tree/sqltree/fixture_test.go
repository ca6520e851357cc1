package sqltree_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the driver

	"custos.example/ledger"
	"custos.example/ledger/tree"
	"custos.example/ledger/tree/sqltree"
)

// fixture is an engine over an SQLite file that holds nothing but leaves and
// nodes: the smallest store that does what custody's does with a tree.
type fixture struct {
	db *sql.DB
}

var _ tree.Engine = (*fixture)(nil)

// openFile opens, or makes, the tree in a file.
func openFile(path string) (*fixture, error) {
	db, err := sql.Open("sqlite", "file:"+path+
		"?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)")
	if err != nil {
		return nil, err
	}
	_, err = db.Exec(`CREATE TABLE IF NOT EXISTS leaf (n INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
		CREATE TABLE IF NOT EXISTS node (n INTEGER PRIMARY KEY, hash BLOB NOT NULL) STRICT`)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &fixture{db: db}, nil
}

func openTemporary(t *testing.T) *fixture {
	t.Helper()
	f, err := openFile(filepath.Join(t.TempDir(), "tree.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func (f *fixture) Close() error { return f.db.Close() }

func (f *fixture) Size(ctx context.Context) (uint64, error) { return size(ctx, f.db) }

func (f *fixture) Append(ctx context.Context, first uint64, leaves [][]byte) error {
	tx, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit there is nothing to roll back
	have, err := size(ctx, tx)
	if err != nil {
		return err
	}
	if err := tree.CheckAppend(have, first, leaves); err != nil {
		return err
	}
	for i, leaf := range leaves {
		if _, err := tx.ExecContext(ctx, `INSERT INTO leaf VALUES (?, ?)`, first+uint64(i), leaf); err != nil {
			return err
		}
	}
	if err := sqltree.Append(ctx, nodes{tx}, first, leaves); err != nil {
		return err
	}
	return tx.Commit()
}

func (f *fixture) Root(ctx context.Context, n uint64) (ledger.Digest, error) {
	if err := f.within(ctx, n); err != nil {
		return ledger.Digest{}, err
	}
	return sqltree.Root(ctx, nodes{f.db}, n)
}

func (f *fixture) Inclusion(ctx context.Context, index, n uint64) ([]ledger.Digest, error) {
	if err := f.within(ctx, n); err != nil {
		return nil, err
	}
	return sqltree.Inclusion(ctx, nodes{f.db}, index, n)
}

func (f *fixture) Consistency(ctx context.Context, from, to uint64) ([]ledger.Digest, error) {
	if err := f.within(ctx, to); err != nil {
		return nil, err
	}
	return sqltree.Consistency(ctx, nodes{f.db}, from, to)
}

func (f *fixture) LeafHashes(ctx context.Context, from, to uint64) ([]ledger.Digest, error) {
	if err := f.within(ctx, to); err != nil {
		return nil, err
	}
	return sqltree.LeafHashes(ctx, nodes{f.db}, from, to)
}

func (f *fixture) within(ctx context.Context, n uint64) error {
	have, err := f.Size(ctx)
	if err != nil {
		return err
	}
	return tree.CheckRange(0, n, have)
}

// querier is what a database and a transaction have in common.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func size(ctx context.Context, q querier) (n uint64, err error) {
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM leaf`).Scan(&n)
	return n, err
}

// nodes implements sqltree.Nodes.
type nodes struct{ q querier }

func (n nodes) ReadNodes(ctx context.Context, indexes []int64) ([]ledger.Digest, error) {
	var list strings.Builder
	for i, index := range indexes {
		if i > 0 {
			list.WriteByte(',')
		}
		fmt.Fprintf(&list, "%d", index)
	}
	rows, err := n.q.QueryContext(ctx, `SELECT n, hash FROM node WHERE n IN (`+list.String()+`)`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err says what there is to say
	found := make(map[int64]ledger.Digest, len(indexes))
	for rows.Next() {
		var index int64
		var hash []byte
		if err := rows.Scan(&index, &hash); err != nil {
			return nil, err
		}
		found[index] = ledger.Digest(hash)
	}
	out := make([]ledger.Digest, len(indexes))
	for i, index := range indexes {
		hash, ok := found[index]
		if !ok {
			return nil, errors.Join(rows.Err(), fmt.Errorf("%w: no node %d", tree.ErrIntegrity, index))
		}
		out[i] = hash
	}
	return out, rows.Err()
}

func (n nodes) AppendNodes(ctx context.Context, first int64, hashes []ledger.Digest) error {
	for i, hash := range hashes {
		if _, err := n.q.ExecContext(ctx, `INSERT INTO node VALUES (?, ?)`, first+int64(i), hash[:]); err != nil {
			return err
		}
	}
	return nil
}
