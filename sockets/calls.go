package sockets

import "time"

// Calls is the system-call interface: what a program can ask of a kernel. A
// [Process] of the simulated host has it, and so has a process of the real
// kernel (package sockets/linux), so one program runs on both.
//
// Numbers are Linux's on every platform. Errors are *[OpError] around an
// [Errno].
type Calls interface {
	Socket(domain, typ, protocol int) (int, error)
	Bind(fd int, a SockAddr) error
	Listen(fd, backlog int) error
	Accept4(fd, flags int) (int, SockAddr, error)
	Connect(fd int, a SockAddr) error
	Getsockname(fd int) (SockAddr, error)
	Getpeername(fd int) (SockAddr, error)
	Read(fd int, buf []byte) (int, error)
	Write(fd int, data []byte) (int, error)
	Readv(fd int, bufs [][]byte) (int, error)
	Writev(fd int, bufs [][]byte) (int, error)
	Recvfrom(fd int, buf []byte, flags int) (int, *SockAddr, error)
	Sendto(fd int, data []byte, flags int, to *SockAddr) (int, error)
	Recvmsg(fd int, m *Msg, flags int) (int, error)
	Sendmsg(fd int, m *Msg, flags int) (int, error)
	Shutdown(fd, how int) error
	Setsockopt(fd, level, opt int, val []byte, optlen int) error
	Getsockopt(fd, level, opt int, buf []byte, optlen int) (int, error)
	Ioctl(fd, cmd int) (int, error)
	Fcntl(fd, cmd, arg int) (int, error)
	Close(fd int) error
	Dup(fd int) (int, error)
	Dup2(old, new int) (int, error)
	Dup3(old, new, flags int) (int, error)
	Pipe2(flags int) (r, w int, err error)
	OpenNull() (int, error)
	Poll(fds []PollFD, nfds int, timeout time.Duration) (int, error)
	Select(nfds int, r, w, e *FDSet, timeout time.Duration) (int, error)
	EpollCreate1(flags int) (int, error)
	EpollCtl(epfd, op, fd int, ev *EpollEvent) error
	EpollWait(epfd, max int, timeout time.Duration) ([]EpollEvent, error)
	Getrlimit() (soft, hard int, err error)
	Setrlimit(soft, hard int) error
}
