package sockets

import (
	"fmt"
	"strings"
)

// queues are the wait queues of a host's files, and of whom. An epoll has two:
// of those who poll it, and of those in epoll_wait.
func (h *Host) queues() (list []*uint32, whose map[*uint32]file) {
	whose = map[*uint32]file{}
	add := func(head *uint32, f file) {
		list = append(list, head)
		whose[head] = f
	}
	h.socks.each(func(i uint32, s *sock) {
		if s.state != 0 && s.flags&flagCrowd == 0 {
			add(&s.waiters, kindSock|file(i))
		}
	})
	h.pipes.each(func(i uint32, q *pipe) {
		if q.readers > 0 || q.writers > 0 {
			add(&q.rwait, kindPipeR|file(i))
			add(&q.wwait, kindPipeW|file(i))
		}
	})
	h.epolls.each(func(i uint32, q *epoll) {
		if q.refs > 0 {
			add(&q.waiters, kindEpoll|file(i))
			add(&q.sleepers, kindEpoll|file(i))
		}
	})
	return list, whose
}

// files: each file is held by as many descriptors and sleeping calls as it
// thinks, and fs.file-max counts each file once. A call that sleeps holds its
// file once for each place it has in the file's wait queue; one that closes
// holds what its descriptor held.
func (a *auditor) files(h *Host) {
	holds := map[file]int{}
	_, whose := h.queues()
	for _, t := range a.net.threads {
		for _, head := range t.heads {
			if f, ok := whose[head]; ok {
				holds[f]++
			}
		}
	}
	for _, p := range h.procs {
		a.descriptors(h, p, holds)
	}
	open := 0
	for _, t := range a.net.threads { // a sleeping accept4 has put a file aside
		if t.sleeping && t.proc.host == h && strings.HasPrefix(t.call, "accept4(") {
			open++
		}
	}
	check := func(f file, refs int, what string) {
		a.is(fmt.Sprintf("%s: descriptors and sleepers that hold %s", h.name, what), refs, holds[f])
		if refs > 0 {
			open++
		}
		delete(holds, f)
	}
	h.socks.each(func(i uint32, s *sock) {
		switch {
		case s.state == 0:
		case s.flags&flagCrowd != 0:
			a.that(s.refs == 1, "%s is a crowd's and held %d times", a.name(h, i, s), s.refs)
		default:
			check(kindSock|file(i), int(s.refs)+int(h.moreRefs[i]), a.name(h, i, s))
		}
	})
	h.nulls.each(func(i uint32, n *nullFile) { check(kindNull|file(i), int(n.refs), fmt.Sprintf("/dev/null %d", i)) })
	h.pipes.each(func(i uint32, q *pipe) {
		check(kindPipeR|file(i), int(q.readers), fmt.Sprintf("pipe %d to read", i))
		check(kindPipeW|file(i), int(q.writers), fmt.Sprintf("pipe %d to write", i))
	})
	h.epolls.each(func(i uint32, q *epoll) { check(kindEpoll|file(i), int(q.refs), fmt.Sprintf("epoll %d", i)) })
	for _, f := range sorted(holds) {
		a.that(false, "%s: %d descriptors or sleepers hold file %#x, which is gone", h.name, holds[f], f)
	}
	a.is(h.name+": open files", int(h.files), open)
	waits := 0
	h.socks.each(func(_ uint32, s *sock) { waits += int(bit(s.state == TimeWait)) })
	a.is(h.name+": sockets in TIME-WAIT", h.waits, waits)
	for i, n := range h.moreRefs {
		a.that(n > 0 && h.socks.at(i).refs == maxRefs, "%s: socket %d counts %d descriptors beside its own %d", h.name, i, n, h.socks.at(i).refs)
	}
}

// descriptors: what is open is marked as taken, and of what is taken and not
// open each is put aside by an accept4 that sleeps.
func (a *auditor) descriptors(h *Host, p *Process, holds map[file]int) {
	open, taken := 0, 0
	for fd, e := range p.fds.files {
		if e != 0 {
			open++
			holds[e.file()]++
			a.that(p.fds.taken(fd), "%s: descriptor %d of %v is open and given out again", h.name, fd, p)
		}
		if p.fds.taken(fd) {
			taken++
		}
	}
	for fd := range p.fds.next {
		a.that(p.fds.taken(fd), "%s: %v has descriptor %d to give, and looks from %d on", h.name, p, fd, p.fds.next)
	}
	for i, w := range p.fds.used {
		a.that(p.fds.full[i/64]>>(i%64)&1 != 0 == (w == ^uint64(0)), "%s: word %d of the descriptors of %v is full: %v", h.name, i, p, w == ^uint64(0))
	}
	aside := 0
	for _, t := range a.net.threads {
		if t.sleeping && t.proc == p && strings.HasPrefix(t.call, "accept4(") {
			aside++
		}
	}
	a.is(fmt.Sprintf("%s: descriptors of %v", h.name, p), p.fds.count, open)
	a.is(fmt.Sprintf("%s: descriptors of %v put aside for a sleeping accept4", h.name, p), taken-open, aside)
}

