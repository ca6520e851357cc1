package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"custos.example/migrations"
)

const (
	// postgresConns is how many connections one process uses.
	postgresConns = 12
	// postgresIdle ends the transaction of a process that has stopped while it
	// holds the log's lock. Units: milliseconds.
	postgresIdle = "5000"
	// schemaLock is the number of the lock under which the schema is made.
	schemaLock = 0x637573746f73
)

func connectPostgres(ctx context.Context, url string, line Line) (*database, error) {
	config, err := checkedLine(url, line)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	set := config.RuntimeParams
	set["application_name"] = "custos"
	set["default_transaction_isolation"] = "read committed"
	set["synchronous_commit"] = "on"
	set["idle_in_transaction_session_timeout"] = postgresIdle
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(postgresConns)
	db.SetMaxIdleConns(postgresConns)
	if err := checkPostgres(ctx, db); err != nil {
		_ = db.Close() // the first error is the one to tell
		return nil, fmt.Errorf("open the store on %s: %w", config.Host, err)
	}
	d := postgresDialect()
	d.powers = func(ctx context.Context, db *sql.DB, role string) (Powers, error) {
		p, err := postgresPowers(ctx, db, role)
		p.Unchecked = uncheckedLine(config)
		return p, err
	}
	return &database{dialect: d, readers: db, writers: db, release: func() error { return nil }}, nil
}

// checkPostgres refuses a server that would acknowledge what it can lose.
func checkPostgres(ctx context.Context, db *sql.DB) error {
	var fsync, sync string
	row := db.QueryRowContext(ctx, "SELECT current_setting('fsync'), current_setting('synchronous_commit')")
	if err := row.Scan(&fsync, &sync); err != nil {
		return err
	}
	if fsync != "on" {
		return errors.New("the server runs with fsync off and would lose acknowledged entries: set fsync = on")
	}
	if sync != "on" {
		return fmt.Errorf("synchronous_commit is %q and not on", sync)
	}
	return nil
}

func postgresDialect() *dialect {
	return &dialect{
		name:       "postgres",
		forUpdate:  " FOR UPDATE",
		lockSchema: fmt.Sprintf("SELECT pg_advisory_xact_lock(%d)", schemaLock),
		snapshot:   &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead},
		schema: migrations.Dialect{
			Translate: strings.NewReplacer("INTEGER", "BIGINT", "BLOB", "BYTEA", ") STRICT, WITHOUT ROWID;", ");", ") STRICT;", ");").Replace,
			Begun:     `SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'schema_versions'`,
		},
		insert:     func(prefix string, rows, width int) string { return prefix + tuples(rows, width) },
		constraint: postgresConstraint,
		compact: func(ctx context.Context, s *session) error {
			_, err := s.conn.ExecContext(ctx, "VACUUM FULL entries, facts")
			return err
		},
		begin: func(ctx context.Context, s *session, first []question) error {
			return postgresBatch(ctx, s, []command{{sql: "BEGIN"}}, first)
		},
		read: func(ctx context.Context, s *session, questions []question) error {
			return postgresBatch(ctx, s, nil, questions)
		},
		flush: func(ctx context.Context, s *session, writes []command) error {
			return postgresBatch(ctx, s, writes, nil)
		},
		commit:  postgresCommit,
		examine: postgresExamine,
	}
}

func postgresConstraint(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && strings.HasPrefix(e.Code, "23")
}

// native returns the connection beneath the one of database/sql, which connect
// opened with pgx.
func native(driverConn any) *pgx.Conn {
	conn, ok := driverConn.(*stdlib.Conn)
	if !ok {
		panic(fmt.Sprintf("a connection of pgx is a %T", driverConn))
	}
	return conn.Conn()
}

// postgresBatch sends commands and questions in one round trip.
func postgresBatch(ctx context.Context, s *session, commands []command, questions []question) error {
	return s.conn.Raw(func(driverConn any) (err error) {
		batch := &pgx.Batch{}
		for _, c := range commands {
			batch.Queue(c.sql, c.args...)
		}
		for _, q := range questions {
			batch.Queue(q.sql, q.args...)
		}
		results := native(driverConn).SendBatch(ctx, batch)
		defer func() {
			if e := results.Close(); err == nil {
				err = e
			}
		}()
		for range commands {
			if _, err := results.Exec(); err != nil {
				return err
			}
		}
		for _, q := range questions {
			if err := askBatch(results, q); err != nil {
				return err
			}
		}
		return nil
	})
}

func askBatch(results pgx.BatchResults, q question) error {
	rows, err := results.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := q.each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// postgresCommit sends the writes and COMMIT in one round trip. The server does
// not reach COMMIT when it has refused a write, so an answer from the server to
// a write means that nothing was written.
func postgresCommit(ctx context.Context, s *session, writes []command) error {
	return s.conn.Raw(func(driverConn any) error {
		batch := &pgx.Batch{}
		for _, w := range writes {
			batch.Queue(w.sql, w.args...)
		}
		batch.Queue("COMMIT")
		results := native(driverConn).SendBatch(ctx, batch)
		err := commitResults(results, len(writes))
		if e := results.Close(); err == nil && e != nil {
			err = fmt.Errorf("%w: %w", errUnknownOutcome, e)
		}
		return err
	})
}

func commitResults(results pgx.BatchResults, writes int) error {
	for range writes {
		if _, err := results.Exec(); err != nil {
			if refused(err) {
				return err
			}
			return fmt.Errorf("%w: %w", errUnknownOutcome, err)
		}
	}
	tag, err := results.Exec()
	if err != nil {
		return fmt.Errorf("%w: %w", errUnknownOutcome, err)
	}
	if tag.String() != "COMMIT" {
		return fmt.Errorf("the server answered %s to COMMIT", tag)
	}
	return nil
}

// refused says whether the server itself answered that a statement failed, or
// ended an idle transaction, so that COMMIT was not carried out.
func refused(err error) bool {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code == "25P03" || e.Severity == "ERROR"
	}
	return pgconn.SafeToRetry(err)
}

// postgresExamine looks for triggers and rules, which a store of ours never has,
// and for indexes that are gone.
func postgresExamine(ctx context.Context, tx *sql.Tx) ([]string, error) {
	var found, indexes []string
	rows, err := tx.QueryContext(ctx, `SELECT 'trigger', tgname || ' on ' || tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal
		UNION ALL SELECT 'rule', rulename || ' on ' || tablename FROM pg_rules WHERE schemaname = current_schema()
		UNION ALL SELECT 'index', indexname FROM pg_indexes WHERE schemaname = current_schema()`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // what matters is rows.Err
	for rows.Next() {
		var kind, name string
		if err := rows.Scan(&kind, &name); err != nil {
			return nil, err
		}
		if kind == "index" {
			indexes = append(indexes, name)
			continue
		}
		found = append(found, "the schema has a "+kind+" that the program did not make: "+name)
	}
	want, err := schemaIndexes()
	for _, name := range want {
		if !slices.Contains(indexes, name) {
			found = append(found, "the schema has lost an index that the program made: "+name)
		}
	}
	return found, errors.Join(err, rows.Err())
}

// schemaIndexes returns the names of the indexes that the migrations make.
func schemaIndexes() ([]string, error) {
	all, err := migrations.All()
	var names []string
	for _, m := range all {
		for line := range strings.Lines(m.SQL) {
			if _, after, ok := strings.Cut(line, "INDEX "); ok && strings.HasPrefix(line, "CREATE ") {
				name, _, _ := strings.Cut(after, " ")
				names = append(names, name)
			}
		}
	}
	return names, err
}
