package stdnet

import (
	"net"
	"time"

	"socketbook/sockets"
)

// Stack is package net for one simulated host: what is made here belongs to
// one process of that host, with a descriptor each. The process is like a Go
// program's: descriptor 3 is the epoll its network poller looks at.
type Stack struct {
	net     *Net
	host    *sockets.Host
	p       *sockets.Process
	epfd    int
	files   []*file       // by descriptor
	latency time.Duration // of a wake-up
	wakes   time.Duration // when the poller wakes, in virtual time, or never
	gone    bool
}

// epollEdges is what Go's network poller asks for: every change, once.
const epollEdges = sockets.EPOLLIN | sockets.EPOLLOUT | sockets.EPOLLRDHUP | sockets.EPOLLET

// Attach starts a process on a host of the network. A host can have several.
func (n *Net) Attach(host *sockets.Host) (*Stack, error) {
	if err := n.enter(); err != nil {
		return nil, err
	}
	defer n.leave()
	if host == nil || n.lab.Host(host.Name()) != host {
		return nil, &sockets.LimitError{Field: "host", Value: hostName(host), Allowed: "a host of this network"}
	}
	s := &Stack{net: n, host: host, p: host.NewProcess("go"), latency: host.Limits().WakeupLatency, wakes: never}
	var err error
	if s.epfd, err = s.p.EpollCreate1(sockets.EPOLL_CLOEXEC); err != nil {
		s.p.Exit()
		return nil, system(err)
	}
	n.stacks = append(n.stacks, s)
	return s, nil
}

func hostName(h *sockets.Host) string {
	if h == nil {
		return "nil"
	}
	return h.Name()
}

// Net is the network the host belongs to.
func (s *Stack) Net() *Net { return s.net }

// Host is the simulated host. Touch it within [Net.Do].
func (s *Stack) Host() *sockets.Host { return s.host }

// Process is the process that holds the descriptors, whose limits decide over
// EMFILE. Touch it within [Net.Do].
func (s *Stack) Process() *sockets.Process { return s.p }

// Stats is a snapshot of the host's counters.
func (s *Stack) Stats() (st sockets.Stats) {
	s.look(func() { st = s.host.Stats() })
	return st
}

// Sockets is a snapshot of the host's sockets, as ss shows them.
func (s *Stack) Sockets() (rows sockets.SocketRows) {
	s.look(func() { rows = s.host.Sockets() })
	return rows
}

// look is Do, and works after Close as well.
func (s *Stack) look(f func()) {
	if s.net.enter() == nil {
		defer s.net.leave()
		f()
		return
	}
	s.net.mu.Lock()
	defer s.net.mu.Unlock()
	f()
}

// Close ends the process: everything it holds is closed, and who waits for it
// gets [net.ErrClosed].
func (s *Stack) Close() error {
	if err := s.net.enter(); err != nil {
		return err
	}
	defer s.net.leave()
	if s.gone {
		return net.ErrClosed
	}
	s.close()
	return nil
}

func (s *Stack) close() {
	s.gone = true
	for _, f := range s.files {
		if f != nil {
			f.retire()
		}
	}
	s.p.Exit()
	for i, other := range s.net.stacks {
		if other == s {
			s.net.stacks = append(s.net.stacks[:i], s.net.stacks[i+1:]...)
			break
		}
	}
}

// enter is Net's, for what belongs to the stack.
func (s *Stack) enter() error {
	if s == nil {
		return &sockets.LimitError{Field: "Stack", Value: "nil", Allowed: "one that Attach has made"}
	}
	if err := s.net.enter(); err != nil {
		return err
	}
	if s.gone {
		s.net.leave()
		return net.ErrClosed
	}
	return nil
}

// adopt puts a descriptor under the epoll's care. If it cannot, it closes it.
func (s *Stack) adopt(fd int, network string) (*file, error) {
	ev := sockets.EpollEvent{Events: epollEdges, Data: uint64(fd)}
	if err := s.p.EpollCtl(s.epfd, sockets.EPOLL_CTL_ADD, fd, &ev); err != nil {
		s.p.Close(fd)
		return nil, err
	}
	for fd >= len(s.files) {
		s.files = append(s.files, nil)
	}
	f := &file{stack: s, fd: fd, network: network}
	f.rd.cond.L, f.wr.cond.L = &s.net.mu, &s.net.mu
	s.files[fd] = f
	return f, nil
}

// poll is the network poller: a thread that sleeps in epoll_wait. When there is
// news it runs again after the host's wake-up latency, like any other. So time
// passes even where a connection takes none, and a bubble's clock gets on.
func (s *Stack) poll() {
	now := s.net.now()
	if s.wakes == never && s.p.EpollReady(s.epfd) {
		s.wakes = now + s.latency
	}
	if s.wakes <= now {
		s.wakes = never
		s.harvest()
	}
}

// harvest asks the epoll what has happened to descriptors, and tells those who
// wait for them: Go's netpoll.
func (s *Stack) harvest() {
	for s.p.EpollReady(s.epfd) {
		events, err := s.p.EpollWait(s.epfd, 128, 0) // as many as Go asks for
		if err != nil || len(events) == 0 {
			return
		}
		for _, ev := range events {
			if ev.Data >= uint64(len(s.files)) || s.files[ev.Data] == nil {
				continue
			}
			f := s.files[ev.Data]
			const both = sockets.EPOLLHUP | sockets.EPOLLERR
			if ev.Events&(sockets.EPOLLIN|sockets.EPOLLRDHUP|both) != 0 {
				f.rd.news()
			}
			if ev.Events&(sockets.EPOLLOUT|both) != 0 {
				f.wr.news()
			}
		}
	}
}
