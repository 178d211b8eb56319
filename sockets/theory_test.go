package sockets

import (
	"encoding/binary"
	"math"
	"testing"
	"time"
)

// TCP held against what is known of it on paper. Each story is one connection
// that sends for as long as it is let, and each says how far off it may be; -v
// prints the figures of doc.go's table. SOCKETBOOK_THEORY=1 adds the long runs.

// transfer is one long transfer from the client to the server.
type transfer struct {
	*story
	link     *Link
	fd, peer int // the client's descriptor, the server's
	got      int // bytes that the server's program has read
}

// transferOptions are how it is sent.
type transferOptions struct {
	seed       uint64
	wire       LinkOptions
	mss        int
	congestion string
	window     int   // the receive buffer in bytes, no tuning; 0: more than is ever used
	everyACK   bool  // each segment is acknowledged by itself
	plain      bool  // without SACK: NewReno, RFC 6582
	lose       []int // frames of the client that are lost, from the first data on
}

const plenty = 1 << 24 // bytes: a buffer that no test fills

func newTransfer(t *testing.T, o transferOptions) *transfer {
	t.Helper()
	if o.window == 0 {
		o.window = plenty
	}
	// No moderation, no batches: an ACK is about one frame.
	l := Limits{Rmem: o.window, Wmem: plenty, MSS: o.mss, RxUsecs: -1, RxRing: maxRing}
	o.wire.Queue = maxQueue
	f := &transfer{story: &story{T: t, net: NewNetwork(Seed(o.seed))}}
	t.Cleanup(f.net.Close)
	f.server, f.client = f.net.NewHost("server", l), f.net.NewHost("client", l)
	// Only data is lost; the paper knows no lost ACKs.
	back := o.wire
	back.Loss = 0
	f.link = f.net.NewAsymmetricLink(f.client, f.server, o.wire, back)
	if o.plain {
		f.ok(f.client.SetSysctl("net.ipv4.tcp_sack", "0"), "sysctl")
	}
	buf := func(n int) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(n)) }
	f.server.Spawn("server", func(p *Process) {
		fd, _ := p.Socket(AF_INET, SOCK_STREAM, 0)
		p.Setsockopt(fd, SOL_SOCKET, SO_RCVBUF, buf(o.window), 4)
		p.Bind(fd, Any(80))
		p.Listen(fd, 5)
		f.peer, _, _ = p.Accept4(fd, 0)
		f.s = p
		for b := make([]byte, 1<<16); ; {
			n, err := p.Read(f.peer, b)
			if n <= 0 || err != nil {
				return
			}
			if f.got += n; o.everyACK {
				p.Setsockopt(f.peer, IPPROTO_TCP, TCP_QUICKACK, buf(1), 4)
			}
		}
	})
	f.client.Spawn("client", func(p *Process) {
		p.Sleep(time.Millisecond)
		f.fd, _ = p.Socket(AF_INET, SOCK_STREAM, 0)
		if o.congestion != "" {
			p.Setsockopt(f.fd, IPPROTO_TCP, TCP_CONGESTION, []byte(o.congestion), len(o.congestion))
		}
		f.ok(p.Connect(f.fd, f.server.Addr(80)), "connect")
		f.c = p
		f.link.Lose(f.client, o.lose...)
		for b := make([]byte, 1<<16); ; {
			if _, err := p.Write(f.fd, b); err != nil {
				return
			}
		}
	})
	return f
}

// rate is the goodput in bytes a second over a time, after a time that does
// not count.
func (f *transfer) rate(warm, over time.Duration) float64 {
	f.Helper()
	f.net.RunFor(warm)
	before := f.got
	f.net.RunFor(over)
	return float64(f.got-before) / over.Seconds()
}

// cc is the sender's traffic: its windows.
func (f *transfer) cc() *traffic { return f.client.traffic.at(f.c.sock(f.fd).traffic) }

// within reports whether got is want, give or take a share.
func within(got, want, share float64) bool { return math.Abs(got-want) <= share*want }

// Throughput is the smaller of what the wire carries and a window for each
// round trip (RFC 7323 §1.1). Nothing here is random; the tolerance, 2 %, is for
// windows that are no whole number of segments.
func TestThroughputIsRateOrWindowPerRoundTrip(t *testing.T) {
	const mss, frame = 1448.0, 1448 + 32 + 20 + 14 + wireOverhead // timestamps, IP, Ethernet
	for _, c := range []struct {
		window int // bytes under way
		delay  time.Duration
		rate   int64
	}{
		{16 << 10, 5 * time.Millisecond, 1e9},
		{64 << 10, 5 * time.Millisecond, 1e9},
		{64 << 10, 40 * time.Millisecond, 1e9},
		{256 << 10, 40 * time.Millisecond, 1e9},
		{1 << 20, 10 * time.Millisecond, 1e9},
		{64 << 10, 5 * time.Millisecond, 10e6},
		{256 << 10, 40 * time.Millisecond, 10e6},
		{1 << 20, 10 * time.Millisecond, 100e6},
	} {
		f := newTransfer(t, transferOptions{seed: 1, wire: LinkOptions{Delay: c.delay, Rate: c.rate}, window: c.window})
		got := f.rate(40*c.delay, 200*c.delay)
		rtt := (2 * c.delay).Seconds() + frame*8/float64(c.rate)
		want := min(float64(c.window)/rtt, float64(c.rate)/8*mss/frame)
		t.Logf("%8d B %4d ms %5d Mbit/s: theory %9.0f B/s, simulated %9.0f (%+.1f %%)", c.window, c.delay/1e6*2, c.rate/1e6, want, got, 100*(got/want-1))
		if !within(got, want, 0.02) {
			t.Errorf("a window of %d bytes at %v and %d bit/s gives %.0f B/s, theory says %.0f, give or take 2 %%", c.window, 2*c.delay, c.rate, got, want)
		}
	}
}

