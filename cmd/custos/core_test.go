//go:build unix

package main

import (
	"syscall"
	"testing"
)

// TestNoCores shows that the limit on core files is nothing, for this process and
// those that it starts, and cannot be raised by them again.
func TestNoCores(t *testing.T) {
	if err := refuseCores(); err != nil {
		t.Fatal(err)
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_CORE, &limit); err != nil || limit.Cur != 0 || limit.Max != 0 {
		t.Errorf("%+v, %v", limit, err)
	}
}
