//go:build amd64 || arm64

package sandbox

import (
	"time"

	"golang.org/x/sys/unix"
)

// LateTimers lets what this process waits for by the clock come up to 4 milliseconds
// late. While anything runs, the watcher of the Go runtime sleeps 20 us at a time, and in
// an import, where two processes wait for each other, it is never told to rest longer:
// its waking costs some hundredths of the processor's time.
// A program that is linked with C does so on this thread only.
func LateTimers() {
	_ = everywhere(unix.SYS_PRCTL, unix.PR_SET_TIMERSLACK, uintptr(4*time.Millisecond)) // it is right without, and slower
}
