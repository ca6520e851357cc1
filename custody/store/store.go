package store

import (
	"context"
	"crypto/cipher"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/migrations"
)

// Defaults of Config.
const (
	defaultBatch = 256
	defaultQueue = 4096
)

// Project returns the facts that one entry adds. It is a pure function of the
// entry: replaying the log through it gives the same facts again. A Record
// without Value withdraws the fact of that key.
// Errors: a statement that cannot be projected; the append is then refused.
type Project func(statement ledger.Statement, placed custody.Placed) ([]custody.Record, error)

// Config says what a store is opened with.
// Shape: URL is sqlite:PATH or postgres://...; Project nil projects nothing;
// MaxBatch and MaxWaiting 0 are 256 and 4096; Log nil discards.
type Config struct {
	URL          string
	Line         Line
	Sealer       custody.Sealer
	Project      Project
	Clock        custody.Clock
	MaxBatch     int  // requests in one transaction
	MaxWaiting   int  // requests that may wait for the writer
	ExternalTree bool // another engine keeps the tree: see Feed
	Log          *slog.Logger
}

// Store is custody.Store over SQLite or PostgreSQL.
type Store struct {
	config Config
	db     *database
	text   statements
	queue  chan *pending
	done   chan struct{} // closed when the writer has ended
	grown  chan struct{} // has room for one sign that entries were added

	closing    sync.RWMutex // held for reading while a request is queued
	closed     bool
	inspecting bool // nothing is written, and there is no writer
	moving     bool // what is marked on log_head is no hindrance: see Move

	writing sync.Mutex  // guards session: whoever writes
	edge    edge        // of the tree after the last group; under writing
	heads   heads       // of the chains of the last groups; under writing
	memory  *memory     // nil where another process may write
	crowded atomic.Bool // the last group was one of many
	session *session
	broken  error  // set once; nothing is written after it
	openAt  uint64 // a size at which the log is known not to be closed; under writing

	ordering atomic.Pointer[cipher.Block] // from entry keys to entry ids, once it was needed

	frames int           // written since the last checkpoint; under writing
	due    chan struct{} // has room for one sign that a checkpoint is due
	tended chan struct{} // closed when the upkeep has ended
	upkeep sync.Mutex    // held by whoever moves the write-ahead log

	// commit makes the transaction durable and then delivers the answers. Tests
	// of the crash harness put a faulty one in its place.
	commit func(ctx context.Context, s *session, deliver func()) error
}

var _ custody.Store = (*Store)(nil)

// settled fills in what was not said.
// Errors: a store without a sealer or a clock.
func (c Config) settled() (Config, error) {
	if c.Sealer == nil || c.Clock == nil {
		return c, errors.New("open the store: it needs a sealer and a clock")
	}
	if c.MaxBatch <= 0 {
		c.MaxBatch = defaultBatch
	}
	if c.MaxWaiting <= 0 {
		c.MaxWaiting = defaultQueue
	}
	if c.Project == nil {
		c.Project = func(ledger.Statement, custody.Placed) ([]custody.Record, error) { return nil, nil }
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// Open opens the store, makes or upgrades its schema, and starts its writer.
// The caller closes it.
// Errors: a data folder that another process holds; a schema of a newer
// program; custody.ErrIntegrity when the head of the log is missing.
func Open(ctx context.Context, config Config) (*Store, error) {
	config, err := config.settled()
	if err != nil {
		return nil, err
	}
	db, err := connect(ctx, config.URL, config.Line)
	if err != nil {
		return nil, err
	}
	s := &Store{
		config: config, db: db, text: newStatements(db.dialect),
		queue: make(chan *pending, config.MaxWaiting), done: make(chan struct{}), grown: make(chan struct{}, 1),
		session: newSession(db.dialect, db.writers), due: make(chan struct{}, 1), tended: make(chan struct{}),
	}
	s.commit = commitThenDeliver
	if db.dialect.exclusive {
		s.memory = newMemory()
	}
	if err := s.prepare(ctx); err != nil {
		_ = db.close() // the first error is the one to tell
		return nil, err
	}
	ctx = context.WithoutCancel(ctx) // what one caller waits for must not end with another
	go s.serve(ctx)
	go s.tend(ctx)
	return s, nil
}

// prepare brings the schema up to date and makes the head row of an empty log.
func (s *Store) prepare(ctx context.Context) error {
	tx, err := s.db.writers.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if lock := s.db.dialect.lockSchema; lock != "" {
		if _, err := tx.ExecContext(ctx, lock); err != nil {
			return fmt.Errorf("open the store: %w", err)
		}
	}
	if err := migrations.Apply(ctx, tx, s.db.dialect.schema); err != nil {
		return fmt.Errorf("open the store: %w", explain(err))
	}
	if err := s.prepareHead(ctx, tx); err != nil {
		return explain(err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	return s.checkPowers(ctx)
}

func (s *Store) prepareHead(ctx context.Context, tx *sql.Tx) error {
	var heads, entries int64
	if err := tx.QueryRowContext(ctx, s.text.countHeads).Scan(&heads, &entries); err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	if heads == 1 {
		return s.refuseMarked(ctx, tx)
	}
	if entries != 0 {
		return fmt.Errorf("%w: log_head has no row although there are entries: restore the store from a copy", custody.ErrIntegrity)
	}
	if _, err := tx.ExecContext(ctx, s.text.insertHead, 0, 0, s.headMAC(0, 0)); err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	return nil
}

// refuseMarked refuses a database that a record is being moved from or to, or has
// left. What else is wrong with its head, the first append or fsck says.
func (s *Store) refuseMarked(ctx context.Context, tx *sql.Tx) error {
	h, err := scanHeadRow(tx.QueryRowContext(ctx, `SELECT size, chains, mac FROM log_head WHERE id = 1`))
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	m, is, err := s.markOf(h)
	switch {
	case err != nil && strings.HasPrefix(h.mac, "{"): // of a mark that somebody changed
		return fmt.Errorf("open the store: %w", err)
	case is && !s.moving:
		return fmt.Errorf("open the store: %w", movedError{m})
	}
	return nil
}

// Close lets the writer finish what is waiting and closes the database.
func (s *Store) Close() error {
	s.closing.Lock()
	if s.closed {
		s.closing.Unlock()
		if s.inspecting {
			return s.db.close()
		}
		return nil
	}
	s.closed = true
	close(s.queue)
	s.closing.Unlock()
	<-s.done
	close(s.due)
	<-s.tended
	s.writing.Lock()
	defer s.writing.Unlock()
	err := s.session.close()
	if e := s.db.close(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("close the store: %w", err)
	}
	return nil
}

func commitThenDeliver(ctx context.Context, s *session, deliver func()) error {
	if err := s.commit(ctx); err != nil {
		return err
	}
	deliver()
	return nil
}

// breakDown ends all writing: what was said to be on disk may not be there.
func (s *Store) breakDown(err error) error {
	s.broken = fmt.Errorf("%w: writing has ended: %w: restart, check with fsck, and let the clients repeat what was not acknowledged",
		custody.ErrIntegrity, err)
	s.config.Log.Error("the store has stopped writing", slog.String("error", err.Error()))
	return s.broken
}
