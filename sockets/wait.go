package sockets

import (
	"math"

	"socketbook/sockets/sim"
)

// A thread is what can sleep: one line of execution of a process, a coroutine.
// Thread 0 of a network is the outside: a notebook cell or a test that makes
// calls one by one. It sleeps by letting the network run.
type thread struct {
	net  *Network
	id   uint32
	proc *Process
	co   *sim.Coroutine

	sleeping bool
	woken    bool // a wake-up is on its way, or has come
	wakeup   sim.Timer
	next     uint32   // next sleeper of the same socket
	on       *sock    // which one, nil: it sleeps for a time
	by       *Process // whose call it is in
	writing  bool     // it waits for room in the send buffer
	call     string   // the call, as strace prints it
	since    sim.Time // since when it sleeps
}

// run resumes the thread at the end of its wake-up. (door 4)
func (t *thread) run() {
	t.wakeup = 0
	if t.co == nil {
		t.sleeping = false // the outside: its loop in sleep sees it
		return
	}
	t.net.cur = t
	defer func() { t.net.cur = nil }()
	t.co.Resume()
}

// current is the thread that makes the call now.
func (n *Network) current() *thread {
	if n.cur != nil {
		return n.cur
	}
	return n.threads[0]
}

// sleep is the only way to wait: it parks the calling thread on a socket until
// somebody wakes it. The caller then looks again whether what it waits for has
// come. From outside any program, a sleep that nothing can end is a
// [StuckError].
func (p *Process) sleep(s *sock, call string, writing bool) error {
	n := p.host.net
	t := n.current()
	t.sleeping, t.woken, t.on, t.by, t.call, t.since = true, false, s, p, call, n.sim.Now()
	t.writing = writing
	t.next, s.waiters = s.waiters, t.id+1
	if n.tape != nil {
		n.tape.add(Event{Host: p.host.name, PID: p.pid, Station: StationSleep, Text: p.String() + " sleeps in " + call})
	}
	if t.co != nil {
		t.co.Park()
		t.sleeping = false
		return nil
	}
	t.proc = p
	n.runUntil(func() bool { return !t.sleeping || n.settled() })
	if !t.sleeping {
		return nil
	}
	t.sleeping = false
	n.forget(s, t.id+1)
	return &StuckError{Call: p.String() + " in " + call, Sleepers: n.Sleepers()}
}

// pause lets the calling thread sleep for a time, on nothing.
func (p *Process) pause(d sim.Time, call string) {
	n := p.host.net
	t := n.current()
	t.sleeping, t.woken, t.on, t.by, t.call, t.since = true, true, nil, p, call, n.sim.Now()
	t.wakeup = n.sim.At(n.sim.Now()+min(d, lastTime-n.sim.Now()), n.resume, uint64(t.id))
	if t.co != nil {
		t.co.Park()
		t.sleeping = false
		return
	}
	n.sim.Run(func() bool { return !t.sleeping })
}

// lastTime is the end of the clock: 146 years after the start. What a timer
// adds to it is still a time.
const lastTime sim.Time = math.MaxInt64 / 2

// endSleepers ends the calls of a process that sleep on a socket, because the
// process ends. Its threads end with it.
func (p *Process) endSleepers() {
	n := p.host.net
	for _, t := range n.threads {
		s := t.on
		if !t.sleeping || s == nil || t.by != p {
			continue
		}
		if t.co == nil || t.proc != p {
			p.host.wakeThread(t) // it finds that its call has no process
			continue
		}
		n.forget(s, t.id+1)
		n.end(t)
		p.host.passOn(s)
	}
}

// passOn wakes the next sleeper of a listener that has connections, since one
// who was woken for them will not take any.
func (h *Host) passOn(s *sock) {
	if s.state == Listen && h.listeners.at(s.traffic).ready > 0 {
		h.wakeOne(s)
	}
}

// end unwinds a program that sleeps.
func (n *Network) end(t *thread) {
	if t.wakeup != 0 {
		n.sim.Cancel(t.wakeup)
	}
	t.sleeping, t.wakeup = false, 0
	before := n.cur
	n.cur = t
	defer func() { n.cur = before }()
	t.co.Stop()
}

// forget takes a thread off a socket's list of sleepers.
func (n *Network) forget(s *sock, id uint32) {
	for at := &s.waiters; *at != 0; at = &n.threads[*at-1].next {
		if *at == id {
			*at = n.threads[id-1].next
			return
		}
	}
}

// wakeThread sends the wake-up on its way: the thread runs again after the
// host's wake-up latency.
func (h *Host) wakeThread(t *thread) {
	if t.woken {
		return
	}
	t.woken = true
	if h.net.tape != nil {
		h.net.tape.add(Event{Host: h.name, PID: t.proc.pidOf(), Station: StationWake, Text: t.proc.String() + " is woken from " + t.call})
	}
	t.wakeup = h.net.sim.After(h.limits.WakeupLatency, h.net.resume, uint64(t.id))
}

// wakeWriters tells those who wait for room in the send buffer that there is
// enough of it: a third, or every ACK would wake them for a few bytes
// (sk_stream_write_space). Readers sleep on.
func (h *Host) wakeWriters(s *sock, t *traffic) {
	if 3*int(t.sndBytes) > 2*h.limits.Wmem || s.flags&flagCrowd != 0 {
		return
	}
	for at := &s.waiters; *at != 0; {
		w := h.net.threads[*at-1]
		if w.writing {
			*at, w.next = w.next, 0
			h.wakeThread(w)
		} else {
			at = &w.next
		}
	}
}

// wake tells everybody who sleeps on a socket that something has changed.
func (h *Host) wake(i uint32, s *sock) {
	if s.waiters == 0 {
		return
	}
	if s.flags&flagCrowd != 0 {
		h.news = append(h.news, i)
		return
	}
	for id := s.waiters; id != 0; {
		t := h.net.threads[id-1]
		id = t.next
		t.next = 0
		h.wakeThread(t)
	}
	s.waiters = 0
}

// wakeOne tells the one who has slept longest: accept wakes exclusively, or a
// hundred sleepers would run for one connection.
func (h *Host) wakeOne(s *sock) {
	at := &s.waiters
	for *at != 0 && h.net.threads[*at-1].next != 0 {
		at = &h.net.threads[*at-1].next
	}
	if *at == 0 {
		return
	}
	t := h.net.threads[*at-1]
	*at = 0
	h.wakeThread(t)
}
