package sockets

import (
	"socketbook/sockets/sim"
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
	buf bufRef
	off uint32
	len uint32
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
	x := h.secret
	for _, y := range [3]uint64{uint64(laddr)<<32 | uint64(raddr), uint64(lport)<<16 | uint64(rport), n} {
		x = (x ^ x>>32 ^ y) * 0xd6e8feb86659fd93
	}
	return uint32(x >> 32)
}

// windowFull is the window of an empty receive buffer: half of the buffer,
// since the other half is the kernel's own cost (tcp_adv_win_scale 1), not
// more than 65,535 (there is no window scaling yet), in whole segments
// (tcp_select_initial_window).
func (h *Host) windowFull() uint32 {
	w := uint32(min(h.limits.Rmem/2, 65535))
	if mss := uint32(h.limits.MSS); w > mss {
		w -= w % mss
	}
	return w
}

// timeout is the one timer of a socket, whatever it was set for. (door 3)
func (h *Host) timeout(arg uint64) {
	i := uint32(arg)
	s := h.socks.at(i)
	t := h.traffic.at(s.traffic)
	t.timer = 0
	h.effective(t)
	switch s.state {
	case TimeWait, FinWait2:
		if h.net.tape != nil {
			h.net.tape.add(Event{Host: h.name, Station: StationTimer, Text: s.state.String() + " of " + h.remote(s).String() + " is over"})
		}
		h.setState(i, s, Closed, "RFC 9293 §3.10.8, TIME-WAIT timeout")
		h.done(i, s)
	default:
		h.retransmit(i, s, t)
		h.tellCrowds()
	}
}

// arm starts the socket's timer if it does not run.
func (h *Host) arm(i uint32, t *traffic) {
	if t.timer == 0 {
		t.timer = h.net.sim.At(h.net.sim.Now()+sim.Time(t.rto)*1000, h.tcpTimer, uint64(i))
	}
}

func (h *Host) disarm(t *traffic) {
	h.effective(t)
	h.net.sim.Cancel(t.timer)
	t.timer = 0
}
