package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// checkControls moves every knob of every control of a page and wants a new
// answer each time, from the program in the page and without a word on the
// console.
func (p *tab) checkControls(url, name string) {
	p.t.Helper()
	p.open(url, look{width: wide})
	const boxes = `document.querySelectorAll("section.try")`
	n := eval[int](p, boxes+".length", pageLimit)
	if n == 0 {
		return
	}
	if !p.until(`document.documentElement.dataset.engine`, "the engine to start", pageLimit) {
		return
	}
	for i := range n {
		box := fmt.Sprintf("%s[%d]", boxes, i)
		control := eval[string](p, box+".dataset.control", pageLimit)
		what := name + ", " + control
		if !p.until(box+".dataset.answers", what+" to answer", pageLimit) {
			continue
		}
		still := eval[string](p, box+`.querySelector("svg").outerHTML`, pageLimit)
		for _, input := range eval[[]string](p, `[...`+box+`.querySelectorAll("input, select")].map(i => i.name)`, pageLimit) {
			knob := fmt.Sprintf(`%s.querySelector("[name=%s]")`, box, input)
			before := eval[string](p, box+".dataset.answers", pageLimit)
			eval[bool](p, fmt.Sprintf(`(() => { const k = %s;
				if (k.tagName === "SELECT") k.selectedIndex = (k.selectedIndex + 1) %% k.options.length;
				else k.value = +k.value < +k.max ? +k.value + 1 : +k.value - 1;
				k.dispatchEvent(new Event("input", {bubbles: true})); return true })()`, knob), pageLimit)
			p.until(fmt.Sprintf("%s.dataset.answers > %s", box, before), what+", "+input+" to be answered", pageLimit)
		}
		if eval[string](p, box+`.querySelector("svg").outerHTML`, pageLimit) == still {
			p.t.Errorf("%s: with every knob moved, the picture is still the same", what)
		}
		p.t.Logf("%s: the last answer was drawn after %s ms", what, eval[string](p, box+".dataset.took", pageLimit))
		if eval[bool](p, "Boolean("+box+`.querySelector("[data-go]"))`, pageLimit) {
			p.playControl(box, what)
		}
	}
	shot, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	must(p.t, err)
	save(p.t, name+"-controls", shot)
	p.clean(name + ", controls")
}

// playControl steps through a run, back, and lets it play; the keyboard moves
// the slider.
func (p *tab) playControl(box, what string) {
	p.t.Helper()
	const value = `.querySelector("[name=pos]").value`
	click := func(way, wants string) {
		eval[bool](p, fmt.Sprintf(`(%s.querySelector("[data-go=%s]").click(), true)`, box, way), pageLimit)
		p.until(wants, what+", "+way, pageLimit)
	}
	shown := func(entry int) string {
		return fmt.Sprintf(`%s.querySelector(".try-text").textContent.startsWith("Entry %d of")`, box, entry)
	}
	click("first", shown(1))
	click("step", shown(2))
	click("step", shown(3))
	click("back", shown(2))
	click("play", box+value+" >= 4")
	click("play", box+`.querySelector("[data-go=play]").textContent === "Play"`)
	eval[bool](p, fmt.Sprintf(`(%s.querySelector("[data-go=first]").click(), %s.querySelector("[name=pos]").focus(), true)`, box, box), pageLimit)
	p.until(shown(1), what+", first", pageLimit)
	must(p.t, chromedp.Do(p.ctx, chromedp.KeyEvent(kb.ArrowRight)))
	p.until(shown(2), what+", arrow key", pageLimit)
}

// firstAnswer logs how soon the controls of a page have their first answer.
func (p *tab) firstAnswer(url string) {
	p.t.Helper()
	p.open(url, look{width: wide})
	p.until(`[...document.querySelectorAll("section.try")].every(b => b.dataset.answers)`, "every control to answer", pageLimit)
	p.t.Logf("the first paint %.0f ms after the page was opened, the first answer after %.0f ms",
		eval[float64](p, `performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? -1`, pageLimit), eval[float64](p, "Number(document.documentElement.dataset.ready)", pageLimit))
}

const (
	largestPage = 3_000_000
	largestBook = 15_000_000
)

// checkSizes weighs the book.
func checkSizes(t *testing.T, dir string) {
	t.Helper()
	all, largest, which := int64(0), int64(0), ""
	must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		must(t, err)
		all += info.Size()
		if strings.HasSuffix(path, ".html") && info.Size() > largest {
			largest, which = info.Size(), filepath.Base(path)
		}
		return nil
	}))
	t.Logf("the book has %d bytes, its largest page %d (%s)", all, largest, which)
	if all > largestBook || largest > largestPage {
		t.Errorf("the book has %d bytes (at most %d), the page %s %d (at most %d)", all, largestBook, which, largest, largestPage)
	}
}
