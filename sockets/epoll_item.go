package sockets

// epollCost is what an item costs the real kernel in bytes, as it counts
// itself: EP_ITEM_COST, a struct epitem and a struct eppoll_entry.
const epollCost = 120 + 64

// epoll is an epoll(7): a set of items, and a list of those that may be ready
// (struct eventpoll).
//
//	socket ─ wake-up ─▶ item ─▶ ready list ─▶ epoll_wait asks the socket again
//
// An item costs 40 bytes and a place of 16 in its file's wait queue. It is found
// there, among the few who wait for that file, not among the many of its epoll.
type epoll struct {
	refs      uint32
	flags     fileFlags
	depth     uint8  // how deep epolls are nested in it, as found by the last check
	check     uint32 // which check that was
	uid       uint32
	sleepers  uint32 // wait queue of epoll_wait
	waiters   uint32 // wait queue of those who poll the epoll itself
	readyHead uint32
	readyTail uint32
	items     uint32 // all items, the newest first
}

// epollItem is a file an epoll looks after: struct epitem.
type epollItem struct {
	epoll        uint32
	file         file
	fd           int32
	events       uint32
	data         uint64
	next, prev   uint32 // in the ready list
	older, newer uint32 // of the same epoll
}

// findItem is the item of a descriptor and its file, 0 if there is none.
func (h *Host) findItem(ei uint32, f file, fd int) uint32 {
	for i := *h.queueOf(f); i != 0; {
		w := h.net.waits.at(i)
		if w.kind >= waitEpoll {
			if it := h.items.at(w.who); it.epoll == ei && int(it.fd) == fd {
				return w.who
			}
		}
		i = w.next
	}
	return 0
}

// addItem is ep_insert.
func (h *Host) addItem(ei uint32, f file, fd int, ev EpollEvent) Errno {
	q := h.epolls.at(ei)
	if h.watches[q.uid] >= h.maxWatches {
		return ENOSPC
	}
	k := h.items.alloc()
	it := h.items.at(k)
	*it = epollItem{epoll: ei, file: f, fd: int32(fd), events: ev.Events, data: ev.Data, older: q.items}
	if q.items != 0 {
		h.items.at(q.items).newer = k
	}
	q.items = k
	if h.watches == nil {
		h.watches = map[uint32]int64{}
	}
	h.watches[q.uid]++
	kind := waitEpoll
	if ev.Events&EPOLLEXCLUSIVE != 0 {
		kind = waitEpollOne
	}
	h.net.addWait(h.queueOf(f), waitNode{who: k, kind: kind})
	if (h.watched(q) || f&fdKind == kindEpoll) && !h.fewPaths(f) {
		h.removeItem(k)
		return EINVAL
	}
	if h.pollItem(it) != 0 {
		h.found(q, k)
	}
	return 0
}

// changeItem is ep_modify.
func (h *Host) changeItem(k uint32, ev EpollEvent) {
	it := h.items.at(k)
	it.events, it.data = ev.Events, ev.Data
	if h.pollItem(it) != 0 {
		h.found(h.epolls.at(it.epoll), k)
	}
}

// found puts an item that is ready into the ready list, and tells whoever
// waits for the epoll.
func (h *Host) found(q *epoll, k uint32) {
	if h.isReady(q, k) {
		return
	}
	h.ready(q, k)
	h.wakeQueue(&q.sleepers, newsData)
	h.wakeQueue(&q.waiters, pollIn)
}

// removeItem is __ep_remove.
func (h *Host) removeItem(k uint32) {
	it := h.items.at(k)
	q := h.epolls.at(it.epoll)
	h.net.dropItem(h.queueOf(it.file), k)
	if h.isReady(q, k) {
		h.unready(q, k)
	}
	if it.newer != 0 {
		h.items.at(it.newer).older = it.older
	} else {
		q.items = it.older
	}
	if it.older != 0 {
		h.items.at(it.older).newer = it.newer
	}
	if h.watches[q.uid]--; h.watches[q.uid] == 0 {
		delete(h.watches, q.uid)
	}
	h.items.release(k)
}

// dropItem takes an epoll item's node out of a wait queue.
func (n *Network) dropItem(head *uint32, item uint32) {
	for at := head; *at != 0; at = &n.waits.at(*at).next {
		if w := n.waits.at(*at); w.kind >= waitEpoll && w.who == item {
			i := *at
			*at = w.next
			n.waits.release(i)
			return
		}
	}
}

