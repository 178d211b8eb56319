// Command bench compares the simulated host of package sockets with what one
// could take instead: gVisor's netstack, net.Pipe, and the kernel over its
// loopback. From the root of the project:
//
//	go -C sockets/bench run .
//	go -C sockets/bench run . -n 1000000    netstack then takes some 12 GB
//	go -C sockets/bench run . -n 1000000 -profile ../handshake.svg    the picture
//
// Three things are measured: connections that are opened, accepted and held,
// with the memory of both ends; 64 bytes there and back on one connection; and
// one stream at its best. Each engine runs in a process of its own, the engines
// in turns, round after round, so that a machine that is slow for a moment is
// slow for all of them; the figures are the medians of the rounds, the ratios
// the medians of the ratios round by round.
//
// It is a module of its own: who uses package sockets downloads nothing of it.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"text/tabwriter"
)

// figures are what one engine did in one process. A zero is not measured.
type figures struct {
	Held       int     `json:"held"`    // connections
	Rate       float64 `json:"rate"`    // of them opened and accepted per second
	Bytes      float64 `json:"bytes"`   // per connection, both ends
	RoundTrips float64 `json:"trips"`   // per second
	Bulk       float64 `json:"bulk"`    // bytes per second
	Note       string  `json:"note"`    // what the reader should know
	Skipped    string  `json:"skipped"` // why nothing was measured
}

// task is how much an engine is to do.
type task struct {
	n     int // connections to hold
	trips int // round trips
	bulk  int // bytes of the stream
}

// engine is one of those compared. Its functions run in a fresh process each.
type engine struct {
	name  string
	hold  func(n int) (figures, error)
	trips func(n int) (float64, error)     // per second
	bulk  func(bytes int) (float64, error) // bytes per second
}

var engines = []engine{
	{"socketbook", oursHold, oursTrips, oursBulk},
	{"gVisor netstack", netstackHold, netstackTrips, netstackBulk},
	{"net.Pipe", pipeHold, pipeTrips, pipeBulk},
	{"kernel, loopback", kernelHold, kernelTrips, kernelBulk},
}

// perConnection is what netstack takes for one, in bytes: 11.2 KB of heap, and
// what the collector leaves until it runs.
const perConnection = 17_000

