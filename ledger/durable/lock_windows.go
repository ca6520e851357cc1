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

// TryLock makes an open file this opening's alone until it is closed, or tells that
// another opening has it, in this process or elsewhere.
func TryLock(file *os.File) (bool, error) {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	// The byte that is locked lies behind any content, which others may ask the length of.
	err := windows.LockFileEx(windows.Handle(file.Fd()), flags, 0, 1, 0, &windows.Overlapped{OffsetHigh: 1 << 30})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}
