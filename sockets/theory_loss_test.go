package sockets

import (
	"math"
	"os"
	"slices"
	"testing"
	"time"
)

// Congestion control under loss, held against its formulas. A window is
// measured as what is delivered in a round trip.

// batches is the mean of many measurements, and its standard error: the
// batch-means method, with batches of some twenty losses each, so that they are
// nearly independent.
func batches(n int, measure func() float64) (mean, err float64) {
	var x []float64
	for range n {
		x = append(x, measure())
		mean += x[len(x)-1] / float64(n)
	}
	for _, v := range x {
		err += (v - mean) * (v - mean) / float64(n-1)
	}
	return mean, math.Sqrt(err / float64(n))
}

// padhye is the mean window of Padhye, Firoiu, Towsley and Kurose, "Modeling TCP
// Throughput" (SIGCOMM 1998), equation 30, less the window's bound; b segments
// for an ACK, rto in round trips.
func padhye(p, b, rto float64) float64 {
	return 1 / (math.Sqrt(2*b*p/3) + rto*min(1, 3*math.Sqrt(3*b*p/8))*p*(1+32*p*p))
}

// Reno against the square-root law (Mathis, Semke, Mahdavi and Ott, "The
// Macroscopic Behavior of the TCP Congestion Avoidance Algorithm", 1997): the
// mean window is sqrt(3/2)/sqrt(p). Losses are independent here, not periodic,
// for which the constant is 1.31 rather than 1.22 (Ott, Kemperman and Mathis
// 1996), 7 % more; and a small window loses a little at each halving, for it is
// a whole number and one round trip goes by in recovery. So the band is
// +12 % to -8 % up to 0.3 % of loss, ±12 % at 1 %, and -20 % to 0 at 3 %, plus
// three standard errors, none of which may be above 4 %.
//
// Acknowledging every second segment only, as receivers do, makes no difference
// to Linux: it counts segments, not ACKs (tcp_cong_avoid_ai). A sender that
// counts ACKs would have sqrt(3/4), 0.71 of this.
func TestRenoFollowsTheSquareRootLaw(t *testing.T) {
	const mss, rtt = 500, 100 * time.Millisecond
	n := 12
	if os.Getenv("SOCKETBOOK_THEORY") != "" {
		n = 120
	}
	for _, every := range []bool{true, false} {
		for _, c := range []struct{ p, low, high float64 }{{0.001, 0.92, 1.12}, {0.003, 0.92, 1.12}, {0.01, 0.88, 1.12}, {0.03, 0.80, 1}} {
			f := newTransfer(t, transferOptions{seed: 11, wire: LinkOptions{Delay: rtt / 2, Rate: 10e9, Loss: c.p}, mss: mss + 12, congestion: "reno", everyACK: every})
			f.net.RunFor(20 * time.Second)
			want := math.Sqrt(1.5 / c.p)
			// 20 losses a batch: 20/p segments, want of them in a round trip.
			over := time.Duration(20 / c.p / want * float64(rtt))
			got, err := batches(n, func() float64 { return f.rate(0, over) * rtt.Seconds() / mss })
			ratio, err := got/want, err/want
			t.Logf("Reno, p %.1f %%, each segment acknowledged %-5v: theory %5.2f, Padhye %5.2f, simulated %5.2f ±%.2f, ratio %.3f, %d recoveries, %d timeouts", 100*c.p, every, want, padhye(c.p, 1, 3), got, err*want, ratio, f.client.stats.TCPSackRecovery, f.client.stats.TCPTimeouts)
			if err > 0.04 || ratio < c.low-3*err || ratio > c.high+3*err {
				t.Errorf("at a loss of %.1f %% the mean window is %.2f ± %.2f, theory says %.2f, and %.2f to %.2f of it is allowed", 100*c.p, got, err*want, want, c.low, c.high)
			}
		}
	}
}

// Timeouts bend the law downwards, and Padhye's model has them. It knows no SACK:
// NewReno follows it from 1 to 6 % of loss within 15 % and three standard errors
// of 4 % at most. The model takes all that follows a loss in its round for lost
// as well, so it errs to the low side (at 10 % we send 1.4 times as much). With
// SACK, RACK and the tail loss probe fewer than a fifth of the timeouts are left,
// and the rate stays nearer to the square-root law.
func TestTimeoutsBendTheLawAsPadhyeSays(t *testing.T) {
	const mss, rtt = 500, 100 * time.Millisecond
	for _, p := range []float64{0.01, 0.03, 0.06} {
		var timeouts [2]uint64
		for k, plain := range []bool{true, false} {
			f := newTransfer(t, transferOptions{seed: 11, wire: LinkOptions{Delay: rtt / 2, Rate: 10e9, Loss: p}, mss: mss + 12, congestion: "reno", everyACK: true, plain: plain})
			f.net.RunFor(20 * time.Second)
			want := padhye(p, 1, 3) // R + 4·50 ms at least: 300 ms
			over := time.Duration(20 / p / want * float64(rtt))
			got, err := batches(60, func() float64 { return f.rate(0, over) * rtt.Seconds() / mss })
			timeouts[k] = f.client.stats.TCPTimeouts
			t.Logf("Reno, p %.0f %%, without SACK %-5v: Mathis %5.2f, Padhye %5.2f, simulated %5.2f ±%.2f, %d timeouts", 100*p, plain, math.Sqrt(1.5/p), want, got, err, timeouts[k])
			if plain && (err > 0.04*want || math.Abs(got-want) > 0.15*want+3*err) {
				t.Errorf("NewReno's mean window at a loss of %.0f %% is %.2f ± %.2f, Padhye says %.2f", 100*p, got, err, want)
			}
		}
		if timeouts[0] == 0 || timeouts[1]*5 > timeouts[0] {
			t.Errorf("at a loss of %.0f %% NewReno has %d timeouts, and with SACK there are %d, not a fifth", 100*p, timeouts[0], timeouts[1])
		}
	}
}

