package sockets

import "time"

// sockOptions is what setsockopt can change. A socket without any such change
// has none: it uses its host's defaults. Sockets with the same changes share
// one: the children of a listener take its options over (sk_clone), so a
// million of them cost no more than it does. Who changes a shared one gets a
// copy.
type sockOptions struct {
	refs uint32
	uid  uint32 // of the process that made it

	// SOL_SOCKET
	reuseAddr, reusePort bool
	keepAlive            bool
	broadcast            bool
	oobInline            bool
	dontRoute            bool
	lingerOn             bool
	rcvBufLock           bool // SO_RCVBUF was set: no automatic tuning
	sndBufLock           bool
	linger               int32 // seconds
	rcvBuf, sndBuf       int32 // bytes, as the kernel counts: twice what was asked for
	rcvLowat             int32
	rcvTimeo, sndTimeo   time.Duration // forever: none

	// IPPROTO_TCP
	noDelay, cork bool
	udpCork       bool   // UDP_CORK
	userMSS       uint16 // TCP_MAXSEG
	deferAccept   uint8  // TCP_DEFER_ACCEPT, in retransmissions
	linger2       int32  // TCP_LINGER2, seconds; 0: tcp_fin_timeout, -1: none
	userTimeout   int32  // TCP_USER_TIMEOUT, ms

	// IPPROTO_IP, IPPROTO_IPV6
	v6only            bool
	recvErr, recvErr6 bool
	bindAddressNoPort bool
	portRange         uint32 // IP_LOCAL_PORT_RANGE: low in the lower half, high in the upper
}

func seconds(n int32) time.Duration { return time.Duration(n) * time.Second }

// defaultOptions are those of a new socket.
func (h *Host) defaultOptions(kind protocol) sockOptions {
	o := sockOptions{rcvTimeo: forever, sndTimeo: forever, rcvLowat: 1, rcvBuf: 212992, sndBuf: 212992}
	if kind == protoTCP {
		o.rcvBuf, o.sndBuf = int32(h.limits.Rmem), int32(h.limits.Wmem)
	}
	return o
}

// options are the socket's options, to look at.
func (h *Host) options(s *sock) *sockOptions {
	if s.opts == 0 {
		return &h.defaults[s.proto]
	}
	return h.optionSlab.at(s.opts)
}

// change is the socket's options, to write to: its own from now on.
func (h *Host) change(s *sock) *sockOptions {
	if s.opts != 0 && h.optionSlab.at(s.opts).refs == 1 {
		return h.optionSlab.at(s.opts)
	}
	o := *h.options(s)
	h.dropOptions(s)
	o.refs = 1
	s.opts = h.optionSlab.alloc()
	*h.optionSlab.at(s.opts) = o
	return h.optionSlab.at(s.opts)
}

// inherit gives a child its listener's options.
func (h *Host) inherit(child, parent *sock) {
	if child.opts = parent.opts; child.opts != 0 {
		h.optionSlab.at(child.opts).refs++
	}
}

func (h *Host) dropOptions(s *sock) {
	if s.opts == 0 {
		return
	}
	if o := h.optionSlab.at(s.opts); o.refs > 1 {
		o.refs--
	} else {
		h.optionSlab.release(s.opts)
	}
	s.opts = 0
}
