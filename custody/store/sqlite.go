package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"custos.example/custody"
	"custos.example/migrations"
)

// sqliteReaders is how many connections read at once beside the writer.
const sqliteReaders = 8

// connectSQLite opens the file, having locked its folder.
// Errors: errLocked when another process has the folder.
func connectSQLite(ctx context.Context, path string) (*database, error) {
	if path == "" {
		return nil, errors.New("open the store: sqlite: needs the path of a file")
	}
	lock, err := lockFolder(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	d := &database{dialect: sqliteDialect(), release: lock.release}
	// SQLite walks over the table of its cache after most commits: a large one costs
	// more than it spares, since the system keeps the pages too.
	d.writers, err = openSQLite(ctx, path, "_busy_timeout=10000&_txlock=immediate&_pragma=cache_size(-4096)&_pragma=wal_autocheckpoint(0)", 1)
	if err == nil {
		// What an earlier process wrote and never synced is synced here, before
		// anyone is told that it is there.
		err = truncateLog(ctx, d.writers)
	}
	if err == nil {
		d.readers, err = openSQLite(ctx, path, "_busy_timeout=10000&_query_only=1", sqliteReaders)
	}
	if err == nil {
		// The keeper makes the writer wait: it gives up soon when somebody reads.
		d.keepers, err = openSQLite(ctx, path, "_busy_timeout=20&_pragma=wal_autocheckpoint(0)", 1)
	}
	if err != nil {
		_ = d.close() // the first error is the one to tell
		return nil, fmt.Errorf("open the store in %s: %w", filepath.Base(path), err)
	}
	return d, nil
}

func openSQLite(ctx context.Context, path, extra string, conns int) (*sql.DB, error) {
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()}
	dsn.RawQuery = "_defensive=1&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=foreign_keys(1)&_pragma=trusted_schema(0)&_pragma=secure_delete(1)" +
		"&_pragma=cell_size_check(1)&_pragma=temp_store(MEMORY)&" + extra
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	if err := db.PingContext(ctx); err != nil {
		_ = db.Close() // the first error is the one to tell
		return nil, err
	}
	return db, nil
}

func sqliteDialect() *dialect {
	return &dialect{
		name:      "sqlite",
		exclusive: true,
		snapshot:  &sql.TxOptions{ReadOnly: true},
		schema: migrations.Dialect{
			Translate: func(text string) string { return text },
			Begun:     `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_versions'`,
		},
		insert:     sqliteInsert,
		constraint: sqliteConstraint,
		compact:    sqliteCompact,
		begin:      sqliteBegin,
		read:       sqliteRead,
		flush:      sqliteFlush,
		commit:     sqliteCommit,
		tend:       sqliteTend,
		restart:    sqliteRestart,
		examine:    sqliteExamine,
	}
}

// sqliteInsert writes parameters without a number: the driver looks a numbered
// one up by its name every time it is bound. A row that breaks a rule ends the
// transaction, so that no journal is kept to undo a statement alone.
func sqliteInsert(prefix string, rows, width int) string {
	row := "(" + strings.Repeat("?, ", width-1) + "?)"
	prefix = strings.Replace(prefix, "INSERT INTO", "INSERT OR ROLLBACK INTO", 1)
	return prefix + strings.Repeat(row+", ", rows-1) + row
}

func sqliteConstraint(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_CONSTRAINT
}

func sqliteBegin(ctx context.Context, s *session, first []question) error {
	stmt, err := s.prepared(ctx, "BEGIN IMMEDIATE") //nolint:sqlclosecheck // closed with the connection
	if err != nil {
		return err
	}
	if _, err := stmt.ExecContext(ctx); err != nil {
		return err
	}
	return sqliteRead(ctx, s, first)
}

func sqliteRead(ctx context.Context, s *session, questions []question) error {
	for _, q := range questions {
		stmt, err := s.prepared(ctx, q.sql)
		if err != nil {
			return err
		}
		if err := ask(ctx, stmt, q); err != nil {
			return err
		}
	}
	return nil
}

