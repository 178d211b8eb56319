//go:build linux && (amd64 || arm64)

package linux

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"
)

// until polls for something that is to become true soon.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Errorf("not within ten seconds: %s", what)
}

// alive reports whether there is such a process; one that waits to be buried is
// none.
func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	state := b[bytes.LastIndexByte(b, ')')+1:]
	return err == nil && !bytes.HasPrefix(state, []byte(" Z"))
}

func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// TestCloseLeavesNothing: no process, no descriptor.
func TestCloseLeavesNothing(t *testing.T) {
	machineFor(t).Close() // what the runtime opens once is open now
	before := openFiles(t)
	m := machineFor(t)
	p := processFor(t, m, 0)
	c, err := p.fork("child")
	if err != nil {
		t.Fatal(err)
	}
	pids := []int{m.helper.Process.Pid, m.hand.pid, p.t.pid, c.t.pid}
	m.Close()
	for _, pid := range pids {
		until(t, fmt.Sprintf("process %d is gone", pid), func() bool { return !alive(pid) })
	}
	if after := openFiles(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
	if _, err := p.Dup(0); err == nil {
		t.Error("a call of a closed machine succeeded")
	}
}

// TestDeathOfTheProgram: a program that is killed takes everything with it.
func TestDeathOfTheProgram(t *testing.T) {
	const key = "SOCKETS_LINUX_VICTIM"
	if os.Getenv(key) != "" {
		m := machineFor(t)
		p := processFor(t, m, 0)
		fmt.Println("pids", m.helper.Process.Pid, m.hand.pid, p.t.pid)
		time.Sleep(time.Minute)
		return
	}
	machineFor(t)
	cmd := exec.Command("/proc/self/exe", "-test.run", "^TestDeathOfTheProgram$")
	cmd.Env = append(os.Environ(), key+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pids [3]int
	line, _ := bufio.NewReader(out).ReadString('\n')
	_, err = fmt.Sscan(line, new(string), &pids[0], &pids[1], &pids[2])
	cmd.Process.Kill()
	cmd.Wait()
	if err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	for _, pid := range pids {
		until(t, fmt.Sprintf("process %d is gone", pid), func() bool { return !alive(pid) })
	}
}

func BenchmarkCall(b *testing.B) {
	m, err := open()
	if err != nil {
		b.Skip(err)
	}
	defer m.Close()
	p, err := m.newProcess("bench", 0)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		p.Dup(99)
	}
}

func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		m, err := open()
		if err != nil {
			b.Skip(err)
		}
		if _, err := m.Process("bench", 0); err != nil {
			b.Fatal(err)
		}
		m.Close()
	}
}
