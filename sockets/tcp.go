package sockets

import (
	"socketbook/sockets/wire"
)

// State is a state of a TCP connection, RFC 9293 §3.3.2. The numbers are
// Linux's (include/net/tcp_states.h).
//
//	              ┌────────┐  passive open
//	active open   │ CLOSED ├────────────────▶ LISTEN
//	send SYN      └───┬────┘                    │ SYN: send SYN+ACK
//	    ┌─────────────┘                         ▼
//	SYN-SENT ──── SYN+ACK: send ACK ──▶ ESTABLISHED ◀── ACK ── SYN-RECEIVED
//	                                     │       │
//	              close: send FIN        │       │  FIN: send ACK
//	        ┌────────────────────────────┘       └──────┐
//	        ▼                                           ▼
//	   FIN-WAIT-1 ── FIN: send ACK ─▶ CLOSING       CLOSE-WAIT
//	        │ ACK of FIN                 │ ACK of FIN   │ close: send FIN
//	        ▼                            ▼              ▼
//	   FIN-WAIT-2 ── FIN: send ACK ─▶ TIME-WAIT      LAST-ACK ─ ACK ─▶ CLOSED
//	                                     └─ 2 MSL ─▶ CLOSED
type State uint8

// The states, numbered as in include/net/tcp_states.h.
const (
	Established State = 1 + iota
	SynSent
	SynRecv
	FinWait1
	FinWait2
	TimeWait
	Closed
	CloseWait
	LastAck
	Listen
	Closing
)

var stateNames = [...]string{"", "ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "FIN-WAIT-2",
	"TIME-WAIT", "CLOSED", "CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING"}

// String is the state's name as RFC 9293 spells it.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "state " + itoa(int(s))
}

// IsSynchronized reports whether both ends have agreed on sequence numbers
// (RFC 9293 §3.5.1).
func (s State) IsSynchronized() bool {
	switch s {
	case Closed, Listen, SynSent, SynRecv:
		return false
	}
	return true
}

// canSend reports whether data may still be sent from this state.
func (s State) canSend() bool { return s == Established || s == CloseWait }

// canReceive reports whether data may still arrive in this state.
func (s State) canReceive() bool { return s == Established || s == FinWait1 || s == FinWait2 }

// Constants of TCP, in microseconds where they are times.
const (
	rtoInitial = 1_000_000   // RFC 6298 §2.1; include/net/tcp.h TCP_TIMEOUT_INIT
	rtoMin     = 200_000     // include/net/tcp.h TCP_RTO_MIN
	rtoMax     = 120_000_000 // include/net/tcp.h TCP_RTO_MAX_SEC
	mssDefault = 536         // RFC 9293 §3.7.1, when the peer names none
)

// segment is a TCP segment on its way up: its headers, and where its data
// lies in kernel memory. A receive queue that keeps the data takes buf.
type segment struct {
	ip  wire.IPv4
	tcp wire.TCP
	opt wire.TCPOptions // of a SYN all of them, of others timestamps and SACK
	buf bufRef
	off uint32
	len uint32

	hint hint
}

// end is the sequence number after the segment: SYN and FIN count one each.
func (g *segment) end() wire.Seq {
	e := wire.Seq(g.tcp.Seq) + wire.Seq(g.len)
	if g.tcp.Flags&wire.SYN != 0 {
		e++
	}
	if g.tcp.Flags&wire.FIN != 0 {
		e++
	}
	return e
}

func (g *segment) has(f wire.Flags) bool { return g.tcp.Flags&f != 0 }

// isn is an initial sequence number by RFC 6528: a clock that ticks every
// 64 ns (net/core/secure_seq.c) plus a keyed hash of the tuple, so that nobody
// outside can guess it and no two incarnations collide.
func (h *Host) isn(laddr, raddr wire.Addr4, lport, rport uint16) wire.Seq {
	return wire.Seq(uint32(h.net.sim.Now()>>6) + h.keyed(laddr, raddr, lport, rport, 0))
}

// keyed hashes a tuple and a number with the host's secret.
func (h *Host) keyed(laddr, raddr wire.Addr4, lport, rport uint16, n uint64) uint32 {
	const m = 0xd6e8feb86659fd93
	x := h.secret
	x = (x ^ x>>32 ^ (uint64(laddr)<<32 | uint64(raddr))) * m
	x = (x ^ x>>32 ^ (uint64(lport)<<16 | uint64(rport))) * m
	x = (x ^ x>>32 ^ n) * m
	return uint32(x >> 32)
}

// firstWindow is the window of an empty receive buffer: half of the buffer,
// since the other half is the kernel's own cost (TCP_DEFAULT_SCALING_RATIO), in
// whole segments (tcp_select_initial_window).
// Who was asked knows that each has timestamps, who asks does not yet.
func (h *Host) firstWindow(s *sock) uint32 {
	stamps := s.flags&(flagPassive|flagTS) == flagPassive|flagTS
	if h.isUsual(s, s.raddr) {
		if stamps {
			return h.usualWindow[1]
		}
		return h.usualWindow[0]
	}
	return h.firstWindowTo(s, s.raddr, stamps)
}

// isUsual reports whether a socket has no option of its own and talks IPv4 to
// another host over wires as wide as Ethernet. Then its windows and segments
// are known beforehand: nearly every segment asks for them.
func (h *Host) isUsual(s *sock, to wire.Addr4) bool {
	return to == h.alien && s.opts == 0 && !h.narrow && !isSix(to)
}

func (h *Host) firstWindowTo(s *sock, to wire.Addr4, stamps bool) uint32 {
	mss := uint32(h.maxSegmentTo(s, to))
	if stamps {
		mss -= lenTS
	}
	return wholeSegments(uint32(h.options(s).rcvBuf)/2, mss)
}

// windows notes those of usual sockets, whenever the defaults are set.
func (h *Host) windows() {
	mss := uint32(h.limits.MSS)
	for k := range h.usualWindow {
		h.usualWindow[k] = wholeSegments(uint32(h.defaults[protoTCP].rcvBuf)/2, mss-uint32(k*lenTS))
	}
}

func wholeSegments(w, mss uint32) uint32 {
	if w > mss {
		w -= w % mss
	}
	return w
}

// fullWindow is the same as the scaled field of a segment can say it: rounded
// up, and no more than 16 bits hold.
func (h *Host) fullWindow(s *sock) uint32 {
	shift := s.recvShift()
	return min((h.firstWindow(s)+1<<shift-1)>>shift, 65535) << shift
}

// nxt is the next byte a socket sends (RFC 9293 §3.3.1, SND.NXT).
func (h *Host) nxt(s *sock) wire.Seq {
	if s.traffic == 0 {
		return s.sndUna
	}
	return h.traffic.at(s.traffic).sndNxt
}

// adv is the right edge of the window a socket has offered.
func (h *Host) adv(s *sock) wire.Seq {
	if s.traffic == 0 {
		return s.rcvNxt + wire.Seq(h.fullWindow(s))
	}
	return h.traffic.at(s.traffic).rcvAdv
}
