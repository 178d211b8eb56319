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
		i = uint32(f & fdIndex)
		return i, p.host.socks.at(i), 0
	}
	return 0, nil, ENOTSOCK
}

// get is sysSocket, and holds the socket until put, as fdget and fdput do: a
// close by another thread does not take it away from under a call that sleeps.
func (p *Process) get(fd int) (i uint32, s *sock, e Errno) {
	if i, s, e = p.sysSocket(fd); e == 0 {
		s.refs++
	}
	return i, s, e
}

func (p *Process) put(i uint32, s *sock) {
	if s.refs--; s.refs == 0 {
		p.host.closeSocket(i, s)
	}
}

// newFD finds the lowest free descriptor, within RLIMIT_NOFILE (EMFILE) and
// fs.file-max (ENFILE). Linux asks in this order, and before it does anything
// else: __sys_accept4_file, __sys_socket.
func (p *Process) newFD() (int, Errno) {
	fd := p.fds.lowest()
	if fd >= p.soft {
		return -1, EMFILE
	}
	if p.host.files >= p.host.limits.FileMax {
		return -1, ENFILE
	}
	return fd, 0
}

// install puts a socket behind a descriptor.
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

// answer wraps an errno once and puts the call on the tape.
func (p *Process) answer(call string, fd int, arg string, e Errno) error {
	if err := p.host.net.err; err != nil {
		return err
	}
	if e == 0 {
		return nil
	}
	return &OpError{Op: call, FD: fd, Addr: arg, Err: e}
}

// Socket makes an endpoint: socket(2). This kernel knows AF_INET with
// SOCK_STREAM; typ may carry SOCK_NONBLOCK and SOCK_CLOEXEC.
func (p *Process) Socket(domain, typ, protocol int) (fd int, err error) {
	fd, e := p.socket(domain, typ, protocol)
	if p.host.net.tape != nil {
		p.traceRet(fmt.Sprintf("socket(%s, %s, %s)", domainName(domain), typeName(typ), protoName(protocol)), fd, e)
	}
	return fd, p.answer("socket", -1, "", e)
}

func (p *Process) socket(domain, typ, protocol int) (int, Errno) {
	kind := typ & 0xf // include/linux/net.h SOCK_TYPE_MASK
	switch {
	case p.ended:
		return -1, ESRCH
	case typ&^0xf&^(SOCK_NONBLOCK|SOCK_CLOEXEC) != 0:
		return -1, EINVAL
	case domain < 0 || domain >= 46: // AF_MAX
		return -1, EAFNOSUPPORT
	case kind >= 11: // SOCK_MAX
		return -1, EINVAL
	case domain != AF_INET:
		return -1, EAFNOSUPPORT
	case protocol < 0 || protocol >= 263: // IPPROTO_MAX: include/uapi/linux/in.h
		return -1, EINVAL
	case kind != SOCK_STREAM:
		return -1, ESOCKTNOSUPPORT
	case protocol != IPPROTO_IP && protocol != IPPROTO_TCP:
		return -1, EPROTONOSUPPORT
	}
	fd, e := p.newFD()
	if e != 0 {
		return -1, e
	}
	i := p.host.socks.alloc()
	p.host.socks.at(i).state = Closed
	p.install(fd, i, typ)
	return fd, 0
}

// Bind gives a socket its local address: bind(2). Port 0 asks for any free
// ephemeral port.
func (p *Process) Bind(fd int, a SockAddr) error {
	e := p.bind(fd, a)
	if p.host.net.tape != nil {
		p.traceRet(fmt.Sprintf("bind(%d, %s)", fd, strace(a)), 0, e)
	}
	return p.answer("bind", fd, a.String(), e)
}

func (p *Process) bind(fd int, a SockAddr) Errno {
	_, s, e := p.sysSocket(fd)
	h := p.host
	switch {
	case e != 0:
		return e
	case a.Family != AF_INET && !(a.Family == AF_UNSPEC && a.IP == 0):
		return EAFNOSUPPORT // AF_UNSPEC with INADDR_ANY is let through: __inet_bind
	case !h.local(a.IP):
		return EADDRNOTAVAIL
	case a.Port != 0 && int(a.Port) < h.limits.UnprivilegedPortStart && !p.mayBindLow():
		return EACCES
	case s.state != Closed || s.owner != 0:
		return EINVAL // already bound, or connected: __inet_bind
	}
	port := a.Port
	if port == 0 {
		if port = h.bindAny(a.IP); port == 0 {
			return EADDRINUSE
		}
	} else if h.conflict(a.IP, port, 0) {
		return EADDRINUSE
	}
	h.own(s, a.IP, port, false)
	s.laddr, s.lport = a.IP, port
	if a.IP != 0 {
		s.flags |= flagAddr
	}
	if a.Port != 0 {
		s.flags |= flagPort
	}
	return 0
}

