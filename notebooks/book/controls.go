package book

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"socketbook/notebooks/book/engine"
	"socketbook/notebooks/internal/ipynb"
)

// tryPage is the page with all controls.
const tryPage = "try-it"

// lessonsOf says which lesson a control belongs to: the first of these that is
// in the book.
var lessonsOf = map[string][]string{
	"backlog": {"03-the-waiting-line", "02-a-server-claims-a-port"},
	"journey": {"05-from-the-card-to-read"},
	"ladder":  {"06-tcp-loses-nothing"},
	"nofile":  {"07-descriptors"},
	"tuples":  {"08-tuples", "07-descriptors"},
	"memory":  {"09-memory", "07-descriptors"},
}

// controlsOf are the controls that stand in a lesson.
func controlsOf(doc string, docs []string) []engine.Control {
	var mine []engine.Control
	for _, c := range engine.Controls() {
		for _, lesson := range lessonsOf[c.Name] {
			if slices.Contains(docs, lesson) {
				if lesson == doc {
					mine = append(mine, c)
				}
				break
			}
		}
	}
	return mine
}

// addControls puts a lesson's controls near its end, before what it says about
// the next one.
func addControls(nb *ipynb.Notebook, controls []engine.Control) error {
	if len(controls) == 0 {
		return nil
	}
	text, err := controlsMarkdown("## Try it here", "###", controls)
	if err != nil {
		return err
	}
	at := len(nb.Cells)
	if last := at - 1; last > 0 && nb.Cells[last].Type == "markdown" && strings.Contains(nb.Cells[last].Source, "Next") {
		at = last
	}
	nb.Cells = slices.Insert(nb.Cells, at, &ipynb.Cell{Type: "markdown", ID: "controls", Source: text})
	return nil
}

// tryMarkdown is the page with all controls.
func tryMarkdown() ([]byte, error) {
	text, err := controlsMarkdown("# Try it", "##", engine.Controls())
	return []byte(text), err
}

// controlsMarkdown is a heading with controls below it.
func controlsMarkdown(heading, level string, controls []engine.Control) (string, error) {
	var b strings.Builder
	b.WriteString(heading + "\n\nThe simulator itself runs in this page, the same program that made the figures: move a slider, and it runs again.\nWith scripts off, the pictures stand as they are.\n")
	for _, c := range controls {
		shown, err := controlHTML(c)
		if err != nil {
			return "", fmt.Errorf("the control %s: %w", c.Name, err)
		}
		fmt.Fprintf(&b, "\n%s %s\n\n%s\n\n```{raw} html\n%s\n```\n", level, c.Title, c.Doc, shown)
	}
	return b.String(), nil
}

// controlHTML is one control as it stands in a page: its inputs, which only a
// script brings to life, and the answer to what they ask at the start.
func controlHTML(c engine.Control) (string, error) {
	d, err := engine.Ask(c.Question())
	if err != nil {
		return "", err
	}
	var b strings.Builder
	name := html.EscapeString(c.Name)
	fmt.Fprintf(&b, `<section class="try" data-control="%s" aria-label="%s">`, name, html.EscapeString(c.Title))
	b.WriteString("\n" + `<form hidden>`)
	for _, in := range c.Inputs {
		b.WriteString("\n" + inputHTML(c.Name, in))
	}
	if c.Player {
		b.WriteString("\n" + playerHTML(c.Name, d))
	}
	b.WriteString("\n</form>\n")
	fmt.Fprintf(&b, `<p class="try-text" role="status">%s</p>`+"\n", html.EscapeString(d.Text))
	fmt.Fprintf(&b, `<div class="try-picture" tabindex="0" role="group" aria-label="%s, the picture">%s</div>`+"\n", html.EscapeString(c.Title), d.SVG)
	fmt.Fprintf(&b, `<details><summary>The numbers as a table</summary><div class="try-table" tabindex="0" role="region" aria-label="%s, the numbers">%s</div></details>`+"\n",
		html.EscapeString(c.Title), d.Table)
	fmt.Fprintf(&b, `<p class="try-replay">Replay: <code>%s</code></p>`+"\n</section>", html.EscapeString(d.Replay))
	return b.String(), nil
}

// inputHTML is one knob with its label: a slider over the settings, or a choice.
func inputHTML(control string, in engine.Input) string {
	id := "try-" + control + "-" + in.Name
	label := fmt.Sprintf(`<label for="%s">%s</label>`, id, html.EscapeString(in.Label))
	var b strings.Builder
	if in.Choice {
		fmt.Fprintf(&b, `<p>%s <select id="%s" name="%s">`, label, id, in.Name)
		for i, stop := range in.Stops {
			selected := ""
			if i == in.Default {
				selected = " selected"
			}
			fmt.Fprintf(&b, `<option%s>%s</option>`, selected, html.EscapeString(stop))
		}
		return b.String() + "</select></p>"
	}
	setting := in.Stops[in.Default]
	fmt.Fprintf(&b, `<p>%s <input type="range" id="%s" name="%s" min="0" max="%d" value="%d" step="1" data-stops="%s" data-unit="%s" aria-valuetext="%s"> <output for="%s">%s</output></p>`,
		label, id, in.Name, len(in.Stops)-1, in.Default, html.EscapeString(strings.Join(in.Stops, "|")), html.EscapeString(in.Unit),
		html.EscapeString(strings.TrimSpace(setting+" "+in.Unit)), id, html.EscapeString(strings.TrimSpace(setting+" "+in.Unit)))
	return b.String()
}

// playerHTML is how one moves through a run.
func playerHTML(control string, d *engine.Drawing) string {
	id := "try-" + control + "-pos"
	return fmt.Sprintf(`<p class="try-player"><button type="button" data-go="first">Start</button> <button type="button" data-go="back">Back</button> <button type="button" data-go="play" aria-pressed="false">Play</button> <button type="button" data-go="step">Step</button></p>
<p><label for="%s">Entry of the tape</label> <input type="range" id="%s" name="pos" min="0" max="%d" value="%d" step="1" aria-valuetext="%d of %d"> <output for="%s">%d of %d</output></p>`,
		id, id, d.Len-1, d.Pos, d.Pos+1, d.Len, id, d.Pos+1, d.Len)
}
