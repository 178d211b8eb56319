package sockets

import "math"

// Options of IPPROTO_IPV6: include/uapi/linux/in6.h. The MCAST_ ones are those
// of IPPROTO_IP.
const (
	IPV6_ADDRFORM             = 1
	IPV6_2292PKTINFO          = 2
	IPV6_2292HOPOPTS          = 3
	IPV6_2292DSTOPTS          = 4
	IPV6_2292RTHDR            = 5
	IPV6_2292PKTOPTIONS       = 6
	IPV6_CHECKSUM             = 7
	IPV6_2292HOPLIMIT         = 8
	IPV6_NEXTHOP              = 9
	IPV6_AUTHHDR              = 10
	IPV6_FLOWINFO             = 11
	IPV6_UNICAST_HOPS         = 16
	IPV6_MULTICAST_IF         = 17
	IPV6_MULTICAST_HOPS       = 18
	IPV6_MULTICAST_LOOP       = 19
	IPV6_ADD_MEMBERSHIP       = 20
	IPV6_DROP_MEMBERSHIP      = 21
	IPV6_ROUTER_ALERT         = 22
	IPV6_MTU_DISCOVER         = 23
	IPV6_MTU                  = 24
	IPV6_RECVERR              = 25
	IPV6_V6ONLY               = 26
	IPV6_JOIN_ANYCAST         = 27
	IPV6_LEAVE_ANYCAST        = 28
	IPV6_MULTICAST_ALL        = 29
	IPV6_ROUTER_ALERT_ISOLATE = 30
	IPV6_RECVERR_RFC4884      = 31
	IPV6_FLOWLABEL_MGR        = 32
	IPV6_FLOWINFO_SEND        = 33
	IPV6_IPSEC_POLICY         = 34
	IPV6_XFRM_POLICY          = 35
	IPV6_HDRINCL              = 36
	IPV6_RECVPKTINFO          = 49
	IPV6_PKTINFO              = 50
	IPV6_RECVHOPLIMIT         = 51
	IPV6_HOPLIMIT             = 52
	IPV6_RECVHOPOPTS          = 53
	IPV6_HOPOPTS              = 54
	IPV6_RTHDRDSTOPTS         = 55
	IPV6_RECVRTHDR            = 56
	IPV6_RTHDR                = 57
	IPV6_RECVDSTOPTS          = 58
	IPV6_DSTOPTS              = 59
	IPV6_RECVPATHMTU          = 60
	IPV6_PATHMTU              = 61
	IPV6_DONTFRAG             = 62
	IPV6_USE_MIN_MTU          = 63
	IPV6_RECVTCLASS           = 66
	IPV6_TCLASS               = 67
	IPV6_AUTOFLOWLABEL        = 70
	IPV6_ADDR_PREFERENCES     = 72
	IPV6_MINHOPCOUNT          = 73
	IPV6_RECVORIGDSTADDR      = 74
	IPV6_TRANSPARENT          = 75
	IPV6_UNICAST_IF           = 76
	IPV6_RECVFRAGSIZE         = 77
	IPV6_FREEBIND             = 78
)

// setSix is ipv6_setsockopt: IPv6's options, and IPv4's for all but raw
// sockets.
func (c *optCall) setSix() Errno {
	switch {
	case c.level == IPPROTO_IP && c.s.proto != protoRaw:
		return c.setIP()
	case c.level != IPPROTO_IPV6:
		return ENOPROTOOPT
	case c.opt >= mrtBase && c.opt <= mrtMax:
		return c.multicastRouting(IPPROTO_ICMPV6)
	}
	return find(sixOptions, c.opt).doSet(c)
}

// getSix is ipv6_getsockopt. A negative length is as good as any.
func (c *optCall) getSix() Errno {
	switch {
	case c.level == IPPROTO_IP && c.s.proto != protoRaw:
		return c.getIP()
	case c.level != IPPROTO_IPV6:
		return ENOPROTOOPT
	case c.opt >= mrtBase && c.opt <= mrtMax:
		return c.multicastRouting(IPPROTO_ICMPV6)
	}
	return find(sixOptions, c.opt).doGet(c)
}

// whole makes an option take nothing shorter than an int.
func whole(o sockopt) sockopt {
	return only(o, func(c *optCall) bool { return c.n >= 4 }, EINVAL)
}

// six makes an entry of set with the usual get.
func six(name string, set func(c *optCall) Errno, def int64) sockopt {
	return sockopt{name, optStored, set, number("", 0, 0, def).get}
}

// alias is an option kept under another level's number.
func sixField(name string, at func(o *sockOptions) *bool) sockopt { return whole(field(name, at)) }

