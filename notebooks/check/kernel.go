package check

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"socketbook/sockets"
)

// kernel is what an answer makes its calls to: a process of the simulated host,
// which does what Linux may do and seldom does, and remembers what the answer
// did wrong though nothing broke.
type kernel struct {
	sockets.Calls
	p     *sockets.Process
	one   *oneThread
	clock func() time.Duration
	short int    // Read and Write of a blocking descriptor take so much at most; 0: all
	pulse *pulse // where somebody sees that the answer is alive

	at     time.Duration // when the latest call was made
	same   int           // calls at that instant that moved nothing
	idle   int           // such calls in the whole run
	tries  int           // of connect
	last   lastCall
	over   bool   // the run is: nothing is noted any more
	misuse string // the first call on a descriptor that is not open, or beyond a set
}

// lastCall is the latest call and its answer.
type lastCall struct {
	name string
	fd   int
	err  error
}

func (c lastCall) String() string {
	if c.name == "" {
		return "no call yet"
	}
	s := c.name
	if c.fd >= 0 {
		s = fmt.Sprintf("%s(%d)", c.name, c.fd)
	}
	var errno sockets.Errno
	if errors.As(c.err, &errno) {
		s += " = " + errno.Name()
	}
	return s
}

// An answer may make so many calls that move nothing at one instant, and so many
// in one run. A right one makes a few hundred, with a thousand clients some
// thousand.
const (
	mostAtOnce = 5_000
	mostIdle   = 100_000
)

// spinning is what an answer that calls on and on is stopped with.
type spinning struct{ text string }

// pulse counts the calls of all runs, for somebody who watches from outside.
type pulse struct {
	beats atomic.Uint64
	gone  atomic.Bool // nobody watches any more: end at the next call
}

func newKernel(p *sockets.Process, n *sockets.Network, f faults, pulse *pulse) *kernel {
	return &kernel{Calls: p, p: p, one: newOneThread(), clock: func() time.Duration { return time.Duration(n.Now()) },
		short: f["short"], pulse: pulse}
}

// enter is what every call begins with.
func (k *kernel) enter(name string, fd int) {
	k.pulse.beats.Add(1)
	k.one.enter()
	if k.pulse.gone.Load() {
		panic(spinning{"It came too late."})
	}
	if now := k.clock(); now != k.at {
		k.at, k.same = now, 0
	}
	k.same++
	k.idle++
	switch {
	case k.same > mostAtOnce:
		panic(spinning{fmt.Sprintf("Your program never sleeps: it made %s calls at one instant that moved nothing, and the latest was %v. A loop that asks again at once burns a CPU; let it sleep until there is something to do.", word(mostAtOnce), k.last)})
	case k.idle > mostIdle:
		panic(spinning{fmt.Sprintf("Your program made more than %s calls that moved nothing, and the latest was %v. A right one needs a few hundred.", word(mostIdle), k.last)})
	}
	if !k.over {
		k.last = lastCall{name: name, fd: fd}
	}
}

// moved is told of calls that moved bytes, or let somebody in.
func (k *kernel) moved(n int, err error) {
	if n > 0 && err == nil {
		k.same, k.idle = 0, k.idle-1
	}
}

// leave is what every call ends with.
func (k *kernel) leave(name string, fd int, err error) {
	k.one.leave()
	if k.over {
		return
	}
	k.last = lastCall{name, fd, err}
	if err != nil && k.misuse == "" && errors.Is(err, sockets.EBADF) {
		k.misuse = k.last.String() + ", a descriptor that is not open. By then the number may be somebody else's: a second close hangs up on a stranger"
	}
}

// cut shortens what a call on a blocking descriptor moves. (Of one that does not
// block, epoll(7) lets a program take a short answer for the end of what there
// is.) Writes get half of it: so what one read brought is too much for one write.
func (k *kernel) cut(fd, n int) int {
	if k.short == 0 || n <= k.short {
		return n
	}
	if flags, err := k.p.Fcntl(fd, sockets.F_GETFL, 0); err != nil || flags&sockets.O_NONBLOCK != 0 {
		return n
	}
	return k.short
}

func (k *kernel) Read(fd int, buf []byte) (int, error) {
	k.enter("read", fd)
	n, err := k.p.Read(fd, buf[:k.cut(fd, len(buf))])
	k.leave("read", fd, err)
	k.moved(n, err)
	return n, err
}

func (k *kernel) Write(fd int, data []byte) (int, error) {
	k.enter("write", fd)
	n, err := k.p.Write(fd, data[:k.cut(fd, 2*len(data))/2])
	k.leave("write", fd, err)
	k.moved(n, err)
	return n, err
}

func (k *kernel) Recvfrom(fd int, buf []byte, flags int) (int, *sockets.SockAddr, error) {
	k.enter("recvfrom", fd)
	if flags&sockets.MSG_WAITALL == 0 {
		buf = buf[:k.cut(fd, len(buf))]
	}
	n, from, err := k.p.Recvfrom(fd, buf, flags)
	k.leave("recvfrom", fd, err)
	k.moved(n, err)
	return n, from, err
}

func (k *kernel) Sendto(fd int, data []byte, flags int, to *sockets.SockAddr) (int, error) {
	k.enter("sendto", fd)
	n, err := k.p.Sendto(fd, data[:k.cut(fd, 2*len(data))/2], flags, to)
	k.leave("sendto", fd, err)
	k.moved(n, err)
	return n, err
}

