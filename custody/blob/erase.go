package blob

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Erase destroys the key of one payload, then removes its content.
//
// Durability: the key is overwritten, removed and flushed before the content is
// touched, so that an interrupted erasure leaves nothing readable; repeat it to
// remove the rest.
// Trust: an older copy of the data folder still holds the sealed key, and the
// case key opens it; only the destruction of the case key reaches every copy.
// Errors: ErrNotFound when neither key nor content is there.
func (s *Store) Erase(ctx context.Context, id, address string) error {
	if err := checkScope(id); err != nil {
		return err
	}
	if !isAddress(address) {
		return fmt.Errorf("a payload address has 64 lower-case hex digits: %w", ErrInvalid)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	defer s.busy.lock(scope(id) + address)()

	key := s.path(keyName(id, address))
	dir := filepath.Dir(key)
	found := true
	err := shred(key)
	if errors.Is(err, fs.ErrNotExist) {
		found, err = false, nil
	}
	if err != nil {
		return fmt.Errorf("erase payload %s: %w", address, err)
	}
	files, err := readDir(dir)
	if err != nil {
		return err
	}
	for _, file := range files {
		if strings.HasPrefix(file.Name(), address+".") {
			found = true
			if err := os.Remove(filepath.Join(dir, file.Name())); err != nil {
				return fmt.Errorf("erase payload %s: its key is gone, its ciphertext is not: %w", address, err)
			}
		}
	}
	if !found {
		return fmt.Errorf("%s has no payload %s: %w", scopeWords(id), address, ErrNotFound)
	}
	return flushFolder(dir)
}

// EraseCase removes every file of a case whose key has been destroyed.
// Errors: ErrInvalid while the key can still be used.
func (s *Store) EraseCase(ctx context.Context, id string) error {
	if err := checkScope(id); err != nil || id == "" {
		return fmt.Errorf("erase the payloads of a case: a case id is wanted: %w", ErrInvalid)
	}
	_, err := s.keys.Address(ctx, id, [32]byte{})
	if gone := ctx.Err(); gone != nil {
		return fmt.Errorf("erase the payloads of case %s: %w", id, gone)
	}
	if err == nil {
		return fmt.Errorf("erase the payloads of case %s: destroy its key first: %w", id, ErrInvalid)
	}
	for _, folder := range []string{s.dir, s.uploads} {
		if err := os.RemoveAll(filepath.Join(folder, scope(id))); err != nil {
			return fmt.Errorf("erase the payloads of case %s: %w", id, err)
		}
	}
	waiting, err := filepath.Glob(filepath.Join(s.dir, partFolder, scope(id)+".*"))
	if err != nil {
		return err
	}
	for _, path := range waiting {
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("erase the payloads of case %s: %w", id, err)
		}
	}
	return flushFolder(s.dir)
}

// shred overwrites a file in place and removes it. On a medium that writes
// elsewhere (flash, copy-on-write) the overwriting is only a courtesy.
func shred(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0) //nolint:gosec // a name made here, in the data folder
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		_, err = io.CopyN(f, rand.Reader, info.Size())
	}
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close(), os.Remove(path)); err != nil {
		return err
	}
	return flushFolder(filepath.Dir(path))
}
