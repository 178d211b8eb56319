package sockets

import (
	"math"

	"socketbook/sockets/wire"
)

// Options of IPPROTO_TCP: include/uapi/linux/tcp.h.
const (
	TCP_NODELAY              = 1
	TCP_MAXSEG               = 2
	TCP_CORK                 = 3
	TCP_KEEPIDLE             = 4
	TCP_KEEPINTVL            = 5
	TCP_KEEPCNT              = 6
	TCP_SYNCNT               = 7
	TCP_LINGER2              = 8
	TCP_DEFER_ACCEPT         = 9
	TCP_WINDOW_CLAMP         = 10
	TCP_INFO                 = 11
	TCP_QUICKACK             = 12
	TCP_CONGESTION           = 13
	TCP_MD5SIG               = 14
	TCP_THIN_LINEAR_TIMEOUTS = 16
	TCP_THIN_DUPACK          = 17
	TCP_USER_TIMEOUT         = 18
	TCP_REPAIR               = 19
	TCP_REPAIR_QUEUE         = 20
	TCP_QUEUE_SEQ            = 21
	TCP_REPAIR_OPTIONS       = 22
	TCP_FASTOPEN             = 23
	TCP_TIMESTAMP            = 24
	TCP_NOTSENT_LOWAT        = 25
	TCP_CC_INFO              = 26
	TCP_SAVE_SYN             = 27
	TCP_SAVED_SYN            = 28
	TCP_REPAIR_WINDOW        = 29
	TCP_FASTOPEN_CONNECT     = 30
	TCP_ULP                  = 31
	TCP_MD5SIG_EXT           = 32
	TCP_FASTOPEN_KEY         = 33
	TCP_FASTOPEN_NO_COOKIE   = 34
	TCP_ZEROCOPY_RECEIVE     = 35
	TCP_INQ                  = 36
	TCP_TX_DELAY             = 37
	TCP_AO_ADD_KEY           = 38
	TCP_AO_DEL_KEY           = 39
	TCP_AO_INFO              = 40
	TCP_AO_GET_KEYS          = 41
	TCP_AO_REPAIR            = 42
	TCP_IS_MPTCP             = 43
	TCP_RTO_MAX_MS           = 44
	TCP_RTO_MIN_US           = 45
	TCP_DELACK_MAX_US        = 46
)

// setTCP is do_tcp_setsockopt. Names and keys have lengths of their own, all
// the others are ints.
func (c *optCall) setTCP() Errno {
	switch c.opt {
	case TCP_CONGESTION:
		return c.setCongestion()
	case TCP_ULP:
		return c.setULP()
	case TCP_FASTOPEN_KEY:
		return c.setFastopenKey()
	}
	if c.n < 4 {
		return EINVAL
	}
	return find(tcpOptions, c.opt).doSet(c)
}

// getTCP is do_tcp_getsockopt.
func (c *optCall) getTCP() Errno {
	if c.n < 0 {
		return EINVAL
	}
	return find(tcpOptions, c.opt).doGet(c)
}

