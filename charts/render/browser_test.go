package render

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// tab is a browser's tab that notes what leaves it and what it complains about.
type tab struct {
	*testing.T
	ctx context.Context
	mu  sync.Mutex
	// requests other than for the page itself, and complaints
	requests, console []string
}

// browser opens a tab, or skips where there is no browser. Four minutes for
// all: the machine may have other work.
func browser(t *testing.T) *tab {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Skip("no chromium on PATH: the live charts are not tried (Debian: apt-get install chromium)")
	}
	if testing.Short() {
		t.Skip("-short: no browser")
	}
	ctx, stop := context.WithTimeout(context.Background(), 4*time.Minute)
	t.Cleanup(stop)
	// No sandbox: tests run as root in containers too. No name resolves: what
	// should leave cannot, and is still counted.
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"))
	ctx, stop = chromedp.NewExecAllocator(ctx, opts...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	b := &tab{T: t, ctx: ctx}
	b.ok(chromedp.Listen(ctx, b.note))
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	b.ok(err)
	return b
}

// note is called for every event of the tab.
func (b *tab) note(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := ev.(type) {
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, "data:") {
			b.requests = append(b.requests, e.Request.URL)
		}
	case *runtime.EventConsoleAPICalled:
		b.console = append(b.console, fmt.Sprint(e.Type, e.Args))
	case *runtime.EventExceptionThrown:
		b.console = append(b.console, e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		b.console = append(b.console, e.Entry.Text)
	}
}

func (b *tab) ok(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// open shows a page of a width in a colour scheme.
func (b *tab) open(name, scheme string, width int64) {
	b.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	b.ok(err)
	b.ok(chromedp.Do(b.ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate("file://"+name)))
}

// until waits for a condition in the page.
func (b *tab) until(condition string) {
	b.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Poll[bool](condition, chromedp.WithPollingTimeout(20*time.Second))); err != nil {
		b.Fatalf("%s: %v", condition, err)
	}
}

// eval asks the page.
func eval[T any](b *tab, expression string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	return v
}

// clean demands that nothing left the page and nothing was complained about.
func (b *tab) clean(page string) {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	own := slices.DeleteFunc(slices.Clone(b.requests), func(u string) bool { return u == "file://"+page })
	if len(own) > 0 {
		b.Errorf("requests left the page: %q", own)
	}
	if len(b.console) > 0 {
		b.Errorf("the console says %q", b.console)
	}
	b.requests, b.console = nil, nil
}

// inked demands that each element of a selector shows a picture: some share of
// its pixels is not background, in several colours. One look at the whole page.
func (b *tab) inked(selector string, want int) {
	b.Helper()
	raw, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	b.ok(err)
	img, err := png.Decode(bytes.NewReader(raw))
	b.ok(err)
	boxes := eval[[][4]float64](b, fmt.Sprintf(`[...document.querySelectorAll(%q)].map(e => { var r = e.getBoundingClientRect();
		return [r.left + scrollX, r.top + scrollY, r.right + scrollX, r.bottom + scrollY]; })`, selector))
	if len(boxes) != want {
		b.Errorf("%d of %s, want %d", len(boxes), selector, want)
	}
	for i, x := range boxes {
		r := image.Rect(int(x[0])+1, int(x[1])+1, int(x[2])-1, int(x[3])-1).Intersect(img.Bounds())
		seen := map[[3]uint32]int{}
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				seen[pixel(img, x, y)]++
			}
		}
		ground := seen[pixel(img, r.Min.X+r.Dx()/2, r.Max.Y-2)]
		if ink := 1 - float64(ground)/float64(r.Dx()*r.Dy()); !(ink > 0.01) || len(seen) < 8 {
			b.Errorf("picture %d of %s: %.1f %% inked in %d colours", i, selector, 100*ink, len(seen))
		}
	}
}

func pixel(img image.Image, x, y int) [3]uint32 {
	r, g, b, _ := img.At(x, y).RGBA()
	return [3]uint32{r >> 8, g >> 8, b >> 8}
}

