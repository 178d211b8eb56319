package sockets

import (
	"fmt"
	"sort"
	"strings"
	"testing"
	"time"
)

// epoll is a new epoll of a process.
func (st *story) epoll(p *Process) int {
	st.Helper()
	fd, err := p.EpollCreate1(0)
	st.ok(err, "epoll_create1")
	return fd
}

// add puts a descriptor into an epoll; it comes back as its number.
func (st *story) add(p *Process, ep, fd int, events uint32) {
	st.Helper()
	st.ok(p.EpollCtl(ep, EPOLL_CTL_ADD, fd, &EpollEvent{events, uint64(fd)}), "EPOLL_CTL_ADD")
}

// mod changes what an epoll looks for.
func (st *story) mod(p *Process, ep, fd int, events uint32) {
	st.Helper()
	st.ok(p.EpollCtl(ep, EPOLL_CTL_MOD, fd, &EpollEvent{events, uint64(fd)}), "EPOLL_CTL_MOD")
}

// found says what epoll_wait must find now, in this order: "4 EPOLLIN, …".
func (st *story) found(p *Process, ep int, want, why string) {
	st.Helper()
	st.finds(p, ep, 8, want, why)
}

func (st *story) finds(p *Process, ep, most int, want, why string) {
	st.Helper()
	events, err := p.EpollWait(ep, most, 0)
	if got := eventList(events); err != nil || got != want {
		st.Errorf("%s: epoll_wait must find %q, found %q, %v", why, want, got, err)
	}
}

func eventList(events []EpollEvent) string {
	list := make([]string, len(events))
	for i, e := range events {
		list[i] = fmt.Sprintf("%d %s", e.Data, epollNames(int(e.Events)))
	}
	return strings.Join(list, ", ")
}

// What epoll_ctl refuses, in the kernel's order (do_epoll_ctl).
func TestEpollCtlErrors(t *testing.T) {
	st := lanStory(t)
	s, ep := st.nonblocking(st.s), st.epoll(st.s) // 3, 4
	other := st.epoll(st.s)                       // 5
	in := &EpollEvent{Events: EPOLLIN}
	st.add(st.s, ep, s, EPOLLIN)
	for _, c := range []struct {
		epfd, op, fd int
		ev           *EpollEvent
		want         Errno
		why          string
	}{
		{ep, EPOLL_CTL_ADD, s, in, EEXIST, "it is there"},
		{ep, EPOLL_CTL_DEL, other, nil, ENOENT, "it is not there"},
		{ep, EPOLL_CTL_MOD, other, in, ENOENT, "it is not there"},
		{ep, EPOLL_CTL_MOD, 0, in, EPERM, "/dev/null cannot be polled"},
		{s, EPOLL_CTL_ADD, 0, in, EPERM, "which is seen before that the first number is no epoll"},
		{s, EPOLL_CTL_ADD, ep, in, EINVAL, "a socket is no epoll"},
		{ep, EPOLL_CTL_ADD, ep, in, EINVAL, "an epoll in itself"},
		{ep, 4, s, in, EINVAL, "there are three operations"},
		{ep, 0, s, in, EINVAL, "there are three operations"},
		{99, 7, s, nil, EFAULT, "the event is read first, for every operation but DEL"},
		{99, 7, s, in, EBADF, "then the numbers are looked up"},
		{ep, 7, 99, in, EBADF, "both of them"},
		{ep, EPOLL_CTL_MOD, s, &EpollEvent{Events: EPOLLIN | EPOLLEXCLUSIVE}, EINVAL, "EPOLLEXCLUSIVE is for ADD"},
		{ep, EPOLL_CTL_ADD, other, &EpollEvent{Events: EPOLLIN | EPOLLEXCLUSIVE}, EINVAL, "and not for an epoll in an epoll"},
		{other, EPOLL_CTL_ADD, s, &EpollEvent{Events: EPOLLIN | EPOLLEXCLUSIVE | EPOLLRDHUP}, EINVAL, "nor with EPOLLRDHUP"},
		{other, EPOLL_CTL_ADD, s, &EpollEvent{Events: EPOLLEXCLUSIVE | EPOLLONESHOT}, EINVAL, "nor with EPOLLONESHOT"},
	} {
		st.errno(st.s.EpollCtl(c.epfd, c.op, c.fd, c.ev), c.want, fmt.Sprintf("epoll_ctl(%d, %d, %d): %s", c.epfd, c.op, c.fd, c.why))
	}
	st.add(st.s, other, s, EPOLLIN|EPOLLOUT|EPOLLET|EPOLLWAKEUP|EPOLLEXCLUSIVE)
	st.errno(st.s.EpollCtl(other, EPOLL_CTL_MOD, s, in), EINVAL, "an exclusive entry stays as it is")
	st.ok(st.s.EpollCtl(other, EPOLL_CTL_DEL, s, nil), "EPOLL_CTL_DEL")
	for _, c := range []struct {
		fd, most int
		want     Errno
	}{{99, 0, EBADF}, {ep, 0, EINVAL}, {ep, -1, EINVAL}, {ep, 1 << 30, EINVAL}, {s, 1, EINVAL}} {
		_, err := st.s.EpollWait(c.fd, c.most, 0)
		st.errno(err, c.want, fmt.Sprintf("epoll_wait(%d, …, %d)", c.fd, c.most))
	}
	_, err := st.s.EpollCreate1(EPOLL_CLOEXEC | 1)
	st.errno(err, EINVAL, "epoll_create1 has one flag")
	st.audit()
}

