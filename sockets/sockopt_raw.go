package sockets

// Levels of raw sockets: SOL_RAW, and for AF_INET6 IPPROTO_ICMPV6.

// The one option of each: the types of ICMP that the socket does not want.
const (
	ICMP_FILTER   = 1
	ICMPV6_FILTER = 1
)

// setRaw is raw_setsockopt and rawv6_setsockopt. done: the level was theirs.
func (c *optCall) setRaw() (done bool, e Errno) {
	number := c.h.number(c.s)
	if !c.s.six() {
		return c.level == SOL_RAW, c.icmpFilter(number, false)
	}
	switch {
	case c.level == IPPROTO_ICMPV6 && number != IPPROTO_ICMPV6:
		return true, EOPNOTSUPP
	case c.level == IPPROTO_ICMPV6:
		if c.opt != ICMPV6_FILTER {
			return true, ENOPROTOOPT
		}
		c.storeFilter(32) // struct icmp6_filter
		return true, 0
	case c.level == SOL_RAW:
	case c.level != IPPROTO_IPV6 || c.opt != IPV6_CHECKSUM && c.opt != IPV6_HDRINCL:
		return false, 0
	}
	k := key(IPPROTO_IPV6, c.opt)
	switch {
	case c.n < 4:
		return true, EINVAL
	case c.opt == IPV6_HDRINCL:
		c.h.store(c.s, k, bit(c.v != 0), -1)
	case c.opt != IPV6_CHECKSUM:
		return true, ENOPROTOOPT
	case number == IPPROTO_ICMPV6 && c.level == IPPROTO_IPV6, c.v > 0 && c.v&1 != 0:
		return true, EINVAL // an offset is even
	default:
		c.h.store(c.s, k, int64(max(c.v, -1)), -2)
	}
	return true, 0
}

// getRaw is raw_getsockopt and rawv6_getsockopt.
func (c *optCall) getRaw() (done bool, e Errno) {
	number := c.h.number(c.s)
	if !c.s.six() {
		if c.level != SOL_RAW {
			return false, 0
		}
		return true, c.icmpFilter(number, true)
	}
	switch {
	case c.level == IPPROTO_ICMPV6 && number != IPPROTO_ICMPV6:
		return true, EOPNOTSUPP
	case c.level == IPPROTO_ICMPV6:
		switch {
		case c.opt != ICMPV6_FILTER:
			return true, ENOPROTOOPT
		case c.n < 0:
			return true, EINVAL
		}
		return true, c.giveFilter(32)
	case c.level == SOL_RAW:
	case c.level != IPPROTO_IPV6 || c.opt != IPV6_CHECKSUM && c.opt != IPV6_HDRINCL:
		return false, 0
	}
	k := key(IPPROTO_IPV6, c.opt)
	switch c.opt {
	case IPV6_HDRINCL:
		v := c.h.stored(c.s, k, -1)
		if v < 0 {
			v = bit(number == SOL_RAW)
		}
		return true, c.giveInt(v)
	case IPV6_CHECKSUM:
		v := c.h.stored(c.s, k, -2)
		if v == -2 {
			v = -1
			if number == IPPROTO_ICMPV6 {
				v = 2 // where ICMPv6 has its checksum
			}
		}
		return true, c.giveInt(v)
	}
	return true, ENOPROTOOPT
}

// icmpFilter is ICMP_FILTER: which types a raw socket of IPPROTO_ICMP gets.
func (c *optCall) icmpFilter(number int, get bool) Errno {
	switch {
	case c.level != SOL_RAW:
		return 0
	case c.opt != ICMP_FILTER:
		return ENOPROTOOPT
	case number != IPPROTO_ICMP:
		return EOPNOTSUPP
	case get && c.n < 0:
		return EINVAL
	case get:
		return c.giveFilter(4)
	}
	c.storeFilter(4) // struct icmp_filter
	return 0
}

// storeFilter overwrites as much of the filter as the program gives.
func (c *optCall) storeFilter(size int) {
	b := make([]byte, size)
	copy(b, c.h.storedBytes(c.s, c.key()))
	copy(b, c.bytes(0, min(c.n, size)))
	c.h.storeBytes(c.s, c.key(), b)
}

func (c *optCall) giveFilter(size int) Errno {
	b := make([]byte, size)
	copy(b, c.h.storedBytes(c.s, c.key()))
	return c.give(b)
}
