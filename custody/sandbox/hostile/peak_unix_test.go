//go:build unix

package hostile_test

import "syscall"

// peak is the most memory that any child took.
func peak() int64 {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_CHILDREN, &used) != nil {
		return 0
	}
	return used.Maxrss << 10
}
