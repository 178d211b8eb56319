package sockets

import (
	"fmt"
	"strings"
	"time"
)

// Flags and commands of epoll(7): include/uapi/linux/eventpoll.h.
const (
	EPOLL_CLOEXEC = O_CLOEXEC

	EPOLL_CTL_ADD = 1
	EPOLL_CTL_DEL = 2
	EPOLL_CTL_MOD = 3

	EPOLLIN        = POLLIN
	EPOLLPRI       = POLLPRI
	EPOLLOUT       = POLLOUT
	EPOLLERR       = POLLERR
	EPOLLHUP       = POLLHUP
	EPOLLNVAL      = POLLNVAL
	EPOLLRDNORM    = POLLRDNORM
	EPOLLRDBAND    = POLLRDBAND
	EPOLLWRNORM    = POLLWRNORM
	EPOLLWRBAND    = POLLWRBAND
	EPOLLMSG       = POLLMSG
	EPOLLRDHUP     = POLLRDHUP
	EPOLLEXCLUSIVE = 1 << 28
	EPOLLWAKEUP    = 1 << 29
	EPOLLONESHOT   = 1 << 30
	EPOLLET        = 1 << 31
)

const (
	// What of an item's events is not an event (EP_PRIVATE_BITS).
	epollPrivate = EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE
	// What may go with EPOLLEXCLUSIVE (EPOLLEXCLUSIVE_OK_BITS).
	epollExclusiveOK = EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE
	// The most events one call may ask for (EP_MAX_EVENTS).
	epollMaxEvents = (1<<31 - 1) / 12
)

// EpollEvent is a struct epoll_event: what to look for, or what was found, and
// 64 bits that come back as they were given.
type EpollEvent struct {
	Events uint32
	Data   uint64
}

// EpollCreate1 opens an epoll: epoll_create1(2). flags may be EPOLL_CLOEXEC.
func (p *Process) EpollCreate1(flags int) (int, error) {
	fd, e := p.epollCreate(flags)
	if p.tracing() {
		p.traceRet("epoll_create1("+bitNames(flags, []bitName{{EPOLL_CLOEXEC, "EPOLL_CLOEXEC"}})+")", fd, e)
	}
	return fd, p.answer("epoll_create1", -1, "", e)
}

// epollCreate is do_epoll_create.
func (p *Process) epollCreate(flags int) (int, Errno) {
	switch {
	case p.ended:
		return -1, ESRCH
	case flags&^EPOLL_CLOEXEC != 0:
		return -1, EINVAL
	}
	fd, e := p.newFD()
	if e != 0 {
		return -1, e
	}
	h := p.host
	i := h.epolls.alloc()
	*h.epolls.at(i) = epoll{refs: 1, uid: p.uid}
	h.files++
	f := kindEpoll | fdEntry(i)
	if flags&EPOLL_CLOEXEC != 0 {
		f |= fdCloexec
	}
	p.fds.put(fd, f)
	return fd, 0
}

// EpollCtl changes what an epoll looks after: epoll_ctl(2). An entry is a
// descriptor together with the file it names now.
//
//	EEXIST  ADD of an entry that is there
//	ENOENT  MOD or DEL of one that is not
//	EPERM   the file cannot be polled (/dev/null)
//	ELOOP   an epoll would look after itself by way of others, or epolls nest too deep
//	ENOSPC  fs.epoll.max_user_watches
//	EINVAL  an epoll in itself, not an epoll, another op, EPOLLEXCLUSIVE with what it does not go with
//	EFAULT  ev is nil, though op is not DEL
func (p *Process) EpollCtl(epfd, op, fd int, ev *EpollEvent) error {
	e := p.epollCtl(epfd, op, fd, ev)
	if p.tracing() {
		p.traceRet(fmt.Sprintf("epoll_ctl(%d, %s, %d, %s)", epfd, ctlName(op), fd, ev.strace()), 0, e)
	}
	return p.answer("epoll_ctl", epfd, "", e)
}

