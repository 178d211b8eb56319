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
// The last three bits of the tag are those of the ephemeral port, so the
// connections of eight neighbouring ports share a cache line: a burst from one
// client touches few. Growth splits one segment in two (extendible
// hashing); no step ever copies more than one segment.
type connTable struct {
	dir   []uint32 // top bits of the tag → number of the segment
	segs  []*connSegment
	depth uint8 // how many top bits dir looks at
	n     int
	// scratch holds a segment's entries while it is split.
	scratch []connSlot
}

const (
	segmentBits = 12
	segmentSize = 1 << segmentBits
	segmentMask = segmentSize - 1
	segmentFull = segmentSize * 13 / 16
	nearBits    = 3
	nearMask    = 1<<nearBits - 1
)

type connSegment struct {
	slots [segmentSize]connSlot
	n     int
	depth uint8 // how many top bits all its tags share
}

// connSlot is one entry: ref 0 means free. The top bit of ref tells a request
// from a socket.
type connSlot struct{ tag, ref uint32 }

const requestRef = 1 << 31

func (t *connTable) init() {
	t.dir = []uint32{0}
	t.segs = []*connSegment{new(connSegment)}
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
	near := uint32(client) & nearMask
	x := uint64(laddr)<<32 | uint64(raddr)
	y := uint64(service)<<32 | uint64(client>>nearBits)
	hi, lo := bits.Mul64(x^0x9e3779b97f4a7c15, y^0xd1b54a32d192ed03)
	z := (hi ^ lo) * 0xff51afd7ed558ccd
	return uint32(z>>32)&^nearMask | near
}

func (t *connTable) segment(tag uint32) *connSegment {
	return t.segs[t.dir[tag>>(32-t.depth)]] // a shift by 32 gives 0
}

// insert adds an entry that is known not to be there.
func (t *connTable) insert(tag, ref uint32) {
	s := t.segment(tag)
	if s.n >= segmentFull {
		t.split(tag)
		t.insert(tag, ref)
		return
	}
	s.put(tag, ref)
	t.n++
}

func (s *connSegment) put(tag, ref uint32) {
	i := tag & segmentMask
	for s.slots[i].ref != 0 {
		i = (i + 1) & segmentMask
	}
	s.slots[i] = connSlot{tag, ref}
	s.n++
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
	s.n--
	t.n--
	if t.n == 0 && len(t.segs) > 1 {
		*t = connTable{}
		t.init()
	}
}

// split makes two segments of the one that tag falls into. At 20 bits of
// directory, four billion entries, a segment may overflow; we never get there.
func (t *connTable) split(tag uint32) {
	s := t.segment(tag)
	if s.depth == t.depth {
		dir := make([]uint32, 2*len(t.dir))
		for i := range dir {
			dir[i] = t.dir[i/2]
		}
		t.dir, t.depth = dir, t.depth+1
	}
	s.depth++
	other := &connSegment{depth: s.depth}
	number := uint32(len(t.segs))
	t.segs = append(t.segs, other)
	bit := uint32(1) << (32 - s.depth)
	// Every directory entry that led here and has the new bit set leads to the
	// new segment from now on.
	first := (tag&^(bit-1) | bit) >> (32 - t.depth)
	for i := uint32(0); i < 1<<(t.depth-s.depth); i++ {
		t.dir[first+i] = number
	}
	t.scratch = append(t.scratch[:0], s.slots[:]...)
	clear(s.slots[:])
	s.n = 0
	for _, e := range t.scratch {
		if e.ref == 0 {
			continue
		}
		if e.tag&bit != 0 {
			other.put(e.tag, e.ref)
		} else {
			s.put(e.tag, e.ref)
		}
	}
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