// pipes: each holds as many pages as it says, none of them empty, and its user
// is charged for its size.
func (a *auditor) pipes(h *Host) {
	charged := map[uint32]int{}
	h.pipes.each(func(i uint32, q *pipe) {
		name := fmt.Sprintf("%s: pipe %d", h.name, i)
		if q.readers == 0 && q.writers == 0 {
			a.that(*q == pipe{}, "%s is free but not zero: %+v", name, *q)
			return
		}
		charged[q.uid] += int(q.max)
		last := uint32(0)
		all := a.list(name, q.head, func(k uint32) uint32 { return h.pipePages.at(k).next })
		for _, k := range all {
			b := h.pipePages.at(k)
			last = k
			a.that(b.len > 0 && int(b.off)+int(b.len) <= pageSize, "%s: a page with bytes %d to %d", name, b.off, int(b.off)+int(b.len))
		}
		a.paged += len(all)
		a.is(name+": pages", int(q.used), len(all))
		a.is(name+": last page", int(q.tail), int(last))
		a.that(q.used <= q.max, "%s has %d pages of at most %d", name, q.used, q.max)
	})
	for _, uid := range sorted(charged) {
		a.is(fmt.Sprintf("%s: pages of pipes of user %d", h.name, uid), h.pipeRules.pages[uid], charged[uid])
	}
	a.is(h.name+": users with pipes", len(h.pipeRules.pages), len(charged))
}

// epolls: every item is in the list of its epoll and in the wait queue of its
// file, and the ready list has those that may be ready, once.
func (a *auditor) epolls(h *Host) {
	watches, items := map[uint32]int{}, 0
	h.epolls.each(func(i uint32, q *epoll) {
		name := fmt.Sprintf("%s: epoll %d", h.name, i)
		if q.refs == 0 {
			a.that(*q == epoll{}, "%s is free but not zero: %+v", name, *q)
			return
		}
		ready, last := map[uint32]bool{}, uint32(0)
		for _, k := range a.list(name+": ready list", q.readyHead, func(k uint32) uint32 { return h.items.at(k).next }) {
			a.that(!ready[k] && h.items.at(k).prev == last, "%s: the ready list is torn at item %d", name, k)
			ready[k], last = true, k
		}
		a.is(name+": end of the ready list", int(q.readyTail), int(last))
		newer := uint32(0)
		for _, k := range a.list(name+": items", q.items, func(k uint32) uint32 { return h.items.at(k).older }) {
			it := h.items.at(k)
			items++
			watches[q.uid]++
			what := fmt.Sprintf("%s: item %d for descriptor %d", name, k, it.fd)
			a.that(it.epoll == i && it.newer == newer, "%s: the list of items is torn there", what)
			newer = k
			a.is(what+": places in the wait queue of its file", a.places(h, it.file, k), 1)
			a.that(ready[k] || it.next == 0 && it.prev == 0, "%s is not in the ready list and thinks so", what)
			delete(ready, k)
			// Level-triggered, it may be left out only when its file is not
			// ready. (Of an exclusive one somebody else may have been told, and
			// an epoll in an epoll is asked when it is its turn.)
			if it.events&(EPOLLET|EPOLLEXCLUSIVE) == 0 && it.file&fdKind != kindEpoll && !h.isReady(q, k) {
				mask := h.peek(it.file) & pollMask(it.events)
				a.that(mask == 0, "%s is ready (%#x), and the epoll does not know", what, mask)
			}
		}
		for _, k := range sorted(ready) {
			a.that(false, "%s: the ready list has item %d, which is another's", name, k)
		}
		a.that(q.readyHead == 0 || q.sleepers == 0, "%s: somebody sleeps in epoll_wait, and there is something ready", name)
	})
	a.is(h.name+": epoll items in use", h.items.live, items)
	for _, uid := range sorted(watches) {
		a.is(fmt.Sprintf("%s: epoll items of user %d", h.name, uid), int(h.watches[uid]), watches[uid])
	}
	a.is(h.name+": users with epoll items", len(h.watches), len(watches))
}

// places is how often an item is in the wait queue of its file.
func (a *auditor) places(h *Host, f file, item uint32) (n int) {
	for _, i := range a.list("a wait queue", *h.queueOf(f), func(i uint32) uint32 { return a.net.waits.at(i).next }) {
		if w := a.net.waits.at(i); w.kind >= waitEpoll && w.who == item {
			n++
		}
	}
	return n
}

// peek is pollFile without its traces: to poll a file changes what it tells
// later.
func (h *Host) peek(f file) pollMask {
	switch f & fdKind {
	case kindSock:
		s := h.socks.at(f.index())
		defer func(flags sockFlags) { s.flags = flags }(s.flags)
	case kindPipeR, kindPipeW:
		q := h.pipes.at(f.index())
		defer func(polled bool) { q.polled = polled }(q.polled)
	case kindEpoll:
		return 0
	}
	return h.pollFile(f)
}

