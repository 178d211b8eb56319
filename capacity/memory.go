package capacity

import (
	"fmt"
	"math"
)

// What an application adds for an idle connection, in bytes of resident
// memory: Go 1.26 on Linux 6.18 x86-64, package net, one goroutine a
// connection, after a garbage collection, slope over 1,000 to 8,000
// connections (R² above 0.999). Kernel memory is not in them. A buffer that was
// never touched costs next to nothing; these were used once.
const (
	AppGoroutine      = 3504  // blocked in Read with a 1-byte buffer
	AppGoroutine4KiB  = 7688  // with a 4 KiB buffer
	AppGoroutineBufio = 11898 // with a bufio.Reader and a bufio.Writer
	AppNetHTTP        = 19381 // net/http, keep-alive, after one request
)

// What TLS adds to a connection in the program's memory, in bytes.
//
// TLSGo is measured as the constants above: crypto/tls of Go 1.26, TLS 1.3,
// one request answered, slope over 2,000 to 4,000 connections (17,455 with TLS
// less 3,528 without). TLSHAProxy is derived: its manual counts on 20,000
// saturated connections in a GB, and on 8,000 with TLS on the client's side
// (doc/intro.txt), 125 KB less 50. It is OpenSSL under load, an upper end.
const (
	TLSGo      = 13927
	TLSHAProxy = 75000
)

// ByMemory is how many connections fit into memory:
//
//	(ram - reserved) / perConn
//
// with perConn the bytes of kernel and application together.
func ByMemory(ram, reserved, perConn Bytes) (Count, error) {
	err := check(
		field{"ram", int64(ram), 1, maxCount},
		field{"reserved", int64(reserved), 0, int64(ram) - 1},
		field{"perConn", int64(perConn), 1, maxCount})
	if err != nil {
		return 0, err
	}
	return Count((ram - reserved) / perConn), nil
}

// NeedMemory is the memory that connections take:
//
//	connections × perConn + reserved
func NeedMemory(connections Count, reserved, perConn Bytes) (Bytes, error) {
	err := check(
		field{"connections", int64(connections), 0, maxCount},
		field{"reserved", int64(reserved), 0, maxCount},
		field{"perConn", int64(perConn), 1, maxCount})
	if err != nil {
		return 0, err
	}
	need, ok := mulAdd(int64(connections), int64(perConn), int64(reserved))
	if !ok {
		return 0, tooMany("connections × perConn + reserved",
			fmt.Sprintf("%v × %v + %v", connections, perConn, reserved))
	}
	return Bytes(need), nil
}

// PerConn is the memory each of connections may take, rounded down:
//
//	(ram - reserved) / connections
func PerConn(ram, reserved Bytes, connections Count) (Bytes, error) {
	if err := check(field{"connections", int64(connections), 1, maxCount}); err != nil {
		return 0, err
	}
	n, err := ByMemory(ram, reserved, Bytes(connections)) // the same division
	return Bytes(n), err
}

// KernelBytes is the kernel memory of one connection on a host of today's
// kernel; see [Workload.KernelBytesOn].
func (w Workload) KernelBytes() (Bytes, error) { return w.KernelBytesOn(Host{}) }

// KernelBytesOn is the kernel memory of one connection on this host: a
// server's socket, an outgoing one for each further descriptor and for the
// client's end where that is here too, the epoll watches, data that waits in
// the buffers, what tracks it, and its share of those that ended and are
// remembered in TIME_WAIT. Idle buffers hold nothing: tcp_rmem and tcp_wmem
// are limits, not allocations.
func (w Workload) KernelBytesOn(h Host) (Bytes, error) {
	if err := h.Limits.Validate(); err != nil {
		return 0, err
	}
	h, err := h.WithDefaults()
	if err != nil {
		return 0, err
	}
	if err := h.validate(); err != nil {
		return 0, err
	}
	if err := w.Validate(); err != nil {
		return 0, err
	}
	return w.WithDefaults().kernelBytes(h), nil
}

