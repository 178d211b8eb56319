package sockets

import (
	"encoding/binary"
	"math/bits"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// Options of TCP segments: what the two SYNs agree on, and the timestamps that
// every segment carries afterwards.

// lenTS is what timestamps take from each segment's payload: ten bytes and two
// of padding (RFC 7323 §A).
const lenTS = 12

// aligned is how a lone timestamp option begins: NOP, NOP, kind 8, length 10.
const aligned = 0x0101080a

// readOptions reads the options of a segment that arrives. All but the SYNs
// carry the timestamps alone or nothing at all (tcp_parse_aligned_timestamp).
func (g *segment) readOptions() {
	b := g.tcp.Options
	switch {
	case len(b) == 0:
		g.opt.Timestamps, g.opt.SACKCount = false, 0
	case len(b) == lenTS && binary.BigEndian.Uint32(b) == aligned:
		g.opt.Timestamps, g.opt.SACKCount = true, 0
		g.opt.TSVal, g.opt.TSEcr = binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])
	default:
		g.opt, _ = wire.ParseTCPOptions(b)
	}
}

// tsClock is the clock of the timestamp option between two addresses:
// milliseconds, from a number nobody outside can guess (RFC 7323 §5.4, §7.1;
// net/core/secure_seq.c secure_tcp_ts_off).
func (h *Host) tsClock(laddr, raddr wire.Addr4) uint32 {
	return h.milliseconds() + h.keyed(laddr, raddr, 0, 0, 1)
}

func (h *Host) milliseconds() uint32 { return uint32(h.net.sim.Now() / 1_000_000) }

// tsUnit is the grain of a timestamp's age, three days: half a turn of a clock
// of milliseconds, 24.8 days, is eight of them (include/net/tcp.h
// TCP_PAWS_WRAP).
const tsUnit = sim.Time(1<<18) * 1_000_000_000

func (h *Host) tsNow() uint8 { return uint8(h.net.sim.Now() / tsUnit) }

// remembersTS takes a timestamp over to be echoed (tcp_store_ts_recent).
func (h *Host) remembersTS(s *sock, v uint32) { s.tsRecent, s.tsAge = v, h.tsNow() }

const pawsWindow = 1 // include/net/tcp.h TCP_PAWS_WINDOW

// oldTS reports whether a segment's timestamp lies before the latest one: an
// old duplicate, perhaps of another round of sequence numbers (PAWS, RFC 7323
// §5.3 R1). In an open connection one tick is allowed; what is older than 24
// days says nothing any more (§5.5).
func (h *Host) oldTS(s *sock, g *segment, allowed int32) bool {
	return s.flags&flagTS != 0 && g.opt.Timestamps && s.tsRecent != 0 &&
		int32(s.tsRecent-g.opt.TSVal) > allowed && h.tsNow()-s.tsAge < 8
}

// offer is what a SYN of ours offers.
func (h *Host) offer(s *sock, mss uint16) wire.TCPOptions {
	o := wire.NoTCPOptions
	o.MSS = mss
	o.SACKPermitted = h.sys.sack
	if h.sys.timestamps != 0 {
		o.Timestamps, o.TSVal = true, h.tsClock(s.laddr, s.raddr)
	}
	if h.sys.windowScaling {
		o.WindowScale = int8(h.windowShift(s))
	}
	return o
}

// windowShift is the window scale to offer: the largest buffer the socket could
// get must fit into 16 bits (tcp_select_initial_window; RFC 7323 §2.3). With
// net.ipv4.tcp_rmem up to 32 MB it is 10.
func (h *Host) windowShift(s *sock) uint8 {
	space := max(int64(h.options(s).rcvBuf)/2, h.sys.tcpRmem[2], h.sys.rmemMax)
	return uint8(min(max(bits.Len64(uint64(space))-1-15, 0), wire.MaxWindowScale))
}

// agree fixes what both SYNs had: theirs, and what our settings allow
// (tcp_parse_options with estab 0, tcp_openreq_init).
func (h *Host) agree(s *sock, o *wire.TCPOptions, shift uint8) {
	s.flags &^= flagSACK | flagTS
	if o.SACKPermitted && h.sys.sack {
		s.flags |= flagSACK
	}
	if o.Timestamps && h.sys.timestamps != 0 {
		s.flags |= flagTS
		h.remembersTS(s, o.TSVal)
	}
	s.shifts = 0
	if o.WindowScale >= 0 && h.sys.windowScaling {
		s.shifts = shift<<4 | uint8(o.WindowScale)
	}
}

// fitMSS is the largest payload towards a peer that takes segments of mss, when
// every segment has timestamps (tcp_sync_mss).
func (s *sock) fitMSS(mss uint16) uint16 {
	if s.flags&flagTS != 0 {
		return mss - lenTS
	}
	return mss
}

// syncMSS fits the segments to the largest window the peer has offered, when
// traffic begins or the window grows: no segment is more than half of it, so
// that it is never filled by one (tcp_bound_to_half_wnd; RFC 9293 §3.8.6.2.1).
func (h *Host) syncMSS(s *sock, t *traffic) {
	t.maxWnd = max(t.maxWnd, s.sndWnd())
	most := t.maxWnd
	if most > mssDefault {
		most /= 2
	}
	if t.mss = max(s.mss, 1); most > 0 && uint32(t.mss) > most {
		t.mss = uint16(max(most, 28)) // 68 bytes of packet: RFC 791 §3.2
	}
}

