package sockets

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"socketbook/sockets/wire"
)

// pattern is n bytes that show when one is out of place.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i>>8)
	}
	return b
}

// A datagram longer than the MTU arrives, in pieces, by a host or a router, up
// to the longest there is.
func TestFragments(t *testing.T) {
	families(t, func(t *testing.T, six bool) {
		narrow := LAN
		narrow.MTU = 1280
		st, router := routerStory(t, LAN, narrow)
		s, c := st.of(st.s, six, SOCK_DGRAM), st.of(st.c, six, SOCK_DGRAM)
		st.ok(st.s.Bind(s, st.server.at(six, 53)), "bind")
		st.setsockopt(st.s, s, SOL_SOCKET, SO_RCVBUF, 1<<20)
		to := st.server.at(six, 53)
		most := 65507
		if six {
			most = 65487 // with the fragment header behind the IPv6 header it must fit in 65,535 as well
		}
		st.setsockopt(st.c, c, IPPROTO_IP, IP_MTU_DISCOVER, pmtuDont) // a router may cut IPv4 a second time
		for round, n := range []int{1232, 1453, 4000, 20_000, most} {
			if six && round == 0 { // a router cuts no IPv6: its complaint comes first
				st.c.Sendto(c, make([]byte, 1400), 0, &to)
				st.settle()
			}
			data := pattern(n)
			sent, err := st.c.Sendto(c, data, 0, &to)
			if err != nil || sent != n {
				t.Fatalf("a datagram of %d bytes must be sent: %d, %v", n, sent, err)
			}
			st.settle()
			buf := make([]byte, 70_000)
			got, _, err := st.s.Recvfrom(s, buf, 0)
			if err != nil || !bytes.Equal(buf[:got], data) {
				t.Fatalf("round %d: a datagram of %d bytes arrived as %d bytes, %v (server %v)", round, n, got, err, st.server.stats)
			}
			st.audit()
		}
		c4, r4, s4 := st.client.stats, router.stats, st.server.stats
		if six {
			if c4.Ip6FragOKs != 4 || s4.Ip6ReasmOKs != 4 || c4.Ip6FragCreates != s4.Ip6ReasmReqds || r4.Ip6FragCreates != 0 {
				t.Errorf("client cut %d into %d, server put together %d of %d", c4.Ip6FragOKs, c4.Ip6FragCreates, s4.Ip6ReasmOKs, s4.Ip6ReasmReqds)
			}
		} else if c4.IpFragOKs != 3 || s4.IpReasmOKs != 4 || r4.IpFragOKs == 0 || r4.IpReasmReqds != 0 {
			t.Errorf("client cut %d into %d, router %d into %d, server put together %d of %d", c4.IpFragOKs, c4.IpFragCreates,
				r4.IpFragOKs, r4.IpFragCreates, s4.IpReasmOKs, s4.IpReasmReqds)
		}
		st.clean()
	})
}

// fragment is a piece of a datagram from the client, as bytes: at says where.
func fragmentFrame(id uint16, at int, more bool, n int) []byte {
	b := make([]byte, wire.EthernetLen+wire.IPv4Len+n)
	wire.Ethernet{Type: wire.EtherTypeIPv4}.Put(b)
	ip := wire.IPv4{TTL: 64, ID: id, MF: more, FragOff: uint16(at / 8), TotalLen: uint16(wire.IPv4Len + n), Proto: wire.ProtoUDP, Src: 0x0a000002, Dst: 0x0a000001}
	ip.Put(b[wire.EthernetLen:])
	copy(b[wire.EthernetLen+wire.IPv4Len:], pattern(n))
	return b
}

