package sockets

import (
	"encoding/binary"
	"math/bits"
)

// Options of IPPROTO_IP: include/uapi/linux/in.h.
const (
	IP_TOS                    = 1
	IP_TTL                    = 2
	IP_HDRINCL                = 3
	IP_OPTIONS                = 4
	IP_ROUTER_ALERT           = 5
	IP_RECVOPTS               = 6
	IP_RETOPTS                = 7
	IP_PKTINFO                = 8
	IP_PKTOPTIONS             = 9
	IP_MTU_DISCOVER           = 10
	IP_RECVERR                = 11
	IP_RECVTTL                = 12
	IP_RECVTOS                = 13
	IP_MTU                    = 14
	IP_FREEBIND               = 15
	IP_IPSEC_POLICY           = 16
	IP_XFRM_POLICY            = 17
	IP_PASSSEC                = 18
	IP_TRANSPARENT            = 19
	IP_RECVORIGDSTADDR        = 20
	IP_MINTTL                 = 21
	IP_NODEFRAG               = 22
	IP_CHECKSUM               = 23
	IP_BIND_ADDRESS_NO_PORT   = 24
	IP_RECVFRAGSIZE           = 25
	IP_RECVERR_RFC4884        = 26
	IP_MULTICAST_IF           = 32
	IP_MULTICAST_TTL          = 33
	IP_MULTICAST_LOOP         = 34
	IP_ADD_MEMBERSHIP         = 35
	IP_DROP_MEMBERSHIP        = 36
	IP_UNBLOCK_SOURCE         = 37
	IP_BLOCK_SOURCE           = 38
	IP_ADD_SOURCE_MEMBERSHIP  = 39
	IP_DROP_SOURCE_MEMBERSHIP = 40
	IP_MSFILTER               = 41
	MCAST_JOIN_GROUP          = 42
	MCAST_BLOCK_SOURCE        = 43
	MCAST_UNBLOCK_SOURCE      = 44
	MCAST_LEAVE_GROUP         = 45
	MCAST_JOIN_SOURCE_GROUP   = 46
	MCAST_LEAVE_SOURCE_GROUP  = 47
	MCAST_MSFILTER            = 48
	IP_MULTICAST_ALL          = 49
	IP_UNICAST_IF             = 50
	IP_LOCAL_PORT_RANGE       = 51
	IP_PROTOCOL               = 52

	mrtBase, mrtMax = 200, 212 // MRT_INIT to MRT_FLUSH, include/uapi/linux/mroute.h
)

// setIP is do_ip_setsockopt. An int may be told in one byte, and no byte at
// all means 0.
func (c *optCall) setIP() Errno {
	if c.level != IPPROTO_IP {
		return ENOPROTOOPT
	}
	if c.n > 0 && c.n < 4 {
		c.v = int32(c.byteAt(0))
	}
	if c.opt >= mrtBase && c.opt <= mrtMax {
		return c.multicastRouting(2) // IPPROTO_IGMP
	}
	return find(ipOptions, c.opt).doSet(c)
}

// getIP is do_ip_getsockopt.
func (c *optCall) getIP() Errno {
	if c.level != IPPROTO_IP {
		return EOPNOTSUPP
	}
	if c.opt >= mrtBase && c.opt <= mrtMax {
		return c.multicastRouting(2)
	}
	if c.n < 0 {
		return EINVAL
	}
	return find(ipOptions, c.opt).doGet(c)
}

// multicastRouting is for raw sockets of one protocol: ip_mroute_setsockopt.
// A simulated host does not route.
func (c *optCall) multicastRouting(number int) Errno {
	if c.s.proto != protoRaw || c.h.number(c.s) != number {
		return EOPNOTSUPP
	}
	return ENOENT
}

// giveByte is how IP tells an int: in one byte if the program has room for
// less than four, and it fits.
func (c *optCall) giveByte(v int64) Errno {
	if c.n > 0 && c.n < 4 && v >= 0 && v <= 255 {
		return c.give([]byte{byte(v)})
	}
	return c.giveInt(v)
}

