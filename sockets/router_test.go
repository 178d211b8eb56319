package sockets

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"socketbook/sockets/wire"
)

// routerStory is client ── router ── server: 10.0.0.2, 10.0.0.3 and 10.0.0.1,
// and fd00::2, ::3 and ::1. Neither end has a link to the other.
func routerStory(t *testing.T, near, far LinkOptions, options ...Option) (st *story, router *Host) {
	t.Helper()
	st = &story{T: t, net: NewNetwork(append([]Option{Seed(1)}, options...)...)}
	st.server, st.client = st.net.NewHost("server", Limits{}), st.net.NewHost("client", Limits{})
	router = st.net.NewHost("router", Limits{})
	for i, h := range []*Host{st.server, st.client, router} {
		st.ok(h.AddAddr6("fd00::"+itoa(i+1)), "ip -6 addr add")
	}
	st.net.NewLink(st.client, router, near)
	st.net.NewLink(router, st.server, far)
	st.ok(router.SetSysctl("net.ipv4.ip_forward", "1"), "sysctl")
	st.ok(router.SetSysctl("net.ipv6.conf.all.forwarding", "1"), "sysctl")
	for _, h := range []*Host{st.client, st.server} {
		st.ok(h.AddRoute(Route{To: "default", Via: "10.0.0.3"}), "ip route add default")
		st.ok(h.AddRoute(Route{To: "default", Via: "fd00::3"}), "ip -6 route add default")
	}
	st.s, st.c = st.server.NewProcess("server"), st.client.NewProcess("client")
	st.ok(st.net.Err(), "the stage")
	t.Cleanup(st.net.Close)
	return st, router
}

// families runs a story in IPv4 and in IPv6.
func families(t *testing.T, f func(t *testing.T, six bool)) {
	t.Run("IPv4", func(t *testing.T) { f(t, false) })
	t.Run("IPv6", func(t *testing.T) { f(t, true) })
}

// at is a host's address of a family.
func (h *Host) at(six bool, port uint16) SockAddr {
	if six {
		return h.Addr6(port)
	}
	return h.Addr(port)
}

// of makes a non-blocking socket of a family.
func (st *story) of(p *Process, six bool, kind int) int {
	st.Helper()
	family := AF_INET
	if six {
		family = AF_INET6
	}
	fd, err := p.Socket(family, kind|SOCK_NONBLOCK, 0)
	st.ok(err, "socket")
	return fd
}

// texts is the packets the tape has at a station of a host.
func (st *story) texts(h *Host, at Station) string {
	var all []string
	for _, e := range st.net.Tape().Events() {
		if e.Host == h.name && e.Station == at {
			all = append(all, e.Packet())
		}
	}
	return strings.Join(all, "\n")
}

// Over a router: a connection, its data both ways, its end; and a datagram.
func TestRouter(t *testing.T) {
	families(t, func(t *testing.T, six bool) {
		st, router := routerStory(t, LAN, LAN)
		l := st.of(st.s, six, SOCK_STREAM)
		st.ok(st.s.Bind(l, st.server.at(six, 80)), "bind")
		st.ok(st.s.Listen(l, 5), "listen")
		c := st.of(st.c, six, SOCK_STREAM)
		st.errno(st.c.Connect(c, st.server.at(six, 80)), EINPROGRESS, "connect")
		st.settle()
		s := st.accept(l)
		st.wantState(st.c, c, Established, "over a router")
		big := strings.Repeat("x", 60_000)
		st.write(st.c, c, big)
		st.settle()
		buf := make([]byte, 100_000)
		n, err := st.s.Read(s, buf)
		if n != len(big) || err != nil {
			t.Errorf("read %d bytes of %d: %v", n, len(big), err)
		}
		st.write(st.s, s, "thanks")
		st.settle()
		st.read(st.c, c, "thanks", "the way back")
		d, u := st.of(st.c, six, SOCK_DGRAM), st.of(st.s, six, SOCK_DGRAM)
		st.ok(st.s.Bind(u, st.server.at(six, 53)), "bind")
		to := st.server.at(six, 53)
		_, err = st.c.Sendto(d, []byte("hello"), 0, &to)
		st.ok(err, "sendto")
		st.settle()
		if from := st.from(st.s, u, "hello", "a datagram over a router"); from.Addr != st.client.at(six, 0).Addr {
			t.Errorf("it comes from %v", from)
		}
		r := router.stats
		if got := [2]uint64{r.IpForwDatagrams, r.Ip6OutForwDatagrams}; got[bit(six)] < 50 || got[1-bit(six)] != 0 || r.InSegs != 0 {
			t.Errorf("the router forwards, and no more: %v", got)
		}
		st.audit()
		st.clean()
	})
}