// epollCtl is do_epoll_ctl, in its order of checks.
func (p *Process) epollCtl(epfd, op, fd int, event *EpollEvent) Errno {
	var ev EpollEvent
	op = int(int32(op))
	if op != EPOLL_CTL_DEL {
		if event == nil {
			if p.ended {
				return ESRCH
			}
			return EFAULT
		}
		ev = *event
		ev.Events &^= EPOLLWAKEUP // nobody here has CAP_BLOCK_SUSPEND
	}
	h := p.host
	f, e := p.openFile(epfd)
	if e != 0 {
		return e
	}
	tf, e := p.openFile(fd)
	if e != 0 {
		return e
	}
	nested := tf&fdKind == kindEpoll
	switch {
	case tf&fdKind == kindNull:
		return EPERM
	case f == tf || f&fdKind != kindEpoll:
		return EINVAL
	case ev.Events&EPOLLEXCLUSIVE == 0:
	case op == EPOLL_CTL_MOD:
		return EINVAL
	case op == EPOLL_CTL_ADD && (nested || ev.Events&^epollExclusiveOK != 0):
		return EINVAL
	}
	ei := f.index()
	if op == EPOLL_CTL_ADD && nested && !h.mayNest(ei, tf.index()) {
		return ELOOP
	}
	k := h.findItem(ei, tf, fd)
	switch {
	case op == EPOLL_CTL_ADD && k != 0:
		return EEXIST
	case op == EPOLL_CTL_ADD:
		ev.Events |= EPOLLERR | EPOLLHUP
		return h.addItem(ei, tf, fd, ev)
	case op != EPOLL_CTL_DEL && op != EPOLL_CTL_MOD:
		return EINVAL
	case k == 0:
		return ENOENT
	case op == EPOLL_CTL_DEL:
		h.removeItem(k)
		return 0
	case h.items.at(k).events&EPOLLEXCLUSIVE != 0:
		return EINVAL
	}
	ev.Events |= EPOLLERR | EPOLLHUP
	h.changeItem(k, ev)
	return 0
}

// EpollWait waits until something of what the epoll looks after is ready, and
// returns at most most events: epoll_wait(2). A negative timeout means for
// ever, 0 only to look. EINVAL says that most is not positive, or that the
// descriptor is not an epoll.
func (p *Process) EpollWait(epfd, most int, timeout time.Duration) ([]EpollEvent, error) {
	events, e, err := p.epollWait(epfd, int(int32(most)), timeout)
	if p.tracing() && err == nil {
		list := make([]string, len(events))
		for i := range events {
			list[i] = events[i].strace()
		}
		text := "[" + strings.Join(list, ", ") + "]"
		if e != 0 {
			text = userPointer
		}
		p.traceRet(fmt.Sprintf("epoll_wait(%d, %s, %d, %s)", epfd, text, most, milliseconds(timeout)), len(events), e)
	}
	if err != nil {
		return nil, err
	}
	return events, p.answer("epoll_wait", epfd, "", e)
}

// epollWait is do_epoll_wait and ep_poll.
func (p *Process) epollWait(epfd, most int, timeout time.Duration) ([]EpollEvent, Errno, error) {
	f, e := p.openFile(epfd)
	switch {
	case e != 0:
		return nil, e, nil
	case most <= 0 || most > epollMaxEvents || f&fdKind != kindEpoll:
		return nil, EINVAL, nil
	}
	h := p.host
	h.hold(f)
	defer h.dropFile(f)
	q := h.epolls.at(f.index())
	wait := p.waiting(timeout)
	for {
		if events := h.harvest(f.index(), most); len(events) > 0 || wait.over {
			return events, 0, nil
		}
		h.net.current().watch(&q.sleepers, waitLast, 0)
		if err := wait.sleep("epoll_wait(" + itoa(epfd) + ")"); err != nil || wait.late {
			return nil, 0, err
		}
	}
}

func ctlName(op int) string {
	if op > 0 && op < 4 {
		return [...]string{"", "EPOLL_CTL_ADD", "EPOLL_CTL_DEL", "EPOLL_CTL_MOD"}[op]
	}
	return fmt.Sprintf("%#x /* EPOLL_CTL_??? */", op)
}

func (e *EpollEvent) strace() string {
	if e == nil {
		return "NULL"
	}
	return fmt.Sprintf("{events=%s, data={u32=%d, u64=%d}}", epollNames(int(e.Events)), uint32(e.Data), e.Data)
}

// epollNames spells events of epoll.
func epollNames(events int) string {
	return bitNames(events, []bitName{{EPOLLIN, "EPOLLIN"}, {EPOLLPRI, "EPOLLPRI"}, {EPOLLOUT, "EPOLLOUT"}, {EPOLLRDNORM, "EPOLLRDNORM"},
		{EPOLLRDBAND, "EPOLLRDBAND"}, {EPOLLWRNORM, "EPOLLWRNORM"}, {EPOLLWRBAND, "EPOLLWRBAND"}, {EPOLLMSG, "EPOLLMSG"}, {EPOLLERR, "EPOLLERR"},
		{EPOLLHUP, "EPOLLHUP"}, {EPOLLRDHUP, "EPOLLRDHUP"}, {EPOLLEXCLUSIVE, "EPOLLEXCLUSIVE"}, {EPOLLWAKEUP, "EPOLLWAKEUP"},
		{EPOLLONESHOT, "EPOLLONESHOT"}, {EPOLLET, "EPOLLET"}})
}
