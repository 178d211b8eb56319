// Package linux puts the real kernel behind the system calls of package
// sockets. A program is a function over those calls; it runs on the simulated
// host and on the reader's own Linux, and a table shows both answers.
//
//	fmt.Print(linux.Compare(func(k *linux.Kernel) {
//		fd, _ := k.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
//		k.Bind(fd, k.Addr(80))
//		k.Listen(fd, 5)
//		client := k.Process("client")
//		c, _ := client.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
//		client.Connect(c, k.Addr(80))
//		k.Accept4(fd, 0)
//	}))
//
// prints
//
//	process  call                             simulated            this Linux
//	program  socket(AF_INET, SOCK_STREAM, 0)  3                    3
//	program  bind(3, 127.0.0.1:80)            0                    0
//	program  listen(3, 5)                     0                    0
//	client   socket(AF_INET, SOCK_STREAM, 0)  3                    3
//	client   connect(3, 127.0.0.1:80)         0                    0
//	program  accept4(3, 0)                    4 from 127.0.0.1:p1  4 from 127.0.0.1:p1
//	All 6 answers agree.
//
// Everything a program does is undone when it ends: its processes live in user
// and network namespaces of their own, where the kernel allows that. Where it
// does not, they use the computer's loopback device and free high ports. On
// other systems than Linux (amd64, arm64) there is the simulated column only,
// and the reason.
//
// # Stories
//
// A story of package script runs here as well as on the simulated host:
// [OpenTap] gives it a network of its own in which a TUN device leads to the
// story's peer. So a story can be held against the kernel it is about:
//
//	report, err := script.Run(text, script.Options{Open: linux.OpenTap})
//
// # How a process is made
//
// A process must have the descriptors that its program opened and no others,
// and fork(2) must be fork. A Go process can promise neither, since its
// runtime has threads, and now and then descriptors. So there are three kinds
// of process:
//
//	this program ── shared memory ────────────────┐
//	   │ pipe: closed, it ends everything         │ orders, answers
//	helper: this program again, in its namespaces │
//	   │ clone(2)                                 │
//	task ── clone ─▶ task ── clone ─▶ task ◀──────┘
//
// A task is a copy of the helper in which Go's runtime never runs again: one
// loop without a stack to grow or memory to allocate, which takes a system call
// from shared memory, makes it, and leaves the answer there (slot_linux.go). A
// futex wakes it, and neither memory nor futex is a descriptor. Fork is a
// clone of the task; a thread is a clone that shares the table.
package linux
