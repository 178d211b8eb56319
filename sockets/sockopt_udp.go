package sockets

import "math"

// Options of IPPROTO_UDP: include/uapi/linux/udp.h, and the two of UDP-Lite
// (include/net/udplite.h), which has the rest as well.
const (
	UDP_CORK            = 1
	UDPLITE_SEND_CSCOV  = 10
	UDPLITE_RECV_CSCOV  = 11
	UDP_ENCAP           = 100
	UDP_NO_CHECK6_TX    = 101
	UDP_NO_CHECK6_RX    = 102
	UDP_SEGMENT         = 103
	UDP_GRO             = 104
	UDP_ENCAP_ESPINUDP  = 2
	UDP_ENCAP_L2TPINUDP = 3
)

// setUDP is udp_lib_setsockopt.
func (c *optCall) setUDP() Errno {
	c.level = IPPROTO_UDP // its own number and UDP-Lite's are one
	if c.n < 4 {
		return EINVAL
	}
	return find(udpOptions, c.opt).doSet(c)
}

// getUDP is udp_lib_getsockopt.
func (c *optCall) getUDP() Errno {
	c.level = IPPROTO_UDP
	if c.n < 0 {
		return EINVAL
	}
	return find(udpOptions, c.opt).doGet(c)
}

// udpOptions are what net/ipv4/udp.c knows. All are off by default.
var udpOptions = []sockopt{
	UDP_CORK:           {"UDP_CORK", optSimulated, setUDPCork, func(c *optCall) Errno { return c.giveBool(c.options().udpCork) }},
	UDPLITE_SEND_CSCOV: coverage("UDPLITE_SEND_CSCOV"),
	UDPLITE_RECV_CSCOV: coverage("UDPLITE_RECV_CSCOV"),
	UDP_ENCAP:          {"UDP_ENCAP", optStored, setEncap, number("", 0, 0, 0).get},
	UDP_NO_CHECK6_TX:   flag("UDP_NO_CHECK6_TX"),
	UDP_NO_CHECK6_RX:   flag("UDP_NO_CHECK6_RX"),
	UDP_SEGMENT:        number("UDP_SEGMENT", 0, math.MaxUint16, 0),
	UDP_GRO:            flag("UDP_GRO"),
}

// setUDPCork holds data back; pulled out, it lets the datagram go.
func setUDPCork(c *optCall) Errno {
	c.setField(func(o *sockOptions) *bool { return &o.udpCork }, c.v != 0)
	if c.v == 0 {
		c.h.udpFlush(c.i, c.s, true)
	}
	return 0
}

// coverage is how much of a UDP-Lite packet its checksum covers: all, or at
// least the header.
func coverage(name string) sockopt {
	o := number(name, 0, math.MaxUint16, 0)
	o.set = func(c *optCall) Errno {
		if c.h.number(c.s) != IPPROTO_UDPLITE {
			return ENOPROTOOPT
		}
		v := c.v
		if v != 0 && v < 8 {
			v = 8
		}
		c.h.store(c.s, c.key(), int64(min(v, math.MaxUint16)), 0)
		return 0
	}
	return o
}

func setEncap(c *optCall) Errno {
	switch c.v {
	case 0, UDP_ENCAP_ESPINUDP, UDP_ENCAP_L2TPINUDP:
		c.h.store(c.s, c.key(), int64(c.v), 0)
		return 0
	}
	return ENOPROTOOPT
}
