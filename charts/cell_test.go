//go:build unix

package charts

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A cell is a process of its own: the test binary, told by this variable which
// cell to be.
const cellEnv = "CHARTS_TEST_CELL"

// TestMain is the cell where it is told to be one. The tests build the renderer
// into a folder of their own, which proves that it can be built.
func TestMain(m *testing.M) {
	if name := os.Getenv(cellEnv); name != "" {
		os.Exit(cells[name]())
	}
	dir, err := os.MkdirTemp("", "charts-test-")
	if err != nil {
		panic(err)
	}
	// The go command keeps its own cache where it is.
	gocache, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		panic(err)
	}
	os.Setenv("GOCACHE", strings.TrimSpace(string(gocache)))
	os.Setenv("XDG_CACHE_HOME", dir)
	os.Setenv(CacheEnv, filepath.Join(dir, "first"))
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// cells are what readers write; the result is the exit status.
var cells = map[string]func() int{
	"two": func() int {
		Setup()
		fmt.Println("between the charts")
		return status(errors.Join(Journey(journeyPath()).Show(), Queue(backlogSamples()).Show()))
	},
	"one":  func() int { return status(AgainstNofile(nofileCurve()).Show()) },
	"bad":  func() int { return status(AgainstNofile(xy(4, 0)).Show()) },
	"html": func() int { return status(Display("<b>fold</b>", "fold")) },
}

func status(err error) int {
	if err != nil {
		return 3
	}
	return 0
}

// ran is what came out of a cell.
type ran struct {
	stdout, stderr string
	status         int
}

// cell runs one, in dir, with some of the environment changed.
func cell(t *testing.T, name, dir string, env ...string) ran {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(exe)
	c.Dir = dir
	c.Env = append(append(os.Environ(), cellEnv+"="+name), env...)
	var out, msg bytes.Buffer
	c.Stdout, c.Stderr = &out, &msg
	err = c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ran{out.String(), msg.String(), c.ProcessState.ExitCode()}
}

// shown is one output, as a kernel decodes it.
type shown struct {
	Data      map[string]any
	Metadata  map[string]any
	DisplayID string
}

// pipe is the kernel's end of the display pipe: one decoder for the cell.
func pipe(t *testing.T) (path string, outputs func() []shown) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan []shown, 1)
	go func() {
		var got []shown
		defer func() { done <- got }()
		f, err := os.Open(path)
		if err != nil {
			return
		}
		defer f.Close()
		for d := gob.NewDecoder(f); ; {
			var s shown
			if err := d.Decode(&s); err != nil {
				if err != io.EOF {
					t.Errorf("decoding: %v", err)
				}
				return
			}
			got = append(got, s)
		}
	}()
	return path, func() []shown {
		select {
		case got := <-done:
			return got
		case <-time.After(20 * time.Second):
			t.Fatal("the pipe was never closed")
			return nil
		}
	}
}

// TestTwoCharts: the library and two charts of one cell all arrive, in order,
// each with its text beside it.
func TestTwoCharts(t *testing.T) {
	path, outputs := pipe(t)
	r := cell(t, "two", t.TempDir(), "GONB_PIPE="+path)
	if r.status != 0 || r.stderr != "" && !strings.Contains(r.stderr, "building the renderer") {
		t.Fatalf("status %d, stderr %q", r.status, r.stderr)
	}
	got := outputs()
	if len(got) != 3 {
		t.Fatalf("%d outputs, want 3", len(got))
	}
	for i, want := range []string{"Charts on this page are live", Journey(journeyPath()).Text(), Queue(backlogSamples()).Text()} {
		text, _ := got[i].Data["text/plain"].(string)
		html, _ := got[i].Data["text/html"].(string)
		if !strings.HasPrefix(text, want) {
			t.Errorf("output %d: text %q, want %q", i, text, want)
		}
		if i > 0 && (!strings.HasPrefix(html, "<figure") || !strings.Contains(html, `src="data:image/svg+xml;base64,`)) {
			t.Errorf("output %d is no figure: %.200s", i, html)
		}
		if got[i].DisplayID != "" {
			t.Errorf("output %d updates %q: a second run would replace the first", i, got[i].DisplayID)
		}
	}
}

// TestSameBytes: the same cell in two processes gives the same bytes.
func TestSameBytes(t *testing.T) {
	var html [2]string
	for i := range html {
		path, outputs := pipe(t)
		if r := cell(t, "one", t.TempDir(), "GONB_PIPE="+path); r.status != 0 {
			t.Fatalf("status %d: %s", r.status, r.stderr)
		}
		html[i], _ = outputs()[0].Data["text/html"].(string)
	}
	if html[0] != html[1] || html[0] == "" {
		t.Errorf("two runs differ (%d and %d bytes)", len(html[0]), len(html[1]))
	}
}

