// Package durable owns how a small file outlives a power cut: it is replaced
// whole, made durable before anybody is told, and changed by one hand at a time.
//
// It knows nothing of what the files say, and never repairs one.
package durable

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Replace makes content the content of the file at path, wholly or not at
// all. One caller at a time may replace one path.
//
// Durability: content and name are on disk when it returns nil. A crash leaves
// the old content, or the new, and perhaps a file named as this one with ".tmp"
// behind it, which the next call puts another in the place of.
func Replace(path string, content []byte, mode os.FileMode) error {
	temporary := path + ".tmp"
	file, err := Anew(temporary, mode)
	if err != nil {
		return err
	}
	if err := Write(file, content); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	if err := os.Rename(temporary, path); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return SyncFolder(filepath.Dir(path))
}

// link gives a file a second name; a test makes a disk of it that has none.
var link = os.Link

// Create writes a file that must not be there yet. Whoever comes second is refused and
// changes nothing.
//
// Durability: content and name are on disk when it returns nil. A crash leaves no file of
// that name, or the whole of it, and perhaps one beside it named .new-* that means nothing;
// it is in nobody's way. Only on a disk that knows no second names, as many sticks are,
// can it leave a part under the name itself.
// Errors: fs.ErrExist when there is anything of that name.
func Create(path string, content []byte, mode os.FileMode) error {
	temporary := filepath.Join(filepath.Dir(path), ".new-"+rand.Text())
	if err := writeNew(temporary, content, mode); err != nil {
		return err
	}
	err := link(temporary, path) // unlike a new name, it never takes the place of what is there
	if err != nil && !errors.Is(err, fs.ErrExist) {
		err = writeNew(path, content, mode)
	}
	if err := errors.Join(err, os.Remove(temporary)); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(path))
}

// writeNew writes a file of a name that nothing has. What it could not end it takes away.
func writeNew(path string, content []byte, mode os.FileMode) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	if err := Write(file, content); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// Anew makes an empty file in the place of one that is there. A link under its name is
// taken away and not followed: the disk may be one that somebody else had. A folder of
// that name stays, and no file is made.
func Anew(path string, mode os.FileMode) (*os.File, error) {
	if info, err := os.Lstat(path); err == nil && !info.IsDir() {
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
}

// Write writes content to an open file, makes it durable and closes the file.
func Write(file *os.File, content []byte) error {
	_, err := file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// SyncFolder makes the names in a folder durable. Windows has no such call and
// needs none.
func SyncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
