package symptoms

import (
	"encoding/binary"
	"net/netip"

	"socketbook/sockets"
	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// A tapped host has a wire at whose other end there is nobody but the
// experiment: it sees what the host sends, and sends what it likes.
type tapped struct {
	run     *Run
	lab     *sockets.Network
	host    *sockets.Host
	tap     *sockets.Tap
	program *sockets.Process
	sent    [][]byte // what the host has sent
}

// tapped is a host on a wire that the experiment holds.
func (r *Run) tapped(options ...sockets.Option) *tapped {
	t := &tapped{run: r, lab: r.network(options...)}
	t.host = t.lab.NewHost("host", sockets.Limits{})
	t.tap = t.lab.NewTap(t.host, sockets.TapOptions{Receive: func(_ sim.Time, packet []byte) {
		t.sent = append(t.sent, append([]byte(nil), packet...))
	}})
	r.check(t.host.AddAddr6("fd00::1"))
	r.check(t.tap.Host().AddAddr6("fd00::2"))
	t.program = t.host.NewProcess("program")
	return t
}

// inject sends packets to the host.
func (t *tapped) inject(packets ...[]byte) {
	for _, p := range packets {
		t.run.check(t.tap.Inject(p))
		t.settle()
	}
}

// settle lets happen what happens at once.
func (t *tapped) settle() { t.lab.RunFor(1e6) }

// answer lets a router complain about the packet the host sent last.
func (t *tapped) answer(kind, code uint8) {
	t.settle()
	quoted := t.sent[len(t.sent)-1]
	t.inject(t.four(wire.ProtoICMP, icmp4(kind, code, quoted)))
}

func addr4(a sockets.SockAddr) wire.Addr4 { return wire.Addr4(binary.BigEndian.Uint32(a.Addr[:4])) }

// ends are the addresses of a packet to the host.
func (t *tapped) ends() (src, dst wire.Addr4) { return addr4(t.tap.Addr(0)), addr4(t.host.Addr(0)) }

// four is an IPv4 packet to the host; change spoils its header, before the
// checksum is made.
func (t *tapped) four(proto uint8, body []byte, change ...func(*wire.IPv4)) []byte {
	h := wire.IPv4{TTL: 64, Proto: proto}
	h.Src, h.Dst = t.ends()
	h.TotalLen = uint16(wire.IPv4Len + len(body))
	for _, f := range change {
		f(&h)
	}
	b := make([]byte, wire.IPv4Len, wire.IPv4Len+len(body))
	h.Put(b)
	return append(b, body...)
}

// six is the same in IPv6.
func (t *tapped) six(next uint8, body []byte, change ...func(*wire.IPv6)) []byte {
	h := wire.IPv6{PayloadLen: uint16(len(body)), Next: next, HopLimit: 64, Src: src6, Dst: dst6}
	for _, f := range change {
		f(&h)
	}
	b := make([]byte, wire.IPv6Len, wire.IPv6Len+len(body))
	h.Put(b)
	return append(b, body...)
}

var (
	src6 = netip.MustParseAddr("fd00::2").As16()
	dst6 = netip.MustParseAddr("fd00::1").As16()
)

// icmp4 is an ICMP message; an error quotes a packet's beginning.
func icmp4(kind, code uint8, body []byte) []byte {
	b := make([]byte, wire.ICMPLen, wire.ICMPLen+len(body))
	wire.ICMP{Type: kind, Code: code}.Put(b, 0, body)
	return append(b, body...)
}

// icmp6 is an ICMPv6 message to the host.
func icmp6(kind, code uint8, body []byte) []byte {
	b := make([]byte, wire.ICMPLen, wire.ICMPLen+len(body))
	wire.ICMP{Type: kind, Code: code}.Put(b, wire.PseudoHeader6(src6, dst6, wire.ProtoICMPv6, len(b)+len(body)), body)
	return append(b, body...)
}

// datagram is a UDP datagram from port 9 to a port of the host.
func (t *tapped) datagram(port uint16, six bool) []byte {
	const data = "hello"
	b := make([]byte, wire.UDPLen+len(data))
	copy(b[wire.UDPLen:], data)
	u := wire.UDP{SrcPort: 9, DstPort: port}
	if six {
		u.Put(b, wire.PseudoHeader6(src6, dst6, wire.ProtoUDP, len(b)), []byte(data))
		return t.six(wire.ProtoUDP, b)
	}
	src, dst := t.ends()
	u.Put(b, wire.PseudoHeader4(src, dst, wire.ProtoUDP, len(b)), []byte(data))
	return t.four(wire.ProtoUDP, b)
}

// spoilt is a packet with one byte changed; at counts from its end if it is
// negative.
func spoilt(packet []byte, at int) []byte {
	b := append([]byte(nil), packet...)
	if at < 0 {
		at += len(b)
	}
	b[at] ^= 0x40
	return b
}
