package sockets

import (
	"time"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// window is the receive window to offer now: the free part of the buffer. Its
// right edge never moves back (RFC 9293 §3.8.6), and it opens in steps of a
// segment or half the buffer, so that nobody is asked for crumbs (§3.8.6.2.2).
func (h *Host) window(s *sock) uint16 {
	full := h.windowFull()
	used := uint32(0)
	if s.traffic != 0 && s.state != Listen {
		used = h.traffic.at(s.traffic).rcvBytes
	}
	edge := s.rcvNxt
	if used < full {
		edge += wire.Seq(full - used)
	}
	if edge.Diff(s.rcvAdv) >= int(h.windowStep()) {
		s.rcvAdv = edge
	}
	return uint16(s.rcvAdv - s.rcvNxt)
}

// windowStep is the least by which the window opens.
func (h *Host) windowStep() uint32 { return min(uint32(h.limits.MSS), h.windowFull()/2) }

// output sends what may be sent now: data within the peer's window, then the
// FIN. It reports whether a segment went out. Called from write, close, and
// whenever an ACK has opened the window.
func (h *Host) output(i uint32, s *sock) (sent bool) {
	if s.traffic == 0 && s.flags&flagFinQueued == 0 || !s.state.IsSynchronized() || s.state == TimeWait {
		return false
	}
	fin := s.flags&flagFinQueued != 0 && s.flags&flagFinSent == 0
	if s.traffic == 0 && !fin {
		return false
	}
	t := h.busy(s)
	for {
		flight := uint32(s.sndNxt - s.sndUna)
		if s.flags&flagFinSent != 0 || t.lost {
			break
		}
		left := t.sndBytes - flight
		room := s.sndWnd - min(s.sndWnd, flight)
		n := min(left, h.burst(s, min(left, room)))
		if n > room {
			// Less than a segment's room while something is in flight: wait
			// (sender's silly window avoidance, RFC 9293 §3.8.6.2.1).
			if n = room; flight > 0 {
				n = 0
			}
		}
		// Nagle (RFC 9293 §3.7.4), as Linux has it (tcp_minshall_check): a
		// short segment waits for the ACK of another short one, unless
		// TCP_NODELAY is set or the FIN is behind it. TCP_CORK and MSG_MORE let
		// it wait for the next write.
		waits := s.sndUna.Less(t.short) && t.short.LessEq(s.sndNxt) && !h.options(s).noDelay
		if n < uint32(s.mss) && !fin && !t.push && (waits || t.more || h.options(s).cork) {
			n = 0
		}
		last := n == left && fin
		if n == 0 && !last {
			break
		}
		flags := wire.ACK
		if n > 0 && n == left {
			flags |= wire.PSH
		}
		if last {
			flags |= wire.FIN
			s.flags |= flagFinSent
		}
		h.time(t, s.sndNxt+wire.Seq(n))
		h.sendData(s, t, s.sndNxt, flight, n, flags)
		s.sndNxt += wire.Seq(n)
		if n < uint32(s.mss) {
			t.short = s.sndNxt
		}
		if last {
			s.sndNxt++
		}
		sent = true
	}
	if s.sndNxt != s.sndUna || t.sndBytes > 0 {
		h.arm(i, t) // also a closed window: the timer probes it
	}
	return sent
}

// sendData sends n bytes that lie at offset from in the write queue.
func (h *Host) sendData(s *sock, t *traffic, seq wire.Seq, from, n uint32, flags wire.Flags) {
	c := h.net.route(h, s.raddr)
	if c == nil {
		return
	}
	at := ipHeaders(s.raddr) + wire.TCPLen
	frame := h.net.frames.alloc(at + int(n))
	b := h.net.frames.of(frame)
	payload := b[at : at+int(n)]
	h.gather(t, from, payload)
	if n > uint32(s.mss) {
		h.gso = s.mss // the card cuts it
	}
	h.put(c, frame, s, seq, flags, nil, payload)
	h.gso = 0
}

// gather reads the write queue from an offset on into the card's memory: the
// card's DMA, no CPU copies.
func (h *Host) gather(t *traffic, from uint32, into []byte) {
	for k := t.sndHead; len(into) > 0; {
		b := h.skbs.at(k)
		if from >= b.len {
			from -= b.len
		} else {
			n := copy(into, h.mem.of(b.buf)[b.off+from:b.off+b.len])
			into, from = into[n:], 0
		}
		k = b.next
	}
}

// sendAck sends a segment without data that says where we are.
func (h *Host) sendAck(s *sock) { h.sendControl(s, s.sndNxt, wire.ACK) }

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
	h.sendAck(s)
}

