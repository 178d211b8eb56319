package sockets

import (
	"socketbook/sockets/wire"
)

// The two protocols by which a host learns the card of an address on its link:
// ARP (RFC 826) for IPv4, neighbour discovery (RFC 4861) for IPv6. What is
// learnt lies in the neighbour table, neigh.go.

// arpRequest asks who has an address: by broadcast, or in PROBE only the card
// that had it.
func (h *Host) arpRequest(e *neighbour) {
	to := wire.Broadcast
	if e.state == neighProbe {
		to = e.mac
	}
	h.arpSend(e.dev, to, wire.ARP{Op: wire.ARPRequest, SenderMAC: e.dev.mac, SenderIP: h.source(e.dev, e.addr), TargetIP: e.addr})
}

func (h *Host) arpSend(c *nic, to wire.MAC, a wire.ARP) {
	const n = wire.EthernetLen + wire.ARPLen
	frame := h.net.frames.alloc(n)
	b := h.net.frames.of(frame)
	wire.Ethernet{Dst: to, Src: c.mac, Type: wire.EtherTypeARP}.Put(b)
	a.Put(b[wire.EthernetLen:])
	h.stats.arpOut++
	if h.net.tape != nil {
		h.net.tape.frame(h, StationOut, b[:n], "")
	}
	c.transmit(frame, n)
}

// arpReceive is arp_process: answer who asks for an address of ours, and learn
// from it; take an answer. Nobody else is learnt of. It takes the buffer over.
func (h *Host) arpReceive(c *nic, buf bufRef, frame, rest []byte) {
	h.stats.arpIn++
	a, err := wire.ParseARP(rest)
	if err != nil || a.SenderMAC == c.mac {
		h.drop(frame, buf, "not an ARP message for this link")
		return
	}
	if h.net.tape != nil {
		h.net.tape.frame(h, StationIP, frame, "")
	}
	h.mem.release(buf)
	if a.SenderIP == 0 && a.Op == wire.ARPRequest {
		return // somebody looks whether his address is free: it is, or he is not let onto this network
	}
	mine := h.owns(a.TargetIP)
	if mine && a.Op == wire.ARPRequest {
		h.neighHeard(c, a.SenderIP, a.SenderMAC, false, true)
		h.arpSend(c, a.SenderMAC, wire.ARP{Op: wire.ARPReply, SenderMAC: c.mac, SenderIP: a.TargetIP, TargetMAC: a.SenderMAC, TargetIP: a.SenderIP})
		return
	}
	h.neighHeard(c, a.SenderIP, a.SenderMAC, mine && a.Op == wire.ARPReply, false)
}

// ndSolicit asks the group of those whose addresses end alike, or in PROBE the
// card that had the address (ndisc_solicit).
func (h *Host) ndSolicit(e *neighbour) {
	target := h.net.addr6(e.addr)
	group, mac := wire.SolicitedNode(target)
	to := h.net.six(group)
	if e.state == neighProbe {
		to, mac = e.addr, e.mac
	}
	n := wire.Neighbor{Target: target, Link: e.dev.mac, HasMAC: true}
	h.ndSend(e.dev, mac, h.source(e.dev, e.addr), to, wire.ICMP{Type: wire.ICMPv6NeighborSolicitation}, n)
}

// ndSend sends a message of neighbour discovery. Its hop limit of 255 shows
// that no router has passed it on (RFC 4861 §3.1).
func (h *Host) ndSend(c *nic, mac wire.MAC, src, dst wire.Addr4, icmp wire.ICMP, n wire.Neighbor) {
	var body [wire.NeighborLen]byte
	n.Put(body[:], icmp.Type == wire.ICMPv6NeighborSolicitation)
	h.icmpSend(c, outgoing{src: src, dst: dst, proto: wire.ProtoICMPv6, ttl: 255, mac: &mac}, icmp, body[:])
}

// ndReceive is ndisc_rcv.
func (h *Host) ndReceive(p *packet, icmp wire.ICMP, body []byte) {
	solicit := icmp.Type == wire.ICMPv6NeighborSolicitation
	n, err := wire.ParseNeighbor(body, solicit)
	if err != nil || p.ttl != 255 || icmp.Code != 0 {
		h.icmpBad(p, "not a neighbour's message: Icmp6InErrors")
		return
	}
	target := h.net.six(n.Target)
	if !solicit {
		if n.HasMAC && p.in != h.lo {
			h.neighHeard(p.in, target, n.Link, icmp.Rest&wire.NeighborSolicited != 0, false)
		}
		return
	}
	if !h.owns(target) || p.in == h.lo || p.src == 0 || !n.HasMAC {
		return // from nobody: somebody looks whether his address is free
	}
	h.neighHeard(p.in, p.src, n.Link, false, true)
	flags := uint32(wire.NeighborSolicited | wire.NeighborOverride)
	if h.sys.forward6 {
		flags |= wire.NeighborRouter
	}
	n.Link = p.in.mac
	h.ndSend(p.in, h.macOf(p.in, p.src), target, p.src, wire.ICMP{Type: wire.ICMPv6NeighborAdvertisement, Rest: flags}, n)
}

// macOf is the card of a neighbour that has just spoken.
func (h *Host) macOf(c *nic, a wire.Addr4) wire.MAC {
	if e, _ := h.neighbour(c, a, false); e != nil {
		return e.mac
	}
	return c.peer.mac
}
