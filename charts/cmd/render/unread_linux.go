package main

import (
	"os"
	"syscall"
	"unsafe"
)

// unread is how many bytes lie in the pipe: FIONREAD, pipe(7).
func unread(f *os.File) (n int, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return 0, err
	}
	var c int32
	var errno syscall.Errno
	err = raw.Control(func(fd uintptr) {
		_, _, errno = syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCINQ, uintptr(unsafe.Pointer(&c)))
	})
	if err == nil && errno != 0 {
		err = errno
	}
	return int(c), err
}
