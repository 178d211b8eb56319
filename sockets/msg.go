package sockets

import "socketbook/sockets/wire"

// Flags of send and recv: include/linux/socket.h.
const (
	MSG_OOB          = 0x1
	MSG_PEEK         = 0x2
	MSG_DONTROUTE    = 0x4
	MSG_CTRUNC       = 0x8
	MSG_TRUNC        = 0x20
	MSG_DONTWAIT     = 0x40
	MSG_EOR          = 0x80
	MSG_WAITALL      = 0x100
	MSG_CONFIRM      = 0x800
	MSG_ERRQUEUE     = 0x2000
	MSG_NOSIGNAL     = 0x4000
	MSG_MORE         = 0x8000
	MSG_ZEROCOPY     = 0x4000000
	MSG_FASTOPEN     = 0x20000000
	MSG_CMSG_CLOEXEC = 0x40000000
)

// States of the urgent byte (include/net/tcp.h TCP_URG_NOTYET, _VALID, _READ).
const (
	urgNone = iota
	urgNotYet
	urgValid
	urgRead
)

// copiedSeq is the sequence number of the next byte to read: what has arrived
// less what lies unread (tp->copied_seq).
func (h *Host) copied(s *sock) (seq uint32) {
	seq = uint32(s.rcvNxt)
	if s.flags&flagEOF != 0 {
		seq--
	}
	if s.traffic != 0 {
		seq -= h.traffic.at(s.traffic).rcvBytes
	}
	return seq
}

// take copies bytes out of the receive queue, from skip bytes on, and with
// keep leaves them there. A nil into only counts (MSG_TRUNC). At most n bytes.
func (h *Host) take(s *sock, into []byte, n, skip int, keep bool) int {
	if s.traffic == 0 {
		return 0
	}
	t := h.traffic.at(s.traffic)
	done := 0
	for k := t.rcvHead; k != 0 && done < n; {
		b := h.skbs.at(k)
		next := b.next
		if skip >= int(b.len) {
			skip -= int(b.len)
			k = next
			continue
		}
		c := min(n-done, int(b.len)-skip)
		if into != nil {
			copy(into[done:], h.mem.of(b.buf)[int(b.off)+skip:int(b.off)+skip+c])
		}
		done += c
		if !keep { // skip is 0 then
			b.off, b.len = b.off+uint32(c), b.len-uint32(c)
			t.rcvBytes -= uint32(c)
			if b.len == 0 {
				if t.rcvHead = next; next == 0 {
					t.rcvTail = 0
				}
				h.mem.release(b.buf)
				h.skbs.release(k)
			}
		}
		skip = 0
		k = next
	}
	return done
}

// tcpRecv is tcp_recvmsg_locked.
func (p *Process) tcpRecv(i uint32, s *sock, buf []byte, flags int, call inCall) (int, int, Errno, error) {
	h := p.host
	if s.state == Listen {
		return -1, 0, ENOTCONN, nil
	}
	o := h.options(s)
	if flags&MSG_OOB != 0 {
		n, out, e := h.recvUrgent(s, buf, flags)
		return n, out, e, nil
	}
	wait := s.flags&flagNonblock == 0 && flags&MSG_DONTWAIT == 0 && h.net.err == nil
	timeout := o.rcvTimeo
	peek := flags&MSG_PEEK != 0
	target := max(1, min(int(o.rcvLowat), len(buf)))
	if flags&MSG_WAITALL != 0 {
		target = max(1, len(buf))
	}
	copied, hole := 0, 0
	for first := true; first || copied < len(buf); first = false {
		if n, stop := h.recvSome(s, buf, copied, &hole, flags, peek); n > 0 || stop {
			copied += n
			if stop {
				break
			}
			continue
		}
		if len(buf) == 0 && h.unread(s, 0, peek) > 0 {
			break // there is something, and nothing of it is asked for
		}
		if s.flags&flagEOF != 0 && h.unread(s, copied+hole, peek) == 0 && copied > 0 {
			break
		}
		if copied >= target {
			break
		}
		if copied > 0 {
			if !wait || s.err != 0 || s.state == Closed || s.shut&shutRead != 0 {
				break
			}
		} else if n, e := s.nothing(wait); n >= 0 || e != 0 {
			if n == 0 && !peek {
				s.flags |= flagFinRead
			}
			return n, 0, e, nil
		}
		h.afterRead(i, s, copied, peek)
		late, err := p.sleepOn(s, waitThread, 0, &timeout, call)
		switch {
		case err != nil:
			return copied, 0, 0, err
		case h.net.current().cut && copied == 0:
			return -1, 0, EPIPE, nil
		case h.net.current().cut:
			return copied, 0, 0, nil
		case late:
			wait = false
		}
	}
	h.afterRead(i, s, copied, peek)
	if copied > 0 && p.tracing() && !peek {
		h.net.tape.copied(h, p, s, copied, "read")
	}
	return copied, 0, 0, nil
}

