package sockets

import "socketbook/sockets/wire"

// tcpReceive finds out whose a segment is: a connection's, a listener's, or
// nobody's. Called from ipReceive, in the soft interrupt.
func (h *Host) tcpReceive(g *segment) {
	h.stats.InSegs++
	g.readOptions()
	h.dispatch(g)
	h.tellCrowds()
}

func (h *Host) dispatch(g *segment) {
	ref := h.connection(g)
	if h.net.tape != nil {
		h.net.tape.lookup(h, g, ref)
	}
	if ref&requestRef != 0 {
		if ref = h.requestSegment(ref&^requestRef, g); ref == 0 {
			return
		}
	}
	if ref != 0 {
		s := h.socks.at(ref)
		if h.acting = ref; g.hint.from != 0 {
			s.peer = g.hint.from
		}
		if s.state == TimeWait {
			h.timeWaitSegment(ref, s, g)
		} else {
			h.segmentArrives(ref, s, g)
		}
		return
	}
	if li := h.listenerAt(g.ip.Dst, g.tcp.DstPort, h.keyed(g.ip.Dst, g.ip.Src, g.tcp.DstPort, g.tcp.SrcPort, 0)); li != 0 {
		h.listenSegment(li, g)
		return
	}
	// RFC 9293 §3.10.7.1: no connection, answer with a reset.
	h.sendReset(g)
}

// listenSegment is RFC 9293 §3.10.7.2.
func (h *Host) listenSegment(li uint32, g *segment) {
	switch {
	case g.has(wire.RST): // first: an incoming RST is ignored
	case g.has(wire.ACK): // second: an ACK belongs to no connection, unless a cookie opens one
		if g.has(wire.SYN) {
			h.sendReset(g)
		} else if i := h.cookieArrives(li, g); i != 0 {
			h.segmentArrives(i, h.socks.at(i), g)
		}
	case g.has(wire.SYN): // third
		h.synArrives(li, g, 0)
	}
	// fourth: anything else is dropped
}

// segmentArrives is RFC 9293 §3.10.7.3 and §3.10.7.4, in their order of
// checks. It alone changes a connection's state on arrival.
func (h *Host) segmentArrives(i uint32, s *sock, g *segment) {
	if s.state == SynSent {
		h.synSent(i, s, g)
		return
	}
	if s.state == SynRecv && h.crossingAnswer(s, g) {
		// Both ends have connected, and the peer answers our SYN (RFC 9293
		// figure 7): its SYN is an old one, its ACK is not.
		g.tcp.Seq++
		g.tcp.Flags &^= wire.SYN
		h.busy(s).pending |= ackWanted | ackNow
	}
	// RFC 7323 §5.3 R1: an old duplicate, by its timestamp. A reset is taken
	// all the same, and what may be an ACK overtaken by another.
	if h.oldTS(s, g, pawsWindow) && !g.has(wire.RST) && !h.overtaken(s, g) {
		h.pawsRejects(s, g)
		return
	}
	// First, check the sequence number.
	if !h.acceptable(s, g) {
		switch {
		case g.has(wire.RST):
		case g.has(wire.SYN):
			h.stats.TCPSYNChallenge++
			h.challenge(s)
		default:
			h.sendDupAck(s, g)
		}
		return
	}
	// Second, check the RST bit. RFC 5961 §3: it must hit rcvNxt exactly,
	// else it could be a guess, and the peer is asked to repeat itself.
	if g.has(wire.RST) {
		if wire.Seq(g.tcp.Seq) == s.rcvNxt {
			h.resetArrives(i, s)
		} else {
			h.challenge(s)
		}
		return
	}
	// Fourth, check the SYN bit: a challenge ACK (RFC 5961 §4).
	if g.has(wire.SYN) {
		h.stats.TCPSYNChallenge++
		h.challenge(s)
		return
	}
	// Fifth, check the ACK field.
	plain := h.isPlain(s, g)
	if !g.has(wire.ACK) || !h.ackArrives(i, s, g) {
		return
	}
	// Sixth, check the URG bit.
	if g.has(wire.URG) {
		h.urgentArrives(i, s, g)
	}
	// Seventh, process the segment text. Eighth, check the FIN bit.
	h.textArrives(i, s, g)
	if s.state == Closed || s.state == 0 {
		return // aborted, perhaps taken apart
	}
	if !plain {
		h.output(i, s)
		h.writeSpace(i, s)
	}
	h.checkAck(i, s)
	h.rest(i, s)
}

