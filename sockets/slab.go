package sockets

import "math/bits"

// A slab holds values of one kind by index, as the kernel's slab caches hold
// objects by address. An index is four bytes, the collector never looks
// inside (T must hold no pointers), growth adds a chunk and nothing is ever
// copied, and a chunk in which nothing lives any more is given back. Index 0 is
// never given out and means "none".
//
// An idle connection is one sock in such a slab at each end, and nothing else.
type slab[T any] struct {
	chunks []*[slabChunk]T
	lives  []uint16      // how many values of each chunk are in use
	spare  *[slabChunk]T // an empty chunk at hand, or one would come and go all the time
	zero   *[slabChunk]T // stands for those given back: who still looks sees nothing
	free   []uint32      // indices given back, used last in, first out
	next   uint32        // the first index never used
	live   int
}

const (
	slabShift = 11
	slabChunk = 1 << slabShift
	slabMask  = slabChunk - 1
)

// alloc returns the index of a zeroed value.
func (s *slab[T]) alloc() uint32 {
	s.live++
	if n := len(s.free); n > 0 {
		i := s.free[n-1]
		s.free = s.free[:n-1]
		if s.lives[i>>slabShift]++; s.chunks[i>>slabShift] == s.zero {
			s.chunks[i>>slabShift] = s.chunk()
		}
		return i
	}
	if s.next&slabMask == 0 {
		if k := int(s.next >> slabShift); k == len(s.chunks) {
			s.chunks, s.lives = append(s.chunks, s.chunk()), append(s.lives, 0)
		} else if s.chunks[k] == s.zero {
			s.chunks[k] = s.chunk()
		}
		if s.next == 0 {
			s.next = 1
		}
	}
	i := s.next
	s.next++
	s.lives[i>>slabShift]++
	return i
}

// chunk is a zeroed one.
func (s *slab[T]) chunk() *[slabChunk]T {
	if c := s.spare; c != nil {
		s.spare = nil
		return c
	}
	return new([slabChunk]T)
}

// at is the value of an index. Indices are ours alone: a wrong one is a bug.
func (s *slab[T]) at(i uint32) *T {
	return &s.chunks[i>>slabShift][i&slabMask]
}

// release zeroes a value and takes its index back. The last one takes the list
// of free indices along.
func (s *slab[T]) release(i uint32) {
	var zero T
	*s.at(i) = zero
	if s.live--; s.live == 0 && len(s.chunks) > 1 {
		s.free, s.next = nil, 0
	} else {
		s.free = append(s.free, i)
	}
	if s.lives[i>>slabShift]--; s.lives[i>>slabShift] == 0 && len(s.chunks) > 1 {
		if s.zero == nil {
			s.zero = new([slabChunk]T)
		}
		s.spare, s.chunks[i>>slabShift] = s.chunks[i>>slabShift], s.zero
	}
}

// each calls f for every value in use and for some that are not: f must know
// one in use from a zeroed one. In order of the indices.
func (s *slab[T]) each(f func(i uint32, v *T)) {
	for k, c := range s.chunks {
		if c == s.zero {
			continue
		}
		for j := range c {
			if i := uint32(k<<slabShift + j); i > 0 && i < s.next {
				f(i, &c[j])
			}
		}
	}
}

// Kernel memory for bytes comes in power-of-two classes of 64 B to 128 KiB, as
// kmalloc's caches do. A bufRef names one buffer: class in the top byte,
// number below; 0 is none. Where it lives never changes.
type bufRef uint32

const (
	bufMinShift = 6
	bufMaxShift = 17
	bufClasses  = bufMaxShift - bufMinShift + 1
	bufKept     = 16 // chunks of a class that stay at hand when all are free: 4 MiB

	bufArenaShift = 18
	bufArena      = 1 << bufArenaShift // bytes of one chunk of a class
)

type bufClass struct {
	chunks [][]byte
	free   []uint32
	next   uint32
	live   int
}

// A bufStore is where all buffers of a network lie: those of its hosts and those
// on its wires.
type bufStore struct {
	class [bufClasses]bufClass
}

// buffers are those that somebody has, a host or the wires.
type buffers struct {
	*bufStore
	live  int // how many
	bytes int // by size of class
}

// alloc returns a buffer of at least n bytes, n at most 128 KiB.
func (m *buffers) alloc(n int) bufRef {
	c := max(bits.Len32(uint32(max(n, 1)-1)), bufMinShift) - bufMinShift
	k := &m.class[c]
	k.live++
	m.live++
	m.bytes += 1 << (c + bufMinShift)
	if l := len(k.free); l > 0 {
		i := k.free[l-1]
		k.free = k.free[:l-1]
		return bufRef(c)<<24 | bufRef(i)
	}
	if per := uint32(bufArena >> (c + bufMinShift)); k.next&(per-1) == 0 {
		k.chunks = append(k.chunks, make([]byte, bufArena))
		if k.next == 0 {
			k.next = 1 // number 0 stays unused, so that a bufRef of 0 is none
		}
	}
	i := k.next
	k.next++
	return bufRef(c)<<24 | bufRef(i)
}

// of is the buffer's memory, all of its class's size.
func (m *bufStore) of(r bufRef) []byte {
	c := uint(r >> 24)
	shift, i := (c+bufMinShift)&63, uint(r&0xffffff)
	off := i << shift & (bufArena - 1)
	chunk := m.class[c].chunks[i>>((bufArenaShift-shift)&63)]
	return chunk[off : off+1<<shift : off+1<<shift]
}

// adopt takes a buffer over from another: no byte is copied.
func (m *buffers) adopt(from *buffers, r bufRef) {
	n := 1 << (uint(r>>24) + bufMinShift)
	from.live--
	from.bytes -= n
	m.live++
	m.bytes += n
}

func (m *buffers) release(r bufRef) {
	c := int(r >> 24)
	k := &m.class[c]
	k.live--
	m.live--
	m.bytes -= 1 << (c + bufMinShift)
	if k.live == 0 && len(k.chunks) > bufKept {
		*k = bufClass{} // a peak is over
		return
	}
	k.free = append(k.free, uint32(r&0xffffff))
}
