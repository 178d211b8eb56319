package sockets

import (
	"fmt"
	"testing"
	"time"

	"socketbook/sockets/sim"
)

// Random programs of several processes and threads over pipes, epolls and
// sockets: the invariants hold after each call, and when all have exited
// nothing is left.
func TestFilesUnderRandomPrograms(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			st := &story{T: t, net: NewNetwork(Seed(seed))}
			st.server = st.net.NewHost("host", Limits{NofileSoft: 60, NofileHard: 80})
			r := randomFiles{st, st.net.sim.Stream(9), nil}
			for range 3 {
				r.procs = append(r.procs, st.server.NewProcess("p"))
			}
			for step := range 400 {
				what := r.step()
				if wrong := auditWild(st.net); len(wrong) > 0 {
					t.Fatalf("step %d, %s: %v", step, what, wrong)
				}
			}
			for _, p := range r.procs {
				p.Exit()
			}
			st.ok(st.net.Run(), "the run to its end")
			h := st.server
			left := fmt.Sprint(h.files, h.socks.live, h.pipes.live, h.pipePages.live, h.epolls.live, h.items.live, h.nulls.live,
				st.net.waits.live, len(h.watches), len(h.pipeRules.pages), len(h.owners), len(st.net.Sleepers()))
			if left != "0 0 0 0 0 0 0 0 0 0 0 0" {
				t.Errorf("when all processes have exited nothing is left of files, sockets, pipes, pages, epolls, items, nulls, waiters, counts, sleepers: %s", left)
			}
			st.net.Close()
		})
	}
}

type randomFiles struct {
	*story
	random *sim.Stream
	procs  []*Process
}

func (r *randomFiles) n(n int) int { return r.random.IntN(n) }

// fd is mostly a number that is open.
func (r *randomFiles) fd(p *Process) int {
	if r.n(20) == 0 {
		return r.n(90) - 5
	}
	for range 10 {
		if fd := r.n(40); p.fds.get(fd) != 0 {
			return fd
		}
	}
	return 3
}

// step makes one call, perhaps in a thread of its own, where it may sleep.
func (r *randomFiles) step() string {
	p := r.procs[r.n(len(r.procs))]
	kind, a, b, c := r.n(17), r.fd(p), r.fd(p), r.n(100_000)
	what := fmt.Sprintf("%v: call %d(%d, %d, %d)", p, kind, a, b, c)
	wait := time.Duration(0)
	call := func() { r.call(p, kind, a, b, c, wait) }
	if kind < 6 || r.n(3) > 0 {
		call()
	} else {
		if wait = 5 * time.Millisecond; r.n(2) == 0 {
			wait = -1
		}
		p.Go(call)
	}
	if r.n(2) == 0 {
		r.net.RunFor(time.Duration(r.n(2000)) * time.Microsecond)
	}
	return what
}

func (r *randomFiles) call(p *Process, kind, a, b, c int, wait time.Duration) {
	flags := 0
	if wait == 0 {
		flags = O_NONBLOCK
	}
	switch kind {
	case 0:
		p.Pipe2(flags | c%2*O_DIRECT)
	case 1:
		p.EpollCreate1(0)
	case 2:
		p.Socket(AF_INET, SOCK_DGRAM-c%2|flags, 0)
	case 3, 4:
		p.Close(a)
	case 5:
		r.rare(p, c)
	case 6:
		p.Dup2(a, []int{b, c % 80}[c%2])
	case 7, 8, 9:
		p.EpollCtl(a, c%5, b, &EpollEvent{uint32(c) | uint32(c&3)<<30 | uint32(c&4)<<26, uint64(b)})
	case 10, 11:
		p.EpollWait(a, c%4, wait)
	case 12:
		p.Poll([]PollFD{{FD: a, Events: c}, {FD: b, Events: c >> 4}}, 2, wait)
	case 13:
		var s FDSet
		s.Set(a)
		s.Set(b)
		p.Select(c%80, &s, nil, &s, wait)
	case 14:
		if flags != 0 {
			p.Fcntl(a, F_SETFL, flags)
		}
		p.Read(a, make([]byte, c%9000))
	case 15:
		if flags != 0 {
			p.Fcntl(a, F_SETFL, flags)
		}
		p.Write(a, make([]byte, c%20000))
	case 16:
		p.Fcntl(a, c%1040, b)
	}
}

// rare is what begins and ends processes, and connects sockets.
func (r *randomFiles) rare(p *Process, c int) {
	switch c % 5 {
	case 0:
		if child, err := p.Fork("child"); err == nil && len(r.procs) < 8 {
			r.procs = append(r.procs, child)
		} else if child != nil {
			child.Exit()
		}
	case 1:
		if len(r.procs) > 2 {
			p.Exit()
			for i, q := range r.procs {
				if q == p {
					r.procs = append(r.procs[:i:i], r.procs[i+1:]...)
					break
				}
			}
		}
	case 2:
		fd := r.fd(p)
		p.Bind(fd, sockaddr4(loop4, uint16(5000+c%3)))
		p.Listen(fd, 3)
	case 3:
		fd := r.fd(p)
		p.Fcntl(fd, F_SETFL, O_NONBLOCK)
		p.Connect(fd, sockaddr4(loop4, uint16(5000+c/5%3)))
	case 4:
		fd := r.fd(p)
		p.Fcntl(fd, F_SETFL, O_NONBLOCK)
		p.Accept4(fd, SOCK_NONBLOCK)
	}
}
