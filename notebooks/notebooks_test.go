package main

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"socketbook/charts"
	"socketbook/notebooks/internal/cell"
	"socketbook/notebooks/internal/ipynb"
	"socketbook/notebooks/internal/runner"
)

// With -update the lessons are run and their outputs written:
//
//	go test ./notebooks -run TestLessons -update
//
// Cells tagged live keep their recordings, unless -live is given too.
var (
	updateLessons = flag.Bool("update", false, "write the outputs of the notebooks anew")
	recordLive    = flag.Bool("live", false, "with -update: record the live cells anew, on this machine")
)

var lessonBuilder = sync.OnceValue(func() *cell.Builder { return cell.NewBuilder("..") })

// lessons are the notebooks of the book, by their file names.
func lessons(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("there is no lesson in this folder")
	}
	return files
}

// TestLessons runs every lesson in the bundled kernel, over its protocol, and holds
// what the cells show against what is committed. With -v it ends with the ten cells
// that took longest; -parallel 1 keeps the lessons out of each other's way:
//
//	go test ./notebooks -run TestLessons -v -count=1 -parallel 1
func TestLessons(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the bundled kernel needs a Unix")
	}
	files := lessons(t)
	// The first chart on a machine builds the renderer and says so, in its cell.
	if _, err := charts.Prepare(io.Discard); err != nil {
		t.Fatal(err)
	}
	var times cellTimes
	t.Cleanup(func() { t.Log(times.slowest(10)) })
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			committed, err := ipynb.Read(file)
			if err != nil {
				t.Fatal(err)
			}
			fresh, err := runner.Run(t.Context(), file, runner.Options{
				Builder: lessonBuilder(), Protocol: true,
				Progress: func(p runner.Progress) { times.add(file, p) },
			})
			if err != nil {
				t.Fatal(err)
			}
			checkLive(t, fresh)
			if *updateLessons {
				if err := writeLesson(fresh, file, *recordLive); err != nil {
					t.Fatal(err)
				}
				return
			}
			for _, difference := range ipynb.Compare(committed, fresh) {
				t.Error(difference)
			}
			if t.Failed() {
				t.Log("if the new outputs are right: go test ./notebooks -run TestLessons -update")
			}
		})
	}
}

var lessonName = regexp.MustCompile(`^\d\d-[a-z0-9-]+\.ipynb$`)

// TestLessonFiles holds the files to what the book and the kernels count on.
func TestLessonFiles(t *testing.T) {
	for _, file := range lessons(t) {
		t.Run(file, func(t *testing.T) {
			if !lessonName.MatchString(file) {
				t.Errorf("the name is not of the form NN-question.ipynb")
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			nb, err := ipynb.Decode(data)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := nb.Encode(); err != nil || !bytes.Equal(again, data) {
				t.Errorf("not written as Jupyter writes it (%v); -update does", err)
			}
			if found := nb.Unstripped(); found != nil {
				t.Errorf("left over from a run: %s", strings.Join(found, ", "))
			}
			spec, _ := nb.Metadata["kernelspec"].(ipynb.Object)
			info, _ := nb.Metadata["language_info"].(ipynb.Object)
			if spec["name"] != "gonb" || spec["language"] != "go" || info["name"] != "go" || info["pygments_lexer"] != "go" {
				t.Errorf("kernelspec is %v and language_info %v; want gonb, go, and go as the lexer", spec, info)
			}
			checkCells(t, nb)
		})
	}
}

// firstCellLines is how long a lesson's first code cell may be: who opens the book
// shall see a result before a wall of code.
const firstCellLines = 12

func checkCells(t *testing.T, nb *ipynb.Notebook) {
	ids := map[string]bool{}
	first, outputs := true, 0
	for i, c := range nb.Cells {
		if c.ID == "" || ids[c.ID] {
			t.Errorf("cell %d: its id %q is empty or taken", i+1, c.ID)
		}
		ids[c.ID] = true
		if c.Type != "code" {
			continue
		}
		if lines := strings.Count(c.Source, "\n") + 1; first && lines > firstCellLines {
			t.Errorf("cell %d (%s): the first code cell has %d lines; want at most %d", i+1, c.ID, lines, firstCellLines)
		}
		first = false
		outputs += len(c.Outputs)
		failed := slices.ContainsFunc(c.Outputs, func(o *ipynb.Output) bool { return o.Type == "error" })
		if failed != c.Tagged(runner.RaisesException) {
			t.Errorf("cell %d (%s): error committed: %t, tagged %s: %t", i+1, c.ID, failed, runner.RaisesException, !failed)
		}
	}
	checkRecordings(t, nb)
	if outputs == 0 {
		t.Error("committed without outputs; -update writes them")
	}
}