// book writes a page with every figure, one of them twice, as a notebook may.
func book(t *testing.T, library ...string) (name string, charts int) {
	t.Helper()
	var body []string
	figs := figures(t)
	names := make([]string, 0, len(figs))
	for n := range figs {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range append(names, names[0]) {
		body = append(body, figureHTML(t, n, figs[n]))
	}
	// The library in the middle: charts before it and after it wait for it.
	all := slices.Insert(body, 2, library...)
	name = filepath.Join(t.TempDir(), "book.html")
	if err := os.WriteFile(name, []byte(page("All charts", strings.Join(all, "\n"))), 0o644); err != nil {
		t.Fatal(err)
	}
	return name, len(body)
}

// live is how many charts have replaced their pictures.
const live = `[...document.querySelectorAll("figure")].filter(f => f.querySelector(".socketbook-live svg") && f.querySelector("img").offsetHeight === 0).length`

// TestBrowser opens pages as readers have them, one after another in one tab.
func TestBrowser(t *testing.T) {
	b := browser(t)
	for _, c := range []struct {
		name string
		try  func(b *tab)
	}{{"live", tryLive}, {"static", tryStatic}, {"another echarts", tryOther}} {
		t.Run(c.name, func(t *testing.T) {
			b.T = t
			c.try(b)
		})
	}
}

// tryLive: with the library every chart becomes live, in the page's colours and
// width; nothing leaves the page. A setup cell that ran twice does no harm.
func tryLive(b *tab) {
	name, n := book(b.T, SetupHTML(), SetupHTML())
	for _, c := range []struct {
		scheme, paper string
		width         int64
	}{{"light", light["paper"], 1000}, {"dark", dark["paper"], 1000}, {"dark", dark["paper"], 360}} {
		b.open(name, c.scheme, c.width)
		b.until(fmt.Sprintf("%s === %d", live, n))
		if got := eval[string](b, `socketbook.echarts.version`); got != Version {
			b.Errorf("ECharts %s, want %s", got, Version)
		}
		if got := eval[string](b, `document.querySelector(".socketbook-live svg rect").getAttribute("fill")`); got != c.paper {
			b.Errorf("%s: the paper is %s, want %s", c.scheme, got, c.paper)
		}
		if got := eval[int](b, `document.documentElement.scrollWidth`); int64(got) > c.width {
			b.Errorf("at %d px the page is %d wide", c.width, got)
		}
		if got := eval[string](b, `document.querySelector(".socketbook-live").getAttribute("aria-label")`); got == "" {
			b.Error("a live chart says nothing to a screen reader")
		}
		b.inked(".socketbook-live", n)
		b.clean(name)
	}
	// The page changes its colours by hand, as furo does.
	eval[string](b, `document.body.dataset.theme = "light"`)
	paper := `document.querySelector(".socketbook-live svg rect").getAttribute("fill")`
	b.until(fmt.Sprintf(`%s === %q`, paper, light["paper"]))
	// JupyterLab hides the page while it changes.
	eval[string](b, `document.body.style.display = "none"; document.body.dataset.jpThemeLight = "false"; `+
		`Promise.resolve().then(() => document.body.style.display = ""); ""`)
	b.until(fmt.Sprintf(`%s === %q`, paper, dark["paper"]))
	b.clean(name)
}

// tryStatic: without the library every picture is there.
func tryStatic(b *tab) {
	name, n := book(b.T)
	b.open(name, "dark", 1000)
	b.until(`document.readyState === "complete"`)
	shown := `[...document.images].filter(i => i.complete && i.naturalWidth === 720 && i.offsetHeight > 100 && i.alt).length`
	if got := eval[int](b, shown); got != n {
		b.Errorf("%d of %d pictures are shown", got, n)
	}
	if got := eval[int](b, live); got != 0 {
		b.Errorf("%d charts are live without a library", got)
	}
	b.inked("figure img", n)
	b.clean(name)
}

// tryOther: a page with a module loader and an echarts of its own keeps
// both.
func tryOther(b *tab) {
	lib, err := Library()
	b.ok(err)
	name, n := book(b.T, `<script>window.echarts={version:"other"};window.define=function(){throw Error("define was called")};define.amd={};</script>`,
		"<script>"+lib+"</script>")
	b.open(name, "light", 1000)
	b.until(fmt.Sprintf("%s === %d", live, n))
	if got := eval[string](b, `echarts.version + " " + socketbook.echarts.version`); got != "other "+Version {
		b.Errorf("echarts: %s", got)
	}
	b.clean(name)
}
