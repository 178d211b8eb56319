package sockets

import (
	"hash/crc32"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"socketbook/sockets/sim"
)

// volley sends n frames over a wire. The far card has no room for any, so
// nothing above it answers.
func volley(t *testing.T, o LinkOptions, seed uint64, n int) *story {
	t.Helper()
	st := newStory(t, Limits{}, o, Seed(seed))
	c := st.client.nics[0]
	st.server.nics[0].limit = 0
	for k := range n {
		c.transmit(st.net.frames.alloc(60+k%100), 60+k%100)
		st.net.RunFor(time.Microsecond)
	}
	st.ok(st.net.Run(), "the frames' way")
	return st
}

func TestLinkSharesAreKept(t *testing.T) {
	const n = 40_000
	for name, c := range map[string]struct {
		o    LinkOptions
		got  func(LinkStats, Stats) uint64
		want float64
	}{
		"loss":       {LinkOptions{Loss: 0.3}, func(l LinkStats, _ Stats) uint64 { return l.Lost }, 0.3},
		"duplicates": {LinkOptions{Duplicate: 0.1}, func(l LinkStats, _ Stats) uint64 { return l.Duplicated }, 0.1},
		"reordering": {LinkOptions{Reorder: 0.2, ReorderDelay: time.Millisecond}, func(l LinkStats, _ Stats) uint64 { return l.Reordered }, 0.2},
		"corruption": {LinkOptions{Corrupt: 0.05}, func(_ LinkStats, s Stats) uint64 { return s.RxCrcErrors }, 0.05},
		"flips":      {LinkOptions{SwitchFlip: 0.05}, func(l LinkStats, _ Stats) uint64 { return l.Flipped }, 0.05},
		"bursts": {LinkOptions{Burst: GilbertElliott{ToBad: 0.02, ToGood: 0.2, LossGood: 0.01, LossBad: 0.7}},
			func(l LinkStats, _ Stats) uint64 { return l.Lost }, (0.2*0.01 + 0.02*0.7) / 0.22},
		"none": {LinkOptions{Delay: time.Millisecond}, func(l LinkStats, s Stats) uint64 {
			return l.Lost + l.Duplicated + l.Reordered + l.Corrupted + l.Flipped + s.RxCrcErrors
		}, 0},
	} {
		st := volley(t, c.o, 7, n)
		got := float64(c.got(st.net.links[0].Stats(st.client), st.server.stats)) / n
		// Bursts vary more than single losses do: the frames of one share their fate.
		if tolerance := 6 * math.Sqrt(c.want*(1-c.want)*10/n); math.Abs(got-c.want) > tolerance {
			t.Errorf("%s: want a share of %.4f, give or take %.4f, got %.4f", name, c.want, tolerance, got)
		}
		if g := c.o.Burst; g.ToBad > 0 && math.Abs(g.Loss()-c.want) > 1e-12 {
			t.Errorf("GilbertElliott.Loss is %v, want %v", g.Loss(), c.want)
		}
		st.auditWires()
	}
}

// A bad state lasts 1/ToGood frames on average.
func TestGilbertElliottLosesInBursts(t *testing.T) {
	st := newStory(t, Limits{}, LinkOptions{Burst: GilbertElliott{ToBad: 0.01, ToGood: 0.1}}, Seed(3))
	f, bursts, lost, was := st.client.nics[0].tx.faults, 0, 0, false
	for range 200_000 {
		var g flight
		f.befall(st.client.nics[0].tx, &g)
		is := g.fate == fateLost
		lost, bursts, was = lost+int(bit(is)), bursts+int(bit(is && !was)), is
	}
	if mean := float64(lost) / float64(bursts); mean < 9 || mean > 11 {
		t.Errorf("a burst must be 10 frames long on average, it is %.2f", mean)
	}
}

// A change of one effect must not shift the luck of another, nor that of the
// other direction.
func TestLinkStreamsAreApart(t *testing.T) {
	fates := func(ab, ba LinkOptions, only fate) (all []fate) {
		n := NewNetwork(Seed(5))
		l := n.NewAsymmetricLink(n.NewHost("a", Limits{}), n.NewHost("b", Limits{}), ab, ba)
		for range 500 {
			var g, back flight
			l.a.tx.faults.befall(l.a.tx, &g)
			if w := l.b.tx; w.faults != nil {
				w.faults.befall(w, &back)
			}
			all = append(all, g.fate&only)
		}
		return all
	}
	loss := LinkOptions{Loss: 0.5}
	base := fates(loss, LinkOptions{}, fateLost)
	all := LinkOptions{Loss: 0.5, Duplicate: 0.5, Reorder: 0.5, ReorderDelay: 1, Corrupt: 0.5, SwitchFlip: 0.5, Jitter: time.Second}
	if !slices.Equal(base, fates(all, all, fateLost)) {
		t.Error("the same frames must be lost, whatever else happens on the link")
	}
	back := fates(LinkOptions{Duplicate: 0.5}, loss, fateTwice)
	if slices.Equal(base, back) {
		t.Error("loss and duplication must not be the same luck")
	}
}

