package cell

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/version"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/mod/modfile"
)

// Builder compiles cells inside a module, with the versions that its go.mod and
// go.sum name and without the network.
//
// It calls the compiler and the linker itself. The go command, which loads every
// package anew each time, is asked only about imports not seen before; that more
// than halves the time of a cell. A Builder may serve several engines.
type Builder struct {
	module string // the folder with go.mod

	asking sync.Mutex // for the tools
	tools  *tools

	mu      sync.Mutex         // of what follows
	listed  map[string]*listed // by import path
	changes stamps             // of go.mod and go.sum, when listed was filled
	answers map[string]answer  // of the imports library, by package name

	ownOnce, stdOnce sync.Once
	own, std         map[string]string // import paths by package name
}

// tools is the Go installation in use.
type tools struct {
	version       string // "go1.26.8"
	language      string // "go1.26", from go.mod
	root          string // GOROOT
	compile, link string
}

// NewBuilder returns a builder for the module in that folder. It looks at nothing
// yet: a kernel must start even where Go is missing, to say so in a cell.
func NewBuilder(module string) *Builder {
	if abs, err := filepath.Abs(module); err == nil {
		module = abs
	}
	return &Builder{module: module, listed: map[string]*listed{}, answers: map[string]answer{}}
}

// FindModule returns the folder of the module around dir: the nearest one, going
// up, with a go.mod.
func FindModule(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for at := abs; ; at = filepath.Dir(at) {
		if isFile(at, "go.mod") {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("no go.mod in %s or above it", abs)
		}
	}
}

// Warm learns about packages before a cell asks, and compiles them if need be.
// Without arguments: fmt, then the module's own packages, except those below
// another one, which are compiled as far as that one needs them.
func (b *Builder) Warm(ctx context.Context, packages ...string) error {
	if len(packages) == 0 {
		if err := b.Warm(ctx, "fmt"); err != nil { // soon wanted, and soon done
			return err
		}
		own := slices.Collect(maps.Values(b.ownPackages()))
		packages = slices.DeleteFunc(slices.Clone(own), func(importPath string) bool {
			return slices.Contains(own, path.Dir(importPath))
		})
		slices.Sort(packages)
	}
	if _, err := b.ready(ctx); err != nil {
		return err
	}
	_, err := b.closure(ctx, packages)
	return err
}

// build compiles a source file and links it, if asked, into a program beside it.
func (b *Builder) build(ctx context.Context, source string, imports []string, link bool) (string, error) {
	program, err := b.tryBuild(ctx, source, imports, link)
	if problem, ok := errors.AsType[*buildError](err); ok && problem.pkg == "" && strings.Contains(problem.output, "no such file") {
		// The build cache was emptied under us. Ask the go command to fill it again.
		b.mu.Lock()
		b.listed = map[string]*listed{}
		b.mu.Unlock()
		return b.tryBuild(ctx, source, imports, link)
	}
	return program, err
}

func (b *Builder) tryBuild(ctx context.Context, source string, imports []string, link bool) (string, error) {
	dir := filepath.Dir(source)
	config, object, program := filepath.Join(dir, "importcfg"), filepath.Join(dir, "main.a"), filepath.Join(dir, "cell")
	t, err := b.writeConfig(ctx, config, imports)
	if err != nil {
		return "", err
	}
	compile := []string{"-o", object, "-p", "main", "-complete", "-pack", "-lang", t.language,
		"-trimpath", dir + "=>", "-importcfg", config}
	linking := []string{"-o", program, "-importcfg", config, "-s", "-w", "-buildid="}
	if runtime.GOOS == "darwin" { // where every program is position independent
		compile, linking = append(compile, "-shared"), append(linking, "-buildmode=pie")
	}
	if err := b.tool(ctx, dir, t.compile, append(compile, source)...); err != nil || !link {
		return "", err
	}
	return program, b.tool(ctx, dir, t.link, append(linking, object)...)
}