// sixOptions are what net/ipv6/ipv6_sockglue.c knows. Defaults are
// inet6_create's.
var sixOptions = []sockopt{
	IPV6_ADDRFORM:             {"IPV6_ADDRFORM", optSimulated, setAddrform, getAddrform},
	IPV6_2292PKTINFO:          whole(flag("IPV6_2292PKTINFO")),
	IPV6_2292HOPOPTS:          whole(flag("IPV6_2292HOPOPTS")),
	IPV6_2292DSTOPTS:          whole(flag("IPV6_2292DSTOPTS")),
	IPV6_2292RTHDR:            whole(flag("IPV6_2292RTHDR")),
	IPV6_2292PKTOPTIONS:       {"IPV6_2292PKTOPTIONS", optStored, set2292Pktoptions, get2292Pktoptions},
	IPV6_CHECKSUM:             {"IPV6_CHECKSUM", optRefused, nil, nil}, // raw sockets: see sockopt_raw.go
	IPV6_2292HOPLIMIT:         whole(flag("IPV6_2292HOPLIMIT")),
	IPV6_NEXTHOP:              {"IPV6_NEXTHOP", optRefused, nil, nil},
	IPV6_AUTHHDR:              {"IPV6_AUTHHDR", optRefused, nil, nil},
	IPV6_FLOWINFO:             whole(flag("IPV6_FLOWINFO")),
	IPV6_UNICAST_HOPS:         {"IPV6_UNICAST_HOPS", optStored, whole(number("", -1, 255, -1)).set, getUnicastHops},
	IPV6_MULTICAST_IF:         only(sockopt{"IPV6_MULTICAST_IF", optStored, setMulticastIF6, getMulticastIF6}, notStream, ENOPROTOOPT),
	IPV6_MULTICAST_HOPS:       only(sockopt{"IPV6_MULTICAST_HOPS", optStored, setMulticastHops, getMulticastHops}, notStream, ENOPROTOOPT),
	IPV6_MULTICAST_LOOP:       whole(number("IPV6_MULTICAST_LOOP", 0, 1, 1)),
	IPV6_ADD_MEMBERSHIP:       {"IPV6_ADD_MEMBERSHIP", optStored, setMembership6, nil},
	IPV6_DROP_MEMBERSHIP:      {"IPV6_DROP_MEMBERSHIP", optStored, setMembership6, nil},
	IPV6_ROUTER_ALERT:         whole(six("IPV6_ROUTER_ALERT", setRouterAlert6, 0)),
	IPV6_MTU_DISCOVER:         whole(number("IPV6_MTU_DISCOVER", 0, 5, 1)), // IPV6_PMTUDISC_DONT to _OMIT
	IPV6_MTU:                  {"IPV6_MTU", optStored, whole(six("", setMTU6, 0)).set, getMTU6},
	IPV6_RECVERR:              sixField("IPV6_RECVERR", func(o *sockOptions) *bool { return &o.recvErr6 }),
	IPV6_V6ONLY:               {"IPV6_V6ONLY", optSimulated, setV6only, func(c *optCall) Errno { return c.giveBool(c.options().v6only) }},
	IPV6_JOIN_ANYCAST:         {"IPV6_JOIN_ANYCAST", optStored, joinAnycast, nil},
	IPV6_LEAVE_ANYCAST:        {"IPV6_LEAVE_ANYCAST", optStored, leaveAnycast, nil},
	IPV6_MULTICAST_ALL:        whole(flagAs("IPV6_MULTICAST_ALL", key(IPPROTO_IPV6, IPV6_MULTICAST_ALL), 1)),
	IPV6_ROUTER_ALERT_ISOLATE: whole(flag("IPV6_ROUTER_ALERT_ISOLATE")),
	IPV6_RECVERR_RFC4884:      whole(number("IPV6_RECVERR_RFC4884", 0, 1, 0)),
	IPV6_FLOWLABEL_MGR:        {"IPV6_FLOWLABEL_MGR", optStored, setFlowlabel, getFlowlabel},
	IPV6_FLOWINFO_SEND:        whole(flag("IPV6_FLOWINFO_SEND")),
	IPV6_IPSEC_POLICY:         {"IPV6_IPSEC_POLICY", optRefused, answering(EPERM), nil},
	IPV6_XFRM_POLICY:          {"IPV6_XFRM_POLICY", optRefused, answering(EPERM), nil},
	IPV6_HDRINCL:              {"IPV6_HDRINCL", optRefused, nil, nil}, // raw sockets: see sockopt_raw.go
	MCAST_JOIN_GROUP:          {"MCAST_JOIN_GROUP", optStored, setGroup, nil},
	MCAST_BLOCK_SOURCE:        {"MCAST_BLOCK_SOURCE", optStored, setGroupSource, nil},
	MCAST_UNBLOCK_SOURCE:      {"MCAST_UNBLOCK_SOURCE", optStored, setGroupSource, nil},
	MCAST_LEAVE_GROUP:         {"MCAST_LEAVE_GROUP", optStored, setGroup, nil},
	MCAST_JOIN_SOURCE_GROUP:   {"MCAST_JOIN_SOURCE_GROUP", optStored, setGroupSource, nil},
	MCAST_LEAVE_SOURCE_GROUP:  {"MCAST_LEAVE_SOURCE_GROUP", optStored, setGroupSource, nil},
	MCAST_MSFILTER:            {"MCAST_MSFILTER", optStored, setGroupFilter, getGroupFilter},
	IPV6_RECVPKTINFO:          whole(flag("IPV6_RECVPKTINFO")),
	IPV6_PKTINFO:              {"IPV6_PKTINFO", optStored, setPktinfo6, nil},
	IPV6_RECVHOPLIMIT:         whole(flag("IPV6_RECVHOPLIMIT")),
	IPV6_HOPLIMIT:             {"IPV6_HOPLIMIT", optRefused, nil, nil}, // a name for control messages only
	IPV6_RECVHOPOPTS:          whole(flag("IPV6_RECVHOPOPTS")),
	IPV6_HOPOPTS:              header6("IPV6_HOPOPTS"),
	IPV6_RTHDRDSTOPTS:         header6("IPV6_RTHDRDSTOPTS"),
	IPV6_RECVRTHDR:            whole(flag("IPV6_RECVRTHDR")),
	IPV6_RTHDR:                header6("IPV6_RTHDR"),
	IPV6_RECVDSTOPTS:          whole(flag("IPV6_RECVDSTOPTS")),
	IPV6_DSTOPTS:              header6("IPV6_DSTOPTS"),
	IPV6_RECVPATHMTU:          whole(flag("IPV6_RECVPATHMTU")),
	IPV6_PATHMTU:              told("IPV6_PATHMTU", getPathMTU),
	IPV6_DONTFRAG:             flag("IPV6_DONTFRAG"),
	IPV6_USE_MIN_MTU:          {"IPV6_USE_MIN_MTU", optRefused, nil, nil},
	IPV6_RECVTCLASS:           whole(flag("IPV6_RECVTCLASS")),
	IPV6_TCLASS:               whole(sockopt{"IPV6_TCLASS", optStored, setTclass, func(c *optCall) Errno { return c.giveInt(c.tos()) }}),
	IPV6_AUTOFLOWLABEL:        flagAs("IPV6_AUTOFLOWLABEL", key(IPPROTO_IPV6, IPV6_AUTOFLOWLABEL), 1),
	IPV6_ADDR_PREFERENCES:     {"IPV6_ADDR_PREFERENCES", optStored, setPreferences, getPreferences},
	IPV6_MINHOPCOUNT:          whole(number("IPV6_MINHOPCOUNT", 0, 255, 0)),
	IPV6_RECVORIGDSTADDR:      whole(flag("IPV6_RECVORIGDSTADDR")),
	IPV6_TRANSPARENT: only(sixField("IPV6_TRANSPARENT", func(o *sockOptions) *bool { return &o.transparent }),
		mayTransparent, EPERM),
	IPV6_UNICAST_IF:   six("IPV6_UNICAST_IF", setUnicastIF, 0),
	IPV6_RECVFRAGSIZE: flag("IPV6_RECVFRAGSIZE"),
	IPV6_FREEBIND:     sixField("IPV6_FREEBIND", func(o *sockOptions) *bool { return &o.freeBind }),
}

