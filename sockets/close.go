package sockets

import (
	"fmt"
)

// Shutdown closes one half of a connection, or both: shutdown(2). how is 0 for
// reading, 1 for writing, 2 for both.
func (p *Process) Shutdown(fd, how int) error {
	i, s, e := p.sysSocket(fd)
	if e == 0 {
		e = p.host.shutdown(i, s, how)
	}
	if p.tracing() {
		p.traceRet(fmt.Sprintf("shutdown(%d, %s)", fd, shutName(how)), 0, e)
	}
	return p.answer("shutdown", fd, "", e)
}

func shutName(how int) string {
	if how >= 0 && how <= 2 {
		return [...]string{"SHUT_RD", "SHUT_WR", "SHUT_RDWR"}[how]
	}
	return itoa(how)
}

// shutdown is inet_shutdown.
func (h *Host) shutdown(i uint32, s *sock, how int) Errno {
	if s.proto != protoTCP && s.proto != protoUDP {
		return h.otherShutdown(s, how)
	}
	if how < 0 || how > 2 {
		return EINVAL
	}
	halves := uint8(how + 1)
	if s.flags&flagConnecting != 0 {
		s.flags &^= flagConnecting
		if s.state != SynSent && s.state != SynRecv && s.state != Closed {
			s.flags |= flagConnected
		} else {
			s.flags |= flagDisconnecting
		}
	}
	e := Errno(0)
	switch {
	case s.state == Listen && halves&shutRead == 0:
	case s.state == Listen || s.state == SynSent:
		h.disconnect(i, s)
		s.flags &^= sockState
	default:
		if s.state == Closed {
			e = ENOTCONN
		}
		s.shut |= halves
		if s.proto == protoTCP && halves&shutWrite != 0 {
			h.closeSending(i, s)
		}
	}
	h.wake(i, s, newsState)
	return e
}

// closeSending queues our FIN (tcp_shutdown, tcp_close_state).
func (h *Host) closeSending(i uint32, s *sock) {
	switch s.state {
	case Established:
		s.flags |= flagFinQueued
		h.setState(i, s, FinWait1, "RFC 9293 §3.10.4, ESTABLISHED: CLOSE")
	case CloseWait:
		s.flags |= flagFinQueued
		h.setState(i, s, LastAck, "RFC 9293 §3.10.4, CLOSE-WAIT: CLOSE")
	default:
		return
	}
	h.output(i, s)
}

// closeSocket is what happens when the last descriptor of a socket is closed
// (tcp_close; RFC 9293 §3.10.4).
func (h *Host) closeSocket(i uint32, s *sock) {
	if s.proto != protoTCP {
		h.udpUnhash(i, s)
		h.purge(s)
		h.dropOptions(s)
		h.socks.release(i)
		return
	}
	s.shut = shutBoth
	switch s.state {
	case Listen:
		h.stopListening(i, s)
		s.state = Closed
		h.done(i, s)
	case Closed:
		h.done(i, s)
	case SynSent:
		h.setState(i, s, Closed, "RFC 9293 §3.10.4, SYN-SENT: CLOSE")
		h.done(i, s)
	default:
		o := h.options(s)
		switch {
		case s.traffic != 0 && h.traffic.at(s.traffic).rcvBytes > 0:
			// Bytes arrived that nobody will read: say so with a reset.
			h.stats.TCPAbortOnClose++
			h.abort(i, s, "RFC 2525 §2.17: close with unread data")
		case o.lingerOn && o.linger == 0:
			h.stats.TCPAbortOnData++
			h.abort(i, s, "SO_LINGER with no time: RFC 9293 §3.10.5, ABORT")
		case s.state == SynRecv:
			s.flags |= flagFinQueued // until the handshake is over
		default:
			if s.traffic != 0 {
				h.effective(h.traffic.at(s.traffic)) // an orphan asks a closed window for a while only
			}
			h.closeSending(i, s)
			h.orphan(i, s)
		}
	}
}

// orphan is a connection whose last descriptor is gone (tcp_close, "adjudge to
// death"): in FIN-WAIT-2 it does not wait for ever.
func (h *Host) orphan(i uint32, s *sock) {
	if s.state == FinWait2 {
		h.finWait2(i, s)
	}
	if s.owner != 0 {
		h.regroup(i, s)
	}
}

// finWait2 bounds how long an orphan waits for the peer's FIN: tcp_fin_timeout,
// or TCP_LINGER2.
func (h *Host) finWait2(i uint32, s *sock) {
	wait := h.limits.FinTimeout
	if l := h.options(s).linger2; l < 0 {
		h.abort(i, s, "TCP_LINGER2 below 0: no waiting in FIN-WAIT-2")
		return
	} else if l > 0 {
		wait = seconds(l)
	}
	h.linger(i, s, wait)
	h.regroup(i, s)
}