func sqliteFlush(ctx context.Context, s *session, writes []command) error {
	for _, w := range writes {
		stmt, err := s.prepared(ctx, w.sql) //nolint:sqlclosecheck // closed with the connection
		if err != nil {
			return err
		}
		if _, err := stmt.ExecContext(ctx, w.args...); err != nil {
			return err
		}
	}
	return nil
}

func sqliteCommit(ctx context.Context, s *session, writes []command) error {
	if err := sqliteFlush(ctx, s, writes); err != nil {
		return err
	}
	stmt, err := s.prepared(ctx, "COMMIT") //nolint:sqlclosecheck // closed with the connection
	if err != nil {
		return err
	}
	if _, err := stmt.ExecContext(ctx); err != nil {
		return fmt.Errorf("%w: %w", errUnknownOutcome, err)
	}
	return nil
}

// sqliteTend moves what the write-ahead log holds into the file while others
// write and read.
func sqliteTend(ctx context.Context, db *sql.DB) error {
	var busy, frames, moved int64
	return db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &frames, &moved)
}

// sqliteRestart moves the rest while nobody writes, so that the log is written
// from its beginning again, unless somebody goes on reading from it.
func sqliteRestart(ctx context.Context, db *sql.DB) error {
	var busy, frames, moved int64
	return db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(RESTART)").Scan(&busy, &frames, &moved)
}

// sqliteCompact empties the write-ahead log, rewrites the file, and empties the
// log again, which then held the old pages.
func sqliteCompact(ctx context.Context, s *session) error {
	if err := truncateLog(ctx, s.conn); err != nil {
		return err
	}
	if _, err := s.conn.ExecContext(ctx, "VACUUM"); err != nil {
		return err
	}
	return truncateLog(ctx, s.conn)
}

// truncateLog moves the whole write-ahead log into the file and empties it.
// Errors: custody.ErrPushback while a reader still needs it.
func truncateLog(ctx context.Context, conn interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
},
) error {
	var busy, frames, moved int64
	if err := conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &moved); err != nil {
		return err
	}
	if busy != 0 {
		return fmt.Errorf("%w: somebody is reading the database", custody.ErrPushback)
	}
	return nil
}

// sqliteExamine asks for damage of the file, and compares the schema with the
// one that the migrations make: a trigger or a lost index is neither an edited
// row nor damage.
func sqliteExamine(ctx context.Context, tx *sql.Tx) ([]string, error) {
	lines, err := sqliteLines(ctx, tx, "PRAGMA integrity_check")
	if err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(lines, func(line string) bool { return line == "ok" })
	have, err := sqliteLines(ctx, tx, sqliteSchema)
	if err != nil {
		return nil, err
	}
	want, err := sqliteExpected(ctx)
	if err != nil {
		return nil, err
	}
	for _, line := range have {
		if !slices.Contains(want, line) {
			found = append(found, "the schema has something that the program did not make: "+line)
		}
	}
	for _, line := range want {
		if !slices.Contains(have, line) {
			found = append(found, "the schema has lost something that the program made: "+line)
		}
	}
	return found, nil
}

const sqliteSchema = `SELECT type || ' ' || name || ': ' || COALESCE(sql, '') FROM sqlite_schema ORDER BY type, name`

// sqliteExpected returns the schema of a new database.
func sqliteExpected(ctx context.Context) ([]string, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }() // it is in memory
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // it was made to be read
	if err := migrations.Apply(ctx, tx, sqliteDialect().schema); err != nil {
		return nil, err
	}
	return sqliteLines(ctx, tx, sqliteSchema)
}

func sqliteLines(ctx context.Context, tx *sql.Tx, text string) ([]string, error) {
	rows, err := tx.QueryContext(ctx, text)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // what matters is rows.Err
	var lines []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return lines, rows.Err()
}
