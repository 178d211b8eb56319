package browser

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const (
	startLimit = 20 * time.Minute // the first start fetches JupyterLab
	runLimit   = 5 * time.Minute  // for all cells of a lesson
)

// frontDoor is a started "go run ./notebooks".
type frontDoor struct {
	cmd *exec.Cmd
	url string
}

// startFrontDoor starts JupyterLab through the front door, with a fresh work
// folder, and waits for the address it prints.
func startFrontDoor(t *testing.T) *frontDoor {
	t.Helper()
	// The page is driven through JupyterLab's own commands, which it shows to a
	// script only when told to. What was open in an earlier run, of a book whose
	// lessons had other names perhaps, must not be opened again.
	cmd := exec.Command(buildFrontDoor(t), "-no-browser", "-work", t.TempDir(), "--",
		"--LabApp.expose_app_in_browser=True", "--LabApp.workspaces_dir="+t.TempDir())
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { cmd.Process.Kill() })
	found := make(chan string, 1)
	go func() {
		for sc := bufio.NewScanner(stdout); sc.Scan(); {
			if line := strings.TrimSpace(sc.Text()); strings.HasPrefix(line, "http://127.0.0.1:") {
				found <- line
			}
		}
		close(found)
	}()
	select {
	case address, ok := <-found:
		if !ok {
			t.Fatalf("the front door ended without an address: %v", cmd.Wait())
		}
		return &frontDoor{cmd, address}
	case <-time.After(startLimit):
		t.Fatalf("no address after %v", startLimit)
	}
	return nil
}