func TestDisplay(t *testing.T) {
	path, outputs := pipe(t)
	if r := cell(t, "html", t.TempDir(), "GONB_PIPE="+path); r.status != 0 {
		t.Fatalf("status %d: %s", r.status, r.stderr)
	}
	if got := outputs(); len(got) != 1 || got[0].Data["text/html"] != "<b>fold</b>" || got[0].Data["text/plain"] != "fold" {
		t.Errorf("outputs %v", got)
	}
	if r := cell(t, "html", t.TempDir(), "GONB_PIPE="); r.stdout != "fold\n" {
		t.Errorf("outside a notebook it prints %q", r.stdout)
	}
}

// TestFile: outside a notebook a chart becomes a file in the current folder,
// and nothing else does.
func TestFile(t *testing.T) {
	dir := t.TempDir()
	r := cell(t, "two", dir, "GONB_PIPE=")
	if r.status != 0 {
		t.Fatalf("status %d: %s", r.status, r.stderr)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 2 {
		t.Fatalf("files %v, %v; want one a chart", files, err)
	}
	for _, f := range files {
		page, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(r.stdout, filepath.Base(f)) {
			t.Errorf("the name %s was not printed: %q", filepath.Base(f), r.stdout)
		}
		if !bytes.HasPrefix(page, []byte("<!doctype html>")) || !bytes.Contains(page, []byte("DecompressionStream")) {
			t.Errorf("%s is no page with the library in it", f)
		}
		if m := regexp.MustCompile(`(src|href)="[^d#][^"]*"`).Find(page); m != nil {
			t.Errorf("%s refers to another file: %s", f, m)
		}
	}
}

// TestFailures: whatever is missing, the cell gets the numbers, a reason that
// says what to do, and an error; it neither hangs nor panics.
func TestFailures(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	title := AgainstNofile(nofileCurve()).Title()
	for _, c := range []struct {
		desc, cell   string
		env          []string
		stdout, want string
	}{
		{"bad input", "bad", []string{"GONB_PIPE=x"}, "", "charts.AgainstNofile: curve 0, point 0: y = 0"},
		{"no such pipe", "one", []string{"GONB_PIPE=/nowhere/pipe"}, title, "display pipe GONB_PIPE=/nowhere/pipe"},
		{"a file for a pipe", "one", []string{"GONB_PIPE=" + plain}, title, "it is not a FIFO"},
		{"no go command", "one", []string{"PATH=/nowhere", CacheEnv + "=" + t.TempDir(), "XDG_CACHE_HOME=" + t.TempDir()}, title, "no go command on PATH: install Go"},
		{"no cache folder", "one", []string{"HOME=", "XDG_CACHE_HOME=", CacheEnv + "="}, title, "set SOCKETBOOK_CACHE or HOME"},
	} {
		env := append([]string{"GONB_PIPE="}, c.env...)
		r := cell(t, c.cell, t.TempDir(), env...)
		if r.status != 3 {
			t.Errorf("%s: status %d, want an error", c.desc, r.status)
		}
		if !strings.HasPrefix(r.stdout, c.stdout) || c.stdout == "" && r.stdout != "" {
			t.Errorf("%s: stdout %q, want %q", c.desc, r.stdout, c.stdout)
		}
		if !strings.Contains(r.stderr, c.want) || strings.Contains(r.stderr, "panic") {
			t.Errorf("%s: stderr %q, want %q", c.desc, r.stderr, c.want)
		}
	}
}

// TestBuildAtOnce: several cells with an empty cache all get their chart, and
// leave one renderer.
func TestBuildAtOnce(t *testing.T) {
	cache := t.TempDir()
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if r := cell(t, "one", t.TempDir(), "GONB_PIPE=", CacheEnv+"="+cache, "XDG_CACHE_HOME="+cache); r.status != 0 {
				t.Errorf("status %d: %s", r.status, r.stderr)
			}
		})
	}
	wg.Wait()
	files, err := filepath.Glob(filepath.Join(cache, "charts", "*"))
	if err != nil || len(files) != 1 || !strings.HasPrefix(filepath.Base(files[0]), "render-") {
		t.Errorf("the cache holds %v, %v", files, err)
	}
}

// TestPrune keeps the three newest renderers.
func TestPrune(t *testing.T) {
	dir := t.TempDir()
	for i := range 5 {
		path := filepath.Join(dir, fmt.Sprintf("render-%d", i))
		if err := os.WriteFile(path, nil, 0o755); err != nil {
			t.Fatal(err)
		}
		at := time.Unix(int64(1e9+i), 0)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	prune(dir)
	left, _ := filepath.Glob(filepath.Join(dir, "*"))
	var names []string
	for _, l := range left {
		names = append(names, filepath.Base(l))
	}
	if got := strings.Join(names, " "); got != "render-2 render-3 render-4" {
		t.Errorf("left: %s", got)
	}
}

// TestThinFront holds the front to what a cell may link: none of the drawing
// libraries, nor what keeps half the standard library alive.
func TestThinFront(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range strings.Fields(string(out)) {
		switch p {
		case "os/exec", "net", "net/http", "text/template", "html/template", "encoding/gob", "crypto/sha256":
			t.Errorf("a cell would link %s", p)
		}
		if strings.Contains(p, ".") || strings.HasPrefix(p, "socketbook/") && !strings.HasPrefix(p, "socketbook/charts") {
			t.Errorf("a cell would link %s", p)
		}
	}
}
