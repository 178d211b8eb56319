package sockets

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"socketbook/sockets/sim"
)

// A thread is what can sleep: one line of execution of a process, a coroutine.
// Thread 0 of a network is the outside: a notebook cell or a test that makes
// calls one by one. It sleeps by letting the network run.
type thread struct {
	net  *Network
	id   uint32
	turn uint32   // how often it has slept
	of   *Process // the process it is a thread of; nil: the outside
	proc *Process // the process whose call it makes, or made last
	co   *sim.Coroutine

	started  bool
	killed   bool // its process has ended
	dying    bool // likewise, and its call is finished before it ends
	sleeping bool
	woken    bool // a wake-up is on its way, or has come
	timedOut bool
	cut      bool // the connection it sleeps on was dissolved
	timer    sim.Timer
	nodes    []uint32  // its places in wait queues
	heads    []*uint32 // of these queues
	alone    bool      // it waits exclusively
	call     string    // in which call it sleeps, as strace prints it
	since    sim.Time  // since when
	spelt    inCall    // what was spelled last, and how
	spelling string
}

// A wait queue is a list of those to be told when something about a socket,
// a pipe or an epoll changes: the kernel's wait_queue_head. The head is the
// number of the first waitNode, 0 when nobody waits.
type waitNode struct {
	next uint32
	who  uint32   // a thread, or an epoll item
	mask pollMask // what it wants to hear of; 0: everything
	kind waitKind
}

type waitKind uint8

const (
	waitThread    waitKind = iota // wake it, and take it off the queue
	waitExclusive                 // the same, but one of these is enough: the first that came
	waitLast                      // the same, but the last that came: epoll_wait
	waitEpoll                     // tell the epoll item who
	waitEpollOne                  // the same, EPOLLEXCLUSIVE
)

// pollMask is a set of events, by poll's numbers
// (include/uapi/asm-generic/poll.h).
type pollMask uint32

const (
	pollIn     pollMask = 0x001
	pollPri    pollMask = 0x002
	pollOut    pollMask = 0x004
	pollErr    pollMask = 0x008
	pollHup    pollMask = 0x010
	pollNval   pollMask = 0x020
	pollRdNorm pollMask = 0x040
	pollRdBand pollMask = 0x080
	pollWrNorm pollMask = 0x100
	pollWrBand pollMask = 0x200
	pollRdHup  pollMask = 0x2000

	// What the kernel says when it wakes: sk_data_ready, sk_write_space,
	// sk_state_change (anything, and to everybody, exclusive or not),
	// sk_error_report. The urgent pointer alone wakes nobody: it only signals
	// (sk_send_sigurg); its byte is news like other data.
	newsData  = pollIn | pollPri | pollRdNorm | pollRdBand
	newsSpace = pollOut | pollWrNorm | pollWrBand
	newsState = pollMask(0)
	newsError = pollErr
)

// lastTime is the end of the clock: 146 years after the start. What a timer
// adds to it is still a time.
const lastTime sim.Time = math.MaxInt64 / 2

// run resumes the thread at the end of its wake-up. (door 4)
func (t *thread) run() {
	if t.co == nil {
		t.sleeping = false // the outside: its loop in sleep sees it
		return
	}
	n, before := t.net, t.net.cur
	n.cur, t.started = t, true
	defer func() { n.cur = before }()
	if !t.co.Resume() {
		n.retire(t)
	}
}

// current is the thread that makes the call now.
func (n *Network) current() *thread {
	if n.cur != nil {
		return n.cur
	}
	return n.threads[0]
}

// watch puts the calling thread into a wait queue. It may be in several.
func (t *thread) watch(head *uint32, kind waitKind, mask pollMask) {
	i := t.net.addWait(head, waitNode{who: t.id, kind: kind, mask: mask})
	t.nodes = append(t.nodes, i)
	t.heads = append(t.heads, head)
	t.alone = kind != waitThread
}

