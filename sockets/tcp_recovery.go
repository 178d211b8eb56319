package sockets

import "socketbook/sockets/wire"

// Loss recovery: the state machine of net/ipv4/tcp_input.c, "Linux
// NewReno/SACK/ECN state machine".
//
//	 ┌── ECE: CWR, until what was in flight is acknowledged ──▶ Open
//	Open ── SACK or a duplicate ACK ──▶ Disorder ── something is lost ──▶ Recovery
//	 ▲                                                                     │
//	 └───────────────── all of it is acknowledged ◀────────────────────────┤
//	                                    Loss ◀── retransmission timeout ───┘
const (
	caOpen uint8 = iota
	caDisorder
	caCWR
	caRecovery
	caLoss
)

var caNames = [...]string{"Open", "Disorder", "CWR", "Recovery", "Loss"}

// reduces reports whether the window is being reduced, by PRR.
func (t *traffic) reduces() bool { return t.ca == caCWR || t.ca == caRecovery }

func (h *Host) setCA(s *sock, t *traffic, to uint8) {
	if t.ca != to && h.net.tape != nil {
		h.net.tape.congestion(h, s, t, caNames[t.ca]+" -> "+caNames[to])
	}
	if t.ca = to; to == caLoss {
		t.cubic = cubic{}
	}
}

// recover decides what an ACK that is out of the ordinary means
// (tcp_fastretrans_alert; RFC 6675 §5, RFC 6582 §3.2 without SACK).
func (h *Host) recover(i uint32, s *sock, t *traffic, dupacks uint32, a *ackInfo) {
	if t.packetsOut == 0 {
		t.sackedOut = 0
	}
	if a.ece { // congestion is certain: nothing is to be undone
		t.priorSsthresh = 0
	}
	if a.renege && a.advanced {
		// The peer has thrown away what it had told of: give it a moment.
		h.setTimer(i, t, timerRTO, max(t.srtt>>4, 10_000))
		a.setTimer = false
		return
	}
	if t.ca == caOpen {
		t.since = 0
	} else if t.highSeq.LessEq(s.sndUna) {
		switch t.ca {
		case caCWR:
			if s.sndUna != t.highSeq {
				h.endReduction(t)
				h.setCA(s, t, caOpen)
			}
		case caRecovery:
			if s.flags&flagSACK == 0 {
				t.sackedOut = 0
			}
			if h.undoRecovery(s, t) {
				return
			}
			h.endReduction(t)
		}
	}
	switch t.ca {
	case caRecovery:
		if !a.advanced {
			h.addRenoSack(s, t, dupacks)
		} else if h.undoPartial(s, t, a) {
			return
		}
		if h.undoDSACK(s, t) {
			h.keepOpen(s, t)
		}
		h.findLosses(i, s, t, a)
		if t.ca != caRecovery {
			if t.lostOut == 0 {
				return
			}
			h.enterRecovery(s, t, a.ece)
		}
	case caLoss:
		h.processLoss(s, t, dupacks, a)
		h.findLosses(i, s, t, a)
		if t.ca != caOpen && !a.lostRetrans {
			return
		}
		if !h.disorder(i, s, t, dupacks, a) {
			return
		}
	default:
		if !h.disorder(i, s, t, dupacks, a) {
			return
		}
	}
	a.rexmit = rexmitLost
}

// disorder looks for losses where there was none, and reports whether recovery
// has begun.
func (h *Host) disorder(i uint32, s *sock, t *traffic, dupacks uint32, a *ackInfo) bool {
	if s.flags&flagSACK == 0 {
		if a.advanced {
			t.sackedOut = 0
		}
		h.addRenoSack(s, t, dupacks)
	}
	if t.ca <= caDisorder {
		h.undoDSACK(s, t)
	}
	h.findLosses(i, s, t, a)
	if t.lostOut == 0 {
		if !h.anyRetrans(t) {
			t.since = 0
		}
		if a.ece {
			h.enterCWR(s, t)
		}
		if t.ca != caCWR {
			h.keepOpen(s, t)
		}
		return false
	}
	h.enterRecovery(s, t, a.ece)
	return true
}

// keepOpen is tcp_try_keep_open.
func (h *Host) keepOpen(s *sock, t *traffic) {
	state := caOpen
	if t.sackedOut+t.lostOut > 0 || h.anyRetrans(t) {
		state = caDisorder
	}
	if t.ca != state {
		h.setCA(s, t, state)
		t.highSeq = t.sndNxt
	}
}

