package linux

import (
	"fmt"
	"strings"
	"time"

	"socketbook/sockets"
)

// recorder passes calls on, and writes each down with its answer.
type recorder struct {
	calls  sockets.Calls
	log    *speller
	track  string
	settle func()
	stop   func() // ends the process
}

var _ sockets.Calls = (*recorder)(nil)

// record makes a call. The answer is what ok spells, or the error's name. A call
// that blocks for too long is the last of its process.
func (r *recorder) record(call string, do func() error, ok func() string) {
	row := r.log.begin(r.track, call)
	start := r.log.now()
	err := do()
	text := errorText(err)
	switch {
	case r.log.now()-start >= patience:
		text = Blocked
	case err == nil && ok != nil:
		text = ok()
	}
	r.log.end(row, text)
	if text == Blocked {
		r.stop()
	}
	r.settle()
}

// number is a call whose answer is a number.
func (r *recorder) number(call string, do func() (int, error)) (n int, err error) {
	r.record(call, func() error { n, err = do(); return err }, func() string { return fmt.Sprint(n) })
	return n, err
}

// plain is a call whose answer is 0.
func (r *recorder) plain(call string, do func() error) (err error) {
	r.record(call, func() error { err = do(); return err }, nil)
	return err
}

func (r *recorder) Socket(domain, typ, protocol int) (int, error) {
	call := fmt.Sprintf("socket(%s, %s, %s)", families.one(domain), typeName(typ), protocols.one(protocol))
	return r.number(call, func() (int, error) { return r.calls.Socket(domain, typ, protocol) })
}

func (r *recorder) Bind(fd int, a sockets.SockAddr) error {
	return r.plain(fmt.Sprintf("bind(%d, %s)", fd, r.log.spell(a, true)), func() error { return r.calls.Bind(fd, a) })
}

func (r *recorder) Listen(fd, backlog int) error {
	return r.plain(fmt.Sprintf("listen(%d, %d)", fd, backlog), func() error { return r.calls.Listen(fd, backlog) })
}

func (r *recorder) Accept4(fd, flags int) (n int, peer sockets.SockAddr, err error) {
	r.record(fmt.Sprintf("accept4(%d, %s)", fd, typeFlags.set(flags)),
		func() error { n, peer, err = r.calls.Accept4(fd, flags); return err },
		func() string { return fmt.Sprintf("%d from %s", n, r.log.spell(peer, false)) })
	return n, peer, err
}

func (r *recorder) Connect(fd int, a sockets.SockAddr) error {
	return r.plain(fmt.Sprintf("connect(%d, %s)", fd, r.log.spell(a, true)), func() error { return r.calls.Connect(fd, a) })
}

// address is a call whose answer is an address.
func (r *recorder) address(call string, do func() (sockets.SockAddr, error)) (a sockets.SockAddr, err error) {
	r.record(call, func() error { a, err = do(); return err }, func() string { return r.log.spell(a, false) })
	return a, err
}

func (r *recorder) Getsockname(fd int) (sockets.SockAddr, error) {
	return r.address(fmt.Sprintf("getsockname(%d)", fd), func() (sockets.SockAddr, error) { return r.calls.Getsockname(fd) })
}

func (r *recorder) Getpeername(fd int) (sockets.SockAddr, error) {
	return r.address(fmt.Sprintf("getpeername(%d)", fd), func() (sockets.SockAddr, error) { return r.calls.Getpeername(fd) })
}

func (r *recorder) Read(fd int, buf []byte) (n int, err error) {
	r.record(fmt.Sprintf("read(%d, %d)", fd, len(buf)),
		func() error { n, err = r.calls.Read(fd, buf); return err }, func() string { return got(n, buf) })
	return n, err
}

func (r *recorder) Write(fd int, data []byte) (int, error) {
	return r.number(fmt.Sprintf("write(%d, %s)", fd, quote(data)), func() (int, error) { return r.calls.Write(fd, data) })
}

func (r *recorder) Readv(fd int, bufs [][]byte) (n int, err error) {
	r.record(fmt.Sprintf("readv(%d, %v)", fd, lengths(bufs)),
		func() error { n, err = r.calls.Readv(fd, bufs); return err }, func() string { return got(n, joined(bufs)) })
	return n, err
}

func (r *recorder) Writev(fd int, bufs [][]byte) (int, error) {
	return r.number(fmt.Sprintf("writev(%d, %s)", fd, quotes(bufs)), func() (int, error) { return r.calls.Writev(fd, bufs) })
}