// ipFlag is a yes or no that IP keeps. least is the least length set takes.
func ipFlag(name string, def int64, least int) sockopt {
	return sockopt{name, optStored,
		func(c *optCall) Errno {
			if c.n < least {
				return EINVAL
			}
			c.h.store(c.s, c.key(), bit(c.v != 0), def)
			return 0
		},
		func(c *optCall) Errno { return c.giveByte(c.h.stored(c.s, c.key(), def)) }}
}

// ipField is a yes or no that is wired to the socket's options.
func ipField(name string, least int, at func(o *sockOptions) *bool) sockopt {
	return sockopt{name, optSimulated,
		func(c *optCall) Errno {
			if c.n < least {
				return EINVAL
			}
			c.setField(at, c.v != 0)
			return 0
		},
		func(c *optCall) Errno { return c.giveByte(bit(*at(c.options()))) }}
}

// ipNumber is an int from lo to hi.
func ipNumber(name string, lo, hi int32, def int64, least int) sockopt {
	return sockopt{name, optStored,
		func(c *optCall) Errno {
			if c.n < least || c.v < lo || c.v > hi {
				return EINVAL
			}
			c.h.store(c.s, c.key(), int64(c.v), def)
			return 0
		},
		func(c *optCall) Errno { return c.giveByte(c.h.stored(c.s, c.key(), def)) }}
}

// only puts a condition before an option.
func only(o sockopt, may func(c *optCall) bool, e Errno) sockopt {
	set := o.set
	o.set = func(c *optCall) Errno {
		if !may(c) {
			return e
		}
		return set(c)
	}
	return o
}

func isRaw(c *optCall) bool          { return c.h.kind(c.s) == SOCK_RAW }
func notStream(c *optCall) bool      { return c.h.kind(c.s) != SOCK_STREAM }
func mayTransparent(c *optCall) bool { return c.v == 0 || c.raw() }

