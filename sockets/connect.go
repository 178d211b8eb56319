package sockets

import (
	"encoding/binary"
	"fmt"

	"socketbook/sockets/wire"
)

// Connect opens a connection, or fixes the peer of a datagram socket:
// connect(2). Without a bind before it, the socket gets an ephemeral port. A
// blocking socket sleeps until the handshake is over; a non-blocking one gets
// EINPROGRESS.
func (p *Process) Connect(fd int, a SockAddr) error {
	e, err := p.connect(fd, a)
	if p.tracing() && err == nil {
		p.traceRet(fmt.Sprintf("connect(%d, %s)", fd, strace(a)), 0, e)
	}
	if err != nil {
		return err
	}
	return p.answer("connect", fd, a.String(), e)
}

func (p *Process) connect(fd int, a SockAddr) (Errno, error) {
	i, s, e := p.sysSocket(fd)
	if e == 0 {
		e = lengthError(a)
	}
	if e != 0 {
		return e, nil
	}
	switch s.proto {
	case protoUDP:
		return p.host.udpConnect(i, s, a), nil
	case protoTCP:
		p.host.hold(kindSock | file(i))
		defer p.host.dropFile(kindSock | file(i))
		return p.tcpConnect(i, s, a, fd)
	}
	return p.host.otherConnect(s, a), nil
}

// tcpConnect is __inet_stream_connect.
func (p *Process) tcpConnect(i uint32, s *sock, a SockAddr, fd int) (Errno, error) {
	h := p.host
	if a.length() < 2 {
		return EINVAL, nil
	}
	if a.Family == AF_UNSPEC {
		h.cut(s)
		h.disconnect(i, s)
		s.flags &^= sockState
		return 0, nil
	}
	again := EALREADY
	switch {
	case s.flags&flagDisconnecting != 0:
		return EINVAL, nil
	case s.flags&flagConnected != 0:
		return EISCONN, nil
	case s.flags&flagConnecting != 0:
	case s.state != Closed:
		return EISCONN, nil
	default:
		if e := h.open(i, s, a); e != 0 {
			return e, nil
		}
		s.flags |= flagConnecting
		again = EINPROGRESS
	}
	timeout := h.options(s).sndTimeo
	wait := s.flags&flagNonblock == 0 && h.net.err == nil
	for s.state == SynSent || s.state == SynRecv {
		if !wait {
			return again, nil
		}
		late, err := p.sleepOn(s, waitThread, 0, &timeout, inCall{"connect(" + itoa(fd) + ", " + a.String() + ")", -1})
		switch {
		case err != nil:
			return 0, err
		case h.net.current().cut:
			return EPIPE, nil
		case late:
			wait = false
		}
	}
	if s.state == Closed {
		e := s.takeError()
		if e == 0 {
			e = ECONNABORTED
		}
		s.flags &^= flagConnecting | flagConnected
		h.cut(s)
		h.disconnect(i, s)
		s.err = 0
		return e, nil
	}
	s.flags = s.flags&^flagConnecting | flagConnected
	return 0, nil
}

// destinationOf is where an address argument leads, as the kernel's word.
// send: the rules of sendto, which differ a little from those of connect.
func (h *Host) destinationOf(s *sock, a SockAddr, send bool) (wire.Addr4, Errno) {
	if !s.six() {
		switch {
		case a.length() < 16:
			return 0, EINVAL
		case a.Family != AF_INET && !(send && a.Family == AF_UNSPEC):
			return 0, EAFNOSUPPORT
		}
		return h.orLoopback(s, a.ip4()), thisNetwork(a.ip4())
	}
	switch {
	case a.Family == AF_INET && s.proto == protoUDP: // an IPv4 address on an IPv6 datagram socket
		if h.options(s).v6only {
			if send {
				return 0, ENETUNREACH
			}
			return 0, EAFNOSUPPORT
		}
		if a.length() < 16 {
			return 0, EINVAL
		}
		return h.orLoopback(s, a.ip4()), thisNetwork(a.ip4())
	case a.Family == AF_UNSPEC && send:
		if a.length() < 2 {
			return 0, EINVAL
		}
		return 0, 0
	case send && a.length() < 2 || a.length() < 24:
		return 0, EINVAL
	case a.Family != AF_INET6:
		if send {
			return 0, EINVAL
		}
		return 0, EAFNOSUPPORT
	}
	if a.Addr == ([16]byte{}) {
		// To :: means to oneself; from a mapped address, by IPv4.
		if s.laddr != 0 && !isSix(s.laddr) || s.laddr == 0 && s.flags&flagMapped != 0 {
			return loop4, 0
		}
		return six1, 0
	}
	if a.Addr[0] == 0xff && s.proto == protoTCP {
		return 0, ENETUNREACH // multicast
	}
	if isMapped(a.Addr) {
		if h.options(s).v6only {
			return 0, ENETUNREACH
		}
		to := wire.Addr4(binary.BigEndian.Uint32(a.Addr[12:]))
		return h.orLoopback(s, to), thisNetwork(to)
	}
	if s.laddr != 0 && !isSix(s.laddr) {
		return 0, EAFNOSUPPORT // bound to IPv4, going to IPv6: ip6_dst_lookup_tail
	}
	if linkLocal(a.Addr) {
		return 0, EINVAL
	}
	return h.net.six(a.Addr), 0
}