// leaveEpolls takes a file that ends out of all epolls, by its wait queue
// (eventpoll_release_file).
func (h *Host) leaveEpolls(waiters *uint32) {
	for i := *waiters; i != 0; {
		w := *h.net.waits.at(i)
		if i = w.next; w.kind >= waitEpoll {
			h.removeItem(w.who)
		}
	}
}

// dropEpoll takes one hold of an epoll back (ep_eventpoll_release).
func (h *Host) dropEpoll(f file) {
	q := h.epolls.at(f.index())
	if q.refs--; q.refs > 0 {
		return
	}
	h.endFile(f, &q.waiters)
	for q.items != 0 {
		h.removeItem(q.items)
	}
	h.epolls.release(f.index())
}

// isReady reports whether an item is in the ready list.
func (h *Host) isReady(q *epoll, k uint32) bool { return q.readyHead == k || h.items.at(k).prev != 0 }

// ready puts an item at the end of the ready list.
func (h *Host) ready(q *epoll, k uint32) {
	h.items.at(k).prev = q.readyTail
	if q.readyTail != 0 {
		h.items.at(q.readyTail).next = k
	} else {
		q.readyHead = k
	}
	q.readyTail = k
}

// unready takes an item out of the ready list.
func (h *Host) unready(q *epoll, k uint32) {
	it := h.items.at(k)
	if it.prev != 0 {
		h.items.at(it.prev).next = it.next
	} else {
		q.readyHead = it.next
	}
	if it.next != 0 {
		h.items.at(it.next).prev = it.prev
	} else {
		q.readyTail = it.prev
	}
	it.next, it.prev = 0, 0
}

// pollItem is what an item's file is ready for, of what it asks (ep_item_poll).
func (h *Host) pollItem(it *epollItem) uint32 { return uint32(h.pollFile(it.file)) & it.events }

// tellEpoll is a wake-up that reaches an item (ep_poll_callback). It does not
// ask what the file is ready for: epoll_wait will. It reports whether an item
// with EPOLLEXCLUSIVE takes the wake-up for itself.
func (h *Host) tellEpoll(k uint32, news pollMask) bool {
	it := h.items.at(k)
	exclusive := it.events&EPOLLEXCLUSIVE != 0
	if it.events&^epollPrivate == 0 { // one-shot, and shot
		return !exclusive
	}
	if news != 0 && uint32(news)&it.events == 0 {
		return !exclusive
	}
	q := h.epolls.at(it.epoll)
	if !h.isReady(q, k) {
		h.ready(q, k)
	}
	taken := !exclusive
	if q.sleepers != 0 {
		switch news & (pollIn | pollOut) {
		case 0:
			taken = true
		case pollIn:
			taken = taken || it.events&EPOLLIN != 0
		case pollOut:
			taken = taken || it.events&EPOLLOUT != 0
		}
		h.wakeQueue(&q.sleepers, newsData)
	}
	h.wakeQueue(&q.waiters, pollIn)
	return taken
}

// harvest takes what is ready, at most most events (ep_send_events). Every item
// of the list is asked again. Those of level-triggered items go back to the
// end of the list, to be asked once more by the next call; what was not
// reached stays in front of them.
func (h *Host) harvest(ei uint32, most int) []EpollEvent {
	q := h.epolls.at(ei)
	var events []EpollEvent
	k, last := q.readyHead, q.readyTail
	for k != 0 && len(events) < most {
		it := h.items.at(k)
		next := it.next
		if k == last {
			next = 0
		}
		h.unready(q, k)
		if mask := h.pollItem(it); mask != 0 {
			events = append(events, EpollEvent{mask, it.data})
			switch {
			case it.events&EPOLLONESHOT != 0:
				it.events &= epollPrivate
			case it.events&EPOLLET == 0:
				h.ready(q, k)
			}
		}
		k = next
	}
	if q.readyHead != 0 {
		h.wakeQueue(&q.sleepers, newsData) // the next sleeper has something, too
	}
	return events
}

// pollEpoll is whether something of an epoll is ready (__ep_eventpoll_poll).
// What turns out not to be is taken off the ready list.
func (h *Host) pollEpoll(ei uint32) pollMask {
	q, mask := h.epolls.at(ei), pollMask(0)
	for k := q.readyHead; k != 0 && mask == 0; k = q.readyHead {
		if h.pollItem(h.items.at(k)) != 0 {
			mask = pollIn | pollRdNorm
		} else {
			h.unready(q, k)
		}
	}
	if q.readyHead != 0 {
		h.wakeQueue(&q.sleepers, newsData)
	}
	return mask
}