// tcpOptions are what net/ipv4/tcp.c knows. Defaults are tcp_init_sock's, or
// a setting's of the host.
var tcpOptions = []sockopt{
	TCP_NODELAY:              {"TCP_NODELAY", optSimulated, setNodelay, func(c *optCall) Errno { return c.giveBool(c.options().noDelay) }},
	TCP_MAXSEG:               {"TCP_MAXSEG", optSimulated, setMaxseg, getMaxseg},
	TCP_CORK:                 {"TCP_CORK", optSimulated, setCork, func(c *optCall) Errno { return c.giveBool(c.options().cork) }},
	TCP_KEEPIDLE:             keepalive("TCP_KEEPIDLE", 32767, "net.ipv4.tcp_keepalive_time"),   // MAX_TCP_KEEPIDLE
	TCP_KEEPINTVL:            keepalive("TCP_KEEPINTVL", 32767, "net.ipv4.tcp_keepalive_intvl"), // MAX_TCP_KEEPINTVL
	TCP_KEEPCNT:              keepalive("TCP_KEEPCNT", 127, "net.ipv4.tcp_keepalive_probes"),    // MAX_TCP_KEEPCNT
	TCP_SYNCNT:               {"TCP_SYNCNT", optSimulated, setSyncnt, getSyncnt},
	TCP_LINGER2:              {"TCP_LINGER2", optSimulated, setLinger2, getLinger2},
	TCP_DEFER_ACCEPT:         {"TCP_DEFER_ACCEPT", optSimulated, setDeferAccept, getDeferAccept},
	TCP_WINDOW_CLAMP:         {"TCP_WINDOW_CLAMP", optStored, setWindowClamp, getWindowClamp},
	TCP_INFO:                 told("TCP_INFO", getTCPInfo),
	TCP_QUICKACK:             {"TCP_QUICKACK", optSimulated, setQuickack, getQuickack},
	TCP_CONGESTION:           {"TCP_CONGESTION", optSimulated, nil, getCongestion},
	TCP_MD5SIG:               {"TCP_MD5SIG", optStored, setMD5, nil},
	TCP_THIN_LINEAR_TIMEOUTS: number("TCP_THIN_LINEAR_TIMEOUTS", 0, 1, 0),
	TCP_THIN_DUPACK:          {"TCP_THIN_DUPACK", optStored, setThinDupack, tellZero},
	TCP_USER_TIMEOUT:         {"TCP_USER_TIMEOUT", optSimulated, setUserTimeout, func(c *optCall) Errno { return c.giveInt(int64(c.options().userTimeout)) }},
	TCP_REPAIR:               {"TCP_REPAIR", optRefused, answering(EPERM), tellZero},
	TCP_REPAIR_QUEUE:         {"TCP_REPAIR_QUEUE", optRefused, answering(EPERM), answering(EINVAL)},
	TCP_QUEUE_SEQ:            {"TCP_QUEUE_SEQ", optRefused, setQueueSeq, answering(EINVAL)},
	TCP_REPAIR_OPTIONS:       {"TCP_REPAIR_OPTIONS", optRefused, answering(EINVAL), nil},
	TCP_FASTOPEN:             {"TCP_FASTOPEN", optStored, setFastopen, number("", 0, 0, 0).get},
	TCP_TIMESTAMP:            {"TCP_TIMESTAMP", optRefused, answering(EPERM), getTimestamp},
	TCP_NOTSENT_LOWAT:        number("TCP_NOTSENT_LOWAT", math.MinInt32, math.MaxInt32, 0),
	TCP_CC_INFO:              told("TCP_CC_INFO", func(c *optCall) Errno { return c.give(nil) }), // cubic and reno have nothing to tell
	TCP_SAVE_SYN:             number("TCP_SAVE_SYN", 0, 2, 0),
	TCP_SAVED_SYN:            {"TCP_SAVED_SYN", optStored, nil, func(c *optCall) Errno { return c.give(nil) }},
	TCP_REPAIR_WINDOW:        {"TCP_REPAIR_WINDOW", optRefused, answering(EPERM), getRepairWindow},
	TCP_FASTOPEN_CONNECT:     {"TCP_FASTOPEN_CONNECT", optStored, setFastopenConnect, number("", 0, 0, 0).get},
	TCP_ULP:                  {"TCP_ULP", optRefused, nil, func(c *optCall) Errno { return c.give(nil) }},
	TCP_MD5SIG_EXT:           {"TCP_MD5SIG_EXT", optStored, setMD5, nil},
	TCP_FASTOPEN_KEY:         {"TCP_FASTOPEN_KEY", optStored, nil, func(c *optCall) Errno { return c.give(c.h.storedBytes(c.s, c.key())) }},
	TCP_FASTOPEN_NO_COOKIE:   {"TCP_FASTOPEN_NO_COOKIE", optStored, setFastopenNoCookie, number("", 0, 0, 0).get},
	TCP_ZEROCOPY_RECEIVE:     {"TCP_ZEROCOPY_RECEIVE", optRefused, nil, getZerocopy},
	TCP_INQ:                  number("TCP_INQ", 0, 1, 0),
	TCP_TX_DELAY:             number("TCP_TX_DELAY", 0, 1<<28-1, 0),
	TCP_AO_ADD_KEY:           {"TCP_AO_ADD_KEY", optRefused, nil, nil}, // CONFIG_TCP_AO is off by default
	TCP_AO_DEL_KEY:           {"TCP_AO_DEL_KEY", optRefused, nil, nil},
	TCP_AO_INFO:              {"TCP_AO_INFO", optRefused, nil, nil},
	TCP_AO_GET_KEYS:          {"TCP_AO_GET_KEYS", optRefused, nil, nil},
	TCP_AO_REPAIR:            {"TCP_AO_REPAIR", optRefused, answering(EPERM), answering(EPERM)},
	TCP_IS_MPTCP:             told("TCP_IS_MPTCP", tellZero),
	TCP_RTO_MAX_MS:           {"TCP_RTO_MAX_MS", optStored, setRTOMax, getRTOMax},
	TCP_RTO_MIN_US:           microTicks("TCP_RTO_MIN_US"),
	TCP_DELACK_MAX_US:        microTicks("TCP_DELACK_MAX_US"),
}

