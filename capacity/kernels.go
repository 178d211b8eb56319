package capacity

import (
	"fmt"
	"strings"

	"socketbook/sockets"
)

// Kernel is a family of Linux versions: its defaults, and what its objects
// weigh. The dial has three positions, [Kernels].
type Kernel struct {
	Name    string // "4.x", "5.x" or "6.x"
	Version string // the version the numbers are from

	Somaxconn         int // net.core.somaxconn, connections
	SynLinearTimeouts int // net.ipv4.tcp_syn_linear_timeouts, 0 before 6.5
	Rmem, Wmem        int // middle of tcp_rmem and tcp_wmem, bytes
	TwReuse           int // net.ipv4.tcp_tw_reuse: 0 off, 1 on, 2 loopback
	HardNofile        int // RLIMIT_NOFILE hard of the kernel, descriptors

	SocketErrno string // what socket() says where no memory is left

	Sizes  Sizes
	Source string // of the sizes
}

// Sizes is what one object of each kind costs in kernel memory, in bytes as
// the slab allocator spends them, its share of the slab's waste included.
type Sizes struct {
	Server   int64 // idle ESTABLISHED socket of a server, descriptor and inode too
	Client   int64 // the same of a client, with the bind buckets of its own port
	Queued   int64 // established and not yet accepted: no inode, no descriptor
	HalfOpen int64 // a request in the SYN queue
	TimeWait int64 // a pair in TIME_WAIT, server's side
	Bucket   int64 // the bind buckets that a client's TIME_WAIT keeps
	Epoll    int64 // one epoll watch
	Tracked  int64 // one entry of connection tracking
	Skb      int64 // what a queued packet costs beside its bytes
}

// Kernels are the positions of the dial, oldest first. Defaults are those of
// the kernel itself; distributions change some (systemd: hard RLIMIT_NOFILE
// 524,288).
//
// Sources: include/linux/socket.h SOMAXCONN (4096 since 5.4, commit
// 19f92a030ca6); net/ipv4/tcp.c tcp_init (87,380 until 4.20, commit
// a337531b942b); tcp_syn_linear_timeouts since 6.5, commit ccce324dabfe;
// tcp_tw_reuse 2 since 4.19, commit 79e9fed46038; net/ipv4/af_inet.c
// inet_create (ENOBUFS until 6.x).
var Kernels = []Kernel{
	{
		Name: "4.x", Version: "4.4",
		Somaxconn: 128, Rmem: 87380, Wmem: 16384, TwReuse: 0, HardNofile: 4096,
		SocketErrno: "ENOBUFS",
		// TCP 2048 (16 in 8 pages), inode 640 (25 in 4), file 256, dentry 192
		// (21 in 1), request 312 (26 in 2), tw 280 (29 in 2), epitem 128 and pwq
		// 72 (56 in 1), bind bucket 64 (one hash only until 6.1).
		Sizes: Sizes{Server: 3154, Client: 3218, Queued: 2363, HalfOpen: 315, TimeWait: 282,
			Bucket: 64, Epoll: 201, Tracked: 320, Skb: 1024},
		Source: "object sizes of a published slabinfo, Ubuntu 16.04, Linux 4.4 x86-64; shares of a slab computed",
	},
	{
		Name: "5.x", Version: "5.4",
		Somaxconn: 4096, Rmem: 131072, Wmem: 16384, TwReuse: 2, HardNofile: 4096,
		SocketErrno: "ENOBUFS",
		// TCP 2240 (14 in 8 pages under SLUB), inode 768 (21 in 4), file 256,
		// dentry 192, request 296 (13 in 1), tw 240 (17 in 1), bucket 64.
		Sizes: Sizes{Server: 3572, Client: 3636, Queued: 2656, HalfOpen: 315, TimeWait: 241,
			Bucket: 64, Epoll: 201, Tracked: 320, Skb: 1024},
		Source: "object sizes of a published slabinfo, Linux 5.4.54 x86-64 (linux-xfs, July 2020); shares of a slab computed for SLUB",
	},
	{
		Name: "6.x", Version: "6.18",
		Somaxconn: 4096, SynLinearTimeouts: 4, Rmem: 131072, Wmem: 16384, TwReuse: 2, HardNofile: 4096,
		SocketErrno: "ENOMEM",
		Sizes: Sizes{Server: sockets.SizeServerSocket, Client: sockets.SizeClientSocket,
			Queued: sockets.SizeTCPSock + sockets.SizeRequest, HalfOpen: sockets.SizeRequest,
			TimeWait: sockets.SizeTimeWait, Bucket: 2 * sockets.SizeBindBucket,
			Epoll: sockets.SizeEpollItem, Tracked: sockets.SizeConntrack, Skb: 1024},
		Source: "measured, Linux 6.18.44 x86-64: slab slopes over 1,000 to 8,000 connections, R² above 0.999",
	},
}

// KernelNamed finds a position of the dial: "4.x", "5.x", "6.x", or a version
// of one of them ("5.15.0-91-generic"). No name is the newest.
func KernelNamed(name string) (Kernel, error) {
	newest := Kernels[len(Kernels)-1]
	if name == "" {
		return newest, nil
	}
	for _, k := range Kernels {
		if family := strings.TrimSuffix(k.Name, "x"); strings.HasPrefix(name, family) && len(name) > len(family) {
			return k, nil
		}
	}
	if len(name) > 64 {
		name = name[:64] + "…"
	}
	return Kernel{}, &InputError{"Kernel", fmt.Sprintf("%q", name), `a version that begins with "4.", "5." or "6."`}
}