func (k *kernel) Connect(fd int, a sockets.SockAddr) error {
	k.enter("connect", fd)
	k.tries++
	err := k.p.Connect(fd, a)
	k.leave("connect", fd, err)
	return err
}

func (k *kernel) Accept4(fd, flags int) (int, sockets.SockAddr, error) {
	k.enter("accept4", fd)
	conn, from, err := k.p.Accept4(fd, flags)
	k.leave("accept4", fd, err)
	k.moved(1, err)
	return conn, from, err
}

func (k *kernel) Socket(domain, typ, protocol int) (int, error) {
	k.enter("socket", -1)
	fd, err := k.p.Socket(domain, typ, protocol)
	k.leave("socket", -1, err)
	return fd, err
}

func (k *kernel) Readv(fd int, bufs [][]byte) (int, error) {
	return two(k, "readv", fd, func() (int, error) { return k.p.Readv(fd, bufs) })
}

func (k *kernel) Writev(fd int, bufs [][]byte) (int, error) {
	return two(k, "writev", fd, func() (int, error) { return k.p.Writev(fd, bufs) })
}

func (k *kernel) Recvmsg(fd int, m *sockets.Msg, flags int) (int, error) {
	return two(k, "recvmsg", fd, func() (int, error) { return k.p.Recvmsg(fd, m, flags) })
}

func (k *kernel) Sendmsg(fd int, m *sockets.Msg, flags int) (int, error) {
	return two(k, "sendmsg", fd, func() (int, error) { return k.p.Sendmsg(fd, m, flags) })
}

func (k *kernel) Poll(fds []sockets.PollFD, nfds int, timeout time.Duration) (int, error) {
	return two(k, "poll", -1, func() (int, error) { return k.p.Poll(fds, nfds, timeout) })
}

func (k *kernel) Select(nfds int, r, w, e *sockets.FDSet, timeout time.Duration) (int, error) {
	if nfds > sockets.FD_SETSIZE && k.misuse == "" {
		k.misuse = fmt.Sprintf("select, of %s descriptors; a set has room for %s, and in C the others are bits of some other variable", word(nfds), word(sockets.FD_SETSIZE))
	}
	return two(k, "select", -1, func() (int, error) { return k.p.Select(nfds, r, w, e, timeout) })
}

func (k *kernel) EpollWait(epfd, most int, timeout time.Duration) ([]sockets.EpollEvent, error) {
	return two(k, "epoll_wait", epfd, func() ([]sockets.EpollEvent, error) { return k.p.EpollWait(epfd, most, timeout) })
}

func (k *kernel) Getsockname(fd int) (sockets.SockAddr, error) {
	return two(k, "getsockname", fd, func() (sockets.SockAddr, error) { return k.p.Getsockname(fd) })
}

func (k *kernel) Getpeername(fd int) (sockets.SockAddr, error) {
	return two(k, "getpeername", fd, func() (sockets.SockAddr, error) { return k.p.Getpeername(fd) })
}

func (k *kernel) Getsockopt(fd, level, opt int, buf []byte, optlen int) (int, error) {
	return two(k, "getsockopt", fd, func() (int, error) { return k.p.Getsockopt(fd, level, opt, buf, optlen) })
}

func (k *kernel) Ioctl(fd, cmd int) (int, error) {
	return two(k, "ioctl", fd, func() (int, error) { return k.p.Ioctl(fd, cmd) })
}

func (k *kernel) Fcntl(fd, cmd, arg int) (int, error) {
	return two(k, "fcntl", fd, func() (int, error) { return k.p.Fcntl(fd, cmd, arg) })
}

func (k *kernel) Dup(fd int) (int, error) {
	return two(k, "dup", fd, func() (int, error) { return k.p.Dup(fd) })
}

func (k *kernel) Close(fd int) error {
	return one(k, "close", fd, func() error { return k.p.Close(fd) })
}

func (k *kernel) Bind(fd int, a sockets.SockAddr) error {
	return one(k, "bind", fd, func() error { return k.p.Bind(fd, a) })
}

func (k *kernel) Listen(fd, backlog int) error {
	return one(k, "listen", fd, func() error { return k.p.Listen(fd, backlog) })
}

func (k *kernel) Shutdown(fd, how int) error {
	return one(k, "shutdown", fd, func() error { return k.p.Shutdown(fd, how) })
}

func (k *kernel) Setsockopt(fd, level, opt int, val []byte, optlen int) error {
	return one(k, "setsockopt", fd, func() error { return k.p.Setsockopt(fd, level, opt, val, optlen) })
}

func (k *kernel) EpollCtl(epfd, op, fd int, ev *sockets.EpollEvent) error {
	return one(k, "epoll_ctl", fd, func() error { return k.p.EpollCtl(epfd, op, fd, ev) })
}

func one(k *kernel, name string, fd int, call func() error) error {
	k.enter(name, fd)
	err := call()
	k.leave(name, fd, err)
	return err
}

func two[T any](k *kernel, name string, fd int, call func() (T, error)) (T, error) {
	k.enter(name, fd)
	v, err := call()
	k.leave(name, fd, err)
	return v, err
}
