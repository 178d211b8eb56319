package sockets

import (
	"fmt"
	"testing"
	"time"
)

// What poll finds at a connection, from birth to end: tcp_poll.
func TestPollOfAConnection(t *testing.T) {
	st := lanStory(t)
	const writable = POLLOUT | POLLWRNORM
	c := st.nonblocking(st.c)
	st.ready(st.c, c, POLLHUP|writable, "a socket that was never connected has hung up, and would not block")
	l := st.listen(80, 5)
	st.ready(st.s, l, 0, "a listener with an empty queue")
	st.errno(st.c.Connect(c, st.server.Addr(80)), EINPROGRESS, "connect")
	st.ready(st.c, c, 0, "in SYN-SENT nothing is ready")
	st.settle()
	st.ready(st.c, c, writable, "connected")
	st.ready(st.s, l, POLLIN|POLLRDNORM, "a connection waits in the queue")
	s := st.accept(l)
	st.ready(st.s, l, 0, "the queue is empty again")
	st.write(st.c, c, "x")
	st.settle()
	st.ready(st.s, s, POLLIN|POLLRDNORM|writable, "a byte waits")
	st.ok(st.c.Shutdown(c, 1), "shutdown for writing")
	st.settle()
	st.ready(st.c, c, writable, "a closed writing half would not block: it fails at once")
	st.ready(st.s, s, POLLIN|POLLRDNORM|POLLRDHUP|writable, "the peer has closed its half")
	st.ok(st.s.Shutdown(s, 1), "shutdown for writing")
	st.settle()
	st.ready(st.s, s, POLLIN|POLLRDNORM|POLLRDHUP|POLLHUP|writable, "both halves are closed")
	st.ready(st.c, c, POLLIN|POLLRDNORM|POLLRDHUP|POLLHUP|writable, "at the other end, too")
	st.audit()
}

// A refused connect is told in every way there is; the error goes with the
// call that takes it.
func TestPollOfARefusedConnect(t *testing.T) {
	st := lanStory(t)
	c := st.nonblocking(st.c)
	st.errno(st.c.Connect(c, st.server.Addr(80)), EINPROGRESS, "connect")
	st.settle()
	const over = POLLIN | POLLRDNORM | POLLRDHUP | POLLHUP | POLLOUT | POLLWRNORM
	st.ready(st.c, c, over|POLLERR, "refused")
	_, err := st.c.Write(c, []byte("x"))
	st.errno(err, ECONNREFUSED, "the error is told once")
	st.ready(st.c, c, over, "and then it is only over")
	st.audit()
}

// A full send buffer is not writable, and writable again when a third of it is
// free (sk_stream_is_writeable).
func TestPollOfAFullSendBuffer(t *testing.T) {
	st := lanStory(t)
	l, c, s := st.pair(80)
	_ = l
	_, err := st.c.Fcntl(c, F_SETFL, O_NONBLOCK)
	st.ok(err, "F_SETFL")
	for err == nil {
		_, err = st.c.Write(c, make([]byte, 65536))
		st.settle()
	}
	st.errno(err, EAGAIN, "the buffer is full")
	st.ready(st.c, c, 0, "nothing can be written")
	woken := -1
	st.c.Go(func() { woken, _ = st.c.Poll([]PollFD{{FD: c, Events: POLLOUT}}, 1, -1) })
	st.settle()
	if woken != -1 {
		t.Fatalf("poll must sleep while the buffer is full, it returned %d", woken)
	}
	for buf := make([]byte, 4096); woken == -1; st.settle() {
		if n, err := st.s.Recvfrom2(s, buf); n == 0 || err != nil {
			t.Fatalf("everything was read and nobody was woken: %d, %v", n, err)
		}
	}
	if woken != 1 {
		t.Errorf("room in the buffer wakes poll: want 1 ready, got %d", woken)
	}
	st.audit()
}

// Recvfrom2 reads what there is, without waiting.
func (p *Process) Recvfrom2(fd int, buf []byte) (int, error) {
	n, _, err := p.Recvfrom(fd, buf, MSG_DONTWAIT)
	return n, err
}

// The numbers poll is given: nfds against RLIMIT_NOFILE and the array, closed
// and negative descriptors, events of 16 bits.
func TestPollNumbers(t *testing.T) {
	st := lanStory(t)
	a := st.socket(st.s)
	fds := []PollFD{{FD: a}, {FD: 77, Events: POLLIN}, {FD: -1, Events: POLLIN}, {FD: 0, Events: POLLIN | POLLPRI | 1<<16}}
	if n, err := st.s.Poll(fds, 4, -1); n != 3 || err != nil {
		t.Errorf("a hung-up socket, a closed number and /dev/null: want 3, got %d, %v", n, err)
	}
	got := fmt.Sprint(fds[0].Revents, fds[1].Revents, fds[2].Revents, fds[3].Revents)
	if want := fmt.Sprint(POLLHUP, POLLNVAL, 0, POLLIN); got != want {
		t.Errorf("revents: want %s, got %s", want, got)
	}
	if n, err := st.s.Poll(fds, 0, 0); n != 0 || err != nil {
		t.Errorf("of four entries none may be looked at: got %d, %v", n, err)
	}
	_, err := st.s.Poll(fds, 5, 0)
	st.errno(err, EFAULT, "the array has four entries")
	st.ok(st.s.Setrlimit(4, 4096), "setrlimit")
	_, err = st.s.Poll(fds, 5, 0)
	st.errno(err, EINVAL, "more than RLIMIT_NOFILE")
	_, err = st.s.Poll(fds, -1, 0)
	st.errno(err, EINVAL, "-1 is a huge number")
	if n, err := st.s.Poll(nil, 0, 30*time.Millisecond); n != 0 || err != nil || st.now() != 30*time.Millisecond {
		t.Errorf("poll of nothing sleeps for its time: got %d, %v, it is %v", n, err, st.net.Now())
	}
	st.s.Exit()
	_, err = st.s.Poll(fds, 1, 0)
	st.errno(err, ESRCH, "a process that has ended")
}