// Limits returns l with its zero fields set to this kernel's defaults where
// they differ from those of [sockets.Limits].
func (k Kernel) Limits(l sockets.Limits) sockets.Limits {
	l.Somaxconn = orDefault(l.Somaxconn, k.Somaxconn)
	l.Rmem, l.Wmem = orDefault(l.Rmem, k.Rmem), orDefault(l.Wmem, k.Wmem)
	l.SynLinearTimeouts = orDefault(l.SynLinearTimeouts, k.SynLinearTimeouts)
	return l.WithDefaults()
}

// Constant is one number of the model.
type Constant struct {
	Name, Unit string
	Value      int64
	Kernel     string // the version it is from; "any" where it never changed
	Source     string
}

// Constants lists every number that the model takes for granted, with unit,
// kernel version and source, as they are on this kernel.
func (k Kernel) Constants() []Constant {
	size := func(name string, v int64) Constant { return Constant{name, "B", v, k.Version, k.Source} }
	def := func(name, unit string, v int, source string) Constant {
		return Constant{name, unit, int64(v), k.Version, source}
	}
	s := k.Sizes
	return append([]Constant{
		def("net.core.somaxconn", "connections", k.Somaxconn, "include/linux/socket.h SOMAXCONN"),
		def("net.ipv4.tcp_rmem[1]", "B", k.Rmem, "net/ipv4/tcp.c tcp_init"),
		def("net.ipv4.tcp_wmem[1]", "B", k.Wmem, "net/ipv4/tcp.c tcp_init"),
		def("net.ipv4.tcp_syn_linear_timeouts", "timeouts", k.SynLinearTimeouts, "Documentation/networking/ip-sysctl.rst"),
		def("net.ipv4.tcp_tw_reuse", "0 off, 1 on, 2 loopback", k.TwReuse, "Documentation/networking/ip-sysctl.rst"),
		def("RLIMIT_NOFILE hard", "descriptors", k.HardNofile, "include/uapi/linux/fs.h INR_OPEN_MAX"),
		size("idle socket, server", s.Server), size("idle socket, client", s.Client),
		size("established, not accepted", s.Queued), size("half open (SYN_RECV)", s.HalfOpen),
		size("pair in TIME_WAIT", s.TimeWait), size("bind buckets of a client's port", s.Bucket),
		size("epoll watch", s.Epoll), size("conntrack entry", s.Tracked), size("queued packet, beside its bytes", s.Skb),
	}, everywhere...)
}

// everywhere are the constants that all three kernels share.
var everywhere = []Constant{
	{"RLIMIT_NOFILE soft", "descriptors", 1024, "any", "include/uapi/linux/fs.h INR_OPEN_CUR"},
	{"fs.nr_open", "descriptors", 1 << 20, "any", "fs/file.c sysctl_nr_open"},
	{"fs.nr_open, most", "descriptors", maxNrOpen, "any", "fs/file.c sysctl_nr_open_max"},
	{"fs.file-max of RAM in KiB", "1/n", fileShare, "any", "fs/file_table.c files_maxfiles_init"},
	{"ephemeral ports", "ports", 28232, "any since 4.2", "net/ipv4/af_inet.c inet_init_net; 60999 since commit 07f4c90062f8"},
	{"length of TIME_WAIT", "s", int64(timeWait.Seconds()), "any", "include/net/tcp.h TCP_TIMEWAIT_LEN"},
	{"tcp_mem[1] of RAM", "1/n", pressureShare, "any", "net/ipv4/tcp.c tcp_init_mem; [2] is half as much again"},
	{"page", "B", page, "x86-64", "arch/x86/include/asm/page_types.h"},
	{"established hash, RAM a bucket", "B", ehashRAM, "any", "net/ipv4/tcp.c tcp_init, alloc_large_system_hash"},
	{"established hash, most", "buckets", ehashMost, "any since 3.x", "net/ipv4/tcp.c tcp_init"},
	{"conntrack, most by default", "entries", trackMost, "any since 4.0", "net/netfilter/nf_conntrack_core.c nf_conntrack_init_start"},
	{"conntrack, closed connection", "s", int64(trackDead.Seconds()), "any", "net/netfilter/nf_conntrack_proto_tcp.c tcp_timeouts"},
	{"epoll watches of RAM", "1/n", epollShare, "any", "fs/eventpoll.c eventpoll_init"},
	{"epoll watch, as counted", "B", epollItem, "6.18", "fs/eventpoll.c EP_ITEM_COST"},
	{"packet on the wire, beside its payload", "B", frameBytes, "any", "Ethernet 38, IPv4 20, TCP 32 with timestamps"},
	{"payload of a packet", "B", segmentBytes, "any", "Ethernet's 1500 less IPv4 20 and TCP 32"},
	{"CPU of a new connection, server's side", "ns", int64(DefaultHandshakeCPU), "6.18",
		"measured: 27,600 connect+accept4+close a second on one thread with both ends; half of 36 µs"},
	{"CPU of a request and its answer", "ns", int64(DefaultMessageCPU), "6.18",
		"measured: 42,500 round trips a second, 9,900 connections on epoll, both ends on one thread; half of 23.5 µs"},
	{"application: goroutine in Read", "B", AppGoroutine, "Go 1.26", "measured, resident memory"},
	{"application: crypto/tls, beside the above", "B", TLSGo, "Go 1.26", "measured, resident memory"},
	{"application: net/http, keep-alive", "B", AppNetHTTP, "Go 1.26", "measured, resident memory"},
}
