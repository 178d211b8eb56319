package sockets

import "fmt"

// audit checks, at any moment between two events, what must always be so:
//
//   - Conservation. Frames sent = frames delivered + dropped + queued, at each
//     station of the way; the same for buffers, queue entries, ports, files.
//   - Order. una ≤ nxt ≤ una + queued, and the receive window never goes back.
//   - Found. Every connection is in the lookup table, once, and nothing else.
//   - Timers. Every pending event belongs to somebody who will be told.
//
// It returns a sentence for each thing that is wrong. It knows everything
// about the inside, and nothing in the inside knows of it.
func audit(n *Network) []string {
	a := &auditor{net: n}
	for _, h := range n.hosts {
		a.frames(h)
		a.sockets(h)
		a.queues(h)
		a.ports(h)
		a.files(h)
	}
	a.wires()
	a.timers()
	return a.wrong
}

type auditor struct {
	net     *Network
	wrong   []string
	futile  int // timers that ask for a window that stays closed
	pending int // timers somebody waits for
	ringed  int // frames in rx rings of the host being looked at
	queued  int // pieces of data in queues of the host being looked at
}

func (a *auditor) is(what string, got, want int) {
	if got != want {
		a.wrong = append(a.wrong, fmt.Sprintf("at %v s: %s: want %d, found %d", a.net.Now(), what, want, got))
	}
}

func (a *auditor) that(ok bool, format string, args ...any) {
	if !ok {
		a.wrong = append(a.wrong, fmt.Sprintf("at %v s: ", a.net.Now())+fmt.Sprintf(format, args...))
	}
}

// frames: what the cards took in is in the rings or with IP, and what IP took
// is with TCP or dropped.
func (a *auditor) frames(h *Host) {
	a.ringed = 0
	for _, c := range append([]*nic{h.lo}, h.nics...) {
		held := int(c.tail - c.head)
		a.that(held <= c.limit, "%s: ring of %s holds %d of %d", h.name, c.name, held, c.limit)
		a.that(held == 0 || c.irq.masked || c.irq.timer != 0, "%s: frames in the ring of %s and no interrupt on its way", h.name, c.name)
		a.ringed += held
		if c.irq.timer != 0 || c.irq.masked {
			a.pending++
		}
	}
	s := &h.stats
	a.is(h.name+": frames in rings = rx_packets - frames with IP", a.ringed,
		int(s.RxPackets-s.IpInDelivers-s.IpInAddrErrors-s.IpInDiscards))
	a.is(h.name+": IpInDelivers = TcpInSegs", int(s.InSegs), int(s.IpInDelivers))
	a.is(h.name+": TcpOutSegs = tx_packets + tx_dropped", int(s.OutSegs), int(s.TxPackets+s.TxDropped))
}

// wires: what was sent has been received, missed, or is on its way.
func (a *auditor) wires() {
	flying := 0
	var sent, received uint64
	for _, h := range a.net.hosts {
		for _, c := range append([]*nic{h.lo}, h.nics...) {
			w := c.tx
			flying += int(w.tail - w.head)
			if w.tail != w.head {
				a.pending++
			}
			a.that(w.waiting-w.head <= w.tail-w.head, "%s: %s counts more frames on the wire than it has", h.name, c.name)
		}
		sent += h.stats.TxPackets
		received += h.stats.RxPackets + h.stats.RxMissed
	}
	a.is("frames on the wires = sent - received - missed", flying, int(sent-received))
	live := 0
	for i := range a.net.frames.class {
		live += a.net.frames.class[i].live
	}
	a.is("frame buffers in use = frames on the wires", live, flying)
}

