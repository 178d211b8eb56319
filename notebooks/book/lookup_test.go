package book

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"socketbook/notebooks/symptoms"
)

// TestLookupPages stages a lesson with a cell that tests a claim and one that
// defines a term: both pages must lead there, and there must be an anchor.
func TestLookupPages(t *testing.T) {
	const nb = `{"cells":[
{"cell_type":"markdown","id":"title","metadata":{},"source":["# 2 · One\n","\n","A **port**."]},
{"cell_type":"markdown","id":"words","metadata":{},"source":["A **backlog**."]},
{"cell_type":"code","execution_count":null,"id":"taken","metadata":{"tags":["claim:bind-in-use"]},"outputs":[{"output_type":"stream","name":"stdout","text":["7"]}],"source":["f()"]}],
"metadata":{},"nbformat":4,"nbformat_minor":5}`
	dir, src := t.TempDir(), filepath.Join(t.TempDir(), "src")
	if err := stageSources(src, Options{Notebooks: []string{put(t, dir, "02-one.ipynb", nb)}}); err != nil {
		t.Fatal(err)
	}
	lesson, _ := os.ReadFile(filepath.Join(src, "02-one.ipynb"))
	linked := map[string]bool{}
	link := regexp.MustCompile(`href="02-one\.html#(cell-[a-z]+)"`)
	for _, name := range lookupPages {
		page, err := os.ReadFile(filepath.Join(src, name+".md"))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(page), -1) {
			linked[m[1]] = true
			if !strings.Contains(string(lesson), `id=\"`+m[1]+`\"`) {
				t.Errorf("%s leads to %s, and the lesson has no such place", name, m[1])
			}
		}
	}
	if !linked["cell-title"] || !linked["cell-words"] || !linked["cell-taken"] {
		t.Errorf("linked are only %v", linked)
	}
	if !strings.Contains(string(lesson), `"# 2 · One\n",`) {
		t.Errorf("the title is no longer the first line:\n%s", lesson)
	}
}

// TestSymptomLinks links names in prose, and leaves alone what is no prose.
func TestSymptomLinks(t *testing.T) {
	links := symptomLinks()
	a := func(name, to string) string {
		return `<a class="symptom" href="symptoms.html#symptom-` + to + `"><code class="docutils literal notranslate">` + name + `</code></a>`
	}
	for in, want := range map[string]string{
		"`EMFILE`, and `EMFILE` again":  a("EMFILE", "emfile") + ", and `EMFILE` again",
		"the counter `ListenOverflows`": "the counter " + a("ListenOverflows", "tcpextlistenoverflows"),
		"| `CLOSE-WAIT` | a leak |":     "| " + a("CLOSE-WAIT", "close-wait") + " | a leak |",
		"## `EMFILE`\nno `listen`":      "## `EMFILE`\nno `listen`",
		"[see `EMFILE`](x.ipynb)":       "[see `EMFILE`](x.ipynb)",
		"```\n`EMFILE`\n```":            "```\n`EMFILE`\n```",
	} {
		if got := linkSymptoms(in, links); got != want {
			t.Errorf("%q became\n%s; want\n%s", in, got, want)
		}
	}
	seen := map[string]string{}
	for _, e := range symptoms.All() {
		if was := seen[symptomAnchor(e)]; was != "" {
			t.Errorf("%s and %s have one anchor", was, e.Names[0])
		}
		seen[symptomAnchor(e)] = e.Names[0]
	}
}
