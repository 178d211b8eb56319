package sockets

import (
	"time"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// A connection has one timer for what it sends, of one kind at a time, as in
// the kernel (icsk_pending).
const (
	timerRTO     uint8 = iota // retransmission, RFC 6298 §5; also TIME-WAIT
	timerTail                 // tail loss probe, RFC 8985 §7
	timerReorder              // RACK's patience, RFC 8985 §6.3
	timerWindow               // the peer's window is closed, RFC 9293 §3.8.6.1
)

// setTimer starts the timer anew, in so many microseconds.
func (h *Host) setTimer(i uint32, t *traffic, kind uint8, us uint32) {
	h.effective(t)
	at := h.net.sim.Now() + sim.Time(us)*1000
	t.timerKind, t.timerAt = kind, at
	if t.timer != 0 {
		h.net.sim.Reset(t.timer, at) // the mod_timer of here
		return
	}
	t.timer = h.net.sim.At(at, h.tcpTimer, uint64(i))
}

// arm starts the retransmission timer if none runs.
func (h *Host) arm(i uint32, t *traffic) {
	if t.timer == 0 {
		h.setTimer(i, t, timerRTO, t.rto)
	}
}

func (h *Host) disarm(t *traffic) {
	h.effective(t)
	h.net.sim.Cancel(t.timer)
	t.timer = 0
}

// timeout is the timer's end, whatever it was set for. (door 3)
func (h *Host) timeout(arg uint64) {
	i := uint32(arg)
	s := h.socks.at(i)
	t := h.traffic.at(s.traffic)
	t.timer = 0
	h.effective(t)
	switch {
	case s.state == TimeWait || s.state == FinWait2 && t.packetsOut == 0:
		if h.net.tape != nil {
			h.net.tape.add(Event{Host: h.name, Station: StationTimer, Text: s.state.String() + " of " + h.remote(s).String() + " is over"})
		}
		h.setState(i, s, Closed, "RFC 9293 §3.10.8, TIME-WAIT timeout")
		h.done(i, s)
		return
	case s.state == SynSent || s.state == SynRecv:
		h.synUnanswered(i, s, t)
	case t.timerKind == timerTail:
		h.tailProbe(i, s, t)
	case t.timerKind == timerReorder:
		h.reorderTimeout(i, s, t)
	case t.packetsOut == 0:
		h.probe(i, s, t)
	default:
		h.retransmit(i, s, t)
	}
	h.tellCrowds()
}

// rearm starts the retransmission timer from now, or, where another ran in its
// place, from when the first piece was sent (tcp_rearm_rto; RFC 6298 §5.3).
func (h *Host) rearm(i uint32, s *sock, t *traffic) {
	if t.packetsOut == 0 {
		h.disarm(t)
		return
	}
	wait := t.rto
	if t.timer != 0 && (t.timerKind == timerTail || t.timerKind == timerReorder) {
		wait = h.untilRTO(t)
	}
	h.setTimer(i, t, timerRTO, wait)
}

// untilRTO is how long the first piece in flight may still take.
func (h *Host) untilRTO(t *traffic) uint32 {
	since := micros(h.net.sim.Now().Sub(h.sents.at(t.recHead).at))
	return max(t.rto-min(t.rto, since), 1000)
}

// scheduleProbe starts the timer of a tail loss probe: two round trips after
// the last segment, with time for a delayed ACK where there is only one (RFC
// 8985 §7.2; tcp_schedule_loss_probe). advancing: the retransmission timer
// begins anew, too.
func (h *Host) scheduleProbe(i uint32, s *sock, t *traffic, advancing bool) bool {
	if !h.sys.tailProbe || t.packetsOut == 0 || s.flags&flagSACK == 0 || t.ca != caOpen && t.ca != caCWR {
		return false
	}
	wait := uint32(rtoInitial)
	if t.srtt != 0 {
		if wait = t.srtt >> 2; t.packetsOut == 1 {
			wait += rtoMin
		} else {
			wait += timerLeast
		}
	}
	if advancing {
		wait = min(wait, t.rto)
	} else {
		wait = min(wait, h.untilRTO(t))
	}
	h.setTimer(i, t, timerTail, wait)
	return true
}

// tailProbe sends something new, or the last segment again: its ACK shows
// whether the ones before it were lost (RFC 8985 §7.3; tcp_send_loss_probe).
func (h *Host) tailProbe(i uint32, s *sock, t *traffic) {
	if !t.tlpOn && t.recTail != 0 {
		t.tlpRetrans = false
		out := t.packetsOut
		sent := false
		if h.write(i, s, pushProbe); t.packetsOut > out {
			sent = true
		} else if t.sndBytes == uint32(t.sndNxt-s.sndUna) || true {
			k := t.recTail
			if p := h.sents.at(k); p.segs > 1 {
				h.split(s, t, k, p.seq+wire.Seq(uint32(p.segs-1)*uint32(t.mss)))
				k = t.recTail
			}
			p := h.sents.at(k)
			marks, out, undo := p.marks, t.retransOut, t.undoRetrans
			if h.resend(s, t, k) {
				// It is not counted as in flight a second time: __tcp_retransmit_skb.
				p.marks, t.retransOut, t.undoRetrans = marks|markEver, out, undo
				t.tlpRetrans, sent = true, true
			}
		}
		if sent {
			t.tlpOn, t.tlpHigh = true, t.sndNxt
			h.stats.TCPLossProbes++
			if h.net.tape != nil {
				h.net.tape.congestion(h, s, t, "tail loss probe")
			}
			h.setTimer(i, t, timerRTO, t.rto)
			return
		}
	}
	h.setTimer(i, t, timerRTO, h.untilRTO(t))
}

// tlpAcked is the answer to a tail loss probe (RFC 8985 §7.4.2): if it mended a
// loss, the window is reduced.
func (h *Host) tlpAcked(s *sock, t *traffic, ack wire.Seq, a *ackInfo, notDup bool) {
	switch {
	case !t.tlpOn || ack.Less(t.tlpHigh):
	case !t.tlpRetrans, a.dsackTLP:
		t.tlpOn = false
	case t.tlpHigh.Less(ack):
		h.initReduction(s, t)
		h.setCA(s, t, caCWR)
		h.endReduction(t)
		h.keepOpen(s, t)
		h.stats.TCPLossProbeRecovery++
	case !a.advanced && !notDup && !a.sackedNew:
		t.tlpOn = false // both copies have come
	}
}

// retransmit is what happens when no acknowledgement came in time (RFC 6298
// §5.4 to §5.6): everything in flight counts as lost, the first of it goes out
// again, and the next wait is twice as long.
func (h *Host) retransmit(i uint32, s *sock, t *traffic) {
	orphan := s.orphan()
	if s.sndWnd() == 0 && !orphan {
		// The peer has taken its window back. The repeated segment asks for it,
		// and does so for as long as the peer answers (tcp_retransmit_timer).
		if limit := h.windowPatience(s); t.heard != 0 && h.net.sim.Now()-t.heard > limit && t.since != 0 && h.net.sim.Now()-t.since > limit {
			h.giveUp(i, s, t, "RFC 9293 §3.10.8, user timeout: the window stayed closed")
			return
		}
	} else {
		h.stats.TCPTimeouts++
		if h.expired(s, t, orphan) {
			h.giveUp(i, s, t, "RFC 9293 §3.10.8, user timeout: "+itoa(int(t.retries))+" retransmissions without answer")
			return
		}
		h.countFailure(s, t)
	}
	h.enterLoss(s, t)
	t.retries++
	if h.net.tape != nil {
		h.net.tape.retransmit(h, s, t)
	}
	h.resend(s, t, t.recHead)
	t.backoff++
	t.rto = min(2*t.rto, rtoMax)
	h.armLimited(i, s, t)
}

func (h *Host) windowPatience(s *sock) sim.Time {
	limit := sim.Time(2*rtoMax) * 1000
	if u := h.options(s).userTimeout; u > 0 {
		limit = min(limit, sim.Time(u)*1_000_000)
	}
	return limit
}

// orphan reports whether nobody holds the socket any more.
func (s *sock) orphan() bool { return s.refs == 0 && s.flags&flagQueued == 0 }

// countFailure names what the timeout has cut short.
func (h *Host) countFailure(s *sock, t *traffic) {
	sack := s.flags&flagSACK != 0
	switch {
	case t.retries > 0:
	case t.ca == caRecovery && sack:
		h.stats.TCPSackRecoveryFail++
	case t.ca == caRecovery:
		h.stats.TCPRenoRecoveryFail++
	case t.ca == caLoss:
		h.stats.TCPLossFailures++
	case (t.ca == caDisorder || t.sackedOut > 0) && sack:
		h.stats.TCPSackFailures++
	case t.ca == caDisorder || t.sackedOut > 0:
		h.stats.TCPRenoFailures++
	}
}

// expired reports whether a connection has tried for long enough: as long as
// tcp_retries2 retransmissions take that begin at 200 ms (retransmits_timed_out),
// an orphan tcp_orphan_retries, 8 where that is 0 (tcp_orphan_retries);
// TCP_USER_TIMEOUT names the time itself.
func (h *Host) expired(s *sock, t *traffic, orphan bool) bool {
	if t.retries == 0 || t.since == 0 {
		return false
	}
	n := h.limits.Retries2
	if orphan {
		if n = int(h.sysInt("net.ipv4.tcp_orphan_retries")); n == 0 && t.rto < rtoMax {
			n = 8
		}
	}
	limit := modelTimeout(n, rtoMin*time.Microsecond)
	if u := h.options(s).userTimeout; u > 0 {
		limit = time.Duration(u) * time.Millisecond
	}
	return h.net.sim.Now().Sub(t.since) >= limit
}

// giveUp ends a connection whose peer does not answer (tcp_write_err).
func (h *Host) giveUp(i uint32, s *sock, t *traffic, why string) {
	h.stats.TCPAbortOnTimeout++
	e := ETIMEDOUT
	if t.softErr != 0 {
		e = Errno(t.softErr) // what a router has said meanwhile
	}
	h.fail(i, s, e, why)
}

// synUnanswered repeats a SYN, or gives up (RFC 9293 §3.8.3; tcp_syn_retries,
// tcp_syn_linear_timeouts).
func (h *Host) synUnanswered(i uint32, s *sock, t *traffic) {
	h.stats.TCPTimeouts++
	limit := h.synRetries(s)
	if s.state == SynSent {
		limit += h.limits.SynLinearTimeouts
	}
	if int(t.retries) >= limit || h.outOfTime(s, t) {
		h.giveUp(i, s, t, "RFC 9293 §3.10.8, user timeout: "+itoa(int(t.retries))+" retransmissions without answer")
		return
	}
	t.retries++
	h.stats.RetransSegs++
	h.stats.TCPSynRetrans++
	t.twice = true // Karn: a segment sent twice is not timed
	if s.state != SynSent || int(t.retries) > h.limits.SynLinearTimeouts {
		t.rto = min(2*t.rto, rtoMax)
	}
	if h.net.tape != nil {
		h.net.tape.retransmit(h, s, t)
	}
	flags := wire.SYN
	if s.state == SynRecv {
		flags |= wire.ACK
	}
	s.queueCWR() // a loss like others (tcp_enter_loss)
	h.sendControl(s, s.sndUna, flags|h.asksAgain(s, t))
	h.armLimited(i, s, t)
}

// probe asks a peer with a closed window where it stands, by repeating a
// sequence number it has already acknowledged (RFC 9293 §3.8.6.1;
// tcp_probe_timer, tcp_xmit_probe_skb).
func (h *Host) probe(i uint32, s *sock, t *traffic) {
	if t.sndBytes == 0 {
		h.rest(i, s)
		return
	}
	now := h.net.sim.Now()
	if t.probing == 0 {
		t.probing = now
	} else if u := h.options(s).userTimeout; u > 0 && now-t.probing >= sim.Time(u)*1_000_000 {
		h.giveUp(i, s, t, "TCP_USER_TIMEOUT: the window stayed closed")
		return
	}
	limit := h.limits.Retries2
	wait := uint32(min(uint64(t.rto)<<t.backoff, rtoMax))
	if s.orphan() {
		limit = int(h.sysInt("net.ipv4.tcp_orphan_retries"))
		if alive := wait < rtoMax; limit == 0 && alive {
			limit = 8
		} else if !alive && int(t.backoff) >= limit {
			limit = 0
		}
	}
	if int(t.retries) >= limit {
		h.giveUp(i, s, t, "RFC 9293 §3.10.8, user timeout: the window stayed closed")
		return
	}
	if h.write(i, s, pushForce) {
		t.retries, t.backoff, t.probing = 0, 0, 0
		return
	}
	t.retries++
	h.stats.TCPWinProbe++
	h.sendControl(s, s.sndUna-1, wire.ACK)
	if int(t.backoff) < h.limits.Retries2 {
		t.backoff++
	}
	wait = uint32(min(uint64(t.rto)<<t.backoff, rtoMax))
	if u := h.options(s).userTimeout; u > 0 {
		left := int64(u)*1000 - int64(micros(now.Sub(t.probing)))
		wait = uint32(min(int64(wait), max(left, 2000)))
	}
	h.setTimer(i, t, timerWindow, wait)
}

// probeAnswered notes that the peer is there, even if its window stays closed:
// we may ask for ever, and do so until nobody holds the socket (tcp_ack_probe).
func (h *Host) probeAnswered(i uint32, s *sock, t *traffic) {
	asked := t.retries > 0
	t.retries = 0
	if t.sndBytes == 0 || t.packetsOut > 0 || t.timer == 0 {
		return
	}
	if s.sndWnd() >= min(t.sndBytes, uint32(t.mss)) {
		t.backoff, t.probing = 0, 0
		h.disarm(t)
		return
	}
	if asked && s.sndWnd() == 0 && s.refs > 0 && !t.futile {
		t.futile = true
		h.net.futile++
	}
}

// effective ends what probeAnswered began: the timer has run out or is gone.
func (h *Host) effective(t *traffic) {
	if t.futile {
		t.futile = false
		h.net.futile--
	}
}
