//go:build unix

package durable

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Lock waits until this is the only holder of the file at path, other
// openings by this process included. Closing what it returns gives the lock
// back, even when the file itself cannot be closed.
func Lock(path string) (io.Closer, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX)
		if err == nil {
			return held{file}, nil
		}
		if !errors.Is(err, unix.EINTR) {
			return nil, errors.Join(err, file.Close())
		}
	}
}

// TryLock makes an open file this opening's alone until it is closed, or tells that
// another opening has it, in this process or elsewhere.
func TryLock(file *os.File) (bool, error) {
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, unix.EWOULDBLOCK):
			return false, nil
		case !errors.Is(err, unix.EINTR):
			return false, err
		}
	}
}

// held is a lock that is held.
type held struct{ file *os.File }

// Close gives the lock back. It does not leave that to closing the file, which
// may fail and leave the lock with a descriptor that nobody has any more.
func (h held) Close() error {
	return errors.Join(unix.Flock(int(h.file.Fd()), unix.LOCK_UN), h.file.Close())
}
