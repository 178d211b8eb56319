package sockets

import "socketbook/sockets/wire"

// What comes out of order waits for what is missing (RFC 9293 §3.10.7.4,
// seventh: "segments with higher beginning sequence numbers SHOULD be held"),
// and the peer is told of it: SACK, RFC 2018.

// seqRange is [start, end).
type seqRange struct{ start, end wire.Seq }

// joins widens r by another range that touches it (tcp_sack_extend).
func (r *seqRange) joins(o seqRange) bool {
	if r.end.Less(o.start) || o.end.Less(r.start) {
		return false
	}
	if o.start.Less(r.start) {
		r.start = o.start
	}
	if r.end.Less(o.end) {
		r.end = o.end
	}
	return true
}

// holes is what a receiver remembers while something is missing. Few have it.
type holes struct {
	head, tail uint32      // skbs by sequence number; none overlaps another
	charge     uint32      // their truesize
	sacks      [4]seqRange // to tell, the latest first (RFC 2018 §4)
	count      uint8
	dsack      seqRange // what came twice, to tell once (RFC 2883 §4)
	hasDSACK   bool
}

// holesOf is the socket's holes, made when there are none.
func (h *Host) holesOf(t *traffic) *holes {
	if t.holes == 0 {
		t.holes = h.holes.alloc()
	}
	return h.holes.at(t.holes)
}

// dropHoles forgets them when nothing waits and nothing is to be told.
func (h *Host) dropHoles(t *traffic) {
	if t.holes == 0 {
		return
	}
	if o := h.holes.at(t.holes); o.head == 0 && !o.hasDSACK {
		h.holes.release(t.holes)
		t.holes = 0
	}
}

// hasHoles reports whether something waits for what is missing.
func (h *Host) hasHoles(t *traffic) bool { return t.holes != 0 && h.holes.at(t.holes).head != 0 }

// span is the sequence numbers of a piece that waits, with its FIN.
func (b *skb) span() seqRange {
	end := b.seq + wire.Seq(b.len)
	if b.fin {
		end++
	}
	return seqRange{b.seq, end}
}

// outOfOrder keeps a segment that comes after a hole (tcp_data_queue_ofo).
// Where it overlaps what is there, the bytes there stay and it is cut.
func (h *Host) outOfOrder(i uint32, s *sock, t *traffic, g *segment) {
	h.ecnArrives(s, t, g)
	charge := uint32(truesize(int(g.off + g.len)))
	if !h.makeRoom(s, t, wire.Seq(g.tcp.Seq), charge) {
		h.stats.TCPOFODrop++
		h.queueDrop(i, g, "out of order, and the receive buffer is full: TCPOFODrop")
		return
	}
	h.stats.TCPOFOQueue++
	o := h.holesOf(t)
	n := skb{buf: g.buf, off: g.off, len: g.len, seq: wire.Seq(g.tcp.Seq), fin: g.has(wire.FIN)}
	all := n.span()
	prev, at := uint32(0), o.head
	if o.tail != 0 && h.skbs.at(o.tail).span().end.LessEq(n.seq) {
		prev, at = o.tail, 0 // the usual case: behind all others
	}
	for at != 0 && h.skbs.at(at).span().end.LessEq(n.seq) {
		prev, at = at, h.skbs.at(at).next
	}
	if at != 0 && h.skbs.at(at).seq.LessEq(n.seq) { // one that begins before it
		r := h.skbs.at(at).span()
		if all.end.LessEq(r.end) {
			h.stats.TCPOFOMerge++
			h.tellTwice(s, t, all)
			h.newSack(s, o, all)
			return
		}
		h.tellTwice(s, t, seqRange{n.seq, r.end})
		skip := uint32(r.end - n.seq)
		n.seq, n.off, n.len = r.end, n.off+skip, n.len-min(n.len, skip)
		prev, at = at, h.skbs.at(at).next
	}
	for at != 0 && h.skbs.at(at).seq.Less(all.end) { // those that begin in it
		r := h.skbs.at(at).span()
		if all.end.Less(r.end) {
			h.tellTwice(s, t, seqRange{r.start, all.end})
			n.len, n.fin = uint32(r.start-n.seq), false
			break
		}
		h.stats.TCPOFOMerge++
		h.tellTwice(s, t, r)
		at = h.unlinkWaiting(o, prev, at)
	}
	if n.len > 0 || n.fin { // something of it is new
		g.buf = 0
		h.insertWaiting(o, prev, n)
	}
	h.newSack(s, o, all)
	if h.net.tape != nil {
		h.net.tape.waiting(h, g)
	}
}

// insertWaiting puts a piece behind prev, 0 for the first.
func (h *Host) insertWaiting(o *holes, prev uint32, n skb) {
	k := h.skbs.alloc()
	if prev == 0 {
		n.next, o.head = o.head, k
	} else {
		n.next, h.skbs.at(prev).next = h.skbs.at(prev).next, k
	}
	*h.skbs.at(k) = n
	if n.next == 0 {
		o.tail = k
	}
	o.charge += uint32(truesize(int(n.off + n.len)))
}

// unlinkWaiting takes the piece at out and throws it away; what follows it.
func (h *Host) unlinkWaiting(o *holes, prev, at uint32) uint32 {
	b := h.skbs.at(at)
	next := b.next
	if prev == 0 {
		o.head = next
	} else {
		h.skbs.at(prev).next = next
	}
	if o.tail == at {
		o.tail = prev
	}
	o.charge -= uint32(truesize(int(b.off + b.len)))
	h.mem.release(b.buf)
	h.skbs.release(at)
	return next
}

