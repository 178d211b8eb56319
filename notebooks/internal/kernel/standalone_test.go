//go:build unix

package kernel

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The test binary is also a kernel, as Jupyter would start it: a process of its
// own with a connection file.
const asKernel = "SOCKETBOOK_TEST_KERNEL"

func TestMain(m *testing.M) {
	if file := os.Getenv(asKernel); file != "" {
		if os.Getenv(asKernel+"_PARENT") != "" { // the server, which starts the kernel and waits
			child := exec.Command(os.Args[0])
			child.Env = append(os.Environ(), asKernel+"_PARENT=", "JPY_PARENT_PID="+fmt.Sprint(os.Getpid()))
			child.Stdout = os.Stdout
			if err := child.Start(); err != nil {
				panic(err)
			}
			fmt.Println("kernel", child.Process.Pid)
			_ = child.Wait()
			os.Exit(0)
		}
		if err := Serve(context.Background(), file, Options{Module: os.Getenv(asKernel + "_MODULE"), Standalone: true}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// standalone starts a kernel process with a folder for its temporary files.
func standalone(t *testing.T, env ...string) (*server, *exec.Cmd, string) {
	t.Helper()
	tmp := t.TempDir()
	module, err := filepath.Abs("../cell/testdata/module")
	if err != nil {
		t.Fatal(err)
	}
	conn := Local()
	for _, port := range []*int{&conn.ShellPort, &conn.ControlPort, &conn.IOPubPort, &conn.StdinPort, &conn.HBPort} {
		*port = freePort(t)
	}
	file := filepath.Join(t.TempDir(), "connection.json")
	data, err := json.Marshal(conn)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asKernel+"="+file, asKernel+"_MODULE="+module, "TMPDIR="+tmp)
	cmd.Env = append(cmd.Env, env...)
	cmd.Dir, cmd.Stderr = t.TempDir(), os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, ctx: t.Context(), conn: conn}
	if s.Client, err = Dial(s.ctx, conn); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return s, cmd, tmp
}

// freePort is a port that was free a moment ago; Jupyter picks them the same way.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// empty demands that a folder becomes empty.
func empty(t *testing.T, dir string) {
	t.Helper()
	var names []string
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		names = nil
		for _, e := range entries {
			if e.Name() != "goimports" { // a folder that x/tools makes in every test binary
				names = append(names, e.Name())
			}
		}
		if names == nil {
			return
		}
	}
	t.Errorf("left behind in the temporary folder: %s", strings.Join(names, " "))
}

func TestSIGINTInterruptsTheCell(t *testing.T) {
	s, cmd, _ := standalone(t)
	h := &heard{}
	_, err := s.Execute(s.ctx, "a", "%%\nfmt.Println(\"here\")\ntime.Sleep(time.Hour)", func(m *Message) {
		h.show(m)
		if m.Header.Type == "stream" {
			_ = cmd.Process.Signal(os.Interrupt)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(h.lines, "\n"), "error Interrupted: interrupted") {
		t.Errorf("published %q", h.lines)
	}
	s.execute("%%\nfmt.Println(1)").hears(t, "busy", "execute_input 2", "stdout 1\n", "idle")
}

func TestSIGTERMCleansUp(t *testing.T) {
	s, cmd, tmp := standalone(t)
	_, _ = s.Start("shell", "execute_request", object{}, object{"code": "%%\ntime.Sleep(time.Hour)"})
	s.ask("control", "kernel_info_request", object{})
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the kernel ends with %v; want status 0", err)
	}
	empty(t, tmp)
}

func TestShutdownEndsTheProcess(t *testing.T) {
	s, cmd, tmp := standalone(t)
	s.execute("!sleep 1000 >/dev/null 2>&1 &")
	if err := s.Shutdown(s.ctx); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the kernel ends with %v; want status 0", err)
	}
	empty(t, tmp)
}

func TestKernelEndsWithItsServer(t *testing.T) {
	_, cmd, tmp := standalone(t, asKernel+"_PARENT=1")
	if err := cmd.Process.Kill(); err != nil { // the server; it cannot say good-bye
		t.Fatal(err)
	}
	empty(t, tmp)
}