// kernelBytes is KernelBytes of valid values: at most 2^31 descriptors of a
// few gigabytes each, cut off at 2^62.
func (w Workload) kernelBytes(h Host) Bytes {
	ends := w.filesPerConn() // every file is one end of a connection
	s := h.Sizes
	each := s.Client
	if w.Epoll {
		each += s.Epoll
	}
	n, _ := mul(ends-1, each)
	n, _ = add(n, s.Server)
	if w.Epoll {
		n, _ = add(n, s.Epoll)
	}
	data, _ := mul(ends, int64(w.dataBytes(h)))
	n, _ = add(n, int64(whole(float64(data)*w.Waiting+0.5)))
	extra := float64(0)
	if h.Tracked {
		extra += float64(s.Tracked*w.tracked()) * (1 + w.ghosts(trackDead))
	}
	switch {
	case w.ServerCloses:
		extra += float64(s.TimeWait) * w.ghosts(h.Limits.TimeWait)
	case w.Backends > 0: // a proxy closes towards its backends
		extra += float64((s.TimeWait + s.Bucket)) * w.ghosts(h.Limits.TimeWait)
	}
	n, _ = add(n, int64(whole(extra+0.5)))
	return Bytes(min(n, 1<<62))
}

// Packets that wait: loopback hands over 64 KiB in three, an Ethernet card
// with receive offload does about as well. Each is charged skbTruesize beside
// its bytes against tcp_mem, in whole pages for each socket.
//
// Measured on Linux 6.18: 16 B, 1, 8 and 64 KiB unread are charged 848, 1,856,
// 9,024 and 68,032 B, that is 1, 1, 3 and 17 pages.
const (
	skbMost     = 64*KiB/3 + 1
	skbTruesize = 832
)

// dataBytes is the memory of what waits in both buffers of one socket.
func (w Workload) dataBytes(h Host) Bytes {
	one := func(b Bytes) int64 { return int64(b) + ceilDiv(int64(b), skbMost)*h.Sizes.Skb }
	return Bytes(one(w.Unread) + one(w.Unsent))
}

// DataPages is what data waiting in a socket is charged against tcp_mem, in
// pages of 4 KiB: at least one, however little it is.
func DataPages(waiting Bytes) (int64, error) {
	if err := check(field{"waiting", int64(waiting), 0, maxBuffer}); err != nil {
		return 0, err
	}
	return dataPages(waiting), nil
}

func dataPages(waiting Bytes) int64 {
	return ceilDiv(int64(waiting)+ceilDiv(int64(waiting), skbMost)*skbTruesize, page)
}

// BytesPerConn is kernel and application memory of one connection on today's
// kernel.
func (w Workload) BytesPerConn() (Bytes, error) {
	kernel, err := w.KernelBytes()
	return kernel + w.AppBytes + w.TLSBytes, err
}

// halfOpenBytes is the memory of the requests in the SYN queues.
func (w Workload) halfOpenBytes(h Host) Bytes { return Bytes(int64(w.HalfOpen) * h.Sizes.HalfOpen) }

// memoryWalls are RAM and the cgroup's memory.max: [ByMemory] with the
// workload's own bytes. What is seen at the end of RAM has two faces: a call
// that can fail returns ENOMEM, and a page that must be had brings the OOM
// killer (net/ipv4/af_inet.c inet_create, mm/oom_kill.c).
func memoryWalls(h Host, w Workload) ([]wall, error) {
	reserved := w.ReservedRAM + w.halfOpenBytes(h)
	if err := check(field{"ReservedRAM", int64(w.ReservedRAM), 0, h.Limits.RAM - 1}); err != nil {
		return nil, err
	}
	k, err := KernelNamed(h.Kernel)
	if err != nil {
		return nil, err
	}
	ram := byteWall(h, w, Bytes(h.Limits.RAM), reserved)
	ram.Limit, ram.Errno, ram.Call = RAM, k.SocketErrno, "socket"
	ram.Seen = k.SocketErrno + " at socket, drops, then the OOM killer"
	ram.Counter, ram.SS = "TcpExtListenDrops; oom_kill in /proc/vmstat; SUnreclaim in /proc/meminfo", "ss -s: TCP as many as fit"
	ram.Cost = "money, or a leaner program"
	walls := []wall{ram}
	if h.MemoryMax > 0 {
		group := byteWall(h, w, h.MemoryMax, reserved)
		group.Limit = MemoryMax
		group.Seen = "the OOM killer ends a process of the group; the host has memory left"
		group.Counter, group.SS = "memory.events: max, oom_kill", "the process's sockets are gone"
		group.Cost = "the neighbours' share of RAM"
		group.command = func(goal Count) string {
			need, err := NeedMemory(goal, reserved, w.perConn(h))
			if err != nil {
				return "fewer connections"
			}
			return fmt.Sprintf("echo %d > memory.max", int64(need))
		}
		walls = append(walls, group)
	}
	return walls, nil
}