// makeRoom bounds what waits by the receive buffer: when it is full, what lies
// farthest ahead goes first (tcp_try_rmem_schedule, tcp_prune_ofo_queue).
func (h *Host) makeRoom(s *sock, t *traffic, seq wire.Seq, charge uint32) bool {
	limit := h.rcvBuf(s, t)
	used := func() uint32 {
		u := 2 * t.rcvBytes
		if t.holes != 0 {
			u += h.holes.at(t.holes).charge
		}
		return u
	}
	if used() <= limit {
		return true
	}
	h.stats.PruneCalled++
	if h.prune(t, seq, func() bool { return used() <= limit-limit/8 }) {
		h.stats.OfoPruned++
	}
	if used() <= limit {
		return true
	}
	h.stats.RcvPruned++
	return false
}

// prune drops the last pieces, down to those before seq, until enough.
func (h *Host) prune(t *traffic, seq wire.Seq, enough func() bool) (any bool) {
	if t.holes == 0 {
		return false
	}
	o := h.holes.at(t.holes)
	for o.tail != 0 && seq.Less(h.skbs.at(o.tail).seq) && !enough() {
		prev := uint32(0)
		for k := o.head; k != o.tail; k = h.skbs.at(k).next {
			prev = k
		}
		h.unlinkWaiting(o, prev, o.tail)
		any = true
	}
	if any {
		o.count = 0 // what was told of is gone: RFC 2018 §8 allows it
	}
	return any
}

// reassemble moves what a filled hole lets go into the receive queue
// (tcp_ofo_queue). It reports whether a FIN was among it.
func (h *Host) reassemble(i uint32, s *sock, t *traffic) (fin bool) {
	if t.holes == 0 {
		return false
	}
	o := h.holes.at(t.holes)
	for o.head != 0 && !fin {
		k := o.head
		b := h.skbs.at(k)
		if s.rcvNxt.Less(b.seq) {
			break
		}
		r := b.span()
		if b.seq.Less(s.rcvNxt) {
			h.tellTwice(s, t, seqRange{b.seq, seqMin(r.end, s.rcvNxt)})
		}
		o.charge -= uint32(truesize(int(b.off + b.len)))
		if o.head = b.next; o.head == 0 {
			o.tail = 0
		}
		skip := min(uint32(s.rcvNxt-b.seq), b.len)
		fin = b.fin && s.rcvNxt.Less(r.end)
		if b.len == skip {
			h.mem.release(b.buf)
		} else {
			p := skb{buf: b.buf, off: b.off + skip, len: b.len - skip}
			h.hang(&t.rcvHead, &t.rcvTail, p)
			t.rcvBytes += p.len
			s.rcvNxt += wire.Seq(p.len)
		}
		h.skbs.release(k)
	}
	h.sacksBelow(s, o)
	return fin
}

func seqMin(a, b wire.Seq) wire.Seq {
	if a.Less(b) {
		return a
	}
	return b
}

// tellTwice notes what came twice, for a D-SACK (RFC 2883 §4; tcp_dsack_set,
// _extend).
func (h *Host) tellTwice(s *sock, t *traffic, r seqRange) {
	if s.flags&flagSACK == 0 || !h.sys.dsack || !r.start.Less(r.end) {
		return
	}
	o := h.holesOf(t)
	if o.hasDSACK {
		o.dsack.joins(r)
		return
	}
	if r.start.Less(s.rcvNxt) {
		h.stats.TCPDSACKOldSent++
	} else {
		h.stats.TCPDSACKOfoSent++
	}
	o.hasDSACK, o.dsack = true, r
}

// newSack puts what has come at the head of the list (RFC 2018 §4: "the first
// SACK block MUST specify the contiguous block of data containing the segment
// which triggered this ACK"; tcp_sack_new_ofo_skb).
func (h *Host) newSack(s *sock, o *holes, r seqRange) {
	if s.flags&flagSACK == 0 {
		return
	}
	n := int(o.count)
	at := n
	for k := range n {
		if o.sacks[k].joins(r) {
			r, at = o.sacks[k], k
			break
		}
	}
	if at == n { // a new one; the oldest is forgotten where four are there
		if n < len(o.sacks) {
			n++
		}
		at = n - 1
	}
	copy(o.sacks[1:at+1], o.sacks[:at])
	o.sacks[0] = r
	for k := 1; k < n; { // it may touch others now
		if o.sacks[0].joins(o.sacks[k]) {
			copy(o.sacks[k:], o.sacks[k+1:n])
			n--
			continue
		}
		k++
	}
	o.count = uint8(n)
}

// sacksBelow forgets blocks that rcvNxt has passed (tcp_sack_remove).
func (h *Host) sacksBelow(s *sock, o *holes) {
	n := 0
	for _, r := range o.sacks[:o.count] {
		if s.rcvNxt.Less(r.start) && o.head != 0 {
			o.sacks[n] = r
			n++
		}
	}
	o.count = uint8(n)
}

// sackOptions adds the blocks to the options of an ACK: a D-SACK first, and as
// many as there is room for (tcp_established_options).
func (h *Host) sackOptions(s *sock, t *traffic, o *wire.TCPOptions) {
	if t.holes == 0 || s.flags&flagSACK == 0 {
		return
	}
	w := h.holes.at(t.holes)
	room := 4
	if o.Timestamps {
		room = 3
	}
	add := func(r seqRange) {
		if o.SACKCount < room {
			o.SACK[o.SACKCount] = wire.SACKBlock{Start: uint32(r.start), End: uint32(r.end)}
			o.SACKCount++
		}
	}
	if w.hasDSACK {
		add(w.dsack)
	}
	for _, r := range w.sacks[:w.count] {
		add(r)
	}
}
