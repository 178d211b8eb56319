package capacity_test

import (
	"fmt"
	"time"

	"socketbook/capacity"
	"socketbook/sockets"
)

// A proxy in front of one backend: the wall is on its far side.
func ExamplePlan() {
	h := capacity.Host{
		Limits:  sockets.Limits{RAM: 32 * capacity.GiB, NofileSoft: 1 << 20, FileMax: 4_000_000},
		Tracked: true, // a firewall
	}
	w := capacity.Workload{Backends: 1, Epoll: true, Lifetime: time.Minute, TLSBytes: capacity.TLSGo}
	v := must(capacity.Plan(h, w))
	for _, wall := range v.Walls[:4] {
		fmt.Printf("%v: %s = %s\n", wall.Allows, wall.Limit, wall.Sum)
		fmt.Printf("  %s\n  counted by %s\n", wall.Seen, wall.Counter)
	}
	// Output:
	// 14,116: five-tuples to the backends = (1 × 28,232 × 1) / (1 + 60 s / 60 s)
	//   EADDRNOTAVAIL at connect to a backend; clients get errors of the proxy
	//   counted by none; ss -tan dst BACKEND | wc -l
	// 43,690: nf_conntrack_max = 262,144 / 6
	//   no error here; packets vanish, clients get ETIMEDOUT at connect
	//   counted by dmesg "nf_conntrack: table full, dropping packet"; conntrack -S: drop
	// 524,285: RLIMIT_NOFILE soft = (1,048,576 - 5) / 2
	//   EMFILE at accept4; connections wait in the accept queue
	//   counted by none; ls /proc/PID/fd | wc -l
	// 524,285: RLIMIT_NOFILE hard = (1,048,576 - 5) / 2
	//   EPERM at setrlimit (ulimit -n), unless root
	//   counted by none; prlimit -n -p PID
}

// The same crowd on three kernels: a socket has grown, a queue too.
func ExampleKernel() {
	for _, k := range capacity.Kernels {
		h := capacity.Host{Kernel: k.Name}
		v := must(capacity.Plan(h, capacity.Workload{Rush: 1}))
		queue, _ := v.Wall(capacity.AcceptQueue)
		fmt.Printf("Linux %s: %v a socket, %v at once\n", k.Name, must(capacity.Workload{}.KernelBytesOn(h)), queue.Allows)
	}
	// Output:
	// Linux 4.x: 3,154 B a socket, 129 at once
	// Linux 5.x: 3,572 B a socket, 4,097 at once
	// Linux 6.x: 3,829 B a socket, 4,097 at once
}

// 16 GiB and a million sockets fit, until each has 64 KiB that nobody reads.
func ExampleDataPages() {
	fmt.Println("pages for 64 KiB unread:", must(capacity.DataPages(64*capacity.KiB)))
	v := must(capacity.Of(sockets.Limits{NofileSoft: 1 << 20}, capacity.Workload{Unread: 64 * capacity.KiB}))
	fmt.Println(v.Summary())
	// Output:
	// pages for 64 KiB unread: 17
	// 23,130 connections: tcp_mem, limit stops us first with EAGAIN at write; then RAM (237,169), RLIMIT_NOFILE soft (1,048,572), RLIMIT_NOFILE hard (1,048,572), fs.nr_open (1,048,572), fs.file-max (1,677,717), five-tuples (281,474,976,710,656). From 15,420 on tcp_mem, pressure slows us.
}
