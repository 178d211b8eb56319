package symptoms

import (
	"time"

	"socketbook/sockets"
	"socketbook/sockets/wire"
)

// errnosNetwork are answers that come from the network.
var errnosNetwork = []Entry{
	{Kind: Errno, Names: []string{"ENETUNREACH"}, Lesson: 1,
		Means: "No route leads to the address: the routing table has no line for it, not even a default.",
		Looks: "\"Network is unreachable\", at once. `ip route get ADDRESS` says the same; IpOutNoRoutes grows.",
		Knob:  "`ip route add`; for IPv6 it often means that the host has no IPv6 at all, and the program should try the next address.",
		show:  func(r *Run) { r.lan().browser.Dial(sockets.Addr("192.0.2.1:80")) }},
	{Kind: Errno, Names: []string{"EHOSTUNREACH"}, Lesson: 1,
		Means: "The last router, or this host itself, asked who has the address, and no card answered; or a route says \"unreachable\".",
		Looks: "\"No route to host\", after three seconds. `ip neigh` shows FAILED; res_failed grows.",
		Knob:  "Is the machine on? Is it on this network? Is the mask right?",
		show: func(r *Run) {
			s := r.pair(sockets.Limits{}, sockets.LAN, sockets.ARP())
			s.client.AddRoute(sockets.Route{To: "10.7.0.0/16", Link: s.link})
			s.browser.Dial(sockets.Addr("10.7.0.1:80"))
		}},
	{Kind: Errno, Names: []string{"EHOSTDOWN", "ENONET"},
		Means: "A router said in ICMP that it knows no such host (code 7), or that the host is cut off (code 8). Hardly any router says so today.",
		Looks: "`tcpdump icmp` shows the message; IcmpInDestUnreachs grows.",
		Knob:  "As for EHOSTUNREACH: find out what is wrong at the router that sent it.",
		show: func(r *Run) {
			for _, code := range []uint8{7, 8} {
				t := r.tapped()
				fd := udp(t.program, 0)
				t.program.Connect(fd, t.tap.Addr(53))
				t.program.Write(fd, []byte("x"))
				t.answer(wire.ICMPUnreachable, code)
				t.program.Read(fd, make([]byte, 1))
			}
		}},
	{Kind: Errno, Names: []string{"ENOBUFS"}, Lesson: 5,
		Means: "The card's queue had no room for the datagram, and the program had asked to be told (IP_RECVERR); without it UDP says nothing. Also a list of groups or options that is full.",
		Looks: "\"No buffer space available\"; UdpSndbufErrors and tx_dropped grow.",
		Knob:  "Send slower; `ip link set eth0 txqueuelen`.",
		Price: "A longer queue lets every packet behind it wait longer.",
		show: func(r *Run) {
			s := r.pair(sockets.Limits{}, sockets.LinkOptions{Rate: 1_000_000, Queue: 3})
			s.blast(func(fd int) {
				s.browser.Setsockopt(fd, sockets.IPPROTO_IP, sockets.IP_RECVERR, []byte{1, 0, 0, 0}, 4)
			})
		}},
	{Kind: Errno, Names: []string{"EIO"},
		Means: "TCP_ZEROCOPY_RECEIVE after the end of the stream: nothing more will be mapped.",
		Looks: "Only from getsockopt.",
		Knob:  "Take it as the end, as read's 0.",
		show: func(r *Run) {
			s := r.lan()
			served, called := s.connect()
			s.browser.Close(called)
			s.wait(time.Millisecond)
			s.web.Getsockopt(served, sockets.IPPROTO_TCP, sockets.TCP_ZEROCOPY_RECEIVE, make([]byte, 64), 40)
		}},
}

// blast sends datagrams as fast as a program can, without waiting.
func (s *stage) blast(prepare func(fd int)) {
	fd := udp(s.browser, sockets.SOCK_NONBLOCK)
	if prepare != nil {
		prepare(fd)
	}
	to := s.server.Addr(53)
	for range 10 {
		s.browser.Sendto(fd, make([]byte, 100), 0, &to)
	}
}

// errnosOptions are answers of setsockopt and getsockopt.
var errnosOptions = []Entry{
	{Kind: Errno, Names: []string{"ENOPROTOOPT"},
		Means: "There is no such option at this level, or not for this kind of socket. Also an ICMP \"protocol unreachable\".",
		Looks: "`strace` shows level and number.",
		Knob:  "Check both numbers; a newer option needs a newer kernel.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			p.Setsockopt(tcp(p, 0), sockets.SOL_SOCKET, 999, []byte{1, 0, 0, 0}, 4)
		}},
	{Kind: Errno, Names: []string{"EDOM"},
		Means: "A timeout (SO_RCVTIMEO) with a million microseconds or more, or fewer than none.",
		Looks: "Only from setsockopt.",
		Knob:  "Seconds and microseconds apart.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			timeval := make([]byte, 16)
			timeval[10] = 0x10 // 0x100000 µs
			p.Setsockopt(tcp(p, 0), sockets.SOL_SOCKET, sockets.SO_RCVTIMEO, timeval, 16)
		}},
	{Kind: Errno, Names: []string{"ENODATA"},
		Means: "The socket has nothing of the kind: SO_PEERGROUPS and SO_PEERPIDFD are for Unix sockets.",
		Looks: "Only from getsockopt.",
		Knob:  "Mend the program.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			p.Getsockopt(tcp(p, 0), sockets.SOL_SOCKET, sockets.SO_PEERGROUPS, make([]byte, 8), 8)
		}},
	{Kind: Errno, Names: []string{"EPROTO"},
		Means: "A TCP socket shall join a multicast group, and TCP has no groups. Or an ICMPv6 error of a kind nobody knows.",
		Looks: "\"Protocol error\" from setsockopt.",
		Knob:  "UDP for groups.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			p.Setsockopt(tcp(p, 0), sockets.IPPROTO_IP, sockets.IP_ADD_MEMBERSHIP, []byte{224, 0, 0, 251, 0, 0, 0, 0}, 8)
		}},
	{Kind: Errno, Names: []string{"EFBIG", "ERANGE"},
		Means:  "TCP_REPAIR_OPTIONS with a window scale above 14 (EFBIG); a buffer too short for the answer, of SO_PEERGROUPS for instance (ERANGE).",
		Looks:  "Only from setsockopt and getsockopt.",
		Silent: "the options that answer so are refused here before they look at their arguments."},
}
