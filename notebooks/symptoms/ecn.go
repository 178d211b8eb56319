package symptoms

import (
	"time"

	"socketbook/sockets"
	"socketbook/sockets/wire"
)

// marking is a narrow wire whose queue marks packets, between hosts that have
// agreed on ECN.
func (r *Run) marking() *stage {
	way := slow
	way.CEThreshold = 5 * time.Millisecond
	s := r.pair(sockets.Limits{}, way)
	r.check(s.client.SetSysctl("net.ipv4.tcp_ecn", "1"))
	return s.send(50_000, true).wait(300 * time.Millisecond)
}

// ecnEntries are counters and words about explicit congestion notification (RFC
// 3168).
var ecnEntries = []Entry{
	{Kind: Counter, Ordinary: true, Lesson: 6,
		Names: []string{"IpExtInECT0Pkts", "IpExtInECT1Pkts", "Ip6InECT0Pkts", "Ip6InECT1Pkts"},
		Means: "Packets that came with the mark \"my ends understand ECN\": a queue may mark them in place of dropping them. ECT(0) is the usual one, ECT(1) that of L4S (RFC 9331).",
		Looks: "`nstat`.",
		show: func(r *Run) {
			r.marking()
			t := r.tapped()
			t.inject(t.four(wire.ProtoUDP, nil, func(h *wire.IPv4) { h.TOS = 1 }))
			for _, class := range []uint8{1, 2} {
				t.inject(t.six(wire.ProtoUDP, nil, func(h *wire.IPv6) { h.TrafficClass = class }))
			}
		}},
	{Kind: Counter, Lesson: 6, Names: []string{"IpExtInCEPkts", "Ip6InCEPkts"},
		Means: "Packets that a queue on the way has marked with \"congestion experienced\": a sender is too fast for some line, and TCP tells it by ECE.",
		Looks: "`nstat`. Its share of InECT0Pkts says how full the line is.",
		Knob:  "None needed: it is the sender that slows down.",
		show: func(r *Run) {
			r.marking()
			t := r.tapped()
			t.inject(t.six(wire.ProtoUDP, nil, func(h *wire.IPv6) { h.TrafficClass = 3 }))
		}},
	{Kind: Counter, Lesson: 6, Names: []string{"TcpExtTCPDeliveredCE"},
		Means: "Segments whose ACK said ECE: what this host sent has met congestion, and its windows have shrunk without a loss.",
		Looks: "`nstat`, against TcpExtTCPOrigDataSent; of one connection in `ss -ti` as delivered_ce.",
		Knob:  "net.ipv4.tcp_ecn: 1 asks for ECN, 2 (the default) agrees when asked, 0 does neither.",
		Price: "A few old middleboxes drop a SYN that asks: a second goes by until the next one, which does not (tcp_ecn_fallback).",
		show:  func(r *Run) { r.marking() }},
	{Kind: Socket, Lesson: 6, Names: []string{"ss -i: ecn", "ss -i: ecnseen", "ss -i: delivered_ce"},
		Means: "Both ends have agreed on ECN (ecn), the peer has sent marked data (ecnseen), and so many segments of ours met congestion (delivered_ce).",
		Looks: "`ss -ti`.",
		Knob:  "net.ipv4.tcp_ecn=1 asks for it.",
		Price: "See TcpExtTCPDeliveredCE.",
		show:  func(r *Run) { r.marking().look() }},
}
