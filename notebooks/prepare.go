package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"socketbook/charts"
	"socketbook/notebooks/internal/cell"
	"socketbook/notebooks/internal/lab"
	"socketbook/notebooks/internal/setup"
	"socketbook/notebooks/internal/steps"
)

var prepareVerb = verb{
	name:  "prepare",
	args:  "[flags]",
	short: "fetch and build all that is needed, and open nothing",
	long: `Prepares this machine for reading without a network later: JupyterLab, the
kernel, and with -export also what makes the HTML book. A class, a train ride
or an image wants this; everybody else gets it on the first start.`,
	run: prepareOnly,
}

func prepareOnly(ctx context.Context, c *command) error {
	kernel := c.kernelFlag()
	cacheDir := c.cacheFlag()
	export := c.flags.Bool("export", false, "also prepare what the verb export needs")
	if err := c.parse(0); err != nil {
		return err
	}
	root, _, err := clone()
	if err != nil {
		return err
	}
	cache, err := setup.CacheDir(*cacheDir)
	if err != nil {
		return err
	}
	if err := needCells(ctx, root); err != nil {
		return err
	}
	p, err := prepare(ctx, *kernel, c.say(cache), "", root, c.log)
	if err != nil {
		return err
	}
	if *export {
		if _, err := setup.Book.Ensure(ctx, cache.Path, c.log); err != nil {
			return waysOn(err)
		}
	}
	fmt.Fprintf(c.stdout, "Ready, with %s, in %s\n", p.kernel, cache.Path)
	fmt.Fprintf(c.stdout, "Another front end finds the kernel where JUPYTER_PATH says: JUPYTER_PATH=%s code DIR starts VS Code so.\n", p.kernels)
	return nil
}

// kernelFlag defines -kernel; a word it does not know is a usage error.
func (c *command) kernelFlag() *string {
	kernel := "auto"
	c.flags.Func("kernel", "which `kernel` runs the cells: gonb, bundled, or auto, which is GoNB where it can be had (default auto)", func(word string) error {
		if word != "auto" && word != "gonb" && word != "bundled" {
			return errors.New("there are auto, gonb and bundled")
		}
		kernel = word
		return nil
	})
	return &kernel
}

// prepared is what JupyterLab is started with.
type prepared struct {
	python  string // interpreter with JupyterLab
	kernels string // for JUPYTER_PATH
	kernel  string // its name, for the reader
	state   string // writable: settings, trusted notebooks
}

// prepare makes what is missing. temp, when not empty, takes the place of a
// cache that is whole but cannot be written to.
func prepare(ctx context.Context, kernel, cache, temp, root string, log *steps.Log) (prepared, error) {
	base := cache
	if err := setup.Writable(cache, "cache"); err != nil {
		if temp == "" || !setup.Jupyter.Ready(ctx, cache) {
			return prepared{}, err
		}
		base = temp
	}
	if err := setup.Jupyter.Possible(ctx, cache); err != nil {
		return prepared{}, waysOn(err)
	}
	goSide := compile(ctx, cache, root)
	python, err := setup.Jupyter.Ensure(ctx, cache, log)
	if err != nil {
		return prepared{}, waysOn(err)
	}
	spec, name, err := chooseKernel(ctx, kernel, cache, base, root, log)
	if err != nil {
		return prepared{}, err
	}
	if err := goSide.wait(ctx, log); err != nil {
		return prepared{}, err
	}
	kernels, err := spec.Install(base)
	if err != nil {
		return prepared{}, fmt.Errorf("writing the kernelspec: %w", err)
	}
	return prepared{python: python, kernels: kernels, kernel: name, state: filepath.Join(base, "state")}, nil
}

// chooseKernel returns the kernelspec to use and the kernel's name.
func chooseKernel(ctx context.Context, kernel, cache, base, root string, log *steps.Log) (setup.Kernelspec, string, error) {
	if kernel != "bundled" {
		g, err := setup.EnsureGonb(ctx, cache, kernel == "gonb", log)
		switch {
		case err == nil:
			return setup.GonbSpec(g, root), "GoNB", nil
		case ctx.Err() != nil:
			return setup.Kernelspec{}, "", ctx.Err()
		case kernel == "gonb":
			return setup.Kernelspec{}, "", fmt.Errorf("%w; without -kernel gonb the bundled kernel is used", err)
		}
		log.Say("%v: the bundled kernel is used.", err)
	}
	program, err := setup.Program(base)
	if err != nil {
		return setup.Kernelspec{}, "", fmt.Errorf("keeping a copy of this program as the kernel: %w", err)
	}
	return setup.BundledSpec(program, root), "the bundled kernel", nil
}

