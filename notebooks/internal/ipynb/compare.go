package ipynb

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Compare tells how a fresh run of a notebook differs from the committed file,
// one finding a line, readable as it stands; nil if they agree. Cells with the
// tag "live" show the reader's own machine and are not compared.
//
// Within a cell the standard streams are compared each as a whole and the pictures in
// their order: how text and pictures interleave is not promised by the kernels.
// Addresses and the places inside Go's own sources, which a panic prints, are
// left out.
func Compare(committed, fresh *Notebook) []string {
	var diffs []string
	if len(committed.Cells) != len(fresh.Cells) {
		return []string{fmt.Sprintf("%d cells committed, %d fresh", len(committed.Cells), len(fresh.Cells))}
	}
	for i, was := range committed.Cells {
		now := fresh.Cells[i]
		where := fmt.Sprintf("cell %d (%s): ", i+1, was.ID)
		if was.Type != now.Type || was.Source != now.Source {
			diffs = append(diffs, where+"not the same cell")
			continue
		}
		if was.Type != "code" || was.Tagged("live") {
			continue
		}
		for _, d := range compareOutputs(summarize(was.Outputs), summarize(now.Outputs)) {
			diffs = append(diffs, where+d)
		}
	}
	return diffs
}

// summary is a cell's output with the interleaving taken out.
type summary struct {
	streams map[string]string
	shown   []*Output // displays and results
	errors  []*Output
}

func summarize(outputs []*Output) summary {
	s := summary{streams: map[string]string{}}
	for _, o := range outputs {
		switch o.Type {
		case "stream":
			s.streams[o.Name] += o.Text
		case "error":
			s.errors = append(s.errors, o)
		default:
			s.shown = append(s.shown, o)
		}
	}
	return s
}

func compareOutputs(was, now summary) []string {
	var diffs []string
	for _, name := range []string{"stdout", "stderr"} {
		a, b := was.streams[name], now.streams[name]
		if name == "stderr" {
			a, b = steady(a), steady(b)
		}
		if d := firstDifference(a, b); d != "" {
			diffs = append(diffs, name+": "+d)
		}
	}
	if len(was.shown) != len(now.shown) {
		diffs = append(diffs, fmt.Sprintf("%d displays committed, %d fresh", len(was.shown), len(now.shown)))
	} else {
		for i := range was.shown {
			diffs = append(diffs, compareDisplay(i+1, was.shown[i], now.shown[i])...)
		}
	}
	if len(was.errors) != len(now.errors) {
		return append(diffs, fmt.Sprintf("%d errors committed, %d fresh", len(was.errors), len(now.errors)))
	}
	for i := range was.errors {
		a, b := errorText(was.errors[i]), errorText(now.errors[i])
		if d := firstDifference(steady(a), steady(b)); d != "" {
			diffs = append(diffs, "error: "+d)
		}
	}
	return diffs
}

func compareDisplay(n int, was, now *Output) []string {
	var diffs []string
	for _, mime := range slices.Sorted(maps.Keys(was.Data)) {
		b, ok := now.Data[mime]
		if !ok {
			diffs = append(diffs, fmt.Sprintf("display %d: %s is gone", n, mime))
			continue
		}
		if d := firstDifference(plain(was.Data[mime]), plain(b)); d != "" {
			diffs = append(diffs, fmt.Sprintf("display %d, %s: %s", n, mime, d))
		}
	}
	for _, mime := range slices.Sorted(maps.Keys(now.Data)) {
		if _, ok := was.Data[mime]; !ok {
			diffs = append(diffs, fmt.Sprintf("display %d: %s is new", n, mime))
		}
	}
	return diffs
}

// plain is a value of a MIME bundle as text: itself, or its JSON, in which 1 read
// from a file and 1 from a program are the same.
func plain(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	e := &encoder{}
	if err := e.value(value, 0); err != nil {
		return err.Error()
	}
	return string(e.buf)
}

func errorText(o *Output) string {
	return o.Ename + ": " + o.Evalue + "\n" + strings.Join(o.Traceback, "\n")
}

var (
	hexNumber = regexp.MustCompile(`0x[0-9a-f]+`)
	goroutine = regexp.MustCompile(`goroutine \d+`)
	// A frame in Go's own sources or in a module: "\t/usr/local/go/src/runtime/panic.go:115 +0x1b".
	goSource = regexp.MustCompile(`(?m)^\t/.*/([^/]+\.go):\d+.*$`)
)

// steady takes out of a stack trace what differs between two machines.
func steady(trace string) string {
	trace = goSource.ReplaceAllString(trace, "\t$1")
	trace = hexNumber.ReplaceAllString(trace, "0x…")
	return goroutine.ReplaceAllString(trace, "goroutine N")
}

// firstDifference shows the first line that differs, or returns "".
func firstDifference(was, now string) string {
	if was == now {
		return ""
	}
	a, b := strings.Split(was, "\n"), strings.Split(now, "\n")
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	lineA, lineB := "(no such line)", "(no such line)"
	switch {
	case n >= len(a):
		lineB = excerpt(b[n], 0)
	case n >= len(b):
		lineA = excerpt(a[n], 0)
	default:
		same := 0
		for same < len(a[n]) && same < len(b[n]) && a[n][same] == b[n][same] {
			same++
		}
		lineA, lineB = excerpt(a[n], same), excerpt(b[n], same)
	}
	return fmt.Sprintf("line %d\n\tcommitted: %s\n\tfresh:     %s", n+1, lineA, lineB)
}

// excerpt quotes the part of a line around a place, as much as fits a screen.
func excerpt(line string, at int) string {
	const before, most = 40, 140
	from := max(0, at-before)
	to := min(len(line), from+most)
	quoted := strconv.Quote(strings.ToValidUTF8(line[from:to], ""))
	if from > 0 {
		quoted = "…" + quoted
	}
	if to < len(line) {
		quoted += "…"
	}
	return quoted
}
