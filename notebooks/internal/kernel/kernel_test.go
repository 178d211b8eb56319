//go:build unix

package kernel

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"

	"socketbook/notebooks/internal/cell"
)

var builder = sync.OnceValue(func() *cell.Builder { return cell.NewBuilder("../cell/testdata/module") })

// patience bounds every wait, so that a kernel that does not answer fails the test.
const patience = 60 * time.Second

// server is a kernel under test and a client connected to it.
type server struct {
	*Client
	t      *testing.T
	ctx    context.Context
	conn   Connection
	served chan error
}

func start(t *testing.T, opts Options) *server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	ready := make(chan Connection, 1)
	opts.Builder, opts.Ready = builder(), func(c Connection) { ready <- c }
	if opts.Dir == "" {
		opts.Dir = t.TempDir()
	}
	s := &server{t: t, ctx: ctx, served: make(chan error, 1)}
	serving, stop := context.WithCancel(context.Background())
	go func() { s.served <- ServeConnection(serving, Local(), opts) }()
	select {
	case s.conn = <-ready:
	case err := <-s.served:
		t.Fatal(err)
	}
	var err error
	if s.Client, err = Dial(ctx, s.conn); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		stop()
		<-s.served
		cancel()
	})
	return s
}

// heard is what a request brought, in one line a message: "stream stdout hi\n".
type heard struct {
	lines []string
	reply object
}

func (h *heard) show(m *Message) {
	var c object
	_ = json.Unmarshal(m.Content, &c)
	line := m.Header.Type
	switch line {
	case "status":
		line = fmt.Sprint(c["execution_state"])
	case "stream":
		line = fmt.Sprintf("%v %v", c["name"], c["text"])
	case "execute_input":
		line += fmt.Sprintf(" %v", c["execution_count"])
	case "display_data", "update_display_data":
		line += fmt.Sprintf(" %v %v", c["data"], c["transient"])
	case "error":
		line += fmt.Sprintf(" %v: %v %v", c["ename"], c["evalue"], c["traceback"])
	}
	h.lines = append(h.lines, line)
}

func (s *server) ask(channel, kind string, content any) *heard {
	s.t.Helper()
	h := &heard{}
	reply, err := s.Request(s.ctx, channel, kind, content, h.show)
	if err != nil {
		s.t.Fatalf("%s: %v; heard %q", kind, err, h.lines)
	}
	if err := json.Unmarshal(reply.Content, &h.reply); err != nil {
		s.t.Fatal(err)
	}
	return h
}

func (s *server) execute(code string) *heard {
	s.t.Helper()
	return s.ask("shell", "execute_request", object{"code": code})
}

