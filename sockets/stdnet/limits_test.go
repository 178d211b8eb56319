package stdnet_test

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"socketbook/sockets"
	"socketbook/sockets/stdnet"
)

// lan is two hosts with limits of their own.
func lan(t *testing.T, server, client sockets.Limits) (s, c *stdnet.Stack) {
	t.Helper()
	lab := sockets.NewNetwork()
	a, b := lab.NewHost("server", server), lab.NewHost("client", client)
	lab.NewLink(a, b, sockets.LAN)
	n := stdnet.New(lab)
	t.Cleanup(func() { n.Close() })
	s, err := n.Attach(a)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = n.Attach(b); err != nil {
		t.Fatal(err)
	}
	return s, c
}

// wantSyscall demands an error as package net has them: an OpError around a
// SyscallError around the errno.
func wantSyscall(t *testing.T, err error, op, call string, errno syscall.Errno) {
	t.Helper()
	var oe *net.OpError
	var se *os.SyscallError
	if !errors.As(err, &oe) || oe.Op != op || !errors.As(oe.Err, &se) || se.Syscall != call || se.Err != errno {
		t.Errorf("want %s: %s: %v, got %v", op, call, errno, err)
	}
}

func TestRefused(t *testing.T) {
	_, c := lan(t, sockets.Limits{}, sockets.Limits{})
	_, err := c.Dial("tcp", "server:80")
	wantSyscall(t, err, "dial", "connect", syscall.ECONNREFUSED)
	if got := err.Error(); got != "dial tcp 10.0.0.1:80: connect: connection refused" {
		t.Errorf("net's own words, got %q", got)
	}
	if ne := err.(net.Error); ne.Timeout() {
		t.Error("that is no time-out")
	}
}

// A backlog of 0 admits one connection. The next client's SYNs are dropped:
// with a time-out of its own it gives up after that, without one when TCP does,
// after ten retries and 131 s.
func TestFullBacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := lan(t, sockets.Limits{}, sockets.Limits{})
		l, err := stdnet.ListenConfig{Stack: s, Backlog: -1}.Listen(context.Background(), "tcp", ":80")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Dial("tcp", "server:80"); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err = c.DialTimeout("tcp", "server:80", 5*time.Second)
		if ne, ok := err.(net.Error); !ok || !ne.Timeout() || !errors.Is(err, os.ErrDeadlineExceeded) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("want a time-out, got %v", err)
		}
		if d := time.Since(start); d != 5*time.Second {
			t.Errorf("after 5 s, got %v", d)
		}
		if got := s.Stats().ListenOverflows; got != 5 {
			t.Errorf("SYNs at 0, 1, 2, 3 and 4 s were dropped: ListenOverflows 5, got %d", got)
		}
		start = time.Now()
		_, err = c.Dial("tcp", "server:80")
		wantSyscall(t, err, "dial", "connect", syscall.ETIMEDOUT)
		if ne := err.(net.Error); !ne.Timeout() {
			t.Error("ETIMEDOUT is a time-out")
		}
		if d := time.Since(start).Round(time.Second); d != 131*time.Second {
			t.Errorf("TCP gives up after 131 s, got %v", d)
		}
		// When there is room again, a SYN that is repeated gets in.
		got := make(chan error)
		go func() {
			_, err := c.Dial("tcp", "server:80")
			got <- err
		}()
		time.Sleep(2500 * time.Millisecond)
		start = time.Now()
		if _, err := l.Accept(); err != nil {
			t.Error(err)
		}
		if err := <-got; err != nil || time.Since(start).Round(100*time.Millisecond) != 500*time.Millisecond {
			t.Errorf("the SYN after 3 s gets in: %v after %v", err, time.Since(start))
		}
	})
}

