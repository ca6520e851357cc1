//go:build unix

package hostile_test

import (
	"syscall"
	"time"
)

// peak is the most memory that any child took.
func peak() int64 {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_CHILDREN, &used) != nil {
		return 0
	}
	return used.Maxrss << 10
}

// processor is the processor time that this process and its children have taken,
// which a busy machine does not add to.
func processor() (sum time.Duration) {
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var used syscall.Rusage
		if syscall.Getrusage(who, &used) == nil {
			sum += time.Duration(used.Utime.Nano() + used.Stime.Nano())
		}
	}
	return sum
}
