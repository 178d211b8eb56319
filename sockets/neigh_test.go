package sockets

import (
	"strings"
	"testing"
	"time"

	"socketbook/sockets/wire"
)

// arpStory is two hosts on a link that has to ask.
func arpStory(t *testing.T, options ...Option) *story {
	o := LAN
	o.ARP = true
	st := newStory(t, Limits{}, o, options...)
	st.ok(st.server.AddAddr6("fd00::1"), "ip -6 addr add")
	st.ok(st.client.AddAddr6("fd00::2"), "ip -6 addr add")
	return st
}

// neigh is what `ip neigh` says of an address.
func (st *story) neigh(h *Host, a SockAddr) string {
	want := strings.Trim(a.AddrPort().Addr().String(), "[]")
	for _, r := range h.Neighbours() {
		if r.Addr == want {
			return r.State
		}
	}
	return "NONE"
}

// say sends a datagram to the server's port 53, and tells who is asked.
func (st *story) say(fd int, six bool) {
	st.Helper()
	to := st.server.at(six, 53)
	_, err := st.c.Sendto(fd, []byte("hello"), 0, &to)
	st.ok(err, "sendto")
}

// The states of a neighbour from the first packet to old age: RFC 4861 §7.3.2,
// net/core/neighbour.c.
func TestNeighbourStates(t *testing.T) {
	families(t, func(t *testing.T, six bool) {
		st := arpStory(t, Record())
		s, c := st.of(st.s, six, SOCK_DGRAM), st.of(st.c, six, SOCK_DGRAM)
		st.ok(st.s.Bind(s, st.server.at(six, 53)), "bind")
		server, client := st.server.at(six, 0), st.client.at(six, 0)
		want := func(h *Host, a SockAddr, state, why string) {
			t.Helper()
			if got := st.neigh(h, a); got != state {
				t.Errorf("%s: want %s, it is %s", why, state, got)
			}
			st.audit()
		}
		st.say(c, six)
		want(st.client, server, "INCOMPLETE", "asked, no answer yet")
		st.settle()
		want(st.client, server, "REACHABLE", "answered")
		if six { // its answer is itself a packet for the client
			want(st.server, client, "DELAY", "the server has seen the question, and answered")
		} else {
			want(st.server, client, "STALE", "the server has seen the question")
		}
		st.from(st.s, s, "hello", "what had to wait arrives")
		st.net.RunFor(20 * time.Second)
		st.say(c, six)
		st.net.RunFor(26 * time.Second) // longer than reachable_time, and quiet for longer than 5 s
		want(st.client, server, "STALE", "quiet for long")
		st.say(c, six)
		want(st.client, server, "DELAY", "used again, and perhaps still right")
		st.net.RunFor(5*time.Second + 10*time.Microsecond)
		want(st.client, server, "PROBE", "nothing has shown in 5 s that it is")
		asked := st.server.stats.arpIn + st.server.stats.Icmp6InNeighborSolicits
		st.settle()
		want(st.client, server, "REACHABLE", "asked alone, it has answered")
		if n := st.server.stats.arpIn + st.server.stats.Icmp6InNeighborSolicits - asked; n != 1 {
			t.Errorf("PROBE asks once a second, not %d times", n)
		}
		for n := 0; st.neigh(st.client, server) != "STALE" && n < 200; n++ {
			st.net.RunFor(time.Second)
			st.audit()
		}
		st.ok(st.client.AddRoute(Route{To: "10.0.0.0/8", Link: st.net.links[0]}), "ip route add")
		st.ok(st.client.AddRoute(Route{To: "fd00::/64", Link: st.net.links[0]}), "ip route add")
		to := st.server.at(six, 53)
		st.server.nics[0].arp, st.server.sixes[0] = false, st.net.six([16]byte{0: 0xfd, 15: 99}) // it answers no more
		st.server.friend = 0
		_, err := st.c.Sendto(c, []byte("hello"), 0, &to)
		st.ok(err, "sendto")
		st.net.RunFor(7900 * time.Millisecond)
		want(st.client, server, "PROBE", "asked three times after 5 s")
		st.net.RunFor(200 * time.Millisecond)
		want(st.client, server, "FAILED", "and given up")
	})
}

// What tcpdump shows of a first packet.
func TestARPOnTheTape(t *testing.T) {
	families(t, func(t *testing.T, six bool) {
		st := arpStory(t, Record())
		c := st.of(st.c, six, SOCK_DGRAM)
		st.say(c, six)
		st.settle()
		text := st.texts(st.client, StationOut) + "\n" + st.texts(st.client, StationIP)
		want := []string{"ARP, Request who-has 10.0.0.1 tell 10.0.0.2, length 28", "ARP, Reply 10.0.0.1 is-at 02:00:00:00:01:00"}
		if six {
			want = []string{"fd00::2 > ff02::1:ff00:1: ICMP6, neighbor solicitation, who has fd00::1, length 32",
				"fd00::1 > fd00::2: ICMP6, neighbor advertisement, tgt is fd00::1, length 32"}
		}
		for _, w := range want {
			if strings.Count(text, w) != 1 {
				t.Errorf("the tape must say %q once, says\n%s", w, text)
			}
		}
		st.audit()
		st.clean()
	})
}

