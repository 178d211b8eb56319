package sockets

import "socketbook/sockets/wire"

// room is how many bytes the send buffer still takes.
func (h *Host) room(s *sock) int {
	used := 0
	if s.traffic != 0 {
		used = int(h.traffic.at(s.traffic).sndBytes)
	}
	return max(0, h.sndBuf(s)-used)
}

// sndBuf is the bound of the send buffer in bytes of data. What SO_SNDBUF set
// counts the kernel's own cost as well, as much again.
func (h *Host) sndBuf(s *sock) int {
	if o := h.options(s); o.sndBufLock {
		return int(o.sndBuf) / 2
	}
	return h.grownSndBuf(s)
}

// loMSS is the segment size of the device lo, whose MTU is 65,536
// (drivers/net/loopback.c).
const loMSS = 65495

// grownSndBuf is sk_sndbuf of a socket that nobody set it for: once connected
// it has room for two initial windows of ten segments, each with its costs and
// rounded up as the kernel allocates. That is 87,040 bytes on Ethernet and
// 2,626,560 on lo. It grows with the congestion window.
func (h *Host) grownSndBuf(s *sock) int {
	if s.flags&flagWasOpen == 0 {
		return h.limits.Wmem
	}
	n := h.sndBufFor(s, initialWindow)
	if s.traffic != 0 && s.state != Listen {
		n = max(n, int(h.traffic.at(s.traffic).sndGrown))
	}
	return n
}

// sndBufFor is room for two windows of so many segments, within
// net.ipv4.tcp_wmem (tcp_sndbuf_expand).
func (h *Host) sndBufFor(s *sock, window uint32) int {
	const header = 320 // MAX_TCP_HEADER
	mss := max(int(s.mss), int(h.maxSegment(s)))
	return max(h.limits.Wmem, min(2*int(window)*truesize(mss+header), int(h.sys.tcpWmem[2])))
}

// growSndBuf grows the send buffer of somebody who found it full while the
// congestion window had room (tcp_should_expand_sndbuf, tcp_new_space).
func (h *Host) growSndBuf(s *sock) {
	if s.traffic == 0 || s.state == Listen || h.options(s).sndBufLock {
		return
	}
	if t := h.traffic.at(s.traffic); t.inFlight() < int(t.cwnd) {
		t.sndGrown = max(t.sndGrown, uint32(h.sndBufFor(s, max(initialWindow, t.cwnd, t.reordering+1))))
	}
}

// rcvBuf is the receive buffer, as the kernel counts.
func (h *Host) rcvBuf(s *sock, t *traffic) uint32 {
	return max(uint32(h.options(s).rcvBuf), t.rcvGrown)
}

// receiverRTT measures a round trip as the receiver sees it: by echoed
// timestamps, or by the time a window takes (tcp_rcv_rtt_measure_ts,
// tcp_rcv_rtt_measure).
func (h *Host) receiverRTT(s *sock, t *traffic, g *segment) {
	now := h.net.sim.Now()
	if t.rcvRTTAt == 0 || !s.rcvNxt.Less(t.rcvRTTSeq) {
		if t.rcvRTTAt != 0 {
			if m := max(1, micros(now.Sub(t.rcvRTTAt))) << 3; t.rcvRTT == 0 || m < t.rcvRTT {
				t.rcvRTT = m
			}
		}
		t.rcvRTTSeq, t.rcvRTTAt = t.rcvAdv, max(1, now)
	}
	if s.flags&flagTS == 0 || !g.opt.Timestamps || g.opt.TSEcr == t.rcvEcho || g.len < uint32(t.rcvMSS) {
		return
	}
	t.rcvEcho = g.opt.TSEcr
	if ms := int32(h.tsClock(s.laddr, s.raddr) - g.opt.TSEcr); ms > 0 && ms < 1<<20 {
		if m := uint32(ms) * 1000; t.rcvRTT == 0 || m<<3 < t.rcvRTT {
			t.rcvRTT = m << 3
		} else if t.rcvBytes == 0 {
			t.rcvRTT += m - t.rcvRTT>>3
		}
	}
}

