package sockets

import (
	"bytes"
	cmdline "flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = cmdline.Bool("update", false, "write the golden tapes anew")

// golden compares a text with the file testdata/name.golden.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -update writes it)", err)
	}
	if got != string(want) {
		t.Errorf("%s has changed (go test -update, if that is meant):\n%s", path, firstLines(got, string(want)))
	}
}

// firstLines shows where two texts part.
func firstLines(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := 0; i < len(g) && i < len(w); i++ {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d\n  want %s\n  got  %s", i+1, w[i], g[i])
		}
	}
	return fmt.Sprintf("%d lines, not %d", len(g), len(w))
}

// smallest is the smallest story there is: a server, a client, a word there and
// one back, and the end.
func smallest(seed uint64) string {
	lab := NewNetwork(Seed(seed), Record())
	defer lab.Close()
	server := lab.NewHost("server", Limits{})
	client := lab.NewHost("client", Limits{})
	lab.NewLink(client, server, LAN)
	server.Spawn("server", func(p *Process) {
		l, _ := p.ListenOn(Any(80), 5)
		fd, _, _ := p.Accept4(l, 0)
		buf := make([]byte, 10)
		n, _ := p.Read(fd, buf)
		p.Write(fd, bytes.ToUpper(buf[:n]))
		p.Close(fd)
	})
	client.Spawn("client", func(p *Process) {
		fd, _ := p.Dial(server.Addr(80))
		p.Write(fd, []byte("hello"))
		buf := make([]byte, 10)
		p.Read(fd, buf)
		p.Read(fd, buf)
		p.Close(fd)
	})
	lab.Run()
	return lab.Tape().String()
}

func TestSmallestTape(t *testing.T) { golden(t, "smallest", smallest(1)) }

// busy is a story with chance in it: a crowd of Poisson arrivals, losses, a
// full accept queue, timers.
func busyTape(seed uint64) string {
	lab := NewNetwork(Seed(seed), Record())
	defer lab.Close()
	server := lab.NewHost("server", Limits{RxRing: 3, RxUsecs: 300 * time.Microsecond, RxFrames: 100})
	client := lab.NewHost("client", Limits{})
	lab.NewLink(client, server, LinkOptions{Delay: 100 * time.Microsecond, Rate: 50_000_000, Queue: 20})
	for i := range 3 {
		server.Spawn("server", func(p *Process) {
			l, err := p.ListenOn(Any(uint16(80+i)), 3)
			for err == nil {
				var fd int
				if fd, _, err = p.Accept4(l, 0); err == nil {
					p.Read(fd, make([]byte, 100))
					p.Sleep(20 * time.Millisecond)
					p.Close(fd)
				}
			}
		})
	}
	for i := range 3 {
		client.NewLoad(server.Addr(uint16(80+i)), LoadOptions{Clients: 100, Rate: 2000, Send: make([]byte, 300), HoldFor: time.Second})
	}
	lab.RunFor(5 * time.Second)
	return lab.Tape().String() + server.Stats().String() + client.Stats().String()
}

// Same seed, same tape, byte for byte; another seed, another tape.
func TestSameSeedSameTape(t *testing.T) {
	for name, story := range map[string]func(uint64) string{"smallest": smallest, "busy": busyTape} {
		a, b, c := story(1), story(1), story(2)
		if a != b {
			t.Errorf("the %s story must have the same tape in a second run:\n%s", name, firstLines(b, a))
		}
		if a == c {
			t.Errorf("the %s story must have another tape with another seed", name)
		}
		if len(a) < 1000 {
			t.Errorf("the %s story has a tape of %d bytes, too little to say anything", name, len(a))
		}
	}
	if tape := busyTape(1); !strings.Contains(tape, "rx_missed_errors") || !strings.Contains(tape, "ListenOverflows") || !strings.Contains(tape, "retransmission") {
		t.Error("the busy story must have losses, overflows and retransmissions in it")
	}
}

// Recording changes nothing but the tape.
func TestTapeChangesNothing(t *testing.T) {
	events := func(options ...Option) uint64 {
		lab := NewNetwork(append(options, Seed(3))...)
		defer lab.Close()
		server, client := lab.NewHost("server", Limits{RxRing: 4}), lab.NewHost("client", Limits{})
		lab.NewLink(client, server, LAN)
		server.Spawn("server", func(p *Process) {
			l, _ := p.ListenOn(Any(80), 3)
			for range 20 {
				fd, _, _ := p.Accept4(l, 0)
				p.Close(fd)
			}
		})
		client.NewLoad(server.Addr(80), LoadOptions{Clients: 50, Rate: 100_000})
		lab.Run()
		return lab.Events()<<20 ^ uint64(lab.Now())
	}
	if events() != events(Record()) {
		t.Error("a run with a tape must be the same run as one without")
	}
}

// The tape of a program is the same natively and in WASM, where node can run
// that.
func TestTapeInWASM(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not here, so nothing can run WASM")
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skipf("the go command is not here: %v", err)
	}
	start := filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec_node.js")
	if _, err := os.Stat(start); err != nil {
		t.Skipf("the Go distribution is without its WASM starter: %v", err)
	}
	dir := t.TempDir()
	tape := func(name string, env []string, run ...string) []byte {
		out := filepath.Join(dir, name)
		build := exec.Command("go", "build", "-o", out, "./testdata/tape")
		build.Env = append(os.Environ(), env...)
		if text, err := build.CombinedOutput(); err != nil {
			t.Fatalf("building the program %s: %v\n%s", name, err, text)
		}
		cmd := exec.Command(out)
		if len(run) > 0 {
			cmd = exec.Command(run[0], append(run[1:], out)...)
		}
		text, err := cmd.Output()
		if err != nil {
			t.Fatalf("running the program %s: %v", name, err)
		}
		return text
	}
	native := tape("native", nil)
	wasm := tape("tape.wasm", []string{"GOOS=js", "GOARCH=wasm"}, node, start)
	if !bytes.Equal(native, wasm) {
		t.Errorf("the tape in WASM must be the native one:\n%s", firstLines(string(wasm), string(native)))
	}
	if len(native) < 100_000 {
		t.Errorf("the program's tape has %d bytes, too little to say anything", len(native))
	}
}
