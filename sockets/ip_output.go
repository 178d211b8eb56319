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
	df       bool // don't fragment
}

// ipSend puts the headers before a payload of n bytes that lies in a frame
// already, and hands the frame to the card.
func (h *Host) ipSend(c *nic, frame bufRef, o outgoing, n int) {
	b := h.net.frames.of(frame)
	eth := c.ethernetTo()
	if o.ttl == 0 {
		o.ttl = ttl
	}
	if isSix(o.dst) {
		eth.Type = wire.EtherTypeIPv6
		eth.Put(b)
		ip := wire.IPv6{TrafficClass: o.tos, PayloadLen: uint16(n), Next: o.proto, HopLimit: o.ttl, Src: h.net.addr6(o.src), Dst: h.net.addr6(o.dst)}
		ip.Put(b[wire.EthernetLen:])
	} else {
		eth.Put(b)
		ip := wire.IPv4{TOS: o.tos, TotalLen: uint16(wire.IPv4Len + n), DF: o.df, TTL: o.ttl, Proto: o.proto, Src: o.src, Dst: o.dst}
		ip.Put(b[wire.EthernetLen:])
	}
	if h.net.tape != nil {
		h.net.tape.frame(h, StationOut, b[:ipHeaders(o.dst)+n], "")
	}
	h.sendOut(c, frame, isSix(o.dst), ipHeaders(o.dst)+n)
}

// sendOut counts a packet of our own and hands its frame to the card.
func (h *Host) sendOut(c *nic, frame bufRef, six bool, n int) {
	one(six, &h.stats.IpOutRequests, &h.stats.Ip6OutRequests)
	h.ipOutput(c, frame, six, n)
}

// ipOutput is ip_finish_output2: a packet on its way to a device.
func (h *Host) ipOutput(c *nic, frame bufRef, six bool, n int) {
	one(six, &h.stats.IpOutTransmits, &h.stats.Ip6OutTransmits)
	if octets := uint64(n - wire.EthernetLen); six {
		h.stats.Ip6OutOctets += octets
	} else {
		h.stats.IpExtOutOctets += octets
	}
	c.transmit(frame, n)
}
