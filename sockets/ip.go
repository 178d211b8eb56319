package sockets

import "socketbook/sockets/wire"

// ttl of every packet we send: net.ipv4.ip_default_ttl, IPDEFTTL 64
// (include/uapi/linux/ip.h), net.ipv6.conf.all.hop_limit.
const ttl = 64

// packet is an IP packet on its way up: where its payload lies in kernel
// memory, and between which addresses (of either family, see addr.go).
type packet struct {
	src, dst wire.Addr4
	proto    uint8
	buf      bufRef
	off, len uint32 // of the IP payload
	ip       uint32 // offset of the IP header
}

// ipReceive asks of a frame in kernel memory: is it whole, is it mine, who is
// next? It is the only place that reads an IP header. It takes the buffer
// over. Called from the driver's poll.
func (h *Host) ipReceive(buf bufRef, n int) {
	frame := h.mem.of(buf)[:n]
	seg := &h.seg
	payload, err := wire.ParseTCP4(frame, &seg.ip, &seg.tcp)
	if err != nil {
		h.ipReceiveSlow(buf, frame)
		return
	}
	if !h.answersTo(seg.ip.Dst) {
		h.stats.IpInAddrErrors++
		h.drop(frame, buf, "not for an address of this host: IpInAddrErrors")
		return
	}
	h.stats.IpInDelivers++
	if h.net.tape != nil {
		h.net.tape.frame(h, StationIP, frame, "to "+seg.ip.Dst.String()+": mine")
	}
	seg.buf, seg.off, seg.len = buf, uint32(n-len(payload)), uint32(len(payload))
	if end := wire.EthernetLen + int(seg.ip.TotalLen); end < n {
		seg.off = uint32(end - len(payload)) // Ethernet's padding is not payload
	}
	h.tcpReceive(seg)
	if seg.buf != 0 { // nobody kept it
		h.mem.release(seg.buf)
	}
}

// ipReceiveSlow reads everything that is not TCP over IPv4, header by header.
func (h *Host) ipReceiveSlow(buf bufRef, frame []byte) {
	p := packet{buf: buf, ip: wire.EthernetLen}
	eth, rest, err := wire.ParseEthernet(frame)
	var body []byte
	switch {
	case err != nil:
	case eth.Type == wire.EtherTypeIPv4:
		var ip wire.IPv4
		ip, body, err = wire.ParseIPv4(rest)
		p.src, p.dst, p.proto, p.off = ip.Src, ip.Dst, ip.Proto, wire.EthernetLen+uint32(ip.HeaderLen())
	case eth.Type == wire.EtherTypeIPv6:
		var ip wire.IPv6
		ip, body, err = wire.ParseIPv6(rest)
		p.proto, p.off = ip.Next, wire.EthernetLen+wire.IPv6Len
		if err == nil {
			p.src, p.dst = h.net.six(ip.Src), h.net.six(ip.Dst)
		}
	default:
		h.drop(frame, buf, "neither IPv4 nor IPv6")
		return
	}
	if err == nil && !h.answersTo(p.dst) {
		h.stats.IpInAddrErrors++
		h.drop(frame, buf, "not for an address of this host: IpInAddrErrors")
		return
	}
	if err == nil {
		p.len = uint32(len(body))
		err = h.deliver(&p, body)
	}
	if err != nil {
		h.stats.IpInDiscards++
		h.drop(frame, buf, "not whole ("+err.Error()+"): IpInDiscards")
		return
	}
	if p.buf != 0 {
		h.mem.release(p.buf)
	}
}

// deliver hands a packet to its protocol. A protocol that keeps the buffer
// sets p.buf to 0.
func (h *Host) deliver(p *packet, body []byte) error {
	pseudo := h.pseudo(p.src, p.dst, p.proto, len(body))
	switch p.proto {
	case wire.ProtoTCP:
		tcp, payload, err := wire.ParseTCP(body)
		if err == nil {
			err = wire.VerifyTCP(body, pseudo)
		}
		if err != nil {
			return err
		}
		h.stats.IpInDelivers++
		seg := &h.seg
		*seg = segment{tcp: tcp, buf: p.buf, off: p.off + uint32(len(body)-len(payload)), len: uint32(len(payload))}
		seg.ip.Src, seg.ip.Dst = p.src, p.dst
		if h.net.tape != nil {
			h.net.tape.add(h.net.tape.segment(h, StationIP, seg, "to "+h.net.text(p.dst)+": mine"))
		}
		h.tcpReceive(seg)
		p.buf = seg.buf
		return nil
	case wire.ProtoUDP:
		udp, payload, err := wire.ParseUDP(body)
		if err == nil {
			err = wire.VerifyUDP(body, pseudo)
		}
		if err != nil {
			h.stats.UdpInErrors++
			return err
		}
		h.stats.IpInDelivers++
		h.udpReceive(p, udp, payload)
		return nil
	case wire.ProtoICMP, wire.ProtoICMPv6:
		if p.proto == wire.ProtoICMP {
			pseudo = 0
		}
		icmp, rest, err := wire.ParseICMP(body, pseudo)
		if err != nil {
			h.stats.IcmpInErrors++
			return err
		}
		h.stats.IpInDelivers++
		h.icmpReceive(p, icmp, rest)
		return nil
	}
	h.stats.IpInUnknownProtos++
	return nil
}

// pseudo is the sum of the pseudo-header between two addresses.
func (h *Host) pseudo(src, dst wire.Addr4, proto uint8, n int) wire.Sum {
	if isSix(src) || isSix(dst) {
		return wire.PseudoHeader6(h.net.addr6(src), h.net.addr6(dst), proto, n)
	}
	return wire.PseudoHeader4(src, dst, proto, n)
}

// ipHeaders is how many bytes of frame and IP header come before a payload.
func ipHeaders(to wire.Addr4) int {
	if isSix(to) {
		return wire.EthernetLen + wire.IPv6Len
	}
	return wire.EthernetLen + wire.IPv4Len
}

// ipSend puts the headers before a payload that lies in a frame already, and
// hands the frame to the card.
func (h *Host) ipSend(c *nic, frame bufRef, src, dst wire.Addr4, proto uint8, n int) {
	b := h.net.frames.of(frame)
	eth := c.ethernetTo()
	if isSix(dst) {
		eth.Type = wire.EtherTypeIPv6
		eth.Put(b)
		ip := wire.IPv6{PayloadLen: uint16(n), Next: proto, HopLimit: ttl, Src: h.net.addr6(src), Dst: h.net.addr6(dst)}
		ip.Put(b[wire.EthernetLen:])
	} else {
		eth.Put(b)
		ip := wire.IPv4{TotalLen: uint16(wire.IPv4Len + n), DF: proto == wire.ProtoTCP, TTL: ttl, Proto: proto, Src: src, Dst: dst}
		ip.Put(b[wire.EthernetLen:])
	}
	c.transmit(frame, ipHeaders(dst)+n)
}

// drop ends a packet's way, with a reason for the tape. The counter is the
// caller's.
func (h *Host) drop(frame []byte, buf bufRef, why string) {
	if h.net.tape != nil {
		h.net.tape.frame(h, StationDrop, frame, why)
	}
	h.mem.release(buf)
}
