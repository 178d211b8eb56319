package sockets

import (
	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// udpSend sends one datagram (udp_sendmsg, udpv6_sendmsg). It reports how many
// bytes. A socket without a port gets one first, whatever comes of it.
func (p *Process) udpSend(i uint32, s *sock, data []byte, flags int, to *SockAddr, call inCall) (int, Errno, error) {
	h := p.host
	if !h.hasPort(s) {
		if e := h.getUDPPort(i, s, 0); e != 0 {
			return -1, EAGAIN, nil
		}
	}
	if s.flags&flagCorked != 0 {
		if e := udpRefuses(h.traffic.at(s.traffic).corkTo, len(data), flags); e != 0 {
			return -1, e, nil
		}
		n, e := h.udpAppend(i, s, data, flags)
		return n, e, nil
	}
	raddr, rport, e := h.udpTarget(s, len(data), flags, to)
	if e != 0 {
		return -1, e, nil
	}
	c, e := h.datagramWay(s, raddr)
	if e != 0 {
		return -1, e, nil
	}
	limit := 65535 - wire.UDPLen
	if !isSix(raddr) {
		limit -= wire.IPv4Len
	}
	if len(data) > limit {
		return -1, EMSGSIZE, nil
	}
	if e, err := p.sendSpace(s, flags, isSix(raddr), call); e != 0 || err != nil {
		return -1, e, err
	}
	if flags&MSG_MORE != 0 || h.options(s).udpCork {
		t := h.busy(s)
		t.corkTo, t.corkPort = raddr, rport
		s.flags |= flagCorked
		n, e := h.udpAppend(i, s, data, flags)
		return n, e, nil
	}
	n, e := h.udpEmit(c, i, s, raddr, rport, data)
	return n, e, nil
}

// sending is a datagram that a device has not sent yet. Until then it counts
// against its socket's send buffer.
type sending struct {
	leaves sim.Time
	charge uint32 // its truesize
	next   uint32
}

// sendSpace waits until the send buffer has room (sock_alloc_send_pskb): one
// byte is enough, whatever is to be sent.
func (p *Process) sendSpace(s *sock, flags int, six bool, call inCall) (Errno, error) {
	h := p.host
	timeout := h.options(s).sndTimeo
	nonblock := s.flags&flagNonblock != 0 || flags&MSG_DONTWAIT != 0 || h.net.err != nil
	for {
		switch {
		case s.err != 0:
			return s.takeError(), nil
		case s.shut&shutWrite != 0:
			return EPIPE, nil
		case s.traffic == 0 || h.traffic.at(s.traffic).sendCharge < uint32(h.options(s).sndBuf):
			return 0, nil
		}
		s.flags |= flagNoSpace
		if nonblock {
			one(six, &h.stats.UdpSndbufErrors, &h.stats.Udp6SndbufErrors)
			h.stats.udpFull++
			return EAGAIN, nil
		}
		late, err := p.sleepOn(s, waitThread, pollOut|pollErr, &timeout, call)
		if err != nil {
			return 0, err
		}
		nonblock = late
	}
}

// chargeSend lets datagrams that wait for a device count against the send buffer,
// until the wire has taken them. On lo they are gone at once. (One that waits
// for its neighbour counts only as long as the wire is busy with others.)
func (h *Host) chargeSend(c *nic, i uint32, s *sock, n int) {
	now := h.net.sim.Now()
	if c.tx.free <= now {
		h.wakeQueue(&s.waiters, newsSpace) // sock_wfree
		return
	}
	t := h.busy(s)
	k := h.sendings.alloc()
	leaves := c.tx.free
	if t.sendTail == 0 {
		t.sendHead = k
		t.timer = h.net.sim.At(leaves, h.udpTimer, uint64(i))
	} else {
		last := h.sendings.at(t.sendTail)
		last.next = k
		leaves = max(leaves, last.leaves) // another device may be quicker: they leave in order here
	}
	*h.sendings.at(k) = sending{leaves: leaves, charge: uint32(truesize(n))}
	t.sendTail = k
	t.sendCharge += uint32(truesize(n))
}

// udpLeft is sock_wfree: datagrams have left the send buffer. Whoever waits for
// room hears of it when half of it is free (sock_def_write_space).
func (h *Host) udpLeft(arg uint64) {
	i := uint32(arg)
	s := h.socks.at(i)
	t := h.traffic.at(s.traffic)
	t.timer = 0
	for now := h.net.sim.Now(); t.sendHead != 0; {
		k := t.sendHead
		d := *h.sendings.at(k)
		if d.leaves > now {
			t.timer = h.net.sim.At(d.leaves, h.udpTimer, arg)
			break
		}
		t.sendCharge -= d.charge
		if t.sendHead = d.next; t.sendHead == 0 {
			t.sendTail = 0
		}
		h.sendings.release(k)
	}
	if h.roomy(s) {
		s.flags &^= flagNoSpace
		h.wakeQueue(&s.waiters, newsSpace)
	}
	h.rest(0, s)
}

// roomy reports whether a datagram socket counts as writable (sock_writeable).
func (h *Host) roomy(s *sock) bool {
	return s.traffic == 0 || 2*h.traffic.at(s.traffic).sendCharge <= uint32(h.options(s).sndBuf)
}

// forgetSendings is for a socket that is taken apart.
func (h *Host) forgetSendings(t *traffic) {
	for k := t.sendHead; k != 0; {
		next := h.sendings.at(k).next
		h.sendings.release(k)
		k = next
	}
	t.sendHead, t.sendTail, t.sendCharge = 0, 0, 0
}

// udpAppend adds to a datagram that is being put together (UDP_CORK, MSG_MORE)
// and sends it when this was the last piece.
func (h *Host) udpAppend(i uint32, s *sock, data []byte, flags int) (int, Errno) {
	t := h.busy(s)
	limit := 65535 - wire.UDPLen
	if !isSix(t.corkTo) {
		limit -= wire.IPv4Len
	}
	if int(t.sndBytes)+len(data) > limit {
		h.udpFlush(i, s, false)
		return -1, EMSGSIZE
	}
	for rest := data; len(rest) > 0; {
		rest = rest[h.appendData(t, rest):]
	}
	if flags&MSG_MORE == 0 && !h.options(s).udpCork {
		if e := h.udpFlush(i, s, true); e != 0 {
			return -1, e
		}
	}
	return len(data), 0
}

// udpFlush ends a datagram that was being put together: it is sent, or thrown
// away.
func (h *Host) udpFlush(i uint32, s *sock, send bool) (e Errno) {
	if s.flags&flagCorked == 0 {
		return 0
	}
	s.flags &^= flagCorked
	t := h.busy(s)
	data := make([]byte, t.sndBytes)
	h.gather(t, 0, data)
	h.freeQueue(t.sndHead)
	t.sndHead, t.sndTail, t.sndBytes = 0, 0, 0
	if c := h.net.route(h, t.corkTo); send && c != nil {
		_, e = h.udpEmit(c, i, s, t.corkTo, t.corkPort, data)
	} else {
		h.wakeQueue(&s.waiters, newsSpace)
	}
	h.rest(0, s)
	return e
}

// udpEmit builds a datagram and hands it to the card. One that is too long is
// cut, or refused if the socket says so: then its sender may ask why.
func (h *Host) udpEmit(c *nic, i uint32, s *sock, raddr wire.Addr4, rport uint16, data []byte) (int, Errno) {
	src := h.sendsFrom(s)
	if src == 0 || isSix(src) != isSix(raddr) {
		src = h.source(c, raddr)
	}
	at := ipHeaders(raddr)
	n := wire.UDPLen + len(data)
	mtu, df, e := h.packetMTU(c, s, raddr, at-wire.EthernetLen+n)
	if e != 0 {
		h.localError(s, raddr, rport, e)
		return -1, e
	}
	frame := h.net.frames.alloc(at + n)
	b := h.net.frames.of(frame)
	copy(b[at+wire.UDPLen:], data)
	h.stats.BytesCopiedDown += uint64(len(data))
	if h.net.tape != nil {
		h.net.tape.moved(h, nil, StationCopyIn, wire.FiveTuple{Proto: wire.ProtoUDP, Src: src, Dst: raddr, SrcPort: s.lport, DstPort: rport}, len(data), "write")
	}
	u := wire.UDP{SrcPort: s.lport, DstPort: rport}
	u.Put(b[at:], h.pseudo(src, raddr, wire.ProtoUDP, n), data)
	e = h.ipSend(c, frame, outgoing{src: src, dst: raddr, proto: wire.ProtoUDP, ttl: h.ttlOf(s, raddr), df: df, mtu: mtu}, n)
	h.chargeSend(c, i, s, at+n)
	six, o := isSix(raddr), h.options(s)
	if e == 0 {
		one(six, &h.stats.UdpOutDatagrams, &h.stats.Udp6OutDatagrams)
		return len(data), 0
	}
	// The device's queue was full. That is told only to who wants to know about
	// errors (udp_send_skb).
	one(six, &h.stats.UdpSndbufErrors, &h.stats.Udp6SndbufErrors)
	if o.recvErr && !six || o.recvErr6 && six {
		return -1, e
	}
	return len(data), 0
}

// ttlOf is the TTL or hop limit a socket's packets leave with: its own, or 0
// for the host's.
func (h *Host) ttlOf(s *sock, to wire.Addr4) uint8 {
	if s.opts == 0 {
		return 0
	}
	option := key(IPPROTO_IP, IP_TTL)
	if isSix(to) {
		option = key(IPPROTO_IPV6, IPV6_UNICAST_HOPS)
	}
	return uint8(max(0, h.stored(s, option, -1)))
}

// localError puts an error that no router sent into the error queue, if the
// program wants to know (ip_local_error). It has no data.
func (h *Host) localError(s *sock, to wire.Addr4, port uint16, e Errno) {
	o := h.options(s)
	if o.recvErr && !isSix(to) || o.recvErr6 && isSix(to) {
		t := h.busy(s)
		h.hang(&t.errHead, &t.errTail, skb{buf: h.mem.alloc(1), from: to, port: port, err: uint8(e)})
	}
}

// udpTarget is where a datagram goes, in the kernel's order of checks.
func (h *Host) udpTarget(s *sock, n, flags int, to *SockAddr) (raddr wire.Addr4, rport uint16, e Errno) {
	if !s.six() {
		if e := udpRefuses(0, n, flags); e != 0 {
			return 0, 0, e
		}
	}
	if to != nil && s.six() && to.Family == AF_UNSPEC && to.length() >= 2 {
		to = nil
	}
	if to == nil {
		if s.state != Established {
			return 0, 0, EDESTADDRREQ
		}
		if s.six() && !isSix(s.raddr) && s.rport == 0 {
			return 0, 0, EINVAL // udpv6_sendmsg hands it on as an address
		}
		return s.raddr, s.rport, udpRefuses(s.raddr, n, flags)
	}
	if raddr, e = h.destinationOf(s, *to, true); e != 0 {
		return 0, 0, e
	}
	if e := udpRefuses(raddr, n, flags); e != 0 {
		return 0, 0, e
	}
	if to.Port == 0 {
		return 0, 0, EINVAL
	}
	return raddr, to.Port, 0
}

// udpRefuses is what udp_sendmsg looks at first, for IPv4 alone: udpv6_sendmsg
// does not, but hands on to it what is for a mapped address.
func udpRefuses(to wire.Addr4, n, flags int) Errno {
	switch {
	case isSix(to):
		return 0
	case n > 0xffff:
		return EMSGSIZE
	case flags&MSG_OOB != 0:
		return EOPNOTSUPP
	}
	return 0
}