// Fragments in any order, twice, too few, and in ways nobody honest sends.
func TestReassembly(t *testing.T) {
	st := lanStory(t, Record())
	s := st.datagram(st.s, Any(53))
	whole := make([]byte, 8+3000)
	copy(whole[8:], pattern(3000))
	u := wire.UDP{SrcPort: 9, DstPort: 53}
	u.Put(whole, wire.PseudoHeader4(0x0a000002, 0x0a000001, wire.ProtoUDP, len(whole)), whole[8:])
	piece := func(id uint16, at, end int) {
		f := fragmentFrame(id, at, end < len(whole), end-at)
		copy(f[wire.EthernetLen+wire.IPv4Len:], whole[at:end])
		st.rawFrame(st.client, f)
		st.audit()
	}
	arrives := func(want bool, why string) {
		t.Helper()
		n, _, err := st.s.Recvfrom(s, make([]byte, 5000), 0)
		if (err == nil && n == 3000) != want {
			t.Errorf("%s: read %d, %v", why, n, err)
		}
	}
	piece(1, 2000, 3008)
	piece(1, 0, 1000)
	piece(1, 0, 1000) // again
	arrives(false, "a hole is left")
	piece(1, 1000, 2000)
	arrives(true, "in any order, one twice")
	piece(2, 0, 1504)
	piece(3, 1504, 3008)
	arrives(false, "halves of two packets are no packet")
	piece(2, 1504, 3008)
	piece(3, 0, 1504)
	arrives(true, "each half to its own")
	arrives(true, "each half to its own")
	stats := func() [4]uint64 {
		a := st.server.stats
		return [4]uint64{a.IpReasmReqds, a.IpReasmOKs, a.IpReasmFails, a.IpReasmTimeout}
	}
	if got := stats(); got != [4]uint64{8, 3, 0, 0} {
		t.Errorf("ReasmReqds, OKs, Fails, Timeout are %v", got)
	}
	piece(4, 0, 1504)
	piece(4, 1496, 3008)
	if got := stats(); got != [4]uint64{10, 3, 1, 0} || st.server.stats.IpExtReasmOverlaps != 1 {
		t.Errorf("an overlap throws the packet away: %v", got)
	}
	st.rawFrame(st.client, fragmentFrame(5, 0, true, 100)) // not a multiple of 8
	st.rawFrame(st.client, fragmentFrame(6, 65528, false, 100))
	if got := stats(); got[2] != 3 {
		t.Errorf("bad pieces fail: %v", got)
	}
	piece(7, 0, 1504)
	start := st.now()
	st.net.RunFor(29 * time.Second)
	if got := stats(); got[3] != 0 || st.client.stats.IcmpInTimeExcds != 0 {
		t.Errorf("they wait for 30 s: %v", got)
	}
	st.net.RunFor(2 * time.Second)
	st.audit()
	if got := stats(); got[3] != 1 || got[2] != 4 || st.client.stats.IcmpInTimeExcds != 1 {
		t.Errorf("after %v they are given up, and the sender is told: %v, %d", st.now()-start, got, st.client.stats.IcmpInTimeExcds)
	}
	piece(8, 1504, 3008)
	st.net.RunFor(31 * time.Second)
	if got := stats(); got[3] != 2 || st.client.stats.IcmpInTimeExcds != 1 {
		t.Errorf("nobody is told without the first piece: %v, %d", got, st.client.stats.IcmpInTimeExcds)
	}
	st.audit()
}

// What waits is bounded: ipfrag_high_thresh.
func TestReassemblyMemory(t *testing.T) {
	st := lanStory(t)
	st.ok(st.server.SetSysctl("net.ipv4.ipfrag_high_thresh", "100000"), "sysctl")
	for id := range 100 {
		st.rawFrame(st.client, fragmentFrame(uint16(id), 0, true, 1400))
	}
	st.audit()
	if n := st.server.frags.bytes; n > 100_000+4096 || st.server.stats.IpReasmFails < 50 {
		t.Errorf("%d bytes of fragments wait, IpReasmFails %d", n, st.server.stats.IpReasmFails)
	}
	st.net.RunFor(time.Minute)
	if n := st.server.frags.bytes + st.server.mem.count(); n != 0 {
		t.Errorf("%d are left when all are given up", n)
	}
	st.audit()
}

