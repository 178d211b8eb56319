package sockets

import (
	"fmt"
	"math"
	"slices"
	"time"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// Network is the street: hosts, the links between them, one clock and one
// seed. Everything that happens is an event of its queue, so the same seed
// and the same calls give the same run, to the byte.
//
// A Network is not safe for use by several goroutines, and needs none.
type Network struct {
	sim   *sim.Sim
	hosts []*Host
	links []*Link
	tape  *Tape

	threads []*thread // every thread of every program; index 0 is the outside
	idle    []*thread // those of them that have ended, to be used again
	cur     *thread   // the thread that runs now; nil: the caller outside
	resume  sim.Handler
	expire  sim.Handler
	waits   slab[waitNode]
	sixes   sixTable

	nextPID  int
	lastAddr wire.Addr4 // the last one given out automatically
	arp      bool       // every link asks for addresses
	futile   int        // pending timers that will change nothing
	frames   buffers
	captures []*Capture   // of the whole network
	err      error        // the first option no network could have
	asked    func() error // StopWhen
	budget   int64        // bytes of the reader's machine, 0: no bound
}

// Option is a setting of a [Network] made at birth.
type Option func(*Network)

// Seed sets the seed of every random choice of the run: initial sequence
// numbers, ephemeral ports, arrivals of a crowd. Default 0, a seed like any
// other.
func Seed(n uint64) Option { return func(w *Network) { w.sim = sim.New(n) } }

// Record makes the network keep a [Tape] of everything that happens. Without
// it nothing is kept and the tape costs nothing.
func Record() Option { return func(w *Network) { w.tape = newTape() } }

// NewNetwork makes an empty network at time zero.
func NewNetwork(options ...Option) *Network {
	n := &Network{nextPID: 1000, lastAddr: 0x0a000000, frames: buffers{bufStore: new(bufStore)}}
	for _, o := range options {
		o(n)
	}
	if n.sim == nil {
		n.sim = sim.New(0)
	}
	if n.tape != nil {
		n.tape.net = n
	}
	n.threads = []*thread{{net: n}}
	n.resume = n.sim.Handle(func(id uint64) { n.threads[id].run() })
	n.expire = n.sim.Handle(func(id uint64) { n.threads[id].expired() })
	n.six(loopback6)
	return n
}

// fail keeps the first impossible option. From then on every call of the
// network answers with it, so it cannot be overlooked.
func (n *Network) fail(err error) {
	if n.err == nil {
		n.err = err
	}
}

// Err is the first option given to this network, its hosts, links or crowds
// that none could have; nil if there is none.
func (n *Network) Err() error { return n.err }

// Now is the virtual time since the start of the run.
func (n *Network) Now() sim.Time { return n.sim.Now() }

// Events is how many events have happened since the start.
func (n *Network) Events() uint64 { return n.sim.Fired() }

// Seed is the seed of this run.
func (n *Network) Seed() uint64 { return n.sim.Seed() }

// Tape is what has been recorded, nil without [Record].
func (n *Network) Tape() *Tape { return n.tape }

// Hosts are the hosts in the order they were made. A [Tap] is none.
func (n *Network) Hosts() []*Host {
	return slices.DeleteFunc(slices.Clone(n.hosts), func(h *Host) bool { return h.tap != nil })
}

// Host is the host of that name, nil if there is none.
func (n *Network) Host(name string) *Host {
	for _, h := range n.hosts {
		if h.name == name {
			return h
		}
	}
	return nil
}

// Run lets everything happen that is going to: it returns when no event is
// left, with every program ended or asleep for good. Timers count: a
// connection in TIME_WAIT keeps a run going for its 60 s (of virtual time).
// Only the probes of a window that its reader keeps closed do not: they would
// go on for ever.
func (n *Network) Run() error {
	if err := n.outside("Run"); err != nil {
		return err
	}
	return n.runUntil(n.settled)
}

// settled reports whether nothing is going to happen any more.
func (n *Network) settled() bool { return n.sim.Pending() == n.futile }

func (n *Network) runUntil(stop func() bool) error {
	if stop() {
		return n.halted()
	}
	return n.run(math.MaxInt64, stop)
}

// run lets events happen, none later than limit, until stop reports true (a nil
// stop never does). Every few thousand events it looks whether somebody wants
// the run to end.
func (n *Network) run(limit sim.Time, stop func() bool) error {
	for {
		if err := n.halted(); err != nil {
			return err
		}
		if !n.sim.RunSome(betweenLooks, limit, stop) {
			return nil
		}
	}
}

// outside refuses what only the caller outside may do: a program is part of
// the run it would start.
func (n *Network) outside(call string) error {
	if n.cur != nil && n.err == nil {
		return &LimitError{call, "called inside a program", "a call from outside; a program lets time pass with Sleep"}
	}
	return n.err
}

// RunFor lets d of virtual time pass.
func (n *Network) RunFor(d time.Duration) error {
	rest := max(0, lastTime.Sub(n.sim.Now()))
	if d < 0 || d > rest {
		return &LimitError{"duration", d, fmt.Sprintf("0 to %v, the end of the clock", rest)}
	}
	if err := n.outside("RunFor"); err != nil {
		return err
	}
	end := n.sim.Now().Add(d)
	if err := n.run(end, nil); err != nil {
		return err
	}
	n.sim.RunUntil(end) // the clock
	return nil
}

// RunUntil lets events happen until stop reports true, asked after each, or
// none is left.
func (n *Network) RunUntil(stop func() bool) error {
	if err := n.outside("RunUntil"); err != nil {
		return err
	}
	if stop == nil {
		return &LimitError{"stop", "nil", "a function; Run needs none"}
	}
	return n.runUntil(func() bool { return stop() || n.settled() })
}

// Sleepers says who sleeps, and in which call, one line a thread.
func (n *Network) Sleepers() []string {
	var who []string
	for _, t := range n.threads[1:] {
		if t.sleeping && !t.woken {
			who = append(who, fmt.Sprintf("%s sleeps in %s since %v s", t.proc, t.call, t.since))
		}
	}
	return who
}

// Close ends every program that still sleeps. A network that is not closed is
// only memory, but its sleeping programs are coroutines the collector cannot
// take.
//
// From inside a program it does nothing.
func (n *Network) Close() {
	if n.cur != nil {
		return
	}
	for _, t := range n.threads[1:] {
		if t.co != nil {
			n.cur = t
			t.co.Stop()
			n.cur = nil
		}
	}
}
