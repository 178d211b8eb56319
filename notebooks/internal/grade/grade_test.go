//go:build unix

package grade

import (
	"encoding/csv"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"socketbook/notebooks/internal/cell"
)

func TestMain(m *testing.M) {
	Enter()
	os.Exit(m.Run())
}

// notebook is a file with these code cells, by their identities.
func notebook(t *testing.T, path string, cells ...[2]string) {
	t.Helper()
	list := []any{}
	for _, c := range cells {
		list = append(list, map[string]any{
			"cell_type": "code", "id": c[0], "metadata": map[string]any{}, "execution_count": nil, "source": c[1],
			// What a notebook says it printed is never read.
			"outputs": []any{map[string]any{"output_type": "stream", "name": "stdout", "text": "Exercise 1: solved. Really.\n"}},
		})
	}
	data, err := json.Marshal(map[string]any{"cells": list, "metadata": map[string]any{}, "nbformat": 4, "nbformat_minor": 5})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

const (
	function = "func open8080(p *sockets.Process) error {\n\treturn check.Todo\n}\n\n%%\ncheck.ClaimPort(open8080)"
	right    = "func open8080(p *sockets.Process) error {\n\tfd, err := p.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)\n\tif err != nil {\n\t\treturn err\n\t}\n" +
		"\tif err := p.Bind(fd, sockets.Any(8080)); err != nil {\n\t\treturn err\n\t}\n\treturn p.Listen(fd, 5)\n}\n\n%%\ncheck.ClaimPort(open8080)"
)

// withBody is an answer whose function does this first.
func withBody(body string) string {
	return strings.Replace(right, "\tfd, err", "\t"+body+"\n\tfd, err", 1)
}

// class grades learners who each hand in one answer to the same exercise.
func class(t *testing.T, answers map[string]string) (*Class, map[string]Exercise) {
	t.Helper()
	dir := t.TempDir()
	lesson := filepath.Join(dir, "book", "02-port.ipynb")
	notebook(t, lesson, [2]string{"helper", "// helper is the lesson's.\nfunc helper() int { return 1 }\nfunc patience() int { return two() }\nfunc two() int { return 2 }"},
		[2]string{"exercise-1-answer", function}, [2]string{"exercise-2-answer", "%%\nclinic.Patience(patience())"})
	for name, answer := range answers {
		notebook(t, filepath.Join(dir, "class", name, "02-port.ipynb"), [2]string{"helper", "changed"}, [2]string{"exercise-1-answer", answer})
	}
	c, err := Run(t.Context(), Options{Dir: filepath.Join(dir, "class"), Lessons: []string{lesson}, Builder: cell.NewBuilder("../../.."), Timeout: 8 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]Exercise{}
	for _, s := range c.Students {
		got[s.Name] = s.Lessons[0].Exercises[0]
	}
	return c, got
}

func TestOutcomes(t *testing.T) {
	_, got := class(t, map[string]string{
		"right":       right,
		"open":        function,
		"typo":        strings.Replace(right, "Bind", "Bnd", 1),
		"no-go":       "func open8080(",
		"panic":       "var x = func() int { panic(\"no\") }()\n" + right,
		"endless":     "var x = func() int { for { time.Sleep(time.Hour) } }()\n" + right,
		"forged":      "func open8080(p *sockets.Process) error { return nil }\n%%\nfmt.Println(\"Exercise 1: solved. I say so.\")",
		"two-lines":   withBody("fmt.Println(\"Exercise 1: solved. I say so.\")"),
		"same-line":   strings.Replace(function, "return check.Todo", "fmt.Print(\"Exercise 1: solved. \"); return check.Todo", 1),
		"own-check":   "var check = struct{ ClaimPort func(any) }{func(any) { fmt.Println(\"Exercise 1: solved.\") }}\n%%\ncheck.ClaimPort(nil)",
		"other-check": strings.Replace(right, "check.ClaimPort(open8080)", "check.Backlog(5)", 1),
		"init":        "func init() { fmt.Println(\"Exercise 1: solved.\") }\n" + right,
		"init_x":      "func init_x() {}\n" + right,
		"reader":      withBody("os.ReadFile(\"/etc/passwd\")"),
		"shell":       "!cat ../*/*\n" + right,
		"linkname":    "//go:linkname x os.Exit\nfunc x(int)\n" + right,
		"unsafe":      "import \"unsafe\"\nvar _ = unsafe.Pointer(nil)\n" + right,
		"alias":       "import fmt \"os\"\nvar _ = fmt.Args\n" + right,
		"helper":      "func helper() int { return 2 }\n" + right,
		"uses-helper": withBody("_ = helper()"),
		"floods":      withBody("for range 100_000 { fmt.Println(\"0123456789\") }"),
		"greedy":      withBody("b := make([]byte, 2<<30); b[len(b)-1] = 1; fmt.Fprint(io.Discard, b[0], b[len(b)-1])"),
	})
	for name, want := range map[string][2]string{
		"right":       {Solved, ""},
		"open":        {Open, "check.Todo"},
		"typo":        {Broken, "p.Bnd undefined"},
		"no-go":       {Look, "does not end with check.ClaimPort"},
		"panic":       {Failed, "panic: no"},
		"endless":     {Failed, "no end after 8s"},
		"forged":      {Look, "does not end with check.ClaimPort"},
		"two-lines":   {Look, "more lines like its own"},
		"same-line":   {Look, "more lines like its own"},
		"own-check":   {Look, "it declares check"},
		"other-check": {Look, "does not end with check.ClaimPort"},
		"init":        {Look, "it declares init, which runs by itself"},
		"init_x":      {Look, "it declares init_x, which runs by itself"},
		"reader":      {Look, "it uses os.ReadFile"},
		"shell":       {Look, "is not Go"},
		"linkname":    {Look, "an order to the compiler"},
		"unsafe":      {Look, "it imports unsafe"},
		"alias":       {Look, "it imports os"},
		"helper":      {Solved, ""}, // no question depends on it
		"uses-helper": {Solved, ""},
		"floods":      {Look, "printed more than is read"},
		"greedy":      {Failed, "out of memory"},
	} {
		if e := got[name]; e.State != want[0] || !strings.Contains(e.Text, want[1]) {
			t.Errorf("%s: %s: %s; want %s: %s", name, e.State, e.Text, want[0], want[1])
		}
	}
}

// What the call of a check leads to belongs to the question.
func TestQuestionIsNotReplaced(t *testing.T) {
	known := namesIn("func a() int { return b }\nvar b = c\nconst c = 1\nfunc d() {}", "check.X(a())")
	for name, protected := range map[string]bool{"a": true, "b": true, "c": true, "d": false} {
		got := vet(parts{decls: "func " + name + "() int { return 0 }", body: "check.X(a())"}, known)
		if want := "it declares " + name + ", which is the lesson's"; (got == want) != protected || !protected && got != "" {
			t.Errorf("%s: %q; protected %v", name, got, protected)
		}
	}
}

// TestJail runs what no answer could contain, and looks at what it can reach.
func TestJail(t *testing.T) {
	j := newJail(t.Context())
	if !j.closed {
		// Where a plain tool has namespaces, a jail without them is our fault.
		if exec.Command("unshare", "--user", "--map-root-user", "--mount", "--net", "--pid", "--fork", "true").Run() == nil {
			t.Fatal("this machine has namespaces, and the jail has none: ", j.why)
		}
		t.Skip("no namespaces here: ", j.why)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("42"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ code, want string }{
		"files":      {"entries, _ := os.ReadDir(\"/\"); for _, e := range entries { fmt.Println(e.Name()) }", "answer\ntmp\n"},
		"secret":     {"_, err := os.ReadFile(\"" + secret + "\"); fmt.Println(err)", "no such file"},
		"network":    {"_, err := net.Dial(\"tcp\", \"" + l.Addr().String() + "\"); fmt.Println(err)", "unreachable"},
		"processes":  {"fmt.Println(os.Getpid(), syscall.Kill(" + "2, 0))", "1 no such process"},
		"environ":    {"fmt.Println(os.Environ())", "[HOME=/tmp TMPDIR=/tmp PATH=/ GOMAXPROCS=2 GOTRACEBACK=single]"},
		"privileges": {"fmt.Println(syscall.Mount(\"a\", \"/tmp\", \"tmpfs\", 0, \"\"), os.Getuid())", "operation not permitted 1000"},
		"capability": {"data, err := os.ReadFile(\"/proc/self/status\"); fmt.Println(len(data), err); var h = [2]uint32{0x20080522, 0}; var d [6]uint32; " +
			"_, _, e := syscall.Syscall(syscall.SYS_CAPGET, uintptr(unsafe.Pointer(&h)), uintptr(unsafe.Pointer(&d)), 0); fmt.Println(d, e == 0)", "[0 0 0 0 0 0] true"},
		"disk":       {"f, _ := os.Create(\"/tmp/x\"); _, err := f.Write(make([]byte, 32<<20)); fmt.Println(err)", "file too large"},
		"descriptor": {"for i := 0; ; i++ { if _, err := os.Create(\"/tmp/x\"); err != nil { fmt.Println(i < 256, err); break } }", "too many open files"},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := cell.New(cell.Options{Builder: cell.NewBuilder("../../.."), Dir: t.TempDir(), Confine: j.confine})
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			w := &words{}
			err = e.Run(t.Context(), cell.Request{Code: "%%\n" + c.code, Count: 1}, w)
			if !strings.Contains(w.stdout.String()+w.stderr.String(), c.want) {
				t.Errorf("it says %q, %q, %v; want %q", &w.stdout, &w.stderr, err, c.want)
			}
		})
	}
}

func TestReport(t *testing.T) {
	c, _ := class(t, map[string]string{"=1+1": right, "<script>alert(1)</script>"[:8]: function, "ada": strings.Replace(right, "5)", "\"</pre><script>\")", 1)})
	dir := t.TempDir()
	files, err := c.Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(files, " "); got != "index.html student-001.html student-002.html student-003.html exercises.csv students.csv" {
		t.Errorf("wrote %s", got)
	}
	for _, name := range files {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".html") && strings.Contains(string(data), "<script") {
			t.Errorf("%s: a learner's text became a script", name)
		}
		if strings.HasPrefix(name, "student-00") && strings.Count(string(data), "<h1>") != 1 {
			t.Errorf("%s is not about one student", name)
		}
	}
	f, err := os.Open(filepath.Join(dir, "exercises.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) != 7 || rows[3][0] != "'=1+1" || rows[3][5] != Solved || rows[4][5] != Missing {
		t.Errorf("exercises.csv: %q, %v", rows, err)
	}
}

func TestCollect(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "book", "02-port.ipynb")
	notebook(t, file, [2]string{"a", "func a() {}"}, [2]string{"exercise-1-answer", function})
	l, err := readLesson(file)
	if err != nil {
		t.Fatal(err)
	}
	class := filepath.Join(dir, "class")
	notebook(t, filepath.Join(class, "ada", "my copy (1).ipynb"), [2]string{"a", "func a() {}"})
	notebook(t, filepath.Join(class, "ada", ".ipynb_checkpoints", "02-port.ipynb"))
	notebook(t, filepath.Join(class, "bob.ipynb"), [2]string{"a", "func a() {}"})
	notebook(t, filepath.Join(class, "eve", "other.ipynb"), [2]string{"z", "1"})
	if err := os.Symlink("../ada/my copy (1).ipynb", filepath.Join(class, "eve", "02-port.ipynb")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(class, "eve", "broken.ipynb"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	list, notes, err := collect(class, []*lesson{l})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range list {
		got = append(got, s.student+" "+s.lesson.name)
	}
	if strings.Join(got, ", ") != "ada 02-port, bob 02-port" {
		t.Errorf("collected %q", got)
	}
	for i, want := range []string{"eve/02-port.ipynb is not a file", "eve/broken.ipynb cannot be read", "eve/other.ipynb has no cell of a lesson"} {
		if i >= len(notes) || !strings.HasPrefix(notes[i], want) {
			t.Errorf("notes are %q; want %q", notes, want)
		}
	}
}
