package sockets

import (
	"time"

	"socketbook/sockets/wire"
)

// How a connection ends: FIN, TIME-WAIT, reset, timeout.

// finArrives is RFC 9293 §3.10.7.4, eighth.
func (h *Host) finArrives(i uint32, s *sock) {
	s.rcvNxt++
	s.flags |= flagEOF
	s.shut |= shutRead
	if s.traffic != 0 {
		t := h.traffic.at(s.traffic)
		if t.rcvAdv.Less(s.rcvNxt) {
			t.rcvAdv = s.rcvNxt
		}
		if t.holes != 0 { // nothing comes after the end (tcp_fin)
			o := h.holes.at(t.holes)
			h.freeQueue(o.head)
			*o = holes{dsack: o.dsack, hasDSACK: o.hasDSACK}
			h.dropHoles(t)
		}
	}
	switch s.state {
	case SynRecv, Established:
		s.acks |= ackPingPong // the ACK waits for our FIN to ride on (tcp_fin)
		h.setState(i, s, CloseWait, "RFC 9293 §3.10.7.4, eighth: FIN")
	case FinWait1: // our FIN is not acknowledged, or it would be FIN-WAIT-2 by now
		h.sendAck(s)
		h.setState(i, s, Closing, "RFC 9293 §3.10.7.4, eighth, FIN-WAIT-1: FIN")
	case FinWait2:
		h.sendAck(s)
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
		t := h.traffic.at(s.traffic)
		nxt, adv := t.sndNxt, t.rcvAdv
		h.purge(s)
		t = h.busy(s)
		t.sndNxt, t.rcvAdv = nxt, adv
	}
	h.linger(i, s, h.limits.TimeWait)
	h.traffic.at(s.traffic).since = h.net.sim.Now() // tcp_tw_reuse asks
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
		o := h.ports.owner(s.owner)
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
	h.stopKeepalive(t)
	t.timer, t.timerKind = h.net.sim.After(d, h.tcpTimer, uint64(i)), timerRTO
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

// timeWaitSegment is RFC 9293 §3.10.7.4 for TIME-WAIT, as Linux has it
// (tcp_timewait_state_process).
func (h *Host) timeWaitSegment(i uint32, s *sock, g *segment) {
	seq := wire.Seq(g.tcp.Seq)
	old := h.oldTS(s, g, 0)
	stamped := s.flags&flagTS != 0 && g.opt.Timestamps
	newer := stamped && int32(s.tsRecent-g.opt.TSVal) < 0
	switch {
	case !old && seq == s.rcvNxt && g.has(wire.RST):
		// A late reset ends it early, the "assassination" of RFC 1337: Linux
		// lets it happen, unless net.ipv4.tcp_rfc1337 is set.
		if !h.sys.rfc1337 {
			h.setState(i, s, Closed, "RFC 9293 §3.10.7.4, second, TIME-WAIT: RST")
			h.done(i, s)
		}
		return
	case !old && seq == s.rcvNxt && g.end() == seq:
		h.timeWait(i, s) // an ACK out of the past: 2 MSL anew
		if stamped {
			h.remembersTS(s, g.opt.TSVal)
		}
		return
	case g.has(wire.RST):
		return
	case !old && g.has(wire.SYN) && !g.has(wire.ACK) && (s.rcvNxt.Less(seq) || newer):
		// A new connection may take its place, if its numbers lie beyond the
		// old ones (RFC 9293 §3.6.1) or its clock has gone on (RFC 6191 §2);
		// and our numbers shall lie beyond the old ones, too.
		if li := h.listenerAt(g.ip.Dst, g.tcp.DstPort, h.keyed(g.ip.Dst, g.ip.Src, g.tcp.DstPort, g.tcp.SrcPort, 0)); li != 0 {
			iss := h.nxt(s) + 65535 + 2
			h.setState(i, s, Closed, "RFC 9293 §3.6.1: a new SYN beyond the old sequence numbers")
			h.done(i, s)
			h.synArrives(li, g, iss)
			return
		}
	}
	if old {
		h.stats.PAWSTimewait++
	}
	if g.has(wire.ACK) || old {
		h.timeWait(i, s) // the peer has not seen our last ACK: 2 MSL anew
	}
	h.sendDupAck(s, g)
}
