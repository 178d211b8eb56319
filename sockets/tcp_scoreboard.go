package sockets

import (
	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// The scoreboard: what the sender knows of every piece in flight (RFC 6675 §3).
// It is a list in the order of sequence numbers, from sndUna to sndNxt.
//
//	una                                          nxt
//	 │  sacked     lost    lost, sent again        │
//	[ ? ][ ✓ ][ ✓ ][ ✗ ][ ✗ ↻ ][ ✓ ][  ?  ][  ?  ]
//
// A piece is one hand-over to the card, one segment or more.
type sent struct {
	at       sim.Time // when it was sent last
	seq, end wire.Seq // end counts a FIN
	next     uint32
	segs     uint16 // how many segments it is on the wire
	marks    marks
	fin      bool
}

// marks are tcp_skb_cb's "sacked" (include/net/tcp.h TCPCB_…).
type marks uint8

const (
	markSacked  marks = 1 << iota // the peer has it, out of order
	markLost                      // it counts as lost
	markRetrans                   // it was sent again, and that is in flight
	markEver                      // it has been sent more than once
)

// inFlight is how many segments are in the network, as far as we know: RFC 6675
// §4, "pipe" (tcp_packets_in_flight).
func (t *traffic) inFlight() int {
	return int(t.packetsOut) - int(t.sackedOut) - int(t.lostOut) + int(t.retransOut)
}

// record puts a piece that was sent for the first time on the scoreboard.
func (h *Host) record(t *traffic, seq, end wire.Seq, segs uint16, fin bool) {
	k := h.sents.alloc()
	*h.sents.at(k) = sent{at: h.net.sim.Now(), seq: seq, end: end, segs: segs, fin: fin}
	if t.recTail == 0 {
		t.recHead = k
	} else {
		h.sents.at(t.recTail).next = k
	}
	t.recTail = k
	t.packetsOut += uint32(segs)
}

// split cuts a piece in two at seq, which lies inside it (tcp_fragment).
func (h *Host) split(s *sock, t *traffic, k uint32, seq wire.Seq) {
	r := h.sents.at(k)
	j := h.sents.alloc()
	*h.sents.at(j) = *r
	q := h.sents.at(j)
	all := r.segs
	q.seq, r.end, r.fin = seq, seq, false
	r.segs, q.segs = t.segments(r.end.Diff(r.seq)), t.segments(q.end.Diff(q.seq))
	if r.next = j; t.recTail == k {
		t.recTail = j
	}
	more := uint32(r.segs) + uint32(q.segs) - uint32(all) // mod 2^32: it may be less, too
	t.packetsOut += more
	for _, c := range [...]struct {
		mark marks
		n    *uint32
	}{{markSacked, &t.sackedOut}, {markLost, &t.lostOut}, {markRetrans, &t.retransOut}} {
		if r.marks&c.mark != 0 {
			*c.n += more
		}
	}
}

// segments is how many segments n bytes are.
func (t *traffic) segments(n int) uint16 {
	return uint16(max(1, (n+int(t.mss)-1)/int(t.mss)))
}

// highestSacked is the end of what the peer has told of (tcp_highest_sack_seq).
func (h *Host) highestSacked(s *sock, t *traffic) wire.Seq {
	if t.sackedOut == 0 {
		return s.sndUna
	}
	return t.highSacked
}

// ackInfo is what one ACK has told: FLAG_… of tcp_input.c.
type ackInfo struct {
	priorUna, priorFack wire.Seq
	priorSacked         uint32
	reord               wire.Seq // lowest piece that came without being sent again, below what was sacked
	firstAcked          sim.Time // of pieces sent once, acknowledged now: first and last
	lastAcked           sim.Time
	firstSacked         sim.Time // likewise, sacked now
	lastSacked          sim.Time
	acked               uint32 // segments taken off
	data                bool   // the segment carries data
	ece                 bool   // the peer has met congestion
	advanced            bool   // sndUna moved
	windowMoved         bool
	sackedNew           bool // something was sacked
	origSacked          bool // something sent once, before the trouble began, came
	retransAcked        bool // something sent again was acknowledged
	dsack, dsackTLP     bool
	renege              bool
	setTimer            bool
	lostRetrans         bool
	rexmit              rexmit
}

type rexmit uint8

const (
	rexmitNone rexmit = iota
	rexmitLost        // send again what is lost
	rexmitNew         // send something new first (F-RTO)
)

// sackArrives reads the SACK blocks of an ACK (tcp_sacktag_write_queue): the
// first may say what came twice (D-SACK, RFC 2883 §4).
func (h *Host) sackArrives(s *sock, t *traffic, g *segment, a *ackInfo) {
	if s.flags&flagSACK == 0 || g.opt.SACKCount == 0 {
		return
	}
	a.reord = t.sndNxt
	blocks := g.opt.SACK[:g.opt.SACKCount]
	dup := -1
	if d := h.dsackOf(s, t, g); d {
		dup = 0
		h.dsackSeen(s, t, seqRange{wire.Seq(blocks[0].Start), wire.Seq(blocks[0].End)}, a)
	}
	for n, b := range blocks {
		r := seqRange{wire.Seq(b.Start), wire.Seq(b.End)}
		if !s.sackValid(t, r, n == dup) {
			h.countBadSack(t, n == dup)
			continue
		}
		h.tag(s, t, r, n == dup, a)
	}
	if t.ca != caLoss && a.reord.Less(h.highestSacked(s, t)) && a.reord != t.sndNxt {
		h.reordered(s, t, a.reord, false)
	}
}

func (h *Host) countBadSack(t *traffic, dup bool) {
	switch {
	case !dup:
		h.stats.TCPSACKDiscard++
	case !t.undoOn:
		h.stats.TCPDSACKIgnoredNoUndo++
	default:
		h.stats.TCPDSACKIgnoredOld++
	}
}

// dsackOf reports whether the first block is a D-SACK: it lies below the
// acknowledgement, or inside the second block (RFC 2883 §4; tcp_check_dsack).
func (h *Host) dsackOf(s *sock, t *traffic, g *segment) bool {
	b := g.opt.SACK
	switch {
	case wire.Seq(b[0].Start).Less(wire.Seq(g.tcp.Ack)):
		h.stats.TCPDSACKRecv++
	case g.opt.SACKCount > 1 && !wire.Seq(b[1].End).Less(wire.Seq(b[0].End)) && !wire.Seq(b[0].Start).Less(wire.Seq(b[1].Start)):
		h.stats.TCPDSACKOfoRecv++
	default:
		return false
	}
	return true
}

// dsackSeen notes that a retransmission was not needed (tcp_dsack_seen), if it
// can be one of ours.
func (h *Host) dsackSeen(s *sock, t *traffic, r seqRange, a *ackInfo) {
	n := r.end.Diff(r.start)
	if n <= 0 {
		return
	}
	dups := uint32(t.segments(n))
	if n <= int(t.mss) && t.tlpOn && t.tlpHigh == r.end {
		a.dsackTLP = true
	}
	if t.dsackDups += dups; t.dsackDups > t.totalRetrans {
		h.stats.TCPDSACKIgnoredDubious++
		return
	}
	h.stats.TCPDSACKRecvSegs += uint64(dups)
	if t.reordSeen && !a.dsackTLP {
		t.rackDSACK = true
	}
	a.dsack = true
	t.delivered += dups
	// It is for something acknowledged long ago: the undo counts it here.
	if t.undoOn && t.undoRetrans > 0 && r.end.LessEq(s.sndUna) && t.undoMarker.Less(r.end) {
		t.undoRetrans = max(0, t.undoRetrans-int32(dups))
	}
}

// sackValid is tcp_is_sackblock_valid: within what is in flight, or, for a
// D-SACK, below it and not before the trouble began.
func (s *sock) sackValid(t *traffic, r seqRange, dup bool) bool {
	switch {
	case t.sndNxt.Less(r.end) || !r.start.Less(r.end) || !r.start.Less(t.sndNxt):
		return false
	case s.sndUna.Less(r.start):
		return true
	case !dup || !t.undoOn || s.sndUna.Less(r.end):
		return false
	}
	return t.undoMarker.Less(r.end)
}

// tag marks what a block says has arrived (tcp_sacktag_walk, _one).
func (h *Host) tag(s *sock, t *traffic, r seqRange, dup bool, a *ackInfo) {
	for k := t.recHead; k != 0; k = h.sents.at(k).next {
		p := h.sents.at(k)
		if !p.seq.Less(r.end) {
			return
		}
		if p.end.LessEq(r.start) {
			continue
		}
		// Of a piece of several segments a part may have come.
		if p.segs > 1 && p.seq.Less(r.start) {
			if n := r.start.Diff(p.seq) / int(t.mss) * int(t.mss); n > 0 {
				h.split(s, t, k, p.seq+wire.Seq(n))
				continue
			}
		}
		if p.segs > 1 && r.end.Less(p.end) {
			if n := r.end.Diff(p.seq) / int(t.mss) * int(t.mss); n > 0 {
				h.split(s, t, k, p.seq+wire.Seq(n))
				p = h.sents.at(k)
			}
		}
		if p.seq.Less(r.start) || r.end.Less(p.end) {
			continue
		}
		h.tagOne(s, t, p, dup, a)
	}
}

func (h *Host) tagOne(s *sock, t *traffic, p *sent, dup bool, a *ackInfo) {
	n := uint32(p.segs)
	if dup && p.marks&markEver != 0 {
		if t.undoOn && t.undoRetrans > 0 && t.undoMarker.Less(p.end) {
			t.undoRetrans = max(0, t.undoRetrans-int32(n))
		}
		if p.marks&markSacked != 0 && p.seq.Less(a.reord) {
			a.reord = p.seq
		}
	}
	if p.marks&markSacked == 0 {
		h.rackAdvance(t, p)
		if p.marks&markRetrans != 0 {
			// Not marked as lost: the second copy is still on its way.
			if p.marks&markLost != 0 {
				p.marks &^= markLost | markRetrans
				t.lostOut -= n
				t.retransOut -= n
			}
		} else {
			if p.marks&markEver == 0 {
				if p.seq.Less(h.highestSacked(s, t)) && p.seq.Less(a.reord) {
					a.reord = p.seq
				}
				if p.end.LessEq(t.highSeq) {
					a.origSacked = true
				}
				if a.firstSacked == 0 {
					a.firstSacked = max(1, p.at)
				}
				a.lastSacked = p.at
			}
			if p.marks&markLost != 0 {
				p.marks &^= markLost
				t.lostOut -= n
			}
		}
		p.marks |= markSacked
		if t.sackedOut == 0 || t.highSacked.Less(p.end) {
			t.highSacked = p.end
		}
		t.sackedOut += n
		t.delivered += n
		a.sackedNew = true
	}
	if dup && p.marks&markRetrans != 0 {
		p.marks &^= markRetrans
		t.retransOut -= n
	}
}

// reordered notes that a segment came behind later ones without having been
// sent again (tcp_check_sack_reordering): the network reorders.
func (h *Host) reordered(s *sock, t *traffic, low wire.Seq, byStamp bool) {
	fack := h.highestSacked(s, t)
	if !low.Less(fack) {
		return
	}
	if n := uint32(t.segments(fack.Diff(low))); n > t.reordering {
		t.reordering = min(n, 300) // net.ipv4.tcp_max_reordering
	}
	t.reordSeen = true
	if byStamp {
		h.stats.TCPTSReorder++
	} else {
		h.stats.TCPSACKReorder++
	}
}

// RACK (RFC 8985): a segment is lost when one that was sent later has arrived,
// and a little time has passed in which it could have been overtaken. Linux
// has no other rule for connections with SACK (net/ipv4/tcp_recovery.c).

// rackAdvance is RFC 8985 §6.2, step 2: the latest sending time of what has
// arrived.
func (h *Host) rackAdvance(t *traffic, p *sent) {
	rtt := micros(h.net.sim.Now().Sub(p.at))
	if rtt < t.minRTT && p.marks&markEver != 0 {
		return // it may be the first copy that came
	}
	t.rackAdvanced = true
	t.rackRTT = rtt
	if sentAfter(p.at, p.end, t.rackAt, t.rackEnd) {
		t.rackAt, t.rackEnd = p.at, p.end
	}
}

// sentAfter compares two pieces by time, and where that is the same by
// sequence number (tcp_skb_sent_after).
func sentAfter(at sim.Time, end wire.Seq, at2 sim.Time, end2 wire.Seq) bool {
	return at > at2 || at == at2 && end2.Less(end)
}

// rackWindow is how long to wait for what may have been overtaken: RFC 8985
// §6.2, step 4.
func (t *traffic) rackWindow() uint32 {
	if !t.reordSeen && (t.ca >= caRecovery || t.sackedOut >= t.reordering) {
		return 0
	}
	return min(t.minRTT/4*uint32(max(1, t.rackSteps)), t.srtt>>3)
}

// rackLost marks what is lost (step 5), and reports how long to wait before
// looking again, in microseconds; 0: no need to.
func (h *Host) rackLost(t *traffic) (wait uint32) {
	window, now := t.rackWindow(), h.net.sim.Now()
	for k := t.recHead; k != 0; {
		p := h.sents.at(k)
		k = p.next
		if !sentAfter(t.rackAt, t.rackEnd, p.at, p.end) {
			if p.marks&markEver == 0 {
				break // all behind it were sent later still
			}
			continue
		}
		if p.marks&markSacked != 0 || p.marks&(markLost|markRetrans) == markLost {
			continue
		}
		if left := int64(t.rackRTT) + int64(window) - int64(micros(now.Sub(p.at))); left <= 0 {
			h.markLost(t, p)
		} else {
			wait = max(wait, uint32(left))
		}
	}
	return wait
}

// markLost counts a piece as lost (tcp_mark_skb_lost).
func (h *Host) markLost(t *traffic, p *sent) {
	switch {
	case p.marks&markSacked != 0:
		return
	case p.marks&markLost == 0:
		p.marks |= markLost
		t.lostOut += uint32(p.segs)
	case p.marks&markRetrans != 0:
		p.marks &^= markRetrans
		t.retransOut -= uint32(p.segs)
		h.stats.TCPLostRetransmit += uint64(p.segs)
	default:
		return
	}
	t.lost += uint32(p.segs)
}
