package gopls

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test's program be a server that behaves as a test wants.
func TestMain(m *testing.M) {
	switch os.Getenv("FAKE_GOPLS") {
	case "silent":
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	case "deaf":
		time.Sleep(time.Hour)
	case "noise":
		fmt.Print("Content-Length: many\r\n\r\nxyz")
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	case "slow": // says hello, and reads nothing after it
		in := bufio.NewReader(os.Stdin)
		for range 4 {
			var n int
			line, _ := in.ReadString('\n')
			fmt.Sscanf(line, "Content-Length: %d", &n)
			in.ReadString('\n')
			data := make([]byte, n)
			io.ReadFull(in, data)
			var ask struct{ ID *json.RawMessage }
			if json.Unmarshal(data, &ask) == nil && ask.ID != nil {
				text := fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":null}`, *ask.ID)
				fmt.Printf("Content-Length: %d\r\n\r\n%s", len(text), text)
			}
		}
		time.Sleep(time.Hour) // and what comes is left in the pipe
	}
	os.Exit(m.Run())
}

func fake(t *testing.T, how string) *Server {
	t.Helper()
	t.Setenv("FAKE_GOPLS", how)
	s, err := Start(os.Args[0], filepath.Join(t.TempDir(), "cell"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestNobodyWaitsForASlowServer(t *testing.T) {
	files := []File{{"cell.go", "package main\n" + strings.Repeat("// a long cell\n", 1<<16)}}
	for _, how := range []string{"silent", "deaf", "noise", "slow"} {
		s := fake(t, how)
		if how == "slow" {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if err := s.WaitReady(ctx); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		for range 3 {
			if items, err := s.Complete(ctx, files, 3); err == nil || items != nil {
				t.Errorf("%s: %v, %v; want no answer", how, items, err)
			}
		}
		if how == "noise" {
			if err := s.WaitReady(t.Context()); err == nil {
				t.Error("noise is taken for an answer")
			}
		}
	}
}

func TestPosition(t *testing.T) {
	for _, tt := range []struct {
		text            string
		at              int
		line, character int
	}{{"ab\ncd", 4, 1, 1}, {"é𝄞x", len("é𝄞"), 0, 3}, {"a", 9, 0, 1}, {"", 0, 0, 0}, {"\n\n", 2, 2, 0}} {
		if l, c := position(tt.text, tt.at); l != tt.line || c != tt.character {
			t.Errorf("%q at %d: %d, %d; want %d, %d", tt.text, tt.at, l, c, tt.line, tt.character)
		}
	}
}

// TestGopls asks a real one, where there is one.
func TestGopls(t *testing.T) {
	path, err := exec.LookPath("gopls")
	if err != nil {
		t.Skip("no gopls on PATH; go install golang.org/x/tools/gopls@v0.21.0 brings it")
	}
	module, err := filepath.Abs("../cell/testdata/module")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip(err)
	}
	s, err := Start(path, filepath.Join(module, "no-such-folder"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), startLimit)
	defer cancel()
	begun := time.Now()
	if err := s.WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	t.Logf("ready after %v", time.Since(begun))
	cell := "package main; import \"fixture/greet\"; func main() {\n\tp := point{}\n\tprintln(p.x, greet.)\n}\n"
	files := []File{{"cell.go", cell}, {"memory.go", "package main\n\ntype point struct{ x int }\n\n// far is a distance.\nfunc (p point) far() int { return p.x }\n"}}
	for range 3 {
		begun = time.Now()
		items, err := s.Complete(ctx, files, strings.Index(cell, "greet.)")+len("greet."))
		if err != nil || !slices.ContainsFunc(items, func(i Item) bool { return i.Text == "Hello" }) {
			t.Fatalf("items %v, %v", items, err)
		}
		t.Logf("%d items after %v: %v", len(items), time.Since(begun), items)
	}
	begun = time.Now()
	items, err := s.Complete(ctx, files, strings.Index(cell, "p.x")+2)
	t.Logf("%v %v after %v", items, err, time.Since(begun))
	begun = time.Now()
	text, err := s.Hover(ctx, files, strings.Index(cell, "point{}"))
	if err != nil || !strings.Contains(text, "type point struct") || !strings.Contains(text, "far()") {
		t.Errorf("hover says %q, %v", text, err)
	}
	t.Logf("hover after %v: %q", time.Since(begun), text)
}
