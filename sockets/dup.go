package sockets

import "fmt"

// Several descriptors may name one file. This file is the calls that make
// them: dup(2) and its kin.

// O_CLOEXEC and the like: include/uapi/asm-generic/fcntl.h.
const (
	O_RDONLY   = 0
	O_WRONLY   = 1
	O_RDWR     = 2
	O_EXCL     = 0o200
	O_APPEND   = 0o2000
	O_NONBLOCK = 0o4000
	O_ASYNC    = 0o20000 // FASYNC
	O_DIRECT   = 0o40000
	O_NOATIME  = 0o1000000
	O_CLOEXEC  = 0o2000000

	FD_CLOEXEC = 1
)

// freeFD is the lowest free descriptor from a number on, within RLIMIT_NOFILE
// and the room fs.nr_open leaves (alloc_fd).
func (p *Process) freeFD(from int) (int, Errno) {
	fd := p.fds.lowest(from)
	if fd >= p.soft || !p.fds.grow(fd, p.host.limits.NrOpen) {
		return -1, EMFILE
	}
	return fd, 0
}

// openFile is what a descriptor names.
func (p *Process) openFile(fd int) (file, Errno) {
	switch f := p.fds.get(fd); {
	case p.ended:
		return 0, ESRCH
	case f == 0:
		return 0, EBADF
	default:
		return f.file(), 0
	}
}

// share puts one more descriptor on a file.
func (p *Process) share(fd int, f file, cloexec bool) {
	p.host.hold(f)
	if cloexec {
		f |= fdCloexec
	}
	p.fds.put(fd, f)
}

// Dup makes a second descriptor for the same file, the lowest that is free:
// dup(2). Both share the file's position, O_NONBLOCK and the rest of its
// status flags, but not FD_CLOEXEC.
func (p *Process) Dup(fd int) (int, error) {
	n, e := p.dup(fd)
	if p.tracing() {
		p.traceRet(fmt.Sprintf("dup(%d)", fd), n, e)
	}
	return n, p.answer("dup", fd, "", e)
}

func (p *Process) dup(fd int) (int, Errno) {
	f, e := p.openFile(fd)
	if e != 0 {
		return -1, e
	}
	to, e := p.freeFD(0)
	if e != 0 {
		return -1, e
	}
	p.share(to, f, false)
	return to, 0
}

// Dup2 makes the number to a descriptor of the same file, and closes what it
// was before: dup2(2). EBADF says that from is not open, or that to is beyond
// RLIMIT_NOFILE. Of equal numbers nothing happens.
func (p *Process) Dup2(from, to int) (int, error) {
	n, e := p.dup2(from, int(int32(to)))
	if p.tracing() {
		p.traceRet(fmt.Sprintf("dup2(%d, %d)", from, to), n, e)
	}
	return n, p.answer("dup2", from, "", e)
}

func (p *Process) dup2(from, to int) (int, Errno) {
	if from == to {
		if _, e := p.openFile(from); e != 0 {
			return -1, e
		}
		return from, 0
	}
	return p.dup3(from, to, 0)
}

// Dup3 is Dup2 that may set FD_CLOEXEC (O_CLOEXEC) and refuses equal numbers
// with EINVAL: dup3(2).
func (p *Process) Dup3(from, to, flags int) (int, error) {
	n, e := p.dup3(from, int(int32(to)), flags)
	if p.tracing() {
		p.traceRet(fmt.Sprintf("dup3(%d, %d, %s)", from, to, openFlags(flags)), n, e)
	}
	return n, p.answer("dup3", from, "", e)
}

// dup3 is ksys_dup3.
func (p *Process) dup3(from, to, flags int) (int, Errno) {
	switch {
	case p.ended:
		return -1, ESRCH
	case flags&^O_CLOEXEC != 0 || from == to:
		return -1, EINVAL
	case uint32(to) >= uint32(p.soft): // unsigned: a negative number is a huge one
		return -1, EBADF
	}
	room := p.fds.grow(to, p.host.limits.NrOpen) // even if from is not open
	f, e := p.openFile(from)
	if e != 0 || !room {
		return -1, EBADF
	}
	old := p.fds.get(to)
	if old == 0 && p.fds.taken(to) {
		return -1, EBUSY // an accept that sleeps has it in mind
	}
	if old != 0 {
		p.fds.take(to)
	}
	p.share(to, f, flags&O_CLOEXEC != 0)
	if old != 0 {
		p.closeFile(old.file(), to)
	}
	return to, 0
}

// openFlags spells flags of open and pipe2, as strace does.
func openFlags(f int) string {
	return bitNames(f, []bitName{{O_EXCL, "O_EXCL"}, {O_APPEND, "O_APPEND"}, {O_NONBLOCK, "O_NONBLOCK"},
		{O_DIRECT, "O_DIRECT"}, {0o100000, "O_LARGEFILE"}, {O_NOATIME, "O_NOATIME"}, {O_CLOEXEC, "O_CLOEXEC"}, {O_ASYNC, "FASYNC"}})
}

// bitName is a flag and its name in the C headers.
type bitName struct {
	bit  int
	name string
}

// bitNames spells a set of flags as strace does: what has no name as a number.
func bitNames(f int, names []bitName) string {
	s := ""
	for _, n := range names {
		if n.bit != 0 && f&n.bit == n.bit {
			s += "|" + n.name
			f &^= n.bit
		}
	}
	if f != 0 {
		s += fmt.Sprintf("|%#x", f)
	}
	if s == "" {
		return "0"
	}
	return s[1:]
}
