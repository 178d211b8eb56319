package render

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"testing"

	"socketbook/charts/spec"
)

// TestFigure: every figure can stand in any page: it refers to nothing, has no
// id, and carries title, summary, picture, option and data.
func TestFigure(t *testing.T) {
	for name, f := range figures(t) {
		got := figureHTML(t, name, f)
		for _, want := range []string{
			"<figcaption", html.EscapeString(f.Title) + "</figcaption>",
			`alt="` + html.EscapeString(f.Summary) + `"`,
			"<details", `<th scope="col">` + html.EscapeString(f.Table.Columns[0]),
			`data-chart="` + f.ID() + `"`,
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: lacks %q", name, want)
			}
		}
		for _, row := range f.Table.Rows {
			for _, cell := range row {
				if !strings.Contains(got, "<td>"+html.EscapeString(cell)+"</td>") {
					t.Errorf("%s: the table lacks %q", name, cell)
				}
			}
		}
		if m := regexp.MustCompile(`\s(id|href)="|src="http|//[a-z]`).FindString(strings.ReplaceAll(got, "image/svg+xml", "")); m != "" && !strings.Contains(m, "base64") {
			// A base64 text may hold anything after "//": look outside of it.
			outside := regexp.MustCompile(`base64,[^"]*`).ReplaceAllString(got, "")
			if m := regexp.MustCompile(`\s(id|href)="|src="http|//[a-z]`).FindString(outside); m != "" {
				t.Errorf("%s: holds %q", name, m)
			}
		}
		if n := len(got); n > 70_000 {
			t.Errorf("%s: %d bytes; a notebook keeps every one of them", name, n)
		}
	}
}

// TestCell: in a notebook the replay string stands beneath a figure, and nothing else
// is different.
func TestCell(t *testing.T) {
	f := figures(t)["queue"]
	cell, err := CellHTML(f)
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`<p style="[^"]*">Replay: <code style="user-select:all">go run ./notebooks replay ` + f.Replay() + "</code></p>\n")
	if at := line.FindStringIndex(cell); at == nil || cell[at[1]:] != "</figure>\n" || line.ReplaceAllString(cell, "") != figureHTML(t, "queue", f) {
		t.Errorf("it ends with %q", cell[max(0, len(cell)-300):])
	}
	other := *f
	other.Summary += " One more."
	if other.Replay() == f.Replay() || f.Replay() != "queue-"+f.ID() {
		t.Errorf("%s is the string of two figures", f.Replay())
	}
}

// TestFigureParts takes a figure apart again: the picture is an SVG, the option
// is JSON in two layouts, both with a background.
func TestFigureParts(t *testing.T) {
	for name, f := range figures(t) {
		got := figureHTML(t, name, f)
		m := regexp.MustCompile(`src="data:image/svg\+xml;base64,([^"]+)"`).FindStringSubmatch(got)
		if m == nil {
			t.Fatalf("%s: no picture", name)
		}
		if svg, err := base64.StdEncoding.DecodeString(m[1]); err != nil || !strings.HasPrefix(string(svg), "<svg ") {
			t.Errorf("%s: the picture is no SVG: %v", name, err)
		}
		m = regexp.MustCompile(`(?s)<script type="application/json">(.*?)</script>`).FindStringSubmatch(got)
		if m == nil {
			t.Fatalf("%s: no option", name)
		}
		var b map[string]struct {
			Height int
			Option map[string]any
		}
		if err := json.Unmarshal([]byte(m[1]), &b); err != nil {
			t.Fatalf("%s: the option is no JSON: %v", name, err)
		}
		for _, l := range []string{"wide", "narrow"} {
			if b[l].Height < 100 || b[l].Option["backgroundColor"] != "$paper" || b[l].Option["animation"] != false {
				t.Errorf("%s, %s: height %d, background %v, animation %v", name, l, b[l].Height,
					b[l].Option["backgroundColor"], b[l].Option["animation"])
			}
		}
	}
}

// TestSame draws twice: the same figure is the same bytes, and its class names
// do not count on.
func TestSame(t *testing.T) {
	for name, f := range figures(t) {
		a := figureHTML(t, name, f)
		b, err := FigureHTML(f)
		if err != nil {
			t.Fatal(err)
		}
		if a != b {
			t.Errorf("%s: two drawings differ", name)
		}
	}
}

// TestPage: a page of its own is whole.
func TestPage(t *testing.T) {
	all := figures(t)
	for _, f := range []*spec.Figure{all["nofile"], all["ladder"], all["heat"]} {
		p, err := PageHTML(f)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(p, "<!doctype html>") || strings.Count(p, "<html") != 1 || !strings.Contains(p, `lang="en"`) ||
			!strings.Contains(p, "<title>"+html.EscapeString(f.Title)) {
			t.Errorf("the page is not whole: %.300s", p)
		}
	}
}
