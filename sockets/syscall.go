package sockets

import (
	"fmt"
	"strings"
)

// This file is the system-call table: mostly argument checking, then down.
// Each method is one man page of section 2. On success the error is nil; else
// it is an *[OpError] around the [Errno] the kernel answers, or a
// [StuckError].

// sysSocket checks what every call on a socket checks first.
func (p *Process) sysSocket(fd int) (i uint32, s *sock, e Errno) {
	if p.ended {
		return 0, nil, ESRCH
	}
	f := p.fds.get(fd)
	switch f & fdKind {
	case 0:
		return 0, nil, EBADF
	case kindSock:
		return f.index(), p.host.socks.at(f.index()), 0
	}
	return 0, nil, ENOTSOCK
}

// newFD finds the lowest free descriptor from a number on, within
// RLIMIT_NOFILE (EMFILE) and fs.file-max (ENFILE, which only CAP_SYS_ADMIN may
// exceed).
func (p *Process) newFD() (int, Errno) {
	fd, e := p.freeFD(0)
	if e != 0 {
		return -1, e
	}
	if p.host.files >= p.host.limits.FileMax {
		return -1, ENFILE
	}
	return fd, 0
}

// install puts a new socket behind a descriptor.
func (p *Process) install(fd int, i uint32, flags int) {
	e := kindSock | fdEntry(i)
	if flags&SOCK_CLOEXEC != 0 {
		e |= fdCloexec
	}
	s := p.host.socks.at(i)
	s.refs++
	s.flags &^= flagNonblock
	if flags&SOCK_NONBLOCK != 0 {
		s.flags |= flagNonblock
	}
	p.fds.put(fd, e)
	p.host.files++
}

// answer wraps an errno once.
func (p *Process) answer(call string, fd int, arg string, e Errno) error {
	if t := p.host.net.cur; t != nil && t.dying {
		t.co.Park() // the program is not returned to
	}
	if err := p.host.net.err; err != nil {
		return err
	}
	if p.host.charged {
		p.pay(p.host.limits.Costs.Syscall)
	}
	if e == 0 {
		return nil
	}
	return &OpError{Op: call, FD: fd, Addr: arg, Err: e}
}

// tracing reports whether anybody records: building the text costs.
func (p *Process) tracing() bool { return p.host.net.tape != nil }

// Socket makes an endpoint: socket(2). typ may carry SOCK_NONBLOCK and
// SOCK_CLOEXEC.
func (p *Process) Socket(domain, typ, protocol int) (fd int, err error) {
	fd, e := p.socket(domain, typ, protocol)
	if p.tracing() {
		p.traceRet(fmt.Sprintf("socket(%s, %s, %s)", domainName(domain), typeName(typ), protoName(protocol)), fd, e)
	}
	return fd, p.answer("socket", -1, "", e)
}

func (p *Process) socket(domain, typ, protocol int) (int, Errno) {
	if p.ended {
		return -1, ESRCH
	}
	kind, e := p.socketKind(domain, typ, protocol)
	if e != 0 {
		return -1, e
	}
	h := p.host
	if !h.fits(SizeServerSocket) {
		return -1, ENOMEM
	}
	fd, e := p.newFD()
	if e != 0 {
		return -1, e
	}
	i := h.socks.alloc()
	s := h.socks.at(i)
	h.dress(s, kind, p.uid)
	p.install(fd, i, typ)
	return fd, 0
}

// Bind gives a socket its local address: bind(2). Port 0 asks for any free
// ephemeral port.
func (p *Process) Bind(fd int, a SockAddr) error {
	e := p.bind(fd, a)
	if p.tracing() {
		p.traceRet(fmt.Sprintf("bind(%d, %s)", fd, strace(a)), 0, e)
	}
	return p.answer("bind", fd, a.String(), e)
}

func (p *Process) bind(fd int, a SockAddr) Errno {
	i, s, e := p.sysSocket(fd)
	if e == 0 {
		e = lengthError(a)
	}
	if e != 0 {
		return e
	}
	switch s.proto {
	case protoTCP, protoUDP:
		return p.host.bindSocket(i, s, a, p.uid)
	}
	return p.host.otherBind(s, a)
}

// lengthError refuses a length no sockaddr has (move_addr_to_kernel).
func lengthError(a SockAddr) Errno {
	if a.Len < -1 || a.Len > 128 { // sizeof(struct sockaddr_storage)
		return EINVAL
	}
	return 0
}

// Listen makes a socket passive: listen(2). The backlog is clamped to
// net.core.somaxconn; a negative one means somaxconn, because the kernel
// compares without sign.
func (p *Process) Listen(fd, backlog int) error {
	e := p.listen(fd, backlog)
	if p.tracing() {
		p.traceRet(fmt.Sprintf("listen(%d, %d)", fd, backlog), 0, e)
	}
	return p.answer("listen", fd, "", e)
}

