package blob

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePage is the size of the larger pages of memory.
const hugePage = 2 << 20

// pages returns memory that begins at a page, and what gives it back; as much as a large
// page holds stands in one if the system has one.
func pages(size int) ([]byte, func()) {
	ask := size
	if size >= hugePage {
		ask += hugePage // somewhere in it one begins
	}
	all, err := unix.Mmap(-1, 0, ask, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return make([]byte, size), func() {}
	}
	room := all[:size]
	if size >= hugePage {
		before := -int(uintptr(unsafe.Pointer(&all[0]))) & (hugePage - 1) //nolint:gosec // an address is only counted with
		room = all[before : before+size]
		_ = unix.Madvise(room, unix.MADV_HUGEPAGE) // small pages do as well
	}
	return room, func() { _ = unix.Munmap(all) }
}

// straight has what is written to a file go past the memory that the system keeps of
// files, or no longer, and tells whether it could be done.
func straight(f *os.File, on bool) bool {
	conn, err := f.SyscallConn()
	if err != nil {
		return false
	}
	done := false
	err = conn.Control(func(fd uintptr) {
		flags, err := unix.FcntlInt(fd, unix.F_GETFL, 0)
		if err != nil {
			return
		}
		if flags &^= unix.O_DIRECT; on {
			flags |= unix.O_DIRECT
		}
		_, err = unix.FcntlInt(fd, unix.F_SETFL, flags)
		done = err == nil
	})
	return err == nil && done
}
