// Command notebooks is the front door of the book.
//
//	go run ./notebooks            opens JupyterLab on the first lesson
//	go run ./notebooks run        plays every lesson in the terminal
//	go run ./notebooks replay STRING   plays the run behind a figure again
//	go run ./notebooks export -o DIR   writes the HTML book
//	go run ./notebooks check      says what this machine has and lacks
//	go run ./notebooks key        prints the answers to the exercises
//	go run ./notebooks grade DIR  checks the notebooks of a class
//	go run ./notebooks symptoms NAME   says what an errno, a counter or a state means
//
// The lessons lie beside this file as NN-question.ipynb. The code that reads
// like a story starts here: main.go finds the verb, open.go, run.go, replay.go, export.go,
// check.go and key.go do what they say, and internal/ holds what they stand on:
//
//	setup     the Python environments, GoNB, kernelspecs, all in the user's cache
//	workdir   the reader's own copies of the lessons
//	lab       one JupyterLab, started and stopped
//	kernel, cell, runner, ipynb   the bundled Go kernel and notebooks as files
//	proc, steps                   other programs, and what is shown meanwhile
//
// book/ makes the HTML book.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"socketbook/notebooks/internal/grade"
	"socketbook/notebooks/internal/steps"
)

// Exit statuses: what a script can tell apart.
const (
	exitOK      = 0
	exitFailed  = 1
	exitUsage   = 2
	exitStopped = 130 // by ^C, as shells say it
)

// A verb is a word after "go run ./notebooks".
type verb struct {
	name  string
	args  string // what follows it, for its help
	short string // one line for the list
	long  string // what a reader of -h wants to know
	run   func(ctx context.Context, c *command) error
}

// A command is one call of a verb: its flags, and where it writes.
type command struct {
	flags  *flag.FlagSet
	args   []string
	stdout io.Writer  // results
	log    *steps.Log // progress and remarks, on standard error
}

// verbs in the order in which help lists them. The first has no name: it is
// what happens without a verb.
func verbs() []verb {
	return []verb{openVerb, runVerb, replayVerb, exportVerb, checkVerb, keyVerb, symptomsVerb, gradeVerb, prepareVerb, kernelVerb}
}

// errUsage is wrapped by errors that are the caller's slip of the pen.
var errUsage = errors.New("see -h")

func main() {
	grade.Enter() // which does not return in a process that runs a learner's answer
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	os.Exit(dispatch(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// dispatch runs the verb that args name and returns the exit status.
func dispatch(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	v, rest, err := findVerb(args)
	if err != nil {
		fmt.Fprintln(stderr, "socketbook:", err)
		return exitUsage
	}
	c := &command{flags: flag.NewFlagSet(v.name, flag.ContinueOnError), args: rest, stdout: stdout, log: steps.New(stderr)}
	c.flags.SetOutput(io.Discard) // the message is ours to print, once
	err = v.run(ctx, c)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, flag.ErrHelp):
		v.help(stdout, c.flags)
		return exitOK
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "socketbook: stopped")
		return exitStopped
	case errors.Is(err, errUsage):
		fmt.Fprintln(stderr, "socketbook:", err)
		return exitUsage
	}
	fmt.Fprintln(stderr, "socketbook:", err)
	return exitFailed
}

// findVerb takes the verb off args; a flag in first place means the verb
// without a name.
func findVerb(args []string) (verb, []string, error) {
	all := verbs()
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return all[0], args, nil
	}
	names := []string{}
	for _, v := range all[1:] {
		if v.name == args[0] {
			return v, args[1:], nil
		}
		names = append(names, v.name)
	}
	return verb{}, nil, fmt.Errorf("unknown verb %q; there are %s, and none at all, which opens JupyterLab (-h tells more)", args[0], strings.Join(names, ", "))
}

// parse reads the flags of a command and refuses arguments beyond max
// (negative: any number).
func (c *command) parse(max int) error {
	if err := c.flags.Parse(c.args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return fmt.Errorf("%w (%w)", err, errUsage)
	}
	if c.args = c.flags.Args(); max >= 0 && len(c.args) > max {
		return fmt.Errorf("unexpected argument %q (%w)", c.args[max], errUsage)
	}
	return nil
}

// help prints what a verb is for and its flags; the nameless verb lists the
// others too.
func (v verb) help(w io.Writer, flags *flag.FlagSet) {
	call := strings.TrimSpace("go run ./notebooks " + v.name)
	fmt.Fprintf(w, "%s %s\n\n%s\n", call, v.args, v.long)
	if v.name == "" {
		fmt.Fprintf(w, "\nVerbs (each has its own -h):\n")
		for _, o := range verbs()[1:] {
			fmt.Fprintf(w, "  %-9s %s\n", o.name, o.short)
		}
	}
	fmt.Fprintf(w, "\nFlags:\n")
	flags.SetOutput(w)
	flags.PrintDefaults()
}
