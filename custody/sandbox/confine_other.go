//go:build !linux || !(amd64 || arm64)

package sandbox

import "runtime"

// Confined says what a reader gives up on this machine.
func Confined() Confinement {
	return Confinement{
		System: runtime.GOOS + "/" + runtime.GOARCH,
		Enforced: []string{
			"a process of its own: one that breaks takes nothing with it",
			"no environment, no descriptor but its two pipes",
			"limits: time, bytes written; of memory a soft one",
		},
		Missing: []string{
			"the system has no allow-list of calls that this program can use: a reader that a file had taken over could open what its user can open",
		},
	}
}

// confine has nothing to give up here.
func confine(Limits) error { return nil }
