package sim

import (
	"fmt"
	"testing"
)

// The hold model: a fixed number of events is pending; each one that runs
// schedules its successor. One operation is a pop and a push.
// BenchmarkHold says what the queue costs at a given size. The distances are
// exponential, as with independent sources, and so long that an event falls on
// each microsecond; drawn with seed 1.
func BenchmarkHold(b *testing.B) {
	for _, pending := range []int{1, 10, 1_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(pending), func(b *testing.B) {
			mean := float64(pending) * 1000 // ns
			r := NewStream(1, 0)
			gaps := make([]Time, 1<<16) // drawn beforehand, not to measure Exp
			for i := range gaps {
				gaps[i] = Time(r.Exp() * mean)
			}
			s := New(1)
			var h Handler
			h = s.Handle(func(arg uint64) { s.At(s.Now()+gaps[arg%(1<<16)], h, arg+1) })
			for i := range pending {
				s.At(gaps[i%len(gaps)], h, uint64(i))
			}
			for range 4 * pending { // into the steady state
				s.Step()
			}
			b.ReportAllocs()
			for b.Loop() {
				s.Step()
			}
			b.ReportMetric(1e9/nsPerOp(b), "events/s")
		})
	}
}

// BenchmarkChain is one event after another at a fixed distance: the loop
// itself and the call of the handler.
func BenchmarkChain(b *testing.B) {
	s := New(1)
	left := 0
	var h Handler
	h = s.Handle(func(arg uint64) {
		if left--; left > 0 {
			s.After(1000, h, arg)
		}
	})
	b.ReportAllocs()
	for b.Loop() {
		left = 1000
		s.After(1000, h, 0)
		s.Run(nil)
	}
	b.ReportMetric(1000e9/nsPerOp(b), "events/s")
}

// BenchmarkTimeout arms a timer and cancels it, with others pending: what most
// timers of a network come to.
func BenchmarkTimeout(b *testing.B) {
	s := New(1)
	h := s.Handle(func(uint64) {})
	for i := range 1000 {
		s.At(Time(i)*1e6, h, 0)
	}
	b.ReportAllocs()
	for b.Loop() {
		s.Cancel(s.After(200e6, h, 0))
	}
}

// BenchmarkReset puts a timer off instead.
func BenchmarkReset(b *testing.B) {
	s := New(1)
	h := s.Handle(func(uint64) {})
	for i := range 1000 {
		s.At(Time(i)*1e6, h, 0)
	}
	timer := s.At(0, h, 0)
	for i := Time(0); b.Loop(); i++ {
		s.Reset(timer, 200e6+i%1e6)
	}
}

// BenchmarkResume is one switch to a coroutine and back.
func BenchmarkResume(b *testing.B) {
	c := NewCoroutine(func(c *Coroutine) {
		for {
			c.Park()
		}
	})
	defer c.Stop()
	b.ReportAllocs()
	for b.Loop() {
		c.Resume()
	}
	b.ReportMetric(1e9/nsPerOp(b), "resumes/s")
}

func BenchmarkStream(b *testing.B) {
	r := NewStream(1, 0)
	b.Run("Uint64", func(b *testing.B) {
		for b.Loop() {
			r.Uint64()
		}
	})
	b.Run("IntN", func(b *testing.B) {
		for b.Loop() {
			r.IntN(1000)
		}
	})
	b.Run("Exp", func(b *testing.B) {
		for b.Loop() {
			r.Exp()
		}
	})
	b.Run("Normal", func(b *testing.B) {
		for b.Loop() {
			r.Normal()
		}
	})
}

func nsPerOp(b *testing.B) float64 { return float64(b.Elapsed().Nanoseconds()) / float64(b.N) }
