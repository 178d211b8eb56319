// Package sim plays events in virtual time: a clock, a queue of events, random
// numbers from one seed, and programs that can be parked.
//
// It knows nothing of networks. Package sockets builds its hosts on it, and so
// can anything else that happens one event after another.
//
//	Sim        the clock and the run loop                  sim.go
//	Time       an instant of virtual time                  time.go
//	Timer      a pending event, in a hierarchical wheel    queue.go
//	Stream     random numbers of one consumer              rand.go
//	Coroutine  a program that waits in the middle          coroutine.go
//
// Three rules make a run repeatable, byte for byte, on every platform:
//
//   - Events run in order of time, and those of one instant in the order in
//     which they were scheduled. There is no other order.
//   - Chance comes from numbered streams of one seed. A new consumer of chance
//     takes a new number and does not shift the luck of the others.
//   - Exactly one thing runs at any instant: a handler, or a coroutine that a
//     handler resumed. Nothing here locks, sleeps or reads a real clock.
//
// A Sim and everything on it belong to one goroutine.
package sim

import (
	"math"
	"strconv"
	"time"
	"unsafe"
)

// Handler names a function registered with [Sim.Handle]. An event carries this
// number and one argument, no closure, so that scheduling allocates nothing.
// The zero Handler is none.
type Handler uint32

// Sim is one simulation: its clock, its pending events, its seed.
type Sim struct {
	queue    queue
	now      Time
	fired    uint64
	handlers []func(arg uint64) // [0] stays nil: no handler has the number 0
	seed     uint64
}

// New returns a simulation at time 0 with no event pending. All its chance
// comes from seed.
func New(seed uint64) *Sim {
	return &Sim{seed: seed, handlers: make([]func(uint64), 1)}
}

// Seed is the number given to [New].
func (s *Sim) Seed() uint64 { return s.seed }

// Now is the current instant. Within a handler it is the event's own time.
func (s *Sim) Now() Time { return s.now }

// Pending is how many events are scheduled and neither run nor cancelled.
func (s *Sim) Pending() int { return s.queue.pending }

// Fired is how many events have run since the start.
func (s *Sim) Fired() uint64 { return s.fired }

// Handle registers f, which is called with the argument of each of its events.
// Register once, when a part is built; handlers are never removed.
func (s *Sim) Handle(f func(arg uint64)) Handler {
	if f == nil {
		panic("sim: Handle(nil)")
	}
	s.handlers = append(s.handlers, f)
	return Handler(len(s.handlers) - 1)
}

// At schedules h with arg for the instant t, after every event already
// scheduled for t. It may be the present instant; an instant in the past is a
// bug, and At panics.
func (s *Sim) At(t Time, h Handler, arg uint64) Timer {
	if t < s.now || uint64(h)-1 >= uint64(len(s.handlers)-1) {
		s.refuse(t, h)
	}
	return s.queue.add(t, h, arg)
}

// After schedules h with arg for d from now. It is At(Now().Add(d), h, arg).
func (s *Sim) After(d time.Duration, h Handler, arg uint64) Timer {
	return s.At(s.now+Time(d), h, arg)
}

// refuse panics with what is wrong about an event.
func (s *Sim) refuse(t Time, h Handler) {
	if t < s.now {
		panic("sim: event at " + t.String() + ", which is before Now, " + s.now.String())
	}
	panic("sim: event for handler " + strconv.Itoa(int(h)) + ", allowed: 1 to " +
		strconv.Itoa(len(s.handlers)-1) + ", as Handle returned them")
}

// Cancel takes back a pending event. The cost does not depend on how many are
// pending. Cancel(0) does nothing. A t that has run or was cancelled before is
// a bug, and Cancel panics: forget a Timer when it fires.
func (s *Sim) Cancel(t Timer) {
	if t != 0 {
		s.queue.cancel(t)
	}
}

// Reset moves a pending event to the instant at, behind every event already
// scheduled for it: what Cancel and At together do, in less time, and t names it
// still. An instant in the past, or a t that is not pending, is a bug, and Reset
// panics.
func (s *Sim) Reset(t Timer, at Time) {
	if at < s.now {
		s.refuse(at, 0)
	}
	s.queue.reset(t, at)
}

// Step runs the next event and reports whether there was one.
func (s *Sim) Step() bool { return s.step(math.MaxInt64) }

// step runs the next event unless it lies beyond limit.
func (s *Sim) step(limit Time) bool {
	at, h, arg := s.queue.pop(limit)
	if h == 0 {
		return false
	}
	s.now = at
	s.fired++
	s.handlers[h](arg)
	return true
}

// Next is the time of the next event, false when none is pending. It may look
// at every event that shares the next one's slot, so it is for looking, not
// for a loop: use [Sim.RunUntil] to stop at a time.
func (s *Sim) Next() (Time, bool) { return s.queue.next() }

// Run runs events until none is pending or stop, asked after each event,
// reports true. A nil stop never does.
func (s *Sim) Run(stop func() bool) {
	if stop == nil {
		for s.step(math.MaxInt64) {
		}
		return
	}
	for s.step(math.MaxInt64) && !stop() {
	}
}

// RunUntil runs every event up to and including t, also those that they
// schedule, and leaves the clock at t. A t in the past is a bug, and RunUntil
// panics.
func (s *Sim) RunUntil(t Time) {
	if t < s.now {
		panic("sim: RunUntil(" + t.String() + "), which is before Now, " + s.now.String())
	}
	for s.step(t) {
	}
	s.now = max(s.now, t) // later than t if a handler ran events itself
}

// RunSome runs at most n events, none later than limit, until stop, asked after
// each, reports true (a nil stop never does). It reports whether n of them ran
// and more may follow; the clock is at the last one. Between two such calls the
// caller may look whether to go on at all.
func (s *Sim) RunSome(n int, limit Time, stop func() bool) bool {
	for ; n > 0; n-- {
		if !s.step(limit) || stop != nil && stop() {
			return false
		}
	}
	return true
}

// Bytes is the memory of the queue, in bytes: it grows with the events that
// were pending at once, and stays.
func (s *Sim) Bytes() int64 {
	return int64(len(s.queue.chunks))*chunkLen*int64(unsafe.Sizeof(event{})) + int64(unsafe.Sizeof(s.queue))
}
