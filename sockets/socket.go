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
	laddr, raddr wire.Addr4 // IPv6 addresses by their number, see addr.go
	lport, rport uint16

	state   State
	err     uint8    // an Errno waiting to be told (SO_ERROR), 0: none
	proto   protocol // TCP, UDP, …
	shut    uint8    // shutRead, shutWrite
	flags   sockFlags
	sndUna  wire.Seq // oldest byte the peer has not acknowledged
	sndNxt  wire.Seq // next byte to send
	rcvNxt  wire.Seq // next byte expected
	rcvAdv  wire.Seq // right edge of the window we have offered
	sndWnd  uint32   // bytes the peer allows beyond sndUna
	mss     uint16   // largest payload the peer takes
	refs    uint16   // descriptors and sleeping calls that hold it
	traffic uint32   // data, timers; for a listener its listener: 0 when idle
	waiters uint32   // wait queue; of a crowd's socket the crowd's number
	owner   uint32   // how it has its local port
	link    uint32   // next in the accept queue
	opts    uint32   // options that are not the defaults
}

// protocol is what kind of socket it is.
type protocol uint8

const (
	protoTCP protocol = iota
	protoUDP
	protoPing   // SOCK_DGRAM with IPPROTO_ICMP: made and named, no more
	protoRaw    // SOCK_RAW: likewise
	protoUnix   // AF_UNIX: likewise
	protoOthers // how many there are
)

// Which half of a connection shutdown(2) has closed: include/net/sock.h
// RCV_SHUTDOWN, SEND_SHUTDOWN.
const (
	shutRead  = 1
	shutWrite = 2
	shutBoth  = 3
)

type sockFlags uint32

const (
	flagNonblock   sockFlags = 1 << iota // O_NONBLOCK of its file
	flagAddr                             // bind named an address (SOCK_BINDADDR_LOCK)
	flagPort                             // bind named a port (SOCK_BINDPORT_LOCK)
	flagFinQueued                        // the sending side was closed: FIN after the last byte
	flagFinSent                          // FIN has a sequence number of ours
	flagEOF                              // the peer's FIN has arrived
	flagHashed                           // it is in the lookup table
	flagQueued                           // it waits in an accept queue
	flagCrowd                            // it belongs to a Load: waiters is the Load's number
	flagPassive                          // it came out of a listener
	flagWasOpen                          // it has been ESTABLISHED
	flagCounted                          // its Load knows that
	flagSix                              // AF_INET6
	flagMapped                           // an AF_INET6 socket whose wildcard is ::ffff:0.0.0.0
	flagConnecting                       // SS_CONNECTING: connect has begun and not been told the end
	flagConnected                        // SS_CONNECTED
	flagUrgent                           // a byte out of band waits, or its mark
	flagAppend                           // O_APPEND of its file
	flagDead                             // the last descriptor is gone (SOCK_DEAD)
	flagTold                             // a datagram error was reported (used with recvErr)
	flagCorked                           // MSG_MORE or UDP_CORK: a datagram is being put together
	flagNoSpace                          // somebody found the send buffer full (SOCK_NOSPACE)
)

// over reports whether the socket is only remembered: a timewait socket of the
// kernel's, which also stands for an orphan in FIN-WAIT-2.
func (s *sock) over() bool {
	return s.state == TimeWait || s.state == FinWait2 && s.refs == 0
}

func (s *sock) six() bool { return s.flags&flagSix != 0 }

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
	since            sim.Time // when the SYN was sent, or data sent again (tp->retrans_stamp)
	rto              uint32   // microseconds
	srtt, rttvar     uint32   // microseconds, RFC 6298 §2
	urgSeq           wire.Seq // where the urgent byte is (RFC 9293 §3.8.5)
	urgState         uint8    // urgNone, urgNotYet, urgValid, urgRead
	urgByte          byte
	sndUp            wire.Seq // end of what we have sent as urgent
	sndUrgent        bool
	more             bool       // MSG_MORE: the last piece waits for the next
	push             bool       // it has waited long enough
	rcvCount         uint32     // datagrams in the receive queue
	rcvCharge        uint32     // their truesize
	corkTo           wire.Addr4 // where a corked datagram goes
	corkPort         uint16
	softErr          uint8  // what a router said of it, for the timeout (sk_err_soft)
	errHead, errTail uint32 // error queue: datagrams that came back, IP_RECVERR
}

// skb is a piece of data in a queue: where it lies in kernel memory.
type skb struct {
	buf  bufRef
	off  uint32
	len  uint32
	next uint32
	from wire.Addr4 // of a datagram; in the error queue, where it was going
	port uint16
	err  uint8 // in the error queue: what became of it
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
	if t.rcvHead == 0 && t.sndHead == 0 && t.errHead == 0 && t.timer == 0 && t.urgState == 0 && !t.sndUrgent && s.flags&flagCorked == 0 {
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
	h.waits += int(bit(to == TimeWait)) - int(bit(s.state == TimeWait))
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
	h.freeQueue(t.errHead)
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

// hang puts b at the end of a queue of a socket's traffic.
func (h *Host) hang(head, tail *uint32, b skb) {
	k := h.skbs.alloc()
	*h.skbs.at(k) = b
	if *tail == 0 {
		*head = k
	} else {
		h.skbs.at(*tail).next = k
	}
	*tail = k
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

// local is the socket's own address, remote its peer's, in its own family.
func (h *Host) local(s *sock) SockAddr {
	if s.six() {
		a := h.net.sockaddr6(s.laddr, s.lport)
		if s.laddr == 0 && s.flags&flagMapped != 0 {
			copy(a.Addr[:], mapped6)
		}
		return a
	}
	return sockaddr4(s.laddr, s.lport)
}

func (h *Host) remote(s *sock) SockAddr {
	if s.six() {
		return h.net.sockaddr6(s.raddr, s.rport)
	}
	return sockaddr4(s.raddr, s.rport)
}

// errorOr is the pending error, or another if there is none (sk_stream_error).
func (s *sock) errorOr(e Errno) Errno {
	if s.err != 0 {
		return s.takeError()
	}
	return e
}

// takeError is the pending error, which is told once (sock_error).
func (s *sock) takeError() Errno {
	e := Errno(s.err)
	s.err = 0
	return e
}
