package sockets

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// Nobody listens: the answer is a reset, and connect says ECONNREFUSED. The
// socket can try again, and may even listen.
func TestConnectRefused(t *testing.T) {
	st := lanStory(t)
	c := st.socket(st.c)
	start := st.now()
	st.errno(st.c.Connect(c, st.server.Addr(80)), ECONNREFUSED, "connect to a closed port")
	st.wantTook(start, 50*time.Microsecond, 100*time.Microsecond, "a refusal takes one round trip")
	_, err := st.c.Write(c, []byte("x"))
	st.errno(err, EPIPE, "write after a refusal")
	st.readErrno(st.c, c, ENOTCONN, "read after a refusal that connect has told")
	st.audit()
	st.listen(80, 5)
	st.ok(st.c.Connect(c, st.server.Addr(80)), "connect again, now that somebody listens")
	st.audit()

	d := st.socket(st.c)
	st.errno(st.c.Connect(d, st.server.Addr(81)), ECONNREFUSED, "connect to a closed port")
	st.ok(st.c.Listen(d, 1), "listen on a socket whose connect was refused")
	st.audit()
	if rows := st.client.Sockets().In(Listen); len(rows) != 1 || rows[0].Local != Any(rows[0].Local.Port) {
		t.Errorf("the socket must listen on every address: %v", rows)
	}
	st.clean()
}

// A bound port stays bound through a refusal; a port that bind chose itself is
// given back and a new one taken (tcp_set_state: SOCK_BINDPORT_LOCK).
func TestConnectRefusedKeepsABoundPort(t *testing.T) {
	st := lanStory(t)
	named, any := st.socket(st.c), st.socket(st.c)
	st.ok(st.c.Bind(named, Any(6000)), "bind")
	st.ok(st.c.Bind(any, Any(0)), "bind")
	a, _ := st.c.Getsockname(any)
	st.errno(st.c.Connect(named, st.server.Addr(80)), ECONNREFUSED, "connect")
	st.errno(st.c.Connect(any, st.server.Addr(80)), ECONNREFUSED, "connect")
	if b, _ := st.c.Getsockname(named); b != Any(6000) {
		t.Errorf("a bound name must survive a refusal, it is %v", b)
	}
	st.errno(st.c.Bind(st.socket(st.c), Any(6000)), EADDRINUSE, "bind to a port that survived a refusal")
	st.ok(st.c.Bind(st.socket(st.c), Any(a.Port)), "bind to a port that bind chose and a refusal gave back")
	st.audit()
	st.clean()
}

// A non-blocking connect: EINPROGRESS, then EALREADY; the first call after it
// is over tells how it went, and only then the socket counts as connected
// (__inet_stream_connect: SS_CONNECTING, SS_CONNECTED).
func TestConnectNonBlocking(t *testing.T) {
	st := lanStory(t)
	st.listen(80, 5)
	c := st.nonblocking(st.c)
	to := st.server.Addr(80)
	st.errno(st.c.Connect(c, to), EINPROGRESS, "the first connect")
	st.errno(st.c.Connect(c, to), EALREADY, "connect while the handshake is under way")
	st.errno(st.c.Connect(c, st.server.Addr(81)), EALREADY, "connect elsewhere while the handshake is under way")
	st.readErrno(st.c, c, EAGAIN, "read while the handshake is under way")
	_, err := st.c.Write(c, []byte("x"))
	st.errno(err, EAGAIN, "write while the handshake is under way")
	st.errno(st.c.Listen(c, 1), EINVAL, "listen while the handshake is under way")
	st.settle()
	st.ok(st.c.Connect(c, to), "the first connect after the handshake")
	st.errno(st.c.Connect(c, to), EISCONN, "the second connect after the handshake")

	d := st.nonblocking(st.c)
	st.errno(st.c.Connect(d, st.server.Addr(81)), EINPROGRESS, "connect to a closed port")
	st.settle()
	st.errno(st.c.Listen(d, 1), EINVAL, "listen before the refusal is told")
	st.errno(st.c.Connect(d, st.server.Addr(81)), ECONNREFUSED, "connect after the refusal")
	st.errno(st.c.Connect(d, st.server.Addr(81)), EINPROGRESS, "connect anew")
	st.settle()
	st.readErrno(st.c, d, ECONNREFUSED, "read tells the refusal")
	st.eof(st.c, d, "after that, read is at the end")
	st.errno(st.c.Connect(d, st.server.Addr(81)), ECONNABORTED, "connect when somebody else was told")
	st.errno(st.c.Connect(d, to), EINPROGRESS, "connect anew")
	st.settle()
	st.audit()
	st.clean()
}

// A connection that was reset stays connected to nobody: the error is told
// once, and the socket cannot connect again.
func TestConnectAfterReset(t *testing.T) {
	st := lanStory(t)
	_, c, s := st.pair(80)
	st.write(st.c, c, "never read")
	st.settle()
	st.ok(st.s.Close(s), "close with unread data")
	st.settle()
	st.errno(st.c.Connect(c, st.server.Addr(80)), EISCONN, "connect of a socket whose connection was reset")
	st.readErrno(st.c, c, ECONNRESET, "the reset is still to be told")
	st.eof(st.c, c, "after that, read is at the end")
	_, err := st.c.Write(c, []byte("x"))
	st.errno(err, EPIPE, "write after the reset was told")
	st.clean()
}

