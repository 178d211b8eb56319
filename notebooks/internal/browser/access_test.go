package browser

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// axeEnv names the file axe.min.js of axe-core, which looks for what shuts
// readers out.
const axeEnv = "SOCKETBOOK_AXE"

func axeScript(t *testing.T) string {
	t.Helper()
	file := os.Getenv(axeEnv)
	if file == "" {
		t.Logf("%s is not set: axe does not look at the pages", axeEnv)
		return ""
	}
	script, err := os.ReadFile(file)
	must(t, err)
	return string(script)
}

// checkAccess lets axe look at the page as it is now, with everything unfolded.
func (p *tab) checkAccess(axe, what string) {
	p.t.Helper()
	if axe == "" {
		return
	}
	eval[bool](p, `(document.querySelectorAll("details").forEach(d => d.open = true), true)`, pageLimit)
	eval[bool](p, axe+"\n;true", pageLimit)
	type finding struct{ ID, Impact, Where, Help string }
	for _, f := range eval[[]finding](p, `axe.run(document, {resultTypes: ["violations"], preload: false}).then(r => r.violations.flatMap(v =>
		v.nodes.slice(0, 3).map(n => ({ID: v.id, Impact: v.impact, Where: n.target.join(" ") + " " + n.html.slice(0, 160), Help: n.failureSummary.slice(0, 240)}))))`, 4*pageLimit) {
		p.t.Errorf("%s: axe: %s (%s) at %s: %s", what, f.ID, f.Impact, f.Where, f.Help)
	}
}

// checkStructure wants one h1, headings that skip no level, and a first stop of
// the keyboard that leads past the menus.
func (p *tab) checkStructure(what string) {
	p.t.Helper()
	levels := eval[[]int](p, `[...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].map(h => +h.tagName[1])`, pageLimit)
	for i, l := range levels {
		if i == 0 && l != 1 || i > 0 && (l == 1 || l > levels[i-1]+1) {
			p.t.Errorf("%s: the headings have the levels %v", what, levels)
			break
		}
	}
	if len(levels) == 0 {
		p.t.Errorf("%s: no heading", what)
	}
	must(p.t, chromedp.Do(p.ctx, chromedp.KeyEvent(kb.Tab)))
	if first := eval[string](p, `document.activeElement.className + " " + document.activeElement.getAttribute("href")`, pageLimit); !strings.HasPrefix(first, "skip-to-content") || !strings.Contains(first, " #") {
		p.t.Errorf("%s: the first Tab goes to %q; want the link that skips the menus", what, first)
	}
}

// checkPrint prints the page: no figure may be folded away on paper.
func (p *tab) checkPrint(what string) {
	p.t.Helper()
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	must(p.t, err)
	if folded := eval[int](p, `[...document.querySelectorAll("figure.socketbook")].filter(f => !f.checkVisibility()).length`, pageLimit); folded > 0 {
		p.t.Errorf("%s: %d figures are not there on paper", what, folded)
	}
	pdf, err := chromedp.Call(p.ctx, page.PrintToPDF, page.PrintToPDFParams{})
	must(p.t, err)
	if !bytes.HasPrefix(pdf.Data, []byte("%PDF-")) || len(pdf.Data) < 10_000 {
		p.t.Errorf("%s: printed, it is %d bytes", what, len(pdf.Data))
	}
	if dir := os.Getenv("SOCKETBOOK_SHOTS"); dir != "" {
		must(p.t, os.WriteFile(dir+"/"+what+".pdf", pdf.Data, 0o644))
	}
}

// checkSearch looks for words, from the file.
func (p *tab) checkSearch(url string) {
	p.t.Helper()
	for word, hits := range map[string]bool{"backlog": true, "descriptors": true, "retransmission": true, "xylophone": false} {
		p.open(url+"?q="+word, look{width: wide})
		p.until(`/finished|did not match|matching/i.test(document.querySelector("#search-results").textContent)`, "the search for "+word+" to end", pageLimit)
		found := eval[int](p, `document.querySelectorAll("#search-results ul.search li").length`, pageLimit)
		if (found > 0) != hits {
			p.t.Errorf("the search for %q finds %d pages", word, found)
		}
	}
	p.clean("search")
}
