package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/custody/store"
	"custos.example/ledger"
)

// settings are the flags that every command has.
type settings struct {
	dir, keys, guard, sql, tree string
	actor, role, purpose        string
	request                     string
	json                        bool
	beat                        string // on which the server publishes; see wiring.Options
	ownKeys                     []string
	passphraseFile              string
	keysPassphraseFile          string
	anyLine                     bool          // what lies between here and the database is protected by other means
	unattended                  bool          // nobody is asked for the passphrase of the key folder
	clock                       custody.Clock // nil: that of the machine
}

func newRoot() *cobra.Command { return rootOn(nil) }

// rootOn returns the commands as they run by that clock.
func rootOn(clock custody.Clock) *cobra.Command {
	s := &settings{clock: clock}
	root := &cobra.Command{
		Use:           "custos",
		Short:         "keeps the record of how communications data was handled",
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("%w: there is no command %q; see custos help", errUsage, args[0])
			}
			return cmd.Help()
		},
		Args: cobra.ArbitraryArgs,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return fmt.Errorf("%w: %w", errUsage, err) })
	f := root.PersistentFlags()
	f.StringVar(&s.dir, "dir", "", "data folder")
	f.StringVar(&s.keys, "keys", "", "key folder (default: the data folder's name with .keys)")
	f.StringVar(&s.guard, "guard", "", "file that holds the last checkpoint, outside the data folder")
	f.StringVar(&s.sql, "sql", "", "PostgreSQL URL instead of the embedded database")
	f.StringVar(&s.tree, "tree", "", "PostgreSQL URL of the Trillian tree, with --sql")
	f.BoolVar(&s.anyLine, "the-line-to-the-database-is-protected-otherwise", false, "take the address of a database elsewhere without sslmode=verify-full")
	f.StringVar(&s.actor, "as", "", "id of the person who asks")
	f.StringVar(&s.role, "role", "", "the role in which they ask (default: the first that fits)")
	f.StringVar(&s.purpose, "purpose", "", "why, for the record")
	f.StringVar(&s.request, "request", "", "request id; the same id again finds what the first call did")
	f.StringSliceVar(&s.ownKeys, "key", nil, "file of the key that you keep yourself (default: the service's key for you, if it holds one)")
	f.StringVar(&s.passphraseFile, "passphrase-file", "", "file with the passphrase of that key (default: asked for at the terminal)")
	f.StringVar(&s.keysPassphraseFile, "keys-passphrase-file", "", "file with the passphrase of a key folder that opens with one (default: asked for at the terminal)")
	f.BoolVar(&s.json, "json", false, "answer in JSON")
	root.AddCommand(
		demoCommand(), initCommand(s), actorCommand(s), roleCommand(s), caseCommand(s), assignCommand(s), authorityCommand(s), applicationCommand(s), sourceCommand(s),
		stepCommand(s), analysisCommand(s), exhibitCommand(s), affectedCommand(s), defectCommand(s), auditCommand(s), whyCommand(s), timestampCommand(s), clockCommand(s), serveCommand(s), sendCommand(s), uploadsCommand(s), fsckCommand(s), rebuildCommand(s), erasureCommand(s), holdCommand(s),
		rowsCommand(s), datasetCommand(s), permitCommand(s), unmaskCommand(s), errorCommand(s), copyCommand(s), kioskCommand(s), deliverCommand(s), disclosureCommand(s), materialCommand(s), noteCommand(s), retentionCommand(s), organisationCommand(s), sharingCommand(s),
		itemCommand(s), placeCommand(s), reportCommand(s), submissionCommand(s), costCommand(s),
		benchCommand(s), versionCommand(s), databaseCommand(s), capabilitiesCommand(s), witnessCommand(s), coSignersCommand(s), group("log", "the log as a whole", logProve(s), logClose(s)), keyCommand(s), policyCommand(s),
	)
	settle(root, s)
	return root
}