// isPlain reports whether a segment brings the next bytes and nothing else: no
// acknowledgement, no other window. Then the kernel does not look at what there
// is to send (header prediction, tcp_rcv_established), and what MSG_MORE holds
// stays.
func (h *Host) isPlain(s *sock, g *segment) bool {
	return s.state == Established && g.len > 0 && wire.Seq(g.tcp.Seq) == s.rcvNxt &&
		wire.Seq(g.tcp.Ack) == s.sndUna && g.tcp.Window == s.wnd && !g.has(wire.FIN|wire.URG|wire.ECE|wire.CWR) &&
		(s.traffic == 0 || h.traffic.at(s.traffic).holes == 0)
}

// crossingAnswer reports whether a SYN-ACK answers our SYN when both ends have
// sent one (tcp_validate_incoming, step 4).
func (h *Host) crossingAnswer(s *sock, g *segment) bool {
	return g.has(wire.SYN) && g.has(wire.ACK) && !g.has(wire.RST) && g.len == 0 &&
		wire.Seq(g.tcp.Seq)+1 == s.rcvNxt && wire.Seq(g.tcp.Ack) == h.nxt(s)
}

// acceptable is RFC 9293 §3.10.7.4, first, as Linux has it (tcp_sequence): a
// segment may not end before what we have acknowledged, nor begin beyond the
// window. One that begins inside and ends beyond is taken whole while nothing
// waits to be read, and a FIN may lie just behind the window.
func (h *Host) acceptable(s *sock, g *segment) bool {
	seq, end := wire.Seq(g.tcp.Seq), g.end()
	acked, limit, waits := s.rcvNxt, s.rcvNxt, false
	if adv := h.adv(s); limit.Less(adv) {
		limit = adv
	}
	if s.traffic != 0 {
		t := h.traffic.at(s.traffic)
		acked, waits = t.rcvWup, t.rcvHead != 0
	}
	if end.Less(acked) {
		return false
	}
	if end.LessEq(limit) || g.has(wire.FIN) && (end-1).LessEq(limit) {
		return true
	}
	if limit.Less(seq) || waits {
		h.stats.BeyondWindow += uint64(bit(!g.has(wire.RST | wire.SYN)))
		return false
	}
	return true
}

// synSent is RFC 9293 §3.10.7.3.
func (h *Host) synSent(i uint32, s *sock, g *segment) {
	// First, check the ACK bit.
	acked := g.has(wire.ACK) && wire.Seq(g.tcp.Ack) == h.nxt(s)
	if g.has(wire.ACK) && !acked {
		h.sendReset(g)
		return
	}
	if acked && g.opt.Timestamps && h.sys.timestamps != 0 && !h.echoesSyn(s, g) {
		h.stats.PAWSActive++
		h.sendReset(g)
		return
	}
	// Second, check the RST bit.
	if g.has(wire.RST) {
		if acked {
			h.fail(i, s, ECONNREFUSED, "RFC 9293 §3.10.7.3, second: connection reset")
		}
		return
	}
	// Fourth, check the SYN bit.
	if !g.has(wire.SYN) {
		return
	}
	s.rcvNxt = wire.Seq(g.tcp.Seq) + 1
	s.wnd = g.tcp.Window
	s.flags |= flagWndSyn
	mss := uint16(mssDefault)
	if g.opt.MSS != 0 {
		mss = g.opt.MSS
	}
	h.agree(s, &g.opt, h.windowShift(s))
	s.mss = s.fitMSS(min(mss, h.maxSegment(s)))
	s.ecnAnswered(g)
	t := h.busy(s)
	t.rcvWup, t.wl1 = s.rcvNxt, s.rcvNxt
	t.rcvAdv = s.rcvNxt + wire.Seq(h.fullWindow(s))
	h.disarm(t)
	if !acked {
		// Both ends have sent a SYN: simultaneous open.
		h.setState(i, s, SynRecv, "RFC 9293 §3.10.7.3, fourth: a SYN without ACK")
		h.sendControl(s, s.sndUna, wire.SYN|wire.ACK|h.asksAgain(s, t))
		h.arm(i, t)
		return
	}
	h.synAcked(s, t)
	h.setState(i, s, Established, "RFC 9293 §3.10.7.3, fourth: our SYN is acknowledged")
	h.keepaliveBegins(i, s)
	h.sendAck(s)
	h.wake(i, s, newsState)
	h.output(i, s)
	h.rest(i, s)
}

