package stdnet_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"socketbook/sockets"
	"socketbook/sockets/stdnet"
)

// connected is a connection across the wire: the server's end and the client's.
func connected(t *testing.T) (s, c *stdnet.TCPConn) {
	t.Helper()
	c1, c2, stop, err := pipe()
	t.Cleanup(stop)
	if err != nil {
		t.Fatal(err)
	}
	return c2.(*stdnet.TCPConn), c1.(*stdnet.TCPConn)
}

// Both ends send until they have nothing more, close that half, and go on
// reading: io.Copy ends by itself.
func TestHalfClose(t *testing.T) {
	both(t, func(t *testing.T, _ time.Duration) {
		s, c := connected(t)
		up, down := pattern(300_000), bytes.Repeat([]byte("down"), 50_000)
		var wg sync.WaitGroup
		for _, x := range []struct {
			conn       *stdnet.TCPConn
			send, want []byte
		}{{c, up, down}, {s, down, up}} {
			wg.Go(func() {
				if n, err := x.conn.Write(x.send); n != len(x.send) || err != nil {
					t.Errorf("Write: %d, %v", n, err)
				}
				if err := x.conn.CloseWrite(); err != nil {
					t.Error(err)
				}
				if _, err := x.conn.Write([]byte{1}); !errors.Is(err, syscall.EPIPE) {
					t.Errorf("that half is closed: EPIPE, got %v", err)
				}
			})
			wg.Go(func() {
				var got bytes.Buffer
				if _, err := io.Copy(&got, x.conn); err != nil || !bytes.Equal(got.Bytes(), x.want) {
					t.Errorf("got %d of %d bytes, %v", got.Len(), len(x.want), err)
				}
			})
		}
		wg.Wait()
		if err := errors.Join(s.Close(), c.Close()); err != nil {
			t.Error(err)
		}
	})
}

// CloseRead ends a Read that waits.
func TestCloseRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := connected(t)
		got := make(chan error)
		go func() {
			_, err := c.Read(make([]byte, 1))
			got <- err
		}()
		synctest.Wait()
		if err := c.CloseRead(); err != nil {
			t.Error(err)
		}
		if err := <-got; err != io.EOF {
			t.Errorf("want io.EOF, got %v", err)
		}
	})
}

func TestReset(t *testing.T) {
	s, c := connected(t)
	if err := s.SetLinger(0); err != nil {
		t.Fatal(err)
	}
	s.Close()
	_, err := c.Read(make([]byte, 1))
	wantSyscall(t, err, "read", "read", syscall.ECONNRESET)
	_, err = c.Write([]byte("x"))
	wantSyscall(t, err, "write", "write", syscall.EPIPE)
}

// With SO_LINGER Close waits until the peer has everything, but not for ever.
func TestLinger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := connected(t)
		c.SetLinger(10)
		c.Write(make([]byte, 1000))
		start := time.Now()
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if d := time.Since(start); d <= 40*time.Millisecond || d > 41*time.Millisecond {
			t.Errorf("the acknowledgement of a FIN that nobody answers takes 40 ms and a round trip, got %v", d)
		}
		io.Copy(io.Discard, s)

		s, c = connected(t)
		c.SetLinger(10)
		c.SetWriteDeadline(time.Now().Add(time.Second)) // more than fits into the peer's window
		if n, err := c.Write(make([]byte, 1<<20)); !errors.Is(err, os.ErrDeadlineExceeded) || n < 65535 {
			t.Errorf("Write of more than the window: %d, %v", n, err)
		}
		start = time.Now()
		c.Close()
		if d := time.Since(start); d != 10*time.Second {
			t.Errorf("nobody reads: Close waits 10 s, got %v", d)
		}
		_ = s
	})
}

