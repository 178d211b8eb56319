package sim

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// slowQueue is the obvious queue to hold the wheel against: a list kept sorted
// by time and sequence number.
type slowQueue struct {
	events []slowEvent
	now    Time
}

type slowEvent struct {
	at    Time
	arg   uint64 // also the sequence number: the tests count it up
	timer Timer
}

func (q *slowQueue) at(t Time, arg uint64, timer Timer) {
	i := len(q.events)
	for i > 0 && q.events[i-1].at > t {
		i--
	}
	q.events = slices.Insert(q.events, i, slowEvent{t, arg, timer})
}

// pair runs the wheel and the slow list side by side.
type pair struct {
	t       testing.TB
	fast    *Sim
	slow    slowQueue
	handler Handler
	seq     uint64
	depth   int               // events scheduled by handlers, so that a program ends
	gap     func() Time       // the next distance, drawn by the program
	nested  func() (add bool) // whether a handler schedules one more
}

func newPair(t testing.TB) *pair {
	p := &pair{t: t, fast: New(1)}
	p.handler = p.fast.Handle(p.fired)
	return p
}

// fired checks one event against the head of the slow list.
func (p *pair) fired(arg uint64) {
	if len(p.slow.events) == 0 {
		p.t.Fatalf("event %d ran, but none is pending", arg)
	}
	want := p.slow.events[0]
	p.slow.events = p.slow.events[1:]
	p.slow.now = want.at
	if want.arg != arg || want.at != p.fast.Now() {
		p.t.Fatalf("event %d ran at %v, want event %d at %v", arg, p.fast.Now(), want.arg, want.at)
	}
	if p.depth < 1000 && p.nested != nil && p.nested() {
		p.depth++
		p.add(p.gap())
	}
}

// add schedules one event gap after now, in both.
func (p *pair) add(gap Time) {
	at := p.fast.Now() + gap
	if at < p.fast.Now() {
		at = math.MaxInt64
	}
	timer := p.fast.At(at, p.handler, p.seq)
	p.slow.at(at, p.seq, timer)
	p.seq++
}

func (p *pair) cancel(i int) {
	p.fast.Cancel(p.slow.events[i].timer)
	p.slow.events = slices.Delete(p.slow.events, i, i+1)
}

// reset moves an event, and schedules it behind those of its new time.
func (p *pair) reset(i int, gap Time) {
	at := max(p.fast.Now(), p.fast.Now()+gap)
	e := p.slow.events[i]
	p.fast.Reset(e.timer, at)
	p.slow.events = slices.Delete(p.slow.events, i, i+1)
	p.slow.at(at, e.arg, e.timer)
}

// check compares what can be seen between two steps.
func (p *pair) check() {
	if got, want := p.fast.Pending(), len(p.slow.events); got != want {
		p.t.Fatalf("Pending is %d, want %d", got, want)
	}
	at, ok := p.fast.Next()
	if ok != (len(p.slow.events) > 0) || ok && at != p.slow.events[0].at {
		p.t.Fatalf("Next is %v, %v; the list is %v", at, ok, p.slow.events[:min(1, len(p.slow.events))])
	}
	checkInvariant(p.t, &p.fast.queue)
}

// checkInvariant demands that every pending event lies in the list of
// place(at, base), that lists are linked well, and that the bitmaps tell the
// truth: what queue.go's comment rests on.
func checkInvariant(t testing.TB, q *queue) {
	total := 0
	for n, l := range q.lists {
		prev := uint32(0)
		for i := l.first; i != 0; i = q.event(i).next {
			e := q.event(i)
			if q.place(e.at) != uint32(n) || e.prev != prev || e.at < q.base {
				t.Fatalf("event %d at %v is in list %d, place %d, prev %d want %d, base %v",
					e.arg, e.at, n, q.place(e.at), e.prev, prev, q.base)
			}
			prev = i
			total++
		}
		if l.last != prev {
			t.Fatalf("list %d ends at %d, says %d", n, prev, l.last)
		}
		if got := q.bitmap[n/64]>>(n%64)&1 == 1; got != (l.first != 0) {
			t.Fatalf("list %d: bit is %v, first is %d", n, got, l.first)
		}
	}
	for w, word := range q.bitmap {
		if got := q.summary>>w&1 == 1; got != (word != 0) {
			t.Fatalf("word %d: summary bit is %v, word is %x", w, got, word)
		}
	}
	if total != q.pending {
		t.Fatalf("%d events in lists, pending is %d", total, q.pending)
	}
}

