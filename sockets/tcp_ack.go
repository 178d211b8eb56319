package sockets

import (
	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// What an ACK says: what has arrived, how long it took, and so what may be sent.

// acknowledge is tcp_ack for a connection that has something under way. RFC
// 9293 §3.10.7.4, fifth, ESTABLISHED, with RFC 5681, 6298, 6675 and 8985.
func (h *Host) acknowledge(i uint32, s *sock, t *traffic, g *segment) {
	ack := wire.Seq(g.tcp.Ack)
	a := ackInfo{priorUna: s.sndUna, priorSacked: t.sackedOut, data: g.len > 0, reord: t.sndNxt}
	a.priorFack = h.highestSacked(s, t)
	prior, delivered, lost := t.packetsOut, t.delivered, t.lost
	if ack.Less(s.sndUna) { // old: its SACK blocks may still be news
		h.sackArrives(s, t, g, &a)
		if g.opt.SACKCount > 0 && s.flags&flagSACK != 0 {
			h.recover(i, s, t, 0, &a)
			h.resendAfter(i, s, t, &a)
		}
		return
	}
	a.advanced = s.sndUna.Less(ack)
	a.windowMoved = h.windowArrives(s, g, ack)
	a.ece = g.has(wire.ECE) && s.flags&flagECN != 0
	t.heard = max(1, h.net.sim.Now())
	if s.flags&flagTS != 0 && g.opt.Timestamps {
		t.echo = g.opt.TSEcr
	} else {
		t.echo = 0
	}
	if a.advanced {
		t.retries, t.softErr = 0, 0
		h.freeAcked(s, t, uint32(ack-s.sndUna))
		s.sndUna = ack
	}
	h.sackArrives(s, t, g, &a)
	if prior == 0 {
		if a.dsack {
			h.recover(i, s, t, 0, &a)
		}
		h.probeAnswered(i, s, t)
		h.tlpAcked(s, t, ack, &a, a.windowMoved)
		return
	}
	h.cleanBoard(i, s, t, &a)
	t.rackPatience(delivered)
	notDup := a.data || a.windowMoved || a.acked > 0
	h.tlpAcked(s, t, ack, &a, notDup)
	if !notDup || a.sackedNew || a.dsack || a.ece || t.ca != caOpen {
		dupacks := uint32(0)
		if !a.advanced && !notDup && !a.dsack {
			dupacks = 1 // RFC 5681 §2, "duplicate acknowledgment"
		}
		h.recover(i, s, t, dupacks, &a)
	}
	if a.setTimer && !h.scheduleProbe(i, s, t, true) {
		h.rearm(i, s, t)
	}
	delivered, lost = t.delivered-delivered, t.lost-lost
	if a.ece { // tcp_newly_delivered
		t.deliveredCE += delivered
		h.stats.TCPDeliveredCE += uint64(delivered)
	}
	if t.reduces() {
		h.reduce(t, delivered, lost, a.advanced)
	} else if a.acked > 0 || t.reordering > dupThresh && (a.sackedNew || a.dsack) {
		h.grow(s, t, delivered)
	}
	h.resendAfter(i, s, t, &a)
}

// resendAfter is tcp_xmit_recovery: the window is known, now send.
func (h *Host) resendAfter(i uint32, s *sock, t *traffic, a *ackInfo) {
	if a.rexmit == rexmitNew {
		h.write(i, s, pushAll)
		if t.highSeq.Less(t.sndNxt) {
			return
		}
		t.frto = false
	}
	if a.rexmit != rexmitNone && t.packetsOut > 0 {
		h.resendLost(i, s, t)
	}
}

// cleanBoard takes what is acknowledged off the scoreboard, and a round-trip
// time from it (tcp_clean_rtx_queue). Karn's rule: not from what was sent twice
// (RFC 6298 §3), unless timestamps tell which copy it was (RFC 7323 §4.1).
func (h *Host) cleanBoard(i uint32, s *sock, t *traffic, a *ackInfo) {
	reord := t.sndNxt
	for t.recHead != 0 {
		p := h.sents.at(t.recHead)
		if s.sndUna.Less(p.end) {
			if p.segs == 1 || s.sndUna.LessEq(p.seq) {
				break
			}
			n := s.sndUna.Diff(p.seq) / int(t.mss) * int(t.mss)
			if n == 0 {
				break
			}
			h.split(s, t, t.recHead, p.seq+wire.Seq(n))
			p = h.sents.at(t.recHead)
		}
		n := uint32(p.segs)
		if p.marks&markEver != 0 {
			if p.marks&markRetrans != 0 {
				t.retransOut -= n
			}
			a.retransAcked = true
		} else if p.marks&markSacked == 0 {
			if a.firstAcked == 0 {
				a.firstAcked = max(1, p.at)
			}
			a.lastAcked = max(1, p.at)
			if p.seq.Less(reord) {
				reord = p.seq
			}
			if p.end.LessEq(t.highSeq) {
				a.origSacked = true
			}
		}
		if p.marks&markSacked != 0 {
			t.sackedOut -= n
		} else if s.flags&flagSACK != 0 {
			t.delivered += n
			if p.marks&markEver == 0 || !h.echoedBefore(s, t, p.at) {
				h.rackAdvance(t, p)
			}
		}
		if p.marks&markLost != 0 {
			t.lostOut -= n
		}
		t.packetsOut -= n
		a.acked += n
		k := t.recHead
		if t.recHead = p.next; t.recHead == 0 {
			t.recTail = 0
		}
		h.sents.release(k)
	}
	a.renege = t.recHead != 0 && h.sents.at(t.recHead).marks&markSacked != 0
	h.sample(s, t, a)
	if a.acked == 0 {
		// The head was sent before what has been sacked: its timer is honest.
		a.setTimer = a.setTimer || a.firstSacked != 0 && t.recHead != 0 && a.firstSacked > h.sents.at(t.recHead).at
		return
	}
	a.setTimer = true
	if s.flags&flagSACK == 0 {
		h.removeRenoSacks(t, a.acked)
		if a.retransAcked {
			a.origSacked = false
		}
	} else if reord.Less(a.priorFack) {
		h.reordered(s, t, reord, false)
	}
}

// sample takes the round-trip times an ACK gives (tcp_ack_update_rtt).
func (h *Host) sample(s *sock, t *traffic, a *ackInfo) {
	now := h.net.sim.Now()
	rtt, last := int64(-1), int64(-1)
	if a.firstAcked != 0 && !a.retransAcked {
		rtt, last = int64(micros(now.Sub(a.firstAcked))), int64(micros(now.Sub(a.lastAcked)))
	}
	if a.firstSacked != 0 {
		last = int64(micros(now.Sub(a.lastSacked)))
		if rtt < 0 {
			rtt = int64(micros(now.Sub(a.firstSacked)))
		}
	}
	if rtt < 0 && t.echo != 0 && a.acked > 0 {
		rtt = int64(max(1, h.tsClock(s.laddr, s.raddr)-t.echo)) * 1000
		last = rtt
	}
	if rtt < 0 || rtt > 1<<31 {
		return
	}
	if m := uint32(max(1, last)); t.minRTT == 0 || m < t.minRTT {
		t.minRTT = m
	}
	h.measure(s, t, uint32(rtt))
	if !h.reno(s) {
		h.pktsAcked(s, t, uint32(last))
	}
}

// measure is RFC 6298 §2, with Linux's two refinements: a shorter round trip
// does not raise the variance, and it falls no faster than once in a round trip
// (tcp_rtt_estimator). srtt is kept times eight, mdev and rttvar times four.
//
//	first:  SRTT = R,  RTTVAR = R/2
//	then:   RTTVAR = 3/4 RTTVAR + 1/4 |SRTT − R|,  SRTT = 7/8 SRTT + 1/8 R
//	RTO = SRTT + max(200 ms, 4 RTTVAR)
func (h *Host) measure(s *sock, t *traffic, r uint32) {
	if t.srtt == 0 {
		t.srtt = r << 3
		t.mdev = r << 1
		t.rttvar = max(t.mdev, rtoMin)
		t.mdevMax, t.rttSeq = t.rttvar, t.sndNxt
	} else {
		m := int64(r) - int64(t.srtt>>3)
		t.srtt = uint32(int64(t.srtt) + m)
		if m < 0 {
			if m = -m - int64(t.mdev>>2); m > 0 {
				m >>= 3
			}
		} else {
			m -= int64(t.mdev >> 2)
		}
		t.mdev = uint32(int64(t.mdev) + m)
		if t.mdev > t.mdevMax {
			t.mdevMax = t.mdev
			t.rttvar = max(t.rttvar, t.mdevMax)
		}
		if t.rttSeq.Less(s.sndUna) {
			if t.mdevMax < t.rttvar {
				t.rttvar -= (t.rttvar - t.mdevMax) >> 2
			}
			t.rttSeq, t.mdevMax = t.sndNxt, rtoMin
		}
	}
	t.srtt = max(1, t.srtt)
	h.learnWay(s.raddr, t.srtt>>3)
	t.rto = min(t.srtt>>3+t.rttvar, rtoMax)
	t.backoff = 0
}

// ways is how many destinations a host remembers the round trip to, as
// tcp_metrics does of connections that have ended. A connection that begins to
// send after a long silence, and one that a listener has just opened, begin
// with it. Two destinations in one place only forget each other's.
const ways = 256

type way struct {
	addr wire.Addr4
	rtt  uint32 // µs, 0: none
}

func (h *Host) learnWay(to wire.Addr4, rtt uint32) {
	h.ways[(uint32(to)*0x9e3779b1)>>24] = way{to, max(1, rtt)}
}

// wayTo is the last round trip to a destination, in µs; 0: unknown.
func (h *Host) wayTo(to wire.Addr4) uint32 {
	if w := &h.ways[(uint32(to)*0x9e3779b1)>>24]; w.addr == to {
		return w.rtt
	}
	return 0
}

// echoedBefore reports whether the ACK echoes a timestamp from before an
// instant (tcp_tsopt_ecr_before).
func (h *Host) echoedBefore(s *sock, t *traffic, at sim.Time) bool {
	stamp := uint32(at/1_000_000) + h.keyed(s.laddr, s.raddr, 0, 0, 1)
	return t.echo != 0 && int32(t.echo-stamp) < 0
}

// freeAcked takes n bytes off the write queue; a FIN among them is no byte.
func (h *Host) freeAcked(s *sock, t *traffic, n uint32) {
	for n > 0 && t.sndHead != 0 {
		b := h.skbs.at(t.sndHead)
		take := min(n, b.len)
		b.off, b.len, n, t.sndBytes = b.off+take, b.len-take, n-take, t.sndBytes-take
		if b.len == 0 {
			head := t.sndHead
			if t.sndHead = b.next; t.sndHead == 0 {
				t.sndTail = 0
			}
			h.mem.release(b.buf)
			h.skbs.release(head)
		}
	}
	t.cur, t.curSkip = 0, 0
}

// writeSpace wakes whoever found the buffer full, when a third is free
// (sk_stream_write_space); nobody else hears of it. A buffer that the window
// does not fill grows with it (tcp_new_space).
func (h *Host) writeSpace(i uint32, s *sock) {
	if s.flags&flagNoSpace == 0 {
		return
	}
	h.growSndBuf(s)
	if h.room(s) >= h.sndBuf(s)/3 {
		s.flags &^= flagNoSpace
		h.wake(i, s, newsSpace)
	}
}