func TestJitterKeepsTheOrderAndReorderingDoesNot(t *testing.T) {
	sequence := func(o LinkOptions) (order []byte, last sim.Time) {
		st := newStory(t, Limits{}, o)
		w := st.client.nics[0].tx
		fd, _ := st.s.Socket(AF_INET, SOCK_DGRAM|SOCK_NONBLOCK, 0)
		st.ok(st.s.Bind(fd, Any(9)), "bind")
		cfd, _ := st.c.Socket(AF_INET, SOCK_DGRAM, 0)
		to := st.server.Addr(9)
		for k := range 100 {
			st.c.Sendto(cfd, []byte{byte(k)}, 0, &to)
			st.net.RunFor(20 * time.Microsecond)
		}
		st.net.RunFor(time.Second)
		for buf := []byte{0}; ; {
			if n, _ := st.s.Read(fd, buf); n != 1 {
				break
			}
			order = append(order, buf[0])
		}
		st.audit()
		return order, w.free
	}
	jitter, _ := sequence(LinkOptions{Delay: time.Millisecond, Jitter: 3 * time.Millisecond})
	if len(jitter) != 100 || !slices.IsSorted(jitter) {
		t.Errorf("jitter must keep the order of 100 datagrams, they came as %v", jitter)
	}
	late, _ := sequence(LinkOptions{Delay: time.Millisecond, Reorder: 0.2, ReorderDelay: 200 * time.Microsecond})
	if len(late) != 100 || slices.IsSorted(late) {
		t.Errorf("reordering must lose nothing and change the order, they came as %v", late)
	}
}

// The check sequence is IEEE's, and catches every pattern of up to three flips
// in a small frame, and every burst of up to 32 bits.
func TestFCSCatchesFlips(t *testing.T) {
	if got := crc32.ChecksumIEEE([]byte("123456789")); got != 0xcbf43926 {
		t.Errorf("the CRC-32 of 123456789 is %#x, want 0xcbf43926", got)
	}
	random := sim.NewStream(1, 1)
	b := make([]byte, 60+fcsLen)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	putFCS(b)
	if !validFCS(b) {
		t.Fatal("an undamaged frame must be valid")
	}
	flip := func(k int) { b[k/8] ^= 1 << (k % 8) }
	bits := 8 * len(b)
	for i := range bits {
		flip(i)
		if validFCS(b) {
			t.Fatalf("the flip of bit %d is not caught", i)
		}
		for range 40 {
			j, k := random.IntN(bits), random.IntN(bits)
			if flip(j); j != i && validFCS(b) {
				t.Fatalf("the flips of bits %d and %d are not caught", i, j)
			}
			if flip(k); i != j && j != k && k != i && validFCS(b) {
				t.Fatalf("the flips of bits %d, %d and %d are not caught", i, j, k)
			}
			flip(j)
			flip(k)
		}
		flip(i)
	}
	for i := range bits - 32 {
		pattern := random.Uint32() | 1
		burst := func() {
			for k := range 32 {
				if pattern>>k&1 == 1 {
					flip(i + k)
				}
			}
		}
		if burst(); validFCS(b) {
			t.Fatalf("the burst %#x at bit %d is not caught", pattern, i)
		}
		burst()
	}
}

// Corruption on the wire is the card's to find, and TCP's to repair.
func TestCorruptionOnTheWire(t *testing.T) {
	st := lanStory(t, Record())
	l, c, s := st.pair(80)
	st.ok(st.net.links[0].Corrupt(st.client, 1), "a plan for the next frame")
	st.write(st.c, c, "over and over")
	st.settle()
	if st.server.stats.RxCrcErrors != 1 || st.server.stats.InCsumErrors != 0 {
		t.Errorf("the card must find the damage: %+v", st.server.stats)
	}
	if !strings.Contains(st.net.Tape().String(), "rx_crc_errors") || !strings.Contains(st.server.Stats().Ethtool(), "rx_crc_errors: 1\n") {
		t.Error("the drop must stand on the tape and in ethtool -S")
	}
	st.net.RunFor(5 * time.Second)
	st.read(st.s, s, "over and over", "after the retransmission")
	st.audit()
	st.s.Close(l)
	st.clean()
}