// A router's TTL, seen as traceroute does: a datagram with one hop to live comes
// back from the router, one with two from the server.
func TestTraceroute(t *testing.T) {
	families(t, func(t *testing.T, six bool) {
		st, router := routerStory(t, LAN, LAN, Record())
		c := st.of(st.c, six, SOCK_DGRAM)
		ttl, recvErr, level := IP_TTL, IP_RECVERR, IPPROTO_IP
		if six {
			ttl, recvErr, level = IPV6_UNICAST_HOPS, IPV6_RECVERR, IPPROTO_IPV6
		}
		st.setsockopt(st.c, c, level, recvErr, 1)
		to := st.server.at(six, 33434)
		for hop, want := range []Errno{EHOSTUNREACH, ECONNREFUSED} {
			st.setsockopt(st.c, c, level, ttl, hop+1)
			_, err := st.c.Sendto(c, []byte("probe"), 0, &to)
			st.ok(err, "sendto")
			st.settle()
			_, err = st.c.Sendto(c, nil, 0, &to)
			st.errno(err, want, "what has happened to the probe")
			buf := make([]byte, 100)
			n, from, err := st.c.Recvfrom(c, buf, MSG_ERRQUEUE)
			if err != nil || string(buf[:n]) != "probe" || from == nil || *from != to {
				t.Errorf("the error queue has the probe: %q from %v, %v", buf[:n], from, err)
			}
		}
		text := st.texts(st.client, StationIP)
		want := []string{"10.0.0.3 > 10.0.0.2: ICMP time exceeded in-transit, length 41", "10.0.0.1 > 10.0.0.2: ICMP 10.0.0.1 udp port 33434 unreachable, length 41"}
		if six {
			want = []string{"fd00::3 > fd00::2: ICMP6, time exceeded in-transit for fd00::1, length 61",
				"fd00::1 > fd00::2: ICMP6, destination unreachable, unreachable port, fd00::1 udp port 33434, length 61"}
		}
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("the tape must say %q, says\n%s", w, text)
			}
		}
		if n := router.stats.IpInHdrErrors + router.stats.Ip6InHdrErrors; n != 1 {
			t.Errorf("the router drops one probe (InHdrErrors), not %d", n)
		}
		st.audit()
		st.clean()
	})
}

// What routers say ends a connect; a connection that is open goes on, and
// remembers it for its timeout.
func TestUnreachableConnect(t *testing.T) {
	families(t, func(t *testing.T, six bool) {
		st, router := routerStory(t, LAN, LAN, Record())
		far, refuse := "10.9.0.1", "10.9.0.0/16"
		if six {
			far, refuse = "[fd09::1]", "fd09::/64"
		}
		connect := func() error { // blocking
			fd := st.of(st.c, six, SOCK_STREAM)
			st.setsockopt(st.c, fd, IPPROTO_TCP, TCP_SYNCNT, 1)
			st.c.sock(fd).flags &^= flagNonblock
			return st.c.Connect(fd, Addr(far+":80"))
		}
		st.errno(connect(), ENETUNREACH, "no route at the router")
		st.ok(router.AddRoute(Route{To: refuse, Type: "unreachable"}), "ip route add unreachable")
		st.errno(connect(), EHOSTUNREACH, "a route that refuses")
		st.ok(router.DelRoute(refuse), "ip route del")
		st.ok(router.AddRoute(Route{To: refuse, Type: "prohibit"}), "ip route add prohibit")
		want := EHOSTUNREACH
		if six {
			want = EACCES
		}
		st.errno(connect(), want, "an administrator does not want it")
		st.ok(st.client.AddRoute(Route{To: refuse, Type: "unreachable"}), "ip route add unreachable")
		st.errno(connect(), EHOSTUNREACH, "a route of one's own that refuses")
		st.ok(st.client.DelRoute("default"), "ip route del")
		st.ok(st.client.DelRoute("default"), "ip route del")
		st.ok(st.client.DelRoute(refuse), "ip route del")
		st.errno(connect(), ENETUNREACH, "no route at all")
		if n := st.client.stats.IpOutNoRoutes + st.client.stats.Ip6OutNoRoutes; n != 1 {
			t.Errorf("OutNoRoutes is %d, want 1", n)
		}
		st.audit()
		st.clean()
	})
}