// options returns where everything lies.
func (s *settings) options(stderr io.Writer) (wiring.Options, error) {
	if s.dir == "" {
		return wiring.Options{}, fmt.Errorf("%w: say which data folder with --dir", errUsage)
	}
	reader, err := wiring.Self()
	if err != nil {
		return wiring.Options{}, err
	}
	return wiring.Options{
		Reader: reader, Dir: s.dir, Keys: s.keys, Guard: s.guard, SQL: s.sql, Tree: s.tree, Line: s.line(), Beat: s.beat, Clock: s.clock,
		Log: slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}, nil
}

// line is what is asked of the line to a database elsewhere.
func (s *settings) line() store.Line { return store.Line(s.anyLine) }

// with opens the station, does the work and closes it.
func (s *settings) with(cmd *cobra.Command, work func(ctx context.Context, st *wiring.Station) error) (err error) {
	options, err := s.opening(cmd)
	if err != nil {
		return err
	}
	options.OwnKeys, options.Unlock = s.ownKeys, s.unlock(cmd)
	st, err := wiring.Open(cmd.Context(), options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return errors.Join(work(cmd.Context(), st), s.confirm(cmd, st))
}

func (s *settings) who() custody.Actor { return custody.Actor{ID: s.actor, Role: s.role} }

func (s *settings) ask() custody.Ask {
	return custody.Ask{RequestID: s.request, Purpose: s.purpose}
}

// answer writes v as JSON, or lets text say it in words.
func (s *settings) answer(cmd *cobra.Command, v any, text func(w io.Writer)) error {
	if !s.json {
		text(cmd.OutOrStdout())
		return nil
	}
	e := json.NewEncoder(cmd.OutOrStdout())
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// caseOf returns the case of that reference.
func caseOf(ctx context.Context, st *wiring.Station, reference string) (custody.CaseID, error) {
	if reference == "" {
		return "", fmt.Errorf("%w: say which case with --case", errUsage)
	}
	return st.Service.Cases().Find(ctx, reference)
}

// inCase opens the station and finds the case.
func (s *settings) inCase(cmd *cobra.Command, reference string, work func(ctx context.Context, st *wiring.Station, id custody.CaseID) error) error {
	return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
		id, err := caseOf(ctx, st, reference)
		if err != nil {
			return err
		}
		return work(ctx, st, id)
	})
}

// inCaseOrAll opens the station, and finds the case when one is named.
func (s *settings) inCaseOrAll(cmd *cobra.Command, reference string, work func(ctx context.Context, st *wiring.Station, id custody.CaseID) error) error {
	return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
		var id custody.CaseID
		if reference != "" {
			var err error
			if id, err = caseOf(ctx, st, reference); err != nil {
				return err
			}
		}
		return work(ctx, st, id)
	})
}

// entry reads an entry id; an empty text is the zero id.
func entry(text string) (ledger.EntryID, error) {
	if text == "" {
		return ledger.EntryID{}, nil
	}
	id, err := ledger.ParseEntryID(text)
	if err != nil {
		return id, fmt.Errorf("%w: %q is not an entry: 32 characters of 0-9 and a-f are wanted, as the command that recorded it printed them", errUsage, text)
	}
	return id, nil
}

// group returns a command that only holds others.
func group(use, short string, children ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		return fmt.Errorf("%w: %s needs one of its commands; see custos help %s", errUsage, c.Name(), c.Name())
	}}
	c.AddCommand(children...)
	return c
}

// say writes a line, in which nothing moves the cursor or turns the reading order. That text
// of others begins no line of its own is for whoever puts it in: see visible.
func say(w io.Writer, format string, args ...any) {
	_, _ = io.WriteString(w, visibleText(fmt.Sprintf(format, args...))+"\n")
}

// readFile reads a small file that the user named.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the user's own file, by the user's own hand
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("%s is longer than %d bytes: %w", path, limit, custody.ErrInvalid)
	}
	return text, err
}
