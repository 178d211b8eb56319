// Command replay plays a replay string.
//
//	go run ./sockets/cmd/replay                                        which scenarios there are
//	go run ./sockets/cmd/replay 'sockets:v1:bulk?seed=7'               what the wires carried, as tcpdump prints it
//	go run ./sockets/cmd/replay -o run.pcapng 'sockets:v1:bulk?seed=7' the same as a file for Wireshark
//	go run ./sockets/cmd/replay -tape 'sockets:v1:bulk?seed=7'         every station of every packet and call
//	go run ./sockets/cmd/replay -at 40 'sockets:v1:bulk?seed=7'        what is there after event 40
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"socketbook/sockets"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "replay:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("replay", flag.ContinueOnError)
	file := flags.String("o", "", "write the capture to `FILE`")
	tape := flags.Bool("tape", false, "print the whole tape")
	at := flags.Int("at", -1, "print the state after `EVENT`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch {
	case flags.NArg() == 0:
		return list(out)
	case flags.NArg() > 1:
		return errors.New("one replay string, please, in quotes: & and ? mean something to a shell")
	}
	r, err := sockets.ParseReplay(flags.Arg(0))
	if err != nil {
		return err
	}
	switch {
	case *file != "":
		return capture(r, *file)
	case *at >= 0:
		return state(r, *at, out)
	}
	lab, err := r.Run(sockets.Record())
	if err != nil {
		return err
	}
	defer lab.Close()
	w := bufio.NewWriter(out)
	fmt.Fprintln(w, r)
	if *tape {
		fmt.Fprint(w, lab.Tape())
		return w.Flush()
	}
	for _, h := range lab.Hosts() {
		fmt.Fprintf(w, "\n%s:\n%s", h.Name(), lab.Tape().Tcpdump(h))
	}
	return w.Flush()
}

// list says which scenarios there are, and what can be chosen.
func list(out io.Writer) error {
	w := bufio.NewWriter(out)
	for _, s := range sockets.Scenarios() {
		r, err := sockets.NewReplay(s.Name, 1)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\n    %s\n", r, s.Doc)
		for _, o := range s.Options {
			fmt.Fprintf(w, "    %-10s %s (%s)\n", o.Name, o.Doc, o.Allowed())
		}
	}
	return w.Flush()
}

// capture writes a pcapng file.
func capture(r *sockets.Replay, name string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	return errors.Join(r.Pcapng(w), w.Flush(), f.Close())
}

// state prints one state of a run, and what led to it.
func state(r *sockets.Replay, at int, out io.Writer) error {
	p, err := r.Player()
	if err != nil {
		return err
	}
	defer p.Close()
	if err := p.Seek(at); err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	for _, e := range p.Happened() {
		fmt.Fprintln(w, e)
	}
	fmt.Fprint(w, p.State())
	return w.Flush()
}