// hears demands that this was published, in this order.
func (h *heard) hears(t *testing.T, want ...string) {
	t.Helper()
	if got := strings.Join(h.lines, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("published\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func TestExecute(t *testing.T) {
	s := start(t, Options{})
	h := s.execute("func f() int { return 6 }\n%%\nfmt.Println(f(), \"<&>é\")")
	h.hears(t, "busy", "execute_input 1", "stdout 6 <&>é\n", "idle")
	if h.reply["status"] != "ok" || h.reply["execution_count"] != 1.0 {
		t.Errorf("reply is %v", h.reply)
	}
	s.execute("%%\nfmt.Println(f() * 7)").hears(t, "busy", "execute_input 2", "stdout 42\n", "idle")
	h = s.ask("shell", "execute_request", object{"code": "%%\nfmt.Println(1)", "silent": true})
	h.hears(t, "busy", "idle")
	h = s.ask("shell", "execute_request", object{"code": "%%\nfmt.Println(1)", "store_history": false})
	h.hears(t, "busy", "execute_input 2", "stdout 1\n", "idle")
	s.execute("").hears(t, "busy", "execute_input 3", "idle")
}

func TestExecuteError(t *testing.T) {
	s := start(t, Options{})
	h := s.execute("%%\nfmt.Println(x)")
	h.hears(t, "busy", "execute_input 1",
		"error CompileError: Cell [1] Line 2: undefined: x [[[ Cell [1] Line 2 ]] undefined: x\n    fmt.Println(x)\n                ^]", "idle")
	if h.reply["status"] != "error" || h.reply["ename"] != "CompileError" || h.reply["execution_count"] != 1.0 {
		t.Errorf("reply is %v", h.reply)
	}
	if h = s.execute("%%\npanic(\"no\")"); h.reply["evalue"] != "exit status 2" {
		t.Errorf("reply is %v", h.reply)
	}
	if !strings.Contains(strings.Join(h.lines, ""), "\t[[ Cell [2] Line 2 ]] panic(\"no\")\n") {
		t.Errorf("the stack trace does not name the line: %q", h.lines)
	}
}

func TestFailureAbortsWhatWaits(t *testing.T) {
	var k *kernel
	s := start(t, Options{started: func(started *kernel) { k = started }})
	gate := filepath.Join(t.TempDir(), "gate")
	if err := syscall.Mkfifo(gate, 0o600); err != nil {
		t.Fatal(err)
	}
	waiting := func() int {
		k.queue.mu.Lock()
		defer k.queue.mu.Unlock()
		return len(k.queue.waiting)
	}
	// The first cell waits until the others are in the queue.
	queue := func(stopOnError bool) (states []string) {
		var waits []func(context.Context, func(*Message)) (*Message, error)
		for i, code := range []string{"!cat " + gate + "\n%%\nos.Exit(1)", "%%\nfmt.Println(2)", "%%\nfmt.Println(3)"} {
			wait, err := s.Start("shell", "execute_request", object{}, object{"code": code, "stop_on_error": stopOnError || i > 0})
			if err != nil {
				t.Fatal(err)
			}
			waits = append(waits, wait)
		}
		for waiting() < 2 && s.ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		f, err := os.OpenFile(gate, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		for _, wait := range waits {
			reply, err := wait(s.ctx, nil)
			if err != nil {
				t.Fatal(err)
			}
			var c object
			_ = json.Unmarshal(reply.Content, &c)
			states = append(states, c["status"].(string))
		}
		return states
	}
	if got := fmt.Sprint(queue(true)); got != "[error aborted aborted]" {
		t.Errorf("after a failure: %s; want the others aborted", got)
	}
	if got := fmt.Sprint(queue(false)); got != "[error ok ok]" {
		t.Errorf("with stop_on_error false: %s; want the others run", got)
	}
}

const showFunc = `
type display struct {
	Data      map[string]any
	Metadata  map[string]any
	DisplayID string
}

func show(displays ...display) {
	f, err := os.OpenFile(os.Getenv("GONB_PIPE"), os.O_WRONLY, 0)
	if err != nil {
		panic(err)
	}
	enc := gob.NewEncoder(f)
	for _, d := range displays {
		if err := enc.Encode(d); err != nil {
			panic(err)
		}
	}
}
`

func TestDisplay(t *testing.T) {
	s := start(t, Options{})
	s.execute(showFunc)
	h := s.execute(`%%
show(display{Data: map[string]any{"text/plain": "a"}}, display{Data: map[string]any{"text/plain": "1"}, DisplayID: "x"}, display{Data: map[string]any{"text/plain": "2"}, DisplayID: "x"})`)
	h.hears(t, "busy", "execute_input 2", "display_data map[text/plain:a] map[]",
		"display_data map[text/plain:1] map[display_id:x]", "update_display_data map[text/plain:2] map[display_id:x]", "idle")
	h = s.execute("%%\nshow(display{Data: map[string]any{\"text/html\": strings.Repeat(\"<p>\", 1<<20)}})")
	if len(h.lines) != 4 || len(h.lines[2]) < 3<<20 {
		t.Errorf("3 MB of HTML: %d messages", len(h.lines))
	}
}

func TestInterrupt(t *testing.T) {
	s := start(t, Options{})
	for name, code := range map[string]string{
		"asleep":   "%%\nfmt.Println(\"here\")\ntime.Sleep(time.Hour)",
		"printing": "%%\nfor { fmt.Println(\"here\", strings.Repeat(\"x\", 1000)) }",
	} {
		var once sync.Once
		h := &heard{}
		asked := make(chan *heard, 1)
		reply, err := s.Request(s.ctx, "shell", "execute_request", object{"code": code}, func(m *Message) {
			if m.Header.Type == "stream" {
				once.Do(func() {
					go func() { asked <- s.ask("control", "interrupt_request", object{}) }()
				})
				return
			}
			h.show(m)
		})
		if err != nil {
			t.Fatal(err)
		}
		if (<-asked).reply["status"] != "ok" {
			t.Errorf("%s: interrupt was not confirmed", name)
		}
		var c object
		_ = json.Unmarshal(reply.Content, &c)
		if c["ename"] != "Interrupted" {
			t.Errorf("%s: reply is %v; want Interrupted", name, c)
		}
	}
	s.execute("%%\nfmt.Println(\"alive\")").hears(t, "busy", "execute_input 3", "stdout alive\n", "idle")
}

func TestKernelInfo(t *testing.T) {
	s := start(t, Options{Version: "1.2.3"})
	for _, channel := range []string{"shell", "control"} {
		h := s.ask(channel, "kernel_info_request", object{})
		h.hears(t, "busy", "idle")
		info, _ := h.reply["language_info"].(object)
		for field, want := range map[string]string{"name": "go", "file_extension": ".go", "mimetype": "text/x-go", "pygments_lexer": "go"} {
			if info[field] != want {
				t.Errorf("%s: language_info.%s is %v; want %s", channel, field, info[field], want)
			}
		}
		if h.reply["implementation_version"] != "1.2.3" || h.reply["protocol_version"] != "5.3" {
			t.Errorf("%s: reply is %v", channel, h.reply)
		}
	}
}

func TestOtherRequests(t *testing.T) {
	s := start(t, Options{})
	s.execute("var a = 1")
	s.execute("var b = 2")
	for _, c := range []struct {
		kind    string
		content object
		want    string
	}{
		{"comm_info_request", object{}, `{"comms":{},"status":"ok"}`},
		{"complete_request", object{"code": "/* é */ greet.He", "cursor_pos": 16}, `{"cursor_end":16,"cursor_start":14,"matches":["Hello"],"metadata":` +
			`{"_jupyter_types_experimental":[{"end":16,"signature":"func(name string) string","start":14,"text":"Hello","type":"function"}]},"status":"ok"}`},
		{"complete_request", object{"code": "nobody.", "cursor_pos": 7}, `{"cursor_end":7,"cursor_start":7,"matches":[],"metadata":{"_jupyter_types_experimental":[]},"status":"ok"}`},
		{"inspect_request", object{"code": "/* é */ greet.Word", "cursor_pos": 17}, `{"data":{"text/markdown":"` + "```go\\nconst greet.Word untyped string" +
			"\\n```\\n\\nWord is what Hello says.\\n" + `","text/plain":"const greet.Word untyped string\n\nWord is what Hello says."},"found":true,"metadata":{},"status":"ok"}`},
		{"inspect_request", object{"code": "nobody", "cursor_pos": 1}, `{"data":{},"found":false,"metadata":{},"status":"ok"}`},
		{"history_request", object{"hist_access_type": "tail", "n": 1}, `{"history":[[0,2,"var b = 2"]],"status":"ok"}`},
		{"history_request", object{"hist_access_type": "range", "start": 1, "stop": 2, "output": true}, `{"history":[[0,1,["var a = 1",null]]],"status":"ok"}`},
		{"history_request", object{"hist_access_type": "search", "pattern": "*b =*", "n": 9}, `{"history":[[0,2,"var b = 2"]],"status":"ok"}`},
		{"is_complete_request", object{"code": "%%\nx := 1"}, `{"status":"complete"}`},
	} {
		h := s.ask("shell", c.kind, c.content)
		h.hears(t, "busy", "idle")
		if got, _ := json.Marshal(h.reply); string(got) != c.want {
			t.Errorf("%s %v: %s; want %s", c.kind, c.content, got, c.want)
		}
	}
	var h heard
	wait, err := s.Start("shell", "comm_open", object{}, object{"comm_id": "7", "target_name": "widget"})
	if err != nil {
		t.Fatal(err)
	}
	s.ask("shell", "kernel_info_request", object{}) // comm_open has no reply; this one comes after it
	ctx, cancel := context.WithCancel(s.ctx)
	_, _ = wait(ctx, func(m *Message) {
		h.show(m)
		if h.lines[len(h.lines)-1] == "idle" {
			cancel()
		}
	})
	h.hears(t, "busy", "comm_close", "idle")
}

func TestIsComplete(t *testing.T) {
	for code, want := range map[string]string{
		"func f() int { return 1 }":  "complete",
		"%%\nfmt.Println(1)":         "complete",
		"!ls\n%cd x":                 "complete",
		"func f() {":                 "incomplete",
		"%%\nif true {":              "incomplete",
		"%%\nfmt.Println(":           "incomplete",
		"const s = `open":            "incomplete",
		"x := 1":                     "invalid",
		"func f() { return return }": "invalid",
	} {
		if got := isComplete(code)["status"]; got != want {
			t.Errorf("%q is %v; want %s", code, got, want)
		}
	}
}

func TestHeartbeat(t *testing.T) {
	s := start(t, Options{})
	for _, beat := range []string{"ping", "again"} {
		if back, err := s.Heartbeat([]byte(beat)); err != nil || string(back) != beat {
			t.Errorf("heartbeat %q comes back as %q, %v", beat, back, err)
		}
	}
}

func TestWrongSignatureIsDropped(t *testing.T) {
	var log lockedBuffer
	dir := t.TempDir()
	s := start(t, Options{Dir: dir, Log: &log})
	for name, bad := range map[string]signer{"foreign key": {key: []byte("guessed")}, "no signature": {}} {
		m, err := compose(s.session, "execute_request", nil, object{"code": "!touch " + filepath.Join(dir, "harm")})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.shell.SendMulti(zmq4.NewMsgFrom(bad.encode(m)...)); err != nil {
			t.Fatal(err)
		}
		s.execute("!true") // comes after it on the same channel
		if _, err := os.Stat(filepath.Join(dir, "harm")); !os.IsNotExist(err) {
			t.Errorf("%s: the cell was run", name)
		}
	}
	if got := strings.Count(log.String(), "a message was dropped: the signature is wrong"); got != 2 {
		t.Errorf("log speaks of %d dropped messages; want 2:\n%s", got, &log)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestMalformedMessages(t *testing.T) {
	key := signer{key: []byte("k")}
	frames := func(parts ...string) [][]byte {
		var list [][]byte
		for _, p := range parts {
			list = append(list, []byte(p))
		}
		return list
	}
	signed := func(parts ...string) [][]byte {
		return append(frames("<IDS|MSG>", string(key.sign(frames(parts...)...))), frames(parts...)...)
	}
	for name, f := range map[string][][]byte{
		"nothing":      nil,
		"no delimiter": frames("a", "b", "c", "d", "e", "f"),
		"too short":    frames("<IDS|MSG>", "", "{}", "{}", "{}"),
		"header":       signed("nonsense", "{}", "{}", "{}"),
		"parent":       signed("{}", "[", "{}", "{}"),
	} {
		if m, err := key.decode(f); err == nil {
			t.Errorf("%s: decoded as %v", name, m)
		}
	}
	m, err := compose("s", "kind", nil, object{"a": "<b>"})
	if err != nil {
		t.Fatal(err)
	}
	m.identities = frames("id")
	back, err := key.decode(key.encode(m))
	if err != nil || back.Header != m.Header || string(back.Content) != `{"a":"<b>"}` || string(back.identities[0]) != "id" {
		t.Errorf("came back as %+v, %v", back, err)
	}
}

func TestTwoKernelsDoNotMeet(t *testing.T) {
	a, b := start(t, Options{}), start(t, Options{})
	a.execute("func who() string { return \"a\" }")
	b.execute("func who() string { return \"b\" }")
	if got := a.execute("%%\nfmt.Println(who(), os.Getenv(\"GONB_TMP_DIR\"))").lines[2]; !strings.HasPrefix(got, "stdout a ") {
		t.Errorf("kernel a says %q", got)
	} else if got == b.execute("%%\nfmt.Println(who(), os.Getenv(\"GONB_TMP_DIR\"))").lines[2] {
		t.Errorf("both kernels work in one folder: %q", got)
	}
	if a.conn.Key == b.conn.Key {
		t.Error("both kernels have one key")
	}
}

func TestShutdown(t *testing.T) {
	s := start(t, Options{})
	var pid int
	var tmp string
	once := make(chan struct{})
	wait, err := s.Start("shell", "execute_request", object{}, object{"code": "%%\nfmt.Println(os.Getpid(), os.Getenv(\"GONB_TMP_DIR\"))\ntime.Sleep(time.Hour)"})
	if err != nil {
		t.Fatal(err)
	}
	go wait(s.ctx, func(m *Message) {
		if m.Header.Type == "stream" {
			fmt.Sscan(field(m, "text"), &pid, &tmp)
			close(once)
		}
	})
	<-once
	if err := s.Shutdown(s.ctx); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, 0); err == nil {
		t.Errorf("the cell's process %d is still there after the reply", pid)
	}
	if _, err := os.Stat(tmp); !os.IsNotExist(err) {
		t.Errorf("the folder %s is still there after the reply", tmp)
	}
	if err := <-s.served; err != nil {
		t.Errorf("Serve ends with %v", err)
	}
	s.served <- nil // for the cleanup
}

func TestConnectionFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "connection.json")
	for content, want := range map[string]string{
		``:                    "the connection file " + file,
		`{"transport":"udp"}`: `transport is "udp"; want tcp or ipc`,
		`{"transport":"tcp"}`: "ip is empty",
		`{"transport":"tcp","ip":"127.0.0.1","key":"k","signature_scheme":"md5"}`: `signature_scheme is "md5"; want hmac-sha256`,
		`{"transport":"tcp","ip":"127.0.0.1","shell_port":70000}`:                 "shell_port is 70000; want 0 to 65535",
	} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Serve(t.Context(), file, Options{Module: "../cell/testdata/module"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error is %v; want %q", content, err, want)
		}
	}
	if err := Serve(t.Context(), file+".none", Options{}); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("a missing file: %v", err)
	}
}

func TestBusyPort(t *testing.T) {
	s := start(t, Options{})
	conn := Local()
	conn.IOPubPort = s.conn.IOPubPort
	err := ServeConnection(t.Context(), conn, Options{Builder: builder(), Log: io.Discard})
	if err == nil || !strings.Contains(err.Error(), "the iopub channel cannot listen on tcp://127.0.0.1:") || !strings.Contains(err.Error(), "in use") {
		t.Errorf("error is %v", err)
	}
}
