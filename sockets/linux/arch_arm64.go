//go:build linux

package linux

import (
	"time"

	"golang.org/x/sys/unix"
)

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
