package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"socketbook/notebooks/internal/ipynb"
	"socketbook/notebooks/internal/runner"
)

// What a cell's code says if its outputs depend on the machine: the real kernel,
// a calibration, the clock, files, other programs, the runtime's own numbers.
var machineDependent = regexp.MustCompile(`\b(linux|calibrate|exec)\.[A-Z]|\btime\.(Now|Since)\(|` +
	`"/(proc|sys)/|\bnet\.(Dial|Listen)|\bruntime\.[A-Z]|\bos\.(Hostname|Getpid|Environ)\(|(?m:^!)`)

var (
	goComment = regexp.MustCompile(`(?m)//.*$`)
	goFunc    = regexp.MustCompile(`(?m)^func (?:\([^)]*\) )?(\w+)`)
	goVar     = regexp.MustCompile(`(?m)^var \w+.*=`)
	mainMark  = regexp.MustCompile(`(?m)^%%`)
)

// untagged finds the code cells whose outputs depend on the machine and which are not
// tagged live. A cell that only declares functions says nothing; who calls them does.
func untagged(nb *ipynb.Notebook) []string {
	var reaching []string // functions that reach the machine
	var found []string
	for _, c := range nb.Cells {
		if c.Type != "code" {
			continue
		}
		code := goComment.ReplaceAllString(c.Source, "")
		reaches := machineDependent.MatchString(code) || slices.ContainsFunc(reaching, func(f string) bool {
			return regexp.MustCompile(`\b` + f + `\(`).MatchString(code)
		})
		if !reaches {
			continue
		}
		for _, f := range goFunc.FindAllStringSubmatch(code, -1) {
			reaching = append(reaching, f[1])
		}
		runs := mainMark.MatchString(code) || goVar.MatchString(code) || strings.Contains(code, "\n!") || strings.HasPrefix(code, "!")
		if runs && !c.Tagged(ipynb.Live) {
			found = append(found, c.ID)
		}
	}
	return found
}

// checkRecordings holds the live cells of a lesson to their recordings, and the other
// cells to saying the same on every machine.
func checkRecordings(t *testing.T, nb *ipynb.Notebook) {
	t.Helper()
	for _, id := range untagged(nb) {
		t.Errorf("cell %s: what it says depends on the machine; tag it %s", id, ipynb.Live)
	}
	for _, c := range nb.Cells {
		if !c.Tagged(ipynb.Live) {
			continue
		}
		if _, ok := c.Recorded(); !ok {
			t.Errorf("cell %s: tagged live, without a recording of this code; -update makes one", c.ID)
		}
	}
}

// checkLive reports live cells that failed here. The run has gone on; but such a cell
// says why it cannot do something, and does not fail.
func checkLive(t *testing.T, fresh *ipynb.Notebook) {
	t.Helper()
	for _, failed := range liveFailures(fresh) {
		t.Error(failed)
	}
}

func TestLiveFailures(t *testing.T) {
	cell := func(id string, o *ipynb.Output, tags ...any) *ipynb.Cell {
		return &ipynb.Cell{Type: "code", ID: id, Metadata: ipynb.Object{"tags": tags}, Outputs: []*ipynb.Output{o}}
	}
	broken := &ipynb.Output{Type: "error", Ename: "ExitError", Evalue: "exit status 2"}
	nb := &ipynb.Notebook{Cells: []*ipynb.Cell{
		cell("a", broken, ipynb.Live), cell("b", broken), cell("c", broken, ipynb.Live, runner.RaisesException),
		cell("d", &ipynb.Output{Type: "stream"}, ipynb.Live),
	}}
	if got := liveFailures(nb); len(got) != 1 || got[0] != "live cell a: ExitError: exit status 2" {
		t.Errorf("failures are %q", got)
	}
}

func TestWhatDependsOnTheMachineIsTagged(t *testing.T) {
	code := func(id, source string, tags ...any) *ipynb.Cell {
		return &ipynb.Cell{Type: "code", ID: id, Source: source, Metadata: ipynb.Object{"tags": tags}}
	}
	nb := &ipynb.Notebook{Cells: []*ipynb.Cell{
		code("declares", "func ask() { fmt.Print(linux.Compare(story)) }"),
		code("calls", "%%\nask()"),
		code("wrapped", "func twice() { ask(); ask() }"),
		code("calls-wrapped", "%%\ntwice()"),
		code("tagged", "%%\nask()", ipynb.Live),
		code("calibrates", "%%\ncalibrate.Here(\"/\", 1)"),
		code("shell", "!uname"),
		code("clock", "var began = time.Now()"),
		code("innocent", "%%\n// on Linux: linux.Compare\nlab.RunFor(time.Second)\nfmt.Println(linuxName)"),
	}}
	want := []string{"calls", "calls-wrapped", "calibrates", "shell", "clock"}
	if got := untagged(nb); !slices.Equal(got, want) {
		t.Errorf("untagged cells are %q; want %q", got, want)
	}
}
