package main

import (
	"fmt"
	"syscall"
	"time"
)

// The kernel over its loopback, with raw system calls, as far as this
// process's limit of descriptors reaches. Its memory is what the slabs of the
// whole machine have grown by, so other programs disturb it.

// kernelHold opens connections one after another and holds both ends.
func kernelHold(n int) (figures, error) {
	f := figures{Held: n, Note: "raw calls, one thread; memory is what the machine's slabs grew by"}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return f, err
	}
	limit.Cur = limit.Max
	syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
	if most := int(min(limit.Max, 1<<30))/2 - 50; n > most {
		f.Held = most
		f.Note = fmt.Sprintf("%d descriptors are this process's limit; %s", limit.Max, f.Note)
	}
	l, to, err := kernelListen()
	if err != nil {
		return f, err
	}
	before := slabs()
	start := time.Now()
	for k := range f.Held {
		// 127.0.0.1 has 28,232 ephemeral ports, 127.0.0.2 as many again.
		if _, _, err := kernelPair(l, to, byte(k/20_000)); err != nil {
			return f, fmt.Errorf("connection %d: %w", k, err)
		}
	}
	f.Rate = float64(f.Held) / time.Since(start).Seconds()
	f.Bytes = max(0, slabs()-before) / float64(f.Held)
	return f, nil
}

// slabs is the kernel's memory in slabs, in bytes.
func slabs() float64 { return procKB("/proc/meminfo", "Slab:") * 1024 }

func kernelListen() (fd int, at *syscall.SockaddrInet4, err error) {
	fd, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err == nil {
		err = syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	}
	if err == nil {
		err = syscall.Listen(fd, 1024)
	}
	if err != nil {
		return fd, nil, err
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		return fd, nil, err
	}
	return fd, name.(*syscall.SockaddrInet4), nil
}

func kernelPair(l int, to *syscall.SockaddrInet4, from byte) (here, there int, err error) {
	here, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err == nil && from > 0 {
		err = syscall.Bind(here, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1 + from}})
	}
	if err == nil {
		err = syscall.Connect(here, to)
	}
	if err == nil {
		there, _, err = syscall.Accept4(l, syscall.SOCK_CLOEXEC)
	}
	return here, there, err
}

// kernelTrips has no second thread: what the server does is called right after
// what the client does, so no wake-up is waited for.
func kernelTrips(n int) (float64, error) {
	l, to, err := kernelListen()
	if err != nil {
		return 0, err
	}
	here, there, err := kernelPair(l, to, 0)
	if err != nil {
		return 0, err
	}
	var b [64]byte
	start := time.Now()
	for range n {
		for _, step := range []struct {
			call func(int, []byte) (int, error)
			fd   int
		}{{syscall.Write, here}, {syscall.Read, there}, {syscall.Write, there}, {syscall.Read, here}} {
			if k, err := step.call(step.fd, b[:]); k != len(b) || err != nil {
				return 0, fmt.Errorf("%d bytes: %v", k, err)
			}
		}
	}
	return float64(n) / time.Since(start).Seconds(), nil
}

// kernelBulk writes and reads by turns on one thread.
func kernelBulk(bytes int) (float64, error) {
	l, to, err := kernelListen()
	if err != nil {
		return 0, err
	}
	here, there, err := kernelPair(l, to, 0)
	if err != nil {
		return 0, err
	}
	b := make([]byte, chunk)
	start := time.Now()
	for n := 0; n < bytes; {
		k, err := syscall.Write(there, b)
		if err != nil {
			return 0, err
		}
		for n += k; k > 0; {
			m, err := syscall.Read(here, b[:min(k, len(b))])
			if err != nil || m == 0 {
				return 0, fmt.Errorf("read %d bytes: %v", m, err)
			}
			k -= m
		}
	}
	return float64(bytes) / time.Since(start).Seconds(), nil
}