// Slow start doubles the window each round trip (RFC 5681 §3.1): 10·2^k after k
// of them. RFC 5681 alone would have 10·1.5^k where every second segment is
// acknowledged; Linux counts what an ACK acknowledges, not ACKs (RFC 3465
// without its limit, tcp_slow_start), so it doubles there, too. Exact where each
// segment is acknowledged; else the last odd one of a flight waits for its ACK,
// and 2 % are missing after seven round trips.
func TestSlowStartDoublesEachRoundTrip(t *testing.T) {
	for _, every := range []bool{true, false} {
		f := newTransfer(t, transferOptions{wire: LinkOptions{Delay: 50 * time.Millisecond, Rate: 10e9}, mss: 512, everyACK: every})
		f.net.RunFor(151 * time.Millisecond) // the handshake, and half of the first flight's round trip
		for k := range 8 {
			got, want := float64(f.cc().cwnd), float64(int(initialWindow)<<k)
			if every && got != want || !within(got, want, 0.02) {
				t.Errorf("after %d round trips cwnd is %.0f, theory says %.0f (each segment acknowledged: %v)", k, got, want, every)
			}
			f.net.RunFor(100 * time.Millisecond)
		}
		t.Logf("7 round trips, each segment acknowledged %v: theory 1280, simulated %d", every, f.cc().cwnd/2)
	}
}

// Slow start ends where something ends it. HyStart's ACK train: when the ACKs of
// one round come for half a round trip, the wire is full. At 100 Mbit/s and
// 100 ms that is 50 ms of ACKs, 123 µs apart: 406 of them, in the first round
// that has as many, that of 640: at a window of 1046. Tolerance: 2 %, a train
// begins and ends with an ACK.
func TestSlowStartEndsAtHalfARoundTripOfACKs(t *testing.T) {
	const gap = (1448 + 32 + 20 + 14 + wireOverhead) * 8 / 100e6
	f := newTransfer(t, transferOptions{wire: LinkOptions{Delay: 50 * time.Millisecond, Rate: 100e6}, everyACK: true})
	f.net.RunFor(2 * time.Second)
	round := float64(initialWindow)
	for round*gap < 0.050 {
		round *= 2
	}
	got, want := float64(f.client.stats.TCPHystartTrainCwnd), round+0.050/gap
	t.Logf("HyStart: theory %.0f, simulated %.0f", want, got)
	if f.client.stats.TCPHystartTrainDetect != 1 || !within(got, want, 0.02) {
		t.Errorf("HyStart must end slow start at a window of %.0f, give or take 2 %%, it did at %.0f", want, got)
	}
}

// RFC 6298 §5: with one round trip of R measured the RTO is R + 4·R/2, and each
// timeout doubles it (§5.5), up to two minutes (TCP_RTO_MAX). To the step of the
// clock here, 1 ms.
func TestRetransmissionsBackOff(t *testing.T) {
	f := newTransfer(t, transferOptions{wire: LinkOptions{Delay: 50 * time.Millisecond, Rate: 10e9}, lose: count(100)})
	f.ok(f.client.SetSysctl("net.ipv4.tcp_early_retrans", "0"), "sysctl")
	f.net.RunFor(102 * time.Millisecond) // the first flight is out, and lost
	at, r := f.now()-time.Millisecond, 100*time.Millisecond
	rto := r + 4*(r/2)
	for k := range 12 {
		was := f.client.stats.RetransSegs
		for f.client.stats.RetransSegs == was && f.now()-at < 5*time.Minute {
			f.net.RunFor(time.Millisecond)
		}
		if got := f.now() - at; (got - rto).Abs() > 2*time.Millisecond {
			t.Errorf("retransmission %d must come after %v, it came after %v", k+1, rto, got)
		}
		at, rto = f.now(), min(2*rto, 2*time.Minute)
	}
}

// The SYN's first RTO is 1 s (RFC 6298 §2.1), and doubles with each: 1, 3, 7,
// 15, 31, 63, and ETIMEDOUT at 127 s with tcp_syn_retries 6. Linux 6.5 and later
// begin with four that do not double (tcp_syn_linear_timeouts): that is
// TestConnectTimesOut.
func TestSYNBacksOff(t *testing.T) {
	st := lanStory(t)
	st.ok(st.client.SetSysctl("net.ipv4.tcp_syn_linear_timeouts", "0"), "sysctl")
	st.listen(80, 0)
	st.connect(80) // the accept queue is full: every other SYN is dropped
	c, start := st.nonblocking(st.c), st.now()
	st.errno(st.c.Connect(c, st.server.Addr(80)), EINPROGRESS, "connect")
	for _, want := range []time.Duration{1, 3, 7, 15, 31, 63} {
		was := st.client.stats.TCPSynRetrans
		for st.client.stats.TCPSynRetrans == was && st.now()-start < 5*time.Minute {
			st.net.RunFor(time.Millisecond)
		}
		st.wantTook(start, want*time.Second, time.Millisecond, "the SYN again")
	}
	for st.c.state(c) == SynSent {
		st.net.RunFor(time.Millisecond)
	}
	st.wantTook(start, 127*time.Second, time.Millisecond, "giving up")
}

// count is 1 to n.
func count(n int) []int {
	k := make([]int, n)
	for i := range k {
		k[i] = i + 1
	}
	return k
}