// sockets: each one's numbers are in order, and it is found by its tuple.
func (a *auditor) sockets(h *Host) {
	hashed, traffic, live := 0, 0, 0
	h.socks.each(func(i uint32, s *sock) {
		if s.state == 0 {
			a.that(*s == sock{}, "%s: socket %d is free but not zero: %+v", h.name, i, *s)
			return
		}
		live++
		name := fmt.Sprintf("%s: socket %d (%v, %v > %v)", h.name, i, s.state, s.local(), s.remote())
		if s.flags&flagHashed != 0 {
			hashed++
			a.that(h.lookup(s.laddr, s.raddr, s.lport, s.rport) == i, "%s is not found by its tuple", name)
		}
		open := s.state != Closed && s.state != Listen
		a.that(open == (s.flags&flagHashed != 0), "%s: in the lookup table: %v", name, !open)
		a.that(s.state == Closed || s.owner != 0, "%s has no port of its own", name)
		if s.state == Listen {
			a.that(s.traffic != 0, "%s has no queues", name)
			return
		}
		var t traffic_
		if s.traffic != 0 {
			traffic++
			t = a.traffic(h, name, h.traffic.at(s.traffic))
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
		a.that(q.timer != 0, "%s: the half-open connection of %v has no timer", h.name, q.remote())
		a.that(h.lookup(q.laddr, q.raddr, q.lport, q.rport) == i|requestRef, "%s: the half-open connection of %v is not found", h.name, q.remote())
		a.that(h.socks.at(q.listener).state == Listen, "%s: the half-open connection of %v has no listener", h.name, q.remote())
		a.pending++
	})
	a.is(h.name+": sockets in use", h.socks.live, live)
	a.is(h.name+": half-open connections in use", h.requests.live, requests)
	a.is(h.name+": traffic in use", h.traffic.live, traffic)
	a.is(h.name+": entries of the lookup table", h.conns.n, hashed+requests)
}

type traffic_ struct {
	sent  uint32
	timer bool
}

// traffic: the queues hold as many bytes as they say.
func (a *auditor) traffic(h *Host, name string, t *traffic) traffic_ {
	count := func(what string, head, tail, want uint32) {
		bytes, last := uint32(0), uint32(0)
		for k := head; k != 0; k = h.skbs.at(k).next {
			bytes, last = bytes+h.skbs.at(k).len, k
			a.queued++
			a.that(h.skbs.at(k).len > 0, "%s has an empty piece in its %s queue", name, what)
		}
		a.is(name+": bytes in the "+what+" queue", int(bytes), int(want))
		a.is(name+": end of the "+what+" queue", int(last), int(tail))
	}
	count("receive", t.rcvHead, t.rcvTail, t.rcvBytes)
	count("write", t.sndHead, t.sndTail, t.sndBytes)
	a.that(t.rcvHead != 0 || t.sndHead != 0 || t.timer != 0, "%s keeps a traffic with nothing in it", name)
	a.that(int(t.sndBytes) <= h.limits.Wmem, "%s: %d bytes in a send buffer of %d", name, t.sndBytes, h.limits.Wmem)
	a.that(t.rcvBytes <= h.windowFull(), "%s: %d bytes unread, more than the window ever was", name, t.rcvBytes)
	if t.timer != 0 {
		a.pending++
	}
	if t.futile {
		a.futile++
		a.that(t.timer != 0, "%s has a timer that is futile and does not run", name)
	}
	return traffic_{t.sndBytes, t.timer != 0}
}

// window: una ≤ nxt ≤ una + what is queued, SYN and FIN; and a connection with
// something to send has a timer.
func (a *auditor) window(name string, s *sock, t traffic_) {
	a.that(s.sndUna.LessEq(s.sndNxt), "%s: una %d is beyond nxt %d", name, s.sndUna, s.sndNxt)
	most := t.sent
	if s.flags&flagFinSent != 0 || s.state == SynSent || s.state == SynRecv {
		most++
	}
	flight := uint32(s.sndNxt - s.sndUna)
	a.that(flight <= most+1, "%s: %d bytes in flight of %d queued", name, flight, most)
	a.that(flight == 0 || t.timer, "%s has %d bytes in flight and no timer", name, flight)
	a.that(t.sent == 0 || t.timer, "%s has %d bytes to send and no timer", name, t.sent)
	a.that(s.state == SynSent || s.rcvNxt.LessEq(s.rcvAdv), "%s: next expected %d is beyond the window %d", name, s.rcvNxt, s.rcvAdv)
	a.that((s.state != TimeWait && (s.state != FinWait2 || s.refs > 0)) || t.timer, "%s would stay for ever", name)
}

// queues: the listeners' two queues are as long as they say, and everything in
// kernel memory lies in a queue or a ring.
func (a *auditor) queues(h *Host) {
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
		n := 0
		for k := l.head; k != 0; k = h.socks.at(k).link {
			n++
			a.that(h.socks.at(k).flags&flagQueued != 0, "%s: socket %d is in an accept queue and does not know", h.name, k)
			if h.socks.at(k).link == 0 {
				a.is(h.name+": end of the accept queue", int(l.tail), int(k))
			}
		}
		queued -= n
		a.is(h.name+": length of the accept queue", int(l.ready), n)
		a.is(h.name+": length of the SYN queue", int(l.young), requests[i])
		a.that(l.ready <= l.backlog+1, "%s: %d connections wait in an accept queue of backlog %d", h.name, l.ready, l.backlog)
	})
	a.is(h.name+": sockets that think they are in an accept queue, and are not", queued, 0)
	a.is(h.name+": listeners in use", h.listeners.live, listeners)
	a.is(h.name+": pieces of data in use", h.skbs.live, a.queued)
	live := 0
	for i := range h.mem.class {
		live += h.mem.class[i].live
	}
	a.is(h.name+": kernel buffers in use = data queued + frames in rings", live, a.queued+a.ringed)
	a.queued = 0
}

