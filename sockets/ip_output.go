package sockets

import "socketbook/sockets/wire"

// ttl of every packet we send: net.ipv4.ip_default_ttl, IPDEFTTL 64
// (include/uapi/linux/ip.h), net.ipv6.conf.all.hop_limit.
const ttl = 64

// ipHeaders is how many bytes of frame and IP header come before a payload.
func ipHeaders(to wire.Addr4) int {
	if isSix(to) {
		return wire.EthernetLen + wire.IPv6Len
	}
	return wire.EthernetLen + wire.IPv4Len
}

// outgoing is what the header of a packet of ours says.
type outgoing struct {
	src, dst wire.Addr4
	proto    uint8
	ttl      uint8 // or hop limit; 0: the host's usual one
	tos      uint8
	df       bool      // don't fragment
	mtu      int       // longer packets are cut; 0: the device's
	mac      *wire.MAC // of a group
}

// ipSend puts the headers before a payload of n bytes that lies in a frame
// already, and hands the frame to the card: cut to pieces if it is too long
// (ip_finish_output, ip6_finish_output). ENOBUFS says that the device's queue
// had no room for it, or for a piece of it (net_xmit_errno).
func (h *Host) ipSend(c *nic, frame bufRef, o outgoing, n int) Errno {
	b := h.net.frames.of(frame)
	eth := c.ethernetTo()
	if o.mac != nil {
		eth.Dst = *o.mac
	}
	if o.ttl == 0 {
		o.ttl = ttl
	}
	six := isSix(o.dst)
	if six {
		eth.Type = wire.EtherTypeIPv6
		eth.Put(b)
		ip := wire.IPv6{TrafficClass: o.tos, PayloadLen: uint16(n), Next: o.proto, HopLimit: o.ttl, Src: h.net.addr6(o.src), Dst: h.net.addr6(o.dst)}
		ip.Put(b[wire.EthernetLen:])
	} else {
		eth.Put(b)
		ip := wire.IPv4{TOS: o.tos, TotalLen: uint16(wire.IPv4Len + n), ID: h.packetID(o), DF: o.df, TTL: o.ttl, Proto: o.proto, Src: o.src, Dst: o.dst}
		ip.Put(b[wire.EthernetLen:])
	}
	if h.net.tape != nil {
		h.net.tape.frame(h, StationOut, b[:ipHeaders(o.dst)+n], "")
	}
	one(six, &h.stats.IpOutRequests, &h.stats.Ip6OutRequests)
	if o.mtu == 0 {
		o.mtu = c.mtu
	}
	dropped := h.stats.TxDropped
	if n += ipHeaders(o.dst); n-wire.EthernetLen > o.mtu && o.proto != wire.ProtoTCP {
		h.fragment(c, frame, six, n, o.mtu)
	} else {
		h.ipOutput(c, frame, six, n)
	}
	if h.stats.TxDropped != dropped {
		one(six, &h.stats.IpOutDiscards, &h.stats.Ip6OutDiscards)
		return ENOBUFS
	}
	return 0
}

// packetID tells the fragments of a packet from those of others. One that is
// never cut needs none (RFC 6864 §4.1; __ip_select_ident).
func (h *Host) packetID(o outgoing) uint16 {
	if o.df {
		return 0
	}
	h.lastID++
	return uint16(h.lastID)
}

// sendOut counts a segment of our own and hands its frame to the card. TCP
// makes no packet that is too long for the path.
func (h *Host) sendOut(c *nic, frame bufRef, six bool, n int) {
	one(six, &h.stats.IpOutRequests, &h.stats.Ip6OutRequests)
	h.ipOutput(c, frame, six, n)
}

// ipOutput is ip_finish_output2: a packet on its way to a device, and on a link
// with ARP to the card that has the next hop's address.
func (h *Host) ipOutput(c *nic, frame bufRef, six bool, n int) {
	one(six, &h.stats.IpOutTransmits, &h.stats.Ip6OutTransmits)
	if octets := uint64(n - wire.EthernetLen); six {
		h.stats.Ip6OutOctets += octets
	} else {
		h.stats.IpExtOutOctets += octets
	}
	if c.arp {
		h.resolve(c, frame, n)
		return
	}
	c.transmit(frame, n)
}
