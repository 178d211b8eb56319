// Command capacity says how many connections a machine holds, what stops it
// first, and what to do about it. It needs no Go:
//
//	go run ./capacity/cmd/capacity -ram 16GB -clients 10
//	go run ./capacity/cmd/capacity -here -epoll -app 20KB -goal 1000000
//	go run ./capacity/cmd/capacity -ram 64GiB -app 8KB..40KB
//	go run ./capacity/cmd/capacity -calibrate sizes.json
//
// A number of bytes or a time may be a span, as 8KB..40KB: then it is taken as
// nine times in ten within it, and the answer is a span too.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"text/tabwriter"

	"socketbook/capacity"
	"socketbook/capacity/calibrate"
	"socketbook/capacity/chance"
	"socketbook/capacity/published"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		stop()
		os.Exit(2)
	}
}

// run is the command without the process: arguments in, text or JSON out.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	var q question
	fs := q.flags()
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			help(fs, log)
			return nil
		}
		return err
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("capacity: what is %q? Everything is a flag; see -help", fs.Arg(0))
	}
	switch {
	case q.calibrate != "":
		return measure(ctx, q, out, log)
	case q.constants:
		return constants(q, out)
	case q.published:
		return validation(q, out)
	}
	h, w, inputs, notes, err := q.build(fs)
	if err != nil {
		return err
	}
	a := answer{Notes: notes}
	v, err := capacity.Plan(h, w)
	if err != nil {
		return err
	}
	a.verdict(v)
	if q.goal > 0 {
		if a.Steps, err = v.Reach(capacity.Count(q.goal)); err != nil {
			return err
		}
		a.Goal = capacity.Count(q.goal)
	}
	if len(inputs) > 0 {
		r, err := chance.Ask(h, w, chance.Options{Seed: q.seed}, inputs...)
		if err != nil {
			return err
		}
		a.chances(r)
	}
	if q.json {
		return toJSON(out, a)
	}
	a.print(out, v)
	return nil
}

func toJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// answer is what -json prints.
type answer struct {
	Connections capacity.Count  `json:"connections"`
	Binding     string          `json:"binding"`
	Summary     string          `json:"summary"`
	Walls       []capacity.Wall `json:"walls"`
	Goal        capacity.Count  `json:"goal,omitempty"`
	Steps       []capacity.Wall `json:"steps,omitempty"`
	Chances     *chances        `json:"chances,omitempty"`
	Notes       []string        `json:"notes,omitempty"`
}

type chances struct {
	P5      capacity.Count  `json:"p5"`
	P50     capacity.Count  `json:"p50"`
	P95     capacity.Count  `json:"p95"`
	Binds   []chance.Share  `json:"binds"`
	Effects []chance.Effect `json:"effects"`
}

func (a *answer) verdict(v capacity.Verdict) {
	a.Connections, a.Binding = v.Connections(), string(v.Binding().Limit)
	a.Summary, a.Walls = v.Summary(), v.Walls
}

func (a *answer) chances(r chance.Result) {
	a.Chances = &chances{r.P5, r.P50, r.P95, r.Binds, r.Effects}
}

func (a answer) print(out io.Writer, v capacity.Verdict) {
	fmt.Fprintf(out, "%s\n\n%s\nHow it looks, the first wall first:\n", a.Summary, v)
	tw := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, w := range a.Walls {
		fmt.Fprintf(tw, "  %s\t%s\t%s\n", w.Limit, w.Counter, w.SS)
	}
	tw.Flush()
	if a.Goal > 0 && len(a.Steps) == 0 {
		fmt.Fprintf(out, "\n%v connections fit.\n", a.Goal)
	}
	if len(a.Steps) > 0 {
		fmt.Fprintf(out, "\nTo hold %v, in this order:\n", a.Goal)
		for _, w := range a.Steps {
			fmt.Fprintf(out, "  %s  # %s allows %v\n", w.Command, w.Limit, w.Allows)
		}
	}
	if c := a.Chances; c != nil {
		fmt.Fprintf(out, "\nWith what is not known exactly: %v connections, nine times in ten between %v and %v.\n", c.P50, c.P5, c.P95)
		for _, b := range c.Binds {
			fmt.Fprintf(out, "  %3.0f %%  %s binds\n", 100*b.Probability, b.Limit)
		}
		fmt.Fprintln(out, "Worth measuring (share of the variance of log(connections), first-order Sobol index; rank correlation; answer at P5 and P95):")
		for _, e := range c.Effects {
			fmt.Fprintf(out, "  %3.0f %%  %+.2f  %s: %v to %v\n", 100*e.FirstOrder, e.Rank, e.Input, e.Low, e.High)
		}
	}
	for _, n := range a.Notes {
		fmt.Fprintf(out, "note: %s\n", n)
	}
}

// measure is -calibrate: it runs on this machine and keeps a file.
func measure(ctx context.Context, q question, out, log io.Writer) error {
	fmt.Fprintln(log, "Opening connections on loopback; ^C ends it and closes everything.")
	f, err := calibrate.Measure(ctx, calibrate.Options{Progress: func(state string, n int) {
		fmt.Fprintf(log, "\r%-10s %6d connections ", state, n)
	}})
	fmt.Fprintln(log)
	for _, n := range f.Notes {
		fmt.Fprintln(log, "note:", n)
	}
	if err != nil {
		return err
	}
	if err := f.Save(q.calibrate); err != nil {
		return err
	}
	if q.json {
		return toJSON(out, f)
	}
	fmt.Fprintf(out, "%s, %s. Bytes of kernel memory a connection, both ends:\n", f.Kernel, f.Method)
	for _, x := range f.Fits {
		fmt.Fprintf(out, "  %-10s %6.0f ± %.0f  (R² %.4f, %d points up to %d connections)\n", x.State, x.Bytes, x.Stderr, x.R2, x.Points, x.Most)
	}
	fmt.Fprintf(out, "An idle server socket: %d B. Kept in %s; use it with -sizes %s.\n", f.Sizes.Server, q.calibrate, q.calibrate)
	return nil
}

// constants is -constants: every number the model takes for granted.
func constants(q question, out io.Writer) error {
	k, err := capacity.KernelNamed(q.kernel)
	if err != nil {
		return err
	}
	if q.json {
		return toJSON(out, k.Constants())
	}
	tw := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, c := range k.Constants() {
		fmt.Fprintf(tw, "%s\t%v\t%s\t%s\t%s\n", c.Name, capacity.Count(c.Value), c.Unit, c.Kernel, c.Source)
	}
	return tw.Flush()
}

// validation is -published: what others reported against what the model says.
func validation(q question, out io.Writer) error {
	rows, err := published.Check()
	if err != nil {
		return err
	}
	if q.json {
		return toJSON(out, rows)
	}
	tw := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "report\twhat\treported\tpredicted, P5 to P95\t\twhy")
	for _, r := range rows {
		mark := "hit"
		if !r.Hit() {
			mark = "MISS"
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s to %s\t%s\t%s\n", r.Name, r.What, r.Number(r.Reported), r.Number(r.Low), r.Number(r.High), mark, r.Why)
	}
	return tw.Flush()
}

// span splits "8KB..40KB".
func span(s string) (low, high string, ok bool) { return strings.Cut(s, "..") }
