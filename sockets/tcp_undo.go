package sockets

// Undo: a retransmission that turns out to have been for nothing takes the
// reduction of the window back (RFC 3522, RFC 4015 with timestamps; RFC 3708
// with D-SACK).

// packetDelayed reports whether the ACK is for what was sent before the first
// retransmission: its echoed timestamp is older (RFC 3522 §3.2).
func (h *Host) packetDelayed(s *sock, t *traffic) bool {
	if t.since != 0 {
		return h.echoedBefore(s, t, t.since)
	}
	return s.flags&flagSACK != 0 || s.sndUna.Less(t.highSeq)
}

func (h *Host) mayUndo(s *sock, t *traffic) bool {
	return t.undoOn && (t.undoRetrans == 0 || h.packetDelayed(s, t))
}

func (h *Host) undoReduction(s *sock, t *traffic, unmark bool) {
	if unmark {
		for k := t.recHead; k != 0; k = h.sents.at(k).next {
			h.sents.at(k).marks &^= markLost
		}
		t.lostOut = 0
	}
	if t.priorSsthresh != 0 {
		t.cwnd = max(t.cwnd, t.priorCwnd)
		if t.priorSsthresh > t.ssthresh {
			t.ssthresh = t.priorSsthresh
			s.flags &^= flagQueueCWR // tcp_ecn_withdraw_cwr
		}
	}
	t.cwndStamp = h.net.sim.Now()
	t.undoOn = false
	t.rackAdvanced = true
	if h.net.tape != nil {
		h.net.tape.congestion(h, s, t, "undone: nothing was lost")
	}
}

// holdsOpen: without SACK the state stays until something beyond highSeq is
// acknowledged, or old duplicate ACKs would begin it again (RFC 6582 §3.2).
func (h *Host) holdsOpen(s *sock, t *traffic) bool {
	if s.sndUna != t.highSeq || s.flags&flagSACK != 0 {
		return false
	}
	if !h.anyRetrans(t) {
		t.since = 0
	}
	return true
}

func (h *Host) undoRecovery(s *sock, t *traffic) (stays bool) {
	if h.mayUndo(s, t) {
		if t.ca == caLoss {
			h.stats.TCPLossUndo++
		} else {
			h.stats.TCPFullUndo++
		}
		h.undoReduction(s, t, false)
	} else if t.rackPersist > 0 {
		t.rackPersist--
	}
	if h.holdsOpen(s, t) {
		return true
	}
	h.setCA(s, t, caOpen)
	return false
}

func (h *Host) undoDSACK(s *sock, t *traffic) bool {
	if !t.undoOn || t.undoRetrans != 0 {
		return false
	}
	t.rackPersist = min(16, t.rackPersist+1)
	h.undoReduction(s, t, false)
	h.stats.TCPDSACKUndo++
	return true
}

func (h *Host) undoPartial(s *sock, t *traffic, a *ackInfo) (stop bool) {
	if !t.undoOn || !h.packetDelayed(s, t) {
		return false
	}
	h.reordered(s, t, a.priorUna, true)
	if t.retransOut > 0 {
		return true
	}
	if !h.anyRetrans(t) {
		t.since = 0
	}
	h.undoReduction(s, t, true)
	h.stats.TCPPartialUndo++
	h.keepOpen(s, t)
	return false
}

func (h *Host) undoLoss(s *sock, t *traffic, frto bool) bool {
	if !frto && !h.mayUndo(s, t) {
		return false
	}
	h.undoReduction(s, t, true)
	h.stats.TCPLossUndo++
	if frto {
		h.stats.TCPSpuriousRTOs++
	}
	t.retries = 0
	if h.holdsOpen(s, t) {
		return true
	}
	if frto || s.flags&flagSACK != 0 {
		h.setCA(s, t, caOpen)
	}
	return true
}
