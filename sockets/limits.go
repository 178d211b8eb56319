package sockets

import (
	"fmt"
	"time"
)

// Limits holds every bound and default of one host. It is the one value that
// theory and experiment share: [Network.NewHost] runs on it, and package
// capacity computes from it.
//
// A zero field means the default of Linux 6.18, so Limits{Somaxconn: 8} is a
// stock host with a short accept queue. Zero never means "none"; a field that
// can be zero says so. [Limits.WithDefaults] fills the zeros in,
// [Limits.Validate] refuses what no kernel would take.
type Limits struct {
	// RAM of the host, in bytes. The kernel has no default for it: 16 GiB is
	// the machine of the book's running example.
	RAM int64

	// NofileSoft and NofileHard are RLIMIT_NOFILE of a new process, in
	// descriptors. Soft is enforced (EMFILE), hard is how far a process may
	// raise it itself. Kernel defaults 1024 and 4096: include/uapi/linux/fs.h
	// INR_OPEN_CUR, INR_OPEN_MAX. (systemd gives its services 1024:524288.)
	NofileSoft, NofileHard int

	// NrOpen is fs.nr_open, the ceiling of any NofileHard, in descriptors.
	// Default 1,048,576: fs/file.c sysctl_nr_open.
	NrOpen int

	// FileMax is fs.file-max, open files of the whole host (ENFILE beyond).
	// Default RAM in KiB / 10, at least 8192: fs/file_table.c
	// files_maxfiles_init (which leaves out the memory used at boot; so do not
	// expect the last digit of a real machine).
	FileMax int64

	// Somaxconn is net.core.somaxconn: listen() clamps its backlog to it.
	// Default 4096 since Linux 5.4 (128 before): include/linux/socket.h.
	Somaxconn int

	// PortLow and PortHigh are net.ipv4.ip_local_port_range, both ends
	// included: the ephemeral ports. Default 32768 and 60999, that is 28,232
	// ports: net/ipv4/af_inet.c inet_init_net.
	PortLow, PortHigh int

	// UnprivilegedPortStart is net.ipv4.ip_unprivileged_port_start: below it,
	// bind needs CAP_NET_BIND_SERVICE. Default 1024: Documentation/networking/
	// ip-sysctl.rst. A value of -1 stands for the kernel's 0 ("no port is
	// privileged"), since zero here asks for the default.
	UnprivilegedPortStart int

	// SynRetries is net.ipv4.tcp_syn_retries: how often a SYN without answer
	// is sent again. Default 6: ip-sysctl.rst. SynLinearTimeouts
	// (net.ipv4.tcp_syn_linear_timeouts, default 4 since Linux 6.5) of them
	// keep the first timeout before it doubles: 1,1,1,1,1,2,4,8,16,32 s, and
	// ETIMEDOUT at 131 s with 6+4.
	SynRetries, SynLinearTimeouts int

	// SynackRetries is net.ipv4.tcp_synack_retries: how often a SYN-ACK is
	// sent again. Default 5, so a half-open connection lives 63 s:
	// ip-sysctl.rst.
	SynackRetries int

	// Retries2 is net.ipv4.tcp_retries2: how often unacknowledged data is sent
	// again before the connection dies with ETIMEDOUT. Default 15, about
	// 15 minutes: ip-sysctl.rst.
	Retries2 int

	// TimeWait is how long the side that closed first keeps the pair of
	// addresses: TCP_TIMEWAIT_LEN, 60 s, a constant of the kernel
	// (include/net/tcp.h). It is a field so that an experiment can be short.
	TimeWait time.Duration

	// FinTimeout is net.ipv4.tcp_fin_timeout: how long an orphan may stay in
	// FIN_WAIT2. Default 60 s: include/net/tcp.h TCP_FIN_TIMEOUT.
	FinTimeout time.Duration

	// Rmem and Wmem are the default receive and send buffer of a TCP socket,
	// in bytes: the middle numbers of net.ipv4.tcp_rmem (131072) and
	// net.ipv4.tcp_wmem (16384), net/ipv4/tcp.c tcp_init. A buffer is a limit,
	// not an allocation: an idle socket holds none.
	Rmem, Wmem int

	// MSS is the largest TCP segment a host announces, in bytes of payload.
	// Default 1460 = Ethernet's 1500 less 20 (IPv4) less 20 (TCP): RFC 9293
	// §3.7.1.
	MSS int

	// RxRing and TxRing are the descriptor rings of a network card, in frames.
	// Default 1024: drivers/net/ethernet/mellanox/mlx5/core/en.h
	// MLX5E_PARAMS_DEFAULT_LOG_RQ_SIZE, _LOG_SQ_SIZE (2^10). See ethtool -g.
	RxRing, TxRing int

	// Queues is how many rx rings a card has, each with its interrupt, and CPUs
	// how many CPUs serve them, ring k by CPU k modulo CPUs. Default 1 ring, and
	// as many CPUs as rings. See ethtool -l.
	Queues, CPUs int

	// Costs is what work costs a CPU. Zero: nothing, see [KernelCosts].
	Costs Costs

	// RxBudget is how many frames one driver poll may take from the ring
	// before others get a turn, its weight. Default 64: include/linux/netdevice.h
	// NAPI_POLL_WEIGHT.
	RxBudget int

	// RxUsecs and RxFrames moderate the interrupt: it is raised this long
	// after the first frame, or at this many frames, whichever comes first.
	// Default 16 µs and 32 frames: mlx5/core/en.h
	// MLX5E_PARAMS_DEFAULT_RX_CQ_MODERATION_USEC, _PKTS. See ethtool -c. A
	// negative RxUsecs means no moderation: every frame interrupts at once.
	RxUsecs  time.Duration
	RxFrames int

	// WakeupLatency is the time from the wake-up of a sleeping program to its
	// running again. Default 2 µs: measured, 1.9 µs on Linux 6.18 x86-64, a
	// byte sent to and fro through two pipes between two processes on one
	// CPU (5.2 µs a round trip, less the system calls' own 1.5 µs, halved;
	// `perf bench sched pipe` measures the same).
	WakeupLatency time.Duration
}

