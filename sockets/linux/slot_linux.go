//go:build linux && (amd64 || arm64)

package linux

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A process of a program must be bare: no descriptor that the program did not
// open, and a true fork(2). A Go process is neither, for its runtime has
// threads, and now and then descriptors of its own. So a task is a copy of a
// Go process made by a raw clone(2), in which the runtime never runs again.
// It knows one loop: wait for an order in shared memory, make that system
// call, leave the answer. The memory is no descriptor, and neither is the futex
// that wakes it, so its table is empty and the calls find it as they would find
// a C program's.

const (
	maxTasks = 128      // of one machine: processes and threads together
	slotSize = 32 << 20 // of address space; memory only where it is touched
	headSize = 4096     // of a slot, before its arena
	pageSize = 64 << 10 // behind the arena, for order.cliff: a page of any size
)

// States of a slot.
const (
	slotIdle  = iota
	slotAsked // the task is to make the call, or is making it
)

// slot is the head of a task's part of the shared memory.
type slot struct {
	state uint32 // a futex word
	child uint32 // with clone: the slot of the new task
	nr    uintptr
	args  [6]uintptr
	ret   uintptr
	errno uintptr
}

// slotAt is the head of slot n in a mapping of the memory.
//
//go:norace
//go:nosplit
//go:nocheckptr
func slotAt(base unsafe.Pointer, n uint32) *slot {
	return (*slot)(unsafe.Add(base, uintptr(n)*slotSize))
}

// serve is a task's whole life. It runs in a copy of the process with a single
// thread and without a runtime: nothing in it may allocate, grow the stack,
// write a pointer to memory, or be instrumented.
//
//go:norace
//go:nosplit
//go:nocheckptr
//go:noinline
func serve(base unsafe.Pointer, n uint32) {
	for {
		s := slotAt(base, n)
		for v := load(&s.state); v != slotAsked; v = load(&s.state) {
			syscall.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(&s.state)), futexWait, uintptr(v), 0, 0, 0)
		}
		r, _, e := syscall.RawSyscall6(s.nr, s.args[0], s.args[1], s.args[2], s.args[3], s.args[4], s.args[5])
		if s.nr == unix.SYS_CLONE && r == 0 && e == 0 {
			n = s.child // the new task; the old one gives the answer
			continue
		}
		s.ret, s.errno = r, uintptr(e)
		store(&s.state, slotIdle)
		syscall.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(&s.state)), futexWake, 1, 0, 0, 0)
	}
}

// firstTask makes the task in slot 0 and returns its pid.
//
//go:norace
//go:nosplit
//go:nocheckptr
//go:noinline
func firstTask(base unsafe.Pointer) (pid uintptr, e syscall.Errno) {
	pid, _, e = syscall.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if pid == 0 && e == 0 {
		serve(base, 0)
	}
	return pid, e
}

// Operations of futex(2), between processes (include/uapi/linux/futex.h).
const (
	futexWait = 0
	futexWake = 1
)
