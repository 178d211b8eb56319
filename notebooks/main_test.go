package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"socketbook/notebooks/internal/ipynb"
)

// lesson is the smallest notebook.
const lesson = `{"cells":[{"cell_type":"markdown","id":"a","metadata":{},"source":["# One"]}],"metadata":{},"nbformat":4,"nbformat_minor":5}`

// alone puts the test into a small clone, with a home of its own and nothing on
// PATH, so that no verb can touch this machine's cache, network or programs.
func alone(t *testing.T) (home, root string) {
	t.Helper()
	home, root = t.TempDir(), t.TempDir()
	for name, text := range map[string]string{"go.mod": "module socketbook\n\ngo 1.26\n", "notebooks/01-one.ipynb": lesson, "notebooks/02-two.ipynb": lesson} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(filepath.Join(root, "notebooks"))
	t.Setenv("HOME", home)
	for _, name := range []string{"XDG_CACHE_HOME", "SOCKETBOOK_CACHE", "JUPYTER_TOKEN"} {
		t.Setenv(name, "")
	}
	t.Setenv("PATH", t.TempDir())
	return home, root
}

// call runs the command line and returns what it said.
func call(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = dispatch(t.Context(), args, &out, &errs)
	return status, out.String(), errs.String()
}

func TestMistakesAreNamed(t *testing.T) {
	alone(t)
	for _, tt := range []struct {
		args string
		want string // in the message
	}{
		{"play", `unknown verb "play"; there are run, replay, export, check, key, symptoms, grade, prepare, kernel`},
		{"-prot 1", "-prot"},
		{"-port x", `"x"`},
		{"-port 70000", "want 1 to 65535"},
		{"-ip here", `"here"`},
		{"-kernel python", "there are auto, gonb and bundled"},
		{"-no-browser 01.ipynb", `unexpected argument "01.ipynb"`},
		{"check lessons", `unexpected argument "lessons"`},
		{"export", "-o DIR"},
		{"kernel", "connection file"},
		{"kernel a b", `unexpected argument "b"`},
	} {
		status, stdout, stderr := call(t, strings.Fields(tt.args)...)
		if status != exitUsage || stdout != "" || !strings.Contains(stderr, tt.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%q: status %d, output %q, message %q; want status %d and one line with %q", tt.args, status, stdout, stderr, exitUsage, tt.want)
		}
	}
}

func TestEveryVerbExplainsItself(t *testing.T) {
	for _, v := range verbs() {
		args := append(strings.Fields(v.name), "-h")
		status, stdout, stderr := call(t, args...)
		if status != exitOK || stderr != "" || !strings.Contains(stdout, v.long) || !strings.Contains(stdout, "Flags:") {
			t.Errorf("%q: status %d, %q, %q; want its help", args, status, stdout, stderr)
		}
	}
	_, stdout, _ := call(t, "-h")
	for _, v := range verbs()[1:] {
		if !strings.Contains(stdout, v.name) || v.short == "" || !strings.Contains(stdout, v.short) {
			t.Errorf("the list of verbs lacks %q", v.name)
		}
	}
}

func TestWithoutPythonTheWaysOnAreNamed(t *testing.T) {
	home, _ := alone(t)
	program(t, "go", newGo)
	work := filepath.Join(home, "work")
	status, _, stderr := call(t, "-work", work, "-no-browser", "-kernel", "bundled")
	for _, want := range []string{"Python 3.11", "apt install python3 python3-venv", "go run ./notebooks run", "Docker"} {
		if status != exitFailed || !strings.Contains(stderr, want) {
			t.Errorf("status %d and\n%s\nwant %q in it", status, stderr, want)
		}
	}
}