// Sizes of kernel objects of one socket on Linux 6.18 x86-64, in bytes as the
// slab allocator spends them (object size with its share of the slab's waste).
// Measured from slabinfo over 8,000 idle connections, a least-squares fit with
// R² above 0.999.
const (
	SizeTCPSock    = 2521 // struct tcp_sock, cache "TCP"
	SizeSockInode  = 862  // struct socket_alloc, cache "sock_inode_cache"
	SizeFile       = 195  // struct file, cache "filp"
	SizeDentry     = 195  // struct dentry, cache "dentry"
	SizeSockLSM    = 56   // security blobs of the inode and the file
	SizeBindBucket = 128  // tcp_bind_bucket, and again tcp_bind2_bucket
	SizeRequest    = 341  // struct tcp_request_sock: a half-open connection
	SizeTimeWait   = 256  // struct tcp_timewait_sock, cache "tw_sock_TCP"
	SizeEpollItem  = 208  // epitem 128 + eppoll_entry 64 + ep_head 16
	SizeConntrack  = 256  // struct nf_conn, per connection, where tracking is on

	// SizeServerSocket is an idle ESTABLISHED socket of a server: 3,829 B.
	SizeServerSocket = SizeTCPSock + SizeSockInode + SizeFile + SizeDentry + SizeSockLSM
	// SizeClientSocket owns its ephemeral port, hence two bind buckets: 4,085 B.
	SizeClientSocket = SizeServerSocket + 2*SizeBindBucket
)

// Bounds of the fields of [Limits], each the kernel's own where it has one.
const (
	maxPort      = 65535
	maxNrOpen    = 2147483584 // INT_MAX & -64: fs/file.c sysctl_nr_open_max
	minNrOpen    = 64         // BITS_PER_LONG: fs/file.c sysctl_nr_open_min
	maxSomaxconn = 2147483647 // INT_MAX: net/core/sysctl_net_core.c
	maxRAM       = 1 << 52    // 4 PiB, the reach of x86-64's page tables
	maxRing      = 8192       // 2^13: mlx5/core/en.h MLX5E_PARAMS_MAXIMUM_LOG_RQ_SIZE
	maxMSS       = 65495      // 65535 less 40 bytes of headers
	minMSS       = 88         // TCP_MIN_SND_MSS 48 + 40: ip-sysctl.rst tcp_min_snd_mss
	maxTime      = 24 * time.Hour
)

