package stdnet_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// outsideTest is the test of somebody else's server: their listener replaced, a fault
// put into the wire, and the kernels' counters looked at.
const outsideTest = `package theirs

import (
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"socketbook/sockets"
	"socketbook/sockets/stdnet"
)

// serve is their code. It knows package net alone.
func serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			io.Copy(c, c)
		}()
	}
}

func TestEchoOverABadWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lab := sockets.NewNetwork(sockets.Seed(1))
		a, b := lab.NewHost("server", sockets.Limits{}), lab.NewHost("client", sockets.Limits{})
		wire := lab.NewLink(a, b, sockets.LinkOptions{Delay: time.Millisecond})
		n := stdnet.New(lab)
		defer n.Close()
		server, err := n.Attach(a)
		if err != nil {
			t.Fatal(err)
		}
		client, err := n.Attach(b)
		if err != nil {
			t.Fatal(err)
		}
		l, err := server.Listen("tcp", ":7") // instead of net.Listen
		if err != nil {
			t.Fatal(err)
		}
		go serve(l)
		defer l.Close()
		c, err := client.Dial("tcp", "server:7") // instead of net.Dial
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		began := time.Now()
		n.Do(func() { wire.Lose(b, 1) }) // the fault: the next frame is lost
		if _, err := c.Write([]byte("hello")); err != nil {
			t.Fatal(err)
		}
		back := make([]byte, 5)
		if _, err := io.ReadFull(c, back); err != nil || string(back) != "hello" {
			t.Fatalf("%q, %v", back, err)
		}
		if took := time.Since(began); took < 200*time.Millisecond {
			t.Errorf("it took %v; a lost segment is sent again after 200 ms", took)
		}
		if n := client.Stats().RetransSegs; n != 1 {
			t.Errorf("%d segments were sent again; want 1", n)
		}
		if n := server.Stats().PassiveOpens; n != 1 {
			t.Errorf("%d connections; want 1", n)
		}
	})
}
`

// TestFromAnotherModule builds a module outside this one, by replace and by go.work,
// as somebody would who has the clone beside their own code.
func TestFromAnotherModule(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip(err)
	}
	clone, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(clone, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	const require = "module example.com/theirs\n\ngo 1.26\n\nrequire socketbook v0.0.0\n"
	for name, files := range map[string]map[string]string{
		"replace": {"go.mod": require + "\nreplace socketbook => " + clone + "\n", "go.sum": string(sums)},
		"go.work": {"go.mod": "module example.com/theirs\n\ngo 1.26\n", "go.work": "go 1.26\n\nuse (\n\t.\n\t" + clone + "\n)\n"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			files["theirs_test.go"] = outsideTest
			for file, text := range files {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			args, work := []string{"test", "-count=1", "."}, ""
			if name == "replace" {
				args, work = []string{"test", "-mod=mod", "-count=1", "."}, "off"
			}
			cmd := exec.CommandContext(t.Context(), "go", args...)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "GOFLAGS=", "GOPROXY=off", "GOWORK="+work, "PWD="+dir)
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "ok") {
				t.Errorf("go test there: %v\n%s", err, out)
			}
		})
	}
}
