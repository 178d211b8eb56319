package book

import (
	"bytes"
	"embed"
	"fmt"
	"html"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"socketbook/notebooks/internal/ipynb"
)

//go:embed conf.py index.md book.css controls.js icon.svg host.svg
var sources embed.FS

// libraryFile is the one copy of the chart library, for all pages.
const libraryFile = "charts.js"

// longScript is more than any chart needs: a longer output carries the library.
const longScript = 200_000

// stageSources lays out a Sphinx source folder: settings, cover, static files
// and the notebooks.
func stageSources(src string, o Options) error {
	static := filepath.Join(src, "_static")
	if err := os.MkdirAll(filepath.Join(static, "lessons"), 0o755); err != nil {
		return err
	}
	docs := make([]string, len(o.Notebooks))
	for i, nb := range o.Notebooks {
		docs[i] = strings.TrimSuffix(filepath.Base(nb), ".ipynb")
	}
	lessons := make([]*lesson, len(docs))
	for i, file := range o.Notebooks {
		if slices.Index(docs, docs[i]) != i || docs[i] == "index" || docs[i] == tryPage || slices.Contains(lookupPages, docs[i]) {
			return fmt.Errorf("two pages of the book would be called %s.html", docs[i])
		}
		nb, err := ipynb.Read(file)
		if err != nil {
			return err
		}
		if err := stageLesson(file, filepath.Join(src, lessonFile(docs[i]))); err != nil {
			return err
		}
		if err := prepare(nb, docs); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		addLinks(nb, docs[i], o.Places)
		if err := addControls(nb, controlsOf(docs[i], docs)); err != nil {
			return err
		}
		lessons[i] = &lesson{docs[i], nb, map[string]bool{}}
	}
	if err := writeLookup(src, lessons); err != nil {
		return err
	}
	for _, l := range lessons {
		if err := l.nb.Write(filepath.Join(src, l.doc+".ipynb")); err != nil {
			return err
		}
	}
	cover, err := renderCover(append(slices.Clone(docs), tryPage))
	if err != nil {
		return err
	}
	try, err := tryMarkdown()
	if err != nil {
		return err
	}
	files := map[string][]byte{filepath.Join(src, "index.md"): cover, filepath.Join(src, tryPage+".md"): try,
		filepath.Join(static, libraryFile): o.Library, filepath.Join(static, engineFile): o.Engine}
	for name, to := range map[string]string{"conf.py": src, "book.css": static, "controls.js": static, "icon.svg": static, "host.svg": src} {
		data, err := sources.ReadFile(name)
		if err != nil {
			return err
		}
		files[filepath.Join(to, name)] = data
	}
	for name, data := range files {
		if err := os.WriteFile(name, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// stageLesson lays a lesson out to be taken away: as it is written, without what
// a run left in it.
func stageLesson(from, to string) error {
	nb, err := ipynb.Read(from)
	if err != nil {
		return err
	}
	for _, c := range nb.Cells {
		c.Outputs = nil
	}
	nb.Strip()
	return nb.Write(to)
}

// renderCover fills the contents into the cover page.
func renderCover(docs []string) ([]byte, error) {
	text, err := sources.ReadFile("index.md")
	if err != nil {
		return nil, err
	}
	t, err := template.New("index.md").Parse(string(text))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, docs)
	return b.Bytes(), err
}

// prepare makes a notebook ready for print: the language of its cells, no
// output where none is wanted, no links that lead out of the book. The chart
// library inside a page is a mistake, and says so.
func prepare(nb *ipynb.Notebook, docs []string) error {
	if nb.Metadata == nil {
		nb.Metadata = ipynb.Object{}
	}
	nb.Metadata["language_info"] = ipynb.Object{"name": "go", "pygments_lexer": "gonb"}
	run := false
	for i, c := range nb.Cells {
		switch {
		case c.Type == "markdown":
			c.Source = keepLinksInside(c.Source, docs)
		case c.Tagged("remove-output") || c.Tagged("remove-cell"):
			c.Outputs = nil
		}
		if c.Tagged(ipynb.Live) && len(c.Outputs) > 0 {
			c.Outputs = append([]*ipynb.Output{recordedOn(c)}, c.Outputs...)
		}
		run = run || len(c.Outputs) > 0
		for _, out := range c.Outputs {
			if html, _ := out.Data["text/html"].(string); len(html) > longScript {
				return fmt.Errorf("cell %d shows %d kB of HTML: a setup cell that carries the chart library is tagged remove-output", i+1, len(html)/1000)
			}
		}
	}
	if !run && slices.ContainsFunc(nb.Cells, func(c *ipynb.Cell) bool { return c.Type == "code" }) {
		return fmt.Errorf("no cell has an output: the book is made from executed notebooks, so run it and save it first")
	}
	return nil
}

// recordedOn says over a live cell's outputs whose machine they show.
func recordedOn(c *ipynb.Cell) *ipynb.Output {
	line := "Shown as it came out on the machine where this notebook was saved. On yours it says something else."
	if machine, ok := c.Recorded(); ok {
		line = "Recorded on " + machine + ". On your machine it says something else."
	}
	return &ipynb.Output{Type: "display_data", Metadata: ipynb.Object{}, Data: ipynb.Object{
		"text/plain": line, "text/html": `<p class="recorded">` + html.EscapeString(line) + "</p>"}}
}

// link is an inline Markdown link or picture, ![text](target) or [text](target);
// code comes first, so that what only looks like a link in it is passed over.
var link = regexp.MustCompile("(?s:```.*?```)|`[^`\n]+`|" + `(!?)\[([^\]\n]*)\]\(([^()\s]+)\)`)

// keepLinksInside keeps links to the web, to anchors and to other pages of the
// book. A link to a file of the project leads nowhere in a book that was sent
// to somebody: its text stays.
func keepLinksInside(md string, docs []string) string {
	return link.ReplaceAllStringFunc(md, func(m string) string {
		f := link.FindStringSubmatch(m)
		target, _, _ := strings.Cut(f[3], "#")
		switch {
		case target == "", strings.Contains(target, ":"):
			return m // code, an anchor, or an address with a scheme
		case f[1] == "!":
			return m // a picture: Sphinx complains if it is not there
		case strings.HasSuffix(target, ".ipynb") && slices.Contains(docs, strings.TrimSuffix(path.Clean(target), ".ipynb")):
			return m
		}
		return f[2]
	})
}
