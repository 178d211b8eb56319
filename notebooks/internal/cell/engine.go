package cell

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"socketbook/notebooks/internal/gopls"
)

// Options say where cells are built and run.
type Options struct {
	// Builder compiles the cells. Engines may share one, and with it what it
	// learnt about packages.
	Builder *Builder
	// Dir is the notebook's folder, where programs and ! lines run. Default: the
	// working directory.
	Dir string
	// Shell runs the ! lines with -c. Default: bash if there is one, as in GoNB, else sh.
	Shell string
	// Limits of a cell's program.
	Limits Limits
	// Confine may change how a cell's program is started, before it is. Its path,
	// arguments, folder and environment are set. ! lines are not its business.
	Confine func(*exec.Cmd) error
	// Gopls is the path of a gopls that helps to complete; "" is none.
	Gopls string
}

// Output receives what a cell shows, while it runs. Its methods are called one
// at a time.
type Output interface {
	// Stream gets text as the program wrote it; name is "stdout" or "stderr".
	Stream(name, text string)
	// Display gets a picture, or the new version of one that was shown before.
	Display(Display)
}

// Display is something richer than text.
type Display struct {
	Data     map[string]any // MIME type to string; pictures in base64
	Metadata map[string]any
	ID       string // names the display, so that it can be updated; may be empty
	Update   bool   // replaces what was shown under this ID
}

// Request is one cell to run.
type Request struct {
	Code string
	// Count numbers the runs of a session, from 1; errors speak of "Cell [Count]".
	Count int
	// Owner is the cell's lasting identity, if the caller knows one. A display ID
	// shown by another owner is updated in place; shown by the same one in an
	// earlier run, it is shown anew, because that output is gone.
	Owner string
}

// Engine holds the declarations of one notebook session and runs its cells.
type Engine struct {
	builder *Builder
	shell   string
	tmp     string
	limits  Limits
	confine func(*exec.Cmd) error

	mu      sync.Mutex // one cell at a time
	dir     string
	env     map[string]string
	units   []unit
	sources map[int][]string  // lines of the cells, to show them in errors
	shown   map[string]string // display ID to the owner that showed it first
	orphans []int             // process groups that outlived their cell

	goplsPath string
	gopls     *gopls.Server // started by the first question
}

// ErrNoUnix is the answer of New on Windows and the like.
var ErrNoUnix = errors.New("cells need a Unix (Linux or macOS), with process groups and named pipes; on Windows use WSL (wsl --install) or the Docker image")

// New makes an engine with no declarations. It makes a temporary directory, which
// Close removes; the Go command is first asked when a cell needs it.
func New(opts Options) (*Engine, error) {
	if !supported {
		return nil, ErrNoUnix
	}
	dir, err := filepath.Abs(opts.Dir)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("the notebook's folder %s: not a folder", dir)
	}
	tmp, err := os.MkdirTemp("", "gonb-cell-")
	if err != nil {
		return nil, fmt.Errorf("no room for the cells' programs: %w", err)
	}
	// A module of its own, so that a notebook's "!*go work init ." finds one.
	if err := os.WriteFile(filepath.Join(tmp, "go.mod"), []byte("module cell\n\ngo 1.26\n"), 0o644); err != nil {
		return nil, errors.Join(err, os.RemoveAll(tmp))
	}
	shell := opts.Shell
	if shell == "" {
		shell = defaultShell()
	}
	return &Engine{
		builder: opts.Builder, shell: shell, tmp: tmp, dir: dir, limits: opts.Limits.withDefaults(), confine: opts.Confine, goplsPath: opts.Gopls,
		env: map[string]string{}, sources: map[int][]string{}, shown: map[string]string{},
	}, nil
}

// Close ends what cells left running in the background and removes the temporary
// directory. A cell that is running must be ended first, through its context.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, group := range e.orphans {
		killGroup(group)
	}
	e.killStrays()
	e.orphans = nil
	if e.gopls != nil {
		e.gopls.Close()
		e.gopls, e.goplsPath = nil, ""
	}
	return os.RemoveAll(e.tmp)
}

// Run runs a cell and returns when its program has ended. The error, if any, is an
// *Error. Ending ctx interrupts the cell: its processes get SIGINT, and SIGKILL if
// they are still there a moment later.
func (e *Engine) Run(ctx context.Context, req Request, out Output) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	err := e.run(ctx, req, out)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return interrupted(context.Cause(ctx))
	}
	if cellErr, ok := errors.AsType[*Error](err); ok {
		return cellErr
	}
	return &Error{Name: "KernelError", Value: err.Error(), Trace: strings.Split(err.Error(), "\n")}
}

func (e *Engine) run(ctx context.Context, req Request, out Output) error {
	t, err := split(req.Code)
	if err != nil {
		return err
	}
	e.sources[req.Count] = strings.Split(req.Code, "\n")
	for _, c := range t.commands {
		if err := e.command(ctx, c, out); err != nil {
			return err
		}
	}
	if t.empty {
		return nil
	}
	cell, err := parse(req.Count, t.code)
	if err != nil {
		return e.syntaxError(err)
	}
	remembered := merge(e.units, cell.units)
	units, err := e.complete(ctx, remembered, cell.main)
	if err != nil {
		return err
	}
	runs := cell.main != nil || slices.ContainsFunc(units, func(u unit) bool { return u.effects })
	program, err := e.build(ctx, units, cell.main, runs)
	if err != nil {
		return err
	}
	e.units = remembered // it compiles
	if !runs {
		return nil
	}
	return e.start(ctx, job{path: program, args: t.args, dir: e.dir, pipe: true, owner: req.owner()}, out)
}

// Keep remembers the declarations that there are now, and returns what goes back to
// them.
func (e *Engine) Keep() (restore func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	units := e.units // never changed in place
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.units = units
	}
}

// owner falls back to the code: the same text is taken for the same cell.
func (r Request) owner() string {
	if r.Owner != "" {
		return r.Owner
	}
	return r.Code
}

// build writes the program of these units and compiles it, and links it if it is
// to run.
func (e *Engine) build(ctx context.Context, units []unit, main *unit, link bool) (string, error) {
	source := filepath.Join(e.tmp, "main.go")
	if err := os.WriteFile(source, []byte(compose(units, main)), 0o644); err != nil {
		return "", err
	}
	var imports []string
	for _, u := range units {
		if u.path != "" {
			imports = append(imports, u.path)
		}
	}
	program, err := e.builder.build(ctx, source, imports, link)
	if problem, ok := errors.AsType[*buildError](err); ok {
		return "", e.compileError(problem, units)
	}
	return program, err
}

// environ is what cells and ! lines see of the environment.
func (e *Engine) environ() []string {
	env := os.Environ()
	for name, value := range e.env {
		env = append(env, name+"="+value)
	}
	return append(env, "GONB_DIR="+e.dir, "GONB_TMP_DIR="+e.tmp)
}
