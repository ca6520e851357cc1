package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"custos.example/custody"
)

// errLocked says that another process holds the data folder.
var errLocked = errors.New("the data folder is in use by another process")

// lockName is the file whose lock is the right to open the folder's database.
const lockName = "custos.lock"

// folderLock is a held lock. The operating system releases it when the process
// ends, however it ends.
type folderLock struct {
	file *os.File
}

// lockFolder takes the lock of a data folder, or says who has it.
// Errors: errLocked.
func lockFolder(folder string) (*folderLock, error) {
	path := filepath.Join(folder, lockName)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the folder is the operator's choice
	if err != nil {
		return nil, fmt.Errorf("open the lock of the data folder: %w", err)
	}
	if err := tryLock(file); err != nil {
		holder := readHolder(file)
		_ = file.Close() // nothing was written to it
		if errors.Is(err, errLocked) {
			return nil, fmt.Errorf("%w%s: %s: end that process, or let it do the work: %w", errLocked, holder, path, custody.ErrPushback)
		}
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	if err := writeHolder(file); err != nil {
		_ = file.Close() // the error to tell is the one above
		return nil, fmt.Errorf("write the lock of the data folder: %w", err)
	}
	return &folderLock{file}, nil
}

func (l *folderLock) release() error { return errors.Join(unlock(l.file), l.file.Close()) }

func writeHolder(file *os.File) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// readHolder returns " (process N)" for a message, or nothing.
func readHolder(file *os.File) string {
	text := make([]byte, 32)
	n, _ := file.ReadAt(text, 0) // a short read is the usual case
	if _, err := strconv.Atoi(strings.TrimSpace(string(text[:n]))); err != nil {
		return ""
	}
	return " (process " + strings.TrimSpace(string(text[:n])) + ")"
}
