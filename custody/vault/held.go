package vault

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// use calls f with the keys of a case, which stay whole until f returns. They are
// those of the key file as it is now: another process may have destroyed some.
func (v *Vault) use(ctx context.Context, id string, f func(*keys) error) error {
	for {
		v.mu.RLock()
		k, err := v.held(id)
		if err != nil || k != nil {
			if err == nil {
				k.used.Store(v.turn.Add(1))
				err = f(k)
			}
			v.mu.RUnlock()
			return err
		}
		v.mu.RUnlock()
		if err := v.load(ctx, id); err != nil {
			return err
		}
	}
}

// held returns the keys of a case when they are in memory and their file is the one
// that they were read from, else nil.
// Errors: ErrClosed; a key file that cannot be looked at, or that is gone although
// nobody destroyed it.
func (v *Vault) held(id string) (*keys, error) {
	if v.closed {
		return nil, ErrClosed
	}
	if id == "" {
		return v.organisation, nil
	}
	k := v.cases[id]
	if k == nil {
		return nil, nil //nolint:nilnil // they are to be read
	}
	now, err := os.Stat(v.caseFile(id))
	switch {
	case err == nil && unchanged(k.file, now):
		return k, nil
	case err == nil:
		return nil, nil //nolint:nilnil // they are to be read
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("look at the key of case %s: %w", id, err)
	}
	if err := v.destroyed(id); err != nil {
		if errors.Is(err, ErrDestroyed) {
			return nil, nil //nolint:nilnil // reading them says so, and clears what is in memory
		}
		return nil, err
	}
	return nil, fmt.Errorf("%s is gone, which nobody destroyed: see whether the disk of the key folder is there, or restore the file from the "+
		"backup of the key folder", v.caseFile(id))
}

// unchanged tells whether a key file is the one that was read. One that is replaced
// is another file.
func unchanged(read, now os.FileInfo) bool {
	return os.SameFile(read, now) && read.Size() == now.Size() && read.ModTime().Equal(now.ModTime())
}

func (v *Vault) caseFile(id string) string { return filepath.Join(v.dir, casePrefix+id+keySuffix) }

// load reads the keys of a case into memory.
func (v *Vault) load(ctx context.Context, id string) error {
	if err := checkCase(id); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	_, err := v.loaded(id)
	return err
}

// loaded returns the keys of a case, from its file when that is not what is in memory.
// It must be called with the lock held.
func (v *Vault) loaded(id string) (*keys, error) {
	if k, err := v.held(id); err != nil || k != nil {
		return k, err
	}
	v.drop(id)
	k, err := v.read(id)
	if err != nil {
		return nil, err
	}
	for len(v.cases) >= maxCases {
		v.forget()
	}
	k.used.Store(v.turn.Add(1))
	v.cases[id] = k
	return k, nil
}

// drop overwrites the keys of a case in memory. It must be called with the lock held.
func (v *Vault) drop(id string) {
	if k := v.cases[id]; k != nil {
		k.clear()
		delete(v.cases, id)
	}
}

// read reads the keys of a case from its file.
func (v *Vault) read(id string) (*keys, error) {
	path := v.caseFile(id)
	for {
		if err := v.destroyed(id); err != nil {
			return nil, err
		}
		content, file, err := readUpTo(path, maxCaseKey)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, v.missing(id)
		}
		if err != nil {
			return nil, err
		}
		raw, tree, err := v.unwrapCase(id, string(content))
		if err == nil {
			k := newKeys(&raw)
			k.payload, k.tree, k.file = nil, tree, file
			return k, nil
		}
		// Another process may have replaced or destroyed it while it was read.
		now, gone := os.Stat(path)
		if marked := v.destroyed(id); marked == nil && gone == nil && unchanged(file, now) {
			return nil, fmt.Errorf("%s is damaged or belongs elsewhere; restore it from the backup of the key folder: %w", path, err)
		}
	}
}

// missing says what it means that a case has no key file.
// Errors: ErrDestroyed; ErrNotFound; a key folder that is not there, which says
// nothing about the case.
func (v *Vault) missing(id string) error {
	if err := v.destroyed(id); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(v.dir, masterName)); err != nil {
		return fmt.Errorf("the key folder %s cannot be read now: see whether its disk is there (%s)", v.dir, err.Error())
	}
	return fmt.Errorf("%s is missing: the case was never opened here, or the key folder must be restored from its own "+
		"backup: %w", v.caseFile(id), ErrNotFound)
}

// destroyed returns ErrDestroyed when the mark of a destroyed case is there.
func (v *Vault) destroyed(id string) error {
	_, err := os.Stat(filepath.Join(v.dir, casePrefix+id+destroyedSuffix))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for the key of case %s: %w", id, err)
	}
	return fmt.Errorf("the key of case %s was destroyed; nothing of the case can be read again: %w", id, ErrDestroyed)
}

// maxCases is of how many cases the keys are held in memory.
const maxCases = 256

// forget overwrites the keys in memory that were not used for the longest. It must be
// called with the lock held, so that nobody uses them.
func (v *Vault) forget() {
	oldest, at := "", v.turn.Load()
	for id, k := range v.cases {
		if used := k.used.Load(); used <= at {
			oldest, at = id, used
		}
	}
	v.cases[oldest].clear()
	delete(v.cases, oldest)
}
