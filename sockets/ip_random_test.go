package sockets

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"socketbook/sockets/sim"
)

// A random net: client and server with a router between them, or none, on wires
// with any MTU and any fault, with ARP or without. Datagrams of any length and
// a stream cross it in both families while routes come and go. After every
// event everything adds up; whatever arrives is what was sent.
type randomNet struct {
	*story
	luck   *sim.Stream
	router *Host
	log    []string
}

func (r *randomNet) wire(v6 bool) LinkOptions {
	least := 576
	if v6 {
		least = 1280
	}
	o := LinkOptions{Delay: time.Duration(r.luck.IntN(2000)) * time.Microsecond, Rate: 100_000_000, Queue: 20 + r.luck.IntN(200),
		MTU: least + r.luck.IntN(1501-least), ARP: r.luck.IntN(2) == 0}
	if r.luck.IntN(3) > 0 {
		o.Loss, o.Duplicate = float64(r.luck.IntN(20))/100, float64(r.luck.IntN(10))/100
		o.Reorder, o.ReorderDelay = float64(r.luck.IntN(20))/100, time.Millisecond
		o.Corrupt, o.SwitchFlip = float64(r.luck.IntN(5))/100, float64(r.luck.IntN(5))/100
	}
	r.log = append(r.log, fmt.Sprintf("wire %+v", o))
	return o
}

func newRandomNet(t *testing.T, seed uint64, v6 bool) *randomNet {
	r := &randomNet{luck: sim.New(seed).Stream(1)}
	if r.luck.IntN(3) > 0 {
		r.story, r.router = routerStory(t, r.wire(v6), r.wire(v6), Seed(seed))
		return r
	}
	r.story = newStory(t, Limits{}, r.wire(v6), Seed(seed))
	r.ok(r.server.AddAddr6("fd00::1"), "ip -6 addr add")
	r.ok(r.client.AddAddr6("fd00::2"), "ip -6 addr add")
	return r
}

// pass lets time go by, and looks after every event.
func (r *randomNet) pass(d time.Duration) (wrong []string) {
	end := r.net.Now().Add(d)
	r.net.RunUntil(func() bool {
		if wrong = audit(r.net); len(wrong) > 0 {
			return true
		}
		next, ok := r.net.NextEvent()
		return !ok || r.net.Now().Add(next) > end
	})
	return wrong
}

// numbered is a datagram that says how long it is and which.
func numbered(k, n int) []byte {
	b := pattern(n)
	copy(b, fmt.Sprintf("%d/%d ", k, n))
	return b
}

func (r *randomNet) run(six bool, steps int) (wrong []string) {
	u, v := r.of(r.c, six, SOCK_DGRAM), r.of(r.s, six, SOCK_DGRAM)
	r.ok(r.s.Bind(v, r.server.at(six, 53)), "bind")
	r.setsockopt(r.s, v, SOL_SOCKET, SO_RCVBUF, 50_000)
	if r.luck.IntN(2) == 0 {
		r.ok(r.server.SetSysctl("net.ipv4.ipfrag_high_thresh", strconv.Itoa(r.luck.IntN(100_000))), "sysctl")
	}
	l := r.of(r.s, six, SOCK_STREAM)
	r.ok(r.s.Bind(l, r.server.at(six, 80)), "bind")
	r.ok(r.s.Listen(l, 5), "listen")
	c := r.of(r.c, six, SOCK_STREAM)
	r.c.Connect(c, r.server.at(six, 80))
	s, sent, read := -1, 0, 0
	stream := pattern(100_000)
	buf := make([]byte, 70_000)
	for k := range steps {
		if wrong = r.pass(time.Duration(r.luck.IntN(20_000)) * time.Microsecond); len(wrong) > 0 {
			return wrong
		}
		to := r.server.at(six, uint16(53+r.luck.IntN(8)/7)) // sometimes nobody's port
		how := r.luck.IntN(6)
		level, opt := IPPROTO_IP, IP_MTU_DISCOVER
		if six {
			level, opt = IPPROTO_IPV6, IPV6_MTU_DISCOVER
		}
		r.setsockopt(r.c, u, level, opt, how)
		n := 16 + r.luck.IntN(1<<r.luck.IntN(14))
		got, err := r.c.Sendto(u, numbered(k, n), 0, &to)
		r.log = append(r.log, fmt.Sprintf("%v: datagram %d of %d bytes, mode %d: %d, %v", r.net.Now(), k, n, how, got, err))
		for {
			n, _, err := r.s.Recvfrom(v, buf, 0)
			if err != nil {
				break
			}
			var k, want int
			fmt.Sscanf(string(buf[:min(n, 20)]), "%d/%d ", &k, &want)
			if want != n || !bytes.Equal(buf[:n], numbered(k, n)) {
				return append(wrong, fmt.Sprintf("a datagram of %d bytes arrived damaged (it says %d)", n, want))
			}
		}
		if n, err := r.c.Write(c, stream[sent:min(len(stream), sent+r.luck.IntN(5000))]); err == nil {
			sent += n
		}
		if s < 0 {
			if fd, _, err := r.s.Accept4(l, SOCK_NONBLOCK); err == nil {
				s = fd
			}
		}
		if s >= 0 {
			if n, err := r.s.Read(s, buf); err == nil {
				if !bytes.Equal(buf[:n], stream[read:read+n]) {
					return append(wrong, fmt.Sprintf("bytes %d to %d of the stream are not those sent", read, read+n))
				}
				read += n
			}
		}
		r.disturb()
	}
	return r.pass(2 * time.Second)
}

// disturb lets routes and neighbours come and go.
func (r *randomNet) disturb() {
	if r.router == nil {
		return
	}
	switch to := "10.0.0.1"; r.luck.IntN(40) {
	case 0:
		r.router.AddRoute(Route{To: to, Type: "unreachable"})
	case 1:
		r.router.DelRoute(to)
	case 2:
		r.router.SetSysctl("net.ipv4.ip_forward", strconv.Itoa(r.luck.IntN(2)))
	case 3:
		r.router.SetSysctl("net.ipv6.conf.all.forwarding", "1")
		r.router.SetSysctl("net.ipv4.ip_forward", "1")
	case 4:
		r.router.DropICMP(r.luck.IntN(2) == 0)
	case 5:
		r.client.SetSysctl("net.ipv4.icmp_ratelimit", strconv.Itoa(r.luck.IntN(2000)))
	}
}

// SOCKETBOOK_SOAK is how many random nets to run, for a long look.
func TestRandomNets(t *testing.T) {
	seeds := 24
	if n, err := strconv.Atoi(os.Getenv("SOCKETBOOK_SOAK")); err == nil {
		seeds = n
	}
	for seed := range uint64(seeds) {
		six := seed%2 == 1
		r := newRandomNet(t, seed, six)
		if wrong := r.run(six, 40); len(wrong) > 0 {
			for _, w := range wrong {
				t.Error(w)
			}
			t.Fatalf("seed %d:\n%s", seed, r.log)
		}
		r.c.Exit()
		r.s.Exit()
		r.ok(r.net.Run(), "the run to its end")
		for _, w := range append(audit(r.net), leaks(r.net)...) {
			t.Errorf("seed %d, at the end: %s", seed, w)
		}
		r.net.Close()
	}
}
