package sockets

import (
	"socketbook/sockets/wire"
)

// portTable says who has which local TCP port: the kernel's "bhash". bind asks
// it whether a port is free, connect takes an ephemeral port from it, and a SYN
// finds its listener in it.
type portTable struct {
	pages   [256]*[256]uint32 // port → bucket, 0: nobody has it
	buckets slab[portEntry]
	inUse   int                      // ports that somebody has
	perturb []uint32                 // the kernel's table_perturb, made at first use
	taken   map[destination]*portSet // ephemeral ports in use, only where they run short
	before  uint32                   // whose the pair of addresses was that freeFor has found, 0: nobody's
}

// portBucket is one local port in use: struct inet_bind_bucket. The fast
// fields let most binds be decided without looking at the owners; they are
// part of Linux's answers, because they remember what the owners' options
// were, not what they are.
type portBucket struct {
	owners        uint32 // list of portOwner
	count         uint32 // sockets that have the port, of all owners
	fastUID       uint32
	fastAddr      wire.Addr4
	port          uint16
	fastReuse     int8 // -1: nobody bound it, connect has given it away; else 0
	fastReusePort int8 // likewise; 2: sockets with SO_REUSEPORT at fastAddr need no check
	fastHow       bound
}

// reusePortStrict is FASTREUSEPORT_STRICT: include/net/inet_hashtables.h.
const reusePortStrict = 2

// portOwner stands for all sockets that have a port in the same way: those
// bound to one address with the same options, with the children they accepted,
// or those that connect(2) gave the port to. So a listener with a million
// connections is one owner, not a list of a million sockets.
type portOwner struct {
	bucket   uint32
	next     uint32
	count    uint32
	listener uint32 // the first listening socket of its class, 0: none
	uid      uint32
	addr     wire.Addr4
	how      bound
	auto     bool // given by connect: the addresses are those of the sockets
}

// portEntry is a bucket with one of its owners: most have no other, and both are
// asked for together. They fill a cache line. A further owner has an entry of its
// own, whose bucket is unused.
type portEntry struct {
	portBucket
	owner portOwner // of no count: free
	_     [4]byte
}

// owner is the one of an index.
func (p *portTable) owner(k uint32) *portOwner { return &p.buckets.at(k).owner }

// newOwner is the index of a free one, for a bucket.
func (p *portTable) newOwner(bucket uint32) uint32 {
	if p.owner(bucket).count == 0 {
		return bucket
	}
	return p.buckets.alloc()
}

// dropOwner gives it back.
func (p *portTable) dropOwner(k uint32) {
	if o := p.owner(k); o.bucket == k {
		*o = portOwner{}
		return
	}
	p.buckets.release(k)
}

// bound is how a socket has a port, as far as others must know.
type bound struct {
	six, mapped, v6only bool
	reuse, reusePort    bool
	listens, timeWait   bool
}

// destination is what an ephemeral port must be unique for.
type destination struct {
	laddr, raddr wire.Addr4
	rport        uint16
}

// portSet has a bit for each port that a connection to one destination has,
// unless that is in TIME-WAIT: then a look at it must tell. It is only kept once
// a search for a free port became long, and gives the same answer as the
// search.
type portSet [1 << 16 / 64]uint64

func (p *portTable) bucket(port uint16) *portBucket {
	page := p.pages[port>>8]
	if page == nil || page[port&255] == 0 {
		return nil
	}
	return &p.buckets.at(page[port&255]).portBucket
}

func (p *portTable) makeBucket(port uint16) uint32 {
	page := p.pages[port>>8]
	if page == nil {
		page = new([256]uint32)
		p.pages[port>>8] = page
	}
	if page[port&255] == 0 {
		page[port&255] = p.buckets.alloc()
		p.inUse++
		p.buckets.at(page[port&255]).port = port
	}
	return page[port&255]
}

// how is the way a socket has its port, or would.
func (h *Host) how(s *sock) bound {
	o := h.options(s)
	return bound{six: s.six(), mapped: s.flags&flagMapped != 0, v6only: o.v6only && s.six(), reuse: o.reuseAddr,
		reusePort: o.reusePort, listens: s.state == Listen, timeWait: s.over()}
}

// addrsMeet reports whether two bound addresses have a packet in common
// (inet_rcv_saddr_equal with wildcards).
func addrsMeet(a wire.Addr4, x bound, b wire.Addr4, y bound) bool {
	four := func(addr wire.Addr4, w bound) bool { return !w.six || addr > maxSix || addr == 0 && w.mapped }
	fa, fb := four(a, x), four(b, y)
	switch {
	case fa && fb: // both IPv4, or mapped
		return !y.v6only && (a == b || a == 0 || b == 0)
	case a == 0 && b == 0: // one of them is ::, the other :: or an IPv4 wildcard
		if fa {
			return !y.v6only
		}
		return !(fb && x.v6only)
	case a == 0 && !x.six: // b got an IPv6 address by connect, and speaks IPv4 all the same
		return !y.v6only
	case a == 0 && !fa: // a is ::
		return !(x.v6only && fb)
	case b == 0 && !fb: // b is ::
		return !(y.v6only && fa)
	}
	return a == b && fa == fb
}