// gaps are the distances that programs use: ties, one level, many levels, far.
var gaps = []func(r *Stream) Time{
	func(r *Stream) Time { return 0 },
	func(r *Stream) Time { return Time(r.IntN(3)) },
	func(r *Stream) Time { return Time(r.IntN(300)) },
	func(r *Stream) Time { return Time(r.IntN(100_000)) },
	func(r *Stream) Time { return Time(r.Uint64() >> (2 + r.IntN(60))) },
	func(r *Stream) Time { return Time(1) << r.IntN(63) },
}

// A random program schedules, cancels, steps and runs to a time, in bursts; the
// wheel must do what the sorted list does.
func TestQueueAgainstSortedList(t *testing.T) {
	for seed := range uint64(300) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := NewStream(seed, 0)
			p := newPair(t)
			// Each program prefers some distances, so that the wheel is
			// sparse in one and crowded in another.
			kinds := gaps[r.IntN(len(gaps)):]
			p.gap = func() Time { return kinds[r.IntN(len(kinds))](&r) }
			p.nested = func() bool { return r.Bool(0.5) }
			for range 150 {
				playOne(p, &r)
				p.check()
			}
			p.fast.Run(nil)
			p.check()
		})
	}
}

func playOne(p *pair, r *Stream) {
	switch r.IntN(7) {
	case 6:
		for range r.IntN(10) {
			if n := len(p.slow.events); n > 0 {
				p.reset(r.IntN(n), p.gap())
			}
		}
	case 0, 1:
		for range r.IntN(20) {
			p.add(p.gap())
		}
	case 2:
		for range r.IntN(10) {
			if n := len(p.slow.events); n > 0 {
				p.cancel(r.IntN(n))
			}
		}
	case 3:
		for range r.IntN(10) {
			p.fast.Step()
		}
	case 4:
		runUntil(p, p.gap())
	case 5:
		n := r.IntN(10)
		p.fast.Run(func() bool { n--; return n < 0 })
	}
}

func runUntil(p *pair, gap Time) {
	to := p.fast.Now() + gap
	if to < p.fast.Now() {
		return
	}
	p.fast.RunUntil(to)
	if p.fast.Now() != to {
		p.t.Fatalf("the clock stands at %v after RunUntil(%v)", p.fast.Now(), to)
	}
	if n := p.slow.events; len(n) > 0 && n[0].at <= to {
		p.t.Fatalf("RunUntil(%v) left the event at %v", to, n[0].at)
	}
}

// FuzzQueue reads a program from bytes: an operation and its operand each.
func FuzzQueue(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 0, 5, 3, 1, 2, 0})                      // ties, a step, a cancel
	f.Add([]byte{1, 62, 1, 8, 1, 16, 4, 9, 0, 0, 3, 0})              // far, then back to near
	f.Add([]byte{0, 0, 0, 0, 6, 0, 6, 1, 6, 46, 3, 0, 6, 94, 3, 0})  // put off to where others are
	f.Add([]byte{0, 255, 1, 8, 4, 8, 0, 1, 4, 255, 3, 0})            // the clock stops within a slot
	f.Add([]byte{1, 40, 1, 40, 1, 41, 2, 1, 5, 2, 0, 0, 0, 0, 5, 9}) // cancel the last of a list
	f.Fuzz(func(t *testing.T, program []byte) {
		p := newPair(t)
		program = program[:min(len(program), 400)] // each step checks the whole wheel
		for ; len(program) >= 2; program = program[2:] {
			operand := program[1]
			switch program[0] % 7 {
			case 0:
				p.add(Time(operand))
			case 1:
				p.add(Time(1)<<(operand%63) + Time(operand>>6))
			case 2:
				if n := len(p.slow.events); n > 0 {
					p.cancel(int(operand) % n)
				}
			case 3:
				p.fast.Step()
			case 4:
				runUntil(p, Time(1)<<(operand%63)-Time(operand>>6))
			case 5:
				n := int(operand)
				p.fast.Run(func() bool { n--; return n < 0 })
			case 6:
				if n := len(p.slow.events); n > 0 {
					p.reset(int(operand)%n, Time(1)<<(operand%47))
				}
			}
			p.check()
		}
		p.fast.Run(nil)
		p.check()
	})
}
