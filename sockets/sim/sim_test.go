package sim

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTimeString(t *testing.T) {
	for _, test := range []struct {
		at   Time
		want string
	}{
		{0, "0.000000000"},
		{125_000, "0.000125000"},
		{1, "0.000000001"},
		{61_000_000_001, "61.000000001"},
		{math.MaxInt64, "9223372036.854775807"},
		{-1, "-0.000000001"},
		{math.MinInt64, "-9223372036.854775808"},
	} {
		if got := test.at.String(); got != test.want {
			t.Errorf("Time(%d) prints %q, want %q", int64(test.at), got, test.want)
		}
	}
}

func TestTimeArithmetic(t *testing.T) {
	at := Time(0).Add(1500 * time.Millisecond)
	if at.Seconds() != 1.5 || at.Sub(Time(0).Add(time.Second)) != 500*time.Millisecond {
		t.Errorf("1.5 s is %v s, and %v after 1 s", at.Seconds(), at.Sub(Time(1e9)))
	}
}

// Events of one instant run in the order of At, also those that a handler adds
// for the present instant, which go behind the ones that wait already.
func TestTies(t *testing.T) {
	s := New(1)
	var tape []uint64
	var h Handler
	h = s.Handle(func(arg uint64) {
		tape = append(tape, arg)
		if arg == 1 {
			s.At(s.Now(), h, 10)
			s.After(0, h, 11)
		}
	})
	const at = Time(123_456_789)
	for arg := uint64(1); arg <= 3; arg++ {
		s.At(at, h, arg)
		s.At(at+1, h, arg+20)
	}
	s.Run(nil)
	if want := []uint64{1, 2, 3, 10, 11, 21, 22, 23}; !slices.Equal(tape, want) {
		t.Errorf("order is %v, want %v", tape, want)
	}
	if s.Fired() != 8 || s.Pending() != 0 || s.Now() != at+1 {
		t.Errorf("fired %d, pending %d, now %v", s.Fired(), s.Pending(), s.Now())
	}
}

// An event scheduled from afar and one scheduled shortly before, for the same
// instant: the first scheduled runs first, whatever levels they went through.
func TestTiesFromDifferentDistances(t *testing.T) {
	s := New(1)
	var tape []uint64
	h := s.Handle(func(arg uint64) { tape = append(tape, arg) })
	const at = Time(0x0123_4567_89ab_cdef)
	nop := s.Handle(func(uint64) {})
	arg := uint64(0)
	for shift := 56; shift >= 0; shift -= 8 {
		s.RunUntil(at>>shift<<shift - Time(shift)/8) // ever closer, and just before a border
		s.At(at, h, arg)
		s.At(s.Now(), nop, 0)
		s.At(at+1, nop, 0)
		arg++
	}
	s.RunUntil(at)
	if want := []uint64{0, 1, 2, 3, 4, 5, 6, 7}; !slices.Equal(tape, want) {
		t.Errorf("order is %v, want %v", tape, want)
	}
}

func TestRunUntilStopsTheClock(t *testing.T) {
	s := New(1)
	var tape []Time
	h := s.Handle(func(uint64) { tape = append(tape, s.Now()) })
	s.At(100, h, 0)
	s.At(1000, h, 0)
	s.At(1001, h, 0)
	s.RunUntil(1000)
	if s.Now() != 1000 || !slices.Equal(tape, []Time{100, 1000}) || s.Pending() != 1 {
		t.Errorf("now %v, ran at %v, pending %d", s.Now(), tape, s.Pending())
	}
	if at, ok := s.Next(); !ok || at != 1001 {
		t.Errorf("Next is %v, %v", at, ok)
	}
	s.RunUntil(1 << 50)
	s.RunUntil(1 << 50)
	if s.Now() != 1<<50 || len(tape) != 3 || tape[2] != 1001 {
		t.Errorf("now %v, ran at %v", s.Now(), tape)
	}
	if at, ok := s.Next(); ok {
		t.Errorf("Next of an empty queue is %v", at)
	}
}

// A handler that runs events itself, and beyond the limit of the outer run,
// must not turn the clock back.
func TestRunUntilNested(t *testing.T) {
	s := New(1)
	nop := s.Handle(func(uint64) {})
	h := s.Handle(func(uint64) { s.RunUntil(70_000) })
	s.At(10, h, 0)
	s.At(60_000, nop, 0)
	s.RunUntil(20)
	if s.Now() != 70_000 || s.Pending() != 0 {
		t.Errorf("now %v, pending %d", s.Now(), s.Pending())
	}
}

func TestRunStops(t *testing.T) {
	s := New(1)
	ran := 0
	var h Handler
	h = s.Handle(func(uint64) { ran++; s.After(1, h, 0) })
	s.After(1, h, 0)
	s.Run(func() bool { return ran == 5 })
	if ran != 5 || s.Now() != 5 {
		t.Errorf("%d events ran until %v, want 5", ran, s.Now())
	}
}

