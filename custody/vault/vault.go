// Package vault owns the keys under which everything of a case is encrypted at
// rest: a master key wrapped by a passphrase or a key file, one key per case
// wrapped by the master key, and the keys derived from those.
//
// Its folder stands outside the data folder and outside every backup of it, so
// that destroying the key of a case makes every copy of that case unreadable, and
// destroying that of one payload every copy of that payload: the key file of a
// case holds what is left of a tree of them (branches).
// Files: master.age (an age file), intake.sealed, case-ID.key, case-ID.destroyed,
// .lock, which whoever changes the folder holds, and .new-*, which a killed process left.
//
// Several processes may hold one folder: each change is made alone and upon what is on
// disk, and each use of a case's key looks whether its file is still the same.
//
// It never writes a key in clear, never replaces one that is still wanted, never
// logs, and knows nothing of what is sealed with it.
package vault

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

var (
	// ErrExists says that a key of that name is already there.
	ErrExists = errors.New("already there")
	// ErrNotFound says that there is no key of that name.
	ErrNotFound = errors.New("no such key")
	// ErrDestroyed says that the key was there and was destroyed on purpose.
	ErrDestroyed = errors.New("key destroyed")
	// ErrWrongSecret says that the passphrase or key file is not the right one.
	ErrWrongSecret = errors.New("wrong passphrase or key file")
	// ErrIntegrity says that what was read is not what was sealed here.
	ErrIntegrity = errors.New("not what was sealed")
	// ErrInvalid says that an argument cannot be accepted.
	ErrInvalid = errors.New("not acceptable as given")
	// ErrClosed says that the vault has been closed.
	ErrClosed = errors.New("vault closed")
)

const masterName = "master.age"

// Config says where the key folder is and what opens it.
type Config struct {
	// Dir is the key folder.
	Dir string
	// DataDir is the data folder; a key folder inside it, or around it, is refused.
	DataDir string
	// Secret is Passphrase or KeyFile.
	Secret Secret
}

// Vault is an open key folder. It is safe for concurrent use.
type Vault struct {
	dir string

	mu           sync.RWMutex
	closed       bool
	master       [32]byte
	wrap         *aead
	organisation *keys
	cases        map[string]*keys // at most maxCases, those used last
	turn         atomic.Uint64    // counts the uses of them
}

// Create makes a key folder with a new master key and opens it.
// Durability: the master key is on disk when it returns.
// Errors: ErrExists when the folder already holds a master key, ErrInvalid.
func Create(ctx context.Context, config Config) (*Vault, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	if err := config.Secret.acceptable(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(config.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the key folder %s: %w", config.Dir, err)
	}
	if err := alone(config.Dir, func() error { return found(config) }); err != nil {
		return nil, err
	}
	return Open(ctx, config)
}

// found makes the master key of an empty folder.
func found(config Config) error {
	left, err := os.ReadDir(config.Dir)
	if err != nil {
		return fmt.Errorf("read the key folder %s: %w", config.Dir, err)
	}
	for _, entry := range left {
		if !isTemporary(entry.Name()) && entry.Name() != lockName {
			return fmt.Errorf("key folder %s already holds %s: choose an empty folder, or open this one: %w",
				config.Dir, entry.Name(), ErrExists)
		}
	}
	if err := os.Chmod(config.Dir, 0o700); err != nil { //nolint:gosec // a folder must be entered
		return fmt.Errorf("close the key folder to other users: %w", err)
	}
	sealed, err := newMaster(config.Secret)
	if err != nil {
		return err
	}
	return writeNew(config.Dir, masterName, sealed)
}

// Open opens a key folder.
// Errors: ErrNotFound when there is none, ErrWrongSecret, ErrIntegrity.
func Open(ctx context.Context, config Config) (*Vault, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	path := filepath.Join(config.Dir, masterName)
	sealed, err := readSmall(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is missing: check the path of the key folder, restore it from its own backup, "+
			"or create a new one for a new record: %w", path, ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	if err := private(config.Dir); err != nil {
		return nil, err
	}
	master, err := openMaster(config.Secret, sealed)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	v := &Vault{dir: config.Dir, master: master, cases: map[string]*keys{}}
	v.wrap = newAEAD(derive(&v.master, "wrap", nil))
	root := derive(&v.master, "organisation", nil)
	v.organisation = newKeys(&root)
	if err := v.sweep(); err != nil {
		v.clear()
		return nil, err
	}
	return v, nil
}

// Rewrap puts the same master key under another passphrase or key file.
// Case keys and everything sealed stay as they are.
// Durability: the new wrapping is on disk when it returns; until then the old
// one opens the folder. Then the old one is overwritten.
func (v *Vault) Rewrap(ctx context.Context, secret Secret) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := secret.acceptable(); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return ErrClosed
	}
	sealed, err := sealMaster(secret, &v.master)
	if err != nil {
		return err
	}
	return v.alone(func() error { return replaceShredding(v.dir, masterName, sealed) })
}

// Close overwrites the keys held in memory. Every later call fails with
// ErrClosed.
func (v *Vault) Close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.clear()
	return nil
}

// clear must be called with the lock held.
func (v *Vault) clear() {
	v.closed = true
	clear(v.master[:])
	v.wrap = nil
	v.organisation.clear()
	for _, k := range v.cases {
		k.clear()
	}
	v.cases = nil
}

func (c Config) check() error {
	if c.Dir == "" {
		return fmt.Errorf("no key folder given: name a folder outside the data folder: %w", ErrInvalid)
	}
	if c.Secret == nil {
		return fmt.Errorf("no passphrase and no key file given for key folder %s: give one of the two: %w", c.Dir, ErrInvalid)
	}
	if c.DataDir == "" {
		return nil
	}
	keys, data := resolve(c.Dir), resolve(c.DataDir)
	if within(keys, data) || within(data, keys) {
		return fmt.Errorf("key folder %s and data folder %s stand inside one another: a copy of the data would carry its "+
			"own keys; choose a key folder elsewhere: %w", c.Dir, c.DataDir, ErrInvalid)
	}
	return nil
}
