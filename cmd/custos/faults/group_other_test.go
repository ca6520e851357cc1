//go:build !unix

package faults_test

import (
	"os/exec"
	"syscall"
)

// ownGroup does nothing here.
func ownGroup(*exec.Cmd) {}

// abort ends the process.
func (c *child) abort(syscall.Signal) { _ = c.cmd.Process.Kill() }
