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
	wnd, mss     uint16
	retries      uint8
	acked        bool // its ACK came, but data is waited for, or the accept queue was full
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
	mss := uint16(mssDefault)
	if o, _ := wire.ParseTCPOptions(g.tcp.Options); o.MSS != 0 {
		mss = o.MSS
	}
	full := l.young > l.backlog
	cookies := h.sys.syncookies
	if iss == 0 { // who had a connection is real, and gets in
		room := h.sys.maxSynBacklog - int64(l.young)
		switch {
		case cookies != 0 && (full || cookies == 2): // 2: always, for tests
			h.sendCookie(li, l, g, mss)
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
	*q = request{laddr: g.ip.Dst, raddr: g.ip.Src, lport: g.tcp.DstPort, rport: g.tcp.SrcPort,
		irs: wire.Seq(g.tcp.Seq), listener: li, wnd: g.tcp.Window, mss: mss}
	if q.iss = iss; iss == 0 {
		q.iss = h.isn(q.laddr, q.raddr, q.lport, q.rport)
	}
	h.conns.insert(connTag(q.laddr, q.raddr, q.lport, q.rport), i|requestRef)
	l.young++
	if h.net.tape != nil {
		h.net.tape.queue(h, li, "SYN queue", int(l.young), int(l.backlog), h.remoteOf(q))
	}
	h.sendSynAck(q)
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
		expired = expired && (!q.acked || q.retries >= deferred)
		resend = !q.acked || q.retries+1 >= deferred
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
		h.net.sim.Cancel(q.timer)
		q.timer = h.net.sim.After(q.timeout(), h.reqTimer, uint64(i))
		return 0
	}
	// An ACK of something we did not send says that the other end is not who
	// we think (RFC 9293 §3.10.7.4, fifth; Linux asks this first).
	if g.has(wire.ACK) && wire.Seq(g.tcp.Ack) != q.iss+1 {
		h.sendReset(g)
		return 0
	}
	// First, check the sequence number.
	if off := wire.Seq(g.tcp.Seq) - (q.irs + 1); uint32(off) >= h.windowFull() {
		if g.has(wire.RST) {
			return 0
		}
		if h.tooSoon(connTag(q.laddr, q.raddr, q.lport, q.rport)) {
			h.stats.TCPACKSkippedSynRecv++
			return 0
		}
		h.answerRequest(q, wire.ACK)
		return 0
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
		q.acked = true // TCP_DEFER_ACCEPT: a bare ACK is not enough, wait for data
		return 0
	}
	if l.ready > l.backlog {
		h.stats.ListenOverflows++
		h.stats.ListenDrops++
		h.queueFull(li, g, "accept queue full at the ACK", l.ready, l.backlog, ": ListenOverflows")
		if q.acked = true; h.sys.abortOnOverflow { // tcp_abort_on_overflow
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
	child := h.newChild(li, g, q.irs, q.iss, q.mss)
	s := h.socks.at(child)
	h.conns.replace(connTag(q.laddr, q.raddr, q.lport, q.rport), i|requestRef, child)
	s.flags |= flagHashed
	h.net.sim.Cancel(q.timer)
	l.young--
	h.requests.release(i)
	h.enqueue(li, child)
	return child
}

// newChild makes the socket of a connection that a listener's handshake has
// opened. The sequence numbers are those of the two SYNs.
func (h *Host) newChild(li uint32, g *segment, irs, iss wire.Seq, mss uint16) uint32 {
	i := h.socks.alloc()
	s := h.socks.at(i)
	ls := h.socks.at(li)
	*s = sock{laddr: g.ip.Dst, raddr: g.ip.Src, lport: g.tcp.DstPort, rport: g.tcp.SrcPort,
		state: SynRecv, flags: flagPassive | flagConnected,
		sndUna: iss + 1, sndNxt: iss + 1, sndWnd: uint32(g.tcp.Window),
		rcvNxt: irs + 1, rcvAdv: irs + 1 + wire.Seq(h.windowFull()),
		mss: min(mss, h.maxSegment(ls))}
	s.flags |= ls.flags & (flagSix | flagMapped | flagAddr)
	h.inherit(s, ls)
	h.share(i, s, ls.owner)
	h.setState(i, s, Established, "RFC 9293 §3.10.7.4, fifth, SYN-RECEIVED: the ACK of our SYN")
	h.stats.PassiveOpens++
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

// A SYN cookie lets a listener whose SYN queue is full answer a SYN without
// remembering it: everything it must know again comes back in the ACK.
//
//	cookie:  [ keyed hash of tuple and minute, 29 bits | index of the MSS, 3 bits ]
//
// Only while SYNs overflow are such ACKs looked at at all (Linux
// tcp_synq_no_recent_overflow), for two minutes.
const cookieLife = sim.Time(2 * time.Minute)

// cookieMSS are the sizes three bits can name (net/ipv4/syncookies.c msstab
// has 536, 1300, 1440 and 1460 for two).
var cookieMSS = [8]uint16{88, 216, 536, 1024, 1300, 1440, 1460, 8960}

func (h *Host) cookie(g *segment, irs wire.Seq, minute uint64) uint32 {
	return h.keyed(g.ip.Dst, g.ip.Src, g.tcp.DstPort, g.tcp.SrcPort, minute<<32|uint64(irs)) &^ 7
}

func (h *Host) minute() uint64 { return uint64(h.net.sim.Now() / sim.Time(time.Minute)) }

func (h *Host) sendCookie(li uint32, l *listener, g *segment, mss uint16) {
	l.cookies = max(1, h.net.sim.Now())
	h.stats.SyncookiesSent++
	index := uint32(0)
	for int(index) < len(cookieMSS)-1 && cookieMSS[index+1] <= mss {
		index++
	}
	irs := wire.Seq(g.tcp.Seq)
	q := request{laddr: g.ip.Dst, raddr: g.ip.Src, lport: g.tcp.DstPort, rport: g.tcp.SrcPort,
		irs: irs, iss: wire.Seq(h.cookie(g, irs, h.minute()) | index), listener: li}
	if h.net.tape != nil {
		h.net.tape.add(Event{Host: h.name, Station: StationQueue, Text: "SYN queue full: cookie sent to " + h.remoteOf(&q).String() + ": SyncookiesSent"})
	}
	h.sendSynAck(&q)
}

// cookieArrives is an ACK for a listener with no request behind it. It
// reports the socket it has opened.
func (h *Host) cookieArrives(li uint32, g *segment) uint32 {
	l := h.listeners.at(h.socks.at(li).traffic)
	now := h.net.sim.Now()
	if l.cookies == 0 || now-l.cookies > cookieLife {
		h.sendReset(g)
		return 0
	}
	iss, irs := wire.Seq(g.tcp.Ack)-1, wire.Seq(g.tcp.Seq)-1
	valid := false
	for m, n := h.minute(), 0; n < 2; m, n = m-1, n+1 {
		valid = valid || h.cookie(g, irs, m) == uint32(iss)&^7
	}
	if !valid {
		h.stats.SyncookiesFailed++
		h.sendReset(g)
		return 0
	}
	h.stats.SyncookiesRecv++
	if l.ready > l.backlog {
		h.stats.ListenOverflows++
		h.stats.ListenDrops++
		h.queueFull(li, g, "accept queue full at a cookie's ACK", l.ready, l.backlog, ": ListenOverflows")
		return 0
	}
	if !h.fits(SizeTCPSock) {
		h.stats.ListenDrops++
		h.queueDrop(li, g, "no memory for a socket: ListenDrops")
		return 0
	}
	i := h.newChild(li, g, irs, iss, cookieMSS[uint32(iss)&7])
	h.hash(i, h.socks.at(i))
	h.enqueue(li, i)
	return i
}
