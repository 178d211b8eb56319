package sockets

import "fmt"

// Msg is a struct msghdr: where a message comes from or goes to, and the
// buffers it is scattered over or gathered from.
type Msg struct {
	Name    *SockAddr
	Bufs    [][]byte // msg_iov
	Control []byte   // msg_control: ancillary data is neither sent nor received, see deviations.go
	Flags   int      // msg_flags, filled by Recvmsg
}

// maxBufs is UIO_MAXIOV, 1024 (include/uapi/linux/uio.h).
const maxBufs = 1024

// Readv is readv(2): read into several buffers, one after another.
func (p *Process) Readv(fd int, bufs [][]byte) (int, error) {
	n, e, err := p.readv(fd, bufs)
	if p.tracing() && err == nil {
		p.traceRet(fmt.Sprintf("readv(%d, %s, %d)", fd, straceVector(bufs, n, e, true), len(bufs)), n, e)
	}
	if err != nil {
		return max(n, 0), err
	}
	return max(n, 0), p.answer("readv", fd, "", e)
}

func (p *Process) readv(fd int, bufs [][]byte) (int, Errno, error) {
	if e := p.open(fd); e != 0 {
		return -1, e, nil
	}
	if len(bufs) > maxBufs {
		return -1, EINVAL, nil
	}
	all := gathered(bufs)
	if len(all) == 0 {
		return p.movesNothing(fd, O_WRONLY)
	}
	n, _, _, e, err := p.recv(fd, all, 0, "readv", true)
	scatter(bufs, all)
	return n, e, err
}

// Writev is writev(2): write several buffers as one.
func (p *Process) Writev(fd int, bufs [][]byte) (int, error) {
	n, e, err := p.writev(fd, bufs)
	if p.tracing() && err == nil {
		p.traceRet(fmt.Sprintf("writev(%d, %s, %d)", fd, straceVector(bufs, n, e, false), len(bufs)), n, e)
	}
	if err != nil {
		return max(n, 0), err
	}
	return max(n, 0), p.answer("writev", fd, "", e)
}

func (p *Process) writev(fd int, bufs [][]byte) (int, Errno, error) {
	if e := p.open(fd); e != 0 {
		return -1, e, nil
	}
	if len(bufs) > maxBufs {
		return -1, EINVAL, nil
	}
	all := gathered(bufs)
	if len(all) == 0 {
		return p.movesNothing(fd, O_RDONLY)
	}
	return p.send(fd, all, 0, nil, "writev", true)
}

// movesNothing is readv or writev of no byte, which asks the file whether it
// could and then leaves it alone (vfs_readv, vfs_writev). not is the mode in
// which it cannot.
func (p *Process) movesNothing(fd, not int) (int, Errno, error) {
	f, e := p.openFile(fd)
	switch {
	case e != 0:
		return -1, e, nil
	case f.mode() == not:
		return -1, EBADF, nil
	case f&fdKind == kindEpoll:
		return -1, EINVAL, nil
	}
	return 0, 0, nil
}

// Recvmsg is recvmsg(2).
func (p *Process) Recvmsg(fd int, m *Msg, flags int) (int, error) {
	n, e, err := p.recvmsg(fd, m, flags)
	if p.tracing() && err == nil {
		p.traceRet(fmt.Sprintf("recvmsg(%d, %s, %s)", fd, straceMsg(m, n, e, true), msgFlags(flags)), n, e)
	}
	if err != nil {
		return max(n, 0), err
	}
	return max(n, 0), p.answer("recvmsg", fd, "", e)
}

func (p *Process) recvmsg(fd int, m *Msg, flags int) (int, Errno, error) {
	m.Name, m.Flags = nil, 0
	if _, _, e := p.sysSocket(fd); e != 0 {
		return -1, e, nil
	}
	if len(m.Bufs) > maxBufs {
		return -1, EMSGSIZE, nil
	}
	all := gathered(m.Bufs)
	n, out, from, e, err := p.recv(fd, all, flags, "recvmsg", false)
	if e == 0 && err == nil {
		scatter(m.Bufs, all)
		m.Name, m.Flags = from, out
	}
	return n, e, err
}

// Sendmsg is sendmsg(2).
func (p *Process) Sendmsg(fd int, m *Msg, flags int) (int, error) {
	n, e, err := p.sendmsg(fd, m, flags)
	if p.tracing() && err == nil {
		p.traceRet(fmt.Sprintf("sendmsg(%d, %s, %s)", fd, straceMsg(m, n, e, false), msgFlags(flags)), n, e)
	}
	if err != nil {
		return max(n, 0), err
	}
	return max(n, 0), p.answer("sendmsg", fd, "", e)
}

func (p *Process) sendmsg(fd int, m *Msg, flags int) (int, Errno, error) {
	if _, _, e := p.sysSocket(fd); e != 0 {
		return -1, e, nil
	}
	if len(m.Bufs) > maxBufs {
		return -1, EMSGSIZE, nil
	}
	return p.send(fd, gathered(m.Bufs), flags, m.Name, "sendmsg", false)
}

// open reports EBADF for a number that is not open.
func (p *Process) open(fd int) Errno {
	switch {
	case p.ended:
		return ESRCH
	case p.fds.get(fd) == 0:
		return EBADF
	}
	return 0
}

func total(bufs [][]byte) int {
	n := 0
	for _, b := range bufs {
		n += len(b)
	}
	return n
}

func gathered(bufs [][]byte) []byte {
	all := make([]byte, 0, total(bufs))
	for _, b := range bufs {
		all = append(all, b...)
	}
	return all
}

func scatter(bufs [][]byte, from []byte) {
	for _, b := range bufs {
		from = from[copy(b, from):]
	}
}
