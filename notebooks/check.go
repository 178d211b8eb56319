package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"socketbook/notebooks/internal/cell"
	"socketbook/notebooks/internal/lab"
	"socketbook/notebooks/internal/setup"
)

var checkVerb = verb{
	name:  "check",
	args:  "[flags]",
	short: "say what this machine has and lacks, change nothing",
	long: `Says in plain words what this machine has and lacks. The exit status is 0 when
the book can be opened (what is only to be fetched counts as can), else 1.`,
	run: check,
}

// roomNeeded is what both environments, the tools and a build cache take.
const roomNeeded = 1 << 30

// tempNeeded is what a few cells take while they are compiled and run.
const tempNeeded = 64 << 20

// A finding is one line of the report.
type finding struct {
	state string // "ok", "lacks" or "-" (can be done without, or comes by itself)
	what  string
	text  string
}

// findings collects the report; lacks counts what stands in the way.
type findings struct {
	all   []finding
	lacks int
}

func (f *findings) ok(what, format string, args ...any) {
	f.all = append(f.all, finding{"ok", what, fmt.Sprintf(format, args...)})
}

func (f *findings) note(what, format string, args ...any) {
	f.all = append(f.all, finding{"-", what, fmt.Sprintf(format, args...)})
}

func (f *findings) lack(what, format string, args ...any) {
	f.lacks++
	f.all = append(f.all, finding{"lacks", what, fmt.Sprintf(format, args...)})
}

func check(ctx context.Context, c *command) error {
	cacheDir := c.cacheFlag()
	workDir := c.workFlag()
	port := c.flags.Int("port", 0, "`port` you want to use; 0 is the first free one")
	if err := c.parse(0); err != nil {
		return err
	}
	var f findings
	checkGo(ctx, &f)
	checkClone(&f)
	cache, cacheErr := setup.CacheDir(*cacheDir)
	checkPython(ctx, &f, cache.Path)
	checkGonb(&f, cache.Path)
	checkFolder(&f, "cache folder", "cache", cache, cacheErr)
	work, workErr := setup.WorkDir(*workDir)
	checkFolder(&f, "work folder", "work", work, workErr)
	checkRoom(&f, cache.Path)
	checkTemp(&f)
	if p, err := lab.PickPort("127.0.0.1", *port); err != nil {
		f.lack("port", "%v", err)
	} else {
		f.ok("port", "%d is free", p)
	}
	if err := lab.CanOpen(); err != nil {
		f.note("browser", "none can be opened from here (%v); the address is printed", err)
	} else {
		f.ok("browser", "opens by itself")
	}
	if _, err := exec.LookPath("docker"); err != nil {
		f.note("Docker", "not here; only the image needs it")
	} else {
		f.ok("Docker", "is here; only the image needs it")
	}
	f.print(c.stdout)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if f.lacks > 0 {
		return fmt.Errorf("%d of these stand in the way of opening the book", f.lacks)
	}
	fmt.Fprintln(c.stdout, "\nThe book can be opened: go run ./notebooks")
	return nil
}

func (f *findings) print(w io.Writer) {
	for _, l := range f.all {
		fmt.Fprintf(w, "%-6s %-13s %s\n", l.state, l.what, l.text)
	}
}

func checkGo(ctx context.Context, f *findings) {
	root, err := moduleRoot()
	if err != nil {
		root = "." // which the line on lessons tells
	}
	if _, err := exec.LookPath("go"); err != nil {
		f.lack("Go", "no go command on PATH: cells are Go programs and are compiled here; https://go.dev/dl has it")
		return
	}
	out, err := exec.CommandContext(ctx, "go", "env", "GOVERSION", "GOCACHE").Output()
	said := strings.Split(strings.TrimSpace(string(out)), "\n")
	if err == nil {
		err = cell.NewBuilder(root).Ready(ctx)
	}
	if err != nil || len(said) != 2 {
		f.lack("Go", "%v", err)
		return
	}
	f.ok("Go", "%s %s/%s", said[0], runtime.GOOS, runtime.GOARCH)
	if err := setup.CouldWrite(said[1], ""); err != nil {
		f.lack("build cache", "cannot write in %s, where Go keeps what it compiles: GOCACHE=DIR go run ./notebooks chooses another place", said[1])
	}
}

