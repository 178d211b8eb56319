package sockets

import (
	"strings"
	"testing"
	"time"

	"socketbook/sockets/sim"
	"socketbook/sockets/wire"
)

// FuzzSyscalls runs random programs: each few bytes are one call of one of four
// processes on a host, with any numbers. After each call the invariants of the
// kernel hold, no call panics or hangs, and every byte read from a stream is
// the byte that was written at its sequence number. When all processes have
// exited and every timer has run out, nothing is left: no descriptor, no
// socket, no buffer, no port.
func FuzzSyscalls(f *testing.F) {
	f.Add([]byte("\x00\x02\x01\x00\x01\x03\x50\x00\x02\x03\x05\x00"))
	for seed := range uint64(60) {
		random := sim.NewStream(seed, 3)
		b := make([]byte, 1000)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, program []byte) { newFuzzRun(t).play(program) })
}

type fuzzRun struct {
	t     *testing.T
	lab   *Network
	host  *Host
	procs [4]*Process
	p     *Process // whose turn it is
	in    []byte
	buf   [4096]byte
}

func newFuzzRun(t *testing.T) *fuzzRun {
	r := &fuzzRun{t: t, lab: NewNetwork(Seed(7))}
	r.host = r.lab.NewHost("host", Limits{NofileSoft: 40, NofileHard: 64})
	for i := range r.procs {
		r.procs[i] = r.host.NewProcess("fuzz")
	}
	r.procs[3].Setuid(1000)
	return r
}

// next is the next byte of the program, 0 at its end.
func (r *fuzzRun) next() int {
	if len(r.in) == 0 {
		return 0
	}
	b := r.in[0]
	r.in = r.in[1:]
	return int(b)
}

// fd is a descriptor: mostly one that is open.
func (r *fuzzRun) fd() int {
	switch b := r.next(); {
	case b < 216:
		var open []int
		for fd, e := range r.p.fds.files {
			if e != 0 && (fd > 2 || b%8 == 7) {
				open = append(open, fd)
			}
		}
		if len(open) > 0 {
			return open[b/8%len(open)]
		}
		return b % 16
	case b < 224:
		return b % 16
	case b < 240:
		return b - 200
	case b == 240:
		return -1
	case b == 241:
		return 1 << 30
	default:
		return b
	}
}

// number is any number: mostly a small one, sometimes an extreme.
func (r *fuzzRun) number() int {
	switch b := r.next(); {
	case b < 200:
		return b % 32
	case b < 230:
		return b
	case b < 240:
		return -(b - 229)
	case b == 240:
		return 1<<31 - 1
	case b == 241:
		return -1 << 31
	case b == 242:
		return 1 << 40
	case b == 243:
		return -1 << 62
	default:
		return b << uint(b%24)
	}
}

// addr is an address: mostly of one of few places, so that calls meet.
func (r *fuzzRun) addr() SockAddr {
	ports := [...]uint16{80, 5000, 80, 5000, 80, 0, 40000, 65535}
	b := r.next()
	port := ports[r.next()%len(ports)]
	switch b % 20 {
	default:
		return sockaddr4(loop4, port)
	case 3:
		return Any(port)
	case 4:
		return Any6(port)
	case 5, 6:
		return SockAddr{Family: AF_INET6, Addr: loopback6, Port: port}
	case 7:
		return r.lab.sockaddr6(loop4, port)
	case 8:
		return SockAddr{Family: uint16(r.number()), Port: port, Len: r.number()}
	case 9:
		return SockAddr{}
	case 10:
		return sockaddr4(wire.Addr4(0x0a000000+uint32(r.next())), port)
	case 11:
		return sockaddr4(0x7f000002, port)
	}
}

func (r *fuzzRun) timeout() time.Duration { return time.Duration(r.next()%50) * time.Millisecond }

// play runs a program and then ends everything.
func (r *fuzzRun) play(program []byte) {
	r.in = program[:min(len(program), 4000)]
	for len(r.in) > 0 {
		r.p = r.procs[r.next()%len(r.procs)]
		r.call(r.p)
		r.invariants()
		if r.next()%4 == 0 {
			r.lab.RunFor(time.Duration(r.next()) * time.Millisecond)
			r.invariants()
		}
	}
	for _, p := range r.procs {
		p.Exit()
	}
	r.lab.RunFor(40 * time.Minute) // every retransmission and TIME_WAIT
	if wrong := append(auditWild(r.lab), leaks(r.lab)...); len(wrong) > 0 {
		r.t.Fatal("when everything is closed: " + strings.Join(wrong, "\n"))
	}
	r.lab.Close()
}

