//go:build linux && (amd64 || arm64)

package linux

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// tool is a command that runs in the machine's network, as its root.
type tool struct {
	t    *task
	out  string
	over chan struct{}
}

// needTool skips a test if a tool is not installed, or is older than the one
// whose output is the model.
func needTool(t *testing.T, name, flag string, major, minor int) {
	t.Helper()
	out, err := exec.Command(name, flag).CombinedOutput()
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	var a, b int
	v := regexp.MustCompile(`(\d+)\.(\d+)`).Find(out)
	if fmt.Sscanf(string(v), "%d.%d", &a, &b); a < major || a == major && b < minor {
		t.Skipf("%s is version %s, the test is for %d.%d and newer", name, v, major, minor)
	}
}

// startTool starts a command.
func startTool(t *testing.T, m *machine, argv ...string) *tool {
	t.Helper()
	path, err := exec.LookPath(argv[0])
	if err != nil {
		t.Fatal(err)
	}
	task, err := m.hand.fork(0)
	if err != nil {
		t.Fatal(err)
	}
	task.limit = 20 * time.Second
	tl := &tool{task, filepath.Join(t.TempDir(), "out"), make(chan struct{})}
	if err := os.WriteFile(tl.out, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	o := task.order()
	fd, err := o.do(unix.SYS_OPENAT, atCwd, o.text(tl.out), unix.O_WRONLY|unix.O_APPEND)
	for to := uintptr(1); to <= 2 && err == nil; to++ {
		_, err = o.do(unix.SYS_DUP3, num(fd), to, 0)
	}
	none, _ := o.room(8)
	if err == nil {
		_, err = o.do(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, none, 0, 8)
	}
	o.end()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(tl.over)
		o := task.order()
		defer o.end()
		o.do(unix.SYS_EXECVE, o.text(path), o.texts(argv...), o.texts("LC_ALL=C", "PATH="+os.Getenv("PATH"), "HOME=/nonexistent"))
	}()
	return tl
}

// texts is a vector of C strings, as execve takes it.
func (o *order) texts(list ...string) uintptr {
	at, b := o.room(8 * (len(list) + 1))
	for i, s := range list {
		if p := o.text(s); o.err == nil {
			binary.NativeEndian.PutUint64(b[8*i:], uint64(p))
		}
	}
	return at
}

// wait waits for the command's end and gives what it wrote.
func (tl *tool) wait(t *testing.T) string {
	t.Helper()
	<-tl.over
	tl.t.end()
	b, err := os.ReadFile(tl.out)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func run(t *testing.T, m *machine, argv ...string) string {
	t.Helper()
	return startTool(t, m, argv...).wait(t)
}