// tool runs the compiler or the linker. Their messages go to standard output or
// standard error, as it happens.
func (b *Builder) tool(ctx context.Context, dir, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	// No garbage collection until it pays: a cell's program is small.
	cmd.Env = append(b.environ(), "GOGC=off", "GOMEMLIMIT=1GiB")
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	err := cmd.Start()
	if err == nil {
		limitTool(cmd.Process)
		err = cmd.Wait()
	}
	if _, failed := errors.AsType[*exec.ExitError](err); failed && ctx.Err() == nil {
		return &buildError{output: output.String()}
	}
	return err
}

// writeConfig writes the import configuration: where to find each package's
// compiled form. One file serves compiler and linker.
func (b *Builder) writeConfig(ctx context.Context, file string, imports []string) (*tools, error) {
	t, err := b.ready(ctx)
	if err != nil {
		return nil, err
	}
	packages, err := b.closure(ctx, imports)
	if err != nil {
		return nil, err
	}
	var config strings.Builder
	for _, p := range packages {
		if p.Export != "" {
			fmt.Fprintf(&config, "packagefile %s=%s\n", p.ImportPath, p.Export)
		}
	}
	return t, os.WriteFile(file, []byte(config.String()), 0o644)
}

// Ready says what is wrong with the go command, if anything: it is not there, or
// older than the module wants.
func (b *Builder) Ready(ctx context.Context) error {
	_, err := b.ready(ctx)
	return err
}

// ready asks the go command, once, for its version and the place of its tools, or
// says what is wrong with it.
func (b *Builder) ready(ctx context.Context) (*tools, error) {
	b.asking.Lock()
	defer b.asking.Unlock()
	if b.tools != nil {
		return b.tools, nil
	}
	mod, err := b.readModule()
	if err != nil {
		return nil, err
	}
	want := "go" + mod.Go.Version
	if _, err := exec.LookPath("go"); err != nil {
		return nil, fmt.Errorf("the go command is not on PATH; cells need %s or later from https://go.dev/dl", want)
	}
	output, err := b.goCommand(ctx, "env", "-json", "GOVERSION", "GOTOOLDIR", "GOROOT")
	if err != nil {
		return nil, fmt.Errorf("cells need %s or later: %w", want, err)
	}
	var env struct{ GOVERSION, GOTOOLDIR, GOROOT string }
	if err := json.Unmarshal(output, &env); err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	if version.Compare(env.GOVERSION, want) < 0 {
		return nil, fmt.Errorf("the go command is %s; cells need %s or later from https://go.dev/dl", env.GOVERSION, want)
	}
	b.tools = &tools{
		version: env.GOVERSION, language: version.Lang(want), root: env.GOROOT,
		compile: filepath.Join(env.GOTOOLDIR, "compile"), link: filepath.Join(env.GOTOOLDIR, "link"),
	}
	return b.tools, nil
}

func (b *Builder) readModule() (*modfile.File, error) {
	file := filepath.Join(b.module, "go.mod")
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the module of the cells: %w", err)
	}
	mod, err := modfile.ParseLax(file, data, nil)
	if err == nil && (mod.Go == nil || mod.Module == nil) {
		err = fmt.Errorf("%s: no module or no go line", file)
	}
	return mod, err
}

func (b *Builder) modulePath() (string, error) {
	mod, err := b.readModule()
	if err != nil {
		return "", err
	}
	return mod.Module.Mod.Path, nil
}

// goCommand runs go in the module. What it says on standard error is the error.
func (b *Builder) goCommand(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = b.module
	cmd.Env = append(b.environ(), "PWD="+b.module)
	output, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && ctx.Err() == nil {
		return nil, fmt.Errorf("go %s: %s", args[0], strings.TrimSpace(string(exit.Stderr)))
	}
	return output, err
}

// environ keeps the reader's settings except those that would build for another
// machine or by other rules than the module's. Without cgo, a cell needs no C
// compiler.
func (b *Builder) environ() []string {
	return append(os.Environ(), "GO111MODULE=on", "GOWORK=off", "CGO_ENABLED=0", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
}

// decodeList reads the answers of go list, one JSON object after another.
func decodeList(data []byte) ([]*listed, error) {
	dec := json.NewDecoder(strings.NewReader(string(data)))
	var list []*listed
	for {
		p := &listed{}
		if err := dec.Decode(p); errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		list = append(list, p)
	}
}
