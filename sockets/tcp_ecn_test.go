package sockets

import (
	"errors"
	"strings"
	"testing"
	"time"

	"socketbook/sockets/wire"
)

// ecnTransfer is n bytes over a wire of 10 Mbit/s and 20 ms there and back, by
// a client that asks for ECN. It is the link, both hosts, and the client's
// socket as ss -i shows it at the end.
func ecnTransfer(t *testing.T, n int, six bool, change func(o *LinkOptions, server, client *Host)) (l *Link, server, client *Host, info *TCPInfo) {
	t.Helper()
	lab := NewNetwork(Seed(1))
	t.Cleanup(lab.Close)
	server, client = lab.NewHost("server", Limits{}), lab.NewHost("client", Limits{})
	client.SetSysctl("net.ipv4.tcp_ecn", "1")
	o := LinkOptions{Delay: 10 * time.Millisecond, Rate: 10_000_000, Queue: 50}
	change(&o, server, client)
	l = lab.NewLink(client, server, o)
	family, any, to := AF_INET, Any(80), server.Addr(80)
	if six {
		server.AddAddr6("fd00::1")
		client.AddAddr6("fd00::2")
		family, any, to = AF_INET6, Any6(80), Addr("[fd00::1]:80")
	}
	got := 0
	server.Spawn("reader", func(p *Process) {
		door, _ := p.Socket(family, SOCK_STREAM, 0)
		p.Bind(door, any)
		p.Listen(door, 5)
		fd, _, _ := p.Accept4(door, 0)
		for buf := make([]byte, 65536); ; {
			k, err := p.Read(fd, buf)
			if k == 0 || err != nil {
				return
			}
			got += k
		}
	})
	client.Spawn("writer", func(p *Process) {
		p.Sleep(time.Millisecond)
		fd, _ := p.Socket(family, SOCK_STREAM, 0)
		if err := p.Connect(fd, to); err != nil {
			t.Error(err)
			return
		}
		p.Write(fd, make([]byte, n))
		p.Sleep(time.Hour)
	})
	lab.RunFor(5 * time.Second)
	if err := lab.Err(); err != nil || got != n {
		t.Fatalf("%d of %d bytes have arrived, %v", got, n, err)
	}
	for _, row := range client.SocketsInfo(SocketFilter{}) {
		info = row.TCP
	}
	return l, server, client, info
}

// A queue that marks: the sender slows down, and nothing is lost. RFC 3168 §1.
func TestMarksTakeThePlaceOfLosses(t *testing.T) {
	const size = 2_000_000
	none := func(*LinkOptions, *Host, *Host) {}
	marks := func(o *LinkOptions, _, _ *Host) { o.CEThreshold = 5 * time.Millisecond }
	_, _, client, _ := ecnTransfer(t, size, false, none)
	if s := client.Stats(); s.TxDropped == 0 || s.RetransSegs == 0 {
		t.Fatalf("without marks the queue of 50 overflows: %d dropped, %d sent again", s.TxDropped, s.RetransSegs)
	}
	for _, six := range []bool{false, true} {
		l, server, client, info := ecnTransfer(t, size, six, marks)
		c, s := client.Stats(), server.Stats()
		if c.TxDropped != 0 || c.RetransSegs != 0 {
			t.Errorf("IPv6 %v: %d dropped, %d sent again, though the queue marks", six, c.TxDropped, c.RetransSegs)
		}
		marked, came := l.Stats(client).Marked, s.IpExtInCEPkts
		plain, able := s.IpExtInNoECTPkts, s.IpExtInECT0Pkts
		if six {
			came, plain, able = s.Ip6InCEPkts, s.Ip6InNoECTPkts, s.Ip6InECT0Pkts
		}
		if marked == 0 || marked != came {
			t.Errorf("IPv6 %v: %d packets were marked, %d have come so", six, marked, came)
		}
		if able == 0 || plain == 0 || plain > 5 {
			t.Errorf("IPv6 %v: %d packets ECT(0), %d not: all data is marked, the handshake is not", six, able, plain)
		}
		if back := l.Stats(server).Marked; back != 0 {
			t.Errorf("IPv6 %v: %d ACKs were marked", six, back)
		}
		if !info.ECN || info.ECNSeen || info.DeliveredCE == 0 || info.DeliveredCE != int(c.TCPDeliveredCE) || info.Ssthresh == 0 {
			t.Errorf("IPv6 %v: ss -i of the sender: %+v", six, info)
		}
		if text := info.String(); !strings.Contains(text, " ecn ") || strings.Contains(text, "ecnseen") || !strings.Contains(text, " delivered_ce:") {
			t.Errorf("ss -i: %s", text)
		}
	}
}

// Nobody asks, or nobody agrees: a queue that marks has nothing to mark.
func TestOnlyECNIsMarked(t *testing.T) {
	for _, c := range []struct{ who, ecn string }{{"client", "0"}, {"client", "2"}, {"server", "0"}} {
		l, server, client, info := ecnTransfer(t, 500_000, false, func(o *LinkOptions, server, client *Host) {
			o.CEThreshold = time.Millisecond
			h := client
			if c.who == "server" {
				h = server
			}
			if err := h.SetSysctl("net.ipv4.tcp_ecn", c.ecn); err != nil {
				t.Fatal(err)
			}
		})
		s := server.Stats()
		if l.Stats(client).Marked+s.IpExtInECT0Pkts+s.IpExtInCEPkts+s.IpExtInECT1Pkts != 0 || info.ECN {
			t.Errorf("%s has tcp_ecn %s: %d packets ECT(0), %d marked, ss -i: %v", c.who, c.ecn, s.IpExtInECT0Pkts, s.IpExtInCEPkts, info)
		}
	}
}