// anyRetrans reports whether something sent again is not acknowledged yet.
func (h *Host) anyRetrans(t *traffic) bool {
	return t.retransOut > 0 || t.recHead != 0 && h.sents.at(t.recHead).marks&markEver != 0
}

// findLosses marks what is lost: by RACK, or without SACK by three duplicate
// ACKs and by each partial ACK (RFC 6582 §3.2; tcp_identify_packet_loss).
func (h *Host) findLosses(i uint32, s *sock, t *traffic, a *ackInfo) {
	if t.recHead == 0 {
		return
	}
	if s.flags&flagSACK == 0 {
		if p := h.sents.at(t.recHead); p.marks&markLost == 0 &&
			(t.ca < caRecovery && t.sackedOut >= t.reordering || t.ca == caRecovery && a.advanced) {
			if p.segs > 1 {
				h.split(s, t, t.recHead, p.seq+wire.Seq(t.mss))
			}
			h.markLost(t, h.sents.at(t.recHead))
		}
		return
	}
	if !t.rackAdvanced {
		return
	}
	prior := t.retransOut
	t.rackAdvanced = false
	if wait := h.rackLost(t); wait > 0 {
		h.setTimer(i, t, timerReorder, wait+timerLeast)
		a.setTimer = false
	}
	a.lostRetrans = a.lostRetrans || prior > t.retransOut
}

// addRenoSack lets each duplicate ACK stand for a segment that has arrived,
// where the peer cannot say which (tcp_add_reno_sack).
func (h *Host) addRenoSack(s *sock, t *traffic, dupacks uint32) {
	if s.flags&flagSACK != 0 || dupacks == 0 {
		return
	}
	before := t.sackedOut
	t.sackedOut += dupacks
	h.limitReno(t, 0)
	if t.sackedOut > before {
		t.delivered += t.sackedOut - before
	}
}

// removeRenoSacks is the other way round: an ACK of n segments.
func (h *Host) removeRenoSacks(t *traffic, n uint32) {
	if n > 0 {
		t.delivered += max(n-min(n, t.sackedOut), 1)
		t.sackedOut -= min(t.sackedOut, n-1)
	}
	h.limitReno(t, n)
}

// limitReno: more duplicate ACKs than segments in flight mean reordering
// (tcp_check_reno_reordering).
func (h *Host) limitReno(t *traffic, more uint32) {
	holes := min(max(t.lostOut, 1), t.packetsOut)
	if t.sackedOut+holes <= t.packetsOut {
		return
	}
	t.sackedOut = t.packetsOut - holes
	t.reordering = min(max(t.reordering, t.packetsOut+more), 300)
	t.reordSeen = true
	h.stats.TCPRenoReorder++
}

// enterRecovery begins fast recovery (RFC 6675 §5, step 4; RFC 5681 §3.2).
func (h *Host) enterRecovery(s *sock, t *traffic, ece bool) {
	if !h.anyRetrans(t) {
		t.since = 0
	}
	if s.flags&flagSACK != 0 {
		h.stats.TCPSackRecovery++
	} else {
		h.stats.TCPRenoRecovery++
	}
	t.priorSsthresh = 0
	h.initUndo(s, t)
	if !t.reduces() {
		if !ece {
			t.priorSsthresh = t.currentSsthresh()
		}
		h.initReduction(s, t)
	}
	h.setCA(s, t, caRecovery)
}

func (h *Host) initUndo(s *sock, t *traffic) {
	t.undoOn, t.undoMarker = true, s.sndUna
	t.undoRetrans = int32(t.retransOut)
	if t.tlpOn && t.tlpRetrans {
		t.undoRetrans++
	}
	if t.undoRetrans == 0 {
		t.undoRetrans = -1 // 0 would mean that all of it was for nothing
	}
}

// initReduction begins to reduce the window, spread over a round trip by
// Proportional Rate Reduction (RFC 6937 §3; tcp_init_cwnd_reduction).
func (h *Host) initReduction(s *sock, t *traffic) {
	t.highSeq = t.sndNxt
	t.tlpOn = false
	t.cwndCount = 0
	t.priorCwnd = t.cwnd
	t.prrDelivered, t.prrOut = 0, 0
	t.ssthresh = h.lossThreshold(s, t)
	s.queueCWR()
}

