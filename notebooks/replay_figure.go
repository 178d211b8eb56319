package main

import (
	"strings"
	"text/tabwriter"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"socketbook/notebooks/internal/ipynb"
)

// shownFigure is a figure as a cell shows it.
type shownFigure struct {
	replay string // "" where none stands beneath it
	text   string // title, summary and numbers
}

// figuresOf takes the figures out of what a cell shows. They are read from the
// HTML: what is folded away until there is a guess is only there.
func figuresOf(c *ipynb.Cell) (figures []shownFigure) {
	for _, out := range c.Outputs {
		page, _ := out.Data["text/html"].(string)
		if !strings.Contains(page, "<figure") {
			continue
		}
		root, err := html.Parse(strings.NewReader(page))
		if err != nil {
			continue // it reads from a string, and takes any HTML
		}
		for n := range root.Descendants() {
			if n.DataAtom == atom.Figure {
				figures = append(figures, readFigure(n))
			}
		}
	}
	return figures
}

// readFigure reads the parts of a figure that charts has written.
func readFigure(figure *html.Node) (f shownFigure) {
	var text strings.Builder
	numbers := tabwriter.NewWriter(&text, 0, 8, 2, ' ', 0)
	for n := range figure.Descendants() {
		switch n.DataAtom {
		case atom.Figcaption:
			text.WriteString(words(n) + "\n")
		case atom.Img:
			for _, a := range n.Attr {
				if a.Key == "alt" {
					text.WriteString(a.Val + "\n\n")
				}
			}
		case atom.Tr:
			var row []string
			for cell := range n.ChildNodes() {
				row = append(row, words(cell))
			}
			numbers.Write([]byte(strings.Join(row, "\t") + "\n"))
		case atom.Code:
			if rest, ok := strings.CutPrefix(words(n), "go run ./notebooks replay "); ok {
				f.replay = rest
			}
		}
	}
	numbers.Flush()
	f.text = text.String()
	return f
}

// words is the text in a node.
func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}
