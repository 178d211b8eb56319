package oracle

import (
	"fmt"
	"time"

	"socketbook/sockets"
)

// call makes the one system call of a step on k, which is p or a thread of it.
func (r *run) call(k sockets.Calls, p *proc, s *Step) (*Result, error) {
	a, err := r.arguments(p, s)
	if err != nil {
		return nil, err
	}
	switch s.Call {
	case "socket":
		fd, err := k.Socket(a.domain, a.typ|a.flags, a.proto)
		return fdResult(fd, err), nil
	case "bind":
		return done(k.Bind(a.fd, a.addr), ret(0)), nil
	case "listen":
		return done(k.Listen(a.fd, s.Backlog), ret(0)), nil
	case "accept":
		fd, peer, err := k.Accept4(a.fd, a.flags)
		return done(err, addrResult(&peer, fdResult(fd, nil))), nil
	case "connect":
		return done(k.Connect(a.fd, a.addr), ret(0)), nil
	case "getsockname":
		own, err := k.Getsockname(a.fd)
		return done(err, addrResult(&own, ret(0))), nil
	case "getpeername":
		peer, err := k.Getpeername(a.fd)
		return done(err, addrResult(&peer, ret(0))), nil
	case "close":
		return done(k.Close(a.fd), ret(0)), nil
	case "shutdown":
		return done(k.Shutdown(a.fd, a.how), ret(0)), nil
	case "setsockopt":
		val := option(a.level, a.opt, s.Val)
		n := len(val)
		if s.OptLen != nil {
			n = *s.OptLen
		}
		for len(val) < n {
			val = append(val, 0)
		}
		return done(k.Setsockopt(a.fd, a.level, a.opt, val, n), ret(0)), nil
	case "getsockopt":
		return r.getsockopt(k, s, a)
	case "ioctl":
		n, err := k.Ioctl(a.fd, a.cmd)
		res := ret(0)
		res.Val = int64(n)
		return done(err, res), nil
	case "setrlimit":
		return done(k.Setrlimit(s.Cur, s.Max), ret(0)), nil
	case "getrlimit":
		soft, hard, err := k.Getrlimit()
		res := ret(0)
		res.Cur, res.Max = ptr(int64(soft)), ptr(int64(hard))
		return done(err, res), nil
	}
	if res, ok := r.callFile(k, p, s, a); ok {
		return res, nil
	}
	if res, ok := r.callData(k, s, a); ok {
		return res, nil
	}
	return r.callWait(k, p, s, a)
}

// arguments are a step's numbers.
type arguments struct {
	fd, to, domain, typ, proto, flags, level, opt, how, op, cmd, arg int
	addr                                                             sockets.SockAddr
}

func (r *run) arguments(p *proc, s *Step) (a arguments, err error) {
	set := func(to *int, n int, e error) {
		*to = n
		if err == nil {
			err = e
		}
	}
	num := func(to *int, v *Value) { n, e := constant(v); set(to, n, e) }
	n, e := p.fd(s.FD)
	set(&a.fd, n, e)
	n, e = p.fd(s.To)
	set(&a.to, n, e)
	num(&a.domain, s.Domain)
	num(&a.typ, s.Type)
	num(&a.proto, s.Proto)
	num(&a.level, s.Level)
	num(&a.opt, s.Opt)
	num(&a.how, s.How)
	num(&a.op, s.Op)
	num(&a.cmd, s.Cmd)
	num(&a.arg, s.Arg)
	n, e = bitsOf(s.Flags)
	set(&a.flags, n, e)
	if s.Addr != "" {
		if a.addr, e = parseAddr(s.Addr, s.AddrLen, r.m.Port); err == nil {
			err = e
		}
	}
	return a, err
}

func fdResult(fd int, err error) *Result { return done(err, &Result{FD: ptr(int64(fd))}) }

func (r *run) getsockopt(k sockets.Calls, s *Step, a arguments) (*Result, error) {
	size := 4
	switch {
	case a.level == 1 && a.opt == numbers["SO_LINGER"]:
		size = 8
	case a.level == 1 && (a.opt == numbers["SO_RCVTIMEO"] || a.opt == numbers["SO_SNDTIMEO"]):
		size = 16
	case a.level == 6 && a.opt == numbers["TCP_INFO"]:
		size = 256
	}
	n := size
	if s.OptLen != nil {
		n = *s.OptLen
	}
	buf := make([]byte, max(n, size, 4))
	got, err := k.Getsockopt(a.fd, a.level, a.opt, buf, n)
	res := ret(0)
	if err == nil {
		res.Val = readOption(a.level, a.opt, buf[:max(0, min(got, len(buf)))])
	}
	return done(err, res), nil
}

