package sockets

import (
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
	woken    bool     // a wake-up is on its way, or has come
	next     uint32   // next sleeper of the same socket
	call     string   // in which call it sleeps, as strace prints it
	since    sim.Time // since when
}

// run resumes the thread at the end of its wake-up. (door 4)
func (t *thread) run() {
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
func (p *Process) sleep(s *sock, call string) error {
	n := p.host.net
	t := n.current()
	t.sleeping, t.woken, t.call, t.since = true, false, call, n.sim.Now()
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
	n.sim.Run(func() bool { return !t.sleeping })
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
	t.sleeping, t.woken, t.call, t.since = true, true, call, n.sim.Now()
	n.sim.At(n.sim.Now()+d, n.resume, uint64(t.id))
	if t.co != nil {
		t.co.Park()
		t.sleeping = false
		return
	}
	n.sim.Run(func() bool { return !t.sleeping })
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
	h.net.sim.After(h.limits.WakeupLatency, h.net.resume, uint64(t.id))
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
