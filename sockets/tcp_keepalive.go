package sockets

import (
	"time"

	"socketbook/sockets/wire"
)

// Keep-alive (RFC 9293 §3.8.4): a connection that has been quiet for
// TCP_KEEPIDLE, two hours, is asked whether its peer is there; after
// TCP_KEEPCNT questions without an answer, TCP_KEEPINTVL apart, it is over. A
// socket without SO_KEEPALIVE has no timer for it.

// keepTime is one of the three numbers, in seconds or as a count: the socket's,
// else the host's.
func (h *Host) keepTime(s *sock, opt int, setting string) int64 {
	if v := h.stored(s, key(IPPROTO_TCP, opt), 0); v != 0 {
		return v
	}
	return h.sysInt(setting)
}

func (h *Host) keepIdle(s *sock) time.Duration {
	return time.Duration(h.keepTime(s, TCP_KEEPIDLE, "net.ipv4.tcp_keepalive_time")) * time.Second
}

func (h *Host) keepsAlive(s *sock) bool {
	return h.options(s).side != 0 && h.stored(s, key(SOL_SOCKET, SO_KEEPALIVE), 0) != 0
}

// keepaliveBegins starts the timer of a connection that has just opened, if it
// wants one.
func (h *Host) keepaliveBegins(i uint32, s *sock) {
	if h.keepsAlive(s) {
		h.busy(s).heard = h.net.sim.Now()
		h.setKeepalive(i, s, h.keepIdle(s))
	}
}

// keepaliveChanged is SO_KEEPALIVE or TCP_KEEPIDLE set on an open connection
// (tcp_set_keepalive, tcp_sock_set_keepidle_locked).
func (h *Host) keepaliveChanged(i uint32, s *sock) {
	if s.proto != protoTCP || s.state == Closed || s.state == Listen || s.state == SynSent || s.state == TimeWait {
		return
	}
	if !h.keepsAlive(s) {
		if s.traffic != 0 {
			h.stopKeepalive(h.traffic.at(s.traffic))
			h.rest(i, s)
		}
		return
	}
	t := h.busy(s)
	if t.heard == 0 {
		t.heard = h.net.sim.Now()
	}
	h.setKeepalive(i, s, max(h.keepIdle(s)-h.net.sim.Now().Sub(t.heard), 0))
}

func (h *Host) setKeepalive(i uint32, s *sock, d time.Duration) {
	t := h.busy(s)
	h.stopKeepalive(t)
	t.keepTimer = h.net.sim.After(d, h.keepTimer, uint64(i))
}

func (h *Host) stopKeepalive(t *traffic) {
	h.net.sim.Cancel(t.keepTimer)
	t.keepTimer = 0
	if t.keepFutile {
		t.keepFutile = false
		h.net.futile--
	}
}

// keepaliveTimeout is tcp_keepalive_timer.
func (h *Host) keepaliveTimeout(arg uint64) {
	i := uint32(arg)
	s := h.socks.at(i)
	t := h.traffic.at(s.traffic)
	was := t.keepFutile
	t.keepTimer = 0
	h.stopKeepalive(t)
	if s.state == Closed || s.state == TimeWait {
		h.rest(i, s)
		return
	}
	idle := h.keepIdle(s)
	quiet := h.net.sim.Now().Sub(max(t.heard, t.lastRcv))
	switch {
	case t.packetsOut > 0 || t.sndBytes > 0: // alive without questions
		h.setKeepalive(i, s, idle)
	case quiet < idle:
		answered := t.keepProbes > 0
		t.keepProbes = 0
		h.setKeepalive(i, s, idle-quiet)
		if answered || was {
			// The peer answers, and will: nothing is going to happen.
			h.traffic.at(s.traffic).keepFutile = true
			h.net.futile++
		}
	default:
		count := h.keepTime(s, TCP_KEEPCNT, "net.ipv4.tcp_keepalive_probes")
		over := int64(t.keepProbes) >= count
		if u := h.options(s).userTimeout; u > 0 {
			over = t.keepProbes > 0 && quiet >= time.Duration(u)*time.Millisecond
		}
		if over {
			h.sendControl(s, h.nxt(s), wire.RST|wire.ACK)
			h.stats.OutRsts++
			h.giveUp(i, s, t, "RFC 9293 §3.8.4: no answer to "+itoa(int(t.keepProbes))+" keep-alive probes")
			break
		}
		t.keepProbes++
		h.stats.TCPKeepAlive++
		h.sendControl(s, s.sndUna-1, wire.ACK)
		h.setKeepalive(i, s, time.Duration(h.keepTime(s, TCP_KEEPINTVL, "net.ipv4.tcp_keepalive_intvl"))*time.Second)
	}
	h.tellCrowds()
}
