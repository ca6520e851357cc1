package wiring

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"custos.example/custody"
	"custos.example/custody/blob"
	"custos.example/custody/sandbox"
	"custos.example/custody/store"
	"custos.example/custody/vault"
	"custos.example/ledger"
	"custos.example/ledger/durable"
	"custos.example/ledger/quorum"
	"custos.example/ledger/recorder"
	"custos.example/ledger/sign"
	"custos.example/ledger/tree/trillianlog"
)

// Station is one running custos: a Service and the parts behind it.
type Station struct {
	Service  *custody.Service
	Store    *store.Store
	Payloads *blob.Store
	Recorder *recorder.Recorder
	Exchange *custody.Exchange // where people who keep their key themselves sign

	options Options
	log     *slog.Logger
	vault   *vault.Vault
	guard   recorder.Guard
	signers *signers
	quorum  quorum.Policy
	tiles   *recorder.Tiles
	beat    time.Duration // on which tiles are published; 0 = at once
	feeder  *feeder       // nil when the tree is in SQL, or the record is only checked
	writing bool          // it was opened to be written to
	closers []io.Closer
}

// clock is the machine's, and one that only runs: the two part when somebody
// puts the first forward or back.
type clock struct{ from time.Time }

// Now returns the time.
func (clock) Now() time.Time { return time.Now() }

// Elapsed returns how long the machine has run since the clock was made. Where a
// machine sleeps, it may stand still.
func (c clock) Elapsed() time.Duration { return time.Since(c.from) }

// Open opens the record of a data folder and checks that it extends the
// checkpoint in the guard. The caller closes the station.
//
// Errors: custody.ErrNotFound when nothing was founded there;
// custody.ErrIntegrity when the record was put back to an earlier state.
func Open(ctx context.Context, options Options) (*Station, error) {
	s, err := open(ctx, options)
	if err != nil {
		return nil, err
	}
	if err := s.Recorder.Check(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", custody.ErrIntegrity, err), s.Close())
	}
	if err := s.checkQuorum(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.Service.Releases().Prepare(ctx); err != nil && !errors.Is(err, custody.ErrNotFound) { // of a folder that is still to be founded
		return nil, errors.Join(fmt.Errorf("the policy release in force: %w", err), s.Close())
	}
	if err := s.Service.Erasures().Finish(ctx); err != nil {
		s.log.ErrorContext(ctx, "an erasure that stands in the record could not be ended", slog.String("error", err.Error()))
	}
	if err := s.sweepKeyFile(); err != nil {
		s.log.ErrorContext(ctx, "a key file that opens nothing could not be removed", slog.String("error", err.Error()))
	}
	s.writing = true
	return s, nil
}

func open(ctx context.Context, options Options) (*Station, error) {
	if err := options.check(); err != nil {
		return nil, err
	}
	if options.Clock == nil {
		options.Clock = clock{time.Now()}
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	origin, err := readSettings(options.settingsFile())
	if err != nil {
		return nil, err
	}
	s := &Station{options: options, log: options.Log}
	if err := s.open(ctx, origin); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// open opens every part in the order in which they rest on each other.
func (s *Station) open(ctx context.Context, origin string) error {
	o := s.options
	v, err := vault.Open(ctx, vault.Config{Dir: o.vaultFolder(), DataDir: o.Dir, Secret: o.secret()})
	if err != nil {
		return sorted(err)
	}
	s.closers, s.vault = append(s.closers, v), v
	k := keys{vault.For[custody.CaseID](v)}
	err = s.openStore(ctx, store.Config{
		URL: o.storeURL(), Line: o.Line, Sealer: k, Project: custody.Project, Clock: o.Clock, ExternalTree: o.Tree != "", Log: o.Log,
	})
	if err != nil {
		return err
	}
	s.closers = append(s.closers, s.Store)
	if s.Payloads, err = blob.Open(ctx, blob.Config{DataDir: o.Dir, Keys: v, Shared: o.SQL != "" || o.beside}); err != nil {
		return sorted(err)
	}
	s.closers = append(s.closers, s.Payloads)
	signers, err := openSigners(ctx, o, origin)
	if err != nil {
		return err
	}
	s.closers, s.Exchange, s.signers = append(s.closers, signers), signers.exchange, signers
	if err := s.settle(ctx); err != nil {
		return err
	}
	publish, err := s.openRecorder(ctx, origin, signers)
	if err != nil {
		return err
	}
	authorities, err := TimeAuthorities(o)
	if err != nil {
		return err
	}
	stamps, err := newStamper(authorities)
	if err != nil {
		return err
	}
	return s.openService(ctx, custody.Config{
		Origin: origin, Program: program(), Store: s.Store, Blobs: payloads{s.Payloads}, Vault: k, Recorder: publish, Signers: signers,
		Disposal: disposal{o.erasingFolder(), v, s.Payloads, s.Store}, Intake: intake{v}, Incoming: uploads{s.Payloads},
		Stamper: stamps, Steps: steps{}, Clock: o.Clock, Rand: rand.Reader, Log: o.Log,
	})
}

// openRecorder opens the tree, the guard and the recorder over both.
func (s *Station) openRecorder(ctx context.Context, origin string, signers *signers) (custody.Recorder, error) {
	o := s.options
	var log recorder.Log = s.Store.Log()
	if o.Tree != "" && !o.beside {
		engine, err := trillianlog.Open(ctx, trillianlog.Config{URL: o.Tree, Log: o.Log})
		if err != nil {
			return nil, err
		}
		s.closers = append(s.closers, engine)
		if !o.checks {
			s.feeder = startFeeder(s.Store, engine, o.Log) //nolint:contextcheck // it feeds until Close, not until Open returns
			s.closers = append(s.closers, s.feeder)
		}
		log = engine
	}
	var err error
	if s.beat, err = o.settleBeat(); err != nil {
		return nil, err
	}
	guard, err := recorder.OpenFileGuard(o.GuardFile())
	if o.Guard == "" && errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("if the guard is kept elsewhere, name it with --guard: %w", err)
	}
	if err != nil {
		return nil, err
	}
	s.guard = guard
	keys, err := s.logKeys(ctx, origin, signers)
	if err != nil {
		return nil, fmt.Errorf("keys of the log: %w", err)
	}
	asked, err := s.openQuorum()
	if err != nil {
		return nil, err
	}
	s.tiles = recorder.NewTiles(recorder.TilesConfig{
		Folder: o.tilesFolder(), Origin: origin, Keys: keys, Leaves: s.Store,
	})
	s.Recorder = recorder.New(recorder.Config{
		Origin: origin, Log: log, Signer: sign.NoteSigner(origin, signers.Log()), Keys: keys, Guard: guard, Tiles: s.tiles,
		Quorum: s.quorum, CoSigners: asked, Kept: o.keptFolder(), Warnings: o.Log,
	})
	tiler := s.startTiler()
	s.closers = append(s.closers, tiler)
	return publisher{s.Recorder, s.feeder, tiler}, nil
}

// settle makes the keys in use those that the record names. Who only checks the
// record takes it and the keys as they are.
func (s *Station) settle(ctx context.Context) error {
	if s.options.checks {
		return nil
	}
	states, err := custody.KeyStates(ctx, s.Store)
	if err != nil {
		return fmt.Errorf("%w: check the record with custos fsck", err)
	}
	return s.signers.settleAll(ctx, states)
}

// logKeys returns the key of the log, and those before it, under which checkpoints
// that were made earlier are signed.
func (s *Station) logKeys(ctx context.Context, origin string, signers *signers) ([]ledger.NoteKey, error) {
	key, err := ledger.ParseNoteKey(signers.LogKey())
	if err != nil {
		return nil, err
	}
	states, err := custody.KeyStates(ctx, s.Store)
	if err != nil && !s.options.checks {
		return nil, err
	}
	keys, err := custody.LogKeys(states, origin)
	if !slices.Contains(keys, key) {
		keys = append([]ledger.NoteKey{key}, keys...)
	}
	return keys, err
}

// openService opens the policy and the module, and puts everything together.
func (s *Station) openService(ctx context.Context, config custody.Config) error {
	var err error
	if config.Rules, config.Authoriser, err = openRules(ctx); err != nil {
		return fmt.Errorf("open the policy: %w", err)
	}
	archive, err := openArchive()
	if err != nil {
		return err
	}
	if archive != nil {
		s.closers = append(s.closers, archive)
		config.Module = archive
	} else if config.Source, err = sourceDigest(); err != nil {
		return err
	}
	if s.options.Reader != "" {
		config.Apart = reader{sandbox.New(s.options.Reader, sandbox.Limits{})}
	}
	s.Service = custody.New(config)
	return nil
}

// program names this program, with the version that its build was given.
func program() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return "custos " + info.Main.Version
	}
	return "custos (devel)"
}

