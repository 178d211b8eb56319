// Package runner executes notebooks from the first cell to the last, without
// Jupyter, Python or a browser.
//
// A cell that fails ends the run, unless it carries the tag "raises-exception":
// then it must fail. Outputs are collected as a Jupyter client does, so that the
// notebook that [Run] returns can be written, or compared with the committed one by
// ipynb.Compare.
//
// # Live cells
//
// A cell with the tag "live" touches the reader's own machine or measures this very
// process: sockets/linux, capacity/calibrate, files under /proc, the shell, the clock.
// What it says differs from machine to machine, so it is run but not compared, and the
// outputs in the file are a recording that names its machine (see ipynb.Live). To
// write one:
//
//  1. Give the cell the tag, as in "tags": ["live"]. It makes its own values, as any
//     cell does.
//  2. Let it work anywhere: without rights, in a container, on another system than
//     Linux it prints what it could not do, and why. linux.Compare does that by
//     itself. It never panics, calls os.Exit or waits for more than a few seconds.
//  3. Run the lesson with go test ./notebooks -run 'TestLessons/NN-' -update. A live
//     cell that has no recording, or one of other code, is recorded; the recordings
//     of the others stay. With -update -live all are made anew; the front door's
//     verb run does the same with -w and -record.
//
// The prose around it names no number that a reader's machine may not show. In the HTML
// book a line over the recording says on which machine it was made.
//
// Here a live cell has half a minute, and if it fails at run time the run goes on:
// the reader's machine is not the lesson's fault. (TestLessons still reports it.)
package runner

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"socketbook/notebooks/internal/cell"
	"socketbook/notebooks/internal/ipynb"
)

// RaisesException is the tag of a cell that must fail.
const RaisesException = "raises-exception"

// liveTimeout bounds a live cell. What asks a real machine for longer than this
// hangs.
const liveTimeout = 30 * time.Second

// Options of a run.
type Options struct {
	// Module is the folder of the module in which cells are compiled. Default: the
	// one around the notebook.
	Module string
	// Builder compiles the cells, if it is shared between runs. Default: a new one for
	// Module.
	Builder *cell.Builder
	// Dir is the folder in which cells run. Default: the notebook's.
	Dir string
	// Shell runs the ! lines. Default: sh, which is all that a notebook may count on.
	Shell string
	// Protocol runs the cells in the bundled kernel, over ZeroMQ, as Jupyter would.
	// Default: in this process, which is a little faster.
	Protocol bool
	// Only is the ID of the one cell to run. Of the cells before it, what they
	// declare is there, and nothing of them runs. Default: all cells run.
	Only string
	// Timeout bounds each cell. Default: two minutes.
	Timeout time.Duration
	// Progress is told after each code cell how it went.
	Progress func(Progress)
}

// Progress is a code cell that was run.
type Progress struct {
	Index, Total int // of the code cells, from 1
	Cell         *ipynb.Cell
	Took         time.Duration
	Err          error // of a cell that ends the run
}

// CellError is the cell that ended a run.
type CellError struct {
	Path  string
	Index int // of all cells, from 1
	ID    string
	Err   error
}

func (e *CellError) Error() string {
	return fmt.Sprintf("%s: cell %d (%s): %v", e.Path, e.Index, e.ID, e.Err)
}

func (e *CellError) Unwrap() error { return e.Err }

// session runs cells one after another.
type session interface {
	// run returns an error of type *cell.Error if the cell failed, another one if
	// the session did.
	run(ctx context.Context, c *ipynb.Cell, out cell.Output) error
	close() error
}

// Run executes a notebook and returns it with its new outputs, and without
// execution counts and times. If a cell fails, the error is a *CellError, and the
// notebook has the outputs up to it.
func Run(ctx context.Context, path string, opts Options) (*ipynb.Notebook, error) {
	nb, err := ipynb.Read(path)
	if err != nil {
		return nil, err
	}
	if err := opts.fill(path); err != nil {
		return nil, err
	}
	s, err := opts.open(ctx)
	if err != nil {
		return nil, err
	}
	err = runCells(ctx, nb, path, s, opts)
	nb.Strip()
	return nb, errors.Join(err, s.close())
}