// segmentOptions are the options of a segment of an open connection, in the
// host's scratch memory.
func (h *Host) segmentOptions(s *sock) []byte {
	if s.flags&flagSACK != 0 && s.traffic != 0 && h.traffic.at(s.traffic).holes != 0 {
		o := wire.NoTCPOptions
		if s.flags&flagTS != 0 {
			o.Timestamps, o.TSVal, o.TSEcr = true, h.tsClock(s.laddr, s.raddr), s.tsRecent
		}
		h.sackOptions(s, h.traffic.at(s.traffic), &o)
		return o.Append(h.opts[:0])
	}
	if s.flags&flagTS == 0 {
		return nil
	}
	b := h.opts[:lenTS]
	binary.BigEndian.PutUint32(b, aligned)
	binary.BigEndian.PutUint32(b[4:], h.tsClock(s.laddr, s.raddr))
	binary.BigEndian.PutUint32(b[8:], s.tsRecent)
	return b
}

// overtaken reports whether a segment that looks old by its timestamp may be an
// ACK that others have overtaken: it says nothing new, and lies back no more
// than a retransmission timeout (tcp_disordered_ack_check).
func (h *Host) overtaken(s *sock, g *segment) bool {
	if !g.has(wire.ACK) || wire.Seq(g.tcp.Seq) != g.end() || wire.Seq(g.tcp.Seq) != s.rcvNxt || wire.Seq(g.tcp.Ack) != s.sndUna {
		return false
	}
	replay, wl1 := uint32(rtoInitial), s.rcvNxt
	if s.traffic != 0 {
		t := h.traffic.at(s.traffic)
		replay, wl1 = t.rto, t.wl1
	}
	return !s.updatesWindow(wl1, g, wire.Seq(g.tcp.Ack)) && int32(s.tsRecent-g.opt.TSVal) <= int32(uint64(replay)*1200/1_000_000)
}

// pawsRejects drops an old duplicate, and says where we are (RFC 7323 §5.3 R1).
// An old ACK is not worth that (tcp_validate_incoming).
func (h *Host) pawsRejects(s *sock, g *segment) {
	switch {
	case g.has(wire.SYN):
		h.challenge(s)
	case g.has(wire.ACK) && wire.Seq(g.tcp.Seq) == g.end() && wire.Seq(g.tcp.Seq).Less(s.rcvNxt):
		h.stats.PAWSOldAck++
	default:
		h.stats.PAWSEstab++
		h.sendDupAck(s, g)
	}
}

// echoesSyn reports whether a SYN-ACK echoes a timestamp that we may have sent
// in a SYN (RFC 7323 §5.3; tcp_rcv_synsent_state_process).
func (h *Host) echoesSyn(s *sock, g *segment) bool {
	return g.opt.TSEcr == 0 || int32(h.tsClock(s.laddr, s.raddr)-g.opt.TSEcr) >= 0
}

// echoes takes the timestamp of a segment over, if it holds the byte after the
// last we have acknowledged: so what a delayed ACK echoes is the time of the
// first segment it is for (RFC 7323 §4.3).
func (h *Host) echoes(s *sock, g *segment) {
	wup := s.rcvNxt
	if s.traffic != 0 {
		wup = h.traffic.at(s.traffic).rcvWup
	}
	if s.flags&flagTS != 0 && g.opt.Timestamps && wire.Seq(g.tcp.Seq).LessEq(wup) &&
		(int32(s.tsRecent-g.opt.TSVal) <= 0 || h.tsNow()-s.tsAge >= 8) {
		h.remembersTS(s, g.opt.TSVal)
	}
}

// updatesWindow reports whether a segment's window is newer than the one we
// know (RFC 9293 §3.10.7.4, fifth, ESTABLISHED: SND.WL1 and SND.WL2, of which
// Linux needs only the first: tcp_may_update_window).
func (s *sock) updatesWindow(wl1 wire.Seq, g *segment, ack wire.Seq) bool {
	seq := wire.Seq(g.tcp.Seq)
	return s.sndUna.Less(ack) || wl1.Less(seq) ||
		wl1 == seq && (uint32(g.tcp.Window)<<s.sendShift() > s.sndWnd() || g.tcp.Window == 0)
}

// windowArrives takes the window of a segment over.
func (h *Host) windowArrives(s *sock, g *segment, ack wire.Seq) (moved bool) {
	wl1 := s.rcvNxt
	if s.traffic != 0 {
		wl1 = h.traffic.at(s.traffic).wl1
	}
	if !s.updatesWindow(wl1, g, ack) {
		return false
	}
	s.wnd = g.tcp.Window
	s.flags &^= flagWndSyn
	if s.traffic != 0 {
		t := h.traffic.at(s.traffic)
		if t.wl1 = wire.Seq(g.tcp.Seq); s.sndWnd() > t.maxWnd {
			h.syncMSS(s, t)
		}
	}
	return true
}
