// Package proc runs other programs so that they can be stopped: each in a
// process group of its own, ended together with its children, and ended too
// when this program is killed (where the system can do that).
package proc

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// tailLines is how much of a failed command's output an error carries.
const tailLines = 12

// An Error is a command that failed, with the end of what it printed.
type Error struct {
	Command string
	Tail    string // last lines of standard output and standard error
	Err     error
}

func (e *Error) Error() string {
	return strings.TrimRight(fmt.Sprintf("%s: %v\n%s", filepath.Base(e.Command), e.Err, e.Tail), "\n")
}

func (e *Error) Unwrap() error { return e.Err }

// A Command is what Run runs.
type Command struct {
	Name string
	Args []string
	Env  []string          // nil: this program's
	Dir  string            // empty: this program's
	Line func(line string) // called for each line printed; may be nil
}

// Run runs a command to its end, or until ctx ends. A failure is an *Error, or
// the error of ctx.
func Run(ctx context.Context, c Command) error {
	cmd := exec.CommandContext(ctx, c.Name, c.Args...)
	cmd.Env, cmd.Dir = c.Env, c.Dir
	Apart(cmd)
	cmd.Cancel = func() error { return AskGroup(cmd) }
	cmd.WaitDelay = 5 * time.Second
	out, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, in
	tail := make(chan []string, 1)
	go func() { tail <- follow(out, c.Line) }()
	err := cmd.Run()
	in.Close()
	last := <-tail
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return &Error{Command: c.Name, Tail: strings.Join(last, "\n"), Err: err}
	}
	return nil
}

// follow hands on each line and returns the last few.
func follow(r io.Reader, line func(string)) (last []string) {
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		if line != nil {
			line(sc.Text())
		}
		if last = append(last, sc.Text()); len(last) > tailLines {
			last = last[1:]
		}
	}
	io.Copy(io.Discard, r) // a line over the limit must not block the command
	return last
}
