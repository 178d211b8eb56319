package charts

import (
	"fmt"
	"os"
	"path/filepath"

	"socketbook/charts/spec"
)

// inNotebook reports whether a kernel with a display pipe runs this program.
func inNotebook() bool { return os.Getenv(spec.PipeEnv) != "" }

// Setup puts the library of the live charts into the page, so call it once in
// a notebook, in a cell of its own. Charts before and after it become live;
// without it they stay pictures. Outside a notebook it does nothing: there
// every file brings its own.
func Setup() error {
	if !inNotebook() {
		return nil
	}
	_, err := ask(request{Op: opSetup})
	if err != nil {
		fmt.Fprintln(os.Stderr, "charts: no live charts on this page:", err)
	}
	return err
}

// Show draws the chart: in a notebook as the cell's output, elsewhere into a
// file in the current folder, whose name it prints. Where it cannot draw, it
// prints the chart's text, says why on standard error, and returns the reason;
// it never panics. A cell may ignore the result.
func (c *Chart) Show() error {
	if c.err != nil {
		fmt.Fprintln(os.Stderr, c.err)
		return c.err
	}
	err := c.show()
	if err != nil {
		fmt.Print(c.Text())
		fmt.Fprintln(os.Stderr, "charts: no picture, only its numbers:", err)
	}
	return err
}

func (c *Chart) show() error {
	if inNotebook() {
		_, err := ask(request{Op: opShow, Figure: &c.fig, Text: c.Text()})
		return err
	}
	page, err := c.Page()
	if err != nil {
		return err
	}
	name := c.fig.Replay() + ".html"
	err = os.WriteFile(name, []byte(page), 0o644)
	if err != nil {
		// The current folder may be read-only: the temporary one is not.
		name = filepath.Join(os.TempDir(), name)
		err = os.WriteFile(name, []byte(page), 0o644)
	}
	if err == nil {
		fmt.Println(c.fig.Title + ": " + name)
	}
	return err
}

// Display shows a piece of HTML as the cell's output, with text in its place
// where HTML cannot be seen. It goes through the same pipe as the charts: a
// program may have only one sender there. Outside a notebook it prints text.
func Display(html, text string) error {
	if !inNotebook() {
		fmt.Println(text)
		return nil
	}
	_, err := ask(request{Op: opDisplay, HTML: html, Text: text})
	if err != nil {
		fmt.Println(text)
		fmt.Fprintln(os.Stderr, "charts: only text is shown:", err)
	}
	return err
}

// Library returns the script of the live charts (ECharts and what draws our
// figures with it), for a page that holds many charts.
func Library() (string, error) { return ask(request{Op: opLibrary}) }
