package sockets

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// A child has copies of the numbers, and shares what they name.
func TestForkCopiesTheTable(t *testing.T) {
	st := lanStory(t)
	l := st.listen(80, 5)
	_, err := st.s.Fcntl(l, F_SETFD, FD_CLOEXEC)
	st.ok(err, "F_SETFD")
	st.ok(st.s.Setrlimit(100, 200), "setrlimit")
	child, err := st.s.Fork("child")
	st.ok(err, "fork")
	if child.PID() == st.s.PID() || child.Name() != "child" || child.Host() != st.server {
		t.Errorf("the child is a process of its own on the same host: %v", child)
	}
	if soft, hard, _ := child.Getrlimit(); soft != 100 || hard != 200 {
		t.Errorf("limits are the parent's, 100 and 200: got %d and %d", soft, hard)
	}
	st.ok(child.Setrlimit(50, 60), "setrlimit of the child")
	if soft, hard, _ := st.s.Getrlimit(); soft != 100 || hard != 200 {
		t.Errorf("the child's limits are its own; the parent has %d and %d", soft, hard)
	}
	if n, err := child.Fcntl(l, F_GETFD, 0); n != FD_CLOEXEC || err != nil {
		t.Errorf("FD_CLOEXEC is copied: got %d, %v", n, err)
	}
	st.ok(st.s.Close(l), "close by the parent")
	c := st.connect(80)
	if fd, _, err := child.Accept4(l, 0); fd != 4 || err != nil {
		t.Errorf("the child still has the listener: accept4 must return 4, returned %d, %v", fd, err)
	}
	st.numbers(st.s, "0 1 2")
	child.Exit()
	st.settle()
	st.eof(st.c, c, "the child's exit closes the connection")
	_, err = child.Fork("grandchild")
	st.errno(err, ESRCH, "a process that has ended has no children")
	st.audit()
}

// A forked child with a program of its own: the classic server, a child for
// each connection.
func TestForkAndRun(t *testing.T) {
	st := lanStory(t)
	st.server.Spawn("server", func(p *Process) {
		l, _ := p.Socket(AF_INET, SOCK_STREAM, 0)
		p.Bind(l, Any(7))
		p.Listen(l, 5)
		for {
			s, _, err := p.Accept4(l, 0)
			if err != nil {
				return
			}
			child, err := p.Fork("echo")
			if err != nil {
				return
			}
			child.Run(func(c *Process) {
				c.Close(l)
				for buf := make([]byte, 100); ; {
					n, err := c.Read(s, buf)
					if n == 0 || err != nil {
						return
					}
					c.Write(s, buf[:n])
				}
			})
			p.Close(s)
		}
	})
	st.settle()
	var conns []int
	for range 3 {
		conns = append(conns, st.connect(7))
	}
	for _, c := range conns {
		st.write(st.c, c, "hello "+itoa(c))
		st.settle()
		st.read(st.c, c, "hello "+itoa(c), "the echo")
	}
	if got := len(st.server.procs); got != 5 {
		t.Errorf("the stage's process, the server and three children: want 5 processes, there are %d", got)
	}
	for _, c := range conns {
		st.ok(st.c.Close(c), "close")
	}
	st.settle()
	if got := len(st.server.procs); got != 2 {
		t.Errorf("each child exits at its client's end: want 2 processes left, there are %d", got)
	}
	st.audit()
}

// Threads of a process share its descriptors, and its exit ends them wherever
// they sleep. What they hold and where they wait goes with them.
func TestExitEndsTheThreads(t *testing.T) {
	st := lanStory(t)
	l := st.socket(st.s)
	st.ok(st.s.Bind(l, Any(80)), "bind")
	st.ok(st.s.Listen(l, 5), "listen")
	r, _ := st.pipe(0)
	ep, err := st.s.EpollCreate1(0)
	st.ok(err, "epoll_create1")
	deferred, reached := 0, false
	for _, call := range []func(){
		func() { st.s.Accept4(l, 0) },
		func() { st.s.Read(r, make([]byte, 1)) },
		func() { st.s.Poll([]PollFD{{FD: r, Events: POLLIN}, {FD: l, Events: POLLIN}}, 2, -1) },
		func() { st.s.EpollWait(ep, 8, time.Hour) },
		func() { st.s.Sleep(time.Hour) },
	} {
		st.s.Go(func() {
			defer func() { deferred++ }()
			call()
			reached = true
		})
	}
	other := false
	st.server.Spawn("other", func(p *Process) { p.Sleep(25 * time.Millisecond); other = true })
	st.settle()
	if n := len(st.net.Sleepers()); n != 6 {
		t.Fatalf("six threads sleep, Sleepers knows %d: %v", n, st.net.Sleepers())
	}
	st.s.Go(func() { st.s.Exit() })
	st.s.Go(func() { reached = true }) // it never begins
	st.settle()
	if deferred != 5 || reached {
		t.Errorf("exit ends five sleeping threads, running what they defer and nothing else: %d deferred, further on: %v", deferred, reached)
	}
	if st.server.files != 3 {
		t.Errorf("all files of the process end with it: %d are open, the other program's 0, 1 and 2 are three", st.server.files)
	}
	st.audit()
	st.settle()
	st.settle()
	if !other {
		t.Error("another process goes on")
	}
	if at, ok := st.net.sim.Next(); ok && at > st.net.Now().Add(time.Minute) {
		t.Errorf("no timer of an ended thread is left, but one is due at %v", at)
	}
}

