package sockets

import (
	"math/bits"

	"socketbook/sockets/wire"
)

// connTable finds a connection by its five-tuple: the kernel's "ehash". Each
// entry is a socket or a half-open request; listeners are found by port, in
// ports.go, when this table has no answer.
//
// A lookup is one probe: hash the tuple, go to the slot, walk to the right
// until the tuple or a free slot is found. Slots hold 32 bits of the hash, so
// a wrong socket is hardly ever looked at.
//
//	tag:   [ depth bits: which segment | … | 9 bits: block | 3 bits: port ]
//	                                         └── slot in the segment ─────┘
//
// The last three bits of the tag are those of the ephemeral port but its
// lowest: connect(2) gives out every second port. So the connections of eight
// that follow each other share a cache line, and a burst from one client touches
// few. Growth splits one segment in two (extendible hashing); no step ever
// copies more than one segment.
type connTable struct {
	dir   []*connSegment // by the top bits of the tag
	names []uint32       // likewise: the segment's number
	fill  []uint16       // by number: how many entries a segment has
	depth uint8          // how many top bits dir looks at
	n     int
	// scratch holds a segment's entries while it is split.
	scratch []connSlot
}

const (
	segmentBits = 12
	segmentSize = 1 << segmentBits
	segmentMask = segmentSize - 1
	segmentFull = segmentSize * 5 / 8
	nearBits    = 3
	nearMask    = 1<<nearBits - 1
)

type connSegment struct {
	slots [segmentSize]connSlot
	depth uint8 // how many top bits all its tags share
}

// connSlot is one entry: ref 0 means free. The top bit of ref tells a request
// from a socket.
type connSlot struct{ tag, ref uint32 }

const requestRef = 1 << 31

func (t *connTable) init() {
	t.dir, t.names, t.fill = []*connSegment{new(connSegment)}, []uint32{0}, []uint16{0}
}

// connTag hashes a tuple as one host sees it. The larger port is taken for the
// ephemeral one. Of the smaller every bit is hashed, or a client that connects
// to neighbouring ports of a server would have all its tuples in one place.
func connTag(laddr, raddr wire.Addr4, lport, rport uint16) uint32 {
	service, client := lport, rport
	if service > client {
		service, client = rport, lport
		laddr, raddr = raddr, ^laddr // seen from the other end: another place
	}
	block := uint64(client>>(nearBits+1)<<1 | client&1)
	return mix(laddr, raddr, uint64(service)<<32|block)&^nearMask | uint32(client)>>1&nearMask
}

// mix hashes two addresses and a number: two multiplications that each let
// every bit count.
func mix(a, b wire.Addr4, y uint64) uint32 {
	hi, lo := bits.Mul64(uint64(a)<<32|uint64(b)^0x9e3779b97f4a7c15, y^0xd1b54a32d192ed03)
	return uint32((hi ^ lo) * 0xff51afd7ed558ccd >> 32)
}

func (t *connTable) segment(tag uint32) *connSegment {
	return t.dir[tag>>(32-t.depth)] // a shift by 32 gives 0
}

// filled is how many entries the segment of a tag has. That is not kept in the
// segment: it would be one more place in memory to wait for.
func (t *connTable) filled(tag uint32) *uint16 { return &t.fill[t.names[tag>>(32-t.depth)]] }

// insert adds an entry that is known not to be there.
func (t *connTable) insert(tag, ref uint32) {
	n := t.filled(tag)
	if *n >= segmentFull {
		t.split(tag)
		t.insert(tag, ref)
		return
	}
	t.segment(tag).put(tag, ref)
	*n++
	t.n++
}

func (s *connSegment) put(tag, ref uint32) {
	i := tag & segmentMask
	for s.slots[i].ref != 0 {
		i = (i + 1) & segmentMask
	}
	s.slots[i] = connSlot{tag, ref}
}

// replace puts another ref in the place of an entry: a request has become a
// socket, under the same tuple.
func (t *connTable) replace(tag, old, ref uint32) {
	s := t.segment(tag)
	s.slots[s.find(tag, old)].ref = ref
}

func (s *connSegment) find(tag, ref uint32) uint32 {
	for i := tag & segmentMask; ; i = (i + 1) & segmentMask {
		if s.slots[i].ref == ref {
			return i
		}
		if s.slots[i].ref == 0 {
			panic("sockets: a connection is not in the lookup table")
		}
	}
}

