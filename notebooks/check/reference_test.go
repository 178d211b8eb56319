package check

import (
	"bytes"
	"errors"
	"strconv"

	"socketbook/sockets"
)

// The reference solutions. Each is written as a lesson's reader would.

// The numbers of a student, as the key has them; here are the lessons'.
var myPort uint16 = 8080
var myPlus byte = 0
var myLetter byte = 0

// openDoor opens a listener at the port.
func openDoor(k sockets.Calls, typ int) (int, error) {
	fd, err := k.Socket(sockets.AF_INET, sockets.SOCK_STREAM|typ, 0)
	if err != nil {
		return -1, err
	}
	if err := k.Setsockopt(fd, sockets.SOL_SOCKET, sockets.SO_REUSEADDR, []byte{1, 0, 0, 0}, 4); err != nil {
		return -1, err
	}
	if err := k.Bind(fd, sockets.Any(myPort)); err != nil {
		return -1, err
	}
	return fd, k.Listen(fd, 128)
}

// writeAll writes until nothing is left.
func writeAll(k sockets.Calls, fd int, data []byte) error {
	for len(data) > 0 {
		n, err := k.Write(fd, data)
		if err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

// answerTo is what bytes are answered with.
func answerTo(sent []byte) []byte {
	back := bytes.Clone(sent)
	for i := range back {
		back[i] += myPlus
	}
	return back
}

// counted is how many bytes count.
func counted(sent []byte) int {
	if myLetter == 0 {
		return len(sent)
	}
	return bytes.Count(sent, []byte{myLetter})
}

func echoReference(k sockets.Calls) error {
	door, err := openDoor(k, 0)
	if err != nil {
		return err
	}
	buf := make([]byte, 4096)
	for {
		fd, _, err := k.Accept4(door, 0)
		if err != nil {
			return err
		}
		for {
			n, err := k.Read(fd, buf)
			if n == 0 || err != nil {
				break
			}
			if writeAll(k, fd, answerTo(buf[:n])) != nil {
				break
			}
		}
		k.Close(fd)
	}
}

func lengthReference(k sockets.Calls) error {
	door, err := openDoor(k, 0)
	if err != nil {
		return err
	}
	buf := make([]byte, 4096)
	for {
		fd, _, err := k.Accept4(door, 0)
		if err != nil {
			return err
		}
		sum, n := 0, 0
		for {
			n, err = k.Read(fd, buf)
			if n == 0 || err != nil {
				break
			}
			sum += counted(buf[:n])
		}
		if err == nil {
			writeAll(k, fd, strconv.AppendInt(nil, int64(sum), 10))
		}
		k.Close(fd)
	}
}

// An event loop, level-triggered. What a client does not take yet is kept, and
// nothing more is read from it meanwhile.
type eventLoop struct {
	k       sockets.Calls
	ep      int
	door    int
	waits   bool           // for a descriptor: the listener is not looked after
	pending map[int][]byte // what is still to be written, by descriptor
}

func eventReference(k sockets.Calls) error {
	door, err := openDoor(k, sockets.SOCK_NONBLOCK)
	if err != nil {
		return err
	}
	ep, err := k.EpollCreate1(0)
	if err != nil {
		return err
	}
	l := &eventLoop{k: k, ep: ep, door: door, pending: map[int][]byte{}}
	if err := l.watch(sockets.EPOLL_CTL_ADD, door, sockets.EPOLLIN); err != nil {
		return err
	}
	for {
		events, err := k.EpollWait(ep, 64, -1)
		if err != nil {
			return err
		}
		for _, e := range events {
			switch fd := int(e.Data); {
			case fd == door:
				err = l.accept()
			case len(l.pending[fd]) > 0:
				l.flush(fd)
			default:
				l.read(fd)
			}
			if err != nil {
				return err
			}
		}
	}
}

func (l *eventLoop) watch(op, fd int, events uint32) error {
	return l.k.EpollCtl(l.ep, op, fd, &sockets.EpollEvent{Events: events, Data: uint64(fd)})
}

func (l *eventLoop) accept() error {
	for {
		fd, _, err := l.k.Accept4(l.door, sockets.SOCK_NONBLOCK)
		switch {
		case errors.Is(err, sockets.EAGAIN):
			return nil
		case errors.Is(err, sockets.EMFILE):
			l.waits = true
			return l.watch(sockets.EPOLL_CTL_DEL, l.door, 0)
		case err != nil:
			return err
		}
		if err := l.watch(sockets.EPOLL_CTL_ADD, fd, sockets.EPOLLIN); err != nil {
			return err
		}
	}
}

func (l *eventLoop) read(fd int) {
	buf := make([]byte, 4096)
	n, err := l.k.Read(fd, buf)
	switch {
	case errors.Is(err, sockets.EAGAIN):
	case n == 0 || err != nil:
		l.close(fd)
	default:
		l.pending[fd] = answerTo(buf[:n])
		l.flush(fd)
	}
}

func (l *eventLoop) flush(fd int) {
	for len(l.pending[fd]) > 0 {
		n, err := l.k.Write(fd, l.pending[fd])
		if errors.Is(err, sockets.EAGAIN) {
			l.watch(sockets.EPOLL_CTL_MOD, fd, sockets.EPOLLOUT)
			return
		}
		if err != nil {
			l.close(fd)
			return
		}
		l.pending[fd] = l.pending[fd][n:]
	}
	l.watch(sockets.EPOLL_CTL_MOD, fd, sockets.EPOLLIN)
}

func (l *eventLoop) close(fd int) {
	delete(l.pending, fd)
	l.k.Close(fd)
	if l.waits {
		l.waits = false
		l.watch(sockets.EPOLL_CTL_ADD, l.door, sockets.EPOLLIN)
	}
}
