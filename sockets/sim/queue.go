package sim

import (
	"math"
	"math/bits"
	"strconv"
)

// The queue is a hierarchical timing wheel: eight levels of 256 slots. Level 0
// has a slot for each nanosecond of the current 256, level 1 a slot for each
// 256 ns of the current 65,536, and so on: level L has byte L of the time as
// its slot number. Eight levels hold every Time.
//
//	base  0x00000000_0012_34_56        the wheel's hand
//	at    0x00000000_0012_34_9a  ──▶  level 0, slot 0x9a   bytes 1–7 agree
//	at    0x00000000_0012_77_01  ──▶  level 1, slot 0x77   bytes 2–7 agree
//	at    0x00000000_ff00_00_00  ──▶  level 3, slot 0xff   bytes 4–7 agree
//
// An event lies in the list of place(at, base): the level is the highest byte
// in which its time differs from base (0 if none does), the slot is that byte.
// This holds for every pending event at all times (the invariant). So all of
// level 0 comes before all of level 1, and within a level a lower slot comes
// before a higher one: the next event is in the first list that is not empty.
//
// The hand moves in two ways, and both keep the invariant:
//
//   - To the time of an event that is alone in the first list or in level 0
//     (pop). Every other event lies behind it, in a slot that differs from the
//     new base in the same byte as from the old one.
//   - Into the first list's slot, if that has several events and is not of
//     level 0 (cascade). Those events are placed again; for all others the
//     byte that decides is as before. Levels below were empty.
//
// Why first-in first-out lists give the exact order without a stored sequence
// number: two events of the same time have the same place at any moment, hence
// share a list as long as both are pending; each was appended to the list's
// end when it was scheduled, the later behind the earlier; and a cascade walks
// its list from the front and appends to lists that were empty, which keeps
// the order of those that meet again. An event scheduled for the present
// instant by a handler lands in the level-0 list of this instant, behind
// whatever still waits there, and runs after it.
//
// base never exceeds the clock: it moves only in pop, to a time not beyond the
// event to be run or the limit given. So no event can be scheduled behind it.
//
// Events live in chunks of an ever-growing slab, addressed by index, without
// pointers (nothing for the garbage collector to walk), never moved.
type queue struct {
	base    Time
	pending int
	free    uint32 // first of the freed events, linked by next; 0 is none
	fresh   uint32 // events never used begin here
	era     Timer  // how often all memory was given back
	chunks  []*[chunkLen]event

	summary uint32     // bit w: bitmap[w] is not 0
	bitmap  [32]uint64 // bit i%64 of word i/64: list i is not empty
	lists   [2048]list // list 256*level + slot
}

const (
	chunkShift = 12
	chunkLen   = 1 << chunkShift // events in a chunk of 128 KiB

	// A Timer is the event's index and, above it, how often the event was
	// reused, so that a Timer kept too long is noticed.
	indexBits  = 26
	maxPending = 1<<indexBits - 1 // 67 million events, 2 GiB
)

// Timer names a pending event, to cancel it. The zero Timer is none.
type Timer uint32

// event is one pending event, 32 bytes.
type event struct {
	at         Time
	arg        uint64
	next, prev uint32 // neighbours in its list; 0 is none
	h          Handler
	id         Timer
}

// list is a doubly linked list of events; 0 is none.
type list struct{ first, last uint32 }

func (q *queue) event(i uint32) *event {
	return &q.chunks[i>>chunkShift][i%chunkLen]
}

// place is the number of the list in which an event at t belongs now.
func (q *queue) place(t Time) uint32 {
	shift := (63 - uint(bits.LeadingZeros64(uint64(t^q.base)|1))) &^ 7
	return uint32(shift)<<5 | uint32(uint64(t)>>(shift&63)&255)
}

// add appends a new event to its list.
func (q *queue) add(t Time, h Handler, arg uint64) Timer {
	i := q.free
	if i == 0 {
		i = q.grow()
	}
	e := q.event(i)
	q.free = e.next
	e.at, e.arg, e.h = t, arg, h
	q.pending++
	q.push(e, i)
	return e.id
}

// push appends e, whose index is i, to the list where its time belongs.
func (q *queue) push(e *event, i uint32) { q.link(e, i, q.place(e.at)) }

// link appends e to list n.
func (q *queue) link(e *event, i, n uint32) {
	l := &q.lists[n%2048]
	e.next, e.prev = 0, l.last
	if l.last != 0 {
		q.event(l.last).next = i
	} else {
		l.first = i
		q.bitmap[n>>6%32] |= 1 << (n & 63)
		q.summary |= 1 << (n >> 6)
	}
	l.last = i
}

// grow returns the index of an event never used before.
func (q *queue) grow() uint32 {
	if int(q.fresh>>chunkShift) == len(q.chunks) {
		if q.fresh > maxPending {
			panic("sim: more than " + strconv.Itoa(maxPending) + " events pending")
		}
		q.chunks = append(q.chunks, new([chunkLen]event))
		if q.fresh == 0 {
			q.fresh = 1 // index 0 means none
		}
	}
	i := q.fresh
	q.fresh++
	q.event(i).id = Timer(i) + q.era<<indexBits
	return i
}

