package main

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"runtime/pprof"
	"strings"

	"github.com/google/pprof/profile"
)

// A picture of where the time of a handshake goes: the processor's profile of
// oursHold, each sample put down to the station of the house it was taken in.
// A sample in the runtime or in a small helper belongs to the station that
// called it.

// place is a station: which functions are its own, and on which floor it lies.
type place struct {
	name, floor string
	own         *regexp.Regexp
	ns          float64 // per handshake
}

func places() []*place {
	list := []struct{ name, floor, own string }{
		{"clients that come: the crowd", "prg", `\(\*Load\)`},
		{"program: accept4, descriptors", "prg", `\(\*Process\)|\(\*fdTable\)|\(\*Host\)\.(install|hold|dropFile|wake|wakeQueue|wakeThread|wakeNext)$|\(\*thread\)|Coroutine|iter\.Pull|coroswitch`},
		{"ports: which is free, who has it", "soc", `\(\*portTable\)|\(\*Host\)\.(ephemeral|searchPort|freeFor|join|own|disown|leave|share|regroup|getPort|listenerAt|spread|how)$`},
		{"queues: SYN queue, accept queue", "soc", `\(\*Host\)\.(synArrives|requestSegment|newChild|request[A-Za-z]*|unrequest|dropRequest|enqueue|dequeue|accept[A-Za-z]*|synTimeout)$`},
		{"lookup table: find, insert", "net", `\(\*connTable\)|\(\*connSegment\)|\(\*Host\)\.(lookup|holds|hash|unhash)$|sockets\.connTag`},
		{"TCP: states, numbers, timers", "net", `\(\*Host\)\.(tcpReceive|dispatch|segmentArrives|synSent|open|connect[A-Za-z]*|ackArrives|textArrives|output|setState|isn|keyed|arm|disarm|measure|time|busy|rest|done|tellCrowds|listenSegment|timeout|synOptions|sendControl|sendAck|sendSynAck|answerRequest|put|window[A-Za-z]*)$|sockets\.\(\*sock\)`},
		{"IP and the frame, both ways", "net", `\(\*Host\)\.(ip[A-Z][A-Za-z]*|emit|answersTo|owns|way)$|\(\*Network\)\.route|sockets/wire\.`},
		{"card, interrupt, driver's poll", "hw", `\(\*nic\)|\(\*irqLine\)|\(\*rxQueue\)`},
		{"the wire", "hw", `\(\*wireDir\)|\(\*Link\)`},
		{"the simulator's clock and events", "eng", `sockets/sim\.|\(\*Network\)`},
	}
	var all []*place
	for _, p := range list {
		all = append(all, &place{name: p.name, floor: p.floor, own: regexp.MustCompile(p.own)})
	}
	return append(all, &place{name: "memory: growth, the collector", floor: "eng", own: regexp.MustCompile(`^runtime\.`)})
}

// paint opens n connections under the profiler, a few rounds of it, and writes
// the picture.
func paint(file string, n, rounds int) error {
	var raw bytes.Buffer
	if err := pprof.StartCPUProfile(&raw); err != nil {
		return err
	}
	var err error
	for range rounds {
		if err == nil {
			_, err = oursHold(n)
		}
	}
	pprof.StopCPUProfile()
	if err != nil {
		return err
	}
	p, err := profile.Parse(&raw)
	if err != nil {
		return err
	}
	all := places()
	for _, s := range p.Sample {
		if at := station(s, all); at != nil {
			at.ns += float64(s.Value[1]) / float64(n) / float64(rounds)
		}
	}
	return os.WriteFile(file, []byte(picture(all, n)), 0o644)
}

// station is where a sample was taken: that of the innermost function that has
// one. What only happens outside the run has none.
func station(s *profile.Sample, all []*place) *place {
	last := all[len(all)-1] // the runtime's, if nobody in the house called it
	inside, runtime := false, false
	var found *place
	for _, l := range s.Location {
		for _, line := range l.Line {
			name := line.Function.Name
			inside = inside || strings.Contains(name, "RunUntil")
			runtime = runtime || strings.HasPrefix(name, "runtime.gc") || strings.HasPrefix(name, "runtime.(*mheap)")
			for _, p := range all[:len(all)-1] {
				if found == nil && p.own.MatchString(name) {
					found = p
				}
			}
		}
	}
	switch {
	case found != nil && runtime, found == nil && runtime:
		return last
	case inside || found != nil:
		return found
	}
	return nil
}

// picture draws a bar for each station, from the top floor down to the street.
func picture(all []*place, n int) string {
	const left, wide, row, top = 260, 560, 30, 86
	sum, most := 0.0, 0.0
	for _, p := range all {
		sum += p.ns
		most = max(most, p.ns)
	}
	var b strings.Builder
	height := top + row*len(all) + 24
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 %d" width="960" height="%d" role="img" aria-labelledby="t d" font-family="system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="14">
`, height, height)
	fmt.Fprintf(&b, `  <title id="t">Where the time of a handshake goes</title>
  <desc id="d">Nanoseconds of processor time for one of %s handshakes, both ends, by station:`, thousands(float64(n)))
	for _, p := range all {
		fmt.Fprintf(&b, " %s %.0f;", p.name, p.ns)
	}
	fmt.Fprint(&b, `</desc>
  <style>
    .bg { fill: #fff } .hw { fill: #b35900 } .net { fill: #0b62c4 } .soc { fill: #1a7f37 } .prg { fill: #7a3fc0 } .eng { fill: #57606a }
    .t { fill: #1f2328 } .s { fill: #57606a; font-size: 13px } .h { font-weight: 600; font-size: 16px } .e { text-anchor: end }
    @media (prefers-color-scheme: dark) {
      .bg { fill: #12161c } .hw { fill: #f0a95b } .net { fill: #6cb6ff } .soc { fill: #5fd37a } .prg { fill: #c9a2ff } .eng { fill: #a8b1bb }
      .t { fill: #e6edf3 } .s { fill: #a8b1bb }
    }
  </style>
`)
	fmt.Fprintf(&b, "  <rect class=\"bg\" width=\"960\" height=\"%d\"/>\n", height)
	fmt.Fprintf(&b, "  <text class=\"t h\" x=\"24\" y=\"34\">Where the time of a handshake goes</text>\n")
	fmt.Fprintf(&b, "  <text class=\"s\" x=\"24\" y=\"58\">%s connections opened, accepted and held: %.0f ns of processor time each, both ends together</text>\n", thousands(float64(n)), sum)
	for i, p := range all {
		y := top + row*i
		fmt.Fprintf(&b, "  <text class=\"t e\" x=\"%d\" y=\"%d\">%s</text>\n", left-12, y+19, p.name)
		fmt.Fprintf(&b, "  <rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>\n", p.floor, left, y+4, max(1, p.ns/most*wide), row-10)
		fmt.Fprintf(&b, "  <text class=\"t\" x=\"%.1f\" y=\"%d\">%.0f ns, %.0f %%</text>\n", left+max(1, p.ns/most*wide)+8, y+19, p.ns, 100*p.ns/sum)
	}
	b.WriteString("</svg>\n")
	return b.String()
}
