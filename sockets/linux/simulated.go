package linux

import (
	"time"

	"socketbook/sockets"
)

// Simulated is a fresh simulated host. Its kernel is package sockets'.
func Simulated() Host {
	lab := sockets.NewNetwork(sockets.Seed(1))
	return &simHost{lab: lab, host: lab.NewHost("host", sockets.Limits{})}
}

type simHost struct {
	lab  *sockets.Network
	host *sockets.Host

	stuck int // bytes that could not be sent when last waited for
}

func (h *simHost) Process(name string, uid int) (Process, error) {
	p := h.host.NewProcess(name)
	if uid != 0 {
		if err := p.Setuid(uid); err != nil {
			return nil, err
		}
	}
	return &simProcess{p, h}, nil
}

func (h *simHost) Addr(port uint16) sockets.SockAddr { return loopback(port) }

func (h *simHost) SetSysctl(key, value string) error { return h.host.SetSysctl(key, value) }

// Settle: what is on the loopback device arrives in microseconds. Data that
// waits for a delayed acknowledgement is waited for, once, as on the real
// kernel: longer than TCP_DELACK_MIN, 40 ms.
func (h *simHost) Settle() {
	for range 30 {
		h.lab.RunFor(2 * time.Millisecond)
		if n := h.host.NotSent(); n == h.stuck || n == 0 {
			h.stuck = n
			return
		}
	}
	h.stuck = h.host.NotSent()
}

func (h *simHost) Pass(d time.Duration) { h.lab.RunFor(d) }

func (h *simHost) Close() { h.lab.Close() }

// now is the host's clock.
func (h *simHost) now() time.Duration { return time.Duration(h.lab.Now()) }

// loopback is 127.0.0.1 with a port.
func loopback(port uint16) sockets.SockAddr {
	return sockets.SockAddr{Family: sockets.AF_INET, Port: port, Addr: [16]byte{127, 0, 0, 1}}
}

type simProcess struct {
	*sockets.Process
	h *simHost
}

func (p *simProcess) Fork(name string) (Process, error) {
	c, err := p.Process.Fork(name)
	if err != nil {
		return nil, err
	}
	return &simProcess{c, p.h}, nil
}

func (p *simProcess) Start(f func(k sockets.Calls)) (func(time.Duration) bool, error) {
	over := false
	p.Process.Go(func() { f(p.Process); over = true })
	lab := p.h.lab
	lab.RunFor(time.Microsecond) // up to its first sleep
	return func(wait time.Duration) bool {
		for end := lab.Now().Add(wait); !over && lab.Now() < end; {
			lab.RunFor(min(time.Millisecond, end.Sub(lab.Now())))
		}
		return over
	}, nil
}

// nobody stands for a process that could not be made. It is one that has ended:
// every call fails with ESRCH, so that a program need not look.
func nobody() Process {
	p := &simProcess{h: Simulated().(*simHost)}
	p.Process = p.h.host.NewProcess("nobody")
	p.Exit()
	return p
}
