//go:build linux && (amd64 || arm64)

package linux

import (
	"fmt"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// task is a process or a thread of the machine, and this program's end of its
// slot.
type task struct {
	m     *machine
	n     uint32 // its slot
	pid   int
	pidfd int
	limit time.Duration // of one call; 0: the machine's end

	mu    sync.Mutex // one call at a time
	head  *slot
	used  uintptr       // bytes of the arena that the call has taken
	asked chan struct{} // if not nil, closed when the first call is under way
}

// adopt makes a task known.
func (m *machine) adopt(n uint32, pid int, err error) (*task, error) {
	if err != nil {
		return nil, err
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return nil, fmt.Errorf("pidfd_open: %w", err)
	}
	t := &task{m: m, n: n, pid: pid, pidfd: fd, head: m.slot(n)}
	m.mu.Lock()
	m.tasks[n] = t
	m.mu.Unlock()
	return t, t.dieWithHelper()
}

// fork makes a copy of the task: clone(2) with its flags. The helper is its
// parent, as it is everybody's.
func (t *task) fork(flags uintptr) (*task, error) {
	m := t.m
	m.mu.Lock()
	n := uint32(0)
	for n < maxTasks && m.tasks[n] != nil {
		n++
	}
	if n < maxTasks {
		m.tasks[n] = &task{m: m, pidfd: -1} // taken
	}
	m.mu.Unlock()
	if n == maxTasks {
		return nil, fmt.Errorf("sockets/linux: a machine has room for %d processes and threads", maxTasks)
	}
	pid, err := t.clone(n, flags)
	child, err := m.adopt(n, pid, err)
	if err != nil {
		m.mu.Lock()
		m.tasks[n] = nil
		m.mu.Unlock()
	}
	return child, err
}

// clone makes the new task, in slot n.
func (t *task) clone(n uint32, flags uintptr) (int, error) {
	o := t.order()
	defer o.end()
	if o.err == nil {
		t.head.child = n
		*t.m.slot(n) = slot{}
	}
	return o.do(unix.SYS_CLONE, flags|unix.CLONE_PARENT|uintptr(unix.SIGCHLD))
}

// end waits until the task is gone, with all it had open, and frees its slot.
func (t *task) end() {
	for end := time.Now().Add(5 * time.Second); !t.gone(100) && time.Now().Before(end); {
	}
	t.m.mu.Lock()
	defer t.m.mu.Unlock()
	if t.pidfd >= 0 {
		t.m.tasks[t.n] = nil
		unix.Close(t.pidfd)
		t.pidfd = -1
	}
}

func (t *task) kill() {
	t.m.mu.Lock()
	defer t.m.mu.Unlock()
	if t.pidfd >= 0 {
		unix.PidfdSendSignal(t.pidfd, unix.SIGKILL, nil, 0)
	}
}

// gone waits so many milliseconds for the task's end, and reports it.
func (t *task) gone(ms int) bool {
	t.m.mu.Lock()
	fd := t.pidfd
	t.m.mu.Unlock()
	if fd < 0 {
		return true
	}
	n, _ := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, ms)
	return n > 0
}

// call makes a system call in the task, as part of an order. The error is a
// unix.Errno, or says why there is no answer.
func (t *task) call(nr uintptr, args ...uintptr) (uintptr, error) {
	m, h := t.m, t.head
	h.nr = nr
	h.args = [6]uintptr{}
	copy(h.args[:], args)
	store(&h.state, slotAsked)
	futex(&h.state, futexWake, 1, nil)
	if t.asked != nil {
		close(t.asked)
		t.asked = nil
	}
	end := m.deadline
	if t.limit != 0 {
		end = time.Now().Add(t.limit)
	}
	slice := unix.NsecToTimespec(int64(50 * time.Millisecond))
	for load(&h.state) == slotAsked {
		futex(&h.state, futexWait, slotAsked, &slice)
		if load(&h.state) != slotAsked {
			break
		}
		switch {
		case m.closed.Load():
			return 0, errClosed
		case t.gone(0):
			return 0, unix.ESRCH
		case time.Now().After(end):
			t.kill()
			return 0, &WaitError{Limit: t.limit}
		}
	}
	if h.errno != 0 {
		return 0, unix.Errno(h.errno)
	}
	return h.ret, nil
}

func futex(p *uint32, op, val int, timeout *unix.Timespec) {
	unix.Syscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(p)), uintptr(op), uintptr(val), uintptr(unsafe.Pointer(timeout)), 0, 0)
}