// No link leads to the address: ENETUNREACH, and the socket is as it was.
func TestConnectUnreachable(t *testing.T) {
	st := lanStory(t)
	c := st.socket(st.c)
	st.errno(st.c.Connect(c, Addr("10.9.9.9:80")), ENETUNREACH, "connect to an address without a route")
	st.errno(st.c.Connect(c, SockAddr{Family: 10}), EAFNOSUPPORT, "connect to an address of another family")
	if a, _ := st.c.Getsockname(c); a != Any(0) {
		t.Errorf("a connect that failed at once must leave no name, left %v", a)
	}
	st.listen(80, 1)
	st.ok(st.c.Connect(c, st.server.Addr(80)), "connect to somebody who listens")
	st.audit()
	st.clean()
}

// Nobody answers: the SYN goes out again after 1, 2, 3, 4, 5, 7, 11, 19, 35
// and 67 s, and ETIMEDOUT comes at 131 s (tcp_syn_retries 6,
// tcp_syn_linear_timeouts 4).
func TestConnectTimesOut(t *testing.T) {
	st := lanStory(t, Record())
	// A full accept queue drops every SYN without a word.
	st.listen(80, 0)
	st.connect(80)
	c := st.socket(st.c)
	start := st.now()
	st.errno(st.c.Connect(c, st.server.Addr(80)), ETIMEDOUT, "connect when nobody answers")
	st.wantTook(start, 131*time.Second, time.Millisecond, "connect gives up")
	var sent []time.Duration
	for _, e := range st.net.Tape().Events() {
		if e.Host == "client" && e.Station == StationTx && e.Flags.String() == "S" && time.Duration(e.At) >= start {
			sent = append(sent, (time.Duration(e.At) - start).Round(time.Millisecond))
		}
	}
	want := []time.Duration{0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67}
	for i := range want {
		if want[i] *= time.Second; len(sent) != len(want) || sent[i] != want[i] {
			t.Fatalf("the SYN must go out at %v, it went out at %v", want, sent)
		}
	}
	if s := st.server.Stats(); s.ListenOverflows != 11 || s.ListenDrops != 11 {
		t.Errorf("each of the 11 SYNs must be counted, ListenOverflows is %d, ListenDrops %d", s.ListenOverflows, s.ListenDrops)
	}
	st.audit()
	st.clean()
}

// connect with AF_UNSPEC dissolves the association (tcp_disconnect).
func TestConnectUnspec(t *testing.T) {
	st := lanStory(t)
	l, c, s := st.pair(80)
	unspec := SockAddr{}
	was, _ := st.c.Getsockname(c)
	st.write(st.s, s, "unread")
	st.settle()
	st.ok(st.c.Connect(c, unspec), "connect with AF_UNSPEC")
	_, err := st.c.Getpeername(c)
	st.errno(err, ENOTCONN, "getpeername after it")
	if a, _ := st.c.Getsockname(c); a != Any(was.Port) {
		t.Errorf("Linux forgets the address and still shows the port: want %v, got %v", Any(was.Port), a)
	}
	if st.client.PortsInUse() != 0 {
		t.Errorf("but the port is free: %d are in use", st.client.PortsInUse())
	}
	st.settle()
	st.readErrno(st.s, s, ECONNRESET, "the peer is told by a reset")
	st.errno(st.c.Connect(c, st.server.Addr(81)), ECONNREFUSED, "it can connect again, and the old reset is forgotten")
	st.ok(st.c.Connect(c, st.server.Addr(80)), "and be accepted")
	st.settle()
	st.accept(l)
	st.ok(st.c.Connect(c, unspec), "connect with AF_UNSPEC, once more")
	st.settle()

	// A listener stops listening and keeps its name.
	waiting := st.connect(80)
	st.ok(st.s.Connect(l, unspec), "connect with AF_UNSPEC on a listener")
	_, _, err = st.s.Accept4(l, 0)
	st.errno(err, EINVAL, "accept4 after it")
	if a, _ := st.s.Getsockname(l); a != Any(80) {
		t.Errorf("a bound name stays: want 0.0.0.0:80, got %v", a)
	}
	st.settle()
	st.readErrno(st.c, waiting, ECONNRESET, "who waited in its queue is reset")
	st.ok(st.s.Listen(l, 5), "it can listen again")
	st.audit()

	// A handshake under way ends, and with it the sleep of who waits for it.
	slow := st.socket(st.c)
	st.ok(st.client.AddAddrs("10.5.0.1", 1), "another address")
	var told error
	st.client.Spawn("other", func(*Process) { told = st.c.Connect(slow, st.server.Addr(80)) })
	st.net.RunFor(1) // the SYN is on its way
	st.wantState(st.c, slow, SynSent, "the handshake is under way")
	st.ok(st.c.Connect(slow, unspec), "connect with AF_UNSPEC while another thread connects")
	st.settle()
	st.errno(told, EPIPE, "the thread that waited for the handshake is told")
	st.audit()
	st.clean()
}

