package sweep

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
)

// Main is a program that runs a sweep whose runs are described by one line of
// text each, a replay string for instance, and whose results are one line each:
//
//	program             all runs on this machine, results in order
//	program -list       the lines that describe the runs
//	program -run LINE   the result of one run
//	program -index N    the result of line N, counted from 0
//
// So a job runner can take the lines or the numbers to other machines; see the
// package's page. It ends the process: with status 1 and the error on stderr if
// there is one, or with 2 for a flag it does not know. An interrupt ends it at
// once.
func Main(lines []string, run func(ctx context.Context, line string) (string, error)) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	status := program(ctx, os.Args, os.Stdout, os.Stderr, lines, run)
	stop()
	os.Exit(status)
}

func program(ctx context.Context, args []string, stdout, stderr io.Writer, lines []string, run func(context.Context, string) (string, error)) int {
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.SetOutput(stderr)
	list := flags.Bool("list", false, "print the lines that describe the runs")
	line := flags.String("run", "", "run the one that `LINE` describes")
	index := flags.Int("index", -1, "run the one of this number, counted from 0")
	workers := flags.Int("workers", 0, "how many runs go on at once; 0: one for each core")
	if flags.Parse(args[1:]) != nil {
		return 2
	}
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	var results []string
	var err error
	switch {
	case flags.NArg() > 0:
		err = fmt.Errorf("argument %q: there are only flags, see -h", flags.Arg(0))
	case *list:
		results = lines
	case given["run"]:
		results, err = Run(ctx, []string{*line}, run, Options{})
	case given["index"] && (*index < 0 || *index >= len(lines)):
		err = fmt.Errorf("-index is %d, allowed: 0 to %d", *index, len(lines)-1)
	case given["index"]:
		results, err = Run(ctx, lines[*index:*index+1], run, Options{})
	default:
		results, err = Run(ctx, lines, run, Options{Workers: *workers, Progress: stderr})
	}
	if err == nil {
		err = oneLineEach(results)
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	for _, r := range results {
		if _, err := fmt.Fprintln(stdout, r); err != nil {
			return 1
		}
	}
	return 0
}

// oneLineEach refuses what a job runner would tear apart.
func oneLineEach(results []string) error {
	for i, r := range results {
		if strings.ContainsAny(r, "\r\n") {
			return fmt.Errorf("sweep: line %d is %q, allowed: one line without a line break", i, r)
		}
	}
	return nil
}
