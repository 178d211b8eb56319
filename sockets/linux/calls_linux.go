//go:build linux && (amd64 || arm64)

package linux

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"socketbook/sockets"
)

// thread makes the calls of one task. It is a process's only thread, or one
// that Go started; it is a sockets.Calls.
type thread struct {
	t *task
	p *process
}

var _ sockets.Calls = (*thread)(nil)

// simple is a call whose arguments are numbers.
func (k *thread) simple(op string, fd int, nr uintptr, args ...uintptr) (int, error) {
	o := k.t.order()
	defer o.end()
	n, err := o.do(nr, args...)
	return n, failed(op, fd, "", err)
}

func (k *thread) Socket(domain, typ, protocol int) (int, error) {
	return k.simple("socket", -1, unix.SYS_SOCKET, num(domain), num(typ), num(protocol))
}

// named is a call with an address argument.
func (k *thread) named(op string, nr uintptr, fd int, a sockets.SockAddr) error {
	o := k.t.order()
	defer o.end()
	at, n := o.sockaddr(a)
	_, err := o.do(nr, num(fd), at, n)
	return failed(op, fd, a.String(), err)
}

func (k *thread) Bind(fd int, a sockets.SockAddr) error { return k.named("bind", unix.SYS_BIND, fd, a) }

func (k *thread) Connect(fd int, a sockets.SockAddr) error {
	return k.named("connect", unix.SYS_CONNECT, fd, a)
}

func (k *thread) Listen(fd, backlog int) error {
	_, err := k.simple("listen", fd, unix.SYS_LISTEN, num(fd), num(backlog))
	return err
}

// ask is a call that fills in an address.
func (k *thread) ask(op string, nr uintptr, fd int, more ...uintptr) (int, sockets.SockAddr, error) {
	o := k.t.order()
	defer o.end()
	addr, length, read := o.place()
	n, err := o.do(nr, append([]uintptr{num(fd), addr, length}, more...)...)
	if err != nil {
		return -1, sockets.SockAddr{}, failed(op, fd, "", err)
	}
	if a := read(); a != nil {
		return n, *a, nil
	}
	return n, sockets.SockAddr{}, nil
}

func (k *thread) Accept4(fd, flags int) (int, sockets.SockAddr, error) {
	return k.ask("accept4", unix.SYS_ACCEPT4, fd, num(flags))
}

func (k *thread) Getsockname(fd int) (sockets.SockAddr, error) {
	_, a, err := k.ask("getsockname", unix.SYS_GETSOCKNAME, fd)
	return a, err
}

func (k *thread) Getpeername(fd int) (sockets.SockAddr, error) {
	_, a, err := k.ask("getpeername", unix.SYS_GETPEERNAME, fd)
	return a, err
}

func (k *thread) Shutdown(fd, how int) error {
	_, err := k.simple("shutdown", fd, unix.SYS_SHUTDOWN, num(fd), num(how))
	return err
}

func (k *thread) Setsockopt(fd, level, opt int, val []byte, optlen int) error {
	o := k.t.order()
	defer o.end()
	at := uintptr(0)
	if val != nil {
		var b []byte
		at, b = o.room(max(len(val), min(optlen, 1<<16)))
		copy(b, val)
	}
	_, err := o.do(unix.SYS_SETSOCKOPT, num(fd), num(level), num(opt), at, num(optlen))
	return failed("setsockopt", fd, "", err)
}

func (k *thread) Getsockopt(fd, level, opt int, buf []byte, optlen int) (int, error) {
	o := k.t.order()
	defer o.end()
	at, b := o.room(max(len(buf), min(optlen, 1<<16)))
	copy(b, buf)
	if buf == nil {
		at = 0
	}
	length, l := o.number(optlen)
	_, err := o.do(unix.SYS_GETSOCKOPT, num(fd), num(level), num(opt), at, length)
	if err != nil {
		return 0, failed("getsockopt", fd, "", err)
	}
	copy(buf, b)
	return int(int32(binary.NativeEndian.Uint32(l))), nil
}

// Ioctl passes the address of a zeroed struct, and gives back its first int.
func (k *thread) Ioctl(fd, cmd int) (int, error) {
	o := k.t.order()
	defer o.end()
	at, b := o.room(256)
	_, err := o.do(unix.SYS_IOCTL, num(fd), num(cmd), at)
	if err != nil {
		return 0, failed("ioctl", fd, "", err)
	}
	return int(int32(binary.NativeEndian.Uint32(b))), nil
}

func (k *thread) Fcntl(fd, cmd, arg int) (int, error) {
	switch cmd {
	case unix.F_SETFL:
		arg = statusFlags(arg)
	case unix.F_GETFL:
		n, err := k.simple("fcntl", fd, unix.SYS_FCNTL, num(fd), num(cmd), num(arg))
		if err == nil {
			n = ownFlags(n)
		}
		return n, err
	}
	return k.simple("fcntl", fd, unix.SYS_FCNTL, num(fd), num(cmd), num(arg))
}

// Close. A blocked thread may hold the file: then it stays open for that long.
func (k *thread) Close(fd int) error {
	_, err := k.simple("close", fd, unix.SYS_CLOSE, num(fd))
	return err
}

func (k *thread) Dup(fd int) (int, error) { return k.simple("dup", fd, unix.SYS_DUP, num(fd)) }

func (k *thread) Dup3(old, new, flags int) (int, error) {
	return k.simple("dup3", old, unix.SYS_DUP3, num(old), num(new), num(flags))
}

func (k *thread) Pipe2(flags int) (r, w int, err error) {
	o := k.t.order()
	defer o.end()
	at, b := o.room(8)
	if _, err := o.do(unix.SYS_PIPE2, at, num(statusFlags(flags))); err != nil {
		return -1, -1, failed("pipe2", -1, "", err)
	}
	return int(int32(binary.NativeEndian.Uint32(b))), int(int32(binary.NativeEndian.Uint32(b[4:]))), nil
}

func (k *thread) OpenNull() (int, error) {
	o := k.t.order()
	defer o.end()
	fd, err := o.do(unix.SYS_OPENAT, atCwd, o.text("/dev/null"), unix.O_RDWR)
	return fd, failed("open", -1, "/dev/null", err)
}

const atCwd = ^uintptr(99) // AT_FDCWD, -100

func (k *thread) Getrlimit() (soft, hard int, err error) {
	o := k.t.order()
	defer o.end()
	at, b := o.room(16)
	if _, err := o.do(unix.SYS_PRLIMIT64, 0, unix.RLIMIT_NOFILE, 0, at); err != nil {
		return 0, 0, failed("getrlimit", -1, "", err)
	}
	return int(binary.NativeEndian.Uint64(b)), int(binary.NativeEndian.Uint64(b[8:])), nil
}

// Setrlimit sets the limit of every thread of the process: here each thread
// has its own (see process.Go).
func (k *thread) Setrlimit(soft, hard int) error {
	for _, t := range k.p.others(k.t) {
		if err := k.setrlimit(t.pid, soft, hard); err != nil {
			return err
		}
	}
	return k.setrlimit(0, soft, hard)
}

func (k *thread) setrlimit(pid, soft, hard int) error {
	o := k.t.order()
	defer o.end()
	at, b := o.room(16)
	if o.err == nil {
		binary.NativeEndian.PutUint64(b, uint64(soft))
		binary.NativeEndian.PutUint64(b[8:], uint64(hard))
	}
	_, err := o.do(unix.SYS_PRLIMIT64, num(pid), unix.RLIMIT_NOFILE, at, 0)
	return failed("setrlimit", -1, "", err)
}
