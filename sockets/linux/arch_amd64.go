//go:build linux

package linux

import (
	"time"

	"golang.org/x/sys/unix"
)

// statusFlags and ownFlags turn the flags of open(2) from the numbers of
// package sockets, which are x86-64's, into the kernel's and back.
func statusFlags(f int) int { return f }
func ownFlags(f int) int    { return f }

// Four calls that x86-64 has, and younger architectures in a new form only.
// They are made as a C program's are, so that strace shows the same.

func (o *order) poll(list uintptr, nfds uint32, timeout time.Duration) (int, error) {
	return o.do(unix.SYS_POLL, list, uintptr(nfds), milliseconds(timeout))
}

func (o *order) selectSets(nfds int, at [3]uintptr, timeout time.Duration) (int, error) {
	if timeout >= 0 && timeout%time.Microsecond != 0 {
		return o.do(unix.SYS_PSELECT6, num(nfds), at[0], at[1], at[2], o.timespec(timeout), 0)
	}
	return o.do(unix.SYS_SELECT, num(nfds), at[0], at[1], at[2], o.timeval(timeout))
}

func (o *order) epollWait(epfd int, at uintptr, maxEvents int, timeout time.Duration) (int, error) {
	return o.do(unix.SYS_EPOLL_WAIT, num(epfd), at, num(maxEvents), milliseconds(timeout))
}

func (k *thread) Dup2(old, new int) (int, error) {
	return k.simple("dup2", old, unix.SYS_DUP2, num(old), num(new))
}
