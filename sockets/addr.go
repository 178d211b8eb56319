package sockets

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"socketbook/sockets/wire"
)

// Address families, socket types and protocols, by Linux's numbers
// (include/linux/socket.h, include/linux/net.h, include/uapi/linux/in.h).
const (
	AF_UNSPEC = 0
	AF_UNIX   = 1
	AF_INET   = 2
	AF_INET6  = 10

	SOCK_STREAM    = 1
	SOCK_DGRAM     = 2
	SOCK_RAW       = 3
	SOCK_RDM       = 4
	SOCK_SEQPACKET = 5

	SOCK_NONBLOCK = 0o4000    // O_NONBLOCK
	SOCK_CLOEXEC  = 0o2000000 // O_CLOEXEC

	IPPROTO_IP     = 0
	IPPROTO_ICMP   = 1
	IPPROTO_TCP    = 6
	IPPROTO_UDP    = 17
	IPPROTO_IPV6   = 41
	IPPROTO_ICMPV6 = 58
)

// SockAddr is the address argument of bind and connect and the answer of
// accept4 and getsockname: a struct sockaddr_in (ip(7)) or sockaddr_in6
// (ipv6(7)), with any nonsense a program may write into one.
type SockAddr struct {
	Family uint16
	Port   uint16
	Addr   [16]byte // AF_INET uses the first four bytes
	Flow   uint32   // sin6_flowinfo
	Scope  uint32   // sin6_scope_id
	// Len is the length the call is told, in bytes. 0 means the family's own:
	// 16 for AF_INET and AF_UNSPEC, 28 for AF_INET6. -1 stands for a length of
	// 0.
	Len int
}

// Any is the wildcard address 0.0.0.0 with a port: "every address of this
// host", INADDR_ANY in C.
func Any(port uint16) SockAddr { return SockAddr{Family: AF_INET, Port: port} }

// Any6 is the wildcard address :: with a port.
func Any6(port uint16) SockAddr { return SockAddr{Family: AF_INET6, Port: port} }

// ParseAddr reads "10.0.0.1:80" or "[::1]:80". The host part may be empty for
// 0.0.0.0.
func ParseAddr(s string) (SockAddr, error) {
	colon := strings.LastIndexByte(s, ':')
	if colon < 0 {
		return SockAddr{}, &LimitError{"address", strconv.Quote(s), "an IP address, a colon and a port, as in 10.0.0.1:80 or [::1]:80"}
	}
	host, port := s[:colon], s[colon+1:]
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return SockAddr{}, &LimitError{"port", strconv.Quote(port), "0 to 65535"}
	}
	if host == "" {
		return Any(uint16(n)), nil
	}
	ip, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
	if err != nil || ip.Is4() == (host[0] == '[') {
		return SockAddr{}, &LimitError{"address", strconv.Quote(host), "four numbers of 0 to 255, as in 10.0.0.1, or an IPv6 address in brackets"}
	}
	return SockAddrFrom(netip.AddrPortFrom(ip, uint16(n))), nil
}

// Addr is [ParseAddr] for an address written in the source. Text that is no
// address becomes one of a family that no call knows (EAFNOSUPPORT).
func Addr(s string) SockAddr {
	a, err := ParseAddr(s)
	if err != nil {
		return SockAddr{Family: 0xffff}
	}
	return a
}

// SockAddrFrom makes a SockAddr of net/netip's address and port. An
// IPv4-mapped IPv6 address stays one of AF_INET6.
func SockAddrFrom(ap netip.AddrPort) SockAddr {
	a := SockAddr{Family: AF_INET6, Port: ap.Port(), Addr: ap.Addr().As16()}
	if ap.Addr().Is4() {
		b := ap.Addr().As4()
		a.Family, a.Addr = AF_INET, [16]byte{}
		copy(a.Addr[:], b[:])
	}
	return a
}