// stop sends ^C and wants a clean end: status 0, and nothing listening.
func (d *frontDoor) stop(t *testing.T) {
	t.Helper()
	must(t, d.cmd.Process.Signal(os.Interrupt))
	ended := make(chan error, 1)
	go func() { ended <- d.cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("after ^C: %v; want status 0", err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("still there 30 s after ^C")
	}
	u, err := url.Parse(d.url)
	must(t, err)
	if _, err := net.Dial("tcp", u.Host); err == nil {
		t.Error("JupyterLab still listens after ^C")
	}
}

// TestLab opens lesson 01 in JupyterLab, runs all cells and looks at the charts.
func TestLab(t *testing.T) {
	requireBrowser(t)
	door := startFrontDoor(t)
	u, err := url.Parse(door.url)
	must(t, err)
	p := newTab(t, newBrowser(t), "http://"+u.Host)
	p.open(door.url, look{width: 1300})
	if !p.until(`window.jupyterapp && jupyterapp.shell.currentWidget?.context?.isReady`, "the lesson to open", time.Minute) {
		p.shoot("lab-not-open")
		t.FailNow()
	}
	p.shoot("lab-opened")
	if text := eval[string](p, `document.querySelector(".jp-Dialog")?.innerText ?? ""`, pageLimit); text != "" {
		t.Errorf("a dialog is in the reader's way: %q", text)
	}
	p.runAll()
	p.viewLabCharts("lab")
	p.shoot("lab-end")
	p.lookAtOthers()
	p.clean("JupyterLab")
	door.stop(t)
}

// lookAtOthers opens the other lessons too, where somebody asks for their pictures:
// it takes minutes.
func (p *tab) lookAtOthers() {
	if os.Getenv("SOCKETBOOK_SHOTS") == "" {
		return
	}
	lessons, err := filepath.Glob("../../[0-9][0-9]-*.ipynb")
	must(p.t, err)
	for _, file := range lessons[1:] {
		name := filepath.Base(file)
		eval[bool](p, fmt.Sprintf(`jupyterapp.commands.execute("docmanager:open", {path: %q}).then(() => true)`, name), time.Minute)
		if !p.until(fmt.Sprintf(`jupyterapp.shell.currentWidget?.context?.path === %q && jupyterapp.shell.currentWidget.context.isReady`, name), name+" to open", time.Minute) {
			continue
		}
		p.runAll()
		p.viewLabCharts("lab-" + name[:2])
		p.shoot("lab-" + name[:2] + "-end")
		eval[bool](p, `(async () => { const s = jupyterapp.shell.currentWidget.sessionContext;
			await s.shutdown(); jupyterapp.shell.currentWidget.dispose(); return true })()`, time.Minute) // close asks whether to save
	}
}

// runAll runs all cells and waits until each has its number.
func (p *tab) runAll() {
	p.t.Helper()
	eval[bool](p, `(async () => {
		const w = jupyterapp.shell.currentWidget;
		await jupyterapp.restored; await w.context.ready; await w.revealed; await w.sessionContext.ready;
		jupyterapp.commands.execute("notebook:run-all-cells"); return true })()`, time.Minute)
	const waiting = `jupyterapp.shell.currentWidget.content.widgets.filter(c =>
		c.model.type === "code" && c.model.sharedModel.getSource().trim() && (c.model.executionCount === null || c.model.executionState === "running"))`
	p.until(waiting+`.length === 0 && jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === "idle"`,
		"all cells to end", runLimit)
	type bad struct{ Cell, Said string }
	for _, b := range eval[[]bad](p, `jupyterapp.shell.currentWidget.content.widgets.flatMap(c => {
		if (c.model.type !== "code") return [];
		const tagged = (c.model.getMetadata("tags") ?? []).includes("raises-exception");
		const errors = c.model.outputs.toJSON().filter(o => o.output_type === "error");
		if (errors.length && !tagged) return [{Cell: c.model.sharedModel.getSource(), Said: errors[0].ename + ": " + errors[0].evalue}];
		if (!errors.length && tagged) return [{Cell: c.model.sharedModel.getSource(), Said: "no error, though it is tagged raises-exception"}];
		return [] })`, pageLimit) {
		p.t.Errorf("%s, in the cell\n%s", b.Said, b.Cell)
	}
}

// viewLabCharts scrolls to each chart, since JupyterLab draws only what is on
// the screen, unfolds it and looks at its pixels.
func (p *tab) viewLabCharts(prefix string) {
	p.t.Helper()
	cells := eval[[]int](p, `jupyterapp.shell.currentWidget.content.widgets.flatMap((c, i) =>
		c.model.type === "code" && JSON.stringify(c.model.outputs.toJSON()).includes("<figure class=\\\"socketbook\\\"") ? [i] : [])`, pageLimit)
	if len(cells) == 0 {
		p.t.Error("the lesson shows no chart")
	}
	for n, i := range cells {
		eval[bool](p, fmt.Sprintf(`(async () => { const n = jupyterapp.shell.currentWidget.content;
			n.activeCellIndex = %d; await n.scrollToItem(%d, "center");
			const cell = n.widgets[%d].node;
			cell.querySelectorAll("details").forEach(d => d.open = true);
			cell.querySelector("figure.socketbook").scrollIntoView({block: "center"}); return true })()`, i, i, i), pageLimit)
		sel := fmt.Sprintf(`jupyterapp.shell.currentWidget.content.widgets[%d].node.querySelector("figure.socketbook .socketbook-live")`, i)
		name := fmt.Sprintf("%s-chart-%d", prefix, n+1)
		if !p.until(sel+`?.querySelector("svg")`, name+" to be live", pageLimit) {
			p.shoot(name + "-NOT-LIVE")
			continue
		}
		ctx, cancel := context.WithTimeout(p.ctx, pageLimit)
		shot, err := chromedp.Run(ctx, chromedp.Screenshot(chromedp.JSPath(sel)))
		cancel()
		must(p.t, err)
		save(p.t, name, shot)
		if ok, saying := drawn(p.t, shot); !ok {
			p.t.Errorf("%s looks blank: %s", name, saying)
		}
		p.shoot(name + "-in-place")
	}
}
