package sockets

import (
	"time"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// Delayed acknowledgements (RFC 9293 §3.8.6.3, RFC 1122 §4.2.3.2): an ACK waits
// a little for data to ride on, and every second full segment is acknowledged
// at once. At the beginning of a connection, and after trouble, Linux
// acknowledges everything at once ("quickack"), so that the sender's window
// grows; where data goes to and fro ("pingpong") it waits.
const (
	atoMin      = 40_000  // µs: include/net/tcp.h TCP_ATO_MIN, TCP_DELACK_MIN
	delackMax   = 200_000 // TCP_DELACK_MAX
	maxQuick    = 16      // TCP_MAX_QUICKACKS
	timerLeast  = 2_000   // TCP_TIMEOUT_MIN_US
	leastRcvMSS = 88      // TCP_MIN_MSS
)

// ackFlags are inet_csk(sk)->icsk_ack.pending.
type ackFlags uint8

const (
	ackWanted  ackFlags = 1 << iota // there is something to acknowledge
	ackPushed                       // a short segment came, the end of a write
	ackPushed2                      // and another
	ackNow                          // once, at once
)

// heardData is bookkeeping for data that has come in order
// (tcp_event_data_recv).
func (h *Host) heardData(s *sock, t *traffic, g *segment, n uint32) {
	t.pending |= ackWanted
	h.measureMSS(s, t, g, n)
	now := h.net.sim.Now()
	if s.acks&ackBegun == 0 {
		h.quicken(s, t, maxQuick)
		s.acks |= ackBegun
		t.ato = atoMin
	} else if t.ato == 0 {
		t.ato = atoMin // the traffic is new, the connection is not
	} else if gap := micros(now.Sub(t.lastRcv)); gap <= atoMin/2 {
		t.ato = t.ato/2 + atoMin/2
	} else if gap < t.ato {
		t.ato = min(t.ato/2+gap, t.rto)
	} else if gap > t.rto {
		h.quicken(s, t, maxQuick) // the sender has begun slowly again
	}
	t.lastRcv = max(1, now)
	h.ecnArrives(s, t, g)
}

// measureMSS guesses how large the peer's segments are (tcp_measure_rcv_mss),
// and whether this one ends a write.
func (h *Host) measureMSS(s *sock, t *traffic, g *segment, n uint32) {
	if n >= uint32(t.rcvMSS) {
		t.rcvMSS = uint16(min(n, uint32(h.maxSegment(s))))
		if g.has(wire.PSH) {
			t.pending |= ackPushed
		}
		return
	}
	last := t.lastSize
	t.lastSize = 0
	if len := n + uint32(g.tcp.HeaderLen()); len >= mssDefault+wire.TCPLen || len >= leastRcvMSS+wire.TCPLen && !g.has(wire.PSH|wire.FIN|wire.URG|wire.SYN|wire.RST) {
		t.lastSize = uint16(n)
		if t.lastSize == last {
			t.rcvMSS = uint16(n)
			return
		}
	}
	if t.pending&ackPushed != 0 {
		t.pending |= ackPushed2
	}
	t.pending |= ackPushed
}

// quicken lets the next ACKs go out at once (tcp_incr_quickack).
func (h *Host) quicken(s *sock, t *traffic, most uint32) {
	n := uint32(t.rcvAdv-s.rcvNxt) / (2 * uint32(max(1, t.rcvMSS)))
	if n == 0 {
		n = 2
	}
	if n = min(n, most); n > uint32(s.acks&ackQuick) {
		s.acks = s.acks&^ackQuick | ackMode(n)
	}
}

// enterQuick is the same after trouble: no waiting for answers either
// (tcp_enter_quickack_mode).
func (h *Host) enterQuick(s *sock, t *traffic, most uint32) {
	h.quicken(s, t, most)
	s.acks &^= ackPingPong
	t.ato = atoMin
}

// checkAck decides, at the end of a segment, whether to acknowledge now or
// later (tcp_ack_snd_check).
func (h *Host) checkAck(i uint32, s *sock) {
	if s.traffic == 0 {
		return
	}
	t := h.traffic.at(s.traffic)
	switch {
	case t.pending&ackWanted == 0: // data has carried it
	case uint32(s.rcvNxt-t.rcvWup) > uint32(t.rcvMSS) && (int(t.rcvBytes) < int(h.options(s).rcvLowat) || h.openWindow(s, t) >= uint32(t.rcvAdv-s.rcvNxt)),
		s.acks&ackQuick != 0 && s.acks&ackPingPong == 0,
		t.pending&ackNow != 0,
		h.hasHoles(t): // what is out of order is told of at once: RFC 5681 §4.2
		h.sendAck(s)
	default:
		h.delayAck(i, s, t)
	}
}

// delayAck starts the timer of a delayed ACK: 40 ms, or a round trip where
// segments come slowly, up to 200 ms (tcp_send_delayed_ack).
func (h *Host) delayAck(i uint32, s *sock, t *traffic) {
	ato := t.ato
	if ato == 0 && s.acks&ackBegun != 0 {
		ato = atoMin // the traffic is new, the connection is not
	}
	if ato > atoMin {
		most := uint32(500_000)
		if s.acks&ackPingPong != 0 || t.pending&ackPushed != 0 {
			most = delackMax
		}
		if t.srtt != 0 {
			most = min(most, max(t.srtt>>3, atoMin))
		}
		ato = min(ato, most)
	}
	ato = min(ato, delackMax, uint32(h.stored(s, key(IPPROTO_TCP, TCP_DELACK_MAX_US), delackMax)))
	const tick = sim.Time(time.Second / hz)
	at := h.net.sim.Now().Add(time.Duration(ato) * time.Microsecond)
	if ato == 0 { // no data has ever come: at the next tick
		at = (h.net.sim.Now()/tick + 1) * tick
	}
	if t.ackTimer != 0 {
		if t.ackAt <= h.net.sim.Now()+sim.Time(ato)*1000/4 {
			h.sendAck(s) // it is nearly due
			return
		}
		if t.ackAt <= at {
			return
		}
		h.net.sim.Reset(t.ackTimer, at)
		t.ackAt = at
		return
	}
	t.ackTimer, t.ackAt = h.net.sim.At(at, h.ackTimer, uint64(i)), at
}

// ackTimeout is the end of the delay (tcp_delack_timer_handler).
func (h *Host) ackTimeout(arg uint64) {
	s := h.socks.at(uint32(arg))
	t := h.traffic.at(s.traffic)
	t.ackTimer = 0
	if t.pending&ackWanted != 0 && s.state != Closed {
		if s.acks&ackPingPong == 0 {
			t.ato = min(2*max(t.ato, atoMin), t.rto) // no second segment came
		} else {
			s.acks &^= ackPingPong // and no answer
			t.ato = atoMin
		}
		h.stats.DelayedACKs++
		h.sendAck(s)
	}
	h.rest(uint32(arg), s)
	h.tellCrowds()
}

// ackSentNow is what every segment that goes out does: it carries the
// acknowledgement (tcp_event_ack_sent).
func (h *Host) ackSentNow(s *sock, t *traffic) {
	if n := s.acks & ackQuick; n > 0 && t.pending&ackWanted != 0 {
		if s.acks--; n == 1 {
			t.ato = atoMin
		}
	}
	t.pending = 0
	if t.ackTimer != 0 {
		h.net.sim.Cancel(t.ackTimer)
		t.ackTimer = 0
	}
	if t.holes != 0 {
		h.holes.at(t.holes).hasDSACK = false
		h.dropHoles(t)
	}
}

// sentData is what data that goes out means for acknowledgements: an answer
// within the delay makes it a conversation (tcp_event_data_sent).
func (h *Host) sentData(s *sock, t *traffic) {
	now := h.net.sim.Now()
	if t.inFlight() == 0 && t.cubic.epoch != 0 && t.lastSent != 0 {
		// CUBIC's clock stands still while nothing is sent (RFC 9438 §4.2).
		t.cubic.epoch = min(t.cubic.epoch+uint32((now-t.lastSent)/1_000_000), max(1, h.milliseconds()))
	}
	t.lastSent = max(1, now)
	if t.lastRcv != 0 && micros(now.Sub(t.lastRcv)) < t.ato {
		s.acks |= ackPingPong // net.ipv4.tcp_pingpong_thresh 1
	}
}
