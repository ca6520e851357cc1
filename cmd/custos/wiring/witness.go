package wiring

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/ledger/sign"
	"custos.example/ledger/witness"
)

// witnessSettings is the file that makes a folder a co-signer's.
type witnessSettings struct {
	Format string           `json:"format"`
	Logs   []ledger.NoteKey `json:"logs"`
	Name   string           `json:"name"`
}

const witnessFormat = "https://custos.example/co-signer/v1"

// CoSigner is a co-signer's folder: its key, the logs that it admits, and what it
// co-signed last of each.
type CoSigner struct {
	*witness.Witness
	dir      string
	settings witnessSettings
	key      *sign.Key
}

func coSignerFile(dir string) string   { return filepath.Join(dir, "co-signer.json") }
func coSignerKey(dir string) string    { return filepath.Join(dir, "co-signer.key") }
func coSignerMemory(dir string) string { return filepath.Join(dir, "memory") }

// CreateCoSigner makes a co-signer's folder and key under a name.
// Errors: custody.ErrInvalid for the name; custody.ErrConflict when there is one.
func CreateCoSigner(dir, name string) error {
	if _, err := ledger.NewNoteKey(name, ledger.CoSignerKey, ledger.PublicKey{}); err != nil {
		return fmt.Errorf("%q cannot name a co-signer: %w: %w", name, custody.ErrInvalid, err)
	}
	if _, err := os.Stat(coSignerFile(dir)); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(fmt.Errorf("%s is a co-signer's folder already: %w", dir, custody.ErrConflict), err)
	}
	if err := os.MkdirAll(coSignerMemory(dir), 0o700); err != nil {
		return err
	}
	key, err := sign.Create(coSignerKey(dir), rand.Reader)
	if errors.Is(err, sign.ErrExists) {
		key, err = sign.Open(coSignerKey(dir)) // an attempt that was cut short left it
	}
	if err != nil {
		return err
	}
	if err := key.Close(); err != nil {
		return err
	}
	return (&CoSigner{dir: dir, settings: witnessSettings{Format: witnessFormat, Logs: []ledger.NoteKey{}, Name: name}}).write()
}

// OpenCoSigner opens what CreateCoSigner made. The caller closes it.
// Errors: custody.ErrNotFound; custody.ErrInvalid.
func OpenCoSigner(dir string) (*CoSigner, error) {
	text, err := os.ReadFile(coSignerFile(dir)) //nolint:gosec // the operator's own folder
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no %s: make a co-signer with witness init, or name another folder: %w", coSignerFile(dir), custody.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	c := &CoSigner{dir: dir}
	if err := ledger.UnmarshalCanonical(text, &c.settings); err != nil || c.settings.Format != witnessFormat {
		return nil, fmt.Errorf("%s is not a co-signer's settings: %w", coSignerFile(dir), custody.ErrInvalid)
	}
	if c.key, err = sign.Open(coSignerKey(dir)); err != nil {
		return nil, err
	}
	public, err := ledger.NewPublicKey(c.key.Public())
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	own, err := ledger.NewNoteKey(c.settings.Name, ledger.CoSignerKey, public)
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	c.Witness = witness.New(witness.Config{
		Folder: coSignerMemory(dir), Key: own, Signer: c.key, Logs: c.settings.Logs, Now: time.Now,
	})
	return c, nil
}

// Admit lets the co-signer co-sign a log from now on. A second key of a log that
// it co-signs already goes on from what it co-signed.
// Errors: custody.ErrConflict for a key that is admitted.
func (c *CoSigner) Admit(log ledger.NoteKey) error {
	if log.Type != ledger.LogKey {
		return fmt.Errorf("%s is not the key of a log: %w", log.Name, custody.ErrInvalid)
	}
	if slices.Contains(c.settings.Logs, log) {
		return fmt.Errorf("that key of %s is admitted already: %w", log.Name, custody.ErrConflict)
	}
	known := slices.ContainsFunc(c.settings.Logs, func(k ledger.NoteKey) bool { return k.Name == log.Name })
	if !known {
		// left from an attempt that was cut short, nothing has been co-signed yet
		if err := witness.Admit(coSignerMemory(c.dir), log.Name); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	c.settings.Logs = append(c.settings.Logs, log)
	return c.write()
}

// Dir is the co-signer's folder.
func (c *CoSigner) Dir() string { return c.dir }

// Logs are the keys of the logs that are co-signed.
func (c *CoSigner) Logs() []ledger.NoteKey { return c.settings.Logs }

// Close lets go of the key.
func (c *CoSigner) Close() error { return c.key.Close() }

func (c *CoSigner) write() error {
	text, err := ledger.MarshalCanonical(c.settings)
	if err != nil {
		return err
	}
	if there, err := os.ReadFile(coSignerFile(c.dir)); err == nil && bytes.Equal(there, text) {
		return nil
	}
	return replace(coSignerFile(c.dir), text)
}
