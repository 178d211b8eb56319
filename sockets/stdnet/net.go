package stdnet

import (
	"errors"
	"math"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"socketbook/sockets"
)

// Net is the one door to a simulated network: many goroutines come to it, one
// at a time is inside. It also keeps the clock: virtual time passes as package
// time's does.
//
//	goroutine ─▶ door: catch up with the clock ─▶ system call ─▶ what happens at once ─▶ door
//	                                                  │ EAGAIN
//	                                                  └─ wait outside, until epoll has news of the descriptor
//
// Nobody waits inside. Between calls a timer is set for the network's next
// event; when it fires, that event happens.
type Net struct {
	mu   sync.Mutex // the door
	lab  *sockets.Network
	born time.Time     // package time's instant of …
	base time.Duration // … this virtual one

	stacks []*Stack
	closed bool
	err    error         // why nothing can work
	last   time.Duration // what the clock said last

	// When the next event is due, and who will see to it: the timer, or a
	// goroutine that watches the clock because it is due so soon. Times since
	// born.
	due      atomic.Int64
	timer    *time.Timer
	armed    int64
	watches  bool // the clock is good enough to be watched
	watching bool
}

const (
	never = math.MaxInt64

	// How near an event must be for the clock to be watched. A timer of a
	// process that is idle otherwise may be late by a millisecond, the wires of
	// a machine room take 25 µs.
	watchFor = int64(100 * time.Microsecond)

	// A clock that jumps further than this between two looks is another clock.
	maxJump = 365 * 24 * time.Hour
)

// errBubble is the answer to calls from the wrong side of a bubble.
var errBubble = errors.New("stdnet: the network was made outside the synctest bubble it is used in, or inside another: make it where it is used")

// New takes a network over: from now on its clock runs with package time's,
// and whatever is done to it or its hosts is done within [Net.Do]. In a
// synctest bubble call it inside, and make the hosts there too.
func New(lab *sockets.Network) *Net {
	n := &Net{lab: lab, born: time.Now(), armed: never}
	n.due.Store(never)
	n.timer = time.AfterFunc(never, n.fire)
	n.timer.Stop() // until there is something to wait for
	if lab == nil {
		n.err = errors.New("stdnet: network is nil, allowed: one that sockets.NewNetwork made")
		return n
	}
	n.err = lab.Err()
	n.base = n.now()
	n.watches = clockMoves()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.settle()
	return n
}

// clockMoves reports whether time passes while one looks at it. In a bubble it
// does not, and some platforms' clocks are too coarse.
func clockMoves() bool {
	first := time.Now()
	for range 1000 {
		if time.Now() != first {
			return true
		}
	}
	return false
}

// Lab is the network itself. Touch it within [Net.Do].
func (n *Net) Lab() *sockets.Network { return n.lab }

// Do calls f while nobody else is at the network, and no time passes: the
// place to look at hosts and counters, to start programs, to set limits.
//
// A call in f that sleeps, or [sockets.Network.RunFor], lets the network run
// ahead at once: that much time has then passed for it, but not for package
// time, so a minute of TIME-WAIT can be skipped. Deadlines do not notice.
//
// f must not use what this package has made, or it waits for itself.
func (n *Net) Do(f func()) error {
	if err := n.enter(); err != nil {
		return err
	}
	defer n.leave()
	defer n.look()
	f()
	return nil
}

// look sees what has been done to the network from outside: the clock may be
// ahead, and processes may have been ended.
func (n *Net) look() {
	n.base = max(n.base, n.now()-n.elapsed())
	for i := len(n.stacks) - 1; i >= 0; i-- {
		if s := n.stacks[i]; s.p.Open() == 0 {
			s.close()
		}
	}
}

// Close closes every stack and ends the network's programs. Nothing happens on
// it any more; it can be looked at without Do. Whoever waits gets
// [net.ErrClosed].
func (n *Net) Close() error {
	if err := n.enter(); err != nil {
		return err
	}
	defer n.mu.Unlock()
	for len(n.stacks) > 0 {
		n.stacks[len(n.stacks)-1].close()
	}
	n.closed = true
	n.due.Store(never)
	n.timer.Stop()
	n.lab.Close()
	return nil
}

// enter opens the door and lets happen what has become due meanwhile.
func (n *Net) enter() error {
	n.mu.Lock()
	err := n.err
	if err == nil && n.closed {
		err = net.ErrClosed
	}
	if err == nil {
		err = n.catchUp()
	}
	if err != nil {
		n.mu.Unlock()
	}
	return err
}

// leave closes it again, after what happens at this instant.
func (n *Net) leave() {
	n.settle()
	n.mu.Unlock()
}

// settle lets happen what happens at this instant, and sees to the next event.
func (n *Net) settle() {
	if !n.closed && n.err == nil && n.catchUp() == nil {
		n.arm()
	}
}

// elapsed is the time since the network was taken over.
func (n *Net) elapsed() time.Duration { return time.Since(n.born) }

// now is the virtual time, as a duration since the start of the run.
func (n *Net) now() time.Duration { return time.Duration(n.lab.Now()) }

// catchUp runs the network up to the virtual present, and wakes those it has
// news for.
func (n *Net) catchUp() error {
	now := n.elapsed()
	if now < n.last-maxJump || now > n.last+maxJump {
		return errBubble // for this caller; the others' clock is right
	}
	n.last = now
	n.lab.RunFor(max(0, n.base+now-n.now()))
	for _, s := range n.stacks {
		s.poll()
	}
	return nil
}

// arm sees to it that somebody comes back when the next event is due.
func (n *Net) arm() {
	next := time.Duration(never)
	if wait, ok := n.lab.NextEvent(); ok {
		next = n.now() + wait
	}
	for _, s := range n.stacks {
		next = min(next, s.wakes)
	}
	if next == never {
		n.due.Store(never)
		return // a timer that is set fires once for nothing
	}
	due := int64(next - n.base)
	n.due.Store(due)
	left := due - int64(n.elapsed())
	switch {
	case n.watching:
	case n.watches && left < watchFor:
		n.watching = true
		go n.watch()
	case n.armed > due: // one that is set for earlier fires for nothing, and sets itself again
		n.armed = due
		n.timer.Reset(time.Duration(left))
	}
}

// fire is the timer's end.
func (n *Net) fire() {
	n.mu.Lock()
	n.armed = never
	n.settle()
	n.mu.Unlock()
}

// watch looks at the clock until no event is near any more.
func (n *Net) watch() {
	for {
		switch left := n.due.Load() - int64(n.elapsed()); {
		case left <= 0:
			n.mu.Lock()
			n.settle()
			n.mu.Unlock()
		case left < watchFor:
			runtime.Gosched()
		default:
			n.mu.Lock()
			n.watching = false
			n.settle()
			n.mu.Unlock()
			return
		}
	}
}
