package sockets

import (
	"socketbook/sockets/wire"
)

// retransmit is what happens when no acknowledgement came in time: the oldest
// segment goes out again and the next wait is twice as long (RFC 6298 §5.4,
// §5.5). With nothing in flight the peer's window is closed, and we ask
// whether it still is (RFC 9293 §3.8.6.1).
func (h *Host) retransmit(i uint32, s *sock, t *traffic) {
	flight := uint32(s.sndNxt - s.sndUna)
	if flight == 0 {
		h.probe(i, s, t)
		return
	}
	limit := h.limits.Retries2
	if s.state == SynSent || s.state == SynRecv {
		limit = h.synRetries(s) + h.limits.SynLinearTimeouts
	}
	if int(t.retries) >= limit || h.outOfTime(s, t) {
		e := ETIMEDOUT
		if t.softErr != 0 {
			e = Errno(t.softErr) // tcp_write_err
		}
		h.fail(i, s, e, "RFC 9293 §3.10.8, user timeout: "+itoa(limit)+" retransmissions without answer")
		return
	}
	t.retries++
	t.rtt = false // Karn: a segment sent twice is not timed
	h.stats.RetransSegs++
	// The first SYNs are repeated at a steady pace (tcp_syn_linear_timeouts).
	if s.state != SynSent || int(t.retries) > h.limits.SynLinearTimeouts {
		t.rto = min(2*t.rto, rtoMax)
	}
	if h.net.tape != nil {
		h.net.tape.retransmit(h, s, t)
	}
	switch {
	case s.state == SynSent:
		h.sendControl(s, s.sndUna, wire.SYN)
	case s.state == SynRecv:
		h.sendControl(s, s.sndUna, wire.SYN|wire.ACK)
	default:
		t.lost = true
		h.resend(s, t)
	}
	h.armLimited(i, s, t)
}

// resend sends the oldest segment in flight again. After a timeout everything
// in flight counts as lost, and each ACK calls for the next one: a window of
// one segment until all of it has arrived.
func (h *Host) resend(s *sock, t *traffic) {
	n := min(t.sndBytes, uint32(s.sndNxt-s.sndUna), uint32(s.mss))
	flags := wire.ACK
	if n == t.sndBytes && s.flags&flagFinSent != 0 {
		flags |= wire.FIN
	}
	h.sendData(s, t, s.sndUna, 0, n, flags)
}

// probe asks a peer with a closed window where it stands, by repeating a
// sequence number it has already acknowledged (Linux tcp_xmit_probe_skb).
func (h *Host) probe(i uint32, s *sock, t *traffic) {
	if t.sndBytes == 0 {
		h.rest(s)
		return
	}
	t.push = true
	sent := h.output(i, s)
	if t.push = false; sent {
		return
	}
	orphan := s.refs == 0 && s.flags&flagQueued == 0
	if int(t.retries) >= h.limits.Retries2 || orphan && t.rto == rtoMax {
		h.fail(i, s, ETIMEDOUT, "RFC 9293 §3.10.8, user timeout: the window stayed closed")
		return
	}
	t.retries++
	t.rto = min(2*t.rto, rtoMax)
	h.stats.TCPWinProbe++
	h.sendControl(s, s.sndUna-1, wire.ACK)
	h.arm(i, t)
}

// probeAnswered notes that the peer is there, even if its window stays closed:
// we may ask for ever, and do so until nobody holds the socket (tcp_probe_timer).
func (h *Host) probeAnswered(s *sock) {
	t := h.traffic.at(s.traffic)
	if t.retries > 0 && s.sndWnd == 0 && s.refs > 0 && t.timer != 0 && !t.futile {
		t.futile = true
		h.net.futile++
	}
	t.retries = 0
}

// effective ends what probeAnswered began: the timer has run out or is gone.
func (h *Host) effective(t *traffic) {
	if t.futile {
		t.futile = false
		h.net.futile--
	}
}

// time starts timing a segment that ends at seq, one at a time.
func (h *Host) time(t *traffic, seq wire.Seq) {
	if !t.rtt {
		t.rtt, t.rttSeq, t.rttStart = true, seq, h.net.sim.Now()
	}
}

// measure takes a round-trip time when the timed segment is acknowledged, and
// sets the retransmission timeout from it, RFC 6298 §2:
//
//	first:  SRTT = R,  RTTVAR = R/2
//	then:   RTTVAR = 3/4 RTTVAR + 1/4 |SRTT − R|,  SRTT = 7/8 SRTT + 1/8 R
//	RTO = SRTT + 4 RTTVAR
//
// Between exchanges the traffic is given back and the estimate with it: the
// next exchange starts from 1 s again.
func (h *Host) measure(t *traffic, ack wire.Seq) {
	if !t.rtt || ack.Less(t.rttSeq) {
		return
	}
	t.rtt = false
	r := uint32(h.net.sim.Now().Sub(t.rttStart).Microseconds())
	if t.srtt == 0 {
		t.srtt, t.rttvar = r, r/2
	} else {
		d := max(t.srtt, r) - min(t.srtt, r)
		t.rttvar = t.rttvar - t.rttvar/4 + d/4
		t.srtt = t.srtt - t.srtt/8 + r/8
	}
	t.rto = min(max(t.srtt+4*t.rttvar, rtoMin), rtoMax)
}