// Deadlines, to the nanosecond.
func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := connected(t)
		start := time.Now()
		expect := func(after time.Duration) {
			t.Helper()
			_, err := c.Read(make([]byte, 1))
			if ne, ok := err.(net.Error); !ok || !ne.Timeout() || !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("want a time-out, got %v", err)
			}
			if d := time.Since(start); d != after {
				t.Errorf("time-out after %v, want %v", d, after)
			}
		}
		c.SetReadDeadline(start.Add(time.Hour))
		expect(time.Hour)
		expect(time.Hour) // it stays
		// It can be put off while somebody waits, and taken away.
		c.SetReadDeadline(start.Add(2 * time.Hour))
		time.AfterFunc(30*time.Minute, func() { c.SetDeadline(start.Add(5 * time.Hour)) })
		expect(5 * time.Hour)
		time.AfterFunc(time.Hour, func() { c.SetReadDeadline(time.Unix(0, 0)) }) // at once
		c.SetReadDeadline(start.Add(100 * time.Hour))
		expect(6 * time.Hour)
		c.SetReadDeadline(start.Add(7 * time.Hour))
		time.AfterFunc(30*time.Minute, func() { c.SetDeadline(time.Time{}) })
		time.AfterFunc(10*time.Hour, func() { s.Write([]byte("x")) })
		if n, err := c.Read(make([]byte, 1)); n != 1 || err != nil {
			t.Errorf("without deadline the byte comes after 16 h: %d, %v", n, err)
		}
		// Writing does not mind a deadline for reading.
		c.SetReadDeadline(time.Unix(0, 0))
		if _, err := c.Write([]byte("x")); err != nil {
			t.Error(err)
		}
		c.Close()
		if err := c.SetDeadline(time.Time{}); !errors.Is(err, net.ErrClosed) {
			t.Errorf("deadline of a closed connection: %v", err)
		}
	})
}

// Whoever waits is told when what he waits for is closed, whichever way.
func TestCloseWakes(t *testing.T) {
	for _, x := range []struct {
		name  string
		close func(s *stdnet.Stack, l net.Listener, c net.Conn, p net.PacketConn)
	}{
		{"each", func(_ *stdnet.Stack, l net.Listener, c net.Conn, p net.PacketConn) { l.Close(); c.Close(); p.Close() }},
		{"stack", func(s *stdnet.Stack, _ net.Listener, _ net.Conn, _ net.PacketConn) { s.Close() }},
		{"network", func(s *stdnet.Stack, _ net.Listener, _ net.Conn, _ net.PacketConn) { s.Net().Close() }},
	} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, c := lan(t, sockets.Limits{}, sockets.Limits{})
				l, _ := s.Listen("tcp", ":80")
				if _, err := c.Dial("tcp", "server:80"); err != nil {
					t.Fatal(err)
				}
				conn, err := l.Accept()
				if err != nil {
					t.Fatal(err)
				}
				p, err := s.ListenPacket("udp", ":53")
				if err != nil {
					t.Fatal(err)
				}
				got := make(chan error, 8)
				go func() { _, err := l.Accept(); got <- err }()
				for range 2 { // the second waits for the first
					go func() { _, err := conn.Read(make([]byte, 1)); got <- err }()
					go func() { _, err := conn.Write(make([]byte, 1<<20)); got <- err }()
				}
				go func() { _, _, err := p.ReadFrom(make([]byte, 1)); got <- err }()
				synctest.Wait()
				time.Sleep(time.Second)
				x.close(s, l, conn, p)
				for range 6 {
					if err := <-got; !errors.Is(err, net.ErrClosed) {
						t.Errorf("want net.ErrClosed, got %v", err)
					}
				}
				if _, err := conn.Read(nil); !errors.Is(err, net.ErrClosed) {
					t.Errorf("and so is who comes later: %v", err)
				}
			})
		})
	}
}

