package browser

import (
	"context"
	"fmt"
	"html"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// buildFrontDoor compiles the command, as a reader's "go run" does.
func buildFrontDoor(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "notebooks")
	cmd := exec.Command("go", "build", "-o", bin, "socketbook/notebooks")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}

// exportBook writes the HTML book.
func exportBook(t *testing.T, bin, dir string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute) // the first time fetches Sphinx
	defer cancel()
	if out, err := exec.CommandContext(ctx, bin, "export", "-o", dir).CombinedOutput(); err != nil {
		t.Fatalf("export: %v\n%s", err, out)
	}
}

// TestBook opens every page of the exported book from its file: no request may
// leave, nothing may be on the console, every chart must be drawn; with scripts
// off the still pictures must be there.
func TestBook(t *testing.T) {
	requireBrowser(t)
	bin, dir := buildFrontDoor(t), filepath.Join(t.TempDir(), "book")
	exportBook(t, bin, dir)
	again := filepath.Join(t.TempDir(), "again")
	exportBook(t, bin, again)
	sameFiles(t, dir, again)
	checkSizes(t, dir)

	browser := newBrowser(t)
	pages, err := filepath.Glob(filepath.Join(dir, "*.html"))
	must(t, err)
	charts, axe := 0, axeScript(t)
	for _, file := range pages {
		name := strings.TrimSuffix(filepath.Base(file), ".html")
		t.Run(name, func(t *testing.T) {
			p := newTab(t, browser, "")
			for _, l := range []look{
				{name: "wide", width: wide},
				{name: "narrow", width: narrow},
				{name: "dark", width: wide, dark: true},
				{name: "no-scripts", width: wide, noScripts: true},
			} {
				n := p.viewPage("file://"+file, name, l)
				if l.name == "wide" || l.name == "dark" {
					p.checkAccess(axe, name+", "+l.name)
				}
				if l.name == "wide" {
					charts += n
				}
			}
			p.checkLinks("file://" + file)
			p.checkStructure(name)
			p.checkPrint(name)
			p.checkControls("file://"+file, name)
		})
	}
	newTab(t, browser, "").checkSearch("file://" + filepath.Join(dir, "search.html"))
	newTab(t, browser, "").firstAnswer("file://" + filepath.Join(dir, "try-it.html"))
	if charts == 0 {
		t.Error("the book has no chart")
	}
}

// viewPage looks at a page in one way and returns the number of its charts.
func (p *tab) viewPage(url, name string, l look) int {
	p.t.Helper()
	what := name + ", " + l.name
	p.open(url, l)
	charts := eval[int](p, `document.querySelectorAll("figure.socketbook").length`, pageLimit)
	if !l.noScripts && charts > 0 {
		p.until(fmt.Sprintf(`document.querySelectorAll("figure.socketbook .socketbook-live svg").length === %d`, charts),
			fmt.Sprintf("the %d charts of %s to be live", charts, what), pageLimit)
	}
	for i := range charts {
		part := ".socketbook-live"
		if l.noScripts {
			part = "img"
		}
		p.viewChart(i, part, fmt.Sprintf("%s-%s-chart-%d", name, l.name, i+1))
	}
	if lang := eval[string](p, "document.documentElement.lang", pageLimit); lang != "en" {
		p.t.Errorf("%s: the page's language is %q", what, lang)
	}
	if over := eval[int](p, "document.documentElement.scrollWidth-document.documentElement.clientWidth", pageLimit); over > 0 {
		p.t.Errorf("%s: the page is %d pixels wider than the window", what, over)
	}
	full, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	must(p.t, err)
	save(p.t, name+"-"+l.name, full)
	p.clean(what)
	return charts
}

// viewChart takes a picture of one chart and looks at its pixels.
func (p *tab) viewChart(i int, part, name string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, pageLimit)
	defer cancel()
	sel := fmt.Sprintf(`document.querySelectorAll("figure.socketbook")[%d].querySelector(%q)`, i, part)
	shot, err := chromedp.Run(ctx, chromedp.Screenshot(chromedp.JSPath(sel)))
	if err != nil {
		p.t.Errorf("%s: no picture to be had: %v", name, err)
		return
	}
	if ok, saying := drawn(p.t, shot); !ok {
		save(p.t, name+"-BLANK", shot)
		p.t.Errorf("%s looks blank: %s", name, saying)
	}
}

// checkLinks follows the page's links into the book: the file must be there, and in
// it the place that the link names.
func (p *tab) checkLinks(page string) {
	p.t.Helper()
	p.open(page, look{width: wide})
	pages := map[string]string{}
	for _, link := range eval[[]string](p, `[...document.querySelectorAll("a[href]")].map(a => a.href)`, pageLimit) {
		u, err := url.Parse(link)
		if err != nil || u.Scheme != "file" {
			continue
		}
		if _, read := pages[u.Path]; !read {
			text, err := os.ReadFile(u.Path)
			if err != nil {
				p.t.Errorf("%s leads nowhere: %v", link, err)
			}
			pages[u.Path] = string(text)
		}
		if place := html.EscapeString(u.Fragment); place != "" && !strings.Contains(pages[u.Path], ` id="`+place+`"`) {
			p.t.Errorf("%s: nothing on that page is called %q", link, u.Fragment)
		}
	}
}

// sameFiles compares two folders byte for byte.
func sameFiles(t *testing.T, a, b string) {
	t.Helper()
	seen := 0
	must(t, filepath.WalkDir(a, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		seen++
		name, _ := filepath.Rel(a, path)
		one, err := os.ReadFile(path)
		must(t, err)
		two, err := os.ReadFile(filepath.Join(b, name))
		if err != nil || string(one) != string(two) {
			t.Errorf("%s is not the same in a second export (%v)", name, err)
		}
		return nil
	}))
	if seen == 0 {
		t.Error("the book has no files")
	}
}