// CUBIC against tables 1 and 2 of RFC 9438 §5.1, which come of losing one
// segment of every 1/p: the larger of Reno's sqrt(3/2)/sqrt(p) and
// (C·3.7/1.2)^¼ · (RTT/p)^¾ (equation 6). Nothing is random. The curve is flat
// where the next loss comes, so a cycle remembers for dozens of others where it
// began: the first loss is put at the window that theory ends at, and there it
// has to stay. A small window is off for three reasons that the table leaves
// out: a round trip in recovery, whole segments, and Linux's looking at its
// curve every 31 ms at most if the window has not grown (bictcp_update), which
// at 10 ms is three round trips.
func TestCubicFollowsRFC9438(t *testing.T) {
	const mss = 500
	cases := []struct {
		p         float64
		rtt       time.Duration
		table     float64
		tolerance float64
	}{
		{1e-2, 100 * time.Millisecond, 12, 0.12},
		{1e-3, 100 * time.Millisecond, 38, 0.06},
		{1e-4, 100 * time.Millisecond, 187, 0.04},
		{1e-2, 10 * time.Millisecond, 12, 0.30},
		{1e-3, 10 * time.Millisecond, 38, 0.08},
		{1e-4, 10 * time.Millisecond, 120, 0.04},
	}
	cycles := 12
	if os.Getenv("SOCKETBOOK_THEORY") != "" {
		cases = append(cases, slices.Repeat(cases[:1], 2)...)
		cases[6].p, cases[6].table, cases[6].tolerance = 1e-5, 1054, 0.02
		cases[7].p, cases[7].table, cases[7].tolerance, cases[7].rtt = 1e-5, 379, 0.03, 10*time.Millisecond
	}
	for _, c := range cases {
		n := int(1 / c.p)
		lose := []int{max(1, int(c.table/0.925)-9)} // the mean is (3+β)/4 of W_max; slow start adds nine till it notices
		for k := range cycles + 1 {
			lose = append(lose, lose[k]+n)
		}
		f := newTransfer(t, transferOptions{wire: LinkOptions{Delay: c.rtt / 2, Rate: 10e9}, mss: mss + 12, everyACK: true, lose: lose})
		reach := func(frames int) (time.Duration, int) {
			for f.client.stats.OutSegs < uint64(frames) {
				f.net.RunFor(c.rtt / 20)
			}
			return f.now(), f.got
		}
		t0, g0 := reach(lose[2])
		t1, g1 := reach(lose[cycles])
		got := float64(g1-g0) / mss * c.rtt.Seconds() / (t1 - t0).Seconds()
		t.Logf("CUBIC, p %.0e, %3d ms: table %4.0f, simulated %6.1f (%+.0f %%)", c.p, c.rtt/1e6, c.table, got, 100*(got/c.table-1))
		if !within(got, c.table, c.tolerance) || f.client.stats.TCPTimeouts != 0 {
			t.Errorf("with a loss in %d segments at %v CUBIC's mean window is %.1f, RFC 9438 says %.0f, give or take %.0f %%; %d timeouts", n, c.rtt, got, c.table, 100*c.tolerance, f.client.stats.TCPTimeouts)
		}
	}
}

// CUBIC's curve after a loss at W_max (RFC 9438 §4.2): W(t) = C(t-K)³ + W_max
// with K = ∛(W_max·0.3/C), so 0.7 W_max at first and W_max again after K. The
// window lags the curve by one round trip, and Linux looks one ahead
// (bictcp_update): 1 % of W_max and one segment, concave and convex.
func TestCubicCurveAfterALoss(t *testing.T) {
	for _, first := range []int{300, 1000} {
		f := newTransfer(t, transferOptions{wire: LinkOptions{Delay: 50 * time.Millisecond, Rate: 10e9}, mss: 512, lose: []int{first}})
		for f.c == nil || f.cc().ca != caRecovery {
			f.net.RunFor(time.Millisecond)
		}
		wmax := float64(f.cc().priorCwnd)
		for f.cc().ca == caRecovery {
			f.net.RunFor(time.Millisecond)
		}
		k := math.Cbrt(wmax * 0.3 / 0.4)
		start := f.now()
		for at := 0.0; at < 1.5*k; at = (f.now() - start).Seconds() {
			got, want := float64(f.cc().cwnd), 0.4*math.Pow(at-k, 3)+wmax
			if math.Abs(got-want) > 0.01*wmax+1 {
				t.Errorf("%.1f s after a loss at %.0f cwnd is %.0f, the curve says %.1f", at, wmax, got, want)
			}
			f.net.RunFor(100 * time.Millisecond)
		}
		t.Logf("CUBIC's curve, W_max %.0f, K %.2f s: followed to %.2f s, cwnd %d", wmax, k, 1.5*k, f.cc().cwnd)
	}
}
