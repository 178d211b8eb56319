package sockets

import (
	"encoding/binary"
	"math"
	"slices"
	"time"
)

// setAny keeps any int.
func setAny(c *optCall) Errno {
	c.h.store(c.s, c.key(), int64(c.v), -1)
	return 0
}

func setDebug(c *optCall) Errno {
	if c.v != 0 {
		return EACCES
	}
	return 0
}

// setReuse changes an option that decides who may share the socket's port.
func setReuse(at func(o *sockOptions) *bool) func(c *optCall) Errno {
	return func(c *optCall) Errno {
		if *at(c.options()) != (c.v != 0) {
			*at(c.change()) = c.v != 0
			c.h.regroup(c.i, c.s)
		}
		return 0
	}
}

func getReuseAddr(c *optCall) Errno { return c.giveInt(bit(c.options().reuseAddr)) }

func setReusePort(c *optCall) Errno {
	if c.v != 0 && c.s.proto == protoUnix {
		return EOPNOTSUPP
	}
	return setReuse(func(o *sockOptions) *bool { return &o.reusePort })(c)
}

// Buffers never get smaller than one packet: include/net/sock.h SOCK_MIN_RCVBUF
// and SOCK_MIN_SNDBUF, TCP_SKB_MIN_TRUESIZE 2,304 and twice that.
const (
	minRcvbuf = 2304
	minSndbuf = 2 * minRcvbuf
)

// doubled is what SO_SNDBUF and SO_RCVBUF make of a wish: at most limit, and
// twice that, because the kernel's own cost counts. A negative wish is a huge
// one: the kernel compares without sign.
func doubled(v int32, limit int64, least int32) int32 {
	n := min(int64(uint32(v)), limit, math.MaxInt32/2)
	return max(int32(n)*2, least)
}

func setSndbuf(c *optCall) Errno {
	o := c.change()
	o.sndBufLock, o.sndBuf = true, doubled(c.v, c.h.sys.wmemMax, minSndbuf)
	c.h.wroteSpace(c.i, c.s)
	return 0
}

// wroteSpace wakes who waits to write, now that the buffer may be larger
// (sk_write_space).
func (h *Host) wroteSpace(i uint32, s *sock) {
	switch {
	case s.proto == protoTCP && s.state != Listen && s.flags&flagNoSpace != 0 && h.room(s) > 0:
		s.flags &^= flagNoSpace
		h.wake(i, s, newsSpace)
	case s.proto == protoUDP:
		h.wake(i, s, newsSpace)
	}
}

func setRcvbuf(c *optCall) Errno {
	o := c.change()
	o.rcvBufLock, o.rcvBuf = true, doubled(c.v, c.h.sys.rmemMax, minRcvbuf)
	return 0
}

// setRcvLowat is tcp_set_rcvlowat for a stream: no more than half of the
// receive buffer, which grows to hold as much twice.
func setRcvLowat(c *optCall) Errno {
	v := c.v
	if v < 0 {
		v = math.MaxInt32
	}
	if c.s.proto == protoTCP {
		o := c.options()
		half := int32(c.h.sys.tcpRmem[2] >> 1)
		if o.rcvBufLock {
			half = o.rcvBuf >> 1
		}
		v = min(v, half)
		if !o.rcvBufLock && 2*int64(v) > int64(o.rcvBuf) {
			c.change().rcvBuf = int32(min(2*int64(v), math.MaxInt32))
		}
	}
	c.change().rcvLowat = max(v, 1)
	if c.s.proto == protoTCP && c.s.state != Listen && c.s.traffic != 0 {
		if n := c.h.traffic.at(c.s.traffic).rcvBytes; n > 0 && n >= uint32(max(v, 1)) {
			c.h.wake(c.i, c.s, newsData)
		}
	}
	return 0
}

func setPriority(c *optCall) Errno {
	// 0 to 6 are for everybody: TC_PRIO_BESTEFFORT to TC_PRIO_INTERACTIVE.
	if (c.v < 0 || c.v > 6) && !c.raw() {
		return EPERM
	}
	c.h.store(c.s, c.key(), int64(c.v), 0)
	return 0
}

func setMark(c *optCall) Errno {
	if !c.raw() {
		return EPERM
	}
	c.h.store(c.s, c.key(), int64(c.v), 0)
	return 0
}

// setLinger takes struct linger { int l_onoff; int l_linger; }. The time is
// kept when lingering is switched off.
func setLinger(c *optCall) Errno {
	if c.n < 8 {
		return EINVAL
	}
	o := c.change()
	if o.lingerOn = c.v != 0; o.lingerOn {
		o.linger = int32(c.u32(4))
	}
	return 0
}