// Close puts what was only acknowledged under the guard and lets go of
// everything, in the opposite order. It ends what was begun, so it goes on when
// whoever asked has gone.
//
//nolint:contextcheck // see above
func (s *Station) Close() error {
	if s.writing {
		s.writing = false
		ctx := context.Background()
		if err := errors.Join(s.feeder.reach(ctx, 0), s.Recorder.Guard(ctx)); err != nil {
			s.log.Error("the guard does not hold the newest entries: if the record were put back to before them, that would not be seen",
				slog.String("error", err.Error()))
		}
	}
	var errs []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i].Close())
	}
	s.closers = nil
	return errors.Join(errs...)
}

// TokenFile is where the digests of the tokens of the HTTP interface are kept.
func (s *Station) TokenFile() string { return s.options.tokenFile() }

// TilesFolder is where the public tiles of the log are published.
func (s *Station) TilesFolder() string { return s.options.tilesFolder() }

// WriteTrust writes the trust file beside the data, for the operator to hand to
// those who check.
func (s *Station) WriteTrust(ctx context.Context) error {
	trust, err := s.Service.Organisation().Trust(ctx)
	if err != nil {
		return err
	}
	for _, c := range s.quorum.CoSigners {
		trust.CoSigners = append(trust.CoSigners, c.Key)
	}
	text, err := trust.Bytes()
	if err != nil {
		return err
	}
	return replace(s.options.trustFile(), text)
}

// replace writes a file beside its name and then gives it the name, both durably.
func replace(path string, content []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return durable.SyncFolder(filepath.Dir(path))
}
