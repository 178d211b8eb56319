package sockets

import (
	"errors"

	"socketbook/sockets/wire"
)

// packet is an IP packet on its way up: where its payload lies in kernel
// memory, and between which addresses (of either family, see addr.go).
type packet struct {
	in       *nic // the device it came from
	src, dst wire.Addr4
	proto    uint8
	ttl      uint8 // or hop limit
	tos      uint8 // or traffic class
	buf      bufRef
	off, len uint32 // of the IP payload
	ip       uint32 // offset of the IP header
}

func (p *packet) six() bool { return isSix(p.dst) || isSix(p.src) }

// ipReceive asks of a frame in kernel memory: is it whole, is it mine, who is
// next? It is the only place that reads an IP header. It takes the buffer
// over. Called from the driver's poll.
func (h *Host) ipReceive(c *nic, buf bufRef, n int) {
	frame := h.mem.of(buf)[:n]
	seg := &h.seg
	payload, err := wire.ParseTCP4(frame, &seg.ip, &seg.tcp)
	if err != nil || !(c == h.lo || h.owns(seg.ip.Dst)) || h.martianSource(c, seg.ip.Src) {
		h.ipReceiveSlow(c, buf, frame)
		return
	}
	seg.buf, seg.off, seg.len = buf, uint32(n-len(payload)), uint32(len(payload))
	if end := wire.EthernetLen + int(seg.ip.TotalLen); end < n {
		seg.off = uint32(end - len(payload)) // Ethernet's padding is not payload
	}
	h.segmentIn(seg, frame)
}

// segmentIn takes a segment that is whole and for this host.
func (h *Host) segmentIn(seg *segment, frame []byte) {
	h.stats.IpInReceives++
	h.stats.IpExtInOctets += uint64(seg.ip.TotalLen)
	h.stats.countECN(seg.ip.TOS, false)
	h.stats.IpInDelivers++
	if h.net.tape != nil {
		h.net.tape.frame(h, StationIP, frame, "to "+seg.ip.Dst.String()+": mine")
	}
	h.tcpReceive(seg)
	if seg.buf != 0 { // nobody kept it
		h.mem.release(seg.buf)
	}
}

// martianSource reports whether an IPv4 packet cannot have come from where it
// says: from a wire, and from this network, from 127.0.0.0/8, a group, or one
// of our own addresses (fib_validate_source).
func (h *Host) martianSource(c *nic, src wire.Addr4) bool {
	if c == h.lo {
		return false // it knows its way: loopback_xmit keeps the route
	}
	net := src >> 24
	return net == 0 || net == 127 || net >= 224 && src>>28 == 14 || src == 0xffffffff || h.owns(src)
}

// ipReceiveSlow reads everything that is not TCP over IPv4 for this host,
// header by header.
func (h *Host) ipReceiveSlow(c *nic, buf bufRef, frame []byte) {
	eth, rest, err := wire.ParseEthernet(frame)
	switch {
	case err == nil && eth.Type == wire.EtherTypeIPv4:
		h.ip4Receive(c, buf, frame, rest)
	case err == nil && eth.Type == wire.EtherTypeIPv6:
		h.ip6Receive(c, buf, frame, rest)
	case err == nil && eth.Type == wire.EtherTypeARP && c.arp:
		h.arpReceive(c, buf, frame, rest)
	default:
		h.stats.RxNoHandler++
		c.count.rxDropped++
		h.drop(frame, buf, "nobody speaks this protocol of Ethernet: rx_dropped")
	}
}

