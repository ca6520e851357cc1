package store

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockOffset lies behind the text of the file, which stays readable: a lock of
// Windows keeps others from reading what it covers.
const lockOffset = 1 << 20

// tryLock locks the file, or returns errLocked at once.
func tryLock(file *os.File) error {
	err := windows.LockFileEx(windows.Handle(file.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY,
		0, 1, 0, &windows.Overlapped{Offset: lockOffset})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return errLocked
	}
	return err
}

// unlock does nothing: closing the file gives the lock back.
func unlock(*os.File) error { return nil }
