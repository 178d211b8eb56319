package sockets

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// flood sends datagrams of 32 bytes to a port of the server for a time, at a
// rate, from as many source ports as flows. They come out of nowhere, so that
// only the server's CPU is in it.
func (st *story) flood(port uint16, rate float64, flows int, d time.Duration) (sent *int) {
	tap := st.net.NewTap(st.server, TapOptions{})
	src, dst := tap.far.ranges[0].lo, st.server.ranges[0].lo
	var packets [][]byte
	for k := range flows {
		b := make([]byte, wire.IPv4Len+wire.UDPLen+32)
		ip := wire.IPv4{TotalLen: uint16(len(b)), TTL: 64, Proto: wire.ProtoUDP, Src: src, Dst: dst}
		ip.Put(b)
		n := len(b) - wire.IPv4Len
		wire.UDP{SrcPort: uint16(5000 + k), DstPort: port, Length: uint16(n)}.Put(b[wire.IPv4Len:], wire.PseudoHeader4(src, dst, wire.ProtoUDP, n), b[len(b)-32:])
		packets = append(packets, b)
	}
	sent = new(int)
	step, end := sim.Time(1e9/rate), st.net.Now().Add(d)
	var h sim.Handler
	h = st.net.sim.Handle(func(uint64) {
		tap.Inject(packets[*sent%flows])
		*sent++
		if next := st.net.Now() + step; next < end {
			st.net.sim.At(next, h, 0)
		}
	})
	st.net.sim.After(0, h, 0)
	return sent
}

// sink is a program that reads datagrams from a port and works on each.
func (st *story) sink(port uint16, work time.Duration) (got *int) {
	got = new(int)
	st.server.Spawn("sink", func(p *Process) {
		fd, _ := p.Socket(AF_INET, SOCK_DGRAM, 0)
		p.Bind(fd, Any(port))
		for buf := make([]byte, 100); ; {
			if n, err := p.Read(fd, buf); n != 32 || err != nil {
				return
			}
			*got++
			p.Compute(work)
		}
	})
	return got
}

// goodput is how many datagrams a second a program gets of a flood.
func goodput(t *testing.T, l Limits, rate float64, flows int, work time.Duration) (perSecond float64, st *story) {
	t.Helper()
	st = newStory(t, l, LAN)
	got := st.sink(9, work)
	st.net.RunFor(time.Millisecond)
	const d = 40 * time.Millisecond
	sent := st.flood(9, rate, flows, d)
	st.net.RunFor(d)
	st.audit()
	perSecond = float64(*got) / d.Seconds()
	st.net.RunFor(d) // what was queued
	st.audit()
	s := st.server.stats
	waits := *sent - *got - int(s.RxMissed+s.UdpRcvbufErrors)
	if waits != 0 {
		t.Errorf("at %.0f/s: %d sent, %d read, %d missed by the ring, %d by the buffer: %d are nowhere", rate, *sent, *got, s.RxMissed, s.UdpRcvbufErrors, waits)
	}
	return perSecond, st
}

// More work than one CPU can do. Up to its limit the program gets everything;
// beyond, the soft interrupt takes the time the program would need (receive
// livelock: Mogul and Ramakrishnan, "Eliminating Receive Livelock in an
// Interrupt-Driven Kernel", ACM TOCS 15, 1997), down to the half that ksoftirqd
// leaves it, and each kind of loss has its counter.
func TestReceiveLivelock(t *testing.T) {
	l := Limits{Costs: KernelCosts, RxRing: 512}
	const work = 4 * time.Microsecond
	idle, st := goodput(t, l, 50_000, 1, work)
	if s := st.server.stats; idle < 49_000 || s.RxMissed+s.UdpRcvbufErrors+s.TimeSqueeze != 0 {
		t.Errorf("a program must get all of 50,000 a second and nothing be lost: %.0f, %+v", idle, s)
	}
	peak, _ := goodput(t, l, 180_000, 1, work)
	if peak < 150_000 {
		t.Errorf("near its limit the program must get most of 180,000 a second: %.0f", peak)
	}
	flooded, st := goodput(t, l, 3_000_000, 1, work)
	if flooded > 0.75*peak || flooded < 0.4*peak {
		t.Errorf("a flood of 3 million must leave the program half of its CPU: %.0f a second, %.0f at its best", flooded, peak)
	}
	s := st.server.stats
	if s.RxMissed == 0 || s.UdpRcvbufErrors == 0 || s.TimeSqueeze == 0 {
		t.Errorf("rx_missed_errors, UdpRcvbufErrors and time_squeeze must show it: %d, %d, %d", s.RxMissed, s.UdpRcvbufErrors, s.TimeSqueeze)
	}
	if s.Interrupts > 2000 {
		t.Errorf("under a flood the ring is polled, and does not interrupt: %d interrupts", s.Interrupts)
	}
	load := st.server.CPULoads()[0]
	if load.Soft < load.Programs/2 || load.Programs == 0 || load.Idle < 0 {
		t.Errorf("the CPU must have been the soft interrupt's and the program's: %+v", load)
	}
}

