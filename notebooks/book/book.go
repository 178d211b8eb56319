// Package book makes the HTML book out of executed notebooks: pages that need
// no network and no scripts, the same bytes every time.
//
// Sphinx, MyST-NB and the theme furo do the work; the sources beside this file
// (conf.py, the cover, the style) say how. This package checks what goes in,
// stages it in a temporary folder, and puts the result where it was asked for.
package book

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"socketbook/notebooks/internal/proc"
	"socketbook/notebooks/internal/steps"
)

// epoch is the time of everything in the book (SOURCE_DATE_EPOCH): a fixed one,
// so that the pages depend on the notebooks alone. 1 January 2026.
const epoch = "SOURCE_DATE_EPOCH=1767225600"

// limit is far more than a book takes; what takes longer hangs.
const limit = 10 * time.Minute

// Options say what to export and where.
type Options struct {
	Notebooks []string // files, in reading order, with their outputs
	Out       string   // folder of the book
	Python    string   // interpreter of the environment that holds Sphinx
	Library   []byte   // the chart library, a script
	Engine    []byte   // what computes in the pages, a script; see [Engine]
	Places    Places   // where the lessons can be opened
	Log       *steps.Log
}

// Export writes the book to o.Out/index.html. The folder must be new, empty, or
// an earlier book.
func Export(ctx context.Context, o Options) error {
	if len(o.Notebooks) == 0 {
		return errors.New("no notebooks to export")
	}
	if err := CheckOut(o.Out); err != nil {
		return err
	}
	stage, err := os.MkdirTemp("", "socketbook-export-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(stage)
	src, html := filepath.Join(stage, "src"), filepath.Join(stage, "html")
	if err := stageSources(src, o); err != nil {
		return err
	}
	step := o.Log.Start(fmt.Sprintf("Making the book from %d notebooks", len(o.Notebooks)))
	defer step.Fail()
	if err := sphinx(ctx, o.Python, stage, step); err != nil {
		return err
	}
	step.Note("writing %s", o.Out)
	if err := publish(html, o.Out); err != nil {
		return err
	}
	step.Done("ready")
	return nil
}

// sphinx builds stage/src into stage/html; a warning is an error.
func sphinx(ctx context.Context, python, stage string, step *steps.Step) error {
	var warnings []string
	line := func(l string) {
		if i := strings.IndexAny(l, "["); i > 0 && strings.Contains(l, "%]") {
			step.Note("%s", strings.TrimRight(l[:i], ". "))
		}
		if strings.Contains(l, "WARNING:") || strings.Contains(l, "ERROR:") {
			warnings = append(warnings, strings.ReplaceAll(l, filepath.Join(stage, "src")+string(os.PathSeparator), ""))
		}
	}
	args := []string{"-m", "sphinx", "-W", "--keep-going", "-E", "-a", "--no-color", "-b", "html",
		"-d", filepath.Join(stage, "doctrees"), filepath.Join(stage, "src"), filepath.Join(stage, "html")}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := proc.Run(ctx, proc.Command{Name: python, Args: args, Env: environ(stage), Dir: stage, Line: line})
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("making the book had not ended after %v and was stopped", limit)
	}
	if err == nil || ctx.Err() != nil {
		return err
	}
	if len(warnings) > 0 {
		return fmt.Errorf("the book is not made; Sphinx complains:\n%s", strings.Join(warnings, "\n"))
	}
	return fmt.Errorf("the book is not made: %w", err)
}

// environ keeps what could change the book (locale, hash seed, the reader's own
// Python settings) out of Sphinx.
func environ(stage string) []string {
	env := []string{epoch, "PYTHONHASHSEED=0", "PYTHONUTF8=1", "PYTHONNOUSERSITE=1", "PYTHONDONTWRITEBYTECODE=1",
		"LC_ALL=C.UTF-8", "TZ=UTC", "HOME=" + stage, "TMPDIR=" + stage, "PATH=" + os.Getenv("PATH")}
	if root := os.Getenv("SYSTEMROOT"); root != "" {
		env = append(env, "SYSTEMROOT="+root)
	}
	return env
}
