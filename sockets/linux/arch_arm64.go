//go:build linux

package linux

import (
	"time"

	"golang.org/x/sys/unix"
)

// O_DIRECT and O_LARGEFILE on x86-64; on arm64 these numbers are O_DIRECTORY's
// and O_NOFOLLOW's (arch/arm64/include/uapi/asm/fcntl.h).
const (
	direct       = 0o40000
	largeFile    = 0o100000
	armLargeFile = 0o400000
)

// statusFlags and ownFlags turn the flags of open(2) from the numbers of
// package sockets, which are x86-64's, into the kernel's and back.
func statusFlags(f int) int { return swap(swap(f, direct, unix.O_DIRECT), largeFile, armLargeFile) }
func ownFlags(f int) int    { return swap(swap(f, unix.O_DIRECT, direct), armLargeFile, largeFile) }

// swap exchanges two bits.
func swap(f, a, b int) int {
	rest := f &^ (a | b)
	if f&a != 0 {
		rest |= b
	}
	if f&b != 0 {
		rest |= a
	}
	return rest
}

// Four calls that arm64 has in a new form only. They are made as the C library
// makes them.

func (o *order) poll(list uintptr, nfds uint32, timeout time.Duration) (int, error) {
	return o.do(unix.SYS_PPOLL, list, uintptr(nfds), o.timespec(timeout), 0, 0)
}

func (o *order) selectSets(nfds int, at [3]uintptr, timeout time.Duration) (int, error) {
	return o.do(unix.SYS_PSELECT6, num(nfds), at[0], at[1], at[2], o.timespec(timeout), 0)
}

func (o *order) epollWait(epfd int, at uintptr, maxEvents int, timeout time.Duration) (int, error) {
	return o.do(unix.SYS_EPOLL_PWAIT, num(epfd), at, num(maxEvents), milliseconds(timeout), 0, 8)
}

func (k *thread) Dup2(old, new int) (int, error) {
	if old == new {
		if _, err := k.simple("dup2", old, unix.SYS_FCNTL, num(old), unix.F_GETFD); err != nil {
			return -1, err
		}
		return new, nil
	}
	return k.simple("dup2", old, unix.SYS_DUP3, num(old), num(new), 0)
}
