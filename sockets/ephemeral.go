package sockets

import (
	"math/bits"
)

// longSearch is how many ports a search looks at one by one before it is
// worth having a set.
const longSearch = 32

// portRange is the ephemeral ports for a socket, both ends included: the
// host's, or what IP_LOCAL_PORT_RANGE leaves of them
// (inet_sk_get_local_port_range).
func (h *Host) portRange(s *sock) (low, high int) {
	low, high = h.limits.PortLow, h.limits.PortHigh
	if r := h.options(s).portRange; r != 0 {
		lo, hi := int(r&0xffff), int(r>>16)
		if low <= lo && lo <= high {
			low = lo
		}
		if low <= hi && hi <= high {
			high = hi
		}
	}
	return low, high
}

// reserved reports whether a port is in net.ipv4.ip_local_reserved_ports.
func (h *Host) reserved(port int) bool {
	return h.reservedPorts != nil && h.reservedPorts[port/64]>>(port%64)&1 != 0
}

// A search goes over the ports [low, high) that are alike, in steps.
type search struct {
	low, high, count, step uint32
	offset                 uint32
}

// ephemeral finds a local port for a connection of s from d.laddr: from a
// place that depends on the destination on, every second port, then the others
// (__inet_hash_connect). A port somebody bound is left alone. It returns 0
// when every port is taken: EADDRNOTAVAIL.
func (h *Host) ephemeral(s *sock, d destination) uint16 {
	p := &h.ports
	if p.perturb == nil {
		p.perturb = make([]uint32, 1<<12)
		for i := range p.perturb {
			p.perturb[i] = h.random.Uint32()
		}
	}
	lo, hi := h.portRange(s)
	r := search{low: uint32(lo), high: uint32(hi) + 1, step: 2}
	r.count = r.high - r.low
	passes := uint32(2)
	if h.options(s).portRange != 0 {
		r.step, passes = 1, 1 // the program's own range: no halves
	} else if r.count > 1 {
		r.count &^= 1
	}
	where := uint64(d.hash())*0x9e3779b97f4a7c15 ^ h.secret
	perturb := &p.perturb[where%uint64(len(p.perturb))]
	r.offset = (*perturb + uint32(where>>32)) % r.count
	if r.step == 2 {
		r.offset &^= 1
	}
	for pass := uint32(0); pass < passes; pass++ {
		if gone, port := h.searchPort(d, r); port != 0 {
			// A little randomness where ports are plenty, none where they
			// are scarce.
			*perturb += max(gone, uint32(h.random.IntN(8))*r.step) + r.step
			return port
		}
		if r.count == 1 {
			break
		}
		r.offset++
	}
	return 0
}

// searchPort looks at low+offset, and every second port from there, around to
// where it began. It returns how far from the start the first free one is.
func (h *Host) searchPort(d destination, r search) (gone uint32, found uint16) {
	port := r.low + r.offset
	for gone = 0; gone < r.count; gone, port = gone+r.step, port+r.step {
		if port >= r.high {
			port -= r.count
		}
		if r.step == 2 && r.high-r.low == r.count {
			set := h.ports.taken[d]
			if set == nil && gone > 2*longSearch {
				set = h.makeSet(d)
			}
			if set != nil {
				return h.searchSet(d, set, r, gone)
			}
		}
		if !h.reserved(int(port)) && h.freeFor(d, uint16(port)) {
			return gone, uint16(port)
		}
	}
	return 0, 0
}

// hash places a destination: what the kernel's keyed hash of it, the place in
// table_perturb and the first port depend on.
func (d destination) hash() uint32 {
	return mix(d.laddr, d.raddr, uint64(d.rport>>3))&^7 | uint32(d.rport&7)
}

// freeFor reports whether connect may use a port for a destination.
func (h *Host) freeFor(d destination, port uint16) bool {
	b := h.ports.bucket(port)
	if h.ports.before = 0; b == nil {
		return true
	}
	if b.fastReuse >= 0 || b.fastReusePort >= 0 {
		return false
	}
	h.ports.before = h.lookup(d.laddr, d.raddr, port, d.rport)
	return h.ports.before == 0 || h.reusable(h.ports.before, false)
}

// reusable reports whether a pair of addresses in TIME-WAIT may begin a new
// life (tcp_twsk_unique, net.ipv4.tcp_tw_reuse 2): both ends use timestamps,
// which tell new segments from old ones, the pair is on this host, and it has
// been quiet for tcp_tw_reuse_delay, one second. A program that named the port
// itself need not wait.
func (h *Host) reusable(ref uint32, named bool) bool {
	if ref&requestRef != 0 {
		return false
	}
	s := h.socks.at(ref)
	if !s.over() || s.flags&flagTS == 0 {
		return false
	}
	if named {
		return true
	}
	loopback := isLoopback(s.laddr) || isLoopback(s.raddr)
	if s.state != TimeWait || h.twReuse == 0 || h.twReuse == 2 && !loopback {
		return false
	}
	return h.net.sim.Now().Sub(h.traffic.at(s.traffic).since) > h.twReuseDelay
}

// makeSet looks at every port, whatever the range is now: it may change.
func (h *Host) makeSet(d destination) *portSet {
	set := new(portSet)
	for port := range 1 << 16 {
		ref := h.lookup(d.laddr, d.raddr, uint16(port), d.rport)
		if ref != 0 && (ref&requestRef != 0 || h.socks.at(ref).state != TimeWait) {
			set[port/64] |= 1 << (port % 64)
		}
	}
	if h.ports.taken == nil {
		h.ports.taken = map[destination]*portSet{}
	}
	h.ports.taken[d] = set
	return set
}

// searchSet is searchPort by whole words of 64 ports.
func (h *Host) searchSet(d destination, set *portSet, r search, gone uint32) (uint32, uint16) {
	for gone < r.count {
		port := r.low + (r.offset+gone)%r.count
		around := r.high + (port-r.low)&1 // the first port again, one lap on
		parity := uint64(0x5555555555555555) << (port & 1)
		free := ^set[port/64] & parity >> (port % 64) << (port % 64)
		if free == 0 {
			// Nothing in the rest of this word: on to the next, or around.
			gone += min((port/64+1)*64+port&1, around) - port
			continue
		}
		ahead := uint32(bits.TrailingZeros64(free)) - port%64
		if port+ahead >= r.high {
			gone += around - port
			continue
		}
		if gone += ahead; gone >= r.count {
			break
		}
		if !h.reserved(int(port+ahead)) && h.freeFor(d, uint16(port+ahead)) {
			return gone, uint16(port + ahead)
		}
		gone += 2
	}
	return 0, 0
}

// mark keeps the sets true as connections come and go.
func (h *Host) mark(s *sock, used bool) {
	if len(h.ports.taken) == 0 {
		return
	}
	set := h.ports.taken[destination{s.laddr, s.raddr, s.rport}]
	if set == nil {
		return
	}
	if used {
		set[s.lport/64] |= 1 << (s.lport % 64)
	} else {
		set[s.lport/64] &^= 1 << (s.lport % 64)
	}
}
