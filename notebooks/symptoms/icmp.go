package symptoms

import (
	"time"

	"socketbook/sockets"
	"socketbook/sockets/wire"
)

// icmpEntries are counters of the messages about packets.
var icmpEntries = []Entry{
	{Kind: Counter, Ordinary: true, Names: []string{"IcmpInMsgs", "IcmpOutMsgs", "Icmp6InMsgs", "Icmp6OutMsgs"},
		Means: "ICMP messages that came and went, of all kinds.",
		Looks: "`nstat`, `tcpdump icmp or icmp6`.",
		show:  func(r *Run) { r.lan6(sockets.Limits{}, sockets.LAN).both(10) }},
	{Kind: Counter, Names: []string{"IcmpInDestUnreachs", "IcmpOutDestUnreachs", "Icmp6InDestUnreachs", "Icmp6OutDestUnreachs"}, Lesson: 2,
		Means: "\"Unreachable\": nobody has the port, or no route leads there. The sender's socket gets ECONNREFUSED, EHOSTUNREACH or ENETUNREACH.",
		Looks: "`tcpdump icmp` names the port.",
		Knob:  "Start the server; mend the route.",
		show:  func(r *Run) { r.lan6(sockets.Limits{}, sockets.LAN).both(10) }},
	{Kind: Counter, Names: []string{"IcmpInTimeExcds", "IcmpOutTimeExcds", "Icmp6InTimeExcds", "Icmp6OutTimeExcds"}, Lesson: 1,
		Means: "A packet's TTL (hop limit) came to its end at a router, or not all of its fragments came in time.",
		Looks: "`traceroute` lives on it. Without it running: a loop of routes.",
		Knob:  "Mend the routes.",
		show: func(r *Run) {
			s, _ := r.routed(sockets.LAN)
			for _, to := range []sockets.SockAddr{s.server.Addr(53), s.server.Addr6(53)} {
				fd, _ := s.browser.Socket(int(to.Family), sockets.SOCK_DGRAM, 0)
				s.browser.Setsockopt(fd, sockets.IPPROTO_IP, sockets.IP_TTL, []byte{1, 0, 0, 0}, 4)
				s.browser.Setsockopt(fd, sockets.IPPROTO_IPV6, sockets.IPV6_UNICAST_HOPS, []byte{1, 0, 0, 0}, 4)
				s.browser.Sendto(fd, []byte("x"), 0, &to)
				s.wait(time.Millisecond)
			}
		}},
	{Kind: Counter, Names: []string{"Icmp6InPktTooBigs", "Icmp6OutPktTooBigs"}, Lesson: 6,
		Means: "A router of IPv6 had a packet too long for the next link and said how long it may be.",
		Looks: "`nstat`; TCP goes on with shorter segments.",
		Knob:  "None needed, as long as firewalls let it through.",
		show:  func(r *Run) { r.replay("sockets:v1:path-mtu?family=ipv6") }},
	{Kind: Counter, Names: []string{"Icmp6InParmProblems", "Icmp6OutParmProblems"},
		Means: "A field of an IPv6 header made no sense to the receiver: a next header that nobody speaks, for instance.",
		Looks: "`tcpdump icmp6`.",
		Knob:  "Load the module, or stop the sender.",
		show: func(r *Run) {
			t := r.tapped()
			t.inject(t.six(99, nil))
			t.inject(t.six(wire.ProtoICMPv6, icmp6(wire.ICMPv6ParameterProblem, 1, t.datagram(9, true))))
		}},
	{Kind: Counter, Ordinary: true, Names: []string{"IcmpInEchos", "IcmpOutEchoReps", "Icmp6InEchos", "Icmp6OutEchoReplies"},
		Means: "Pings that came, and were answered.",
		Looks: "`nstat`.",
		Knob:  "net.ipv4.icmp_echo_ignore_all=1 silences the host.",
		Price: "Nobody can ask any more whether it is there.",
		show: func(r *Run) {
			t := r.tapped()
			t.inject(t.four(wire.ProtoICMP, icmp4(wire.ICMPEchoRequest, 0, []byte("are you there?"))),
				t.six(wire.ProtoICMPv6, icmp6(wire.ICMPv6EchoRequest, 0, []byte("are you there?"))))
		}},
	{Kind: Counter, Ordinary: true, Names: []string{"IcmpInEchoReps", "Icmp6InEchoReplies"},
		Means: "Answers to pings.",
		Looks: "`nstat`. Answers that nobody asked for are an attack on somebody else that names this host as its source.",
		show: func(r *Run) {
			t := r.tapped()
			t.inject(t.four(wire.ProtoICMP, icmp4(wire.ICMPEchoReply, 0, []byte("I am"))), t.six(wire.ProtoICMPv6, icmp6(wire.ICMPv6EchoReply, 0, []byte("I am"))))
		}},
	{Kind: Counter, Ordinary: true, Names: []string{"IcmpOutEchos", "Icmp6OutEchos"},
		Means:  "Pings of this host's own.",
		Looks:  "`nstat`.",
		Silent: "raw and ping sockets carry nothing here, so no program can ping."},
	{Kind: Counter, Names: []string{"IcmpInErrors", "IcmpInCsumErrors", "Icmp6InErrors", "Icmp6InCsumErrors"},
		Means: "An ICMP message was not whole, had a wrong checksum, or was about a packet of nobody.",
		Looks: "`nstat`. Errors about nobody are forged, or come after the socket was closed.",
		Knob:  "None needed.",
		show: func(r *Run) {
			t := r.tapped()
			t.inject(spoilt(t.four(wire.ProtoICMP, icmp4(wire.ICMPEchoRequest, 0, []byte("x"))), -1), spoilt(t.six(wire.ProtoICMPv6, icmp6(wire.ICMPv6EchoRequest, 0, []byte("x"))), -1))
		}},
	{Kind: Counter, Names: []string{"IcmpOutErrors", "Icmp6OutErrors"},
		Means:  "An ICMP message could not be made.",
		Looks:  "`nstat`.",
		Silent: "the memory for one never runs out here."},
	{Kind: Counter, Names: []string{"IcmpOutRateLimitHost", "Icmp6OutRateLimitHost"},
		Means: "An error message was not sent, since that host had got one less than a second ago (net.ipv4.icmp_ratelimit; the first six are free).",
		Looks: "`nstat`. A scan of ports shows it; `traceroute` shows stars.",
		Knob:  "net.ipv4.icmp_ratelimit, in ms; 0 is no limit.",
		Price: "Without a limit the host can be made to flood others.",
		show: func(r *Run) {
			s := r.lan6(sockets.Limits{}, sockets.LAN)
			for range 10 {
				s.both(10)
			}
		}},
	{Kind: Counter, Names: []string{"IcmpOutRateLimitGlobal"},
		Means: "An error message was not sent, since the host sends no more than icmp_msgs_per_sec (1,000) to all together.",
		Looks: "`nstat`.",
		Knob:  "net.ipv4.icmp_msgs_per_sec and icmp_msgs_burst.",
		Price: "Without a limit the host can be made to flood others.",
		show: func(r *Run) {
			s := r.lan()
			s.server.SetSysctl("net.ipv4.icmp_ratelimit", "0")
			s.server.SetSysctl("net.ipv4.icmp_msgs_per_sec", "100")
			s.flood(300, 100*time.Nanosecond)
		}},
	{Kind: Counter, Ordinary: true, Names: []string{"Icmp6InNeighborSolicits", "Icmp6OutNeighborSolicits", "Icmp6InNeighborAdvertisements", "Icmp6OutNeighborAdvertisements"}, Lesson: 1,
		Means: "Neighbour discovery, IPv6's ARP: who has this address, and the answer.",
		Looks: "`nstat`, `ip -6 neigh`.",
		show:  func(r *Run) { r.replay("sockets:v1:ipv6?seed=1") }},
}
