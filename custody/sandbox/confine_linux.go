//go:build linux && (amd64 || arm64)

package sandbox

import (
	"errors"
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Confined says what a reader gives up on this machine.
func Confined() Confinement {
	c := Confinement{System: "linux", Enforced: []string{
		"no environment, no descriptor but its two pipes and the shared memory",
		"seccomp: only the calls of an allow-list; any other ends the process (no file, socket, process, key, mount or clock can be opened or changed; no memory can be made executable)",
		"limits: memory, processor time, time, bytes written; no file growth, no core dump",
	}}
	if landlockVersion() > 0 {
		c.Enforced = append(c.Enforced, "Landlock: no file and no TCP port, also without the allow-list")
	} else {
		c.Missing = append(c.Missing, "Landlock is not there: the allow-list alone keeps files and sockets out")
	}
	return c
}

// confine gives up everything that the reading of a file does not need. After
// it the process can compute, and use what it holds.
// Errors: when the limits or the allow-list cannot be set; the kernel must have
// seccomp. Landlock is used where it is there.
func confine(limits Limits) error {
	for _, l := range []struct {
		name     string
		resource int
		most     uint64
	}{
		{"memory", unix.RLIMIT_DATA, limits.Memory + dataSlack},
		{"processor time", unix.RLIMIT_CPU, uint64(limits.CPU.Seconds()) + 1},
		{"file size", unix.RLIMIT_FSIZE, 0},
		{"core dumps", unix.RLIMIT_CORE, 0},
		{"descriptors", unix.RLIMIT_NOFILE, descriptors},
	} {
		if err := unix.Setrlimit(l.resource, &unix.Rlimit{Cur: l.most, Max: l.most}); err != nil {
			return fmt.Errorf("limit of %s: %w", l.name, err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("no core dump: %w", err)
	}
	if err := everywhere(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1); err != nil {
		return fmt.Errorf("no new privileges: %w", err)
	}
	if err := landlock(); err != nil {
		return fmt.Errorf("landlock: %w", err)
	}
	return allowOnly(allowed())
}

const (
	dataSlack   = 64 << 20 // the program's own data, and the runtime's
	descriptors = 32
)

// everywhere makes a call on every thread of the process. A program that is
// linked with C makes it on this thread only; the allow-list, which holds for
// all, does not rest on it.
func everywhere(call, a, b uintptr) error {
	_, _, errno := syscall.AllThreadsSyscall(call, a, b, 0)
	if errno == syscall.ENOTSUP {
		_, _, errno = unix.Syscall(call, a, b, 0)
	}
	if errno != 0 {
		return errno
	}
	return nil
}

// landlockVersion returns the version of the interface, or 0.
func landlockVersion() int {
	v, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0
	}
	return int(v) //nolint:gosec // a small number
}

// landlock forbids every access to files and, where the kernel can, to TCP
// ports: a rule set that handles them all and allows none.
func landlock() error {
	version := landlockVersion()
	if version == 0 {
		return nil
	}
	const (
		firstFiles = 1<<13 - 1 // of version 1: execute to make-sym
		refer      = 1 << 13
		truncate   = 1 << 14
		ioctl      = 1 << 15
		tcp        = 1<<0 | 1<<1
	)
	rules := struct{ files, net uint64 }{files: firstFiles}
	size := uintptr(8)
	if version >= 2 {
		rules.files |= refer
	}
	if version >= 3 {
		rules.files |= truncate
	}
	if version >= 4 {
		rules.net, size = tcp, 16
	}
	if version >= 5 {
		rules.files |= ioctl
	}
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&rules)), size, 0) //nolint:gosec // the call takes an address
	if errno != 0 {
		return errno
	}
	err := everywhere(unix.SYS_LANDLOCK_RESTRICT_SELF, fd, 0)
	return errors.Join(err, unix.Close(int(fd))) //nolint:gosec // a descriptor
}

// allowOnly puts the filter on every thread.
func allowOnly(filter []unix.SockFilter) error {
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]} //nolint:gosec // short
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC,
		uintptr(unsafe.Pointer(&program))) //nolint:gosec // the call takes an address
	if errno != 0 {
		return fmt.Errorf("seccomp: %w", errno)
	}
	return nil
}
