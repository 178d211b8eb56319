// Render draws charts for a cell: requests on standard input, one JSON value a
// line, replies on standard output. Package charts builds it into the user's
// cache and starts it, so that a cell links no drawing library; nobody runs it
// by hand.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"socketbook/charts/render"
	"socketbook/charts/spec"
)

func main() {
	// It lives for one cell and a handful of charts: collecting garbage costs
	// it a fifth of its time.
	debug.SetGCPercent(400)
	if err := serve(os.Stdin, os.Stdout, os.Getenv(spec.PipeEnv)); err != nil {
		fmt.Fprintln(os.Stderr, "charts/render:", err)
		os.Exit(1)
	}
}

// serve answers requests until the input ends, which is the cell's end.
func serve(in io.Reader, out io.Writer, fifo string) error {
	d, e := json.NewDecoder(in), json.NewEncoder(out)
	screen := display{fifo: fifo}
	for {
		var q spec.Request
		if err := d.Decode(&q); errors.Is(err, io.EOF) {
			return screen.close()
		} else if err != nil {
			return fmt.Errorf("reading a request: %w", err)
		}
		var r spec.Reply
		var err error
		if r.Out, err = answer(q, &screen); err != nil {
			r.Err = err.Error()
		}
		if err := e.Encode(r); err != nil {
			return fmt.Errorf("writing a reply: %w", err)
		}
	}
}

// answer does what one request asks.
func answer(q spec.Request, screen *display) (out string, err error) {
	if q.Figure == nil && (q.Op == spec.OpShow || q.Op == spec.OpFigure || q.Op == spec.OpPage) {
		return "", fmt.Errorf("request %q holds no figure", q.Op)
	}
	switch q.Op {
	case spec.OpShow:
		html, err := render.CellHTML(q.Figure)
		if err != nil {
			return "", err
		}
		return "", screen.show(html, q.Text)
	case spec.OpSetup:
		return "", screen.show(render.SetupHTML(), "Charts on this page are live: ECharts "+render.Version+", no network.")
	case spec.OpDisplay:
		return "", screen.show(q.HTML, q.Text)
	case spec.OpFigure:
		if screen.fifo != "" {
			return render.CellHTML(q.Figure) // it will be shown, with something around it
		}
		return render.FigureHTML(q.Figure)
	case spec.OpPage:
		return render.PageHTML(q.Figure)
	case spec.OpLibrary:
		return render.Library()
	}
	return "", fmt.Errorf("request %q: want show, setup, display, figure, page or library", q.Op)
}