// synAcked takes our SYN off, and a first round-trip time from it, if it was
// sent once (RFC 6298 §3; tcp_synack_rtt_meas). If it was not, and the answer
// is not to the first, the window begins at one segment (RFC 6298 §5.7's
// neighbour, RFC 5681 §3.1; tcp_init_transfer).
func (h *Host) synAcked(s *sock, t *traffic) {
	s.sndUna = t.sndNxt
	h.syncMSS(s, t)
	t.usageSeq, t.highSeq, t.short = s.sndUna, s.sndUna, s.sndUna
	h.disarm(t)
	t.heard = max(1, h.net.sim.Now())
	if !t.twice {
		rtt := micros(t.heard.Sub(t.lastSent))
		t.minRTT = max(1, rtt)
		h.measure(s, t, rtt)
	} else {
		t.cwnd = 1
	}
	t.retries, t.backoff, t.twice, t.since = 0, 0, false, 0
}

// resetArrives is RFC 9293 §3.10.7.4, second.
func (h *Host) resetArrives(i uint32, s *sock) {
	switch s.state {
	case CloseWait:
		h.fail(i, s, EPIPE, "RFC 9293 §3.10.7.4, second: RST") // Linux tcp_reset
	default:
		h.fail(i, s, ECONNRESET, "RFC 9293 §3.10.7.4, second: RST")
	}
}

// ackArrives is RFC 9293 §3.10.7.4, fifth. It reports whether to go on.
func (h *Host) ackArrives(i uint32, s *sock, g *segment) bool {
	ack := wire.Seq(g.tcp.Ack)
	if s.state == SynRecv {
		if !s.sndUna.Less(ack) || !ack.LessEq(h.nxt(s)) {
			h.sendReset(g)
			return false
		}
		h.synAcked(s, h.busy(s))
		h.setState(i, s, Established, "RFC 9293 §3.10.7.4, fifth, SYN-RECEIVED: the ACK of our SYN")
		h.keepaliveBegins(i, s)
		h.wake(i, s, newsState)
		if s.flags&flagFinQueued != 0 || s.shut&shutWrite != 0 { // shut perhaps before connect
			s.flags |= flagFinQueued
			h.setState(i, s, FinWait1, "RFC 9293 §3.10.4, SYN-RECEIVED: CLOSE, now that the handshake is over")
		}
	}
	if !ack.LessEq(h.nxt(s)) {
		// It acknowledges what we have not sent.
		h.challenge(s)
		return false
	}
	if ack.Less(s.sndUna-wire.Seq(max(s.sndWnd(), 65535))) && s.state != SynRecv {
		h.challenge(s) // so old that it is a guess: RFC 5961 §5.2
		return false
	}
	if !ack.Less(s.sndUna) {
		h.echoes(s, g)
		h.cwrArrives(s, g)
	}
	if s.traffic != 0 {
		h.acknowledge(i, s, h.traffic.at(s.traffic), g)
		if t := h.traffic.at(s.traffic); t.sndUrgent && !s.sndUna.Less(t.sndUp) {
			t.sndUrgent = false
		}
	} else if !ack.Less(s.sndUna) {
		h.windowArrives(s, g, ack)
	}
	finAcked := s.flags&flagFinSent != 0 && s.sndUna == h.nxt(s)
	switch {
	case s.state == FinWait1 && finAcked:
		h.setState(i, s, FinWait2, "RFC 9293 §3.10.7.4, fifth, FIN-WAIT-1: our FIN is acknowledged")
		s.shut |= shutWrite
		h.wake(i, s, newsState)
		if s.refs == 0 {
			if h.finWait2(i, s); s.state == Closed || s.state == 0 {
				return false
			}
		}
	case s.state == Closing && finAcked:
		h.timeWait(i, s)
	case s.state == LastAck && finAcked:
		h.setState(i, s, Closed, "RFC 9293 §3.10.7.4, fifth, LAST-ACK: our FIN is acknowledged")
		s.shut = shutBoth
		h.wake(i, s, newsState)
		h.done(i, s)
		return false
	}
	return true
}

