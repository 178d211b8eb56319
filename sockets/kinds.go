package sockets

import (
	"socketbook/sockets/wire"
)

// Which sockets there are: socket(2) for every family, type and protocol. TCP
// and UDP are simulated. The others are made and named; they answer calls as
// the kernel does, but carry nothing.

// Families beside AF_UNIX, AF_INET and AF_INET6: include/linux/socket.h.
const (
	AF_NETLINK = 16
	AF_PACKET  = 17
	AF_VSOCK   = 40
	AF_XDP     = 44
	afMax      = 46

	sockPacket = 10  // SOCK_PACKET, what AF_PACKET was once asked for with
	sockMax    = 11  // SOCK_MAX
	protoMax   = 263 // IPPROTO_MAX
)

// made is what a socket is to be.
type made struct {
	proto  protocol
	flags  sockFlags
	family uint8  // of protoUnix, which stands for all that are not inet
	kind   uint8  // SOCK_…, where the protocol does not tell
	number uint16 // of the protocol, likewise
}

// socketKind is __sys_socket and __sock_create, in their order of checks.
func (p *Process) socketKind(domain, typ, number int) (made, Errno) {
	domain, typ, number = int(int32(domain)), int(int32(typ)), int(int32(number))
	kind := typ & 0xf // SOCK_TYPE_MASK
	switch {
	case typ&^0xf&^(SOCK_NONBLOCK|SOCK_CLOEXEC) != 0:
		return made{}, EINVAL
	case domain < 0 || domain >= afMax:
		return made{}, EAFNOSUPPORT
	case kind >= sockMax:
		return made{}, EINVAL
	case domain == AF_INET && kind == sockPacket:
		domain = AF_PACKET
	}
	switch domain {
	case AF_INET, AF_INET6:
		return p.inetKind(domain, kind, number)
	case AF_UNIX:
		return unixKind(kind, number)
	case AF_NETLINK:
		return netlinkKind(kind, number)
	case AF_PACKET:
		return p.packetKind(kind, number)
	case AF_VSOCK:
		return vsockKind(kind, number)
	case AF_XDP:
		return p.xdpKind(kind, number)
	}
	return made{}, EAFNOSUPPORT
}

// inetKind is inet_create and inet6_create: the type's protocols are looked
// through, 0 takes the first.
func (p *Process) inetKind(domain, kind, number int) (made, Errno) {
	m := made{}
	echo := IPPROTO_ICMP
	if domain == AF_INET6 {
		m.flags, echo = flagSix, IPPROTO_ICMPV6
	}
	if number < 0 || number >= protoMax {
		return m, EINVAL
	}
	switch kind {
	case SOCK_STREAM:
		switch number {
		case 0, IPPROTO_TCP:
			return m, 0
		case IPPROTO_MPTCP: // falls back to TCP with one path
			m.number = IPPROTO_MPTCP
			return m, 0
		}
		return m, EPROTONOSUPPORT
	case SOCK_DGRAM:
		m.proto = protoUDP
		switch number {
		case 0, IPPROTO_UDP:
			return m, 0
		case IPPROTO_UDPLITE:
			m.number = IPPROTO_UDPLITE
			return m, 0
		case echo:
			m.proto, m.number = protoPing, uint16(number)
			return m, p.mayPing()
		}
		return m, EPROTONOSUPPORT
	case SOCK_RAW:
		m.proto, m.kind, m.number = protoRaw, SOCK_RAW, uint16(number)
		switch {
		case number == 0:
			return m, EPROTONOSUPPORT
		case p.uid != 0:
			return m, EPERM
		}
		return m, 0
	}
	return m, ESOCKTNOSUPPORT
}

// mayPing asks net.ipv4.ping_group_range, which is empty by default: nobody,
// not even root. A user's group has the user's number.
func (p *Process) mayPing() Errno {
	r := p.host.sys.pingGroups
	if gid := int64(p.uid); gid >= r[0] && gid <= r[1] {
		return 0
	}
	return EACCES
}