// call makes one call with any arguments, mostly on sockets that do not block:
// from outside, a call that would sleep for good is only told so.
func (r *fuzzRun) call(p *Process) {
	switch r.next() % 43 {
	case 42:
		sysctl := fuzzSysctls[r.next()%len(fuzzSysctls)]
		r.host.SetSysctl(sysctl[0], sysctl[1+r.next()%(len(sysctl)-1)])
	case 34, 35, 36:
		r.thread(p)
	case 37, 38:
		r.pair(p)
	case 39, 40:
		r.write(p)
	case 41:
		if child, err := p.Fork("child"); err == nil {
			i := r.next() % len(r.procs)
			r.procs[i].Exit()
			r.procs[i] = child
		}
	case 0, 1, 2:
		families := [...]int{AF_INET, AF_INET, AF_INET, AF_INET6, AF_INET6, AF_UNIX, -1, 99}
		types := [...]int{SOCK_STREAM, SOCK_DGRAM, SOCK_STREAM, SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, 5, 77}
		protocols := [...]int{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 17, -5, 300}
		nonblock := [...]int{SOCK_NONBLOCK, SOCK_NONBLOCK, SOCK_NONBLOCK, 0}
		p.Socket(families[r.next()%len(families)], types[r.next()%len(types)]|nonblock[r.next()%len(nonblock)], protocols[r.next()%len(protocols)])
	case 3, 4:
		p.Bind(r.fd(), r.addr())
	case 5, 6:
		p.Listen(r.fd(), r.number())
	case 7, 8:
		p.Accept4(r.fd(), SOCK_NONBLOCK)
	case 9, 10, 11:
		p.Connect(r.fd(), r.addr())
	case 12:
		p.Getsockname(r.fd())
		p.Getpeername(r.fd())
	case 13, 14:
		r.read(p)
	case 15, 16:
		r.write(p)
	case 17:
		to, fd := r.addr(), r.fd()
		p.Sendto(fd, r.data(p, fd, r.next()), r.number()&^MSG_OOB|r.next()&1*MSG_MORE|MSG_DONTWAIT, &to)
	case 18:
		p.Recvfrom(r.fd(), r.buf[:r.next()], r.number()|MSG_DONTWAIT|MSG_PEEK)
	case 19:
		p.Shutdown(r.fd(), r.number())
	case 20:
		p.Close(r.fd())
	case 21:
		p.Setsockopt(r.fd(), []int{1, 6, 0, 41, 17, r.number()}[r.next()%6], r.number(), []byte{byte(r.next()), byte(r.next() & 1), 0, 0, byte(r.next()), 0, 0, 0}, r.number())
	case 22:
		p.Getsockopt(r.fd(), []int{1, 6, 0, 41, 17, r.number()}[r.next()%6], r.number(), r.buf[:64], r.number())
	case 23:
		p.Ioctl(r.fd(), []int{0x541b, 0x5411, 0x8905, r.number()}[r.next()%4])
	case 24:
		p.Fcntl(r.fd(), r.number(), r.number()|r.next()&1*O_NONBLOCK)
	case 25:
		p.Dup(r.fd())
	case 26:
		p.Dup2(r.fd(), r.fd())
		p.Dup3(r.fd(), r.fd(), r.number())
	case 27:
		p.Pipe2(0o4000)
	case 28:
		fds := make([]PollFD, r.next()%8)
		for i := range fds {
			fds[i] = PollFD{FD: r.fd(), Events: r.number()}
		}
		p.Poll(fds, len(fds), r.timeout())
	case 29:
		var set FDSet
		for range r.next() % 8 {
			set.Set(r.fd() & 1023)
		}
		p.Select(r.number(), &set, &set, nil, r.timeout())
	case 30:
		p.EpollCreate1(0)
	case 31:
		p.EpollCtl(r.fd(), []int{1, 1, 1, 2, 3, r.number()}[r.next()%6], r.fd(), &EpollEvent{Events: uint32(r.number()) | uint32(r.next())<<24, Data: 1})
	case 32:
		p.EpollWait(r.fd(), r.number(), r.timeout())
	case 33:
		if r.next()%4 == 0 {
			soft, hard := r.number(), r.number()
			p.Setrlimit(soft, max(hard, 20))
		}
	}
}

