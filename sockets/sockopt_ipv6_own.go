package sockets

import (
	"encoding/binary"
	"slices"
)

// IPv6's options with structures: headers, packet information, groups, flow
// labels.

// header6 is an extension header to go into every packet. All but a routing
// header are for root.
func header6(name string) sockopt {
	set := func(c *optCall) Errno {
		if c.opt != IPV6_RTHDR && !c.raw() {
			return EPERM
		}
		if c.n > 0 {
			length := (int(c.byteAt(1)) + 1) * 8
			if c.n < 2 || c.n&7 != 0 || c.n > 8*255 || length > c.n {
				return EINVAL
			}
			if c.opt == IPV6_RTHDR && !c.segmentRouting(length) {
				return EINVAL
			}
		}
		c.h.storeBytes(c.s, c.key(), c.bytes(0, c.n))
		return 0
	}
	get := func(c *optCall) Errno {
		b := c.h.storedBytes(c.s, c.key())
		if b != nil {
			b = b[:(int(b[1])+1)*8]
		}
		return c.give(b)
	}
	return sockopt{name, optStored, set, get}
}

// segmentRouting reports whether the header is one of segment routing, the
// only kind there is without mobility (seg6_validate_srh).
func (c *optCall) segmentRouting(length int) bool {
	const kind = 4 // IPV6_SRCRT_TYPE_4
	left, first, last := int(c.byteAt(3)), int(c.byteAt(4)), int(c.byteAt(1))/2-1
	if c.byteAt(2) != kind || length != c.n || left > first || first > last {
		return false
	}
	for at := 8 + 16*(first+1); at < length; { // what follows are type, length, value
		n := 1
		if c.byteAt(at) != 0 {
			n = 2 + int(c.byteAt(at+1))
		}
		if at += n; at > length {
			return false
		}
	}
	return true
}

func setPktinfo6(c *optCall) Errno {
	if c.n < 20 { // struct in6_pktinfo: address, device
		return EINVAL
	}
	index := int64(int32(c.u32(16)))
	if b := c.h.stored(c.s, keyDevice, 0); b != 0 && index != 0 && b != index {
		return EINVAL
	}
	c.h.storeBytes(c.s, c.key(), c.bytes(0, 20))
	return 0
}

// set2292Pktoptions takes control messages. We look at their form alone.
func set2292Pktoptions(c *optCall) Errno {
	if c.n > 64*1024 {
		return EINVAL
	}
	for at := 0; at+16 <= c.n; {
		n := c.u64(at)
		if n < 16 || n > uint64(c.n-at) {
			return EINVAL
		}
		at += int(n+7) &^ 7
	}
	return 0
}

func get2292Pktoptions(c *optCall) Errno {
	if c.h.kind(c.s) != SOCK_STREAM {
		return ENOPROTOOPT
	}
	on := func(opt int) bool { return c.h.stored(c.s, key(IPPROTO_IPV6, opt), 0) != 0 }
	info := make([]byte, 20)
	if b := c.h.storedBytes(c.s, key(IPPROTO_IPV6, IPV6_PKTINFO)); b != nil {
		copy(info, b)
	}
	hops := []byte{1, 0, 0, 0}
	if c.s.flags&flagPassive != 0 { // what the SYN brought
		a := c.h.net.addr6(c.s.raddr)
		copy(info, a[:])
		binary.LittleEndian.PutUint32(info[16:], 1)
		hops[0] = ttl
	}
	var m cmsgs
	for _, o := range []struct {
		opt, kind int
		data      []byte
	}{
		{IPV6_RECVPKTINFO, IPV6_PKTINFO, info},
		{IPV6_RECVHOPLIMIT, IPV6_HOPLIMIT, hops},
		{IPV6_RECVTCLASS, IPV6_TCLASS, make([]byte, 4)},
		{IPV6_2292PKTINFO, IPV6_2292PKTINFO, info},
		{IPV6_2292HOPLIMIT, IPV6_2292HOPLIMIT, hops},
		{IPV6_FLOWINFO, IPV6_FLOWINFO, make([]byte, 4)},
	} {
		if on(o.opt) {
			m.put(c.n, IPPROTO_IPV6, o.kind, o.data)
		}
	}
	return c.give(m)
}

