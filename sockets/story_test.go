package sockets

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// A test here is a short story: two hosts on one wire, a process on each,
// calls made one by one. Each failure message is a sentence that says what
// should have been so.

type story struct {
	*testing.T
	net            *Network
	client, server *Host
	c, s           *Process // a process on either, driven call by call

	opened func(c, s *sock) // what exchange does to a new connection
}

// lanStory is the stage of most stories: client and server in a machine room.
func lanStory(t *testing.T, options ...Option) *story {
	t.Helper()
	return newStory(t, Limits{}, LAN, options...)
}

// newStory builds the stage with both hosts at the limits l.
func newStory(t *testing.T, l Limits, wire LinkOptions, options ...Option) *story {
	t.Helper()
	st := &story{T: t, net: NewNetwork(append([]Option{Seed(1)}, options...)...)}
	st.server = st.net.NewHost("server", l)
	st.client = st.net.NewHost("client", l)
	st.net.NewLink(st.client, st.server, wire)
	st.s, st.c = st.server.NewProcess("server"), st.client.NewProcess("client")
	if err := st.net.Err(); err != nil {
		t.Fatalf("the stage cannot be built: %v", err)
	}
	t.Cleanup(st.net.Close)
	return st
}

// settle lets everything that is under way arrive, but no timer of a second.
func (st *story) settle() { st.net.RunFor(10 * time.Millisecond) }

// socket is a new blocking stream socket.
func (st *story) socket(p *Process) int {
	st.Helper()
	fd, err := p.Socket(AF_INET, SOCK_STREAM, 0)
	if err != nil {
		st.Fatalf("socket must succeed, but: %v", err)
	}
	return fd
}

// nonblocking is a new O_NONBLOCK stream socket.
func (st *story) nonblocking(p *Process) int {
	st.Helper()
	fd, err := p.Socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, 0)
	if err != nil {
		st.Fatalf("socket must succeed, but: %v", err)
	}
	return fd
}

// listen is a new non-blocking listener of the server's process.
func (st *story) listen(port uint16, backlog int) int {
	st.Helper()
	l := st.nonblocking(st.s)
	st.ok(st.s.Bind(l, Any(port)), "bind to a free port")
	st.ok(st.s.Listen(l, backlog), "listen on a bound socket")
	return l
}

// connect is a connected socket of the client's process.
func (st *story) connect(port uint16) int {
	st.Helper()
	fd := st.socket(st.c)
	st.ok(st.c.Connect(fd, st.server.Addr(port)), "connect to a listener")
	st.settle()
	return fd
}

// accept takes the oldest connection out of a listener's queue.
func (st *story) accept(l int) int {
	st.Helper()
	fd, _, err := st.s.Accept4(l, 0)
	st.ok(err, "accept4 with a connection in the queue")
	return fd
}

// pair is a listener and one accepted connection: its descriptor at the
// client and at the server.
func (st *story) pair(port uint16) (l, c, s int) {
	st.Helper()
	l = st.listen(port, 16)
	c = st.connect(port)
	return l, c, st.accept(l)
}

// ok says that a call must succeed.
func (st *story) ok(err error, what string) {
	st.Helper()
	if err != nil {
		st.Fatalf("%s must succeed, but: %v", what, err)
	}
}

// setsockopt sets an option of one or more numbers of 32 bits; two numbers of
// 64 for a struct timeval.
func (st *story) setsockopt(p *Process, fd, level, opt int, values ...int) {
	st.Helper()
	var b []byte
	for _, v := range values {
		if level == SOL_SOCKET && (opt == SO_RCVTIMEO || opt == SO_SNDTIMEO) {
			b = binary.LittleEndian.AppendUint64(b, uint64(v))
		} else {
			b = binary.LittleEndian.AppendUint32(b, uint32(v))
		}
	}
	st.ok(p.Setsockopt(fd, level, opt, b, len(b)), fmt.Sprintf("setsockopt(%d, %d, %d, %v)", fd, level, opt, values))
}

// errno says which answer a call must fail with.
func (st *story) errno(err error, want Errno, why string) {
	st.Helper()
	if !errors.Is(err, want) {
		st.Errorf("%s: want %s, got %v", why, want.Name(), err)
	}
}

// write sends all of data.
func (st *story) write(p *Process, fd int, data string) {
	st.Helper()
	if n, err := p.Write(fd, []byte(data)); n != len(data) || err != nil {
		st.Fatalf("write(%d) of %d bytes must take them all, took %d: %v", fd, len(data), n, err)
	}
}

// read expects one read to return these bytes.
func (st *story) read(p *Process, fd int, want, why string) {
	st.Helper()
	buf := make([]byte, len(want)+100)
	if n, err := p.Read(fd, buf); err != nil || string(buf[:n]) != want {
		st.Errorf("%s: want %q, read %q, %v", why, want, buf[:n], err)
	}
}

// readErrno expects read to fail.
func (st *story) readErrno(p *Process, fd int, want Errno, why string) {
	st.Helper()
	_, err := p.Read(fd, make([]byte, 10))
	st.errno(err, want, why)
}

// eof expects read to report the end.
func (st *story) eof(p *Process, fd int, why string) {
	st.Helper()
	if n, err := p.Read(fd, make([]byte, 10)); n != 0 || err != nil {
		st.Errorf("%s: want 0 bytes, the end, read %d, %v", why, n, err)
	}
}

// sock is the socket behind a descriptor, and state its state.
func (p *Process) sock(fd int) *sock  { return p.host.socks.at(uint32(p.fds.get(fd) & fdIndex)) }
func (p *Process) state(fd int) State { return p.sock(fd).state }

// wantState says in which state a socket must be.
func (st *story) wantState(p *Process, fd int, want State, why string) {
	st.Helper()
	if got := p.state(fd); got != want {
		st.Errorf("%s: want %v, it is in %v", why, want, got)
	}
}

// wantNow says at which virtual time, since start, something must be over.
func (st *story) wantTook(start time.Duration, want, tolerance time.Duration, why string) {
	st.Helper()
	took := time.Duration(st.net.Now()) - start
	if took < want || took > want+tolerance {
		st.Errorf("%s: want %v (and at most %v more), it took %v", why, want, tolerance, took)
	}
}

func (st *story) now() time.Duration { return time.Duration(st.net.Now()) }

// states is the path of a host's connections, as the tape has it.
func (st *story) states(h *Host) string {
	var path []string
	for _, e := range st.net.Tape().Events() {
		if e.Host == h.name && e.Station == StationState {
			from, _, _ := strings.Cut(e.Text, " (")
			path = append(path, from)
		}
	}
	return strings.Join(path, ", ")
}

// audit checks every invariant of every host now.
func (st *story) audit() {
	st.Helper()
	for _, sentence := range audit(st.net) {
		st.Error(sentence)
	}
}

// clean ends both processes, lets all timers run out, and checks that nothing
// is left of anything.
func (st *story) clean() {
	st.Helper()
	st.c.Exit()
	st.s.Exit()
	st.ok(st.net.Run(), "the run to its end")
	for _, sentence := range append(audit(st.net), leaks(st.net)...) {
		st.Error(sentence)
	}
}