// fuzzSysctls are settings that change what sockets do, and values.
var fuzzSysctls = [][]string{
	{"net.ipv4.ip_local_port_range", "40000 40003", "40000 40001", "40001 40001", "32768 60999"},
	{"net.ipv4.ip_local_reserved_ports", "40001", "40000-40002", "\n"},
	{"net.ipv4.ip_autobind_reuse", "0", "1"},
	{"net.ipv4.tcp_tw_reuse", "0", "1", "2"},
	{"net.ipv4.tcp_fin_timeout", "1", "60"},
	{"net.ipv4.tcp_syncookies", "0", "1", "2"},
	{"net.ipv4.tcp_abort_on_overflow", "0", "1"},
	{"net.ipv4.tcp_stdurg", "0", "1"},
	{"net.ipv6.bindv6only", "0", "1"},
	{"net.core.somaxconn", "0", "1", "4096"},
	{"net.core.rmem_default", "2304", "212992"},
	{"net.ipv4.tcp_rmem", "4096 8192 16384", "4096 131072 33554432"},
	{"net.ipv4.tcp_wmem", "4096 4608 8192", "4096 16384 4194304"},
	{"fs.file-max", "60", "100000"},
	{"fs.epoll.max_user_watches", "2", "100000"},
	{"fs.pipe-user-pages-hard", "0", "20"},
}

// thread makes one call in a thread of its own, where it may sleep until
// something comes or its process ends.
func (r *fuzzRun) thread(p *Process) {
	kind, fd, fd2, n, wait, to := r.next(), r.fd(), r.fd(), r.number(), r.timeout(), r.addr()
	if n%2 == 0 {
		wait = -1
	}
	p.Go(func() {
		switch kind % 9 {
		case 0, 1:
			p.Accept4(fd, 0)
		case 2:
			p.Connect(fd, to)
		case 3, 4:
			p.Recvfrom(fd, make([]byte, 10), n&(MSG_WAITALL|MSG_PEEK|MSG_OOB))
		case 5:
			p.Poll([]PollFD{{FD: fd, Events: n}, {FD: fd2, Events: n >> 2}}, 2, wait)
		case 6:
			var set FDSet
			set.Set(fd & 63)
			set.Set(fd2 & 63)
			p.Select(64, &set, nil, &set, wait)
		case 7:
			p.EpollWait(fd, 3, wait)
		case 8:
			p.Close(fd) // which may linger
		}
	})
}

// pair makes a listener and connects to it: a beginning that chance finds
// rarely.
func (r *fuzzRun) pair(p *Process) {
	a := r.addr()
	if a.Family != AF_INET && a.Family != AF_INET6 {
		return
	}
	l, _ := p.Socket(int(a.Family), SOCK_STREAM|SOCK_NONBLOCK, 0)
	p.Setsockopt(l, SOL_SOCKET, SO_REUSEADDR, []byte{byte(r.next() & 1), 0, 0, 0}, 4)
	p.Bind(l, a)
	p.Listen(l, r.next()%4)
	for range r.next() % 4 {
		c, _ := r.procs[r.next()%len(r.procs)].Socket(int(a.Family), SOCK_STREAM|SOCK_NONBLOCK, 0)
		p.Connect(c, a)
	}
	r.lab.RunFor(time.Millisecond)
	p.Accept4(l, r.next()&1*SOCK_NONBLOCK)
}

// Every byte of a stream says at which sequence number it was written.
func streamByte(seq uint32) byte { return byte(seq * 2654435761 >> 24) }

func (r *fuzzRun) sockOf(p *Process, fd int) *sock {
	if e := p.fds.get(fd); e&fdKind == kindSock {
		if s := r.host.socks.at(e.index()); s.proto == protoTCP {
			return s
		}
	}
	return nil
}

// data is n bytes to write now.
func (r *fuzzRun) data(p *Process, fd, n int) []byte {
	if s := r.sockOf(p, fd); s != nil && s.state != Listen {
		seq := uint32(r.host.nxt(s))
		if s.traffic != 0 && s.state.canSend() {
			seq = uint32(s.sndUna) + r.host.traffic.at(s.traffic).sndBytes
		}
		for i := range r.buf[:n] {
			r.buf[i] = streamByte(seq + uint32(i))
		}
	}
	return r.buf[:n]
}

func (r *fuzzRun) write(p *Process) {
	fd := r.fd()
	p.Write(fd, r.data(p, fd, r.next()*16))
}

func (r *fuzzRun) read(p *Process) {
	fd, n := r.fd(), r.next()*16
	s := r.sockOf(p, fd)
	if s == nil || s.state == Listen {
		p.Read(fd, r.buf[:n])
		return
	}
	seq := r.host.copied(s)
	got, _, err := p.Recvfrom(fd, r.buf[:n], MSG_DONTWAIT)
	if err != nil {
		return
	}
	for i, b := range r.buf[:got] {
		if want := streamByte(seq + uint32(i)); b != want {
			r.t.Fatalf("byte %d of a read of %d on %v <- %v is %#x, and %#x was written", i, got, r.host.local(s), r.host.remote(s), b, want)
		}
	}
}

// invariants hold after every call and every event.
func (r *fuzzRun) invariants() {
	if wrong := auditWild(r.lab); len(wrong) > 0 {
		r.t.Fatal(strings.Join(wrong, "\n"))
	}
}
