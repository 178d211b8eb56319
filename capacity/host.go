package capacity

import (
	"fmt"
	"math"
	"math/bits"
	"time"

	"socketbook/sockets"
)

// Host is a machine as a planner sees it: the [sockets.Limits] that a
// simulated host runs on, and what bounds a real one beside them. A zero field
// means Linux's default; what has no default is no wall until it is given.
type Host struct {
	Limits sockets.Limits
	Kernel string // "4.x", "5.x", "6.x" or a version of these; default "6.x"

	// TCPMem is net.ipv4.tcp_mem, in pages: the third number bounds the data
	// that waits in all TCP sockets together. Default from RAM: 4.68, 6.25 and
	// 9.37 % of it.
	TCPMem [3]int64

	// MemoryMax is the cgroup's memory.max. The sockets' kernel memory counts
	// against it as the program's own does. Default: no limit ("max").
	MemoryMax Bytes

	// Tracked says that a firewall or NAT rule tracks connections here.
	// ConntrackMax is net.netfilter.nf_conntrack_max; default from RAM, at
	// most 262,144.
	Tracked      bool
	ConntrackMax int64

	// EpollWatches is fs.epoll.max_user_watches. Default from RAM: 4 % of it.
	EpollWatches int64

	// TimeWaitMax is net.ipv4.tcp_max_tw_buckets. Default from RAM: half of
	// the established hash, at most 262,144.
	TimeWaitMax int64

	// NoSynCookies is net.ipv4.tcp_syncookies = 0; then MaxSynBacklog
	// (net.ipv4.tcp_max_syn_backlog, default from RAM) bounds the SYN queue.
	NoSynCookies  bool
	MaxSynBacklog int64

	// CPUs is how many cores may work for the connections. HandshakeCPU is
	// what one new connection takes of them, MessageCPU a request and its
	// answer, kernel and program together. Defaults: not a wall, and
	// [DefaultHandshakeCPU], [DefaultMessageCPU], which are an empty program's.
	CPUs                     float64
	HandshakeCPU, MessageCPU time.Duration

	// LinkRate is the network card's, in bits a second and direction.
	// PacketRate is how many packets a second host and card carry in and out
	// together. Defaults: not a wall.
	LinkRate, PacketRate float64

	// Sizes of kernel objects, where they were measured on this machine.
	// Default: the kernel's.
	Sizes Sizes
}

// What one event costs the server's CPU: Linux 6.18 on one x86-64 core of a
// virtual machine, over loopback, nothing done with the data. A real program
// is slower: measure yours.
const (
	DefaultHandshakeCPU = 18 * time.Microsecond
	DefaultMessageCPU   = 11800 * time.Nanosecond
)

// Shares of RAM and bounds by which the kernel sizes its tables; sources in
// [Kernel.Constants].
const (
	page          = 4096
	fileShare     = 10
	pressureShare = 16
	ehashRAM      = 128 * KiB
	ehashMost     = 524288
	trackMost     = 262144
	timeWait      = 60 * time.Second
	trackDead     = 120 * time.Second
)

// WithDefaults returns h with every zero field set.
func (h Host) WithDefaults() (Host, error) {
	k, err := KernelNamed(h.Kernel)
	if err != nil {
		return Host{}, err
	}
	h.Kernel = k.Name
	h.Limits = k.Limits(h.Limits)
	ram := h.Limits.RAM
	pages := ram / page
	if h.TCPMem == [3]int64{} {
		limit := max(128, pages/pressureShare)
		low := limit / 4 * 3
		h.TCPMem = [3]int64{low, limit, 2 * low}
	}
	h.EpollWatches = orDefault(h.EpollWatches, max(1, ram/epollShare/epollItem))
	h.ConntrackMax = orDefault(h.ConntrackMax, conntrackDefault(ram))
	ehash := min(ehashMost, roundUp2(ceilDiv(ram, ehashRAM)))
	h.TimeWaitMax = orDefault(h.TimeWaitMax, ehash/2)
	h.MaxSynBacklog = orDefault(h.MaxSynBacklog, max(128, ehash/128))
	h.HandshakeCPU = orDefault(h.HandshakeCPU, DefaultHandshakeCPU)
	h.MessageCPU = orDefault(h.MessageCPU, DefaultMessageCPU)
	if h.Sizes == (Sizes{}) {
		h.Sizes = k.Sizes
	}
	return h, nil
}

// conntrackDefault is nf_conntrack_max at boot: a step function of RAM.
//
// Source: net/netfilter/nf_conntrack_core.c nf_conntrack_init_start.
func conntrackDefault(ram int64) int64 {
	switch {
	case ram > 4*GiB:
		return trackMost
	case ram > 1*GiB:
		return 65536
	}
	return max(1024, ram/16384)
}

// roundUp2 is the power of two at or above n ≥ 1.
func roundUp2(n int64) int64 { return 1 << bits.Len64(uint64(n-1)) }

// validate reports the first field of h, defaults filled in, that no machine
// could have.
func (h Host) validate() error {
	if err := h.Limits.Validate(); err != nil {
		return err
	}
	err := check(
		field{"TCPMem[0]", h.TCPMem[0], 1, maxCount},
		field{"TCPMem[1]", h.TCPMem[1], h.TCPMem[0], maxCount},
		field{"TCPMem[2]", h.TCPMem[2], h.TCPMem[1], maxCount},
		field{"MemoryMax", int64(h.MemoryMax), 0, maxBytes},
		field{"EpollWatches", h.EpollWatches, 1, maxCount},
		field{"ConntrackMax", h.ConntrackMax, 1, maxCount},
		field{"TimeWaitMax", h.TimeWaitMax, 1, maxCount},
		field{"MaxSynBacklog", h.MaxSynBacklog, 1, maxCount},
		field{"HandshakeCPU", int64(h.HandshakeCPU), 1, int64(time.Hour)},
		field{"MessageCPU", int64(h.MessageCPU), 1, int64(time.Hour)})
	if err != nil {
		return err
	}
	for name, v := range h.Sizes.fields {
		if v < 1 || v > 1*GiB {
			return &InputError{"Sizes." + name, v, "1 to 1 GiB"}
		}
	}
	return checkFloats(
		realField{"CPUs", h.CPUs, 0, 1 << 20},
		realField{"LinkRate", h.LinkRate, 0, 1e15},
		realField{"PacketRate", h.PacketRate, 0, 1e15})
}

// fields walks over the sizes by their Go names.
func (s Sizes) fields(yield func(name string, v int64) bool) {
	for _, f := range []struct {
		name string
		v    int64
	}{{"Server", s.Server}, {"Client", s.Client}, {"Queued", s.Queued}, {"HalfOpen", s.HalfOpen},
		{"TimeWait", s.TimeWait}, {"Bucket", s.Bucket}, {"Epoll", s.Epoll}, {"Tracked", s.Tracked}, {"Skb", s.Skb}} {
		if !yield(f.name, f.v) {
			return
		}
	}
}

// realField is a number that need not be whole, with its range.
type realField struct {
	name          string
	value, lo, hi float64
}

// checkFloats reports the first field out of its range; NaN is in none.
func checkFloats(fields ...realField) error {
	for _, f := range fields {
		if !(f.value >= f.lo && f.value <= f.hi) {
			return &InputError{f.name, f.value, fmt.Sprintf("%g to %g", f.lo, f.hi)}
		}
	}
	return nil
}

// whole is x rounded down as a count, with a ceiling instead of an overflow.
func whole(x float64) Count {
	switch {
	case !(x > 0):
		return 0
	case x >= math.MaxInt64:
		return maxCount
	}
	return Count(x)
}
