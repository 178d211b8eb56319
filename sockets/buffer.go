package sockets

import "socketbook/sockets/wire"

// room is how many bytes the send buffer still takes.
func (h *Host) room(s *sock) int {
	used := 0
	if s.traffic != 0 {
		used = int(h.traffic.at(s.traffic).sndBytes)
	}
	return max(0, h.sndBuf(s)-used)
}

// sndBuf is the bound of the send buffer in bytes of data. What SO_SNDBUF set
// counts the kernel's own cost as well, as much again.
func (h *Host) sndBuf(s *sock) int {
	if o := h.options(s); o.sndBufLock {
		return int(o.sndBuf) / 2
	}
	return h.grownSndBuf(s)
}

// loMSS is the segment size of the device lo, whose MTU is 65,536
// (drivers/net/loopback.c).
const loMSS = 65495

// grownSndBuf is sk_sndbuf of a socket that nobody set it for: once connected
// it has room for two initial windows of ten segments, each with its costs and
// rounded up as the kernel allocates (tcp_sndbuf_expand). That is 87,040 bytes
// on Ethernet and 2,626,560 on lo.
func (h *Host) grownSndBuf(s *sock) int {
	if s.flags&flagWasOpen == 0 {
		return h.limits.Wmem
	}
	const header = 320 // MAX_TCP_HEADER
	mss := int(s.mss)
	if h.net.route(h, s.raddr) == h.lo {
		mss = loMSS
	}
	return max(h.limits.Wmem, min(20*truesize(mss+header), int(h.sys.tcpWmem[2])))
}

// copyOut reads for a crowd: what there is, without waiting.
func (h *Host) copyOut(i uint32, s *sock, buf []byte) int {
	n := h.take(s, buf, len(buf), 0, false)
	h.stats.BytesCopiedUp += uint64(n)
	h.afterRead(i, s, n, false)
	return n
}

// copyIn is the copy on the way down: from the program's memory into the send
// buffer, as far as there is room. Then it sends what may be sent.
func (h *Host) copyIn(i uint32, s *sock, data []byte, flags int, p *Process) int {
	all := len(data)
	data = data[:min(all, h.room(s))]
	if len(data) == 0 {
		return 0
	}
	t := h.busy(s)
	for rest := data; len(rest) > 0; {
		rest = rest[h.appendData(t, rest):]
	}
	if flags&MSG_OOB != 0 && len(data) == all {
		t.sndUrgent, t.sndUp = true, s.sndUna+wire.Seq(t.sndBytes) // its last byte is urgent: tcp_mark_urg
	}
	t.more = flags&MSG_MORE != 0
	h.stats.BytesCopiedDown += uint64(len(data))
	if h.net.tape != nil {
		h.net.tape.copied(h, p, s, len(data), "write")
	}
	h.output(i, s)
	return len(data)
}

// appendData puts bytes behind the last of the write queue: into its buffer
// while that has room, else into a new one. It reports how many.
func (h *Host) appendData(t *traffic, data []byte) int {
	if t.sndTail != 0 {
		b := h.skbs.at(t.sndTail)
		if mem := h.mem.of(b.buf); int(b.off+b.len) < len(mem) {
			n := copy(mem[b.off+b.len:], data)
			b.len += uint32(n)
			t.sndBytes += uint32(n)
			return n
		}
	}
	n := min(len(data), 1<<16)
	b := skb{buf: h.mem.alloc(n), len: uint32(n)}
	copy(h.mem.of(b.buf), data[:n])
	h.hang(&t.sndHead, &t.sndTail, b)
	t.sndBytes += uint32(n)
	return n
}