// Bugs of the caller panic and say what is wrong.
func TestMisuse(t *testing.T) {
	s := New(1)
	h := s.Handle(func(uint64) {})
	s.RunUntil(2000)
	run, cancelled := s.At(3000, h, 0), s.At(3000, h, 0)
	s.Cancel(cancelled)
	s.Step()
	reused := s.At(4000, h, 0)
	for _, test := range []struct {
		desc string
		do   func()
		want string
	}{
		{"past", func() { s.At(1000, h, 0) }, "event at 0.000001000, which is before Now, 0.000003000"},
		{"negative delay", func() { s.After(-1, h, 0) }, "before Now"},
		{"end of time", func() { s.After(math.MaxInt64, h, 0) }, "before Now"},
		{"no handler", func() { s.At(5000, 0, 0) }, "event for handler 0, allowed: 1 to 1"},
		{"foreign handler", func() { s.At(5000, 2, 0) }, "event for handler 2, allowed: 1 to 1"},
		{"nil handler", func() { s.Handle(nil) }, "Handle(nil)"},
		{"cancel after it ran", func() { s.Cancel(run) }, "which is not pending"},
		{"cancel twice", func() { s.Cancel(cancelled) }, "which is not pending"},
		{"cancel what never was", func() { s.Cancel(99) }, "which is not pending"},
		{"reset after it ran", func() { s.Reset(run, 4000) }, "Reset of timer 1, which is not pending"},
		{"reset of none", func() { s.Reset(0, 4000) }, "Reset of timer 0, which is not pending"},
		{"reset into the past", func() { s.Reset(reused, 1000) }, "event at 0.000001000, which is before Now, 0.000003000"},
		{"back in time", func() { s.RunUntil(2999) }, "RunUntil(0.000002999), which is before Now, 0.000003000"},
		{"empty range", func() { s.Stream(0).IntN(0) }, "IntN(0), allowed: 1 or more"},
	} {
		if got := fmt.Sprint(caught(test.do)); !strings.Contains(got, test.want) {
			t.Errorf("%s: panic %q, want %q", test.desc, got, test.want)
		}
	}
	s.Cancel(reused)
	s.Cancel(0)
	if s.Pending() != 0 {
		t.Errorf("%d events pending after all were cancelled", s.Pending())
	}
}

// In the steady state nothing is allocated: not by events, not by timers.
func TestNoAllocation(t *testing.T) {
	s := New(1)
	r := s.Stream(1)
	var h Handler
	h = s.Handle(func(arg uint64) {
		put := s.After(time.Second, h, 0)
		s.Reset(put, s.Now()+1)
		s.Cancel(put)
		s.After(time.Duration(r.IntN(100_000)), h, arg)
	})
	for i := range uint64(1000) {
		s.At(0, h, i)
	}
	step := func() { s.Step() }
	if n := testing.AllocsPerRun(10_000, step); n != 0 {
		t.Errorf("%v allocations per event, want none", n)
	}
}

// The slab grows by chunks and is reused as long as an event is pending; with
// the last one its memory goes back.
func TestSlabIsReused(t *testing.T) {
	s := New(1)
	h := s.Handle(func(uint64) {})
	stale := s.At(0, h, 0)
	s.Step()
	last := s.At(1e9, h, 0)
	for range 3 {
		for i := range 3 * chunkLen {
			s.At(s.Now()+Time(i%1000), h, 0)
		}
		s.RunUntil(s.Now() + 1000)
	}
	if got := len(s.queue.chunks); got != 4 { // index 0 is none, so three chunks do not quite hold them
		t.Errorf("%d chunks after 3 × 3 chunks of events, want 4", got)
	}
	s.Run(nil)
	if len(s.queue.chunks) != 0 || s.Bytes() > 20_000 {
		t.Errorf("%d chunks with nothing pending, %d bytes", len(s.queue.chunks), s.Bytes())
	}
	fresh := s.At(2e9, h, 0)
	if fresh == stale || fresh == last {
		t.Error("a timer of the new memory has an old one's name")
	}
	if caught(func() { s.Cancel(last) }) == nil {
		t.Error("a timer that has run can be cancelled")
	}
	s.Cancel(fresh)
}

func ExampleSim() {
	s := New(1)
	var tick Handler
	tick = s.Handle(func(n uint64) {
		fmt.Println(s.Now(), "tick", n)
		if n < 3 {
			s.After(250*time.Microsecond, tick, n+1)
		}
	})
	s.At(0, tick, 1)
	s.Run(nil)
	// Output:
	// 0.000000000 tick 1
	// 0.000250000 tick 2
	// 0.000500000 tick 3
}

// A program that sleeps is a coroutine whose next event resumes it.
func ExampleCoroutine() {
	s := New(1)
	program := NewCoroutine(func(c *Coroutine) {
		fmt.Println(s.Now(), "asleep")
		c.Park()
		fmt.Println(s.Now(), "awake")
	})
	wake := s.Handle(func(uint64) { program.Resume() })
	s.At(0, wake, 0)
	s.At(2000, wake, 0)
	s.Run(nil)
	// Output:
	// 0.000000000 asleep
	// 0.000002000 awake
}
