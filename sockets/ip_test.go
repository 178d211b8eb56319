package sockets

import (
	"encoding/binary"
	"testing"
	"time"

	"socketbook/sockets/wire"
)

// counted says which counters of a host differ from before, in a fixed order.
func counted(before, after Stats, names ...string) map[string]uint64 {
	m := map[string]uint64{}
	old := map[string]uint64{}
	for _, c := range append(before.Counters(), Counter{"rx_dropped", before.RxNoHandler}) {
		old[c.Name] = c.Value
	}
	for _, c := range append(after.Counters(), Counter{"rx_dropped", after.RxNoHandler}) {
		for _, n := range names {
			if n == c.Name && c.Value != old[n] {
				m[n] = c.Value - old[n]
			}
		}
	}
	return m
}

// frame is some bytes as a frame on the wire.
func (st *story) frame(b []byte) bufRef {
	frame := st.net.frames.alloc(len(b))
	copy(st.net.frames.of(frame), b)
	return frame
}

// rawFrame lets a host's first card send a frame as it is.
func (st *story) rawFrame(h *Host, b []byte) {
	frame := st.frame(b)
	h.stats.IpOutTransmits++ // somebody in the host must have made it
	h.stats.IpOutRequests++
	h.stats.OutSegs++
	h.nics[0].transmit(frame, len(b))
	st.settle()
}

// synFrame is a SYN as bytes.
func synFrame(src, dst string) []byte {
	b := make([]byte, 200)
	ip := wire.IPv4{TTL: 64, Src: Addr(src + ":0").ip4(), Dst: Addr(dst + ":0").ip4()}
	return b[:wire.PutTCP4(b, wire.Ethernet{Type: wire.EtherTypeIPv4}, &ip, &wire.TCP{SrcPort: 9, DstPort: 80, Flags: wire.SYN}, nil)]
}

// What IP drops, and under which counter of the kernel's: what is not whole,
// what nobody speaks, what is for somebody else, and what cannot have come from
// where it says (martians).
func TestWhatIPDrops(t *testing.T) {
	st := lanStory(t, Record())
	st.listen(80, 5)
	good := func() []byte { return synFrame("10.0.0.2", "10.0.0.1") }
	flip := func(at int) []byte {
		f := good()
		f[at] ^= 0x40
		return f
	}
	proto := func(n byte) []byte { // another protocol, with a right header checksum
		f := good()
		f[wire.EthernetLen+9] = n
		binary.BigEndian.PutUint16(f[wire.EthernetLen+10:], 0)
		binary.BigEndian.PutUint16(f[wire.EthernetLen+10:], wire.SumBytes(f[wire.EthernetLen:wire.EthernetLen+20]).Checksum())
		return f
	}
	const none = ""
	for _, c := range []struct {
		name    string
		frame   []byte
		counter string
	}{
		{"a whole frame", good(), none},
		{"a padded frame", append(good(), make([]byte, 6)...), none},
		{"a wrong IP checksum", flip(wire.EthernetLen + 8), "IpExtInCsumErrors"},
		{"a wrong IP version", flip(wire.EthernetLen), "IpInHdrErrors"},
		{"a wrong TCP checksum", flip(wire.EthernetLen + 24), "TcpInCsumErrors"},
		{"another protocol of Ethernet", flip(12), "rx_dropped"},
		{"half a frame", good()[:40], "IpExtInTruncatedPkts"},
		{"less than a header", good()[:20], "IpInHdrErrors"},
		{"no frame", nil, "rx_dropped"},
		{"UDP that is none", proto(wire.ProtoUDP), "UdpInErrors"},
		{"ICMP that is none", proto(wire.ProtoICMP), "IcmpInErrors"},
		{"a protocol nobody speaks", proto(99), "IpInUnknownProtos"},
		{"a frame for the client", synFrame("10.0.0.3", "10.0.0.2"), "IpInAddrErrors"},
		{"a frame for nobody", synFrame("10.0.0.2", "10.9.9.9"), "IpInAddrErrors"},
		{"a martian for 0.0.0.0", synFrame("10.0.0.2", "0.0.0.0"), "in_martian_dst"},
		{"a martian for ::1's number", synFrame("10.0.0.2", "0.0.0.1"), "in_martian_dst"},
		{"a martian for 127.0.0.1", synFrame("10.0.0.2", "127.0.0.1"), "in_martian_dst"},
		{"a martian from 127.0.0.1", synFrame("127.0.0.1", "10.0.0.1"), "in_martian_src"},
		{"a martian from 0.0.0.7", synFrame("0.0.0.7", "10.0.0.1"), "in_martian_src"},
		{"a martian from a group", synFrame("224.0.0.5", "10.0.0.1"), "in_martian_src"},
		{"a martian from itself", synFrame("10.0.0.1", "10.0.0.1"), "in_martian_src"},
	} {
		before, n := st.server.stats, st.net.Tape().Len()
		st.rawFrame(st.client, c.frame)
		got := counted(before, st.server.stats, "IpInHdrErrors", "IpExtInCsumErrors", "IpExtInTruncatedPkts", "TcpInCsumErrors", "rx_dropped",
			"UdpInErrors", "IcmpInErrors", "IpInUnknownProtos", "IpInAddrErrors", "in_martian_dst", "in_martian_src")
		delete(got, map[string]string{"IpExtInCsumErrors": "IpInHdrErrors"}[c.counter]) // counts both
		if want := map[string]uint64{c.counter: 1}; c.counter != none && (len(got) != 1 || got[c.counter] != 1) {
			t.Errorf("%s: want %v, counted %v", c.name, want, got)
		}
		drops := 0
		for _, e := range st.net.Tape().Events()[n:] {
			if e.Station == StationDrop && e.Host == "server" {
				drops++
			}
		}
		if c.counter == none && (len(got) != 0 || drops != 0) || c.counter != none && drops != 1 {
			t.Errorf("%s: %d drops on the tape, counted %v", c.name, drops, got)
		}
		st.audit()
	}
}

