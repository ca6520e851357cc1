package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
)

// errUnknownOutcome says that a commit was asked for and not confirmed: it may
// or may not be on disk.
var errUnknownOutcome = errors.New("the commit was not confirmed")

// scanner is the part of a row that a question reads.
type scanner interface {
	Scan(dest ...any) error
}

// question is one SELECT; each is called for every row.
type question struct {
	sql  string
	args []any
	each func(row scanner) error
}

// command is one INSERT, UPDATE or DELETE.
type command struct {
	sql  string
	args []any
}

// session is the writing connection. It is used by one goroutine at a time,
// under the store's writing mutex.
//
// Writes are collected and sent by commit, so that a remote database is not
// asked once a statement; a question therefore never sees them.
type session struct {
	dialect *dialect
	db      *sql.DB
	conn    *sql.Conn
	stmts   map[string]*sql.Stmt
	writes  []command
	open    bool
}

func newSession(d *dialect, db *sql.DB) *session {
	return &session{dialect: d, db: db, stmts: map[string]*sql.Stmt{}}
}

// begin opens a transaction and asks the first questions in it.
func (s *session) begin(ctx context.Context, first ...question) error {
	if s.conn == nil {
		conn, err := s.db.Conn(ctx)
		if err != nil {
			return fmt.Errorf("connect: %w", err)
		}
		s.conn = conn
	}
	s.open = true
	if err := s.dialect.begin(ctx, s, first); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	return nil
}

// read asks questions inside the transaction.
func (s *session) read(ctx context.Context, questions ...question) error {
	if len(questions) == 0 {
		return nil
	}
	return s.dialect.read(ctx, s, questions)
}

// ask is read for one question.
func (s *session) ask(ctx context.Context, q question) error { return s.read(ctx, q) }

// write adds a command that commit will send.
func (s *session) write(text string, args ...any) {
	s.writes = append(s.writes, command{text, args})
}

// flush sends the collected writes and leaves the transaction open, for changes
// that are too large to collect.
func (s *session) flush(ctx context.Context) error {
	if len(s.writes) == 0 {
		return nil
	}
	err := s.dialect.flush(ctx, s, s.writes)
	s.writes = s.writes[:0]
	return err
}

// commit sends the collected writes and ends the transaction.
//
// Durability: on disk when it returns nil.
// Errors: errUnknownOutcome when the end is not known; any other error means
// that nothing was written, and rollback has to follow.
func (s *session) commit(ctx context.Context) error {
	if err := s.dialect.commit(ctx, s, s.writes); err != nil {
		return err
	}
	s.writes, s.open = s.writes[:0], false
	return nil
}

// rollback ends the transaction with nothing written. After it the session can
// be used again; a connection that cannot be rolled back is thrown away.
func (s *session) rollback(ctx context.Context) {
	s.writes = s.writes[:0]
	if s.conn == nil || !s.open {
		return
	}
	s.open = false
	if _, err := s.conn.ExecContext(ctx, "ROLLBACK"); err != nil {
		s.discard()
	}
}

// discard closes the connection instead of giving it back to the pool.
func (s *session) discard() {
	for _, stmt := range s.stmts {
		_ = stmt.Close() // the connection is going away with it
	}
	s.stmts = map[string]*sql.Stmt{}
	if s.conn != nil {
		_ = s.conn.Raw(func(any) error { return driver.ErrBadConn })
		_ = s.conn.Close()
	}
	s.conn, s.open = nil, false
}

func (s *session) close() error {
	if s.conn == nil {
		return nil
	}
	for _, stmt := range s.stmts {
		_ = stmt.Close() // the connection is closed next
	}
	err := s.conn.Close()
	s.conn = nil
	return err
}

// prepared returns the statement, prepared once a connection.
func (s *session) prepared(ctx context.Context, text string) (*sql.Stmt, error) {
	if stmt, ok := s.stmts[text]; ok {
		return stmt, nil
	}
	stmt, err := s.conn.PrepareContext(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", text, err)
	}
	s.stmts[text] = stmt
	return stmt, nil
}

// ask runs one question over database/sql.
func ask(ctx context.Context, stmt *sql.Stmt, q question) error {
	rows, err := stmt.QueryContext(ctx, q.args...)
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
