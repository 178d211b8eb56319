//go:build unix

package runner

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"socketbook/notebooks/internal/cell"
	"socketbook/notebooks/internal/ipynb"
)

var update = flag.Bool("update", false, "rewrite the outputs of testdata/both.ipynb")

var builder = sync.OnceValue(func() *cell.Builder { return cell.NewBuilder("../cell/testdata/module") })

// both runs the same in GoNB and in the bundled kernel.
const both = "testdata/both.ipynb"

func TestNotebookGivesItsOutputsAgain(t *testing.T) {
	committed, err := ipynb.Read(both)
	if err != nil {
		t.Fatal(err)
	}
	for name, protocol := range map[string]bool{"engine": false, "protocol": true} {
		t.Run(name, func(t *testing.T) {
			fresh, err := Run(t.Context(), both, Options{Builder: builder(), Protocol: protocol})
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				if err := fresh.Write(both); err != nil {
					t.Fatal(err)
				}
				return
			}
			for _, d := range ipynb.Compare(committed, fresh) {
				t.Error(d)
			}
			if found := fresh.Unstripped(); found != nil {
				t.Errorf("not stripped: %q", found)
			}
		})
	}
}

// notebook writes a notebook of code cells and returns its path. A tag stands
// before the code: "[raises-exception]…".
func notebook(t *testing.T, codes ...string) string {
	t.Helper()
	nb := &ipynb.Notebook{Minor: 5, Metadata: ipynb.Object{}}
	for i, code := range codes {
		c := &ipynb.Cell{Type: "code", ID: fmt.Sprintf("c%d", i+1), Metadata: ipynb.Object{}}
		if tag, rest, ok := strings.Cut(code, "]"); ok && strings.HasPrefix(tag, "[") {
			c.Metadata["tags"], code = []any{tag[1:]}, rest
		}
		c.Source = code
		nb.Cells = append(nb.Cells, c)
	}
	path := filepath.Join(t.TempDir(), "test.ipynb")
	if err := nb.Write(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// eachWay runs a test with the engine and over the protocol.
func eachWay(t *testing.T, test func(*testing.T, Options)) {
	for name, protocol := range map[string]bool{"engine": false, "protocol": true} {
		t.Run(name, func(t *testing.T) { test(t, Options{Builder: builder(), Protocol: protocol}) })
	}
}

// TestOnly: one cell runs, with what those before it declare, finished or not.
func TestOnly(t *testing.T) {
	path := notebook(t, "!touch ran\nfunc one() int { return 1 }\n\n%%\nos.Exit(1)", "func half() int {", "%main\nos.Exit(2)",
		"func two() int { return one() + 1 }\n%%\nfmt.Println(one(), two())", "%%\nos.Exit(3)")
	eachWay(t, func(t *testing.T, opts Options) {
		opts.Only = "c4"
		nb, err := Run(t.Context(), path, opts)
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range nb.Cells {
			if got := len(c.Outputs); i == 3 && (got != 1 || c.Outputs[0].Text != "1 2\n") || i != 3 && got > 0 {
				t.Errorf("cell %s has %d outputs: %+v", c.ID, got, c.Outputs)
			}
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), "ran")); err == nil {
			t.Error("a command of another cell ran")
		}
		opts.Only = "c9"
		if _, err := Run(t.Context(), path, opts); err == nil || !strings.Contains(err.Error(), `no code cell "c9"`) {
			t.Errorf("error is %v; want the cell named", err)
		}
	})
}

func TestFailureEndsTheRun(t *testing.T) {
	path := notebook(t, "%%\nfmt.Println(1)", "%%\nfmt.Println(x)", "%%\nfmt.Println(3)")
	eachWay(t, func(t *testing.T, opts Options) {
		var seen []string
		opts.Progress = func(p Progress) {
			seen = append(seen, fmt.Sprintf("%d/%d %s %t", p.Index, p.Total, p.Cell.ID, p.Err == nil))
		}
		nb, err := Run(t.Context(), path, opts)
		failed, ok := errors.AsType[*CellError](err)
		if !ok || failed.Index != 2 || failed.ID != "c2" || !strings.Contains(err.Error(), "[[ Cell [2] Line 2 ]] undefined: x") {
			t.Errorf("error is %v; want that of cell 2, with its line", err)
		}
		if got := fmt.Sprint(seen); got != "[1/3 c1 true 2/3 c2 false]" {
			t.Errorf("progress is %s", got)
		}
		if nb.Cells[0].Outputs[0].Text != "1\n" || nb.Cells[1].Outputs[0].Ename != "CompileError" || nb.Cells[2].Outputs != nil {
			t.Error("the notebook does not have the outputs up to the failure")
		}
	})
}

