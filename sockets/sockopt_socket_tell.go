package sockets

import (
	"encoding/binary"
	"math"
)

// What SOL_SOCKET tells of the socket, its peer and its device.

// getPeerCred tells struct ucred { pid, uid, gid } of a peer on this host: 0
// and nobody for all but AF_UNIX.
func getPeerCred(c *optCall) Errno {
	var b [12]byte
	binary.LittleEndian.PutUint32(b[4:], math.MaxUint32)
	binary.LittleEndian.PutUint32(b[8:], math.MaxUint32)
	return c.give(b[:])
}

// getPeerName is getpeername with a length that may be shorter than the
// address, but not longer.
func getPeerName(c *optCall) Errno {
	if c.s.proto == protoUnix || c.s.rport == 0 {
		return ENOTCONN
	}
	b := c.h.remote(c.s).bytes()
	if len(b) < c.n {
		return EINVAL
	}
	return c.give(b)
}

// bytes is the address as struct sockaddr_in or sockaddr_in6 has it.
func (a SockAddr) bytes() []byte {
	b := make([]byte, 28)
	binary.LittleEndian.PutUint16(b, a.Family)
	binary.BigEndian.PutUint16(b[2:], a.Port)
	if a.Family == AF_INET {
		copy(b[4:8], a.Addr[:4])
		return b[:16]
	}
	binary.BigEndian.PutUint32(b[4:], a.Flow)
	copy(b[8:24], a.Addr[:])
	binary.LittleEndian.PutUint32(b[24:], a.Scope)
	return b
}

// getMemInfo tells nine counters: sk_get_meminfo.
func getMemInfo(c *optCall) Errno {
	o := c.options()
	var v [9]uint32
	v[1], v[3] = uint32(o.rcvBuf), uint32(c.sndbuf())
	if c.s.traffic != 0 && c.s.state != Listen {
		t := c.h.traffic.at(c.s.traffic)
		v[0] = max(t.rcvCharge, t.rcvBytes)
		v[5] = t.sndBytes
	}
	var b [36]byte
	for i, n := range v {
		binary.LittleEndian.PutUint32(b[4*i:], n)
	}
	return c.give(b[:])
}

// getCookie tells a number that no other socket of the host has or had.
func getCookie(c *optCall) Errno {
	if c.n < 8 {
		return EINVAL
	}
	if c.h.stored(c.s, c.key(), 0) == 0 {
		c.h.cookies++
		c.h.store(c.s, c.key(), int64(c.h.cookies), 0)
	}
	return c.give64(uint64(c.h.stored(c.s, c.key(), 0)))
}

// getNetnsCookie tells the number of the network namespace: the host's.
func getNetnsCookie(c *optCall) Errno {
	if c.n != 8 {
		return EINVAL
	}
	return c.give64(uint64(c.h.id))
}

// getCPU tells which CPU the socket's packets came in on: the only one, once
// there were any.
func getCPU(c *optCall) Errno {
	def := int64(-1)
	if c.s.raddr != 0 {
		def = 0
	}
	return c.giveInt(c.h.stored(c.s, c.key(), def))
}

func setZerocopy(c *optCall) Errno {
	if n := c.h.number(c.s); !(c.s.proto == protoTCP && n == IPPROTO_TCP || c.s.proto == protoUDP && n == IPPROTO_UDP) {
		return EOPNOTSUPP
	}
	return number("", 0, 1, 0).set(c)
}

// setTxtime takes struct sock_txtime { clockid; flags }.
func setTxtime(c *optCall) Errno {
	const monotonic = 1 // CLOCK_MONOTONIC
	clock, flags := c.v, c.u32(4)
	switch {
	case c.n != 8 || flags&^3 != 0: // SOF_TXTIME_FLAGS_MASK
		return EINVAL
	case clock != monotonic:
		return EPERM
	}
	c.h.store(c.s, c.key(), int64(c.u64(0)), 0)
	return 0
}

// keyDevice is where the number of the device lies that the socket is bound
// to.
var keyDevice = key(SOL_SOCKET, SO_BINDTOIFINDEX)

// bindToDevice is sock_bindtoindex_locked: the number need not be a device's.
func (c *optCall) bindToDevice(index int32) Errno {
	switch {
	case c.h.stored(c.s, keyDevice, 0) != 0 && !c.raw():
		return EPERM
	case index < 0:
		return EINVAL
	}
	c.h.store(c.s, keyDevice, int64(index), 0)
	return 0
}

