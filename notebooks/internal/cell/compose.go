package cell

import (
	"fmt"
	"go/token"
	"slices"
	"strings"
)

// The kinds of a program in the order in which they are written. Inside a kind,
// names are in alphabetical order: so init_a runs before init_b, whatever the
// order of their cells, as in GoNB.
var kindOrder = []token.Token{token.IMPORT, token.TYPE, token.CONST, token.VAR, token.FUNC}

// compose writes the program: the units, then main. Line comments give each piece
// its place in its cell, so that the compiler's messages and the stack traces of
// the running program speak of cells.
func compose(units []unit, main *unit) string {
	var b strings.Builder
	b.WriteString("package main\n\n")
	units = slices.Clone(units)
	slices.SortStableFunc(units, func(x, y unit) int {
		if x.kind != y.kind {
			return slices.Index(kindOrder, x.kind) - slices.Index(kindOrder, y.kind)
		}
		return strings.Compare(x.key(), y.key())
	})
	for _, u := range units {
		u.write(&b)
	}
	if main == nil {
		main = &unit{kind: token.FUNC, pieces: []piece{{text: "func main() {}"}}}
	}
	main.write(&b)
	return b.String()
}

func (u unit) key() string {
	if len(u.names) == 0 {
		return ""
	}
	return u.names[0]
}

func (u unit) write(b *strings.Builder) {
	open, end := "", "\n\n"
	switch u.kind {
	case token.IMPORT, token.TYPE, token.VAR: // FUNC and CONST bring their keyword along
		open, end = u.kind.String()+" (\n", "\n)\n\n"
	}
	b.WriteString(open)
	for i, p := range u.pieces {
		switch {
		case p.at.Line == 0: // not from a cell
		case i == 0:
			fmt.Fprintf(b, "//line %s:%d:%d\n", p.at.Filename, p.at.Line, p.at.Column)
		default:
			fmt.Fprintf(b, "/*line %s:%d:%d*/", p.at.Filename, p.at.Line, p.at.Column)
		}
		b.WriteString(p.text)
	}
	b.WriteString(end)
}
