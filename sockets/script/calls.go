package script

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"socketbook/sockets"
)

// calls are the system calls of stories. The arguments are those of the C
// functions; lengths of addresses are left out.
var calls map[string]callSpec

type callSpec struct {
	min, max int // arguments
	usage    string
	bind     func(b *binder) bound
}

func init() {
	calls = map[string]callSpec{}
	for usage, bind := range map[string]func(b *binder) bound{
		"socket(domain, type, protocol)":                   bindSocket,
		"bind(fd, address)":                                bindNamed(sockets.Calls.Bind),
		"connect(fd, address)":                             bindNamed(sockets.Calls.Connect),
		"listen(fd, backlog)":                              bindListen,
		"accept(fd, address)":                              bindAccept,
		"accept4(fd, address, flags)":                      bindAccept,
		"getsockname(fd, address)":                         bindAsked(sockets.Calls.Getsockname),
		"getpeername(fd, address)":                         bindAsked(sockets.Calls.Getpeername),
		"read(fd, data, size)":                             bindRead,
		"recv(fd, data, size, flags)":                      bindRecv,
		"recvfrom(fd, data, size, flags, address)":         bindRecv,
		"write(fd, data, size)":                            bindWrite,
		"send(fd, data, size, flags)":                      bindSend,
		"sendto(fd, data, size, flags, address)":           bindSend,
		"shutdown(fd, how)":                                bindShutdown,
		"close(fd)":                                        bindClose,
		"dup(fd)":                                          bindDup,
		"fcntl(fd, command, argument)":                     bindFcntl,
		"ioctl(fd, command, [number])":                     bindIoctl,
		"setsockopt(fd, level, option, [value], length)":   bindSetsockopt,
		"getsockopt(fd, level, option, [value], [length])": bindGetsockopt,
		"poll([{fd, events}], count, milliseconds)":        bindPoll,
	} {
		name, args, _ := strings.Cut(usage, "(")
		n := 1 + strings.Count(args, ", ")
		least := n
		switch name {
		case "setsockopt", "getsockopt":
			least--
		case "poll":
			n, least = 3, 3
		}
		calls[name] = callSpec{least, n, usage, bind}
	}
}

func bindSocket(b *binder) bound {
	domain, typ, protocol := b.number(0), b.number(1), b.number(2)
	return func(k sockets.Calls, a *answer) { a.done(k.Socket(domain, typ, protocol)) }
}

// zero is the answer of a call whose answer is 0.
func zero(a *answer, err error) {
	a.err = err
	if err != nil {
		a.n = -1
	}
}

func bindNamed(call func(k sockets.Calls, fd int, addr sockets.SockAddr) error) func(b *binder) bound {
	return func(b *binder) bound {
		fd, addr := b.number(0), b.address(1)
		return func(k sockets.Calls, a *answer) { zero(a, call(k, fd, addr)) }
	}
}

func bindListen(b *binder) bound {
	fd, backlog := b.number(0), b.number(1)
	return func(k sockets.Calls, a *answer) { zero(a, k.Listen(fd, backlog)) }
}

func bindAccept(b *binder) bound {
	fd, want, flags := b.number(0), b.filled(1), 0
	if b.c.Name == "accept4" {
		flags = b.number(2)
	}
	return func(k sockets.Calls, a *answer) {
		n, addr, err := k.Accept4(fd, flags)
		a.done(n, err)
		a.address(addr, want)
	}
}

func bindAsked(call func(k sockets.Calls, fd int) (sockets.SockAddr, error)) func(b *binder) bound {
	return func(b *binder) bound {
		fd, want := b.number(0), b.filled(1)
		return func(k sockets.Calls, a *answer) {
			addr, err := call(k, fd)
			zero(a, err)
			a.address(addr, want)
		}
	}
}

func bindRead(b *binder) bound {
	fd, want, size := b.number(0), b.input(1), b.size(2)
	return func(k sockets.Calls, a *answer) {
		buf := make([]byte, size)
		n, err := k.Read(fd, buf)
		a.done(n, err)
		a.data(buf[:max(0, min(n, size))], want)
	}
}

func bindRecv(b *binder) bound {
	fd, want, size, flags := b.number(0), b.input(1), b.size(2), b.number(3)
	var peer *sockets.SockAddr
	if b.c.Name == "recvfrom" {
		peer = b.filled(4)
	}
	return func(k sockets.Calls, a *answer) {
		buf := make([]byte, size)
		n, from, err := k.Recvfrom(fd, buf, flags)
		a.done(n, err)
		a.data(buf[:max(0, min(n, size))], want)
		if from != nil {
			a.address(*from, peer)
		}
	}
}

func bindWrite(b *binder) bound {
	fd, data := b.number(0), b.output(1, b.size(2))
	return func(k sockets.Calls, a *answer) { a.done(k.Write(fd, data)) }
}