// thisNetwork refuses 0.0.0.0/8, where no host is and our numbers for IPv6 are
// (see addr.go): no route leads there.
func thisNetwork(a wire.Addr4) Errno {
	if a != 0 && a>>24 == 0 {
		return ENETUNREACH
	}
	return 0
}

// orLoopback: to INADDR_ANY means to oneself, from the address one has.
func (h *Host) orLoopback(s *sock, a wire.Addr4) wire.Addr4 {
	from := h.sendsFrom(s)
	switch {
	case a != 0:
		return a
	case from != 0 && !isSix(from):
		return from
	}
	return loop4
}

// sendsFrom is the address a socket is bound to, if it may send from there
// (inet_saddr). A group or a broadcast address is only to listen at: 0, the way
// decides, as for a wildcard.
func (h *Host) sendsFrom(s *sock) wire.Addr4 {
	a := s.laddr
	if a>>28 == 14 || a == 0xffffffff || a == 0x7fffffff || isSix(a) && h.net.addr6(a)[0] == 0xff {
		return 0
	}
	return a
}

// open begins a connection: RFC 9293 §3.10.1, active OPEN; Linux
// tcp_v4_connect, tcp_v6_connect.
func (h *Host) open(i uint32, s *sock, a SockAddr) Errno {
	to, e := h.destinationOf(s, a, false)
	if e != 0 {
		return e
	}
	c, e := h.way(s, to)
	if e != 0 {
		return e
	}
	if to>>28 == 14 || to == 0xffffffff || to == 0x7fffffff {
		return ENETUNREACH
	}
	saddr := h.sendsFrom(s)
	if saddr == 0 {
		saddr = h.source(c, to)
	}
	if saddr>>24 == 127 && c != h.lo {
		return EINVAL // from lo there is no way out: __ip_route_output_key
	}
	named := h.hasPort(s)
	port, before := s.lport, uint32(0)
	if named {
		if before = h.lookup(saddr, to, port, a.Port); before != 0 && !h.reusable(before, true) {
			return EADDRNOTAVAIL // the pair is in use: __inet_check_established
		}
	} else {
		if port = h.ephemeral(s, destination{saddr, to, a.Port}); port == 0 {
			return EADDRNOTAVAIL
		}
		before = h.ports.before
	}
	if before != 0 {
		old := h.socks.at(before)
		h.setState(before, old, Closed, "its pair of addresses is used again: tcp_tw_reuse")
		h.done(before, old)
	}
	s.laddr, s.raddr, s.rport = saddr, to, a.Port
	s.err = 0 // tcp_connect_init
	s.flags &^= flagFinQueued | flagFinSent | flagEOF | flagFinRead | flagWasOpen
	if named {
		h.regroup(i, s)
	} else {
		s.lport = port
		h.own(i, s, port, true)
	}
	if s.traffic != 0 && !h.underWay(s, h.traffic.at(s.traffic)) {
		h.giveBack(s, h.traffic.at(s.traffic)) // of the connection before
	}
	iss := h.isn(s.laddr, s.raddr, s.lport, s.rport)
	s.sndUna = iss
	h.hash(i, s)
	h.acting, s.peer = i, 0
	h.mark(s, true)
	h.stats.ActiveOpens++
	h.setState(i, s, SynSent, "connect(2): RFC 9293 §3.10.1, active OPEN")
	t := h.busy(s)
	t.sndNxt = iss + 1
	t.lastSent = max(1, h.net.sim.Now())
	h.sendControl(s, iss, wire.SYN|h.asksECN(s, t))
	h.arm(i, t)
	return 0
}

// disconnect breaks an association: connect to AF_UNSPEC, shutdown of a
// listener (tcp_disconnect).
func (h *Host) disconnect(i uint32, s *sock) {
	old := s.state
	switch {
	case old == Listen:
		h.stopListening(i, s)
	case old == Established || old == CloseWait || old == FinWait1 || old == FinWait2 || old == SynRecv: // tcp_need_reset
		h.stats.OutRsts++
		h.sendControl(s, h.nxt(s), wire.RST|wire.ACK)
		s.err = uint8(ECONNRESET)
	case old == SynSent:
		s.err = uint8(ECONNRESET)
	}
	if old != Closed {
		h.setState(i, s, Closed, "tcp_disconnect")
		h.unhash(i, s)
	}
	h.forgetWrites(s, old)
	if s.flags&flagPort == 0 && old != Closed {
		h.disown(s)
	}
	s.raddr, s.rport = 0, 0
	s.shut = 0
	s.flags &^= flagFinQueued | flagFinSent | flagEOF | flagFinRead | flagWasOpen
	if s.flags&flagAddr == 0 && s.laddr != 0 {
		s.laddr = 0
	}
	h.regroup(i, s)
	h.wake(i, s, newsError)
}

// forgetWrites throws away a socket's queues when it is disconnected.
// tcp_disconnect moves write_seq on, beyond all that the peer could have taken,
// and leaves snd_una where it is: SIOCOUTQ counts that.
func (h *Host) forgetWrites(s *sock, old State) {
	nxt, unsent := h.nxt(s), uint32(2)
	if s.traffic != 0 {
		t := h.traffic.at(s.traffic)
		unsent += t.maxWnd + t.unsent
		if old != Closed {
			unsent += uint32(h.written(s, t) - nxt)
		}
	} else if old != Closed {
		unsent += s.sndWnd()
	}
	h.purge(s)
	s.traffic = h.traffic.alloc()
	t := h.traffic.at(s.traffic)
	t.sndNxt, t.unsent = nxt, unsent
}