// IP_MTU_DISCOVER decides what happens to a datagram that is too long, IP_MTU
// tells how long it may be.
func TestMTUDiscover(t *testing.T) {
	families(t, func(t *testing.T, six bool) {
		narrow := LAN
		narrow.MTU = 1300
		st, _ := routerStory(t, LAN, narrow)
		level, discover, mtu, headers := IPPROTO_IP, IP_MTU_DISCOVER, IP_MTU, 28
		if six {
			level, discover, mtu, headers = IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_MTU, 48
		}
		c := st.of(st.c, six, SOCK_DGRAM)
		st.ok(st.c.Connect(c, st.server.at(six, 53)), "connect")
		told := func() int {
			b := make([]byte, 4)
			_, err := st.c.Getsockopt(c, level, mtu, b, 4)
			st.ok(err, "getsockopt")
			return int(binary.LittleEndian.Uint32(b))
		}
		send := func(how, n int) error {
			st.setsockopt(st.c, c, level, discover, how)
			_, err := st.c.Write(c, make([]byte, n))
			st.settle()
			st.audit()
			return err
		}
		if got := told(); got != 1500 {
			t.Errorf("the path's MTU is %d before anybody complains", got)
		}
		for _, how := range []int{pmtuDo, pmtuProbe, pmtuInterface} {
			st.errno(send(how, 1501-headers), EMSGSIZE, "too long for the device, and not to be cut: "+itoa(how))
		}
		st.ok(send(pmtuDo, 1500-headers), "as long as the device's MTU") // the router complains
		if got := told(); got != 1300 {
			t.Errorf("the path's MTU is %d after the router's complaint", got)
		}
		st.errno(send(pmtuDo, 10), EMSGSIZE, "the complaint is told once")
		st.errno(send(pmtuDo, 1301-headers), EMSGSIZE, "now it is too long for the path")
		before := st.server.stats.UdpNoPorts + st.server.stats.Udp6NoPorts
		st.ok(send(pmtuDo, 1300-headers), "as long as the path allows")
		st.errno(send(pmtuWant, 10), ECONNREFUSED, "it has arrived, at nobody")
		st.ok(send(pmtuWant, 1301-headers), "too long, and cut by the sender")
		if got := st.server.stats.UdpNoPorts + st.server.stats.Udp6NoPorts - before; got != 2 {
			t.Errorf("%d of 2 datagrams have arrived", got)
		}
		st.net.RunFor(601 * time.Second) // mtu_expires
		if got := told(); got != 1500 {
			t.Errorf("after ten minutes the path's MTU is %d", got)
		}
	})
}

// TCP hears of a narrow wire on the way and makes smaller segments; a router
// that says nothing is a black hole: short segments get through, long ones do
// not, and the connection fails when its retries are used up.
func TestTCPPathMTU(t *testing.T) {
	families(t, func(t *testing.T, six bool) {
		for _, hole := range []bool{false, true} {
			narrow := LAN
			narrow.MTU = 1300
			st, router := routerStory(t, LAN, narrow)
			st.ok(st.client.SetSysctl("net.ipv4.tcp_retries2", "4"), "sysctl")
			st.server.nics[0].mtu = 1500 // it does not know how narrow the wire is, and nor does its SYN
			l := st.of(st.s, six, SOCK_STREAM)
			st.ok(st.s.Bind(l, st.server.at(six, 80)), "bind")
			st.ok(st.s.Listen(l, 5), "listen")
			c := st.of(st.c, six, SOCK_STREAM)
			st.c.Connect(c, st.server.at(six, 80))
			st.settle()
			s := st.accept(l)
			if hole { // a firewall that drops all ICMP
				router.DropICMP(true)
			}
			st.write(st.c, c, "short")
			st.settle()
			st.read(st.s, s, "short", "a short segment")
			data := pattern(50_000)
			st.write(st.c, c, string(data))
			st.net.RunFor(5 * time.Second)
			got := make([]byte, 100_000)
			n, err := st.s.Read(s, got)
			if !hole {
				if err != nil || !bytes.Equal(got[:n], data) {
					t.Errorf("read %d bytes of %d, %v", n, len(data), err)
				}
				if want := uint16(1300 - 40 - 20*int(bit(six)) - lenTS); st.c.sock(c).mss != want {
					t.Errorf("segments of %d bytes, want %d", st.c.sock(c).mss, want)
				}
				st.audit()
				continue
			}
			if n > 0 {
				t.Errorf("%d bytes came through a black hole", n)
			}
			st.net.RunFor(time.Minute)
			if _, err := st.c.Read(c, got); !errors.Is(err, ETIMEDOUT) {
				t.Errorf("the connection must give up, it says %v", err)
			}
			if r := router.stats; r.IpFragFails+r.Ip6FragFails < 4 {
				t.Errorf("the router has dropped %d long segments", r.IpFragFails+r.Ip6FragFails)
			}
			st.audit()
		}
	})
}