// As _exit does, Exit does not come back to a program that calls it.
func TestExitDoesNotReturn(t *testing.T) {
	st := lanStory(t)
	deferred, reached := 0, false
	p := st.server.Spawn("program", func(p *Process) {
		defer func() { deferred++ }()
		func() {
			defer func() { deferred++ }()
			p.Exit()
		}()
		reached = true
	})
	st.settle()
	if reached || deferred != 2 {
		t.Errorf("after Exit a program runs what it has deferred, two calls, and nothing else: %d, further on: %v", deferred, reached)
	}
	if _, err := p.Socket(AF_INET, SOCK_STREAM, 0); !errors.Is(err, ESRCH) {
		t.Errorf("a process that has exited makes no calls, but: %v", err)
	}
	after := false
	st.server.Spawn("parent", func(p *Process) { // another process's Exit is only its own
		c, _ := p.Fork("child")
		c.Exit()
		after = true
	})
	st.settle()
	if !after {
		t.Error("a program goes on after it has ended another one")
	}
	st.audit()
}

// The numbers of threads that have ended are used again: a million short ones
// cost no more than one.
func TestThreadsAreUsedAgain(t *testing.T) {
	st := lanStory(t)
	ran := 0
	for range 1000 {
		st.s.Go(func() { st.s.Sleep(time.Millisecond); ran++ })
		st.net.RunFor(2 * time.Millisecond)
	}
	if ran != 1000 || len(st.net.threads) > 2 {
		t.Errorf("1,000 threads one after another need one number, and the outside's: %d ran, %d numbers", ran, len(st.net.threads))
	}
}

// A wake-up that is on its way to a thread is not lost on another that falls
// asleep in the same queue meanwhile, though their places have one number.
func TestWakeUpsDoNotMixUpSleepers(t *testing.T) {
	st := lanStory(t)
	r, w := st.pipe(0)
	var order []string
	reader := func(name string) func() {
		return func() {
			buf := make([]byte, 1)
			if n, err := st.s.Read(r, buf); n == 1 && err == nil {
				order = append(order, name+string(buf))
			}
		}
	}
	st.s.Go(reader("a"))
	st.settle()
	st.s.Go(func() {
		st.s.Write(w, []byte("1")) // wakes a, which runs 2 µs later
		st.s.Go(reader("b"))       // takes the byte before that
		st.s.Go(reader("c"))       // and c falls asleep before a runs
	})
	st.settle()
	st.write(st.s, w, "23")
	st.settle()
	if got := strings.Join(order, " "); got != "b1 a2 c3" && got != "b1 c2 a3" {
		t.Errorf("three bytes for three readers, none forgotten: got %s", got)
	}
	st.audit()
}

// setuid is for good: with root go its rights.
func TestSetuid(t *testing.T) {
	st := lanStory(t)
	st.errno(st.s.Setuid(-1), EINVAL, "no user has number -1")
	st.ok(st.s.Setuid(1000), "setuid of root")
	st.ok(st.s.Setuid(1000), "setuid to oneself")
	st.errno(st.s.Setuid(0), EPERM, "there is no way back")
	fd := st.socket(st.s)
	st.errno(st.s.Bind(fd, Any(80)), EACCES, "port 80 is root's")
	child, err := st.s.Fork("child")
	st.ok(err, "fork")
	st.errno(child.Setuid(0), EPERM, "a child is its parent's user")
}
