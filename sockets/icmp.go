package sockets

import (
	"time"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// What is told to a sender whose packet cannot be delivered: ICMP (RFC 792) and
// ICMPv6 (RFC 4443), with the start of the packet in it. icmp_input.go is the
// other side.

// portUnreachable: nobody has the port.
func (h *Host) portUnreachable(p *packet) {
	if p.six() {
		h.icmpError(p, wire.ICMPv6Unreachable, wire.ICMPv6PortUnreachable, 0)
		return
	}
	h.icmpError(p, wire.ICMPUnreachable, wire.ICMPPortUnreachable, 0)
}

// protocolUnreachable: nobody speaks the protocol. IPv6 calls it a header it
// does not know, and says where it is named (RFC 4443 §3.4).
func (h *Host) protocolUnreachable(p *packet) {
	if p.six() {
		h.icmpError(p, wire.ICMPv6ParameterProblem, wire.ICMPv6UnknownHeader, 6)
		return
	}
	h.icmpError(p, wire.ICMPUnreachable, wire.ICMPProtocolUnreachable, 0)
}

// icmpError sends an error about p, unless it must not (RFC 1122 §3.2.2, RFC
// 4443 §2.4 (e); icmp_send, icmp6_send): never about an error, a later
// fragment, or to or about a group; and not too often.
func (h *Host) icmpError(p *packet, kind, code uint8, info uint32) {
	packet := h.mem.of(p.buf)[p.ip : p.off+p.len]
	six := p.six()
	if p.src == 0 || h.isGroup(p.src) || h.isGroup(p.dst) || !mayComplain(packet, six) {
		return
	}
	if h.icmp.firewall {
		h.note(StationDrop, "a firewall lets no ICMP out")
		return
	}
	c := h.net.route(h, p.src)
	if c == nil || p.in != h.lo && !h.icmpAllowed(c, p.src, kind, code) {
		return
	}
	src := p.dst
	if !h.answersTo(src) {
		if src = h.source(c, p.src); src == 0 {
			return // a router without an address of the family
		}
	}
	icmp, o := wire.ICMP{Type: kind, Code: code, Rest: info}, outgoing{src: src, dst: p.src, proto: wire.ProtoICMP, tos: tosControl}
	limit := min(576, c.mtu) - wire.IPv4Len - wire.ICMPLen // RFC 1812 §4.3.2.3
	if six {
		o.proto, o.tos = wire.ProtoICMPv6, 0
		limit = 1280 - wire.IPv6Len - wire.ICMPLen // RFC 4443 §2.4 (c)
	}
	h.icmpSend(c, o, icmp, packet[:min(len(packet), limit)])
}

// tosControl is the precedence of errors, IPTOS_PREC_INTERNETCONTROL
// (include/uapi/linux/ip.h).
const tosControl = 0xc0

// mayComplain reports whether a packet may be answered with an error: not an
// ICMP error itself, not a fragment after the first.
func mayComplain(packet []byte, six bool) bool {
	if six {
		proto, at, ok := upperHeader6(packet)
		if proto == wire.ProtoICMPv6 {
			return ok && at < len(packet) && packet[at]&0x80 != 0 // the lower half are errors: RFC 4443 §2.1
		}
		return ok
	}
	if len(packet) < wire.IPv4Len || be16(packet[6:])&0x1fff != 0 {
		return false
	}
	if packet[9] != wire.ProtoICMP {
		return true
	}
	at := int(packet[0]&15) * 4
	return at < len(packet) && (packet[at] == wire.ICMPEchoRequest || packet[at] == wire.ICMPEchoReply)
}

// upperHeader6 is what a packet of IPv6 carries, and where: behind a fragment
// header, if it is the first fragment.
func upperHeader6(packet []byte) (proto uint8, at int, first bool) {
	if len(packet) < wire.IPv6Len {
		return 0, 0, false
	}
	proto, at = packet[6], wire.IPv6Len
	if proto == wire.ProtoFragment6 {
		f, _, err := wire.ParseFragment6(packet[at:])
		if err != nil || f.Offset != 0 {
			return f.Next, at, false
		}
		return f.Next, at + wire.Fragment6Len, true
	}
	return proto, at, true
}

// isGroup reports whether an address is that of many: a group or the
// broadcast.
func (h *Host) isGroup(a wire.Addr4) bool {
	if isSix(a) {
		return h.net.addr6(a)[0] == 0xff
	}
	return a>>28 == 14 || a == 0xffffffff
}

// icmpSend sends a message with a body.
func (h *Host) icmpSend(c *nic, o outgoing, icmp wire.ICMP, body []byte) {
	six := o.proto == wire.ProtoICMPv6
	n := wire.ICMPLen + len(body)
	at := ipHeaders(o.dst)
	frame := h.net.frames.alloc(at + n)
	b := h.net.frames.of(frame)
	copy(b[at+wire.ICMPLen:], body)
	pseudo := wire.Sum(0)
	if six {
		pseudo = h.pseudo(o.src, o.dst, o.proto, n)
	}
	icmp.Put(b[at:], pseudo, b[at+wire.ICMPLen:at+n])
	one(six, &h.stats.IcmpOutMsgs, &h.stats.Icmp6OutMsgs)
	if k := h.stats.icmpOut(icmp.Type, six); k != nil {
		*k++
	}
	h.ipSend(c, frame, o, n)
}

// icmpOut is the counter of a kind of message that is sent.
func (s *IPStats) icmpOut(kind uint8, six bool) *uint64 {
	if six {
		return map[uint8]*uint64{wire.ICMPv6Unreachable: &s.Icmp6OutDestUnreachs, wire.ICMPv6PacketTooBig: &s.Icmp6OutPktTooBigs,
			wire.ICMPv6TimeExceeded: &s.Icmp6OutTimeExcds, wire.ICMPv6ParameterProblem: &s.Icmp6OutParmProblems,
			wire.ICMPv6EchoRequest: &s.Icmp6OutEchos, wire.ICMPv6EchoReply: &s.Icmp6OutEchoReplies,
			wire.ICMPv6NeighborSolicitation: &s.Icmp6OutNeighborSolicits, wire.ICMPv6NeighborAdvertisement: &s.Icmp6OutNeighborAdvertisements}[kind]
	}
	return map[uint8]*uint64{wire.ICMPUnreachable: &s.IcmpOutDestUnreachs, wire.ICMPTimeExceeded: &s.IcmpOutTimeExcds,
		wire.ICMPEchoRequest: &s.IcmpOutEchos, wire.ICMPEchoReply: &s.IcmpOutEchoReps}[kind]
}

// icmpLimits is how often a host may complain: so often in all, and so often to
// each host. Both are buckets of tokens that fill with time.
type icmpLimits struct {
	credit int64    // icmp_global_credit: at most icmp_msgs_burst
	filled sim.Time // when it was last filled
	peers  map[wire.Addr4]icmpPeer
	random *sim.Stream

	firewall bool // no errors leave
}

// DropICMP lets a host send no more ICMP errors, as a firewall's rule would,
// and so makes a black hole of a router with a narrow wire: RFC 2923 §2.1.
//
//	nft add rule inet filter output meta l4proto { icmp, icmpv6 } drop
func (h *Host) DropICMP(on bool) { h.icmp.firewall = on }

// icmpPeer is struct inet_peer, as far as errors need it.
type icmpPeer struct {
	tokens time.Duration
	last   sim.Time
}

const maxPeers = 65664 // inet_peer_threshold, net/ipv4/inetpeer.c: forgotten beyond

// icmpAllowed takes from both buckets, or counts which one was empty
// (icmpv4_global_allow, icmpv4_xrlim_allow). Not limited: on lo, and what path
// MTU discovery lives on.
func (h *Host) icmpAllowed(c *nic, to wire.Addr4, kind, code uint8) bool {
	six := isSix(to)
	limit, masked := h.sysInt("net.ipv4.icmp_ratelimit"), h.sysInt("net.ipv4.icmp_ratemask")>>kind&1 != 0
	if six {
		limit, masked = 1000, true // net.ipv6.icmp.ratelimit, ratemask 0-1,3-127: net/ipv6/icmp.c
	}
	if !masked || !six && kind == wire.ICMPUnreachable && code == wire.ICMPFragNeeded || six && kind == wire.ICMPv6PacketTooBig {
		return true
	}
	if !h.icmpGlobal() {
		h.stats.IcmpOutRateLimitGlobal++
		h.note(StationDrop, "no error sent, there were too many: IcmpOutRateLimitGlobal")
		return false
	}
	if c != h.lo && !h.icmpPeer(to, time.Duration(limit)*time.Millisecond) {
		one(six, &h.stats.IcmpOutRateLimitHost, &h.stats.Icmp6OutRateLimitHost)
		h.note(StationDrop, "no error sent, "+h.net.text(to)+" had too many: "+icmpName(six)+"OutRateLimitHost")
		return false
	}
	h.icmp.credit -= int64(h.luck().IntN(3)) // icmp_global_consume: one on average
	return true
}

func icmpName(six bool) string {
	if six {
		return "Icmp6"
	}
	return "Icmp"
}

// icmpGlobal is icmp_global_allow: icmp_msgs_per_sec, in bursts of
// icmp_msgs_burst; a fiftieth of a second is the least that fills.
func (h *Host) icmpGlobal() bool {
	l := &h.icmp
	if l.credit > 0 {
		return true
	}
	now := h.net.sim.Now()
	delta := time.Second
	if l.peers != nil {
		delta = min(now.Sub(l.filled), time.Second)
	}
	if delta < time.Second/50 {
		return false
	}
	more := h.sysInt("net.ipv4.icmp_msgs_per_sec") * int64(delta) / int64(time.Second)
	if more == 0 {
		return false
	}
	if l.peers == nil {
		l.peers = map[wire.Addr4]icmpPeer{}
	}
	l.filled = now
	l.credit = min(l.credit+more, h.sysInt("net.ipv4.icmp_msgs_burst"))
	return true
}

// icmpPeer is inet_peer_xrlim_allow: one error each limit, six at once.
func (h *Host) icmpPeer(to wire.Addr4, limit time.Duration) bool {
	l, now := &h.icmp, h.net.sim.Now()
	if limit == 0 {
		return true
	}
	const burst = 6 // XRLIM_BURST_FACTOR
	p, known := l.peers[to]
	if !known {
		if len(l.peers) >= maxPeers {
			clear(l.peers)
		}
		p.tokens = burst * limit // inet_getpeer: as if quiet for a minute
	} else {
		p.tokens = min(p.tokens+now.Sub(p.last), burst*limit)
	}
	p.last = now
	ok := p.tokens >= limit
	if ok {
		p.tokens -= limit
	}
	l.peers[to] = p
	return ok
}

// note puts a line on the tape.
func (h *Host) note(at Station, text string) {
	if h.net.tape != nil {
		h.net.tape.add(Event{Host: h.name, Station: at, Text: text})
	}
}

func be16(b []byte) uint16 { return uint16(b[0])<<8 | uint16(b[1]) }

func be32(b []byte) wire.Addr4 {
	return wire.Addr4(b[0])<<24 | wire.Addr4(b[1])<<16 | wire.Addr4(b[2])<<8 | wire.Addr4(b[3])
}