func (p *Process) listen(fd, backlog int) Errno {
	i, s, e := p.sysSocket(fd)
	h := p.host
	switch {
	case e != 0:
		return e
	case s.proto != protoTCP:
		return h.otherListen(s)
	case s.flags&sockState != 0:
		return EINVAL
	}
	bound := uint32(min(uint64(uint32(backlog)), uint64(h.limits.Somaxconn)))
	if s.state == Listen {
		h.listeners.at(s.traffic).backlog = bound
		return 0
	}
	if s.state != Closed {
		return EINVAL
	}
	return h.listenSocket(i, s, bound)
}

// Accept4 takes the oldest established connection from the accept queue:
// accept4(2). It sleeps while the queue is empty. flags may be SOCK_NONBLOCK
// and SOCK_CLOEXEC, for the new socket.
func (p *Process) Accept4(fd, flags int) (int, SockAddr, error) {
	nfd, peer, e, err := p.accept4(fd, flags)
	if p.tracing() && err == nil {
		p.traceRet(fmt.Sprintf("accept4(%d, %s, %s)", fd, straceFilled(&peer, e), flagNames(flags)), nfd, e)
	}
	if err != nil {
		return -1, SockAddr{}, err
	}
	return nfd, peer, p.answer("accept4", fd, "", e)
}

func (p *Process) accept4(fd, flags int) (int, SockAddr, Errno, error) {
	no := func(e Errno) (int, SockAddr, Errno, error) { return -1, SockAddr{}, e, nil }
	h := p.host
	i, s, e := p.sysSocket(fd)
	switch {
	case e == EBADF || e == ESRCH:
		return no(e) // the descriptor is looked up before anything else
	case flags&^(SOCK_NONBLOCK|SOCK_CLOEXEC) != 0:
		return no(EINVAL)
	}
	// The descriptor comes first: at the limit the connection stays in the
	// queue, and a sleeping accept keeps its number (FD_ADD).
	nfd, full := p.freeFD(0)
	switch {
	case full != 0:
		return no(full)
	case e != 0:
		return no(e)
	case h.files >= h.limits.FileMax || !h.fits(sizeOpen):
		return no(ENFILE)
	case s.proto != protoTCP:
		return no(h.otherListen(s))
	}
	self := kindSock | file(i)
	h.hold(self)
	defer h.dropFile(self)
	c, e, err := p.acceptAside(i, s, fd, nfd)
	if c == 0 {
		return -1, SockAddr{}, e, err
	}
	p.install(nfd, c, flags)
	return nfd, h.remote(h.socks.at(c)), 0, nil
}

// acceptAside is acceptQueued with the number of the new descriptor put aside,
// and its file too: do_accept makes it before it sleeps, so that many who wait
// cannot pass fs.file-max together.
func (p *Process) acceptAside(i uint32, s *sock, fd, nfd int) (uint32, Errno, error) {
	p.fds.reserve(nfd)
	p.host.files++
	defer func() {
		p.host.files--
		p.fds.unreserve(nfd)
	}()
	return p.acceptQueued(i, s, fd)
}

// acceptQueued takes a connection from the accept queue, or sleeps until there
// is one (inet_csk_accept).
func (p *Process) acceptQueued(i uint32, s *sock, fd int) (uint32, Errno, error) {
	h := p.host
	timeout := h.options(s).rcvTimeo
	wait := s.flags&flagNonblock == 0 && h.net.err == nil
	for {
		if s.state != Listen {
			return 0, EINVAL, nil
		}
		if c := h.dequeue(i); c != 0 {
			return c, 0, nil
		}
		if !wait {
			return 0, EAGAIN, nil
		}
		late, err := p.sleepOn(s, waitExclusive, 0, &timeout, inCall{"accept4", fd})
		if err != nil {
			return 0, 0, err
		}
		if late && h.listening(s) == 0 {
			return 0, EAGAIN, nil
		}
	}
}

// Getsockname is a socket's own address: getsockname(2). Unbound, it is the
// wildcard with port 0.
func (p *Process) Getsockname(fd int) (SockAddr, error) {
	_, s, e := p.sysSocket(fd)
	a := SockAddr{}
	if e == 0 {
		a = p.host.otherName(s)
	}
	if p.tracing() {
		p.traceRet(fmt.Sprintf("getsockname(%d, %s)", fd, straceFilled(&a, e)), 0, e)
	}
	return a, p.answer("getsockname", fd, "", e)
}

// Getpeername is the address of the other end: getpeername(2).
func (p *Process) Getpeername(fd int) (SockAddr, error) {
	_, s, e := p.sysSocket(fd)
	a := SockAddr{}
	if e == 0 {
		a, e = p.host.otherPeer(s)
	}
	if p.tracing() {
		p.traceRet(fmt.Sprintf("getpeername(%d, %s)", fd, straceFilled(&a, e)), 0, e)
	}
	return a, p.answer("getpeername", fd, "", e)
}

