package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// TestCreate makes files beside what creations that were cut short left, also on a disk
// that knows no second names: it is whole, nothing more is left behind, and what is there
// already stays. The control is what was done before: half a file of that very name is in
// the way, as any other file is.
func TestCreate(t *testing.T) {
	for name, with := range map[string]func(old, path string) error{
		"with second names": os.Link, "without": func(string, string) error { return errors.ErrUnsupported },
	} {
		t.Run(name, func(t *testing.T) {
			link = with
			defer func() { link = os.Link }()
			folder := t.TempDir()
			path, left := filepath.Join(folder, "f"), filepath.Join(folder, ".new-LEFT")
			if err := os.WriteFile(left, []byte("hal"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := Create(path, []byte("whole"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := Create(path, []byte("another"), 0o600); !errors.Is(err, fs.ErrExist) {
				t.Errorf("over a file that is there: %v", err)
			}
			if text, err := os.ReadFile(path); err != nil || string(text) != "whole" {
				t.Errorf("it holds %q, %v", text, err)
			}
			if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
				t.Errorf("it is %v, %v", info, err)
			}
			if list, err := os.ReadDir(folder); err != nil || len(list) != 2 {
				t.Errorf("%v, %v", list, err)
			}
			half := filepath.Join(folder, "half")
			if err := errors.Join(os.WriteFile(half, nil, 0o600), Create(half, []byte("whole"), 0o600)); !errors.Is(err, fs.ErrExist) {
				t.Errorf("control: half a file of that name: %v", err)
			}
			if err := Create(filepath.Join(folder, "nowhere", "f"), nil, 0o600); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("in a folder that is not there: %v", err)
			}
		})
	}
}

// TestCreateAtOnce lets many make one file: one of them does, and it holds what that one
// wrote.
func TestCreateAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	var hands sync.WaitGroup
	var first atomic.Int32
	for i := range byte(16) {
		hands.Go(func() {
			switch err := Create(path, []byte{i}, 0o600); {
			case err == nil && !first.CompareAndSwap(0, int32(i)+1):
				t.Error("two have made it")
			case err != nil && !errors.Is(err, fs.ErrExist):
				t.Error(err)
			}
		})
	}
	hands.Wait()
	if text, err := os.ReadFile(path); err != nil || len(text) != 1 || int32(text[0])+1 != first.Load() {
		t.Errorf("%d made it, and it holds %v: %v", first.Load()-1, text, err)
	}
}