// ports: every port in use has its sockets, and the listener found there
// listens.
func (a *auditor) ports(h *Host) {
	owned := map[uint32]int{}
	h.socks.each(func(i uint32, s *sock) {
		if s.owner == 0 {
			return
		}
		owned[s.owner]++
		o := h.ports.owners.at(s.owner)
		a.is(h.name+": port of the bucket of a socket", int(h.ports.buckets.at(o.bucket).port), int(s.lport))
		a.that((s.state == Listen) == (o.listener == i), "%s: socket %d in %v, but the port's listener is %d", h.name, i, s.state, o.listener)
	})
	owners, buckets := 0, 0
	for high, page := range h.ports.pages {
		for low := 0; page != nil && low < 256; low++ {
			if page[low] == 0 {
				continue
			}
			buckets++
			b := h.ports.buckets.at(page[low])
			a.is(h.name+": number of a port", int(b.port), high<<8|low)
			count := 0
			for i := b.owners; i != 0; i = h.ports.owners.at(i).next {
				owners++
				o := h.ports.owners.at(i)
				a.is(fmt.Sprintf("%s: sockets with port %d", h.name, b.port), int(o.count), owned[i])
				a.is(h.name+": bucket of an owner", int(o.bucket), int(page[low]))
				count += int(o.count)
			}
			a.is(fmt.Sprintf("%s: all sockets with port %d", h.name, b.port), int(b.count), count)
		}
	}
	a.is(h.name+": owners of ports in use", h.ports.owners.live, owners)
	a.is(h.name+": ports in use", h.ports.buckets.live, buckets)
}

// files: fs.file-max counts what the processes have open, and each socket is
// named as often as it thinks.
func (a *auditor) files(h *Host) {
	open := 0
	refs := map[uint32]int{}
	asleep := map[*sock]int{}
	for _, t := range a.net.threads {
		if t.sleeping && t.on != nil {
			asleep[t.on]++
		}
	}
	for _, p := range h.procs {
		n := 0
		for fd, e := range p.fds.files {
			if e == 0 {
				continue
			}
			if e == kindAside {
				open++
				continue
			}
			n++
			if e&fdKind == kindSock {
				refs[uint32(e&fdIndex)]++
				a.that(h.socks.at(uint32(e&fdIndex)).state != 0, "%s: descriptor %d of %v names a socket that is gone", h.name, fd, p)
			}
		}
		a.is(fmt.Sprintf("%s: descriptors of %v", h.name, p), p.fds.count, n)
		open += n
	}
	a.is(h.name+": open files", int(h.files), open)
	h.socks.each(func(i uint32, s *sock) {
		if s.state != 0 && s.flags&flagCrowd == 0 {
			a.is(fmt.Sprintf("%s: descriptors and sleepers that hold socket %d (%v)", h.name, i, s.state), int(s.refs), refs[i]+asleep[s])
		}
	})
}

// timers: no event is pending that nobody knows of. Crowds plan arrivals and
// departures of their own, so with them there may be more.
func (a *auditor) timers() {
	for _, t := range a.net.threads {
		if t.sleeping && t.woken {
			a.pending++
		}
	}
	a.is("timers that change nothing", a.net.futile, a.futile)
	crowds := 0
	for _, h := range a.net.hosts {
		crowds += len(h.loads)
	}
	got := a.net.sim.Pending()
	if crowds > 0 {
		a.that(got >= a.pending, "%d events are pending, fewer than the %d somebody waits for", got, a.pending)
		return
	}
	a.is("pending events = timers, frames and wake-ups on their way", got, a.pending)
}

// leaks says what is left when everything should be gone: after the last
// descriptor is closed and the last timer has run out.
func leaks(n *Network) []string {
	a := &auditor{net: n}
	a.is("pending events after the end", n.sim.Pending(), 0)
	for i := range n.frames.class {
		a.is("frame buffers after the end", n.frames.class[i].live, 0)
	}
	a.is("bytes of frame buffers after the end", n.frames.bytes, 0)
	for _, h := range n.hosts {
		a.is(h.name+": sockets after the end", h.socks.live, 0)
		a.is(h.name+": traffic after the end", h.traffic.live, 0)
		a.is(h.name+": listeners after the end", h.listeners.live, 0)
		a.is(h.name+": half-open connections after the end", h.requests.live, 0)
		a.is(h.name+": pieces of data after the end", h.skbs.live, 0)
		a.is(h.name+": bytes of kernel buffers after the end", h.mem.bytes, 0)
		a.is(h.name+": entries of the lookup table after the end", h.conns.n, 0)
		a.is(h.name+": ports in use after the end", h.ports.buckets.live, 0)
		a.is(h.name+": owners of ports after the end", h.ports.owners.live, 0)
		a.is(h.name+": open files after the end", int(h.files), 3*len(h.procs))
		for d, set := range h.ports.taken {
			a.that(*set == portSet{}, "%s: ports towards %v:%d are still marked as taken", h.name, d.raddr, d.rport)
		}
	}
	for _, t := range n.threads {
		a.that(!t.sleeping, "thread %d still sleeps in %s", t.id, t.call)
	}
	return a.wrong
}
