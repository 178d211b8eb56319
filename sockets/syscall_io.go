package sockets

import (
	"fmt"
	"strconv"

	"socketbook/sockets/wire"
)

// Connect opens a connection: connect(2). Without a bind before it, the
// socket gets an ephemeral port. A blocking socket sleeps until the handshake
// is over; a non-blocking one gets EINPROGRESS.
func (p *Process) Connect(fd int, a SockAddr) error {
	e, err := p.connect(fd, a)
	if p.host.net.tape != nil && err == nil {
		p.traceRet(fmt.Sprintf("connect(%d, %s)", fd, strace(a)), 0, e)
	}
	if err != nil {
		return err
	}
	return p.answer("connect", fd, a.String(), e)
}

func (p *Process) connect(fd int, a SockAddr) (Errno, error) {
	i, s, e := p.get(fd)
	if e != 0 {
		return e, nil
	}
	defer p.put(i, s)
	pending := EINPROGRESS
	switch {
	case a.Family == AF_UNSPEC:
		p.host.disconnect(i, s)
		return 0, nil
	case s.connected():
		return EISCONN, nil // even if its connection is over
	case s.flags&flagConnecting != 0:
		pending = EALREADY
	case s.state != Closed:
		return EISCONN, nil // it listens
	case a.Family != AF_INET:
		return EAFNOSUPPORT, nil
	default:
		if e := p.host.open(i, s, a); e != 0 {
			return e, nil
		}
		s.flags |= flagConnecting
	}
	for s.state == SynSent || s.state == SynRecv {
		if s.flags&flagNonblock != 0 || p.host.net.err != nil {
			return pending, nil
		}
		if err := p.sleep(s, "connect("+itoa(fd)+", "+a.String()+")", false); err != nil {
			return 0, err
		}
		switch {
		case p.ended:
			return ESRCH, nil
		case s.flags&flagConnecting == 0:
			return EPIPE, nil // another thread has dissolved the association
		}
	}
	s.flags &^= flagConnecting
	if s.state == Closed { // refused, reset or timed out: it may try again
		if e = s.takeError(); e == 0 {
			e = ECONNABORTED // somebody else was told
		}
		p.host.disconnect(i, s)
		return e, nil
	}
	s.flags |= flagConnected
	return 0, nil
}

// disconnect makes a new socket of a used one: connect(2) with AF_UNSPEC, and
// what a failed connect does at its end (tcp_disconnect). Only what bind named
// stays. getsockname still shows a port it no longer has, as on Linux.
func (h *Host) disconnect(i uint32, s *sock) {
	switch s.state {
	case Closed:
	case Listen:
		h.stopListening(i, s)
	case SynSent:
		s.err = uint8(ECONNRESET)
	default:
		h.stats.OutRsts++
		h.sendControl(s, s.sndNxt, wire.RST|wire.ACK)
		s.err = uint8(ECONNRESET)
	}
	if s.state != Closed {
		h.setState(i, s, Closed, "connect(2) with AF_UNSPEC: RFC 9293 §3.10.5, ABORT")
	}
	h.done(i, s)
	h.purge(s)
	s.flags &= flagNonblock | flagAddr | flagPort
	s.raddr, s.rport = 0, 0
	if s.flags&flagAddr == 0 {
		h.rename(s, 0)
	}
	h.wake(i, s)
}

// open begins a connection: RFC 9293 §3.10.1, active OPEN.
func (h *Host) open(i uint32, s *sock, a SockAddr) Errno {
	if a.IP == 0 {
		a.IP = h.loopbackOr(s.laddr) // INADDR_ANY means this host: tcp_v4_connect
	}
	c := h.net.route(h, a.IP)
	if c == nil {
		return ENETUNREACH
	}
	if s.laddr>>24 == 127 && c != h.lo {
		return EINVAL // from an address of lo there is no way out: __mkroute_output
	}
	if s.laddr == 0 {
		h.rename(s, h.source(c, a.IP))
	}
	port := s.lport
	if s.owner == 0 {
		port = h.ephemeral(destination{s.laddr, a.IP, a.Port})
	} else if h.lookup(s.laddr, a.IP, port, a.Port) != 0 {
		port = 0 // the pair is in use: __inet_check_established
	}
	if port == 0 {
		if s.flags&flagPort == 0 {
			h.disown(s)
		}
		if s.flags&flagAddr == 0 && s.flags&flagCrowd == 0 {
			h.rename(s, 0)
		}
		return EADDRNOTAVAIL
	}
	if s.owner == 0 {
		s.lport = port
		h.own(s, s.laddr, port, true)
	}
	s.raddr, s.rport, s.err = a.IP, a.Port, 0
	s.flags &= flagNonblock | flagAddr | flagPort | flagCrowd
	iss := h.isn(s.laddr, s.raddr, s.lport, s.rport)
	s.sndUna, s.sndNxt = iss, iss+1
	h.hash(i, s)
	h.mark(s, true)
	h.stats.ActiveOpens++
	h.setState(i, s, SynSent, "connect(2): RFC 9293 §3.10.1, active OPEN")
	t := h.busy(s)
	h.time(t, s.sndNxt)
	h.sendControl(s, iss, wire.SYN)
	h.arm(i, t)
	return 0
}

// source is the address a connection leaves from when the program named none.
func (h *Host) source(c *nic, to wire.Addr4) wire.Addr4 {
	switch {
	case to>>24 == 127:
		return 0x7f000001 // the local route of 127.0.0.0/8 names it
	case c == h.lo:
		return to // to oneself one speaks from the same address
	}
	return h.ranges[0].lo
}

