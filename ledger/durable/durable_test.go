package durable_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"custos.example/ledger/durable"
)

// TestReplace shows that a file is replaced whole, also over what a killed writer
// left, and that a file that cannot be replaced stays as it was.
func TestReplace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path+".tmp", []byte("half of something much longer"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"one", "a second one", ""} {
		if err := durable.Replace(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Fatalf("%q, %v; want %q", got, err, want)
		}
		if _, err := os.Stat(path + ".tmp"); !os.IsNotExist(err) {
			t.Errorf("something is left behind: %v", err)
		}
	}
	if err := os.Mkdir(path+".tmp", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := durable.Replace(path, []byte("new"), 0o600); err == nil {
		t.Fatal("replaced although nothing could be written")
	}
	if got, err := os.ReadFile(path); err != nil || len(got) > 0 {
		t.Fatalf("%q, %v", got, err)
	}
}

// TestReplaceFollowsNoLink replaces a file where somebody laid another name of a file of
// theirs, in its place and in that of what is written first: that file stays as it was.
// The control is a plain file in both places.
func TestReplaceFollowsNoLink(t *testing.T) {
	for name, lay := range map[string]func(victim, path string) error{
		"a link":                               os.Symlink,
		"a second name of the same file":       os.Link,
		"control: the rest of another writing": func(_, path string) error { return os.WriteFile(path, []byte("the first half"), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			victim, path := filepath.Join(folder, "notes"), filepath.Join(folder, "f")
			if err := errors.Join(os.WriteFile(victim, []byte("mine"), 0o600), lay(victim, path), lay(victim, path+".tmp")); err != nil {
				t.Fatal(err)
			}
			if err := durable.Replace(path, []byte("new"), 0o600); err != nil {
				t.Error(err)
			}
			for file, want := range map[string]string{victim: "mine", path: "new"} {
				if text, err := os.ReadFile(file); err != nil || string(text) != want {
					t.Errorf("%s holds %q, want %q: %v", filepath.Base(file), text, want, err)
				}
			}
			if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
				t.Errorf("it is %v: %v", info, err)
			}
		})
	}
}

// TestLock lets many hands change one file in turn: no change is lost. Control:
// without the lock some are.
func TestLock(t *testing.T) {
	count := func(lock func() func()) int {
		path := filepath.Join(t.TempDir(), "n")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		var hands sync.WaitGroup
		for range 8 {
			hands.Go(func() {
				for range 20 {
					release := lock()
					content, err := os.ReadFile(path)
					if err == nil {
						err = os.WriteFile(path, append(content, 'x'), 0o600)
					}
					if err != nil {
						t.Error(err)
					}
					release()
				}
			})
		}
		hands.Wait()
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return len(content)
	}
	name := filepath.Join(t.TempDir(), "lock")
	locked := count(func() func() {
		l, err := durable.Lock(name)
		if err != nil {
			t.Error(err)
			return func() {}
		}
		return func() {
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	if locked != 160 {
		t.Errorf("%d of 160 changes are left", locked)
	}
	for range 50 {
		if count(func() func() { return func() {} }) < 160 {
			return
		}
	}
	t.Error("control: without the lock nothing was lost either, 50 times")
}

// TestTryLock lets one opening of a file have it at a time. Control: once it is closed,
// the next gets it.
func TestTryLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	take := func() (*os.File, bool) {
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		got, err := durable.TryLock(file)
		if err != nil {
			t.Fatal(err)
		}
		return file, got
	}
	first, got := take()
	if !got {
		t.Fatal("nobody has it, and it was refused")
	}
	if second, got := take(); got || second.Close() != nil {
		t.Error("two have it")
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if third, got := take(); !got || third.Close() != nil {
		t.Error("control: it was given back, and is refused")
	}
}