// ipOptions are what net/ipv4/ip_sockglue.c knows. Defaults are inet_create's.
var ipOptions = []sockopt{
	IP_TOS:     {"IP_TOS", optStored, setTOS, func(c *optCall) Errno { return c.giveByte(c.tos()) }},
	IP_TTL:     {"IP_TTL", optStored, setTTL, getTTL},
	IP_HDRINCL: only(sockopt{"IP_HDRINCL", optStored, ipFlag("", -1, 0).set, getHdrincl}, isRaw, ENOPROTOOPT),
	IP_OPTIONS: {"IP_OPTIONS", optStored, setIPOptions, func(c *optCall) Errno { return c.give(c.h.storedBytes(c.s, c.key())) }},
	IP_ROUTER_ALERT: {"IP_ROUTER_ALERT", optStored, setRouterAlert,
		func(c *optCall) Errno { return c.giveByte(c.h.stored(c.s, c.key(), 0)) }},
	IP_RECVOPTS:     ipFlag("IP_RECVOPTS", 0, 0),
	IP_RETOPTS:      ipFlag("IP_RETOPTS", 0, 0),
	IP_PKTINFO:      ipFlag("IP_PKTINFO", 0, 0),
	IP_PKTOPTIONS:   {"IP_PKTOPTIONS", optStored, nil, getPktoptions},
	IP_MTU_DISCOVER: {"IP_MTU_DISCOVER", optStored, ipNumber("", 0, 5, -1, 0).set, getPMTUDiscover}, // IP_PMTUDISC_DONT to _OMIT
	IP_RECVERR:      ipField("IP_RECVERR", 0, func(o *sockOptions) *bool { return &o.recvErr }),
	IP_RECVTTL:      ipFlag("IP_RECVTTL", 0, 0),
	IP_RECVTOS:      ipFlag("IP_RECVTOS", 0, 0),
	IP_MTU:          told("IP_MTU", getMTU),
	IP_FREEBIND:     ipField("IP_FREEBIND", 1, func(o *sockOptions) *bool { return &o.freeBind }),
	IP_IPSEC_POLICY: {"IP_IPSEC_POLICY", optRefused, answering(EPERM), nil},
	IP_XFRM_POLICY:  {"IP_XFRM_POLICY", optRefused, answering(EPERM), nil},
	IP_PASSSEC:      ipFlag("IP_PASSSEC", 0, 0),
	IP_TRANSPARENT: only(ipField("IP_TRANSPARENT", 1, func(o *sockOptions) *bool { return &o.transparent }),
		mayTransparent, EPERM),
	IP_RECVORIGDSTADDR:      ipFlag("IP_RECVORIGDSTADDR", 0, 0),
	IP_MINTTL:               ipNumber("IP_MINTTL", 0, 255, 0, 1),
	IP_NODEFRAG:             only(ipFlag("IP_NODEFRAG", 0, 0), isRaw, ENOPROTOOPT),
	IP_CHECKSUM:             ipFlag("IP_CHECKSUM", 0, 0),
	IP_BIND_ADDRESS_NO_PORT: ipField("IP_BIND_ADDRESS_NO_PORT", 0, func(o *sockOptions) *bool { return &o.bindAddressNoPort }),
	IP_RECVFRAGSIZE:         only(ipFlag("IP_RECVFRAGSIZE", 0, 0), notStream, EINVAL),
	IP_RECVERR_RFC4884:      ipNumber("IP_RECVERR_RFC4884", 0, 1, 0, 0),
	IP_MULTICAST_IF:         {"IP_MULTICAST_IF", optStored, setMulticastIF, getMulticastIF},
	IP_MULTICAST_TTL:        only(sockopt{"IP_MULTICAST_TTL", optStored, setMulticastTTL, getMulticastTTL}, notStream, EINVAL),
	IP_MULTICAST_LOOP:       ipFlag("IP_MULTICAST_LOOP", 1, 1),

	IP_ADD_MEMBERSHIP:         {"IP_ADD_MEMBERSHIP", optStored, setMembership, nil},
	IP_DROP_MEMBERSHIP:        {"IP_DROP_MEMBERSHIP", optStored, setMembership, nil},
	IP_UNBLOCK_SOURCE:         {"IP_UNBLOCK_SOURCE", optStored, setSource, nil},
	IP_BLOCK_SOURCE:           {"IP_BLOCK_SOURCE", optStored, setSource, nil},
	IP_ADD_SOURCE_MEMBERSHIP:  {"IP_ADD_SOURCE_MEMBERSHIP", optStored, setSource, nil},
	IP_DROP_SOURCE_MEMBERSHIP: {"IP_DROP_SOURCE_MEMBERSHIP", optStored, setSource, nil},
	IP_MSFILTER:               {"IP_MSFILTER", optStored, setFilter, getFilter},
	MCAST_JOIN_GROUP:          {"MCAST_JOIN_GROUP", optStored, setGroup, nil},
	MCAST_BLOCK_SOURCE:        {"MCAST_BLOCK_SOURCE", optStored, setGroupSource, nil},
	MCAST_UNBLOCK_SOURCE:      {"MCAST_UNBLOCK_SOURCE", optStored, setGroupSource, nil},
	MCAST_LEAVE_GROUP:         {"MCAST_LEAVE_GROUP", optStored, setGroup, nil},
	MCAST_JOIN_SOURCE_GROUP:   {"MCAST_JOIN_SOURCE_GROUP", optStored, setGroupSource, nil},
	MCAST_LEAVE_SOURCE_GROUP:  {"MCAST_LEAVE_SOURCE_GROUP", optStored, setGroupSource, nil},
	MCAST_MSFILTER:            {"MCAST_MSFILTER", optStored, setGroupFilter, getGroupFilter},
	IP_MULTICAST_ALL:          {"IP_MULTICAST_ALL", optStored, ipNumber("", 0, 1, -1, 1).set, getMulticastAll},
	IP_UNICAST_IF:             {"IP_UNICAST_IF", optStored, setUnicastIF, ipFlag("", 0, 0).get},
	IP_LOCAL_PORT_RANGE:       {"IP_LOCAL_PORT_RANGE", optSimulated, setPortRange, func(c *optCall) Errno { return c.giveByte(int64(int32(c.options().portRange))) }},
	IP_PROTOCOL:               told("IP_PROTOCOL", getProtocol),
}

