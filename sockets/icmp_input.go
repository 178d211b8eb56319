package sockets

import (
	"errors"

	"socketbook/sockets/wire"
)

// icmpReceive is icmp_rcv and icmpv6_rcv: count, check, and do what the type
// says.
func (h *Host) icmpReceive(p *packet, body []byte, pseudo wire.Sum) {
	six := p.six()
	one(six, &h.stats.IcmpInMsgs, &h.stats.Icmp6InMsgs)
	icmp, rest, err := wire.ParseICMP(body, pseudo)
	if err != nil {
		why := "InErrors"
		if errors.Is(err, wire.ErrChecksum) {
			one(six, &h.stats.IcmpInCsumErrors, &h.stats.Icmp6InCsumErrors)
			why = "InCsumErrors"
		}
		h.icmpBad(p, "not whole ("+err.Error()+"): "+icmpName(six)+why)
		return
	}
	if k := h.stats.icmpIn(icmp.Type, six); k != nil {
		*k++
	}
	if h.net.tape != nil {
		h.net.tape.datagram(h, StationIP, p, "to "+h.net.text(p.dst)+": mine")
	}
	switch {
	case six && icmp.Type == wire.ICMPv6EchoRequest:
		h.echo(p, wire.ICMPv6EchoReply, icmp.Rest, rest)
	case !six && icmp.Type == wire.ICMPEchoRequest:
		if h.sysInt("net.ipv4.icmp_echo_ignore_all") == 0 {
			h.echo(p, wire.ICMPEchoReply, icmp.Rest, rest)
		}
	case six && (icmp.Type == wire.ICMPv6NeighborSolicitation || icmp.Type == wire.ICMPv6NeighborAdvertisement):
		h.ndReceive(p, icmp, rest)
	case six && icmp.Type < 128, !six && (icmp.Type == wire.ICMPUnreachable || icmp.Type == wire.ICMPTimeExceeded):
		h.icmpErrorArrives(p, icmp, rest)
	}
}

// icmpBad drops a message.
func (h *Host) icmpBad(p *packet, why string) {
	one(p.six(), &h.stats.IcmpInErrors, &h.stats.Icmp6InErrors)
	h.dropped(p, why)
}

// icmpIn is the counter of a kind of message that has come.
func (s *IPStats) icmpIn(kind uint8, six bool) *uint64 {
	if six {
		return map[uint8]*uint64{wire.ICMPv6Unreachable: &s.Icmp6InDestUnreachs, wire.ICMPv6PacketTooBig: &s.Icmp6InPktTooBigs,
			wire.ICMPv6TimeExceeded: &s.Icmp6InTimeExcds, wire.ICMPv6ParameterProblem: &s.Icmp6InParmProblems,
			wire.ICMPv6EchoRequest: &s.Icmp6InEchos, wire.ICMPv6EchoReply: &s.Icmp6InEchoReplies,
			wire.ICMPv6NeighborSolicitation: &s.Icmp6InNeighborSolicits, wire.ICMPv6NeighborAdvertisement: &s.Icmp6InNeighborAdvertisements}[kind]
	}
	return map[uint8]*uint64{wire.ICMPUnreachable: &s.IcmpInDestUnreachs, wire.ICMPTimeExceeded: &s.IcmpInTimeExcds,
		wire.ICMPEchoRequest: &s.IcmpInEchos, wire.ICMPEchoReply: &s.IcmpInEchoReps}[kind]
}

// echo answers a ping with the same identifier, number and data (RFC 792, RFC
// 4443 §4.2).
func (h *Host) echo(p *packet, kind uint8, rest uint32, data []byte) {
	c := h.net.route(h, p.src)
	if c == nil || h.isGroup(p.dst) {
		return
	}
	h.icmpSend(c, outgoing{src: p.dst, dst: p.src, proto: p.proto}, wire.ICMP{Type: kind, Rest: rest}, data)
}

// icmpQuote is the packet an error complains of, as far as it is quoted. The
// length in its header does not count: it may be cut short.
type icmpQuote struct {
	src, dst     wire.Addr4
	sport, dport uint16
	seq          wire.Seq // of a segment
	rest         []byte   // from the transport header on
}

// icmpErrorArrives looks whose packet an error complains of (icmp_unreach,
// icmpv6_notify).
func (h *Host) icmpErrorArrives(p *packet, icmp wire.ICMP, body []byte) {
	var q icmpQuote
	var proto uint8
	if p.six() {
		first := true
		at := 0
		if proto, at, first = upperHeader6(body); !first || len(body) < at {
			h.icmpBad(p, "an error about nothing: Icmp6InErrors")
			return
		}
		q.src, q.dst, q.rest = h.net.six([16]byte(body[8:24])), h.net.six([16]byte(body[24:40])), body[at:]
	} else {
		if len(body) < wire.IPv4Len || body[0]&15 < 5 || len(body) < int(body[0]&15)*4 {
			h.icmpBad(p, "an error about nothing: IcmpInErrors")
			return
		}
		proto, q.src, q.dst, q.rest = body[9], be32(body[12:]), be32(body[16:]), body[int(body[0]&15)*4:]
	}
	e, hard, told := icmpErrno(icmp, p.six())
	if !told || len(q.rest) < 8 {
		return
	}
	if e == EMSGSIZE {
		h.pathMTUArrives(&q, icmp)
	}
	q.sport, q.dport, q.seq = be16(q.rest), be16(q.rest[2:]), wire.Seq(be32(q.rest[4:]))
	switch proto {
	case wire.ProtoUDP:
		h.udpError(p, &q, e, hard)
	case wire.ProtoTCP:
		h.tcpError(p, &q, icmp, e)
	}
}

