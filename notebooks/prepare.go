package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

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
	p, err := prepare(ctx, *kernel, c.say(cache), "", root, c.log)
	if err != nil {
		return err
	}
	if err := c.prepareCharts(cache.Path); err != nil {
		return err
	}
	if *export {
		if _, err := setup.Book.Ensure(ctx, cache.Path, c.log); err != nil {
			return waysOn(err)
		}
	}
	fmt.Fprintf(c.stdout, "Ready, with %s, in %s\n", p.kernel, cache.Path)
	return nil
}

func (c *command) kernelFlag() *string {
	return c.flags.String("kernel", "auto", "which `kernel` runs the cells: gonb, bundled, or auto, which is GoNB where it can be had")
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
	if kernel != "auto" && kernel != "gonb" && kernel != "bundled" {
		return prepared{}, fmt.Errorf("-kernel %q: there are auto, gonb and bundled (%w)", kernel, errUsage)
	}
	base := cache
	if err := setup.Writable(cache, "cache"); err != nil {
		if temp == "" || !setup.Jupyter.Ready(ctx, cache) {
			return prepared{}, err
		}
		base = temp
	}
	python, err := setup.Jupyter.Ensure(ctx, cache, log)
	if err != nil {
		return prepared{}, waysOn(err)
	}
	spec, name, err := chooseKernel(ctx, kernel, cache, base, root, log)
	if err != nil {
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
	warmCells(ctx, root, log)
	program, err := setup.Program(base)
	if err != nil {
		return setup.Kernelspec{}, "", fmt.Errorf("keeping a copy of this program as the kernel: %w", err)
	}
	return setup.BundledSpec(program, root), "the bundled kernel", nil
}

// warmCells compiles what cells import, so that the first cell need not wait. A
// failure shows again, with its place, in the cell that needs it.
func warmCells(ctx context.Context, root string, log *steps.Log) {
	step := log.Start("Compiling what the lessons import")
	if err := cell.NewBuilder(root).Warm(ctx); err != nil {
		step.Done(fmt.Sprintf("not all of it: %v", err))
		return
	}
	step.Done("ready")
}

// prepareCharts builds the program that draws the charts, so that the first
// chart of a lesson need not wait for it. Its place is told to everything that
// is started from here.
func (c *command) prepareCharts(cache string) error {
	os.Setenv(charts.CacheEnv, cache)
	p := &lazyStep{log: c.log, title: "Building what draws the charts, once"}
	_, err := charts.Prepare(p)
	if err != nil {
		p.fail()
		return fmt.Errorf("what draws the charts cannot be built: %w", err)
	}
	p.done()
	return nil
}

// lazyStep starts a step with the first line written to it: where nothing is
// to be done, nothing is said.
type lazyStep struct {
	log   *steps.Log
	title string
	step  *steps.Step
}

func (p *lazyStep) Write(b []byte) (int, error) {
	if p.step == nil {
		p.step = p.log.Start(p.title)
	}
	return len(b), nil
}

func (p *lazyStep) done() {
	if p.step != nil {
		p.step.Done("ready")
	}
}

func (p *lazyStep) fail() {
	if p.step != nil {
		p.step.Fail()
	}
}

// waysOn adds to an error about Python or its packages what can be done, with
// or without them.
func waysOn(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	text := "\nWays on:\n"
	if errors.Is(err, setup.ErrNoPython) {
		text += `  get Python     Debian, Ubuntu: apt install python3 python3-venv
                 Fedora: dnf install python3     macOS: brew install python
`
	} else {
		text += "  try again      what was fetched is kept: go run ./notebooks\n"
	}
	return fmt.Errorf("%w%s"+`  no Python      go run ./notebooks run plays every lesson in this terminal
  no terminal    the HTML book, exported by somebody who has Python, needs a browser alone
  no setup       the Docker image has everything: see README.md`, err, text)
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
