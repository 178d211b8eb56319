package sockets

import (
	"encoding/binary"

	"socketbook/sockets/wire"
)

// Explicit congestion notification (RFC 3168, include/net/tcp_ecn.h): a queue
// that grows marks packets in place of dropping them, and the window shrinks
// without a loss.
//
//	sender                    queue                     receiver
//	data, ECT(0) ───────────▶ too long: CE ───────────▶ notes it
//	window shrinks ◀──────────────────────── ECE, on every segment
//	new data, CWR ────────────────────────────────────▶ stops saying ECE

// The two bits of the IP header (RFC 3168 §5, figure 1).
const (
	ecnNone = 0 // not ECN-capable
	ecnECT1 = 1
	ecnECT0 = 2
	ecnCE   = 3 // congestion experienced
	ecnMask = 3
)

// ecnFlags is all that a connection knows of ECN.
const ecnFlags = flagECN | flagECNSeen | flagDemandCWR | flagQueueCWR | flagECT

// asksECN is what the first SYN of a connection says (RFC 3168 §6.1.1;
// tcp_ecn_send_syn): with net.ipv4.tcp_ecn 1 it asks.
func (h *Host) asksECN(s *sock, t *traffic) wire.Flags {
	s.flags &^= ecnFlags
	t.synPlain = false
	if h.sys.ecn != 1 {
		return 0
	}
	s.flags |= flagECN
	return wire.ECE | wire.CWR
}

// asksAgain is what a SYN or SYN-ACK says that repeats it. A SYN that was lost
// was perhaps lost for asking: the next ones do not (RFC 3168 §6.1.1.1;
// net.ipv4.tcp_ecn_fallback, tcp_ecn_clear_syn).
func (h *Host) asksAgain(s *sock, t *traffic) wire.Flags {
	if s.state == SynSent && h.sys.ecnFallback {
		t.synPlain = true
	}
	switch {
	case s.flags&flagECN == 0 || t.synPlain:
		return 0
	case s.state == SynSent:
		return wire.ECE | wire.CWR
	}
	return wire.ECE
}

// ecnAnswered reads the peer's SYN-ACK, which agrees by ECE alone, or its SYN
// that crosses ours, which asks by ECE and CWR (RFC 3168 §6.1.1;
// tcp_ecn_rcv_synack, tcp_ecn_rcv_syn).
func (s *sock) ecnAnswered(g *segment) {
	agrees := wire.ECE
	if !g.has(wire.ACK) {
		agrees |= wire.CWR
	}
	if g.tcp.Flags&(wire.ECE|wire.CWR) != agrees {
		s.flags &^= flagECN
	}
}

// ecnAsked reports whether a listener agrees to ECN: the SYN must ask, and not
// be marked itself (RFC 3168 §6.1.1; tcp_ecn_create_request).
func (h *Host) ecnAsked(g *segment) bool {
	return g.has(wire.ECE) && g.has(wire.CWR) && g.ip.TOS&ecnMask == ecnNone && h.sys.ecn != 0
}

// ecnSends is what a segment says and how its packet is marked (tcp_ecn_send).
// Only data that is sent for the first time is ECN-capable: pure ACKs are not
// (RFC 3168 §6.1.4), nor are retransmissions (§6.1.5).
func (h *Host) ecnSends(s *sock, tcp *wire.TCP, fresh bool) (tos uint8) {
	if s.flags&flagECN == 0 || tcp.Flags&wire.SYN != 0 {
		return ecnNone
	}
	s.flags &^= flagECT
	if fresh {
		s.flags |= flagECT
		tos = ecnECT0
		if s.flags&flagQueueCWR != 0 { // §6.1.2: on the first new data after the reduction
			s.flags &^= flagQueueCWR
			tcp.Flags |= wire.CWR
		}
	}
	if s.flags&flagDemandCWR != 0 { // §6.1.3: until CWR has come
		tcp.Flags |= wire.ECE
	}
	return tos
}

// ecnArrives looks at the mark of data that has come (tcp_data_ecn_check).
func (h *Host) ecnArrives(s *sock, t *traffic, g *segment) {
	if s.flags&flagECN == 0 {
		return
	}
	switch g.ip.TOS & ecnMask {
	case ecnNone: // the peer marks its data, so this is probably a retransmission
		if s.flags&flagECNSeen != 0 {
			h.enterQuick(s, t, 2)
		}
		return
	case ecnCE: // RFC 3168 §6.1.3
		if s.flags&flagDemandCWR == 0 {
			h.enterQuick(s, t, 2) // the sender's window may be very small
			s.flags |= flagDemandCWR
		}
	}
	s.flags |= flagECNSeen
}

// cwrArrives: the sender has heard of the mark (RFC 3168 §6.1.3;
// tcp_ecn_accept_cwr).
func (h *Host) cwrArrives(s *sock, g *segment) {
	if s.flags&flagECN == 0 || !g.has(wire.CWR) {
		return
	}
	s.flags &^= flagDemandCWR
	if wire.Seq(g.tcp.Seq) != g.end() {
		h.busy(s).pending |= ackNow
	}
}

// queueCWR lets the next new data tell that the window has shrunk
// (tcp_ecn_queue_cwr).
func (s *sock) queueCWR() {
	if s.flags&flagECN != 0 {
		s.flags |= flagQueueCWR
	}
}

// enterCWR reduces the window without a loss, once in a round trip (RFC 3168
// §6.1.2; tcp_enter_cwr). There is no undo: the mark proves it.
func (h *Host) enterCWR(s *sock, t *traffic) {
	t.priorSsthresh = 0
	if t.ca < caCWR {
		t.undoOn = false
		h.initReduction(s, t)
		h.setCA(s, t, caCWR)
	}
}

// setCE marks an Ethernet frame's packet (RFC 3168 §5; INET_ECN_set_ce). It
// reports false for one whose ends do not understand it.
func setCE(frame []byte) bool {
	switch ip := frame[wire.EthernetLen:]; binary.BigEndian.Uint16(frame[12:]) {
	case wire.EtherTypeIPv4:
		if ip[1]&ecnMask == ecnNone {
			return false
		}
		was := binary.BigEndian.Uint16(ip)
		ip[1] |= ecnCE
		sum := wire.UpdateChecksum(binary.BigEndian.Uint16(ip[10:]), was, binary.BigEndian.Uint16(ip))
		binary.BigEndian.PutUint16(ip[10:], sum)
		return true
	case wire.EtherTypeIPv6: // version 4 bits, traffic class 8: its last two are here
		if ip[1]>>4&ecnMask == ecnNone {
			return false
		}
		ip[1] |= ecnCE << 4
		return true
	}
	return false
}
