//go:build unix

package cell

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Both waits of an interrupt together must leave room in a second.
const _ = uint(900*time.Millisecond - interruptGrace - outputGrace)

// show is a cell's way to the display pipe, as short as it can be.
const show = `
type display struct {
	Data      map[string]any
	Metadata  map[string]any
	DisplayID string
}

var pipe = sync.OnceValue(func() *gob.Encoder {
	f, err := os.OpenFile(os.Getenv("GONB_PIPE"), os.O_WRONLY, 0)
	if err != nil {
		panic(err)
	}
	return gob.NewEncoder(f)
})

func show(id, mime string, value any) {
	if err := pipe().Encode(display{Data: map[string]any{mime: value}, DisplayID: id}); err != nil {
		panic(err)
	}
}
`

func TestDisplay(t *testing.T) {
	s := newSession(t, builder())
	s.prints("", show)
	s.prints("before\n", "%%\nfmt.Println(\"before\")\nshow(\"\", \"text/html\", \"<b>hi</b>\")\nshow(\"\", \"image/png\", []byte(\"png\"))\nshow(\"\", \"image/svg+xml\", []byte(\"<svg/>\"))")
	if len(s.shown) != 3 {
		t.Fatalf("%d displays; want 3", len(s.shown))
	}
	for i, want := range []map[string]any{{"text/html": "<b>hi</b>"}, {"image/png": "cG5n"}, {"image/svg+xml": "<svg/>"}} {
		if got := s.shown[i]; fmt.Sprint(got.Data) != fmt.Sprint(want) || got.Update || got.ID != "" {
			t.Errorf("display %d is %+v; want %v", i+1, got, want)
		}
	}
	if got := fmt.Sprint(s.order); got != "[stdout display]" {
		t.Errorf("order is %s: what was printed before a picture must come before it", got)
	}
}

func TestDisplayUpdates(t *testing.T) {
	s := newSession(t, builder())
	s.prints("", show)
	const code = "%%\nshow(\"bar\", \"text/plain\", \"1\")\nshow(\"bar\", \"text/plain\", \"2\")"
	updates := func() (list []bool) {
		for _, d := range s.shown {
			list = append(list, d.Update)
		}
		return list
	}
	if s.runOwned(t.Context(), "one", code); fmt.Sprint(updates()) != "[false true]" {
		t.Errorf("updates %v; want the first shown, the second in its place", updates())
	}
	if s.runOwned(t.Context(), "two", code); fmt.Sprint(updates()) != "[true true]" {
		t.Errorf("from another cell: updates %v; want all in place", updates())
	}
	if s.runOwned(t.Context(), "one", code); fmt.Sprint(updates()) != "[false true]" {
		t.Errorf("the same cell again: updates %v; want it shown anew, its output is gone", updates())
	}
}

func TestLargeDisplayAndOutput(t *testing.T) {
	s := newSession(t, builder())
	s.prints("", show)
	s.prints("", "%%\nshow(\"\", \"text/html\", strings.Repeat(\"é\", 2_000_000))")
	if len(s.shown) != 1 || len(s.shown[0].Data["text/html"].(string)) != 4_000_000 {
		t.Fatalf("%d displays; want one of 4 MB", len(s.shown))
	}
	s.prints(strings.Repeat("é", 500_000), "%%\nfor range 5 { os.Stdout.WriteString(strings.Repeat(\"é\", 100_000)) }")
}

func TestDisplayThatCannotBeRead(t *testing.T) {
	s := newSession(t, builder())
	s.prints("", show)
	s.prints("alive\n", "type secret struct{ A int }\nfunc init_gob() { gob.Register(secret{}) }\n%%\nshow(\"\", \"text/plain\", secret{1})\nshow(\"\", \"text/plain\", strings.Repeat(\"x\", 200_000))\nfmt.Println(\"alive\")")
	if !strings.Contains(s.stderr.String(), "a display was lost") {
		t.Errorf("standard error is %q; want a word about the lost display", &s.stderr)
	}
}

func TestNoPipeInTheShell(t *testing.T) {
	s := newSession(t, builder())
	s.prints("none\n", "!echo ${GONB_PIPE:-none}")
}

// watcher is an Output that waits for a word.
type watcher struct {
	mu   sync.Mutex
	text string
	word string
	seen chan struct{}
}

func (w *watcher) Stream(_, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := strings.Contains(w.text, w.word)
	w.text += text
	if !before && strings.Contains(w.text, w.word) {
		close(w.seen)
	}
}

func (w *watcher) Display(Display) {}

func TestStreamedAsItComes(t *testing.T) {
	s := newSession(t, builder())
	w := &watcher{word: "now", seen: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- s.Run(ctx, Request{Code: "%%\nfmt.Print(\"now\")\ntime.Sleep(time.Hour)", Count: 1}, w)
	}()
	<-w.seen // comes while the cell sleeps, though no line was ended
	select {
	case err := <-done:
		t.Errorf("the cell ended by itself: %v", err)
	default:
	}
	cancel()
	<-done
}

