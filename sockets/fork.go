package sockets

import (
	"fmt"

	"socketbook/sockets/sim"
)

// Fork makes a child: fork(2). It has its own number and a copy of the
// descriptor table: the same numbers for the same files, so both share their
// status flags, their queues, their epolls. Limits and user are the parent's,
// too. It has no program until [Process.Run] gives it one; until then its calls
// are made from outside.
func (p *Process) Fork(name string) (*Process, error) {
	if p.ended {
		if p.tracing() {
			p.traceRet("fork()", -1, ESRCH)
		}
		return nil, p.answer("fork", -1, "", ESRCH)
	}
	h := p.host
	c := &Process{host: h, pid: h.net.nextPID, name: name, uid: p.uid, soft: p.soft, hard: p.hard, fds: p.fds.clone()}
	h.net.nextPID++
	h.procs = append(h.procs, c)
	for _, e := range c.fds.files {
		if e != 0 {
			h.hold(e.file())
		}
	}
	if p.tracing() {
		p.traceRet("fork()", c.pid, 0)
	}
	return c, p.answer("fork", -1, "", 0)
}

// Run gives the process a program, which starts at the present instant. When
// the function returns the process exits and its descriptors are closed.
func (p *Process) Run(program func(p *Process)) {
	p.Go(func() {
		program(p)
		if !p.ended {
			p.exit()
		}
	})
}

// Go starts another thread of the process at the present instant:
// pthread_create(3). While a call in it sleeps, the others go on. Its end is
// not the process's.
func (p *Process) Go(f func()) {
	n := p.host.net
	if p.ended || n.err != nil {
		return
	}
	var t *thread
	if k := len(n.idle); k > 0 {
		t = n.idle[k-1]
		n.idle = n.idle[:k-1]
		*t = thread{net: n, id: t.id, nodes: t.nodes[:0], heads: t.heads[:0]}
	} else {
		t = &thread{net: n, id: uint32(len(n.threads))}
		n.threads = append(n.threads, t)
	}
	t.of, t.proc, t.woken = p, p, true
	t.co = sim.NewCoroutine(func(*sim.Coroutine) { f() })
	n.sim.After(0, n.resume, uint64(t.id))
}

// retire takes back the number of a thread that has ended. Nothing that is
// still to happen names it: it ended awake.
func (n *Network) retire(t *thread) {
	if !t.killed {
		n.idle = append(n.idle, t)
	}
}

// kill ends the other threads of a process that exits, wherever they sleep:
// they run no further, but what they defer is run. Who makes a call of the
// process from outside is woken, and told.
func (p *Process) kill() {
	n := p.host.net
	for _, t := range n.threads {
		switch {
		case t.of == p && t.co != nil && !t.co.Done() && (t.sleeping || !t.started):
			n.end(t)
		case t.sleeping && t.proc == p:
			p.host.wakeThread(t)
		}
	}
}

// end unwinds a thread that sleeps, or has not begun. If it has been woken its
// call is finished first, with what it was woken for: a fatal signal is looked
// at last (prepare_to_wait_event, inet_csk_wait_for_connect).
func (n *Network) end(t *thread) {
	before := n.cur
	n.cur = t
	defer func() { n.cur = before }()
	t.killed = true
	if t.started && t.woken {
		t.dying = true
		t.co.Resume()
		t.dying = false
	}
	t.sleeping = false
	t.unwatch()
	n.sim.Cancel(t.timer)
	t.timer = 0
	t.co.Stop()
}

// Setuid makes the process another user's: setuid(2). Only root may, and it is
// for good: with the user go the capabilities. EINVAL says that no user has
// the number.
func (p *Process) Setuid(uid int) error {
	e := Errno(0)
	switch {
	case p.ended:
		e = ESRCH
	case uint32(uid) == 1<<32-1:
		e = EINVAL
	case p.uid != 0 && uint32(uid) != p.uid:
		e = EPERM
	default:
		p.uid = uint32(uid)
	}
	if p.tracing() {
		p.traceRet(fmt.Sprintf("setuid(%d)", uint32(uid)), 0, e)
	}
	return p.answer("setuid", -1, "", e)
}
