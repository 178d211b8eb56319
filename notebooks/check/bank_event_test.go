package check

import (
	"errors"
	"time"

	"socketbook/sockets"
)

// A badLoop is the event loop of the reference with one bug, by its name.
type badLoop struct {
	k       sockets.Calls
	bug     string
	ep      int
	door    int
	waits   bool
	pending map[int][]byte
	done    map[int]bool // the client has nothing more to say
}

func events(bug string) Server {
	return func(k sockets.Calls) error {
		typ := sockets.SOCK_NONBLOCK
		if bug == "accept blocks" {
			typ = 0
		}
		door, err := openDoor(k, typ)
		if err != nil {
			return err
		}
		ep, err := k.EpollCreate1(0)
		if err != nil {
			return err
		}
		l := &badLoop{k: k, bug: bug, ep: ep, door: door, pending: map[int][]byte{}, done: map[int]bool{}}
		if err := l.watch(sockets.EPOLL_CTL_ADD, door, sockets.EPOLLIN); err != nil {
			return err
		}
		for {
			got, err := k.EpollWait(ep, 64, -1)
			if err != nil {
				return err
			}
			for _, e := range got {
				if err := l.handle(int(e.Data), e.Events); err != nil {
					return err
				}
			}
		}
	}
}

func (l *badLoop) is(bugs ...string) bool {
	for _, b := range bugs {
		if b == l.bug {
			return true
		}
	}
	return false
}

func (l *badLoop) handle(fd int, events uint32) error {
	switch {
	case fd == l.door:
		return l.accept()
	case l.is("EPOLLRDHUP is taken for goodbye") && events&sockets.EPOLLRDHUP != 0:
		l.close(fd)
	case len(l.pending[fd]) > 0:
		l.flush(fd)
	default:
		l.read(fd)
	}
	return nil
}

func (l *badLoop) watch(op, fd int, events uint32) error {
	switch {
	case fd == l.door && l.is("one accept per edge", "no accept after EMFILE on an edge"):
		events |= sockets.EPOLLET
	case fd == l.door:
	case l.is("one Read per edge", "an edge for what was there before"):
		events |= sockets.EPOLLET
	case l.is("EPOLLONESHOT is not armed again"):
		events |= sockets.EPOLLONESHOT
	case l.is("EPOLLOUT is always asked for"):
		events |= sockets.EPOLLOUT
	case l.is("EPOLLRDHUP is taken for goodbye"):
		events |= sockets.EPOLLRDHUP
	}
	if op == sockets.EPOLL_CTL_MOD && l.is("EPOLLONESHOT is not armed again", "EPOLLOUT is never asked for", "one Read per edge") {
		return nil
	}
	return l.k.EpollCtl(l.ep, op, fd, &sockets.EpollEvent{Events: events, Data: uint64(fd)})
}

func (l *badLoop) accept() error {
	for {
		typ := sockets.SOCK_NONBLOCK
		if l.is("connections block") {
			typ = 0
		}
		fd, _, err := l.k.Accept4(l.door, typ)
		switch {
		case errors.Is(err, sockets.EAGAIN) && !l.is("EAGAIN of accept is a failure"):
			return nil
		case errors.Is(err, sockets.EMFILE) && l.is("EMFILE is passed over", "no accept after EMFILE on an edge"):
			return nil
		case errors.Is(err, sockets.EMFILE) && l.is("EMFILE is tried again at once"):
			continue
		case errors.Is(err, sockets.EMFILE) && !l.is("EMFILE is a failure"):
			l.waits = true
			return l.watch(sockets.EPOLL_CTL_DEL, l.door, 0)
		case err != nil:
			return err
		}
		if err := l.watch(sockets.EPOLL_CTL_ADD, fd, sockets.EPOLLIN); err != nil {
			return err
		}
		if l.is("one accept per edge") {
			return nil
		}
	}
}

func (l *badLoop) read(fd int) {
	buf := make([]byte, 4096)
	if l.is("one Read per edge") {
		buf = buf[:512]
	}
	n, err := l.k.Read(fd, buf)
	switch {
	case errors.Is(err, sockets.EAGAIN) && !l.is("EAGAIN of Read is the end"):
	case n == 0 || err != nil:
		l.close(fd)
	default:
		l.pending[fd] = answerTo(buf[:n])
		if l.is("read to the end before the next") {
			for l.is("read to the end before the next") && n > 0 && err == nil {
				n, err = l.k.Read(fd, buf)
				if n > 0 {
					l.pending[fd] = append(l.pending[fd], answerTo(buf[:n])...)
				}
				for errors.Is(err, sockets.EAGAIN) {
					n, err = l.k.Read(fd, buf)
				}
			}
		}
		l.flush(fd)
		if l.is("EAGAIN of Read is the end") {
			l.read(fd)
		}
	}
}