// setMembership6 takes struct ipv6_mreq: group, device.
func setMembership6(c *optCall) Errno {
	switch {
	case c.n < 20:
		return EINVAL
	case c.s.proto == protoTCP:
		return EPROTO
	}
	r := groupRequest{addr: [16]byte(c.bytes(0, 16)), six: true, index: int32(c.u32(16))}
	if c.opt == IPV6_ADD_MEMBERSHIP {
		return c.join(&r, mcastExclude)
	}
	return c.leave(&r)
}

func joinAnycast(c *optCall) Errno {
	if c.n < 20 {
		return EINVAL
	}
	return EPERM
}

func leaveAnycast(c *optCall) Errno {
	if c.n < 20 {
		return EINVAL
	}
	return ENOENT
}

// getPathMTU tells struct ip6_mtuinfo: an address, and the number.
func getPathMTU(c *optCall) Errno {
	if uint32(c.n) < 32 { // without sign: a negative length is a long one
		return EINVAL
	}
	n := c.pathMTU6()
	if n == 0 {
		return ENOTCONN
	}
	return c.give(binary.LittleEndian.AppendUint32(make([]byte, 28), uint32(n)))
}

// Actions and flags of struct in6_flowlabel_req.
const (
	flowGet, flowPut, flowRenew    = 0, 1, 2
	flowCreate, flowExcl, flowRefl = 1, 2, 4
	flowRemote                     = 8
	flowRequest                    = 32 // its size
)

// setFlowlabel leases labels for flows. They are kept by the socket; that
// another socket may not take the same is left out.
func setFlowlabel(c *optCall) Errno {
	if c.n < flowRequest {
		return EINVAL
	}
	label, action, flags := c.bytes(16, 4), c.byteAt(20), c.u32(22)&0xffff
	has := slices.ContainsFunc(c.labels(), func(l []byte) bool { return string(l) == string(label) })
	switch action {
	case flowPut:
		switch {
		case flags&flowRefl != 0 && c.s.proto != protoTCP:
			return ENOPROTOOPT
		case flags&flowRefl != 0 || !has:
			return ESRCH
		}
		kept := slices.DeleteFunc(c.labels(), func(l []byte) bool { return string(l) == string(label) })
		c.h.storeBytes(c.s, c.key(), slices.Concat(kept...))
		return 0
	case flowRenew:
		switch {
		case !has:
			return ESRCH
		case !c.mayLinger():
			return EPERM
		}
		return 0
	case flowGet:
		return c.leaseLabel(label, flags, has)
	}
	return EINVAL
}

func (c *optCall) labels() (list [][]byte) {
	return slices.Collect(slices.Chunk(c.h.storedBytes(c.s, key(IPPROTO_IPV6, IPV6_FLOWLABEL_MGR)), 4))
}

// mayLinger: a label lives up to 150 s after its end.
func (c *optCall) mayLinger() bool {
	expires, linger := c.u32(24)&0xffff, c.u32(26)&0xffff
	return expires <= 150 && linger <= 150
}

// leaseLabel is ipv6_flowlabel_get.
func (c *optCall) leaseLabel(label []byte, flags uint32, has bool) Errno {
	dst, share := [16]byte(c.bytes(0, 16)), c.byteAt(21)
	const excl, process, user, anyone = 1, 2, 3, 255
	switch {
	case flags&flowRefl != 0:
		return EPERM // net.ipv6.flowlabel_consistency
	case label[0] != 0 || label[1]&0xf0 != 0: // network order, 20 bits
		return EINVAL
	case !c.mayLinger():
		return EPERM
	case dst == ([16]byte{}) || isMapped(dst):
		return EINVAL
	case share != excl && share != process && share != user && share != anyone:
		return EINVAL
	case has && flags&flowExcl != 0:
		return EEXIST
	case has && share == excl:
		return EPERM
	case flags&flowCreate == 0 && !has:
		return ENOENT
	}
	if !has {
		c.h.storeBytes(c.s, c.key(), append(slices.Clone(c.h.storedBytes(c.s, c.key())), label...))
	}
	return 0
}

// getFlowlabel asks for the label in use: none, before one was sent with.
func getFlowlabel(c *optCall) Errno {
	switch {
	case uint32(c.n) < flowRequest || c.byteAt(20) != flowGet:
		return EINVAL
	case c.u32(22)&flowRemote != 0:
		return c.give(make([]byte, flowRequest))
	}
	return ENOENT
}