// ip4Receive is ip_rcv_core and ip_route_input.
func (h *Host) ip4Receive(c *nic, buf bufRef, frame, rest []byte) {
	h.stats.IpInReceives++
	ip, body, err := wire.ParseIPv4(rest)
	if err != nil {
		h.badHeader4(frame, buf, err)
		return
	}
	h.stats.IpExtInOctets += uint64(ip.TotalLen)
	h.stats.countECN(ip.TOS, false)
	p := packet{in: c, src: ip.Src, dst: ip.Dst, proto: ip.Proto, ttl: ip.TTL, tos: ip.TOS, buf: buf,
		ip: wire.EthernetLen, off: wire.EthernetLen + uint32(ip.HeaderLen()), len: uint32(len(body))}
	switch net := p.dst >> 24; {
	case h.martianSource(c, p.src):
		h.stats.InMartianSrc++
		h.drop(frame, buf, "a martian, from "+p.src.String()+" by "+c.name+": in_martian_src")
		return
	case c != h.lo && (net == 0 || net == 127):
		h.stats.InMartianDst++
		h.drop(frame, buf, "a martian, for "+p.dst.String()+" by "+c.name+": in_martian_dst")
		return
	case c != h.lo && !h.owns(p.dst) && h.sys.forward && !h.isGroup(p.dst):
		h.forward(&p, frame)
		return
	case c != h.lo && !h.owns(p.dst):
		h.stats.IpInAddrErrors++
		h.drop(frame, buf, "not for an address of this host: IpInAddrErrors")
		return
	}
	if ip.MF || ip.FragOff != 0 {
		h.gatherFragments(&p, fragKey{p.src, p.dst, uint32(ip.ID), ip.Proto, false}, int(ip.FragOff)*8, ip.MF)
		return
	}
	h.deliver(&p)
}

// badHeader4 counts what ip_rcv_core drops.
func (h *Host) badHeader4(frame []byte, buf bufRef, err error) {
	var e *wire.Error
	if errors.As(err, &e) && e.Field == "total length" && e.Kind == wire.ErrTruncated {
		h.stats.IpExtInTruncatedPkts++
		h.drop(frame, buf, "not whole ("+err.Error()+"): IpExtInTruncatedPkts")
		return
	}
	if errors.Is(err, wire.ErrChecksum) {
		h.stats.IpExtInCsumErrors++
	}
	h.stats.IpInHdrErrors++
	h.drop(frame, buf, "not whole ("+err.Error()+"): IpInHdrErrors")
}

// ip6Receive is ip6_rcv_core and ip6_route_input. ::1 never comes from a wire
// (RFC 4291 §2.5.3), nor does a group send.
func (h *Host) ip6Receive(c *nic, buf bufRef, frame, rest []byte) {
	h.stats.Ip6InReceives++
	ip, body, err := wire.ParseIPv6(rest)
	var e *wire.Error
	switch {
	case errors.As(err, &e) && e.Field == "payload length":
		h.stats.Ip6InTruncatedPkts++
		h.drop(frame, buf, "not whole ("+err.Error()+"): Ip6InTruncatedPkts")
		return
	case err != nil:
		h.stats.Ip6InHdrErrors++
		h.drop(frame, buf, "not whole ("+err.Error()+"): Ip6InHdrErrors")
		return
	case c != h.lo && (ip.Src == loopback6 || ip.Dst == loopback6) || ip.Src[0] == 0xff:
		h.stats.Ip6InHdrErrors++
		h.drop(frame, buf, "an address no packet comes with: Ip6InHdrErrors")
		return
	}
	h.stats.Ip6InOctets += uint64(wire.IPv6Len + len(body))
	h.stats.countECN(ip.TrafficClass, true)
	p := packet{in: c, src: h.net.six(ip.Src), dst: h.net.six(ip.Dst), proto: ip.Next, ttl: ip.HopLimit, tos: ip.TrafficClass, buf: buf,
		ip: wire.EthernetLen, off: wire.EthernetLen + wire.IPv6Len, len: uint32(len(body))}
	if !h.answersTo(p.dst) && !h.isSolicited(ip.Dst) {
		h.forward6(&p, frame)
		return
	}
	if p.proto == wire.ProtoFragment6 {
		h.fragmentArrives6(&p, body)
		return
	}
	h.deliver(&p)
}

// isSolicited reports whether a group is that of a neighbour solicitation for
// one of our addresses.
func (h *Host) isSolicited(group [16]byte) bool {
	if group[0] != 0xff {
		return false
	}
	for _, a := range h.sixes {
		if g, _ := wire.SolicitedNode(h.net.addr6(a)); g == group {
			return true
		}
	}
	return false
}

// fragmentArrives6 reads a fragment header (ipv6_frag_rcv).
func (h *Host) fragmentArrives6(p *packet, body []byte) {
	f, rest, err := wire.ParseFragment6(body)
	if err != nil {
		h.stats.Ip6InHdrErrors++
		h.dropped(p, "not whole ("+err.Error()+"): Ip6InHdrErrors")
		h.mem.release(p.buf)
		return
	}
	p.proto, p.off, p.len = f.Next, p.off+wire.Fragment6Len, uint32(len(rest))
	h.gatherFragments(p, fragKey{p.src, p.dst, f.ID, f.Next, true}, int(f.Offset)*8, f.More)
}

