package sockets

import (
	"fmt"
	"slices"
)

// auditFiles checks what must always be so of files, wait queues and epolls:
//
//   - Holds. A file has at least as many holds as descriptors name it, and the
//     host counts the files that have any.
//   - Queues. Each wait node is in exactly one queue, and an epoll item in that
//     of its file.
//   - Epolls. The two lists of an epoll are whole, and count what users have.
//   - Pipes. A pipe has as many pages as it says, no more than its size, and no
//     empty one.
func auditFiles(n *Network) (wrong []string) {
	say := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	nodes := 0
	for _, h := range n.hosts {
		nodes += h.auditHolds(say)
		h.auditEpolls(say)
		h.auditPipes(say)
	}
	say(nodes == n.waits.live, "wait nodes: %d are in queues, %d in use", nodes, n.waits.live)
	return wrong
}

// allFiles calls f with every file that is open, its holds and its wait queue.
func (h *Host) allFiles(f func(f file, holds uint32, queue *uint32)) {
	h.nulls.each(func(i uint32, x *nullFile) { f(kindNull|file(i), x.refs, new(uint32)) })
	h.socks.each(func(i uint32, s *sock) {
		if s.refs > 0 && s.flags&flagCrowd == 0 {
			f(kindSock|file(i), uint32(s.refs)+h.moreRefs[i], &s.waiters)
		}
	})
	h.pipes.each(func(i uint32, q *pipe) {
		f(kindPipeR|file(i), q.readers, &q.rwait)
		f(kindPipeW|file(i), q.writers, &q.wwait)
	})
	h.epolls.each(func(i uint32, q *epoll) { f(kindEpoll|file(i), q.refs, &q.waiters) })
}

func (h *Host) auditHolds(say func(bool, string, ...any)) (nodes int) {
	names := map[file]uint32{}
	for _, p := range h.procs {
		open := 0
		for fd, e := range p.fds.files {
			if e != 0 {
				names[e.file()]++
				open++
				say(p.fds.taken(fd), "%v: descriptor %d is open but not taken", p, fd)
			}
		}
		say(open == p.fds.count, "%v: %d descriptors are open, it counts %d", p, open, p.fds.count)
	}
	files := int64(0)
	h.allFiles(func(f file, holds uint32, queue *uint32) {
		say(holds >= names[f], "file %#x has %d holds and %d descriptors", f, holds, names[f])
		if holds > 0 {
			files++
		}
		delete(names, f)
		say(holds > 0 || *queue == 0, "file %#x has ended, and somebody waits for it", f)
		for i := *queue; i != 0; i = h.net.waits.at(i).next {
			nodes++
			if w := h.net.waits.at(i); w.kind >= waitEpoll {
				it := h.items.at(w.who)
				say(it.epoll != 0 && it.file == f, "an epoll item waits at file %#x, but is of %#x", f, it.file)
			} else {
				t := h.net.threads[w.who]
				say(t.sleeping && slices.Contains(t.nodes, i), "thread %d waits at file %#x and does not sleep", w.who, f)
			}
		}
	})
	h.epolls.each(func(_ uint32, q *epoll) {
		for i := q.sleepers; i != 0; i = h.net.waits.at(i).next {
			nodes++
		}
	})
	say(len(names) == 0, "descriptors name files that are not: %v", names)
	say(files == h.files, "%s: %d files are open, it counts %d", h.name, files, h.files)
	return nodes
}

func (h *Host) auditEpolls(say func(bool, string, ...any)) {
	users, all := map[uint32]int64{}, 0
	h.epolls.each(func(ei uint32, q *epoll) {
		newer := uint32(0)
		for k := q.items; k != 0; k = h.items.at(k).older {
			it := h.items.at(k)
			say(it.epoll == ei && it.newer == newer, "epoll %d: item %d is in its list, but not well", ei, k)
			say(h.findItem(ei, it.file, int(it.fd)) == k, "epoll %d: item %d is not found by its file", ei, k)
			newer = k
			users[q.uid]++
			all++
		}
		last := uint32(0)
		for k := q.readyHead; k != 0; k = h.items.at(k).next {
			say(h.items.at(k).epoll == ei && h.items.at(k).prev == last, "epoll %d: item %d is ready, but not well", ei, k)
			last = k
		}
		say(q.readyTail == last, "epoll %d: the ready list ends at %d, not at %d", ei, last, q.readyTail)
	})
	say(all == h.items.live, "epoll items: %d are in epolls, %d in use", all, h.items.live)
	for uid, n := range users {
		say(h.watches[uid] == n, "user %d has %d epoll items, the kernel counts %d", uid, n, h.watches[uid])
	}
	say(len(h.watches) == len(users), "the kernel counts epoll items of %d users, there are %d", len(h.watches), len(users))
}

func (h *Host) auditPipes(say func(bool, string, ...any)) {
	pages, users := 0, map[uint32]int{}
	h.pipes.each(func(i uint32, q *pipe) {
		if q.max == 0 {
			return
		}
		users[q.uid] += int(q.max)
		used, last := uint32(0), uint32(0)
		for k := q.head; k != 0; k = h.pipePages.at(k).next {
			b := h.pipePages.at(k)
			say(b.len > 0 && int(b.off+b.len) <= pageSize, "pipe %d: a page with bytes %d to %d", i, b.off, b.off+b.len)
			used, last = used+1, k
		}
		say(used == q.used && last == q.tail && used <= q.max, "pipe %d: %d pages of %d, it counts %d", i, used, q.max, q.used)
		pages += int(used)
	})
	say(pages == h.pipePages.live, "pipe pages: %d are in pipes, %d in use", pages, h.pipePages.live)
	for uid, n := range users {
		say(h.pipeRules.pages[uid] == n, "user %d has pipes of %d pages, the kernel counts %d", uid, n, h.pipeRules.pages[uid])
	}
	say(len(h.pipeRules.pages) == len(users), "the kernel counts pipes of %d users, there are %d", len(h.pipeRules.pages), len(users))
}

// whole checks all invariants of files, and of the rest.
func (st *story) whole() {
	st.Helper()
	for _, sentence := range auditFiles(st.net) {
		st.Error(sentence)
	}
	st.audit()
}
