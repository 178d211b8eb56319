package sockets

import "socketbook/sockets/wire"

// ttl of every packet we send: net.ipv4.ip_default_ttl, IPDEFTTL 64
// (include/uapi/linux/ip.h).
const ttl = 64

// ipReceive asks of a frame in kernel memory: is it whole, is it mine, who is
// next? It is the only place that reads an IP header. It takes the buffer
// over. Called from the driver's poll.
func (h *Host) ipReceive(buf bufRef, n int) {
	frame := h.mem.of(buf)[:n]
	seg := &h.seg
	payload, err := wire.ParseTCP4(frame, &seg.ip, &seg.tcp)
	if err != nil {
		// The checksum or a length is wrong, or the protocol is none of ours.
		h.stats.IpInDiscards++
		h.drop(frame, buf, "no whole TCP segment ("+err.Error()+"): IpInDiscards")
		return
	}
	if !h.local(seg.ip.Dst) {
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

// drop ends a packet's way, with a reason for the tape. The counter is the
// caller's.
func (h *Host) drop(frame []byte, buf bufRef, why string) {
	if h.net.tape != nil {
		h.net.tape.frame(h, StationDrop, frame, why)
	}
	h.mem.release(buf)
}