// IPv6 has groups of counters of its own; TCP's is one for both.
func TestIPv6CountsApart(t *testing.T) {
	st := lanStory(t)
	fd, err := st.s.Socket(AF_INET6, SOCK_DGRAM|SOCK_NONBLOCK, 0)
	st.ok(err, "socket")
	st.ok(st.s.Bind(fd, Addr("[::1]:53")), "bind")
	for _, port := range []string{"53", "54"} { // the second is nobody's: an error comes back
		to := Addr("[::1]:" + port)
		_, err = st.s.Sendto(fd, []byte("hello"), 0, &to)
		st.ok(err, "sendto")
		st.settle()
	}
	if n := st.server.stats.Udp6InDatagrams; n != 0 {
		t.Errorf("a datagram counts when it is read, and %d are", n)
	}
	st.from(st.s, fd, "hello", "to itself")
	s := st.server.stats
	want := map[string]uint64{"Ip6InReceives": 3, "Ip6InDelivers": 3, "Ip6OutRequests": 3, "Ip6OutTransmits": 3, "Ip6InOctets": 2*53 + 101, "Ip6OutOctets": 2*53 + 101,
		"Ip6InNoECTPkts": 3, "Icmp6InMsgs": 1, "Icmp6OutMsgs": 1, "Icmp6InDestUnreachs": 1, "Icmp6OutDestUnreachs": 1,
		"Udp6InDatagrams": 1, "Udp6OutDatagrams": 2, "Udp6NoPorts": 1}
	for _, c := range s.Protocols() {
		if c.Value != want[c.Name] {
			t.Errorf("%s: want %d, counted %d", c.Name, want[c.Name], c.Value)
		}
	}
	st.audit()
}

