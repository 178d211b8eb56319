package sockets

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// floors is the stations that packets of a protocol crossed, on a host, with
// how the packet reads at the first of them.
func floors(tape *Tape, host string, proto uint8) (path, first string) {
	var names []string
	for _, e := range tape.Events() {
		if e.Host == host && e.Flow.Proto == proto && e.Packet() != "" {
			if first == "" {
				first = e.Packet()
			}
			names = append(names, e.Station.String())
		}
	}
	return strings.Join(names, ", "), first
}

// A datagram crosses the same floors as a segment, and so does the message that
// comes back when nobody has its port.
func TestTapeOfDatagrams(t *testing.T) {
	st := lanStory(t, Record())
	s := st.datagram(st.s, Any(7))
	c, to, nobody := st.datagram(st.c, Any(5000)), st.server.Addr(7), st.server.Addr(8)
	_, err := st.c.Sendto(c, []byte("hello"), 0, &to)
	st.ok(err, "sendto")
	st.settle()
	st.from(st.s, s, "hello", "the datagram")
	const udp, icmp = 17, 1
	for _, c := range []struct{ host, path, first string }{
		{"client", "copy in, tcp out, driver tx", "10.0.0.2.5000 > 10.0.0.1.7"},
		{"server", "rx ring (DMA), ip, lookup, receive queue, copy out", "IP 10.0.0.2.5000 > 10.0.0.1.7: UDP, length 5"},
	} {
		if path, first := floors(st.net.Tape(), c.host, udp); path != c.path || first != c.first {
			t.Errorf("on the %s a datagram goes by\n  %s, as %q; it went by\n  %s, as %q", c.host, c.path, c.first, path, first)
		}
	}
	if cpu, nic := st.net.Tape().Journey(0).Copies(); cpu != 2 || nic != 2 {
		t.Errorf("a datagram is copied twice by a CPU and twice by a card, not %d and %d times:\n%v", cpu, nic, st.net.Tape().Journey(0))
	}
	_, err = st.c.Sendto(c, []byte("anybody?"), 0, &nobody)
	st.ok(err, "sendto")
	st.settle()
	const message = "IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.1 udp port 8 unreachable, length 44"
	for host, want := range map[string]string{"server": "tcp out, driver tx", "client": "rx ring (DMA), ip"} {
		if path, first := floors(st.net.Tape(), host, icmp); path != want || first != message {
			t.Errorf("on the %s the ICMP message goes by %s, as %q, not by %s, as %q", host, want, message, path, first)
		}
	}
}

// IPv6 reads as tcpdump spells it, everywhere on the tape.
func TestTapeOfIPv6(t *testing.T) {
	n, err := mustReplay(t, "sockets:v1:ipv6?seed=1").Run(Record())
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	tape := n.Tape().String()
	for _, want := range []string{"IP6 fd00::2.", " > fd00::1.80: Flags [S], seq ", "ip             IP6 fd00::1.80 > fd00::2.",
		"ICMP6, destination unreachable, unreachable port, fd00::1 udp port 7, length 68", "ICMP6, neighbor solicitation, who has fd00::1, length 32",
		"state          fd00::1.80 > fd00::2."} {
		if !strings.Contains(tape, want) {
			t.Errorf("%q must be on the tape", want)
		}
	}
	if regexp.MustCompile(`\b0\.0\.0\.[1-9]`).MatchString(tape) {
		t.Error("the kernel's own names for IPv6 addresses must not be on the tape")
	}
}

// When nobody records, a datagram from end to end allocates nothing for it.
func TestTapeCostsNothing(t *testing.T) {
	st := lanStory(t)
	s := st.datagram(st.s, Any(7))
	c := st.datagram(st.c, Any(5000))
	sender := st.c.sock(c)
	to := st.server.ranges[0].lo
	data, buf := []byte("hello"), make([]byte, 10)
	allocs := testing.AllocsPerRun(100, func() {
		st.client.udpEmit(st.client.nics[0], st.c.fds.get(c).index(), sender, to, 7, data)
		st.net.RunFor(time.Millisecond)
		if n, _, _ := st.server.datagram(st.s, st.s.sock(s), buf, 0); n != 5 {
			t.Fatalf("five bytes must arrive, not %d", n)
		}
	})
	if allocs > 2 { // the address that recvfrom returns, and why this is no segment
		t.Errorf("without a tape, a datagram from end to end allocates %v times, want 2", allocs)
	}
}

// What recording costs, and that not recording costs nothing, on one segment
// from end to end.
func BenchmarkTape(b *testing.B) {
	for _, record := range []bool{false, true} {
		name := "off"
		if record {
			name = "on"
		}
		b.Run(name, func(b *testing.B) {
			n := NewNetwork()
			if record {
				n = NewNetwork(Record())
			}
			server, client := n.NewHost("server", Limits{}), n.NewHost("client", Limits{})
			n.NewLink(client, server, LAN)
			p := server.NewProcess("server")
			l, _ := p.ListenOn(Any(80), 5)
			crowd := client.NewLoad(server.Addr(80), LoadOptions{Clients: 1})
			n.RunFor(time.Millisecond)
			fd, _, err := p.Accept4(l, 0)
			if err != nil {
				b.Fatal(err)
			}
			i := uint32(p.fds.get(fd) & fdIndex)
			data, buf := []byte("hello"), make([]byte, 10)
			b.ReportAllocs()
			for b.Loop() {
				crowd.Send(0, data)
				n.RunFor(time.Millisecond)
				server.copyOut(i, server.socks.at(i), buf)
				if record {
					n.tape.events = n.tape.events[:0]
				}
			}
		})
	}
}
