package sockets

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// Two sleepers on one listener, two clients at the same instant: each sleeper
// is woken once, in the order in which they fell asleep, and none is forgotten.
func TestTwoSleepersOnOneListener(t *testing.T) {
	st := lanStory(t)
	l := st.socket(st.s)
	st.ok(st.s.Bind(l, Any(80)), "bind")
	st.ok(st.s.Listen(l, 16), "listen")
	var order []string
	for _, name := range []string{"first", "second", "third"} {
		st.server.Spawn(name, func(p *Process) {
			if fd, _, err := st.s.Accept4(l, 0); err == nil {
				order = append(order, name+" "+itoa(fd))
			}
			p.Sleep(time.Hour)
		})
	}
	st.settle()
	st.client.NewLoad(st.server.Addr(80), LoadOptions{Clients: 2})
	st.settle()
	if got := strings.Join(order, ", "); got != "first 4, second 5" {
		t.Errorf("two clients wake the two who have slept longest, with the numbers they put aside: got %s", got)
	}
	st.client.NewLoad(st.server.Addr(80), LoadOptions{Clients: 2})
	st.settle()
	if got := strings.Join(order, ", "); got != "first 4, second 5, third 6" {
		t.Errorf("the third is woken by the third: got %s", got)
	}
	st.audit()
}

// A sleeping accept4 has its number put aside: another call gets the next.
// It holds the file, too: a close of the listener's number by another thread
// neither wakes it nor stops it from accepting.
func TestAcceptSleepsOnAClosedNumber(t *testing.T) {
	st := lanStory(t)
	l := st.socket(st.s)
	st.ok(st.s.Bind(l, Any(80)), "bind")
	st.ok(st.s.Listen(l, 16), "listen")
	got, err := -2, error(nil)
	st.server.Spawn("thread", func(*Process) { got, _, err = st.s.Accept4(l, 0) })
	st.settle()
	if fd := st.socket(st.s); fd != 5 {
		t.Errorf("number 4 is put aside for the sleeping accept4: socket must return 5, returned %d", fd)
	}
	if st.s.Open() != 5 || st.s.Descriptors().Len() != 5 {
		t.Errorf("a number put aside is not open: want 5 descriptors, got %d", st.s.Open())
	}
	st.errno(st.s.Close(4), EBADF, "close of a number that is only put aside")
	st.audit()
	st.ok(st.s.Close(l), "close of the listener's number by another thread")
	st.settle()
	if got != -2 {
		t.Errorf("the close must not wake the sleeper, it returned %d, %v", got, err)
	}
	st.audit()
	c := st.connect(80)
	st.settle()
	if got != 4 || err != nil {
		t.Errorf("the sleeper still accepts, under the number put aside: want 4, got %d, %v", got, err)
	}
	st.errno(st.c.Connect(st.socket(st.c), st.server.Addr(80)), ECONNREFUSED, "then the listener is gone")
	st.write(st.c, c, "hello")
	st.settle()
	st.read(st.s, 4, "hello", "the connection lives")
	st.audit()
	st.clean()
}

// The same for read and write: the call goes on until it is over, then the
// connection closes.
func TestReadSleepsOnAClosedNumber(t *testing.T) {
	st := lanStory(t)
	_, c, s := st.pair(80)
	var got string
	st.server.Spawn("reader", func(*Process) {
		buf := make([]byte, 10)
		n, _ := st.s.Read(s, buf)
		got = string(buf[:n])
	})
	wrote := 0
	st.client.Spawn("writer", func(*Process) { wrote, _ = st.c.Write(c, make([]byte, 500_000)) })
	st.net.RunFor(time.Nanosecond)
	st.ok(st.s.Close(s), "close while another thread reads")
	st.ok(st.c.Close(c), "close while another thread writes")
	st.audit()
	st.settle()
	if got != strings.Repeat("\x00", 10) {
		t.Errorf("the reader gets its bytes all the same, got %q", got)
	}
	if wrote == 0 || wrote == 500_000 {
		t.Errorf("the writer is cut off in the middle when the reader's file is gone: wrote %d", wrote)
	}
	st.audit()
	st.clean()
}

