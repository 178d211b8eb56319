//go:build linux

package kernel

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"socketbook/notebooks/internal/cell"
)

// alive demands that the kernel still runs cells.
func (s *server) alive() {
	s.t.Helper()
	h := s.execute("%%\nfmt.Println(\"alive\")")
	if got := strings.Join(h.lines, " "); !strings.Contains(got, "stdout alive") {
		s.t.Errorf("after it the kernel says %q", got)
	}
}

// stops demands that a cell is stopped for a reason.
func (s *server) stops(code, reason string) {
	s.t.Helper()
	h := s.execute(code)
	if got := fmt.Sprint(h.reply["ename"], ": ", h.reply["evalue"]); !strings.Contains(got, "LimitError: stopped: "+reason) {
		s.t.Errorf("%q ends with %q; want %q", code, got, reason)
	}
	s.alive()
}

func TestCellThatPrintsAGigabyte(t *testing.T) {
	const most = 1 << 20
	s := start(t, Options{Limits: cell.Limits{Text: most}})
	text, said := 0, ""
	h := &heard{}
	reply, err := s.Request(s.ctx, "shell", "execute_request", object{"code": "%%\nb := bytes.Repeat([]byte(\"0123456789abcdef\"), 1<<16)\nfor range 1024 {\n\tos.Stdout.Write(b)\n}"}, func(m *Message) {
		if m.Header.Type != "stream" {
			h.show(m)
		} else if field(m, "name") == "stdout" {
			text += len(field(m, "text"))
		} else {
			said += field(m, "text")
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if text != most || !strings.Contains(said, "printed more than 1 MB; the rest is not shown") {
		t.Errorf("%d bytes came, and %q; want %d and a word about the rest", text, said, most)
	}
	if status := field(reply, "status"); status != "ok" {
		t.Errorf("the reply is %s; want ok: printing is no mistake", status)
	}
	s.alive()
}

func TestCellThatForks(t *testing.T) {
	s := start(t, Options{Limits: cell.Limits{Processes: 30}})
	// Neither goes on for ever: a machine under load must bear what they get to
	// before somebody looks.
	s.stops("!for i in $(seq 1000); do sleep 1000 & done; sleep 1000", "the cell had more than 30 processes at a time")
	s.stops("!f() { [ $1 = 9 ] || { f $(($1+1)) | f $(($1+1)) & }; sleep 1000; }; f 0", "the cell had more than 30 processes at a time")
}

func TestCellThatTakesMemory(t *testing.T) {
	s := start(t, Options{Limits: cell.Limits{Memory: 128 << 20}})
	s.stops("%%\nb := bytes.Repeat([]byte{1}, 256<<20)\ntime.Sleep(time.Hour)\nfmt.Println(len(b))", "the cell held ")
}

func TestCellThatFillsTheDisk(t *testing.T) {
	dir := t.TempDir()
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		t.Fatal(err)
	}
	free := int64(disk.Bavail) * disk.Bsize
	s := start(t, Options{Dir: dir, Limits: cell.Limits{DiskFree: free - 64<<20}})
	s.stops("!dd if=/dev/zero of=big bs=1M count=256 2>/dev/null; sleep 1000", "the cell left ")
}

func TestCellThatIgnoresSIGINT(t *testing.T) {
	s := start(t, Options{})
	began := make(chan struct{})
	wait, err := s.Start("shell", "execute_request", object{}, object{"code": "!trap '' INT TERM HUP; echo here; while true; do sleep 1000; done"})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-began
		if err := s.Interrupt(s.ctx); err != nil {
			t.Error(err)
		}
	}()
	reply, err := wait(s.ctx, func(m *Message) {
		if m.Header.Type == "stream" {
			close(began)
		}
	})
	if err != nil || field(reply, "ename") != "Interrupted" {
		t.Errorf("the reply is %s, %v; want Interrupted", reply.Content, err)
	}
	s.alive()
}

// A process that left its group and its session is found all the same.
func TestShutdownEndsWhatLeftItsGroup(t *testing.T) {
	s, cmd, tmp := standalone(t)
	h := s.execute("!setsid sh -c 'echo $$; exec sleep 1000 >/dev/null 2>&1' &")
	var pid int
	if _, err := fmt.Sscanf(strings.Join(h.lines, "\n"), "busy\nexecute_input 1\nstdout %d", &pid); err != nil {
		t.Skipf("setsid is not to be had: %q", h.lines)
	}
	if err := syscall.Kill(pid, 0); err != nil {
		t.Fatalf("process %d did not outlive its cell", pid)
	}
	if err := s.Shutdown(s.ctx); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the kernel ends with %v", err)
	}
	deadline := time.Now().Add(patience)
	for syscall.Kill(pid, 0) == nil && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	if syscall.Kill(pid, 0) == nil {
		_ = syscall.Kill(pid, syscall.SIGKILL)
		t.Errorf("process %d outlived the kernel", pid)
	}
	empty(t, tmp)
}
