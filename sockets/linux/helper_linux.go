//go:build linux && (amd64 || arm64)

package linux

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// helperEnv tells a process that it is the helper of another. Its value is
// what the helper is to do with the network.
const helperEnv = "SOCKETBOOK_LINUX_HELPER"

const (
	ownNetwork     = "own"    // it has a network namespace: bring lo up
	sharedLoopback = "shared" // leave everything as it is
)

// helperMemory is the helper's descriptor of the shared memory.
const helperMemory = 3

// A program that imports this package can be started again as its own helper,
// whatever the program is: a command, a test, a notebook's cell. The helper
// never comes to its main.
func init() {
	if role := os.Getenv(helperEnv); role == ownNetwork || role == sharedLoopback {
		helper(role)
	}
}

// helper makes the first task, and lives until the program that started it
// closes the pipe or dies, or its time is over. Then the tasks die with it.
func helper(role string) {
	runtime.LockOSThread() // the tasks' parent is this thread
	fail := func(what string, err error) {
		fmt.Printf("error %s: %v\n", what, err)
		os.Exit(1)
	}
	mem, err := unix.Mmap(helperMemory, 0, maxTasks*slotSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		fail("mmap", err)
	}
	if role == ownNetwork {
		if err := loopbackUp(); err != nil {
			fail("lo", err)
		}
	}
	signal.Ignore(unix.SIGCHLD) // nobody need wait for the tasks
	signal.Ignore(unix.SIGPIPE) // who asked may be gone before the answer: then the tasks must end, too
	var all unix.Sigset_t
	for i := range all.Val {
		all.Val[i] = ^all.Val[i]
	}
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &all, nil); err != nil {
		fail("sigmask", err) // a task has no use for the runtime's handlers
	}
	base := unsafe.Pointer(&mem[0])
	pid, e := firstTask(base)
	if e != 0 {
		fail("clone", e)
	}
	fmt.Printf("ready %d %d\n", pid, uintptr(base))
	end := time.Now().Add(life)
	for left := life; left > 0; left = time.Until(end) {
		fds := []unix.PollFd{{Fd: 0, Events: unix.POLLIN}}
		if n, _ := unix.Poll(fds, int(left.Milliseconds())+1); n > 0 {
			break
		}
	}
	endChildren()
	unix.Exit(0)
}

// endChildren kills what is left of the tasks. Who dies after the helper would
// be left to init, and not every container's init buries the dead.
func endChildren() {
	path := fmt.Sprintf("/proc/self/task/%d/children", unix.Gettid())
	for range 200 {
		list, err := os.ReadFile(path)
		pids := strings.Fields(string(list))
		if err != nil || len(pids) == 0 {
			return // without the file PR_SET_PDEATHSIG is enough
		}
		for _, text := range pids {
			if pid, err := strconv.Atoi(text); err == nil {
				unix.Kill(pid, unix.SIGKILL)
			}
		}
		time.Sleep(time.Millisecond)
	}
}

// loopbackUp is `ip link set lo up`. The kernel then gives it 127.0.0.1/8 and
// ::1.
func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo)
}