// perConn is all memory of one connection on this host.
func (w Workload) perConn(h Host) Bytes { return w.kernelBytes(h) + w.AppBytes + w.TLSBytes }

// byteWall is a wall of so many bytes, less those reserved.
func byteWall(h Host, w Workload, have, reserved Bytes) wall {
	kernel, app := w.kernelBytes(h), w.AppBytes+w.TLSBytes
	free := max(0, have-reserved)
	return wall{
		Wall: Wall{
			Allows: Count(free / (kernel + app)),
			Sum:    fmt.Sprintf("(%v - %v) / (%v + %v)", have, reserved, kernel, app),
		},
		command: func(goal Count) string {
			need, err := NeedMemory(goal, reserved, kernel+app)
			if err != nil {
				return "fewer connections"
			}
			command := need.Approx() + " of RAM"
			// A leaner program helps as far as the kernel's own part.
			if share := free / Bytes(max(1, goal)); share > kernel {
				command += fmt.Sprintf(", or at most %v of application a connection", share-kernel)
			}
			return command
		},
	}
}

// tcpMemWalls are net.ipv4.tcp_mem: the data that waits in all sockets
// together, in pages. At the second number the kernel shrinks windows, at the
// third it refuses: writers wait, arriving packets are dropped.
//
// Source: net/core/sock.c __sk_mem_raise_allocated, net/ipv4/tcp_input.c
// tcp_try_rmem_schedule.
func tcpMemWalls(h Host, w Workload) []wall {
	per := float64(w.filesPerConn()*(dataPages(w.Unread)+dataPages(w.Unsent))) * w.Waiting
	if per == 0 {
		return nil
	}
	make := func(limit Resource, pages int64) wall {
		return wall{
			Wall: Wall{Limit: limit, Allows: whole(float64(pages) / per),
				Sum: fmt.Sprintf("%v pages / %s", Count(pages), figure(per, 4)),
				SS:  "ss -m: r and t add up; /proc/net/sockstat mem at the number", Cost: "RAM for data that waits"},
			command: func(goal Count) string {
				// The second number moves, or windows shrink before the goal; the
				// others keep tcp_init_mem's distance.
				need := int64(whole(math.Ceil(float64(goal) * per)))
				return fmt.Sprintf(`sysctl -w net.ipv4.tcp_mem="%d %d %d"`, need/4*3, need, need/4*6)
			},
		}
	}
	soft, hard := make(Pressure, h.TCPMem[1]), make(TCPMem, h.TCPMem[2])
	soft.Soft = true
	soft.Seen, soft.Counter = "no error: windows shrink, throughput falls", "TcpExtTCPMemoryPressures, TcpExtPruneCalled"
	hard.Errno, hard.Call = "EAGAIN", "write"
	hard.Seen = "EAGAIN at write (or it sleeps), arriving data is dropped"
	hard.Counter = `TcpExtTCPRcvQDrop, TcpExtTCPAbortOnMemory; dmesg "TCP: out of memory -- consider tuning tcp_mem"`
	return []wall{soft, hard}
}