// setAddrform turns an AF_INET6 socket with an IPv4 peer into one of AF_INET.
func setAddrform(c *optCall) Errno {
	switch {
	case c.n < 4 || c.v != AF_INET:
		return EINVAL
	case c.s.proto != protoTCP && c.s.proto != protoUDP:
		return ENOPROTOOPT
	case c.s.state != Established:
		return ENOTCONN
	case c.options().v6only || isSix(c.s.raddr) || c.s.raddr == 0:
		return EADDRNOTAVAIL
	}
	if c.s.proto == protoUDP {
		return c.udpAddrform()
	}
	c.s.flags &^= flagSix | flagMapped
	c.h.regroup(c.i, c.s)
	return 0
}

// udpAddrform: the table of ports is told as well.
func (c *optCall) udpAddrform() Errno {
	c.s.flags &^= flagSix | flagMapped
	return 0
}

func getAddrform(c *optCall) Errno {
	switch c.h.number(c.s) { // of a raw socket too
	case IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE:
	default:
		return ENOPROTOOPT
	}
	if c.s.state != Established {
		return ENOTCONN
	}
	return c.giveInt(AF_INET6)
}

// setV6only works until the socket has a port.
func setV6only(c *optCall) Errno {
	if c.n < 4 || c.s.proto == protoRaw || c.h.hasPort(c.s) {
		return EINVAL
	}
	c.setField(func(o *sockOptions) *bool { return &o.v6only }, c.v != 0)
	return 0
}

