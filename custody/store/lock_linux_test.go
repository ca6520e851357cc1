package store

import (
	"testing"

	"golang.org/x/sys/unix"
)

// TestLockIsGivenBackBesideAStartingChild lets another descriptor of the lock
// outlive its holder, as one does in a child process between fork and exec.
func TestLockIsGivenBackBesideAStartingChild(t *testing.T) {
	folder := t.TempDir()
	lock, err := lockFolder(folder)
	if err != nil {
		t.Fatal(err)
	}
	child, err := unix.Dup(int(lock.file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(child)
	if _, err := lockFolder(folder); err == nil { // the control
		t.Fatal("a held lock was given twice")
	}
	if err := lock.release(); err != nil {
		t.Fatal(err)
	}
	again, err := lockFolder(folder)
	if err != nil {
		t.Fatalf("the lock was released and is held: %v", err)
	}
	if err := again.release(); err != nil {
		t.Fatal(err)
	}
}
