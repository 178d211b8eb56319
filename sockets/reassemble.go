package sockets

import (
	"encoding/binary"
	"time"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// Fragments wait here for the rest of their packet (net/ipv4/ip_fragment.c,
// net/ipv6/reassembly.c). What waits is bounded in bytes and in time; what
// overlaps is thrown away whole, since nobody honest sends it (RFC 5722).

// fragKey says which fragments belong together: RFC 791 §3.2, RFC 8200 §4.5.
type fragKey struct {
	src, dst wire.Addr4
	id       uint32
	proto    uint8
	six      bool
}

// fragQueue is a packet of which a part has come.
type fragQueue struct {
	key    fragKey
	pieces []fragPiece // in order, without gaps in the list, but with gaps between
	end    int         // of the packet, once the last fragment has come; -1 before
	have   int         // bytes
	timer  sim.Timer
	bytes  int // truesize of all
}

// fragPiece is a fragment in kernel memory.
type fragPiece struct {
	p   packet // off and len are of its payload
	at  int    // where that belongs
	end int
}

// fragTable is the packets a host is putting together. An index names one to
// its timer.
type fragTable struct {
	list    []*fragQueue // nil: free
	index   map[fragKey]int
	bytes   int
	held    int    // fragments
	used    uint64 // fragments that became packets
	dropped uint64
	timer   sim.Handler
}

// fragHeadSize is what an empty queue is charged: struct ipq.
const fragHeadSize = 208

// gatherFragments takes a fragment, at byte at of its packet, and delivers the
// packet if it is whole. It takes the buffer over.
func (h *Host) gatherFragments(p *packet, key fragKey, at int, more bool) {
	one(key.six, &h.stats.IpReasmReqds, &h.stats.Ip6ReasmReqds)
	if at == 0 && !more { // of IPv6 only: a whole packet with a fragment header (RFC 6946)
		h.stats.Ip6ReasmOKs++
		h.frags.used++
		h.deliver(p)
		return
	}
	i, ok := h.fragFind(key)
	if !ok {
		h.fragDrop(p, "no room for more fragments (ipfrag_high_thresh): ")
		h.fragFails(key.six)
		return
	}
	q := h.frags.list[i]
	end := at + int(p.len)
	switch why := q.accepts(at, end, more, int(p.off-p.ip)); why {
	case "":
	case "a copy":
		h.fragDrop(p, "this fragment has come before: ")
		return
	default:
		if why == "overlaps" && !key.six {
			h.stats.IpExtReasmOverlaps++
		}
		h.fragDrop(p, "a fragment that "+why+": ")
		h.fragKill(i)
		h.fragFails(key.six)
		return
	}
	if !more {
		q.end = end
	}
	charge := truesize(int(p.off + p.len))
	q.insert(fragPiece{*p, at, end})
	q.have += end - at
	q.bytes += charge
	h.frags.bytes += charge
	h.frags.held++
	if h.net.tape != nil {
		h.net.tape.datagram(h, StationIP, p, "a fragment, kept: "+itoa(q.have)+" bytes so far")
	}
	if q.have == q.end {
		h.fragDone(i)
	}
}

func (h *Host) fragFails(six bool) { one(six, &h.stats.IpReasmFails, &h.stats.Ip6ReasmFails) }

// accepts says what is wrong with a fragment, nothing if it fits
// (ip_frag_queue, inet_frag_queue_insert).
func (q *fragQueue) accepts(at, end int, more bool, header int) string {
	most := 65535 - header // an IPv4 packet with its header, an IPv6 packet without
	if q.key.six {
		most = 65535
	}
	switch {
	case end > most:
		return "makes the packet longer than 65,535 bytes"
	case more && (end-at)%8 != 0 || end == at:
		return "is no multiple of 8 bytes"
	case !more && q.end >= 0 && q.end != end:
		return "ends somewhere else"
	case q.end >= 0 && end > q.end:
		return "lies beyond the end"
	case !more && len(q.pieces) > 0 && q.pieces[len(q.pieces)-1].end > end:
		return "ends before others do"
	}
	for _, f := range q.pieces {
		if f.at == at && f.end == end {
			return "a copy"
		}
		if at < f.end && f.at < end {
			return "overlaps"
		}
	}
	return ""
}

// insert keeps the pieces in order.
func (q *fragQueue) insert(f fragPiece) {
	i := len(q.pieces)
	for i > 0 && q.pieces[i-1].at > f.at {
		i--
	}
	q.pieces = append(q.pieces, fragPiece{})
	copy(q.pieces[i+1:], q.pieces[i:])
	q.pieces[i] = f
}

// fragFind is the queue of a packet, a new one if there is none and the memory
// for fragments is not used up (inet_frag_find).
func (h *Host) fragFind(key fragKey) (int, bool) {
	t := &h.frags
	if i, ok := t.index[key]; ok {
		return i, true
	}
	high := h.sysInt("net.ipv4.ipfrag_high_thresh")
	life := time.Duration(h.sysInt("net.ipv4.ipfrag_time")) * time.Second
	if key.six {
		high, life = h.sysInt("net.ipv6.ip6frag_high_thresh"), time.Duration(h.sysInt("net.ipv6.ip6frag_time"))*time.Second
	}
	if int64(t.bytes) > high || high == 0 {
		return 0, false
	}
	if t.index == nil {
		t.index = map[fragKey]int{}
		t.timer = h.net.sim.Handle(h.fragTimer)
	}
	i := 0
	for i < len(t.list) && t.list[i] != nil {
		i++
	}
	if i == len(t.list) {
		t.list = append(t.list, nil)
	}
	t.list[i] = &fragQueue{key: key, end: -1, bytes: fragHeadSize}
	t.bytes += fragHeadSize
	t.index[key] = i
	t.list[i].timer = h.net.sim.After(max(0, life), t.timer, uint64(i))
	return i, true
}

// fragDrop ends a fragment's way.
func (h *Host) fragDrop(p *packet, why string) {
	h.frags.dropped++
	h.dropped(p, why+family(p.six())+"ReasmFails")
	h.mem.release(p.buf)
}

// fragKill throws a queue away with all that is in it.
func (h *Host) fragKill(i int) {
	q := h.frags.list[i]
	for _, f := range q.pieces {
		h.mem.release(f.p.buf)
	}
	h.frags.dropped += uint64(len(q.pieces))
	h.fragForget(i)
}

// fragForget takes a queue out of the table.
func (h *Host) fragForget(i int) {
	q := h.frags.list[i]
	if q.timer != 0 {
		h.net.sim.Cancel(q.timer)
	}
	h.frags.bytes -= q.bytes
	h.frags.held -= len(q.pieces)
	delete(h.frags.index, q.key)
	h.frags.list[i] = nil
}

// fragTimer is ip_expire and ip6frag_expire_frag_queue. The sender is told if
// the first fragment is there, so that it can see which packet it was.
func (h *Host) fragTimer(arg uint64) {
	i := int(arg)
	q := h.frags.list[i]
	six := q.key.six
	q.timer = 0
	h.fragFails(six)
	one(six, &h.stats.IpReasmTimeout, &h.stats.Ip6ReasmTimeout)
	h.note(StationTimer, "not all fragments of a packet from "+h.net.addr(q.key.src).String()+" came: "+family(six)+"ReasmTimeout")
	if len(q.pieces) > 0 && q.pieces[0].at == 0 {
		p := &q.pieces[0].p
		if six {
			h.icmpError(p, wire.ICMPv6TimeExceeded, 1, 0)
		} else {
			h.icmpError(p, wire.ICMPTimeExceeded, 1, 0)
		}
	}
	h.fragKill(i)
}

// wholeHeader makes the header of the first fragment that of the packet: an
// error may quote it.
func wholeHeader(b []byte, key fragKey, n int) {
	if key.six {
		binary.BigEndian.PutUint16(b[4:], uint16(n))
		b[6] = key.proto
		return
	}
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)+n))
	binary.BigEndian.PutUint16(b[6:], 0) // no flags, no offset
	binary.BigEndian.PutUint16(b[10:], 0)
	binary.BigEndian.PutUint16(b[10:], wire.SumBytes(b).Checksum())
}

// fragDone puts the pieces together, under the first one's header, and
// delivers the packet (ip_frag_reasm).
func (h *Host) fragDone(i int) {
	q := h.frags.list[i]
	first := q.pieces[0].p
	p := first
	if q.key.six {
		p.off -= wire.Fragment6Len
	}
	p.buf = h.mem.alloc(int(p.off) + q.end)
	p.len = uint32(q.end)
	b := h.mem.of(p.buf)
	copy(b, h.mem.of(first.buf)[:p.off])
	wholeHeader(b[p.ip:p.off], q.key, q.end)
	for _, f := range q.pieces {
		copy(b[int(p.off)+f.at:], h.mem.of(f.p.buf)[f.p.off:f.p.off+f.p.len])
		h.mem.release(f.p.buf)
	}
	h.frags.used += uint64(len(q.pieces))
	h.fragForget(i)
	one(q.key.six, &h.stats.IpReasmOKs, &h.stats.Ip6ReasmOKs)
	h.deliver(&p)
}