// Nobody answers: three questions a second apart, then EHOSTUNREACH for those
// who wait; and the same again for the next.
func TestNeighbourFails(t *testing.T) {
	families(t, func(t *testing.T, six bool) {
		st := arpStory(t)
		net, far := "10.7.0.0/16", Addr("10.7.0.1:80")
		if six {
			net, far = "fd07::/64", Addr("[fd07::1]:80")
		}
		st.ok(st.client.AddRoute(Route{To: net, Link: st.net.links[0]}), "ip route add … dev eth0")
		for range 2 {
			fd := st.of(st.c, six, SOCK_STREAM)
			st.c.sock(fd).flags &^= flagNonblock
			start := st.now()
			st.errno(st.c.Connect(fd, far), EHOSTUNREACH, "connect to nobody")
			st.wantTook(start, 3*time.Second, 100*time.Millisecond, "three questions")
			st.audit()
		}
		st.net.RunFor(4 * time.Second)
		u := st.of(st.c, six, SOCK_DGRAM)
		level, opt := IPPROTO_IP, IP_RECVERR
		if six {
			level, opt = IPPROTO_IPV6, IPV6_RECVERR
		}
		st.setsockopt(st.c, u, level, opt, 1)
		asked := st.client.stats.arpOut + st.client.stats.Icmp6OutNeighborSolicits
		_, err := st.c.Sendto(u, []byte("x"), 0, &far)
		st.ok(err, "sendto")
		st.net.RunFor(4 * time.Second)
		if n := st.client.stats.arpOut + st.client.stats.Icmp6OutNeighborSolicits - asked; n != 3 {
			t.Errorf("asked %d times, want 3", n)
		}
		if got := st.neigh(st.client, far); got != "FAILED" {
			t.Errorf("it is %s", got)
		}
		_, err = st.c.Sendto(u, []byte("x"), 0, &far)
		st.errno(err, EHOSTUNREACH, "a datagram to nobody")
		st.audit()
		st.clean()
	})
}

// What waits is bounded: the oldest go (unres_qlen_bytes), and so is the table
// (gc_thresh3).
func TestNeighbourBounds(t *testing.T) {
	st := arpStory(t, Record())
	st.ok(st.client.AddRoute(Route{To: "10.7.0.0/16", Link: st.net.links[0]}), "ip route add")
	c := st.datagram(st.c, Any(5000))
	to := Addr("10.7.0.1:80")
	for range 200 {
		_, err := st.c.Sendto(c, make([]byte, 1400), 0, &to)
		st.ok(err, "sendto")
		st.net.RunFor(10 * time.Microsecond)
	}
	fit := neighQueueBytes / truesize(1442)
	if n := st.client.stats.NeighUnresDiscards; n != uint64(200-fit) {
		t.Errorf("unres_discards is %d, want %d", n, 200-fit)
	}
	st.audit()
	for i := range 1100 {
		to := sockaddr4(0x0a070000+wire.Addr4(i)+10, 80)
		_, err := st.c.Sendto(c, []byte("x"), 0, &to)
		st.ok(err, "sendto")
		st.net.RunFor(time.Microsecond)
	}
	if n := st.client.stats.NeighTableFulls; n != 1100+1-neighMost {
		t.Errorf("table_fulls is %d, want %d", n, 1100+1-neighMost)
	}
	st.audit()
	st.net.RunFor(20 * time.Second) // all have failed, and are old enough to be forgotten
	st.say(c, false)
	if n := len(st.client.neighs.index); n != 1 {
		t.Errorf("the table has %d entries after room was made, want 1", n)
	}
	st.audit()
	st.clean()
}

// A link is born with permanent entries, and asks nobody.
func TestPermanentNeighbours(t *testing.T) {
	st := lanStory(t)
	st.ok(st.server.AddAddr6("fd00::1"), "ip -6 addr add")
	_, c, s := st.pair(80)
	st.write(st.c, c, "hello")
	st.settle()
	st.read(st.s, s, "hello", "data")
	want := "10.0.0.1 dev eth0 lladdr 02:00:00:00:01:00 PERMANENT\nfd00::1 dev eth0 lladdr 02:00:00:00:01:00 PERMANENT\n"
	if got := st.client.Neighbours().String(); got != want {
		t.Errorf("ip neigh prints\n%swant\n%s", got, want)
	}
	if n := st.client.stats.arpOut + st.client.stats.Icmp6OutMsgs; n != 0 {
		t.Errorf("%d questions were asked", n)
	}
	net := NewNetwork(ARP())
	a, b := net.NewHost("a", Limits{}), net.NewHost("b", Limits{})
	net.NewLink(a, b, LAN)
	if !a.nics[0].arp || a.Neighbours().Len() != 0 {
		t.Error("the network option lets every link ask")
	}
}
