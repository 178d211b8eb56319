package sockets

import (
	"math/bits"

	"socketbook/sockets/wire"
)

// portTable says who has which local port: the kernel's "bhash". bind asks it
// whether a port is free, connect takes an ephemeral port from it, and a SYN
// finds its listener in it.
type portTable struct {
	pages   [256]*[256]uint32 // port → bucket, 0: nobody has it
	buckets slab[portBucket]
	owners  slab[portOwner]
	perturb []uint32                 // the kernel's table_perturb, made at first use
	taken   map[destination]*portSet // ephemeral ports in use, only where they run short
}

// portBucket is one local port in use: struct inet_bind_bucket.
type portBucket struct {
	owners uint32 // list of portOwner
	count  uint32 // sockets that have the port, of all owners
	port   uint16
	// bound is set while a socket has the port by bind(2), or was accepted on
	// it; connect leaves such a port alone (the kernel's fastreuse ≥ 0).
	bound bool
}

// portOwner stands for all sockets that have a port in the same way: those
// bound to one address, with the children they accepted, or those that
// connect(2) gave the port to. So a listener with a million connections is one
// owner, not a list of a million sockets.
type portOwner struct {
	bucket   uint32
	next     uint32
	count    uint32
	listener uint32 // the listening socket among them, 0: none
	addr     wire.Addr4
	auto     bool // given by connect: the addresses are those of the sockets
}

// destination is what an ephemeral port must be unique for.
type destination struct {
	laddr, raddr wire.Addr4
	rport        uint16
}

// portSet has a bit for each port in use towards one destination. It is only
// kept once a search for a free port became long, and gives the same answer
// as the search.
type portSet [1 << 16 / 64]uint64

func (p *portTable) bucket(port uint16) *portBucket {
	page := p.pages[port>>8]
	if page == nil || page[port&255] == 0 {
		return nil
	}
	return p.buckets.at(page[port&255])
}

func (p *portTable) makeBucket(port uint16) uint32 {
	page := p.pages[port>>8]
	if page == nil {
		page = new([256]uint32)
		p.pages[port>>8] = page
	}
	if page[port&255] == 0 {
		page[port&255] = p.buckets.alloc()
		p.buckets.at(page[port&255]).port = port
	}
	return page[port&255]
}

// listenerAt finds the listener for an address and port: one bound to the
// address itself comes before one bound to the wildcard.
func (h *Host) listenerAt(addr wire.Addr4, port uint16) uint32 {
	b := h.ports.bucket(port)
	if b == nil {
		return 0
	}
	wild := uint32(0)
	for i := b.owners; i != 0; {
		o := h.ports.owners.at(i)
		if o.listener != 0 && o.addr == addr {
			return o.listener
		}
		if o.listener != 0 && o.addr == 0 {
			wild = o.listener
		}
		i = o.next
	}
	return wild
}

// conflict reports whether a socket bound to addr and port would share them
// with another (inet_csk_bind_conflict, without SO_REUSEADDR). The socket
// itself, already bound, may be one of self.
func (h *Host) conflict(addr wire.Addr4, port uint16, self uint32) bool {
	b := h.ports.bucket(port)
	if b == nil {
		return false
	}
	for i := b.owners; i != 0; {
		o := h.ports.owners.at(i)
		switch {
		case o.auto:
			if addr == 0 || h.autoConflict(addr, port) {
				return true
			}
		case o.addr == addr || o.addr == 0 || addr == 0:
			if i != self || o.count > 1 {
				return true
			}
		}
		i = o.next
	}
	return false
}

// autoConflict looks for a connected socket with an ephemeral port at an
// address. It looks at every socket of the host: only a bind to a port that
// connect has given away asks, and an index would cost each connection bytes.
func (h *Host) autoConflict(addr wire.Addr4, port uint16) bool {
	for i := uint32(1); i < h.socks.next; i++ {
		s := h.socks.at(i)
		if s.lport == port && s.laddr == addr && s.owner != 0 && h.ports.owners.at(s.owner).auto {
			return true
		}
	}
	return false
}

// own gives a socket a local port: it joins the owners with the same address.
func (h *Host) own(s *sock, addr wire.Addr4, port uint16, auto bool) {
	p := &h.ports
	bi := p.makeBucket(port)
	b := p.buckets.at(bi)
	b.count++
	if !auto {
		b.bound = true
	}
	for i := b.owners; i != 0; i = p.owners.at(i).next {
		if o := p.owners.at(i); o.auto == auto && (auto || o.addr == addr) {
			o.count++
			s.owner = i
			return
		}
	}
	i := p.owners.alloc()
	*p.owners.at(i) = portOwner{bucket: bi, next: b.owners, count: 1, addr: addr, auto: auto}
	b.owners = i
	s.owner = i
}

// rename moves a socket, with its port, to another local address: a wildcard
// becomes the address that connect chose, or comes back
// (__inet_bhash2_update_saddr).
func (h *Host) rename(s *sock, addr wire.Addr4) {
	if s.owner != 0 && h.ports.owners.at(s.owner).addr != addr && !h.ports.owners.at(s.owner).auto {
		h.disown(s)
		h.own(s, addr, s.lport, false)
	}
	s.laddr = addr
}