// A process ends while a thread of it sleeps: the thread is gone with it, and
// the port is free at once.
func TestExitEndsSleepers(t *testing.T) {
	st := lanStory(t)
	after := false
	p := st.server.Spawn("server", func(p *Process) {
		l, _ := p.ListenOn(Any(80), 16)
		p.Accept4(l, 0)
		after = true
	})
	st.settle()
	p.Exit()
	st.audit()
	if after || len(st.net.Sleepers()) != 0 {
		t.Errorf("a thread of an ended process neither runs on (%v) nor sleeps: %v", after, st.net.Sleepers())
	}
	st.errno(st.c.Connect(st.socket(st.c), st.server.Addr(80)), ECONNREFUSED, "connect to a server that has ended")
	l, err := st.s.ListenOn(Any(80), 1)
	st.ok(err, "listen on its port")
	st.ok(st.s.Close(l), "close")
	st.clean()
}

// A thread that was woken for a connection dies before it runs: a fatal signal
// is looked at last (inet_csk_wait_for_connect), so it takes the connection
// along, and the next sleeper gets the next one.
func TestDeadThreadTakesItsConnectionAlong(t *testing.T) {
	st := newStory(t, Limits{WakeupLatency: time.Millisecond}, LAN)
	l := st.socket(st.s)
	st.ok(st.s.Bind(l, Any(80)), "bind")
	st.ok(st.s.Listen(l, 16), "listen")
	got := -1
	other, err := st.s.Fork("other")
	st.ok(err, "fork")
	doomed, err := st.s.Fork("doomed")
	st.ok(err, "fork")
	ran := false
	doomed.Run(func(p *Process) { p.Accept4(l, 0); ran = true })
	st.settle()
	st.server.Spawn("heir", func(*Process) { got, _, _ = other.Accept4(l, 0) })
	st.settle()
	c := st.nonblocking(st.c)
	st.errno(st.c.Connect(c, st.server.Addr(80)), EINPROGRESS, "connect")
	st.net.RunFor(200 * time.Microsecond) // in the queue; the wake-up is on its way
	st.audit()
	doomed.Exit()
	st.audit()
	if ran {
		t.Error("the program of the dead thread must not run on")
	}
	st.settle()
	st.eof(st.c, c, "the connection was accepted by a process that had ended")
	if got != -1 {
		t.Errorf("nothing was left for the other sleeper, which got %d", got)
	}
	st.connect(80)
	st.settle()
	if got != 4 {
		t.Errorf("the other sleeper accepts the next connection, got %d; sleepers: %v", got, st.net.Sleepers())
	}
	st.audit()
}

// The same for bytes in a pipe.
func TestDeadThreadTakesItsBytesAlong(t *testing.T) {
	st := newStory(t, Limits{WakeupLatency: time.Millisecond}, LAN)
	r, w, err := st.s.Pipe2(0)
	st.ok(err, "pipe2")
	doomed, err := st.s.Fork("doomed")
	st.ok(err, "fork")
	doomed.Run(func(p *Process) { p.Read(r, make([]byte, 4)) })
	st.settle()
	got := ""
	st.server.Spawn("heir", func(*Process) {
		buf := make([]byte, 100)
		n, _ := st.s.Read(r, buf)
		got = string(buf[:n])
	})
	st.settle()
	st.write(st.s, w, "onetwo")
	doomed.Exit()
	st.settle()
	if got != "wo" {
		t.Errorf("the dead thread had taken four bytes, the other reader gets the rest: %q", got)
	}
	st.audit()
	st.clean()
}

// A call from outside ends with ESRCH when a program ends the process
// meanwhile.
func TestExitDuringACallFromOutside(t *testing.T) {
	st := lanStory(t)
	l, err := st.s.ListenOn(Any(80), 1)
	st.ok(err, "listen")
	st.server.Spawn("killer", func(p *Process) {
		p.Sleep(time.Millisecond)
		st.s.Exit()
	})
	_, _, err = st.s.Accept4(l, 0)
	st.errno(err, ESRCH, "accept4 of a process that is ended while it sleeps")
	st.audit()
	st.clean()
}

