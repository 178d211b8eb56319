package browser

import (
	"bytes"
	"context"
	"fmt"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

const (
	wide, narrow, tall = 1200, 390, 1600
	pageLimit          = 30 * time.Second // for one page to open and draw
)

// requireBrowser skips unless the tests were asked for, and fails when they
// were and there is no browser: a test that was asked for must not pass unseen.
func requireBrowser(t *testing.T) {
	t.Helper()
	if os.Getenv("SOCKETBOOK_BROWSER") == "" {
		t.Skip("needs a browser, Python and once a network; SOCKETBOOK_BROWSER=1 runs it")
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if _, err := exec.LookPath(name); err == nil {
			return
		}
	}
	t.Fatal("SOCKETBOOK_BROWSER is set and there is no Chromium on PATH (Debian: apt install chromium)")
}

// newBrowser starts a Chromium for which no host but this one has a name.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	opts := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.NoSandbox, // CI runs as root, in a container
		chromedp.DisableGPU,
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"),
		chromedp.WindowSize(wide, tall),
	)
	alloc, cancel := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal("Chromium does not start: ", err)
	}
	return ctx
}

// A tab is a page with a record of what it did that it should not.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	requests []string // to anything but files and this server
	errors   []string // on the console, or thrown
}

// newTab opens a tab of a browser. server, when not empty, is the one address
// it may talk to.
func newTab(t *testing.T, browser context.Context, server string) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	p := &tab{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, func(ev any) { p.note(ev, server) }); err != nil {
		t.Fatal(err)
	}
	for _, enable := range []func() error{
		func() error { _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); return err },
		func() error { _, err := chromedp.Call(ctx, cdplog.Enable, cdp.Empty{}); return err },
	} {
		if err := enable(); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// note runs inside the loop that reads the browser's messages: it only records.
func (p *tab) note(ev any, server string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		url := ev.Request.URL
		scheme, _, _ := strings.Cut(url, ":")
		if !slices.Contains([]string{"file", "data", "blob", "about"}, scheme) && (server == "" || !strings.HasPrefix(url, server)) {
			p.requests = append(p.requests, url)
		}
	case *network.EventWebSocketCreated:
		if server == "" || !strings.HasPrefix(ev.URL, "ws"+strings.TrimPrefix(server, "http")) {
			p.requests = append(p.requests, ev.URL)
		}
	case *runtime.EventConsoleAPICalled:
		if ev.Type == runtime.ConsoleAPICalledTypeError || ev.Type == runtime.ConsoleAPICalledTypeWarning {
			said := string(ev.Type)
			for _, a := range ev.Args {
				said += " " + string(a.Value) + a.Description
			}
			p.errors = append(p.errors, said)
		}
	case *runtime.EventExceptionThrown:
		p.errors = append(p.errors, fmt.Sprintf("exception: %s", ev.ExceptionDetails.Text))
	case *cdplog.EventEntryAdded:
		if ev.Entry.Level == cdplog.EntryLevelError {
			p.errors = append(p.errors, ev.Entry.Text+" "+ev.Entry.URL)
		}
	}
}

// clean reports what the page did that it should not.
func (p *tab) clean(what string) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.requests {
		p.t.Errorf("%s: a request leaves: %s", what, r)
	}
	for _, e := range p.errors {
		p.t.Errorf("%s: on the console: %s", what, e)
	}
	p.requests, p.errors = nil, nil
}

// look says how a page is looked at.
type look struct {
	name      string
	width     int64
	dark      bool
	noScripts bool
}

// open goes to url and looks at it.
func (p *tab) open(url string, l look) {
	p.t.Helper()
	colours := "light"
	if l.dark {
		colours = "dark"
	}
	must(p.t, chromedp.Do(p.ctx, chromedp.EmulateViewport(l.width, tall)))
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: colours}},
	})
	must(p.t, err)
	_, err = chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: l.noScripts})
	must(p.t, err)
	ctx, cancel := context.WithTimeout(p.ctx, pageLimit)
	defer cancel()
	must(p.t, chromedp.Do(ctx, chromedp.Navigate(url)))
}

// eval evaluates JavaScript, waiting for promises.
func eval[T any](p *tab, js string, limit time.Duration) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, limit)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%v, in %.120s", err, js)
	}
	return v
}

// until polls a JavaScript condition; what says what is waited for.
func (p *tab) until(js, what string, limit time.Duration) bool {
	p.t.Helper()
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if eval[bool](p, "Boolean("+js+")", limit) {
			return true
		}
	}
	p.t.Errorf("waited %v in vain for %s", limit, what)
	return false
}

// shoot saves a screenshot of what is in the window, where screenshots are
// wanted, and returns its PNG.
func (p *tab) shoot(name string) []byte {
	p.t.Helper()
	shot, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	must(p.t, err)
	save(p.t, name, shot)
	return shot
}

func save(t *testing.T, name string, shot []byte) {
	t.Helper()
	dir := os.Getenv("SOCKETBOOK_SHOTS")
	if dir == "" {
		return
	}
	must(t, os.MkdirAll(dir, 0o755))
	must(t, os.WriteFile(filepath.Join(dir, name+".png"), shot, 0o644))
}

// drawn tells whether a picture shows something: many pixels that differ from
// its most frequent colour, in several colours. An empty chart is one colour;
// one that has only axes has few.
func drawn(t *testing.T, shot []byte) (bool, string) {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(shot))
	must(t, err)
	count := map[color.RGBA]int{}
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, bl, _ := img.At(x, y).RGBA()
			count[color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(bl >> 8), 255}]++
		}
	}
	ground, total := 0, b.Dx()*b.Dy()
	for _, n := range count {
		ground = max(ground, n)
	}
	ink := total - ground
	saying := fmt.Sprintf("%d×%d pixels, %d colours, %.2f %% ink", b.Dx(), b.Dy(), len(count), 100*float64(ink)/float64(total))
	return total > 10000 && len(count) >= 8 && ink*200 > total, saying
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
