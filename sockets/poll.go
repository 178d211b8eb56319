package sockets

import (
	"fmt"
	"strings"
	"time"
)

// Events of poll(2): include/uapi/asm-generic/poll.h.
const (
	POLLIN     = 0x001
	POLLPRI    = 0x002
	POLLOUT    = 0x004
	POLLERR    = 0x008
	POLLHUP    = 0x010
	POLLNVAL   = 0x020
	POLLRDNORM = 0x040
	POLLRDBAND = 0x080
	POLLWRNORM = 0x100
	POLLWRBAND = 0x200
	POLLMSG    = 0x400
	POLLRDHUP  = 0x2000
)

// PollFD is a struct pollfd: a descriptor, what to look for, and what was
// found. A negative descriptor is not looked at.
type PollFD struct{ FD, Events, Revents int }

// Poll waits until something has happened to one of the first nfds
// descriptors: poll(2). It reports how many of them have something in Revents.
// POLLERR, POLLHUP and POLLNVAL (not an open descriptor) are told without being
// asked for. A negative timeout means for ever, 0 only to look. EINVAL says
// that nfds is more than RLIMIT_NOFILE, EFAULT that there are fewer entries.
func (p *Process) Poll(fds []PollFD, nfds int, timeout time.Duration) (int, error) {
	n, e, err := p.poll(fds, nfds, timeout)
	if p.tracing() && err == nil {
		p.tracePoll(fds, nfds, timeout, n, e)
	}
	if err != nil {
		return -1, err
	}
	return n, p.answer("poll", -1, "", e)
}

// poll is do_sys_poll.
func (p *Process) poll(fds []PollFD, nfds int, timeout time.Duration) (int, Errno, error) {
	switch n := uint32(nfds); {
	case p.ended:
		return -1, ESRCH, nil
	case uint64(n) > uint64(p.soft):
		return -1, EINVAL, nil
	case uint64(n) > uint64(len(fds)):
		return -1, EFAULT, nil
	}
	fds = fds[:uint32(nfds)]
	call := "poll(" + itoa(len(fds)) + " descriptors)"
	wait := p.waiting(timeout)
	defer wait.end()
	for first := true; ; first = false {
		count := 0
		for i := range fds {
			f := &fds[i]
			mask := pollMask(0)
			if f.FD >= 0 {
				mask = pollNval
				if e := p.fds.get(f.FD); e != 0 {
					mask = p.host.pollFile(e.file()) & f.asked()
				}
			}
			if f.Revents = int(mask); mask != 0 {
				count++
			}
		}
		if count > 0 || wait.over {
			return count, 0, nil
		}
		for i := range fds {
			if e := p.fds.get(fds[i].FD); first && e != 0 {
				wait.on(e.file(), fds[i].asked())
			}
		}
		if err := wait.sleep(call); err != nil {
			return -1, 0, err
		}
	}
}

// asked is what an entry wants to hear of; errors and hang-ups always.
func (f *PollFD) asked() pollMask { return pollMask(uint16(f.Events)) | pollErr | pollHup }

// pollWait is the waiting of one poll or select: for many files at once
// (struct poll_wqueues).
type pollWait struct {
	p     *Process
	left  time.Duration // forever, or how long it may still sleep
	over  bool          // it may not
	late  bool          // the timeout ended the last sleep
	files []pollEntry
}

type pollEntry struct {
	f    file
	mask pollMask
}

func (p *Process) waiting(timeout time.Duration) *pollWait {
	if timeout < 0 {
		timeout = forever
	}
	return &pollWait{p: p, left: timeout, over: timeout == 0 || p.host.net.err != nil}
}

// on adds a file to those whose news end a sleep. Until the call returns it
// cannot end, whatever becomes of its descriptors.
func (w *pollWait) on(f file, mask pollMask) {
	if w.p.host.queueOf(f) != nil {
		w.p.host.hold(f)
		w.files = append(w.files, pollEntry{f, mask})
	}
}

// end lets the files go.
func (w *pollWait) end() {
	for _, e := range w.files {
		w.p.host.dropFile(e.f)
	}
}

// sleep waits for news of its files, or the timeout.
func (w *pollWait) sleep(call string) (err error) {
	h := w.p.host
	t := h.net.current()
	for _, e := range w.files {
		t.watch(h.queueOf(e.f), waitThread, e.mask)
	}
	start := h.net.sim.Now()
	w.late, err = w.p.sleep(w.left, call)
	if w.left != forever {
		w.left = max(0, w.left-h.net.sim.Now().Sub(start))
	}
	w.over = w.late || w.left == 0
	return err
}

// queueOf is the wait queue of a file, nil for one that never has news.
func (h *Host) queueOf(f file) *uint32 {
	switch f & fdKind {
	case kindSock:
		return &h.socks.at(f.index()).waiters
	case kindPipeR:
		return &h.pipes.at(f.index()).rwait
	case kindPipeW:
		return &h.pipes.at(f.index()).wwait
	case kindEpoll:
		return &h.epolls.at(f.index()).waiters
	}
	return nil
}

// pollFile is what a file is ready for (vfs_poll). Files that cannot be polled
// are always ready (DEFAULT_POLLMASK).
func (h *Host) pollFile(f file) pollMask {
	switch f & fdKind {
	case kindSock:
		return h.pollSocket(h.socks.at(f.index()))
	case kindPipeR, kindPipeW:
		return h.pollPipe(f)
	case kindEpoll:
		return h.pollEpoll(f.index())
	}
	return pollIn | pollOut | pollRdNorm | pollWrNorm
}

// pollNames spells events of poll.
func pollNames(events int) string {
	return bitNames(events, []bitName{{POLLIN, "POLLIN"}, {POLLPRI, "POLLPRI"}, {POLLOUT, "POLLOUT"}, {POLLRDNORM, "POLLRDNORM"},
		{POLLWRNORM, "POLLWRNORM"}, {POLLRDBAND, "POLLRDBAND"}, {POLLWRBAND, "POLLWRBAND"}, {POLLERR, "POLLERR"}, {POLLHUP, "POLLHUP"},
		{POLLNVAL, "POLLNVAL"}, {POLLMSG, "POLLMSG"}, {POLLRDHUP, "POLLRDHUP"}})
}

// tracePoll prints the call as strace does.
func (p *Process) tracePoll(fds []PollFD, nfds int, timeout time.Duration, n int, e Errno) {
	var in, out []string
	for i, f := range fds {
		if i >= nfds || i == 32 {
			break
		}
		if f.FD < 0 {
			in = append(in, fmt.Sprintf("{fd=%d}", f.FD))
			continue
		}
		in = append(in, fmt.Sprintf("{fd=%d, events=%s}", f.FD, pollNames(int(uint16(f.Events)))))
		if f.Revents != 0 {
			out = append(out, fmt.Sprintf("{fd=%d, revents=%s}", f.FD, pollNames(f.Revents)))
		}
	}
	call := fmt.Sprintf("poll([%s], %d, %s)", strings.Join(in, ", "), nfds, milliseconds(timeout))
	switch {
	case e != 0:
		p.traceRet(call, n, e)
	case n == 0:
		p.trace(call+" = 0 (Timeout)", nil)
	default:
		p.trace(fmt.Sprintf("%s = %d ([%s])", call, n, strings.Join(out, ", ")), nil)
	}
}

// milliseconds is a timeout as poll and epoll_wait take it.
func milliseconds(d time.Duration) string {
	if d < 0 {
		return "-1"
	}
	return itoa(int(d.Milliseconds()))
}