// nothing is the answer of a read that finds no byte: the end, an error, or
// come again; -1 and no error when it has to wait.
func (s *sock) nothing(wait bool) (int, Errno) {
	switch {
	case s.flags&flagEOF != 0:
		return 0, 0
	case s.err != 0:
		return -1, s.takeError()
	case s.shut&shutRead != 0:
		return 0, 0
	case s.state == Closed:
		return -1, ENOTCONN
	case !wait:
		return -1, EAGAIN
	}
	return -1, 0
}

// unread is how many bytes are left to read behind those a peek has seen.
func (h *Host) unread(s *sock, seen int, peek bool) int {
	if s.traffic == 0 {
		return 0
	}
	n := int(h.traffic.at(s.traffic).rcvBytes)
	if peek {
		n -= seen
	}
	return n
}

// recvSome takes what can be had at once, up to the urgent byte, which is left
// out of the stream. stop: the mark ends this read.
func (h *Host) recvSome(s *sock, buf []byte, copied int, hole *int, flags int, peek bool) (n int, stop bool) {
	if s.traffic == 0 {
		return 0, false
	}
	t := h.traffic.at(s.traffic)
	if len(buf) == 0 {
		return 0, t.rcvBytes > 0 // even if the next byte is the urgent one
	}
	skip := 0
	if peek {
		skip = copied + *hole
	}
	want := len(buf) - copied
	if avail := int(t.rcvBytes) - skip; want > avail {
		want = avail
	}
	if t.urgState != urgNone {
		at := int(int32(uint32(t.urgSeq) - h.copied(s) - uint32(skip)))
		if at == 0 && copied > 0 {
			return 0, true // stop at the mark when something was read
		}
		if at == 0 && int(t.rcvBytes) > skip && !h.options(s).oobInline {
			// The urgent byte is not part of the stream: step over it.
			if peek {
				*hole++
			} else {
				h.take(s, nil, 1, 0, false)
				h.passMark(s, t)
			}
			return h.recvSome(s, buf, copied, hole, flags, peek)
		}
		if at > 0 && want > at {
			want = at
		}
	}
	if want <= 0 {
		return 0, false
	}
	into := buf[copied : copied+want]
	if flags&MSG_TRUNC != 0 {
		into = nil
	}
	n = h.take(s, into, want, skip, peek)
	if !peek {
		h.stats.BytesCopiedUp += uint64(n)
		h.passMark(s, t)
	}
	return n, false
}

// passMark forgets the urgent byte once the reader is beyond it.
func (h *Host) passMark(s *sock, t *traffic) {
	if t.urgState != urgNone && int32(h.copied(s)-uint32(t.urgSeq)) > 0 {
		t.urgState = urgNone
	}
}

// recvUrgent is tcp_recv_urg.
func (h *Host) recvUrgent(s *sock, buf []byte, flags int) (int, int, Errno) {
	if s.traffic == 0 || h.options(s).oobInline {
		return -1, 0, EINVAL
	}
	t := h.traffic.at(s.traffic)
	switch t.urgState {
	case urgNone, urgRead:
		return -1, 0, EINVAL
	case urgValid:
		if s.state == Closed && s.flags&flagEOF == 0 {
			return -1, 0, ENOTCONN
		}
		if flags&MSG_PEEK == 0 {
			t.urgState = urgRead
		}
		if len(buf) == 0 {
			return 0, MSG_OOB | MSG_TRUNC, 0
		}
		if flags&MSG_TRUNC == 0 {
			buf[0] = t.urgByte
		}
		return 1, MSG_OOB, 0
	}
	if s.state == Closed || s.shut&shutRead != 0 {
		return 0, 0, 0
	}
	return -1, 0, EAGAIN
}

// afterRead tells the peer when the window has opened much (tcp_cleanup_rbuf),
// and gives back what is not needed any more.
func (h *Host) afterRead(i uint32, s *sock, copied int, peek bool) {
	if s.traffic == 0 || s.state == Listen {
		return
	}
	t := h.traffic.at(s.traffic)
	if copied > 0 && !peek {
		h.tuneReceive(s, t, copied)
		if t.rcvBytes == 0 && s.flags&flagEOF != 0 {
			s.flags |= flagFinRead // the FIN stands behind the last byte, in the same skb
		}
	}
	now := false
	if t.pending&ackWanted != 0 {
		// A second segment's ACK was held back, or the reader has all there is
		// and nothing is going to carry the ACK.
		now = uint32(s.rcvNxt-t.rcvWup) > uint32(t.rcvMSS) || copied > 0 && t.rcvBytes == 0 &&
			(t.pending&ackPushed2 != 0 || t.pending&ackPushed != 0 && s.acks&ackPingPong == 0)
	}
	if !now && copied > 0 && !peek && s.state.canReceive() && s.shut&shutRead == 0 {
		// The window has at least doubled: tell the peer (RFC 9293 §3.8.6.2.2).
		if wnd := uint32(t.rcvAdv - s.rcvNxt); 2*wnd <= max(h.fullWindow(s), h.rcvBuf(s, t)/2) {
			open := h.openWindow(s, t)
			now = open > 0 && open >= 2*wnd
		}
	}
	if now && s.state != Closed {
		h.sendAck(s)
	}
	h.rest(i, s)
}