func main() {
	var t task
	rounds := flag.Int("rounds", 3, "how often each engine has its turn")
	flag.IntVar(&t.n, "n", 100_000, "connections to open and hold")
	flag.IntVar(&t.trips, "trips", 100_000, "round trips of 64 bytes")
	flag.IntVar(&t.bulk, "bulk", 256<<20, "bytes of the stream")
	svg := flag.String("profile", "", "write a picture of where the time of a handshake goes to `FILE`.svg, and compare nothing")
	child := flag.String("engine", "", "run one engine, once, and print its figures as JSON")
	flag.Parse()
	var err error
	switch {
	case flag.NArg() > 0:
		err = fmt.Errorf("argument %q: there are only flags, see -h", flag.Arg(0))
	case *svg != "":
		if err = t.check(*rounds); err == nil {
			err = paint(*svg, t.n, *rounds)
		}
	case *child != "":
		err = runChild(*child, t)
	default:
		err = compare(t, *rounds)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (t task) check(rounds int) error {
	for _, f := range []struct {
		name        string
		value       int
		least, most int
	}{{"n", t.n, 1, 50_000_000}, {"trips", t.trips, 1, 1_000_000_000}, {"bulk", t.bulk, 1, 1 << 40}, {"rounds", rounds, 1, 100}} {
		if f.value < f.least || f.value > f.most {
			return fmt.Errorf("-%s is %d, allowed: %d to %d", f.name, f.value, f.least, f.most)
		}
	}
	if need, have := int64(t.n)*perConnection, memory(); have > 0 && need > have {
		return fmt.Errorf("-n %d: netstack takes some %.1f GB for that many connections, and %.1f GB are free", t.n, float64(need)/1e9, float64(have)/1e9)
	}
	return nil
}

// compare lets the engines have their turns, and prints the table.
func compare(t task, rounds int) error {
	if err := t.check(rounds); err != nil {
		return err
	}
	results := make([][]figures, len(engines))
	for r := range rounds {
		for i, e := range engines {
			fmt.Fprintf(os.Stderr, "\r\033[Kround %d of %d: %s", r+1, rounds, e.name)
			f, err := turn(e.name, t)
			if err != nil {
				return fmt.Errorf("%s: %w", e.name, err)
			}
			results[i] = append(results[i], f)
		}
	}
	fmt.Fprint(os.Stderr, "\r\033[K")
	return table(os.Stdout, results, rounds)
}

// turn runs an engine's three parts, each in a process of its own: what one
// leaves in memory shall not slow down the next.
func turn(name string, t task) (figures, error) {
	var all figures
	for _, part := range []string{"hold", "trips", "bulk"} {
		cmd := exec.Command(os.Args[0], "-engine", name+"/"+part,
			fmt.Sprintf("-n=%d", t.n), fmt.Sprintf("-trips=%d", t.trips), fmt.Sprintf("-bulk=%d", t.bulk))
		var complaint strings.Builder
		cmd.Stderr = &complaint
		out, err := cmd.Output()
		if err != nil {
			return all, fmt.Errorf("%s: %w\n%s", part, err, complaint.String())
		}
		if err := json.Unmarshal(out, &all); err != nil {
			return all, fmt.Errorf("%s: %w", part, err)
		}
	}
	return all, nil
}

// runChild runs one part of one engine. The JSON has only what was measured.
func runChild(which string, t task) error {
	name, part, _ := strings.Cut(which, "/")
	for _, e := range engines {
		if e.name != name {
			continue
		}
		out := map[string]any{}
		var f figures
		var err error
		switch part {
		case "hold":
			if f, err = e.hold(t.n); err == nil {
				return json.NewEncoder(os.Stdout).Encode(map[string]any{"held": f.Held, "rate": f.Rate, "bytes": f.Bytes, "note": f.Note})
			}
		case "trips":
			out["trips"], err = e.trips(t.trips)
		case "bulk":
			out["bulk"], err = e.bulk(t.bulk)
		default:
			return fmt.Errorf("there is no part %q", part)
		}
		if errors.Is(err, errNotHere) {
			out = map[string]any{"skipped": err.Error()}
		} else if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(out)
	}
	return fmt.Errorf("there is no engine %q", name)
}

var errNotHere = errors.New("only on Linux")

// table prints the medians, and in brackets how many times better ours is.
func table(w io.Writer, results [][]figures, rounds int) error {
	columns := []struct {
		head  string
		value func(figures) float64
		less  bool // less is better
		show  func(float64) string
	}{
		{"connections/s", func(f figures) float64 { return f.Rate }, false, thousands},
		{"B/connection", func(f figures) float64 { return f.Bytes }, true, thousands},
		{"64 B trips/s", func(f figures) float64 { return f.RoundTrips }, false, thousands},
		{"stream MB/s", func(f figures) float64 { return f.Bulk / 1e6 }, false, thousands},
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(tw, "\theld\t")
	for _, c := range columns {
		fmt.Fprintf(tw, "%s\tours\t", c.head)
	}
	fmt.Fprintln(tw)
	var notes []string
	for i, e := range engines {
		last := results[i][rounds-1]
		fmt.Fprintf(tw, "%s\t%s\t", e.name, thousands(float64(last.Held)))
		for _, c := range columns {
			var values, ratios []float64
			for r, f := range results[i] {
				theirs, ours := c.value(f), c.value(results[0][r])
				values = append(values, theirs)
				if c.less {
					theirs, ours = ours, theirs
				}
				ratios = append(ratios, ours/theirs)
			}
			if m := median(values); m > 0 {
				fmt.Fprintf(tw, "%s\t%.3gx\t", c.show(m), median(ratios))
			} else {
				fmt.Fprint(tw, "-\t-\t")
			}
		}
		fmt.Fprintln(tw)
		for _, note := range []string{last.Note, last.Skipped} {
			if note != "" {
				notes = append(notes, e.name+": "+note)
			}
		}
	}
	tw.Flush()
	fmt.Fprintf(w, "\nRounds: %d, medians. Under \"ours\" is how many times faster, or smaller, socketbook is.\n", rounds)
	for _, n := range notes {
		fmt.Fprintln(w, n)
	}
	return nil
}