// checkTemp looks at the folder in which cells are compiled and run.
func checkTemp(f *findings) {
	dir := os.TempDir()
	free, known := setup.FreeBytes(dir)
	switch {
	case setup.CouldWrite(dir, "") != nil:
		f.lack("temporary", "cannot write in %s, where cells are compiled: TMPDIR=DIR go run ./notebooks chooses another place", dir)
	case known && free < tempNeeded:
		f.lack("temporary", "%d MB free in %s, where cells are compiled; %d MB are wanted: TMPDIR=DIR go run ./notebooks chooses another place", free>>20, dir, tempNeeded>>20)
	}
}

func checkClone(f *findings) {
	root, lessons, err := clone()
	if err != nil {
		f.lack("lessons", "%v", err)
		return
	}
	text := fmt.Sprintf("%d in %s", len(lessons), filepath.Join(root, "notebooks"))
	if setup.CouldWrite(root, "") != nil {
		text += " (read-only, which is fine: you work on copies)"
	}
	f.ok("lessons", "%s", text)
}

func checkPython(ctx context.Context, f *findings, cache string) {
	python, pyErr := setup.FindPython(ctx)
	ready := cache != "" && setup.Jupyter.Ready(ctx, cache)
	switch {
	case pyErr == nil:
		f.ok("Python", "%s at %s, with its venv module", python.Version, python.Path)
	case ready:
		f.note("Python", "%v; what was prepared with it still works", pyErr)
	default:
		way := "; Debian, Ubuntu: apt install python3 python3-venv"
		if strings.Contains(pyErr.Error(), "apt install") {
			way = ""
		}
		f.lack("Python", "%v%s", pyErr, way)
	}
	if ready {
		f.ok("JupyterLab", "prepared; no network is needed to open the book")
	} else {
		f.note("JupyterLab", "not prepared yet: the first start fetches %d packages, 250 MB on disk, once", setup.Jupyter.Packages())
	}
	if cache != "" && setup.Book.Ready(ctx, cache) {
		f.ok("HTML book", "its tools are prepared; no network is needed to export")
	} else {
		f.note("HTML book", "its tools are not prepared yet: the first export fetches %d packages, once", setup.Book.Packages())
	}
}

func checkGonb(f *findings, cache string) {
	if g, ok := setup.FindGonb(cache); ok {
		f.ok("GoNB", "at %s", g.Path)
	} else if why, ok := setup.GonbRefused(cache); ok {
		f.note("GoNB", "cannot be had here (%s); the bundled kernel is used", why)
	} else {
		f.note("GoNB", "not here yet: the first start installs %s where it can be had, else the bundled kernel is used", setup.GonbVersion)
	}
	for _, tool := range []string{"goimports", "gopls"} {
		if path, ok := setup.FindTool(cache, tool); ok {
			f.ok(tool, "at %s", path)
		} else {
			f.note(tool, "not here; it comes with GoNB, and the bundled kernel does without")
		}
	}
}

func checkFolder(f *findings, what, flag string, d setup.Dir, err error) {
	if err == nil {
		err = setup.CouldWrite(d.Path, flag)
	}
	if err != nil {
		f.lack(what, "%v", err)
		return
	}
	text := d.Path + ", can be written to"
	if d.Note != "" {
		text += " (" + d.Note + ")"
	}
	f.ok(what, "%s", text)
}

func checkRoom(f *findings, cache string) {
	dir := cache
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(dir); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	free, known := setup.FreeBytes(dir)
	gib := float64(free) / (1 << 30)
	switch {
	case !known:
		f.note("disk", "free space is not known on %s; 1 GiB is enough", runtime.GOOS)
	case free < roomNeeded:
		f.lack("disk", "%.1f GiB free in %s; 1 GiB is wanted", gib, dir)
	default:
		f.ok("disk", "%.1f GiB free in %s; 1 GiB is enough", gib, dir)
	}
}
