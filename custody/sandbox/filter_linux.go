//go:build linux && (amd64 || arm64)

package sandbox

import (
	"os"

	"golang.org/x/sys/unix"
)

// Where a filter finds what is called.
// Source: linux/seccomp.h, struct seccomp_data.
const (
	atCall         = 0
	atArchitecture = 4
	atArgument     = 16 // the low half of the first; 8 bytes each
)

// calls are what a program of Go needs to compute, to wait and to speak through
// descriptors that it already holds.
func calls() []uint32 {
	return []uint32{
		unix.SYS_READ, unix.SYS_WRITE, unix.SYS_PREAD64, unix.SYS_PWRITE64, unix.SYS_CLOSE, unix.SYS_FCNTL,
		unix.SYS_MUNMAP, unix.SYS_MADVISE, unix.SYS_MINCORE, unix.SYS_BRK,
		unix.SYS_FUTEX, unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP, unix.SYS_CLOCK_GETTIME, unix.SYS_GETTIMEOFDAY,
		unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY, unix.SYS_GETPID, unix.SYS_GETTID, unix.SYS_GETRANDOM,
		unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_SIGALTSTACK, unix.SYS_RESTART_SYSCALL,
		unix.SYS_SET_ROBUST_LIST, unix.SYS_RSEQ, unix.SYS_EXIT, unix.SYS_EXIT_GROUP,
		unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT, unix.SYS_EVENTFD2,
	}
}

// allowed is the filter: this architecture, the calls above, new threads but no
// new process, no executable memory, signals to this process alone.
func allowed() []unix.SockFilter {
	const kill, errno = unix.SECCOMP_RET_KILL_PROCESS, unix.SECCOMP_RET_ERRNO
	f := filter{}
	f.load(atArchitecture)
	f.unless(architecture, kill)
	f.load(atCall)
	for _, call := range calls() {
		f.when(call, unix.SECCOMP_RET_ALLOW)
	}
	f.when(unix.SYS_CLONE3, errno|uint32(unix.ENOSYS)) // its arguments cannot be seen; clone is tried next
	f.bits(unix.SYS_CLONE, 0, unix.CLONE_THREAD, unix.CLONE_THREAD)
	f.bits(unix.SYS_MMAP, 2, unix.PROT_EXEC, 0)
	f.bits(unix.SYS_MPROTECT, 2, unix.PROT_EXEC, 0)
	f.bits(unix.SYS_TGKILL, 0, ^uint32(0), uint32(os.Getpid())) //nolint:gosec // a process id
	f.end(kill)
	return f
}

// filter is a program of the kernel's packet filter.
type filter []unix.SockFilter

func (f *filter) add(code uint16, k uint32, yes, no uint8) {
	*f = append(*f, unix.SockFilter{Code: code, K: k, Jt: yes, Jf: no})
}

func (f *filter) load(at uint32) { f.add(unix.BPF_LD|unix.BPF_W|unix.BPF_ABS, at, 0, 0) }

func (f *filter) end(verdict uint32) { f.add(unix.BPF_RET|unix.BPF_K, verdict, 0, 0) }

// when ends with the verdict if the value loaded is k.
func (f *filter) when(k, verdict uint32) {
	f.add(unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K, k, 0, 1)
	f.end(verdict)
}

// unless ends with the verdict if the value loaded is not k.
func (f *filter) unless(k, verdict uint32) {
	f.add(unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K, k, 1, 0)
	f.end(verdict)
}

// bits allows a call whose argument has, under a mask, exactly these bits, and
// ends the process for any other such call.
func (f *filter) bits(call uint32, argument int, mask, want uint32) {
	f.add(unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K, call, 0, 5)
	f.load(atArgument + 8*uint32(argument)) //nolint:gosec // at most 5
	f.add(unix.BPF_ALU|unix.BPF_AND|unix.BPF_K, mask, 0, 0)
	f.add(unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K, want, 0, 1)
	f.end(unix.SECCOMP_RET_ALLOW)
	f.end(unix.SECCOMP_RET_KILL_PROCESS)
}
