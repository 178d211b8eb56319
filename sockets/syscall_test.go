package sockets

import (
	"errors"
	"fmt"
	"testing"
)

// socket(2) checks its arguments in Linux's order (net/socket.c
// __sys_socket, __sock_create; net/ipv4/af_inet.c inet_create).
func TestSocketArguments(t *testing.T) {
	st := lanStory(t)
	for _, c := range []struct {
		domain, typ, protocol int
		want                  Errno
	}{
		{AF_INET, SOCK_STREAM, 0, 0},
		{AF_INET, SOCK_STREAM, IPPROTO_TCP, 0},
		{AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, 0},
		{AF_INET, SOCK_STREAM | 1<<20, 0, EINVAL}, // a flag socket does not know
		{AF_INET, 11, 0, EINVAL},                  // SOCK_MAX
		{AF_INET, 15, 0, EINVAL},
		{AF_INET, 0, 0, ESOCKTNOSUPPORT},
		{AF_INET, 4, 0, ESOCKTNOSUPPORT},
		{AF_INET, SOCK_STREAM, 17, EPROTONOSUPPORT}, // UDP is no stream
		{AF_INET, SOCK_STREAM, -1, EINVAL},
		{AF_INET, SOCK_STREAM, 263, EINVAL}, // IPPROTO_MAX
		{AF_UNSPEC, SOCK_STREAM, 0, EAFNOSUPPORT},
		{46, SOCK_STREAM, 0, EAFNOSUPPORT}, // AF_MAX
		{-1, SOCK_STREAM, 0, EAFNOSUPPORT},
		{46, 11, 0, EAFNOSUPPORT},            // the family before the type
		{AF_UNSPEC, 11, 0, EINVAL},           // but a family without a protocol after it
		{46, SOCK_STREAM | 1<<20, 0, EINVAL}, // and the flags before everything
	} {
		fd, err := st.s.Socket(c.domain, c.typ, c.protocol)
		what := fmt.Sprintf("socket(%d, %#x, %d)", c.domain, c.typ, c.protocol)
		if c.want != 0 {
			st.errno(err, c.want, what)
			if fd != -1 {
				t.Errorf("%s must return -1 with its error, returned %d", what, fd)
			}
			continue
		}
		st.ok(err, what)
	}
	st.audit()
	st.clean()
}

// A number that is not open is EBADF, and /dev/null is no socket.
func TestEveryCallChecksItsDescriptor(t *testing.T) {
	st := lanStory(t)
	calls := map[string]func(fd int) error{
		"bind":        func(fd int) error { return st.s.Bind(fd, Any(80)) },
		"listen":      func(fd int) error { return st.s.Listen(fd, 1) },
		"accept4":     func(fd int) error { _, _, err := st.s.Accept4(fd, 0); return err },
		"connect":     func(fd int) error { return st.s.Connect(fd, st.client.Addr(80)) },
		"getsockname": func(fd int) error { _, err := st.s.Getsockname(fd); return err },
		"getpeername": func(fd int) error { _, err := st.s.Getpeername(fd); return err },
		"read":        func(fd int) error { _, err := st.s.Read(fd, make([]byte, 1)); return err },
		"write":       func(fd int) error { _, err := st.s.Write(fd, []byte("x")); return err },
		"close":       func(fd int) error { return st.s.Close(fd) },
	}
	for _, name := range []string{"bind", "listen", "accept4", "connect", "getsockname", "getpeername", "read", "write", "close"} {
		call := calls[name]
		for _, fd := range []int{-1, 3, 1 << 40} {
			st.errno(call(fd), EBADF, fmt.Sprintf("%s of descriptor %d, which is not open", name, fd))
		}
		switch err := call(1); name {
		case "read", "write", "close": // files can be read, written and closed
			st.ok(err, name+" of /dev/null")
		default:
			st.errno(err, ENOTSOCK, name+" of /dev/null")
		}
		if name == "close" {
			st.errno(call(1), EBADF, "close of a descriptor closed before")
		}
		// The order of checks: the number first, then the flags, then the kind.
	}
	_, _, err := st.s.Accept4(99, 1)
	st.errno(err, EBADF, "accept4 of no descriptor, with a flag it does not know")
	_, _, err = st.s.Accept4(0, 1)
	st.errno(err, EINVAL, "accept4 of /dev/null, with a flag it does not know")
	st.audit()
}

