//go:build linux && (amd64 || arm64)

package linux

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// machine is this computer's kernel as a program's host: if the kernel allows
// it, with a network of its own in which nothing else is.
//
// This program starts itself again as a helper, in fresh user and network
// namespaces; the helper makes the tasks, which make the calls. It lives as
// long as a pipe between the two is open.
type machine struct {
	own      bool  // it has its own network
	why      error // if not, why not
	mem      []byte
	base     uintptr // where the tasks see the memory
	memfd    int
	helper   *exec.Cmd
	control  *os.File // closing it ends the helper
	deadline time.Time
	closed   atomic.Bool
	gate     sync.RWMutex // held while a call is under way

	mu    sync.Mutex
	tasks [maxTasks]*task
	hand  *task // the first task: it makes the others, and settings
	dirty []written
	ports map[uint16]uint16 // without a network: which free port stands for which
}

// life is how long a machine may exist: nothing a forgotten program starts
// stays behind.
const life = 3 * time.Minute

// Open makes a host of the kernel this program runs on. It has a network of its
// own where the kernel allows it: for root, unless a container forbids it, and
// for others where user namespaces are not forbidden. Else its processes use
// the computer's loopback device, and settings cannot be changed. It has room
// for 128 processes and threads. Close ends it all; after three minutes
// everything ends by itself.
//
// Open fails where there is no Linux of at least 5.9 on amd64 or arm64.
func Open() (Host, error) { return open() }

func open() (*machine, error) {
	refused.Lock()
	why := refused.why
	refused.Unlock()
	if why == nil {
		m, err := start(ownNetwork)
		if err == nil {
			return m, nil
		}
		why = fmt.Errorf("no network namespace: %w", err)
		if errors.Is(err, fs.ErrPermission) {
			refused.Lock()
			refused.why = why
			refused.Unlock()
		}
	}
	m, err := start(sharedLoopback)
	if err != nil {
		return nil, &SupportError{err.Error()}
	}
	m.why = why
	return m, nil
}

// refused is why this program may not have a network namespace. It is asked
// for once.
var refused struct {
	sync.Mutex
	why error
}

// note says what is not as on the simulated host, and no kernel's fault.
func note(h Host) string {
	if m, ok := h.(*machine); ok && !m.own {
		return fmt.Sprintf("The real processes share this computer's loopback device, so a free port stands for each (%v).", m.why)
	}
	return ""
}

func start(role string) (*machine, error) {
	var err error
	// Root may be refused a user namespace where a network namespace is to be
	// had, and the other way about for everybody else.
	for _, flags := range cloneFlags(role) {
		var m *machine
		if m, err = startIn(role, flags); err == nil {
			return m, nil
		}
	}
	return nil, err
}

func cloneFlags(role string) []uintptr {
	if role != ownNetwork {
		return []uintptr{0}
	}
	return []uintptr{unix.CLONE_NEWUSER | unix.CLONE_NEWNET, unix.CLONE_NEWNET}
}

func startIn(role string, flags uintptr) (_ *machine, err error) {
	m := &machine{own: role == ownNetwork, memfd: -1, deadline: time.Now().Add(life), ports: map[uint16]uint16{}}
	defer func() {
		if err != nil {
			m.Close()
		}
	}()
	if m.memfd, err = unix.MemfdCreate("tasks", unix.MFD_CLOEXEC); err != nil {
		return nil, fmt.Errorf("memfd_create: %w", err)
	}
	if err := unix.Ftruncate(m.memfd, maxTasks*slotSize); err != nil {
		return nil, fmt.Errorf("ftruncate: %w", err)
	}
	if m.mem, err = unix.Mmap(m.memfd, 0, maxTasks*slotSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		return nil, fmt.Errorf("mmap: %w", err)
	}
	report, err := m.startHelper(role, flags)
	if err != nil {
		return nil, err
	}
	var pid int
	if _, err := fmt.Sscanf(report, "ready %d %d\n", &pid, &m.base); err != nil {
		return nil, fmt.Errorf("the helper process says %q", strings.TrimSpace(report))
	}
	m.hand, err = m.adopt(0, pid, nil)
	if err == nil {
		err = m.hand.clean()
	}
	return m, err
}

// startHelper runs this program again as a helper, and returns its first line.
func (m *machine) startHelper(role string, flags uintptr) (string, error) {
	in, control, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer in.Close()
	m.control = control
	answer, out, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer answer.Close()
	defer out.Close()
	memory := os.NewFile(uintptr(m.memfd), "tasks")
	defer memory.Close()
	m.memfd = -1 // the mappings keep it
	cmd := exec.Command("/proc/self/exe")
	cmd.Args[0] = "socketbook-helper"
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(e string) bool {
		return strings.HasPrefix(e, "GONB_") // a notebook's pipes are not for the helper
	}), helperEnv+"="+role)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, os.Stderr
	cmd.ExtraFiles = []*os.File{memory}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Cloneflags: flags} // ^C is not for the helper
	if flags&unix.CLONE_NEWUSER != 0 {
		mapUsers(cmd.SysProcAttr)
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	m.helper = cmd
	in.Close()
	out.Close()
	answer.SetReadDeadline(time.Now().Add(20 * time.Second))
	return bufio.NewReader(answer).ReadString('\n')
}

// mapUsers gives root of the new namespace a meaning outside: root's own users,
// or only the user who asks.
func mapUsers(a *syscall.SysProcAttr) {
	one := func(id int) []syscall.SysProcIDMap {
		return []syscall.SysProcIDMap{{ContainerID: 0, HostID: id, Size: 1}}
	}
	a.UidMappings, a.GidMappings = one(os.Getuid()), one(os.Getgid())
	if os.Getuid() == 0 {
		all := []syscall.SysProcIDMap{{ContainerID: 0, HostID: 0, Size: 65536}}
		a.UidMappings, a.GidMappings, a.GidMappingsEnableSetgroups = all, all, true
	}
}

// Close ends the machine: every process, every descriptor, its network.
func (m *machine) Close() {
	if m.closed.Swap(true) {
		return
	}
	for _, t := range m.living() {
		t.kill()
	}
	m.gate.Lock() // the last call is over
	defer m.gate.Unlock()
	for _, t := range m.living() {
		t.end()
	}
	if m.control != nil {
		m.control.Close()
	}
	if m.helper != nil {
		m.helper.Process.Kill() // it has nothing left to do
		m.helper.Wait()
	}
	if m.memfd >= 0 {
		unix.Close(m.memfd)
	}
	if m.mem != nil {
		unix.Munmap(m.mem)
	}
}

// living are the tasks.
func (m *machine) living() []*task {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []*task
	for _, t := range m.tasks {
		if t != nil && t.pidfd >= 0 {
			list = append(list, t)
		}
	}
	return list
}

// slot is the head of a slot as this program sees it.
func (m *machine) slot(n uint32) *slot { return slotAt(unsafe.Pointer(&m.mem[0]), n) }

var errClosed = errors.New("sockets/linux: the machine is closed")
