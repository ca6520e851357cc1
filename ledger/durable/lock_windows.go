package durable

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/windows"
)

// Lock waits until this is the only holder of the file at path, other
// openings by this process included. Closing what it returns gives the lock
// back.
func Lock(path string) (io.Closer, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = windows.LockFileEx(windows.Handle(file.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, &windows.Overlapped{})
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}