// An error about an open connection is a soft one: told when its retries are
// used up (sk_err_soft), or at once to who asked for it.
func TestUnreachableWhileOpen(t *testing.T) {
	for _, asks := range []bool{false, true} {
		st, router := routerStory(t, LAN, LAN)
		st.ok(st.client.SetSysctl("net.ipv4.tcp_retries2", "3"), "sysctl")
		_, c, _ := st.pair(80)
		if asks {
			st.setsockopt(st.c, c, IPPROTO_IP, IP_RECVERR, 1)
		}
		st.ok(router.AddRoute(Route{To: "10.0.0.0/8", Type: "unreachable"}), "ip route add")
		gone := router.nics[1].peer.host
		gone.ranges[0], gone.friend = addrRange{0x0b000001, 0x0b000001}, 0 // the server moves away
		st.write(st.c, c, "are you there?")
		st.settle()
		start := st.now()
		_, err := st.c.Read(c, make([]byte, 10)) // sleeps
		st.errno(err, EHOSTUNREACH, "what the router said")
		if took := st.now() - start; asks != (took < 100*time.Millisecond) {
			t.Errorf("IP_RECVERR %v: told after %v", asks, took)
		}
		st.audit()
	}
}

// An ICMP error about a segment that is not in flight is a guess, and does
// nothing (RFC 5927 §4.1).
func TestForgedICMP(t *testing.T) {
	st := lanStory(t)
	_, c, _ := st.pair(80)
	s := st.c.sock(c)
	quote := func(seq wire.Seq) []byte {
		b := make([]byte, 200)
		ip := wire.IPv4{TTL: 64, Src: s.laddr, Dst: s.raddr}
		n := wire.PutTCP4(b, wire.Ethernet{}, &ip, &wire.TCP{SrcPort: s.lport, DstPort: s.rport, Seq: uint32(seq)}, nil)
		return b[wire.EthernetLen:n]
	}
	send := func(seq wire.Seq) {
		st.server.icmpSend(st.server.nics[0], outgoing{src: s.raddr, dst: s.laddr, proto: wire.ProtoICMP},
			wire.ICMP{Type: wire.ICMPUnreachable, Code: wire.ICMPFragNeeded, Rest: 600}, quote(seq))
		st.settle()
	}
	mss := s.mss
	send(st.client.nxt(s) + 5000)
	if st.client.stats.OutOfWindowIcmps != 1 || s.mss != mss {
		t.Errorf("a guess must be ignored: TcpExtOutOfWindowIcmps %d, mss %d", st.client.stats.OutOfWindowIcmps, s.mss)
	}
	st.audit()
}

// Tables: the longest prefix wins, and what makes no sense is refused.
func TestRoutes(t *testing.T) {
	st, _ := routerStory(t, LAN, LAN)
	st.ok(st.client.AddRoute(Route{To: "10.9.0.0/16", Via: "10.0.0.3", Src: "10.0.0.2"}), "ip route add")
	st.ok(st.client.AddRoute(Route{To: "10.9.9.0/24", Type: "prohibit"}), "ip route add")
	st.ok(st.client.AddRoute(Route{To: "10.9.9.9", Link: st.net.links[0]}), "ip route add")
	want := `10.9.9.9 dev eth0 scope link
prohibit 10.9.9.0/24
10.9.0.0/16 via 10.0.0.3 dev eth0 src 10.0.0.2
default via 10.0.0.3 dev eth0
10.0.0.3 dev eth0 proto kernel scope link src 10.0.0.2
default via fd00::3 dev eth0
fd00::3 dev eth0 proto kernel metric 256 pref medium
`
	if got := st.client.Routes().String(); got != want {
		t.Errorf("the table is\n%swant\n%s", got, want)
	}
	for to, e := range map[string]Errno{"10.9.9.9:1": 0, "10.9.9.8:1": EACCES, "10.9.8.1:1": 0, "1.2.3.4:1": 0} {
		if err := st.c.Connect(st.datagram(st.c, Any(0)), Addr(to)); e == 0 && err != nil || e != 0 && !errors.Is(err, e) {
			t.Errorf("connect to %s: want %v, got %v", to, e, err)
		}
	}
	for _, r := range []Route{{}, {To: "x"}, {To: "10.0.0.1/8", Via: "10.0.0.3"}, {To: "10.5.0.0/16"}, {To: "10.5.0.0/16", Via: "10.7.0.1"},
		{To: "10.5.0.0/16", Via: "fd00::3"}, {To: "10.5.0.0/16", Via: "x"}, {To: "10.5.0.0/16", Via: "10.0.0.3", Src: "10.0.0.1"},
		{To: "10.5.0.0/16", Type: "x"}, {To: "default", Via: "10.0.0.3"}, {To: "10.5.0.0/16", Via: "10.0.0.2"}, {To: "10.5.0.0/16", Link: st.net.links[1]}} {
		var e *LimitError
		if err := st.client.AddRoute(r); !errors.As(err, &e) {
			t.Errorf("route %+v must be refused with a LimitError, got %v", r, err)
		}
	}
	var e *LimitError
	for _, a := range []string{"", "10.0.0.1", "::", "::1", "fe80::1", "ff02::1", "::ffff:10.0.0.1", "fd00::1%eth0", "fd00::1"} {
		if err := st.client.AddAddr6(a); !errors.As(err, &e) {
			t.Errorf("address %q must be refused, got %v", a, err)
		}
	}
	st.audit()
}

