package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"custos.example/custody"
	"custos.example/ledger"
)

// MoveOptions say against what a record is held before it is moved, and who is told.
type MoveOptions struct {
	// Against is called once nothing more can be added to the old database, and
	// returns a checkpoint that the record must extend; a zero one asks for none.
	Against func(ctx context.Context) (ledger.Checkpoint, error)
	// Tell is told how far it is; nil tells nobody.
	Tell func(step string, done, total uint64)
}

// MoveReport says what was moved.
// Shape: Root is that of all Entries, and of each smaller size the roots of both
// databases were compared; From is how many an earlier move that was cut short had
// copied already.
type MoveReport struct {
	From    uint64        `json:"from"`
	Entries uint64        `json:"entries"`
	Chains  uint64        `json:"chains"`
	Root    ledger.Digest `json:"root"`
	Old     string        `json:"old"`
	New     string        `json:"new"`
}

// Move moves a record to another database of either kind: it ends all writing to the
// old one, checks it, copies it entry by entry, compares both row by row and root by
// root, checks the new one by itself, and only then gives the record over.
//
// Durability: at every moment at most one of the two can be written to. Cut short, it
// goes on when it is asked again; until the end the old database can be had back with
// CancelMove.
// Trust: neither database is believed: each leaf is computed anew from what was
// signed, on its way and on arrival.
// Errors: custody.ErrIntegrity for a difference, with nothing given over;
// custody.ErrConflict where the new database holds something; custody.ErrNotFound.
func Move(ctx context.Context, from, to Config, options MoveOptions) (MoveReport, error) {
	m, err := openMove(ctx, from, &to)
	if err != nil {
		return MoveReport{}, fmt.Errorf("move the record: %w", err)
	}
	m.options = options
	if m.options.Tell == nil {
		m.options.Tell = func(string, uint64, uint64) {}
	}
	err = m.run(ctx)
	if e := m.close(); err == nil && e != nil {
		err = e
	}
	if err != nil {
		return m.report, fmt.Errorf("move the record: %w", err)
	}
	return m.report, nil
}

// move is one move under way.
type move struct {
	options  MoveOptions
	old, new *Store
	oldHead  headRow
	newHead  headRow
	oldMark  mark
	newMark  mark
	report   MoveReport
}

func (m *move) run(ctx context.Context) error {
	if err := m.admit(ctx); err != nil {
		return err
	}
	if err := m.fence(ctx); err != nil {
		return err
	}
	var from ledger.Checkpoint
	if m.options.Against != nil {
		var err error
		if from, err = m.options.Against(ctx); err != nil {
			return err
		}
	}
	m.options.Tell("check the old database", 0, m.oldHead.size)
	if _, err := m.sound(ctx, m.old, "the old database", from); err != nil {
		return err
	}
	if err := m.copy(ctx); err != nil {
		return err
	}
	root, err := m.compare(ctx)
	if err != nil {
		return err
	}
	m.options.Tell("check the new database", 0, m.oldHead.size)
	report, err := m.sound(ctx, m.new, "the new database", from)
	if err != nil {
		return err
	}
	if report.Root != root || report.Size != m.oldHead.size {
		return fmt.Errorf("%w: the new database was changed while it was checked", custody.ErrIntegrity)
	}
	m.report.Entries, m.report.Chains, m.report.Root = m.oldHead.size, m.oldHead.chains, root
	return m.give(ctx)
}

// admit looks at both databases and refuses what cannot be moved, or not there,
// before anything is changed.
func (m *move) admit(ctx context.Context) (err error) {
	var oldMarked, newMarked bool
	if m.oldHead, m.oldMark, oldMarked, err = m.old.look(ctx); err != nil {
		return fmt.Errorf("the old database: %w", err)
	}
	if oldMarked && m.oldMark.State == arriving {
		return fmt.Errorf("the old database: %w", movedError{m.oldMark})
	}
	if m.oldHead.size == 0 {
		return fmt.Errorf("%w: there is no record in the old database", custody.ErrNotFound)
	}
	if m.newHead, m.newMark, newMarked, err = m.new.look(ctx); err != nil {
		return fmt.Errorf("the new database: %w", err)
	}
	switch {
	case newMarked && m.newMark.State == arriving && m.oldMark.State == left && m.newMark.Move != m.oldMark.Move:
		return fmt.Errorf("the new database: %w: it holds another copy than the one to which the record was given over", custody.ErrConflict)
	case newMarked && m.newMark.State == arriving:
		m.report.From = m.newHead.size
		return nil
	case m.oldMark.State == left:
		return fmt.Errorf("the old database: %w", movedError{m.oldMark})
	case newMarked, m.newHead.size > 0, m.newHead.chains > 0:
		return fmt.Errorf("%w: the new database holds a record already: name an empty one, or put what it holds away", custody.ErrConflict)
	}
	return m.new.empty(ctx)
}

