package sockets

import (
	"time"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

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

func (h *Host) sendCookie(li uint32, l *listener, g *segment) {
	l.cookies = max(1, h.net.sim.Now())
	h.stats.SyncookiesSent++
	q := h.ask(li, g)
	index := uint32(0)
	for int(index) < len(cookieMSS)-1 && cookieMSS[index+1] <= q.mss {
		index++
	}
	q.iss = wire.Seq(h.cookie(g, q.irs, h.minute()) | index)
	if !q.stamps {
		q.sack, q.scaled, q.shifts, q.bits = false, false, 0, 0 // there is no place to keep them in
	}
	if h.net.tape != nil {
		h.net.tape.add(Event{Host: h.name, Station: StationQueue, Text: "SYN queue full: cookie sent to " + h.remoteOf(&q).String() + ": SyncookiesSent"})
	}
	h.answerRequest(&q, wire.SYN|wire.ACK, true)
}

// The timestamp of a cookie's SYN-ACK has in its lowest bits what the
// connection agrees on; the peer echoes it (net/ipv4/syncookies.c
// cookie_init_timestamp).
//
//	timestamp:  [ clock of milliseconds | ECN, 1 bit | SACK, 1 bit | window scale, 4 bits: 15 is none ]
const (
	cookieBits    = 6
	cookieScale   = 0xf
	cookieSACK    = 1 << 4
	cookieECN     = 1 << 5
	cookieOptions = 1<<cookieBits - 1
)

// cookieStamp is such a timestamp, never later than the clock.
func (h *Host) cookieStamp(q *request) uint32 {
	options := uint32(cookieScale)
	if q.scaled {
		options = uint32(q.shifts & 0xf)
	}
	if q.sack {
		options |= cookieSACK
	}
	if q.ecn() {
		options |= cookieECN
	}
	now := h.milliseconds()
	ts := now&^cookieOptions | options
	if ts > now {
		ts -= 1 << cookieBits
	}
	return ts + h.tsClock(q.laddr, q.raddr) - now
}

// fromStamp reads what a peer echoes of it (cookie_timestamp_decode). It is
// false for what our settings would not have offered.
func (q *request) fromStamp(h *Host, g *segment) bool {
	if !g.opt.Timestamps {
		return true // it has none of the options
	}
	if h.sys.timestamps == 0 {
		return false
	}
	q.stamps, q.tsRecent = true, g.opt.TSVal
	options := g.opt.TSEcr - (h.tsClock(q.laddr, q.raddr) - h.milliseconds())
	if options&cookieECN != 0 && h.sys.ecn != 0 { // cookie_ecn_ok
		q.bits |= requestECN
	}
	if q.sack = options&cookieSACK != 0; q.sack && !h.sys.sack {
		return false
	}
	if shift := uint8(options & cookieScale); shift != cookieScale {
		q.scaled, q.shifts = true, h.windowShift(h.socks.at(q.listener))<<4|shift
		return h.sys.windowScaling
	}
	return true
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
	q := request{laddr: g.ip.Dst, raddr: g.ip.Src, lport: g.tcp.DstPort, rport: g.tcp.SrcPort,
		irs: irs, iss: iss, listener: li, mss: cookieMSS[uint32(iss)&7]}
	if !q.fromStamp(h, g) {
		return 0
	}
	i := h.newChild(g, &q)
	h.hash(i, h.socks.at(i))
	h.enqueue(li, i)
	return i
}
