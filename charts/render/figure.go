package render

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"strings"

	"socketbook/charts/spec"
)

// drawing is one layout of a figure.
type drawing struct {
	Height int             `json:"height"`
	Option json.RawMessage `json:"option"`
}

// option draws a figure in a layout.
func option(f *spec.Figure, l layout) (d drawing, err error) {
	var o string
	switch {
	case f.Plane != nil:
		o, d.Height, err = drawPlane(f.Plane, l)
	case f.Journey != nil:
		o, d.Height, err = drawJourney(f.Journey, l)
	case f.Descriptors != nil:
		o, d.Height, err = drawDescriptors(f.Descriptors, l)
	case f.Rows != nil:
		o, d.Height, err = drawRows(f.Rows, l)
	case f.Ladder != nil:
		o, d.Height, err = drawLadder(f.Ladder, l)
	case f.States != nil:
		o, d.Height, err = drawStates(f.States, l)
	case f.Heat != nil:
		o, d.Height, err = drawHeat(f.Heat, l)
	default:
		err = fmt.Errorf("figure %q holds nothing to draw", f.Name)
	}
	d.Option = json.RawMessage(o)
	return d, err
}

// both layouts, as the live chart takes them.
type both struct {
	Wide   drawing `json:"wide"`
	Narrow drawing `json:"narrow"`
}

// draw makes both layouts and the static picture of the wide one.
func draw(f *spec.Figure) (b both, picture string, err error) {
	if b.Wide, err = option(f, wide); err != nil {
		return b, "", err
	}
	if b.Narrow, err = option(f, narrow); err != nil {
		return b, "", err
	}
	picture, err = svg(paint(string(b.Wide.Option), light), wide.width, b.Wide.Height)
	if err != nil {
		return b, "", err
	}
	return b, entitle(picture, f), nil
}

// entitle puts title and summary into the SVG, for when it travels alone.
func entitle(s string, f *spec.Figure) string {
	i := strings.Index(s, ">")
	return s[:i+1] + "<title>" + html.EscapeString(f.Title) + "</title><desc>" + html.EscapeString(f.Summary) + "</desc>" + s[i+1:]
}

// script waits for the library, which may come before or after the figure. It
// declares no name at the top of the page: a cell may run twice in one.
const script = `(function(s){var f=s.closest("figure");function up(){if(window.socketbook&&socketbook.draw)socketbook.draw(f)}` +
	`up();addEventListener("echarts-ready",up);addEventListener("load",up)})(document.currentScript)`

// FigureHTML is a figure as a piece of a page. It holds no id, so that the same
// chart can stand in a page twice.
func FigureHTML(f *spec.Figure) (string, error) { return writeFigure(f, "") }

// CellHTML is a figure as the output of a notebook's cell: beneath it stands what
// plays that cell again, for whoever has the picture but not the notebook.
func CellHTML(f *spec.Figure) (string, error) {
	return writeFigure(f, `<p style="font-size:.85em;margin:.3em 0 0;overflow-wrap:anywhere">Replay: <code style="user-select:all">go run ./notebooks replay `+
		html.EscapeString(f.Replay())+"</code></p>\n")
}

func writeFigure(f *spec.Figure, below string) (string, error) {
	b, picture, err := draw(f)
	if err != nil {
		return "", err
	}
	data, err := json.Marshal(b)
	if err != nil {
		return "", err
	}
	var w strings.Builder
	fmt.Fprintf(&w, `<figure class="socketbook" data-chart="%s" style="margin:1em 0;max-width:%dpx">`+"\n", f.ID(), wide.width)
	fmt.Fprintf(&w, `<figcaption style="text-align:left;font-style:normal;font-weight:600;margin:0 0 .5em">%s</figcaption>`+"\n", html.EscapeString(f.Title))
	fmt.Fprintf(&w, `<img alt="%s" width="%d" height="%d" style="max-width:100%%;height:auto;background:%s;border-radius:4px" src="data:image/svg+xml;base64,%s">`+"\n",
		html.EscapeString(f.Summary), wide.width, b.Wide.Height, light["paper"], base64.StdEncoding.EncodeToString([]byte(picture)))
	// encoding/json writes < as \u003c, so no text can end the script early.
	fmt.Fprintf(&w, `<script type="application/json">%s</script>`+"\n<script>%s</script>\n", data, script)
	writeTable(&w, f)
	w.WriteString(below + "</figure>\n")
	return w.String(), nil
}

// writeTable adds the summary and the data, folded. Colours are the page's own.
func writeTable(w *strings.Builder, f *spec.Figure) {
	w.WriteString(`<details style="font-size:.9em;margin:.3em 0 0"><summary>The numbers</summary>` + "\n")
	fmt.Fprintf(w, "<p>%s</p>\n", html.EscapeString(f.Summary))
	// What scrolls must be within reach of the keyboard.
	w.WriteString(`<div style="overflow-x:auto" tabindex="0" role="group" aria-label="The numbers as a table"><table>` + "\n<thead><tr>")
	for _, c := range f.Table.Columns {
		fmt.Fprintf(w, `<th scope="col">%s</th>`, html.EscapeString(c))
	}
	w.WriteString("</tr></thead>\n<tbody>\n")
	for _, row := range f.Table.Rows {
		w.WriteString("<tr>")
		for _, c := range row {
			fmt.Fprintf(w, "<td>%s</td>", html.EscapeString(c))
		}
		w.WriteString("</tr>\n")
	}
	w.WriteString("</tbody></table></div>\n")
	if f.Table.Note != "" {
		fmt.Fprintf(w, "<p>%s</p>\n", html.EscapeString(f.Table.Note))
	}
	w.WriteString("</details>\n")
}

// PageHTML is a figure as a page of its own, with the library in it.
func PageHTML(f *spec.Figure) (string, error) {
	fig, err := FigureHTML(f)
	if err != nil {
		return "", err
	}
	return page(f.Title, fig+SetupHTML()), nil
}

// page wraps a body. The look is the reader's: light or dark by the system's
// wish.
func page(title, body string) string {
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>` + html.EscapeString(title) + `</title>
<style>
body{font:16px/1.5 ` + font + `;margin:0 auto;padding:1rem;max-width:48rem;color:` + light["ink"] + `;background:#f6f8fa}
td,th{padding:.15em .9em .15em 0;text-align:left;white-space:nowrap}
@media (prefers-color-scheme:dark){body{color:` + dark["ink"] + `;background:#0d1117}}
@media print{body{color:#000;background:#fff}}
</style>
</head>
<body>
<main>
` + body + `
</main>
</body>
</html>
`
}
