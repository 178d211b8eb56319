package sockets

import (
	"math"
	"testing"
	"time"

	"socketbook/sockets/sim"
)

// A wire with Poisson arrivals is a queue that theory knows.

// poisson sends n frames with exponential gaps, of a length that size draws,
// over a wire of 8 Mbit/s: a byte a microsecond. It tells how long each frame
// that was taken waited for the wire, in microseconds, and how many were
// refused.
func poisson(t *testing.T, queue, n int, meanGap float64, size func(*sim.Stream) int) (wait float64, refused int) {
	t.Helper()
	st := newStory(t, Limits{}, LinkOptions{Rate: 8_000_000, Queue: queue})
	c, random := st.client.nics[0], st.net.sim.Stream(7)
	st.server.nics[0].limit = 0
	now, taken := 0.0, 0
	for range n {
		now += random.Exp() * meanGap * 1000
		st.net.sim.RunUntil(sim.Time(now))
		k := size(random)
		before := c.tx.free
		was := st.client.stats.TxDropped
		c.transmit(st.net.frames.alloc(k), k)
		if st.client.stats.TxDropped != was {
			refused++
			continue
		}
		taken++
		wait += float64(max(0, before-st.net.Now())) / 1000
	}
	return wait / float64(taken), refused
}

// M/D/1: frames of one length, arrivals at a load of ρ. The mean wait is
// ρ / (2 (1-ρ)) times the service time (Pollaczek and Khinchine).
func TestWireIsMD1(t *testing.T) {
	const service = 1000.0 // microseconds, 976 bytes and what Ethernet adds
	for _, load := range []float64{0.3, 0.6, 0.8} {
		got, refused := poisson(t, maxQueue, 200_000, service/load, func(*sim.Stream) int { return 1000 - wireOverhead })
		want := load / (2 * (1 - load)) * service
		t.Logf("M/D/1 at %.1f: theory %.0f µs, simulated %.0f", load, want, got)
		if refused != 0 || math.Abs(got-want) > 0.04*want {
			t.Errorf("at a load of %.1f the mean wait is %.0f µs, theory says %.0f, give or take 4 %%", load, got, want)
		}
	}
}

// M/M/1/K: exponential lengths, room for K frames with the one on the wire. The
// share of frames refused is (1-ρ) ρᴷ / (1-ρᴷ⁺¹).
func TestWireIsMM1K(t *testing.T) {
	const mean, n = 4000.0, 200_000
	for _, c := range []struct {
		load float64
		k    int
	}{{0.5, 3}, {0.8, 5}, {1.2, 5}} {
		_, refused := poisson(t, c.k-1, n, mean/c.load, func(r *sim.Stream) int {
			return min(max(1, int(r.Exp()*mean)-wireOverhead), 65_000)
		})
		got := float64(refused) / n
		want := (1 - c.load) * math.Pow(c.load, float64(c.k)) / (1 - math.Pow(c.load, float64(c.k+1)))
		t.Logf("M/M/1/%d at %.1f: theory %.4f refused, simulated %.4f", c.k, c.load, want, got)
		if math.Abs(got-want) > 0.04*want {
			t.Errorf("at a load of %.1f with room for %d, %.4f of the frames are refused, theory says %.4f, give or take 4 %%", c.load, c.k, got, want)
		}
	}
}

// Moderation: an interrupt comes rx-usecs after the first frame, or at the
// rx-frames'th; while the ring is polled there is none; then it is armed again.
func TestInterruptModeration(t *testing.T) {
	interrupts := func(l Limits, gap time.Duration, n int) uint64 {
		st := newStory(t, l, LAN)
		st.flood(9, 1e9/float64(gap), 1, time.Duration(n)*gap-1)
		st.settle()
		if st.server.stats.RxPackets != uint64(n) {
			t.Fatalf("%d frames were to come, %d did", n, st.server.stats.RxPackets)
		}
		st.audit()
		return st.server.stats.Interrupts
	}
	for _, c := range []struct {
		why  string
		l    Limits
		gap  time.Duration
		n    int
		want uint64
	}{
		{"far apart each frame interrupts, 16 µs late", Limits{}, 100 * time.Microsecond, 50, 50},
		{"close together the 32nd does", Limits{}, 10 * time.Nanosecond, 320, 10},
		{"in between the clock does: 16 frames in 16 µs", Limits{}, time.Microsecond, 160, 10},
		{"without moderation each does", Limits{RxUsecs: -1}, time.Microsecond, 100, 100},
		{"rx-frames 1 is the same", Limits{RxFrames: 1}, time.Microsecond, 100, 100},
		{"a busy CPU polls, and is not interrupted again", Limits{Costs: Costs{Driver: 2 * time.Microsecond}, RxUsecs: -1}, time.Microsecond, 500, 1},
	} {
		if got := interrupts(c.l, c.gap, c.n); got != c.want {
			t.Errorf("%s: want %d interrupts, got %d", c.why, c.want, got)
		}
	}
}