// look reads the head of a database and what is marked on it.
func (s *Store) look(ctx context.Context) (headRow, mark, bool, error) {
	h, err := s.headNow(ctx)
	if err != nil {
		return h, mark{}, false, err
	}
	m, is, err := s.markOf(h)
	return h, m, is, err
}

// empty refuses a database in which a table of the record has rows.
func (s *Store) empty(ctx context.Context) error {
	for _, table := range [...]string{"chains", "scopes", "entries", "facts", "erasures"} {
		if n, err := count(ctx, s.query, `SELECT COUNT(*) FROM `+table); err != nil || n > 0 {
			return cmp.Or(err, fmt.Errorf("%w: the new database holds something in %s: name an empty one", custody.ErrConflict, table))
		}
	}
	return nil
}

// fence ends all writing to the old database, by whatever process, and to the new one.
func (m *move) fence(ctx context.Context) error {
	if m.oldMark.State != left {
		// A mark of its own for every run: one that was cut short and still runs somewhere
		// can give nothing over any more.
		m.oldMark = mark{Move: newMoveID(), Place: placeOf(m.new.config.URL), State: leaving}
		marked, err := m.old.marked(m.oldHead.size, m.oldHead.chains, m.oldMark)
		if err != nil {
			return err
		}
		if err := m.old.swapHead(ctx, m.oldHead, marked, nil); err != nil {
			return fmt.Errorf("end the writing to the old database: %w", err)
		}
		m.oldHead = marked
	}
	if m.newMark.State == arriving {
		return nil
	}
	return m.begin(ctx)
}

