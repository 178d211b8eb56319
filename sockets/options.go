package sockets

import (
	"slices"
	"time"
)

// sockOptions is what setsockopt can change and what changes what the socket
// does. A socket without any such change has none: it uses its host's
// defaults. Sockets with the same changes share one: the children of a
// listener take its options over (sk_clone), so a million of them cost no more
// than it does. Who changes a shared one gets a copy.
//
// Options that few programs use lie in a side, which the first of them makes.
type sockOptions struct {
	refs  uint32
	side  uint32 // index in Host.sides; 0: none
	child uint32 // what a listener's children get, if that is not this one; 0: not made yet
	uid   uint32 // of the process that made it

	// What socket(2) was asked for, of a kind that its protocol does not tell.
	number uint16 // protocol, 0: the usual one
	family uint8  // 0: AF_INET or AF_INET6
	kind   uint8  // SOCK_STREAM …, 0: the usual one

	// SOL_SOCKET
	reuseAddr, reusePort bool
	broadcast            bool
	oobInline            bool
	lingerOn             bool
	rcvBufLock           bool // SO_RCVBUF was set: no automatic tuning
	sndBufLock           bool
	linger               int32 // seconds; negative: for ever
	rcvBuf, sndBuf       int32 // bytes, as the kernel counts: twice what was asked for
	rcvLowat             int32
	rcvTimeo, sndTimeo   time.Duration // forever: none

	// IPPROTO_TCP
	noDelay, cork bool
	udpCork       bool   // UDP_CORK
	userMSS       uint16 // TCP_MAXSEG
	deferAccept   uint8  // TCP_DEFER_ACCEPT, in retransmissions
	synCount      uint8  // TCP_SYNCNT; 0: tcp_syn_retries
	linger2       int32  // TCP_LINGER2, seconds; 0: tcp_fin_timeout, -1: none
	userTimeout   int32  // TCP_USER_TIMEOUT, ms

	// IPPROTO_IP, IPPROTO_IPV6
	v6only            bool
	recvErr, recvErr6 bool
	bindAddressNoPort bool
	freeBind          bool   // IP_FREEBIND: bind to any address
	transparent       bool   // IP_TRANSPARENT: likewise
	portRange         uint32 // IP_LOCAL_PORT_RANGE: low in the lower half, high in the upper
}

func seconds(n int32) time.Duration { return time.Duration(n) * time.Second }

// defaultOptions are those of a new socket, by the host's settings.
func (h *Host) defaultOptions(kind protocol) sockOptions {
	o := sockOptions{rcvTimeo: forever, sndTimeo: forever, rcvLowat: 1,
		rcvBuf: int32(h.sys.rmemDefault), sndBuf: int32(h.sys.wmemDefault)}
	switch kind {
	case protoTCP:
		o.rcvBuf, o.sndBuf = int32(h.limits.Rmem), int32(h.limits.Wmem)
	case protoPing, protoRaw:
		o.reuseAddr = true // INET_PROTOSW_REUSE: net/ipv4/af_inet.c inetsw_array
	}
	return o
}

// renewDefaults takes over settings that new sockets start with. Those that
// exist keep what they were made with, all together in one sockOptions.
func (h *Host) renewDefaults() {
	var kept [protoOthers]uint32
	h.socks.each(func(i uint32, s *sock) {
		if s.state == 0 || s.opts != 0 {
			return // not in use, or with options of its own
		}
		k := &kept[s.proto]
		if *k == 0 {
			*k = h.optionSlab.alloc()
			*h.optionSlab.at(*k) = h.defaults[s.proto]
		}
		s.opts = *k
		h.optionSlab.at(*k).refs++
	})
	for k := range h.defaults {
		h.defaults[k] = h.defaultOptions(protocol(k))
	}
	h.windows()
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
	if s.opts != 0 {
		if o := h.optionSlab.at(s.opts); o.refs == 1 {
			h.releaseOptions(o.child) // children to come get something else
			o.child = 0
			return o
		}
	}
	o := *h.options(s)
	if o.side != 0 {
		o.side = h.sides.add(h.sides.at(o.side).clone())
	}
	h.dropOptions(s)
	o.refs, o.child = 1, 0
	s.opts = h.optionSlab.alloc()
	*h.optionSlab.at(s.opts) = o
	return h.optionSlab.at(s.opts)
}

// inherit gives a child its listener's options: all of them, but for a few
// that belong to the listener alone (sk_clone, inet_csk_clone_lock).
func (h *Host) inherit(child, parent *sock) {
	if parent.opts == 0 {
		return
	}
	child.opts = parent.opts
	o := h.optionSlab.at(parent.opts)
	if o.deferAccept != 0 || o.side != 0 && h.sides.at(o.side).private() {
		if o.child == 0 {
			h.makeChild(o)
		}
		child.opts = o.child
	}
	h.optionSlab.at(child.opts).refs++
}

// makeChild makes what the children of a listener with options o share.
func (h *Host) makeChild(o *sockOptions) {
	c := *o
	c.deferAccept = 0 // the accept queue's, and a child has none
	if o.side != 0 {
		c.side = h.sides.add(h.sides.at(o.side).inherited())
	}
	k := h.optionSlab.alloc()
	*h.optionSlab.at(k) = c
	h.optionSlab.at(k).refs = 1 // the parent's own hold
	o.child = k
}

func (h *Host) dropOptions(s *sock) {
	h.releaseOptions(s.opts)
	s.opts = 0
}

func (h *Host) releaseOptions(i uint32) {
	if i == 0 {
		return
	}
	o := h.optionSlab.at(i)
	if o.refs--; o.refs > 0 {
		return
	}
	h.releaseOptions(o.child)
	h.sides.release(o.side)
	h.optionSlab.release(i)
}