// release makes the event free for reuse and its Timer stale.
func (q *queue) release(e *event, i uint32) {
	e.id += 1 << indexBits
	e.next = q.free
	q.free = i
	if q.pending--; q.pending == 0 && len(q.chunks) > 1 {
		// The memory goes back when the last of very many events is gone. A
		// Timer of theirs that somebody still has is stale as before.
		q.chunks, q.free, q.fresh = nil, 0, 0
		q.era += 7
	}
}

// pop takes the next event if its time is not beyond limit. Without one the
// handler returned is 0.
func (q *queue) pop(limit Time) (Time, Handler, uint64) {
	for q.summary != 0 {
		n := q.firstList()
		l := &q.lists[n%2048]
		i := l.first
		if n >= 256 && i != l.last {
			if !q.cascade(n, limit) {
				break
			}
			continue
		}
		e := q.event(i)
		at, h, arg := e.at, e.h, e.arg
		if at > limit {
			break
		}
		q.base = at
		l.first = e.next
		if e.next != 0 {
			q.event(e.next).prev = 0
		} else {
			l.last = 0
			q.clear(n)
		}
		q.release(e, i)
		return at, h, arg
	}
	return 0, 0, 0
}

// clear notes that list n has become empty.
func (q *queue) clear(n uint32) {
	word := n >> 6 % 32
	q.bitmap[word] &^= 1 << (n & 63)
	if q.bitmap[word] == 0 {
		q.summary &^= 1 << word
	}
}

// cascade moves the hand into the slot of list n, the first that is not empty,
// and places its events again. If the whole slot lies beyond limit it does
// nothing and returns false.
//
// The hand goes to the earliest event (but not beyond limit), which then falls
// to level 0 at once. In a long list, where that event's neighbours must go
// down level by level anyway, looking for it costs more than it saves: there
// the hand goes to the slot's beginning.
func (q *queue) cascade(n uint32, limit Time) bool {
	l := &q.lists[n%2048]
	shift := n >> 8 * 8
	start := q.event(l.first).at >> shift << shift
	if start > limit {
		return false
	}
	q.base = start
	if least, ok := q.earliest(l, 16); ok {
		q.base = min(least, limit)
	}
	i := l.first
	*l = list{}
	q.clear(n)
	for i != 0 {
		e := q.event(i)
		next := e.next
		q.push(e, i)
		i = next
	}
	return true
}

// earliest is the least time in a list of at most most events. It is false for
// a longer one.
func (q *queue) earliest(l *list, most int) (Time, bool) {
	least := Time(math.MaxInt64)
	i := l.first
	for ; i != 0 && most > 0; most-- {
		e := q.event(i)
		least = min(least, e.at)
		i = e.next
	}
	return least, i == 0
}

// next is the time of the next event.
func (q *queue) next() (Time, bool) {
	if q.summary == 0 {
		return 0, false
	}
	n := q.firstList()
	if n < 256 { // one time in the list
		return q.event(q.lists[n].first).at, true
	}
	return q.earliest(&q.lists[n%2048], q.pending)
}

// firstList is the number of the first list that is not empty.
func (q *queue) firstList() uint32 {
	word := uint32(bits.TrailingZeros32(q.summary)) % 32
	return word<<6 | uint32(bits.TrailingZeros64(q.bitmap[word]))%64
}

// find is the event of t, which is pending, and its index.
func (q *queue) find(t Timer, call string) (*event, uint32) {
	i := uint32(t) & maxPending
	if i == 0 || i >= q.fresh || q.event(i).id != t {
		panic("sim: " + call + " of timer " + strconv.FormatUint(uint64(t), 10) + ", which is not pending")
	}
	return q.event(i), i
}

// cancel unlinks the event of t.
func (q *queue) cancel(t Timer) {
	e, i := q.find(t, "Cancel")
	q.unlink(e, q.place(e.at))
	q.release(e, i)
}

// reset moves the event of t to another time, behind all that are there
// already. A timer that is put off a little mostly stays the last of its list:
// then only its time is written.
func (q *queue) reset(t Timer, at Time) {
	e, i := q.find(t, "Reset")
	from, to := q.place(e.at), q.place(at)
	e.at = at
	if from == to && q.lists[from%2048].last == i {
		return
	}
	q.unlink(e, from)
	q.link(e, i, to)
}

// unlink takes e out of list n.
func (q *queue) unlink(e *event, n uint32) {
	l := &q.lists[n%2048]
	if e.prev != 0 {
		q.event(e.prev).next = e.next
	} else {
		l.first = e.next
	}
	if e.next != 0 {
		q.event(e.next).prev = e.prev
	} else {
		l.last = e.prev
	}
	if l.first == 0 {
		q.clear(n)
	}
}