// AddrPort is the address and port as net/netip has them; the zero AddrPort
// for a family that has none.
func (a SockAddr) AddrPort() netip.AddrPort {
	switch a.Family {
	case AF_INET:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(a.Addr[:4])), a.Port)
	case AF_INET6:
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr), a.Port)
	}
	return netip.AddrPort{}
}

// String is "10.0.0.1:80" or "[::1]:80", as ss -n prints it; the wildcards are
// "0.0.0.0:80" and "[::]:80".
func (a SockAddr) String() string {
	if a.Family != AF_INET && a.Family != AF_INET6 {
		return fmt.Sprintf("family %d", a.Family)
	}
	return a.AddrPort().String()
}

// length is the length in bytes the call is told.
func (a SockAddr) length() int {
	switch {
	case a.Len < 0:
		return 0
	case a.Len > 0:
		return a.Len
	case a.Family == AF_INET6:
		return 28
	}
	return 16
}

// ip4 is the address of a sockaddr_in.
func (a SockAddr) ip4() wire.Addr4 { return wire.Addr4(binary.BigEndian.Uint32(a.Addr[:4])) }

func sockaddr4(ip wire.Addr4, port uint16) SockAddr {
	a := SockAddr{Family: AF_INET, Port: port}
	binary.BigEndian.PutUint32(a.Addr[:], uint32(ip))
	return a
}

// Sockets speak IPv4 and IPv6, but a connection has room for two words of
// address. So an IPv6 address that a network meets gets a number, in the order
// of first sight, and everything inside the kernel works with the number. The
// numbers lie in 0.0.0.0/8, which no IPv4 host can have ("this network", RFC
// 1122 §3.2.1.3), so the two families never meet in a lookup. Number 0 is the
// wildcard of both.

// sixTable is the network's IPv6 addresses by number.
type sixTable struct {
	list  [][16]byte
	index map[[16]byte]wire.Addr4
}

var loopback6 = [16]byte{15: 1}

const (
	six1    wire.Addr4 = 1          // ::1, the first address every network knows
	loop4   wire.Addr4 = 0x7f000001 // 127.0.0.1
	maxSix             = 1<<24 - 1
	mapped6            = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff" // ::ffff:0:0/96
)

// isSix reports whether an address of the kernel's stands for an IPv6 one.
func isSix(a wire.Addr4) bool { return a != 0 && a <= maxSix }

func isMapped(a [16]byte) bool { return string(a[:12]) == mapped6 }

// six is the number of an IPv6 address, given out if it has none yet.
func (n *Network) six(a [16]byte) wire.Addr4 {
	if a == ([16]byte{}) {
		return 0
	}
	if i, ok := n.sixes.index[a]; ok {
		return i
	}
	if n.sixes.index == nil {
		n.sixes = sixTable{list: [][16]byte{{}}, index: map[[16]byte]wire.Addr4{}}
		n.six(loopback6)
		return n.six(a)
	}
	i := wire.Addr4(len(n.sixes.list))
	n.sixes.list = append(n.sixes.list, a)
	n.sixes.index[a] = i
	return i
}

// addr6 is the IPv6 address of one of the kernel's: its own, or the mapped
// form of an IPv4 one.
func (n *Network) addr6(a wire.Addr4) [16]byte {
	if isSix(a) {
		return n.sixes.list[a]
	}
	var b [16]byte
	if a != 0 {
		copy(b[:], mapped6)
		binary.BigEndian.PutUint32(b[12:], uint32(a))
	}
	return b
}

// sockaddr6 is an address as an AF_INET6 socket shows it.
func (n *Network) sockaddr6(a wire.Addr4, port uint16) SockAddr {
	return SockAddr{Family: AF_INET6, Port: port, Addr: n.addr6(a)}
}

// text is an address as ss prints it.
func (n *Network) text(a wire.Addr4) string {
	if isSix(a) {
		return "[" + netip.AddrFrom16(n.sixes.list[a]).String() + "]"
	}
	return a.String()
}
