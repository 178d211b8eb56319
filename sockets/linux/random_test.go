//go:build linux && (amd64 || arm64)

package linux

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"socketbook/sockets"
)

// TestRandomProgramsAgree plays random programs on the simulated host and on
// the real kernel, and every answer must be the same. A program that differs
// is made as short as it can be. More of them, from another number on:
//
//	SOCKETS_RANDOM=5000 SOCKETS_RANDOM_FROM=1 go test ./sockets/linux -run Random -v -timeout 1h
func TestRandomProgramsAgree(t *testing.T) {
	h, err := Open()
	if err != nil {
		t.Skip(err)
	}
	why := note(h)
	h.Close()
	if why != "" {
		t.Skip("the programs name their ports themselves: " + why)
	}
	n, from := envNumber(t, "SOCKETS_RANDOM", 100), envNumber(t, "SOCKETS_RANDOM_FROM", 1)
	found := 0
	for seed := from; seed < from+n && found < 10; seed++ {
		steps := randomProgram(uint64(seed))
		if table := differs(steps); table != nil {
			found++
			table = shortest(steps)
			t.Errorf("program %d:\n%v", seed, table)
		}
	}
	t.Logf("%d programs, %d differ", n, found)
}

func envNumber(t *testing.T, name string, otherwise int) int {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// A step is one call, with everything settled before it is made.
type step func(p [2]*Proc)

// differs is the table of a program on which the kernels do not agree. What
// happens by chance on a real kernel does not happen twice.
func differs(steps []step) (table *Table) {
	for range 2 {
		table = Compare(func(k *Kernel) {
			procs := [2]*Proc{k.Proc, k.Process("client")}
			for _, s := range steps {
				s(procs)
			}
		})
		if table.Differences() == 0 {
			return nil
		}
	}
	return table
}

// shortest leaves out whatever is not needed for the difference.
func shortest(steps []step) (table *Table) {
	for size := len(steps) / 2; size > 0; {
		shorter := false
		for i := 0; i+size <= len(steps); {
			if less := slices.Concat(steps[:i], steps[i+size:]); differs(less) != nil {
				steps, shorter = less, true
			} else {
				i += size
			}
		}
		if !shorter || size > 1 {
			size /= 2
		}
	}
	return differs(steps)
}

// dice are the choices of one program.
type dice struct{ *rand.Rand }

func pick[T any](d dice, of ...T) T { return of[d.IntN(len(of))] }

// holding lets programs hold bytes back, with MSG_MORE and TCP_CORK. After 200 ms
// the kernel sends them all the same: on a busy machine, perhaps before the
// program's next call.
var holding = os.Getenv("SOCKETS_RANDOM") != ""

// fd is mostly one of the first that a program gets.
func (d dice) fd() int {
	if d.IntN(30) == 0 {
		return pick(d, -1, 0, 99)
	}
	return 3 + d.IntN(1+d.IntN(6))
}

func (d dice) addr() sockets.SockAddr {
	return sockets.Addr(pick(d, "127.0.0.1:80", "127.0.0.1:80", "127.0.0.1:80", "0.0.0.0:80", "[::]:80", "[::1]:80",
		"127.0.0.1:81", "127.0.0.2:80", "[::ffff:127.0.0.1]:80", "0.0.0.0:0"))
}

func (d dice) data() []byte { return []byte(strings.Repeat("x", pick(d, 0, 1, 3, 10, 100))) }

// randomProgram is a program of some forty calls, none of which blocks.
func randomProgram(seed uint64) (steps []step) {
	d := dice{rand.New(rand.NewPCG(seed, 1))}
	kinds := []func(dice) func(*Proc){makes, makes, names, names, connections, connections, connections,
		transfers, transfers, transfers, ends, sets, sets, states, waits}
	if d.IntN(3) > 0 { // most of what can be seen needs a connection first
		steps = append(steps, connected(d)...)
	}
	for range 25 + d.IntN(30) {
		who, call := d.IntN(2), kinds[d.IntN(len(kinds))](d)
		steps = append(steps, func(p [2]*Proc) { call(p[who]) })
	}
	return steps
}

// connected is how two processes come to a connection: the first's descriptors
// 3, which listens, and 4, and the second's 3.
func connected(d dice) []step {
	family, to := sockets.AF_INET, sockets.Addr("127.0.0.1:80")
	if d.IntN(4) == 0 {
		family, to = sockets.AF_INET6, sockets.Addr("[::1]:80")
	}
	backlog := d.IntN(3)
	return []step{
		func(p [2]*Proc) { p[0].Socket(family, sockets.SOCK_STREAM|sockets.SOCK_NONBLOCK, 0) },
		func(p [2]*Proc) { p[0].Bind(3, to) },
		func(p [2]*Proc) { p[0].Listen(3, backlog) },
		func(p [2]*Proc) { p[1].Socket(family, sockets.SOCK_STREAM|sockets.SOCK_NONBLOCK, 0) },
		func(p [2]*Proc) { p[1].Connect(3, to) },
		func(p [2]*Proc) { p[0].Accept4(3, sockets.SOCK_NONBLOCK) },
	}
}

func makes(d dice) func(*Proc) {
	domain, typ := pick(d, sockets.AF_INET, sockets.AF_INET, sockets.AF_INET, sockets.AF_INET6), pick(d, sockets.SOCK_STREAM, sockets.SOCK_STREAM, sockets.SOCK_STREAM, sockets.SOCK_DGRAM)
	return func(p *Proc) { p.Socket(domain, typ|sockets.SOCK_NONBLOCK, 0) }
}

func names(d dice) func(*Proc) {
	fd, a := d.fd(), d.addr()
	switch d.IntN(6) {
	case 0:
		return func(p *Proc) { p.Getsockname(fd) }
	case 1:
		return func(p *Proc) { p.Getpeername(fd) }
	}
	return func(p *Proc) { p.Bind(fd, a) }
}

func connections(d dice) func(*Proc) {
	fd, a, backlog := d.fd(), d.addr(), pick(d, 0, 1, 5, -1)
	switch d.IntN(3) {
	case 0:
		return func(p *Proc) { p.Listen(fd, backlog) }
	case 1:
		return func(p *Proc) { p.Connect(fd, a) }
	}
	return func(p *Proc) { p.Accept4(fd, sockets.SOCK_NONBLOCK) }
}

func transfers(d dice) func(*Proc) {
	fd, data, buf, a := d.fd(), d.data(), make([]byte, pick(d, 0, 1, 2, 50, 500)), d.addr()
	flags := pick(d, 0, 0, sockets.MSG_PEEK, sockets.MSG_OOB, sockets.MSG_TRUNC, sockets.MSG_DONTWAIT, sockets.MSG_WAITALL, sockets.MSG_MORE, sockets.MSG_NOSIGNAL, sockets.MSG_ERRQUEUE)
	if flags == sockets.MSG_MORE && !holding {
		flags = 0
	}
	two := [][]byte{make([]byte, 2), make([]byte, 7)}
	switch d.IntN(9) {
	case 0, 1:
		return func(p *Proc) { p.Read(fd, buf) }
	case 2, 3:
		return func(p *Proc) { p.Write(fd, data) }
	case 4:
		return func(p *Proc) { p.Recvfrom(fd, buf, flags) }
	case 5:
		return func(p *Proc) { p.Sendto(fd, data, flags, nil) }
	case 6:
		return func(p *Proc) { p.Sendto(fd, data, flags, &a) }
	case 7:
		return func(p *Proc) { p.Recvmsg(fd, &sockets.Msg{Bufs: two}, flags) }
	}
	return func(p *Proc) { p.Writev(fd, [][]byte{data, data}) }
}

func ends(d dice) func(*Proc) {
	fd, to, how := d.fd(), d.fd(), d.IntN(4)
	switch d.IntN(5) {
	case 0, 1:
		return func(p *Proc) { p.Shutdown(fd, how) }
	case 2:
		return func(p *Proc) { p.Dup(fd) }
	case 3:
		return func(p *Proc) { p.Dup2(fd, to) }
	}
	return func(p *Proc) { p.Close(fd) }
}

func number(v int) []byte { return binary.NativeEndian.AppendUint32(nil, uint32(v)) }

func sets(d dice) func(*Proc) {
	fd, v := d.fd(), pick(d, 0, 1, 2, 100)
	o := pick(d, [2]int{sockets.SOL_SOCKET, sockets.SO_REUSEADDR}, [2]int{sockets.SOL_SOCKET, sockets.SO_REUSEADDR}, [2]int{sockets.SOL_SOCKET, sockets.SO_REUSEPORT},
		[2]int{sockets.SOL_SOCKET, sockets.SO_KEEPALIVE}, [2]int{sockets.SOL_SOCKET, sockets.SO_OOBINLINE}, [2]int{sockets.SOL_SOCKET, sockets.SO_RCVLOWAT},
		[2]int{sockets.SOL_SOCKET, sockets.SO_BROADCAST}, [2]int{sockets.IPPROTO_IPV6, sockets.IPV6_V6ONLY}, [2]int{sockets.IPPROTO_TCP, sockets.TCP_NODELAY},
		[2]int{sockets.IPPROTO_TCP, sockets.TCP_CORK}, [2]int{sockets.IPPROTO_IP, sockets.IP_RECVERR}, [2]int{sockets.SOL_SOCKET, sockets.SO_LINGER})
	if o[1] == sockets.TCP_CORK && o[0] == sockets.IPPROTO_TCP && !holding {
		o[1] = sockets.TCP_NODELAY
	}
	val := number(v)
	if o[1] == sockets.SO_LINGER && o[0] == sockets.SOL_SOCKET {
		val = slices.Concat(number(1), number(0))
	}
	return func(p *Proc) { p.Setsockopt(fd, o[0], o[1], val, len(val)) }
}

func states(d dice) func(*Proc) {
	fd := d.fd()
	if d.IntN(3) == 0 {
		// Not SIOCOUTQ: it depends on when the peer's delayed ACK comes.
		cmd := pick(d, sockets.FIONREAD, sockets.FIONREAD, sockets.SIOCATMARK)
		return func(p *Proc) { p.Ioctl(fd, cmd) }
	}
	o := pick(d, [2]int{sockets.SOL_SOCKET, sockets.SO_ERROR}, [2]int{sockets.SOL_SOCKET, sockets.SO_ACCEPTCONN}, [2]int{sockets.SOL_SOCKET, sockets.SO_REUSEPORT},
		[2]int{sockets.SOL_SOCKET, sockets.SO_RCVLOWAT}, [2]int{sockets.IPPROTO_IPV6, sockets.IPV6_V6ONLY}, [2]int{sockets.SOL_SOCKET, sockets.SO_ERROR})
	return func(p *Proc) { p.Getsockopt(fd, o[0], o[1], make([]byte, 4), 4) }
}

func waits(d dice) func(*Proc) {
	fd, other := d.fd(), d.fd()
	events := pick(d, sockets.POLLIN|sockets.POLLOUT|sockets.POLLRDHUP|sockets.POLLPRI, sockets.POLLIN, sockets.POLLOUT, 0)
	switch d.IntN(6) {
	case 0:
		return func(p *Proc) { p.EpollCreate1(0) }
	case 1, 2:
		op := pick(d, sockets.EPOLL_CTL_ADD, sockets.EPOLL_CTL_ADD, sockets.EPOLL_CTL_MOD, sockets.EPOLL_CTL_DEL)
		ev := uint32(events) | pick(d, 0, 0, uint32(sockets.EPOLLET), uint32(sockets.EPOLLONESHOT))
		return func(p *Proc) { p.EpollCtl(other, op, fd, &sockets.EpollEvent{Events: ev, Data: uint64(fd)}) }
	case 3:
		return func(p *Proc) { p.EpollWait(other, 5, 0) }
	}
	return func(p *Proc) {
		p.Poll([]sockets.PollFD{{FD: fd, Events: events}, {FD: other, Events: events}}, 2, 0)
	}
}