// mayBindLow: processes run with CAP_NET_BIND_SERVICE.
func (p *Process) mayBindLow() bool { return true }

// Listen makes a socket passive: listen(2). The backlog is clamped to
// net.core.somaxconn; a negative one means somaxconn, because the kernel
// compares without sign.
func (p *Process) Listen(fd, backlog int) error {
	e := p.listen(fd, backlog)
	if p.host.net.tape != nil {
		p.traceRet(fmt.Sprintf("listen(%d, %d)", fd, backlog), 0, e)
	}
	return p.answer("listen", fd, "", e)
}

func (p *Process) listen(fd, backlog int) Errno {
	i, s, e := p.sysSocket(fd)
	h := p.host
	if e != 0 {
		return e
	}
	bound := uint32(min(uint64(uint32(backlog)), uint64(h.limits.Somaxconn)))
	if s.state == Listen {
		h.listeners.at(s.traffic).backlog = bound
		return 0
	}
	if s.state != Closed || s.connected() || s.flags&flagConnecting != 0 {
		return EINVAL
	}
	if s.owner == 0 {
		port := h.bindAny(s.laddr)
		if port == 0 {
			return EADDRINUSE
		}
		h.own(s, s.laddr, port, false)
		s.lport = port
	} else if h.conflict(s.laddr, s.lport, s.owner) {
		return EADDRINUSE
	}
	h.purge(s)
	s.traffic = h.listeners.alloc()
	h.listeners.at(s.traffic).backlog = bound
	h.ports.owners.at(s.owner).listener = i
	s.err = 0
	h.setState(i, s, Listen, "listen(2): RFC 9293 §3.10.1, passive OPEN")
	return 0
}

// Accept4 takes the oldest established connection from the accept queue:
// accept4(2). It sleeps while the queue is empty. flags may be SOCK_NONBLOCK
// and SOCK_CLOEXEC, for the new socket.
func (p *Process) Accept4(fd, flags int) (int, SockAddr, error) {
	nfd, peer, e, err := p.accept4(fd, flags)
	if p.host.net.tape != nil && err == nil {
		to := "NULL"
		if e == 0 {
			to = strace(peer)
		}
		p.traceRet(fmt.Sprintf("accept4(%d, %s, %s)", fd, to, flagNames(flags)), nfd, e)
	}
	if err != nil {
		return -1, SockAddr{}, err
	}
	return nfd, peer, p.answer("accept4", fd, "", e)
}

func (p *Process) accept4(fd, flags int) (int, SockAddr, Errno, error) {
	i, s, e := p.get(fd)
	switch {
	case e == 0:
		defer p.put(i, s)
	case e != ENOTSOCK:
		return -1, SockAddr{}, e, nil
	}
	if flags&^(SOCK_NONBLOCK|SOCK_CLOEXEC) != 0 {
		return -1, SockAddr{}, EINVAL, nil
	}
	// The descriptor comes first: at the limit the connection stays in the
	// queue.
	nfd, full := p.newFD()
	switch {
	case full == EMFILE:
		return -1, SockAddr{}, full, nil
	case e != 0:
		return -1, SockAddr{}, e, nil // no socket: do_accept
	case full != 0:
		return -1, SockAddr{}, full, nil
	}
	peer, e := p.take(i, s, nfd, flags)
	if e == EAGAIN && s.flags&flagNonblock == 0 && p.host.net.err == nil {
		return p.acceptSleeping(i, s, fd, nfd, flags)
	}
	if e != 0 {
		nfd = -1
	}
	return nfd, peer, e, nil
}

// acceptSleeping is accept4 with nothing in the queue: its number is put
// aside, and it sleeps until there is something.
func (p *Process) acceptSleeping(i uint32, s *sock, fd, nfd, flags int) (int, SockAddr, Errno, error) {
	p.putAside(nfd)
	defer p.giveBack(nfd)
	for {
		if err := p.sleep(s, "accept4("+itoa(fd)+")", false); err != nil {
			return -1, SockAddr{}, 0, err
		}
		if p.ended {
			p.host.passOn(s)
			return -1, SockAddr{}, ESRCH, nil
		}
		p.giveBack(nfd)
		peer, e := p.take(i, s, nfd, flags)
		if e == 0 {
			return nfd, peer, 0, nil
		}
		p.putAside(nfd)
		if e != EAGAIN {
			return -1, SockAddr{}, e, nil
		}
	}
}