// Addresses look as package net's do.
func TestAddresses(t *testing.T) {
	s, c := lan(t, sockets.Limits{}, sockets.Limits{})
	for _, x := range []struct{ network, listen, addr, dial, remote string }{
		{"tcp", ":1000", "[::]:1000", "server:1000", "10.0.0.1:1000"},
		{"tcp", "0.0.0.0:1001", "[::]:1001", "10.0.0.1:1001", "10.0.0.1:1001"},
		{"tcp4", ":1002", "0.0.0.0:1002", "server:1002", "10.0.0.1:1002"},
		{"tcp", "server:1003", "10.0.0.1:1003", "server:1003", "10.0.0.1:1003"},
		{"tcp", "10.0.0.1:1004", "10.0.0.1:1004", "[::ffff:10.0.0.1]:1004", "10.0.0.1:1004"},
	} {
		l, err := s.Listen(x.network, x.listen)
		if err != nil {
			t.Errorf("%s %s: %v", x.network, x.listen, err)
			continue
		}
		conn, err := c.Dial("tcp", x.dial)
		if err != nil {
			t.Errorf("dial %s: %v", x.dial, err)
			continue
		}
		peer, err := l.Accept()
		if err != nil {
			t.Error(err)
			continue
		}
		if _, ok := l.Addr().(*net.TCPAddr); !ok || l.Addr().String() != x.addr {
			t.Errorf("%s: Addr %v, want %s", x.listen, l.Addr(), x.addr)
		}
		if _, ok := conn.RemoteAddr().(*net.TCPAddr); !ok || conn.RemoteAddr().String() != x.remote {
			t.Errorf("%s: RemoteAddr %v, want %s", x.dial, conn.RemoteAddr(), x.remote)
		}
		if peer.RemoteAddr().String() != conn.LocalAddr().String() || peer.LocalAddr().String() != x.remote {
			t.Errorf("%s: the ends disagree: %v-%v and %v-%v", x.dial, peer.LocalAddr(), peer.RemoteAddr(), conn.LocalAddr(), conn.RemoteAddr())
		}
	}
	if l, err := s.Listen("tcp", "localhost:0"); err != nil || l.Addr().(*net.TCPAddr).Port < 32768 {
		t.Errorf("port 0 is any ephemeral one: %v, %v", l, err)
	}
}

// IPv6 within a host, and listeners of one family only.
func TestIPv6(t *testing.T) {
	s, _ := lan(t, sockets.Limits{}, sockets.Limits{})
	l, err := s.Listen("tcp6", ":80")
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Dial("tcp", "[::1]:80")
	if err != nil || c.RemoteAddr().String() != "[::1]:80" {
		t.Fatal(c, err)
	}
	if _, err := l.Accept(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Dial("tcp", "127.0.0.1:80"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("tcp6 does not listen for IPv4: %v", err)
	}
	if _, err := s.Listen("tcp4", ":80"); err != nil {
		t.Errorf("so the port is free there: %v", err)
	}
	if c, err := s.Dial("tcp6", ":80"); err != nil || c.RemoteAddr().String() != "[::1]:80" {
		t.Errorf("no host means oneself: %v, %v", c, err)
	}
}

// Many goroutines dial, talk and close at once.
func TestManyConnections(t *testing.T) {
	both(t, func(t *testing.T, _ time.Duration) {
		s, c := lan(t, sockets.Limits{}, sockets.Limits{})
		l, err := s.Listen("tcp", ":80")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				go func() {
					io.Copy(conn, conn)
					conn.Close()
				}()
			}
		}()
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				conn, err := c.Dial("tcp", "server:80")
				if err != nil {
					t.Error(err)
					return
				}
				defer conn.Close()
				conn.Write([]byte{byte(i)})
				conn.(*stdnet.TCPConn).CloseWrite()
				if got, err := io.ReadAll(conn); err != nil || !bytes.Equal(got, []byte{byte(i)}) {
					t.Errorf("%d came back as %v, %v", i, got, err)
				}
			})
		}
		wg.Wait()
		if n := s.Stats().PassiveOpens; n != 200 {
			t.Errorf("the server opened %d connections, want 200", n)
		}
		l.Close()
	})
}

// Two Writes at once do not mix.
func TestWritesDoNotMix(t *testing.T) {
	s, c := connected(t)
	for _, b := range []byte("ab") {
		go c.Write(bytes.Repeat([]byte{b}, 100_000))
	}
	got := make([]byte, 200_000)
	if _, err := io.ReadFull(s, got); err != nil {
		t.Fatal(err)
	}
	if first := got[:100_000]; bytes.Count(first, []byte{first[0]}) != 100_000 {
		t.Error("the two Writes are mixed")
	}
}
