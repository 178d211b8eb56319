package sockets

import "socketbook/sockets/wire"

// TSO: TCP builds one large segment, one header and up to 64 KiB, and the card
// cuts it into frames as the wire has them. The way down through TCP and IP is
// walked once for all of them. The wire cannot tell the difference.

// maxGSO is the largest packet that is handed down, headers included:
// GSO_LEGACY_MAX_SIZE, include/linux/netdevice.h.
const maxGSO = 65536

// burst is how many bytes of payload may go down at once, of those that may be
// sent: whole segments of the card's to cut, or one segment.
func (h *Host) burst(s *sock, t *traffic, may uint32) uint32 {
	mss := h.payload(s, t)
	if may < 2*mss {
		return mss
	}
	c := h.net.route(h, s.raddr)
	if c == nil || c.offloads&OffloadTSO == 0 {
		return mss
	}
	most := min(may, maxGSO-uint32(ipHeaders(s.raddr)+wire.TCPLen+40))
	return most - most%mss
}

// putLarge writes the headers of a large segment before n bytes of payload that
// lie there already. TCP's checksum is not the whole one: the card makes those
// of the frames (CHECKSUM_PARTIAL), and tcpdump on the sending host calls this
// one incorrect, there as here.
func putLarge(frame []byte, eth wire.Ethernet, ip *wire.IPv4, tcp *wire.TCP, n int) int {
	n += wire.PutTCP4(frame, eth, ip, tcp, nil)
	h := frame[wire.EthernetLen:]
	was, total := uint16(h[2])<<8|uint16(h[3]), uint16(n-wire.EthernetLen)
	sum := wire.UpdateChecksum(uint16(h[10])<<8|uint16(h[11]), was, total)
	h[2], h[3], h[10], h[11] = byte(total>>8), byte(total), byte(sum>>8), byte(sum)
	return n
}

// cut is the card's half: it copies the headers before each piece, counts
// sequence number and identification up, and makes the checksums. PSH and FIN
// belong to the last piece, CWR to the first (tcp_gso_segment).
func (c *nic) cut(frame bufRef, n int) {
	h, mss := c.host, int(c.host.gso)
	h.gso = 0
	b := h.net.frames.of(frame)[:n]
	eth, rest, _ := wire.ParseEthernet(b)
	var ip wire.IPv4
	var ip6 wire.IPv6
	var body []byte
	six := eth.Type == wire.EtherTypeIPv6
	if six {
		ip6, body, _ = wire.ParseIPv6(rest)
	} else {
		ip, body, _ = wire.ParseIPv4(rest)
	}
	tcp, payload, _ := wire.ParseTCP(body)
	flags, pieces := tcp.Flags, (len(payload)+mss-1)/mss
	h.stats.TSOPackets++
	c.count.tsoPackets++
	c.count.tsoFrames += uint64(pieces)
	h.stats.TSOFrames += uint64(pieces)
	h.stats.OutSegs += uint64(pieces - 1)
	if h.net.tape != nil {
		h.net.tape.frame(h, StationTx, b, c.name+": TSO, "+itoa(pieces)+" frames")
	}
	for len(payload) > 0 {
		piece := payload[:min(mss, len(payload))]
		payload = payload[len(piece):]
		if tcp.Flags = flags; len(payload) > 0 {
			tcp.Flags &^= wire.PSH | wire.FIN
		}
		size := n - len(b[wire.EthernetLen:]) + len(rest) - len(body) + tcp.HeaderLen() + len(piece)
		out := h.net.frames.alloc(size)
		f := h.net.frames.of(out)
		if six {
			eth.Put(f)
			ip6.PayloadLen = uint16(tcp.HeaderLen() + len(piece))
			at := wire.EthernetLen + ip6.Put(f[wire.EthernetLen:])
			tcp.Put(f[at:], wire.PseudoHeader6(ip6.Src, ip6.Dst, wire.ProtoTCP, int(ip6.PayloadLen)), piece)
			copy(f[at+tcp.HeaderLen():], piece)
		} else {
			wire.PutTCP4(f, eth, &ip, &tcp, piece)
			ip.ID++
		}
		tcp.Seq += uint32(len(piece))
		flags &^= wire.CWR
		c.post(out, size)
	}
	h.net.frames.release(frame)
}
