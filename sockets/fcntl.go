package sockets

import "fmt"

// Commands of fcntl(2): include/uapi/asm-generic/fcntl.h,
// include/uapi/linux/fcntl.h.
const (
	F_DUPFD         = 0
	F_GETFD         = 1
	F_SETFD         = 2
	F_GETFL         = 3
	F_SETFL         = 4
	F_GETLK         = 5
	F_SETLK         = 6
	F_SETLKW        = 7
	F_SETOWN        = 8
	F_GETOWN        = 9
	F_SETSIG        = 10
	F_GETSIG        = 11
	F_SETOWN_EX     = 15
	F_GETOWN_EX     = 16
	F_GETOWNER_UIDS = 17
	F_OFD_GETLK     = 36
	F_OFD_SETLK     = 37
	F_OFD_SETLKW    = 38
	F_SETLEASE      = 1024
	F_GETLEASE      = 1025
	F_NOTIFY        = 1026
	F_DUPFD_QUERY   = 1027
	F_CREATED_QUERY = 1028
	F_DUPFD_CLOEXEC = 1030
	F_SETPIPE_SZ    = 1031
	F_GETPIPE_SZ    = 1032
	F_ADD_SEALS     = 1033
	F_GET_SEALS     = 1034
	F_GET_RW_HINT   = 1035
	F_SET_RW_HINT   = 1036
)

var fcntlNames = map[int]string{F_DUPFD: "F_DUPFD", F_GETFD: "F_GETFD", F_SETFD: "F_SETFD", F_GETFL: "F_GETFL", F_SETFL: "F_SETFL",
	F_GETLK: "F_GETLK", F_SETLK: "F_SETLK", F_SETLKW: "F_SETLKW", F_SETOWN: "F_SETOWN", F_GETOWN: "F_GETOWN",
	F_SETSIG: "F_SETSIG", F_GETSIG: "F_GETSIG", F_DUPFD_CLOEXEC: "F_DUPFD_CLOEXEC",
	F_SETPIPE_SZ: "F_SETPIPE_SZ", F_GETPIPE_SZ: "F_GETPIPE_SZ"}

// Fcntl looks at or changes a descriptor, or the file it names: fcntl(2).
//
// F_GETFD and F_SETFD are the descriptor's own FD_CLOEXEC. F_GETFL and F_SETFL
// are the file's status flags: all descriptors that share the file share them,
// in whatever process. Of these O_APPEND, O_ASYNC, O_DIRECT (pipes only),
// O_NOATIME and O_NONBLOCK can be set; other bits are ignored. F_DUPFD makes a
// descriptor not below the argument; EINVAL says that the argument is beyond
// RLIMIT_NOFILE, EMFILE that no number is left. A command that takes a pointer
// finds none in a number: EFAULT.
func (p *Process) Fcntl(fd, cmd, arg int) (int, error) {
	n, e := p.fcntl(fd, cmd, arg)
	if p.tracing() {
		p.traceFcntl(fd, cmd, arg, n, e)
	}
	return n, p.answer("fcntl", fd, "", e)
}

// fcntl is do_fcntl.
func (p *Process) fcntl(fd, cmd, arg int) (int, Errno) {
	f, e := p.openFile(fd)
	if e != 0 {
		return -1, e
	}
	h := p.host
	switch cmd {
	case F_DUPFD, F_DUPFD_CLOEXEC:
		return p.dupFrom(f, arg, cmd == F_DUPFD_CLOEXEC)
	case F_GETFD:
		if p.fds.get(fd)&fdCloexec != 0 {
			return FD_CLOEXEC, 0
		}
		return 0, 0
	case F_SETFD:
		p.fds.files[fd] &^= fdCloexec
		if arg&FD_CLOEXEC != 0 {
			p.fds.files[fd] |= fdCloexec
		}
		return 0, 0
	case F_GETFL:
		return h.status(f).open() | f.mode(), 0
	case F_SETFL:
		return h.setStatus(f, arg, p.uid)
	case F_SETPIPE_SZ, F_GETPIPE_SZ:
		return h.pipeSize(f, cmd, arg)
	}
	return p.fcntlRare(f, cmd, arg)
}

// dupFrom is f_dupfd.
func (p *Process) dupFrom(f file, from int, cloexec bool) (int, Errno) {
	if from = int(uint32(from)); from >= p.soft {
		return -1, EINVAL
	}
	fd, e := p.freeFD(from)
	if e != 0 {
		return -1, e
	}
	p.share(fd, f, cloexec)
	return fd, 0
}