// clash is inet_bind_conflict: whether the options forbid two sockets of
// overlapping addresses on one port.
func clash(x bound, uid uint32, y bound, yuid uint32, relax, reusePortOK bool) bool {
	if x.reuse && y.reuse && !y.listens {
		return !relax || !reusePortOK && x.reusePort && y.reusePort && (y.timeWait || uid == yuid)
	}
	return !reusePortOK || !x.reusePort || !y.reusePort || !y.timeWait && uid != yuid
}

// conflict reports whether a socket that would have addr and port in a way
// clashes with one that has (inet_csk_bind_conflict). self is the socket's own
// owner, if it has the port already.
func (h *Host) conflict(addr wire.Addr4, port uint16, how bound, uid, self uint32, relax, reusePortOK bool) bool {
	b := h.ports.bucket(port)
	if b == nil {
		return false
	}
	for i := b.owners; i != 0; {
		o := h.ports.owner(i)
		if (i != self || o.count > 1) && clash(how, uid, o.how, o.uid, relax, reusePortOK) {
			if o.auto && h.autoMeets(i, addr, how) || !o.auto && addrsMeet(addr, how, o.addr, o.how) {
				return true
			}
		}
		i = o.next
	}
	return false
}

// autoMeets looks for a connected socket with an ephemeral port at an address.
// It looks at every socket of the host: only a bind to a port that connect has
// given away asks, and an index would cost each connection bytes.
func (h *Host) autoMeets(owner uint32, addr wire.Addr4, how bound) bool {
	found := false
	h.socks.each(func(_ uint32, s *sock) {
		if s.owner == owner && s.proto == protoTCP && addrsMeet(addr, how, s.laddr, h.how(s)) {
			found = true
		}
	})
	return found
}

// getPort gives a socket a local port, 0 for any (inet_csk_get_port). The
// socket's address is set before. At listen(2) it is asked again for the port
// the socket has.
func (h *Host) getPort(i uint32, s *sock, port uint16) Errno {
	how, uid := h.how(s), h.uidOf(s)
	found := port == 0
	if found {
		if port = h.openPort(s, how, uid); port == 0 {
			return EADDRINUSE
		}
	}
	b := h.ports.bucket(port)
	if !found && b != nil && b.count > 0 {
		if !b.reusePortMatch(how, uid, s.laddr) && h.conflict(s.laddr, port, how, uid, s.owner, true, true) {
			return EADDRINUSE
		}
	}
	bi := h.ports.makeBucket(port)
	h.ports.buckets.at(bi).update(how, uid, s.laddr)
	if s.owner != 0 {
		h.regroup(i, s)
	} else {
		h.own(i, s, port, false)
	}
	s.lport = port
	return 0
}

// update is inet_csk_update_fastreuse, as it works: it asks whether the bucket
// is empty when it is not any more, so the quick way for SO_REUSEADDR is never
// opened, and the one for SO_REUSEPORT only for the address of the last comer.
func (b *portBucket) update(how bound, uid uint32, addr wire.Addr4) {
	if b.count == 0 {
		b.fastReuse, b.fastReusePort = 0, 0
	}
	if !how.reuse || how.listens {
		b.fastReuse = 0
	}
	if !how.reusePort {
		b.fastReusePort = 0
	} else if !b.reusePortMatch(how, uid, addr) {
		b.fastReusePort, b.fastUID, b.fastAddr, b.fastHow = reusePortStrict, uid, addr, how
	}
}

// reusePortMatch is sk_reuseport_match.
func (b *portBucket) reusePortMatch(how bound, uid uint32, addr wire.Addr4) bool {
	if b.fastReusePort <= 0 || !how.reusePort || b.fastUID != uid {
		return false
	}
	return addrsMeet(b.fastAddr, b.fastHow, addr, how) && (b.fastAddr == 0 || addr != 0)
}

// openPort is inet_csk_find_open_port: from a random odd place on every second
// port, then the others; the even half is left to connect. A socket with
// SO_REUSEADDR looks in the lower half of the range first. 0: none is free.
func (h *Host) openPort(s *sock, how bound, uid uint32) uint16 {
	for _, relax := range [2]bool{false, true} {
		if relax && !h.autobindReuse {
			break
		}
		low, high := h.portRange(s)
		high++
		if half := low + (high-low)>>2<<1; how.reuse && high-low >= 4 {
			if port := h.openPortIn(low, half, s, how, uid, relax); port != 0 {
				return port
			}
			low = half
		}
		if port := h.openPortIn(low, high, s, how, uid, relax); port != 0 {
			return port
		}
	}
	return 0
}

func (h *Host) openPortIn(low, high int, s *sock, how bound, uid uint32, relax bool) uint16 {
	count := high - low
	if count > 1 {
		count &^= 1
	}
	offset := h.random.IntN(count) | 1
	for pass := 0; pass < 2; pass++ {
		port := low + offset
		for n := 0; n < count; n, port = n+2, port+2 {
			if port >= high {
				port -= count
			}
			if !h.reserved(port) && !h.conflict(s.laddr, uint16(port), how, uid, 0, relax, false) {
				return uint16(port)
			}
		}
		offset--
	}
	return 0
}