func TestInterrupt(t *testing.T) {
	for name, code := range map[string]string{
		"a program":              "%%\nfmt.Println(\"pid\", os.Getpid())\ntime.Sleep(time.Hour)",
		"deaf to SIGINT":         "%%\nsignal.Ignore(os.Interrupt)\nfmt.Println(\"pid\", os.Getpid())\ntime.Sleep(time.Hour)",
		"a busy loop":            "%%\nfmt.Println(\"pid\", os.Getpid())\nfor {\n}",
		"one that prints":        "%%\nfmt.Println(\"pid\", os.Getpid())\nfor { fmt.Println(\"again\") }",
		"the shell":              "!echo pid $$; sleep 1000",
		"the shell's background": "!sleep 1000 & echo pid $!; wait",
		"a deaf grandchild":      "!sh -c 'trap \"\" INT; echo pid $$; sleep 1000' & wait",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSession(t, builder())
			w := &watcher{word: "\n", seen: make(chan struct{})}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- s.Run(ctx, Request{Code: code, Count: 1}, w) }()
			<-w.seen
			cancel()
			err := <-done
			cellErr, ok := errors.AsType[*Error](err)
			if !ok || cellErr.Name != "Interrupted" {
				t.Errorf("error is %v; want Interrupted", err)
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			var pid int
			if _, err := fmt.Sscanf(w.text, "pid %d", &pid); err != nil {
				t.Fatalf("the cell said %.40q", w.text)
			}
			gone(t, pid)
		})
	}
}

// gone waits until a process has ended.
func gone(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if syscall.Kill(pid, 0) != nil || zombie(pid) {
			return
		}
	}
	t.Errorf("process %d is still there", pid)
}

// zombie tells a process that ended but whose parent has not asked yet.
func zombie(pid int) bool {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && strings.Contains(string(data), ") Z ")
}

func TestInterruptWhileCompiling(t *testing.T) {
	s := newSession(t, builder())
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("time is up"))
	if err := s.runOwned(ctx, "", "%%\nfmt.Println(1)"); err == nil || err.Value != "interrupted: time is up" {
		t.Errorf("error is %v; want interrupted: time is up", err)
	}
	s.prints("1\n", "%%\nfmt.Println(1)")
}

func TestCloseEndsTheBackground(t *testing.T) {
	s := newSession(t, builder())
	if err := s.run("!sleep 1000 >/dev/null 2>&1 & echo $!"); err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(s.stdout.String()))
	if err != nil {
		t.Fatal(err)
	}
	if syscall.Kill(pid, 0) != nil {
		t.Fatal("the background process did not live on after its cell")
	}
	tmp := s.tmp
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	gone(t, pid)
	if _, err := os.Stat(tmp); !os.IsNotExist(err) {
		t.Errorf("the temporary folder %s is still there", tmp)
	}
}

func TestMarkerHoldsBackOnlyFrames(t *testing.T) {
	e := &Engine{sources: map[int][]string{2: {"a", " b()"}}}
	for name, c := range map[string]struct{ in, want []string }{
		"plain":      {[]string{"hello ", "world\n"}, []string{"hello ", "world\n"}},
		"frame":      {[]string{"\tcell-2.go:2 +0x1d\n"}, []string{"\t[[ Cell [2] Line 2 ]] b()\n"}},
		"cut frame":  {[]string{"x\n\tce", "ll-2.go", ":2\nrest"}, []string{"x\n", "", "\t[[ Cell [2] Line 2 ]] b()\nrest"}},
		"other tab":  {[]string{"\tce", "ntre"}, []string{"", "\tcentre"}},
		"mid line":   {[]string{"a", "\tcell-2.go:2\n"}, []string{"a", "\tcell-2.go:2\n"}},
		"not a cell": {[]string{"\tcell-2.go:x\n"}, []string{"\tcell-2.go:x\n"}},
		"unknown":    {[]string{"\tcell-9.go:4 +0x2\n"}, []string{"\t[[ Cell [9] Line 4 ]]\n"}},
	} {
		m := &marker{engine: e}
		for i := range c.in {
			if got := string(m.filter([]byte(c.in[i]), false)); got != c.want[i] {
				t.Errorf("%s, piece %d: %q; want %q", name, i+1, got, c.want[i])
			}
		}
		if rest := m.filter(nil, true); len(rest) > 0 {
			t.Errorf("%s: %q held back to the end", name, rest)
		}
	}
}

func TestWholeCharacters(t *testing.T) {
	for data, want := range map[string]int{"": 0, "abc": 3, "é": 2, "a\xc3": 1, "€\xe2\x82": 3, "\xf0\x9f\x92": 0, "\xff": 1, "\x82\x82\x82\x82": 4} {
		if got := validPrefix([]byte(data)); got != want {
			t.Errorf("validPrefix(%q) = %d; want %d", data, got, want)
		}
	}
}
