package ipynb

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// jupyter is a notebook that Jupyter's own nbformat 5.11 wrote, with every kind
// of cell and output and the characters that are hard to write the same way.
const jupyter = "testdata/jupyter.ipynb"

func TestSameBytesAsJupyter(t *testing.T) {
	want, err := os.ReadFile(jupyter)
	if err != nil {
		t.Fatal(err)
	}
	nb, err := Read(jupyter)
	if err != nil {
		t.Fatal(err)
	}
	got, err := nb.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("read and written again, the file differs: %s", firstDifference(string(want), string(got)))
	}
}

func TestReadFields(t *testing.T) {
	nb, err := Read(jupyter)
	if err != nil {
		t.Fatal(err)
	}
	if len(nb.Cells) != 4 || nb.Minor != 5 {
		t.Fatalf("%d cells, minor %d; want 4 cells of nbformat 4.5", len(nb.Cells), nb.Minor)
	}
	c := nb.Cells[1]
	if c.ID != "first" || c.Type != "code" || *c.ExecutionCount != 3 {
		t.Errorf("cell is %q %q %v", c.ID, c.Type, c.ExecutionCount)
	}
	if !c.Tagged("live") || c.Tagged("dead") {
		t.Error("tags are not read")
	}
	if want := "one\ntwo\r\nthree\rfour\u2028five\u0085six"; c.Outputs[0].Text != want {
		t.Errorf("stream text is %q; want %q", c.Outputs[0].Text, want)
	}
	if got := c.Outputs[1].Data["text/html"]; got != "<div>\n<p></p></div>" {
		t.Errorf("html is %q", got)
	}
	if got := c.Outputs[3]; got.Ename != "ERROR" || len(got.Traceback) != 2 {
		t.Errorf("error is %+v", got)
	}
}

func TestStrip(t *testing.T) {
	nb, err := Read(jupyter)
	if err != nil {
		t.Fatal(err)
	}
	if found := nb.Unstripped(); len(found) != 4 {
		t.Errorf("Unstripped found %q; want a version, a count, a time and a result's count", found)
	}
	nb.Strip()
	if found := nb.Unstripped(); found != nil {
		t.Errorf("after Strip there is still %q", found)
	}
	if !nb.Cells[1].Tagged("live") || nb.Cells[1].Metadata["collapsed"] != true {
		t.Error("Strip removed metadata that belong to the author")
	}
	data, err := nb.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte("iopub")) || bytes.Contains(data, []byte("go1.26")) {
		t.Error("the stripped file still holds a time or a version")
	}
}

func TestOldNotebookGetsIDs(t *testing.T) {
	const old = `{"cells":[{"cell_type":"code","source":["a\n","b"],"metadata":{},"outputs":[],"execution_count":null},
		{"cell_type":"markdown","source":"","metadata":{}}],"metadata":{},"nbformat":4,"nbformat_minor":4}`
	nb, err := Decode([]byte(old))
	if err != nil {
		t.Fatal(err)
	}
	if nb.Cells[0].ID != "cell-01" || nb.Cells[1].ID != "cell-02" || nb.Minor != 5 {
		t.Errorf("ids %q, %q, minor %d; want cell-01, cell-02, 5", nb.Cells[0].ID, nb.Cells[1].ID, nb.Minor)
	}
	if nb.Cells[0].Source != "a\nb" {
		t.Errorf("source is %q", nb.Cells[0].Source)
	}
}

func TestBadNotebooks(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"not JSON":       {`{`, "not a notebook"},
		"nbformat 3":     {`{"nbformat":3,"nbformat_minor":0}`, "nbformat is 3"},
		"cell type":      {`{"nbformat":4,"nbformat_minor":5,"cells":[{"cell_type":"heading"}]}`, `cell 1: field "cell_type" is heading`},
		"source":         {`{"nbformat":4,"nbformat_minor":5,"cells":[{"cell_type":"raw","source":7}]}`, `field "source" is 7`},
		"output type":    {`{"nbformat":4,"nbformat_minor":5,"cells":[{"cell_type":"code","outputs":[{"output_type":"pyout"}]}]}`, `field "output_type" is pyout`},
		"cells no list":  {`{"nbformat":4,"nbformat_minor":5,"cells":{}}`, `field "cells"`},
		"output no dict": {`{"nbformat":4,"nbformat_minor":5,"cells":[{"cell_type":"code","outputs":[1]}]}`, `field "outputs" is 1`},
	} {
		_, err := Decode([]byte(c.file))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v; want %q in it", name, err, c.want)
		}
	}
}

func TestWriteReplacesWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.ipynb")
	nb := &Notebook{Minor: 5, Cells: []*Cell{{Type: "code", ID: "a", Source: "x"}}}
	if err := nb.Write(path); err != nil {
		t.Fatal(err)
	}
	if again, err := Read(path); err != nil || again.Cells[0].Source != "x" {
		t.Fatalf("read back %+v, %v", again, err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".ipynb-*")); left != nil {
		t.Errorf("left behind: %q", left)
	}
}

// notebookOf makes a notebook with one code cell that has these outputs.
func notebookOf(outputs ...*Output) *Notebook {
	return &Notebook{Minor: 5, Cells: []*Cell{{Type: "code", ID: "x", Metadata: Object{}, Outputs: outputs}}}
}

func out(name, text string) *Output { return &Output{Type: "stream", Name: name, Text: text} }

func html(text string) *Output {
	return &Output{Type: "display_data", Data: Object{"text/html": text}}
}

func TestCompareAgrees(t *testing.T) {
	panicked := func(addr, goroot, number string) *Output {
		return out("stderr", "panic: no\n\ngoroutine "+number+" [running]:\nmain.f("+addr+")\n\t[[ Cell [2] Line 3 ]]\n\t"+
			goroot+"/src/runtime/panic.go:115 +0x1b\n")
	}
	for name, pair := range map[string][2]*Notebook{
		"same":         {notebookOf(out("stdout", "a\n")), notebookOf(out("stdout", "a\n"))},
		"interleaving": {notebookOf(out("stdout", "a\n"), html("p"), out("stdout", "b\n")), notebookOf(out("stdout", "a\nb\n"), html("p"))},
		"addresses":    {notebookOf(panicked("0xc000012", "/usr/lib/go", "1")), notebookOf(panicked("0xc0ffee", "/opt/go", "34"))},
		"numbers": {notebookOf(&Output{Type: "display_data", Data: Object{"application/json": Object{"n": 1}}}),
			notebookOf(&Output{Type: "display_data", Data: Object{"application/json": Object{"n": 1.0}}})},
	} {
		if diffs := Compare(pair[0], pair[1]); diffs != nil {
			t.Errorf("%s: %q; want agreement", name, diffs)
		}
	}
}

func TestCompareFindsDifferences(t *testing.T) {
	long := strings.Repeat("x", 500)
	for name, c := range map[string]struct {
		was, now *Notebook
		want     string
	}{
		"text":                     {notebookOf(out("stdout", "a\nb\n")), notebookOf(out("stdout", "a\nc\n")), "stdout: line 2\n\tcommitted: \"b\"\n\tfresh:     \"c\""},
		"line missing":             {notebookOf(out("stdout", "a\nb")), notebookOf(out("stdout", "a")), "(no such line)"},
		"address in stdout counts": {notebookOf(out("stdout", "0x1")), notebookOf(out("stdout", "0x2")), `"0x1"`},
		"html":                     {notebookOf(html(long + "a")), notebookOf(html(long + "b")), `display 1, text/html: line 1`},
		"display gone":             {notebookOf(html("a")), notebookOf(), "1 displays committed, 0 fresh"},
		"mime gone":                {notebookOf(html("a")), notebookOf(&Output{Type: "display_data", Data: Object{}}), "text/html is gone"},
		"error appears":            {notebookOf(), notebookOf(&Output{Type: "error", Ename: "E"}), "0 errors committed, 1 fresh"},
		"other error":              {notebookOf(&Output{Type: "error", Evalue: "a"}), notebookOf(&Output{Type: "error", Evalue: "b"}), "error: line 1"},
	} {
		diffs := Compare(c.was, c.now)
		if len(diffs) != 1 || !strings.Contains(diffs[0], c.want) {
			t.Errorf("%s: %q; want %q", name, diffs, c.want)
		}
		if len(diffs) == 1 && len(diffs[0]) > 600 {
			t.Errorf("%s: a message of %d bytes does not fit a screen", name, len(diffs[0]))
		}
	}
}

func TestCompareLeavesLiveCellsOut(t *testing.T) {
	was, now := notebookOf(out("stdout", "a")), notebookOf(out("stdout", "b"))
	was.Cells[0].Metadata["tags"] = []any{"live"}
	if diffs := Compare(was, now); diffs != nil {
		t.Errorf("a live cell was compared: %q", diffs)
	}
}

func TestLinesAsPython(t *testing.T) {
	for text, want := range map[string][]any{
		"":               {},
		"a":              {"a"},
		"a\n":            {"a\n"},
		"a\r\nb\rc\vd":   {"a\r\n", "b\r", "c\v", "d"},
		"\xffa\nb":       {"\xffa\n", "b"},
		"e\u2028f\u0085": {"e\u2028", "f\u0085"},
	} {
		if got := lines(text); !slices.Equal(got, want) {
			t.Errorf("lines(%q) = %q; want %q", text, got, want)
		}
	}
}