func (o *Options) fill(path string) error {
	if o.Dir == "" {
		o.Dir = filepath.Dir(path)
	}
	if o.Builder == nil {
		if o.Module == "" {
			module, err := cell.FindModule(filepath.Dir(path))
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			o.Module = module
		}
		o.Builder = cell.NewBuilder(o.Module)
	}
	if o.Shell == "" {
		o.Shell = "sh"
	}
	if o.Timeout <= 0 {
		o.Timeout = 2 * time.Minute
	}
	return nil
}

func runCells(ctx context.Context, nb *ipynb.Notebook, path string, s session, opts Options) error {
	rec := &recorder{displays: map[string][]*ipynb.Output{}}
	var code []int // places of the cells to run
	for i, c := range nb.Cells {
		if c.Outputs = nil; c.Type == "code" && strings.TrimSpace(c.Source) != "" {
			code = append(code, i)
		}
	}
	if opts.Only != "" {
		var err error
		if code, err = declareUntil(ctx, nb, code, s, opts.Only); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	for n, i := range code {
		c := nb.Cells[i]
		rec.cell = c
		began := time.Now()
		err := runCell(ctx, c, s, rec, opts.Timeout)
		if err != nil {
			err = &CellError{Path: path, Index: i + 1, ID: c.ID, Err: err}
		}
		if opts.Progress != nil {
			opts.Progress(Progress{Index: n + 1, Total: len(code), Cell: c, Took: time.Since(began), Err: err})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// declareUntil gives a session what the code cells before one declare, and returns
// the place of that one.
func declareUntil(ctx context.Context, nb *ipynb.Notebook, code []int, s session, only string) ([]int, error) {
	for _, i := range code {
		c := nb.Cells[i]
		if c.ID == only {
			return []int{i}, nil
		}
		declared := &ipynb.Cell{Type: c.Type, ID: c.ID, Source: cell.Declarations(c.Source)}
		aside := &recorder{cell: declared, displays: map[string][]*ipynb.Output{}}
		err := s.run(ctx, declared, aside)
		// One that is not finished yet may not matter to the cell that is asked for.
		if _, unfinished := errors.AsType[*cell.Error](err); err != nil && !unfinished {
			return nil, err
		}
	}
	return nil, fmt.Errorf("there is no code cell %q", only)
}

// runCell runs a cell and holds it to its tag.
func runCell(ctx context.Context, c *ipynb.Cell, s session, rec *recorder, timeout time.Duration) error {
	live := c.Tagged(ipynb.Live)
	if live {
		timeout = min(timeout, liveTimeout)
	}
	whole := ctx
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("no end after %v", timeout))
	defer cancel()
	err := s.run(ctx, c, rec)
	failed, ok := errors.AsType[*cell.Error](err)
	if err != nil && !ok {
		return err
	}
	if ok {
		rec.failed(failed)
	}
	byItself := ok && failed.Name != "Interrupted" && failed.Name != "KernelError"
	switch {
	case c.Tagged(RaisesException) && !ok:
		return fmt.Errorf("tagged %s, but it ran without an error", RaisesException)
	case c.Tagged(RaisesException) && byItself, !ok:
		return nil
	case live && failed.Name != "CompileError" && failed.Name != "KernelError" && whole.Err() == nil:
		return nil // its error is among its outputs
	}
	return failure{failed, lastWords(c)}
}

// lastWords is what a cell said on standard error, the end of it.
func lastWords(c *ipynb.Cell) string {
	const most = 30 // lines
	text := ""
	for _, o := range c.Outputs {
		if o.Type == "stream" && o.Name == "stderr" {
			text += o.Text
		}
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-most):], "\n")
}

// failure shows an error as the reader of a terminal needs it: with its lines, and
// with what the program said before it ended.
type failure struct {
	err  *cell.Error
	said string
}

func (f failure) Error() string {
	parts := []string{f.err.Name + ":"}
	if f.said != "" {
		parts = append(parts, f.said)
	}
	if len(f.err.Trace) == 0 {
		parts = append(parts, f.err.Value)
	}
	return strings.Join(append(parts, f.err.Trace...), "\n")
}

func (f failure) Unwrap() error { return f.err }
