package check

import (
	"fmt"
	"html"
	"strings"

	"socketbook/charts"
)

// Show shows what gives the answer away: a table, a text, a picture. Once there
// is a guess it stands there as it is; until then it is folded away, and where
// nothing can be unfolded it is left out.
//
//	guess.Show(server.Sockets(), charts.Queue(series))
func (g Guess) Show(parts ...any) {
	page, text := g.shown(parts)
	charts.Display(page, text)
}

// pre is a block of text in the size of a cell's other output; it scrolls rather
// than widen the page.
const pre = `<pre style="font-size:.85em;line-height:1.5;overflow-x:auto;margin:.5em 0">`

const unfold = "This would give the answer away. Guess first, or unfold it."

func (g Guess) shown(parts []any) (page, text string) {
	var inside, plain, words strings.Builder
	flush := func() { // words that follow each other are one block
		if words.Len() > 0 {
			inside.WriteString(pre + html.EscapeString(words.String()) + "</pre>\n")
			words.Reset()
		}
	}
	for _, p := range parts {
		if c, is := p.(*charts.Chart); is {
			if figure, err := c.HTML(); err == nil {
				flush()
				inside.WriteString(figure)
				plain.WriteString(c.Text())
				continue
			}
			p = c.Text()
		}
		fmt.Fprint(&words, p)
		fmt.Fprint(&plain, p)
	}
	flush()
	if len(g) > 0 {
		return inside.String(), plain.String()
	}
	return "<details><summary>" + unfold + "</summary>\n" + inside.String() + "</details>\n", "Not shown before there is a guess.\n"
}
