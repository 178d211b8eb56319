package sockets

import (
	"encoding/binary"
	"slices"

	"socketbook/sockets/wire"
)

// The options that join, leave and filter groups, and choose a device: their
// structures, unpacked.

// setMulticastIF takes struct in_addr, ip_mreq or ip_mreqn.
func setMulticastIF(c *optCall) Errno {
	if c.h.kind(c.s) == SOCK_STREAM || c.n < 4 {
		return EINVAL
	}
	at := 0
	if c.n >= 8 {
		at = 4 // behind a group, which is not looked at
	}
	index, local := int32(0), c.bytes(at, 4)
	if c.n >= 12 {
		index = int32(c.u32(8))
	}
	addr := binary.BigEndian.Uint32(local)
	if index != 0 || addr != 0 {
		if index == 0 {
			index = c.h.deviceWith(wire.Addr4(addr))
		}
		if c.h.deviceName(int64(index)) == "" {
			return EADDRNOTAVAIL
		}
		if b := c.h.stored(c.s, keyDevice, 0); b != 0 && b != int64(index) {
			return EINVAL
		}
	}
	c.h.store(c.s, c.key(), int64(addr), 0)
	return 0
}

func getMulticastIF(c *optCall) Errno {
	return c.give(binary.BigEndian.AppendUint32(nil, uint32(c.h.stored(c.s, c.key(), 0))))
}

// setMembership takes struct ip_mreq or ip_mreqn: group, address of the
// device, and its number.
func setMembership(c *optCall) Errno {
	switch {
	case c.s.proto == protoTCP:
		return EPROTO
	case c.n < 8:
		return EINVAL
	}
	r := groupRequest{addr: addr4(c.bytes(0, 4)), local: [4]byte(c.bytes(4, 4))}
	if c.n >= 12 {
		r.index = int32(c.u32(8))
	}
	if c.opt == IP_ADD_MEMBERSHIP {
		return c.join(&r, mcastExclude)
	}
	return c.leave(&r)
}

// setSource takes struct ip_mreq_source: group, address of the device, source.
func setSource(c *optCall) Errno {
	if c.n != 12 {
		return EINVAL
	}
	r := groupRequest{addr: addr4(c.bytes(0, 4)), local: [4]byte(c.bytes(4, 4))}
	source := addr4(c.bytes(8, 4))
	switch c.opt {
	case IP_BLOCK_SOURCE:
		return c.source(&r, source, true, mcastExclude)
	case IP_UNBLOCK_SOURCE:
		return c.source(&r, source, false, mcastExclude)
	case IP_DROP_SOURCE_MEMBERSHIP:
		return c.source(&r, source, false, mcastInclude)
	}
	join := r
	if e := c.join(&join, mcastInclude); e != 0 && e != EADDRINUSE {
		return e // having joined for another source is no error
	}
	return c.source(&r, source, true, mcastInclude)
}

// setFilter takes struct ip_msfilter: group, address of the device, mode,
// number of sources, sources.
func setFilter(c *optCall) Errno {
	n := c.u32(12)
	switch {
	case c.n < 16:
		return EINVAL
	case int64(c.n) > c.h.sysInt("net.core.optmem_max") || int64(n) > c.maxSources(false):
		return ENOBUFS
	case 16+4*int(n) > c.n:
		return EINVAL
	}
	r := groupRequest{addr: addr4(c.bytes(0, 4)), local: [4]byte(c.bytes(4, 4))}
	var sources [][16]byte
	for i := range int(n) {
		sources = append(sources, addr4(c.bytes(16+4*i, 4)))
	}
	return c.filter(&r, c.u32(8), sources)
}

// getFilter is a question: the group stands in the buffer.
func getFilter(c *optCall) Errno {
	if c.n < 16 {
		return EINVAL
	}
	r := groupRequest{addr: addr4(c.bytes(0, 4)), local: [4]byte(c.bytes(4, 4))}
	switch {
	case !r.multicast():
		return EINVAL
	case !c.device(&r):
		return ENODEV
	}
	at := c.findGroup(&r, false)
	if at < 0 {
		return EADDRNOTAVAIL
	}
	g := c.groups()[at]
	b := c.bytes(0, 16)
	binary.LittleEndian.PutUint32(b[8:], g.mode)
	binary.LittleEndian.PutUint32(b[12:], uint32(len(g.sources)))
	for _, s := range g.sources[:min(len(g.sources), int(min(c.u32(12), 1<<16)))] {
		b = append(b, s[:4]...)
	}
	copy(c.val, b)
	c.out = len(b)
	return 0
}

