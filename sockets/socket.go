package sockets

import (
	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// sock is one TCP socket, a struct tcp_sock in 64 bytes, one cache line: all that an idle
// connection keeps. What is needed only while something is under way lives
// beside it, in a traffic; what only a listener needs, in a listener.
//
//	send:     una ─── in flight ─── nxt ─── may go ─── una+window
//	receive:  nxt ─── may come ─── adv
//
// When nothing is under way, nxt of the sender is una, and adv of the receiver
// is as far as a whole window reaches: both are the traffic's.
type sock struct {
	laddr, raddr wire.Addr4 // IPv6 addresses by their number, see addr.go
	lport, rport uint16

	state    State
	err      uint8    // an Errno waiting to be told (SO_ERROR), 0: none
	proto    protocol // TCP, UDP, …
	shut     uint8    // shutRead, shutWrite
	flags    sockFlags
	sndUna   wire.Seq // oldest byte the peer has not acknowledged
	rcvNxt   wire.Seq // next byte expected
	tsRecent uint32   // the peer's timestamp to echo (RFC 7323 §4.3, TS.Recent)
	wnd      uint16   // window of the peer's last segment, as on the wire
	mss      uint16   // largest payload of a segment to the peer
	refs     uint8    // descriptors and sleeping calls that hold it, see maxRefs
	acks     ackMode  // how eager it is to acknowledge
	shifts   uint8    // window scale: the peer's in the lower half, ours in the upper
	tsAge    uint8    // when tsRecent was set, in units of tsUnit
	traffic  uint32   // data, timers; for a listener its listener: 0 when idle
	waiters  uint32   // wait queue; of a crowd's socket the crowd's number
	owner    uint32   // how it has its local port
	link     uint32   // next in the accept queue
	opts     uint32   // options that are not the defaults
	peer     uint32   // where the other end was when it last sent something, see hint
}

// ackMode is what delayed acknowledgements remember of the connection while it
// idles: inet_csk(sk)->icsk_ack.
type ackMode uint8

const (
	ackQuick    ackMode = 0x1f // so many ACKs more go out at once (icsk_ack.quick)
	ackPingPong ackMode = 0x20 // data goes to and fro: an ACK waits for an answer to ride on
	ackBegun    ackMode = 0x40 // data has come before (icsk_ack.ato is not 0)
)

// sendShift and recvShift are what the window field of the peer's segments and
// of ours is shifted by (RFC 7323 §2.3).
func (s *sock) sendShift() uint8 { return s.shifts & 0xf }
func (s *sock) recvShift() uint8 { return s.shifts >> 4 }

// sndWnd is how many bytes the peer allows beyond sndUna. The window in a SYN
// is never scaled (RFC 7323 §2.2).
func (s *sock) sndWnd() uint32 {
	if s.flags&flagWndSyn != 0 {
		return uint32(s.wnd)
	}
	return uint32(s.wnd) << s.sendShift()
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
	flagNonblock      sockFlags = 1 << iota // O_NONBLOCK of its file
	flagAddr                                // bind named an address (SOCK_BINDADDR_LOCK)
	flagPort                                // bind named a port (SOCK_BINDPORT_LOCK)
	flagFinQueued                           // the sending side was closed: FIN after the last byte
	flagFinSent                             // FIN has a sequence number of ours
	flagEOF                                 // the peer's FIN has arrived
	flagHashed                              // it is in the lookup table
	flagQueued                              // it waits in an accept queue
	flagCrowd                               // it belongs to a Load: waiters is the Load's number
	flagPassive                             // it came out of a listener
	flagWasOpen                             // it has been ESTABLISHED
	flagCounted                             // its Load knows that
	flagSix                                 // AF_INET6
	flagMapped                              // an AF_INET6 socket whose wildcard is ::ffff:0.0.0.0
	flagConnecting                          // SS_CONNECTING: connect has begun and not been told the end
	flagConnected                           // SS_CONNECTED
	flagUrgent                              // a byte out of band waits, or its mark
	flagAppend                              // O_APPEND of its file
	flagDead                                // the last descriptor is gone (SOCK_DEAD)
	flagTold                                // a datagram error was reported (used with recvErr)
	flagCorked                              // MSG_MORE or UDP_CORK: a datagram is being put together
	flagNoSpace                             // somebody found the send buffer full (SOCK_NOSPACE)
	flagSACK                                // both ends take SACK (RFC 2018)
	flagTS                                  // both ends send timestamps (RFC 7323 §3)
	flagWndSyn                              // wnd is from a SYN
	flagDisconnecting                       // SS_DISCONNECTING: shut down before it was connected, and good for nothing
	flagFinRead                             // a read has met the peer's FIN (copied_seq is behind it)
	flagECN                                 // both ends mark (TCP_ECN_MODE_RFC3168); in SYN-SENT: we ask for it
	flagECNSeen                             // the peer has marked data (TCP_ECN_SEEN)
	flagDemandCWR                           // data has met congestion: ECE until CWR comes
	flagQueueCWR                            // the window has shrunk: CWR on the next new data
	flagECT                                 // the last segment was marked ECT(0): inet_sk(sk)->tos says so
)

// sockState are the flags of struct socket's state. Without one of them it is
// SS_UNCONNECTED.
const sockState = flagConnecting | flagConnected | flagDisconnecting

// over reports whether the socket is only remembered: a timewait socket of the
// kernel's, which also stands for an orphan in FIN-WAIT-2.
func (s *sock) over() bool {
	return s.state == TimeWait || s.state == FinWait2 && s.refs == 0
}

func (s *sock) six() bool { return s.flags&flagSix != 0 }

// traffic is what a socket needs while data or a timer is under way. A socket
// that falls quiet keeps it until others have fallen quiet after it (see
// quiet): what it has learned of the way is worth something for a while.
type traffic struct {
	rcvHead, rcvTail uint32 // receive queue: skbs in order, not yet read
	rcvBytes         uint32
	rcvCount         uint32   // datagrams in the receive queue
	rcvCharge        uint32   // their truesize
	errHead, errTail uint32   // error queue: datagrams that came back, IP_RECVERR
	rcvAdv           wire.Seq // right edge of the window we have offered
	rcvWup           wire.Seq // what we have acknowledged last (Last.ACK.sent)
	wl1              wire.Seq // segment that set the send window (RFC 9293 §3.3.1, SND.WL1)
	holes            uint32   // what waits for something missing, 0: nothing
	rcvGrown         uint32   // the receive buffer, where tuning has made it larger
	rcvSpace         uint32   // bytes read in the last round trip
	rcvRead, rcvMark uint32   // bytes read so far, and when that round trip began
	rcvMarkAt        sim.Time
	rcvEcho          uint32 // timestamp whose echo was last measured
	rcvRTT           uint32 // round trip as the receiver sees it, µs, times 8
	rcvRTTSeq        wire.Seq
	rcvRTTAt         sim.Time

	// Acknowledgements to come: tcp_delack.go.
	rcvMSS, lastSize uint16
	pending          ackFlags
	quietAt          uint16 // place among the quiet, from 1
	ato              uint32 // µs
	lastRcv          sim.Time
	heard            sim.Time // when the last segment came
	ackTimer         sim.Timer
	ackAt            sim.Time
	keepTimer        sim.Timer
	keepProbes       uint8
	keepFutile       bool

	sndHead, sndTail uint32 // write queue: skbs from sndUna on
	sndBytes         uint32
	sndNxt           wire.Seq // next byte to send
	unsent           uint32   // of a closed socket: write_seq - snd_nxt, for SIOCOUTQNSD
	cur, curSkip     uint32   // where gather was last, and how many bytes before it
	maxWnd           uint32   // largest window the peer has offered
	mss              uint16   // largest segment towards it now, see syncMSS
	short            wire.Seq // end of the last segment shorter than the mss
	sndGrown         uint32   // the send buffer, where tuning has made it larger
	lastSent         sim.Time
	more             bool // MSG_MORE of the write that is under way: its last piece waits

	// The timer of what is sent: tcp_timer.go.
	timerKind      uint8
	retries        uint8
	backoff        uint8
	futile         bool // the timer asks for a window that its reader keeps closed
	twice          bool // the SYN was sent again
	synPlain       bool // and does not ask for ECN any more
	timer          sim.Timer
	timerAt        sim.Time
	since          sim.Time // the first retransmission (tp->retrans_stamp); of TIME-WAIT its begin
	probing        sim.Time // the first probe of a closed window
	rto            uint32   // µs
	srtt           uint32   // µs, times 8
	mdev, mdevMax  uint32   // µs, times 4
	rttvar, minRTT uint32
	rttSeq         wire.Seq
	echo           uint32 // timestamp that the last ACK has echoed

	// The scoreboard, and what it counts, in segments: tcp_scoreboard.go.
	recHead, recTail                           uint32
	packetsOut, sackedOut, lostOut, retransOut uint32
	delivered, lost, totalRetrans, dsackDups   uint32
	highSacked                                 wire.Seq
	rackAt                                     sim.Time
	rackEnd                                    wire.Seq
	rackRTT, rackRound                         uint32
	rackSteps, rackPersist                     uint8
	rackAdvanced, rackDSACK, reordSeen         bool
	reordering                                 uint32

	// Recovery: tcp_recovery.go.
	ca                              uint8
	undoOn, tlpOn, tlpRetrans, frto bool
	highSeq, undoMarker, tlpHigh    wire.Seq
	undoRetrans                     int32
	priorCwnd, priorSsthresh        uint32
	prrDelivered, prrOut            uint32

	// The congestion window: tcp_congestion.go.
	cwnd, ssthresh, cwndCount uint32
	cwndUsed, maxOut          uint32
	usageSeq                  wire.Seq
	cwndLimited               bool
	deliveredCE               uint32 // segments whose ACK said ECE
	cwndStamp                 sim.Time
	cubic                     cubic

	softErr    uint8 // an ICMP error to tell if the timeout comes (sk_err_soft)
	urgState   uint8 // urgNone, urgNotYet, urgValid, urgRead
	urgByte    byte
	sndUrgent  bool
	urgSeq     wire.Seq   // where the urgent byte is (RFC 9293 §3.8.5)
	sndUp      wire.Seq   // end of what we have sent as urgent
	corkTo     wire.Addr4 // where a corked datagram goes
	corkPort   uint16
	sendHead   uint32 // datagrams a device has not sent yet
	sendTail   uint32
	sendCharge uint32 // their truesize
}

// skb is a piece of data in a queue: where it lies in kernel memory.
type skb struct {
	buf  bufRef
	off  uint32
	len  uint32
	next uint32
	from wire.Addr4 // of a datagram; in the error queue, where it was going
	port uint16
	err  uint8    // in the error queue: what became of it
	fin  bool     // out of order: a FIN is behind it
	seq  wire.Seq // likewise: its sequence number
}

// busy returns the socket's traffic, made when there is none.
func (h *Host) busy(s *sock) *traffic {
	if s.traffic == 0 {
		s.traffic = h.traffic.alloc()
		t := h.traffic.at(s.traffic)
		if s.proto == protoTCP {
			h.begin(s, t)
		}
	}
	return h.traffic.at(s.traffic)
}

// begin is a traffic of a connection that nothing is known of.
func (h *Host) begin(s *sock, t *traffic) {
	t.rto, t.short = rtoInitial, s.sndUna
	t.sndNxt, t.rcvWup, t.wl1 = s.sndUna, s.rcvNxt, s.rcvNxt
	full := h.fullWindow(s)
	t.rcvAdv = s.rcvNxt + wire.Seq(full)
	t.rcvMSS = uint16(max(leastRcvMSS, min(mssDefault, uint32(h.maxSegment(s)), full/2))) // tcp_initialize_rcv_mss
	t.cwnd, t.ssthresh, t.reordering = initialWindow, infinite, dupThresh
	t.usageSeq, t.cwndStamp = s.sndUna, h.net.sim.Now()
	t.highSeq = s.sndUna
	h.syncMSS(s, t)
	if s.flags&flagWasOpen != 0 {
		if rtt := h.wayTo(s.raddr); rtt != 0 {
			t.minRTT = rtt
			h.measure(s, t, rtt)
		}
	}
}

// quietPlaces is how many quiet connections of a host keep their traffic. It
// is a bound, not a time: a timer for each would be a million timers.
const quietPlaces = 128

// rest looks whether nothing is under way any more. The traffic then gets a
// place among the quiet, and who has had that place longest gives his back:
// idle connections cost nothing but their sock. Of what the kernel remembers
// of an idle connection the round-trip time is then the last one to the same
// host (see learnWay); a window that losses have shrunk, and a buffer that
// tuning has grown, are kept.
func (h *Host) rest(i uint32, s *sock) {
	if s.traffic == 0 || s.state == Listen {
		return
	}
	t := h.traffic.at(s.traffic)
	if h.underWay(s, t) {
		return
	}
	if s.proto != protoTCP || s.state == Closed {
		if s.proto != protoTCP || h.unacknowledged(s, t) == 0 { // else SIOCOUTQ tells until it connects anew
			h.giveBack(s, t)
		}
		return
	}
	if t.quietAt != 0 {
		return
	}
	place := h.quietNext%quietPlaces + 1
	h.quietNext++
	if old := h.quiet[place-1]; old != 0 {
		o := h.socks.at(old)
		if o.traffic != 0 && o.state != Listen && o.proto == protoTCP {
			if q := h.traffic.at(o.traffic); q.quietAt == uint16(place) {
				if q.quietAt = 0; !h.underWay(o, q) && q.ssthresh == infinite && q.rcvGrown == 0 {
					h.giveBack(o, q)
				}
			}
		}
	}
	h.quiet[place-1] = i
	t.quietAt = uint16(place)
}

// underWay reports whether a socket needs its traffic.
func (h *Host) underWay(s *sock, t *traffic) bool {
	return t.rcvHead != 0 || t.sndHead != 0 || t.errHead != 0 || t.recHead != 0 || t.holes != 0 || t.timer != 0 || t.ackTimer != 0 ||
		t.keepTimer != 0 || t.urgState != 0 || t.sndUrgent || s.flags&flagCorked != 0
}

func (h *Host) giveBack(s *sock, t *traffic) {
	if t.quietAt != 0 {
		h.quiet[t.quietAt-1] = 0
	}
	h.traffic.release(s.traffic)
	s.traffic = 0
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

// purge throws away the socket's queues and stops its timers.
func (h *Host) purge(s *sock) {
	if s.traffic == 0 {
		return
	}
	t := h.traffic.at(s.traffic)
	h.stats.udpUnread += uint64(t.rcvCount)
	h.forgetSendings(t)
	h.freeQueue(t.rcvHead)
	h.freeQueue(t.errHead)
	h.freeWrites(t)
	h.giveBack(s, t)
}

// freeWrites throws away what was not sent or not acknowledged, and what waits
// out of order, and stops the timers.
func (h *Host) freeWrites(t *traffic) {
	h.freeQueue(t.sndHead)
	t.sndHead, t.sndTail, t.sndBytes, t.cur = 0, 0, 0, 0
	for k := t.recHead; k != 0; {
		next := h.sents.at(k).next
		h.sents.release(k)
		k = next
	}
	t.recHead, t.recTail, t.packetsOut, t.sackedOut, t.lostOut, t.retransOut = 0, 0, 0, 0, 0, 0
	if t.holes != 0 {
		h.freeQueue(h.holes.at(t.holes).head)
		h.holes.release(t.holes)
		t.holes = 0
	}
	h.disarm(t)
	h.net.sim.Cancel(t.ackTimer)
	t.ackTimer = 0
	h.stopKeepalive(t)
}

// purgeWrites is freeWrites of a socket that a program still holds.
func (h *Host) purgeWrites(s *sock) {
	if s.traffic == 0 {
		return
	}
	t := h.traffic.at(s.traffic)
	t.unsent = uint32(h.written(s, t) - t.sndNxt)
	h.freeWrites(t)
	h.rest(0, s) // it is closed, and has no place among the quiet
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
