//go:build linux && (amd64 || arm64)

package linux

import (
	"encoding/binary"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"socketbook/sockets"
)

// timespec is a time to wait, as ppoll and pselect6 take it: none for ever.
func (o *order) timespec(d time.Duration) uintptr {
	if d < 0 {
		return 0
	}
	b := binary.NativeEndian.AppendUint64(nil, uint64(d/time.Second))
	at, _ := o.put(binary.NativeEndian.AppendUint64(b, uint64(d%time.Second)))
	return at
}

// timeval is the same for select.
func (o *order) timeval(d time.Duration) uintptr {
	if d < 0 {
		return 0
	}
	b := binary.NativeEndian.AppendUint64(nil, uint64(d/time.Second))
	at, _ := o.put(binary.NativeEndian.AppendUint64(b, uint64(d%time.Second/time.Microsecond)))
	return at
}

// milliseconds is the same for poll and epoll_wait. What is left over counts as
// one more, as everywhere.
func milliseconds(d time.Duration) uintptr {
	if d < 0 {
		return ^uintptr(0)
	}
	return uintptr((d + time.Millisecond - 1) / time.Millisecond)
}

const sizeofPollfd = 8

func (k *thread) Poll(fds []sockets.PollFD, nfds int, timeout time.Duration) (int, error) {
	o := k.t.order()
	defer o.end()
	list, b := o.room(sizeofPollfd * len(fds))
	for i, f := range fds {
		if o.err != nil {
			break
		}
		binary.NativeEndian.PutUint32(b[sizeofPollfd*i:], uint32(f.FD))
		binary.NativeEndian.PutUint16(b[sizeofPollfd*i+4:], uint16(f.Events))
	}
	if uint32(nfds) > uint32(len(fds)) && o.err == nil {
		list = o.cliff(b)
	}
	n, err := o.poll(list, uint32(nfds), timeout)
	if err != nil {
		return -1, failed("poll", -1, "", err)
	}
	for i := range fds {
		fds[i].Revents = int(binary.NativeEndian.Uint16(b[sizeofPollfd*i+6:]))
	}
	return n, nil
}

// maxSet bounds the bits of a select set that are passed on: the kernel looks
// at no more than the table has room for.
const maxSet = 1 << 20

func (k *thread) Select(nfds int, r, w, e *sockets.FDSet, timeout time.Duration) (int, error) {
	o := k.t.order()
	defer o.end()
	sets := [3]*sockets.FDSet{r, w, e}
	bits := max(sockets.FD_SETSIZE, min(nfds, maxSet)+63) &^ 63
	var at [3]uintptr
	var raw [3][]byte
	for i, s := range sets {
		if s == nil {
			continue
		}
		at[i], raw[i] = o.room(bits / 8)
		for fd := 0; fd < bits && o.err == nil; fd++ {
			if s.IsSet(fd) {
				raw[i][fd/8] |= 1 << (fd % 8)
			}
		}
	}
	n, err := o.selectSets(nfds, at, timeout)
	if err != nil {
		return -1, failed("select", -1, "", err)
	}
	for i, s := range sets {
		for fd := 0; s != nil && fd < bits; fd++ {
			if now := raw[i][fd/8]>>(fd%8)&1 != 0; now != s.IsSet(fd) {
				if now {
					s.Set(fd)
				} else {
					s.Clear(fd)
				}
			}
		}
	}
	return n, nil
}

func (k *thread) EpollCreate1(flags int) (int, error) {
	return k.simple("epoll_create1", -1, unix.SYS_EPOLL_CREATE1, num(flags))
}

// Layout of struct epoll_event, which is packed on x86-64 only.
const (
	sizeofEpollEvent = int(unsafe.Sizeof(unix.EpollEvent{}))
	epollData        = int(unsafe.Offsetof(unix.EpollEvent{}.Fd))
)

func (k *thread) EpollCtl(epfd, op, fd int, ev *sockets.EpollEvent) error {
	o := k.t.order()
	defer o.end()
	at := uintptr(0)
	if ev != nil {
		var b []byte
		if at, b = o.room(sizeofEpollEvent); o.err == nil {
			binary.NativeEndian.PutUint32(b, ev.Events)
			binary.NativeEndian.PutUint64(b[epollData:], ev.Data)
		}
	}
	_, err := o.do(unix.SYS_EPOLL_CTL, num(epfd), num(op), num(fd), at)
	return failed("epoll_ctl", epfd, "", err)
}

func (k *thread) EpollWait(epfd, maxEvents int, timeout time.Duration) ([]sockets.EpollEvent, error) {
	o := k.t.order()
	defer o.end()
	at, b := o.room(sizeofEpollEvent * max(0, min(maxEvents, 1<<16)))
	n, err := o.epollWait(epfd, at, maxEvents, timeout)
	if err != nil {
		return nil, failed("epoll_wait", epfd, "", err)
	}
	events := make([]sockets.EpollEvent, n)
	for i := range events {
		e := b[sizeofEpollEvent*i:]
		events[i] = sockets.EpollEvent{Events: binary.NativeEndian.Uint32(e), Data: binary.NativeEndian.Uint64(e[epollData:])}
	}
	return events, nil
}
