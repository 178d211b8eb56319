package sockets

import (
	"time"

	"socketbook/sockets/wire"
)

// What is sent again, and when RACK stops waiting.

// resendLost sends again what is lost, as far as the window lets it
// (tcp_xmit_retransmit_queue).
func (h *Host) resendLost(i uint32, s *sock, t *traffic) {
	rearm := false
	for k := t.recHead; k != 0; k = h.sents.at(k).next {
		if t.retransOut >= t.lostOut || int(t.cwnd)-t.inFlight() <= 0 {
			break
		}
		p := h.sents.at(k)
		if p.marks&markLost == 0 || p.marks&(markSacked|markRetrans) != 0 {
			continue
		}
		if !h.resend(s, t, k) {
			break
		}
		segs := uint64(h.sents.at(k).segs)
		if t.ca == caLoss {
			h.stats.TCPSlowStartRetrans += segs
		} else {
			h.stats.TCPFastRetrans += segs
		}
		if t.reduces() {
			t.prrOut += uint32(segs)
		}
		rearm = rearm || k == t.recHead && t.timerKind != timerReorder
	}
	if rearm {
		h.setTimer(i, t, timerRTO, t.rto)
	}
}

// resend sends a piece again (__tcp_retransmit_skb). It is false where the
// peer's window has shrunk below it.
func (h *Host) resend(s *sock, t *traffic, k uint32) bool {
	p := h.sents.at(k)
	if p.seq.Less(s.sndUna) {
		p.seq = s.sndUna // a part of it has arrived (tcp_trim_head)
	}
	room := (s.sndUna + wire.Seq(s.sndWnd())).Diff(p.seq)
	if room <= 0 && p.seq != s.sndUna {
		return false
	}
	if most := h.payload(s, t); p.end.Diff(p.seq) > int(most) {
		h.split(s, t, k, p.seq+wire.Seq(most))
		p = h.sents.at(k)
	}
	n := uint32(p.end - p.seq)
	flags := wire.ACK
	if p.fin {
		n--
		flags |= wire.FIN
	}
	if p.end == s.sndUna+wire.Seq(t.sndBytes) || p.fin {
		flags |= wire.PSH
	}
	if n == 0 {
		flags &^= wire.PSH
	}
	h.stats.RetransSegs += uint64(p.segs)
	t.totalRetrans += uint32(p.segs)
	p.at = h.net.sim.Now()
	if p.marks&markRetrans == 0 {
		t.retransOut += uint32(p.segs)
	}
	p.marks |= markRetrans | markEver
	if t.since == 0 {
		t.since = max(1, p.at)
	}
	t.undoRetrans = max(0, t.undoRetrans) + int32(p.segs)
	h.sendData(s, t, p.seq, uint32(p.seq-s.sndUna), n, flags)
	return true
}

// reorderTimeout is the end of RACK's patience (tcp_rack_reo_timeout).
func (h *Host) reorderTimeout(i uint32, s *sock, t *traffic) {
	before, lost := t.inFlight(), t.lost
	h.rackLost(t)
	if before != t.inFlight() {
		if t.ca != caRecovery {
			h.enterRecovery(s, t, false)
			h.reduce(t, 1, t.lost-lost, false)
		}
		h.resendLost(i, s, t)
	}
	if t.timerKind != timerRTO || t.timer == 0 {
		h.rearm(i, s, t)
	}
}

// rackPatience adapts RACK's window to what D-SACKs tell (RFC 8985 §6.2, step
// 4; tcp_rack_update_reo_wnd).
func (t *traffic) rackPatience(priorDelivered uint32) {
	if priorDelivered == 0 {
		return
	}
	if int32(priorDelivered-t.rackRound) < 0 {
		t.rackDSACK = false
	}
	if t.rackDSACK {
		t.rackSteps = uint8(min(255, int(max(1, t.rackSteps))+1))
		t.rackDSACK = false
		t.rackRound = t.delivered
		t.rackPersist = 16 // TCP_RACK_RECOVERY_THRESH
	} else if t.rackPersist == 0 {
		t.rackSteps = 1
	}
}

func micros(d time.Duration) uint32 { return uint32(min(d/time.Microsecond, 1<<31)) }
