package cell

import (
	"errors"
	"fmt"
	"go/scanner"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Error is why a cell failed, in the three parts that Jupyter shows.
type Error struct {
	Name  string   // the kind: CompileError, ExitError, DirectiveError, Interrupted, KernelError
	Value string   // in one sentence
	Trace []string // what the reader sees, a line of it each
}

func (e *Error) Error() string { return e.Value }

const exitErrorName = "ExitError"

func interrupted(cause error) *Error {
	message := "interrupted"
	if cause != nil && cause.Error() != "context canceled" {
		message += ": " + cause.Error()
	}
	return &Error{Name: "Interrupted", Value: message, Trace: []string{message}}
}

// place is a line of a cell.
type place struct{ cell, line, column int }

func (p place) String() string { return fmt.Sprintf("[[ Cell [%d] Line %d ]]", p.cell, p.line) }

// problem is one message of the compiler.
type problem struct {
	place
	message string
}

// syntaxError shows what the parser found.
func (e *Engine) syntaxError(err error) error {
	list, ok := err.(scanner.ErrorList)
	if !ok {
		return err
	}
	var problems []problem
	for _, one := range list {
		p := problem{message: one.Msg}
		fmt.Sscanf(one.Pos.Filename, "cell-%d.go", &p.cell)
		p.line, p.column = one.Pos.Line, one.Pos.Column
		if last := len(e.sources[p.cell]); p.line > last { // at the brace that we added
			p.line, p.column = last, 0
			p.message = "the braces do not match: " + p.message
		}
		problems = append(problems, p)
	}
	return e.compileFailure(problems)
}

var compilerLine = regexp.MustCompile(`^(?:\S*/)?cell-(\d+)\.go:(\d+)(?::(\d+))?: (.*)$`)

// compileError shows what the compiler or the go command found.
func (e *Engine) compileError(failed *buildError, units []unit) error {
	var problems []problem
	if failed.pkg != "" { // a package that cannot be had: blame the import
		p := problem{message: failed.output}
		for _, u := range units {
			if u.path == failed.pkg {
				at := u.pieces[0].at
				fmt.Sscanf(at.Filename, "cell-%d.go", &p.cell)
				p.line, p.column = at.Line, at.Column
			}
		}
		return e.compileFailure([]problem{p})
	}
	for line := range strings.Lines(failed.output) {
		line = strings.TrimRight(line, "\n")
		m := compilerLine.FindStringSubmatch(line)
		switch {
		case m != nil:
			p := problem{message: m[4]}
			p.cell, _ = strconv.Atoi(m[1])
			p.line, _ = strconv.Atoi(m[2])
			p.column, _ = strconv.Atoi(m[3])
			problems = append(problems, p)
		case len(problems) > 0 && strings.HasPrefix(line, "\t"): // "have …", "want …"
			problems[len(problems)-1].message += "\n" + line
		case strings.TrimSpace(line) != "":
			problems = append(problems, problem{message: line})
		}
	}
	return e.compileFailure(problems)
}

func (e *Engine) compileFailure(problems []problem) error {
	failure := &Error{Name: "CompileError"}
	var values []string
	if slices.ContainsFunc(problems, func(p problem) bool { return strings.Contains(p.message, "no space left on device") }) {
		problems = append(problems, problem{message: "a disk is full: cells are compiled in " + e.tmp +
			" (TMPDIR=DIR chooses another place), and what Go has compiled is kept in the folder that go env GOCACHE names (GOCACHE=DIR chooses another)"})
	}
	for _, p := range problems {
		if p.cell == 0 {
			failure.Trace = append(failure.Trace, p.message)
			values = append(values, p.message)
			continue
		}
		failure.Trace = append(failure.Trace, fmt.Sprintf("%v %s%s", p.place, p.message, e.excerpt(p.place)))
		values = append(values, fmt.Sprintf("Cell [%d] Line %d: %s", p.cell, p.line, p.message))
	}
	failure.Value = strings.Join(values, "\n")
	return failure
}

// excerpt is the source line and a caret under the column.
func (e *Engine) excerpt(p place) string {
	source, ok := e.sourceLine(p)
	if !ok {
		return ""
	}
	line := "\n    " + source
	if p.column < 1 || p.column > len(source)+1 {
		return line
	}
	indent := []rune(source[:p.column-1])
	for i, r := range indent {
		if r != '\t' { // a tab stays one, so that the caret stands where the eye looks
			indent[i] = ' '
		}
	}
	return line + "\n    " + string(indent) + "^"
}

func (e *Engine) sourceLine(p place) (string, bool) {
	lines := e.sources[p.cell]
	if p.line < 1 || p.line > len(lines) {
		return "", false
	}
	return lines[p.line-1], true
}

// A frame of a stack trace: "\tcell-2.go:5 +0x1d".
var stackFrame = regexp.MustCompile(`^\tcell-(\d+)\.go:(\d+)(?: \+0x[0-9a-f]+)?`)

// marker rewrites the stack traces on a program's standard error, so that they
// speak of cells: "\t[[ Cell [2] Line 5 ]] return x[5]". Only a line that could
// become such a frame is held back until it is whole; all else passes at once.
type marker struct {
	engine  *Engine
	held    []byte
	midLine bool
	first   place // the innermost frame in a cell
}

func (m *marker) filter(chunk []byte, final bool) []byte {
	m.held = append(m.held, chunk...)
	var out []byte
	for len(m.held) > 0 {
		end := slices.Index(m.held, '\n') + 1
		if end == 0 && !m.midLine && !final && mayBeFrame(m.held) {
			return out
		}
		whole := end > 0
		if !whole {
			end = len(m.held)
		}
		line := m.held[:end]
		if !m.midLine {
			line = m.mark(line)
		}
		out = append(out, line...)
		m.held, m.midLine = m.held[end:], !whole
	}
	return out
}

func mayBeFrame(line []byte) bool {
	const start, most = "\tcell-", 200
	return len(line) < most && (strings.HasPrefix(start, string(line)) || strings.HasPrefix(string(line), start))
}

func (m *marker) mark(line []byte) []byte {
	found := stackFrame.FindSubmatch(line)
	if found == nil {
		return line
	}
	var p place
	p.cell, _ = strconv.Atoi(string(found[1]))
	p.line, _ = strconv.Atoi(string(found[2]))
	if m.first.cell == 0 {
		m.first = p
	}
	marked := "\t" + p.String()
	if source, ok := m.engine.sourceLine(p); ok {
		marked += " " + strings.TrimSpace(source)
	}
	return append([]byte(marked), line[len(found[0]):]...)
}

// exitError is the answer for a program that ended badly. Its own words went to
// standard error already; here is the line in which it happened.
func (e *Engine) exitError(status string, at place) *Error {
	failure := &Error{Name: exitErrorName, Value: status, Trace: []string{status}}
	if at.cell != 0 {
		failure.Trace = []string{at.String() + " " + status + e.excerpt(at)}
	}
	return failure
}

// buildError is what the compiler, the linker or the go command said. Where pkg is
// set, this package could not be had.
type buildError struct {
	pkg    string
	output string
}

func (e *buildError) Error() string { return e.output }

// noRoom explains an error that is about the machine and not about the cell.
func noRoom(err error, tmp string) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w: the system does not run programs from %s (mounted noexec?); set TMPDIR to a folder where it does", err, tmp)
	}
	return err
}

// validPrefix is the length of data without a UTF-8 sequence cut off at its end.
func validPrefix(data []byte) int {
	for back := 1; back < utf8.UTFMax && back <= len(data); back++ {
		if c := data[len(data)-back]; utf8.RuneStart(c) {
			if !utf8.FullRune(data[len(data)-back:]) {
				return len(data) - back
			}
			break
		}
	}
	return len(data)
}