func TestABusyPortIsSaidAtOnce(t *testing.T) {
	home, _ := alone(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
	status, _, stderr := call(t, "-port", port)
	if status != exitFailed || !strings.Contains(stderr, "port "+port) || !strings.Contains(stderr, "leave -port out") {
		t.Errorf("status %d, %q; want the port named, and the way on", status, stderr)
	}
	if entries, _ := os.ReadDir(home); len(entries) != 0 {
		t.Errorf("something was made before the port was tried: %v", entries)
	}
}

func TestAWorkFolderThatWillNotDo(t *testing.T) {
	home, root := alone(t)
	program(t, "go", newGo)
	file := filepath.Join(home, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for work, want := range map[string]string{
		filepath.Join(file, "work"):      "-work DIR",
		filepath.Join(root, "notebooks"): "would change the book",
	} {
		status, _, stderr := call(t, "-work", work, "-no-browser")
		if status != exitFailed || !strings.Contains(stderr, want) || !strings.Contains(stderr, work) {
			t.Errorf("-work %s: status %d, %q; want %q", work, status, stderr, want)
		}
	}
}

func TestExportRefusesAForeignFolderAtOnce(t *testing.T) {
	home, _ := alone(t)
	file := filepath.Join(home, "thesis.txt")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	status, _, stderr := call(t, "export", "-o", home)
	if status != exitFailed || !strings.Contains(stderr, "thesis.txt") {
		t.Errorf("status %d, %q; want a refusal that names the file", status, stderr)
	}
}

func TestCheckSaysWhatLacks(t *testing.T) {
	home, _ := alone(t)
	status, stdout, stderr := call(t, "check")
	for _, want := range []string{"lacks  Go ", "lacks  Python ", "-      GoNB ", "ok     work folder", "ok     port "} {
		if !strings.Contains(stdout, want) {
			t.Errorf("the report\n%s\nlacks %q", stdout, want)
		}
	}
	if status != exitFailed || !strings.Contains(stderr, "2 of these stand in the way") {
		t.Errorf("status %d, %q", status, stderr)
	}
	if entries, _ := os.ReadDir(home); len(entries) != 0 {
		t.Errorf("check left %v behind", entries)
	}
}

func TestLessonsAreFoundInReadingOrder(t *testing.T) {
	_, root := alone(t)
	got, lessons, err := clone()
	if err != nil || got != root || len(lessons) != 2 || filepath.Base(lessons[0]) != "01-one.ipynb" {
		t.Errorf("clone() = %s, %v, %v; want two lessons of %s", got, lessons, err, root)
	}
	if err := os.Remove(lessons[0]); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(lessons[1]); err != nil {
		t.Fatal(err)
	}
	if _, _, err := clone(); err == nil || !strings.Contains(err.Error(), "no lessons in") {
		t.Errorf("without lessons: %v", err)
	}
}

func TestRunSaysWhichNotebookFailed(t *testing.T) {
	_, root := alone(t)
	program(t, "go", newGo)
	bad := filepath.Join(root, "notebooks", "02-two.ipynb")
	if err := os.WriteFile(bad, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	status, _, stderr := call(t, "run")
	for _, want := range []string{"01-one.ipynb: 0 cells ran", bad, "1 of 2 notebooks failed"} {
		if status != exitFailed || !strings.Contains(stderr, want) {
			t.Errorf("status %d and\n%s\nwant %q in it", status, stderr, want)
		}
	}
}

func TestShownAsText(t *testing.T) {
	nb := &ipynb.Notebook{Cells: []*ipynb.Cell{
		{Type: "markdown", Source: "# One\n"},
		{Type: "code", Source: "%%\nfmt.Println(1)", Outputs: []*ipynb.Output{
			{Type: "stream", Name: "stdout", Text: "1\n"},
			{Type: "display_data", Data: ipynb.Object{"text/html": "<b>", "text/plain": "a picture in words"}},
			{Type: "display_data", Data: ipynb.Object{"text/html": "<b>"}},
			{Type: "error", Ename: "E", Evalue: "v", Traceback: []string{"line"}},
		}},
	}}
	var b bytes.Buffer
	printNotebook(&b, nb)
	want := "\n# One\n\n  | %%\n  | fmt.Println(1)\n1\na picture in words\n(something to look at in a browser)\nE: v\nline\n\n"
	if b.String() != want {
		t.Errorf("printed %q; want %q", b.String(), want)
	}
}
