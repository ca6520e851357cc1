package wiring

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"custos.example/custody"
	"custos.example/custody/vault"
	"custos.example/ledger"
	"custos.example/ledger/recorder"
	"custos.example/ledger/tree/trillianlog"
)

// settings is the file that makes a folder a data folder.
type settings struct {
	Format string `json:"format"`
	Origin string `json:"origin"`
}

const settingsFormat = "https://custos.example/data-folder/v1"

// Init makes the folders and the keys, founds the log and writes the trust file.
// An Init that was cut short can be asked again, with the same origin.
//
// Errors: custody.ErrConflict when a log has been founded there.
func Init(ctx context.Context, options Options, origin string, first custody.Person) error {
	if err := options.check(); err != nil {
		return err
	}
	if err := acceptable(origin, first); err != nil {
		return err
	}
	if err := options.guardApart(); err != nil {
		return err
	}
	if _, err := parseQuorum(options.Quorum); err != nil {
		return err
	}
	if err := prepare(ctx, options, origin); err != nil {
		return err
	}
	s, err := open(ctx, options)
	if err != nil {
		return err
	}
	err = s.found(ctx, first)
	return errors.Join(err, s.Close())
}

// acceptable refuses what could not be founded before any folder is made.
func acceptable(origin string, first custody.Person) error {
	if err := first.Check(); err != nil {
		return err
	}
	if _, err := ledger.NewNoteKey(origin, ledger.LogKey, ledger.PublicKey{}); err != nil {
		return fmt.Errorf("%q cannot be the name of a log: %w: %w", origin, custody.ErrInvalid, err)
	}
	return nil
}

// found appends the first entries and signs the first checkpoint.
func (s *Station) found(ctx context.Context, first custody.Person) error {
	proofs, err := s.Service.Organisation().Init(ctx, custody.InitRequest{
		First: first, Release: "rules built into this program", Follows: s.options.Follows, Public: s.options.Public,
		CoSigners: s.options.quorumDigest(),
	})
	if err != nil {
		return err
	}
	last := proofs[len(proofs)-1].Placed.Index
	if _, _, err := s.Service.Recorder.Checkpoint(ctx, uint64(last)+1); err != nil && !errors.Is(err, custody.ErrNotCoSigned) {
		return fmt.Errorf("first checkpoint: %w", err)
	}
	return s.WriteTrust(ctx)
}

// prepare makes what must be there before anything can be opened.
func prepare(ctx context.Context, o Options, origin string) error {
	if known, err := readSettings(o.settingsFile()); err == nil && known != origin {
		return fmt.Errorf("%s belongs to the log %s: %w", o.Dir, known, custody.ErrConflict)
	}
	for _, folder := range []string{o.Dir, o.KeyFolder(), filepath.Dir(o.GuardFile())} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return fmt.Errorf("make the folder %s: %w", folder, err)
		}
	}
	if err := claimKeys(o, origin); err != nil {
		return err
	}
	if o.Passphrase == "" {
		if err := vault.CreateKeyFile(o.secretFile()); err != nil && !errors.Is(err, vault.ErrExists) {
			return err
		}
	}
	v, err := vault.Create(ctx, vault.Config{Dir: o.vaultFolder(), DataDir: o.Dir, Secret: o.secret()})
	if err == nil {
		err = v.Close()
	}
	if err != nil && !errors.Is(err, vault.ErrExists) {
		return sorted(err)
	}
	signers, err := createSigners(ctx, o, origin)
	if err != nil {
		return err
	}
	if _, err := ledger.ParseNoteKey(signers.LogKey()); err != nil {
		return errors.Join(fmt.Errorf("%q cannot be the name of a log: %w: %w", origin, custody.ErrInvalid, err), signers.Close())
	}
	if err := signers.Close(); err != nil {
		return err
	}
	if _, err := recorder.CreateFileGuard(o.GuardFile()); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := prepareTree(ctx, o); err != nil {
		return err
	}
	if err := writeQuorum(o); err != nil {
		return err
	}
	text, err := ledger.MarshalCanonical(settings{settingsFormat, origin})
	if err != nil {
		return err
	}
	if err := replace(o.settingsFile(), text); err != nil {
		return err
	}
	return keysInUse(o, origin)
}

// prepareTree makes the tree that stands elsewhere.
func prepareTree(ctx context.Context, o Options) error {
	if o.Tree == "" {
		return nil
	}
	engine, err := trillianlog.Create(ctx, trillianlog.Config{URL: o.Tree, Log: o.Log})
	if errors.Is(err, trillianlog.ErrExists) {
		return nil
	}
	if err != nil {
		return err
	}
	return engine.Close()
}

// readSettings returns the origin of a data folder.
// Errors: custody.ErrNotFound.
func readSettings(path string) (string, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the operator's own folder
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("there is no %s: found a record with init, or name another data folder: %w", path, custody.ErrNotFound)
	}
	if err != nil {
		return "", err
	}
	var s settings
	if err := ledger.UnmarshalCanonical(text, &s); err != nil || s.Format != settingsFormat {
		return "", fmt.Errorf("%s is not the settings of a data folder of this program: %w", path, custody.ErrInvalid)
	}
	return s.Origin, nil
}
