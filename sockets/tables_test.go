package sockets

import (
	"fmt"
	"testing"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// The tables of the kernel are held against slow and obvious ones: Go maps and
// linear scans, under random programs.

type tuple struct {
	laddr, raddr wire.Addr4
	lport, rport uint16
}

// The lookup table under a random program: insertions, removals, requests that
// become sockets, growth by splitting, and shrinking to nothing.
func TestLookupAgainstMap(t *testing.T) {
	for seed := range uint64(4) {
		st := lanStory(t)
		h := st.server
		random := sim.NewStream(seed, 7)
		have := map[tuple]uint32{}
		var list []tuple
		draw := func() tuple {
			// Few addresses and ports, so that neighbours meet often.
			return tuple{wire.Addr4(1 + random.IntN(3)), wire.Addr4(10 + random.IntN(40)), uint16(80 + random.IntN(40)), uint16(40000 + random.IntN(900))}
		}
		put := func(u tuple, ref uint32) {
			if ref&requestRef != 0 {
				*h.requests.at(ref &^ requestRef) = request{laddr: u.laddr, raddr: u.raddr, lport: u.lport, rport: u.rport, listener: 1}
			} else {
				*h.socks.at(ref) = sock{state: Established, flags: flagHashed, laddr: u.laddr, raddr: u.raddr, lport: u.lport, rport: u.rport}
			}
		}
		hints := func(ref uint32) uint32 {
			switch random.IntN(4) {
			case 0:
				return random.Uint32() // of no host of ours
			case 1:
				return random.Uint32() & (requestRef | 0x3ff)
			case 2:
				return ref ^ requestRef
			}
			return ref
		}
		tag := func(u tuple) uint32 { return connTag(u.laddr, u.raddr, u.lport, u.rport) }
		remove := func(k int) {
			u := list[k]
			h.conns.remove(tag(u), have[u])
			if ref := have[u]; ref&requestRef != 0 {
				h.requests.release(ref &^ requestRef)
			} else {
				h.socks.release(ref)
			}
			list[k] = list[len(list)-1]
			list = list[:len(list)-1]
			delete(have, u)
		}
		for step := range 60_000 {
			u := draw()
			growing := step/15_000%2 == 0
			switch {
			case have[u] == 0 && (growing || random.IntN(4) == 0):
				ref := h.socks.alloc()
				if random.IntN(3) == 0 {
					h.socks.release(ref)
					ref = h.requests.alloc() | requestRef
				}
				put(u, ref)
				h.conns.insert(tag(u), ref)
				have[u] = ref
				list = append(list, u)
			case have[u]&requestRef != 0: // its handshake is over
				ref := h.socks.alloc()
				put(u, ref)
				h.conns.replace(tag(u), have[u], ref)
				h.requests.release(have[u] &^ requestRef)
				have[u] = ref
			case len(list) > 0 && (!growing || random.IntN(3) == 0):
				remove(random.IntN(len(list)))
			}
			q := draw()
			if h.lookup(q.laddr, q.raddr, q.lport, q.rport) != have[q] {
				t.Fatalf("seed %d, step %d: the table and the map disagree about %v", seed, step, q)
			}
			// A hint changes nothing, right or wrong.
			g := segment{hint: hint{to: hints(have[q])}}
			g.ip.Dst, g.ip.Src, g.tcp.DstPort, g.tcp.SrcPort = q.laddr, q.raddr, q.lport, q.rport
			if h.connection(&g) != have[q] {
				t.Fatalf("seed %d, step %d: with the hint %#x another connection is found for %v", seed, step, g.hint.to, q)
			}
		}
		for u, ref := range have {
			if h.lookup(u.laddr, u.raddr, u.lport, u.rport) != ref {
				t.Fatalf("seed %d: %v is in the map and not found in the table", seed, u)
			}
		}
		if h.conns.n != len(have) || len(h.conns.fill) < 4 {
			t.Errorf("seed %d: the table counts %d entries in %d segments, the map has %d", seed, h.conns.n, len(h.conns.fill), len(have))
		}
		for len(list) > 0 {
			remove(len(list) - 1)
		}
		if h.conns.n != 0 || len(h.conns.fill) != 1 {
			t.Errorf("seed %d: an empty table must be one segment, it has %d entries in %d", seed, h.conns.n, len(h.conns.fill))
		}
	}
}

// However regular the tuples of a crowd are, the table stays balanced: walks
// are short and the directory is not much larger than it must be.
func TestLookupStaysBalanced(t *testing.T) {
	const n = 200_000
	for _, c := range []struct {
		name string
		of   func(i uint32) tuple
	}{
		{"one client after the other, each port in turn", func(i uint32) tuple { return tuple{1, wire.Addr4(0x0a000001 + i/28000), 80, uint16(32768 + i%28000)} }},
		{"every second port", func(i uint32) tuple { return tuple{1, wire.Addr4(0x0a000001 + i/14000), 80, uint16(32768 + i%14000*2)} }},
		{"many clients, one port", func(i uint32) tuple { return tuple{1, wire.Addr4(0x0a000001 + i), 80, 40000} }},
		{"many clients, as they sit in networks", func(i uint32) tuple { return tuple{1, wire.Addr4(i << 12), 80, 40000} }},
		{"seen from the client", func(i uint32) tuple { return tuple{wire.Addr4(0x0a000001 + i/28000), 1, uint16(32768 + i%28000), 80} }},
		{"one pair of hosts, many server ports", func(i uint32) tuple { return tuple{1, 2, uint16(i / 20000), uint16(32768 + i%20000)} }},
	} {
		var table connTable
		table.init()
		for i := range uint32(n) {
			u := c.of(i)
			table.insert(connTag(u.laddr, u.raddr, u.lport, u.rport), i+1)
		}
		walk, longest := 0, 0
		for i := range uint32(n) {
			u := c.of(i)
			tag := connTag(u.laddr, u.raddr, u.lport, u.rport)
			s := table.segment(tag)
			steps := int((s.find(tag, i+1)-tag)&segmentMask) + 1
			walk += steps
			longest = max(longest, steps)
		}
		mean := float64(walk) / n
		if mean > 16 || longest > 1000 {
			t.Errorf("%s: a lookup walks %.1f slots on average, %d at most", c.name, mean, longest)
		}
		if len(table.dir) > 4096 || len(table.fill) > 2*n/segmentFull+100 {
			t.Errorf("%s: %d entries need a directory of %d and %d segments", c.name, n, len(table.dir), len(table.fill))
		}
	}
}

// A segment that is nearly full, with entries that all want the same slots,
// wraps around at its end and loses nothing on removal.
func TestLookupSegmentWrapsAround(t *testing.T) {
	random := sim.NewStream(9, 9)
	s := &connSegment{}
	table := connTable{dir: []*connSegment{s}, names: []uint32{0}, fill: []uint16{0}}
	have := map[uint32]uint32{}
	next := uint32(1)
	for range 20_000 {
		if table.fill[0] < segmentFull && random.IntN(2) == 0 {
			tag := uint32(segmentMask-20+random.IntN(40))&segmentMask | uint32(random.IntN(1<<20))<<segmentBits
			table.insert(tag, next)
			have[next] = tag
			next++
			continue
		}
		for ref, tag := range have {
			table.remove(tag, ref)
			delete(have, ref)
			break
		}
	}
	for ref, tag := range have {
		i := tag & segmentMask
		for s.slots[i].ref != ref && s.slots[i].ref != 0 {
			i = (i + 1) & segmentMask
		}
		if s.slots[i].ref != ref {
			t.Fatalf("entry %d of home slot %d cannot be reached any more", ref, tag&segmentMask)
		}
	}
	if int(table.fill[0]) != len(have) {
		t.Errorf("the segment counts %d entries and has %d", table.fill[0], len(have))
	}
}

// The lowest free descriptor, against a scan from 0.
func TestLowestDescriptorAgainstScan(t *testing.T) {
	random := sim.NewStream(11, 11)
	for _, most := range []int{3, 64, 65, 4096, 4097, 10_000} {
		var table fdTable
		open := make([]bool, most+1)
		lowest := func() int {
			for fd := range open {
				if !open[fd] {
					return fd
				}
			}
			return most
		}
		count := 0
		for range 30_000 {
			want := lowest()
			if got := table.lowest(0); got != want {
				t.Fatalf("with %d descriptors of at most %d open, the lowest free is %d, not %d", count, most, want, got)
			}
			if want < most && random.IntN(100) < 70 {
				table.put(want, kindSock|fdEntry(want))
				open[want] = true
				count++
			} else if fd := random.IntN(most); open[fd] {
				if e := table.take(fd); e != kindSock|fdEntry(fd) {
					t.Fatalf("descriptor %d named %#x and comes out as %#x", fd, kindSock|fdEntry(fd), e)
				}
				open[fd] = false
				count--
			}
			if table.count != count {
				t.Fatalf("%d descriptors are open, the table counts %d", count, table.count)
			}
			fd := random.IntN(most+10) - 5
			if is := fd >= 0 && fd <= most && open[fd]; (table.get(fd) != 0) != is {
				t.Fatalf("descriptor %d is open: %v; the table says %#x", fd, is, table.get(fd))
			}
		}
	}
}

// A slab gives out each index once, zeroed, and keeps what lies in it, however
// it grows; when all is given back it starts anew.
func TestSlabAgainstMap(t *testing.T) {
	random := sim.NewStream(13, 13)
	var s slab[skb]
	have := map[uint32]skb{}
	var order []uint32
	for step := range 200_000 {
		if growing := step/40_000%2 == 0; growing && random.IntN(3) > 0 || len(order) == 0 {
			i := s.alloc()
			if _, given := have[i]; given || i == 0 || *s.at(i) != (skb{}) {
				t.Fatalf("step %d: alloc gave index %d, which holds %+v (given out before: %v)", step, i, *s.at(i), given)
			}
			v := skb{buf: bufRef(step + 1), len: uint32(random.IntN(1000))}
			*s.at(i), have[i] = v, v
			order = append(order, i)
			continue
		}
		k := random.IntN(len(order))
		i := order[k]
		if *s.at(i) != have[i] {
			t.Fatalf("step %d: index %d must hold %+v, holds %+v", step, i, have[i], *s.at(i))
		}
		order[k] = order[len(order)-1]
		order = order[:len(order)-1]
		delete(have, i)
		s.release(i)
		if s.live != len(have) {
			t.Fatalf("step %d: %d values live, the slab counts %d", step, len(have), s.live)
		}
	}
	seen := 0
	s.each(func(i uint32, v *skb) {
		if *v != have[i] {
			t.Errorf("each must show index %d as %+v, shows %+v", i, have[i], *v)
		}
		if *v != (skb{}) {
			seen++
		}
	})
	if seen != len(have) {
		t.Errorf("each must show %d values, shows %d", len(have), seen)
	}
	for _, i := range order {
		s.release(i)
	}
	if s.live != 0 || s.size() > 3*slabChunk*64 {
		t.Errorf("an empty slab must have given its memory back: %d live, %d bytes", s.live, s.size())
	}
}

// A value that stays keeps its own chunk alive and no other; indices are given
// out in the same order, whether their chunk was given back or not.
func TestSlabGivesChunksBack(t *testing.T) {
	const n = 10 * slabChunk
	var s slab[sock]
	for range n {
		s.alloc()
	}
	full := s.size()
	for i := uint32(2); i <= n; i++ {
		s.release(i)
	}
	if got, most := s.size(), full/10*3+8*n; got > most {
		t.Errorf("one of %d values is left: %d bytes of %d, at most %d", n, got, full, most)
	}
	if *s.at(n) != (sock{}) {
		t.Error("who still looks at a value that is gone sees nothing")
	}
	seen := 0
	s.each(func(uint32, *sock) { seen++ })
	if seen >= 2*slabChunk {
		t.Errorf("each looks at %d places for one value", seen)
	}
	for i := uint32(n); i > 2; i-- { // last in, first out
		if got := s.alloc(); got != i || *s.at(got) != (sock{}) {
			t.Fatalf("index %d is next, got %d, which holds %+v", i, got, *s.at(got))
		}
	}
	if s.live != n-1 {
		t.Errorf("%d live, want %d", s.live, n-1)
	}
	// Coming and going at the edge of a chunk makes no garbage.
	if allocs := testing.AllocsPerRun(100, func() { s.release(s.alloc()); s.release(s.alloc()) }); allocs != 0 {
		t.Errorf("%v allocations for coming and going", allocs)
	}
}

// Kernel buffers never overlap, are as large as asked for, and keep their
// bytes until released.
func TestBuffersAgainstCopies(t *testing.T) {
	random := sim.NewStream(17, 17)
	m := buffers{bufStore: new(bufStore)}
	type held struct {
		ref  bufRef
		n    int
		mark byte
	}
	var have []held
	bytes := 0
	for step := range 30_000 {
		if len(have) < 300 && random.IntN(2) == 0 {
			n := random.IntN(1 + 1<<random.IntN(17))
			h := held{m.alloc(n), n, byte(step)}
			mem := m.of(h.ref)
			if h.ref == 0 || len(mem) < n || len(mem) != cap(mem) || (n > 64 && len(mem) >= 2*n) {
				t.Fatalf("a buffer of %d bytes has %d of %d", n, len(mem), cap(mem))
			}
			bytes += len(mem)
			for i := range mem {
				mem[i] = h.mark
			}
			have = append(have, h)
		} else if len(have) > 0 {
			k := random.IntN(len(have))
			h := have[k]
			for i, b := range m.of(h.ref) {
				if b != h.mark {
					t.Fatalf("step %d: byte %d of a buffer changed from %d to %d", step, i, h.mark, b)
				}
			}
			bytes -= len(m.of(h.ref))
			m.release(h.ref)
			have = append(have[:k], have[k+1:]...)
		}
		if m.bytes != bytes {
			t.Fatalf("step %d: %d bytes are handed out, the count says %d", step, bytes, m.bytes)
		}
	}
}

// A listener is found by its own address before the wildcard, whichever came
// first.
func TestListenerOfTheAddressComesFirst(t *testing.T) {
	for _, order := range [][]string{{"10.0.0.1:80"}, {"127.0.0.1:80", "10.0.0.1:80"}, {"10.0.0.1:80", "127.0.0.1:80"}} {
		st := lanStory(t)
		for _, a := range order {
			l := st.nonblocking(st.s)
			st.ok(st.s.Bind(l, Addr(a)), "bind to "+a)
			st.ok(st.s.Listen(l, 1), "listen")
		}
		for _, a := range []string{"10.0.0.1:80", "127.0.0.1:80", "127.0.0.2:80"} {
			b := Addr(a)
			want := false
			for _, o := range order {
				want = want || o == a
			}
			li := st.server.listenerAt(b.ip4(), 80, 0)
			if (li != 0) != want || li != 0 && st.server.socks.at(li).laddr != b.ip4() {
				t.Errorf("listeners %v: a SYN for %s finds %d", order, a, li)
			}
		}
		wild := st.nonblocking(st.s)
		st.ok(st.s.Bind(wild, Any(81)), "bind to the wildcard")
		st.ok(st.s.Listen(wild, 1), "listen")
		for _, a := range []string{"10.0.0.1", "127.0.0.1", "127.9.9.9"} {
			if li := st.server.listenerAt(Addr(a+":81").ip4(), 81, 0); li == 0 || st.server.socks.at(li).laddr != 0 {
				t.Errorf("a SYN for %s:81 must find the wildcard's listener, finds %d", a, li)
			}
		}
		st.audit()
	}
	if fmt.Sprint(Any(80)) != "0.0.0.0:80" {
		t.Error("the wildcard must print as 0.0.0.0")
	}
}
