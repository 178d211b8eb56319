//go:build linux && (amd64 || arm64)

package linux

import (
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"socketbook/sockets"
)

// process is a program on the real kernel: a task of its own, and more tasks
// for its threads.
type process struct {
	thread
	m   *machine
	uid int

	mu      sync.Mutex
	threads []*task
}

// Process makes a process.
func (m *machine) Process(name string, uid int) (Process, error) {
	p, err := m.newProcess(name, uid)
	if err != nil {
		return nil, err
	}
	return p, nil
}

func (m *machine) newProcess(name string, uid int) (*process, error) {
	if m.closed.Load() {
		return nil, errClosed
	}
	t, err := m.hand.fork(0)
	if err != nil {
		return nil, err
	}
	p := m.process(t)
	if err = t.named(name); err == nil {
		err = p.setrlimit(0, nofileSoft, nofileHard)
	}
	if err == nil {
		err = t.dropRights()
	}
	if err == nil && uid != 0 {
		err = p.setuid(uid)
	}
	if err != nil {
		t.kill()
		t.end()
		return nil, fmt.Errorf("sockets/linux: a process of user %d: %w", uid, err)
	}
	t.limit = patience
	return p, nil
}

// RLIMIT_NOFILE of a new process, as on the simulated host.
const nofileSoft, nofileHard = 1024, 4096

func (m *machine) process(t *task) *process {
	p := &process{m: m}
	p.thread = thread{t, p}
	return p
}

// Fork is fork(2).
func (p *process) Fork(name string) (Process, error) {
	c, err := p.fork(name)
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (p *process) fork(name string) (*process, error) {
	t, err := p.t.fork(0)
	if err != nil {
		return nil, failed("fork", -1, "", err)
	}
	t.named(name)
	t.limit = p.t.limit
	c := p.m.process(t)
	c.uid = p.uid
	return c, nil
}

// Start runs f on another thread.
func (p *process) Start(f func(k sockets.Calls)) (func(time.Duration) bool, error) {
	over, err := p.start(f)
	if err != nil {
		return nil, err
	}
	return func(wait time.Duration) bool {
		select {
		case <-over:
			return true
		case <-time.After(wait):
			return false
		}
	}, nil
}

// start runs f with calls of another thread of the process, and returns when
// f has made its first call, or ended. The channel is closed at its end.
//
// The thread is a clone(2) that shares the table of descriptors (CLONE_FILES)
// but not the memory, for which there is one stack only. So it has a pid and
// limits of its own, which no call about sockets sees.
func (p *process) start(f func(k sockets.Calls)) (ended <-chan struct{}, err error) {
	t, err := p.t.fork(unix.CLONE_FILES)
	if err != nil {
		return nil, failed("clone", -1, "", err)
	}
	asked, over := make(chan struct{}), make(chan struct{})
	t.asked = asked
	p.mu.Lock()
	p.threads = append(p.threads, t)
	p.mu.Unlock()
	go func() {
		defer close(over)
		f(&thread{t, p})
		t.kill()
		t.end()
		p.forget(t)
	}()
	select {
	case <-asked:
	case <-over:
	}
	return over, nil
}

func (p *process) forget(t *task) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.threads {
		if p.threads[i] == t {
			p.threads = append(p.threads[:i], p.threads[i+1:]...)
			return
		}
	}
}

// others are the tasks of the process but one.
func (p *process) others(but *task) []*task {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []*task
	for _, t := range append([]*task{p.t}, p.threads...) {
		if t != but {
			list = append(list, t)
		}
	}
	return list
}

// Exit is exit_group(2): its threads end, its descriptors are closed.
func (p *process) Exit() {
	for _, t := range p.others(p.t) {
		t.kill() // its goroutine sees it and ends
	}
	for range 1000 {
		if len(p.others(p.t)) == 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	p.t.kill()
	p.t.end()
}

// setuid makes the process one of another user, with no rights: uid and gid
// are the same number.
func (p *process) setuid(uid int) error {
	if uid == p.uid {
		return nil
	}
	if _, err := p.simple("setgroups", -1, unix.SYS_SETGROUPS, 0, 0); err != nil {
		return err
	}
	id := num(uid)
	if _, err := p.simple("setresgid", -1, unix.SYS_SETRESGID, id, id, id); err != nil {
		return err
	}
	if _, err := p.simple("setresuid", -1, unix.SYS_SETRESUID, id, id, id); err != nil {
		return err
	}
	p.uid = uid
	return p.t.dieWithHelper() // setresuid forgets it
}

// Things a task does once in its life. None of them is seen by the program.

// dieWithHelper sends the task SIGKILL when the helper ends.
func (t *task) dieWithHelper() error {
	return t.once(unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL))
}

func (t *task) once(nr uintptr, args ...uintptr) error {
	o := t.order()
	defer o.end()
	_, err := o.do(nr, args...)
	return err
}

// named gives the task the name that ps, ss and lsof show.
func (t *task) named(name string) error {
	o := t.order()
	defer o.end()
	_, err := o.do(unix.SYS_PRCTL, unix.PR_SET_NAME, o.text(name))
	return err
}

// clean empties the first task's table but for /dev/null at 0 to 2.
func (t *task) clean() error {
	if err := t.once(unix.SYS_CLOSE_RANGE, 0, uintptr(^uint32(0)), 0); err != nil {
		return fmt.Errorf("close_range (Linux 5.9 or newer is needed): %w", err)
	}
	for range 3 {
		if _, err := (&thread{t: t}).OpenNull(); err != nil {
			return err
		}
	}
	return nil
}

// rights are the capabilities of a process of root, Docker's default: those of
// the simulated host's processes too. CAP_NET_BIND_SERVICE is among them,
// CAP_NET_ADMIN and CAP_SYS_RESOURCE are not.
const rights = 1<<unix.CAP_CHOWN | 1<<unix.CAP_DAC_OVERRIDE | 1<<unix.CAP_FOWNER | 1<<unix.CAP_FSETID | 1<<unix.CAP_KILL |
	1<<unix.CAP_SETGID | 1<<unix.CAP_SETUID | 1<<unix.CAP_SETPCAP | 1<<unix.CAP_NET_BIND_SERVICE | 1<<unix.CAP_NET_RAW |
	1<<unix.CAP_SYS_CHROOT | 1<<unix.CAP_MKNOD | 1<<unix.CAP_AUDIT_WRITE | 1<<unix.CAP_SETFCAP

// dropRights leaves of a task's capabilities those of a process of root.
func (t *task) dropRights() error {
	o := t.order()
	defer o.end()
	head, h := o.room(8)
	data, d := o.room(24)
	if o.err == nil {
		binary.NativeEndian.PutUint32(h, unix.LINUX_CAPABILITY_VERSION_3)
	}
	if _, err := o.do(unix.SYS_CAPGET, head, data); err != nil {
		return err
	}
	for i := range 6 { // effective, permitted, inheritable; and the same of the upper 32
		have, keep := binary.NativeEndian.Uint32(d[4*i:]), uint32(rights)
		if i > 2 {
			keep = 0
		}
		binary.NativeEndian.PutUint32(d[4*i:], have&keep)
	}
	_, err := o.do(unix.SYS_CAPSET, head, data)
	return err
}