// waits: every place in a wait queue is a sleeping thread's or an epoll item's,
// and no sleeper has lost its place without being woken.
func (a *auditor) waits() {
	seen := map[uint32]*uint32{}
	for _, h := range a.net.hosts {
		heads, whose := h.queues()
		for _, head := range heads {
			what := fmt.Sprintf("%s: the wait queue of file %#x", h.name, whose[head])
			exclusive := false
			for _, i := range a.list(what, *head, func(i uint32) uint32 { return a.net.waits.at(i).next }) {
				w := a.net.waits.at(i)
				a.that(seen[i] == nil, "%s has place %d, and so has another", what, i)
				seen[i] = head
				turns := w.kind == waitExclusive || w.kind == waitEpollOne
				a.that(turns || !exclusive, "%s: one who shares stands behind one who takes turns", what)
				exclusive = turns
				if w.kind >= waitEpoll {
					it := h.items.at(w.who)
					a.that(it.epoll != 0 && it.file == whose[head] && (w.kind == waitEpollOne) == (it.events&EPOLLEXCLUSIVE != 0),
						"%s has item %d of another file: %+v", what, w.who, *it)
					continue
				}
				t := a.net.threads[w.who]
				a.that(t.sleeping && t.at(i) == head, "%s has thread %d, which is not there: it sleeps in %q", what, w.who, t.call)
			}
		}
	}
	a.is("places in wait queues in use", a.net.waits.live, len(seen))
	for _, t := range a.net.threads {
		a.that(t.sleeping || len(t.nodes) == 0, "thread %d does not sleep and has places in wait queues", t.id)
		for k, i := range t.nodes {
			a.that(t.woken || seen[i] == t.heads[k], "thread %d sleeps in %s, and is not in the wait queue any more", t.id, t.call)
		}
	}
}

// at is the wait queue in which a thread has a place.
func (t *thread) at(i uint32) *uint32 {
	for k, n := range t.nodes {
		if n == i {
			return t.heads[k]
		}
	}
	return nil
}

// sleepers: nobody sleeps on what has come already, unless a wake-up is on its
// way to somebody.
func (a *auditor) sleepers() {
	for _, h := range a.net.hosts {
		heads, whose := h.queues()
		woken := map[*uint32]int{}
		for _, t := range a.net.threads {
			for k := range t.heads {
				if t.woken {
					woken[t.heads[k]]++
				}
			}
		}
		for _, head := range heads {
			for _, i := range a.list("a wait queue", *head, func(i uint32) uint32 { return a.net.waits.at(i).next }) {
				w := a.net.waits.at(i)
				if w.kind >= waitEpoll {
					continue
				}
				t := a.net.threads[w.who]
				if call, _, _ := strings.Cut(t.call, "("); !t.woken && !a.mustSleep(h, call, whose[head], w, woken[head]) {
					a.that(false, "%v sleeps in %s, but what it waits for has come: file %#x is ready for %#x", t.proc, t.call, whose[head], h.peek(whose[head]))
				}
			}
		}
	}
}

// mustSleep reports whether a call still has something to wait for. woken is
// how many others are on their way to the same file.
func (a *auditor) mustSleep(h *Host, call string, f file, w *waitNode, woken int) bool {
	switch {
	case call == "poll" || call == "select":
		mask := h.peek(f) & w.mask
		if call == "select" && w.mask != selectEx {
			mask &^= pollPri // select always listens for it, even when nobody asked
		}
		return mask == 0 || f&fdKind == kindEpoll || a.wild
	case call == "epoll_wait":
		return h.epolls.at(f.index()).readyHead == 0
	case f&fdKind == kindPipeR:
		q := h.pipes.at(f.index())
		return q.used == 0 && q.writers > 0 || woken > 0
	case f&fdKind == kindPipeW:
		q := h.pipes.at(f.index())
		return q.used >= q.max && q.readers > 0 || woken > 0
	}
	s := h.socks.at(f.index())
	var q traffic
	if s.traffic != 0 && s.state != Listen {
		q = *h.traffic.at(s.traffic)
	}
	shaking := s.state == SynSent || s.state == SynRecv
	switch call {
	case "accept4":
		return s.state == Listen && h.listening(s) <= uint32(woken)
	case "connect":
		return shaking
	case "close":
		return s.state == FinWait1 || s.state == Closing || s.state == LastAck
	case "write", "writev", "sendto", "sendmsg":
		return shaking || s.state.canSend() && s.shut&shutWrite == 0 && s.err == 0 && h.room(s) < h.sndBuf(s)/3
	case "read", "readv", "recvfrom", "recvmsg":
		if s.err != 0 || s.shut&shutRead != 0 || s.flags&flagEOF != 0 || s.proto == protoTCP && s.state == Closed {
			return false
		}
		if s.proto != protoTCP {
			return q.rcvHead == 0 || woken > 0
		}
		return int(q.rcvBytes) < int(h.options(s).rcvLowat) || strings.HasPrefix(call, "recv") && q.urgState != urgNone
	}
	return false
}
