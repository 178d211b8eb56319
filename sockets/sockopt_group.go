package sockets

import (
	"encoding/binary"
	"slices"

	"socketbook/sockets/wire"
)

// Multicast memberships of a socket: kept, checked as the kernel checks them,
// told back. No group traffic flows on a simulated network.

// group is one membership (struct ip_mc_socklist, ipv6_mc_socklist).
type group struct {
	addr    [16]byte // of an IPv4 group the first four bytes
	six     bool
	index   int32      // of the device
	local   [4]byte    // its address, if that is how it was named
	mode    uint32     // of the source filter
	sources [][16]byte // nil: no filter, which is not the same as an empty one
}

// Modes of a source filter: all but these, or only these.
const (
	mcastExclude = 0
	mcastInclude = 1
)

// request is what the options about one group say.
type groupRequest struct {
	addr  [16]byte
	six   bool
	index int32
	local [4]byte
}

func addr4(b []byte) (a [16]byte) {
	copy(a[:4], b)
	return a
}

// multicast reports whether the address is one of a group.
func (r *groupRequest) multicast() bool {
	if r.six {
		return r.addr[0] == 0xff
	}
	return r.addr[0]>>4 == 14
}

// device finds the device and notes its number (ip_mc_find_dev,
// ip6_mc_find_dev): by number, by address, or by the route to the group.
func (c *optCall) device(r *groupRequest) bool {
	if r.index != 0 {
		return c.h.deviceName(int64(r.index)) != ""
	}
	if !r.six && r.local != ([4]byte{}) {
		r.index = c.h.deviceWith(wire.Addr4(binary.BigEndian.Uint32(r.local[:])))
	} else if a := binary.BigEndian.Uint32(r.addr[:4]); !r.six && (a == 0 || a>>28 != 14 && c.h.net.route(c.h, wire.Addr4(a)) == c.h.lo) {
		r.index = 1
	} else if len(c.h.nics) > 0 {
		r.index = 2 // the first card has the route to all groups
	}
	return r.index != 0
}

// deviceWith is the number of the device that has an address, 0: none.
func (h *Host) deviceWith(a wire.Addr4) int32 {
	switch {
	case a>>24 == 127:
		return 1
	case !h.owns(a):
		return 0
	}
	return min(int32(len(h.nics))+1, 2)
}

func (c *optCall) groups() []group {
	if o := c.options(); o.side != 0 {
		return c.h.sides.at(o.side).groups
	}
	return nil
}

// find is the membership a request means: its place, -1 if there is none.
func (c *optCall) findGroup(r *groupRequest, anyDevice bool) int {
	return slices.IndexFunc(c.groups(), func(g group) bool {
		return g.six == r.six && g.addr == r.addr && (anyDevice && r.index == 0 || g.index == r.index)
	})
}

// join is __ip_mc_join_group and __ipv6_sock_mc_join, each in its order.
func (c *optCall) join(r *groupRequest, mode uint32) Errno {
	switch {
	case !r.multicast():
		return EINVAL
	case r.six && c.findGroup(r, true) >= 0:
		return EADDRINUSE
	case !c.device(r):
		return ENODEV
	case !r.six && c.findGroup(r, false) >= 0:
		return EADDRINUSE
	}
	n := int64(0)
	for _, g := range c.groups() {
		n += bit(!g.six)
	}
	if !r.six && n >= c.h.sysInt("net.ipv4.igmp_max_memberships") {
		return ENOBUFS
	}
	d := c.h.sideOf(c.s)
	d.groups = slices.Insert(d.groups, 0, group{addr: r.addr, six: r.six, index: r.index, local: r.local, mode: mode})
	return 0
}

// leave is ip_mc_leave_group and ipv6_sock_mc_drop.
func (c *optCall) leave(r *groupRequest) Errno {
	if r.six {
		if !r.multicast() {
			return EINVAL
		}
	} else if !c.device(r) && r.index == 0 && r.local == ([4]byte{}) {
		return ENODEV
	}
	at := slices.IndexFunc(c.groups(), func(g group) bool {
		switch {
		case g.six != r.six || g.addr != r.addr:
			return false
		case r.index != 0:
			return g.index == r.index
		}
		return r.six || r.local == ([4]byte{}) || g.local == r.local
	})
	if at < 0 {
		return EADDRNOTAVAIL
	}
	d := c.h.sideOf(c.s)
	d.groups = slices.Delete(d.groups, at, at+1)
	return 0
}

// maxSources is net.ipv4.igmp_max_msf, and net.ipv6.mld_max_msf, 64.
func (c *optCall) maxSources(six bool) int64 {
	if six {
		return c.h.sysInt("net.ipv6.mld_max_msf")
	}
	return c.h.sysInt("net.ipv4.igmp_max_msf")
}

// source adds a source to a membership's filter or takes one away
// (ip_mc_source, ip6_mc_source).
func (c *optCall) source(r *groupRequest, source [16]byte, add bool, mode uint32) Errno {
	switch {
	case !r.multicast():
		return EINVAL
	case !r.six && !c.device(r), r.six && !c.device(&groupRequest{six: true, index: r.index}):
		return ENODEV
	}
	at := c.findGroup(r, r.six)
	if at < 0 {
		return EINVAL
	}
	g := &c.h.sideOf(c.s).groups[at]
	if g.mode != mode {
		if g.sources != nil {
			return EINVAL
		}
		g.mode = mode // without a filter it changes sides
	}
	k := slices.Index(g.sources, source)
	if !add {
		switch {
		case k < 0:
			return EADDRNOTAVAIL
		case len(g.sources) == 1 && mode == mcastInclude:
			return c.leave(r) // nobody left to listen to
		}
		g.sources = slices.Delete(g.sources, k, k+1)
		return 0
	}
	switch {
	case int64(len(g.sources)) >= c.maxSources(r.six):
		return ENOBUFS
	case k >= 0:
		return EADDRNOTAVAIL
	}
	g.sources = append(g.sources, source)
	return 0
}

// filter replaces a membership's filter (ip_mc_msfilter, ip6_mc_msfilter).
func (c *optCall) filter(r *groupRequest, mode uint32, sources [][16]byte) Errno {
	switch {
	case !r.multicast() || mode > mcastInclude:
		return EINVAL
	case !c.device(r):
		return ENODEV
	case mode == mcastInclude && len(sources) == 0:
		return c.leave(r)
	}
	at := c.findGroup(r, false)
	if at < 0 {
		return EINVAL
	}
	g := &c.h.sideOf(c.s).groups[at]
	g.mode, g.sources = mode, sources
	return 0
}