// setDevice takes a name of at most 15 bytes; an empty one unbinds.
func (c *optCall) setDevice() Errno {
	name := cstring(c.bytes(0, min(c.n, 15)))
	index := int32(0)
	if name != "" {
		if index = c.h.deviceIndex(name); index == 0 {
			return ENODEV
		}
	}
	return c.bindToDevice(index)
}

func getDevice(c *optCall) Errno {
	index := c.h.stored(c.s, keyDevice, 0)
	if index == 0 {
		return c.give(nil)
	}
	if c.n < 16 { // IFNAMSIZ
		return EINVAL
	}
	name := c.h.deviceName(index)
	if name == "" {
		return ENODEV
	}
	return c.give(append([]byte(name), 0))
}

// Devices are numbered as the kernel numbers them: lo is 1, then the cards in
// the order they were plugged in.

func (h *Host) deviceIndex(name string) int32 {
	if name == h.lo.name {
		return 1
	}
	for i, c := range h.nics {
		if c.name == name {
			return int32(i) + 2
		}
	}
	return 0
}

func (h *Host) deviceName(index int64) string {
	switch {
	case index == 1:
		return h.lo.name
	case index >= 2 && index-2 < int64(len(h.nics)):
		return h.nics[index-2].name
	}
	return ""
}

// cstring is the text up to the first zero byte.
func cstring(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}

func setPreferBusyPoll(c *optCall) Errno {
	if c.v != 0 {
		return EPERM
	}
	return 0
}

// setBusyPollBudget: it begins with 0, which stands for BUSY_POLL_BUDGET, and
// raising it needs a right. It cannot be read.
func setBusyPollBudget(c *optCall) Errno {
	switch {
	case c.v > 0:
		return EPERM
	case c.v < 0:
		return EINVAL
	}
	return 0
}

// setBufLock says which buffers are not tuned automatically any more.
func setBufLock(c *optCall) Errno {
	if c.v&^3 != 0 { // SOCK_BUF_LOCK_MASK
		return EINVAL
	}
	o := c.change()
	o.sndBufLock, o.rcvBufLock = c.v&1 != 0, c.v&2 != 0
	return 0
}

func getBufLock(c *optCall) Errno {
	o := c.options()
	return c.giveInt(bit(o.sndBufLock) | bit(o.rcvBufLock)<<1)
}

// setReserveMem works only in a memory control group that counts sockets.
func setReserveMem(c *optCall) Errno {
	if c.v < 0 {
		return EINVAL
	}
	return EOPNOTSUPP
}

func setTxrehash(c *optCall) Errno {
	switch {
	case c.s.proto != protoTCP:
		return EOPNOTSUPP
	case c.v < -1 || c.v > 1:
		return EINVAL
	case c.v == -1:
		c.v = int32(c.h.sysInt("net.core.txrehash"))
	}
	c.h.store(c.s, c.key(), int64(c.v), 1)
	return 0
}

func getTxrehash(c *optCall) Errno {
	if c.s.proto != protoTCP {
		return EOPNOTSUPP
	}
	return c.giveInt(c.h.stored(c.s, c.key(), 1))
}

// setDevmem gives back memory of a device: there is none to give.
func setDevmem(c *optCall) Errno {
	const token, most = 8, 128 // struct dmabuf_token, MAX_DONTNEED_TOKENS
	switch {
	case c.s.proto != protoTCP:
		return EBADF
	case c.n%token != 0 || c.n > token*most:
		return EINVAL
	}
	return 0
}

// setUnixInq: SO_INQ is the streams' of AF_UNIX alone (unix_setsockopt). It
// cannot be read.
func (c *optCall) setUnixInq() Errno {
	if c.n != 4 || c.v < 0 || c.v > 1 {
		return EINVAL
	}
	return flag("").set(c)
}

// sndbuf is sk_sndbuf: what was set, or what the kernel made of it.
func (c *optCall) sndbuf() int {
	if o := c.options(); c.s.proto != protoTCP || o.sndBufLock {
		return int(o.sndBuf)
	}
	return c.h.grownSndBuf(c.s)
}

func tellSndbuf(c *optCall) Errno { return c.giveInt(int64(c.sndbuf())) }

// tellError is SO_ERROR: the pending error, or else what a router has said that
// is only a hint (RFC 1122 §4.2.3.9). Either is told once.
func (h *Host) tellError(s *sock) Errno {
	e := s.takeError()
	if e == 0 && s.traffic != 0 && s.state != Listen {
		t := h.traffic.at(s.traffic)
		e, t.softErr = Errno(t.softErr), 0
	}
	return e
}
