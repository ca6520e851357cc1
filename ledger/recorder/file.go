package recorder

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// replaceFile makes content the content of the file at path, wholly or not at
// all. One caller at a time may replace one path.
//
// Durability: content and name are on disk when it returns nil. A crash leaves
// the old content, or the new, and perhaps a file named as this one with ".tmp"
// behind it, which the next call overwrites.
func replaceFile(path string, content []byte, mode os.FileMode) error {
	temporary := path + ".tmp"
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	if err := writeAll(file, content); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	if err := os.Rename(temporary, path); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return syncFolder(filepath.Dir(path))
}

// writeAll writes content, makes it durable and closes the file.
func writeAll(file *os.File, content []byte) error {
	_, err := file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// syncFolder makes the names in a folder durable. Windows has no such call and
// needs none.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