func bindSend(b *binder) bound {
	fd, data, flags := b.number(0), b.output(1, b.size(2)), b.number(3)
	var to *sockets.SockAddr
	if b.c.Name == "sendto" && b.c.Args[4].Text != "NULL" {
		addr := b.address(4)
		to = &addr
	}
	return func(k sockets.Calls, a *answer) { a.done(k.Sendto(fd, data, flags, to)) }
}

func bindShutdown(b *binder) bound {
	fd, how := b.number(0), b.number(1)
	return func(k sockets.Calls, a *answer) { zero(a, k.Shutdown(fd, how)) }
}

func bindClose(b *binder) bound {
	fd := b.number(0)
	return func(k sockets.Calls, a *answer) { zero(a, k.Close(fd)) }
}

func bindDup(b *binder) bound {
	fd := b.number(0)
	return func(k sockets.Calls, a *answer) { a.done(k.Dup(fd)) }
}

func bindFcntl(b *binder) bound {
	fd, cmd, arg := b.number(0), b.number(1), b.number(2)
	return func(k sockets.Calls, a *answer) { a.done(k.Fcntl(fd, cmd, arg)) }
}

// bindIoctl is an ioctl that fills in a number.
func bindIoctl(b *binder) bound {
	fd, cmd, want := b.number(0), b.number(1), b.words(2)
	if b.err == nil && len(want) != 4 {
		b.fail(2, "the number it fills in, as in [100]")
	}
	return func(k sockets.Calls, a *answer) {
		n, err := k.Ioctl(fd, cmd)
		zero(a, err)
		a.option(binary.NativeEndian.AppendUint32(nil, uint32(n)), want)
	}
}

func bindSetsockopt(b *binder) bound {
	fd, level, opt, val := b.number(0), b.number(1), b.number(2), b.words(3)
	n := len(val)
	if len(b.c.Args) == 5 {
		n = b.number(4)
	}
	if n < 0 || n > len(val) {
		b.fail(4, fmt.Sprintf("the value's length, up to %d bytes", len(val)))
	}
	return func(k sockets.Calls, a *answer) { zero(a, k.Setsockopt(fd, level, opt, val, n)) }
}

func bindGetsockopt(b *binder) bound {
	fd, level, opt := b.number(0), b.number(1), b.number(2)
	var want []byte
	if b.c.Args[3].Kind != Dots {
		want = b.words(3)
	}
	if len(b.c.Args) == 5 && (b.c.Args[4].Kind != List || len(b.c.Args[4].List) != 1) {
		b.fail(4, "the value's length, as in [4]")
	}
	return func(k sockets.Calls, a *answer) {
		buf := make([]byte, max(64, len(want)))
		n, err := k.Getsockopt(fd, level, opt, buf, max(4, len(want)))
		zero(a, err)
		if want != nil {
			a.option(buf[:max(0, min(n, len(buf)))], want)
		}
	}
}

// option compares a value that was filled in.
func (a *answer) option(got, want []byte) {
	if a.err == nil && !bytes.Equal(got, want) {
		a.wrong = "the value is " + optionText(got) + ", want " + optionText(want)
	}
}

// bindPoll is poll: what was found stands behind the answer.
func bindPoll(b *binder) bound {
	var fds []sockets.PollFD
	list := &b.c.Args[0]
	for i := range list.List {
		e := &list.List[i]
		if e.Kind != Struct || len(e.Keys) != 2 || e.Keys[0] != "fd" || e.Keys[1] != "events" {
			b.fail(0, "a list as in [{fd=3, events=POLLIN}]")
			break
		}
		fds = append(fds, sockets.PollFD{FD: int(b.numberOf(&e.List[0], 0)), Events: int(b.numberOf(&e.List[1], 0))})
	}
	if list.Kind != List {
		b.fail(0, "a list as in [{fd=3, events=POLLIN}]")
	}
	n, timeout := b.number(1), milliseconds(b.number(2))
	return func(k sockets.Calls, a *answer) {
		fds := append([]sockets.PollFD(nil), fds...)
		a.done(k.Poll(fds, n, timeout))
		var found []string
		for _, f := range fds {
			if f.Revents != 0 {
				found = append(found, fmt.Sprintf("{fd=%d, revents=%s}", f.FD, pollText(f.Revents)))
			}
		}
		a.value = "[" + strings.Join(found, ", ") + "]"
	}
}

// pollText is poll's events by name, in the order of their numbers.
func pollText(events int) string {
	var names []string
	for _, name := range []string{"POLLIN", "POLLPRI", "POLLOUT", "POLLERR", "POLLHUP", "POLLNVAL", "POLLRDNORM", "POLLWRNORM", "POLLRDHUP"} {
		if bit := int(constants[name]); events&bit != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, "|")
}

// optionText is the value of an option: its numbers, or its bytes.
func optionText(b []byte) string {
	if len(b)%4 != 0 || len(b) > 16 {
		return shorten(b)
	}
	var list []Expr
	for ; len(b) > 0; b = b[4:] {
		list = append(list, Expr{Num: int64(int32(binary.NativeEndian.Uint32(b)))})
	}
	return "[" + string(appendList(nil, list)) + "]"
}
