package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"custos.example/custody/bundle"
)

// keepNew writes a file that must not be there yet. It has its name only when it is whole
// and on disk, so that half a file is never found under it.
// Errors: fs.ErrExist when the name is taken; those of write and of the file system.
func keepNew(path string, write func(io.Writer) error) error {
	if _, err := os.Lstat(path); err == nil {
		return &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	}
	return keepAs(path, named, write)
}

// keepAnew is keepNew for a file that takes the place of the one before.
func keepAnew(path string, write func(io.Writer) error) error {
	return keepAs(path, os.Rename, write)
}

func keepAs(path string, name func(temporary, path string) error, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".custos-verify-*")
	if err != nil {
		return err
	}
	if err = write(f); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = name(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// named gives a file its name, unless that is taken meanwhile.
func named(temporary, path string) error {
	err := os.Link(temporary, path)
	if err == nil {
		return os.Remove(temporary)
	}
	if errors.Is(err, fs.ErrExist) {
		return err
	}
	// A disk without second names, such as that of many sticks.
	if _, err := os.Lstat(path); err == nil {
		return &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	}
	return os.Rename(temporary, path)
}

// otherName says whether a file could not be written because of the name that was given.
func otherName(err error) bool {
	for _, known := range []error{fs.ErrExist, fs.ErrNotExist, fs.ErrPermission, syscall.ENOTDIR, syscall.EISDIR} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// ofFiles says whether an error is one of the file system.
func ofFiles(err error) bool {
	path, names := new(fs.PathError), new(os.LinkError)
	return errors.As(err, &path) || errors.As(err, &names)
}

// notWritten says why a file could not be written. It returns the exit code: wrong use
// when another name would do, a fault when the disk failed.
func notWritten(stderr io.Writer, err error) int {
	switch {
	case errors.Is(err, errUsage):
		return fail(stderr, err)
	case otherName(err):
		return fail(stderr, fmt.Errorf("%w: %w", errUsage, err))
	}
	_, _ = fmt.Fprintf(stderr, "custos-verify: a file could not be read or written, which says nothing about the bundle or the parts: %s\n", bundle.ASCII(err.Error()))
	return bundle.ExitFault
}