func TestRaisesException(t *testing.T) {
	good := notebook(t, "[raises-exception]%%\nos.Exit(3)", "[raises-exception]%nonsense", "%%\nfmt.Println(\"on\")")
	bad := notebook(t, "[raises-exception]%%\nfmt.Println(1)")
	eachWay(t, func(t *testing.T, opts Options) {
		nb, err := Run(t.Context(), good, opts)
		if err != nil {
			t.Fatal(err)
		}
		if got := nb.Cells[0].Outputs[0]; got.Type != "error" || got.Evalue != "exit status 3" {
			t.Errorf("output is %+v", got)
		}
		if _, err = Run(t.Context(), bad, opts); err == nil || !strings.Contains(err.Error(), "cell 1 (c1): tagged raises-exception, but it ran without an error") {
			t.Errorf("error is %v", err)
		}
	})
}

func TestTimeout(t *testing.T) {
	path := notebook(t, "[raises-exception]%%\ntime.Sleep(time.Hour)") // not the failure that the tag means
	eachWay(t, func(t *testing.T, opts Options) {
		opts.Timeout = 500 * time.Millisecond
		if _, err := Run(t.Context(), path, opts); err == nil || !strings.Contains(err.Error(), "interrupted: no end after 500ms") {
			t.Errorf("error is %v", err)
		}
	})
}

func TestCancel(t *testing.T) {
	path := notebook(t, "!touch started\n%%\ntime.Sleep(time.Hour)")
	eachWay(t, func(t *testing.T, opts Options) {
		opts.Dir = t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			for ctx.Err() == nil {
				if _, err := os.Stat(filepath.Join(opts.Dir, "started")); err == nil {
					cancel()
				}
				time.Sleep(time.Millisecond)
			}
		}()
		if _, err := Run(ctx, path, opts); err == nil || !strings.Contains(err.Error(), "interrupted") {
			t.Errorf("error is %v", err)
		}
	})
}

func TestOutputsOfTheFileAreNotTaken(t *testing.T) {
	path := notebook(t, "", "var x = 1")
	nb, err := ipynb.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	one := 1
	for _, c := range nb.Cells {
		c.ExecutionCount, c.Outputs = &one, []*ipynb.Output{{Type: "stream", Name: "stdout", Text: "old"}}
	}
	if err := nb.Write(path); err != nil {
		t.Fatal(err)
	}
	if nb, err = Run(t.Context(), path, Options{Builder: builder()}); err != nil {
		t.Fatal(err)
	}
	for _, c := range nb.Cells {
		if c.Outputs != nil || c.ExecutionCount != nil {
			t.Errorf("cell %s has %d outputs and count %v; want none", c.ID, len(c.Outputs), c.ExecutionCount)
		}
	}
}

func TestNotANotebook(t *testing.T) {
	if _, err := Run(t.Context(), "testdata/none.ipynb", Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error is %v", err)
	}
	path := notebook(t, "%%")
	if _, err := Run(t.Context(), path, Options{}); err == nil || !strings.Contains(err.Error(), "no go.mod") {
		t.Errorf("error is %v", err)
	}
}

func TestALiveCellMayFail(t *testing.T) {
	path := notebook(t, "[live]%%\nos.Exit(3)", "[live]%%\ntime.Sleep(time.Hour)", "%%\nfmt.Println(\"on\")")
	broken := notebook(t, "[live]%%\nfmt.Println(x)")
	eachWay(t, func(t *testing.T, opts Options) {
		opts.Timeout = 500 * time.Millisecond // less than a live cell's own
		nb, err := Run(t.Context(), path, opts)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := nb.Cells[0].Outputs[0], nb.Cells[1].Outputs[0]; a.Evalue != "exit status 3" || b.Ename != "Interrupted" {
			t.Errorf("outputs are %+v and %+v; want the errors", a, b)
		}
		if nb.Cells[2].Outputs[0].Text != "on\n" {
			t.Error("the run did not go on")
		}
		opts.Timeout = 0
		if _, err := Run(t.Context(), broken, opts); err == nil {
			t.Error("a live cell that does not compile passed")
		}
	})
}
