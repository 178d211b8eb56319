package sockets

// copyOut is the one copy a byte makes on its way up: from the kernel memory
// where the card put it into the program's. It frees what was read, and tells
// the peer when the window has opened much (tcp_cleanup_rbuf).
func (h *Host) copyOut(i uint32, s *sock, buf []byte, p *Process) int {
	if s.traffic == 0 || len(buf) == 0 {
		return 0
	}
	t := h.traffic.at(s.traffic)
	n := 0
	for t.rcvHead != 0 && n < len(buf) {
		b := h.skbs.at(t.rcvHead)
		c := copy(buf[n:], h.mem.of(b.buf)[b.off:b.off+b.len])
		n += c
		b.off, b.len = b.off+uint32(c), b.len-uint32(c)
		if b.len == 0 {
			head := t.rcvHead
			if t.rcvHead = b.next; t.rcvHead == 0 {
				t.rcvTail = 0
			}
			h.mem.release(b.buf)
			h.skbs.release(head)
		}
	}
	if n == 0 {
		return 0
	}
	t.rcvBytes -= uint32(n)
	h.stats.BytesCopiedUp += uint64(n)
	if h.net.tape != nil {
		h.net.tape.copied(h, p, s, n, "read")
	}
	if s.state.canReceive() {
		full := h.windowFull()
		now, open := uint32(s.rcvAdv-s.rcvNxt), full-t.rcvBytes
		if 2*now <= full && open >= 2*now && open >= now+h.windowStep() {
			h.sendAck(s) // a window update
		}
	}
	h.rest(s)
	return n
}

// copyIn is the copy on the way down: from the program's memory into the send
// buffer, as far as there is room. Then it sends what may be sent.
func (h *Host) copyIn(i uint32, s *sock, data []byte, p *Process) int {
	if len(data) == 0 {
		return 0
	}
	t := h.busy(s)
	room := h.limits.Wmem - min(h.limits.Wmem, int(t.sndBytes))
	data = data[:min(len(data), room)]
	for rest := data; len(rest) > 0; {
		rest = rest[h.appendData(t, rest):]
	}
	h.stats.BytesCopiedDown += uint64(len(data))
	if len(data) > 0 && h.net.tape != nil {
		h.net.tape.copied(h, p, s, len(data), "write")
	}
	if len(data) > 0 {
		h.output(i, s)
	}
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
	n := min(len(data), 1<<bufMaxShift)
	k := h.skbs.alloc()
	b := h.skbs.at(k)
	*b = skb{buf: h.mem.alloc(n), len: uint32(n)}
	copy(h.mem.of(b.buf), data[:n])
	if t.sndTail == 0 {
		t.sndHead = k
	} else {
		h.skbs.at(t.sndTail).next = k
	}
	t.sndTail = k
	t.sndBytes += uint32(n)
	return n
}