// optKey names an option: its level and its number.
type optKey uint16

func key(level, opt int) optKey { return optKey(level<<8 | opt) }

// side is what few sockets have: options that are kept and told, and change
// nothing else here.
type side struct {
	values []sideValue // by key
	bytes  []sideBytes // by key
	groups []group     // multicast memberships, the last one first
}

type sideValue struct {
	key optKey
	v   int64
}

type sideBytes struct {
	key optKey
	b   []byte
}

func (d *side) find(k optKey) (int, bool) {
	return slices.BinarySearchFunc(d.values, k, func(v sideValue, k optKey) int { return int(v.key) - int(k) })
}

func (d *side) clone() *side {
	c := &side{values: slices.Clone(d.values)}
	for _, b := range d.bytes {
		c.bytes = append(c.bytes, sideBytes{b.key, slices.Clone(b.b)})
	}
	for _, g := range d.groups {
		g.sources = slices.Clone(g.sources)
		c.groups = append(c.groups, g)
	}
	return c
}

// notInherited are the options a listener's child does not get: sk_clone
// clears the priority and the reserved memory, inet_csk_clone_lock the accept
// queue with the length of its fast-open queue, tcp_v4_syn_recv_sock takes the
// IP options of the SYN instead.
var notInherited = []optKey{key(SOL_SOCKET, SO_PRIORITY), key(SOL_SOCKET, SO_RESERVE_MEM), key(SOL_SOCKET, SO_COOKIE),
	key(SOL_SOCKET, SO_INCOMING_CPU), key(IPPROTO_TCP, TCP_FASTOPEN), key(IPPROTO_TCP, TCP_FASTOPEN_KEY), key(IPPROTO_TCP, TCP_MD5SIG),
	key(IPPROTO_IP, IP_OPTIONS), key(IPPROTO_IPV6, IPV6_MULTICAST_IF), key(IPPROTO_IPV6, IPV6_MULTICAST_HOPS)}

// private reports whether a side holds anything a child does not get.
func (d *side) private() bool {
	return len(d.groups) > 0 ||
		slices.ContainsFunc(d.values, func(v sideValue) bool { return slices.Contains(notInherited, v.key) }) ||
		slices.ContainsFunc(d.bytes, func(b sideBytes) bool { return slices.Contains(notInherited, b.key) })
}

// inherited is the side a child gets.
func (d *side) inherited() *side {
	c := d.clone()
	c.groups = nil
	c.values = slices.DeleteFunc(c.values, func(v sideValue) bool { return slices.Contains(notInherited, v.key) })
	c.bytes = slices.DeleteFunc(c.bytes, func(b sideBytes) bool { return slices.Contains(notInherited, b.key) })
	return c
}

// sideTable holds the sides by number. There are few.
type sideTable struct {
	list []*side
	free []uint32
}

func (t *sideTable) at(i uint32) *side { return t.list[i] }

func (t *sideTable) add(d *side) uint32 {
	if n := len(t.free); n > 0 {
		i := t.free[n-1]
		t.free = t.free[:n-1]
		t.list[i] = d
		return i
	}
	if len(t.list) == 0 {
		t.list = append(t.list, nil) // 0 is none
	}
	t.list = append(t.list, d)
	return uint32(len(t.list) - 1)
}

func (t *sideTable) release(i uint32) {
	if i == 0 {
		return
	}
	t.list[i] = nil
	t.free = append(t.free, i)
	if len(t.free) == len(t.list)-1 {
		*t = sideTable{}
	}
}

// sideOf is the socket's side to write to, made when there is none.
func (h *Host) sideOf(s *sock) *side {
	o := h.change(s)
	if o.side == 0 {
		o.side = h.sides.add(&side{})
	}
	return h.sides.at(o.side)
}

// stored is an option kept in the side, or def if it was never set.
func (h *Host) stored(s *sock, k optKey, def int64) int64 {
	if o := h.options(s); o.side != 0 {
		d := h.sides.at(o.side)
		if i, ok := d.find(k); ok {
			return d.values[i].v
		}
	}
	return def
}

// storedOr is the option of the call, or def if it was never set or has been
// set to a negative number, which means the default.
func (c *optCall) storedOr(def int64) int64 {
	if v := c.h.stored(c.s, c.key(), -1); v >= 0 {
		return v
	}
	return def
}

// store keeps an option in the side.
func (h *Host) store(s *sock, k optKey, v, def int64) {
	if h.stored(s, k, def) == v {
		return
	}
	d := h.sideOf(s)
	i, ok := d.find(k)
	if !ok {
		d.values = slices.Insert(d.values, i, sideValue{key: k})
	}
	d.values[i].v = v
}

// storedBytes is an option of bytes, nil if it was never set.
func (h *Host) storedBytes(s *sock, k optKey) []byte {
	if o := h.options(s); o.side != 0 {
		for _, b := range h.sides.at(o.side).bytes {
			if b.key == k {
				return b.b
			}
		}
	}
	return nil
}

// storeBytes keeps a copy of b; an empty one takes the option away.
func (h *Host) storeBytes(s *sock, k optKey, b []byte) {
	if len(b) == 0 && h.storedBytes(s, k) == nil {
		return
	}
	d := h.sideOf(s)
	d.bytes = slices.DeleteFunc(d.bytes, func(o sideBytes) bool { return o.key == k })
	if len(b) > 0 {
		d.bytes = append(d.bytes, sideBytes{k, slices.Clone(b)})
	}
}