// fcntlRare is the commands about signals, owners, locks, leases and hints: of
// sockets, pipes and the like they have little to say.
func (p *Process) fcntlRare(f file, cmd, arg int) (int, Errno) {
	switch cmd {
	case F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_SETOWN_EX, F_GETOWN_EX, F_GETOWNER_UIDS, F_GET_RW_HINT, F_SET_RW_HINT:
		if cmd == F_SET_RW_HINT && p.uid != 0 && p.uid != p.host.fileUID(f) {
			return -1, EPERM
		}
		return -1, EFAULT
	case F_GETOWN:
		return p.host.owner(f).pid, 0
	case F_SETOWN:
		return p.setOwner(f, arg)
	case F_GETSIG:
		return p.host.owner(f).signal, 0
	case F_SETSIG:
		if int32(arg) < 0 || int32(arg) > 64 { // _NSIG
			return -1, EINVAL
		}
		o := p.host.owner(f)
		o.signal = arg
		p.host.setOwnerOf(f, o)
		return 0, 0
	case F_GETLEASE:
		return 2, 0 // F_UNLCK
	case F_SETLEASE:
		return -1, EINVAL // leases are of regular files
	case F_NOTIFY:
		if uint32(arg)&^(1<<31) == 0 { // DN_MULTISHOT
			return 0, 0
		}
		return -1, ENOTDIR
	case F_DUPFD_QUERY:
		other, e := p.openFile(arg)
		if e != 0 {
			return -1, e
		}
		if other == f {
			return 1, 0
		}
		return 0, 0
	case F_CREATED_QUERY:
		return 0, 0
	case F_ADD_SEALS: // of a memfd; but that it can be written is asked first
		if f.mode() == O_RDONLY {
			return -1, EPERM
		}
	}
	return -1, EINVAL
}

// fileOwner is who gets a file's signals. This kernel sends none; it is kept
// to be read back. Few files have one, so it lives beside them.
type fileOwner struct{ pid, signal int }

func (h *Host) owner(f file) fileOwner { return h.owners[f] }

func (h *Host) setOwnerOf(f file, o fileOwner) {
	if h.owners == nil {
		h.owners = map[file]fileOwner{}
	}
	h.owners[f] = o
}

// setOwner is f_setown: a process, or with a negative number a group, that
// must exist. Every process leads a group of its own here.
func (p *Process) setOwner(f file, arg int) (int, Errno) {
	who := int(int32(arg))
	if who == -1<<31 {
		return -1, EINVAL
	}
	found := who == 0
	for _, q := range p.host.procs {
		found = found || q.pid == who || q.pid == -who
	}
	if !found {
		return -1, ESRCH
	}
	o := p.host.owner(f)
	o.pid = who
	p.host.setOwnerOf(f, o)
	return 0, 0
}

// traceFcntl prints the call as strace does.
func (p *Process) traceFcntl(fd, cmd, arg, n int, e Errno) {
	name, ok := fcntlNames[cmd]
	if !ok {
		name = fmt.Sprintf("%#x /* F_??? */", cmd)
	}
	call := fmt.Sprintf("fcntl(%d, %s", fd, name)
	if ok {
		call += fcntlArg(cmd, arg) + ")"
	} else {
		call += fmt.Sprintf(", %#x)", arg)
	}
	switch {
	case e == 0 && cmd == F_GETFL:
		p.trace(fmt.Sprintf("%s = %#x (flags %s)", call, n, modeName(n&3)+plus(openFlags(n&^3))), nil)
	case e == 0 && cmd == F_GETFD && n != 0:
		p.trace(fmt.Sprintf("%s = %#x (flags FD_CLOEXEC)", call, n), nil)
	default:
		p.traceRet(call, n, e)
	}
}

func fcntlArg(cmd, arg int) string {
	switch cmd {
	case F_GETFD, F_GETFL, F_GETOWN, F_GETSIG, F_GETPIPE_SZ:
		return ""
	case F_SETFD:
		return ", " + bitNames(arg, []bitName{{FD_CLOEXEC, "FD_CLOEXEC"}})
	case F_SETFL:
		return ", " + modeName(arg&3) + plus(openFlags(arg&^3))
	}
	return ", " + itoa(arg)
}

func modeName(m int) string { return [...]string{"O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"}[m] }

func plus(flags string) string {
	if flags == "0" {
		return ""
	}
	return "|" + flags
}