// A datagram socket can always be written; an error and a datagram can be read.
func TestPollOfDatagrams(t *testing.T) {
	st := lanStory(t)
	const writable = POLLOUT | POLLWRNORM | POLLWRBAND
	u, err := st.s.Socket(AF_INET, SOCK_DGRAM|SOCK_NONBLOCK, 0)
	st.ok(err, "socket")
	st.ready(st.s, u, writable, "a datagram socket is not connected, and has not hung up")
	st.ok(st.s.Bind(u, Any(53)), "bind")
	c, err := st.c.Socket(AF_INET, SOCK_DGRAM|SOCK_NONBLOCK, 0)
	st.ok(err, "socket")
	st.ok(st.c.Connect(c, st.server.Addr(53)), "connect")
	st.write(st.c, c, "question")
	st.settle()
	st.ready(st.s, u, writable|POLLIN|POLLRDNORM, "a datagram waits")
	st.ok(st.s.Close(u), "close")
	st.write(st.c, c, "question")
	st.settle()
	st.ready(st.c, c, writable|POLLERR, "nobody had the port")
	st.readErrno(st.c, c, ECONNREFUSED, "the error is read")
	st.ready(st.c, c, writable, "once")
	st.ok(st.c.Shutdown(c, 2), "shutdown")
	st.ready(st.c, c, writable|POLLIN|POLLRDNORM|POLLRDHUP|POLLHUP, "both halves are closed")
	st.audit()
}

// A poll asleep hears of what it asked, and of errors and hang-ups; it sleeps
// on through the rest, and no longer than its time.
func TestPollSleepsForWhatItAsked(t *testing.T) {
	st := lanStory(t)
	_, c, s := st.pair(80)
	var f []PollFD
	n, took := -1, st.now()
	st.s.Go(func() {
		f = []PollFD{{FD: s, Events: POLLPRI | POLLRDHUP}}
		n, _ = st.s.Poll(f, 1, time.Second)
		took = st.now() - took
	})
	st.settle()
	st.write(st.c, c, "bytes nobody asked for")
	st.settle()
	if n != -1 {
		t.Fatalf("bytes are not what this poll asked for, it returned %d with %v", n, f)
	}
	st.ok(st.c.Shutdown(c, 1), "shutdown for writing")
	st.settle()
	if n != 1 || f[0].Revents != POLLRDHUP {
		t.Errorf("the peer has closed its half: want POLLRDHUP, got %d with %s", n, pollNames(f[0].Revents))
	}
	start := st.now()
	if n, err := st.s.Poll([]PollFD{{FD: s, Events: POLLPRI}}, 1, 250*time.Millisecond); n != 0 || err != nil {
		t.Errorf("nothing urgent comes: want 0 after 250 ms, got %d, %v", n, err)
	}
	st.wantTook(start, 250*time.Millisecond, 0, "the timeout")
	st.audit()
}

// Sockets that are made and named, no more, can be polled: each kind has its
// own answer (unix_poll, vsock_poll, datagram_poll).
func TestPollOfOtherKinds(t *testing.T) {
	st := lanStory(t)
	const writable, ended = POLLOUT | POLLWRNORM | POLLWRBAND, POLLIN | POLLRDNORM | POLLRDHUP
	for _, c := range []struct {
		family, kind, protocol int
		fresh, half, whole     int // at birth, after SHUT_RD, after SHUT_RDWR
	}{
		{AF_UNIX, SOCK_STREAM, 0, writable | POLLHUP, writable | POLLHUP | ended, writable | POLLHUP | ended},
		{AF_UNIX, SOCK_SEQPACKET, 0, writable | POLLHUP, writable | POLLHUP | ended, writable | POLLHUP | ended},
		{AF_UNIX, SOCK_DGRAM, 0, writable, writable | ended, writable | ended | POLLHUP},
		{AF_INET, SOCK_RAW, 255, writable, writable | ended, writable | ended | POLLHUP},
		{AF_NETLINK, SOCK_RAW, 0, writable, writable, writable},
		{AF_VSOCK, SOCK_STREAM, 0, POLLOUT | POLLWRNORM, POLLOUT | POLLWRNORM, POLLOUT | POLLWRNORM},
	} {
		name := fmt.Sprintf("socket(%d, %d, %d)", c.family, c.kind, c.protocol)
		fd, err := st.s.Socket(c.family, c.kind, c.protocol)
		if err != nil {
			t.Errorf("%s must succeed, but: %v", name, err)
			continue
		}
		st.ready(st.s, fd, c.fresh, name)
		st.s.Shutdown(fd, 0)
		st.ready(st.s, fd, c.half, name+" after SHUT_RD")
		st.s.Shutdown(fd, 2)
		st.ready(st.s, fd, c.whole, name+" after SHUT_RDWR")
	}
	st.audit()
}
