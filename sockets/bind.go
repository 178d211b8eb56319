package sockets

import (
	"encoding/binary"

	"socketbook/sockets/wire"
)

// bindSocket is __inet_bind and __inet6_bind, in their order of checks.
func (h *Host) bindSocket(i uint32, s *sock, a SockAddr, uid uint32) Errno {
	addr, mapped, e := h.bindAddr(s, a, uid)
	if e != 0 {
		return e
	}
	saved := *h.options(s)
	s.laddr = addr
	s.flags &^= flagMapped
	if mapped {
		s.flags |= flagMapped
	}
	if isSix(addr) && !saved.v6only {
		h.change(s).v6only = true // a socket with an IPv6 address never speaks IPv4
	}
	if a.Port != 0 || !h.options(s).bindAddressNoPort {
		if e := h.takePort(i, s, a.Port); e != 0 {
			s.laddr = 0
			s.flags &^= flagMapped
			if isSix(addr) && !saved.v6only {
				h.change(s).v6only = false
			}
			return e
		}
	}
	if addr != 0 || mapped {
		s.flags |= flagAddr
	}
	if a.Port != 0 {
		s.flags |= flagPort
	}
	s.raddr, s.rport = 0, 0
	return 0
}

// bindAddr is the address to bind, and whether it is an IPv4 one that an
// AF_INET6 socket names (::ffff:10.0.0.1), or why it cannot be had.
func (h *Host) bindAddr(s *sock, a SockAddr, uid uint32) (addr wire.Addr4, mapped bool, e Errno) {
	if s.six() {
		return h.bindAddr6(s, a, uid)
	}
	addr = a.ip4()
	switch {
	case a.length() < 16:
		e = EINVAL
	case a.Family != AF_INET && (a.Family != AF_UNSPEC || addr != 0):
		e = EAFNOSUPPORT // AF_UNSPEC with INADDR_ANY is let through
	case !h.bindable(s, addr) || thisNetwork(addr) != 0:
		e = EADDRNOTAVAIL
	case h.privileged(a.Port, uid):
		e = EACCES
	case s.state != Closed || h.hasPort(s):
		e = EINVAL
	}
	return addr, false, e
}

func (h *Host) bindAddr6(s *sock, a SockAddr, uid uint32) (addr wire.Addr4, mapped bool, e Errno) {
	switch mapped = isMapped(a.Addr); {
	case a.length() < 24: // SIN6_LEN_RFC2133
		return 0, false, EINVAL
	case a.Family != AF_INET6:
		return 0, false, EAFNOSUPPORT
	case a.Addr[0] == 0xff && s.proto == protoTCP:
		return 0, false, EINVAL // multicast
	case h.privileged(a.Port, uid):
		return 0, false, EACCES
	case s.state != Closed || h.hasPort(s):
		return 0, false, EINVAL
	case mapped && h.options(s).v6only:
		return 0, false, EINVAL
	case mapped:
		addr = wire.Addr4(binary.BigEndian.Uint32(a.Addr[12:]))
	case linkLocal(a.Addr) && a.Scope == 0:
		return 0, false, EINVAL
	case linkLocal(a.Addr):
		return 0, false, ENODEV
	default:
		addr = h.net.six(a.Addr)
	}
	if !h.bindable(s, addr) {
		return 0, false, EADDRNOTAVAIL
	}
	return addr, mapped, 0
}

// takePort asks the protocol's table for a port.
func (h *Host) takePort(i uint32, s *sock, port uint16) Errno {
	if s.proto == protoUDP {
		return h.getUDPPort(i, s, port)
	}
	return h.getPort(i, s, port)
}

// hasPort reports whether the socket holds its local port (inet_num). One that
// was taken back still shows in getsockname.
func (h *Host) hasPort(s *sock) bool {
	if s.proto == protoUDP {
		return s.flags&flagHashed != 0
	}
	return s.owner != 0
}

// bindable reports whether a socket may have the address: one of the host's
// own, or for datagrams a multicast or broadcast one.
func (h *Host) bindable(s *sock, a wire.Addr4) bool {
	if h.answersTo(a) || !isSix(a) && h.sys.nonlocalBind || isSix(a) && h.sys.nonlocalBind6 {
		return true
	}
	if o := h.options(s); o.freeBind || o.transparent {
		return true
	}
	return !isSix(a) && (a>>28 == 14 || a == 0xffffffff) || isSix(a) && s.proto != protoTCP && h.net.addr6(a)[0] == 0xff
}

// privileged reports whether a port needs CAP_NET_BIND_SERVICE and the user
// has not got it.
func (h *Host) privileged(port uint16, uid uint32) bool {
	return port != 0 && int(port) < h.limits.UnprivilegedPortStart && uid != 0
}

func linkLocal(a [16]byte) bool { return a[0] == 0xfe && a[1]&0xc0 == 0x80 }

// listenSocket is inet_csk_listen_start.
func (h *Host) listenSocket(i uint32, s *sock, backlog uint32) Errno {
	h.purge(s)
	s.state = Listen // from here on it counts as a listener for bind's rules
	port := uint16(0)
	if h.hasPort(s) {
		port = s.lport
	}
	if e := h.getPort(i, s, port); e != 0 {
		s.state = Closed // it keeps its port
		return e
	}
	s.state = Closed
	s.traffic = h.listeners.alloc()
	h.listeners.at(s.traffic).backlog = backlog
	h.enlist(i, s)
	h.setState(i, s, Listen, "listen(2): RFC 9293 §3.10.1, passive OPEN")
	return 0
}

// enlist makes a socket one of its owner's listeners, the last.
func (h *Host) enlist(i uint32, s *sock) {
	at := &h.ports.owner(s.owner).listener
	for *at != 0 {
		at = &h.listeners.at(h.socks.at(*at).traffic).sibling
	}
	*at = i
	h.listeners.at(s.traffic).sibling = 0
}

// unlisten takes a listener off its owner.
func (h *Host) unlisten(i uint32, s *sock) {
	o := h.ports.owner(s.owner)
	next := h.listeners.at(s.traffic).sibling
	if o.listener == i {
		o.listener = next
		return
	}
	for k := o.listener; k != 0; {
		l := h.listeners.at(h.socks.at(k).traffic)
		if l.sibling == i {
			l.sibling = next
			return
		}
		k = l.sibling
	}
}

// listening is how many connections wait in a listener's accept queue.
func (h *Host) listening(s *sock) uint32 {
	if s.state != Listen {
		return 0
	}
	return h.listeners.at(s.traffic).ready
}
