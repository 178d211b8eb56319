package sockets

import (
	"time"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// listener is what listen(2) adds to a socket: two queues.
//
//	SYN ─▶ SYN queue ── ACK of the SYN-ACK ──▶ accept queue ─▶ accept4
//	       (requests,                          (sockets,
//	        half open)                          established)
//
// Each holds backlog+1 before it is full: the kernel asks "more than", not "as
// many as" (include/net/sock.h sk_acceptq_is_full,
// include/net/inet_connection_sock.h inet_csk_reqsk_queue_is_full).
type listener struct {
	backlog    uint32
	head, tail uint32   // accept queue, linked by sock.link
	ready      uint32   // its length
	young      uint32   // requests in the SYN queue
	cookies    sim.Time // when a cookie was last sent, 0: never
	sibling    uint32   // next listener of the same address, SO_REUSEPORT
}

// request is a half-open connection: struct tcp_request_sock, much smaller
// than a socket because strangers can make as many as they like.
type request struct {
	laddr, raddr wire.Addr4
	lport, rport uint16
	irs, iss     wire.Seq
	listener     uint32
	timer        sim.Timer
	tsRecent     uint32   // the peer's timestamp, to echo
	sentAt       sim.Time // when the first SYN-ACK went
	mss          uint16
	retries      uint8
	shifts       uint8  // window scales, as a sock has them
	peer         uint32 // see hint
	sack, stamps bool   // both ends take SACK; send timestamps
	scaled       bool   // both ends scale their windows
	bits         requestBits
}

// requestBits are in one byte, for a crowd's requests are many.
type requestBits uint8

const (
	requestAcked requestBits = 1 << iota // its ACK came, but data is waited for, or the accept queue was full
	requestECN                           // both ends mark packets
)

func (q *request) acked() bool { return q.bits&requestAcked != 0 }
func (q *request) ecn() bool   { return q.bits&requestECN != 0 }

// ask is the half-open connection that a SYN asks for: what it offers, as far
// as we allow it (tcp_openreq_init).
func (h *Host) ask(li uint32, g *segment) request {
	q := request{laddr: g.ip.Dst, raddr: g.ip.Src, lport: g.tcp.DstPort, rport: g.tcp.SrcPort,
		irs: wire.Seq(g.tcp.Seq), listener: li, mss: mssDefault}
	if g.opt.MSS != 0 {
		q.mss = g.opt.MSS
	}
	q.sack = g.opt.SACKPermitted && h.sys.sack
	if h.ecnAsked(g) {
		q.bits |= requestECN
	}
	if q.stamps = g.opt.Timestamps && h.sys.timestamps != 0; q.stamps {
		q.tsRecent = g.opt.TSVal
	}
	if q.scaled = g.opt.WindowScale >= 0 && h.sys.windowScaling; q.scaled {
		q.shifts = h.windowShift(h.socks.at(li))<<4 | uint8(g.opt.WindowScale)
	}
	return q
}

// window is what its SYN-ACK offers: in whole segments, without the options of
// each (tcp_openreq_init_rwin).
func (q *request) window(h *Host) uint32 {
	return h.firstWindowTo(h.socks.at(q.listener), q.raddr, q.stamps)
}

// options are those of its SYN-ACK: what both ends agree on (RFC 7323 §2.2,
// §3.2: an option in a SYN-ACK answers one in the SYN).
func (q *request) options(h *Host) wire.TCPOptions {
	o := wire.NoTCPOptions
	o.MSS, o.SACKPermitted = h.maxSegmentTo(h.socks.at(q.listener), q.raddr), q.sack
	if q.stamps {
		o.Timestamps, o.TSVal, o.TSEcr = true, h.tsClock(q.laddr, q.raddr), q.tsRecent
	}
	if q.scaled {
		o.WindowScale = int8(q.shifts >> 4)
	}
	return o
}

// synArrives is a SYN for a listener (RFC 9293 §3.10.7.2, third; Linux
// tcp_conn_request). iss is where our numbers must begin if the SYN takes the
// place of a connection in TIME-WAIT, else 0.
func (h *Host) synArrives(li uint32, g *segment, iss wire.Seq) {
	ls := h.socks.at(li)
	l := h.listeners.at(ls.traffic)
	if l.ready > l.backlog {
		// The client hears nothing and sends its SYN again in a second.
		h.stats.ListenOverflows++
		h.stats.ListenDrops++
		h.queueFull(li, g, "accept queue full", l.ready, l.backlog, ": ListenOverflows")
		return
	}
	full := l.young > l.backlog
	cookies := h.sys.syncookies
	if iss == 0 { // who had a connection is real, and gets in
		room := h.sys.maxSynBacklog - int64(l.young)
		switch {
		case cookies != 0 && (full || cookies == 2): // 2: always, for tests
			h.sendCookie(li, l, g)
			return
		case full:
			h.stats.TCPReqQFullDrop++
			h.stats.ListenDrops++
			h.queueFull(li, g, "SYN queue full", l.young, l.backlog, ", no cookies: TCPReqQFullDrop")
			return
		case cookies == 0 && room < h.sys.maxSynBacklog>>2: // the last quarter is for proven peers
			h.stats.ListenDrops++
			h.queueDrop(li, g, "tcp_max_syn_backlog is nearly used up: ListenDrops")
			return
		}
	}
	if !h.fits(SizeRequest) {
		h.stats.ListenDrops++
		h.queueDrop(li, g, "no memory for a request: ListenDrops")
		return
	}
	i := h.requests.alloc()
	q := h.requests.at(i)
	*q = h.ask(li, g)
	if q.iss = iss; iss == 0 {
		q.iss = h.isn(q.laddr, q.raddr, q.lport, q.rport)
	}
	h.conns.insert(connTag(q.laddr, q.raddr, q.lport, q.rport), i|requestRef)
	q.peer = g.hint.from
	l.young++
	if h.net.tape != nil {
		h.net.tape.queue(h, li, "SYN queue", int(l.young), int(l.backlog), h.remoteOf(q))
	}
	h.acting = i | requestRef
	h.sendSynAck(q)
	q.sentAt = max(1, h.net.sim.Now())
	q.timer = h.net.sim.After(time.Second, h.reqTimer, uint64(i))
}

func (h *Host) remoteOf(q *request) SockAddr {
	if isSix(q.raddr) {
		return h.net.sockaddr6(q.raddr, q.rport)
	}
	return sockaddr4(q.raddr, q.rport)
}

func (h *Host) localOf(q *request) SockAddr {
	if isSix(q.laddr) {
		return h.net.sockaddr6(q.laddr, q.lport)
	}
	return sockaddr4(q.laddr, q.lport)
}

// dropRequest forgets a half-open connection.
func (h *Host) dropRequest(i uint32) {
	q := h.requests.at(i)
	h.conns.remove(connTag(q.laddr, q.raddr, q.lport, q.rport), i|requestRef)
	h.net.sim.Cancel(q.timer)
	h.listeners.at(h.socks.at(q.listener).traffic).young--
	h.requests.release(i)
}

// synTimeout sends a SYN-ACK again after 1, 2, 4, 8 and 16 s, and gives up
// after another 32.
func (h *Host) synTimeout(arg uint64) {
	i := uint32(arg)
	q := h.requests.at(i)
	q.timer = 0
	// syn_ack_recalc: with TCP_DEFER_ACCEPT an acknowledged request is not
	// repeated until its time for data is nearly over, and outlives it.
	deferred := h.options(h.socks.at(q.listener)).deferAccept
	expired := int(q.retries) >= h.limits.SynackRetries
	resend := true
	if deferred > 0 {
		expired = expired && (!q.acked() || q.retries >= deferred)
		resend = !q.acked() || q.retries+1 >= deferred
	}
	if expired {
		h.dropRequest(i)
		return
	}
	q.retries++
	if resend {
		h.stats.RetransSegs++
		h.sendSynAck(q)
	}
	q.timer = h.net.sim.After(q.timeout(), h.reqTimer, arg)
}

// timeout is how long to wait for the answer to the last SYN-ACK.
func (q *request) timeout() time.Duration {
	return min(time.Second<<min(q.retries, 8), rtoMax*time.Microsecond)
}

// requestSegment is a segment for a half-open connection (RFC 9293
// §3.10.7.4 for SYN-RECEIVED; Linux tcp_check_req). It reports the socket that
// the connection has become, if it has.
func (h *Host) requestSegment(i uint32, g *segment) uint32 {
	q := h.requests.at(i)
	// A SYN again: our SYN-ACK was lost, or is late.
	if g.has(wire.SYN) && !g.has(wire.ACK|wire.RST) && wire.Seq(g.tcp.Seq) == q.irs {
		h.sendSynAck(q)
		h.net.sim.Reset(q.timer, h.net.sim.Now().Add(q.timeout()))
		return 0
	}
	// An ACK of something we did not send says that the other end is not who
	// we think (RFC 9293 §3.10.7.4, fifth; Linux asks this first).
	if g.has(wire.ACK) && wire.Seq(g.tcp.Ack) != q.iss+1 {
		h.sendReset(g)
		return 0
	}
	// First, check the sequence number, and the timestamp (RFC 7323 §5.3 R1).
	if !h.requestAccepts(q, g) {
		return 0
	}
	if q.stamps && g.opt.Timestamps && wire.Seq(g.tcp.Seq) == q.irs+1 {
		q.tsRecent = g.opt.TSVal
	}
	// Second, RST: back to LISTEN. Fourth, a SYN in the window as well.
	if g.has(wire.RST) || g.has(wire.SYN) {
		h.sendReset(g)
		h.stats.EmbryonicRsts++
		h.dropRequest(i)
		return 0
	}
	// Fifth, the ACK of our SYN.
	if !g.has(wire.ACK) {
		return 0
	}
	li := q.listener
	l := h.listeners.at(h.socks.at(li).traffic)
	if q.retries < h.options(h.socks.at(li)).deferAccept && g.end() == q.irs+1 {
		q.bits |= requestAcked // TCP_DEFER_ACCEPT: a bare ACK is not enough, wait for data
		return 0
	}
	if l.ready > l.backlog {
		h.stats.ListenOverflows++
		h.stats.ListenDrops++
		h.queueFull(li, g, "accept queue full at the ACK", l.ready, l.backlog, ": ListenOverflows")
		if q.bits |= requestAcked; h.sys.abortOnOverflow { // tcp_abort_on_overflow
			h.sendReset(g)
			h.stats.EmbryonicRsts++
			h.dropRequest(i)
		}
		return 0
	}
	if !h.fits(SizeTCPSock) {
		h.stats.ListenDrops++
		h.queueDrop(li, g, "no memory for a socket: ListenDrops")
		return 0
	}
	child := h.newChild(g, q)
	s := h.socks.at(child)
	h.conns.replace(connTag(q.laddr, q.raddr, q.lport, q.rport), i|requestRef, child)
	s.flags |= flagHashed
	h.net.sim.Cancel(q.timer)
	l.young--
	h.requests.release(i)
	h.enqueue(li, child)
	return child
}

// requestAccepts reports whether a segment lies in the window of a half-open
// connection, and is no old duplicate. If not, it is told where we are.
func (h *Host) requestAccepts(q *request, g *segment) bool {
	old := q.stamps && g.opt.Timestamps && int32(q.tsRecent-g.opt.TSVal) > 0
	if off := uint32(wire.Seq(g.tcp.Seq) - (q.irs + 1)); !old && off < q.window(h) {
		return true
	}
	if old {
		h.stats.PAWSEstab++
	}
	switch {
	case g.has(wire.RST):
	case h.tooSoon(connTag(q.laddr, q.raddr, q.lport, q.rport)):
		h.stats.TCPACKSkippedSynRecv++
	default:
		h.answerRequest(q, wire.ACK, false)
	}
	return false
}

// newChild makes the socket of a connection that a listener's handshake has
// opened, by the ACK g.
func (h *Host) newChild(g *segment, q *request) uint32 {
	i := h.socks.alloc()
	s := h.socks.at(i)
	ls := h.socks.at(q.listener)
	*s = sock{laddr: q.laddr, raddr: q.raddr, lport: q.lport, rport: q.rport,
		state: SynRecv, flags: flagPassive | flagConnected,
		sndUna: q.iss + 1, rcvNxt: q.irs + 1, wnd: g.tcp.Window, shifts: q.shifts, acks: ls.acks & ackPingPong}
	s.peer = q.peer
	if q.sack {
		s.flags |= flagSACK
	}
	if q.ecn() {
		s.flags |= flagECN
	}
	if q.stamps {
		s.flags |= flagTS
		h.remembersTS(s, q.tsRecent)
	}
	s.mss = s.fitMSS(min(q.mss, h.maxSegmentTo(ls, q.raddr)))
	s.flags |= ls.flags & (flagSix | flagMapped | flagAddr)
	h.inherit(s, ls)
	h.share(i, s, ls.owner)
	h.setState(i, s, Established, "RFC 9293 §3.10.7.4, fifth, SYN-RECEIVED: the ACK of our SYN")
	h.stats.PassiveOpens++
	if q.retries == 0 && q.sentAt != 0 { // RFC 6298 §3; tcp_synack_rtt_meas
		h.learnWay(s.raddr, micros(h.net.sim.Now().Sub(q.sentAt)))
	}
	return i
}

// enqueue puts an established connection into the accept queue and wakes one
// sleeper of accept4.
func (h *Host) enqueue(li, i uint32) {
	ls := h.socks.at(li)
	l := h.listeners.at(ls.traffic)
	s := h.socks.at(i)
	s.flags |= flagQueued
	if l.tail == 0 {
		l.head = i
	} else {
		h.socks.at(l.tail).link = i
	}
	l.tail = i
	l.ready++
	if h.net.tape != nil {
		h.net.tape.queue(h, li, "accept queue", int(l.ready), int(l.backlog), h.remote(s))
	}
	h.wake(li, ls, newsData)
}

// dequeue takes the oldest connection out of the accept queue, 0 if there is
// none.
func (h *Host) dequeue(li uint32) uint32 {
	l := h.listeners.at(h.socks.at(li).traffic)
	i := l.head
	if i == 0 {
		return 0
	}
	s := h.socks.at(i)
	l.head = s.link
	if l.head == 0 {
		l.tail = 0
	}
	s.link = 0
	s.flags &^= flagQueued
	l.ready--
	if h.net.tape != nil {
		h.net.tape.queue(h, li, "accept queue", int(l.ready), int(l.backlog), h.remote(s))
	}
	return i
}

// stopListening ends a listener: requests are forgotten, connections nobody
// accepted are reset (inet_csk_listen_stop).
func (h *Host) stopListening(li uint32, s *sock) {
	l := h.listeners.at(s.traffic)
	if l.young > 0 {
		h.requests.each(func(i uint32, q *request) {
			if q.listener == li && q.lport != 0 {
				h.dropRequest(i)
			}
		})
	}
	for i := h.dequeue(li); i != 0; i = h.dequeue(li) {
		c := h.socks.at(i)
		h.abort(i, c, "RFC 9293 §3.10.5, ABORT: the listener was closed")
	}
	h.unlisten(li, s)
	h.listeners.release(s.traffic)
	s.traffic = 0
}

// queueDrop puts on the tape what a full queue has turned away.
func (h *Host) queueDrop(li uint32, g *segment, why string) {
	if h.net.tape != nil {
		h.net.tape.queueDrop(h, li, g, why)
	}
}

// queueFull is queueDrop of a queue that holds n. A crowd may be turned away
// often, so words are made for a tape only.
func (h *Host) queueFull(li uint32, g *segment, what string, n, backlog uint32, counter string) {
	if h.net.tape != nil {
		h.queueDrop(li, g, what+" ("+itoa(int(n))+" > backlog "+itoa(int(backlog))+")"+counter)
	}
}
