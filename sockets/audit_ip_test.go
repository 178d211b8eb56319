package sockets

// unread counts the datagrams that wait for their readers.
func (a *auditor) unread(h *Host) (n int) {
	h.socks.each(func(_ uint32, s *sock) {
		if s.proto == protoUDP && s.traffic != 0 {
			n += int(h.traffic.at(s.traffic).rcvCount)
		}
	})
	return n
}

// fragments: each that came has become a packet, is kept, or was dropped.
func (a *auditor) fragments(h *Host) {
	t, held, bytes := &h.frags, 0, 0
	for i, q := range t.list {
		if q == nil {
			continue
		}
		have, charge := 0, fragHeadSize
		for k, f := range q.pieces {
			have += f.end - f.at
			charge += truesize(int(f.p.off + f.p.len))
			a.that(k == 0 || q.pieces[k-1].end <= f.at, "%s: fragments of one packet overlap", h.name)
		}
		a.is(h.name+": bytes of a packet that is not whole", q.have, have)
		a.that(q.end < 0 || q.have < q.end, "%s: a packet is whole and not delivered", h.name)
		a.that(q.timer != 0 && t.index[q.key] == i, "%s: fragments nobody finds or forgets", h.name)
		held += len(q.pieces)
		bytes += charge
		a.pending++
	}
	a.is(h.name+": fragments kept", t.held, held)
	a.is(h.name+": truesize of the fragments kept", t.bytes, bytes)
	a.is(h.name+": ReasmReqds = put together + dropped + kept", int(h.stats.IpReasmReqds+h.stats.Ip6ReasmReqds), int(t.used+t.dropped)+held)
	a.kept = held
}

// neighbours counts the frames that wait for one.
func (a *auditor) neighbours(h *Host) int {
	held := 0
	for i, e := range h.neighs.list {
		if e == nil {
			continue
		}
		bytes := 0
		for _, w := range e.waiting {
			bytes += truesize(w.n)
		}
		a.that(e.state == neighIncomplete || len(e.waiting) == 0, "%s: frames wait for %s, which is %s", h.name, a.net.addr(e.addr).String(), neighNames[e.state])
		a.that(bytes == e.bytes && bytes <= neighQueueBytes, "%s: %d bytes wait for %s, %d are counted", h.name, bytes, a.net.addr(e.addr).String(), e.bytes)
		timed := e.state != neighStale && e.state != neighFailed
		a.that((e.timer != 0) == timed, "%s: %s is %s, and its timer runs: %v", h.name, a.net.addr(e.addr).String(), neighNames[e.state], e.timer != 0)
		a.is(h.name+": place of a neighbour", h.neighs.index[neighKey{e.dev, e.addr}], i)
		if timed {
			a.pending++
		}
		held += len(e.waiting)
	}
	a.is(h.name+": frames that wait for a neighbour", h.neighs.held, held)
	a.waiting += held
	return held
}
