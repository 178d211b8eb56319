package book

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"socketbook/notebooks/internal/ipynb"
	"socketbook/notebooks/internal/steps"
)

func put(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func have(t *testing.T, dir, name string) bool {
	t.Helper()
	_, err := os.Stat(filepath.Join(dir, name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}

func TestAForeignFolderIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := CheckOut(dir); err != nil {
		t.Errorf("an empty folder: %v", err)
	}
	if err := CheckOut(filepath.Join(dir, "new")); err != nil {
		t.Errorf("a new folder: %v", err)
	}
	file := put(t, dir, "thesis.txt", "years of work")
	if err := CheckOut(dir); err == nil || !strings.Contains(err.Error(), "thesis.txt") {
		t.Errorf("a folder of somebody's files: %v; want an error that names one", err)
	}
	if err := CheckOut(file); err == nil || !strings.Contains(err.Error(), "is a file") {
		t.Errorf("a file: %v", err)
	}
	err := Export(t.Context(), Options{Notebooks: []string{"x.ipynb"}, Out: dir, Log: steps.New(new(bytes.Buffer))})
	if err == nil || !have(t, dir, "thesis.txt") {
		t.Errorf("Export into it: %v; want an error, and the file still there", err)
	}
}

func TestPublishReplacesAnEarlierBookAndNothingElse(t *testing.T) {
	html, out := t.TempDir(), filepath.Join(t.TempDir(), "deep", "book")
	put(t, html, "index.html", "one")
	put(t, html, "old/page.html", "gone tomorrow")
	put(t, html, ".buildinfo", "Sphinx's own")
	if err := publish(html, out); err != nil {
		t.Fatal(err)
	}
	if err := CheckOut(out); err != nil {
		t.Errorf("an earlier book may not be replaced: %v", err)
	}
	put(t, out, "CNAME", "the reader's own")
	os.RemoveAll(filepath.Join(html, "old"))
	put(t, html, "index.html", "two")
	if err := publish(html, out); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(filepath.Join(out, "index.html")); string(got) != "two" {
		t.Errorf("index.html holds %q", got)
	}
	if have(t, out, "old/page.html") || have(t, out, "old") || have(t, out, ".buildinfo") {
		t.Error("a page of the earlier book, or Sphinx's own record, is still there")
	}
	if !have(t, out, "CNAME") {
		t.Error("a file that no book put there is gone")
	}
}

func TestAnEarlierBooksListCannotLeadOutside(t *testing.T) {
	parent := t.TempDir()
	victim := put(t, parent, "victim", "")
	out := filepath.Join(parent, "book")
	put(t, out, marker, markerText+"../victim\n")
	html := t.TempDir()
	put(t, html, "index.html", "")
	if err := publish(html, out); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(victim); err != nil {
		t.Error("a file outside the book was removed")
	}
}

func TestLinks(t *testing.T) {
	docs := []string{"01-a", "02-b"}
	for in, want := range map[string]string{
		"see [two](02-b.ipynb), then [more](02-b.ipynb#part)": "see [two](02-b.ipynb), then [more](02-b.ipynb#part)",
		"[there](./02-b.ipynb)":                               "[there](./02-b.ipynb)",
		"the driver ([source](../nic.go)) polls":              "the driver (source) polls",
		"[not in this book](03-c.ipynb)":                      "not in this book",
		"[RFC](https://example.org/rfc9293)":                  "[RFC](https://example.org/rfc9293)",
		"[up](#top) and ![pic](attachment:a)":                 "[up](#top) and ![pic](attachment:a)",
		"a[0](x) is code-like":                                "a0 is code-like",
	} {
		if got := keepLinksInside(in, docs); got != want {
			t.Errorf("%q became %q; want %q", in, got, want)
		}
	}
}

func TestPrepare(t *testing.T) {
	text := func(s string) []*ipynb.Output { return []*ipynb.Output{{Type: "stream", Name: "stdout", Text: s}} }
	html := func(n int) []*ipynb.Output {
		return []*ipynb.Output{{Type: "display_data", Data: ipynb.Object{"text/html": strings.Repeat("x", n)}}}
	}
	tags := ipynb.Object{"tags": []any{"remove-output"}}

	nb := &ipynb.Notebook{Cells: []*ipynb.Cell{
		{Type: "code", Metadata: tags, Outputs: html(longScript + 1)},
		{Type: "code", Outputs: text("hello")},
	}}
	if err := prepare(nb, nil); err != nil {
		t.Fatal(err)
	}
	if len(nb.Cells[0].Outputs) != 0 || len(nb.Cells[1].Outputs) != 1 {
		t.Error("want the tagged cell without output, the other with its own")
	}
	if lang := nb.Metadata["language_info"].(ipynb.Object); lang["pygments_lexer"] != "gonb" {
		t.Errorf("language_info %v; cells would be coloured as another language", lang)
	}

	loud := &ipynb.Notebook{Cells: []*ipynb.Cell{{Type: "code", Outputs: html(longScript + 1)}}}
	if err := prepare(loud, nil); err == nil || !strings.Contains(err.Error(), "cell 1") || !strings.Contains(err.Error(), "remove-output") {
		t.Errorf("the library inside a page: %v; want an error that names the cell and the tag", err)
	}
	bare := &ipynb.Notebook{Cells: []*ipynb.Cell{{Type: "code", Source: "1"}}}
	if err := prepare(bare, nil); err == nil || !strings.Contains(err.Error(), "run it") {
		t.Errorf("a notebook that was never run: %v; want an error", err)
	}
}

func TestALiveCellNamesItsMachine(t *testing.T) {
	live := func() *ipynb.Notebook {
		return &ipynb.Notebook{Cells: []*ipynb.Cell{{Type: "code", ID: "a", Source: "f()", Metadata: ipynb.Object{"tags": []any{ipynb.Live}},
			Outputs: []*ipynb.Output{{Type: "stream", Name: "stdout", Text: "7"}}}}}
	}
	recorded := live()
	ipynb.KeepRecordings(live(), recorded, "Linux <6.18>", false)
	for want, nb := range map[string]*ipynb.Notebook{
		`<p class="recorded">Recorded on Linux &lt;6.18&gt;.`: recorded, "where this notebook was saved": live(),
	} {
		if err := prepare(nb, nil); err != nil {
			t.Fatal(err)
		}
		line, _ := nb.Cells[0].Outputs[0].Data["text/html"].(string)
		if !strings.Contains(line, want) || len(nb.Cells[0].Outputs) != 2 {
			t.Errorf("over its outputs stands %q; want %q in it", line, want)
		}
	}
}

func TestStage(t *testing.T) {
	const nb = `{"cells":[{"cell_type":"markdown","id":"a","metadata":{},"source":["# One"]}],"metadata":{},"nbformat":4,"nbformat_minor":5}`
	dir, src := t.TempDir(), filepath.Join(t.TempDir(), "src")
	o := Options{Notebooks: []string{put(t, dir, "01-one.ipynb", nb), put(t, dir, "02-two.ipynb", nb)}, Library: []byte("lib"), Engine: []byte("engine")}
	if err := stageSources(src, o); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"conf.py", "index.md", "01-one.ipynb", "02-two.ipynb", "host.svg", "_static/icon.svg", "_static/book.css", "_static/" + libraryFile, "_static/" + engineFile, "try-it.md"} {
		if !have(t, src, name) {
			t.Errorf("%s is missing", name)
		}
	}
	cover, _ := os.ReadFile(filepath.Join(src, "index.md"))
	if !strings.Contains(string(cover), "\n01-one\n02-two\ntry-it\n```") {
		t.Errorf("the cover's contents are\n%s", cover)
	}
	o.Notebooks = append(o.Notebooks, put(t, filepath.Join(dir, "x"), "01-one.ipynb", nb))
	if err := stageSources(t.TempDir(), o); err == nil || !strings.Contains(err.Error(), "01-one.html") {
		t.Errorf("two notebooks of one name: %v", err)
	}
}
