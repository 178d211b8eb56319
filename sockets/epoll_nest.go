package sockets

// An epoll may look after another epoll. The wake-up of a file then goes up
// from epoll to epoll, so the kernel refuses circles (ELOOP), more than
// epollNests steps (ELOOP), and too many ways up from one file (EINVAL).
const epollNests = 4 // EP_MAX_NESTS

// epollPaths is how many ways of one step, of two steps and so on may lead up
// from a file. Those of one step are free (path_limits, path_count_inc).
var epollPaths = [epollNests + 1]int{1 << 31, 500, 100, 50, 10}

// mayNest reports whether the epoll to may be put into the epoll ei
// (ep_loop_check).
func (h *Host) mayNest(ei, to uint32) bool {
	h.checks++
	depth := h.depthBelow(to, ei, 0)
	return depth <= epollNests && depth+1+h.depthAbove(ei) <= epollNests
}

// depthBelow is how deep epolls are nested in an epoll, more than epollNests
// if that is too deep or leads to the epoll from (ep_loop_check_proc).
func (h *Host) depthBelow(ei, from uint32, depth int) int {
	q := h.epolls.at(ei)
	if q.check == h.checks {
		return int(q.depth)
	}
	q.check = h.checks
	deepest := 0
	for k := q.items; k != 0 && deepest <= epollNests; {
		it := h.items.at(k)
		if it.file&fdKind == kindEpoll {
			if it.file.index() == from || depth > epollNests {
				deepest = epollNests + 1
			} else {
				deepest = max(deepest, h.depthBelow(it.file.index(), from, depth+1)+1)
			}
		}
		k = it.older
	}
	q.depth = uint8(deepest)
	return deepest
}

// depthAbove is how many epolls are above one another over an epoll
// (ep_get_upwards_depth_proc).
func (h *Host) depthAbove(ei uint32) int {
	q := h.epolls.at(ei)
	if q.check == h.checks {
		return int(q.depth)
	}
	highest := 0
	h.parents(&q.waiters, func(up uint32) bool {
		highest = max(highest, h.depthAbove(up)+1)
		return true
	})
	q.check, q.depth = h.checks, uint8(highest)
	return highest
}

// parents calls f with each epoll that waits in a wait queue, until it says to
// stop.
func (h *Host) parents(queue *uint32, f func(ei uint32) bool) {
	for i := *queue; i != 0; {
		w := h.net.waits.at(i)
		if w.kind >= waitEpoll && !f(h.items.at(w.who).epoll) {
			return
		}
		i = w.next
	}
}

// watched reports whether an epoll is itself looked after by another.
func (h *Host) watched(q *epoll) bool {
	found := false
	h.parents(&q.waiters, func(uint32) bool { found = true; return false })
	return found
}

// fewPaths reports whether a file that an epoll has just taken in, or the files
// below it if it is an epoll, have few enough ways up (reverse_path_check).
func (h *Host) fewPaths(f file) bool {
	if f&fdKind != kindEpoll {
		var count [epollNests + 1]int
		return h.countPaths(h.queueOf(f), 0, &count)
	}
	h.checks++
	return h.fewBelow(f.index())
}

func (h *Host) fewBelow(ei uint32) bool {
	q := h.epolls.at(ei)
	if q.check == h.checks {
		return true
	}
	q.check = h.checks
	for k := q.items; k != 0; {
		it := h.items.at(k)
		if it.file&fdKind == kindEpoll {
			if !h.fewBelow(it.file.index()) {
				return false
			}
		} else {
			var count [epollNests + 1]int
			if !h.countPaths(h.queueOf(it.file), 0, &count) {
				return false
			}
		}
		k = it.older
	}
	return true
}

// countPaths is reverse_path_check_proc.
func (h *Host) countPaths(queue *uint32, depth int, count *[epollNests + 1]int) bool {
	if depth > epollNests {
		return false
	}
	ok := true
	h.parents(queue, func(ei uint32) bool {
		if up := h.epolls.at(ei); h.watched(up) {
			ok = h.countPaths(&up.waiters, depth+1, count)
		} else {
			count[depth]++
			ok = count[depth] <= epollPaths[depth]
		}
		return ok
	})
	return ok
}
