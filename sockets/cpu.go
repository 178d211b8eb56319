package sockets

import (
	"math"
	"time"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// A cpu does one thing at a time. With [Costs] each takes its time, and this is
// the order:
//
//	hard interrupt  at once; a program stops in the middle, a frame is finished
//	soft interrupt  net_rx_action: the rings, in turns of 64 frames (weight)
//	program         what the soft interrupt leaves
//
// The soft interrupt may take 300 frames or 8 ms (net.core.netdev_budget,
// netdev_budget_usecs); if there is more it is squeezed (time_squeeze) and goes
// on. It does so at most ten times or 2 ms on end, and not at all while a
// program waits (handle_softirqs, MAX_SOFTIRQ_RESTART, MAX_SOFTIRQ_TIME); then
// ksoftirqd goes on, a thread like others. The rule for that is simple: after
// each round of ksoftirqd, programs get as much time as it took.
//
// So a flood takes half of a CPU from a program, and not all. What the rest
// does not suffice for is lost where queues are full: in the socket's buffer,
// after all the work was done, or in the ring, before any was.
//
// Without costs a cpu is only its counters.
type cpu struct {
	host   *Host
	number int
	soft   Softnet

	irqs    []*rxQueue // interrupts that wait
	polls   []*rxQueue // the poll list: rings to be polled, in turn
	doing   work
	inside  bool // finish is under way
	task    task // the program that runs
	timer   sim.Timer
	since   sim.Time // when doing began
	done    sim.Handler
	inSoft  bool          // net_rx_action is under way
	entered sim.Time      // since when
	used    time.Duration // by this round of it
	budget  int           // frames left to this round
	weight  int           // frames left to this poll; 0: none is under way
	again   int           // rounds since entered
	daemon  bool          // ksoftirqd goes on
	owed    time.Duration
	busy    [workKinds]time.Duration
}

type work uint8

const (
	workNone work = iota
	workHard
	workPoll
	workFrame
	workDebt
	workProgram
	workKinds
)

// A task is a program that wants the CPU for a while.
type task struct {
	who  *thread
	turn uint32 // which of the thread's sleeps it is
	left time.Duration
}

// gone reports whether the thread has ended, or does something else by now.
func (k task) gone() bool { return k.who.killed || k.who.turn != k.turn }

// Bounds of the soft interrupt (kernel/softirq.c), and how long a program runs
// before the next has its turn (kernel/sched/fair.c, sysctl_sched_base_slice,
// at eight CPUs).
const (
	softTime    = 2 * time.Millisecond
	softRestart = 10
	timeSlice   = 2800 * time.Microsecond
)

// Softnet is a CPU's row of /proc/net/softnet_stat.
type Softnet struct {
	Processed uint64 // frames handed to the stack
	Dropped   uint64 // netdev_max_backlog was reached (lo)
	Squeezed  uint64 // rounds that left something undone: time_squeeze
}

func (h *Host) bootCPUs() {
	for k := range h.limits.CPUs {
		c := &cpu{host: h, number: k}
		c.done = h.net.sim.Handle(func(uint64) { c.finish() })
		h.cpus = append(h.cpus, c)
	}
	h.charged = h.limits.Costs != Costs{}
	h.netBudget, h.netBudgetTime = 300, 8*time.Millisecond // two ticks: net/core/hotdata.c
}

// backlogSysctl is net.core.netdev_max_backlog: one more frame fits.
func backlogSysctl() sysctl {
	return sysctl{kind: sysInt, n: 1, lo: math.MinInt64, hi: math.MaxInt64,
		at: func(h *Host) []int64 { return []int64{int64(h.lo.limit - 1)} },
		put: func(h *Host, v []int64) Errno {
			h.lo.limit = int(v[0]) + 1
			h.lo.enlarge(min(max(0, h.lo.limit), 1<<20))
			return 0
		}}
}

// budgetTimeSysctl is net.core.netdev_budget_usecs, two ticks at least.
func budgetTimeSysctl() sysctl {
	return sysctl{kind: sysInt, n: 1, lo: 2_000_000 / hz, hi: math.MaxInt32,
		at: func(h *Host) []int64 { return []int64{h.netBudgetTime.Microseconds()} },
		put: func(h *Host, v []int64) Errno {
			h.netBudgetTime = time.Duration(v[0]) * time.Microsecond
			return 0
		}}
}

// interrupt asks for the CPU's hard interrupt.
func (c *cpu) interrupt(q *rxQueue) {
	c.irqs = append(c.irqs, q)
	if c.doing == workProgram { // it is pushed aside, and goes on first
		c.host.net.sim.Cancel(c.timer)
		c.account()
		c.host.runq = append([]task{c.task}, c.host.runq...)
	}
	c.next()
	c.host.kick() // another CPU may be free for it
}

// schedule puts a ring on the poll list (napi_schedule).
func (c *cpu) schedule(q *rxQueue) {
	c.polls = append(c.polls, q)
	if !c.inSoft {
		c.inSoft, c.again, c.entered = true, 0, c.host.net.sim.Now()
		c.newRound()
	}
	c.next()
}

func (c *cpu) newRound() { c.used, c.budget, c.weight = 0, c.host.netBudget, 0 }

// next starts what is next to be done, unless something is being done.
func (c *cpu) next() {
	h, costs := c.host, &c.host.limits.Costs
	for c.doing == workNone && !c.inside {
		yields := c.daemon && c.owed > 0 && len(h.runq) > 0
		switch {
		case len(c.irqs) > 0:
			c.start(workHard, costs.Interrupt)
		case h.debt > 0:
			d := h.debt
			h.debt = 0
			c.start(workDebt, d)
		case len(c.polls) > 0 && !yields && c.weight == 0:
			c.start(workPoll, costs.Poll)
		case len(c.polls) > 0 && !yields && c.polls[0].head == c.polls[0].tail:
			c.polled(true)
		case len(c.polls) > 0 && !yields:
			c.start(workFrame, c.polls[0].cost())
		case len(h.runq) > 0:
			c.task = h.runq[0]
			h.runq = append(h.runq[:0], h.runq[1:]...)
			if c.task.gone() {
				continue
			}
			slice := timeSlice
			if c.daemon && len(c.polls) > 0 {
				slice = c.owed
			}
			c.start(workProgram, min(c.task.left, slice))
		default:
			return
		}
	}
}

func (c *cpu) start(w work, d time.Duration) {
	c.doing, c.since = w, c.host.net.sim.Now()
	c.timer = c.host.net.sim.After(d, c.done, 0)
}

// account ends what is being done, finished or not.
func (c *cpu) account() {
	took := c.host.net.sim.Now().Sub(c.since)
	c.busy[c.doing] += took
	switch c.doing {
	case workProgram:
		c.task.left -= took
		c.owed -= took
	case workPoll, workFrame, workDebt:
		c.used += took
	}
	c.doing, c.timer = workNone, 0
}

// finish is the end of a piece of work: only now has it happened.
func (c *cpu) finish() {
	h, was := c.host, c.doing
	c.account()
	c.inside = true // what follows from it may ask for this CPU, but it is not free yet
	switch was {
	case workHard:
		q := c.irqs[0]
		c.irqs = append(c.irqs[:0], c.irqs[1:]...)
		q.irq.acknowledge()
		c.schedule(q)
	case workPoll:
		c.weight = h.limits.RxBudget
		c.polls[0].look(c.weight)
	case workFrame:
		q := c.polls[0]
		q.take()
		c.weight--
		c.budget--
		if q.head == q.tail || c.weight == 0 {
			c.polled(c.weight > 0) // a full poll may have left some
		}
	case workProgram:
		if c.task.left > 0 {
			h.runq = append(h.runq, c.task)
			break
		}
		if !c.task.gone() {
			c.task.who.woken = true
			c.task.who.run()
		}
	}
	c.inside = false
	c.next()
}

// polled is the end of a poll: napi_complete_done when the ring is empty, and
// then the question of net_rx_action, whether to go on.
func (c *cpu) polled(empty bool) {
	h, q := c.host, c.polls[0]
	c.polls, c.weight = append(c.polls[:0], c.polls[1:]...), 0
	q.flush()
	if empty {
		q.irq.masked = false
	} else {
		c.polls = append(c.polls, q)
	}
	if c.budget <= 0 || c.used >= h.netBudgetTime {
		c.squeeze()
		if len(c.polls) > 0 {
			c.again++
			if len(h.runq) > 0 || c.again > softRestart || h.net.sim.Now().Sub(c.entered) >= softTime {
				c.daemon = true
			}
			c.owed = c.used
			c.newRound()
		}
	}
	if len(c.polls) == 0 {
		c.inSoft, c.daemon, c.owed = false, false, 0
	}
}

// squeeze counts a round that ended before the work did.
func (c *cpu) squeeze() {
	c.soft.Squeezed++
	c.host.stats.TimeSqueeze++
	if t := c.host.net.tape; t != nil {
		t.add(Event{Host: c.host.name, Station: StationPoll, Text: "budget of CPU " + itoa(c.number) + " used up: time_squeeze"})
	}
}

// cost is what the next frame of a ring will cost, up to where it is queued.
func (q *rxQueue) cost() time.Duration {
	h := q.nic.host
	costs, d := &h.limits.Costs, &q.ring[q.head&uint32(len(q.ring)-1)]
	frame := h.mem.of(d.buf)[:d.n]
	proto, all := uint8(0), costs.Driver+costs.IP
	switch {
	case d.n >= wire.EthernetLen+wire.IPv4Len && frame[12] == 0x08:
		proto = frame[wire.EthernetLen+9]
	case d.n >= wire.EthernetLen+wire.IPv6Len && frame[12] == 0x86:
		proto = frame[wire.EthernetLen+6]
	}
	switch {
	case q.nic.merges(frame):
		return costs.Driver // the rest is charged when the merged segment goes up
	case proto == wire.ProtoTCP:
		all += costs.TCP
	case proto == wire.ProtoUDP:
		all += costs.UDP
	}
	if q.nic.offloads&OffloadRxChecksum == 0 {
		all += perKiB(costs.SumKiB, int(d.n))
	}
	return all
}

// owe notes what something has cost that took no time where it happened: a
// packet sent on the way, a copy. Whoever does it pays, or the next.
func (h *Host) owe(d time.Duration) { h.debt += d }

// onCPU is what a thread does that waits for the CPU, or has it.
const onCPU = "the CPU's time"

// want lets a thread have the CPU for d before it runs on.
func (h *Host) want(t *thread, d time.Duration) {
	h.runq = append(h.runq, task{t, t.turn, d})
	h.kick()
}

// kick lets CPUs that do nothing look whether a program waits.
func (h *Host) kick() {
	for _, c := range h.cpus {
		if len(h.runq) > 0 {
			c.next()
		}
	}
}

// pay is the end of a system call: the calling thread runs on when a CPU has
// done the call's work, with the copies it made and the packets it sent.
func (p *Process) pay(d time.Duration) {
	h := p.host
	copied := h.stats.BytesCopiedUp + h.stats.BytesCopiedDown
	d += perKiB(h.limits.Costs.CopyKiB, int(copied-h.copiesPaid)) + h.debt
	h.copiesPaid, h.debt = copied, 0
	if p.ended || d <= 0 {
		return
	}
	t := h.net.current()
	if t.dying || t.killed {
		return
	}
	h.want(t, d)
	p.sleep(forever, onCPU)
}

// Compute spends d of a CPU's time, as a program that calculates. On a host
// without [Costs] it is [Process.Sleep].
func (p *Process) Compute(d time.Duration) {
	switch {
	case d <= 0 || p.host.net.err != nil:
	case p.host.charged:
		p.pay(d)
	default:
		p.pause(d, "a calculation of "+d.String())
	}
}

// CPULoad is how one CPU has spent its time so far.
type CPULoad struct {
	Hard, Soft, Programs, Idle time.Duration
}

// CPULoads are the loads of the host's CPUs, in order. Without [Costs] all of
// it is idle.
func (h *Host) CPULoads() (all []CPULoad) {
	for _, c := range h.cpus {
		l := CPULoad{Hard: c.busy[workHard], Soft: c.busy[workPoll] + c.busy[workFrame] + c.busy[workDebt], Programs: c.busy[workProgram]}
		l.Idle = time.Duration(h.net.sim.Now()) - l.Hard - l.Soft - l.Programs
		all = append(all, l)
	}
	return all
}