// With TSO the card cuts a segment that says CWR: the first frame says so, the
// others do not (tcp_gso_segment), or each would end the echo again.
func TestCutSegmentsSayCWROnce(t *testing.T) {
	lab := NewNetwork(Seed(1), Record())
	server, client := lab.NewHost("server", Limits{}), lab.NewHost("client", Limits{})
	client.SetSysctl("net.ipv4.tcp_ecn", "1")
	lab.NewLink(client, server, LAN)
	client.SetOffload("eth0", OffloadTSO, true)
	web, browser := server.NewProcess("web"), client.NewProcess("browser")
	door, _ := web.ListenOn(Any(80), 5)
	fd, err := browser.Dial(server.Addr(80))
	if err != nil {
		t.Fatal(err)
	}
	web.Accept4(door, 0)

	browser.sock(fd).queueCWR()
	browser.Write(fd, make([]byte, 5*1448))
	lab.RunFor(time.Millisecond)
	said, frames := 0, 0
	for _, e := range lab.Tape().Events() {
		if e.Host == "server" && e.Station == StationIP && e.Len > 0 {
			if frames++; e.Flags&wire.CWR != 0 {
				said++
			}
		}
	}
	if frames != 5 || said != 1 {
		t.Errorf("%d frames of data came, %d say CWR: 1 of 5 should", frames, said)
	}
}

// The mark is in the header, and the header's checksum follows (RFC 3168 §5).
func TestSetCE(t *testing.T) {
	for ecn, want := range []uint8{ecnNone, ecnCE, ecnCE, ecnCE} {
		tos := 0xb8 | uint8(ecn)
		four, six := make([]byte, 200), make([]byte, 200)
		eth := wire.Ethernet{Type: wire.EtherTypeIPv4}
		n := wire.PutTCP4(four, eth, &wire.IPv4{TOS: tos, TTL: 64, Src: 1, Dst: 2}, &wire.TCP{}, []byte("data"))
		ok := setCE(four[:n])
		ip, _, err := wire.ParseIPv4(four[wire.EthernetLen:n])
		if err != nil || ip.TOS != 0xb8|want || ok != (ecn != 0) {
			t.Errorf("IPv4, %d: TOS %#x, %v, %v", ecn, ip.TOS, ok, err)
		}
		eth.Type = wire.EtherTypeIPv6
		eth.Put(six)
		h := wire.IPv6{TrafficClass: tos, FlowLabel: 0x54321, Next: 59, HopLimit: 1}
		h.Put(six[wire.EthernetLen:])
		ok = setCE(six[:wire.EthernetLen+wire.IPv6Len])
		got, _, err := wire.ParseIPv6(six[wire.EthernetLen : wire.EthernetLen+wire.IPv6Len])
		if err != nil || got.TrafficClass != 0xb8|want || got.FlowLabel != 0x54321 || ok != (ecn != 0) {
			t.Errorf("IPv6, %d: %+v, %v, %v", ecn, got, ok, err)
		}
	}
	arp := make([]byte, 60)
	(&wire.Ethernet{Type: wire.EtherTypeARP}).Put(arp)
	arp[wire.EthernetLen+1] = 1
	if setCE(arp) || arp[wire.EthernetLen+1] != 1 {
		t.Error("ARP has no such mark")
	}
}

// A router marks in front of its narrow line, and the ends hear of it (RFC 3168
// §5). The router's own TCP has nothing to do with it.
func TestARouterMarks(t *testing.T) {
	families(t, func(t *testing.T, six bool) {
		far := LinkOptions{Delay: 5 * time.Millisecond, Rate: 10_000_000, CEThreshold: 2 * time.Millisecond}
		st, router := routerStory(t, LAN, far)
		st.ok(st.client.SetSysctl("net.ipv4.tcp_ecn", "1"), "sysctl")
		door := st.of(st.s, six, SOCK_STREAM)
		to := Any(80)
		if six {
			to = Any6(80)
		}
		st.ok(st.s.Bind(door, to), "bind")
		st.ok(st.s.Listen(door, 5), "listen")
		fd := st.of(st.c, six, SOCK_STREAM)
		if err := st.c.Connect(fd, st.server.at(six, 80)); !errors.Is(err, EINPROGRESS) {
			t.Fatal(err)
		}
		st.net.RunFor(100 * time.Millisecond)
		served, _, err := st.s.Accept4(door, SOCK_NONBLOCK)
		st.ok(err, "accept4")
		const size = 500_000
		got, sent, buf := 0, 0, make([]byte, 65536)
		for range 2000 {
			if n, err := st.c.Write(fd, buf[:min(len(buf), size-sent)]); err == nil {
				sent += n
			}
			st.net.RunFor(time.Millisecond)
			if n, err := st.s.Read(served, buf); err == nil {
				got += n
			}
		}
		marked := router.nics[1].tx.marked
		c := st.client.Stats()
		if got != size || marked == 0 || c.TCPDeliveredCE == 0 || c.RetransSegs != 0 {
			t.Errorf("%d of %d bytes, %d packets marked, %d segments delivered so, %d sent again", got, size, marked, c.TCPDeliveredCE, c.RetransSegs)
		}
	})
}
