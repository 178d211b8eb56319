package main

import (
	"fmt"
	"io"
	"strings"

	"socketbook/notebooks/internal/ipynb"
)

// printNotebook writes a notebook as text: prose as it stands, code behind a
// bar, and what the cells showed, in words where it was a picture.
func printNotebook(w io.Writer, nb *ipynb.Notebook) {
	for _, c := range nb.Cells {
		fmt.Fprintln(w)
		if c.Type != "code" {
			fmt.Fprintln(w, strings.TrimRight(c.Source, "\n"))
			continue
		}
		for line := range strings.Lines(c.Source) {
			fmt.Fprintln(w, "  | "+strings.TrimRight(line, "\n"))
		}
		for _, out := range c.Outputs {
			printOutput(w, out)
		}
	}
	fmt.Fprintln(w)
}

func printOutput(w io.Writer, out *ipynb.Output) {
	text := out.Text
	switch out.Type {
	case "display_data", "execute_result":
		var ok bool
		if text, ok = out.Data["text/plain"].(string); !ok {
			text = "(something to look at in a browser)"
		}
	case "error":
		text = out.Ename + ": " + out.Evalue + "\n" + strings.Join(out.Traceback, "\n")
	}
	if text = strings.TrimRight(text, "\n"); text != "" {
		fmt.Fprintln(w, text)
	}
}