// Sizes of the structures that work for both families: struct group_req,
// group_source_req and the head of group_filter.
const (
	sizeGroupReq       = 136
	sizeGroupSourceReq = 264
	sizeGroupFilter    = 144
	sizeStorage        = 128 // struct sockaddr_storage
)

// storage is the address in a struct sockaddr_storage of the family.
func (c *optCall) storage(at int, six bool) (a [16]byte, ok bool) {
	family := uint16(c.u32(at))
	if six {
		return [16]byte(c.bytes(at+8, 16)), family == AF_INET6
	}
	return addr4(c.bytes(at+4, 4)), family == AF_INET
}

// setGroup joins or leaves.
func setGroup(c *optCall) Errno {
	six := c.level == IPPROTO_IPV6
	if c.n < sizeGroupReq {
		return EINVAL
	}
	a, ok := c.storage(8, six)
	switch {
	case !ok && six:
		return EADDRNOTAVAIL
	case !ok:
		return EINVAL
	}
	r := groupRequest{addr: a, six: six, index: int32(c.u32(0))}
	if c.opt == MCAST_JOIN_GROUP {
		return c.join(&r, mcastExclude)
	}
	return c.leave(&r)
}

// setGroupSource adds or takes away one source.
func setGroupSource(c *optCall) Errno {
	six := c.level == IPPROTO_IPV6
	if c.n < sizeGroupSourceReq || !six && c.n != sizeGroupSourceReq {
		return EINVAL
	}
	a, ok := c.storage(8, six)
	source, ok2 := c.storage(8+sizeStorage, six)
	if !ok || !ok2 {
		return EADDRNOTAVAIL
	}
	r := groupRequest{addr: a, six: six, index: int32(c.u32(0))}
	switch c.opt {
	case MCAST_BLOCK_SOURCE:
		return c.source(&r, source, true, mcastExclude)
	case MCAST_UNBLOCK_SOURCE:
		return c.source(&r, source, false, mcastExclude)
	case MCAST_LEAVE_SOURCE_GROUP:
		return c.source(&r, source, false, mcastInclude)
	}
	join := r
	if e := c.join(&join, mcastInclude); e != 0 && e != EADDRINUSE {
		return e
	}
	if !six {
		r.index = join.index
	}
	return c.source(&r, source, true, mcastInclude)
}

// setGroupFilter replaces the filter.
func setGroupFilter(c *optCall) Errno {
	six := c.level == IPPROTO_IPV6
	n := c.u32(8 + sizeStorage + 4)
	switch {
	case c.n < sizeGroupFilter:
		return EINVAL
	case int64(c.n) > c.h.sysInt("net.core.optmem_max") || int64(n) > c.maxSources(six):
		return ENOBUFS
	case sizeGroupFilter+sizeStorage*int(n) > c.n:
		return EINVAL
	}
	a, ok := c.storage(8, six)
	var sources [][16]byte
	for i := range int(n) {
		s, right := c.storage(sizeGroupFilter+sizeStorage*i, six)
		sources, ok = append(sources, s), ok && (right || six)
	}
	if !ok && !six {
		return EADDRNOTAVAIL
	}
	r := groupRequest{addr: a, six: six, index: int32(c.u32(0))}
	return c.filter(&r, c.u32(8+sizeStorage), sources)
}

// getGroupFilter is a question as well.
func getGroupFilter(c *optCall) Errno {
	six := c.level == IPPROTO_IPV6
	a, ok := c.storage(8, six)
	r := groupRequest{addr: a, six: six, index: int32(c.u32(0))}
	switch {
	case c.n < sizeGroupFilter:
		return EINVAL
	case !ok && six:
		return EADDRNOTAVAIL
	case !ok || !r.multicast():
		return EINVAL
	}
	at := c.findGroup(&r, false)
	if at < 0 {
		return EADDRNOTAVAIL
	}
	g := c.groups()[at]
	asked := int(min(c.u32(8+sizeStorage+4), 1<<16))
	b := c.bytes(0, sizeGroupFilter)
	binary.LittleEndian.PutUint32(b[8+sizeStorage:], g.mode)
	binary.LittleEndian.PutUint32(b[8+sizeStorage+4:], uint32(len(g.sources)))
	for _, s := range g.sources[:min(len(g.sources), asked)] {
		ss := make([]byte, sizeStorage)
		if six {
			ss[0] = AF_INET6
			copy(ss[8:], s[:])
		} else {
			ss[0] = AF_INET
			copy(ss[4:], s[:4])
		}
		b = slices.Concat(b, ss)
	}
	copy(c.val, b)
	c.out = len(b)
	return 0
}
