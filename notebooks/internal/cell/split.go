package cell

import (
	"fmt"
	"strings"
)

// text is a cell taken apart.
type text struct {
	commands []command
	code     string // Go, as many lines as the cell; what is not Go is blank
	args     []string
	empty    bool // no Go in it
}

// command is a line that is not Go: "%cd dir" or "!ls".
type command struct {
	kind byte // '%' or '!'
	text string
	line int // 1 is the first
}

// escapePrefix may stand before a command, to keep an editor of Go files calm.
const escapePrefix = "//gonb:"

// split takes a cell apart. Line numbers are kept, so that an error in line 3 of
// the code is an error in line 3 of the cell.
func split(source string) (text, error) {
	lines := strings.Split(strings.ReplaceAll(source, "\r\n", "\n"), "\n")
	t := text{empty: true}
	code := make([]string, len(lines))
	mainLine := -1
	for i := 0; i < len(lines); i++ {
		line := strings.TrimPrefix(lines[i], escapePrefix)
		if args, ok := mainArgs(line); ok {
			if mainLine >= 0 {
				return t, commandError(i+1, "%%%% stands in line %d already; a cell has one main", mainLine+1)
			}
			mainLine, t.empty, t.args = i, false, args
			continue
		}
		if len(line) > 1 && (line[0] == '%' || line[0] == '!') {
			first := i
			for strings.HasSuffix(line, `\`) && i+1 < len(lines) { // the command goes on
				i++
				line = strings.TrimSuffix(line, `\`) + " " + strings.TrimPrefix(lines[i], escapePrefix)
			}
			c := command{line[0], strings.TrimLeft(line[1:], " \t"), first + 1}
			if w := words(c.text); c.kind == '%' && len(w) > 0 && w[0] == "args" { // the last of %args and %% counts
				t.args = w[1:]
			}
			t.commands = append(t.commands, c)
			continue
		}
		if strings.HasPrefix(line, "package ") { // the program is package main, whatever the cell says
			continue
		}
		code[i] = lines[i]
		if strings.TrimSpace(line) != "" {
			t.empty = false
		}
	}
	if mainLine >= 0 {
		code[mainLine] = openMain(t.args, code)
		code = append(code, "}")
	}
	t.code = strings.Join(code, "\n") + "\n"
	return t, nil
}

// Declarations is what a cell declares: without its main, and without the lines that
// are not Go.
func Declarations(source string) string {
	var kept []string
	for line := range strings.Lines(source) {
		line = strings.TrimRight(line, "\r\n")
		bare := strings.TrimPrefix(line, escapePrefix)
		if _, ok := mainArgs(bare); ok {
			break // main goes on to the end of the cell
		}
		if len(bare) < 2 || bare[0] != '%' && bare[0] != '!' {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// openMain begins main in place of %%. Flags are parsed where that can matter; a
// program without flags need not link package flag.
func openMain(args, code []string) string {
	if len(args) > 0 || strings.Contains(strings.Join(code, "\n"), "flag") {
		return "func main() { flag.Parse()"
	}
	return "func main() {"
}

// mainArgs recognises "%%", "%main", and the arguments that may follow.
func mainArgs(line string) (args []string, ok bool) {
	for _, mark := range []string{"%%", "%main"} {
		if rest, found := strings.CutPrefix(line, mark); found && (rest == "" || strings.ContainsAny(rest[:1], " \t")) {
			return words(rest), true
		}
	}
	return nil, false
}

// words splits a directive at spaces. Double quotes hold a word together; inside
// them \n, \t, \" and \\ mean what they mean in Go.
func words(s string) []string {
	var list []string
	var word strings.Builder
	inWord, quoted := false, false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '"':
			quoted, inWord = !quoted, true
		case quoted && c == '\\' && i+1 < len(s):
			i++
			escaped := map[byte]byte{'n': '\n', 't': '\t'}[s[i]]
			if escaped == 0 {
				escaped = s[i]
			}
			word.WriteByte(escaped)
		case !quoted && (c == ' ' || c == '\t'):
			if inWord {
				list = append(list, word.String())
				word.Reset()
			}
			inWord = false
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	if inWord {
		list = append(list, word.String())
	}
	return list
}

// commandError is the answer to a directive that cannot be carried out.
func commandError(line int, format string, args ...any) *Error {
	message := fmt.Sprintf(format, args...)
	return &Error{Name: "DirectiveError", Value: message, Trace: []string{fmt.Sprintf("Line %d: %s", line, message)}}
}
