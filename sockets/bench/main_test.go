package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/pprof/profile"
)

// Every engine does each part, if only a little of it.
func TestEngines(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			f, err := e.hold(50)
			if err != nil || f.Held != 50 && f.Held != 0 {
				t.Errorf("50 connections are held: %+v, %v", f, err)
			}
			if rate, err := e.trips(50); err != nil && !errors.Is(err, errNotHere) || err == nil && rate <= 0 {
				t.Errorf("50 round trips: %v per second, %v", rate, err)
			}
			if rate, err := e.bulk(1 << 20); err != nil && !errors.Is(err, errNotHere) || err == nil && rate <= 0 {
				t.Errorf("a stream of 1 MiB: %v bytes per second, %v", rate, err)
			}
		})
	}
}

// A ratio is taken round by round, and says how much better ours is whether
// more is better or less.
func TestTable(t *testing.T) {
	results := make([][]figures, len(engines))
	for i := range engines {
		for r := range 3 {
			speed := float64(1+r) / float64(1+i) // each round is another machine
			results[i] = append(results[i], figures{Held: 100, Rate: 1000 * speed, Bytes: 100 * float64(1+i)})
		}
	}
	results[3][2].Note = "a note"
	var out strings.Builder
	if err := table(&out, results, 3); err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(out.String(), "\n")
	for i, want := range []string{"socketbook 100 2,000 1x 100 1x - - - -", "gVisor netstack 100 1,000 2x 200 2x - - - -",
		"net.Pipe 100 667 3x 300 3x - - - -", "kernel, loopback 100 500 4x 400 4x - - - -"} {
		if got := strings.Join(strings.Fields(rows[i+1]), " "); got != want {
			t.Errorf("row %d is %q, want %q", i, got, want)
		}
	}
	if !strings.Contains(out.String(), "kernel, loopback: a note") {
		t.Errorf("the note is missing:\n%s", out.String())
	}
}

// What cannot be is refused before anything is built, with the number.
func TestTooMuch(t *testing.T) {
	for _, c := range []struct {
		t      task
		rounds int
		want   string
	}{
		{task{0, 1, 1}, 1, "-n is 0, allowed"},
		{task{1, 1, 1}, 0, "-rounds is 0, allowed"},
		{task{1, 0, 1}, 1, "-trips is 0, allowed"},
		{task{1, 1, 0}, 1, "-bulk is 0, allowed"},
	} {
		if err := c.t.check(c.rounds); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v, %d rounds: %v, want %q", c.t, c.rounds, err, c.want)
		}
	}
	if memory() == 0 {
		t.Skip("this system does not tell how much memory is free")
	}
	if err := (task{50_000_000, 1, 1}).check(1); err == nil || !strings.Contains(err.Error(), "850.0 GB") {
		t.Errorf("fifty million need more than any test machine has: %v", err)
	}
}

// The picture is whole, and every nanosecond of a profile is in one bar.
func TestPicture(t *testing.T) {
	file := filepath.Join(t.TempDir(), "picture.svg")
	if err := paint(file, 20_000, 2); err != nil {
		t.Fatal(err)
	}
	svg, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(svg, new(struct{})); err != nil || !bytes.Contains(svg, []byte("lookup table: find, insert")) {
		t.Errorf("not a picture: %v\n%s", err, svg)
	}
	all := places()
	for function, want := range map[string]string{
		"socketbook/sockets.(*Host).lookup":         "lookup table",
		"socketbook/sockets.(*connSegment).put":     "lookup table",
		"socketbook/sockets.(*Host).ephemeral":      "ports",
		"socketbook/sockets.(*Process).Accept4":     "program",
		"socketbook/sockets.(*wireDir).arrived":     "the wire",
		"socketbook/sockets/wire.ParseTCP4":         "IP and the frame",
		"socketbook/sockets/sim.(*queue).push":      "the simulator",
		"socketbook/sockets.(*Host).segmentArrives": "TCP",
	} {
		s := &profile.Sample{}
		for _, name := range []string{"runtime.memmove", function, "socketbook/sockets.(*Network).RunUntil"} {
			s.Location = append(s.Location, &profile.Location{Line: []profile.Line{{Function: &profile.Function{Name: name}}}})
		}
		if at := station(s, all); at == nil || !strings.HasPrefix(at.name, want) {
			t.Errorf("%s is put down to %+v, want %s", function, at, want)
		}
	}
}
