package sockets

import (
	"fmt"
	"strconv"
	"strings"

	"socketbook/sockets/wire"
)

// Address families and socket types, by Linux's numbers
// (include/linux/socket.h, include/linux/net.h).
const (
	AF_UNSPEC = 0
	AF_INET   = 2

	SOCK_STREAM = 1

	SOCK_NONBLOCK = 0o4000    // O_NONBLOCK
	SOCK_CLOEXEC  = 0o2000000 // O_CLOEXEC

	IPPROTO_IP  = 0
	IPPROTO_TCP = 6
)

// SockAddr is the address argument of bind and connect and the answer of
// accept4 and getsockname: a struct sockaddr_in (ip(7)).
type SockAddr struct {
	Family uint16
	Port   uint16
	IP     wire.Addr4
}

// Any is the wildcard address 0.0.0.0 with a port: "every address of this
// host", INADDR_ANY in C.
func Any(port uint16) SockAddr { return SockAddr{Family: AF_INET, Port: port} }

// ParseAddr reads "10.0.0.1:80". The host part may be empty for 0.0.0.0.
func ParseAddr(s string) (SockAddr, error) {
	host, port, ok := strings.Cut(s, ":")
	if !ok {
		return SockAddr{}, &LimitError{"address", strconv.Quote(s), "an IPv4 address, a colon and a port, as in 10.0.0.1:80"}
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return SockAddr{}, &LimitError{"port", strconv.Quote(port), "0 to 65535"}
	}
	a := SockAddr{Family: AF_INET, Port: uint16(n)}
	if host != "" {
		if a.IP, err = wire.ParseAddr4(host); err != nil {
			return SockAddr{}, &LimitError{"address", strconv.Quote(host), "four numbers of 0 to 255, as in 10.0.0.1"}
		}
	}
	return a, nil
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

// String is "10.0.0.1:80", as ss -n prints it; the wildcard is "0.0.0.0:80".
func (a SockAddr) String() string {
	if a.Family != AF_INET {
		return fmt.Sprintf("family %d", a.Family)
	}
	return a.IP.String() + ":" + strconv.Itoa(int(a.Port))
}