// Level-triggered: told as long as it is so, and each time after those that
// were not told last (ep_send_events).
func TestEpollLevelTakesTurns(t *testing.T) {
	st := lanStory(t)
	ep := st.epoll(st.s)
	var ws []int
	for range 3 {
		_, w := st.pipe(0)
		ws = append(ws, w)
		st.add(st.s, ep, w, EPOLLOUT)
	}
	if got := fmt.Sprint(ws); got != "[5 7 9]" {
		t.Fatalf("the writers are 5, 7 and 9, not %s", got)
	}
	st.finds(st.s, ep, 2, "5 EPOLLOUT, 7 EPOLLOUT", "the first two of three")
	st.finds(st.s, ep, 2, "9 EPOLLOUT, 5 EPOLLOUT", "who was not told comes first")
	st.finds(st.s, ep, 8, "7 EPOLLOUT, 9 EPOLLOUT, 5 EPOLLOUT", "all, in the order of the last time")
	st.audit()
}

// Edge-triggered: told once for each wake-up, whatever is left, and at ADD and
// MOD. One-shot: told once, and then silent until MOD, even of errors.
func TestEpollEdgeAndOneShot(t *testing.T) {
	st := lanStory(t)
	_, c, s := st.pair(80)
	edge, once := st.epoll(st.s), st.epoll(st.s)
	st.write(st.c, c, "ab")
	st.settle()
	st.add(st.s, edge, s, EPOLLIN|EPOLLET)
	st.add(st.s, once, s, EPOLLIN|EPOLLONESHOT)
	st.found(st.s, edge, "4 EPOLLIN", "it was ready when it was added")
	st.found(st.s, edge, "", "told once")
	st.found(st.s, once, "4 EPOLLIN", "it was ready when it was added")
	st.found(st.s, once, "", "shot")
	st.read2(s, 1)
	st.found(st.s, edge, "", "a byte is left, but nothing has happened")
	st.write(st.c, c, "cd")
	st.settle()
	st.found(st.s, edge, "4 EPOLLIN", "more has come")
	st.found(st.s, once, "", "a shot entry is told of nothing")
	st.mod(st.s, edge, s, EPOLLIN|EPOLLET)
	st.found(st.s, edge, "4 EPOLLIN", "MOD looks anew")
	st.mod(st.s, once, s, EPOLLIN|EPOLLONESHOT)
	st.found(st.s, once, "4 EPOLLIN", "MOD loads it again")
	st.c.Exit()
	st.settle()
	st.found(st.s, once, "", "it is shot: not even a hang-up is told")
	st.found(st.s, edge, "4 EPOLLIN", "the peer's end wakes it")
	st.audit()
}