// udpRecv is udp_recvmsg. The result is what the call returns, which with
// MSG_TRUNC is the datagram's whole length.
func (p *Process) udpRecv(i uint32, s *sock, buf []byte, flags int, call inCall) (n, out int, from *SockAddr, e Errno, err error) {
	h := p.host
	timeout := h.options(s).rcvTimeo
	nonblock := s.flags&flagNonblock != 0 || flags&MSG_DONTWAIT != 0 || h.net.err != nil
	for {
		if s.err != 0 {
			return -1, 0, nil, s.takeError(), nil
		}
		if s.traffic != 0 && h.traffic.at(s.traffic).rcvHead != 0 {
			n, out, from = h.datagram(p, s, buf, flags)
			return n, out, from, 0, nil
		}
		if nonblock {
			return -1, 0, nil, EAGAIN, nil
		}
		if s.shut&shutRead != 0 {
			return 0, 0, nil, 0, nil
		}
		late, err := p.sleepOn(s, waitExclusive, pollIn|pollErr, &timeout, call) // receiver_wake_function
		if err != nil {
			return -1, 0, nil, 0, err
		}
		if late && s.err == 0 && (s.traffic == 0 || h.traffic.at(s.traffic).rcvHead == 0) {
			return -1, 0, nil, EAGAIN, nil
		}
	}
}

// datagram takes the first datagram of the receive queue.
func (h *Host) datagram(p *Process, s *sock, buf []byte, flags int) (n, out int, from *SockAddr) {
	t := h.traffic.at(s.traffic)
	k := t.rcvHead
	b := h.skbs.at(k)
	c := copy(buf, h.mem.of(b.buf)[b.off:b.off+b.len])
	n = c
	if c < int(b.len) {
		out |= MSG_TRUNC
	}
	if flags&MSG_TRUNC != 0 {
		n = int(b.len)
	}
	a := sockaddr4(b.from, b.port)
	if s.six() {
		a = h.net.sockaddr6(b.from, b.port)
	}
	if flags&MSG_PEEK == 0 {
		h.stats.BytesCopiedUp += uint64(c)
		if h.net.tape != nil {
			h.net.tape.moved(h, p, StationCopyOut, wire.FiveTuple{Proto: wire.ProtoUDP, Src: b.from, Dst: s.laddr, SrcPort: b.port, DstPort: s.lport}, c, "read")
		}
		if s.proto == protoUDP { // a datagram counts when it is read: udp_recvmsg
			one(isSix(b.from), &h.stats.UdpInDatagrams, &h.stats.Udp6InDatagrams)
		}
		if t.rcvHead = b.next; t.rcvHead == 0 {
			t.rcvTail = 0
		}
		t.rcvBytes -= b.len
		t.rcvCount--
		t.rcvCharge -= uint32(truesize(int(b.off + b.len)))
		h.mem.release(b.buf)
		h.skbs.release(k)
		h.rest(0, s)
	}
	return n, out, &a
}

// tcpSend is tcp_sendmsg_locked.
func (p *Process) tcpSend(i uint32, s *sock, data []byte, flags int, call inCall) (int, Errno, error) {
	h := p.host
	timeout := h.options(s).sndTimeo
	wait := s.flags&flagNonblock == 0 && flags&MSG_DONTWAIT == 0 && h.net.err == nil
	// Wait for a connection to finish.
	for !s.state.canSend() {
		switch {
		case s.err != 0:
			return -1, s.takeError(), nil
		case s.state != SynSent && s.state != SynRecv:
			return -1, EPIPE, nil
		case !wait:
			return -1, EAGAIN, nil
		}
		late, err := p.sleepOn(s, waitThread, 0, &timeout, call)
		switch {
		case err != nil:
			return -1, 0, err
		case h.net.current().cut:
			return -1, s.errorOr(EPIPE), nil
		case late:
			wait = false
		}
	}
	done := 0
	for {
		if s.err != 0 || s.shut&shutWrite != 0 || !s.state.canSend() {
			if done > 0 {
				return done, 0, nil
			}
			return -1, s.errorOr(EPIPE), nil
		}
		if done == len(data) {
			return done, 0, nil
		}
		n := h.copyIn(i, s, data[done:], flags, p)
		done += n
		if n > 0 {
			continue
		}
		s.flags |= flagNoSpace
		if !wait {
			if done > 0 {
				return done, 0, nil
			}
			return -1, EAGAIN, nil
		}
		late, err := p.sleepOn(s, waitThread, 0, &timeout, call)
		switch {
		case err != nil:
			return done, 0, err
		case h.net.current().cut && done == 0:
			return -1, s.errorOr(EPIPE), nil
		case h.net.current().cut:
			return done, 0, nil
		case late:
			wait = false
		}
	}
}