// forEver is how SO_LINGER tells a time without end: MAX_SCHEDULE_TIMEOUT/HZ,
// 250 ticks a second, cut to an int.
const forEver = uint32((math.MaxInt64 / hz) & math.MaxUint32)

func getLinger(c *optCall) Errno {
	var b [8]byte
	o := c.options()
	binary.LittleEndian.PutUint32(b[:], uint32(bit(o.lingerOn)))
	binary.LittleEndian.PutUint32(b[4:], uint32(o.linger))
	if o.linger < 0 {
		binary.LittleEndian.PutUint32(b[4:], forEver)
	}
	return c.give(b[:])
}

// hz is the kernel's clock tick: CONFIG_HZ, 250 by default
// (kernel/Kconfig.hz).
const hz = 250

// timeout is SO_RCVTIMEO or SO_SNDTIMEO: struct timeval of two 64-bit numbers.
// The kernel counts ticks, and rounds up; zero is no limit, a negative time
// has passed already.
func timeout(name string, send bool) sockopt {
	at := func(o *sockOptions) *time.Duration {
		if send {
			return &o.sndTimeo
		}
		return &o.rcvTimeo
	}
	k := key(SOL_SOCKET, SO_RCVTIMEO)
	if send {
		k = key(SOL_SOCKET, SO_SNDTIMEO)
	}
	const tick = time.Second / hz
	set := func(c *optCall) Errno {
		if c.n < 16 {
			return EINVAL
		}
		sec, usec := int64(c.u64(0)), int64(c.u64(8))
		if usec < 0 || usec >= 1_000_000 {
			return EDOM
		}
		ticks := int64(math.MaxInt64)
		switch {
		case sec < 0:
			ticks = 0
		case (sec != 0 || usec != 0) && sec < math.MaxInt64/hz-1:
			ticks = sec*hz + (usec+int64(tick/time.Microsecond)-1)/int64(tick/time.Microsecond)
		}
		d := forever
		if ticks < int64(math.MaxInt64/tick) {
			d = time.Duration(ticks) * tick
		}
		*at(c.change()) = d
		c.h.store(c.s, k, longer(ticks, d), 0) // more than a Duration holds
		return 0
	}
	get := func(c *optCall) Errno {
		var b [16]byte
		d := *at(c.options())
		ticks := int64(d / tick)
		if d == forever {
			ticks = c.h.stored(c.s, k, 0)
		}
		binary.LittleEndian.PutUint64(b[:], uint64(ticks/hz))
		binary.LittleEndian.PutUint64(b[8:], uint64(ticks%hz*(1_000_000/hz)))
		return c.give(b[:])
	}
	return sockopt{name, optSimulated, set, get}
}

// longer is the time in ticks if a Duration cannot hold it, else 0.
func longer(ticks int64, d time.Duration) int64 {
	if d == forever && ticks != math.MaxInt64 {
		return ticks
	}
	return 0
}

// messages is an option of families whose messages carry more than data.
func messages(name string, def int64, families ...int) sockopt {
	may := func(c *optCall) bool { return slices.Contains(families, c.h.family(c.s)) }
	return sockopt{name, optStored,
		func(c *optCall) Errno {
			if !may(c) {
				return EOPNOTSUPP
			}
			c.h.store(c.s, c.key(), bit(c.v != 0), def)
			return 0
		},
		func(c *optCall) Errno {
			if !may(c) {
				return EOPNOTSUPP
			}
			return c.giveInt(c.h.stored(c.s, c.key(), def))
		}}
}

// Time stamps of packets: three flags of the kernel's behind four options.
const (
	stampNone = 0
	stampRecv = 1 // SOCK_RCVTSTAMP
	stampNano = 2 // SOCK_RCVTSTAMPNS
	stampNew  = 4 // SOCK_TSTAMP_NEW
)

var (
	keyStamps       = key(SOL_SOCKET, SO_TIMESTAMP)
	keyTimestamping = key(SOL_SOCKET, SO_TIMESTAMPING)
)

// timestamps: how sets the flags beside stampRecv; the option reads 1 if the
// flags under mask are want.
func timestamps(name string, how, want, mask int64) sockopt {
	return sockopt{name, optStored,
		func(c *optCall) Errno {
			now := c.h.stored(c.s, keyStamps, 0) &^ (stampRecv | stampNano)
			if c.v != 0 {
				now = stampRecv | how
			}
			c.h.store(c.s, keyStamps, now, 0)
			return 0
		},
		func(c *optCall) Errno { return c.giveBool(c.h.stored(c.s, keyStamps, 0)&mask == want) }}
}