func (r *recorder) Recvfrom(fd int, buf []byte, flags int) (n int, from *sockets.SockAddr, err error) {
	r.record(fmt.Sprintf("recvfrom(%d, %d, %s)", fd, len(buf), msgFlagNames.set(flags)),
		func() error { n, from, err = r.calls.Recvfrom(fd, buf, flags); return err },
		func() string { return got(n, buf) + r.from(from) })
	return n, from, err
}

func (r *recorder) from(a *sockets.SockAddr) string {
	if a == nil {
		return ""
	}
	return " from " + r.log.spell(*a, false)
}

// to spells the address of a message, if it has one.
func (r *recorder) to(a *sockets.SockAddr) string {
	if a == nil {
		return ""
	}
	return ", " + r.log.spell(*a, true)
}

func (r *recorder) Sendto(fd int, data []byte, flags int, to *sockets.SockAddr) (int, error) {
	call := fmt.Sprintf("sendto(%d, %s, %s%s)", fd, quote(data), msgFlagNames.set(flags), r.to(to))
	return r.number(call, func() (int, error) { return r.calls.Sendto(fd, data, flags, to) })
}

func (r *recorder) Recvmsg(fd int, m *sockets.Msg, flags int) (n int, err error) {
	r.record(fmt.Sprintf("recvmsg(%d, %v, %s)", fd, lengths(m.Bufs), msgFlagNames.set(flags)),
		func() error { n, err = r.calls.Recvmsg(fd, m, flags); return err },
		func() string {
			return got(n, joined(m.Bufs)) + r.from(m.Name) + " flags " + msgFlagNames.set(m.Flags)
		})
	return n, err
}

func (r *recorder) Sendmsg(fd int, m *sockets.Msg, flags int) (int, error) {
	call := fmt.Sprintf("sendmsg(%d, %s, %s%s)", fd, quotes(m.Bufs), msgFlagNames.set(flags), r.to(m.Name))
	return r.number(call, func() (int, error) { return r.calls.Sendmsg(fd, m, flags) })
}

func (r *recorder) Shutdown(fd, how int) error {
	return r.plain(fmt.Sprintf("shutdown(%d, %s)", fd, hows.one(how)), func() error { return r.calls.Shutdown(fd, how) })
}

func (r *recorder) Setsockopt(fd, level, opt int, val []byte, optlen int) error {
	call := fmt.Sprintf("setsockopt(%d, %s, %s)", fd, optionName(level, opt), optionText(level, opt, val))
	if optlen != len(val) {
		call = fmt.Sprintf("%s, %d)", strings.TrimSuffix(call, ")"), optlen)
	}
	return r.plain(call, func() error { return r.calls.Setsockopt(fd, level, opt, val, optlen) })
}

func (r *recorder) Getsockopt(fd, level, opt int, buf []byte, optlen int) (n int, err error) {
	r.record(fmt.Sprintf("getsockopt(%d, %s, %d)", fd, optionName(level, opt), optlen),
		func() error { n, err = r.calls.Getsockopt(fd, level, opt, buf, optlen); return err },
		func() string { return optionText(level, opt, buf[:max(0, min(n, len(buf)))]) })
	return n, err
}

func (r *recorder) Ioctl(fd, cmd int) (int, error) {
	return r.number(fmt.Sprintf("ioctl(%d, %s)", fd, ioctls.one(cmd)), func() (int, error) { return r.calls.Ioctl(fd, cmd) })
}

func (r *recorder) Fcntl(fd, cmd, arg int) (n int, err error) {
	call, answer := fmt.Sprintf("fcntl(%d, %s, %d)", fd, fcntls.one(cmd), arg), func() string { return fmt.Sprint(n) }
	switch cmd {
	case sockets.F_GETFD, sockets.F_SETFD:
		call = fmt.Sprintf("fcntl(%d, %s, %s)", fd, fcntls.one(cmd), fdFlags.set(arg))
		answer = func() string { return fdFlags.set(n) }
	case sockets.F_GETFL, sockets.F_SETFL:
		call = fmt.Sprintf("fcntl(%d, %s, %s)", fd, fcntls.one(cmd), fileFlags.set(arg))
		answer = func() string { return modes[n&3] + fileFlags.more(n&^3) }
	}
	if cmd == sockets.F_GETFD || cmd == sockets.F_GETFL {
		call = fmt.Sprintf("fcntl(%d, %s)", fd, fcntls.one(cmd))
	}
	if cmd == sockets.F_SETFD || cmd == sockets.F_SETFL {
		answer = nil
	}
	r.record(call, func() error { n, err = r.calls.Fcntl(fd, cmd, arg); return err }, answer)
	return n, err
}