// pushPending sends what may be sent now (tcp_push_pending_frames).
func (c *optCall) pushPending(mode pushMode) {
	if c.s.traffic != 0 && c.s.state.IsSynchronized() && c.s.state != TimeWait {
		c.h.write(c.i, c.s, mode)
	}
}

func setNodelay(c *optCall) Errno {
	c.setField(func(o *sockOptions) *bool { return &o.noDelay }, c.v != 0)
	if c.v != 0 {
		c.pushPending(pushAll) // stronger than a cork, for what is queued now (TCP_NAGLE_PUSH)
	}
	return 0
}

func setCork(c *optCall) Errno {
	c.setField(func(o *sockOptions) *bool { return &o.cork }, c.v != 0)
	if c.v == 0 {
		c.pushPending(pushOut)
	}
	return 0
}

// setMaxseg: TCP_MIN_MSS to MAX_TCP_WINDOW, include/net/tcp.h.
func setMaxseg(c *optCall) Errno {
	if c.v != 0 && (c.v < 88 || c.v > 32767) {
		return EINVAL
	}
	c.change().userMSS = uint16(c.v)
	return 0
}

// maxSegment is the largest segment a socket takes and sends: the host's, the
// device's if that is lo, or what TCP_MAXSEG allows (tcp_mss_clamp).
func (h *Host) maxSegment(s *sock) uint16 { return h.maxSegmentTo(s, s.raddr) }

func (h *Host) maxSegmentTo(s *sock, to wire.Addr4) uint16 {
	most := uint16(h.limits.MSS)
	if h.isUsual(s, to) {
		return most
	}
	if h.toMyself(to) {
		if most = loMSS; isSix(to) {
			most -= wire.IPv6Len - wire.IPv4Len
		}
	} else if to != 0 {
		most = h.fitPath(most, to)
	}
	if wish := h.options(s).userMSS; wish != 0 {
		return min(wish, most)
	}
	return most
}

// getMaxseg tells the wish while there is no connection, then the size in
// use.
func getMaxseg(c *optCall) Errno {
	mss, wish := int64(mssDefault), int64(c.options().userMSS)
	switch closed := c.s.state == Closed || c.s.state == Listen; {
	case closed && wish != 0:
		mss = wish
	case c.s.mss != 0:
		mss = int64(c.h.tcpInfo(c.s).MSS)
	}
	return c.giveInt(mss)
}

// keepalive is one of three numbers with a setting of the host as default.
func keepalive(name string, most int32, setting string) sockopt {
	set := func(c *optCall) Errno {
		e := number("", 1, most, 0).set(c)
		if e == 0 && c.opt == TCP_KEEPIDLE && c.h.keepsAlive(c.s) {
			c.h.keepaliveChanged(c.i, c.s)
		}
		return e
	}
	return sockopt{name, optSimulated, set, func(c *optCall) Errno {
		if v := c.h.stored(c.s, c.key(), 0); v != 0 {
			return c.giveInt(v)
		}
		return c.giveInt(c.h.sysInt(setting))
	}}
}

// setKeepalive is SO_KEEPALIVE.
func setKeepalive(c *optCall) Errno {
	c.h.store(c.s, key(SOL_SOCKET, SO_KEEPALIVE), bit(c.v != 0), 0)
	c.h.keepaliveChanged(c.i, c.s)
	return 0
}

// setQuickack: on, what is owed is acknowledged at once, and an even number
// lasts that once; off, ACKs wait (__tcp_sock_set_quickack).
func setQuickack(c *optCall) Errno {
	s := c.s
	if c.v == 0 {
		s.acks |= ackPingPong
		return 0
	}
	s.acks &^= ackPingPong
	if (s.state == Established || s.state == CloseWait) && s.traffic != 0 && c.h.traffic.at(s.traffic).pending&ackWanted != 0 {
		c.h.sendAck(s)
		if c.v&1 == 0 {
			s.acks |= ackPingPong
		}
		c.h.rest(c.i, s)
	}
	return 0
}

