package vault

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"custos.example/ledger/durable"
)

// hasModes is false where files carry no owner, group and other bits and where
// a folder cannot be flushed by itself.
const hasModes = runtime.GOOS != "windows"

const temporaryPrefix = ".new-"

func isTemporary(name string) bool { return strings.HasPrefix(name, temporaryPrefix) }

// writeNew writes a file that must not be there yet.
// Durability: contents and name are flushed before it returns; a kill leaves
// either the whole file or a temporary one that means nothing.
func writeNew(dir, name string, content []byte) error {
	temporary, err := writeTemporary(dir, content)
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Join(dir, name), err)
	}
	// A link, unlike a rename, never replaces what is there.
	err = os.Link(temporary, filepath.Join(dir, name))
	removed := os.Remove(temporary)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is already there and will not be replaced: %w", filepath.Join(dir, name), ErrExists)
	}
	if err := errors.Join(err, removed); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Join(dir, name), err)
	}
	return flushFolder(dir)
}

// replace writes a file that may be there, whole or not at all.
// Durability: as writeNew.
func replace(dir, name string, content []byte) error {
	temporary, err := writeTemporary(dir, content)
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Join(dir, name), err)
	}
	if err := os.Rename(temporary, filepath.Join(dir, name)); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", filepath.Join(dir, name), err), os.Remove(temporary))
	}
	return flushFolder(dir)
}

func writeTemporary(dir string, content []byte) (string, error) {
	f, err := os.CreateTemp(dir, temporaryPrefix+"*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// shred overwrites a file in place, then removes it; a missing file is no error.
// Durability: both are flushed before it returns. On a medium that writes
// elsewhere (flash, copy-on-write) the overwriting is only a courtesy.
func shred(dir, name string) error {
	path := filepath.Join(dir, name)
	f, err := os.OpenFile(path, os.O_WRONLY, 0) //nolint:gosec // a name made here, in the key folder
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("destroy %s: %w", path, err)
	}
	info, err := f.Stat()
	if err == nil {
		_, err = io.CopyN(f, rand.Reader, info.Size())
	}
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close(), os.Remove(path)); err != nil {
		return fmt.Errorf("destroy %s: %w", path, err)
	}
	return flushFolder(dir)
}

func flushFolder(dir string) error {
	if err := durable.SyncFolder(dir); err != nil {
		return fmt.Errorf("flush folder %s: %w", dir, err)
	}
	return nil
}

// replaceShredding is replace after which the content before is overwritten too. Its
// folder is locked. A kill in between leaves it under a temporary name.
// On a medium that writes elsewhere the overwriting is only a courtesy.
func replaceShredding(dir, name string, content []byte) error {
	before := temporaryPrefix + "before-" + rand.Text()
	err := os.Link(filepath.Join(dir, name), filepath.Join(dir, before))
	if err == nil {
		err = replace(dir, name, content)
	}
	if err == nil {
		err = shred(dir, before)
	}
	if err != nil {
		return fmt.Errorf("destroy a key in %s: %w", name, err)
	}
	return nil
}

// readSmall reads a file of at most 64 KiB.
func readSmall(path string) ([]byte, error) {
	content, _, err := readUpTo(path, 1<<16)
	return content, err
}

// readUpTo reads a file that is no longer than a limit, and tells which file it was
// before it was read.
func readUpTo(path string, limit int64) ([]byte, os.FileInfo, error) {
	f, err := os.Open(path) //nolint:gosec // the operator's key folder or key file
	if err != nil {
		return nil, nil, err
	}
	file, err := f.Stat()
	var content []byte
	if err == nil {
		content, err = io.ReadAll(io.LimitReader(f, limit+1))
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, nil, err
	}
	if int64(len(content)) > limit {
		return nil, nil, fmt.Errorf("%s is larger than any key: %w", path, ErrIntegrity)
	}
	return content, file, nil
}

// resolve returns the absolute path with the links of its existing part
// followed.
func resolve(path string) string {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return filepath.Clean(path)
	}
	rest := ""
	for at := absolute; ; at = filepath.Dir(at) {
		real, err := filepath.EvalSymlinks(at)
		if err == nil {
			return filepath.Join(real, rest)
		}
		if at == filepath.Dir(at) {
			return absolute
		}
		rest = filepath.Join(filepath.Base(at), rest)
	}
}

func within(path, folder string) bool {
	relative, err := filepath.Rel(folder, path)
	return err == nil && (relative == "." || filepath.IsLocal(relative))
}
