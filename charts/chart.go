package charts

import (
	"os"
	"strings"

	"socketbook/charts/spec"
)

// Chart is one picture: data, title, summary, table. It is drawn when it is
// shown or written. A Chart made from bad input carries the error; every
// method that could draw returns it.
type Chart struct {
	fig spec.Figure
	err error
}

// Err is what is wrong with the input: it names the field, its value and what
// is allowed. It is nil for a chart that can be drawn.
func (c *Chart) Err() error { return c.err }

// Title is the finding the picture states.
func (c *Chart) Title() string { return c.fig.Title }

// Summary says the picture in one paragraph: the alternative text.
func (c *Chart) Summary() string { return c.fig.Summary }

// Titled replaces the title.
func (c *Chart) Titled(title string) *Chart {
	c.fig.Title = title
	return c
}

// Summed replaces the summary.
func (c *Chart) Summed(summary string) *Chart {
	c.fig.Summary = summary
	return c
}

// textRows is how many rows of data go along with the plain text.
const textRows = 12

// Text is the chart in plain text: title, summary, and a small table. It
// stands beside the picture as text/plain, and in its place where no picture
// can be drawn.
func (c *Chart) Text() string {
	if c.err != nil {
		return c.err.Error() + "\n"
	}
	var b strings.Builder
	b.WriteString(c.fig.Title + "\n" + c.fig.Summary + "\n\n")
	t := c.fig.Table
	rows, note := t.Rows, t.Note
	if n := len(rows); n > textRows {
		// Spread over the whole of it, the first and the last included.
		rows = nil
		for i := range textRows {
			rows = append(rows, t.Rows[i*(n-1)/(textRows-1)])
		}
		note = strings.TrimSpace(note + " " + comma(textRows) + " of " + comma(int64(n)) + " rows.")
	}
	width := make([]int, len(t.Columns))
	lines := append([][]string{t.Columns}, rows...)
	for _, l := range lines {
		for i, cell := range l {
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	for _, l := range lines {
		line := ""
		for i, cell := range l {
			line += cell + strings.Repeat(" ", width[i]-len([]rune(cell))+2)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	if note != "" {
		b.WriteString("(" + strings.TrimSuffix(note, ".") + ")\n")
	}
	return b.String()
}

// HTML returns the chart as a piece of a page: the static picture, the option
// of the live one, and the data as a table. It becomes live in a page that
// holds [Library], and is a picture in any other.
func (c *Chart) HTML() (string, error) {
	if c.err != nil {
		return "", c.err
	}
	return ask(request{Op: opFigure, Figure: &c.fig})
}

// Page returns the chart as a page of its own, with the library in it: it
// needs no network and no other file.
func (c *Chart) Page() (string, error) {
	if c.err != nil {
		return "", c.err
	}
	return ask(request{Op: opPage, Figure: &c.fig})
}

// WriteFile writes [Chart.Page] to a file.
func (c *Chart) WriteFile(name string) error {
	page, err := c.Page()
	if err != nil {
		return err
	}
	return os.WriteFile(name, []byte(page), 0o644)
}
