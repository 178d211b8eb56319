package sockets

import (
	"fmt"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// sockets: each one's numbers are in order, and a connection is found by its
// tuple.
func (a *auditor) sockets(h *Host) {
	hashed, traffic, live := 0, 0, 0
	a.records, a.withHoles = 0, 0
	h.socks.each(func(i uint32, s *sock) {
		if s.state == 0 {
			a.that(*s == sock{}, "%s: socket %d is free but not zero: %+v", h.name, i, *s)
			return
		}
		live++
		name := a.name(h, i, s)
		t := traffic_{nxt: s.sndUna, adv: s.rcvNxt}
		if s.traffic != 0 && s.state != Listen {
			traffic++
			t = a.traffic(h, name, s)
		}
		if s.proto != protoTCP {
			a.that(s.refs > 0, "%s is held by nobody", name)
			a.that(s.owner == 0, "%s has a TCP port", name)
			a.that(s.state == Closed || s.state == Established, "%s is in a state only TCP has", name)
			return
		}
		if s.flags&flagHashed != 0 {
			hashed++
			a.that(h.lookup(s.laddr, s.raddr, s.lport, s.rport) == i, "%s is not found by its tuple", name)
		}
		open := s.state != Closed && s.state != Listen
		a.that(open == (s.flags&flagHashed != 0), "%s: in the lookup table: %v", name, !open)
		a.that(s.state == Closed || s.owner != 0, "%s has no port of its own", name)
		a.that(s.state != TimeWait || s.refs == 0, "%s is a program's: it should have a socket of its own to wait in", name)
		if s.state == Listen {
			a.that(s.traffic != 0, "%s has no queues", name)
			return
		}
		if open {
			a.window(name, s, t)
		}
		a.that(open || !t.timer, "%s is closed but has a timer", name)
		a.that(s.refs > 0 || open || s.flags&flagQueued != 0, "%s is closed and held by nobody", name)
	})
	requests := 0
	h.requests.each(func(i uint32, q *request) {
		if q.lport == 0 {
			return
		}
		requests++
		peer := h.remoteOf(q)
		a.that(q.timer != 0, "%s: the half-open connection of %v has no timer", h.name, peer)
		a.that(h.lookup(q.laddr, q.raddr, q.lport, q.rport) == i|requestRef, "%s: the half-open connection of %v is not found", h.name, peer)
		a.that(h.socks.at(q.listener).state == Listen, "%s: the half-open connection of %v has no listener", h.name, peer)
		a.pending++
	})
	a.is(h.name+": sockets in use", h.socks.live, live)
	a.is(h.name+": half-open connections in use", h.requests.live, requests)
	a.is(h.name+": traffic in use", h.traffic.live, traffic)
	a.is(h.name+": pieces on scoreboards", h.sents.live, a.records)
	a.is(h.name+": connections with holes", h.holes.live, a.withHoles)
	a.is(h.name+": entries of the lookup table", h.conns.n, hashed+requests)
}

func (a *auditor) name(h *Host, i uint32, s *sock) string {
	kind := [...]string{"TCP", "UDP", "ping", "raw", "unix"}[s.proto]
	return fmt.Sprintf("%s: %s socket %d (%v, %v > %v)", h.name, kind, i, s.state, h.local(s), h.remote(s))
}

type traffic_ struct {
	sent     uint32
	timer    bool
	nxt, adv wire.Seq
}

// traffic: the queues hold as many bytes as they say, and there is a reason to
// keep them.
func (a *auditor) traffic(h *Host, name string, s *sock) traffic_ {
	t := h.traffic.at(s.traffic)
	stream := s.proto == protoTCP
	count := func(what string, head, tail uint32) (bytes, pieces, charge uint32) {
		last := uint32(0)
		for _, k := range a.list(name+": "+what+" queue", head, func(k uint32) uint32 { return h.skbs.at(k).next }) {
			b := h.skbs.at(k)
			bytes, pieces, last = bytes+b.len, pieces+1, k
			charge += uint32(truesize(int(b.off + b.len)))
			a.queued++
			a.that(b.len > 0 || !stream, "%s has an empty piece in its %s queue", name, what)
			a.that(b.buf != 0 && int(b.off+b.len) <= len(h.mem.of(b.buf)), "%s: a piece in its %s queue is longer than its buffer", name, what)
		}
		a.is(name+": end of the "+what+" queue", int(tail), int(last))
		return bytes, pieces, charge
	}
	bytes, pieces, charge := count("receive", t.rcvHead, t.rcvTail)
	a.is(name+": bytes in the receive queue", int(t.rcvBytes), int(bytes))
	if !stream {
		a.is(name+": datagrams in the receive queue", int(t.rcvCount), int(pieces))
		a.is(name+": what they are charged", int(t.rcvCharge), int(charge))
		a.that(a.wild || t.rcvCount < 2 || int(t.rcvCharge) <= max(int(h.options(s).rcvBuf), int(h.sys.rmemDefault)), "%s: datagrams of %d bytes in a receive buffer of %d", name, t.rcvCharge, h.options(s).rcvBuf)
	}
	bytes, _, _ = count("write", t.sndHead, t.sndTail)
	a.is(name+": bytes in the write queue", int(t.sndBytes), int(bytes))
	count("error", t.errHead, t.errTail)
	quiet := t.quietAt != 0 && h.socks.at(h.quiet[t.quietAt-1]) == s
	a.that(h.underWay(s, t) || quiet || s.state == Closed && h.unacknowledged(s, t) != 0 || t.ssthresh != infinite || t.rcvGrown > 0, "%s keeps a traffic with nothing in it", name)
	a.that(t.quietAt == 0 || quiet, "%s is not at its place among the quiet, %d", name, t.quietAt)
	if stream {
		a.scoreboard(h, name, s, t)
		a.holes(h, name, s, t)
	}
	a.that(s.flags&flagCorked == 0 || !stream, "%s is a stream, and puts a datagram together", name)
	if stream {
		a.that(a.wild || int(t.sndBytes) <= max(h.sndBuf(s), h.limits.Wmem), "%s: %d bytes in a send buffer of %d", name, t.sndBytes, h.sndBuf(s))
		a.that(a.wild || t.rcvBytes <= h.rcvBuf(s, t), "%s: %d bytes unread, more than the receive buffer", name, t.rcvBytes)
		a.that(!t.sndUrgent || s.sndUna.Less(t.sndUp), "%s: its urgent bytes are acknowledged, and still count as urgent", name)
	} else {
		a.sendings(h, name, t)
		a.that(t.sndHead == 0 || s.flags&flagCorked != 0, "%s has data to send, and nothing waits for more", name)
	}
	for _, timer := range [...]sim.Timer{t.timer, t.ackTimer, t.keepTimer} {
		if timer != 0 {
			a.pending++
		}
	}
	if t.keepFutile {
		a.futile++
		a.that(t.keepTimer != 0, "%s has a keep-alive timer that is futile and does not run", name)
	}
	if t.futile {
		a.futile++
		a.that(t.timer != 0, "%s has a timer that is futile and does not run", name)
	}
	return traffic_{t.sndBytes, t.timer != 0, t.sndNxt, t.rcvAdv}
}

// scoreboard: the pieces in flight lie side by side from una to nxt, and are
// counted by their marks.
func (a *auditor) scoreboard(h *Host, name string, s *sock, t *traffic) {
	var out, sacked, lost, again uint32
	at, last := s.sndUna, uint32(0)
	for _, k := range a.list(name+": scoreboard", t.recHead, func(k uint32) uint32 { return h.sents.at(k).next }) {
		p := h.sents.at(k)
		a.records++
		// The first may be acknowledged in part.
		a.that(p.seq == at || last == 0 && p.seq.Less(at) && at.Less(p.end), "%s: a piece begins at %d, and not at %d", name, p.seq, at)
		a.that(p.seq.Less(p.end) && p.segs > 0, "%s: a piece from %d to %d of %d segments", name, p.seq, p.end, p.segs)
		a.that(p.marks&(markSacked|markLost) != markSacked|markLost, "%s: a piece is lost and has arrived", name)
		at, last, out = p.end, k, out+uint32(p.segs)
		for _, c := range []struct {
			mark marks
			n    *uint32
		}{{markSacked, &sacked}, {markLost, &lost}, {markRetrans, &again}} {
			if p.marks&c.mark != 0 {
				*c.n += uint32(p.segs)
			}
		}
	}
	a.is(name+": end of the scoreboard", int(t.recTail), int(last))
	a.that(t.recHead == 0 || at == t.sndNxt, "%s: the scoreboard ends at %d, and nxt is %d", name, at, t.sndNxt)
	a.is(name+": segments out", int(t.packetsOut), int(out))
	if s.flags&flagSACK != 0 {
		a.is(name+": segments sacked", int(t.sackedOut), int(sacked))
	}
	a.is(name+": segments lost", int(t.lostOut), int(lost))
	a.is(name+": segments sent again", int(t.retransOut), int(again))
	a.that(s.state == Closed || t.cwnd > 0, "%s: a congestion window of nothing", name)
}

// holes: what waits out of order lies beyond rcvNxt, in order, apart, and is
// what the receive buffer has room for.
func (a *auditor) holes(h *Host, name string, s *sock, t *traffic) {
	if t.holes == 0 {
		return
	}
	a.withHoles++
	o := h.holes.at(t.holes)
	at, last, charge := s.rcvNxt, uint32(0), uint32(0)
	for _, k := range a.list(name+": what waits", o.head, func(k uint32) uint32 { return h.skbs.at(k).next }) {
		b := h.skbs.at(k)
		a.queued++
		a.that(at.Less(b.seq) || last != 0 && at == b.seq, "%s: a piece waits at %d, and the one before it ends at %d", name, b.seq, at)
		a.that(b.buf != 0 && (b.len > 0 || b.fin), "%s: an empty piece waits", name)
		at, last = b.span().end, k
		charge += uint32(truesize(int(b.off + b.len)))
	}
	a.is(name+": end of what waits", int(o.tail), int(last))
	a.is(name+": truesize of what waits", int(o.charge), int(charge))
	a.that(o.head != 0 || o.hasDSACK, "%s remembers holes where there are none", name)
	for _, r := range o.sacks[:o.count] {
		a.that(s.rcvNxt.Less(r.start) && r.start.Less(r.end), "%s: a SACK block from %d to %d, next expected %d", name, r.start, r.end, s.rcvNxt)
	}
}

// sendings: what a device has not sent yet counts, and somebody will hear when
// it has.
func (a *auditor) sendings(h *Host, name string, t *traffic) {
	sum, last := uint32(0), uint32(0)
	for _, k := range a.list(name+": sendings", t.sendHead, func(k uint32) uint32 { return h.sendings.at(k).next }) {
		d := h.sendings.at(k)
		a.that(d.leaves >= a.net.Now(), "%s: a datagram has left and still counts", name)
		sum, last = sum+d.charge, k
		a.sent++
	}
	a.is(name+": datagrams not sent yet", int(t.sendCharge), int(sum))
	a.is(name+": the last of them", int(t.sendTail), int(last))
	a.that((t.timer != 0) == (t.sendHead != 0), "%s: datagrams leave and no timer tells, or the other way round", name)
}

// window: una ≤ nxt ≤ una + what is queued, SYN and FIN; and a connection with
// something to send has a timer.
func (a *auditor) window(name string, s *sock, t traffic_) {
	a.that(s.sndUna.LessEq(t.nxt), "%s: una %d is beyond nxt %d", name, s.sndUna, t.nxt)
	most := t.sent
	if s.flags&flagFinSent != 0 || s.state == SynSent || s.state == SynRecv {
		most++
	}
	flight := uint32(t.nxt - s.sndUna)
	a.that(flight <= most+1, "%s: %d bytes in flight of %d queued", name, flight, most)
	a.that(flight == 0 || t.timer, "%s has %d bytes in flight and no timer", name, flight)
	a.that(t.sent == 0 || t.timer, "%s has %d bytes to send and no timer", name, t.sent)
	a.that(s.state == SynSent || s.rcvNxt.LessEq(t.adv), "%s: next expected %d is beyond the window %d", name, s.rcvNxt, t.adv)
	a.that((s.state != TimeWait && (s.state != FinWait2 || s.refs > 0)) || t.timer, "%s would stay for ever", name)
}

// datagramSockets: each one with a port is in the list of its port, once, and
// nothing else is.
func (a *auditor) datagramSockets(h *Host) {
	want := map[uint32]bool{}
	h.socks.each(func(i uint32, s *sock) {
		if s.state != 0 && s.proto == protoUDP && s.flags&flagHashed != 0 {
			want[i] = true
		}
		a.that(s.state == 0 || s.proto != protoUDP || s.flags&flagHashed != 0 || s.lport == 0, "%s shows a port it has not got", a.name(h, i, s))
		a.that(s.proto <= protoUDP || s.flags&flagHashed == 0 && s.lport == 0, "%s has a port", a.name(h, i, s))
	})
	for high, page := range h.udp.pages {
		for low := 0; page != nil && low < 256; low++ {
			if page[low] == 0 {
				continue
			}
			what := fmt.Sprintf("%s: the list of UDP port %d", h.name, high<<8|low)
			for _, i := range a.list(what, page[low], func(i uint32) uint32 { return h.socks.at(i).link }) {
				a.that(want[i], "%s has socket %d, which is no datagram socket with a port, or is there twice", what, i)
				a.is(what+": port of socket "+itoa(int(i)), int(h.socks.at(i).lport), high<<8|low)
				delete(want, i)
			}
		}
	}
	for _, i := range sorted(want) {
		a.that(false, "%s is not in the list of its port", a.name(h, i, h.socks.at(i)))
	}
}

// listeners: the two queues of each are as long as they say.
func (a *auditor) listeners(h *Host) {
	queued, listeners := 0, 0
	requests := map[uint32]int{}
	h.requests.each(func(_ uint32, q *request) {
		if q.lport != 0 {
			requests[q.listener]++
		}
	})
	h.socks.each(func(i uint32, s *sock) {
		if s.flags&flagQueued != 0 && s.state != 0 {
			queued++
		}
		if s.state != Listen {
			return
		}
		listeners++
		l := h.listeners.at(s.traffic)
		last := uint32(0)
		all := a.list(h.name+": an accept queue", l.head, func(k uint32) uint32 { return h.socks.at(k).link })
		for _, k := range all {
			last = k
			a.that(h.socks.at(k).flags&flagQueued != 0, "%s: socket %d is in an accept queue and does not know", h.name, k)
			a.that(h.socks.at(k).refs == 0, "%s: socket %d is in an accept queue and has a descriptor", h.name, k)
		}
		queued -= len(all)
		a.is(h.name+": end of the accept queue", int(l.tail), int(last))
		a.is(h.name+": length of the accept queue", int(l.ready), len(all))
		a.is(h.name+": length of the SYN queue", int(l.young), requests[i])
		most := l.backlog
		if a.wild { // those that were in the queue when it got shorter stay
			most = max(most, uint32(h.limits.Somaxconn))
		}
		a.that(l.ready <= most+1, "%s: %d connections wait in an accept queue of at most %d", h.name, l.ready, most+1)
	})
	a.is(h.name+": sockets that think they are in an accept queue, and are not", queued, 0)
	a.is(h.name+": listeners in use", h.listeners.live, listeners)
}

// ports: every port in use has its sockets, those that have it in the same way
// are one owner, and the listeners found there listen.
func (a *auditor) ports(h *Host) {
	owned, listening := map[uint32]int{}, map[uint32]bool{}
	h.socks.each(func(i uint32, s *sock) {
		if s.owner == 0 {
			return
		}
		name := a.name(h, i, s)
		owned[s.owner]++
		if s.state == Listen {
			listening[i] = true
		}
		o := h.ports.owner(s.owner)
		a.is(name+": port of its bucket", int(h.ports.buckets.at(o.bucket).port), int(s.lport))
		a.that(o.how == h.how(s) && o.uid == h.uidOf(s), "%s is with those who have the port as %+v of user %d, but has it as %+v of user %d", name, o.how, o.uid, h.how(s), h.uidOf(s))
		a.that(o.auto || o.addr == s.laddr, "%s is with those at %v", name, h.net.text(o.addr))
	})
	further, buckets := 0, 0
	for high, page := range h.ports.pages {
		for low := 0; page != nil && low < 256; low++ {
			if page[low] == 0 {
				continue
			}
			buckets++
			port, b := high<<8|low, h.ports.buckets.at(page[low])
			what := fmt.Sprintf("%s: TCP port %d", h.name, port)
			a.is(what+": number in its bucket", int(b.port), port)
			all, connected := 0, true
			for _, i := range a.list(what+": its owners", b.owners, func(i uint32) uint32 { return h.ports.owner(i).next }) {
				if i != page[low] {
					further++
				}
				o := h.ports.owner(i)
				a.is(what+": sockets of an owner", int(o.count), owned[i])
				a.is(what+": bucket of an owner", int(o.bucket), int(page[low]))
				a.that(o.count > 0, "%s has an owner without sockets", what)
				all += int(o.count)
				connected = connected && o.auto
				for _, k := range a.list(what+": its listeners", o.listener, func(k uint32) uint32 { return h.listeners.at(h.socks.at(k).traffic).sibling }) {
					a.that(listening[k] && h.socks.at(k).owner == i, "%s: socket %d is listed as a listener: %v", what, k, h.socks.at(k).state)
					delete(listening, k)
				}
			}
			a.is(what+": all its sockets", int(b.count), all)
			a.that(all > 0, "%s is in use by nobody", what)
			a.that(-1 <= b.fastReuse && b.fastReuse <= 1 && -1 <= b.fastReusePort && b.fastReusePort <= 2, "%s: %+v", what, *b)
			a.that(connected || b.fastReuse >= 0 || b.fastReusePort >= 0, "%s was bound, and counts as if only connect had given it away", what)
			a.that(b.fastReusePort <= 0 || b.fastHow.reusePort, "%s may be shared by SO_REUSEPORT with one who has not got it", what)
		}
	}
	for _, i := range sorted(listening) {
		a.that(false, "%s listens, and no SYN finds it", a.name(h, i, h.socks.at(i)))
	}
	a.is(h.name+": entries of the port table = ports + owners beyond the first", h.ports.buckets.live, buckets+further)
	a.is(h.name+": ports in use", h.ports.inUse, buckets)
}

// freePorts: where ports run short, a set says which are taken. It says the same
// as a look at each.
func (a *auditor) freePorts(h *Host) {
	for d, set := range h.ports.taken {
		wrong := 0
		for port := range 1 << 16 {
			taken := set[port/64]>>(port%64)&1 != 0
			ref := h.lookup(d.laddr, d.raddr, uint16(port), d.rport)
			if ref&requestRef != 0 || ref != 0 && h.socks.at(ref).flags&flagPassive != 0 {
				continue // the port is a listener's, which the search sees by itself
			}
			if taken != (ref != 0 && h.socks.at(ref).state != TimeWait) {
				if wrong++; wrong == 1 {
					a.that(false, "%s: port %d towards %s:%d is marked as taken: %v, but is: %v", h.name, port, h.net.text(d.raddr), d.rport, taken, !taken)
				}
			}
		}
		a.that(wrong < 2, "%s: %d ports towards %s:%d are marked wrongly", h.name, wrong, h.net.text(d.raddr), d.rport)
	}
}

// options: each set has as many sockets as it thinks, and each side one set.
func (a *auditor) options(h *Host) {
	refs, sides := map[uint32]int{}, map[uint32]int{}
	h.socks.each(func(i uint32, s *sock) {
		if s.opts != 0 {
			refs[s.opts]++
			a.that(s.state != 0, "%s: socket %d is free and has options", h.name, i)
		}
	})
	live := 0
	h.optionSlab.each(func(i uint32, o *sockOptions) {
		if o.refs == 0 {
			a.that(*o == sockOptions{}, "%s: options %d are free but not zero: %+v", h.name, i, *o)
			return
		}
		live++
		if o.child != 0 {
			refs[o.child]++
		}
		if o.side != 0 {
			sides[o.side]++
		}
	})
	h.optionSlab.each(func(i uint32, o *sockOptions) {
		a.is(fmt.Sprintf("%s: sockets that have options %d", h.name, i), int(o.refs), refs[i])
	})
	a.is(h.name+": options in use", h.optionSlab.live, live)
	rare := 0
	for i, d := range h.sides.list {
		if d != nil {
			rare++
			a.is(fmt.Sprintf("%s: options that have side %d", h.name, i), sides[uint32(i)], 1)
		}
	}
	a.is(h.name+": sides in use", len(sides), rare)
	a.is(h.name+": sides to be used again", len(h.sides.free), max(0, len(h.sides.list)-1)-rare)
}
