//go:build !unix

package sandbox

import "os"

// broken says with which code a process ended without an answer.
func broken(state *os.ProcessState, said string, _ Limits) error {
	if state.ExitCode() == exitSetUp {
		return setUpFailed(said)
	}
	return stopped(reasonExit, state.ExitCode())
}

// brokenPipe tells whether the child went away while it was spoken to.
func brokenPipe(error) bool { return false }
