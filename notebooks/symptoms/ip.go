package symptoms

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"socketbook/sockets"
	"socketbook/sockets/wire"
)

// both sends a datagram of so many bytes over IPv4 and IPv6.
func (s *stage) both(n int) {
	for _, to := range []sockets.SockAddr{s.server.Addr(53), s.server.Addr6(53)} {
		fd, _ := s.browser.Socket(int(to.Family), sockets.SOCK_DGRAM, 0)
		s.browser.Sendto(fd, make([]byte, n), 0, &to)
		s.wait(time.Millisecond)
	}
}

// routed is a client, a router and a server behind a far wire, in both families.
func (r *Run) routed(far sockets.LinkOptions) (s *stage, router *sockets.Host) {
	s = &stage{run: r, lab: r.network()}
	s.server, s.client, router = s.lab.NewHost("server", sockets.Limits{}), s.lab.NewHost("client", sockets.Limits{}), s.lab.NewHost("router", sockets.Limits{})
	for i, h := range []*sockets.Host{s.server, s.client, router} {
		r.check(h.AddAddr6(fmt.Sprintf("fd00::%d", i+1)))
	}
	s.lab.NewLink(s.client, router, sockets.LAN)
	s.lab.NewLink(router, s.server, far)
	r.check(router.SetSysctl("net.ipv4.ip_forward", "1"))
	r.check(router.SetSysctl("net.ipv6.conf.all.forwarding", "1"))
	for _, h := range []*sockets.Host{s.client, s.server} {
		for _, via := range []sockets.SockAddr{router.Addr(0), router.Addr6(0)} {
			r.check(h.AddRoute(sockets.Route{To: "default", Via: via.AddrPort().Addr().String()}))
		}
	}
	s.web, s.browser = s.server.NewProcess("web"), s.client.NewProcess("browser")
	return s, router
}

// pieces are two fragments of a packet to the host; at is where the second
// begins, in bytes.
func (t *tapped) pieces(at int) [][]byte {
	body := make([]byte, 800)
	return [][]byte{
		t.four(wire.ProtoUDP, body, func(h *wire.IPv4) { h.ID, h.MF = 7, true }),
		t.four(wire.ProtoUDP, body, func(h *wire.IPv4) { h.ID, h.FragOff = 7, uint16(at/8) }),
	}
}

// piece6 is the first fragment of a packet over IPv6, without the others.
func (t *tapped) piece6() []byte {
	b := make([]byte, wire.Fragment6Len, 808)
	wire.Fragment6{Next: wire.ProtoUDP, More: true, ID: 7}.Put(b)
	return t.six(wire.ProtoFragment6, append(b, make([]byte, 800)...))
}