// Corruption in a switch passes the card; one flipped bit is caught by TCP's
// checksum, two in the same column that go opposite ways are not.
func TestCorruptionBehindTheFCS(t *testing.T) {
	st := lanStory(t, Record())
	_, c, s := st.pair(80)
	link := st.net.links[0]
	st.ok(link.Flip(st.client, 1, BitFlip{Byte: -1, Bit: 3}), "a flip in the last byte")
	st.write(st.c, c, "transfer 100 to B")
	st.settle()
	if st.server.stats.RxCrcErrors != 0 || st.server.stats.InCsumErrors != 1 || st.server.stats.InErrs != 1 {
		t.Errorf("TCP must find the damage, and not the card: %+v", st.server.stats)
	}
	if !strings.Contains(st.server.Stats().String(), "TcpInCsumErrors                 1 ") {
		t.Errorf("nstat must show it:\n%v", st.server.Stats())
	}
	st.net.RunFor(5 * time.Second)
	st.read(st.s, s, "transfer 100 to B", "after the retransmission")

	// '1' is 0x31 and '0' is 0x30, two bytes apart: bit 0 goes down in one and
	// up in the other, and the sum of the column stays.
	st.ok(link.Flip(st.client, 1, BitFlip{Byte: -8, Bit: 0}, BitFlip{Byte: -6, Bit: 0}), "a pair of flips")
	st.write(st.c, c, "transfer 100 to B")
	st.settle()
	st.read(st.s, s, "transfer 001 to B", "a pair in one column passes every check")
	if st.server.stats.InCsumErrors != 1 {
		t.Error("the pair must not be found")
	}
	st.audit()
	st.clean()
}

func TestFlipInADatagram(t *testing.T) {
	st := lanStory(t)
	fd, _ := st.c.Socket(AF_INET, SOCK_DGRAM, 0)
	sfd, _ := st.s.Socket(AF_INET, SOCK_DGRAM|SOCK_NONBLOCK, 0)
	st.ok(st.s.Bind(sfd, Any(9)), "bind")
	st.ok(st.net.links[0].Flip(st.client, 1, BitFlip{-2, 7}), "a flip")
	to := st.server.Addr(9)
	st.c.Sendto(fd, []byte("hello"), 0, &to)
	st.settle()
	if s := st.server.stats; s.UdpInCsumErrors != 1 || s.UdpInErrors != 1 || s.UdpInDatagrams != 0 {
		t.Errorf("UDP must find the damage: %+v", s)
	}
	st.readErrno(st.s, sfd, EAGAIN, "a damaged datagram is not delivered")
	st.audit()
}

// With the link down, what is under way is lost, and TCP carries on when it is
// up again.
func TestLinkDownAndUp(t *testing.T) {
	st := newStory(t, Limits{}, LinkOptions{Delay: time.Millisecond, Rate: 1_000_000}, Record())
	_, c, s := st.pair(80)
	st.ok(st.client.SetSysctl("net.ipv4.tcp_early_retrans", "0"), "sysctl") // no tail loss probe joins the queue
	link := st.net.links[0]
	st.write(st.c, c, strings.Repeat("x", 4344)) // three frames, 12 ms each
	st.net.RunFor(13 * time.Millisecond)         // one is out, one is half out, one waits
	link.Down()
	link.Down()
	if link.IsUp() {
		t.Error("the link must be down")
	}
	if st.client.stats.TxCarrierErrors != 1 {
		t.Errorf("the frame that waited must be dropped: %+v", st.client.stats)
	}
	st.audit()
	st.net.RunFor(20 * time.Millisecond)
	if got := link.Stats(st.client).Cut; got != 2 {
		t.Errorf("the two frames on the wire must be cut, not %d", got)
	}
	st.net.RunFor(3 * time.Second)
	if st.client.stats.TxDropped == 0 {
		t.Error("the retransmission must be dropped for want of a carrier: tx_dropped")
	}
	st.audit()
	link.Up()
	st.net.RunFor(20 * time.Second)
	st.read(st.s, s, strings.Repeat("x", 4344), "after the link is up again")
	for _, want := range []string{"carrier lost", "carrier found", "tx_carrier_errors", "the link went down: lost on the wire", "no carrier: tx_dropped"} {
		if !strings.Contains(st.net.Tape().String(), want) {
			t.Errorf("the tape must say %q", want)
		}
	}
	st.audit()
	st.clean()
}