// remove takes an entry out and closes the gap, so that no walk meets a hole
// that was not there when its entry was put in (Knuth, TAOCP 6.4, algorithm R).
func (t *connTable) remove(tag, ref uint32) {
	s := t.segment(tag)
	hole := s.find(tag, ref)
	for i := (hole + 1) & segmentMask; s.slots[i].ref != 0; i = (i + 1) & segmentMask {
		home := s.slots[i].tag & segmentMask
		if (i-home)&segmentMask >= (i-hole)&segmentMask {
			s.slots[hole] = s.slots[i]
			hole = i
		}
	}
	s.slots[hole] = connSlot{}
	*t.filled(tag)--
	t.n--
	if t.n == 0 && len(t.fill) > 1 {
		*t = connTable{}
		t.init()
	}
}

// split makes two segments of the one that tag falls into. At 20 bits of
// directory, four billion entries, a segment may overflow; we never get there.
func (t *connTable) split(tag uint32) {
	s := t.segment(tag)
	if s.depth == t.depth {
		dir, names := make([]*connSegment, 2*len(t.dir)), make([]uint32, 2*len(t.dir))
		for i := range dir {
			dir[i], names[i] = t.dir[i/2], t.names[i/2]
		}
		t.dir, t.names, t.depth = dir, names, t.depth+1
	}
	s.depth++
	other := &connSegment{depth: s.depth}
	number := uint32(len(t.fill))
	bit := uint32(1) << (32 - s.depth)
	// Every directory entry that led here and has the new bit set leads to the
	// new segment from now on.
	first := (tag&^(bit-1) | bit) >> (32 - t.depth)
	for i := uint32(0); i < 1<<(t.depth-s.depth); i++ {
		t.dir[first+i], t.names[first+i] = other, number
	}
	t.scratch = append(t.scratch[:0], s.slots[:]...)
	clear(s.slots[:])
	moved := uint16(0)
	for _, e := range t.scratch {
		if e.ref == 0 {
			continue
		}
		if e.tag&bit != 0 {
			other.put(e.tag, e.ref)
			moved++
		} else {
			s.put(e.tag, e.ref)
		}
	}
	*t.filled(tag &^ bit) -= moved
	t.fill = append(t.fill, moved)
}

// A hint goes with a segment beside its bytes: where the socket is that sent it,
// and where the one it is for was when last heard of. It only spares a look at
// the table: who follows it checks the whole tuple, and a wrong hint costs
// nothing but time. Both are refs as the table has them; 0 is none.
type hint struct{ from, to uint32 }

// connection is the ref of the connection a segment belongs to, 0 if there is
// none.
func (h *Host) connection(g *segment) uint32 {
	if ref := g.hint.to; ref != 0 && h.hashed(ref) && h.holds(ref, g.ip.Dst, g.ip.Src, g.tcp.DstPort, g.tcp.SrcPort) {
		return ref
	}
	return h.lookup(g.ip.Dst, g.ip.Src, g.tcp.DstPort, g.tcp.SrcPort)
}

// hashed reports whether a ref, whoever's idea it was, is that of a connection
// in the table.
func (h *Host) hashed(ref uint32) bool {
	if ref&requestRef != 0 {
		i := ref &^ requestRef
		return i < h.requests.next && h.requests.at(i).listener != 0
	}
	return ref < h.socks.next && h.socks.at(ref).flags&flagHashed != 0
}

// hintOf is what goes with a segment of a socket.
func (h *Host) hintOf(s *sock) hint {
	k := hint{to: s.peer}
	if i := h.acting; i&requestRef == 0 && i < h.socks.next && h.socks.at(i) == s {
		k.from = i
	}
	return k
}

// lookup finds the connection of a tuple as this host sees it: l is here, r
// is there. It returns 0 when there is none.
func (h *Host) lookup(laddr, raddr wire.Addr4, lport, rport uint16) uint32 {
	tag := connTag(laddr, raddr, lport, rport)
	s := h.conns.segment(tag)
	for i := tag & segmentMask; ; i = (i + 1) & segmentMask {
		e := &s.slots[i]
		if e.ref == 0 {
			return 0
		}
		if e.tag == tag && h.holds(e.ref, laddr, raddr, lport, rport) {
			return e.ref
		}
	}
}

// holds reports whether an entry is the connection of a tuple.
func (h *Host) holds(ref uint32, laddr, raddr wire.Addr4, lport, rport uint16) bool {
	if ref&requestRef != 0 {
		q := h.requests.at(ref &^ requestRef)
		return q.raddr == raddr && q.rport == rport && q.laddr == laddr && q.lport == lport
	}
	s := h.socks.at(ref)
	return s.raddr == raddr && s.rport == rport && s.laddr == laddr && s.lport == lport
}
