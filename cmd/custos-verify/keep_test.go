package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"custos.example/custody/bundle"
)

// TestHalfAFileHasNoName breaks off the writing of files: nothing is found under the name, nor
// beside it, and what had the name before has it still. Control: what is written whole is there.
func TestHalfAFileHasNoName(t *testing.T) {
	folder := t.TempDir()
	broken := &fs.PathError{Op: "write", Path: "f", Err: syscall.ENOSPC}
	half := func(w io.Writer) error {
		if _, err := io.WriteString(w, "half"); err != nil {
			return err
		}
		return broken
	}
	whole := func(w io.Writer) error { _, err := io.WriteString(w, "whole"); return err }
	fresh, old := filepath.Join(folder, "fresh"), filepath.Join(folder, "old")
	if err := os.WriteFile(old, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		keep func(string, func(io.Writer) error) error
		path string
	}{"a new file": {keepNew, fresh}, "in the place of one": {keepAnew, old}} {
		if err := c.keep(c.path, half); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := keepNew(old, whole); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file: %v", err)
	}
	list, err := os.ReadDir(folder)
	if err != nil || len(list) != 1 {
		t.Errorf("%d files are there: %v", len(list), err)
	}
	if text, err := os.ReadFile(old); err != nil || string(text) != "before" {
		t.Errorf("%q, %v", text, err)
	}
	for path, keep := range map[string]func(string, func(io.Writer) error) error{fresh: keepNew, old: keepAnew} {
		if err := keep(path, whole); err != nil {
			t.Error("control:", err)
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != "whole" {
			t.Errorf("control: %q, %v", text, err)
		}
	}
	if err := named(fresh, old); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a name that was taken meanwhile: %v", err)
	}
}

// TestDiskIsNoWrongUse holds a disk that fails apart from a name that cannot be had.
func TestDiskIsNoWrongUse(t *testing.T) {
	for why, want := range map[error]int{
		syscall.ENOSPC: bundle.ExitFault, syscall.EIO: bundle.ExitFault,
		fs.ErrExist: bundle.ExitUsage, fs.ErrPermission: bundle.ExitUsage, syscall.ENOTDIR: bundle.ExitUsage,
	} {
		for _, err := range []error{&fs.PathError{Op: "write", Path: "f", Err: why}, &os.LinkError{Op: "link", Old: "a", New: "b", Err: why}} {
			var said bytes.Buffer
			if code := (&joining{}).failed(&said, fmt.Errorf("joining: %w", err)); code != want || !strings.Contains(said.String(), "joining: ") {
				t.Errorf("%v: exit %d, not %d: %s", err, code, want, said.String())
			}
			if code := notWritten(&said, err); code != want {
				t.Errorf("%v: exit %d, not %d", err, code, want)
			}
		}
	}
	var said bytes.Buffer
	if code := (&joining{}).failed(&said, errors.New("another key")); code != bundle.ExitUsage {
		t.Errorf("control: what is no fault of the disk: exit %d", code)
	}
}