// bind(2) checks in this order: family, address, privilege, whether the socket
// has a port already, whether the port is taken (__inet_bind).
func TestBindOrderOfChecks(t *testing.T) {
	st := lanStory(t)
	fd := st.socket(st.s)
	st.errno(st.s.Bind(fd, SockAddr{Family: 10, Port: 80}), EAFNOSUPPORT, "bind to an address of IPv6")
	st.errno(st.s.Bind(fd, SockAddr{Family: AF_UNSPEC, Port: 80, Addr: [16]byte{1}}), EAFNOSUPPORT, "bind with AF_UNSPEC and an address")
	st.errno(st.s.Bind(fd, Addr("no address")), EAFNOSUPPORT, "bind to what is no address")
	st.errno(st.s.Bind(fd, Addr("10.9.9.9:80")), EADDRNOTAVAIL, "bind to an address of nobody")
	st.errno(st.s.Bind(fd, st.client.Addr(80)), EADDRNOTAVAIL, "bind to the client's address")
	st.ok(st.s.Bind(fd, SockAddr{Family: AF_UNSPEC, Port: 80}), "bind with AF_UNSPEC and the wildcard, which is let through")
	st.errno(st.s.Bind(fd, Any(81)), EINVAL, "a second bind")
	st.errno(st.s.Bind(fd, st.client.Addr(80)), EADDRNOTAVAIL, "a second bind, to a foreign address")
	other := st.socket(st.s)
	st.errno(st.s.Bind(other, Any(80)), EADDRINUSE, "bind to a bound port")
	st.errno(st.s.Bind(other, Addr("127.0.0.1:80")), EADDRINUSE, "bind to one address of a port bound to all")
	st.ok(st.s.Bind(other, Addr("127.0.0.1:81")), "bind to another port")
	third := st.socket(st.s)
	st.ok(st.s.Bind(third, Addr("10.0.0.1:81")), "bind to the same port of another address")
	st.errno(st.s.Bind(st.socket(st.s), Any(81)), EADDRINUSE, "bind to all addresses of a port bound to one")
	if a, err := st.s.Getsockname(third); err != nil || a.String() != "10.0.0.1:81" {
		t.Errorf("getsockname must return what was bound, returned %v, %v", a, err)
	}
	st.audit()
	st.clean()
}

// EADDRINUSE lasts as long as anybody has the port: the bound socket, the
// listener, the connections it accepted after it is closed, and the one of
// them that closed first, for 60 s of TIME_WAIT.
func TestBindAddressInUse(t *testing.T) {
	st := lanStory(t)
	bind := func() error {
		fd := st.socket(st.s)
		err := st.s.Bind(fd, Any(80))
		st.s.Close(fd)
		return err
	}
	bound := st.socket(st.s)
	st.ok(st.s.Bind(bound, Any(80)), "bind")
	st.errno(bind(), EADDRINUSE, "bind to a port that is bound")
	st.ok(st.s.Listen(bound, 5), "listen")
	st.errno(bind(), EADDRINUSE, "bind to a port that is listened on")
	c := st.connect(80)
	s := st.accept(bound)
	st.ok(st.s.Close(bound), "close")
	st.errno(bind(), EADDRINUSE, "bind to a port whose listener is closed, but not its connection")
	st.ok(st.s.Close(s), "close") // the server closes first
	st.settle()
	st.errno(bind(), EADDRINUSE, "bind to a port with a connection in FIN_WAIT2")
	st.ok(st.c.Close(c), "close")
	st.settle()
	if rows := st.server.Sockets().In(TimeWait); len(rows) != 1 {
		t.Fatalf("the side that closed first must be in TIME_WAIT: %v", st.server.Sockets())
	}
	st.errno(bind(), EADDRINUSE, "bind to a port with a connection in TIME_WAIT")
	st.net.RunFor(59e9)
	st.errno(bind(), EADDRINUSE, "bind after 59 s of TIME_WAIT")
	st.net.RunFor(1e9)
	st.ok(bind(), "bind after 60 s of TIME_WAIT")
	st.clean()
}