func TestCancel(t *testing.T) {
	both(t, func(t *testing.T, long time.Duration) {
		s, c := lan(t, sockets.Limits{}, sockets.Limits{})
		if _, err := (stdnet.ListenConfig{Stack: s, Backlog: -1}).Listen(context.Background(), "tcp", ":80"); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Dial("tcp", "server:80"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(min(long, time.Minute), cancel)
		_, err := c.DialContext(ctx, "tcp", "server:80")
		if !errors.Is(err, context.Canceled) || err.Error() != "dial tcp 10.0.0.1:80: operation was canceled" {
			t.Errorf("want a cancelled dial, got %v", err)
		}
		if _, err := c.DialContext(ctx, "tcp", "server:80"); !errors.Is(err, context.Canceled) {
			t.Errorf("a context that is over lets nothing begin: %v", err)
		}
		if rows := c.Sockets().In(sockets.SynSent); len(rows) != 0 {
			t.Errorf("the socket of the dial is closed:\n%v", rows)
		}
	})
}

func TestNoEphemeralPortLeft(t *testing.T) {
	s, c := lan(t, sockets.Limits{}, sockets.Limits{PortLow: 40000, PortHigh: 40001})
	if _, err := s.Listen("tcp", ":80"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := c.Dial("tcp", "server:80"); err != nil {
			t.Fatal(err)
		}
	}
	_, err := c.Dial("tcp", "server:80")
	wantSyscall(t, err, "dial", "connect", syscall.EADDRNOTAVAIL)
	if _, err := s.Listen("tcp", ":81"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Dial("tcp", "server:81"); err != nil {
		t.Errorf("towards another port the same two are free: %v", err)
	}
	d := stdnet.Dialer{Stack: c, LocalAddr: &net.TCPAddr{Port: 5000}}
	conn, err := d.Dial("tcp", "server:80")
	if err != nil || conn.LocalAddr().String() != "10.0.0.2:5000" {
		t.Errorf("a port one names is not ephemeral: %v, %v", conn, err)
	}
}

func TestDescriptorsRunOut(t *testing.T) {
	// 0, 1, 2, the epoll, the listener: two are left.
	s, c := lan(t, sockets.Limits{NofileSoft: 7}, sockets.Limits{NofileSoft: 7})
	l, err := s.Listen("tcp", ":80")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := c.Dial("tcp", "server:80"); err != nil {
			t.Fatal(err)
		}
	}
	_, err = c.Dial("tcp", "server:80")
	wantSyscall(t, err, "dial", "socket", syscall.EMFILE)
	var conns []net.Conn
	for range 2 {
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
	}
	_, err = l.Accept()
	wantSyscall(t, err, "accept", "accept4", syscall.EMFILE)
	if ne := err.(interface{ Temporary() bool }); !ne.Temporary() {
		t.Error("EMFILE is temporary")
	}
	conns[0].Close()
	if _, err := l.Accept(); err != nil {
		t.Errorf("the third connection has waited: %v", err)
	}
	// An epoll does not fit beside standard input, output and error.
	lab := sockets.NewNetwork()
	_, err = stdnet.New(lab).Attach(lab.NewHost("tiny", sockets.Limits{NofileSoft: 3}))
	if !errors.Is(err, syscall.EMFILE) {
		t.Errorf("Attach with three descriptors: %v", err)
	}
}

// What the caller gets wrong.
func TestMistakes(t *testing.T) {
	s, c := lan(t, sockets.Limits{}, sockets.Limits{})
	l, err := s.Listen("tcp4", "10.0.0.1:80")
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Listen("tcp", ":80")
	wantSyscall(t, err, "listen", "bind", syscall.EADDRINUSE)
	_, err = s.Listen("tcp", "10.9.9.9:80")
	wantSyscall(t, err, "listen", "bind", syscall.EADDRNOTAVAIL)
	_, err = c.Dial("tcp", "192.0.2.1:80")
	wantSyscall(t, err, "dial", "connect", syscall.ENETUNREACH)
	for _, x := range []struct{ network, address, want string }{
		{"tcp", "nowhere:80", "dial tcp: lookup nowhere: no such host"},
		{"tcp", "server", "dial tcp: address server: missing port in address"},
		{"tcp", "server:70000", "dial tcp: address 70000: invalid port"},
		{"tcp6", "server:80", "dial tcp6: address server: no suitable address found"},
		{"tcp4", "[::1]:80", "dial tcp4: address ::1: no suitable address found"},
		{"unix", "/tmp/x", "dial unix: unknown network unix"},
		{"", "server:80", "dial: unknown network "},
	} {
		if _, err := c.Dial(x.network, x.address); err == nil || err.Error() != x.want {
			t.Errorf("Dial(%q, %q): want %q, got %v", x.network, x.address, x.want, err)
		}
	}
	if _, err := c.ListenPacket("tcp", ":1"); err == nil || err.Error() != "listen tcp: unknown network tcp" {
		t.Errorf("ListenPacket of a stream: %v", err)
	}
	if _, err := (stdnet.Dialer{}).Dial("tcp", "server:80"); err == nil || !strings.Contains(err.Error(), "Stack is nil") {
		t.Errorf("a dialer without a host: %v", err)
	}
	if _, err := s.Net().Attach(nil); err == nil {
		t.Error("Attach(nil) must fail")
	}
	if _, err := s.Net().Attach(sockets.NewNetwork().NewHost("server", sockets.Limits{})); err == nil {
		t.Error("a host of another network must not be attached")
	}
	if _, err := stdnet.New(nil).Attach(nil); err == nil {
		t.Error("New(nil) must fail")
	}
	bad := sockets.NewNetwork()
	h := bad.NewHost("h", sockets.Limits{PortLow: -1})
	if _, err := stdnet.New(bad).Attach(h); err == nil || !strings.Contains(err.Error(), "PortLow") {
		t.Errorf("a limit no host has is told: %v", err)
	}
	l.Close()
	if err := l.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed twice: %v", err)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) || err.Error() != "accept tcp4 10.0.0.1:80: use of closed network connection" {
		t.Errorf("accept of a closed listener: %v", err)
	}
}

// Names and options reach the system calls.
func TestControl(t *testing.T) {
	s, c := lan(t, sockets.Limits{}, sockets.Limits{})
	called := 0
	control := func(p *sockets.Process, fd int) error {
		called++
		if a, err := p.Getsockname(fd); err != nil || a.Port != 0 {
			t.Errorf("Control comes before bind: %v, %v", a, err)
		}
		return nil
	}
	l, err := stdnet.ListenConfig{Stack: s, Control: control}.Listen(context.Background(), "tcp", ":http")
	if err != nil || l.Addr().String() != "[::]:80" {
		t.Fatal(l, err)
	}
	if _, err := (stdnet.Dialer{Stack: c, Control: control}).Dial("tcp", "server:http"); err != nil {
		t.Fatal(err)
	}
	if called != 2 {
		t.Errorf("Control was called %d times", called)
	}
	no := errors.New("no")
	_, err = stdnet.ListenConfig{Stack: s, Control: func(*sockets.Process, int) error { return no }}.Listen(context.Background(), "tcp", ":81")
	if !errors.Is(err, no) {
		t.Errorf("what Control says is the answer: %v", err)
	}
	s.Net().Do(func() {
		if n := s.Process().Open(); n != 5 {
			t.Errorf("a socket that came to nothing is closed: 5 descriptors, got %d", n)
		}
	})
}
