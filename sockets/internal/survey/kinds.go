package survey

import (
	"fmt"

	"socketbook/sockets"
)

// triples asks socket(2) for every family, type and protocol.
func (a *asker) triples() {
	families := []int{-1000, 1000000}
	for f := -1; f <= 50; f++ {
		families = append(families, f)
	}
	types := []int{75, 65537, -5, stream | nonblock, dgram | sockets.SOCK_CLOEXEC, 1 << 20, 0x21, raw | nonblock}
	for t := -1; t <= 16; t++ {
		types = append(types, t)
	}
	for _, f := range families {
		for _, t := range types {
			var r runs
			for _, p := range protocols(f) {
				fd, err := a.k.Socket(f, t, p)
				if err == nil {
					a.k.Close(fd)
				}
				r.add(fmt.Sprint(p), errno(err))
			}
			a.line("socket %d %d%s", f, t, &r)
		}
	}
}

// protocols are the numbers to try: all for a family that has any.
func protocols(family int) (list []int) {
	switch family {
	case sockets.AF_UNIX, inet, inet6, sockets.AF_NETLINK, sockets.AF_PACKET, sockets.AF_XDP:
		for p := -2; p <= 265; p++ {
			if p < 35 || p == 41 || p == 58 || p > 130 && p < 140 || p > 250 {
				list = append(list, p)
			}
		}
		return append(list, 1000, 1<<31-1, -1<<31, 768, 65535, 65536)
	case sockets.AF_VSOCK:
		return nil // the machine's: whether it is a virtual one
	}
	return []int{0, 1, 6}
}

// otherCalls makes every call on sockets that are neither TCP nor UDP.
func (a *asker) otherCalls() {
	if err := a.k.SetSysctl("net.ipv4.ping_group_range", "0 1000"); err != nil {
		a.line("ping_group_range: %s", errno(err))
	}
	for _, s := range []specimen{named("raw icmp"), named("raw raw"), named("raw6 icmp"), named("raw6 raw"),
		named("unix stream"), named("unix dgram"), {"unix seqpacket", plain(sockets.AF_UNIX, sockets.SOCK_SEQPACKET, 0)},
		{"ping", plain(inet, dgram, sockets.IPPROTO_ICMP)}, {"ping6", plain(inet6, dgram, sockets.IPPROTO_ICMPV6)},
		{"packet", plain(sockets.AF_PACKET, dgram, 0)}, {"netlink", plain(sockets.AF_NETLINK, raw, 0)}} {
		for _, to := range []string{"127.0.0.1:0", here, "0.0.0.0:0", "10.9.9.9:5000", "[::1]:0", here6, "[::]:0", mappedHere, ""} {
			a.callsWith(s, to)
		}
		a.callsWithout(s)
	}
	a.k.SetSysctl("net.ipv4.ping_group_range", "1 0")
}

// callsWith binds and connects to an address; "" is one of AF_UNSPEC.
func (a *asker) callsWith(s specimen, to string) {
	addr := sockets.SockAddr{}
	if to != "" {
		addr = sockets.Addr(to)
	}
	fd := s.make(a)
	if fd >= 0 {
		a.line("%s bind %q: %s, %s, again %s", s.name, to, errno(a.k.Bind(fd, addr)), a.names(s, fd), errno(a.k.Bind(fd, addr)))
	}
	a.clean()
	if fd = s.make(a); fd >= 0 && to != "10.9.9.9:5000" { // where a simulated host finds a way, and a lonely one none
		a.line("%s connect %q: %s, %s, shutdown %s", s.name, to, errno(a.k.Connect(fd, addr)), a.names(s, fd), errno(a.k.Shutdown(fd, 1)))
	}
	a.clean()
}

// names are getsockname and getpeername. A number given out is not told.
func (a *asker) names(s specimen, fd int) string {
	tell := func(n sockets.SockAddr, err error) string {
		if err != nil {
			return errno(err)
		}
		if s.name[:4] == "ping" && n.Port != 5000 && n.Port != 0 {
			n.Port = 1
		}
		return n.String()
	}
	return tell(a.k.Getsockname(fd)) + " " + tell(a.k.Getpeername(fd))
}

func (a *asker) callsWithout(s specimen) {
	defer a.clean()
	fd := s.make(a)
	if fd < 0 {
		a.line("%s: refused", s.name)
		return
	}
	var r runs
	r.add("listen", errno(a.k.Listen(fd, 5)))
	_, _, err := a.k.Accept4(fd, 0)
	r.add("accept", errno(err))
	_, _, err = a.k.Recvfrom(fd, make([]byte, 100), 0)
	r.add("recv", errno(err))
	_, err = a.k.Sendto(fd, make([]byte, 8), sockets.MSG_OOB, nil)
	r.add("send urgent", errno(err))
	_, err = a.k.Sendto(fd, make([]byte, 8), 0, nil)
	r.add("send", errno(err))
	for how := -1; how <= 3; how++ {
		r.add(fmt.Sprint("shutdown ", how), errno(a.k.Shutdown(fd, how)))
	}
	a.line("%s:%s", s.name, &r)
}
