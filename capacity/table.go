package capacity

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// Table is the verdict as a heading and rows, the binding wall first.
func (v Verdict) Table() (heading []string, rows [][]string) {
	heading = []string{"limit", "allows", "what you see", "command", "cost"}
	for _, w := range v.Walls {
		rows = append(rows, []string{string(w.Limit), w.Allows.String(), w.Seen, w.Command, w.Cost})
	}
	return heading, rows
}

// columns are the widths to which String wraps each column, in letters; 0
// leaves it alone. They make a table of about 120.
var columns = [...]int{0, 0, 24, 30, 22}

// String prints [Verdict.Table] in columns, with > at the binding wall and ~ at
// one that slows before it.
func (v Verdict) String() string {
	heading, rows := v.Table()
	var out strings.Builder
	tw := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, "  %s\n", strings.Join(heading, "\t"))
	for i, row := range rows {
		mark := " "
		switch {
		case v.Walls[i].Limit == v.Binding().Limit:
			mark = ">"
		case v.Walls[i].Soft:
			mark = "~"
		}
		for _, line := range wrapRow(row) {
			fmt.Fprintf(tw, "%s %s\n", mark, strings.Join(line, "\t"))
			mark = " "
		}
	}
	tw.Flush() // a strings.Builder does not fail
	lines := strings.Split(out.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// wrapRow breaks the cells of a row into lines of words.
func wrapRow(row []string) [][]string {
	var lines [][]string
	for column, cell := range row {
		for i, part := range wrap(cell, columns[column]) {
			if i == len(lines) {
				lines = append(lines, make([]string, len(row)))
			}
			lines[i][column] = part
		}
	}
	return lines
}

// wrap breaks text at spaces into lines of at most width letters, except that
// a longer word stays whole.
func wrap(text string, width int) []string {
	words := strings.Fields(text)
	if width == 0 || len(words) == 0 {
		return []string{text}
	}
	lines := words[:1:1]
	for _, word := range words[1:] {
		last := &lines[len(lines)-1]
		if utf8.RuneCountInString(*last)+1+utf8.RuneCountInString(word) <= width {
			*last += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}