// unreachableErrno are the errors of the codes of "unreachable", and whether a
// datagram's socket that is connected is told without asking (net/ipv4/icmp.c
// icmp_err_convert; RFC 1122 §3.2.2.1 has the soft ones).
var unreachableErrno = [16]struct {
	e    Errno
	hard bool
}{
	{ENETUNREACH, false}, {EHOSTUNREACH, false}, {ENOPROTOOPT, true}, {ECONNREFUSED, true}, {EMSGSIZE, true}, {EOPNOTSUPP, false},
	{ENETUNREACH, true}, {EHOSTDOWN, true}, {ENONET, true}, {ENETUNREACH, true}, {EHOSTUNREACH, true}, {ENETUNREACH, false},
	{EHOSTUNREACH, false}, {EHOSTUNREACH, true}, {EHOSTUNREACH, true}, {EHOSTUNREACH, true},
}

// unreachableErrno6 are those of ICMPv6 (net/ipv6/icmp.c tab_unreach).
var unreachableErrno6 = [7]struct {
	e    Errno
	hard bool
}{{ENETUNREACH, false}, {EACCES, true}, {EHOSTUNREACH, false}, {EHOSTUNREACH, false}, {ECONNREFUSED, true}, {EACCES, true}, {EACCES, true}}

// icmpErrno is what a program is told of a message, if its socket is.
func icmpErrno(icmp wire.ICMP, six bool) (e Errno, hard, told bool) {
	code := int(icmp.Code)
	switch {
	case !six && icmp.Type == wire.ICMPUnreachable:
		if code >= len(unreachableErrno) {
			return 0, false, false
		}
		return unreachableErrno[code].e, unreachableErrno[code].hard, true
	case !six:
		return EHOSTUNREACH, false, code == 0 // the time to reassemble is nobody's business
	case icmp.Type == wire.ICMPv6Unreachable:
		if code >= len(unreachableErrno6) {
			return EPROTO, true, true
		}
		return unreachableErrno6[code].e, unreachableErrno6[code].hard, true
	case icmp.Type == wire.ICMPv6PacketTooBig:
		return EMSGSIZE, true, true
	case icmp.Type == wire.ICMPv6TimeExceeded:
		return EHOSTUNREACH, false, true
	}
	return EPROTO, icmp.Type == wire.ICMPv6ParameterProblem, true
}

// udpError tells a socket that a datagram of its own came back
// (__udp4_lib_err): one with IP_RECVERR by its error queue, any that is
// connected by SO_ERROR if the error is a hard one.
func (h *Host) udpError(p *packet, q *icmpQuote, e Errno, hard bool) {
	i := h.udpLookup(q.dst, q.src, q.dport, q.sport)
	if i == 0 {
		h.icmpBad(p, "an error about a datagram of nobody: "+icmpName(p.six())+"InErrors")
		return
	}
	s := h.socks.at(i)
	o := h.options(s)
	if e == EMSGSIZE && h.discovery(s, q.dst) == pmtuDont {
		return
	}
	queue := o.recvErr && !isSix(q.src) || o.recvErr6 && isSix(q.src)
	if !queue && (!hard || s.state != Established) {
		return
	}
	if queue {
		t := h.busy(s)
		n := uint32(len(q.rest) - wire.UDPLen)
		h.hang(&t.errHead, &t.errTail, skb{buf: p.buf, off: p.off + p.len - n, len: n, from: q.dst, port: q.dport, err: uint8(e)})
		p.buf = 0
	}
	s.err = uint8(e)
	h.wake(i, s, newsError)
}

// tcpError is tcp_v4_err and tcp_v6_err. A connection that is not open yet
// fails; one that is goes on, and remembers the error for its timeout: RFC 1122
// §4.2.3.9, RFC 5461.
func (h *Host) tcpError(p *packet, q *icmpQuote, icmp wire.ICMP, e Errno) {
	ref := h.lookup(q.src, q.dst, q.sport, q.dport)
	if ref == 0 {
		h.icmpBad(p, "an error about a segment of nobody: "+icmpName(p.six())+"InErrors")
		return
	}
	if ref&requestRef != 0 {
		h.requestError(ref&^requestRef, q, e)
		return
	}
	s := h.socks.at(ref)
	if s.over() || s.state == Closed {
		return
	}
	if !s.sndUna.LessEq(q.seq) || !q.seq.LessEq(h.nxt(s)) {
		h.stats.OutOfWindowIcmps++ // a guess, or long ago: RFC 5927 §4.1
		h.dropped(p, "an error about a segment that is not in flight: TcpExtOutOfWindowIcmps")
		return
	}
	if e == EMSGSIZE {
		h.mtuReduced(ref, s)
		return
	}
	switch {
	case s.state == SynSent || s.state == SynRecv:
		h.fail(ref, s, e, "RFC 9293 §3.9.2.2: "+e.Name()+" while it opens")
		h.tellCrowds()
	case h.options(s).recvErr && !isSix(s.raddr) || h.options(s).recvErr6 && isSix(s.raddr):
		s.err = uint8(e)
		h.wake(ref, s, newsError)
	case s.traffic != 0:
		h.traffic.at(s.traffic).softErr = uint8(e) // sk_err_soft
	}
}

// requestError is tcp_req_err: a half-open connection whose client cannot be
// reached is given up.
func (h *Host) requestError(r uint32, q *icmpQuote, e Errno) {
	req := h.requests.at(r)
	if q.seq != req.iss {
		h.stats.OutOfWindowIcmps++
		return
	}
	if e == ENETUNREACH || e == EHOSTUNREACH || e == EPROTO {
		h.stats.ListenDrops++
		h.dropRequest(r)
	}
}