// A host that is no router does not forward, and one without a way back does
// not loop.
func TestNoRouter(t *testing.T) {
	families(t, func(t *testing.T, six bool) {
		st, router := routerStory(t, LAN, LAN)
		st.ok(router.SetSysctl("net.ipv4.ip_forward", "0"), "sysctl")
		st.ok(router.SetSysctl("net.ipv6.conf.all.forwarding", "0"), "sysctl")
		c, to := st.of(st.c, six, SOCK_DGRAM), st.server.at(six, 53)
		_, err := st.c.Sendto(c, []byte("x"), 0, &to)
		st.ok(err, "sendto")
		st.settle()
		if n := router.stats.IpInAddrErrors + router.stats.Ip6InAddrErrors; n != 1 {
			t.Errorf("InAddrErrors is %d, want 1", n)
		}
		st.audit()
	})
	// Two routers that send each other what neither has: the TTL ends it.
	st, router := routerStory(t, LAN, LAN)
	st.ok(st.server.SetSysctl("net.ipv4.ip_forward", "1"), "sysctl")
	st.ok(router.AddRoute(Route{To: "10.9.0.0/16", Via: "10.0.0.1"}), "ip route add")
	c, to := st.datagram(st.c, Any(0)), Addr("10.9.0.1:53")
	st.setsockopt(st.c, c, IPPROTO_IP, IP_RECVERR, 1)
	_, err := st.c.Sendto(c, []byte("x"), 0, &to)
	st.ok(err, "sendto")
	st.net.RunFor(time.Second)
	_, err = st.c.Sendto(c, []byte("x"), 0, &to)
	st.errno(err, EHOSTUNREACH, "a circle ends with time exceeded")
	if n := router.stats.IpForwDatagrams + st.server.stats.IpForwDatagrams; n < 63 || n > 66 {
		t.Errorf("63 hops and the way back, not %d", n)
	}
	st.audit()
}

// A card that cuts and merges (TSO, GRO) makes no difference to a neighbour
// that has to be asked for, or to a router.
func TestOffloadsOverARouter(t *testing.T) {
	o := LAN
	o.ARP = true
	st, router := routerStory(t, o, o)
	for _, h := range []*Host{st.client, st.server, router} {
		for _, c := range h.nics {
			st.ok(h.SetOffload(c.name, OffloadTSO|OffloadGRO, true), "ethtool -K")
		}
	}
	_, c, s := st.pair(80)
	st.net.RunFor(100 * time.Second) // the neighbours are old by now
	for _, e := range st.client.neighs.list {
		e.state = neighFailed // and have to be asked for again, with data waiting
	}
	data := pattern(40_000)
	st.write(st.c, c, string(data))
	st.audit()
	st.settle()
	got := make([]byte, 100_000)
	if n, err := st.s.Read(s, got); err != nil || !bytes.Equal(got[:n], data) {
		t.Errorf("read %d bytes of %d, %v", n, len(data), err)
	}
	if st.client.stats.TSOPackets == 0 || st.server.stats.GROMerged == 0 || router.stats.IpFragFails != 0 {
		t.Errorf("cut %d, merged %d, refused %d", st.client.stats.TSOPackets, st.server.stats.GROMerged, router.stats.IpFragFails)
	}
	st.audit()
	st.clean()
}
