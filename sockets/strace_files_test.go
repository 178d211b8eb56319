package sockets

import (
	"strings"
	"testing"
	"time"
)

// The calls on files print as strace prints them.
func TestStraceOfFileCalls(t *testing.T) {
	st := lanStory(t, Record())
	p := st.s
	p.Pipe2(0)
	p.Dup3(3, 3, O_CLOEXEC)
	p.Dup3(3, 9, O_CLOEXEC)
	p.Dup(3)
	p.Dup2(3, 99)
	p.Select(5, fdset(3), fdset(4), nil, 5*time.Millisecond)
	p.Select(5, fdset(3), fdset(), nil, 3*time.Millisecond)
	p.Select(5, fdset(3), fdset(4), nil, -1)
	p.Select(64, fdset(50), nil, nil, 0)
	p.EpollCreate1(EPOLL_CLOEXEC)
	p.EpollCtl(6, EPOLL_CTL_ADD, 4, &EpollEvent{EPOLLOUT | EPOLLET | EPOLLEXCLUSIVE, 4})
	p.EpollCtl(6, 7, 4, &EpollEvent{EPOLLOUT, 4})
	p.EpollWait(6, 4, 0)
	p.EpollWait(6, -1, 5*time.Millisecond)
	p.EpollCtl(6, EPOLL_CTL_DEL, 4, nil)
	p.Fcntl(3, F_SETFL, O_ASYNC|O_DIRECT)
	p.Fcntl(3, F_GETFL, 0)
	p.Fcntl(0, F_GETFL, 0)
	p.Fcntl(9, F_GETFD, 0)
	p.Fcntl(9, F_SETFD, 0)
	p.Fcntl(9, F_GETFD, 0)
	p.Fcntl(3, F_DUPFD_CLOEXEC, 3)
	p.Fcntl(3, F_SETPIPE_SZ, 4096)
	p.Fcntl(3, 99, 1)
	p.Poll([]PollFD{{FD: 3, Events: POLLIN | POLLRDHUP}, {FD: -1, Events: POLLIN}, {FD: 4, Events: POLLOUT | POLLWRNORM}}, 3, -1)
	p.Poll([]PollFD{{FD: 3, Events: POLLIN}}, 1, time.Millisecond)
	p.Pipe2(1)
	p.OpenNull()
	p.Fork("child")
	p.Setuid(1000)
	want := `pipe2([3, 4], 0)            = 0
dup3(3, 3, O_CLOEXEC)       = -1 EINVAL (Invalid argument)
dup3(3, 9, O_CLOEXEC)       = 9
dup(3)                      = 5
dup2(3, 99)                 = 99
select(5, [3], [4], NULL, {tv_sec=0, tv_usec=5000}) = 1 (out [4], left {tv_sec=0, tv_usec=5000})
select(5, [3], [], NULL, {tv_sec=0, tv_usec=3000}) = 0 (Timeout)
select(5, [3], [4], NULL, NULL) = 1 (out [4])
select(64, [50], NULL, NULL, {tv_sec=0, tv_usec=0}) = -1 EBADF (Bad file descriptor)
epoll_create1(EPOLL_CLOEXEC) = 6
epoll_ctl(6, EPOLL_CTL_ADD, 4, {events=EPOLLOUT|EPOLLEXCLUSIVE|EPOLLET, data={u32=4, u64=4}}) = 0
epoll_ctl(6, 0x7 /* EPOLL_CTL_??? */, 4, {events=EPOLLOUT, data={u32=4, u64=4}}) = -1 EINVAL (Invalid argument)
epoll_wait(6, [{events=EPOLLOUT, data={u32=4, u64=4}}], 4, 0) = 1
epoll_wait(6, 0x7ffc0000, -1, 5) = -1 EINVAL (Invalid argument)
epoll_ctl(6, EPOLL_CTL_DEL, 4, NULL) = 0
fcntl(3, F_SETFL, O_RDONLY|O_DIRECT|FASYNC) = 0
fcntl(3, F_GETFL)           = 0x6000 (flags O_RDONLY|O_DIRECT|FASYNC)
fcntl(0, F_GETFL)           = 0x8002 (flags O_RDWR|O_LARGEFILE)
fcntl(9, F_GETFD)           = 0x1 (flags FD_CLOEXEC)
fcntl(9, F_SETFD, 0)        = 0
fcntl(9, F_GETFD)           = 0
fcntl(3, F_DUPFD_CLOEXEC, 3) = 7
fcntl(3, F_SETPIPE_SZ, 4096) = 4096
fcntl(3, 0x63 /* F_??? */, 0x1) = -1 EINVAL (Invalid argument)
poll([{fd=3, events=POLLIN|POLLRDHUP}, {fd=-1}, {fd=4, events=POLLOUT|POLLWRNORM}], 3, -1) = 1 ([{fd=4, revents=POLLOUT|POLLWRNORM}])
poll([{fd=3, events=POLLIN}], 1, 1) = 0 (Timeout)
pipe2(0x7ffc0000, 0x1)      = -1 EINVAL (Invalid argument)
openat(AT_FDCWD, "/dev/null", O_RDWR) = 8
fork()                      = 1002
setuid(1000)                = 0
`
	lines := strings.Split(strings.TrimSuffix(st.net.Tape().Strace(p), "\n"), "\n")
	for i, l := range strings.Split(strings.TrimSuffix(want, "\n"), "\n") {
		got := ""
		if i < len(lines) {
			_, got, _ = strings.Cut(lines[i], " ")
		}
		if got != l {
			t.Errorf("line %d: want\n%s\ngot\n%s", i+1, l, got)
		}
	}
}
