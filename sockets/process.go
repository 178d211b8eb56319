package sockets

import (
	"fmt"
	"strings"
	"time"
)

// Process is a program on a host: a descriptor table, limits, and a life
// between sleep and wake-up. Its system calls are its methods.
//
// A process made by [Host.Spawn] runs a function that blocks as in C. One made
// by [Host.NewProcess] has no program: whoever holds it makes its calls, one
// by one, and a call that must wait lets the network run until it can return.
//
// It runs as root inside a container: uid 0 with Docker's default
// capabilities. It may bind ports below 1024 (CAP_NET_BIND_SERVICE) and make
// raw sockets (CAP_NET_RAW), but neither raise its hard limits
// (CAP_SYS_RESOURCE), nor exceed fs.file-max (CAP_SYS_ADMIN), nor set the
// options of an administrator, as SO_RCVBUFFORCE (CAP_NET_ADMIN).
type Process struct {
	host       *Host
	pid        int
	name       string
	fds        fdTable
	uid        uint32
	soft, hard int // RLIMIT_NOFILE
	ended      bool
}

// NewProcess makes a process whose calls are made from outside. Descriptors
// 0, 1 and 2 are open.
func (h *Host) NewProcess(name string) *Process {
	p := &Process{host: h, pid: h.net.nextPID, name: name, soft: h.limits.NofileSoft, hard: h.limits.NofileHard}
	h.net.nextPID++
	h.procs = append(h.procs, p)
	for fd := 0; fd < 3; fd++ {
		p.fds.put(fd, h.openNull(0))
	}
	return p
}

// Spawn starts a program on the host, at the present instant of virtual time.
// When the function returns the process exits and its descriptors are closed.
func (h *Host) Spawn(name string, program func(p *Process)) *Process {
	p := h.NewProcess(name)
	p.Run(program)
	return p
}

// Sleep lets the process sleep for d of virtual time, as nanosleep(2).
func (p *Process) Sleep(d time.Duration) {
	if d > 0 && p.host.net.err == nil {
		p.pause(d, "nanosleep("+d.String()+")")
	}
}

// Exit ends the process: _exit(2). Its descriptors are closed and its threads
// end. To the thread that calls it, it does not return: what the thread has
// deferred is run, and nothing else.
func (p *Process) Exit() {
	if p.ended {
		return
	}
	p.exit()
	if t := p.host.net.cur; t != nil && t.of == p {
		t.co.Exit()
	}
}

// exit is the kernel's part of it, after which a program may return.
func (p *Process) exit() {
	p.ended = true
	p.kill()
	for fd := range p.fds.files {
		if p.fds.files[fd] != 0 {
			p.host.dropFile(p.fds.take(fd).file())
		}
	}
	p.trace("exit_group(0) = ?", nil)
	for i, q := range p.host.procs {
		if q == p {
			p.host.procs = append(p.host.procs[:i:i], p.host.procs[i+1:]...)
			break
		}
	}
}

// PID is the process's number.
func (p *Process) PID() int { return p.pid }

// Name is the program's name, as given.
func (p *Process) Name() string { return p.name }

// Host is the host the process runs on.
func (p *Process) Host() *Host { return p.host }

// String is name and number, as ss -p and lsof show them: server[1000].
func (p *Process) String() string {
	if p == nil {
		return "nobody"
	}
	return p.name + "[" + itoa(p.pid) + "]"
}

func (p *Process) pidOf() int {
	if p == nil {
		return 0
	}
	return p.pid
}

// Descriptor is one row of a process's descriptor table, as lsof shows it.
type Descriptor struct {
	FD   int
	Kind string // "/dev/null", "listener", "connection", "socket"
	Name string // "TCP 0.0.0.0:80 (LISTEN)", "TCP 10.0.0.1:80->10.0.0.2:40000 (ESTABLISHED)"
}

// DescriptorTable is a snapshot of a process's descriptors, by number.
type DescriptorTable struct {
	Rows  []Descriptor
	Soft  int    // RLIMIT_NOFILE, soft
	Owner string // server[1000]
}

// Descriptors is a snapshot of the descriptor table.
func (p *Process) Descriptors() DescriptorTable {
	t := DescriptorTable{Rows: make([]Descriptor, 0, p.fds.count), Soft: p.soft, Owner: p.String()}
	for fd, e := range p.fds.files {
		switch e & fdKind {
		case kindNull:
			t.Rows = append(t.Rows, Descriptor{fd, "/dev/null", "CHR 1,3"})
		case kindPipeR, kindPipeW:
			t.Rows = append(t.Rows, Descriptor{fd, "pipe", "FIFO " + modeName(e.mode())})
		case kindEpoll:
			t.Rows = append(t.Rows, Descriptor{fd, "epoll", "a_inode [eventpoll]"})
		case kindSock:
			s := p.host.socks.at(uint32(e & fdIndex))
			t.Rows = append(t.Rows, Descriptor{fd, s.kind(), p.host.describe(s)})
		}
	}
	return t
}

// Len is how many descriptors are open.
func (t DescriptorTable) Len() int { return len(t.Rows) }

// Row is the i-th open descriptor.
func (t DescriptorTable) Row(i int) (fd int, kind, detail string) {
	r := t.Rows[i]
	return r.FD, r.Kind, r.Name
}

// Limit is the soft RLIMIT_NOFILE.
func (t DescriptorTable) Limit() int { return t.Soft }

// String has a line for each descriptor; the middle of a long run of one kind
// is left out.
func (t DescriptorTable) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d descriptors open in %s, limit %d\n", len(t.Rows), t.Owner, t.Soft)
	for i, r := range t.Rows {
		middle := i > 1 && i+2 < len(t.Rows) && t.Rows[i-2].Kind == r.Kind && t.Rows[i-1].Kind == r.Kind &&
			t.Rows[i+1].Kind == r.Kind && t.Rows[i+2].Kind == r.Kind
		if !middle {
			fmt.Fprintf(&b, "%5d  %-11s %s\n", r.FD, r.Kind, r.Name)
		} else if t.Rows[max(i-3, 0)].Kind != r.Kind || i == 2 {
			b.WriteString("    …\n")
		}
	}
	return b.String()
}

// kind is a socket in a word.
func (s *sock) kind() string {
	switch {
	case s.state == Listen:
		return "listener"
	case s.raddr != 0:
		return "connection"
	}
	return "socket"
}

// describe is a socket as lsof's NAME column has it.
func (h *Host) describe(s *sock) string {
	switch {
	case s.state == Listen:
		return "TCP " + h.local(s).String() + " (LISTEN)"
	case s.raddr != 0:
		return "TCP " + h.local(s).String() + "->" + h.remote(s).String() + " (" + s.state.lsof() + ")"
	case s.lport != 0:
		return "TCP " + h.local(s).String() + " (" + s.state.lsof() + ")"
	}
	return "TCP *:* (CLOSED)"
}

// Open is how many descriptors the process has open.
func (p *Process) Open() int { return p.fds.count }
