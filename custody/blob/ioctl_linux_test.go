package blob

import (
	"syscall"
	"unsafe"
)

func ioctl(fd uintptr, request uintptr, arg *uint32) error {
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(unsafe.Pointer(arg)))
	if errno != 0 {
		return errno
	}
	return nil
}
