package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"

	"custos.example/migrations"
)

// dialect is everything in which the two databases differ.
type dialect struct {
	name      string
	exclusive bool // one process at a time has the database
	// forUpdate is added to a SELECT that locks what it reads.
	forUpdate string
	// lockSchema is run before the schema is looked at, so that two processes
	// do not make it at once.
	lockSchema string
	// snapshot are the options of a long reading transaction.
	snapshot *sql.TxOptions
	// schema is what the schema files need to be told.
	schema migrations.Dialect
	// powers says what the connection may do; nil where the file's owner may do
	// everything.
	powers func(ctx context.Context, db *sql.DB, role string) (Powers, error)
	// insert returns the text of a multi-row INSERT.
	insert func(prefix string, rows, width int) string
	// constraint says whether the error is a broken rule of the schema, which
	// means that the stored rows contradict each other.
	constraint func(error) bool
	// compact makes removed text unreadable on disk.
	compact func(ctx context.Context, s *session) error

	begin  func(ctx context.Context, s *session, first []question) error
	read   func(ctx context.Context, s *session, questions []question) error
	flush  func(ctx context.Context, s *session, writes []command) error
	commit func(ctx context.Context, s *session, writes []command) error
	// tend and restart keep the write-ahead log short; they are nil where the
	// server does that itself.
	tend    func(ctx context.Context, db *sql.DB) error
	restart func(ctx context.Context, db *sql.DB) error
	// examine returns what the database itself finds wrong with its files.
	examine func(ctx context.Context, tx *sql.Tx) ([]string, error)
}

// database is an opened database: a pool for reading, one for writing (the same
// on PostgreSQL), one for its upkeep (SQLite), and what has to be released.
type database struct {
	dialect *dialect
	readers *sql.DB
	writers *sql.DB
	keepers *sql.DB
	release func() error

	mu      sync.Mutex
	prepare map[string]*sql.Stmt // of readers, by its text
}

// reading returns the statement of a question that is asked again and again, read
// by the database once for each of its connections. The texts are a closed set.
func (d *database) reading(ctx context.Context, text string) (*sql.Stmt, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if known := d.prepare[text]; known != nil {
		return known, nil
	}
	statement, err := d.readers.PrepareContext(context.WithoutCancel(ctx), text) //nolint:sqlclosecheck // closed with the database
	if err != nil {
		return nil, err
	}
	if d.prepare == nil {
		d.prepare = map[string]*sql.Stmt{}
	}
	d.prepare[text] = statement
	return statement, nil
}

// connect opens the database that the URL names.
// Errors: an URL of neither kind; a data folder that another process holds; those of CheckLine.
func connect(ctx context.Context, url string, line Line) (*database, error) {
	switch {
	case strings.HasPrefix(url, "sqlite:"):
		return connectSQLite(ctx, strings.TrimPrefix(url, "sqlite:"))
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		return connectPostgres(ctx, url, line)
	default:
		scheme, _, _ := strings.Cut(url, ":")
		return nil, fmt.Errorf("open the store: %q is not a kind of database: use sqlite:PATH or postgres://", scheme)
	}
}

func (d *database) close() error {
	var errs []error
	d.mu.Lock()
	for _, statement := range d.prepare {
		errs = append(errs, statement.Close())
	}
	d.prepare = nil
	d.mu.Unlock()
	for i, pool := range []*sql.DB{d.keepers, d.readers, d.writers} {
		if pool != nil && (i == 2 || pool != d.writers) {
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(append(errs, d.release())...)
}