// setTOS: a stream's two lowest bits are TCP's (explicit congestion
// notification). The type of service sets the priority as well.
func setTOS(c *optCall) Errno {
	now := c.h.stored(c.s, c.key(), 0)
	v := int64(c.v)
	if c.h.kind(c.s) == SOCK_STREAM {
		v = v&^3 | now&3
	}
	if v != now {
		c.h.store(c.s, c.key(), int64(uint8(v)), 0)
		c.h.store(c.s, key(SOL_SOCKET, SO_PRIORITY), int64(tosPriority[v&0x1e>>1]), 0)
	}
	return 0
}

// tos is IP_TOS or IPV6_TCLASS with the mark that the kernel puts there
// (INET_ECN_xmit).
func (c *optCall) tos() int64 {
	v := c.h.stored(c.s, c.key(), 0)
	if c.s.flags&flagECT != 0 {
		v |= ecnECT0
	}
	return v
}

// tosPriority is net/ipv4/route.c ip_tos2prio: best effort, bulk, interactive,
// interactive bulk.
var tosPriority = [16]uint8{0, 0, 0, 0, 2, 2, 2, 2, 6, 6, 6, 6, 4, 4, 4, 4}

func setTTL(c *optCall) Errno {
	if c.n < 1 || c.v != -1 && (c.v < 1 || c.v > 255) {
		return EINVAL
	}
	c.h.store(c.s, c.key(), int64(c.v), -1)
	return 0
}

func getTTL(c *optCall) Errno {
	return c.giveByte(c.storedOr(c.h.sysInt("net.ipv4.ip_default_ttl")))
}

// getHdrincl: a raw socket of IPPROTO_RAW brings its own headers.
func getHdrincl(c *optCall) Errno {
	return c.giveByte(c.storedOr(bit(c.s.proto == protoRaw && c.h.number(c.s) == SOL_RAW)))
}

func getPMTUDiscover(c *optCall) Errno {
	return c.giveByte(c.h.discovery(c.s, 0))
}

// getMTU is the path's, known once there is a route: a connection's.
func getMTU(c *optCall) Errno {
	n := c.pathMTU()
	if n == 0 {
		return ENOTCONN
	}
	if !isSix(c.s.raddr) {
		n = min(n, 65535) // IP_MAX_MTU
	}
	return c.giveByte(n)
}

// pathMTU is the largest packet on the way to the peer, 0 without a peer: the
// device's, or less if a router has said so.
func (c *optCall) pathMTU() int64 {
	s := c.s
	if s.raddr == 0 && s.rport == 0 || s.proto != protoTCP && s.proto != protoUDP || s.state == Listen {
		return 0
	}
	mtu, _ := c.h.pathMTU(s.raddr)
	return int64(mtu)
}

func setMulticastTTL(c *optCall) Errno {
	if c.v == -1 && c.n >= 1 {
		c.v = 1
	}
	return ipNumber("", 0, 255, -1, 1).set(c)
}

// getMulticastTTL: 1, and that of the SYN in a child of a listener.
func getMulticastTTL(c *optCall) Errno {
	def := int64(1)
	if c.s.flags&flagPassive != 0 && !isSix(c.s.raddr) {
		def = ttl
	}
	return c.giveByte(c.storedOr(def))
}

func getMulticastAll(c *optCall) Errno {
	return c.giveByte(c.storedOr(bit(!c.s.six()))) // inet6_create leaves it out
}