// Close gives a descriptor back: close(2). The last one of a socket closes
// the connection; unread data turns the FIN into a reset.
func (p *Process) Close(fd int) error {
	e := Errno(0)
	switch {
	case p.ended:
		e = ESRCH
	case p.fds.get(fd) == 0:
		e = EBADF
	default:
		p.close(fd)
	}
	if p.tracing() {
		p.traceRet(fmt.Sprintf("close(%d)", fd), 0, e)
	}
	return p.answer("close", fd, "", e)
}

func (p *Process) close(fd int) { p.closeFile(p.fds.take(fd).file(), fd) }

// closeFile is filp_close: the descriptor is free already.
func (p *Process) closeFile(f file, fd int) {
	if f&fdKind == kindSock {
		p.linger(f.index(), fd)
	}
	p.host.dropFile(f)
}

// linger lets close wait for the peer's acknowledgement of everything, FIN
// included, for as long as SO_LINGER says (sk_stream_wait_close).
func (p *Process) linger(i uint32, fd int) {
	h := p.host
	s := h.socks.at(i)
	o := h.options(s)
	if s.proto != protoTCP || s.refs > 1 || !o.lingerOn || o.linger == 0 || s.state == Listen ||
		s.traffic != 0 && h.traffic.at(s.traffic).rcvBytes > 0 {
		return
	}
	h.leaveEpolls(&s.waiters)
	left := forever
	if o.linger > 0 {
		left = seconds(o.linger)
	}
	s.shut = shutBoth
	h.closeSending(i, s)
	for (s.state == FinWait1 || s.state == Closing || s.state == LastAck) && left != 0 && h.net.err == nil {
		if _, err := p.sleepOn(s, waitThread, 0, &left, inCall{"close", fd}); err != nil {
			return
		}
	}
}

// Getrlimit is RLIMIT_NOFILE: getrlimit(2).
func (p *Process) Getrlimit() (soft, hard int, err error) {
	e := Errno(0)
	if p.ended {
		e = ESRCH
	}
	if p.tracing() {
		p.traceRet("prlimit64(0, RLIMIT_NOFILE, NULL, "+straceLimit(p.soft, p.hard)+")", 0, e)
	}
	return p.soft, p.hard, p.answer("getrlimit", -1, "", e)
}

// Setrlimit sets RLIMIT_NOFILE: setrlimit(2). The hard limit can only go
// down. Descriptors that are open beyond a lower limit stay open.
func (p *Process) Setrlimit(soft, hard int) error {
	e := Errno(0)
	switch {
	case p.ended:
		e = ESRCH
	case uint64(soft) > uint64(hard): // unsigned: -1 is RLIM_INFINITY
		e = EINVAL
	case uint64(hard) > uint64(p.host.limits.NrOpen) || hard > p.hard:
		e = EPERM // kernel/sys.c do_prlimit
	default:
		p.soft, p.hard = soft, hard
	}
	if p.host.net.tape != nil {
		p.traceRet("prlimit64(0, RLIMIT_NOFILE, "+straceLimit(soft, hard)+", NULL)", 0, e)
	}
	return p.answer("setrlimit", -1, "", e)
}

func domainName(d int) string {
	switch d {
	case AF_UNSPEC:
		return "AF_UNSPEC"
	case AF_UNIX:
		return "AF_UNIX"
	case AF_INET:
		return "AF_INET"
	case AF_INET6:
		return "AF_INET6"
	}
	return itoa(d)
}

var typeNames = [...]string{"", "SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW", "SOCK_RDM", "SOCK_SEQPACKET"}

func typeName(t int) string {
	kind := itoa(t & 0xf)
	if k := t & 0xf; k > 0 && k < len(typeNames) {
		kind = typeNames[k]
	}
	if t&^0xf == 0 {
		return kind
	}
	return kind + "|" + flagNames(t&^0xf)
}

func protoName(p int) string {
	switch p {
	case IPPROTO_IP:
		return "IPPROTO_IP"
	case IPPROTO_TCP:
		return "IPPROTO_TCP"
	case IPPROTO_UDP:
		return "IPPROTO_UDP"
	}
	return itoa(p)
}

func flagNames(f int) string {
	var names []string
	for _, n := range []struct {
		bit  int
		name string
	}{{SOCK_CLOEXEC, "SOCK_CLOEXEC"}, {SOCK_NONBLOCK, "SOCK_NONBLOCK"}} {
		if f&n.bit != 0 {
			names = append(names, n.name)
			f &^= n.bit
		}
	}
	if f != 0 || names == nil {
		if f == 0 {
			return "0"
		}
		names = append(names, fmt.Sprintf("%#x", f))
	}
	return strings.Join(names, "|")
}
