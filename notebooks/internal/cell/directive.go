package cell

import (
	"context"
	"fmt"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// directives are the % words that exist, as %help and a refusal show them.
var directives = []struct{ usage, what string }{
	{"%% [args]", "the rest of the cell is the body of main; args go to the program"},
	{"%main [args]", "the same"},
	{"%args args", "give the program arguments, in this cell"},
	{"%env NAME value", "set an environment variable for programs and ! lines"},
	{"%cd [dir]", "change the folder in which programs and ! lines run, or show it"},
	{"%ls", "list the declarations that are remembered"},
	{"%rm name…", "forget these declarations; a type goes with its methods"},
	{"%reset", "forget all declarations"},
	{"%goworkfix", "nothing to do here; for notebooks that also run in GoNB"},
	{"%help", "this list"},
	{"!command", "run a shell command in the notebook's folder ($GONB_DIR)"},
	{"!*command", "run a shell command in the cells' temporary folder ($GONB_TMP_DIR)"},
}

// command carries out a % or ! line.
func (e *Engine) command(ctx context.Context, c command, out Output) error {
	if c.kind == '!' {
		return e.shellCommand(ctx, c, out)
	}
	w := words(c.text)
	if len(w) == 0 {
		return nil
	}
	args := w[1:]
	switch w[0] {
	case "args": // taken by split
	case "goworkfix": // the module of the cells is set from outside
	case "env":
		return e.setenv(c, args, out)
	case "cd":
		return e.chdir(c, args, out)
	case "ls":
		out.Stream("stdout", e.list())
	case "rm":
		e.remove(args, out)
	case "reset":
		if len(args) > 0 && !slices.Equal(args, []string{"go.mod"}) {
			return commandError(c.line, "%%reset %s: it takes nothing", strings.Join(args, " "))
		}
		if len(args) == 0 { // "%reset go.mod" concerns a file that we do not have
			e.units = nil
			out.Stream("stdout", "Forgot all declarations.\n")
		}
	case "help":
		out.Display(help())
	default:
		return unknownDirective(c, w[0])
	}
	return nil
}

func (e *Engine) shellCommand(ctx context.Context, c command, out Output) error {
	dir, line := e.dir, c.text
	if rest, ok := strings.CutPrefix(line, "*"); ok {
		dir, line = e.tmp, rest
	}
	err := e.start(ctx, job{path: e.shell, args: []string{"-c", line}, dir: dir}, out)
	if exit, ok := err.(*Error); ok && exit.Name == exitErrorName && ctx.Err() == nil {
		out.Stream("stderr", exit.Value+"\n") // as in GoNB: said, but the cell goes on
		return nil
	}
	return err
}

func (e *Engine) setenv(c command, args []string, out Output) error {
	if len(args) == 1 { // NAME=value
		if name, value, ok := strings.Cut(args[0], "="); ok {
			args = []string{name, value}
		}
	}
	if len(args) != 2 || args[0] == "" || strings.ContainsAny(args[0], "=\x00") {
		return commandError(c.line, "%%env %s: want a name and a value, as in %%env NAME value or %%env NAME=value", strings.Join(args, " "))
	}
	e.env[args[0]] = args[1]
	out.Stream("stdout", fmt.Sprintf("Set: %s=%q\n", args[0], args[1]))
	return nil
}

func (e *Engine) chdir(c command, args []string, out Output) error {
	switch len(args) {
	case 0:
		out.Stream("stdout", fmt.Sprintf("Current directory: %q\n", e.dir))
		return nil
	case 1:
	default:
		return commandError(c.line, "%%cd %s: want one folder; put quotes around a name with spaces", strings.Join(args, " "))
	}
	dir := args[0]
	if rest, ok := strings.CutPrefix(dir, "~"); ok && (rest == "" || rest[0] == '/') {
		home, err := os.UserHomeDir()
		if err != nil {
			return commandError(c.line, "%%cd %s: %v", args[0], err)
		}
		dir = home + rest
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(e.dir, dir)
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return commandError(c.line, "%%cd %s: no such folder", args[0])
	}
	e.dir = filepath.Clean(dir)
	out.Stream("stdout", fmt.Sprintf("Changed directory to %q\n", e.dir))
	return nil
}

// list shows the remembered names, a line for each kind.
func (e *Engine) list() string {
	var b strings.Builder
	for _, kind := range kindOrder {
		var names []string
		for _, u := range e.units {
			if u.kind == kind {
				names = append(names, u.names...)
			}
		}
		if names != nil {
			slices.Sort(names)
			fmt.Fprintf(&b, "%-6s %s\n", kind, strings.Join(names, ", "))
		}
	}
	if b.Len() == 0 {
		return "No declarations are remembered.\n"
	}
	return b.String()
}

// remove forgets declarations. A method is named Type.Method, or Type~Method as
// GoNB writes it.
func (e *Engine) remove(names []string, out Output) {
	for _, name := range names {
		gone := map[string]bool{strings.Replace(name, "~", ".", 1): true}
		for _, u := range e.units {
			if u.kind == token.FUNC && strings.HasPrefix(u.names[0], name+".") {
				gone[u.names[0]] = true
			}
		}
		var left []unit
		found := false
		for _, u := range e.units {
			kept, ok := u.without(gone)
			found = found || !ok || len(kept.names) < len(u.names)
			if ok {
				left = append(left, kept)
			}
		}
		e.units = left
		if found {
			out.Stream("stdout", fmt.Sprintf("Forgot %s.\n", name))
		} else {
			out.Stream("stderr", fmt.Sprintf("Nothing called %s is remembered.\n", name))
		}
	}
}

func help() Display {
	plain, markdown := "", "| | |\n|---|---|\n"
	for _, d := range directives {
		plain += fmt.Sprintf("%-16s %s\n", d.usage, d.what)
		markdown += fmt.Sprintf("| `%s` | %s |\n", d.usage, d.what)
	}
	return Display{Data: map[string]any{"text/plain": plain, "text/markdown": markdown}}
}

func unknownDirective(c command, word string) error {
	var known []string
	for _, d := range directives {
		if first, _, _ := strings.Cut(d.usage, " "); first[0] == '%' {
			known = append(known, first)
		}
	}
	return commandError(c.line, "%%%s does not exist here; there is %s, and ! for the shell", word, strings.Join(known, " "))
}