func (r *recorder) Close(fd int) error {
	return r.plain(fmt.Sprintf("close(%d)", fd), func() error { return r.calls.Close(fd) })
}

func (r *recorder) Dup(fd int) (int, error) {
	return r.number(fmt.Sprintf("dup(%d)", fd), func() (int, error) { return r.calls.Dup(fd) })
}

func (r *recorder) Dup2(old, new int) (int, error) {
	return r.number(fmt.Sprintf("dup2(%d, %d)", old, new), func() (int, error) { return r.calls.Dup2(old, new) })
}

func (r *recorder) Dup3(old, new, flags int) (int, error) {
	return r.number(fmt.Sprintf("dup3(%d, %d, %s)", old, new, fileFlags.set(flags)), func() (int, error) { return r.calls.Dup3(old, new, flags) })
}

func (r *recorder) Pipe2(flags int) (rd, wr int, err error) {
	r.record(fmt.Sprintf("pipe2(%s)", fileFlags.set(flags)),
		func() error { rd, wr, err = r.calls.Pipe2(flags); return err },
		func() string { return fmt.Sprintf("[%d, %d]", rd, wr) })
	return rd, wr, err
}

func (r *recorder) OpenNull() (int, error) {
	return r.number(`open("/dev/null")`, r.calls.OpenNull)
}

func (r *recorder) Poll(fds []sockets.PollFD, nfds int, timeout time.Duration) (n int, err error) {
	list := func(revents bool) string {
		var parts []string
		for _, f := range fds {
			if events := f.Events; !revents {
				parts = append(parts, fmt.Sprintf("%d:%s", f.FD, pollFlags.set(events)))
			} else if f.Revents != 0 {
				parts = append(parts, fmt.Sprintf("%d:%s", f.FD, pollFlags.set(f.Revents)))
			}
		}
		return "[" + strings.Join(parts, " ") + "]"
	}
	call := fmt.Sprintf("poll(%s, %d, %s)", list(false), nfds, waitText(timeout))
	r.record(call, func() error { n, err = r.calls.Poll(fds, nfds, timeout); return err },
		func() string { return fmt.Sprintf("%d %s", n, list(true)) })
	return n, err
}

func (r *recorder) Select(nfds int, rd, wr, ex *sockets.FDSet, timeout time.Duration) (n int, err error) {
	list := func() string { return members(nfds, rd) + " " + members(nfds, wr) + " " + members(nfds, ex) }
	r.record(fmt.Sprintf("select(%d, %s, %s)", nfds, list(), waitText(timeout)),
		func() error { n, err = r.calls.Select(nfds, rd, wr, ex, timeout); return err },
		func() string { return fmt.Sprintf("%d %s", n, list()) })
	return n, err
}

func (r *recorder) EpollCreate1(flags int) (int, error) {
	return r.number(fmt.Sprintf("epoll_create1(%s)", fileFlags.set(flags)), func() (int, error) { return r.calls.EpollCreate1(flags) })
}

func (r *recorder) EpollCtl(epfd, op, fd int, ev *sockets.EpollEvent) error {
	event := "NULL"
	if ev != nil {
		event = fmt.Sprintf("%s data %d", epollFlags.set(int(ev.Events)), ev.Data)
	}
	return r.plain(fmt.Sprintf("epoll_ctl(%d, %s, %d, %s)", epfd, epollOps.one(op), fd, event),
		func() error { return r.calls.EpollCtl(epfd, op, fd, ev) })
}

func (r *recorder) EpollWait(epfd, maxEvents int, timeout time.Duration) (events []sockets.EpollEvent, err error) {
	r.record(fmt.Sprintf("epoll_wait(%d, %d, %s)", epfd, maxEvents, waitText(timeout)),
		func() error { events, err = r.calls.EpollWait(epfd, maxEvents, timeout); return err },
		func() string {
			text := fmt.Sprint(len(events))
			for _, e := range events {
				text += fmt.Sprintf(" %s data %d", epollFlags.set(int(e.Events)), e.Data)
			}
			return text
		})
	return events, err
}

func (r *recorder) Getrlimit() (soft, hard int, err error) {
	r.record("getrlimit(RLIMIT_NOFILE)", func() error { soft, hard, err = r.calls.Getrlimit(); return err },
		func() string { return fmt.Sprintf("%d, %d", soft, hard) })
	return soft, hard, err
}

func (r *recorder) Setrlimit(soft, hard int) error {
	return r.plain(fmt.Sprintf("setrlimit(RLIMIT_NOFILE, %d, %d)", soft, hard), func() error { return r.calls.Setrlimit(soft, hard) })
}