// A program cannot let the network run: it is in it.
func TestRunFromInside(t *testing.T) {
	st := lanStory(t)
	var errs []error
	st.server.Spawn("impatient", func(p *Process) {
		errs = append(errs, st.net.Run(), st.net.RunFor(time.Second), st.net.RunUntil(func() bool { return true }))
		st.net.Close()
		p.Sleep(time.Second)
		errs = append(errs, nil)
	})
	st.ok(st.net.Run(), "the run")
	if len(errs) != 4 {
		t.Fatalf("the program must go on after its attempts, it made %d", len(errs))
	}
	for _, err := range errs[:3] {
		var limit *LimitError
		if !errors.As(err, &limit) || !strings.Contains(err.Error(), "inside a program") {
			t.Errorf("running the network from inside must be refused in words, got %v", err)
		}
	}
	st.clean()
}

// The clock has an end, and nothing runs beyond it.
func TestTheEndOfTime(t *testing.T) {
	st := lanStory(t)
	st.ok(st.net.RunFor(time.Second), "a second")
	for _, d := range []time.Duration{-1, 1<<63 - 1, 1 << 62} {
		var limit *LimitError
		if err := st.net.RunFor(d); !errors.As(err, &limit) {
			t.Errorf("RunFor(%v) must be refused, got %v", d, err)
		}
	}
	woke := false
	st.server.Spawn("sleeper", func(p *Process) {
		p.Sleep(1<<63 - 1)
		p.Sleep(-1)
		woke = true
	})
	st.ok(st.net.Run(), "a run to the end of time")
	if !woke {
		t.Error("a sleep of 292 years must end at the end of time")
	}
	st.listen(80, 1)
	st.connect(80)
	st.clean()
}

// SO_SNDTIMEO is for the whole call, however often it is woken for a little
// room.
func TestTimeoutIsForTheWholeCall(t *testing.T) {
	st := lanStory(t)
	_, c, s := st.pair(80)
	st.setsockopt(st.c, c, SOL_SOCKET, SO_SNDTIMEO, 1, 0) // struct timeval: a second
	st.server.Spawn("slow reader", func(*Process) {
		for range 20 {
			st.s.Sleep(300 * time.Millisecond)
			st.s.Read(s, make([]byte, 50_000))
		}
	})
	start := st.now()
	n, err := st.c.Write(c, make([]byte, 20_000_000))
	st.ok(err, "a write that has written something")
	st.wantTook(start, time.Second, 10*time.Millisecond, "a write with a timeout of a second")
	if n < 100_000 || n == 20_000_000 {
		t.Errorf("within a second a part was written, not %d bytes", n)
	}
	st.audit()
}

// A negative l_linger is for ever: close waits as long as it takes until
// everything is acknowledged.
func TestLingerForEver(t *testing.T) {
	st := lanStory(t)
	_, c, s := st.pair(80)
	st.setsockopt(st.c, c, SOL_SOCKET, SO_LINGER, 1, -1)
	st.server.nics[0].limit = 0
	st.write(st.c, c, "x")
	st.server.Spawn("hears again", func(p *Process) {
		p.Sleep(10 * time.Second)
		st.server.nics[0].limit = 1024
	})
	start := st.now()
	st.ok(st.c.Close(c), "close")
	if took := st.now() - start; took < 10*time.Second || took > 20*time.Second {
		t.Errorf("close must wait until the peer hears again after 10 s and the next retransmission, it took %v", took)
	}
	st.read(st.s, s, "x", "what close waited for")
	st.audit()
	st.clean()
}

// A call from outside is not a thread of the process that ends: it is told
// ESRCH, and the connection it was woken for goes to the next sleeper.
func TestWakeUpOfACallFromOutsideIsPassedOn(t *testing.T) {
	st := newStory(t, Limits{WakeupLatency: time.Millisecond}, LAN)
	l, err := st.s.ListenOn(Any(80), 16)
	st.ok(err, "listen")
	heir, err := st.s.Fork("heir")
	st.ok(err, "fork")
	var told error
	st.server.Spawn("outside", func(*Process) { _, _, told = st.s.Accept4(l, 0) })
	st.settle()
	got := -1
	heir.Run(func(p *Process) { got, _, _ = p.Accept4(l, 0) })
	st.settle()
	st.client.NewLoad(st.server.Addr(80), LoadOptions{Clients: 1})
	st.net.RunFor(200 * time.Microsecond) // in the queue; the wake-up is on its way
	st.s.Exit()
	st.audit()
	st.settle()
	st.errno(told, ESRCH, "accept4 of a process that has ended")
	if got != 4 {
		t.Errorf("the heir accepts the connection, got %d; sleepers: %v", got, st.net.Sleepers())
	}
	st.audit()
}
