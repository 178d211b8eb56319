package stdnet_test

import (
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"socketbook/sockets"
	"socketbook/sockets/stdnet"
)

// virtual is what time it is on the network.
func virtual(s *stdnet.Stack) (now time.Duration) {
	s.Net().Do(func() { now = time.Duration(s.Net().Lab().Now()) })
	return now
}

// In a bubble virtual time is the bubble's, to the nanosecond; outside it keeps
// pace with the clock.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := lan(t, sockets.Limits{}, sockets.Limits{})
		before := virtual(s)
		time.Sleep(time.Hour + time.Nanosecond)
		if d := virtual(s) - before; d != time.Hour+time.Nanosecond {
			t.Errorf("an hour and a nanosecond of the bubble's, on the network %v", d)
		}
	})
	s, _ := lan(t, sockets.Limits{}, sockets.Limits{})
	t0 := time.Now()
	v0 := virtual(s)
	t1 := time.Now()
	waitFor(t, func() bool { return time.Since(t1) > 20*time.Millisecond })
	t2 := time.Now()
	v1 := virtual(s)
	if least, most := t2.Sub(t1), time.Since(t0); v1-v0 < least || v1-v0 > most {
		t.Errorf("between %v and %v of the clock's, on the network %v", least, most, v1-v0)
	}
}

// A round trip takes what the wires take, the same every time: twice the wire's
// 25 µs, the card's 16 µs and the wake-up's 2 µs. The first ones are
// acknowledged at once (quickack), and then a wake-up hides behind the card's
// wait, which begins with the acknowledgement that comes before the answer.
func TestRoundTrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := connected(t)
		go io.Copy(s, s)
		for i := range 10 {
			start := time.Now()
			c.Write([]byte("x"))
			io.ReadFull(c, make([]byte, 1))
			d := time.Since(start)
			if i > 1 && d.Truncate(time.Microsecond) != 86*time.Microsecond {
				t.Errorf("round trip %d took %v", i, d)
			}
		}
	})
}

// Do may let the network run ahead: the minute of TIME-WAIT is over at once.
func TestRunAhead(t *testing.T) {
	s, st := lan(t, sockets.Limits{}, sockets.Limits{})
	l, err := s.Listen("tcp", ":80")
	if err != nil {
		t.Fatal(err)
	}
	c, err := st.Dial("tcp", "server:80")
	if err != nil {
		t.Fatal(err)
	}
	c.Close() // who closes first waits
	if conn, err := l.Accept(); err != nil {
		t.Fatal(err)
	} else if _, err := io.Copy(io.Discard, conn); err == nil {
		conn.Close()
	}
	waitFor(t, func() bool { return len(st.Sockets().In(sockets.TimeWait)) == 1 })
	before := virtual(st)
	st.Net().Do(func() {
		if err := st.Net().Lab().RunFor(time.Minute); err != nil {
			t.Error(err)
		}
	})
	if rows := st.Sockets().In(sockets.TimeWait); len(rows) != 0 {
		t.Errorf("TIME-WAIT is over:\n%v", rows)
	}
	if d := virtual(st) - before; d < time.Minute || d > time.Minute+30*time.Second {
		t.Errorf("time goes on from there: %v have passed", d)
	}
	if _, err := st.Dial("tcp", "server:81"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("and all goes on: %v", err)
	}
}

// waitFor waits until something is so.
func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it does not come about")
		}
	}
}

// Programs of the simulated host, written as in C, talk with Go code.
func TestPrograms(t *testing.T) {
	both(t, func(t *testing.T, long time.Duration) {
		s, c := lan(t, sockets.Limits{}, sockets.Limits{})
		s.Net().Do(func() {
			s.Host().Spawn("slow", func(p *sockets.Process) {
				l, err := p.ListenOn(sockets.Any(80), 5)
				if err != nil {
					return
				}
				for {
					fd, _, err := p.Accept4(l, 0)
					if err != nil {
						return
					}
					p.Sleep(long)
					p.Write(fd, []byte("from a program"))
					p.Close(fd)
				}
			})
		})
		start := time.Now()
		conn, err := c.Dial("tcp", "server:80")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(conn); string(got) != "from a program" || err != nil || time.Since(start) < long {
			t.Errorf("got %q, %v after %v", got, err, time.Since(start))
		}
	})
}

// A panic in Do, or a test's FailNow, leaves the door open for others.
func TestDoPanics(t *testing.T) {
	s, c := lan(t, sockets.Limits{}, sockets.Limits{})
	func() {
		defer func() { recover() }()
		s.Net().Do(func() { panic("oops") })
	}()
	done := make(chan bool)
	go func() {
		defer close(done)
		s.Net().Do(func() { runtime.Goexit() })
	}()
	<-done
	if _, err := c.Dial("tcp", "server:80"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Error(err)
	}
}

// Who ends the process, ends what belongs to it.
func TestProcessExits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := connected(t)
		got := make(chan error)
		go func() { _, err := c.Read(make([]byte, 1)); got <- err }()
		synctest.Wait()
		server, client := stdnet.Pair()
		l, _ := server.Listen("tcp", ":80")
		go func() { _, err := l.Accept(); got <- err }()
		synctest.Wait()
		server.Net().Do(func() { server.Process().Exit() })
		if err := <-got; !errors.Is(err, net.ErrClosed) {
			t.Errorf("want net.ErrClosed, got %v", err)
		}
		if _, err := client.Dial("tcp", "server:80"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("its listener is gone: %v", err)
		}
		s.Close()
		if err := <-got; err != io.EOF {
			t.Errorf("another network is another matter: %v", err)
		}
	})
}

// Nothing of the package's own stays behind in a bubble, closed or not: a
// goroutine that did would fail this test.
func TestNothingStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := stdnet.Pair()
		l, _ := server.Listen("tcp", ":80")
		c, err := client.Dial("tcp", "server:80")
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(time.Hour))
		c.Write([]byte("unread"))
		l.Addr()
	})
}

// A network used on the wrong side of a bubble says so.
func TestWrongSide(t *testing.T) {
	server, client := stdnet.Pair()
	defer server.Net().Close()
	if _, err := server.Listen("tcp", ":80"); err != nil {
		t.Fatal(err)
	}
	var inside *stdnet.Stack
	synctest.Test(t, func(t *testing.T) {
		if _, err := client.Dial("tcp", "server:80"); err == nil || !strings.Contains(err.Error(), "synctest bubble") {
			t.Errorf("a network from outside: %v", err)
		}
		inside, _ = stdnet.Pair()
	})
	if _, err := inside.Dial("tcp", "server:80"); err == nil || !strings.Contains(err.Error(), "synctest bubble") {
		t.Errorf("a network from inside: %v", err)
	}
	if _, err := client.Dial("tcp", "server:80"); err != nil {
		t.Errorf("outside it works as before: %v", err)
	}
}

// After Close everything is closed, and can still be looked at.
func TestClosed(t *testing.T) {
	s, c := lan(t, sockets.Limits{}, sockets.Limits{})
	c.Dial("tcp", "server:80")
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := s.Listen("tcp", ":80"); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Listen on a closed stack: %v", err)
	}
	if err := s.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed twice: %v", err)
	}
	if err := s.Net().Close(); err != nil {
		t.Error(err)
	}
	if _, err := c.Dial("tcp", "server:80"); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Dial on a closed network: %v", err)
	}
	if err := s.Net().Do(func() { t.Error("Do of a closed network must not call") }); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	if n := c.Stats().ActiveOpens; n != 1 {
		t.Errorf("the counters stay: ActiveOpens 1, got %d", n)
	}
}