// callFile is the calls on descriptors of any kind.
func (r *run) callFile(k sockets.Calls, p *proc, s *Step, a arguments) (*Result, bool) {
	switch s.Call {
	case "dup":
		fd, err := k.Dup(a.fd)
		return fdResult(fd, err), true
	case "dup2":
		fd, err := k.Dup2(a.fd, a.to)
		return fdResult(fd, err), true
	case "dup3":
		fd, err := k.Dup3(a.fd, a.to, a.flags)
		return fdResult(fd, err), true
	case "pipe":
		rd, wr, err := k.Pipe2(a.flags)
		return done(err, &Result{FD: ptr(int64(rd)), FD2: ptr(int64(wr))}), true
	case "devnull":
		fd, err := k.OpenNull()
		return fdResult(fd, err), true
	case "fcntl":
		arg := a.arg
		if a.cmd == numbers["F_SETFL"] || a.cmd == numbers["F_SETFD"] {
			arg = a.flags
		}
		n, err := k.Fcntl(a.fd, a.cmd, arg)
		res := ret(n)
		switch {
		case err != nil:
		case a.cmd == numbers["F_DUPFD"] || a.cmd == numbers["F_DUPFD_CLOEXEC"]:
			res = fdResult(n, nil)
		case a.cmd == numbers["F_GETFD"]:
			res = ret(0)
			res.Flags = namesOf(n, "FD_CLOEXEC")
		case a.cmd == numbers["F_GETFL"]:
			res = ret(0)
			mode := [...]string{"O_RDONLY", "O_WRONLY", "O_RDWR", "3"}[n&3]
			const large = 0o100000 // O_LARGEFILE, which cases do not mention
			res.Flags = append([]string{mode}, namesOf(n&^3&^large, "O_APPEND", "O_NONBLOCK", "O_ASYNC", "O_DIRECT", "O_NOATIME")...)
		}
		return done(err, res), true
	}
	return nil, false
}

// callData is the calls that move bytes.
func (r *run) callData(k sockets.Calls, s *Step, a arguments) (*Result, bool) {
	data := ""
	if s.Data != nil {
		data = *s.Data
	}
	var to *sockets.SockAddr
	if s.Addr != "" {
		to = &a.addr
	}
	switch s.Call {
	case "read":
		buf := untouched(s.N)
		n, err := k.Read(a.fd, buf)
		return dataResult(buf, n, nil, err), true
	case "write":
		n, err := k.Write(a.fd, Payload(data))
		return done(err, ret(n)), true
	case "recv":
		buf := untouched(s.N)
		n, from, err := k.Recvfrom(a.fd, buf, a.flags)
		return dataResult(buf, n, from, err), true
	case "send":
		n, err := k.Sendto(a.fd, Payload(data), a.flags, to)
		return done(err, ret(n)), true
	case "readv":
		bufs := buffersOf(s)
		n, err := k.Readv(a.fd, bufs)
		return dataResult(join(bufs), n, nil, err), true
	case "writev":
		n, err := k.Writev(a.fd, payloads(s))
		return done(err, ret(n)), true
	case "recvmsg":
		m := sockets.Msg{Bufs: buffersOf(s)}
		n, err := k.Recvmsg(a.fd, &m, a.flags)
		res := dataResult(join(m.Bufs), n, m.Name, err)
		if err == nil {
			res.Flags = namesOf(m.Flags&(0x20|8|1|0x2000|0x80), "MSG_TRUNC", "MSG_CTRUNC", "MSG_OOB", "MSG_ERRQUEUE", "MSG_EOR")
		}
		return res, true
	case "sendmsg":
		m := sockets.Msg{Bufs: payloads(s), Name: to}
		n, err := k.Sendmsg(a.fd, &m, a.flags)
		return done(err, ret(n)), true
	}
	return nil, false
}

func buffersOf(s *Step) [][]byte {
	sizes := s.Ns
	if sizes == nil {
		sizes = []int{s.N}
	}
	bufs := make([][]byte, len(sizes))
	for i, n := range sizes {
		bufs[i] = untouched(n)
	}
	return bufs
}