// addWait puts a node into a queue: at its head, but the exclusive ones that
// take turns behind all others (add_wait_queue, add_wait_queue_exclusive).
func (n *Network) addWait(head *uint32, w waitNode) uint32 {
	i := n.waits.alloc()
	at := head
	if w.kind == waitExclusive || w.kind == waitEpollOne {
		for *at != 0 {
			at = &n.waits.at(*at).next
		}
	}
	w.next = *at
	*n.waits.at(i) = w
	*at = i
	return i
}

// dropWait takes a thread's node out of a queue, if it is still there and still
// its own: a wake-up may have taken it out, and somebody else have it by now.
func (n *Network) dropWait(head *uint32, i, who uint32) bool {
	for at := head; *at != 0; at = &n.waits.at(*at).next {
		if w := n.waits.at(*at); *at == i && w.who == who && w.kind < waitEpoll {
			*at = w.next
			n.waits.release(i)
			return true
		}
	}
	return false
}

// unwatch takes the thread out of every wait queue.
func (t *thread) unwatch() {
	for k, i := range t.nodes {
		t.net.dropWait(t.heads[k], i, t.id)
	}
	t.nodes, t.heads, t.alone = t.nodes[:0], t.heads[:0], false
}

// renounce is unwatch for a thread that will not act on a wake-up: one that was
// for it alone goes to the next.
func (t *thread) renounce() {
	n, alone := t.net, t.alone
	for k, i := range t.nodes {
		if !n.dropWait(t.heads[k], i, t.id) && alone {
			t.proc.host.wakeNext(t.heads[k])
		}
	}
	t.nodes, t.heads, t.alone = t.nodes[:0], t.heads[:0], false
}

// wakeNext wakes the first of a queue that waits exclusively.
func (h *Host) wakeNext(head *uint32) {
	n := h.net
	for at := head; *at != 0; {
		w := *n.waits.at(*at)
		if w.kind != waitExclusive && w.kind != waitLast {
			at = &n.waits.at(*at).next
			continue
		}
		n.waits.release(*at)
		*at = w.next
		if h.wakeThread(n.threads[w.who]) {
			return
		}
	}
}

// forever is the timeout of a sleep that only a wake-up ends.
const forever = time.Duration(-1)

// sleep is the only way to wait: it parks the calling thread, which has put
// itself into wait queues before, until somebody wakes it or the timeout is
// over. The caller then looks again whether what it waits for has come. From
// outside any program, a sleep that nothing can end is a [StuckError], and one
// of a process that ends meanwhile ESRCH.
func (p *Process) sleep(timeout time.Duration, call string) (timedOut bool, err error) {
	n := p.host.net
	t := n.current()
	if t.dying {
		t.co.Park() // what it waits for has not come, and it will not wait again
	}
	t.proc = p
	t.sleeping, t.woken, t.timedOut, t.cut, t.call, t.since = true, false, false, false, call, n.sim.Now()
	if timeout >= 0 {
		t.timer = n.sim.At(n.sim.Now()+min(sim.Time(timeout), lastTime-n.sim.Now()), n.expire, uint64(t.id))
	}
	if n.tape != nil && call != onCPU {
		n.tape.add(Event{Host: p.host.name, PID: p.pid, Station: StationSleep, Text: p.String() + " sleeps in " + call})
	}
	if t.co != nil {
		t.co.Park()
		t.sleeping = false
	} else {
		err = n.runUntil(func() bool { return !t.sleeping || n.settled() })
	}
	t.turn++
	n.sim.Cancel(t.timer)
	t.timer = 0
	if p.ended && !t.dying { // the process is gone, the caller is not: it was a call from outside
		t.sleeping = false
		t.renounce()
		return false, p.goneIn(call)
	}
	t.unwatch()
	if t.sleeping {
		t.sleeping = false
		if err != nil {
			return false, err
		}
		return false, &StuckError{Call: p.String() + " in " + call, Sleepers: n.Sleepers()}
	}
	return t.timedOut, nil
}

