package vault

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"custos.example/ledger/durable"
)

// lockName is the file that whoever changes the key folder holds meanwhile.
const lockName = ".lock"

// alone calls f while nobody else changes the key folder, in this process or in
// another, once what a killed process left there has ended.
func (v *Vault) alone(f func() error) error {
	return alone(v.dir, func() error {
		if err := v.finish(); err != nil {
			return err
		}
		return f()
	})
}

func alone(dir string, f func() error) (err error) {
	lock, err := durable.Lock(filepath.Join(dir, lockName))
	if err != nil {
		return fmt.Errorf("lock the key folder %s: %w", dir, err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	return f()
}

// sweep ends what a killed process left. Where there is nothing, the folder need not
// be writable.
func (v *Vault) sweep() error {
	if doomed, _, err := v.unfinished(); err != nil || len(doomed) == 0 {
		return err
	}
	return v.alone(func() error { return nil })
}

// finish destroys the key files that are marked as destroyed, and what was left half
// written, which may hold keys that were destroyed since. A leftover that is only a
// second name of a file that stays loses the name. The folder must be locked: what is
// half written belongs to nobody then.
func (v *Vault) finish() error {
	doomed, staying, err := v.unfinished()
	if err != nil {
		return err
	}
	for _, name := range doomed {
		second, err := secondName(filepath.Join(v.dir, name), staying)
		if err == nil && second {
			err = os.Remove(filepath.Join(v.dir, name))
		} else if err == nil {
			err = shred(v.dir, name)
		}
		if err != nil {
			return fmt.Errorf("end what was cut short in the key folder: %w", err)
		}
	}
	if len(doomed) == 0 {
		return nil
	}
	return flushFolder(v.dir)
}

// unfinished returns the names in the key folder that are to go, and what stays.
func (v *Vault) unfinished() (doomed []string, staying []os.DirEntry, err error) {
	entries, err := os.ReadDir(v.dir)
	if err != nil {
		return nil, nil, fmt.Errorf("read the key folder %s: %w", v.dir, err)
	}
	marked := map[string]bool{}
	for _, entry := range entries {
		if id, mark := strings.CutSuffix(entry.Name(), destroyedSuffix); mark {
			marked[id+keySuffix] = true
		}
	}
	for _, entry := range entries {
		if isTemporary(entry.Name()) || marked[entry.Name()] {
			doomed = append(doomed, entry.Name())
		} else {
			staying = append(staying, entry)
		}
	}
	return doomed, staying, nil
}

// secondName tells whether a file has another name among those.
func secondName(path string, among []os.DirEntry) (bool, error) {
	one, err := os.Lstat(path)
	if err != nil {
		return false, err
	}
	for _, entry := range among {
		other, err := entry.Info()
		if err != nil {
			return false, err
		}
		if os.SameFile(one, other) {
			return true, nil
		}
	}
	return false, nil
}