// disown takes a socket's local port back.
func (h *Host) disown(s *sock) {
	if s.owner == 0 {
		return
	}
	p := &h.ports
	i := s.owner
	o := p.owners.at(i)
	b := p.buckets.at(o.bucket)
	s.owner = 0
	o.count--
	b.count--
	if o.count > 0 {
		return
	}
	for at := &b.owners; ; at = &p.owners.at(*at).next {
		if *at == i {
			*at = o.next
			break
		}
	}
	bi := o.bucket
	p.owners.release(i)
	if b.count == 0 {
		p.pages[b.port>>8][b.port&255] = 0
		p.buckets.release(bi)
		return
	}
	b.bound = false
	for i := b.owners; i != 0; i = p.owners.at(i).next {
		b.bound = b.bound || !p.owners.at(i).auto
	}
}

// bindAny finds a free port for bind to port 0: from a random odd place on
// every second port, then the others (inet_csk_find_open_port, which leaves
// the even half to connect). It returns 0 when there is none.
func (h *Host) bindAny(addr wire.Addr4) uint16 {
	r := h.portRange()
	start := uint32(h.random.IntN(int(r.count))) | 1
	for pass := 0; pass < 2; pass++ {
		for i := uint32(0); i < r.count; i += 2 {
			port := uint16(r.port(start + i))
			if !h.conflict(addr, port, 0) {
				return port
			}
		}
		start--
	}
	return 0
}

// longSearch is how many ports a search looks at one by one before it is
// worth having a set.
const longSearch = 32

// ephemeral finds a local port for a connection from laddr: from a place that
// depends on the destination on, every second port, then the others
// (__inet_hash_connect). A port somebody bound is left alone. It returns 0
// when every port is taken: EADDRNOTAVAIL.
func (h *Host) ephemeral(d destination) uint16 {
	p := &h.ports
	if p.perturb == nil {
		p.perturb = make([]uint32, 1<<12)
		for i := range p.perturb {
			p.perturb[i] = h.random.Uint32()
		}
	}
	r := h.portRange()
	where := uint64(connTag(d.laddr, d.raddr, 0, d.rport))*0x9e3779b97f4a7c15 ^ h.secret
	perturb := &p.perturb[where%uint64(len(p.perturb))]
	offset := (*perturb + uint32(where>>32)) % r.count &^ 1
	for pass := uint32(0); pass < 2; pass++ {
		if step, ok := h.searchPort(d, r, offset+pass); ok {
			// A little randomness where ports are plenty, none where they
			// are scarce.
			*perturb += max(step, uint32(h.random.IntN(8))*2) + 2
			return uint16(r.port(offset + pass + step))
		}
		if r.count == 1 {
			break
		}
	}
	return 0
}

// portRange is the ephemeral range as a search goes round it: from a port up
// to high-1, then on count ports lower. A range of an odd number of ports has
// a count one less; a search passes by one of them, which one depends on where
// it began.
type portRange struct{ low, high, count uint32 }

func (h *Host) portRange() portRange {
	r := portRange{low: uint32(h.limits.PortLow), high: uint32(h.limits.PortHigh) + 1}
	if r.count = r.high - r.low; r.count > 1 {
		r.count &^= 1
	}
	return r
}

// port is the port k after the first, at most one lap further.
func (r portRange) port(k uint32) uint32 {
	if r.low+k >= r.high {
		return r.low + k - r.count
	}
	return r.low + k
}

// searchPort looks at the port offset after the first, and every second port
// from there, around to where it began. It returns how far from the start the
// first free one is.
func (h *Host) searchPort(d destination, r portRange, offset uint32) (step uint32, ok bool) {
	for step = 0; step < r.count; step += 2 {
		if set := h.ports.taken[d]; set != nil || step > 2*longSearch {
			if set == nil {
				set = h.makeSet(d, r)
			}
			return h.searchSet(set, r, offset, step)
		}
		port := uint16(r.port(offset + step))
		if h.freeFor(d, port) {
			return step, true
		}
	}
	return 0, false
}

// freeFor reports whether connect may use a port for a destination.
func (h *Host) freeFor(d destination, port uint16) bool {
	if b := h.ports.bucket(port); b == nil {
		return true
	} else if b.bound {
		return false
	}
	return h.lookup(d.laddr, d.raddr, port, d.rport) == 0
}

func (h *Host) makeSet(d destination, r portRange) *portSet {
	set := new(portSet)
	for port := r.low; port < r.high; port++ {
		if h.lookup(d.laddr, d.raddr, uint16(port), d.rport) != 0 {
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
func (h *Host) searchSet(set *portSet, r portRange, offset, step uint32) (uint32, bool) {
	for step < r.count {
		port := r.port(offset + step)
		around := r.high + (port^r.high)&1 // the first beyond the range, of the same parity
		parity := uint64(0x5555555555555555) << (port & 1)
		free := ^set[port/64] & parity >> (port % 64) << (port % 64)
		if free == 0 {
			// Nothing in the rest of this word: on to the next, or around.
			step += min((port/64+1)*64+port&1, around) - port
			continue
		}
		ahead := uint32(bits.TrailingZeros64(free)) - port%64
		if port+ahead >= r.high {
			step += around - port
			continue
		}
		step += ahead
		if step >= r.count {
			break
		}
		if b := h.ports.bucket(uint16(port + ahead)); b == nil || !b.bound {
			return step, true
		}
		step += 2
	}
	return 0, false
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
