package symptoms

import (
	"socketbook/sockets"
)

// pipeFull is a pipe that holds 64 KiB.
func pipeFull(p *sockets.Process) (r, w int) {
	r, w, _ = p.Pipe2(0)
	p.Write(w, make([]byte, 65536))
	return r, w
}

// epoll is a new epoll that watches descriptors for reading.
func epoll(p *sockets.Process, watch ...int) int {
	ep, _ := p.EpollCreate1(0)
	for _, fd := range watch {
		p.EpollCtl(ep, sockets.EPOLL_CTL_ADD, fd, &sockets.EpollEvent{Events: sockets.EPOLLIN})
	}
	return ep
}

// errnosDescriptors are answers about descriptors and what lies behind them.
var errnosDescriptors = []Entry{
	{Kind: Errno, Names: []string{"EMFILE"}, Lesson: 7,
		Means: "The process has as many descriptors as its soft limit allows. accept takes nothing out of the queue then, so a level-triggered loop is told at once that the listener is ready, and spins.",
		Looks: "\"Too many open files\". `ls /proc/PID/fd | wc -l` is at the limit in /proc/PID/limits; the listener's Recv-Q grows.",
		Knob:  "Close what leaks; `ulimit -n`, LimitNOFILE= in the unit, up to fs.nr_open. In the loop: stop watching the listener until a descriptor is free.",
		Price: "A descriptor itself is cheap, 256 KiB of table for 32,768. What it lets in is not: some 4 KB of kernel memory for each connection.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{NofileSoft: 4})
			tcp(p, 0)
			tcp(p, 0)
		}},
	{Kind: Errno, Names: []string{"ENFILE"}, Lesson: 7,
		Means: "The host has as many open files as fs.file-max, all processes together; or, from accept, there was no memory for another file.",
		Looks: "\"Too many open files in system\", in every program. The first and third number of /proc/sys/fs/file-nr are equal.",
		Knob:  "sysctl fs.file-max; and find who has them: `lsof | wc -l` by program.",
		Price: "Kernel memory, about 1.3 kB for each open socket's file, inode and dentry, besides the socket itself.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{FileMax: 5})
			for range 6 {
				tcp(p, 0)
			}
		}},
	{Kind: Errno, Names: []string{"EPERM"}, Lesson: 10,
		Means: "The process may not: raise its hard limit of descriptors, or pass fs.nr_open, which holds for root, too. Also a raw socket without root, and epoll on a file that cannot be waited for.",
		Looks: "\"Operation not permitted\" from setrlimit; a service that does not start after LimitNOFILE= was raised.",
		Knob:  "sysctl fs.nr_open first, the hard limit after it.",
		Price: "8 bytes of table for each number up to the highest in use.",
		show:  func(r *Run) { r.lone(sockets.Limits{}).Setrlimit(5000, 5000) }},
	{Kind: Errno, Names: []string{"EBADF"}, Lesson: 7,
		Means: "The number is no open descriptor: closed already, often by another thread, or never opened. Worse is what gives no error: the number was given anew, and another connection is read.",
		Looks: "`strace` shows close of the same number before.",
		Knob:  "One owner for each descriptor, and close once.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			fd := tcp(p, 0)
			p.Close(fd)
			p.Listen(fd, 5)
		}},
	{Kind: Errno, Names: []string{"ENOTSOCK"}, Lesson: 7,
		Means: "The descriptor is a file, a pipe or an epoll; the call wants a socket.",
		Looks: "`ls -l /proc/PID/fd` says what it is.",
		Knob:  "Mend the program: numbers have got mixed up.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			fd, _, _ := p.Pipe2(0)
			p.Listen(fd, 5)
		}},
	{Kind: Errno, Names: []string{"EEXIST", "ENOENT"}, Lesson: 4,
		Means: "epoll_ctl ADD of a descriptor that is watched already (EEXIST), MOD or DEL of one that is not (ENOENT). close takes a descriptor out of epoll, unless dup or fork left another for the same file.",
		Looks: "`strace -e epoll_ctl`; the list is in /proc/PID/fdinfo/EPFD.",
		Knob:  "Keep count of what is watched, in the program.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			fd := tcp(p, 0)
			ep := epoll(p, fd, fd)
			p.EpollCtl(ep, sockets.EPOLL_CTL_DEL, fd, nil)
			p.EpollCtl(ep, sockets.EPOLL_CTL_DEL, fd, nil)
		}},
	{Kind: Errno, Names: []string{"ELOOP"}, Lesson: 4,
		Means: "An epoll would watch itself by way of others, or more than five would be nested.",
		Looks: "Only in `strace`.",
		Knob:  "Mend the program.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			a := epoll(p)
			b := epoll(p, a)
			p.EpollCtl(a, sockets.EPOLL_CTL_ADD, b, &sockets.EpollEvent{Events: sockets.EPOLLIN})
		}},
	{Kind: Errno, Names: []string{"ENOSPC"}, Lesson: 4,
		Means: "The user has fs.epoll.max_user_watches descriptors in epolls.",
		Looks: "\"No space left on device\", and no disk is full.",
		Knob:  "sysctl fs.epoll.max_user_watches; its default is 4 % of low memory.",
		Price: "Each watch takes about 200 bytes of kernel memory that cannot be swapped.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			p.Host().SetSysctl("fs.epoll.max_user_watches", "1")
			epoll(p, tcp(p, 0), tcp(p, 0))
		}},
	{Kind: Errno, Names: []string{"EBUSY"},
		Means: "A pipe shall become smaller than what is in it (F_SETPIPE_SZ), or dup2 aims at a number that an accept under way has taken.",
		Looks: "Only in `strace`.",
		Knob:  "Read the pipe first; let accept return.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			_, w := pipeFull(p)
			p.Fcntl(w, sockets.F_SETPIPE_SZ, 4096)
		}},
	{Kind: Errno, Names: []string{"ENOTTY"},
		Means: "The ioctl is not for this kind of file.",
		Looks: "`strace`: a program asks each file whether it is a terminal, and goes on.",
		Knob:  "None needed, mostly.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			p.Ioctl(tcp(p, 0), 0x5401) // TCGETS
		}},
	{Kind: Errno, Names: []string{"ENOTDIR"},
		Means: "fcntl F_NOTIFY watches directories, and a socket is none.",
		Looks: "Only in `strace`.",
		Knob:  "Mend the program.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			p.Fcntl(tcp(p, 0), sockets.F_NOTIFY, 1)
		}},
	{Kind: Errno, Names: []string{"ENOPKG"},
		Means: "pipe2 with O_NOTIFICATION_PIPE on a kernel that is built without watch queues.",
		Looks: "Only in `strace`.",
		Knob:  "CONFIG_WATCH_QUEUE.",
		show:  func(r *Run) { r.lone(sockets.Limits{}).Pipe2(sockets.O_EXCL) }},
	{Kind: Errno, Names: []string{"ESRCH"},
		Means: "The process that shall do it has ended.",
		Looks: "\"No such process\". The process id is old.",
		Knob:  "Ask for the process id anew.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{})
			p.Exit()
			p.Fork("child")
		}},
	{Kind: Errno, Names: []string{"ENOMEM"}, Lesson: 9,
		Means: "There is no memory for another socket. The simulator charges each at Linux's price, 3.8 kB, against the host's RAM.",
		Looks: "\"Cannot allocate memory\"; `slabtop` shows TCP and sock_inode_cache on top; on Linux the OOM killer may be first.",
		Knob:  "More RAM, or fewer connections: close idle ones after a time.",
		Price: "To close idle ones costs their clients a new handshake.",
		show: func(r *Run) {
			p := r.lone(sockets.Limits{RAM: 1 << 20})
			for fd := 0; fd >= 0; {
				fd, _ = p.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
			}
		}},
}
