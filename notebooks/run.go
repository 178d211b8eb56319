package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"socketbook/notebooks/internal/cell"
	"socketbook/notebooks/internal/ipynb"
	"socketbook/notebooks/internal/runner"
)

var runVerb = verb{
	name:  "run",
	args:  "[flags] [notebooks]",
	short: "run every lesson here, with neither Python nor a browser",
	long: `Runs all lessons, or the notebooks named, from the first cell to the last in the
bundled kernel, and fails if a cell does. A cell tagged raises-exception must
fail; one tagged live, which asks your machine, may. Nothing is written unless
-w is given, and then live cells keep the recordings that the book shows; -record
makes these anew, on this machine. -show prints the lessons as text, with what
their cells said, for a machine without Python.`,
	run: runNotebooks,
}

func runNotebooks(ctx context.Context, c *command) error {
	write := c.flags.Bool("w", false, "write the new outputs into the notebooks")
	anew := c.flags.Bool("record", false, "with -w: record the live cells anew, on this machine")
	show := c.flags.Bool("show", false, "print each notebook as text")
	cacheDir := c.cacheFlag()
	if err := c.parse(-1); err != nil {
		return err
	}
	files, err := c.notebooks()
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
	builder := cell.NewBuilder(root)
	failed := 0
	for _, file := range files {
		nb, err := c.runOne(ctx, file, builder)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if nb != nil && *show {
			printNotebook(c.stdout, nb)
		}
		if err == nil && *write {
			err = writeLesson(nb, file, *anew)
		}
		if err != nil {
			failed++
			c.log.Say("%v", err)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %s failed", failed, count(len(files), "notebook"))
	}
	c.log.Say("%s ran, no cell failed", count(len(files), "notebook"))
	return nil
}

// writeLesson writes a notebook that was run over the file it was read from.
func writeLesson(nb *ipynb.Notebook, file string, anew bool) error {
	was, err := ipynb.Read(file)
	if err != nil {
		return err
	}
	ipynb.KeepRecordings(was, nb, runner.Machine(), anew)
	return nb.Write(file)
}

// liveFailures are the live cells that failed on this machine, each with its error.
func liveFailures(nb *ipynb.Notebook) (failed []string) {
	for _, c := range nb.Cells {
		for _, o := range c.Outputs {
			if o.Type == "error" && c.Tagged(ipynb.Live) && !c.Tagged(runner.RaisesException) {
				failed = append(failed, fmt.Sprintf("live cell %s: %s: %s", c.ID, o.Ename, o.Evalue))
			}
		}
	}
	return failed
}

// runOne runs a notebook, cell by cell before the reader's eyes.
func (c *command) runOne(ctx context.Context, file string, builder *cell.Builder) (*ipynb.Notebook, error) {
	step := c.log.Start(filepath.Base(file))
	defer step.Fail()
	ran := 0
	nb, err := runner.Run(ctx, file, runner.Options{Builder: builder, Progress: func(p runner.Progress) {
		ran = p.Index
		step.Note("%d of %d cells", p.Index, p.Total)
	}})
	var ce *runner.CellError
	switch {
	case err == nil:
		step.Done(fmt.Sprintf("%d cells ran", ran))
		for _, l := range liveFailures(nb) {
			c.log.Say("%s, %s (the run went on)", filepath.Base(file), l)
		}
	case errors.As(err, &ce):
		step.Done(fmt.Sprintf("failed at cell %d", ce.Index))
	}
	return nb, err
}
