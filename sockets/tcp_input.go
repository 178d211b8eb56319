package sockets

import (
	"time"

	"socketbook/sockets/wire"
)

// tcpReceive finds out whose a segment is: a connection's, a listener's, or
// nobody's. Called from ipReceive, in the soft interrupt.
func (h *Host) tcpReceive(g *segment) {
	h.stats.InSegs++
	h.dispatch(g)
	h.tellCrowds()
}

func (h *Host) dispatch(g *segment) {
	ref := h.lookup(g.ip.Dst, g.ip.Src, g.tcp.DstPort, g.tcp.SrcPort)
	if h.net.tape != nil {
		h.net.tape.lookup(h, g, ref)
	}
	if ref&requestRef != 0 {
		if ref = h.requestSegment(ref&^requestRef, g); ref == 0 {
			return
		}
	}
	if ref != 0 {
		if s := h.socks.at(ref); s.state == TimeWait {
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

// timeWaitSegment is RFC 9293 §3.10.7.4 for TIME-WAIT, as Linux has it
// (tcp_timewait_state_process).
func (h *Host) timeWaitSegment(i uint32, s *sock, g *segment) {
	seq := wire.Seq(g.tcp.Seq)
	switch {
	case seq == s.rcvNxt && g.has(wire.RST):
		// A late reset ends it early, the "assassination" of RFC 1337: Linux
		// lets it happen (net.ipv4.tcp_rfc1337 is 0).
		h.setState(i, s, Closed, "RFC 9293 §3.10.7.4, second, TIME-WAIT: RST")
		h.done(i, s)
		return
	case seq == s.rcvNxt && g.end() == seq:
		h.timeWait(i, s) // an ACK out of the past: 2 MSL anew
		return
	case g.has(wire.RST):
		return
	case g.has(wire.SYN) && !g.has(wire.ACK) && s.rcvNxt.Less(seq):
		// A new connection may take its place, if its numbers lie beyond the
		// old ones (RFC 9293 §3.6.1); and so shall ours.
		if li := h.listenerAt(g.ip.Dst, g.tcp.DstPort, h.keyed(g.ip.Dst, g.ip.Src, g.tcp.DstPort, g.tcp.SrcPort, 0)); li != 0 {
			iss := s.sndNxt + 65535 + 2
			h.setState(i, s, Closed, "RFC 9293 §3.6.1: a new SYN beyond the old sequence numbers")
			h.done(i, s)
			h.synArrives(li, g, iss)
			return
		}
	}
	if g.has(wire.ACK) {
		h.timeWait(i, s) // the peer has not seen our last ACK: 2 MSL anew
	}
	h.sendDupAck(s, g)
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
	// First, check the sequence number.
	if !s.acceptable(g) {
		if !g.has(wire.RST) {
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
		h.challenge(s)
		return
	}
	// Fifth, check the ACK field.
	if !g.has(wire.ACK) || !h.ackArrives(i, s, g) {
		return
	}
	// Sixth, check the URG bit.
	if g.has(wire.URG) {
		h.urgentArrives(i, s, g)
	}
	// Seventh, process the segment text. Eighth, check the FIN bit.
	again := h.textArrives(i, s, g)
	if s.state == Closed || s.state == 0 {
		return // aborted, perhaps taken apart
	}
	if g.has(wire.FIN) && g.end()-1 == s.rcvNxt && !(s.flags&flagEOF != 0) {
		h.finArrives(i, s)
		again = true
	}
	if h.output(i, s) {
		again = false // the data carried the acknowledgement
	}
	if again {
		h.sendAck(s)
	}
	h.rest(s)
}

// acceptable is the table of RFC 9293 §3.10.7.4, first: does any of the
// segment lie in the receive window?
func (s *sock) acceptable(g *segment) bool {
	seq, n := wire.Seq(g.tcp.Seq), uint32(g.end()-wire.Seq(g.tcp.Seq))
	wnd := uint32(s.rcvAdv - s.rcvNxt)
	switch {
	case n == 0 && wnd == 0:
		return seq == s.rcvNxt
	case n == 0:
		return seq.InWindow(s.rcvNxt, wnd)
	case wnd == 0:
		// Its text may not come, but its ACK and RST are looked at.
		return seq == s.rcvNxt
	}
	return seq.InWindow(s.rcvNxt, wnd) || (seq+wire.Seq(n)-1).InWindow(s.rcvNxt, wnd)
}

// synSent is RFC 9293 §3.10.7.3.
func (h *Host) synSent(i uint32, s *sock, g *segment) {
	// First, check the ACK bit.
	acked := g.has(wire.ACK) && wire.Seq(g.tcp.Ack) == s.sndNxt
	if g.has(wire.ACK) && !acked {
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
	s.rcvAdv = s.rcvNxt + wire.Seq(h.windowFull())
	s.sndWnd = uint32(g.tcp.Window)
	s.mss = mssDefault
	if o, _ := wire.ParseTCPOptions(g.tcp.Options); o.MSS != 0 {
		s.mss = o.MSS
	}
	s.mss = min(s.mss, h.maxSegment(s))
	t := h.busy(s)
	h.disarm(t)
	if !acked {
		// Both ends have sent a SYN: simultaneous open.
		h.setState(i, s, SynRecv, "RFC 9293 §3.10.7.3, fourth: a SYN without ACK")
		h.sendControl(s, s.sndUna, wire.SYN|wire.ACK)
		h.arm(i, t)
		return
	}
	h.measure(t, s.sndNxt)
	s.sndUna = s.sndNxt
	t.retries = 0
	h.setState(i, s, Established, "RFC 9293 §3.10.7.3, fourth: our SYN is acknowledged")
	h.sendAck(s)
	h.wake(i, s, newsState)
	h.output(i, s)
	h.rest(s)
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
		if !s.sndUna.Less(ack) || !ack.LessEq(s.sndNxt) {
			h.sendReset(g)
			return false
		}
		h.setState(i, s, Established, "RFC 9293 §3.10.7.4, fifth, SYN-RECEIVED: the ACK of our SYN")
		h.wake(i, s, newsState)
		if s.flags&flagFinQueued != 0 {
			h.setState(i, s, FinWait1, "RFC 9293 §3.10.4, SYN-RECEIVED: CLOSE, now that the handshake is over")
		}
	}
	if !ack.LessEq(s.sndNxt) {
		// It acknowledges what we have not sent. The RFC answers that with an
		// ACK; Linux does so only when the connection is being closed.
		if s.state != Established {
			h.challenge(s)
		}
		return false
	}
	if ack.Less(s.sndUna) {
		return true // old; its text may still be new
	}
	// No reordering on these wires yet, so the newest window is the last seen.
	s.sndWnd = uint32(g.tcp.Window)
	if s.sndUna.Less(ack) {
		h.acknowledged(i, s, ack)
	} else if s.traffic != 0 && s.sndUna == s.sndNxt {
		h.probeAnswered(s)
	}
	finAcked := s.flags&flagFinSent != 0 && s.sndUna == s.sndNxt
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

// acknowledged takes bytes up to ack off the write queue.
func (h *Host) acknowledged(i uint32, s *sock, ack wire.Seq) {
	n := uint32(ack - s.sndUna)
	s.sndUna = ack
	if s.traffic == 0 {
		return
	}
	t := h.traffic.at(s.traffic)
	h.measure(t, ack)
	t.retries = 0
	for n > 0 && t.sndHead != 0 {
		b := h.skbs.at(t.sndHead)
		take := min(n, b.len)
		b.off, b.len, n, t.sndBytes = b.off+take, b.len-take, n-take, t.sndBytes-take
		if b.len == 0 {
			head := t.sndHead
			if t.sndHead = b.next; t.sndHead == 0 {
				t.sndTail = 0
			}
			h.mem.release(b.buf)
			h.skbs.release(head)
		}
	}
	h.disarm(t)
	if s.sndUna == s.sndNxt {
		t.lost = false
	} else {
		if t.lost {
			h.stats.RetransSegs++
			h.resend(s, t)
		}
		h.arm(i, t)
	}
	if t.sndUrgent && !s.sndUna.Less(t.sndUp) {
		t.sndUrgent = false
	}
	// Whoever found the buffer full hears of it when a third is free
	// (sk_stream_write_space); nobody else does.
	if s.flags&flagNoSpace != 0 && h.room(s) >= h.sndBuf(s)/3 {
		s.flags &^= flagNoSpace
		h.wake(i, s, newsSpace)
	}
}

// textArrives is RFC 9293 §3.10.7.4, seventh. It reports whether the segment
// must be acknowledged.
func (h *Host) textArrives(i uint32, s *sock, g *segment) bool {
	if g.len == 0 {
		// A FIN out of order is answered, a plain ACK is not.
		return g.has(wire.FIN) && wire.Seq(g.tcp.Seq) != s.rcvNxt
	}
	seq := wire.Seq(g.tcp.Seq)
	if s.rcvNxt.Less(seq) {
		h.stats.TCPOFODrop++
		if h.net.tape != nil {
			h.net.tape.queueDrop(h, i, g, "out of order, and there is no queue for that yet: TCPOFODrop")
		}
		return true // a hole before it: the sender will repeat
	}
	if skip := uint32(s.rcvNxt - seq); skip >= g.len {
		return true // all of it is old
	} else {
		g.off, g.len = g.off+skip, g.len-skip
	}
	if !s.state.canReceive() {
		return true
	}
	if s.shut&shutRead != 0 && s.state != Established {
		// Nobody will ever read it: tell the peer (RFC 1122 §4.2.2.13; Linux
		// tcp_rcv_state_process, TCPAbortOnData).
		h.stats.TCPAbortOnData++
		h.sendReset(g)
		h.fail(i, s, ECONNRESET, "RFC 1122 §4.2.2.13: data for a socket that does not read any more")
		return false
	}
	if wnd := uint32(s.rcvAdv - s.rcvNxt); g.len > wnd {
		g.len = wnd
		g.tcp.Flags &^= wire.FIN
		if wnd == 0 {
			return true // a probe of our closed window
		}
	}
	h.queueData(i, s, g)
	return true
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
func (h *Host) queueData(i uint32, s *sock, g *segment) {
	t := h.busy(s)
	h.hang(&t.rcvHead, &t.rcvTail, skb{buf: g.buf, off: g.off, len: g.len})
	t.rcvBytes += g.len
	s.rcvNxt += wire.Seq(g.len)
	g.buf = 0
	if h.net.tape != nil {
		h.net.tape.received(h, s, g, t)
	}
	if int(t.rcvBytes) >= int(h.options(s).rcvLowat) || t.rcvBytes >= h.windowFull()/2 {
		h.wake(i, s, newsData)
	}
}

// finArrives is RFC 9293 §3.10.7.4, eighth.
func (h *Host) finArrives(i uint32, s *sock) {
	s.rcvNxt++
	s.flags |= flagEOF
	s.shut |= shutRead
	if s.rcvAdv.Less(s.rcvNxt) {
		s.rcvAdv = s.rcvNxt
	}
	switch s.state {
	case SynRecv, Established:
		h.setState(i, s, CloseWait, "RFC 9293 §3.10.7.4, eighth: FIN")
	case FinWait1: // our FIN is not acknowledged, or it would be FIN-WAIT-2 by now
		h.setState(i, s, Closing, "RFC 9293 §3.10.7.4, eighth, FIN-WAIT-1: FIN")
	case FinWait2:
		h.timeWait(i, s)
		return
	}
	h.wake(i, s, newsState)
}

// timeWait enters TIME-WAIT, or starts its 2 MSL again.
func (h *Host) timeWait(i uint32, s *sock) {
	if s.state == TimeWait {
		h.linger(i, s, h.limits.TimeWait)
		return
	}
	if s.refs > 0 {
		i, s = h.remember(i, s)
	}
	h.setState(i, s, TimeWait, "RFC 9293 §3.10.7.4: both FINs are acknowledged")
	if s.traffic != 0 {
		h.freeQueue(h.traffic.at(s.traffic).rcvHead)
		*h.traffic.at(s.traffic) = traffic{timer: h.traffic.at(s.traffic).timer}
	}
	h.linger(i, s, h.limits.TimeWait)
	h.traffic.at(s.traffic).rttStart = h.net.sim.Now() // since when: tcp_tw_reuse asks
	h.mark(s, false)
	h.regroup(i, s)
}

// remember makes a socket of its own for a connection in TIME-WAIT that a
// program still holds (tcp_time_wait): the program's socket is closed, the
// pair of addresses is not free yet.
func (h *Host) remember(i uint32, s *sock) (uint32, *sock) {
	k := h.socks.alloc()
	w := h.socks.at(k)
	*w = *s
	w.refs, w.waiters, w.traffic, w.err, w.link, w.owner = 0, 0, 0, 0, 0, 0
	w.flags &^= flagQueued | flagCrowd | flagCounted
	if w.opts != 0 {
		h.optionSlab.at(w.opts).refs++
	}
	h.conns.replace(connTag(s.laddr, s.raddr, s.lport, s.rport), i, k)
	s.flags &^= flagHashed
	if s.owner != 0 {
		o := h.ports.owners.at(s.owner)
		h.ports.buckets.at(o.bucket).count++
		h.join(k, w, o.bucket, h.how(w), o.auto)
	}
	h.setState(i, s, Closed, "tcp_time_wait: the program's end is closed, the pair of addresses waits")
	s.shut = shutBoth
	h.wake(i, s, newsState)
	h.done(i, s)
	return k, w
}

// linger keeps a finished connection for d.
func (h *Host) linger(i uint32, s *sock, d time.Duration) {
	t := h.busy(s)
	h.disarm(t)
	t.timer = h.net.sim.After(d, h.tcpTimer, uint64(i))
}

// fail ends a connection with an error for whoever asks next (tcp_reset).
// What has arrived before can still be read.
func (h *Host) fail(i uint32, s *sock, e Errno, why string) {
	s.err = uint8(e)
	h.setState(i, s, Closed, why)
	s.shut = shutBoth // tcp_done
	h.wake(i, s, newsState)
	h.wake(i, s, newsError)
	h.done(i, s)
}

// done takes a connection that is closed out of the kernel's tables, and the
// socket apart once no descriptor and no accept queue holds it (tcp_done).
func (h *Host) done(i uint32, s *sock) {
	h.unhash(i, s)
	if s.flags&flagPort == 0 {
		h.disown(s) // a port the program asked for stays its own until close
	}
	if s.refs == 0 && s.flags&flagQueued == 0 {
		h.disown(s)
		h.purge(s)
		h.dropOptions(s)
		h.waits -= int(bit(s.state == TimeWait))
		h.socks.release(i)
		return
	}
	h.purgeWrites(s)
}
