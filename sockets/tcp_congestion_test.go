package sockets

import (
	"math"
	"testing"
	"time"
)

// bulkStory is a story on a path of 100 ms with a sender that always has more, and a
// reader that takes all.
func bulkStory(t *testing.T, o LinkOptions, cc string) (st *story, c *sock) {
	o.Delay = 50 * time.Millisecond
	st = newStory(t, Limits{Rmem: 8 << 20, Wmem: 8 << 20}, o)
	st.ok(st.client.SetSysctl("net.ipv4.tcp_congestion_control", cc), cc)
	l := st.listen(80, 5)
	fd := st.socket(st.c)
	st.ok(st.c.Connect(fd, st.server.Addr(80)), "connect")
	st.net.RunFor(200 * time.Millisecond)
	s := st.accept(l)
	st.server.Spawn("reader", func(p *Process) {
		for buf := make([]byte, 1<<20); ; {
			if n, err := st.s.Read(s, buf); n == 0 || err != nil {
				return
			}
		}
	})
	st.client.Spawn("writer", func(p *Process) {
		for data := make([]byte, 1<<20); ; {
			if _, err := st.c.Write(fd, data); err != nil {
				return
			}
		}
	})
	return st, st.c.sock(fd)
}

// Slow start: ten segments first, and twice as many in each round trip (RFC
// 6928 §2, RFC 5681 §3.1).
func TestSlowStartDoubles(t *testing.T) {
	st, c := bulkStory(t, LinkOptions{}, "reno")
	st.net.RunFor(50 * time.Millisecond)
	for round, want := 0, 10; round < 5; round, want = round+1, 2*want {
		if got := st.client.tcpInfo(c).Cwnd; got != want {
			t.Errorf("in round trip %d the window is %d segments, not %d", round, got, want)
		}
		st.net.RunFor(100 * time.Millisecond)
	}
	st.audit()
}

// A loss halves the window with Reno (RFC 5681 §3.1, equation 4), and leaves 0.7
// of it with CUBIC (RFC 9438 §4.6). One segment is sent again, and no timeout
// is needed.
func TestOneLoss(t *testing.T) {
	for cc, share := range map[string]float64{"reno": 0.5, "cubic": 0.7} {
		st, c := bulkStory(t, LinkOptions{}, cc)
		st.net.RunFor(470 * time.Millisecond)
		before := st.client.tcpInfo(c).Cwnd
		st.ok(st.net.links[0].Lose(st.client, 1), "a loss")
		st.net.RunUntil(func() bool { return st.client.stats.TCPSackRecovery == 1 })
		at := st.client.tcpInfo(c)
		if want := float64(st.client.traffic.at(c.traffic).priorCwnd) * share; math.Abs(float64(at.Ssthresh)-want) > 1 || before < 10 {
			t.Errorf("%s: ssthresh is %d after a loss at a window of %d, not %.0f", cc, at.Ssthresh, st.client.traffic.at(c.traffic).priorCwnd, want)
		}
		st.net.RunFor(time.Second)
		if s := st.client.stats; s.TCPTimeouts != 0 || s.RetransSegs == 0 || s.TCPFastRetrans != s.RetransSegs {
			t.Errorf("%s: what was lost is sent again at once: %+v", cc, s.LossStats)
		}
		st.audit()
	}
}

// CUBIC's curve in integers is RFC 9438's in real numbers: W(t) = C(t-K)³ + Wmax
// with K = ∛(Wmax (1-β)/C), C = 0.4 (§4.2).
func TestCubicCurve(t *testing.T) {
	for _, top := range []uint32{100, 1000, 10_000} {
		c := cubic{lastMax: top, delayMin: 1}
		cwnd := top * cubicBeta / 1024
		start := cwnd
		k := math.Cbrt(float64(top-cwnd) / 0.4)
		count, now := uint32(0), uint32(1_000_000)
		for ms := uint32(0); ms < uint32(2*k*1000); ms += 10 {
			// Ten ACKs of a window's tenth each: a round trip of 100 ms.
			per := c.update(cwnd, max(1, cwnd/10), now+ms)
			if count >= per { // what was saved up at a slower pace (tcp_cong_avoid_ai)
				count, cwnd = 0, cwnd+1
			}
			if count += max(1, cwnd/10); count >= per {
				cwnd += count / per
				count %= per
			}
			want := 0.4*math.Pow(float64(ms)/1000-k, 3) + float64(top)
			if ms > 1000 && float64(ms) < 1000*(2*k-1) && math.Abs(float64(cwnd)-want) > 0.05*float64(top)+4 {
				t.Fatalf("Wmax %d, from %d: at %d ms the window is %d, RFC 9438 has %.0f", top, start, ms, cwnd, want)
			}
		}
	}
	for _, a := range []uint64{0, 1, 7, 8, 26, 27, 1 << 30, 1<<60 - 1} {
		if r := uint64(cubeRoot(a)); r*r*r > a || (r+1)*(r+1)*(r+1) <= a {
			t.Errorf("the cube root of %d is not %d", a, r)
		}
	}
}