// tuneReceive grows the receive buffer with what the program reads in a round
// trip, so that the window never holds a sender back that is read
// (tcp_rcv_space_adjust, tcp_rcvbuf_grow: dynamic right-sizing).
func (h *Host) tuneReceive(s *sock, t *traffic, copied int) {
	now := h.net.sim.Now()
	t.rcvRead += uint32(copied)
	if t.rcvMarkAt == 0 {
		t.rcvMarkAt, t.rcvSpace = max(1, now), min(h.fullWindow(s), initialWindow*uint32(h.maxSegment(s)))
	}
	if t.rcvRTT == 0 || micros(now.Sub(t.rcvMarkAt)) < t.rcvRTT>>3 {
		return
	}
	if got := t.rcvRead - t.rcvMark; got > t.rcvBytes && got-t.rcvBytes > t.rcvSpace {
		h.growRcvBuf(s, t, got-t.rcvBytes)
	}
	t.rcvMark, t.rcvMarkAt = t.rcvRead, now
}

// growRcvBuf makes room for twice of what was read, and more where the sender
// is still speeding up.
func (h *Host) growRcvBuf(s *sock, t *traffic, space uint32) {
	const lowRTT = 1000 // µs: net.ipv4.tcp_rcvbuf_low_rtt
	old := uint64(max(1, t.rcvSpace))
	t.rcvSpace = space
	if !h.sys.tuneRcvbuf || h.options(s).rcvBufLock {
		return
	}
	win := 2 * uint64(space)
	if rtt := uint64(t.rcvRTT >> 3); rtt < lowRTT {
		win += win * rtt / lowRTT
	} else {
		win += 2 * win * (uint64(space) - old) / old
	}
	if h.hasHoles(t) {
		win += uint64(h.skbs.at(h.holes.at(t.holes).tail).span().end - s.rcvNxt)
	}
	if buf := uint32(min(2*win, uint64(h.sys.tcpRmem[2]))); buf > h.rcvBuf(s, t) {
		t.rcvGrown = buf
	}
}

// copyOut reads for a crowd: what there is, without waiting.
func (h *Host) copyOut(i uint32, s *sock, buf []byte) int {
	n := h.take(s, buf, len(buf), 0, false)
	h.stats.BytesCopiedUp += uint64(n)
	h.afterRead(i, s, n, false)
	return n
}

// copyIn is the copy on the way down: from the program's memory into the send
// buffer, as far as there is room. Then it sends what may be sent.
func (h *Host) copyIn(i uint32, s *sock, data []byte, flags int, p *Process) int {
	all := len(data)
	data = data[:min(all, h.room(s))]
	if len(data) == 0 {
		return 0
	}
	t := h.busy(s)
	for rest := data; len(rest) > 0; {
		rest = rest[h.appendData(t, rest):]
	}
	if flags&MSG_OOB != 0 && len(data) == all {
		t.sndUrgent, t.sndUp = true, s.sndUna+wire.Seq(t.sndBytes) // its last byte is urgent: tcp_mark_urg
	}
	t.more = flags&MSG_MORE != 0
	h.stats.BytesCopiedDown += uint64(len(data))
	if h.net.tape != nil {
		h.net.tape.copied(h, p, s, len(data), "write")
	}
	h.output(i, s)
	t.more = false // it holds for this push alone: the next ACK sends what is left (tcp_push)
	return len(data)
}

// appendData puts bytes behind the last of the write queue: into its buffer
// while that has room, else into a new one. It reports how many.
func (h *Host) appendData(t *traffic, data []byte) int {
	if t.sndTail != 0 {
		b := h.skbs.at(t.sndTail)
		if mem := h.mem.of(b.buf); int(b.off+b.len) < len(mem) {
			n := copy(mem[b.off+b.len:], data)
			b.len += uint32(n)
			t.sndBytes += uint32(n)
			return n
		}
	}
	h.restart(t) // tcp_skb_entail
	n := min(len(data), 1<<16)
	b := skb{buf: h.mem.alloc(n), len: uint32(n)}
	copy(h.mem.of(b.buf), data[:n])
	h.hang(&t.sndHead, &t.sndTail, b)
	t.sndBytes += uint32(n)
	return n
}