// begin marks the new database as one that is not whole, and gives it the chains.
func (m *move) begin(ctx context.Context) error {
	chains, err := chainRows(ctx, m.old.query)
	if err != nil {
		return fmt.Errorf("the old database: %w", err)
	}
	if uint64(len(chains)) != m.oldHead.chains {
		return fmt.Errorf("%w: the old database has %d chains and says that it has %d: check it with custos fsck", custody.ErrIntegrity, len(chains), m.oldHead.chains)
	}
	m.newMark = mark{Move: newMoveID(), Place: placeOf(m.old.config.URL), State: arriving}
	marked, err := m.new.marked(0, m.oldHead.chains, m.newMark)
	if err != nil {
		return err
	}
	err = m.new.swapHead(ctx, m.newHead, marked, func(ctx context.Context) error {
		for i := range chains {
			c := &chains[i]
			m.new.session.write(m.new.text.insertChain, c.ID[:], int64(c.Kind), c.Nonce[:], string(c.Case), c.mac)
			if i%page == page-1 {
				if err := m.new.session.flush(ctx); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("begin the new database: %w", explain(err))
	}
	m.newHead = marked
	return nil
}

func newMoveID() string {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // it never fails
	return hex.EncodeToString(id)
}

// give gives the record over: first the old database says for good that the record
// has left to this very copy, then the new one opens.
func (m *move) give(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	if m.oldMark.State != left {
		gone := mark{Move: m.newMark.Move, Place: placeOf(m.new.config.URL), State: left}
		marked, err := m.old.marked(m.oldHead.size, m.oldHead.chains, gone)
		if err != nil {
			return err
		}
		if err := m.old.swapHead(ctx, m.oldHead, marked, nil); err != nil {
			return fmt.Errorf("give the record over: %w", err)
		}
		m.oldHead, m.oldMark = marked, gone
	}
	m.options.Tell("give the record over", m.oldHead.size, m.oldHead.size)
	if err := m.new.swapHead(ctx, m.newHead, m.new.plain(m.newHead.size, m.newHead.chains), nil); err != nil {
		return fmt.Errorf("open the new database: %w: ask again", err)
	}
	return nil
}

// sound checks a database by itself.
// Errors: custody.ErrIntegrity with the first finding.
func (m *move) sound(ctx context.Context, s *Store, name string, from ledger.Checkpoint) (custody.FsckReport, error) {
	report, err := s.Fsck(ctx, custody.FsckOptions{From: from})
	if err == nil && len(report.Findings) > 0 {
		first := report.Findings[0]
		err = fmt.Errorf("%w: %s does not agree with itself, in %d places; the first: %s: %s",
			custody.ErrIntegrity, name, len(report.Findings), first.Where, first.What)
	}
	return report, err
}

// CancelMove gives a move up that has not come to its end: the old database can be
// written to again, and what was copied so far is removed from the new one, if it is
// named. An unfinished copy that is not reached can never be opened.
// Errors: custody.ErrConflict when nothing is being moved, or the record has left.
func CancelMove(ctx context.Context, from Config, to *Config) error {
	m, err := openMove(ctx, from, to)
	if err != nil {
		return fmt.Errorf("give the move up: %w", err)
	}
	if err := errors.Join(m.cancel(ctx), m.close()); err != nil {
		return fmt.Errorf("give the move up: %w", err)
	}
	return nil
}

func (m *move) cancel(ctx context.Context) error {
	old, oldMark, marked, err := m.old.look(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("the old database: %w", err)
	case !marked:
		return fmt.Errorf("%w: the record is not being moved away from there", custody.ErrConflict)
	case oldMark.State != leaving:
		return fmt.Errorf("%w: %w", custody.ErrConflict, errors.New(movedError{oldMark}.Error()))
	}
	if m.new != nil {
		copied, newMark, marked, err := m.new.look(ctx)
		if err != nil {
			return fmt.Errorf("the new database: %w", err)
		}
		if marked && newMark.State == arriving {
			err = m.new.swapHead(ctx, copied, m.new.plain(0, 0), func(context.Context) error {
				for _, table := range [...]string{"erasures", "facts", "scopes", "entries", "chains"} {
					m.new.session.write(`DELETE FROM ` + table)
				}
				return nil
			})
		}
		if err != nil {
			return fmt.Errorf("empty the new database: %w", explain(err))
		}
	}
	return m.old.swapHead(ctx, old, m.old.plain(old.size, old.chains), nil)
}

// openMove opens both databases, the new one if there is one.
func openMove(ctx context.Context, from Config, to *Config) (*move, error) {
	if path, is := strings.CutPrefix(from.URL, "sqlite:"); is {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no database in %s: %w", filepath.Base(path), custody.ErrNotFound)
		}
	}
	m := &move{report: MoveReport{Old: placeOf(from.URL)}}
	var err error
	if m.old, err = openStill(ctx, from); err != nil {
		return nil, fmt.Errorf("the old database: %w", err)
	}
	if to == nil {
		return m, nil
	}
	m.report.New = placeOf(to.URL)
	if m.new, err = openStill(ctx, *to); err == nil {
		err = m.new.ownsTables(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the new database: %w", err), m.close())
	}
	return m, nil
}

// ownsTables refuses a role that may not fill every table.
func (s *Store) ownsTables(ctx context.Context) error {
	if s.db.dialect.powers == nil {
		return nil
	}
	p, err := s.db.dialect.powers(ctx, s.db.writers, "")
	if err == nil && !p.Owner {
		err = fmt.Errorf("%w: the role %s of the database only adds to a record: give the address of the role that owns the tables", custody.ErrInvalid, p.Role)
	}
	return err
}

// openStill opens a store without a writer, whatever is marked on its head.
func openStill(ctx context.Context, config Config) (*Store, error) {
	if config.Project == nil {
		return nil, errors.New("move the record: it needs the projection, or no fact would arrive")
	}
	config, err := config.settled()
	if err != nil {
		return nil, err
	}
	db, err := connect(ctx, config.URL, config.Line)
	if err != nil {
		return nil, err
	}
	s := &Store{
		config: config, db: db, text: newStatements(db.dialect), closed: true, inspecting: true, moving: true,
		session: newSession(db.dialect, db.writers), broken: errInspecting,
	}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(err, db.close())
	}
	return s, nil
}

func (m *move) close() error {
	var errs []error
	for _, s := range []*Store{m.new, m.old} {
		if s != nil {
			errs = append(errs, s.session.close(), s.Close())
		}
	}
	return errors.Join(errs...)
}
