package sockets

import (
	"errors"
	"testing"
	"time"
	"unsafe"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// One client address has as many connections to one server port as the range
// has ports: 28,232 by default, not one fewer. Then EADDRNOTAVAIL; another
// destination still works.
func TestEphemeralPortsRunOutExactly(t *testing.T) {
	st := newStory(t, Limits{NofileSoft: 100_000, NofileHard: 100_000}, LAN)
	st.listen(80, 4096)
	st.listen(81, 4096)
	// Nobody accepts: the crowd's sockets need no answer to hold their ports.
	crowd := st.client.NewLoad(st.server.Addr(80), LoadOptions{Clients: 28_240})
	st.settle()
	if r := crowd.Result(); r.NoPort != 8 || st.client.PortsInUse() != 28_232 {
		t.Errorf("28,240 clients of one address must find 28,232 ports: %d found none, %d ports are in use", r.NoPort, st.client.PortsInUse())
	}
	fd := st.nonblocking(st.c)
	st.errno(st.c.Connect(fd, st.server.Addr(80)), EADDRNOTAVAIL, "connect with every ephemeral port taken")
	st.errno(st.c.Connect(fd, st.server.Addr(81)), EINPROGRESS, "connect to another port of the server")
	st.settle()
	a, err := st.c.Getsockname(fd)
	if err != nil || a.Port < 32768 || a.Port > 60999 {
		t.Errorf("a port can be used again for another destination, got %v, %v", a, err)
	}
	other := st.nonblocking(st.c)
	st.errno(st.c.Bind(other, Any(0)), EADDRINUSE, "bind to port 0 with every ephemeral port taken")
	st.ok(st.client.AddAddrs("10.2.0.1", 1), "a second address for the client")
	st.ok(st.c.Bind(other, Addr("10.2.0.1:0")), "bind to port 0 at a second address")
	st.audit()

	// Ports given back are found again, wherever they lie.
	random := sim.NewStream(1, 1)
	for range 40 {
		crowd.Close(random.IntN(28_000))
	}
	st.net.RunFor(st.client.limits.TimeWait + st.client.limits.FinTimeout + 200e9)
	free := 28_232 - st.client.PortsInUse() + 1 // the one towards port 81 counts as well
	if free < 30 {
		t.Fatalf("closed connections must give their ports back, %d did", free)
	}
	again := st.client.NewLoad(st.server.Addr(80), LoadOptions{Clients: 28_240})
	st.settle()
	if r := again.Result(); r.Started-r.NoPort < free-1 {
		t.Errorf("%d ports are free again, but only %d clients found one", free, r.Started-r.NoPort)
	}
}

// connect begins at the even ports of the range and leaves the odd ones for
// later; bind to port 0 does the opposite (__inet_hash_connect,
// inet_csk_find_open_port).
func TestEphemeralParity(t *testing.T) {
	st := newStory(t, Limits{PortLow: 40000, PortHigh: 40999}, LAN)
	st.listen(80, 4096)
	var ports []uint16
	for range 600 {
		fd := st.nonblocking(st.c)
		st.c.Connect(fd, st.server.Addr(80))
		a, _ := st.c.Getsockname(fd)
		ports = append(ports, a.Port)
	}
	for i, p := range ports {
		if p < 40000 || p > 40999 {
			t.Fatalf("connection %d has port %d, outside the range", i, p)
		}
		if odd := p%2 == 1; odd != (i >= 500) {
			t.Fatalf("connection %d has port %d: the 500 even ports come first, then the odd", i, p)
		}
	}
	st.listen(81, 4096)
	for i := range 500 {
		fd := st.nonblocking(st.s)
		st.ok(st.s.Bind(fd, Any(0)), "bind to port 0")
		if a, _ := st.s.Getsockname(fd); a.Port%2 == 0 {
			t.Fatalf("bind %d to port 0 got port %d: the 500 odd ports come first", i, a.Port)
		}
	}
	fd := st.nonblocking(st.s)
	st.ok(st.s.Bind(fd, Any(0)), "bind to port 0 with the odd ports taken")
	if a, _ := st.s.Getsockname(fd); a.Port%2 == 1 {
		t.Errorf("bind to port 0 with the odd ports taken got port %d", a.Port)
	}
	st.audit()
}

// A port somebody bound is left alone by connect: 999 of 1,000.
func TestEphemeralSkipsBoundPort(t *testing.T) {
	st := newStory(t, Limits{PortLow: 40000, PortHigh: 40999, NofileSoft: 2000}, LAN)
	l := st.nonblocking(st.s)
	st.ok(st.s.Bind(l, Any(40500)), "bind")
	st.ok(st.s.Listen(l, 4096), "listen")
	// The client is the server's own host: the bound port lies in its range.
	seen := map[uint16]bool{}
	for {
		fd := st.nonblocking(st.s)
		err := st.s.Connect(fd, Addr("127.0.0.1:40500"))
		if len(seen) == 999 {
			st.errno(err, EADDRNOTAVAIL, "the 1,000th connection with one port bound")
			break
		}
		st.errno(err, EINPROGRESS, "one of 999 connections")
		a, _ := st.s.Getsockname(fd)
		if a.Port == 40500 || seen[a.Port] || t.Failed() {
			t.Fatalf("connection %d got port %d, bound or given before", len(seen), a.Port)
		}
		seen[a.Port] = true
	}
	st.audit()
}

// A range of one port, of two, of an odd number: every port of it can be had.
// With an odd number a search passes by one port, which one depends on where
// it begins; whoever asks again begins elsewhere.
func TestEphemeralSmallRanges(t *testing.T) {
	for _, n := range []int{1, 2, 3, 9, 10, 33, 65, 127, 129} {
		for _, low := range []int{40000, 40001, 65535 - n + 1} {
			st := newStory(t, Limits{PortLow: low, PortHigh: low + n - 1}, LAN)
			st.listen(80, 4096)
			open, refused := 0, 0
			for refused < 100 && open <= n {
				fd := st.nonblocking(st.c)
				err := st.c.Connect(fd, st.server.Addr(80))
				if err == nil || !errors.Is(err, EINPROGRESS) {
					refused++
					st.client.ports.perturb = nil // begin elsewhere next time
					st.errno(err, EADDRNOTAVAIL, "connect without a free port")
					st.c.Close(fd)
					continue
				}
				open++
			}
			want := n
			if n == 3 { // a search goes from the first port to the second and is round
				want = 2
			}
			if open != want {
				t.Errorf("%d ports from %d on: %d connections could be opened", n, low, open)
			}
			st.audit()
			if t.Failed() {
				return
			}
		}
	}
}

// ephemeralSlow is __inet_hash_connect without anything clever: it looks at
// one port after the other, from an offset on.
func ephemeralSlow(h *Host, d destination, offset uint32) uint16 {
	low, high := uint32(h.limits.PortLow), uint32(h.limits.PortHigh)+1
	remaining := high - low
	if remaining > 1 {
		remaining &^= 1
	}
	for ; ; offset++ {
		port := low + offset
		for i := uint32(0); i < remaining; i, port = i+2, port+2 {
			if port >= high {
				port -= remaining
			}
			b := h.ports.bucket(uint16(port))
			connected := b != nil && b.fastReuse < 0 && b.fastReusePort < 0 // nobody has bound it
			if b == nil || connected && h.lookup(d.laddr, d.raddr, uint16(port), d.rport) == 0 {
				return uint16(port)
			}
		}
		if offset&1 == 1 || remaining == 1 {
			return 0
		}
	}
}

// The search with its set of taken ports gives the same answer as the slow one
// that looks at every port, whatever is taken, and wherever it begins.
func TestEphemeralAgainstSlowSearch(t *testing.T) {
	random := sim.NewStream(3, 3)
	for round := range 90 {
		n := []int{200, 2, 64, 1, 1000, 1001, 201, 65, 64}[round%9]
		low := 1024 + random.IntN(60000)
		low = min(low, 65536-n)
		st := newStory(t, Limits{PortLow: low, PortHigh: low + n - 1}, LAN)
		h := st.client
		d := destination{h.ranges[0].lo, st.server.ranges[0].lo, 80}
		// Take some ports: connections to d, connections to others, binds.
		for port := low; port < low+n; port++ {
			what := random.IntN(24)
			if round%4 == 0 && random.IntN(50) > 0 { // hardly any is free
				what = 0
			}
			if round%2 == 0 && port%2 == low%2 { // the first pass finds none
				what = 0
			}
			switch {
			case what < 20-round%3*9: // a connection to d
				claimPort(h, d, uint16(port), false)
			case what == 21:
				claimPort(h, destination{d.laddr, d.raddr, 81}, uint16(port), false)
			case what == 22:
				claimPort(h, destination{d.laddr, d.raddr, 82}, uint16(port), true)
			}
		}
		var taken []*sock
		h.socks.each(func(_ uint32, s *sock) {
			if s.state == Established && s.rport == 80 {
				taken = append(taken, s)
			}
		})
		r := search{low: uint32(low), high: uint32(low + n), step: 2}
		if r.count = uint32(n); n > 1 {
			r.count &^= 1
		}
		for q := range 40 {
			if q%3 == 2 && q > 20 && len(taken) > 0 { // some close again
				k := random.IntN(len(taken))
				s := taken[k]
				taken = append(taken[:k], taken[k+1:]...)
				i := h.lookup(s.laddr, s.raddr, s.lport, s.rport)
				h.setState(i, s, Closed, "")
				h.done(i, s)
			}
			offset := uint32(random.IntN(int(r.count))) &^ 1
			want, got := ephemeralSlow(h, d, offset), uint16(0)
			for pass := uint32(0); pass < min(2, r.count) && got == 0; pass++ {
				r.offset = offset + pass
				_, got = h.searchPort(d, r)
			}
			if got != want {
				t.Fatalf("round %d, range %d+%d, from offset %d: want port %d, found %d", round, low, n, offset, want, got)
			}
		}
		st.audit()
	}
}

// claimPort makes a connection of a local port out of nothing.
func claimPort(h *Host, d destination, port uint16, bound bool) {
	i := h.socks.alloc()
	s := h.socks.at(i)
	*s = sock{state: Established, laddr: d.laddr, raddr: d.raddr, lport: port, rport: d.rport}
	if bound {
		h.ports.buckets.at(h.ports.makeBucket(port)).update(h.how(s), 0, s.laddr)
	}
	h.own(i, s, port, !bound)
	h.hash(i, s)
	h.mark(s, true)
}

// bind's conflicts, against a slow list of who has what.
func TestBindAgainstSlowList(t *testing.T) {
	type claim struct {
		addr wire.Addr4
		port uint16
	}
	random := sim.NewStream(5, 5)
	for round := range 30 {
		st := newStory(t, Limits{PortLow: 40000, PortHigh: 40019}, LAN)
		st.ok(st.server.AddAddrs("10.3.0.1", 3), "more addresses")
		addrs := []wire.Addr4{0, 0x7f000001, st.server.ranges[0].lo, 0x0a030001, 0x0a030002, 0x0a030003}
		have := map[int]claim{}
		for range 200 {
			if random.IntN(3) == 0 && len(have) > 0 { // close the lowest
				for fd := 3; ; fd++ {
					if _, ok := have[fd]; ok {
						st.ok(st.s.Close(fd), "close")
						delete(have, fd)
						break
					}
				}
				continue
			}
			c := claim{addrs[random.IntN(len(addrs))], uint16(40000 + random.IntN(20))}
			free := true
			for _, o := range have {
				free = free && (o.port != c.port || o.addr != c.addr && o.addr != 0 && c.addr != 0)
			}
			fd := st.nonblocking(st.s)
			err := st.s.Bind(fd, sockaddr4(c.addr, c.port))
			if (err == nil) != free {
				t.Fatalf("round %d: bind to %v:%d with %v: free is %v, the answer %v", round, c.addr, c.port, have, free, err)
			}
			if err != nil {
				st.errno(err, EADDRINUSE, "bind to a taken address")
				st.s.Close(fd)
				continue
			}
			have[fd] = c
		}
		st.audit()
		st.clean()
	}
}

// connectFrom connects a new socket of the client, and tells its port.
func (st *story) connectFrom(to SockAddr) (fd int, port uint16, err error) {
	st.Helper()
	fd = st.socket(st.c)
	err = st.c.Connect(fd, to)
	a, _ := st.c.Getsockname(fd)
	return fd, a.Port, err
}

// Where ports run short a set of those taken answers instead of a look at each.
// It must say the same when the settings change.
func TestPortSetsFollowSettings(t *testing.T) {
	st := newStory(t, Limits{PortLow: 40000, PortHigh: 40199}, LAN)
	h, to := st.client, st.server.Addr(80)
	st.listen(80, 4096)
	set := func(key, value string) {
		t.Helper()
		st.ok(h.SetSysctl(key, value), "sysctl "+key)
	}
	bound := st.socket(st.c)
	st.ok(st.c.Bind(bound, Any(40200)), "bind")
	st.ok(st.c.Connect(bound, to), "connect from a port outside the range")
	for range 200 {
		_, _, err := st.connectFrom(to)
		st.ok(err, "one of 200 connections")
	}
	if len(h.ports.taken) != 1 {
		t.Fatalf("the search for the last ports must have made a set, there are %d", len(h.ports.taken))
	}
	_, _, err := st.connectFrom(to)
	st.errno(err, EADDRNOTAVAIL, "connection 201")

	// A wider range: the ports beyond the old one are not all free.
	set("net.ipv4.ip_local_port_range", "40000 40201")
	st.audit()
	_, port, err := st.connectFrom(to)
	if err != nil || port != 40201 {
		t.Errorf("of the new ports one is free, 40201: got %d, %v", port, err)
	}

	// A reserved port stays so when somebody who named it has given it back.
	set("net.ipv4.ip_local_port_range", "40000 40203")
	set("net.ipv4.ip_local_reserved_ports", "40202")
	named := st.socket(st.c)
	st.ok(st.c.Bind(named, Any(40202)), "bind to a reserved port")
	st.ok(st.c.Connect(named, to), "connect")
	st.ok(st.c.Connect(named, SockAddr{}), "connect with AF_UNSPEC")
	st.ok(st.c.Close(named), "close")
	st.audit()
	_, port, err = st.connectFrom(to)
	if err != nil || port != 40203 {
		t.Errorf("40202 is reserved, 40203 free: got %d, %v", port, err)
	}
	_, _, err = st.connectFrom(to)
	st.errno(err, EADDRNOTAVAIL, "connect with only a reserved port left")
	set("net.ipv4.ip_local_reserved_ports", "\n")
	_, port, err = st.connectFrom(to)
	if err != nil || port != 40202 {
		t.Errorf("40202 is reserved no more: got %d, %v", port, err)
	}
	st.audit()
}

// On one host a pair in TIME-WAIT is used again after a second (tcp_tw_reuse
// 2), also where ports run short.
func TestTimeWaitIsUsedAgainOnOneHost(t *testing.T) {
	st := newStory(t, Limits{PortLow: 40000, PortHigh: 40199}, LAN)
	l, err := st.c.ListenOn(Any(80), 4096)
	st.ok(err, "listen")
	to := Addr("127.0.0.1:80")
	for range 200 {
		_, _, err := st.connectFrom(to)
		st.ok(err, "one of 200 connections")
	}
	a, _ := st.c.Getsockname(l + 3)
	st.ok(st.c.Close(l+3), "close")
	for {
		s, peer, err := st.c.Accept4(l, SOCK_NONBLOCK)
		st.ok(err, "accept4")
		if peer.Port == a.Port {
			st.ok(st.c.Close(s), "close")
			break
		}
	}
	st.settle()
	_, _, err = st.connectFrom(to)
	st.errno(err, EADDRNOTAVAIL, "connect at once after a close")
	st.net.RunFor(1100 * time.Millisecond)
	_, port, err := st.connectFrom(to)
	if err != nil || port != a.Port {
		t.Errorf("the pair with port %d is used again: got %d, %v", a.Port, port, err)
	}
	st.audit()
}

// A bucket and its first owner, of whom each connect asks, lie together.
func TestPortEntryFillsACacheLine(t *testing.T) {
	if n := unsafe.Sizeof(portEntry{}); n != 64 {
		t.Errorf("a portEntry has %d bytes", n)
	}
}