// deliver hands a packet to its protocol (ip_protocol_deliver_rcu). A protocol
// that keeps the buffer sets p.buf to 0.
func (h *Host) deliver(p *packet) {
	six := p.six()
	body := h.mem.of(p.buf)[p.off : p.off+p.len]
	pseudo := h.pseudo(p.src, p.dst, p.proto, len(body))
	known := true
	switch {
	case p.proto == wire.ProtoTCP:
		h.deliverTCP(p, body, pseudo)
	case p.proto == wire.ProtoUDP:
		h.deliverUDP(p, body, pseudo)
	case p.proto == wire.ProtoICMP && !six:
		h.icmpReceive(p, body, 0)
	case p.proto == wire.ProtoICMPv6 && six:
		h.icmpReceive(p, body, pseudo)
	default:
		known = false
		one(six, &h.stats.IpInUnknownProtos, &h.stats.Ip6InUnknownProtos)
		h.dropped(p, "nobody speaks protocol "+itoa(int(p.proto))+": "+family(six)+"InUnknownProtos")
		h.protocolUnreachable(p)
	}
	if known {
		one(six, &h.stats.IpInDelivers, &h.stats.Ip6InDelivers)
	}
	if p.buf != 0 {
		h.mem.release(p.buf)
	}
}

// family is how nstat begins a counter's name.
func family(six bool) string {
	if six {
		return "Ip6"
	}
	return "Ip"
}

// deliverTCP checks a segment (tcp_v4_rcv, tcp_v6_rcv).
func (h *Host) deliverTCP(p *packet, body []byte, pseudo wire.Sum) {
	tcp, payload, err := wire.ParseTCP(body)
	if err == nil {
		err = wire.VerifyTCP(body, pseudo)
	}
	if err != nil {
		h.stats.InSegs++
		h.stats.InErrs++
		why := ": TcpInErrs"
		if errors.Is(err, wire.ErrChecksum) {
			h.stats.InCsumErrors++
			why = ": TcpInCsumErrors"
		}
		h.dropped(p, "not whole ("+err.Error()+")"+why)
		return
	}
	seg := &h.seg
	*seg = segment{tcp: tcp, buf: p.buf, off: p.off + uint32(len(body)-len(payload)), len: uint32(len(payload))}
	seg.ip.Src, seg.ip.Dst, seg.ip.TOS = p.src, p.dst, p.tos
	if h.net.tape != nil {
		h.net.tape.add(h.net.tape.segment(h, StationIP, seg, "to "+h.net.text(p.dst)+": mine"))
	}
	h.tcpReceive(seg)
	p.buf = seg.buf
}

// deliverUDP checks a datagram (__udp4_lib_rcv).
func (h *Host) deliverUDP(p *packet, body []byte, pseudo wire.Sum) {
	udp, payload, err := wire.ParseUDP(body)
	if err == nil {
		err = wire.VerifyUDP(body, pseudo)
	}
	if err != nil {
		six, why := p.six(), "InErrors"
		one(six, &h.stats.UdpInErrors, &h.stats.Udp6InErrors)
		if errors.Is(err, wire.ErrChecksum) {
			one(six, &h.stats.UdpInCsumErrors, &h.stats.Udp6InCsumErrors)
			why = "InCsumErrors"
		}
		h.dropped(p, "not whole ("+err.Error()+"): "+udpName(six)+why)
		return
	}
	if h.net.tape != nil {
		h.net.tape.datagram(h, StationIP, p, "to "+h.net.text(p.dst)+": mine")
	}
	h.udpReceive(p, udp, payload)
}

func udpName(six bool) string {
	if six {
		return "Udp6"
	}
	return "Udp"
}

// pseudo is the sum of the pseudo-header between two addresses.
func (h *Host) pseudo(src, dst wire.Addr4, proto uint8, n int) wire.Sum {
	if isSix(src) || isSix(dst) {
		return wire.PseudoHeader6(h.net.addr6(src), h.net.addr6(dst), proto, n)
	}
	return wire.PseudoHeader4(src, dst, proto, n)
}

// drop ends a packet's way, with a reason for the tape. The counter is the
// caller's.
func (h *Host) drop(frame []byte, buf bufRef, why string) {
	if h.net.tape != nil {
		h.net.tape.frame(h, StationDrop, frame, why)
	}
	h.mem.release(buf)
}