// A wake-up counts if its events meet those asked for, even if what has
// happened is over by then; epoll_wait asks again, and drops it.
func TestEpollAsksAgain(t *testing.T) {
	st := lanStory(t)
	_, c, s := st.pair(80)
	ep := st.epoll(st.s)
	st.add(st.s, ep, s, EPOLLIN)
	st.write(st.c, c, "x")
	st.settle()
	st.read2(s, 1)
	st.found(st.s, ep, "", "the byte is read already")
	u, err := st.s.Socket(AF_INET, SOCK_DGRAM|SOCK_NONBLOCK, 0)
	st.ok(err, "socket")
	st.ok(st.s.Connect(u, sockaddr4(loop4, 53)), "connect")
	st.add(st.s, ep, u, EPOLLOUT|EPOLLET)
	st.found(st.s, ep, "6 EPOLLOUT", "writable at once")
	st.found(st.s, ep, "", "and nothing since")
	st.write(st.s, u, "x")
	st.found(st.s, ep, "6 EPOLLOUT", "each datagram that leaves makes room")
	st.settle()
	st.found(st.s, ep, "6 EPOLLOUT|EPOLLERR", "the error comes to every entry")
	st.audit()
}

// An entry is a number and a file. It lives until the file's last descriptor
// goes, whatever becomes of the number.
func TestEpollEntryLivesAsLongAsTheFile(t *testing.T) {
	st := lanStory(t)
	r, w := st.pipe(0) // 3, 4
	ep := st.epoll(st.s)
	st.add(st.s, ep, r, EPOLLIN)
	again, err := st.s.Dup(r) // 6
	st.ok(err, "dup")
	st.add(st.s, ep, again, EPOLLIN)
	st.write(st.s, w, "x")
	st.found(st.s, ep, "6 EPOLLIN, 3 EPOLLIN", "two numbers, two entries; the newest hears first")
	st.ok(st.s.Close(r), "close of one number")
	st.found(st.s, ep, "6 EPOLLIN, 3 EPOLLIN", "the file is open, so both entries stay")
	st.errno(st.s.EpollCtl(ep, EPOLL_CTL_DEL, r, nil), EBADF, "number 3 is closed: its entry cannot be named any more")
	if s := st.socket(st.s); s != r {
		t.Fatalf("number 3 is free, socket returned %d", s)
	}
	st.errno(st.s.EpollCtl(ep, EPOLL_CTL_DEL, r, nil), ENOENT, "number 3 is another file now")
	st.add(st.s, ep, r, EPOLLHUP)
	st.ok(st.s.Close(again), "close of the last number")
	st.found(st.s, ep, "3 EPOLLHUP", "the pipe's reading end has gone, with both entries")
	st.ok(st.s.Close(w), "close")
	st.ok(st.s.Close(ep), "close of the epoll")
	if live := st.server.items.live; live != 0 {
		t.Errorf("with the epoll its entries go, %d are left", live)
	}
	st.audit()
}

// After fork both processes have one epoll: one set, one ready list.
func TestEpollIsSharedOverFork(t *testing.T) {
	st := lanStory(t)
	_, w := st.pipe(0)
	ep := st.epoll(st.s)
	child, err := st.s.Fork("child")
	st.ok(err, "fork")
	st.add(child, ep, w, EPOLLOUT|EPOLLET)
	st.found(st.s, ep, "4 EPOLLOUT", "what the child has put in")
	st.found(child, ep, "", "an edge is told to one of them")
	st.ok(st.s.Close(ep), "close by the parent")
	st.ok(child.EpollCtl(ep, EPOLL_CTL_DEL, w, nil), "the child still has it")
	child.Exit()
	st.audit()
}

// Of threads that sleep in one epoll_wait a wake-up wakes the last that came;
// if more is ready than it takes, it wakes the next (ep_done_scan).
func TestEpollWakesTheLastThatCame(t *testing.T) {
	st := lanStory(t)
	_, c, s := st.pair(80)
	r, w := st.pipe(0)
	ep := st.epoll(st.s)
	st.add(st.s, ep, s, EPOLLIN|EPOLLET)
	st.add(st.s, ep, r, EPOLLIN|EPOLLET)
	var order []string
	for _, name := range []string{"first", "second", "third"} {
		st.s.Go(func() {
			events, err := st.s.EpollWait(ep, 1, 100*time.Millisecond)
			if err != nil {
				name += " " + err.Error()
			}
			order = append(order, name+" "+eventList(events))
		})
		st.settle()
	}
	st.write(st.c, c, "x")
	st.settle()
	if got := strings.Join(order, ", "); got != "third 4 EPOLLIN" {
		t.Errorf("one wake-up, one thread, the last: got %s", got)
	}
	st.write(st.s, w, "x")
	st.settle()
	if got := strings.Join(order, ", "); got != "third 4 EPOLLIN, second 5 EPOLLIN" {
		t.Errorf("the next wake-up: got %s", got)
	}
	st.net.RunFor(time.Second)
	if got := strings.Join(order, ", "); got != "third 4 EPOLLIN, second 5 EPOLLIN, first " {
		t.Errorf("the first times out with nothing: got %s", got)
	}
	st.audit()
}