// Two rings with two CPUs take in twice as much as one.
func TestQueuesShareTheLoad(t *testing.T) {
	const rate = 4_000_000
	taken := func(l Limits) uint64 {
		l.Costs, l.RxRing = KernelCosts, 512
		_, st := goodput(t, l, rate, 64, 0)
		for _, c := range st.server.cpus[:l.WithDefaults().Queues] {
			if c.soft.Processed < st.server.stats.RxPackets/8 {
				t.Errorf("CPU %d must have its share of %d frames, it had %d", c.number, st.server.stats.RxPackets, c.soft.Processed)
			}
		}
		return st.server.stats.RxPackets
	}
	one, four := taken(Limits{CPUs: 8}), taken(Limits{Queues: 4, CPUs: 8})
	if four < 2*one {
		t.Errorf("four rings must take in much more than one: %d and %d", four, one)
	}
}

// The soft interrupt polls 64 at a time and stops after 300.
func TestTimeSqueeze(t *testing.T) {
	st := newStory(t, Limits{RxUsecs: time.Millisecond, RxFrames: 1000}, LAN, Record())
	st.flood(9, 1e9, 1, 700*time.Nanosecond)
	st.settle()
	if s := st.server.stats; s.TimeSqueeze != 2 || s.Interrupts != 1 {
		t.Errorf("700 frames are one interrupt and, five polls of 64 a time, two squeezes: %d, %d", s.Interrupts, s.TimeSqueeze)
	}
	if polls := strings.Count(st.net.Tape().String(), "frames in the ring, budget 64"); polls != 11 {
		t.Errorf("700 frames are 11 polls, not %d", polls)
	}
	st.ok(st.server.SetSysctl("net.core.netdev_budget", "64"), "a smaller budget")
	st.flood(9, 1e9, 1, 700*time.Nanosecond)
	st.settle()
	if s := st.server.stats; s.TimeSqueeze != 2+10 {
		t.Errorf("with a budget of 64 each poll but the last is squeezed: %d", s.TimeSqueeze-2)
	}
	st.audit()
}

// lo has no card: what does not fit the backlog is dropped there.
func TestBacklogOverflow(t *testing.T) {
	st := newStory(t, Limits{}, LAN, Record())
	st.ok(st.server.SetSysctl("net.core.netdev_max_backlog", "10"), "a smaller backlog")
	rx, _ := st.s.Socket(AF_INET, SOCK_DGRAM|SOCK_NONBLOCK, 0)
	tx, _ := st.s.Socket(AF_INET, SOCK_DGRAM, 0)
	st.ok(st.s.Bind(rx, Addr("127.0.0.1:9")), "bind")
	to := Addr("127.0.0.1:9")
	for range 30 { // no time passes, so no soft interrupt runs
		st.s.Sendto(tx, []byte("x"), 0, &to)
	}
	st.settle()
	for err := error(nil); err == nil; { // a datagram counts when it is read
		_, _, err = st.s.Recvfrom(rx, make([]byte, 10), 0)
	}
	if s := st.server.stats; s.SoftnetDropped != 19 || s.UdpInDatagrams != 11 || s.RxMissed != 0 {
		t.Errorf("of 30 frames 11 fit: %d arrived, %d dropped", s.UdpInDatagrams, s.SoftnetDropped)
	}
	if !strings.Contains(st.net.Tape().String(), "softnet_stat") {
		t.Error("the tape must say where to look")
	}
	st.audit()
}

// A system call takes its time, its copies too, and a program that is woken
// waits for its turn.
func TestCallsTakeTime(t *testing.T) {
	costs := Costs{Syscall: time.Microsecond, CopyKiB: time.Millisecond}
	st := newStory(t, Limits{Costs: costs}, LAN)
	start := st.now()
	fd := st.socket(st.c)
	st.wantTook(start, time.Microsecond, 0, "socket()")
	st.listen(80, 5)
	st.ok(st.c.Connect(fd, st.server.Addr(80)), "connect")
	start = st.now()
	st.write(st.c, fd, strings.Repeat("x", 2048))
	st.wantTook(start, 2*time.Millisecond+time.Microsecond, 0, "write() of 2 KiB at 1 ms each")
	start = st.now()
	st.c.Compute(time.Second)
	st.wantTook(start, time.Second, 0, "a second of work")
	st.audit()
	st.clean()
}