// textArrives is RFC 9293 §3.10.7.4, seventh and eighth.
func (h *Host) textArrives(i uint32, s *sock, g *segment) {
	seq, end := wire.Seq(g.tcp.Seq), g.end()
	if seq == end {
		return
	}
	if g.len > 0 && s.shut&shutRead != 0 && s.state != Established && s.state.canReceive() && s.rcvNxt.Less(seq+wire.Seq(g.len)) {
		// Nobody will ever read it: tell the peer (RFC 1122 §4.2.2.13; Linux
		// tcp_rcv_state_process, TCPAbortOnData).
		h.stats.TCPAbortOnData++
		h.sendReset(g)
		h.fail(i, s, ECONNRESET, "RFC 1122 §4.2.2.13: data for a socket that does not read any more")
		return
	}
	t := h.busy(s)
	if !s.state.canReceive() || end.LessEq(s.rcvNxt) { // all of it is old
		h.stats.DelayedACKLost++
		h.tellTwice(s, t, seqRange{seq, end})
		h.enterQuick(s, t, maxQuick)
		t.pending |= ackWanted | ackNow
		return
	}
	if wnd := (t.rcvAdv - s.rcvNxt); s.rcvNxt.Less(seq) { // a hole before it
		t.pending |= ackWanted | ackNow
		if seq.Less(t.rcvAdv) {
			h.measureMSS(s, t, g, g.len)
			h.outOfOrder(i, s, t, g)
		}
		return
	} else if skip := uint32(s.rcvNxt - seq); skip > 0 {
		h.tellTwice(s, t, seqRange{seq, s.rcvNxt})
		g.off, g.len = g.off+skip, g.len-min(skip, g.len)
	} else if wnd == 0 && g.len > 0 { // a probe of our closed window
		h.stats.TCPZeroWindowDrop++
		h.enterQuick(s, t, maxQuick)
		t.pending |= ackWanted | ackNow
		return
	}
	fin := g.has(wire.FIN)
	waited := h.hasHoles(t)
	if g.len > 0 {
		n := g.len
		h.queueData(i, s, t, g)
		h.heardData(s, t, g, n)
	}
	if t.holes != 0 {
		if !fin {
			fin = h.reassemble(i, s, t)
		}
		if waited && !h.hasHoles(t) {
			t.pending |= ackNow // RFC 5681 §4.2: a gap is filled
		}
		h.dropHoles(t)
	}
	if t.rcvAdv.Less(s.rcvNxt) {
		t.rcvAdv = s.rcvNxt // it ended beyond the window
	}
	if g.buf == 0 || waited {
		h.dataReady(i, s, t)
	}
	h.receiverRTT(s, t, g)
	if fin && s.flags&flagEOF == 0 {
		t.pending |= ackWanted
		h.finArrives(i, s)
	}
}

// urgentArrives is RFC 9293 §3.10.7.4, sixth, and §3.8.5: the pointer names the
// last urgent byte, or the one after it; Linux takes the older reading, the
// one before (tcp_check_urg, tcp_stdurg 0).
func (h *Host) urgentArrives(i uint32, s *sock, g *segment) {
	if !s.state.canReceive() || g.tcp.Urgent == 0 {
		return
	}
	at := wire.Seq(g.tcp.Seq) + wire.Seq(g.tcp.Urgent) - 1
	if h.sys.stdurg {
		at++
	}
	if at.Less(wire.Seq(h.copied(s))) || at.Less(s.rcvNxt) {
		return
	}
	t := h.busy(s)
	if t.urgState != urgNone && !t.urgSeq.Less(at) {
		return
	}
	if t.urgState != urgNone && uint32(t.urgSeq) == h.copied(s) && t.rcvBytes > 0 && !h.options(s).oobInline {
		h.take(s, nil, 1, 0, false) // the old urgent byte is next to be read: it goes
	}
	t.urgState, t.urgSeq = urgNotYet, at
	h.urgentByte(i, s, t, g)
}

// urgentByte takes the urgent byte out of a segment that has it.
func (h *Host) urgentByte(i uint32, s *sock, t *traffic, g *segment) {
	if off := uint32(t.urgSeq) - g.tcp.Seq; t.urgState == urgNotYet && off < g.len {
		t.urgByte, t.urgState = h.mem.of(g.buf)[g.off+off], urgValid
		h.wake(i, s, newsData)
	}
}

// queueData hangs the segment's buffer into the receive queue. Nothing is
// copied: the bytes stay where the card has put them, until read().
func (h *Host) queueData(i uint32, s *sock, t *traffic, g *segment) {
	h.hang(&t.rcvHead, &t.rcvTail, skb{buf: g.buf, off: g.off, len: g.len})
	t.rcvBytes += g.len
	s.rcvNxt += wire.Seq(g.len)
	g.buf = 0
	if h.net.tape != nil {
		h.net.tape.received(h, s, g, t)
	}
}

// dataReady wakes a reader, if there is as much as it waits for.
func (h *Host) dataReady(i uint32, s *sock, t *traffic) {
	if int(t.rcvBytes) >= int(h.options(s).rcvLowat) || t.rcvBytes >= h.fullWindow(s)/2 {
		h.wake(i, s, newsData)
	}
}