// WithDefaults returns l with every zero field set to the kernel's default.
func (l Limits) WithDefaults() Limits {
	set(&l.RAM, 16<<30)
	set(&l.NofileSoft, 1024)
	set(&l.NofileHard, max(4096, l.NofileSoft))
	set(&l.NrOpen, max(1<<20, l.NofileHard))
	set(&l.FileMax, max(8192, l.RAM/1024/10))
	set(&l.Somaxconn, 4096)
	set(&l.PortLow, 32768)
	set(&l.PortHigh, 60999)
	set(&l.UnprivilegedPortStart, 1024)
	set(&l.SynRetries, 6)
	set(&l.SynLinearTimeouts, 4)
	set(&l.SynackRetries, 5)
	set(&l.Retries2, 15)
	set(&l.TimeWait, 60*time.Second)
	set(&l.FinTimeout, 60*time.Second)
	set(&l.Rmem, 131072)
	set(&l.Wmem, 16384)
	set(&l.MSS, 1460)
	set(&l.RxRing, 1024)
	set(&l.TxRing, 1024)
	set(&l.Queues, 1)
	set(&l.CPUs, l.Queues)
	set(&l.RxBudget, 64)
	set(&l.RxUsecs, 16*time.Microsecond)
	set(&l.RxFrames, 32)
	set(&l.WakeupLatency, 2*time.Microsecond)
	return l
}

func set[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// LimitError is the answer to a [Limits] or an option no host could run on.
type LimitError struct {
	Field   string // as in the Go source, for instance "PortHigh"
	Value   any
	Allowed string // a range or a rule, in words
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("sockets: %s is %v, allowed: %s", e.Field, e.Value, e.Allowed)
}

// Validate reports the first field of l, after [Limits.WithDefaults], that a
// kernel would refuse. The error is a *[LimitError].
func (l Limits) Validate() error {
	l = l.WithDefaults()
	for _, c := range []struct {
		field         string
		value, lo, hi int64
	}{
		{"RAM", l.RAM, 1 << 20, maxRAM},
		{"NrOpen", int64(l.NrOpen), minNrOpen, maxNrOpen},
		{"NofileHard", int64(l.NofileHard), 1, int64(l.NrOpen)},
		{"NofileSoft", int64(l.NofileSoft), 1, int64(l.NofileHard)},
		{"FileMax", l.FileMax, 1, 1<<63 - 1},
		{"Somaxconn", int64(l.Somaxconn), 1, maxSomaxconn},
		{"PortHigh", int64(l.PortHigh), 1, maxPort},
		{"PortLow", int64(l.PortLow), 1, int64(l.PortHigh)},
		{"UnprivilegedPortStart", int64(l.UnprivilegedPortStart), -1, maxPort},
		{"SynRetries", int64(l.SynRetries), 1, 127},
		{"SynLinearTimeouts", int64(l.SynLinearTimeouts), 1, 127},
		{"SynackRetries", int64(l.SynackRetries), 1, 255},
		{"Retries2", int64(l.Retries2), 1, 255},
		{"Rmem", int64(l.Rmem), 2304, 1 << 30}, // SOCK_MIN_RCVBUF: include/net/sock.h
		{"Wmem", int64(l.Wmem), 4608, 1 << 30}, // SOCK_MIN_SNDBUF: include/net/sock.h
		{"MSS", int64(l.MSS), minMSS, maxMSS},
		{"RxRing", int64(l.RxRing), 1, maxRing},
		{"TxRing", int64(l.TxRing), 1, maxRing},
		{"Queues", int64(l.Queues), 1, rssTable},
		{"CPUs", int64(l.CPUs), 1, 8192}, // CONFIG_NR_CPUS_RANGE_END: arch/x86/Kconfig
		{"RxBudget", int64(l.RxBudget), 1, maxRing},
		{"RxFrames", int64(l.RxFrames), 1, maxRing},
	} {
		if c.value < c.lo || c.value > c.hi {
			return &LimitError{c.field, c.value, fmt.Sprintf("%d to %d", c.lo, c.hi)}
		}
	}
	for _, c := range []struct {
		field  string
		value  time.Duration
		lo, hi time.Duration
	}{
		{"TimeWait", l.TimeWait, 1, maxTime},
		{"FinTimeout", l.FinTimeout, 1, maxTime},
		{"RxUsecs", l.RxUsecs, -1, time.Second},
		{"WakeupLatency", l.WakeupLatency, 0, time.Second},
	} {
		if c.value < c.lo || c.value > c.hi {
			return &LimitError{c.field, c.value, fmt.Sprintf("%v to %v", c.lo, c.hi)}
		}
	}
	for _, c := range l.Costs.each() {
		if c.value < 0 || c.value > maxCost {
			return &LimitError{c.field, c.value, fmt.Sprintf("0 to %v", maxCost)}
		}
	}
	return nil
}

// EphemeralPorts is how many ports [Limits.PortLow] to [Limits.PortHigh] hold:
// 28,232 by default.
func (l Limits) EphemeralPorts() int {
	l = l.WithDefaults()
	return l.PortHigh - l.PortLow + 1
}
