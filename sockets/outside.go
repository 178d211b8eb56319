package sockets

import (
	"syscall"
	"time"
)

// What a driver outside needs that is not a system call: one that lets the
// network run at the pace of a clock, and tells those who wait when something
// has happened. Package stdnet is one.

// NextEvent is how long it is until the next event, false if none is left.
func (n *Network) NextEvent() (time.Duration, bool) {
	at, ok := n.sim.Next()
	return at.Sub(n.sim.Now()), ok
}

// EpollReady reports whether [Process.EpollWait] would find something now. It
// is no system call: it leaves nothing on the tape.
func (p *Process) EpollReady(epfd int) bool {
	f, e := p.openFile(epfd)
	return e == 0 && f&fdKind == kindEpoll && p.host.pollEpoll(f.index()) != 0
}

// Platform is the platform's own errno of the same name, as package net's
// errors carry it; 0 if the platform has none.
func (e Errno) Platform() syscall.Errno { return errnoTable[e].platform }