// sendControl sends a segment without data. A SYN carries our options.
func (h *Host) sendControl(s *sock, seq wire.Seq, flags wire.Flags) {
	c := h.net.route(h, s.raddr)
	if c == nil {
		return
	}
	var options []byte
	if flags&wire.SYN != 0 {
		options = h.synOptions(h.maxSegment(s))
	}
	frame := h.net.frames.alloc(ipHeaders(s.raddr) + wire.TCPLen + len(options))
	h.put(c, frame, s, seq, flags, options, nil)
}

func (h *Host) synOptions(mss uint16) []byte {
	o := wire.NoTCPOptions
	o.MSS = mss
	return o.Append(h.opts[:0])
}

// put writes a connection's segment into a frame and hands it to the card.
func (h *Host) put(c *nic, frame bufRef, s *sock, seq wire.Seq, flags wire.Flags, options, payload []byte) {
	tcp := wire.TCP{SrcPort: s.lport, DstPort: s.rport, Seq: uint32(seq), Flags: flags, Options: options}
	if flags&wire.ACK != 0 {
		tcp.Ack = uint32(s.rcvNxt)
	}
	if s.state == SynSent {
		tcp.Window = uint16(h.windowFull())
	} else {
		tcp.Window = h.window(s)
	}
	if s.traffic != 0 && s.state != SynSent {
		if t := h.traffic.at(s.traffic); t.sndUrgent && seq.Less(t.sndUp) {
			tcp.Flags |= wire.URG
			tcp.Urgent = uint16(t.sndUp - seq)
		}
	}
	h.emit(c, frame, s.laddr, s.raddr, &tcp, payload)
}

// emit is the way down: TCP and IP header, frame, card.
func (h *Host) emit(c *nic, frame bufRef, from, to wire.Addr4, tcp *wire.TCP, payload []byte) {
	h.stats.OutSegs++
	if isSix(to) {
		at := ipHeaders(to)
		b := h.net.frames.of(frame)
		n := tcp.HeaderLen() + len(payload)
		copy(b[at+tcp.HeaderLen():], payload)
		tcp.Put(b[at:], h.pseudo(from, to, wire.ProtoTCP, n), b[at+tcp.HeaderLen():at+n])
		h.ipSend(c, frame, outgoing{src: from, dst: to, proto: wire.ProtoTCP}, n)
		return
	}
	ip := wire.IPv4{TTL: ttl, DF: true, Src: from, Dst: to}
	n := wire.PutTCP4(h.net.frames.of(frame), c.ethernetTo(), &ip, tcp, payload)
	if h.net.tape != nil {
		h.net.tape.frame(h, StationOut, h.net.frames.of(frame)[:n], "")
	}
	h.sendOut(c, frame, false, n)
}

// sendSynAck answers the SYN of a half-open connection.
func (h *Host) sendSynAck(q *request) { h.answerRequest(q, wire.SYN|wire.ACK) }

// answerRequest sends a half-open connection's SYN-ACK, or a plain ACK.
func (h *Host) answerRequest(q *request, flags wire.Flags) {
	c := h.net.route(h, q.raddr)
	if c == nil {
		return
	}
	tcp := wire.TCP{SrcPort: q.lport, DstPort: q.rport, Seq: uint32(q.iss), Ack: uint32(q.irs + 1),
		Flags: flags, Window: uint16(h.windowFull())}
	if flags&wire.SYN != 0 {
		tcp.Options = h.synOptions(h.maxSegment(h.socks.at(q.listener)))
	} else {
		tcp.Seq++
	}
	frame := h.net.frames.alloc(ipHeaders(q.raddr) + wire.TCPLen + len(tcp.Options))
	h.emit(c, frame, q.laddr, q.raddr, &tcp, nil)
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
	h.emit(c, h.net.frames.alloc(ipHeaders(g.ip.Src)+wire.TCPLen), g.ip.Dst, g.ip.Src, &tcp, nil)
}

// abort ends a connection with a reset (RFC 9293 §3.10.5).
func (h *Host) abort(i uint32, s *sock, why string) {
	if s.state.IsSynchronized() && s.state != TimeWait || s.state == SynRecv {
		h.stats.OutRsts++
		h.sendControl(s, s.sndNxt, wire.RST|wire.ACK)
	}
	h.setState(i, s, Closed, why)
	h.done(i, s)
}