// compiling is the Go side of the preparation: what draws the charts, and what
// cells import. It needs the processor and the Python side needs the network,
// so both go on at once.
type compiling struct {
	done   chan struct{}
	charts error // no charts, only their text
	cells  error // shows again, with its place, in the cell that needs it
}

// compile starts it. The place of what draws the charts is told, through the
// environment, to all that is started from here.
func compile(ctx context.Context, cache, root string) *compiling {
	os.Setenv(charts.CacheEnv, cache)
	c := &compiling{done: make(chan struct{})}
	go func() {
		defer close(c.done)
		_, c.charts = charts.Prepare(io.Discard)
		if ctx.Err() == nil {
			c.cells = cell.NewBuilder(root).Warm(ctx)
		}
	}()
	return c
}

// wait waits for the end of it, with something to look at if that takes long.
func (c *compiling) wait(ctx context.Context, log *steps.Log) error {
	select {
	case <-c.done:
	case <-time.After(time.Second): // mostly it is done long before the Python side
		step := log.Start("Compiling what the lessons import")
		defer step.Fail()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.done:
			step.Done("ready")
		}
	}
	if c.charts != nil {
		log.Say("what draws the charts cannot be built, so they will be text: %v", c.charts)
	}
	if c.cells != nil && ctx.Err() == nil {
		log.Say("not all that lessons import compiles: %v", c.cells)
	}
	return ctx.Err()
}

// needCells fails at once where no cell can run, rather than in each of them.
func needCells(ctx context.Context, root string) error {
	if runtime.GOOS == "windows" {
		return cell.ErrNoUnix
	}
	return needGo(ctx, root)
}

// readyCells is what every verb that plays cells begins with: it fails at once
// where no cell can run, and compiles what they import.
func (c *command) readyCells(ctx context.Context, cacheDir, root string) error {
	cache, err := setup.CacheDir(cacheDir)
	if err != nil {
		return err
	}
	if err := needCells(ctx, root); err != nil {
		return err
	}
	return compile(ctx, c.say(cache), root).wait(ctx, c.log)
}

// needGo fails at once where nothing can be compiled.
func needGo(ctx context.Context, root string) error {
	err := cell.NewBuilder(root).Ready(ctx)
	if err == nil || ctx.Err() != nil {
		return err
	}
	return fmt.Errorf(`%w
Ways on:
  newer Go       https://go.dev/dl
  fetched by Go  GOTOOLCHAIN=auto go run ./notebooks (Go 1.21 or later can)
  no setup       the Docker image has everything: see README.md`, err)
}

// waysOn adds to an error about Python or its packages what can be done, with
// or without them.
func waysOn(err error) error {
	first := ""
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, setup.ErrNoPython):
		first = `  get Python     Debian, Ubuntu: apt install python3 python3-venv
                 Fedora: dnf install python3     macOS: brew install python
`
	case errors.Is(err, setup.ErrNoSpace):
		first = "  another disk   go run ./notebooks -cache DIR\n"
	default:
		first = "  try again      pip keeps what it has fetched\n"
	}
	return fmt.Errorf("%w\nWays on:\n%s"+`  do without     go run ./notebooks run -show plays and prints every lesson, in this terminal
  only read      the HTML book needs a browser alone; whoever has Python can export it
  no setup       the Docker image has everything: see README.md`, err, first)
}

// temporary makes a private folder for the life of one command.
func temporary() (dir string, remove func(), err error) {
	dir, err = os.MkdirTemp("", "socketbook-*")
	return dir, func() { os.RemoveAll(dir) }, err
}

// options turns what was prepared into a JupyterLab to start.
func (p prepared) options(work, temp, ip string, port int, token string, args []string) lab.Options {
	return lab.Options{Python: p.python, Work: work, Kernels: p.kernels, State: p.state, Temp: temp,
		IP: ip, Port: port, Token: token, Args: args}
}