// goneIn is what a call from outside is told when its process ends meanwhile.
func (p *Process) goneIn(call string) error {
	name, args, _ := strings.Cut(call, "(")
	fd, err := strconv.Atoi(args[:max(0, strings.IndexAny(args, ",)"))])
	if err != nil {
		fd = -1
	}
	return &OpError{Op: name, FD: fd, Err: ESRCH}
}

// pause is sleep for a time, on nothing.
func (p *Process) pause(d time.Duration, call string) { p.sleep(d, call) }

// inCall is a call that may sleep, and its descriptor; -1: the name says it all.
// It is spelled only when it does: most calls do not, and a string costs more
// than they do.
type inCall struct {
	name string
	fd   int
}

// spell is the call as sleepers are listed. A thread mostly sleeps where it
// slept before.
func (t *thread) spell(c inCall) string {
	if c.fd < 0 {
		return c.name
	}
	if t.spelt != c || t.spelling == "" {
		t.spelt, t.spelling = c, c.name+"("+itoa(c.fd)+")"
	}
	return t.spelling
}

// sleepOn is sleep in the wait queue of one socket. left is what is left of the
// call's timeout, and gets less.
func (p *Process) sleepOn(s *sock, kind waitKind, mask pollMask, left *time.Duration, call inCall) (late bool, err error) {
	n := p.host.net
	n.current().watch(&s.waiters, kind, mask)
	start := n.sim.Now()
	late, err = p.sleep(*left, n.current().spell(call))
	if *left >= 0 {
		*left = max(0, *left-n.sim.Now().Sub(start))
	}
	return late, err
}

// cut tells the calls that sleep on a socket that its connection is dissolved
// (sk_disconnects): whatever becomes of the socket before they run again, they
// have waited in vain.
func (h *Host) cut(s *sock) {
	for _, t := range h.net.threads {
		if t.sleeping && slices.Contains(t.heads, &s.waiters) {
			t.cut = true
		}
	}
}

// expired ends a sleep whose timeout is over.
func (t *thread) expired() {
	t.timer = 0
	if !t.woken {
		t.timedOut = true
		t.woken = true
		t.run()
	}
}

// wakeThread sends the wake-up on its way: the thread runs again after the
// host's wake-up latency. It reports whether this is what wakes it.
func (h *Host) wakeThread(t *thread) bool {
	if t.woken {
		return false
	}
	t.woken = true
	if h.net.tape != nil {
		h.net.tape.add(Event{Host: h.name, PID: t.proc.pidOf(), Station: StationWake, Text: t.proc.String() + " is woken from " + t.call})
	}
	if h.charged {
		h.want(t, h.limits.WakeupLatency)
	} else {
		h.net.sim.After(h.limits.WakeupLatency, h.net.resume, uint64(t.id))
	}
	return true
}

// wakeQueue tells a wait queue that something has happened (__wake_up): all
// that share, and of the exclusive ones the first that listens. A change of
// state concerns them all (wake_up_interruptible_all).
func (h *Host) wakeQueue(head *uint32, news pollMask) {
	n := h.net
	for at := head; *at != 0; {
		i := *at
		w := *n.waits.at(i)
		if news != 0 && w.mask != 0 && w.mask&news == 0 {
			at = &n.waits.at(i).next
			continue
		}
		switch w.kind {
		case waitThread, waitExclusive, waitLast:
			*at = w.next
			n.waits.release(i)
			if h.wakeThread(n.threads[w.who]) && w.kind != waitThread && news != newsState {
				return
			}
		case waitEpoll, waitEpollOne:
			took := h.tellEpoll(w.who, news)
			if w.kind == waitEpollOne && took && news != newsState {
				return
			}
			at = &n.waits.at(i).next
		}
	}
}

// wake tells everybody who waits on a socket what has happened to it.
func (h *Host) wake(i uint32, s *sock, news pollMask) {
	if s.waiters == 0 {
		return
	}
	if s.flags&flagCrowd != 0 {
		h.news = append(h.news, i)
		return
	}
	h.wakeQueue(&s.waiters, news)
}
