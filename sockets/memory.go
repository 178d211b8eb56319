package sockets

import (
	"fmt"
	"strings"
)

// MemoryUse is what a host's sockets cost: on Linux, object by object, and
// here. The first is a count of kernel objects times their measured sizes (see
// SizeTCPSock and those beside it) and of data as the kernel charges it; the
// second is measured.
type MemoryUse struct {
	Objects     []KernelObjects
	Connections int // TCP sockets with a peer, TIME_WAIT included

	// What TCP's queues hold, in pages of 4 KiB: each buffer by its truesize,
	// each socket rounded up (__sk_mem_raise_allocated). TCPMem is
	// net.ipv4.tcp_mem: below the first all is well, above the second TCP saves,
	// above the third it drops.
	TCPPages int
	TCPMem   [3]int

	// Tables is what the host takes in this process, see [Host.Footprint]. RAM
	// is what it has: [Limits.RAM].
	Tables, RAM int64
}

// KernelObjects are n objects of one slab cache.
type KernelObjects struct {
	Cache string // as in /proc/slabinfo
	N     int
	Size  int // bytes, with the object's share of its slab
}

// MemoryUse looks at every socket of the host.
func (h *Host) MemoryUse() MemoryUse {
	m := MemoryUse{Tables: h.Footprint(), RAM: h.limits.RAM, TCPMem: tcpMem(h.limits.RAM)}
	var tcp, files, timeWait, own int
	h.socks.each(func(_ uint32, s *sock) {
		switch {
		case s.state == 0 || s.proto != protoTCP:
			return
		case s.over():
			timeWait++
			m.Connections++
			return
		}
		tcp++
		if s.rport != 0 {
			m.Connections++
		}
		if s.refs > 0 {
			files++
		}
		if s.owner != 0 && h.ports.owner(s.owner).auto {
			own++
		}
		m.TCPPages += h.queuePages(s)
	})
	table := 0
	for _, p := range h.procs {
		table += p.fds.room()
	}
	m.Objects = []KernelObjects{
		{"TCP", tcp, SizeTCPSock}, {"sock_inode_cache", files, SizeSockInode}, {"filp", files, SizeFile}, {"dentry", files, SizeDentry},
		{"lsm blobs", files, SizeSockLSM},
		{"tcp_bind_bucket", h.ports.inUse, SizeBindBucket},
		// One for each address and port: what connect gave is a socket's own.
		{"tcp_bind2_bucket", own + h.boundOwners(), SizeBindBucket},
		{"request_sock_TCP", h.requests.live, SizeRequest}, {"tw_sock_TCP", timeWait, SizeTimeWait},
		{"eventpoll", h.items.live, SizeEpollItem}, {"descriptor tables", table, 8},
		{"pages of data", m.TCPPages, pageSize},
	}
	return m
}

// queuePages is what a socket's queues are charged, in pages.
func (h *Host) queuePages(s *sock) int {
	if s.traffic == 0 || s.state == Listen {
		return 0
	}
	t, bytes := h.traffic.at(s.traffic), 0
	for _, k := range [...]uint32{t.rcvHead, t.sndHead} {
		for ; k != 0; k = h.skbs.at(k).next {
			b := h.skbs.at(k)
			bytes += truesize(int(b.off + b.len))
		}
	}
	return pages(uint64(bytes))
}

// boundOwners is how many addresses with a port were bound by programs.
func (h *Host) boundOwners() int {
	n := 0
	h.ports.buckets.each(func(_ uint32, e *portEntry) {
		if e.owner.count > 0 && !e.owner.auto {
			n++
		}
	})
	return n
}

// tcpMem is net.ipv4.tcp_mem as the kernel sets it at boot, in pages: a
// sixteenth of the memory is the middle, the others three quarters and three
// halves of it (net/ipv4/tcp.c tcp_init_mem, which leaves out what is not free
// then).
func tcpMem(ram int64) [3]int {
	limit := max(int(ram/pageSize/16), 128)
	return [3]int{limit / 4 * 3, limit, limit / 4 * 3 * 2}
}

// Kernel is the bytes that Linux would take.
func (m MemoryUse) Kernel() int64 {
	all := int64(0)
	for _, o := range m.Objects {
		all += int64(o.N) * int64(o.Size)
	}
	return all
}

// String is the host's memory on Linux and here, side by side, object by
// object and then for a connection.
func (m MemoryUse) String() string { return m.Beside(m.Tables) }

// Beside is String with what the caller has measured in place of what the
// tables take, in bytes: the growth of the process's resident memory, for
// instance.
func (m MemoryUse) Beside(here int64) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-18s %11s %6s %9s %9s\n", "", "objects", "each", "Linux", "here")
	for _, o := range m.Objects {
		if o.N > 0 {
			fmt.Fprintf(&b, "%-18s %11s %6d %9s\n", o.Cache, commas(o.N), o.Size, inBytes(int64(o.N)*int64(o.Size)))
		}
	}
	fmt.Fprintf(&b, "%-18s %11s %6s %9s %9s\n", "all", "", "", inBytes(m.Kernel()), inBytes(here))
	if n := int64(m.Connections); n > 0 {
		fmt.Fprintf(&b, "%-18s %11s %6s %9s %9s\n", "a connection", commas(m.Connections), "", inBytes(m.Kernel()/n), inBytes(here/n))
	}
	fmt.Fprintf(&b, "%-18s %11s %6s %9s\n", "the host's RAM", "", "", inBytes(m.RAM))
	fmt.Fprintf(&b, "tcp_mem: %s pages of %s, %s, %s\n", commas(m.TCPPages), commas(m.TCPMem[0]), commas(m.TCPMem[1]), commas(m.TCPMem[2]))
	return b.String()
}

// commas writes a number in groups of three digits.
func commas(n int) string {
	s := itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
