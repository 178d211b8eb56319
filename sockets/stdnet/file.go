package stdnet

import (
	"net"
	"os"
	"sync"
	"time"

	"socketbook/sockets"
)

// file is an open descriptor that goroutines wait for: Go's poll.FD.
type file struct {
	stack   *Stack
	fd      int
	network string // as the caller spelt it, for errors
	six     bool   // AF_INET6
	rd, wr  side
	closed  bool
	linger  bool // close waits
}

// side is one of a descriptor's two: reading or writing. One goroutine at a
// time makes calls on it; the others queue behind it, so that two Writes do not
// mix.
type side struct {
	cond    sync.Cond // of the door: to wait is to be outside
	taken   bool
	edges   uint64 // how often epoll had news
	expired bool   // the deadline is over
	at      time.Time
	timer   *time.Timer
}

// news wakes who waits.
func (s *side) news() {
	s.edges++
	s.cond.Broadcast()
}

// call makes a system call that would sleep: it tries, and while the answer is
// EAGAIN waits for news. The door is open.
func (f *file) call(s *side, try func(p *sockets.Process) error) error {
	if err := f.claim(s); err != nil {
		return err
	}
	defer s.release()
	for {
		seen := s.edges
		err := try(f.stack.p)
		if errno(err) != sockets.EAGAIN {
			return err
		}
		if err := f.wait(s, seen, nil); err != nil {
			return err
		}
	}
}

// claim waits until nobody else makes calls on the side.
func (f *file) claim(s *side) error {
	n := f.stack.net
	for s.taken && f.usable(s) == nil {
		n.settle()
		s.cond.Wait()
	}
	if err := f.usable(s); err != nil {
		return err
	}
	s.taken = true
	n.catchUp() // the clock has gone on meanwhile
	return nil
}

// wait lets others in until epoll has more news of the side than were seen. It
// ends early if the file is closed, the deadline is over or, if there is one,
// stop says so.
func (f *file) wait(s *side, seen uint64, stop func() bool) error {
	n := f.stack.net
	n.settle()
	for s.edges == seen && f.usable(s) == nil && (stop == nil || !stop()) {
		s.cond.Wait()
	}
	if err := f.usable(s); err != nil {
		return err
	}
	n.catchUp()
	return nil
}

// usable is why nothing can be waited for any more.
func (f *file) usable(s *side) error {
	switch {
	case f.closed:
		return net.ErrClosed
	case s.expired:
		return os.ErrDeadlineExceeded
	}
	return nil
}

func (s *side) release() {
	s.taken = false
	s.cond.Broadcast()
}

// retire lets everybody know that the file is no more. Its descriptor is the
// caller's to close.
func (f *file) retire() {
	f.closed = true
	f.stack.files[f.fd] = nil
	for _, s := range [2]*side{&f.rd, &f.wr} {
		if s.timer != nil {
			s.timer.Stop()
		}
		s.cond.Broadcast()
	}
}

// close closes the file. Calls that wait for it return net.ErrClosed.
func (f *file) close() error {
	n, p := f.stack.net, f.stack.p
	if err := f.stack.enter(); err != nil {
		return err
	}
	defer n.leave()
	if f.closed {
		return net.ErrClosed
	}
	f.retire()
	if !f.linger {
		return p.Close(f.fd)
	}
	// With SO_LINGER close(2) sleeps, so a thread of the process makes it.
	var err error
	done := sync.Cond{L: &n.mu}
	over := false
	p.Go(func() {
		defer func() { over = true; done.Broadcast() }()
		err = p.Close(f.fd)
	})
	n.settle()
	for !over && !n.closed {
		done.Wait()
	}
	return err
}

// setDeadline sets the deadline of some sides. The zero time means none.
func (f *file) setDeadline(t time.Time, sides ...*side) error {
	if err := f.stack.enter(); err != nil {
		return err
	}
	defer f.stack.net.leave()
	if f.closed {
		return net.ErrClosed
	}
	for _, s := range sides {
		f.expire(s, t)
	}
	return nil
}

func (f *file) expire(s *side, t time.Time) {
	if s.timer != nil {
		s.timer.Stop()
	}
	s.at, s.expired = time.Time{}, false
	if t.IsZero() {
		return
	}
	d := time.Until(t)
	if d <= 0 {
		s.expired = true
		s.cond.Broadcast()
		return
	}
	s.at = time.Now().Add(d) // t without its wall clock
	if s.timer != nil {
		s.timer.Reset(d)
		return
	}
	s.timer = time.AfterFunc(d, func() {
		f.stack.net.mu.Lock()
		defer f.stack.net.mu.Unlock()
		// It may be the end of a deadline that was changed meanwhile.
		if !s.at.IsZero() && !time.Now().Before(s.at) {
			s.expired = true
			s.cond.Broadcast()
		}
	})
}

// option sets an option of four bytes.
func (f *file) option(level, opt, v int) error {
	return f.control(func(p *sockets.Process, fd int) error { return setOption(p, fd, level, opt, v) })
}

func setOption(p *sockets.Process, fd, level, opt int, v ...int) error {
	b := make([]byte, 0, 8)
	for _, v := range v {
		b = append(b, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
	}
	return p.Setsockopt(fd, level, opt, b, len(b))
}

// control makes calls on the descriptor that do not wait.
func (f *file) control(call func(p *sockets.Process, fd int) error) error {
	if err := f.stack.enter(); err != nil {
		return err
	}
	defer f.stack.net.leave()
	if f.closed {
		return net.ErrClosed
	}
	return call(f.stack.p, f.fd)
}