func (h *Host) loopbackOr(a wire.Addr4) wire.Addr4 {
	if a != 0 {
		return a
	}
	return 0x7f000001
}

// Read copies bytes out of the receive queue: read(2). It sleeps while there
// are none. 0 bytes and no error is the end: the peer has closed.
func (p *Process) Read(fd int, buf []byte) (int, error) {
	n, e, err := p.read(fd, buf)
	if p.host.net.tape != nil && err == nil {
		p.traceRet(fmt.Sprintf("read(%d, %s, %d)", fd, quote(buf[:max(n, 0)]), len(buf)), n, e)
	}
	if err != nil {
		return 0, err
	}
	return max(n, 0), p.answer("read", fd, "", e)
}

func (p *Process) read(fd int, buf []byte) (int, Errno, error) {
	i, s, e := p.get(fd)
	if e == ENOTSOCK {
		return 0, 0, nil // /dev/null is empty
	}
	if e != 0 {
		return -1, e, nil
	}
	defer p.put(i, s)
	if len(buf) == 0 {
		return 0, 0, nil // asks nothing, not even the state: sock_read_iter
	}
	for {
		if s.state == Listen {
			return -1, ENOTCONN, nil
		}
		if n := p.host.copyOut(i, s, buf, p); n > 0 {
			return n, 0, nil
		}
		switch {
		case s.flags&flagEOF != 0:
			return 0, 0, nil
		case s.err != 0:
			return -1, s.takeError(), nil
		case s.state == Closed && s.raddr != 0:
			return 0, 0, nil // its connection, or the attempt, is over
		case s.state == Closed:
			return -1, ENOTCONN, nil
		case s.flags&flagNonblock != 0 || p.host.net.err != nil:
			return -1, EAGAIN, nil
		}
		if err := p.sleep(s, "read("+itoa(fd)+")", false); err != nil {
			return -1, 0, err
		}
		if p.ended {
			return -1, ESRCH, nil
		}
	}
}

// Write copies bytes into the send buffer: write(2). It sleeps while the
// buffer is full, and returns when all bytes are in it, whether or not the
// peer has them.
func (p *Process) Write(fd int, data []byte) (int, error) {
	n, e, err := p.write(fd, data)
	if p.host.net.tape != nil && err == nil {
		p.traceRet(fmt.Sprintf("write(%d, %s, %d)", fd, quote(data), len(data)), n, e)
	}
	if err != nil {
		return max(n, 0), err
	}
	return max(n, 0), p.answer("write", fd, "", e)
}

func (p *Process) write(fd int, data []byte) (int, Errno, error) {
	i, s, e := p.get(fd)
	if e == ENOTSOCK {
		return len(data), 0, nil // /dev/null swallows everything
	}
	if e != 0 {
		return -1, e, nil
	}
	defer p.put(i, s)
	done := 0
	for {
		switch {
		case s.err != 0 && done == 0:
			return -1, s.takeError(), nil
		case s.state == SynSent || s.state == SynRecv:
			// The handshake is under way: wait for it.
		case !s.state.canSend():
			if done > 0 {
				return done, 0, nil
			}
			return -1, EPIPE, nil
		default:
			done += p.host.copyIn(i, s, data[done:], p)
			if done == len(data) {
				return done, 0, nil
			}
		}
		if s.flags&flagNonblock != 0 || p.host.net.err != nil {
			if done > 0 {
				return done, 0, nil
			}
			return -1, EAGAIN, nil
		}
		if err := p.sleep(s, "write("+itoa(fd)+")", true); err != nil {
			return done, 0, err
		}
		if p.ended {
			return -1, ESRCH, nil
		}
	}
}

// closeSocket is what happens when the last descriptor of a socket is closed
// (tcp_close; RFC 9293 §3.10.4).
func (h *Host) closeSocket(i uint32, s *sock) {
	switch s.state {
	case Listen:
		h.stopListening(i, s)
		s.state = Closed
		h.done(i, s)
	case Closed:
		h.done(i, s)
	case SynSent:
		h.setState(i, s, Closed, "RFC 9293 §3.10.4, SYN-SENT: CLOSE")
		h.done(i, s)
	case SynRecv: // queued until the handshake is over
		s.flags |= flagFinQueued
	case FinWait2: // it was orphaned by nobody until now
		h.linger(i, s, h.limits.FinTimeout)
	case FinWait1, Closing, TimeWait, LastAck:
	default:
		if s.traffic != 0 && h.traffic.at(s.traffic).rcvHead != 0 {
			// Bytes arrived that nobody will read: say so with a reset
			// (RFC 2525 §2.17).
			h.stats.TCPAbortOnClose++
			h.abort(i, s, "RFC 2525 §2.17: close with unread data")
			return
		}
		s.flags |= flagFinQueued
		if s.traffic != 0 {
			h.effective(h.traffic.at(s.traffic)) // an orphan asks a closed window for a while only
		}
		if s.state == CloseWait {
			h.setState(i, s, LastAck, "RFC 9293 §3.10.4, CLOSE-WAIT: CLOSE")
		} else {
			h.setState(i, s, FinWait1, "RFC 9293 §3.10.4, ESTABLISHED: CLOSE")
		}
		h.output(i, s)
	}
}

// quote prints data as strace does: the first 32 bytes.
func quote(b []byte) string {
	if len(b) > 32 {
		return strconv.Quote(string(b[:32])) + "..."
	}
	return strconv.Quote(string(b))
}