// Many epolls, each with a thread, look after one listener. Without
// EPOLLEXCLUSIVE a connection wakes all of them; with it, one.
func TestEpollExclusiveWakesOne(t *testing.T) {
	for _, c := range []struct {
		events uint32
		want   string
	}{{EPOLLIN, "0 1 2 3"}, {EPOLLIN | EPOLLEXCLUSIVE, "0"}} {
		st := lanStory(t)
		l := st.listen(80, 5)
		var woken []string
		for k := range 4 {
			ep := st.epoll(st.s)
			st.add(st.s, ep, l, c.events)
			st.s.Go(func() {
				if events, err := st.s.EpollWait(ep, 8, -1); len(events) == 1 && err == nil {
					woken = append(woken, itoa(k))
				}
			})
		}
		st.settle()
		st.connect(80)
		sort.Strings(woken)
		if got := strings.Join(woken, " "); got != c.want {
			t.Errorf("with events %#x a connection must wake %s, woke %s", c.events, c.want, got)
		}
		st.audit()
	}
}

// A sleeping epoll_wait hears of an entry that is ready when it is added or
// changed, and of none that is not what was asked.
func TestEpollWakesOnCtl(t *testing.T) {
	st := lanStory(t)
	r, w := st.pipe(0)
	ep := st.epoll(st.s)
	var got []EpollEvent
	woken := 0
	wait := func() {
		st.s.Go(func() { got, _ = st.s.EpollWait(ep, 8, -1); woken++ })
		st.settle()
	}
	wait()
	st.add(st.s, ep, r, EPOLLIN)
	st.settle()
	if woken != 0 {
		t.Errorf("an empty pipe is not ready, but woke epoll_wait with %s", eventList(got))
	}
	st.add(st.s, ep, w, EPOLLOUT|EPOLLET)
	st.settle()
	if woken != 1 || eventList(got) != "4 EPOLLOUT" {
		t.Errorf("an entry that is ready when added: want one wake-up with 4 EPOLLOUT, got %d with %s", woken, eventList(got))
	}
	wait()
	st.mod(st.s, ep, w, EPOLLOUT|EPOLLWRNORM)
	st.settle()
	if woken != 2 || eventList(got) != "4 EPOLLOUT|EPOLLWRNORM" {
		t.Errorf("an entry that is ready when changed: want a second wake-up, got %d with %s", woken, eventList(got))
	}
	st.audit()
}

// A user may have as many entries as fs.epoll.max_user_watches, whatever
// epolls they are in.
func TestEpollUserWatches(t *testing.T) {
	st := newStory(t, Limits{RAM: 1 << 20, FileMax: 8192}, LAN) // 4 % of 1 MiB holds 227 entries of 184 bytes
	a, b := st.epoll(st.s), st.epoll(st.s)
	n := 0
	add := func() error {
		r, _ := st.pipe(0)
		ep := a
		if n%2 == 1 {
			ep = b
		}
		return st.s.EpollCtl(ep, EPOLL_CTL_ADD, r, &EpollEvent{})
	}
	for ; n < 227; n++ {
		st.ok(add(), "EPOLL_CTL_ADD")
	}
	st.errno(add(), ENOSPC, "entry 228")
	child, err := st.s.Fork("child")
	st.ok(err, "fork")
	st.ok(child.Setuid(1000), "setuid")
	own := st.epoll(child)
	st.ok(child.EpollCtl(own, EPOLL_CTL_ADD, 5, &EpollEvent{}), "EPOLL_CTL_ADD by another user")
	st.errno(child.EpollCtl(a, EPOLL_CTL_ADD, own, &EpollEvent{}), ENOSPC, "the epoll's maker pays, not who adds")
	st.ok(child.Close(b), "close of an epoll with half of them")
	st.errno(add(), ENOSPC, "the parent still has it")
	st.ok(st.s.Close(b), "close of it by the parent")
	n = 0 // the next goes into the other
	st.ok(add(), "EPOLL_CTL_ADD when there is room again")
	st.audit()
}