// Flags of SO_TIMESTAMPING (include/uapi/linux/net_tstamp.h).
const (
	sofOptID    = 1 << 7
	sofTSOnly   = 1 << 11
	sofStats    = 1 << 12
	sofBindPHC  = 1 << 15
	sofOptIDTCP = 1 << 16
	sofMask     = 1<<19 - 1
)

// setTimestamping is sock_set_timestamping. The value may be followed by the
// number of a clock.
func setTimestamping(c *optCall) Errno {
	v, before := int64(uint32(c.v)), c.h.stored(c.s, keyTimestamping, 0)
	switch {
	case v&^sofMask != 0,
		v&sofOptIDTCP != 0 && v&sofOptID == 0,
		v&sofOptID != 0 && before&sofOptID == 0 && c.s.proto == protoTCP && (c.s.state == Closed || c.s.state == Listen),
		v&sofStats != 0 && v&sofTSOnly == 0:
		return EINVAL
	case v&sofBindPHC != 0:
		if c.h.stored(c.s, keyDevice, 0) == 0 {
			return EOPNOTSUPP
		}
		return EINVAL // no device here has a clock
	}
	c.h.store(c.s, keyTimestamping, v, 0)
	stamps := c.h.stored(c.s, keyStamps, 0) &^ stampNew
	if c.opt == SO_TIMESTAMPING_NEW {
		stamps |= stampNew
	}
	c.h.store(c.s, keyStamps, stamps, 0)
	return 0
}

// getTimestampingNew tells the flags only if they were set as the new option.
func getTimestampingNew(c *optCall) Errno {
	if c.h.stored(c.s, keyStamps, 0)&stampNew == 0 {
		return c.give64(0)
	}
	return c.give64(uint64(c.h.stored(c.s, keyTimestamping, 0)))
}

func setPeekOff(c *optCall) Errno {
	if !c.peeks() {
		return EOPNOTSUPP
	}
	return setAny(c)
}

func getPeekOff(c *optCall) Errno {
	if !c.peeks() {
		return EOPNOTSUPP
	}
	return c.giveInt(c.h.stored(c.s, c.key(), -1))
}

// peeks reports whether the socket's calls include set_peek_off.
func (c *optCall) peeks() bool {
	f := c.h.family(c.s)
	return c.s.proto == protoTCP || c.s.proto == protoUDP || f == AF_UNIX
}

func setLockFilter(c *optCall) Errno {
	if c.filterLocked() && c.v == 0 {
		return EPERM
	}
	return flag("").set(c)
}

func (c *optCall) filterLocked() bool {
	return c.h.stored(c.s, key(SOL_SOCKET, SO_LOCK_FILTER), 0) != 0
}

// attachFilter takes struct sock_fprog { unsigned short len; struct
// sock_filter *filter; }. A program behind a pointer cannot be handed over
// here: an empty one is EINVAL, another EFAULT.
func attachFilter(c *optCall) Errno {
	switch n := uint16(c.u32(0)); {
	case c.opt == SO_ATTACH_FILTER && c.s.proto == protoTCP:
		return EPERM // 6.18.y: a stream is not to be cut by anybody
	case c.n != 16:
		return EINVAL
	case c.filterLocked():
		return EPERM
	case c.u64(8) == 0 || n == 0 || n > 4096: // BPF_MAXINSNS
		return EINVAL
	}
	return EFAULT
}

func detachFilter(c *optCall) Errno {
	if c.filterLocked() {
		return EPERM
	}
	return ENOENT
}

// attachBPF takes the descriptor of a BPF program. There are none here.
func attachBPF(c *optCall) Errno {
	switch {
	case c.n != 4:
		return EINVAL
	case c.filterLocked():
		return EPERM
	case c.p.fds.get(int(c.v)) == 0:
		return EBADF
	}
	return EINVAL
}

func detachReuseport(c *optCall) Errno {
	if c.options().reusePort {
		return ENOENT
	}
	return EINVAL
}

// setPacing takes an unsigned int, or eight bytes; all ones is no limit.
func setPacing(c *optCall) Errno {
	rate := uint64(uint32(c.v))
	if c.v == -1 {
		rate = math.MaxUint64
	}
	if c.n >= 8 {
		rate = c.u64(0)
	}
	c.h.store(c.s, c.key(), int64(rate), -1)
	return 0
}

func getPacing(c *optCall) Errno {
	rate := uint64(c.h.stored(c.s, c.key(), -1))
	if c.n >= 8 {
		return c.give64(rate)
	}
	return c.giveInt(int64(min(rate, math.MaxUint32)))
}
