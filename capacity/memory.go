package capacity

import (
	"fmt"

	"socketbook/sockets"
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

// KernelBytes is the kernel memory of one idle connection on this host: a
// server's socket, an outgoing one for each further descriptor and for the
// client's end where that is here too, and the epoll watches. Idle buffers
// hold nothing: tcp_rmem and tcp_wmem are limits, not allocations.
//
// The sizes are those of package sockets; see [sockets.SizeServerSocket].
func (w Workload) KernelBytes() (Bytes, error) {
	if err := w.Validate(); err != nil {
		return 0, err
	}
	return w.WithDefaults().kernelBytes(), nil
}

// kernelBytes is KernelBytes of a valid workload: at most 2^31 × 2^13.
func (w Workload) kernelBytes() Bytes {
	ends := w.filesPerConn() // every file is one end of a connection
	n := sockets.SizeServerSocket + (ends-1)*sockets.SizeClientSocket
	if w.Epoll {
		n += ends * sockets.SizeEpollItem
	}
	return Bytes(n)
}

// BytesPerConn is kernel and application memory of one idle connection.
func (w Workload) BytesPerConn() (Bytes, error) {
	kernel, err := w.KernelBytes()
	return kernel + w.AppBytes, err
}

// memoryWall is [ByMemory] with the workload's own bytes. What is seen there
// has two faces: a call that can fail returns ENOMEM, and a page that must be
// had brings the OOM killer (net/ipv4/af_inet.c inet_create, mm/oom_kill.c).
func memoryWall(l sockets.Limits, w Workload) (wall, error) {
	if err := check(field{"ReservedRAM", int64(w.ReservedRAM), 0, l.RAM - 1}); err != nil {
		return wall{}, err
	}
	kernel := w.kernelBytes()
	perConn := kernel + w.AppBytes
	n, err := ByMemory(Bytes(l.RAM), w.ReservedRAM, perConn)
	if err != nil {
		return wall{}, err
	}
	return wall{
		Wall: Wall{
			Limit: RAM, Allows: n,
			Sum:   fmt.Sprintf("(%v - %v) / (%v + %v)", Bytes(l.RAM), w.ReservedRAM, kernel, w.AppBytes),
			Errno: "ENOMEM", Call: "socket",
			Seen: "ENOMEM at socket, drops, then the OOM killer",
			Cost: "money, or a leaner program",
		},
		command: func(goal Count) string {
			need, err := NeedMemory(goal, w.ReservedRAM, perConn)
			if err != nil {
				return "fewer connections"
			}
			command := need.Approx() + " of RAM"
			// A leaner program helps as far as the kernel's own part.
			if share, err := PerConn(Bytes(l.RAM), w.ReservedRAM, goal); err == nil && share > kernel {
				command += fmt.Sprintf(", or at most %v of application a connection", share-kernel)
			}
			return command
		},
	}, nil
}