func getUnicastHops(c *optCall) Errno {
	return c.giveInt(c.storedOr(c.h.sysInt("net.ipv6.conf.all.hop_limit")))
}

// setMulticastHops: -1 is the default, 1.
func setMulticastHops(c *optCall) Errno {
	if c.v == -1 {
		c.v = 1
	}
	return whole(number("", 0, 255, -1)).set(c)
}

// getMulticastHops and getMulticastIF6: a child of a listener has those of the
// SYN.
func getMulticastHops(c *optCall) Errno {
	def := int64(1)
	if c.s.flags&flagPassive != 0 {
		def = ttl
	}
	return c.giveInt(c.storedOr(def))
}

func getMulticastIF6(c *optCall) Errno {
	def := int64(0)
	if c.s.flags&flagPassive != 0 {
		def = 1
	}
	return c.giveInt(c.h.stored(c.s, c.key(), def))
}

func setMulticastIF6(c *optCall) Errno {
	switch b := c.h.stored(c.s, keyDevice, 0); {
	case c.n < 4:
		return EINVAL
	case c.v == 0:
	case c.h.deviceName(int64(c.v)) == "":
		return ENODEV
	case b != 0 && b != int64(c.v):
		return EINVAL
	}
	c.h.store(c.s, c.key(), int64(c.v), 0)
	return 0
}

// setMTU6 is a limit for fragments: 0 or at least IPV6_MIN_MTU. What is told
// is the path's.
func setMTU6(c *optCall) Errno {
	if c.v != 0 && c.v < 1280 {
		return EINVAL
	}
	c.h.store(c.s, c.key(), int64(c.v), 0)
	return 0
}

func getMTU6(c *optCall) Errno {
	n := c.pathMTU6()
	if n == 0 {
		return ENOTCONN
	}
	return c.giveInt(n)
}

// pathMTU6: to an IPv4 peer IPv4's limit holds.
func (c *optCall) pathMTU6() int64 {
	if n := c.pathMTU(); isSix(c.s.raddr) {
		return n
	} else {
		return min(n, math.MaxUint16)
	}
}

// setTclass: -1 is 0. A stream's two lowest bits are TCP's.
func setTclass(c *optCall) Errno {
	if c.v < -1 || c.v > 255 {
		return EINVAL
	}
	v := int64(max(c.v, 0))
	if c.h.kind(c.s) == SOCK_STREAM {
		v = v&^3 | c.h.stored(c.s, c.key(), 0)&3
	}
	c.h.store(c.s, c.key(), v, 0)
	return 0
}

// Preferences of a source address (RFC 5014): of each pair of opposites one.
const (
	preferTmp     = 0x1
	preferPublic  = 0x2
	preferCoa     = 0x4
	preferCga     = 0x8
	preferDefault = 0x100
	preferHome    = 0x400
	preferNonCga  = 0x800
)

func setPreferences(c *optCall) Errno {
	if c.n < 4 {
		return EINVAL
	}
	now := int64(0) // what is not asked for is off
	switch v := c.v & (preferTmp | preferPublic | preferDefault); v {
	case 0, preferDefault:
	case preferTmp, preferPublic:
		now = int64(v)
	default:
		return EINVAL
	}
	switch c.v & (preferHome | preferCoa) {
	case 0, preferHome:
	case preferCoa:
		now |= preferCoa
	default:
		return EINVAL
	}
	if c.v&(preferCga|preferNonCga) == preferCga|preferNonCga {
		return EINVAL
	}
	c.h.store(c.s, c.key(), now, 0)
	return 0
}

func getPreferences(c *optCall) Errno {
	now := c.h.stored(c.s, c.key(), 0)
	v := int64(preferDefault)
	if now&(preferTmp|preferPublic) != 0 {
		v = now & (preferTmp | preferPublic)
	}
	if now&preferCoa != 0 {
		return c.giveInt(v | preferCoa)
	}
	return c.giveInt(v | preferHome)
}

// setRouterAlert6 is ip6_ra_control: for raw sockets of IPPROTO_RAW.
func setRouterAlert6(c *optCall) Errno {
	const on = 128 // beyond every option: whether it is on
	k := key(IPPROTO_IPV6, on)
	now := c.h.stored(c.s, k, 0)
	switch {
	case c.s.proto != protoRaw || c.h.number(c.s) != SOL_RAW:
		return ENOPROTOOPT
	case c.v >= 0 && now != 0:
		return EADDRINUSE
	case c.v < 0 && now == 0:
		return ENOBUFS
	}
	c.h.store(c.s, k, bit(c.v >= 0), 0)
	c.h.store(c.s, c.key(), bit(c.v != 0), 0)
	return 0
}