// Calls that sleep on a connection that is dissolved end with EPIPE, those that
// write with its error, whatever becomes of the socket before they run again
// (sk_disconnects).
func TestConnectUnspecEndsSleepers(t *testing.T) {
	st := lanStory(t)
	l, c, s := st.pair(80)
	told := map[string]string{}
	tell := func(name string, call func() (int, error)) {
		st.client.Spawn(name, func(*Process) {
			n, err := call()
			told[name] = itoa(n) + " " + errnoOf(err).Name()
		})
		st.settle()
	}
	tell("reader", func() (int, error) { return st.c.Read(c, make([]byte, 1)) })
	tell("writer", func() (int, error) { return st.c.Write(c, make([]byte, 500_000)) })
	st.ok(st.c.Connect(c, SockAddr{}), "connect with AF_UNSPEC")
	st.errno(st.c.Connect(c, st.server.Addr(81)), ECONNREFUSED, "connect anew, before the sleepers run")
	st.settle()
	if told["reader"] != "0 EPIPE" {
		t.Errorf("the reader is told EPIPE, got %s", told["reader"])
	}
	if n, _, _ := strings.Cut(told["writer"], " "); n == "0" || !strings.HasSuffix(told["writer"], " errno 0") {
		t.Errorf("the writer is told how much it wrote, got %s", told["writer"])
	}
	st.ok(st.s.Close(s), "close")

	// A write that waits for the handshake, and the first write of all.
	st.ok(st.s.Close(l), "close")
	st.listen(80, 0)
	st.connect(80) // the queue is full, SYNs are dropped
	c = st.nonblocking(st.c)
	st.errno(st.c.Connect(c, st.server.Addr(80)), EINPROGRESS, "connect")
	st.c.Fcntl(c, F_SETFL, 0)
	tell("early", func() (int, error) { return st.c.Write(c, []byte("x")) })
	tell("reader", func() (int, error) { return st.c.Read(c, make([]byte, 1)) })
	st.ok(st.c.Connect(c, SockAddr{}), "connect with AF_UNSPEC")
	st.settle()
	if told["early"] != "0 ECONNRESET" || told["reader"] != "0 EPIPE" {
		t.Errorf("a write during the handshake is told the error, a read EPIPE: got %v", told)
	}
	st.audit()
	st.clean()
}

// errnoOf is the errno of a call's error, 0 for none.
func errnoOf(err error) (e Errno) {
	errors.As(err, &e)
	return e
}

// A socket can connect to itself: its own port on its own host.
func TestConnectToOneself(t *testing.T) {
	st := lanStory(t, Record())
	c := st.socket(st.c)
	st.ok(st.c.Bind(c, Addr("127.0.0.1:6000")), "bind")
	st.ok(st.c.Connect(c, Addr("127.0.0.1:6000")), "connect to one's own address")
	st.settle()
	st.write(st.c, c, "echo")
	st.read(st.c, c, "echo", "what it writes it can read")
	if got, want := st.states(st.client), "CLOSED -> SYN-SENT, SYN-SENT -> SYN-RECEIVED, SYN-RECEIVED -> ESTABLISHED"; got != want {
		t.Errorf("a connection to oneself is a simultaneous open: want %s, got %s", want, got)
	}
	st.audit()
	st.clean()
}

// The pair of addresses is in use: a second socket bound to the same port, as
// far as bind allows it, cannot have the same peer.
func TestConnectPairInUse(t *testing.T) {
	st := lanStory(t)
	l := st.listen(80, 5)
	c := st.socket(st.c)
	st.ok(st.c.Bind(c, Any(6000)), "bind")
	st.ok(st.c.Connect(c, st.server.Addr(80)), "connect")
	// Bound to every address and connected from one, it has only that one.
	d := st.socket(st.c)
	st.ok(st.c.Bind(d, Addr("127.0.0.1:6000")), "bind to the same port of lo")
	st.errno(st.c.Bind(st.socket(st.c), st.client.Addr(6000)), EADDRINUSE, "bind to the same port of the same address")
	st.errno(st.c.Bind(st.socket(st.c), Any(6000)), EADDRINUSE, "bind to the same port of every address")
	st.audit()
	st.ok(st.c.Close(c), "close, first") // TIME_WAIT will be here
	st.settle()
	st.ok(st.s.Close(st.accept(l)), "close, second")
	st.settle()
	if n := len(st.client.Sockets().In(TimeWait)); n != 1 {
		t.Fatalf("the client must be in TIME_WAIT: %v", st.client.Sockets())
	}
	st.net.RunFor(60 * time.Second)
	st.ok(st.c.Bind(st.socket(st.c), st.client.Addr(6000)), "bind after TIME_WAIT")
	st.audit()
	st.clean()
}