func (l *badLoop) flush(fd int) {
	for len(l.pending[fd]) > 0 {
		n, err := l.k.Write(fd, l.pending[fd])
		switch {
		case errors.Is(err, sockets.EAGAIN) && l.is("EAGAIN of Write is tried again at once"):
			continue
		case errors.Is(err, sockets.EAGAIN) && l.is("EAGAIN of Write drops the rest"):
			delete(l.pending, fd)
			return
		case errors.Is(err, sockets.EAGAIN) && !l.is("EAGAIN of Write is a failure"):
			l.watch(sockets.EPOLL_CTL_MOD, fd, sockets.EPOLLOUT)
			return
		case err != nil:
			l.close(fd)
			return
		}
		if l.pending[fd] = l.pending[fd][n:]; l.is("short writes are ignored") {
			delete(l.pending, fd)
		}
		if l.is("the same bytes are written again") && len(l.pending[fd]) > 0 {
			l.pending[fd] = l.pending[fd][:len(l.pending[fd]):cap(l.pending[fd])]
			l.pending[fd] = append([]byte("?"), l.pending[fd]...)
		}
	}
	l.watch(sockets.EPOLL_CTL_MOD, fd, sockets.EPOLLIN)
}

func (l *badLoop) close(fd int) {
	if !l.is("what waits for a descriptor's old client is kept") {
		delete(l.pending, fd)
	}
	if !l.is("descriptors leak") {
		l.k.Close(fd)
	} else {
		l.watch(sockets.EPOLL_CTL_DEL, fd, 0)
	}
	if l.is("out of the epoll after close") {
		l.watch(sockets.EPOLL_CTL_DEL, fd, 0)
	}
	if l.waits && !l.is("the listener stays out of the epoll") {
		l.waits = false
		l.watch(sockets.EPOLL_CTL_ADD, l.door, sockets.EPOLLIN)
	}
}

func eventBank() (all []wrongAnswer) {
	for _, b := range []struct{ name, says string }{
		{"accept blocks", "accept"},
		{"connections block", "which did not read"},
		{"EPOLLRDHUP is taken for goodbye", ""},
		{"one accept per edge", "accept queue"},
		{"one Read per edge", "waits"},
		{"EPOLLONESHOT is not armed again", "CLOSE_WAIT"},
		{"EPOLLOUT is always asked for", "never sleeps"},
		{"EPOLLOUT is never asked for", "never sleeps"},
		{"EAGAIN of accept is a failure", "not now"},
		{"EAGAIN of Read is the end", ""},
		{"EAGAIN of Write is tried again at once", "never sleeps"},
		{"EAGAIN of Write drops the rest", ""},
		{"EAGAIN of Write is a failure", ""},
		{"short writes are ignored", ""},
		{"the same bytes are written again", "not what it should be"},
		{"read to the end before the next", "never sleeps"},
		{"what waits for a descriptor's old client is kept", ""},
		{"descriptors leak", "still holds"},
		{"out of the epoll after close", "epoll_ctl"},
	} {
		all = append(all, wrongAnswer{"events: " + b.name, eventExam(events(b.name)), b.says})
	}
	return append(all,
		wrongAnswer{"events: one client after another", eventExam(echoReference), "another, which said nothing"},
		wrongAnswer{"events: select beyond 1,024", eventExam(selects), ""},
		wrongAnswer{"events: asks each in turn without sleep", eventExam(asksAll), "never sleeps"},
	)
}