func setUnicastIF(c *optCall) Errno {
	if c.n != 4 {
		return EINVAL
	}
	if index := int64(bits.ReverseBytes32(uint32(c.v))); index != 0 {
		switch {
		case c.h.deviceName(index) == "":
			return EADDRNOTAVAIL
		case c.h.stored(c.s, keyDevice, 0) != 0:
			return EINVAL
		}
	}
	c.h.store(c.s, c.key(), int64(c.v), 0)
	return 0
}

// setPortRange takes the lowest port in the lower half and the highest in the
// upper; 0 is the host's own.
func setPortRange(c *optCall) Errno {
	lo, hi := uint16(c.v), uint16(uint32(c.v)>>16)
	if c.n != 4 || lo != 0 && hi != 0 && lo > hi {
		return EINVAL
	}
	c.change().portRange = uint32(c.v)
	return 0
}

// getProtocol is inet_num: the local port, or a raw socket's protocol.
func getProtocol(c *optCall) Errno {
	if c.s.proto == protoRaw {
		return c.giveByte(int64(c.h.number(c.s)))
	}
	if !c.h.hasPort(c.s) {
		return c.giveByte(0)
	}
	return c.giveByte(int64(c.s.lport))
}

// setRouterAlert is ip_ra_control: for raw sockets, once.
func setRouterAlert(c *optCall) Errno {
	now := c.h.stored(c.s, c.key(), 0)
	switch {
	case c.s.proto != protoRaw || c.h.number(c.s) == SOL_RAW:
		return EINVAL
	case c.v != 0 && now != 0:
		return EADDRINUSE
	case c.v == 0 && now == 0:
		return ENOBUFS
	}
	c.h.store(c.s, c.key(), bit(c.v != 0), 0)
	return 0
}

// getPktoptions tells as control messages what the SYN of a stream brought.
func getPktoptions(c *optCall) Errno {
	if c.h.kind(c.s) != SOCK_STREAM {
		return ENOPROTOOPT
	}
	var m cmsgs
	if c.h.stored(c.s, key(IPPROTO_IP, IP_PKTINFO), 0) != 0 {
		var info [12]byte // struct in_pktinfo: index, source, destination
		local := uint32(c.s.laddr)
		if isSix(c.s.laddr) {
			local = 0x7f000006 // what stands for it (LOOPBACK4_IPV6)
		} else if c.s.flags&flagPassive != 0 {
			info[0] = 1
		}
		binary.BigEndian.PutUint32(info[4:], local)
		binary.BigEndian.PutUint32(info[8:], local)
		m.put(c.n, IPPROTO_IP, IP_PKTINFO, info[:])
	}
	for _, o := range []struct{ opt, def int }{{IP_RECVTTL, 1}, {IP_RECVTOS, 0}} {
		if c.h.stored(c.s, key(IPPROTO_IP, o.opt), 0) != 0 {
			v := o.def
			if v != 0 && c.s.flags&flagPassive != 0 && !isSix(c.s.raddr) {
				v = ttl
			}
			kind := IP_TTL
			if o.opt == IP_RECVTOS {
				kind = IP_TOS
			}
			m.put(c.n, IPPROTO_IP, kind, binary.LittleEndian.AppendUint32(nil, uint32(v)))
		}
	}
	return c.give(m)
}

// cmsgs are control messages: a header of length, level and type, then the
// data, each padded to 8 bytes (put_cmsg).
type cmsgs []byte

// put adds a message as far as room bytes in all hold it.
func (m *cmsgs) put(room, level, kind int, data []byte) {
	left := room - len(*m)
	if left < 16 {
		return
	}
	n := min(16+len(data), left)
	b := binary.LittleEndian.AppendUint64(*m, uint64(n))
	b = binary.LittleEndian.AppendUint32(b, uint32(level))
	b = binary.LittleEndian.AppendUint32(b, uint32(kind))
	b = append(b, data[:n-16]...)
	for len(b)%8 != 0 && len(b) < room {
		b = append(b, 0)
	}
	*m = b
}
