package wiring

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"custos.example/custody"
	"custos.example/custody/store"
	"custos.example/custody/vault"
	"custos.example/ledger"
)

// Embedded names the database in the data folder, as the place to which a record is moved.
const Embedded = "embedded"

// Moving says to which database a record is moved, and who is told.
// Shape: To is a PostgreSQL address or Embedded; Tell nil tells nobody.
type Moving struct {
	To   string
	Tell func(step string, done, total uint64)
}

// Moved says what was moved.
// Shape: Against names the heads held elsewhere that the record was held against;
// empty means that the guard held none, so that a record put back to an earlier state
// would not have been seen.
type Moved struct {
	store.MoveReport
	Against []string `json:"against"`
}

// MoveDatabase moves the entries of a record to another database. Payloads, keys, the
// guard and the public tiles stay where they are: the data folder is the same, and the
// record goes on from the same head.
//
// Errors: those of store.Move; custody.ErrIntegrity when the record does not extend
// the checkpoint in the guard.
func MoveDatabase(ctx context.Context, o Options, m Moving) (Moved, error) {
	var done Moved
	from, to, release, err := o.moving(ctx, m.To)
	if err != nil {
		return done, err
	}
	done.MoveReport, err = store.Move(ctx, from, *to, store.MoveOptions{Tell: m.Tell, Against: func(ctx context.Context) (ledger.Checkpoint, error) {
		c, against, err := extends(ctx, o)
		done.Against = against
		return c, err
	}})
	return done, errors.Join(err, release())
}

// CancelMove gives up a move that has not come to its end. To may be empty: what was
// copied so far then stays where it is, and can never be opened.
// Errors: those of store.CancelMove.
func CancelMove(ctx context.Context, o Options, to string) error {
	from, target, release, err := o.moving(ctx, to)
	if err != nil {
		return err
	}
	return errors.Join(store.CancelMove(ctx, from, target), release())
}

// moving returns how both databases are opened, under the keys of the record.
func (o Options) moving(ctx context.Context, to string) (from store.Config, target *store.Config, release func() error, err error) {
	if err = o.check(); err == nil {
		_, err = readSettings(o.settingsFile())
	}
	if err != nil {
		return from, nil, nil, err
	}
	address := o
	switch {
	case strings.HasPrefix(to, "postgres://"), strings.HasPrefix(to, "postgresql://"):
		address.SQL = to
	case to == Embedded && o.SQL == "":
		return from, nil, nil, fmt.Errorf("the record is in the database of the data folder already, unless --sql names another: %w", custody.ErrInvalid)
	case to == Embedded:
		address.SQL = ""
	case to != "":
		return from, nil, nil, fmt.Errorf("a record is moved to a PostgreSQL address (postgres://...) or to the database in the data folder (%s): %w", Embedded, custody.ErrInvalid)
	}
	if o.Clock == nil {
		o.Clock = clock{}
	}
	v, err := vault.Open(ctx, vault.Config{Dir: o.vaultFolder(), DataDir: o.Dir, Secret: o.secret()})
	if err != nil {
		return from, nil, nil, sorted(err)
	}
	from = store.Config{
		URL: o.storeURL(), Line: o.Line, Sealer: keys{vault.For[custody.CaseID](v)}, Project: custody.Project, Clock: o.Clock, ExternalTree: o.Tree != "", Log: o.Log,
	}
	if to != "" {
		copied := from
		copied.URL, copied.ExternalTree = address.storeURL(), false
		target = &copied
	}
	return from, target, v.Close, nil
}

// extends holds a record that nobody writes to against the checkpoint in the guard,
// whose signature it checks, and returns that checkpoint.
func extends(ctx context.Context, o Options) (last ledger.Checkpoint, against []string, err error) {
	s, err := OpenToCheck(ctx, o, false)
	if err != nil {
		return last, nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	report, err := s.Inspect(ctx, FsckOptions{Level: Heads})
	if err != nil {
		return last, nil, err
	}
	if len(report.Findings) > 0 {
		f := report.Findings[0]
		return last, nil, fmt.Errorf("%w: %s: %s", custody.ErrIntegrity, f.Where, f.What)
	}
	held, err := s.guarded(ctx)
	for _, head := range held {
		var signed ledger.SignedCheckpoint
		if signed, err = ledger.ParseCheckpoint(head.Text); err != nil {
			return last, nil, err
		}
		last = signed.Checkpoint
		against = append(against, fmt.Sprintf("%s (%d entries, %s)", head.Name, last.Size, filepath.Base(o.GuardFile())))
	}
	return last, against, err
}
