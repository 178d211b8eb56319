package sockets

import "socketbook/sockets/wire"

// portUnreachable tells the sender of a datagram that nobody has the port:
// type 3 code 3 (RFC 792), or type 1 code 4 (RFC 4443), with the start of the
// packet in it.
func (h *Host) portUnreachable(p *packet) {
	c := h.net.route(h, p.src)
	if c == nil {
		return
	}
	quoted := h.mem.of(p.buf)[p.ip : p.off+p.len]
	icmp, proto := wire.ICMP{Type: wire.ICMPUnreachable, Code: wire.ICMPPortUnreachable}, uint8(wire.ProtoICMP)
	limit := 576 - wire.IPv4Len - wire.ICMPLen // RFC 1812 §4.3.2.3
	if isSix(p.src) {
		icmp, proto = wire.ICMP{Type: wire.ICMPv6Unreachable, Code: wire.ICMPv6PortUnreachable}, wire.ProtoICMPv6
		limit = 1280 - wire.IPv6Len - wire.ICMPLen // RFC 4443 §2.4 (c)
	}
	quoted = quoted[:min(len(quoted), limit)]
	n := wire.ICMPLen + len(quoted)
	at := ipHeaders(p.src)
	frame := h.net.frames.alloc(at + n)
	b := h.net.frames.of(frame)
	copy(b[at+wire.ICMPLen:], quoted)
	pseudo := wire.Sum(0)
	if proto == wire.ProtoICMPv6 {
		pseudo = h.pseudo(p.dst, p.src, proto, n)
	}
	icmp.Put(b[at:], pseudo, b[at+wire.ICMPLen:at+n])
	h.stats.IcmpOutDestUnreachs++
	h.ipSend(c, frame, p.dst, p.src, proto, n)
}

// icmpReceive looks whose packet an error complains of.
func (h *Host) icmpReceive(p *packet, icmp wire.ICMP, body []byte) {
	six := p.proto == wire.ProtoICMPv6
	if !six && icmp.Type != wire.ICMPUnreachable || six && icmp.Type != wire.ICMPv6Unreachable {
		return
	}
	h.stats.IcmpInDestUnreachs++
	var src, dst wire.Addr4
	var proto uint8
	var rest []byte
	if six {
		if len(body) < wire.IPv6Len {
			return
		}
		// The quoted packet may be cut short, so its length does not count.
		proto = body[6]
		src, dst = h.net.six([16]byte(body[8:24])), h.net.six([16]byte(body[24:40]))
		rest = body[wire.IPv6Len:]
	} else {
		if len(body) < wire.IPv4Len {
			return
		}
		proto = body[9]
		src, dst = be32(body[12:]), be32(body[16:])
		rest = body[min(len(body), int(body[0]&15)*4):]
	}
	if proto == wire.ProtoUDP && len(rest) >= wire.UDPLen {
		n := uint32(len(rest) - wire.UDPLen)
		h.udpError(p, src, dst, be16(rest), be16(rest[2:]), n, ECONNREFUSED)
	}
}

func be16(b []byte) uint16 { return uint16(b[0])<<8 | uint16(b[1]) }

func be32(b []byte) wire.Addr4 {
	return wire.Addr4(b[0])<<24 | wire.Addr4(b[1])<<16 | wire.Addr4(b[2])<<8 | wire.Addr4(b[3])
}