// reduce is PRR for one ACK: RFC 6937 §3, with the slow-start reduction bound.
func (h *Host) reduce(t *traffic, delivered, lost uint32, advanced bool) {
	if delivered == 0 || t.priorCwnd == 0 {
		return
	}
	t.prrDelivered += delivered
	pipe := t.inFlight()
	room := int(t.ssthresh) - pipe
	n := 0
	if room < 0 {
		n = int((uint64(t.ssthresh)*uint64(t.prrDelivered)+uint64(t.priorCwnd)-1)/uint64(t.priorCwnd)) - int(t.prrOut)
	} else {
		n = max(int(t.prrDelivered)-int(t.prrOut), int(delivered))
		if advanced && lost == 0 {
			n++
		}
		n = min(room, n)
	}
	if t.prrOut == 0 {
		n = max(n, 1) // the first retransmission goes in any case
	}
	t.cwnd = uint32(max(1, pipe+max(0, n)))
}

// endReduction leaves the window at ssthresh.
func (h *Host) endReduction(t *traffic) {
	if t.ssthresh < infinite && (t.ca == caCWR || t.undoOn) {
		t.cwnd = t.ssthresh
		t.cwndStamp = h.net.sim.Now()
	}
}

// processLoss is an ACK after a retransmission timeout, with F-RTO: if what was
// sent before the timeout arrives, nothing was lost (RFC 5682 §3.1).
func (h *Host) processLoss(s *sock, t *traffic, dupacks uint32, a *ackInfo) {
	recovered := t.highSeq.LessEq(s.sndUna)
	if a.advanced && h.undoLoss(s, t, false) {
		return
	}
	if t.frto {
		if a.origSacked && h.undoLoss(s, t, true) {
			return
		}
		if t.highSeq.Less(t.sndNxt) {
			if a.sackedNew || dupacks > 0 {
				t.frto = false // step 3.a: the loss was real
			}
		} else if a.advanced && !recovered {
			t.highSeq = t.sndNxt
			if left := t.sndBytes - min(t.sndBytes, uint32(t.sndNxt-s.sndUna)); left > 0 && t.sndNxt.Less(s.sndUna+wire.Seq(s.sndWnd())) {
				a.rexmit = rexmitNew // step 2.b
				return
			}
			t.frto = false
		}
	}
	if recovered {
		h.undoRecovery(s, t)
		return
	}
	if s.flags&flagSACK == 0 {
		if t.highSeq.Less(t.sndNxt) && dupacks > 0 {
			h.addRenoSack(s, t, dupacks)
		} else if a.advanced {
			t.sackedOut = 0
		}
	}
	a.rexmit = rexmitLost
}

// enterLoss is a retransmission timeout: everything in flight counts as lost,
// and the window begins anew at one segment (RFC 5681 §3.1, equation 4;
// tcp_enter_loss).
func (h *Host) enterLoss(s *sock, t *traffic) {
	fresh := t.ca < caRecovery
	h.markAllLost(s, t)
	if t.ca <= caDisorder || t.highSeq.LessEq(s.sndUna) || t.ca == caLoss && t.retries == 0 {
		t.priorSsthresh = t.currentSsthresh()
		t.priorCwnd = t.cwnd
		t.ssthresh = h.lossThreshold(s, t)
		h.initUndo(s, t)
	}
	t.cwnd = uint32(max(0, t.inFlight()) + 1)
	t.cwndCount = 0
	t.cwndStamp = h.net.sim.Now()
	if t.ca <= caDisorder && t.sackedOut >= dupThresh {
		t.reordering = min(t.reordering, dupThresh)
	}
	h.setCA(s, t, caLoss)
	s.queueCWR()
	t.highSeq = t.sndNxt
	t.tlpOn = false
	t.frto = h.sys.frto && (fresh || t.retries > 0)
}

// markAllLost is tcp_timeout_mark_lost. If the first piece is one the peer had
// said it has, it has thrown it away (RFC 2018 §8), and nothing it said counts.
func (h *Host) markAllLost(s *sock, t *traffic) {
	head := h.sents.at(t.recHead)
	renege := head.marks&markSacked != 0
	if renege {
		h.stats.TCPSACKReneging++
		t.sackedOut = 0
	} else if s.flags&flagSACK == 0 {
		t.sackedOut = 0
	}
	now := h.net.sim.Now()
	for k := t.recHead; k != 0; k = h.sents.at(k).next {
		p := h.sents.at(k)
		if renege {
			p.marks &^= markSacked
		} else if k != t.recHead && int64(t.rackRTT) > int64(micros(now.Sub(p.at))) {
			continue // sent a moment ago
		}
		h.markLost(t, p)
	}
}