func getQuickack(c *optCall) Errno { return c.giveBool(c.s.acks&ackPingPong == 0) }

func setSyncnt(c *optCall) Errno {
	if c.v < 1 || c.v > 127 { // MAX_TCP_SYNCNT
		return EINVAL
	}
	c.change().synCount = uint8(c.v)
	return 0
}

func getSyncnt(c *optCall) Errno {
	if n := c.options().synCount; n != 0 {
		return c.giveInt(int64(n))
	}
	return c.giveInt(int64(c.h.limits.SynRetries))
}

func setLinger2(c *optCall) Errno {
	c.change().linger2 = min(max(c.v, -1), 120) // TCP_FIN_TIMEOUT_MAX
	return 0
}

func getLinger2(c *optCall) Errno {
	if l := c.options().linger2; l != 0 {
		return c.giveInt(int64(l))
	}
	return c.giveInt(int64(c.h.limits.FinTimeout.Seconds()))
}

func setDeferAccept(c *optCall) Errno {
	c.change().deferAccept = retransmissions(c.v)
	return 0
}

func getDeferAccept(c *optCall) Errno {
	n, period := c.options().deferAccept, 0
	for wait := 1; n > 0; n-- {
		period += wait
		wait = min(2*wait, 120)
	}
	return c.giveInt(int64(period))
}

// retransmissions is how many SYN-ACKs, the first after a second, then twice
// as long up to 120 s, fill a number of seconds (secs_to_retrans).
func retransmissions(seconds int32) uint8 {
	if seconds <= 0 {
		return 0
	}
	n, wait := uint8(1), int32(1)
	for period := wait; seconds > period && n < math.MaxUint8; n++ {
		wait = min(2*wait, 120)
		period += wait
	}
	return n
}

// setWindowClamp is tcp_set_window_clamp: not below half of the least buffer.
func setWindowClamp(c *optCall) Errno {
	v := int64(c.v)
	if v == 0 {
		if c.s.state != Closed {
			return EINVAL
		}
	} else {
		v = max(v, minRcvbuf/2)
	}
	c.h.store(c.s, c.key(), v, -1)
	return 0
}

func getWindowClamp(c *optCall) Errno {
	def := int64(0)
	if c.s.state.IsSynchronized() || c.s.flags&flagWasOpen != 0 {
		def = int64(c.options().rcvBuf) / 2
	}
	return c.giveInt(c.storedOr(def))
}

func setThinDupack(c *optCall) Errno {
	if c.v < 0 || c.v > 1 {
		return EINVAL
	}
	return 0
}

func setUserTimeout(c *optCall) Errno {
	if c.v < 0 {
		return EINVAL
	}
	c.change().userTimeout = c.v
	return 0
}

func setRTOMax(c *optCall) Errno {
	if c.v < 1000 || c.v > 120_000 { // TCP_RTO_MAX_SEC
		return EINVAL
	}
	c.h.store(c.s, c.key(), ceilTicks(int64(c.v), 1000/hz), 0)
	return 0
}

func getRTOMax(c *optCall) Errno {
	if v := c.h.stored(c.s, c.key(), 0); v != 0 {
		return c.giveInt(v)
	}
	return c.giveInt(c.h.sysInt("net.ipv4.tcp_rto_max_ms"))
}

// ceilTicks rounds up to whole ticks of so many units.
func ceilTicks(v, tick int64) int64 { return (v + tick - 1) / tick * tick }

// microTicks is a time in microseconds, counted in ticks: two of them to
// 200 ms (TCP_TIMEOUT_MIN, TCP_RTO_MIN, TCP_DELACK_MAX).
func microTicks(name string) sockopt {
	const tick = 1_000_000 / hz
	n := number(name, 0, 0, 200_000)
	n.set = func(c *optCall) Errno {
		v := ceilTicks(int64(uint32(c.v)), tick)
		if v < 2*tick || v > 200_000 {
			return EINVAL
		}
		c.h.store(c.s, c.key(), v, 200_000)
		return 0
	}
	return n
}
