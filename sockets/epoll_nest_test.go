package sockets

import (
	"fmt"
	"testing"
)

// An epoll in an epoll is ready when something in it is. The wake-up goes up
// through all of them, and what turns out not to be ready is forgotten on the
// way.
func TestEpollInEpoll(t *testing.T) {
	st := lanStory(t)
	r, w := st.pipe(O_NONBLOCK)                                     // 3, 4
	low, mid, top := st.epoll(st.s), st.epoll(st.s), st.epoll(st.s) // 5, 6, 7
	st.add(st.s, low, r, EPOLLIN)
	st.add(st.s, mid, low, EPOLLIN|EPOLLET)
	st.add(st.s, top, mid, EPOLLIN)
	st.ready(st.s, low, 0, "nothing is ready")
	st.found(st.s, top, "", "nothing is ready")
	woken := ""
	st.s.Go(func() {
		events, err := st.s.EpollWait(top, 8, -1)
		woken = fmt.Sprint(eventList(events), err)
	})
	st.settle()
	st.write(st.s, w, "x")
	st.settle()
	if woken != "6 EPOLLIN<nil>" {
		t.Errorf("a byte at the bottom wakes who sleeps at the top: got %q", woken)
	}
	st.ready(st.s, low, POLLIN|POLLRDNORM, "an epoll with something ready can be read, so to speak")
	st.found(st.s, top, "6 EPOLLIN", "level-triggered: as long as the epoll below is ready")
	st.found(st.s, mid, "5 EPOLLIN", "an edge")
	st.found(st.s, mid, "", "told once")
	st.found(st.s, top, "", "so the one above is not ready any more")
	st.found(st.s, low, "3 EPOLLIN", "while the byte at the bottom still waits")
	st.read(st.s, r, "x", "the byte")
	st.write(st.s, w, "y")
	st.read(st.s, r, "y", "a byte read before anybody has looked")
	st.found(st.s, top, "", "a wake-up went up, but there is nothing any more")
	st.ready(st.s, mid, 0, "and it is forgotten on the way")
	st.ok(st.s.Close(low), "close of the epoll below")
	st.audit()
}

// Circles are refused, and more than four epolls above a fifth
// (EP_MAX_NESTS), counted from both sides.
func TestEpollCirclesAndDepth(t *testing.T) {
	st := lanStory(t)
	in := &EpollEvent{Events: EPOLLIN}
	var e []int
	for range 8 {
		e = append(e, st.epoll(st.s))
	}
	put := func(above, below int) error { return st.s.EpollCtl(e[above], EPOLL_CTL_ADD, e[below], in) }
	st.ok(put(0, 1), "one epoll in another")
	st.errno(put(1, 0), ELOOP, "and the other in the one")
	st.ok(put(1, 2), "a third below")
	st.errno(put(2, 0), ELOOP, "a circle of three")
	st.ok(put(2, 3), "a fourth")
	st.ok(put(3, 4), "a fifth: four steps from the first to the last")
	st.errno(put(4, 5), ELOOP, "a fifth step at the bottom")
	st.errno(put(5, 0), ELOOP, "or at the top")
	st.errno(put(0, 1), EEXIST, "what is there already, though the way is long")
	st.ok(put(5, 1), "beside the first it makes no way longer")
	st.ok(put(6, 7), "two epolls")
	st.errno(put(4, 6), ELOOP, "under the last they are too deep")
	st.ok(put(2, 6), "not so in the middle: 0, 1, 2, 6, 7")
	st.errno(put(7, 3), ELOOP, "nor may 3 and 4 come under 7: 0, 1, 2, 6, 7, 3, 4")
	st.errno(put(7, 1), ELOOP, "1 is above 7 already")
	st.ok(st.s.EpollCtl(e[2], EPOLL_CTL_DEL, e[3], nil), "EPOLL_CTL_DEL in the middle")
	st.ok(put(4, 7), "the lower half is short now: 7 under 4")
	st.audit()
}

// From one file at most 500 ways of two steps may lead up, so that a wake-up
// does not take for ever (path_limits).
func TestEpollWaysUp(t *testing.T) {
	st := newStory(t, Limits{NofileSoft: 4096, NofileHard: 4096}, LAN)
	in := &EpollEvent{Events: EPOLLIN}
	r, w := st.pipe(O_NONBLOCK)
	low := st.epoll(st.s)
	st.add(st.s, low, r, EPOLLIN)
	for n := range 500 {
		if err := st.s.EpollCtl(st.epoll(st.s), EPOLL_CTL_ADD, low, in); err != nil {
			t.Fatalf("epoll %d above the first: %v", n+1, err)
		}
	}
	above := st.epoll(st.s)
	st.errno(st.s.EpollCtl(above, EPOLL_CTL_ADD, low, in), EINVAL, "501 epolls above one")
	free := st.epoll(st.s)
	for n := range 600 {
		if err := st.s.EpollCtl(st.epoll(st.s), EPOLL_CTL_ADD, w, in); err != nil {
			t.Fatalf("epoll %d with the file itself: ways of one step are free, but: %v", n+1, err)
		}
	}
	st.add(st.s, free, w, EPOLLOUT)
	st.ok(st.s.EpollCtl(low, EPOLL_CTL_DEL, r, nil), "EPOLL_CTL_DEL of the file")
	st.ok(st.s.EpollCtl(above, EPOLL_CTL_ADD, low, in), "without a file at the bottom there is no way up")
	st.errno(st.s.EpollCtl(low, EPOLL_CTL_ADD, r, in), EINVAL, "but the file may not come back: 501 ways")
	st.write(st.s, w, "x")
	st.found(st.s, low, "", "what was refused is not in")
	st.audit()
}
