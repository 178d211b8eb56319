package sockets

import (
	"encoding/binary"

	"socketbook/sockets/wire"
)

// A host with net.ipv4.ip_forward or net.ipv6.conf.all.forwarding is a router:
// what is for somebody else it sends on, with one hop less to live.

// forward is ip_forward. It takes the buffer over.
func (h *Host) forward(p *packet, frame []byte) {
	df := frame[p.ip+6]&0x40 != 0
	r := h.net.route(h, p.dst)
	mtu := 0
	if r != nil {
		mtu = r.mtu
	}
	switch n := int(be16(frame[p.ip+2:])); {
	case r == nil:
		h.noForward(p, frame)
		return
	case p.ttl <= 1:
		h.stats.IpInHdrErrors++
		h.dropForward(p, frame, "TTL at its end: IpInHdrErrors")
		h.icmpError(p, wire.ICMPTimeExceeded, 0, 0)
	case n > mtu && df:
		h.stats.IpFragFails++
		h.stats.forwardTooBig++
		h.dropForward(p, frame, "longer than "+r.name+"'s MTU of "+itoa(mtu)+", and not to be cut: IpFragFails")
		h.icmpError(p, wire.ICMPUnreachable, wire.ICMPFragNeeded, uint32(mtu))
	default:
		out := h.sendOn(r, frame[:wire.EthernetLen+n], false)
		b := h.net.frames.of(out)
		// The header checksum is mended, not made anew: RFC 1624.
		old := be16(b[p.ip+8:])
		b[p.ip+8]--
		binary.BigEndian.PutUint16(b[p.ip+10:], wire.UpdateChecksum(be16(b[p.ip+10:]), old, be16(b[p.ip+8:])))
		h.stats.IpForwDatagrams++
		if n > mtu {
			h.fragment(r, out, false, wire.EthernetLen+n, mtu)
		} else {
			h.ipOutput(r, out, false, wire.EthernetLen+n)
		}
	}
	h.mem.release(p.buf)
}

// noForward is ip_error: no route, or one that refuses.
func (h *Host) noForward(p *packet, frame []byte) {
	code, why := uint8(wire.ICMPNetUnreachable), "no route to "+p.dst.String()+": IpExtInNoRoutes"
	if r := h.routed(p.dst); r != nil {
		h.stats.ForwardRefused++
		why = r.String() + ": no counter of Linux's"
		if code = wire.ICMPHostUnreachable; r.fail == EACCES {
			code = wire.ICMPProhibited
		}
	} else {
		h.stats.IpExtInNoRoutes++
	}
	h.dropForward(p, frame, why)
	h.icmpError(p, wire.ICMPUnreachable, code, 0)
	h.mem.release(p.buf)
}

// forward6 is ip6_forward. A router of IPv6 cuts nothing (RFC 8200 §5).
func (h *Host) forward6(p *packet, frame []byte) {
	r := h.net.route(h, p.dst)
	n := wire.IPv6Len + int(be16(frame[p.ip+4:]))
	switch {
	case r == nil:
		h.stats.Ip6InNoRoutes++
		code := uint8(wire.ICMPv6NoRoute)
		if e := h.routed(p.dst); e != nil {
			if code = wire.ICMPv6AddressUnreachable; e.fail == EACCES {
				code = wire.ICMPv6Prohibited
			}
		}
		h.dropForward(p, frame, "no route to "+h.net.text(p.dst)+": Ip6InNoRoutes")
		h.icmpError(p, wire.ICMPv6Unreachable, code, 0)
	case !h.sys.forward6:
		h.stats.Ip6InAddrErrors++
		h.dropForward(p, frame, "not for an address of this host: Ip6InAddrErrors")
	case p.ttl <= 1:
		h.stats.Ip6InHdrErrors++
		h.dropForward(p, frame, "hop limit at its end: Ip6InHdrErrors")
		h.icmpError(p, wire.ICMPv6TimeExceeded, 0, 0)
	case n > r.mtu:
		h.stats.Ip6InTooBigErrors++
		h.stats.Ip6FragFails++
		h.dropForward(p, frame, "longer than "+r.name+"'s MTU of "+itoa(r.mtu)+": Ip6InTooBigErrors")
		h.icmpError(p, wire.ICMPv6PacketTooBig, 0, uint32(r.mtu))
	default:
		out := h.sendOn(r, frame[:wire.EthernetLen+n], true)
		h.net.frames.of(out)[p.ip+7]--
		h.stats.Ip6OutForwDatagrams++
		h.ipOutput(r, out, true, wire.EthernetLen+n)
	}
	h.mem.release(p.buf)
}

// sendOn copies a frame to the sending card's memory, with the header of its
// link: the cards' DMA in the real machine.
func (h *Host) sendOn(c *nic, frame []byte, six bool) bufRef {
	out := h.net.frames.alloc(len(frame))
	b := h.net.frames.of(out)
	copy(b, frame)
	eth := c.ethernetTo()
	if six {
		eth.Type = wire.EtherTypeIPv6
	}
	eth.Put(b)
	if h.net.tape != nil {
		h.net.tape.frame(h, StationIP, frame, "forwarded by "+c.name)
	}
	return out
}

// dropForward puts on the tape what was not sent on. The packet is still
// needed, to complain about.
func (h *Host) dropForward(p *packet, frame []byte, why string) {
	if h.net.tape != nil {
		h.net.tape.frame(h, StationDrop, frame, why)
	}
}
