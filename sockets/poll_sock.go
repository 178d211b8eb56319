package sockets

// pollSocket is what a socket is ready for (sock_poll).
func (h *Host) pollSocket(s *sock) pollMask {
	switch s.proto {
	case protoTCP:
		return h.pollTCP(s)
	case protoUnix:
		return h.pollOther(s)
	}
	return h.pollDatagram(s)
}

// pollOther is the poll of families that are made and named, no more: none of
// their sockets ever connects, so one of a stream has hung up (unix_poll), but
// for AF_VSOCK (vsock_poll). AF_XDP has no rings (xsk_poll).
func (h *Host) pollOther(s *sock) pollMask {
	stream := h.kind(s) == SOCK_STREAM || h.kind(s) == SOCK_SEQPACKET
	switch h.family(s) {
	case AF_XDP:
		return 0
	case AF_VSOCK:
		return pollOut | pollWrNorm
	case AF_UNIX:
		if stream {
			return h.pollDatagram(s) | pollHup
		}
	}
	return h.pollDatagram(s)
}

// pollTCP is tcp_poll. To ask and to find no room in the send buffer counts as
// having found it full: whoever asked hears when there is room again.
func (h *Host) pollTCP(s *sock) (mask pollMask) {
	if s.state == Listen {
		if h.listening(s) > 0 {
			return pollIn | pollRdNorm
		}
		return 0
	}
	if s.shut == shutBoth || s.state == Closed {
		mask |= pollHup
	}
	if s.shut&shutRead != 0 {
		mask |= pollIn | pollRdNorm | pollRdHup
	}
	if s.state != SynSent && s.state != SynRecv {
		target, urgent := max(1, int(h.options(s).rcvLowat)), false
		if s.traffic != 0 {
			t := h.traffic.at(s.traffic)
			urgent = t.urgState == urgValid
			if t.urgState != urgNone && uint32(t.urgSeq) == h.copied(s) && !h.options(s).oobInline {
				target++ // the next byte is not for read
			}
		}
		if h.readable(s, target) {
			mask |= pollIn | pollRdNorm
		}
		if s.shut&shutWrite != 0 || h.writable(s) {
			mask |= pollOut | pollWrNorm
		} else {
			s.flags |= flagNoSpace
		}
		if urgent {
			mask |= pollPri
		}
	}
	if s.err != 0 {
		mask |= pollErr
	}
	return mask
}

// readable reports whether as many bytes as target wait to be read, or as many
// as the window lets come (tcp_epollin_ready). The end of the stream counts as
// one.
func (h *Host) readable(s *sock, target int) bool {
	have := 0
	if s.traffic != 0 {
		have = int(h.traffic.at(s.traffic).rcvBytes)
	}
	if s.flags&flagEOF != 0 {
		have++
	}
	if have == 0 {
		return false
	}
	return have >= target || uint32(have) >= h.fullWindow(s)/2
}

// writable reports whether the send buffer has room worth a wake-up: a third
// of it (sk_stream_is_writeable).
func (h *Host) writable(s *sock) bool {
	room := h.room(s)
	return room > 0 && room >= (h.sndBuf(s)-room)/2
}

// pollDatagram is datagram_poll.
func (h *Host) pollDatagram(s *sock) (mask pollMask) {
	if s.err != 0 || s.traffic != 0 && h.traffic.at(s.traffic).errHead != 0 {
		mask |= pollErr
	}
	if s.shut&shutRead != 0 {
		mask |= pollIn | pollRdNorm | pollRdHup
	}
	if s.shut == shutBoth {
		mask |= pollHup
	}
	if s.traffic != 0 && h.traffic.at(s.traffic).rcvHead != 0 {
		mask |= pollIn | pollRdNorm
	}
	if !h.roomy(s) {
		s.flags |= flagNoSpace
		return mask
	}
	return mask | pollOut | pollWrNorm | pollWrBand
}
