//go:build unix

package sandbox

import (
	"errors"
	"os"
	"strings"
	"syscall"
)

// broken says why a process ended without an answer, from how it ended and what
// it used. Of what it said, only that its memory was at an end is looked for.
func broken(state *os.ProcessState, said string, limits Limits) error {
	status, known := state.Sys().(syscall.WaitStatus)
	used := state.UserTime() + state.SystemTime()
	switch {
	case !known:
		return stopped(reasonExit, state.ExitCode())
	case status.Signaled() && status.Signal() == syscall.SIGSYS:
		return stopped(reasonForbidden)
	case status.Signaled() && status.Signal() == syscall.SIGXCPU, used >= limits.CPU:
		return stopped(reasonCPU, limits.CPU)
	case outOfMemory(said):
		return stopped(reasonMemory, limits.Memory>>20)
	case status.Signaled():
		return stopped(reasonSignal, int(status.Signal()))
	case status.ExitStatus() == exitSetUp:
		return setUpFailed(said)
	}
	return stopped(reasonExit, status.ExitStatus())
}

// outOfMemory tells whether the runtime gave up for want of memory: for the
// heap, its maps, a stack or a thread.
func outOfMemory(said string) bool {
	for _, words := range []string{"out of memory", "cannot allocate memory", "cannot map pages", "failed to create new OS thread", "pthread_create failed"} {
		if strings.Contains(said, words) {
			return true
		}
	}
	return false
}

// brokenPipe tells whether the child went away while it was spoken to.
func brokenPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }
