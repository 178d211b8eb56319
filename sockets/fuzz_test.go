package sockets

import (
	"testing"
	"time"

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
	for seed := range 24 {
		r := newFuzzBytes(uint64(seed))
		f.Add(r)
	}
	f.Fuzz(func(t *testing.T, program []byte) { newFuzzRun(t).play(program) })
}

func newFuzzBytes(seed uint64) []byte {
	b := make([]byte, 600)
	for i := range b {
		seed = seed*6364136223846793005 + 1442695040888963407
		b[i] = byte(seed >> 56)
	}
	return b
}

type fuzzRun struct {
	t     *testing.T
	lab   *Network
	host  *Host
	procs [4]*Process
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

// fd is a descriptor: mostly a small one.
func (r *fuzzRun) fd() int {
	switch b := r.next(); {
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

func (r *fuzzRun) addr() SockAddr {
	ports := [...]uint16{0, 80, 81, 5000, 40000, 65535}
	b := r.next()
	port := ports[r.next()%len(ports)]
	switch b % 12 {
	case 0, 1, 2:
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
	}
	return sockaddr4(0x7f000002, port)
}

func (r *fuzzRun) timeout() time.Duration { return time.Duration(r.next()%50) * time.Millisecond }

// play runs a program and then ends everything.
func (r *fuzzRun) play(program []byte) {
	r.in = program[:min(len(program), 4000)]
	for len(r.in) > 0 {
		p := r.procs[r.next()%len(r.procs)]
		r.call(p)
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
	r.empty()
	r.lab.Close()
}

// call makes one call with any arguments. No blocking sockets: a program that
// sleeps for good is not a bug.
func (r *fuzzRun) call(p *Process) {
	switch r.next() % 34 {
	case 0, 1, 2:
		families := [...]int{AF_INET, AF_INET, AF_INET6, AF_UNIX, -1, 99}
		types := [...]int{SOCK_STREAM, SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, 5, 77}
		p.Socket(families[r.next()%len(families)], types[r.next()%len(types)]|SOCK_NONBLOCK, []int{0, 0, 0, 6, 17, -5, 300}[r.next()%7])
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
		to := r.addr()
		p.Sendto(r.fd(), r.buf[:r.next()], r.number()&^MSG_OOB|MSG_DONTWAIT, &to)
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
		// F_SETFL may clear O_NONBLOCK, and then a call could sleep for good.
		if cmd := r.number(); cmd != 4 {
			p.Fcntl(r.fd(), cmd, r.number())
		}
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
		p.EpollCtl(r.fd(), r.number(), r.fd(), &EpollEvent{Events: uint32(r.number()) | uint32(r.next())<<24, Data: 1})
	case 32:
		p.EpollWait(r.fd(), r.number(), r.timeout())
	case 33:
		if r.next()%4 == 0 {
			soft, hard := r.number(), r.number()
			p.Setrlimit(soft, max(hard, 20))
		}
	}
}

// Every byte of a stream says at which sequence number it was written.
func streamByte(s *sock, seq uint32) byte {
	return byte((seq ^ uint32(s.lport)*uint32(s.rport)) * 2654435761 >> 24)
}

func (r *fuzzRun) sockOf(p *Process, fd int) *sock {
	if e := p.fds.get(fd); e&fdKind == kindSock {
		if s := r.host.socks.at(e.index()); s.proto == protoTCP {
			return s
		}
	}
	return nil
}

func (r *fuzzRun) write(p *Process) {
	fd, n := r.fd(), r.next()*16
	if s := r.sockOf(p, fd); s != nil && s.state != Listen {
		seq := uint32(s.sndNxt)
		if s.traffic != 0 && s.state.canSend() {
			seq = uint32(s.sndUna) + r.host.traffic.at(s.traffic).sndBytes
		}
		for i := range r.buf[:n] {
			r.buf[i] = streamByte(s, seq+uint32(i))
		}
	}
	p.Write(fd, r.buf[:n])
}

func (r *fuzzRun) read(p *Process) {
	fd, n := r.fd(), r.next()*16
	s := r.sockOf(p, fd)
	if s == nil || s.state == Listen {
		p.Read(fd, r.buf[:n])
		return
	}
	seq := r.host.copied(s)
	got, err := p.Read(fd, r.buf[:n])
	if err != nil {
		return
	}
	for i, b := range r.buf[:got] {
		if want := streamByte(s, seq+uint32(i)); b != want {
			r.t.Fatalf("byte %d of a read of %d on %v <- %v is %#x, and %#x was written", i, got, r.host.local(s), r.host.remote(s), b, want)
		}
	}
}

// invariants hold after every call and every event.
func (r *fuzzRun) invariants() {
	h := r.host
	h.socks.each(func(i uint32, s *sock) {
		if s.state == 0 || s.proto != protoTCP {
			return
		}
		if !s.sndUna.LessEq(s.sndNxt) {
			r.t.Fatalf("socket %d has %d acknowledged beyond the %d it sent", i, s.sndUna, s.sndNxt)
		}
		if s.state != Listen && s.traffic != 0 {
			q := h.traffic.at(s.traffic)
			if sum := h.queued(q.rcvHead); sum != q.rcvBytes {
				r.t.Fatalf("socket %d counts %d unread bytes, its queue has %d", i, q.rcvBytes, sum)
			}
			if sum := h.queued(q.sndHead); sum != q.sndBytes {
				r.t.Fatalf("socket %d counts %d unsent bytes, its queue has %d", i, q.sndBytes, sum)
			}
		}
	})
	for _, p := range r.procs {
		n := 0
		for _, e := range p.fds.files {
			if e != 0 {
				n++
			}
		}
		if n != p.fds.count {
			r.t.Fatalf("%v has %d descriptors and counts %d", p, n, p.fds.count)
		}
	}
}

func (h *Host) queued(k uint32) (n uint32) {
	for ; k != 0; k = h.skbs.at(k).next {
		n += h.skbs.at(k).len
	}
	return n
}

// empty: when all is over, nothing is left.
func (r *fuzzRun) empty() {
	h := r.host
	for _, left := range []struct {
		what string
		n    int
	}{
		{"open files", int(h.files)}, {"sockets", h.socks.live}, {"queues", h.traffic.live}, {"listeners", h.listeners.live},
		{"half-open connections", h.requests.live}, {"pieces of data", h.skbs.live}, {"bytes of kernel memory", h.mem.bytes},
		{"bytes on the wire", r.lab.frames.bytes}, {"connections in the lookup table", h.conns.n}, {"local ports", h.ports.buckets.live},
		{"owners of ports", h.ports.owners.live}, {"options", h.optionSlab.live}, {"pipes", h.pipes.live}, {"epolls", h.epolls.live},
		{"epoll items", h.items.live}, {"sleepers", r.lab.waits.live},
	} {
		if left.n != 0 {
			r.t.Errorf("when everything is closed, %d %s are left", left.n, left.what)
		}
	}
}