// listen(2) on a socket without a port takes an ephemeral one; on a connected
// socket it is EINVAL; a second one only changes the backlog.
func TestListen(t *testing.T) {
	st := lanStory(t)
	fd := st.socket(st.s)
	st.ok(st.s.Listen(fd, 3), "listen on a socket that is not bound")
	a, _ := st.s.Getsockname(fd)
	if a.Port < 32768 || a != Any(a.Port) {
		t.Errorf("listen without bind must take an ephemeral port of every address, took %v", a)
	}
	st.ok(st.s.Listen(fd, 7), "a second listen")
	if rows := st.server.Sockets(); len(rows) != 1 || rows[0].SendQ != 7 {
		t.Errorf("a second listen must set the backlog to 7: %v", rows)
	}
	st.errno(st.s.Bind(fd, Any(80)), EINVAL, "bind of a listener")
	st.errno(st.s.Connect(fd, st.client.Addr(80)), EISCONN, "connect of a listener")
	_, err := st.s.Getpeername(fd)
	st.errno(err, ENOTCONN, "getpeername of a listener")
	st.readErrno(st.s, fd, ENOTCONN, "read of a listener")
	if n, err := st.s.Read(fd, nil); n != 0 || err != nil {
		t.Errorf("read of no bytes must return 0 on any socket, returned %d, %v", n, err)
	}
	_, err = st.s.Write(fd, []byte("x"))
	st.errno(err, EPIPE, "write to a listener")
	st.settle()
	l, c, s := st.pair(80)
	st.errno(st.s.Listen(s, 1), EINVAL, "listen on an accepted socket")
	st.errno(st.c.Listen(c, 1), EINVAL, "listen on a connected socket")
	_, _, err = st.s.Accept4(s, 0)
	st.errno(err, EINVAL, "accept4 on a socket that does not listen")
	_, _, err = st.s.Accept4(l, 1)
	st.errno(err, EINVAL, "accept4 with a flag it does not know")
	_, _, err = st.s.Accept4(l, 0)
	st.errno(err, EAGAIN, "accept4 of a non-blocking listener with nothing in its queue")
	st.audit()
	st.clean()
}

// The names of both ends, as they come about.
func TestNames(t *testing.T) {
	st := lanStory(t)
	name := func(f func(int) (SockAddr, error), fd int) string {
		a, err := f(fd)
		if err != nil {
			var e Errno
			errors.As(err, &e)
			return e.Name()
		}
		return a.String()
	}
	l := st.listen(80, 5)
	c := st.nonblocking(st.c)
	if got := name(st.c.Getsockname, c); got != "0.0.0.0:0" {
		t.Errorf("a new socket has no name: want 0.0.0.0:0, got %s", got)
	}
	st.errno(st.c.Connect(c, st.server.Addr(80)), EINPROGRESS, "connect")
	if got := name(st.c.Getpeername, c); got != "ENOTCONN" {
		t.Errorf("a socket in SYN-SENT has no peer yet: got %s", got)
	}
	st.settle()
	s := st.accept(l)
	if got := name(st.c.Getpeername, c); got != "10.0.0.1:80" {
		t.Errorf("the client's peer must be the server's address, is %s", got)
	}
	if a, b := name(st.s.Getpeername, s), name(st.c.Getsockname, c); a != b {
		t.Errorf("the server's peer is %s, the client's own name %s: they must be the same", a, b)
	}
	if got := name(st.s.Getsockname, s); got != "10.0.0.1:80" {
		t.Errorf("an accepted socket has the address the client connected to, not the wildcard: %s", got)
	}
	if got := name(st.s.Getsockname, l); got != "0.0.0.0:80" {
		t.Errorf("the listener keeps the wildcard: %s", got)
	}
	st.write(st.s, s, "x")
	st.settle()
	st.ok(st.c.Close(c), "close with unread data, a reset")
	st.settle()
	if got := name(st.s.Getpeername, s); got != "ENOTCONN" {
		t.Errorf("a connection that was reset has no peer: %s", got)
	}
	st.clean()
}