// selects is a server on select, which is right as long as it has fewer than
// FD_SETSIZE descriptors.
func selects(k sockets.Calls) error {
	door, err := openDoor(k, sockets.SOCK_NONBLOCK)
	if err != nil {
		return err
	}
	pending := map[int][]byte{}
	open := []int{}
	for {
		var r, w sockets.FDSet
		most := door
		r.Set(door)
		for _, fd := range open {
			if len(pending[fd]) > 0 {
				w.Set(fd)
			} else {
				r.Set(fd)
			}
			most = max(most, fd)
		}
		if _, err := k.Select(most+1, &r, &w, nil, -1); err != nil {
			return err
		}
		still := open[:0:0]
		for _, fd := range open {
			if (r.IsSet(fd) || w.IsSet(fd)) && !turn(k, fd, pending) {
				k.Close(fd)
				delete(pending, fd)
				continue
			}
			still = append(still, fd)
		}
		if open = still; r.IsSet(door) {
			if fd, _, err := k.Accept4(door, sockets.SOCK_NONBLOCK); err == nil {
				open = append(open, fd)
			}
		}
	}
}

// turn gives a connection its turn, and reports whether it goes on.
func turn(k sockets.Calls, fd int, pending map[int][]byte) bool {
	if len(pending[fd]) == 0 {
		buf := make([]byte, 4096)
		n, err := k.Read(fd, buf)
		if errors.Is(err, sockets.EAGAIN) {
			return true
		}
		if n == 0 || err != nil {
			return false
		}
		pending[fd] = answerTo(buf[:n])
	}
	n, err := k.Write(fd, pending[fd])
	if errors.Is(err, sockets.EAGAIN) {
		return true
	}
	pending[fd] = pending[fd][max(0, n):]
	return err == nil
}

// asksAll never sleeps: it asks the listener and every connection in turn.
func asksAll(k sockets.Calls) error {
	door, err := openDoor(k, sockets.SOCK_NONBLOCK)
	if err != nil {
		return err
	}
	pending, open := map[int][]byte{}, []int{}
	for {
		if fd, _, err := k.Accept4(door, sockets.SOCK_NONBLOCK); err == nil {
			open = append(open, fd)
		}
		still := open[:0:0]
		for _, fd := range open {
			if turn(k, fd, pending) {
				still = append(still, fd)
			} else {
				k.Close(fd)
				delete(pending, fd)
			}
		}
		open = still
	}
}

func crampedBank() (all []wrongAnswer) {
	for _, b := range []struct{ name, says string }{
		{"EMFILE is a failure", "a state that passes"},
		{"EMFILE is passed over", "never sleeps"},
		{"EMFILE is tried again at once", "never sleeps"},
		{"no accept after EMFILE on an edge", "accept queue"},
		{"the listener stays out of the epoll", "accept queue"},
	} {
		all = append(all, wrongAnswer{"cramped: " + b.name, crampedExam(events(b.name)), b.says})
	}
	return append(all,
		wrongAnswer{"cramped: turned away with a spare descriptor", crampedExam(turnsAway), ""},
		wrongAnswer{"cramped: sleeps while it is full", crampedExam(sleepsWhenFull), ""})
}

// spare serves by poll, and has full do something when it is out of descriptors.
func spare(k sockets.Calls, full func(door int)) error {
	door, err := openDoor(k, sockets.SOCK_NONBLOCK)
	if err != nil {
		return err
	}
	pending, open := map[int][]byte{}, []int{}
	for {
		fds := []sockets.PollFD{{FD: door, Events: sockets.POLLIN}}
		for _, fd := range open {
			want := sockets.POLLIN
			if len(pending[fd]) > 0 {
				want = sockets.POLLOUT
			}
			fds = append(fds, sockets.PollFD{FD: fd, Events: want})
		}
		if _, err := k.Poll(fds, len(fds), -1); err != nil {
			return err
		}
		still := open[:0:0]
		for _, e := range fds[1:] {
			if e.Revents != 0 && !turn(k, e.FD, pending) {
				k.Close(e.FD)
				delete(pending, e.FD)
				continue
			}
			still = append(still, e.FD)
		}
		if open = still; fds[0].Revents == 0 {
			continue
		}
		if fd, _, err := k.Accept4(door, sockets.SOCK_NONBLOCK); err == nil {
			open = append(open, fd)
		} else if errors.Is(err, sockets.EMFILE) {
			full(door)
		}
	}
}

func turnsAway(k sockets.Calls) error {
	reserve, err := k.OpenNull()
	if err != nil {
		return err
	}
	return spare(k, func(door int) {
		k.Close(reserve)
		if fd, _, err := k.Accept4(door, 0); err == nil {
			k.Close(fd)
		}
		reserve, _ = k.OpenNull()
	})
}

func sleepsWhenFull(k sockets.Calls) error {
	return spare(k, func(int) { k.Poll(nil, 0, time.Hour) })
}