func payloads(s *Step) [][]byte {
	bufs := make([][]byte, len(s.Bufs))
	for i, b := range s.Bufs {
		bufs[i] = Payload(b)
	}
	return bufs
}

func join(bufs [][]byte) []byte {
	var all []byte
	for _, b := range bufs {
		all = append(all, b...)
	}
	return all
}

// untouched is a buffer that shows whether the kernel has written to it: with
// MSG_TRUNC a stream only counts.
func untouched(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = 0xa5
	}
	return b
}

func dataResult(buf []byte, n int, from *sockets.SockAddr, err error) *Result {
	res := ret(n)
	got := buf[:max(0, min(n, len(buf)))]
	if string(got) == string(untouched(len(got))) {
		got = nil
	}
	res.Data = ptr(Render(got))
	return done(err, addrResult(from, res))
}

// callWait is poll, select and epoll.
func (r *run) callWait(k sockets.Calls, p *proc, s *Step, a arguments) (*Result, error) {
	timeout := time.Duration(s.Timeout) * time.Millisecond
	switch s.Call {
	case "poll":
		fds := make([]sockets.PollFD, len(s.FDs))
		for i, f := range s.FDs {
			fd, err := p.fd(&f.FD)
			if err != nil {
				return nil, err
			}
			events, err := bitsOf(f.Ev)
			if err != nil {
				return nil, err
			}
			fds[i] = sockets.PollFD{FD: fd, Events: events}
		}
		nfds := len(fds)
		if s.NFDs != nil {
			nfds = *s.NFDs
		}
		n, err := k.Poll(fds, nfds, timeout)
		res := ret(n)
		if len(fds) > 0 {
			res.Revents = make([][]string, len(fds))
		}
		for i, f := range fds {
			res.Revents[i] = eventNames("POLL", f.Revents)
		}
		return done(err, res), nil
	case "select":
		return r.selectCall(k, p, s, timeout)
	case "epoll_create1":
		fd, err := k.EpollCreate1(a.flags)
		return fdResult(fd, err), nil
	case "epoll_ctl":
		events, err := bitsOf(s.Ev)
		if err != nil {
			return nil, err
		}
		return done(k.EpollCtl(a.fd, a.op, a.to, &sockets.EpollEvent{Events: uint32(events), Data: r.tag(s.Tag)}), ret(0)), nil
	case "epoll_wait":
		events, err := k.EpollWait(a.fd, s.Max, timeout)
		res := ret(len(events))
		for _, e := range events {
			res.Events = append(res.Events, Event{r.tags()[e.Data], eventNames("EPOLL", int(e.Events))})
		}
		return done(err, res), nil
	}
	return nil, fmt.Errorf("unknown call %q", s.Call)
}

// Tags travel through the kernel as numbers: their place in the case.
func (r *run) tags() []string {
	list := []string{""}
	seen := map[string]bool{"": true}
	for i := range r.c.Steps {
		if t := r.c.Steps[i].Tag; !seen[t] {
			seen[t] = true
			list = append(list, t)
		}
	}
	return list
}

func (r *run) tag(name string) uint64 {
	for i, t := range r.tags() {
		if t == name {
			return uint64(i)
		}
	}
	return 0
}

func (r *run) selectCall(k sockets.Calls, p *proc, s *Step, timeout time.Duration) (*Result, error) {
	highest := -1
	set := func(list []Value) (*sockets.FDSet, error) {
		if list == nil {
			return nil, nil
		}
		f := new(sockets.FDSet)
		for i := range list {
			fd, err := p.fd(&list[i])
			if err != nil {
				return nil, err
			}
			highest = max(highest, fd)
			if fd >= 0 {
				f.Set(fd)
			}
		}
		return f, nil
	}
	var sets [3]*sockets.FDSet
	lists := [3][]Value{s.R, s.W, s.E}
	for i := range sets {
		var err error
		if sets[i], err = set(lists[i]); err != nil {
			return nil, err
		}
	}
	nfds := highest + 1
	if s.NFDs != nil {
		nfds = *s.NFDs
	}
	n, err := k.Select(nfds, sets[0], sets[1], sets[2], timeout)
	res := ret(n)
	out := [3]*[]Value{&res.R, &res.W, &res.E}
	for i, f := range sets {
		for j := range lists[i] {
			if fd, _ := p.fd(&lists[i][j]); fd >= 0 && fd < nfds && f.IsSet(fd) {
				*out[i] = append(*out[i], lists[i][j])
			}
		}
	}
	return done(err, res), nil
}