// On one host, a connection to 127.x.y.z comes from 127.0.0.1, one to an
// address of the host from that address.
func TestLoopbackSourceAddress(t *testing.T) {
	st := lanStory(t)
	st.ok(st.server.AddAddrs("10.4.0.1", 2), "more addresses")
	l := st.listen(80, 5)
	for to, from := range map[string]string{"127.0.0.1": "127.0.0.1", "127.0.0.2": "127.0.0.1", "10.0.0.1": "10.0.0.1", "10.4.0.2": "10.4.0.2", "0.0.0.0": "127.0.0.1"} {
		c := st.socket(st.s)
		st.ok(st.s.Connect(c, Addr(to+":80")), "connect to oneself at "+to)
		_, peer, err := st.s.Accept4(l, 0)
		if err != nil || peer.ip4().String() != from {
			t.Errorf("a connection to %s on the own host must come from %s, comes from %v, %v", to, from, peer, err)
		}
	}
	// From an address of lo there is no way out: the route is refused.
	c := st.socket(st.s)
	st.ok(st.s.Bind(c, Addr("127.0.0.1:0")), "bind to lo")
	st.errno(st.s.Connect(c, st.client.Addr(80)), EINVAL, "connect to another host from 127.0.0.1")
	u, err := st.s.Socket(AF_INET, SOCK_DGRAM, 0)
	st.ok(err, "socket")
	st.ok(st.s.Bind(u, Addr("127.0.0.1:0")), "bind to lo")
	st.errno(st.s.Connect(u, st.client.Addr(80)), EINVAL, "connect of a datagram socket to another host from 127.0.0.1")
	there := st.client.Addr(80)
	_, err = st.s.Sendto(u, []byte("x"), 0, &there)
	st.errno(err, EINVAL, "sendto to another host from 127.0.0.1")
	st.audit()
	st.clean()
}

// A process that has ended answers nothing any more.
func TestCallsOfAnEndedProcess(t *testing.T) {
	st := lanStory(t)
	l, c, s := st.pair(80)
	st.s.Exit()
	st.s.Exit()
	_, err := st.s.Socket(AF_INET, SOCK_STREAM, 0)
	st.errno(err, ESRCH, "socket")
	st.errno(st.s.Bind(l, Any(81)), ESRCH, "bind")
	st.errno(st.s.Listen(l, 1), ESRCH, "listen")
	_, _, err = st.s.Accept4(l, 0)
	st.errno(err, ESRCH, "accept4")
	st.errno(st.s.Connect(s, Any(80)), ESRCH, "connect")
	st.readErrno(st.s, s, ESRCH, "read")
	_, err = st.s.Write(s, []byte("x"))
	st.errno(err, ESRCH, "write")
	_, err = st.s.Getsockname(s)
	st.errno(err, ESRCH, "getsockname")
	_, err = st.s.Getpeername(s)
	st.errno(err, ESRCH, "getpeername")
	st.errno(st.s.Close(s), ESRCH, "close")
	_, _, err = st.s.Getrlimit()
	st.errno(err, ESRCH, "getrlimit")
	st.errno(st.s.Setrlimit(1, 1), ESRCH, "setrlimit")
	if st.s.Open() != 0 || st.s.Descriptors().Len() != 0 {
		t.Errorf("an ended process has no descriptors, it has %d", st.s.Open())
	}
	st.eof(st.c, c, "the peer of a process that has ended sees the end")
	st.clean()
}