// With costs, as without, everything is accounted for after each event, bytes
// arrive, and a run is the same each time.
func TestCostsConserve(t *testing.T) {
	run := func(audited bool) string {
		st := newStory(t, Limits{Costs: KernelCosts, Queues: 2, RxRing: 16, RxBudget: 4}, LAN, Record())
		for k := range 3 {
			st.server.Spawn("server", func(p *Process) {
				l, _ := p.ListenOn(Any(uint16(80+k)), 4)
				for range 2 {
					fd, _, _ := p.Accept4(l, 0)
					for buf := make([]byte, 5000); ; {
						n, err := p.Read(fd, buf)
						if n <= 0 || err != nil {
							break
						}
						p.Compute(10 * time.Microsecond)
						p.Write(fd, buf[:n])
					}
					p.Close(fd)
				}
			})
		}
		echoed := 0
		for k := range 6 {
			st.client.Spawn("client", func(p *Process) {
				p.Sleep(time.Millisecond)
				fd, err := p.Dial(st.server.Addr(uint16(80 + k%3)))
				if err != nil {
					t.Errorf("dial: %v", err)
					return
				}
				p.Write(fd, make([]byte, 10_000))
				p.Shutdown(fd, 1)
				for buf := make([]byte, 3000); ; {
					n, err := p.Read(fd, buf)
					if n <= 0 || err != nil {
						break
					}
					echoed += n
				}
				p.Close(fd)
			})
		}
		for k := 0; st.net.sim.Step(); k++ {
			if audited {
				st.audit()
			}
			if t.Failed() {
				t.Fatalf("after event %d", k)
			}
		}
		if echoed != 60_000 {
			t.Errorf("60,000 bytes must come back, %d did", echoed)
		}
		return fmt.Sprint(st.net.Tape().String(), st.server.Stats(), st.server.CPULoads())
	}
	if a, b := run(true), run(false); a != b {
		t.Errorf("a run must be the same twice:\n%s", firstLines(b, a))
	}
}

// Programs that are killed while they wait for the CPU leave nothing behind.
func TestKilledWhileComputing(t *testing.T) {
	st := newStory(t, Limits{Costs: KernelCosts}, LAN)
	for range 3 {
		p := st.server.NewProcess("worker")
		p.Run(func(p *Process) { p.Compute(time.Hour) })
		p.Go(func() { p.Compute(time.Hour) })
	}
	st.settle()
	st.audit()
	for _, p := range append([]*Process(nil), st.server.procs...) {
		p.Exit()
	}
	st.clean()
}

func TestCostsAreChecked(t *testing.T) {
	for _, l := range []Limits{{Costs: Costs{IP: -1}}, {Costs: Costs{CopyKiB: time.Minute}}} {
		if l.Validate() == nil {
			t.Errorf("%+v must be refused", l.Costs)
		}
	}
	refuses(t, Limits{Queues: 129}.Validate(), "Queues", "129 rings")
	refuses(t, Limits{CPUs: -1}.Validate(), "CPUs", "-1 CPUs")
}

// The tx ring fills, the queue is stopped, and what follows waits behind it.
func TestTxRing(t *testing.T) {
	st := newStory(t, Limits{TxRing: 4}, LinkOptions{Rate: 8_000_000, Queue: 10})
	c := st.client.nics[0]
	st.server.nics[0].limit = 0
	for range 12 { // one leaves at once, ten wait
		c.transmit(st.net.frames.alloc(976), 976)
	}
	posted, qdisc := c.txRing()
	if posted != 4 || qdisc != 6 || c.count.txStopped != 1 || c.count.txDropped != 1 {
		t.Errorf("4 of 10 frames must be posted, the queue be stopped once, one frame be dropped: %d, %d, %+v", posted, qdisc, c.count)
	}
	st.net.RunFor(7500 * time.Microsecond)
	c.transmit(st.net.frames.alloc(976), 976)
	if posted, qdisc = c.txRing(); posted != 4 || qdisc != 0 || c.count.txWake != 1 {
		t.Errorf("7 frames later the queue must run again: %d, %d, %+v", posted, qdisc, c.count)
	}
	text, _ := st.client.Ethtool("-S", "eth0")
	for _, w := range []string{"tx_queue_stopped: 1\n", "tx_queue_wake: 1\n", "tx_completed: 8\n", "tx_posted: 4\n"} {
		if !strings.Contains(text, w) {
			t.Errorf("ethtool -S must say %q:\n%s", w, text)
		}
	}
	st.auditWires()
}
