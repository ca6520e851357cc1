//go:build unix

package faults_test

import (
	"os/exec"
	"syscall"
)

// ownGroup lets a command and all that it starts be ended together.
func ownGroup(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// abort sends a signal to a process and to all that it started.
func abort(pid int, signal syscall.Signal) { _ = syscall.Kill(-pid, signal) }
