//go:build linux && (amd64 || arm64)

package linux

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"socketbook/sockets"
)

// machineFor opens a machine for a test, which is skipped where none is to be
// had.
func machineFor(t *testing.T) *machine {
	t.Helper()
	m, err := open()
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(m.Close)
	return m
}

// needNetwork skips a test that needs a network of its own.
func needNetwork(t *testing.T) *machine {
	t.Helper()
	m := machineFor(t)
	if !m.own {
		t.Skip(m.why)
	}
	return m
}

func processFor(t *testing.T, m *machine, uid int) *process {
	t.Helper()
	p, err := m.newProcess("test", uid)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func release() string {
	var u unix.Utsname
	unix.Uname(&u)
	return unix.ByteSliceToString(u.Release[:])
}

// descriptors are the numbers that are open in a task, as /proc has them.
func descriptors(t *testing.T, p *process) []string {
	t.Helper()
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.t.pid))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range list {
		target, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", p.t.pid, f.Name()))
		names = append(names, f.Name()+" "+target)
	}
	slices.Sort(names)
	return names
}

func TestTableIsBare(t *testing.T) {
	p := processFor(t, machineFor(t), 0)
	if got := descriptors(t, p); !slices.Equal(got, []string{"0 /dev/null", "1 /dev/null", "2 /dev/null"}) {
		t.Errorf("a new process has %q", got)
	}
	for want := 3; want < 6; want++ {
		if fd, err := p.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0); fd != want {
			t.Errorf("socket() = %d, %v, want %d", fd, err, want)
		}
	}
	p.Close(4)
	if fd, err := p.EpollCreate1(0); fd != 4 {
		t.Errorf("epoll_create1() = %d, %v, want the lowest free number, 4", fd, err)
	}
}

func TestLimitIsExact(t *testing.T) {
	p := processFor(t, machineFor(t), 0)
	for _, limit := range []int{1024, 300, 4096} {
		if err := p.Setrlimit(limit, 4096); err != nil {
			t.Fatal(err)
		}
		last, err := 2, error(nil)
		for fd := 0; err == nil; {
			if fd, err = p.Dup(0); err == nil {
				last = max(last, fd)
			}
		}
		if !errors.Is(err, sockets.EMFILE) || limit > 300 && last != limit-1 {
			t.Errorf("limit %d: the last descriptor is %d, then %v", limit, last, err)
		}
	}
	if err := p.Setrlimit(10, 5000); !errors.Is(err, sockets.EPERM) {
		t.Errorf("raising the hard limit: %v, want EPERM", err)
	}
}

func TestForkSharesFiles(t *testing.T) {
	m := machineFor(t)
	p := processFor(t, m, 0)
	r, w, err := p.Pipe2(0)
	if err != nil {
		t.Fatal(err)
	}
	p.Fcntl(w, sockets.F_SETFD, sockets.FD_CLOEXEC)
	c, err := p.fork("child")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := descriptors(t, c), descriptors(t, p); !slices.Equal(got, want) {
		t.Errorf("the child has %q, the parent %q", got, want)
	}
	c.Fcntl(r, sockets.F_SETFL, sockets.O_NONBLOCK) // of the file: for both
	if _, err := p.Read(r, make([]byte, 1)); !errors.Is(err, sockets.EAGAIN) {
		t.Errorf("read of an empty pipe that the child made non-blocking: %v, want EAGAIN", err)
	}
	c.Fcntl(w, sockets.F_SETFD, 0) // of the descriptor: for itself
	if n, _ := p.Fcntl(w, sockets.F_GETFD, 0); n != sockets.FD_CLOEXEC {
		t.Errorf("F_GETFD of the parent = %d after the child's F_SETFD", n)
	}
	p.Close(w)
	if _, err := p.Read(r, make([]byte, 1)); !errors.Is(err, sockets.EAGAIN) {
		t.Errorf("the child still has the write end, read: %v, want EAGAIN", err)
	}
	c.Exit()
	if n, err := p.Read(r, make([]byte, 1)); n != 0 || err != nil {
		t.Errorf("read after the last writer is gone = %d, %v, want end of file", n, err)
	}
}