// unixKind is unix_create.
func unixKind(kind, number int) (made, Errno) {
	m := made{proto: protoUnix, family: AF_UNIX, kind: uint8(kind)}
	switch {
	case number != 0 && number != AF_UNIX:
		return m, EPROTONOSUPPORT
	case kind == SOCK_RAW:
		m.kind = SOCK_DGRAM // "believe it or not"
	case kind != SOCK_STREAM && kind != SOCK_DGRAM && kind != SOCK_SEQPACKET:
		return m, ESOCKTNOSUPPORT
	}
	return m, 0
}

// netlinkFamilies are the protocols of AF_NETLINK with somebody behind them:
// route, sock_diag, netfilter and xfrm, selinux and iscsi, audit, fib_lookup,
// connector, ip6_fw, uevent and generic (include/uapi/linux/netlink.h).
const netlinkFamilies = 1<<0 | 1<<2 | 1<<4 | 1<<6 | 1<<7 | 1<<9 | 1<<10 | 1<<11 | 1<<12 | 1<<15 | 1<<16

// netlinkKind is netlink_create.
func netlinkKind(kind, number int) (made, Errno) {
	m := made{proto: protoUnix, family: AF_NETLINK, kind: uint8(kind), number: uint16(number)}
	switch {
	case kind != SOCK_RAW && kind != SOCK_DGRAM:
		return m, ESOCKTNOSUPPORT
	case number < 0 || number >= 32 || netlinkFamilies>>number&1 == 0:
		return m, EPROTONOSUPPORT
	}
	return m, 0
}

// packetKind is packet_create.
func (p *Process) packetKind(kind, number int) (made, Errno) {
	m := made{proto: protoUnix, family: AF_PACKET, kind: uint8(kind), number: uint16(number)}
	switch {
	case p.uid != 0:
		return m, EPERM
	case kind != SOCK_DGRAM && kind != SOCK_RAW && kind != sockPacket:
		return m, ESOCKTNOSUPPORT
	}
	return m, 0
}

// vsockKind is vsock_create, in a virtual machine whose host knows streams.
func vsockKind(kind, number int) (made, Errno) {
	m := made{proto: protoUnix, family: AF_VSOCK, kind: uint8(kind), number: uint16(number)}
	switch {
	case number != 0 && number != AF_VSOCK:
		return m, EPROTONOSUPPORT
	case kind == SOCK_DGRAM:
		return m, ENODEV
	case kind != SOCK_STREAM && kind != SOCK_SEQPACKET:
		return m, ESOCKTNOSUPPORT
	}
	return m, 0
}

// xdpKind is xsk_create.
func (p *Process) xdpKind(kind, number int) (made, Errno) {
	m := made{proto: protoUnix, family: AF_XDP, kind: uint8(kind)}
	switch {
	case p.uid != 0:
		return m, EPERM
	case kind != SOCK_RAW:
		return m, ESOCKTNOSUPPORT
	case number != 0:
		return m, EPROTONOSUPPORT
	}
	return m, 0
}

// dress makes a new sock what it is to be.
func (h *Host) dress(s *sock, m made, uid uint32) {
	s.state, s.proto, s.flags = Closed, m.proto, m.flags
	if m.family != 0 || m.kind != 0 || m.number != 0 {
		o := h.change(s)
		o.family, o.kind, o.number = m.family, m.kind, m.number
	}
	if uid != 0 {
		h.change(s).uid = uid
	}
	if s.six() && (h.bindv6only || m.proto == protoPing) {
		h.change(s).v6only = true
	}
}

// family, kind and number are what socket(2) was asked for: SO_DOMAIN,
// SO_TYPE, SO_PROTOCOL.
func (h *Host) family(s *sock) int {
	switch {
	case s.proto == protoUnix:
		return int(h.options(s).family)
	case s.six():
		return AF_INET6
	}
	return AF_INET
}