// own makes a socket an owner of a port: it joins those that have it in the
// same way.
func (h *Host) own(i uint32, s *sock, port uint16, auto bool) {
	p := &h.ports
	bi := p.makeBucket(port)
	b := p.buckets.at(bi)
	if auto && b.count == 0 {
		b.fastReuse, b.fastReusePort = -1, -1
	}
	b.count++
	h.join(i, s, bi, h.how(s), auto)
}

// join puts a socket among the owners of a bucket that have the port in the
// same way.
func (h *Host) join(i uint32, s *sock, bi uint32, how bound, auto bool) {
	p := &h.ports
	b, uid := &p.buckets.at(bi).portBucket, h.uidOf(s)
	for k := b.owners; k != 0; k = p.owner(k).next {
		if o := p.owner(k); o.auto == auto && (auto || o.addr == s.laddr) && o.how == how && o.uid == uid {
			o.count++
			s.owner = k
			return
		}
	}
	k := p.newOwner(bi)
	*p.owner(k) = portOwner{bucket: bi, next: b.owners, count: 1, addr: s.laddr, auto: auto, how: how, uid: uid}
	b.owners = k
	s.owner = k
}

// regroup moves a socket to the owners it belongs to now that an option, its
// address or its state has changed.
func (h *Host) regroup(i uint32, s *sock) {
	if s.owner == 0 {
		return
	}
	o := h.ports.owner(s.owner)
	how := h.how(s)
	if o.how == how && (o.auto || o.addr == s.laddr) && o.uid == h.uidOf(s) {
		return
	}
	old, bi, auto := s.owner, o.bucket, o.auto
	listens := s.state == Listen && s.traffic != 0
	if listens {
		h.unlisten(i, s)
	}
	h.join(i, s, bi, how, auto)
	h.leave(old)
	if listens {
		h.enlist(i, s)
	}
}

// share makes a child an owner of its listener's port (__inet_inherit_port).
func (h *Host) share(i uint32, child *sock, owner uint32) {
	o := h.ports.owner(owner)
	how := h.how(child)
	h.ports.buckets.at(o.bucket).count++
	// The usual case, without a walk: the owner next to the listener's is the
	// one its children share.
	h.join(i, child, o.bucket, how, false)
}

// disown takes a socket's local port back.
func (h *Host) disown(s *sock) {
	if s.owner == 0 {
		return
	}
	p := &h.ports
	bi := p.owner(s.owner).bucket
	b := p.buckets.at(bi)
	b.count--
	h.leave(s.owner)
	s.owner = 0
	if b.count == 0 {
		p.pages[b.port>>8][b.port&255] = 0
		p.buckets.release(bi)
		p.inUse--
	}
}

// leave takes one socket off an owner.
func (h *Host) leave(i uint32) {
	p := &h.ports
	o := p.owner(i)
	if o.count--; o.count > 0 {
		return
	}
	for at := &p.buckets.at(o.bucket).owners; ; at = &p.owner(*at).next {
		if *at == i {
			*at = o.next
			break
		}
	}
	p.dropOwner(i)
}

// listenerAt finds the listener for a packet to an address and port
// (inet_lookup_listener): one bound to the address itself comes before one
// bound to the wildcard, and of the wildcards the one of the packet's own
// family (compute_score). Of several alike, SO_REUSEPORT's, the hash of the
// connection chooses.
func (h *Host) listenerAt(addr wire.Addr4, port uint16, hash uint32) uint32 {
	b := h.ports.bucket(port)
	if b == nil {
		return 0
	}
	best, score := uint32(0), 0
	for i := b.owners; i != 0; {
		o := h.ports.owner(i)
		if n := o.score(addr); o.listener != 0 && n > score {
			best, score = o.listener, n
		}
		i = o.next
	}
	if best == 0 {
		return 0
	}
	return h.spread(best, hash)
}

// score is how well an owner's listener fits a packet to an address; 0: not.
func (o *portOwner) score(addr wire.Addr4) int {
	six := isSix(addr)
	switch {
	case o.addr == addr:
		if o.how.six == six {
			return 4
		}
		return 3
	case o.addr != 0 || six && (!o.how.six || o.how.mapped) || !six && o.how.v6only:
		return 0
	case o.how.six == six:
		return 2
	}
	return 1
}

// spread picks one of the listeners that share an owner: they are linked in
// the order in which they began to listen.
func (h *Host) spread(first, hash uint32) uint32 {
	n := uint32(0)
	for i := first; i != 0; i = h.listeners.at(h.socks.at(i).traffic).sibling {
		n++
	}
	i := first
	for k := uint64(hash) * uint64(n) >> 32; k > 0; k-- {
		i = h.listeners.at(h.socks.at(i).traffic).sibling
	}
	return i
}

// uidOf is the user a socket belongs to.
func (h *Host) uidOf(s *sock) uint32 { return h.options(s).uid }