// ipEntries are counters of the network layer and of what it stands on.
var ipEntries = []Entry{
	{Kind: Counter, Ordinary: true, Lesson: 5,
		Names: []string{"IpInReceives", "IpInDelivers", "IpOutRequests", "IpOutTransmits", "IpExtInOctets", "IpExtOutOctets", "IpExtInNoECTPkts",
			"Ip6InReceives", "Ip6InDelivers", "Ip6OutRequests", "Ip6OutTransmits", "Ip6InOctets", "Ip6OutOctets", "Ip6InNoECTPkts"},
		Means: "Packets that came from a card, that were handed to TCP, UDP or ICMP, that this host made and sent; their bytes; and those without ECN marks.",
		Looks: "`nstat -a`. InReceives less InDelivers is what was dropped or sent on.",
		show:  func(r *Run) { r.lan6(sockets.Limits{}, sockets.LAN).both(10) }},
	{Kind: Counter, Names: []string{"IpInHdrErrors", "Ip6InHdrErrors"}, Lesson: 5,
		Means: "A header made no sense: a wrong version, a length that cannot be, a wrong checksum, or a packet to be sent on whose TTL was at its end.",
		Looks: "`nstat`. On a router, `traceroute` through it makes it grow; in a loop of routes it grows fast.",
		Knob:  "Find the loop (`traceroute`), or the card that spoils packets.",
		show: func(r *Run) {
			t := r.tapped()
			t.inject(t.datagram(9, false)[:20], spoilt(t.datagram(9, false), 8), t.six(wire.ProtoUDP, nil, func(h *wire.IPv6) { h.Src = [16]byte{0xff} }))
		}},
	{Kind: Counter, Names: []string{"IpExtInCsumErrors"}, Lesson: 6,
		Means: "The checksum of an IPv4 header was wrong, though the frame was whole: bits flipped inside a switch, a router or this machine's memory.",
		Looks: "`nstat`. Grows with TcpInCsumErrors or UdpInCsumErrors.",
		Knob:  "Find the machine that does it; the wire is not to blame.",
		show: func(r *Run) {
			t := r.tapped()
			t.inject(spoilt(t.datagram(9, false), 8))
		}},
	{Kind: Counter, Names: []string{"IpExtInTruncatedPkts", "Ip6InTruncatedPkts"}, Lesson: 5,
		Means: "The packet is shorter than its header says.",
		Looks: "`nstat`. Often a driver or a tunnel with a wrong MTU.",
		Knob:  "The MTU on both ends of the tunnel.",
		show: func(r *Run) {
			t := r.tapped()
			t.inject(t.datagram(9, false)[:30], t.datagram(9, true)[:44])
		}},
	{Kind: Counter, Names: []string{"IpInAddrErrors", "Ip6InAddrErrors"}, Lesson: 1,
		Means: "The packet is for an address that is not this host's, and the host does not forward.",
		Looks: "`nstat`.",
		Knob:  "Mend the sender's route; or, to be a router, net.ipv4.ip_forward and net.ipv6.conf.all.forwarding.",
		Price: "A router needs a firewall.",
		show: func(r *Run) {
			t := r.tapped()
			r.check(t.host.AddRoute(sockets.Route{To: "fd01::/64", Via: "fd00::2"}))
			t.inject(t.four(wire.ProtoUDP, nil, func(h *wire.IPv4) { h.Dst++; h.Dst++ }), t.six(wire.ProtoUDP, nil, func(h *wire.IPv6) { h.Dst[1] = 1 }))
		}},
	{Kind: Counter, Names: []string{"IpExtInNoRoutes", "Ip6InNoRoutes"}, Lesson: 1,
		Means: "A router got a packet for a network to which it has no route. The sender is told by ICMP.",
		Looks: "`nstat` on the router; ENETUNREACH or EHOSTUNREACH at the sender.",
		Knob:  "`ip route add` on the router.",
		show: func(r *Run) {
			t := r.tapped()
			r.check(t.host.SetSysctl("net.ipv4.ip_forward", "1"))
			t.inject(t.four(wire.ProtoUDP, nil, func(h *wire.IPv4) { h.Dst = 0xc0000201 }), t.six(wire.ProtoUDP, nil, func(h *wire.IPv6) { h.Dst[1] = 9 }))
		}},
	{Kind: Counter, Names: []string{"ForwardRefused"}, Lesson: 1,
		Means: "A router got a packet for a destination whose route says \"unreachable\" or \"prohibit\".",
		Looks: "Linux counts it nowhere; the sender sees ICMP.",
		Knob:  "`ip route del`.",
		show: func(r *Run) {
			t := r.tapped()
			r.check(t.host.SetSysctl("net.ipv4.ip_forward", "1"))
			r.check(t.host.AddRoute(sockets.Route{To: "192.0.2.0/24", Type: "unreachable"}))
			t.inject(t.four(wire.ProtoUDP, nil, func(h *wire.IPv4) { h.Dst = 0xc0000201 }))
		}},
	{Kind: Counter, Ordinary: true, Names: []string{"IpForwDatagrams", "Ip6OutForwDatagrams"},
		Means: "Packets of others that this router has sent on.",
		Looks: "`nstat` on a router.",
		show: func(r *Run) {
			s, _ := r.routed(sockets.LAN)
			s.both(10)
		}},
	{Kind: Counter, Names: []string{"IpInUnknownProtos", "Ip6InUnknownProtos"},
		Means: "A packet of a protocol that is neither TCP, UDP nor ICMP here. The sender is told by ICMP.",
		Looks: "`nstat`. Tunnels (GRE, SCTP, IPsec) that are set up on one side only.",
		Knob:  "Load the module, or stop the sender.",
		show: func(r *Run) {
			t := r.tapped()
			t.inject(t.four(99, nil), t.six(99, nil))
		}},
	{Kind: Counter, Names: []string{"IpInDiscards", "Ip6InDiscards"}, Lesson: 9,
		Means:  "Nothing was wrong with the packet, and there was no memory to keep it.",
		Looks:  "`nstat`.",
		Silent: "memory for packets that arrive never runs out here."},
	{Kind: Counter, Names: []string{"IpOutDiscards", "Ip6OutDiscards"}, Lesson: 5,
		Means: "A packet of this host's own was dropped on its way out: the card's queue was full.",
		Looks: "`nstat`, with tx_dropped. A UDP program is told (ENOBUFS) only if it has set IP_RECVERR.",
		Knob:  "`ip link set eth0 txqueuelen`; send less at once.",
		Price: "A longer queue is delay for everything behind it.",
		show: func(r *Run) {
			s := r.lan6(sockets.Limits{}, sockets.LinkOptions{Rate: 1_000_000, Queue: 3})
			for _, to := range []sockets.SockAddr{s.server.Addr(53), s.server.Addr6(53)} {
				fd, _ := s.browser.Socket(int(to.Family), sockets.SOCK_DGRAM, 0)
				for range 10 {
					s.browser.Sendto(fd, make([]byte, 100), 0, &to)
				}
			}
		}},
	{Kind: Counter, Names: []string{"IpOutNoRoutes", "Ip6OutNoRoutes"}, Lesson: 1,
		Means: "A packet of this host's own had no route: the program got ENETUNREACH.",
		Looks: "`nstat`; `ip route get ADDRESS`.",
		Knob:  "`ip route add default via …`.",
		show: func(r *Run) {
			s := r.lan6(sockets.Limits{}, sockets.LAN)
			for _, a := range []string{"192.0.2.1:80", "[2001:db8::9]:80"} {
				to := sockets.Addr(a)
				fd, _ := s.browser.Socket(int(to.Family), sockets.SOCK_STREAM, 0)
				s.browser.Connect(fd, to)
			}
		}},
	{Kind: Counter, Names: []string{"IpFragOKs", "IpFragCreates", "IpReasmReqds", "IpReasmOKs", "Ip6FragOKs", "Ip6FragCreates", "Ip6ReasmReqds", "Ip6ReasmOKs"}, Lesson: 6,
		Means: "A datagram longer than the MTU was cut into fragments by the sender, and put together by the receiver.",
		Looks: "`nstat` on both. It works, but one lost fragment loses the whole datagram.",
		Knob:  "Datagrams of at most 1,472 bytes (IPv4 over Ethernet).",
		Price: "More datagrams.",
		show:  func(r *Run) { r.lan6(sockets.Limits{}, sockets.LAN).both(3000) }},
	{Kind: Counter, Names: []string{"IpReasmTimeout", "IpReasmFails", "Ip6ReasmTimeout", "Ip6ReasmFails"}, Lesson: 6,
		Means: "Fragments of a packet came, and not all of them within net.ipv4.ipfrag_time (30 s; IPv6 60 s): what had come was thrown away. ReasmFails also counts fragments that did not fit or found no room.",
		Looks: "`nstat`. Loss on the way, or a firewall that passes first fragments only.",
		Knob:  "Avoid fragments. net.ipv4.ipfrag_high_thresh if the memory for them is full.",
		Price: "Memory an attacker can fill.",
		show: func(r *Run) {
			t := r.tapped()
			t.inject(t.pieces(800)[0], t.piece6())
			t.lab.RunFor(2 * time.Minute)
		}},
	{Kind: Counter, Names: []string{"IpExtReasmOverlaps"},
		Means: "Two fragments overlap. No honest sender makes such; the whole packet is thrown away.",
		Looks: "`nstat`. Somebody tries to get past a firewall.",
		Knob:  "None needed.",
		show: func(r *Run) {
			t := r.tapped()
			t.inject(t.pieces(792)...)
		}},
	{Kind: Counter, Names: []string{"IpFragFails", "Ip6FragFails", "Ip6InTooBigErrors"}, Lesson: 6,
		Means: "A packet was longer than the next link's MTU and must not be cut (TCP sets \"don't fragment\"; IPv6 routers never cut). The sender is told, and path MTU discovery sends shorter ones.",
		Looks: "`nstat` on the router. A few at the start of a connection are usual. A connection that stalls after the handshake means that the ICMP messages are lost.",
		Knob:  "Let ICMP through; net.ipv4.tcp_mtu_probing=1; or clamp the MSS in the firewall.",
		Price: "Smaller segments, some more of them.",
		show: func(r *Run) {
			s, _ := r.routed(sockets.LinkOptions{MTU: 1400})
			s.both(1440)
		}},
	{Kind: Counter, Names: []string{"in_martian_src", "in_martian_dst"}, Lesson: 1,
		Means: "A packet from the wire with an address that cannot be there: 127.0.0.0/8, 0.0.0.0/8, or this host's own as its source.",
		Looks: "`lnstat -f rt_cache`; with net.ipv4.conf.all.log_martians=1 also in `dmesg`.",
		Knob:  "Find who forges, or two machines with one address.",
		show: func(r *Run) {
			t := r.tapped()
			t.inject(t.four(wire.ProtoUDP, nil, func(h *wire.IPv4) { h.Src = 0x7f000001 }), t.four(wire.ProtoUDP, nil, func(h *wire.IPv4) { h.Dst = 0x7f000001 }))
		}},
	{Kind: Counter, Names: []string{"res_failed"}, Lesson: 1,
		Means: "Somebody was asked for (ARP, or neighbour discovery for IPv6) three times, and did not answer.",
		Looks: "`lnstat -f arp_cache`; `ip neigh` shows FAILED; the program gets EHOSTUNREACH.",
		Knob:  "Is the machine there, and on this network?",
		show: func(r *Run) {
			s := r.neighbours()
			s.ask(1, 1)
			s.wait(10 * time.Second)
		}},
	{Kind: Counter, Names: []string{"unres_discards"}, Lesson: 1,
		Means: "Packets waited for a neighbour's answer, and the line got too long: the oldest went.",
		Looks: "`lnstat -f arp_cache`.",
		Knob:  "net.ipv4.neigh.default.unres_qlen_bytes.",
		Price: "Memory for packets to somebody who may never answer.",
		show:  func(r *Run) { r.neighbours().ask(1, 200) }},
	{Kind: Counter, Names: []string{"table_fulls"}, Lesson: 10,
		Means: "The neighbour table is full (gc_thresh3, 1024): more machines on one network than it can hold.",
		Looks: "\"neighbour: arp_cache: neighbor table overflow!\" in `dmesg`; `ip neigh | wc -l`.",
		Knob:  "net.ipv4.neigh.default.gc_thresh1, 2 and 3 (and net.ipv6).",
		Price: "About 400 bytes each.",
		show:  func(r *Run) { r.neighbours().ask(1100, 1) }},
}

// neighbours is a client that must ask for who is on its link.
func (r *Run) neighbours() *stage {
	s := r.pair(sockets.Limits{}, sockets.LAN, sockets.ARP())
	r.check(s.client.AddRoute(sockets.Route{To: "10.7.0.0/16", Link: s.link}))
	return s
}

// ask sends datagrams to so many machines that are not there.
func (s *stage) ask(machines, each int) {
	fd := udp(s.browser, sockets.SOCK_NONBLOCK)
	s.browser.Setsockopt(fd, sockets.SOL_SOCKET, sockets.SO_SNDBUF, binary.LittleEndian.AppendUint32(nil, 1<<20), 4)
	for i := range machines {
		to := sockets.Addr(fmt.Sprintf("10.7.%d.%d:53", i/250, i%250+1))
		for range each {
			s.browser.Sendto(fd, []byte(strings.Repeat("x", 1400/max(1, machines/2))), 0, &to)
			s.wait(10 * time.Microsecond)
		}
	}
}