func (h *Host) kind(s *sock) int {
	if k := h.options(s).kind; k != 0 {
		return int(k)
	}
	if s.proto == protoTCP {
		return SOCK_STREAM
	}
	return SOCK_DGRAM
}

func (h *Host) number(s *sock) int {
	if n := h.options(s).number; n != 0 {
		return int(n)
	}
	switch s.proto {
	case protoTCP:
		return IPPROTO_TCP
	case protoUDP:
		return IPPROTO_UDP
	}
	return 0
}

// Calls on sockets that are made and named only.

// otherLevel is the answer of a family without options of its own.
func (c *optCall) otherLevel() Errno {
	if c.h.family(c.s) == AF_UNIX {
		return EOPNOTSUPP
	}
	return ENOPROTOOPT
}

// otherBind is raw_bind, rawv6_bind and ping_bind.
func (h *Host) otherBind(s *sock, a SockAddr) Errno {
	addr := wire.Addr4(0)
	switch {
	case s.proto == protoUnix && h.family(s) == AF_UNIX && a.length() == 2 && a.Family == AF_UNIX:
		return 0 // autobind
	case s.proto == protoUnix:
		return EINVAL
	case s.six():
		if a.length() < 24 || a.Family != AF_INET6 {
			return EINVAL
		}
		if isMapped(a.Addr) {
			if s.proto == protoPing {
				return EINVAL
			}
			return EADDRNOTAVAIL
		}
		addr = h.net.six(a.Addr)
	default:
		if addr = a.ip4(); a.length() < 16 {
			return EINVAL
		}
		if s.proto == protoPing && a.Family != AF_INET && (a.Family != AF_UNSPEC || addr != 0) {
			return EAFNOSUPPORT
		}
	}
	switch {
	case !h.bindable(s, addr):
		return EADDRNOTAVAIL
	case s.proto == protoPing && s.lport != 0:
		return EINVAL
	}
	s.laddr = addr
	if addr != 0 {
		s.flags |= flagAddr
	}
	if s.proto == protoPing {
		h.pingPort(s, a.Port)
		if a.Port != 0 {
			s.flags |= flagPort
		}
	}
	return 0
}

// pingPort gives a ping socket its number, the identifier of its echo
// requests.
func (h *Host) pingPort(s *sock, port uint16) {
	for s.lport = port; s.lport == 0; s.lport = h.lastPing {
		h.lastPing++
	}
}

// otherConnect is connect of all that is neither TCP nor UDP.
func (h *Host) otherConnect(s *sock, a SockAddr) Errno {
	if s.proto == protoUnix {
		switch f := h.family(s); {
		case a.Family == AF_UNSPEC && (f == AF_NETLINK || f == AF_UNIX && h.kind(s) == SOCK_DGRAM):
			return 0
		case f == AF_PACKET || f == AF_XDP:
			return EOPNOTSUPP
		}
		return EINVAL
	}
	if a.length() < 2 {
		return EINVAL
	}
	if a.Family == AF_UNSPEC {
		s.state, s.raddr, s.rport = Closed, 0, 0
		if s.flags&flagAddr == 0 {
			s.laddr = 0
		}
		if s.flags&flagPort == 0 {
			s.lport = 0
		}
		if s.proto == protoRaw {
			s.flags |= flagPort // its number is gone, see otherName
		}
		return 0
	}
	if s.proto == protoPing && s.lport == 0 {
		h.pingPort(s, 0)
	}
	if s.six() && a.Family == AF_INET {
		return EAFNOSUPPORT // raw and ping sockets of IPv6 speak nothing else
	}
	return h.connectDatagrams(s, a)
}

// otherListen and otherAccept: only AF_UNIX and AF_VSOCK have listeners.
func (h *Host) otherListen(s *sock) Errno {
	switch k := h.kind(s); {
	case s.proto == protoUnix && h.family(s) != AF_NETLINK && h.family(s) != AF_PACKET && h.family(s) != AF_XDP &&
		(k == SOCK_STREAM || k == SOCK_SEQPACKET):
		return EINVAL
	}
	return EOPNOTSUPP
}

