package sandbox

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// newShare makes memory that a child can be handed as an open file.
// Trust: its size is sealed, so that a child cannot take it away under the host.
func newShare(n int) (share, *os.File, error) {
	fd, err := unix.MemfdCreate("custos-reader", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return share{}, nil, fmt.Errorf("memory for a reader: %w", err)
	}
	f := os.NewFile(uintptr(fd), "shared memory") //nolint:gosec // a descriptor
	err = f.Truncate(int64(n) * slotSize)
	if err == nil {
		_, err = unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_SEAL)
	}
	if err != nil {
		return share{}, nil, errors.Join(fmt.Errorf("memory for a reader: %w", err), f.Close())
	}
	s, err := mapShare(f, n)
	if err != nil {
		return share{}, nil, errors.Join(err, f.Close())
	}
	return s, f, nil
}

// mapShare maps such memory.
func mapShare(f *os.File, n int) (share, error) {
	memory, err := unix.Mmap(int(f.Fd()), 0, n*slotSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED) //nolint:gosec // a descriptor
	if err != nil {
		return share{}, fmt.Errorf("map the memory shared with a reader: %w", err)
	}
	return share{slots: slotsOf(memory), shared: true, close: func() error { return unix.Munmap(memory) }}, nil
}

// keepOwn keeps every open file of this process, also what it was started with,
// out of the hands of programs that it starts.
func keepOwn() {
	_ = unix.CloseRange(3, ^uint(0), unix.CLOSE_RANGE_CLOEXEC) // an older kernel lacks it; then what was inherited is handed on
}
