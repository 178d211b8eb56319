package sockets

import (
	"time"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// window is the receive window to offer now: the free part of the buffer. Its
// right edge never moves back (RFC 9293 §3.8.6), and it opens in steps of a
// segment or half the buffer, so that nobody is asked for crumbs (§3.8.6.2.2).
//
// A scaled window is told rounded up, or its last bytes could not be used
// (tcp_select_window).
func (h *Host) window(s *sock) uint16 {
	shift := s.recvShift()
	if s.traffic == 0 {
		return uint16(h.fullWindow(s) >> shift)
	}
	t := h.traffic.at(s.traffic)
	if w := h.openWindow(s, t); (s.rcvNxt + wire.Seq(w)).Diff(t.rcvAdv) > 0 {
		t.rcvAdv = s.rcvNxt + wire.Seq(w)
	}
	t.rcvWup = s.rcvNxt
	h.ackSentNow(s, t)
	w := min((uint32(t.rcvAdv-s.rcvNxt)+1<<shift-1)>>shift, 65535)
	t.rcvAdv = s.rcvNxt + wire.Seq(w<<shift)
	return uint16(w)
}

// openWindow is the window that the free part of the buffer is worth
// (__tcp_select_window): nothing, if that is less than a segment or a
// sixteenth of the buffer (RFC 9293 §3.8.6.2.2).
func (h *Host) openWindow(s *sock, t *traffic) uint32 {
	full := h.fullWindow(s)
	if t.rcvGrown > 0 {
		full = max(full, min(t.rcvGrown/2, 65535<<s.recvShift()))
	}
	free := full - min(full, t.rcvBytes)
	mss := min(uint32(t.rcvMSS), full)
	shift := s.recvShift()
	if free < full/2 {
		s.acks &^= ackQuick
		free &^= 1<<shift - 1
		if free < full/16 || free < mss {
			return 0
		}
	}
	if shift > 0 {
		return (free + 1<<shift - 1) &^ (1<<shift - 1)
	}
	now := uint32(t.rcvAdv - s.rcvNxt)
	switch {
	case int(now) <= int(free)-int(mss) || now > free:
		return free - free%mss
	case mss == full && free > now+full/2:
		return free
	}
	return now
}

// pushMode is why data is sent.
type pushMode uint8

const (
	pushOut   pushMode = iota
	pushAll            // without Nagle: a probe after a timeout (TCP_NAGLE_OFF)
	pushProbe          // one segment beyond the congestion window: a tail loss probe
	pushForce          // one segment, even a part: the window was too small for long
)

// output sends what may be sent now, and reports whether a segment went out.
// Called from write, close, and whenever an ACK has opened a window.
func (h *Host) output(i uint32, s *sock) bool {
	if s.traffic == 0 && s.flags&flagFinQueued == 0 || !s.state.IsSynchronized() || s.state == TimeWait {
		return false
	}
	if s.traffic == 0 && s.flags&flagFinSent != 0 {
		return false
	}
	return h.write(i, s, pushOut)
}

// payload is how many bytes of data a segment holds now: SACK blocks take
// their part (tcp_current_mss).
func (h *Host) payload(s *sock, t *traffic) uint32 {
	n := uint32(t.mss)
	if t.holes != 0 {
		var o wire.TCPOptions
		o.Timestamps = s.flags&flagTS != 0
		if h.sackOptions(s, t, &o); o.SACKCount > 0 {
			n -= 4 + 8*uint32(o.SACKCount)
		}
	}
	return n
}

// write sends data as far as both windows allow, then the FIN
// (tcp_write_xmit): the peer's (RFC 9293 §3.8.4) and the network's (RFC 5681
// §3.1).
func (h *Host) write(i uint32, s *sock, mode pushMode) (any bool) {
	t := h.busy(s)
	c := h.net.route(h, s.raddr)
	h.acting = i
	limited := false
	before := t.packetsOut
	for s.flags&flagFinSent == 0 && c != nil {
		quota := int(t.cwnd) - t.inFlight()
		if quota <= 0 {
			if limited = true; mode != pushProbe {
				break
			}
			quota = 1
		}
		n, last := h.next(s, t, mode, uint32(quota), any)
		if n == 0 && !last {
			break
		}
		flags := wire.ACK
		if n > 0 && n == t.sndBytes-uint32(t.sndNxt-s.sndUna) {
			flags |= wire.PSH
		}
		seq := t.sndNxt
		end := seq + wire.Seq(n)
		if last {
			flags |= wire.FIN
			s.flags |= flagFinSent
			end++
		}
		segs := uint16(max(1, (n+uint32(t.mss)-1)/uint32(t.mss)))
		if n > 0 {
			h.sentData(s, t)
		}
		h.record(t, seq, end, segs, last)
		h.sendData(s, t, seq, uint32(seq-s.sndUna), n, flags)
		t.sndNxt = end
		if n > 0 {
			h.stats.TCPOrigDataSent += uint64(segs)
		}
		if n < uint32(segs)*uint32(t.mss) {
			t.short = seq + wire.Seq(n)
		}
		if any = true; t.reduces() {
			t.prrOut += uint32(segs)
		}
		if mode == pushProbe || mode == pushForce {
			break
		}
	}
	limited = limited || t.inFlight() >= int(t.cwnd)
	if any || limited {
		h.validate(s, t, limited)
	}
	h.armAfter(i, s, t, any, before, mode)
	return any
}

// next is how many bytes the next hand-over has, and whether the FIN goes with
// them.
func (h *Host) next(s *sock, t *traffic, mode pushMode, quota uint32, more bool) (n uint32, last bool) {
	flight := uint32(t.sndNxt - s.sndUna)
	left := t.sndBytes - flight
	mss := h.payload(s, t)
	room := s.sndWnd() - min(s.sndWnd(), flight)
	n = min(left, h.burst(s, t, min(left, room, quota*mss)))
	fin := s.flags&flagFinQueued != 0
	if n > room {
		// Not a crumb less than what the segment has: sender's silly window
		// avoidance (RFC 9293 §3.8.6.2.1; tcp_snd_wnd_test). After a while a
		// part goes all the same (tcp_write_wakeup), and behind a whole one at
		// once, unless Nagle holds it (tcp_mss_split_point).
		n = room / mss * mss
		if n == 0 && (mode == pushForce || more && !h.nagleHolds(s, t)) {
			n = room
		}
		if n == 0 {
			return 0, false
		}
	}
	last = fin && n == left
	// Nagle (RFC 9293 §3.7.4), as Linux has it (tcp_minshall_check): a short
	// segment waits for the ACK of another short one, unless TCP_NODELAY is set
	// or the FIN is behind it, or there is urgent data. TCP_CORK and MSG_MORE
	// let it wait for the next write.
	if n < mss && !last && mode == pushOut && n == left && !t.sndUrgent && (h.nagleHolds(s, t) || t.more) {
		return 0, false
	}
	return n, last
}

// nagleHolds reports whether a short segment has to wait.
func (h *Host) nagleHolds(s *sock, t *traffic) bool {
	o := h.options(s)
	return o.cork || !o.noDelay && s.sndUna.Less(t.short) && t.short.LessEq(t.sndNxt)
}

// armAfter starts the timer that what was sent, or could not be sent, needs.
func (h *Host) armAfter(i uint32, s *sock, t *traffic, any bool, before uint32, mode pushMode) {
	switch {
	case any:
		// A tail loss probe takes the timer's place; the kernel sets both.
		if mode != pushProbe && h.scheduleProbe(i, s, t, false) {
			return
		}
		if before == 0 || t.timer == 0 || t.timerKind == timerTail {
			h.rearm(i, s, t)
		}
	case t.packetsOut == 0 && t.sndBytes > 0 && t.timer == 0:
		h.setTimer(i, t, timerWindow, t.rto) // the peer's window is closed, or a cork is in
	}
}

// sendData sends n bytes that lie at offset from in the write queue.
func (h *Host) sendData(s *sock, t *traffic, seq wire.Seq, from, n uint32, flags wire.Flags) {
	c := h.net.route(h, s.raddr)
	if c == nil {
		return
	}
	options := h.segmentOptions(s)
	at := ipHeaders(s.raddr) + wire.TCPLen + len(options)
	frame := h.net.frames.alloc(at + int(n))
	b := h.net.frames.of(frame)
	payload := b[at : at+int(n)]
	h.gather(t, from, payload)
	if mss := h.payload(s, t); n > mss {
		h.gso = uint16(mss) // the card cuts it
	}
	h.put(c, frame, s, seq, flags, options, payload)
	h.gso = 0
}

// gather reads the write queue from an offset on into the card's memory: the
// card's DMA, no CPU copies. It begins where it was last, for what is sent
// follows what was sent.
func (h *Host) gather(t *traffic, from uint32, into []byte) {
	k, skip := t.sndHead, uint32(0)
	if t.cur != 0 && from >= t.curSkip {
		k, skip = t.cur, t.curSkip
	}
	from -= skip
	for len(into) > 0 {
		b := h.skbs.at(k)
		if from >= b.len {
			from, skip = from-b.len, skip+b.len
		} else {
			n := copy(into, h.mem.of(b.buf)[b.off+from:b.off+b.len])
			t.cur, t.curSkip = k, skip
			into, from, skip = into[n:], 0, skip+b.len
		}
		k = b.next
	}
}

// sendAck sends a segment without data that says where we are.
func (h *Host) sendAck(s *sock) { h.sendControl(s, h.nxt(s), wire.ACK) }

// Two ends that disagree about the numbers would answer each other's ACKs for
// ever. So a connection sends one such answer in 500 ms
// (net.ipv4.tcp_invalid_ratelimit).
const ackRate = sim.Time(500 * time.Millisecond)

// ackSent remembers when a connection last sent such an answer, in a few
// places of the host and not in each socket. Two connections in one place only
// forget each other's.
type ackSent struct {
	tag uint32
	at  sim.Time // 0: never
}

// tooSoon reports whether a connection has answered within the last 500 ms;
// if not, it does so now.
func (h *Host) tooSoon(tag uint32) bool {
	last := &h.acks[tag%uint32(len(h.acks))]
	now := h.net.sim.Now()
	if last.tag == tag && last.at > 0 && now-last.at < ackRate {
		return true
	}
	*last = ackSent{tag, max(1, now)}
	return false
}

// challenge asks the peer of a dubious segment to show that it knows where we
// are (RFC 5961; Linux tcp_send_challenge_ack).
func (h *Host) challenge(s *sock) {
	if h.tooSoon(connTag(s.laddr, s.raddr, s.lport, s.rport)) {
		h.stats.TCPACKSkippedChallenge++
		return
	}
	h.stats.TCPChallengeACK++
	h.sendAck(s)
}

// sendDupAck answers a segment outside of the window. One with data or a FIN
// is no part of an ACK loop, and is always answered (tcp_oow_rate_limited).
func (h *Host) sendDupAck(s *sock, g *segment) {
	loop := g.end() == wire.Seq(g.tcp.Seq) || g.has(wire.SYN)
	if loop && h.tooSoon(connTag(s.laddr, s.raddr, s.lport, s.rport)) {
		h.stats.TCPACKSkippedSeq++
		return
	}
	if seq := wire.Seq(g.tcp.Seq); seq != g.end() && seq.Less(s.rcvNxt) && s.state != TimeWait && s.proto == protoTCP && s.traffic != 0 {
		// Data that came before: our ACK was lost, or is late (tcp_send_dupack).
		t := h.traffic.at(s.traffic)
		h.stats.DelayedACKLost++
		h.enterQuick(s, t, maxQuick)
		h.tellTwice(s, t, seqRange{seq, seqMin(g.end(), s.rcvNxt)})
	}
	h.sendAck(s)
}

// sendControl sends a segment without data. A SYN carries our options.
func (h *Host) sendControl(s *sock, seq wire.Seq, flags wire.Flags) {
	c := h.net.route(h, s.raddr)
	if c == nil {
		return
	}
	options := h.segmentOptions(s)
	if flags&wire.SYN != 0 {
		options = h.synOptions(s, flags)
	}
	frame := h.net.frames.alloc(ipHeaders(s.raddr) + wire.TCPLen + len(options))
	h.put(c, frame, s, seq, flags, options, nil)
}

// synOptions are the options of a SYN: what we offer, or, where the peer's SYN
// has come first, what both agree on.
func (h *Host) synOptions(s *sock, flags wire.Flags) []byte {
	o := h.offer(s, h.maxSegment(s))
	if flags&wire.ACK != 0 {
		o.SACKPermitted = s.flags&flagSACK != 0
		if o.Timestamps = s.flags&flagTS != 0; o.Timestamps {
			o.TSEcr = s.tsRecent
		}
		if s.shifts == 0 {
			o.WindowScale = -1
		}
	}
	return o.Append(h.opts[:0])
}

// put writes a connection's segment into a frame and hands it to the card.
func (h *Host) put(c *nic, frame bufRef, s *sock, seq wire.Seq, flags wire.Flags, options, payload []byte) {
	tcp := wire.TCP{SrcPort: s.lport, DstPort: s.rport, Seq: uint32(seq), Flags: flags, Options: options}
	if flags&wire.ACK != 0 {
		tcp.Ack = uint32(s.rcvNxt)
	}
	if flags&wire.SYN != 0 {
		tcp.Window = uint16(min(h.firstWindow(s), 65535))
	} else {
		tcp.Window = h.window(s)
	}
	if s.traffic != 0 && s.state != SynSent {
		if t := h.traffic.at(s.traffic); t.sndUrgent && seq.Less(t.sndUp) {
			tcp.Flags |= wire.URG
			tcp.Urgent = uint16(t.sndUp - seq)
		}
	}
	tos := h.ecnSends(s, &tcp, len(payload) > 0 && !seq.Less(h.nxt(s)))
	h.hint = h.hintOf(s)
	h.emit(c, frame, s.laddr, s.raddr, tos, &tcp, payload)
	h.hint = hint{}
}

// emit is the way down: TCP and IP header, frame, card.
func (h *Host) emit(c *nic, frame bufRef, from, to wire.Addr4, tos uint8, tcp *wire.TCP, payload []byte) {
	h.stats.OutSegs++
	if isSix(to) {
		at := ipHeaders(to)
		b := h.net.frames.of(frame)
		n := tcp.HeaderLen() + len(payload)
		copy(b[at+tcp.HeaderLen():], payload)
		tcp.Put(b[at:], h.pseudo(from, to, wire.ProtoTCP, n), b[at+tcp.HeaderLen():at+n])
		h.ipSend(c, frame, outgoing{src: from, dst: to, proto: wire.ProtoTCP, tos: tos}, n)
		return
	}
	ip := wire.IPv4{TOS: tos, TTL: ttl, DF: true, Src: from, Dst: to}
	n := 0
	if h.gso != 0 && c.taps == nil { // a capture is for others' eyes
		n = putLarge(h.net.frames.of(frame), c.ethernetTo(), &ip, tcp, len(payload))
	} else {
		n = wire.PutTCP4(h.net.frames.of(frame), c.ethernetTo(), &ip, tcp, payload)
	}
	if h.net.tape != nil {
		h.net.tape.frame(h, StationOut, h.net.frames.of(frame)[:n], "")
	}
	h.sendOut(c, frame, false, n)
}

// sendSynAck answers the SYN of a half-open connection.
func (h *Host) sendSynAck(q *request) { h.answerRequest(q, wire.SYN|wire.ACK, false) }

// answerRequest sends a half-open connection's SYN-ACK, or a plain ACK.
func (h *Host) answerRequest(q *request, flags wire.Flags, cookie bool) {
	c := h.net.route(h, q.raddr)
	if c == nil {
		return
	}
	tcp := wire.TCP{SrcPort: q.lport, DstPort: q.rport, Seq: uint32(q.iss), Ack: uint32(q.irs + 1),
		Flags: flags, Window: uint16(min(q.window(h), 65535))}
	o := q.options(h)
	if q.ecn() && flags&wire.SYN != 0 { // RFC 3168 §6.1.1: agreed
		tcp.Flags |= wire.ECE
	}
	if flags&wire.SYN == 0 {
		tcp.Seq++
		o.MSS, o.WindowScale, o.SACKPermitted = 0, -1, false
		tcp.Window >>= q.shifts >> 4
	}
	if cookie && q.stamps {
		o.TSVal = h.cookieStamp(q)
	}
	tcp.Options = o.Append(h.opts[:0])
	frame := h.net.frames.alloc(ipHeaders(q.raddr) + wire.TCPLen + len(tcp.Options))
	h.hint.to = q.peer
	if i := h.acting; i&requestRef != 0 && i&^requestRef < h.requests.next && h.requests.at(i&^requestRef) == q {
		h.hint.from = i
	}
	h.emit(c, frame, q.laddr, q.raddr, ecnNone, &tcp, nil)
	h.hint = hint{}
}

// sendReset answers a segment that belongs to nothing (RFC 9293 §3.10.7.1). A
// reset is never answered.
func (h *Host) sendReset(g *segment) {
	if g.has(wire.RST) {
		return
	}
	c := h.net.route(h, g.ip.Src)
	if c == nil {
		return
	}
	tcp := wire.TCP{SrcPort: g.tcp.DstPort, DstPort: g.tcp.SrcPort}
	if g.has(wire.ACK) {
		tcp.Seq, tcp.Flags = g.tcp.Ack, wire.RST
	} else {
		tcp.Ack, tcp.Flags = uint32(g.end()), wire.RST|wire.ACK
	}
	h.stats.OutRsts++
	h.emit(c, h.net.frames.alloc(ipHeaders(g.ip.Src)+wire.TCPLen), g.ip.Dst, g.ip.Src, ecnNone, &tcp, nil)
}

// abort ends a connection with a reset (RFC 9293 §3.10.5).
func (h *Host) abort(i uint32, s *sock, why string) {
	if s.state.IsSynchronized() && s.state != TimeWait || s.state == SynRecv {
		h.stats.OutRsts++
		h.sendControl(s, h.nxt(s), wire.RST|wire.ACK)
	}
	h.setState(i, s, Closed, why)
	h.done(i, s)
}