// otherRecv is a read that finds nothing.
func (p *Process) otherRecv(s *sock, flags int, call inCall) (Errno, error) {
	h := p.host
	if k := h.kind(s); s.proto == protoUnix && (k == SOCK_STREAM || k == SOCK_SEQPACKET) {
		if h.family(s) == AF_UNIX && k == SOCK_STREAM {
			return EINVAL, nil
		}
		return ENOTCONN, nil
	}
	if s.flags&flagNonblock != 0 || flags&MSG_DONTWAIT != 0 || h.net.err != nil {
		return EAGAIN, nil
	}
	timeout := h.options(s).rcvTimeo
	_, err := p.sleepOn(s, waitExclusive, 0, &timeout, call)
	return EAGAIN, err
}

// otherSend is a write that goes nowhere.
func (h *Host) otherSend(s *sock, n, flags int, to *SockAddr) (int, Errno) {
	switch {
	case h.family(s) == AF_PACKET || h.family(s) == AF_XDP:
		return -1, ENXIO
	case flags&MSG_OOB != 0 && (h.family(s) != AF_UNIX || h.kind(s) == SOCK_DGRAM):
		return -1, EOPNOTSUPP
	case h.family(s) == AF_NETLINK:
		return n, 0
	case s.proto == protoUnix:
		return -1, ENOTCONN
	case s.proto == protoPing:
		return -1, EINVAL // not an echo request that we would carry
	case s.six() && !isSix(s.raddr) && s.raddr != 0 && to == nil:
		return -1, ENETUNREACH // it speaks no IPv4
	case to == nil && s.state != Established:
		return -1, EDESTADDRREQ
	case h.number(s) == SOL_RAW && n < 20: // its own header
		return -1, EINVAL
	}
	return n, 0
}

// otherShutdown is inet_shutdown, or the answer of families without halves.
func (h *Host) otherShutdown(s *sock, how int) Errno {
	f := h.family(s)
	switch {
	case f == AF_NETLINK || f == AF_PACKET || f == AF_XDP:
		return EOPNOTSUPP
	case how < 0 || how > 2:
		return EINVAL
	case f == AF_VSOCK:
		return ENOTCONN
	}
	s.shut |= uint8(how + 1)
	h.wakeQueue(&s.waiters, newsState)
	if s.state != Established && f != AF_UNIX {
		return ENOTCONN // but its halves are closed all the same
	}
	return 0
}

// otherName is what getsockname tells: a raw socket's port is its protocol,
// until connect to AF_UNSPEC takes it away.
func (h *Host) otherName(s *sock) SockAddr {
	switch f := h.family(s); s.proto {
	case protoRaw:
		a := h.local(s)
		if s.flags&flagPort == 0 {
			a.Port = uint16(h.number(s))
		}
		return a
	case protoUnix:
		return SockAddr{Family: uint16(f), Len: nameLength(f)}
	}
	return h.local(s)
}

// nameLength is the size of a nameless address: sa_family alone, struct
// sockaddr_nl, sockaddr_ll, sockaddr_vm.
func nameLength(family int) int {
	switch family {
	case AF_NETLINK, AF_PACKET:
		return 12
	case AF_VSOCK:
		return 16
	}
	return 2
}

// otherPeer is what getpeername tells.
func (h *Host) otherPeer(s *sock) (SockAddr, Errno) {
	switch f := h.family(s); {
	case f == AF_NETLINK:
		return h.otherName(s), 0
	case f == AF_PACKET || f == AF_XDP:
		return SockAddr{}, EOPNOTSUPP
	case s.rport == 0 || s.proto == protoUnix || s.state == Closed || s.state == SynSent:
		return SockAddr{}, ENOTCONN
	}
	return h.remote(s), 0
}