// Reno over random loss: the window is about sqrt(3/2p) segments, with an ACK
// for every segment in recovery and every second otherwise (Mathis et al. 1997;
// RFC 3448 §3.1). Within a third, for the model leaves timeouts out.
func TestRenoSquareRoot(t *testing.T) {
	for _, p := range []float64{0.001, 0.01, 0.03} {
		st, _ := bulkStory(t, LinkOptions{Loss: p}, "reno")
		st.net.RunFor(20 * time.Second)
		before := st.server.stats.RxPackets
		const span = 200
		st.net.RunFor(span * time.Second)
		got := float64(st.server.stats.RxPackets-before) / span * 0.1 // segments a round trip
		want := math.Sqrt(1.5 / p)
		t.Logf("loss %.1f %%: %.1f segments a round trip, the law has %.1f", 100*p, got, want)
		if got < want*0.67 || got > want*1.33 {
			t.Errorf("loss %.1f %%: %.1f segments a round trip, and not about %.1f", 100*p, got, want)
		}
	}
}

// After a pause the window begins anew, half for each timeout that nothing was
// sent and never below the initial one, unless tcp_slow_start_after_idle is 0.
func TestWindowAfterAnIdleTime(t *testing.T) {
	for _, c := range []struct {
		setting string
		want    func(before, after int) bool
		says    string
	}{
		{"1", func(_, after int) bool { return after == initialWindow }, "is the initial one again"},
		{"0", func(before, after int) bool { return after == before }, "stays"},
	} {
		st := newStory(t, Limits{Rmem: 8 << 20, Wmem: 8 << 20}, LinkOptions{Delay: 50 * time.Millisecond})
		st.ok(st.client.SetSysctl("net.ipv4.tcp_slow_start_after_idle", c.setting), "tcp_slow_start_after_idle")
		l := st.listen(80, 5)
		fd := st.socket(st.c)
		st.ok(st.c.Connect(fd, st.server.Addr(80)), "connect")
		st.net.RunFor(200 * time.Millisecond)
		s := st.accept(l)
		burst := func() {
			st.write(st.c, fd, string(make([]byte, 300_000)))
			st.net.RunFor(time.Second)
			if n, err := st.s.Read(s, make([]byte, 1<<20)); n != 300_000 {
				t.Fatalf("all of the burst arrives within a second, but %d bytes did: %v", n, err)
			}
		}
		burst()
		before := st.client.tcpInfo(st.c.sock(fd)).Cwnd
		if before < 4*initialWindow {
			t.Fatalf("a burst of 300 kB opens the window, it is %d", before)
		}
		st.net.RunFor(10 * time.Second)
		st.write(st.c, fd, "after the pause")
		if after := st.client.tcpInfo(st.c.sock(fd)).Cwnd; !c.want(before, after) {
			t.Errorf("with tcp_slow_start_after_idle %s the window of %d %s after a pause, but it is %d", c.setting, before, c.says, after)
		}
		st.audit()
	}
}

// Slow start ends at ssthresh, also in the middle of an ACK: what is left of it
// counts for the next segment (RFC 5681 §3.1; tcp_slow_start).
func TestSlowStartEndsAtTheThreshold(t *testing.T) {
	st, c := bulkStory(t, LinkOptions{}, "reno")
	q := st.client.busy(c)
	q.cwnd, q.ssthresh, q.cwndLimited, q.cwndCount = 10, 13, true, 0
	st.client.grow(c, q, 8)
	if q.cwnd != 13 || q.cwndCount != 5 {
		t.Errorf("with ssthresh 13 an ACK of 8 segments opens a window of 10 to 13, and 5 count for the next: got %d and %d", q.cwnd, q.cwndCount)
	}
	st.client.grow(c, q, 8)
	if q.cwnd != 14 || q.cwndCount != 0 {
		t.Errorf("8 more make 13, one segment of Reno's: got a window of %d and %d that count", q.cwnd, q.cwndCount)
	}
}