func TestQueueInBytes(t *testing.T) {
	st := newStory(t, Limits{}, LinkOptions{Rate: 1_000_000, QueueBytes: 3000}, Record())
	c := st.client.nics[0]
	for range 5 {
		c.transmit(st.net.frames.alloc(1000), 1000) // the first leaves at once
		st.auditWires()
	}
	if st.client.stats.TxDropped != 1 || c.tx.bytes != 3000 {
		t.Errorf("one of five must find 3000 bytes waiting: %d dropped, %d wait", st.client.stats.TxDropped, c.tx.bytes)
	}
}

// auditWires looks at the wires alone, for frames that no protocol has made.
func (st *story) auditWires() {
	st.Helper()
	a := auditor{net: st.net}
	a.wires()
	for _, wrong := range a.wrong {
		st.Error(wrong)
	}
}

func TestAsymmetricLink(t *testing.T) {
	lab := NewNetwork()
	a, b := lab.NewHost("a", Limits{}), lab.NewHost("b", Limits{})
	lab.NewAsymmetricLink(a, b, LinkOptions{Delay: 3 * time.Millisecond, Loss: 1}, LinkOptions{Delay: time.Millisecond})
	if w := a.nics[0].tx; w.delay != 3*time.Millisecond || w.faults == nil {
		t.Errorf("the wire from a must be the first one: %+v", w)
	}
	if w := b.nics[0].tx; w.delay != time.Millisecond || w.faults != nil {
		t.Errorf("the wire from b must be the second one, without faults: %+v", w)
	}
	lab.NewAsymmetricLink(a, b, LinkOptions{}, LinkOptions{Loss: 2})
	refuses(t, lab.Err(), "Loss", "a share of 2")
}

func TestPlansForFramesAreChecked(t *testing.T) {
	st := lanStory(t)
	link, stranger := st.net.links[0], st.net.NewHost("stranger", Limits{})
	refuses(t, link.Lose(stranger, 1), "host", "a host that is not on the link")
	refuses(t, link.Lose(nil, 1), "host", "no host")
	refuses(t, link.Lose(st.client, 0), "frame", "frame 0")
	refuses(t, link.Flip(st.client, 1), "bits", "no flip at all")
	refuses(t, link.Flip(st.client, 1, BitFlip{0, 8}), "bits", "bit 8")
	if link.Stats(stranger) != (LinkStats{}) {
		t.Error("a stranger has no stats")
	}
}

// Everything goes wrong at once: after every event each frame is somewhere.
func TestBadLinkConserves(t *testing.T) {
	for seed := range uint64(12) {
		o := LinkOptions{Delay: time.Millisecond, Jitter: time.Millisecond, Rate: 10_000_000, Queue: 20, QueueBytes: 15_000,
			Loss: 0.05, Duplicate: 0.1, Reorder: 0.2, ReorderDelay: 3 * time.Millisecond, Corrupt: 0.05, SwitchFlip: 0.05}
		if seed%2 == 1 {
			o.Burst = GilbertElliott{ToBad: 0.05, ToGood: 0.3, LossBad: 0.9}
		}
		st := newStory(t, Limits{RxRing: 4}, o, Seed(seed))
		link := st.net.links[0]
		fd, _ := st.c.Socket(AF_INET, SOCK_DGRAM, 0)
		sfd, _ := st.s.Socket(AF_INET, SOCK_DGRAM|SOCK_NONBLOCK, 0)
		st.ok(st.s.Bind(sfd, Any(9)), "bind")
		random := sim.NewStream(seed, 1)
		for k := range 150 {
			to := st.server.Addr(uint16(9 + random.IntN(2))) // the other port answers with ICMP
			st.c.Sendto(fd, make([]byte, random.IntN(1400)), 0, &to)
			if k == 70 {
				link.Down()
			} else if k == 90 {
				link.Up()
			}
			until := st.net.Now().Add(time.Duration(random.IntN(1000)) * time.Microsecond)
			for next, ok := st.net.sim.Next(); ok && next <= until; next, ok = st.net.sim.Next() {
				st.net.sim.Step()
				st.audit()
			}
			st.net.sim.RunUntil(until)
			if t.Failed() {
				t.Fatalf("seed %d, after datagram %d", seed, k)
			}
		}
		st.clean()
	}
}
