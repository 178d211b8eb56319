package sockets

import (
	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// sock is one TCP socket, a struct tcp_sock in 64 bytes: all that an idle
// connection keeps. What is needed only while something is under way lives
// beside it, in a traffic; what only a listener needs, in a listener.
//
//	send:     una ─── in flight ─── nxt ─── may go ─── una+wnd
//	receive:  nxt ─── may come ─── adv
type sock struct {
	laddr, raddr wire.Addr4
	lport, rport uint16

	state   State
	err     uint8 // an Errno waiting to be told (SO_ERROR), 0: none
	flags   sockFlags
	sndUna  wire.Seq // oldest byte the peer has not acknowledged
	sndNxt  wire.Seq // next byte to send
	rcvNxt  wire.Seq // next byte expected
	rcvAdv  wire.Seq // right edge of the window we have offered
	sndWnd  uint32   // bytes the peer allows beyond sndUna
	mss     uint16   // largest payload the peer takes
	refs    uint16   // descriptors that name it, in all processes
	traffic uint32   // data, timers; for a listener its listener: 0 when idle
	waiters uint32   // who sleeps on it: a thread's number, or a crowd's
	owner   uint32   // how it has its local port; 0: it has none, whatever lport says
	link    uint32   // next in the accept queue
}

type sockFlags uint16

const (
	flagNonblock   sockFlags = 1 << iota // O_NONBLOCK of its file
	flagAddr                             // bind named an address: SOCK_BINDADDR_LOCK
	flagPort                             // bind named a port: SOCK_BINDPORT_LOCK
	flagFinQueued                        // close was called: FIN after the last byte
	flagFinSent                          // FIN has a sequence number of ours
	flagEOF                              // the peer's FIN has arrived
	flagHashed                           // it is in the lookup table
	flagQueued                           // it waits in an accept queue
	flagCrowd                            // it belongs to a Load: waiters is the Load's number
	flagPassive                          // it came out of a listener
	flagWasOpen                          // it has been ESTABLISHED
	flagCounted                          // its Load knows that
	flagConnecting                       // connect has begun, and nobody was told how it ended: SS_CONNECTING
	flagConnected                        // connect has said yes: SS_CONNECTED
)

// traffic is what a socket needs while data or a timer is under way, and
// gives back when it is idle again.
type traffic struct {
	rcvHead, rcvTail uint32 // receive queue: skbs in order, not yet read
	rcvBytes         uint32
	sndHead, sndTail uint32 // write queue: skbs from sndUna on
	sndBytes         uint32
	short            wire.Seq // end of the last segment shorter than the mss
	timer            sim.Timer
	retries          uint8
	futile           bool     // the timer asks for a window that its reader keeps closed
	lost             bool     // a timeout: what is in flight is sent again
	rtt              bool     // a segment is being timed
	rttSeq           wire.Seq // acknowledged up to here ends the timing
	rttStart         sim.Time
	rto              uint32 // microseconds
	srtt, rttvar     uint32 // microseconds, RFC 6298 §2
}

// skb is a piece of data in a queue: where it lies in kernel memory.
type skb struct {
	buf  bufRef
	off  uint32
	len  uint32
	next uint32
}

// busy returns the socket's traffic, made when there is none.
func (h *Host) busy(s *sock) *traffic {
	if s.traffic == 0 {
		s.traffic = h.traffic.alloc()
		t := h.traffic.at(s.traffic)
		t.rto, t.short = rtoInitial, s.sndUna
	}
	return h.traffic.at(s.traffic)
}

// rest gives the traffic back if nothing is under way any more.
func (h *Host) rest(s *sock) {
	if s.traffic == 0 || s.state == Listen {
		return
	}
	t := h.traffic.at(s.traffic)
	if t.rcvHead == 0 && t.sndHead == 0 && t.timer == 0 {
		h.traffic.release(s.traffic)
		s.traffic = 0
	}
}

// hash puts a connection into the lookup table, from where segments find it.
func (h *Host) hash(i uint32, s *sock) {
	h.conns.insert(connTag(s.laddr, s.raddr, s.lport, s.rport), i)
	s.flags |= flagHashed
}

func (h *Host) unhash(i uint32, s *sock) {
	if s.flags&flagHashed != 0 {
		h.conns.remove(connTag(s.laddr, s.raddr, s.lport, s.rport), i)
		s.flags &^= flagHashed
		if s.flags&flagPassive == 0 {
			h.mark(s, false)
		}
	}
}

// setState moves a socket to a state of RFC 9293 §3.3.2.
func (h *Host) setState(i uint32, s *sock, to State, why string) {
	if h.net.tape != nil {
		h.net.tape.state(h, i, s, to, why)
	}
	s.state = to
	if to == Established {
		s.flags |= flagWasOpen
	}
}

// purge throws away the socket's queues and stops its timer.
func (h *Host) purge(s *sock) {
	if s.traffic == 0 {
		return
	}
	t := h.traffic.at(s.traffic)
	h.freeQueue(t.rcvHead)
	h.freeQueue(t.sndHead)
	h.disarm(t)
	h.traffic.release(s.traffic)
	s.traffic = 0
}

// purgeWrites throws away what was not sent or not acknowledged.
func (h *Host) purgeWrites(s *sock) {
	if s.traffic == 0 {
		return
	}
	t := h.traffic.at(s.traffic)
	h.freeQueue(t.sndHead)
	t.sndHead, t.sndTail, t.sndBytes = 0, 0, 0
	h.disarm(t)
	h.rest(s)
}

func (h *Host) freeQueue(head uint32) {
	for head != 0 {
		b := h.skbs.at(head)
		next := b.next
		h.mem.release(b.buf)
		h.skbs.release(head)
		head = next
	}
}

// connected reports whether connect or accept4 has made the socket one of a
// connection, even if that has ended since (sock->state of the kernel).
func (s *sock) connected() bool { return s.flags&(flagConnected|flagPassive) != 0 }

func (s *sock) local() SockAddr {
	return SockAddr{Family: AF_INET, IP: s.laddr, Port: s.lport}
}

func (s *sock) remote() SockAddr {
	return SockAddr{Family: AF_INET, IP: s.raddr, Port: s.rport}
}

// takeError is the pending error, which is told once (sock_error).
func (s *sock) takeError() Errno {
	e := Errno(s.err)
	s.err = 0
	return e
}