// take takes the oldest connection out of an accept queue, under a number.
func (p *Process) take(i uint32, s *sock, nfd, flags int) (peer SockAddr, e Errno) {
	if s.state != Listen {
		return SockAddr{}, EINVAL
	}
	c := p.host.dequeue(i)
	if c == 0 {
		return SockAddr{}, EAGAIN
	}
	p.install(nfd, c, flags)
	return p.host.socks.at(c).remote(), 0
}

// putAside keeps a number for the file that a sleeping accept4 will return.
// The file counts already (do_accept makes it before it looks at the queue).
func (p *Process) putAside(fd int) {
	p.fds.putAside(fd)
	p.host.files++
}

// giveBack ends that, if it has not ended yet.
func (p *Process) giveBack(fd int) {
	if p.fds.files[fd] == kindAside {
		p.fds.giveBack(fd)
		p.host.files--
	}
}

// Getsockname is a socket's own address: getsockname(2). Unbound, it is
// 0.0.0.0:0.
func (p *Process) Getsockname(fd int) (SockAddr, error) {
	_, s, e := p.sysSocket(fd)
	a := SockAddr{Family: AF_INET}
	if e == 0 {
		a = s.local()
	}
	if p.host.net.tape != nil {
		p.traceRet(fmt.Sprintf("getsockname(%d, %s)", fd, strace(a)), 0, e)
	}
	return a, p.answer("getsockname", fd, "", e)
}

// Getpeername is the address of the other end: getpeername(2).
func (p *Process) Getpeername(fd int) (SockAddr, error) {
	_, s, e := p.sysSocket(fd)
	a := SockAddr{}
	if e == 0 {
		a = s.remote()
		if s.rport == 0 || s.state == Closed || s.state == SynSent {
			a, e = SockAddr{}, ENOTCONN
		}
	}
	if p.host.net.tape != nil {
		p.traceRet(fmt.Sprintf("getpeername(%d, %s)", fd, strace(a)), 0, e)
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
		p.closeFD(fd)
	}
	if p.host.net.tape != nil {
		p.traceRet(fmt.Sprintf("close(%d)", fd), 0, e)
	}
	return p.answer("close", fd, "", e)
}

// closeFD frees a number. A call that sleeps on its socket goes on.
func (p *Process) closeFD(fd int) {
	f := p.fds.take(fd)
	p.host.files--
	if f&fdKind == kindSock {
		i := uint32(f & fdIndex)
		p.put(i, p.host.socks.at(i))
	}
}

// close is what the end of a process does with each of its numbers. The calls
// that sleep in its name end first.
func (p *Process) close(fd int) {
	if n := p.host.net; n.ending != p {
		n.ending = p
		p.endSleepers()
	}
	switch p.fds.files[fd] {
	case 0:
	case kindAside:
		p.giveBack(fd)
	default:
		p.closeFD(fd)
	}
}

// Getrlimit is RLIMIT_NOFILE: getrlimit(2).
func (p *Process) Getrlimit() (soft, hard int, err error) {
	e := Errno(0)
	if p.ended {
		e = ESRCH
	}
	if p.host.net.tape != nil {
		p.traceRet(fmt.Sprintf("getrlimit(RLIMIT_NOFILE, {rlim_cur=%d, rlim_max=%d})", p.soft, p.hard), 0, e)
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
		p.traceRet(fmt.Sprintf("setrlimit(RLIMIT_NOFILE, {rlim_cur=%d, rlim_max=%d})", soft, hard), 0, e)
	}
	return p.answer("setrlimit", -1, "", e)
}

// strace prints an address as strace does.
func strace(a SockAddr) string {
	if a.Family != AF_INET {
		return fmt.Sprintf("{sa_family=%d}", a.Family)
	}
	return fmt.Sprintf("{sa_family=AF_INET, sin_port=htons(%d), sin_addr=inet_addr(\"%v\")}, 16", a.Port, a.IP)
}

func domainName(d int) string {
	switch d {
	case AF_UNSPEC:
		return "AF_UNSPEC"
	case AF_INET:
		return "AF_INET"
	}
	return itoa(d)
}

func typeName(t int) string {
	kind := itoa(t & 0xf)
	if t&0xf == SOCK_STREAM {
		kind = "SOCK_STREAM"
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
