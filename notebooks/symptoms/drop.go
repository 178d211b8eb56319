package symptoms

import (
	"strings"

	"socketbook/sockets"
)

// dropEntries are drops that only the tape tells of. Their names are what the
// tape says.
var dropEntries = []Entry{
	{Kind: Drop, Names: []string{"lost on the wire"}, Lesson: 6,
		Means: "The wire lost the frame. No host knows: the sender finds out because no answer comes.",
		Looks: "On Linux only by its effects: TcpRetransSegs, pauses. `ping` with many packets measures it, `mtr` says where.",
		Knob:  "The network's, not the host's.",
		show: func(r *Run) {
			s := r.lan()
			s.link.Lose(s.client, 1)
			s.both4()
		}},
	{Kind: Drop, Names: []string{"the link went down"}, Lesson: 6,
		Means: "The cable was pulled while the frame was on the wire.",
		Looks: "\"Link is Down\" in `dmesg`.",
		Knob:  "Plug it in.",
		show: func(r *Run) {
			s := r.pair(sockets.Limits{}, sockets.LinkOptions{Delay: 1e6})
			s.blast(nil)
			s.link.Down()
			s.wait(1e7)
		}},
	{Kind: Drop, Names: []string{"a firewall lets no ICMP out"},
		Means: "A firewall on the host drops ICMP. Senders do not hear why, and wait.",
		Looks: "Connections that stall after the handshake (path MTU), connects that time out instead of being refused.",
		Knob:  "Let ICMP \"unreachable\" and \"too big\" pass.",
		Price: "Hardly any: these messages tell an attacker little.",
		show: func(r *Run) {
			s := r.lan()
			s.server.DropICMP(true)
			s.both4()
		}},
	{Kind: Drop, Names: []string{"not an ARP message for this link"}, Lesson: 1,
		Means: "An ARP message that is not whole, or that this card has sent itself.",
		Looks: "Not counted. `tcpdump arp`.",
		Knob:  "A loop of cables shows one's own messages.",
		show: func(r *Run) {
			t := r.tapped(sockets.ARP())
			frame := make([]byte, 60)
			frame[12], frame[13] = 0x08, 0x06
			r.check(t.tap.InjectFrame(t.lab.Now(), frame))
			t.settle()
		}},
	{Kind: Drop, Names: []string{"tcp_max_syn_backlog is nearly used up"}, Lesson: 3,
		Means: "SYN cookies are off, and the SYN queue is more than three quarters full: the last quarter is kept for clients that have been here before. The drop is counted as ListenDrops.",
		Looks: "TcpExtListenDrops grows, and neither ListenOverflows nor TCPReqQFullDrop does.",
		Knob:  "net.ipv4.tcp_max_syn_backlog; net.ipv4.tcp_syncookies=1.",
		Price: "341 bytes for each half-open connection.",
		show: func(r *Run) {
			r.story(`sysctl net.ipv4.tcp_syncookies = 0
sysctl net.ipv4.tcp_max_syn_backlog = 4
given listener
< 40001 > 80: [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
< 40002 > 80: [S], seq 0, win 32792, options [mss 1000]
> 80 > 40002: [S.], seq 0, ack 1
< 40003 > 80: [S], seq 0, win 32792, options [mss 1000]
> 80 > 40003: [S.], seq 0, ack 1
< 40004 > 80: [S], seq 0, win 32792, options [mss 1000]
> 80 > 40004: [S.], seq 0, ack 1
< 40005 > 80: [S], seq 0, win 32792, options [mss 1000]
+0.5 > nothing`)
		}},
	{Kind: Drop, Names: []string{"no memory for a request", "no memory for a socket"}, Lesson: 9,
		Means: "A SYN came and there was no memory for a half-open connection; or its ACK, and none for a socket. Counted as ListenDrops.",
		Looks: "TcpExtListenDrops grows; `slabtop`, `free`.",
		Knob:  "More RAM, fewer connections.",
		Price: "A client that is turned away here waits a second and comes again.",
		show:  starved},
}

// both4 sends one datagram to a port of nobody.
func (s *stage) both4() {
	to := s.server.Addr(53)
	s.browser.Sendto(udp(s.browser, 0), []byte("x"), 0, &to)
	s.wait(1e6)
}

// starved is a listener on a host without memory.
func starved(r *Run) {
	s := r.pair(sockets.Limits{RAM: 1 << 20, NofileSoft: 2000}, sockets.LAN)
	s.listen(1000)
	s.client.NewLoad(s.server.Addr(80), sockets.LoadOptions{Clients: 600, Within: 1e9})
	s.wait(2e9)
}

// Reason finds the entry of a drop by what the tape says about it: most texts
// end with the counter's name.
func Reason(text string) (Entry, bool) {
	for _, e := range dropEntries {
		for _, n := range e.Names {
			if strings.Contains(text, n) {
				return e, true
			}
		}
	}
	last := text[strings.LastIndex(text, ": ")+1:]
	last = strings.TrimSpace(last)
	if name, ok := spoken[last]; ok {
		last = name
	}
	return Find(last)
}

// spoken are the few endings that are no counter's name.
var spoken = map[string]string{
	"no counter of Linux's":   "ForwardRefused",
	"rx_dropped":              "RxNoHandler",    // of `ip -s link`
	"dropped in softnet_stat": "SoftnetDropped", // the file's second column
	"host unreachable":        "res_failed",     // a neighbour that did not answer
	"ReasmFails":              "IpReasmFails",
	"InUnknownProtos":         "IpInUnknownProtos",
	"InErrors":                "UdpInErrors",
	"InCsumErrors":            "UdpInCsumErrors",
	"NoPorts":                 "UdpNoPorts",
	"RcvbufErrors":            "UdpRcvbufErrors",
	"OutRateLimitHost":        "IcmpOutRateLimitHost",
}
