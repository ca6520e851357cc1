//go:build unix

package main

import "syscall"

// refuseCores keeps what is in memory, keys and evidence, from being written to
// disk when the process is ended by a fault.
func refuseCores() error { return syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) }
