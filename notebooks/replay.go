package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"socketbook/notebooks/internal/cell"
	"socketbook/notebooks/internal/ipynb"
	"socketbook/notebooks/internal/runner"
)

var replayVerb = verb{
	name:  "replay",
	args:  "STRING [notebooks]",
	short: "play the run behind a figure again, and print its numbers",
	long: `Plays again the run behind a figure and prints its program and its numbers. STRING
stands beneath the figure, for instance ladder-3c006a5tg9a3i: the kind of figure,
and a hash of every number in it. A program that gives other numbers has another
string, so a change of yours is named by one of its own; give the notebook too, if
it is not one of the lessons. Fails if the figure is not the same again.`,
	run: replayFigure,
}

// replayString is what charts writes beneath a figure: its kind and its hash.
var replayString = regexp.MustCompile(`^[a-z0-9-]+-[0-9a-z]+$`)

func replayFigure(ctx context.Context, c *command) error {
	cacheDir := c.cacheFlag()
	if err := c.parse(-1); err != nil {
		return err
	}
	if len(c.args) == 0 {
		return fmt.Errorf("replay wants the string beneath a figure (%w)", errUsage)
	}
	want := c.args[0]
	switch {
	case strings.HasPrefix(want, "sockets:"):
		return fmt.Errorf("%q is a run with a name: go run ./sockets/cmd/replay '%s' (%w)", want, want, errUsage)
	case !replayString.MatchString(want):
		return fmt.Errorf("%q is not what stands beneath a figure, such as ladder-3c006a5tg9a3i (%w)", want, errUsage)
	}
	c.args = c.args[1:]
	files, err := c.notebooks()
	if err != nil {
		return err
	}
	file, id, err := findFigure(files, want)
	if err != nil {
		return err
	}
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	if err := c.readyCells(ctx, *cacheDir, root); err != nil {
		return err
	}
	step := c.log.Start(fmt.Sprintf("%s, cell %s", filepath.Base(file), id))
	defer step.Fail()
	again, err := playAgain(ctx, file, id, cell.NewBuilder(root))
	if err != nil {
		return err
	}
	for line := range strings.Lines(again.Source) {
		fmt.Fprintln(c.stdout, "  | "+strings.TrimRight(line, "\n"))
	}
	figures := figuresOf(again)
	for _, f := range figures {
		fmt.Fprintf(c.stdout, "\n%s", f.text)
	}
	if !slices.ContainsFunc(figures, func(f shownFigure) bool { return f.replay == want }) {
		return fmt.Errorf("cell %s of %s does not give %s again: what it stands on has changed since the notebook was saved", id, filepath.Base(file), want)
	}
	step.Done("the same figure again, every number of it")
	return nil
}

// findFigure is the cell among whose saved outputs a figure is.
func findFigure(files []string, want string) (file, id string, err error) {
	for _, file := range files {
		nb, err := ipynb.Read(file)
		if err != nil {
			return "", "", err
		}
		for _, c := range nb.Cells {
			for _, f := range figuresOf(c) {
				if f.replay == want {
					return file, c.ID, nil
				}
			}
		}
	}
	return "", "", fmt.Errorf("none of %s shows figure %s; if it is in a notebook of yours, save that and name it: replay %s FILE.ipynb",
		count(len(files), "notebook"), want, want)
}

// playAgain runs one cell of a notebook, with what the cells before it declare,
// and returns it with its new outputs.
func playAgain(ctx context.Context, file, id string, builder *cell.Builder) (*ipynb.Cell, error) {
	nb, err := runner.Run(ctx, file, runner.Options{Builder: builder, Only: id})
	if err != nil {
		return nil, err
	}
	for _, c := range nb.Cells {
		if c.ID == id {
			return c, nil
		}
	}
	return nil, errors.New("no cell " + id) // it was there a moment ago
}