// TestThreadsShareTheTable: what one thread opens the others have; a blocked
// call does not keep the process from others.
func TestThreadsShareTheTable(t *testing.T) {
	p := processFor(t, machineFor(t), 0)
	r, w, _ := p.Pipe2(0)
	data := ""
	ended, err := p.Start(func(k sockets.Calls) {
		buf := make([]byte, 10)
		n, _ := k.Read(r, buf)
		fd, _ := k.Dup(r)
		data = fmt.Sprint(string(buf[:n]), " ", fd)
	})
	if err != nil {
		t.Fatal(err)
	}
	if ended(10 * time.Millisecond) {
		t.Fatal("read of an empty pipe returned")
	}
	if fd, err := p.Dup(w); fd != 5 {
		t.Errorf("dup() beside a sleeping thread = %d, %v, want 5", fd, err)
	}
	p.Write(w, []byte("hello"))
	if !ended(patience) {
		t.Fatal("the thread does not wake up")
	}
	if data != "hello 6" {
		t.Errorf("the thread read and opened %q, want %q", data, "hello 6")
	}
	if fd, _ := p.Dup(r); fd != 7 {
		t.Errorf("the thread's descriptor ended with it: dup() = %d, want 7", fd)
	}
}

func TestUsers(t *testing.T) {
	m := needNetwork(t)
	if os.Getuid() != 0 {
		t.Skip("only root may have processes of other users")
	}
	user, root := processFor(t, m, 1000), processFor(t, m, 0)
	for _, c := range []struct {
		p    *process
		want error
	}{{user, sockets.EACCES}, {root, nil}} {
		fd, _ := c.p.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
		if err := c.p.Bind(fd, m.Addr(80)); !errors.Is(err, c.want) {
			t.Errorf("bind to port 80 by user %d: %v, want %v", c.p.uid, err, c.want)
		}
	}
	if err := user.setuid(0); !errors.Is(err, sockets.EPERM) {
		t.Errorf("the way back to root: %v, want EPERM", err)
	}
}

// TestBlockedForever: the call ends its process, not the test.
func TestBlockedForever(t *testing.T) {
	p := processFor(t, machineFor(t), 0)
	p.t.limit = 50 * time.Millisecond
	r, _, _ := p.Pipe2(0)
	_, err := p.Read(r, make([]byte, 1))
	var late *WaitError
	if !errors.As(err, &late) || late.Call != "read" {
		t.Errorf("read of an empty pipe: %v", err)
	}
	if _, err := p.Dup(0); !errors.Is(err, sockets.ESRCH) {
		t.Errorf("a call after that: %v, want ESRCH", err)
	}
}

func TestSettings(t *testing.T) {
	m := needNetwork(t)
	const key = "net.core.somaxconn"
	if err := m.SetSysctl(key, "7"); err != nil {
		t.Skip(err) // /proc/sys may be read-only in a container
	}
	if v, err := m.Sysctl(key); v != "7" {
		t.Errorf("%s = %q, %v", key, v, err)
	}
	if outside, err := os.ReadFile(sysctlPath(key)); err != nil || strings.TrimSpace(string(outside)) == "7" {
		t.Errorf("outside it is %q, %v", outside, err)
	}
	if err := m.SetSysctl("fs.nr_open", "100000"); err == nil {
		t.Error("fs.nr_open was set for everybody")
	}
}

// TestSharedLoopback is what a program has without any rights.
func TestSharedLoopback(t *testing.T) {
	m, err := start(sharedLoopback)
	if err != nil {
		t.Skip(err)
	}
	defer m.Close()
	p := processFor(t, m, 0)
	a := m.Addr(80)
	if a.Port < 1024 || a != m.Addr(80) || a == m.Addr(81) {
		t.Errorf("port 80 is %v, then %v, and 81 is %v", a, m.Addr(80), m.Addr(81))
	}
	fd, _ := p.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
	if err := p.Bind(fd, a); err != nil {
		t.Error(err)
	}
	if err := m.SetSysctl("net.core.somaxconn", "7"); err == nil {
		t.Error("a setting was changed for everybody")
	}
}

func TestTooManyProcesses(t *testing.T) {
	m := machineFor(t)
	for range maxTasks - 1 { // one is the machine's own
		processFor(t, m, 0)
	}
	if _, err := m.Process("one more", 0); err == nil || !strings.Contains(err.Error(), fmt.Sprint(maxTasks)) {
		t.Errorf("process %d: %v", maxTasks, err)
	}
}