// A host answers a ping, unless it was told not to.
func TestEcho(t *testing.T) {
	st := lanStory(t, Record())
	ping := func() {
		c := st.client
		st.client.icmpSend(c.nics[0], outgoing{src: c.ranges[0].lo, dst: st.server.ranges[0].lo, proto: wire.ProtoICMP},
			wire.ICMP{Type: wire.ICMPEchoRequest, Rest: 7<<16 | 1}, []byte("are you there?"))
		st.settle()
		st.audit()
	}
	ping()
	if s := st.client.stats; s.IcmpInEchoReps != 1 || s.IcmpOutEchos != 1 || st.server.stats.IcmpInEchos != 1 || st.server.stats.IcmpOutEchoReps != 1 {
		t.Errorf("a ping must be answered: %v", s)
	}
	last := st.net.Tape().Filter(func(e Event) bool { return e.Host == "client" && e.Station == StationIP }).Events()
	if want := "IP 10.0.0.1 > 10.0.0.2: ICMP echo reply, id 7, seq 1, length 22"; len(last) != 1 || last[0].Packet() != want {
		t.Errorf("the tape must say %q, says %v", want, last)
	}
	st.ok(st.server.SetSysctl("net.ipv4.icmp_echo_ignore_all", "1"), "sysctl")
	if ping(); st.client.stats.IcmpInEchoReps != 1 {
		t.Error("icmp_echo_ignore_all must silence the host")
	}
}

// Errors are rare: six to one host at once, then one a second
// (icmp_ratelimit); in all no more than icmp_msgs_burst at once.
func TestICMPRateLimit(t *testing.T) {
	st := lanStory(t)
	fd := st.datagram(st.c, Any(5000))
	to := st.server.Addr(9)
	send := func(n int) uint64 {
		before := st.server.stats.IcmpOutDestUnreachs
		for range n {
			_, err := st.c.Sendto(fd, []byte("x"), 0, &to)
			st.ok(err, "sendto")
			st.net.RunFor(100 * time.Nanosecond)
		}
		st.settle()
		st.audit()
		return st.server.stats.IcmpOutDestUnreachs - before
	}
	if n := send(20); n != 6 || st.server.stats.IcmpOutRateLimitHost != 14 {
		t.Errorf("six complaints at once, not %d (IcmpOutRateLimitHost %d)", n, st.server.stats.IcmpOutRateLimitHost)
	}
	st.net.RunFor(2 * 1e9)
	if n := send(20); n != 2 {
		t.Errorf("two seconds allow two more complaints, not %d", n)
	}
	st.ok(st.server.SetSysctl("net.ipv4.icmp_ratelimit", "0"), "sysctl")
	st.ok(st.server.SetSysctl("net.ipv4.icmp_msgs_per_sec", "100"), "sysctl")
	st.net.RunFor(2 * 1e9)
	before := st.server.stats.IcmpOutRateLimitGlobal
	if n := send(300); n < 30 || n > 120 || st.server.stats.IcmpOutRateLimitGlobal-before != 300-n {
		t.Errorf("a burst of 50, each worth 0, 1 or 2, and %d complaints (IcmpOutRateLimitGlobal +%d)", n, st.server.stats.IcmpOutRateLimitGlobal-before)
	}
	st.ok(st.server.SetSysctl("net.ipv4.icmp_ratemask", "0"), "sysctl")
	if n := send(300); n != 300 {
		t.Errorf("a mask of 0 limits nothing, but only %d of 300 were sent", n)
	}
}

// A socket may not go to 0.0.0.0/8, where the kernel keeps its names for IPv6
// addresses.
func TestThisNetworkIsNoPlace(t *testing.T) {
	st := lanStory(t)
	st.errno(st.c.Connect(st.nonblocking(st.c), Addr("0.0.0.1:80")), ENETUNREACH, "connect to 0.0.0.1")
	fd := st.datagram(st.c, Any(5000))
	to := Addr("0.0.0.1:80")
	_, err := st.c.Sendto(fd, []byte("x"), 0, &to)
	st.errno(err, ENETUNREACH, "sendto 0.0.0.1")
}
