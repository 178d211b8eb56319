package sockets

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"socketbook/sockets/sim"
)

// Replay is one run by its name, as one line of text:
//
//	sockets:v1:bulk?seed=7&bytes=100000&delay=1ms&rate=100000000&queue=1000
//
// The line names a registered [Scenario], the seed, and every option. Pasted
// anywhere it replays the same run: the same tape and the same capture, byte
// for byte, natively, under the race detector and in WASM. [Replay.String] is
// canonical: two runs are the same if and only if their strings are.
// [ParseReplay] also takes options in another order, and defaults for those
// that are missing.
//
// A scenario with a source of its own has that source's hash in the string,
// and refuses a string with another one:
//
//	sockets:v1:my-server?seed=7&source=f9e6e6ef197c2b25
type Replay struct {
	scenario *Scenario
	seed     uint64
	values   []float64
}

// replayPrefix is the kind of string and its version. What v1 means never
// changes; another meaning gets another number.
const (
	replayPrefix = "sockets:v1:"
	maxReplay    = 8192 // bytes; 100 options of the longest kind fit
)

// NewReplay is the run of a registered scenario with a seed and its defaults.
// The error is a *[LimitError].
func NewReplay(scenario string, seed uint64) (*Replay, error) {
	s := findScenario(scenario)
	if s == nil {
		return nil, unknownScenario(scenario)
	}
	return s.replay(seed), nil
}

func (s *Scenario) replay(seed uint64) *Replay {
	r := &Replay{scenario: s, seed: seed}
	for _, o := range s.Options {
		r.values = append(r.values, o.def)
	}
	return r
}

// Replay is the run of a scenario that need not be registered, with a seed and
// its defaults. Its string is for [Scenario.ParseReplay]. The error is a
// *[LimitError].
func (s Scenario) Replay(seed uint64) (*Replay, error) {
	if err := s.validate(); err != nil {
		return nil, err
	}
	s = s.hashed()
	return s.replay(seed), nil
}

// ParseReplay is [ParseReplay] for a scenario that need not be registered, and
// for this one only.
func (s Scenario) ParseReplay(text string) (*Replay, error) {
	r, err := s.Replay(0)
	if err != nil {
		return nil, err
	}
	return parseReplay(text, func(name string) (*Replay, error) {
		if name != s.Name {
			return nil, &LimitError{"scenario", strconv.Quote(name), s.Name}
		}
		return r, nil
	})
}

func unknownScenario(name string) error {
	var known []string
	for _, s := range scenarios() {
		known = append(known, s.Name)
	}
	return &LimitError{"scenario", strconv.Quote(name), strings.Join(known, ", ")}
}

// ParseReplay reads a replay string. It refuses, with a *[LimitError], another
// version, a scenario or an option that is not there, an option that is there
// twice, a value out of its range, and the hash of another source.
func ParseReplay(s string) (*Replay, error) {
	return parseReplay(s, func(name string) (*Replay, error) { return NewReplay(name, 0) })
}

func parseReplay(s string, find func(name string) (*Replay, error)) (*Replay, error) {
	if len(s) > maxReplay {
		return nil, &LimitError{"replay string", fmt.Sprintf("%d bytes long", len(s)), fmt.Sprintf("%d bytes at most", maxReplay)}
	}
	rest, ok := strings.CutPrefix(s, replayPrefix)
	if !ok {
		kind, rest, _ := strings.Cut(s, ":")
		if version, _, ok := strings.Cut(rest, ":"); kind == "sockets" && ok {
			return nil, &LimitError{"version of the replay string", strconv.Quote(version), "v1"}
		}
		return nil, &LimitError{"replay string", strconv.Quote(s), replayPrefix + "SCENARIO?seed=NUMBER&OPTION=VALUE…"}
	}
	name, query, has := strings.Cut(rest, "?")
	r, err := find(name)
	if err != nil {
		return nil, err
	}
	if has && query == "" {
		return nil, &LimitError{"replay string", strconv.Quote(s), "an option after the question mark"}
	}
	seen, source := map[string]bool{}, ""
	for query != "" {
		var part string
		part, query, has = strings.Cut(query, "&")
		key, value, ok := strings.Cut(part, "=")
		switch {
		case !ok || has && query == "":
			return nil, &LimitError{"option", strconv.Quote(part), "NAME=VALUE, joined by &"}
		case seen[key]:
			return nil, &LimitError{"option", strconv.Quote(key), "once"}
		}
		seen[key] = true
		if key == "source" {
			source = value
		} else if err := r.Set(key, value); err != nil {
			return nil, err
		}
	}
	return r, r.sourceError(source)
}

// sourceError compares the hash of a source with the one that is here.
func (r *Replay) sourceError(hash string) error {
	switch want := r.scenario.sourceHash; {
	case hash == want:
		return nil
	case want == "":
		return &LimitError{"source", strconv.Quote(hash), "none: scenario " + r.scenario.Name + " is not made from a source of the reader's"}
	case hash == "":
		return &LimitError{"source", "missing", want + ", the hash of the source of scenario " + r.scenario.Name}
	default:
		return &LimitError{"source", strconv.Quote(hash), want + ": scenario " + r.scenario.Name + " has another source than the one this string was made with"}
	}
}

// Set gives an option, or the seed, another value, written as in a replay
// string. The error is a *[LimitError], and the value stays.
func (r *Replay) Set(option, value string) error {
	if option == "seed" {
		seed, err := strconv.ParseUint(value, 10, 64)
		if err != nil {
			return &LimitError{"seed", strconv.Quote(value), "0 to 18446744073709551615"}
		}
		r.seed = seed
		return nil
	}
	known := []string{"seed"}
	for i, o := range r.scenario.Options {
		if o.Name != option {
			known = append(known, o.Name)
			continue
		}
		v, ok := o.parse(value)
		if !ok {
			return &LimitError{"option " + o.Name + " of scenario " + r.scenario.Name, strconv.Quote(value), o.Allowed()}
		}
		r.values[i] = v
		return nil
	}
	return &LimitError{"option of scenario " + r.scenario.Name, strconv.Quote(option), strings.Join(known, ", ")}
}

// String is the canonical replay string: the seed, every option in the
// scenario's order, and the hash of the source if there is one.
func (r *Replay) String() string {
	var b strings.Builder
	b.WriteString(replayPrefix + r.scenario.Name + "?seed=" + strconv.FormatUint(r.seed, 10))
	for i, o := range r.scenario.Options {
		b.WriteString("&" + o.Name + "=" + o.text(r.values[i]))
	}
	if hash := r.scenario.sourceHash; hash != "" {
		b.WriteString("&source=" + hash)
	}
	return b.String()
}

// Scenario is what is replayed.
func (r *Replay) Scenario() Scenario { return *r.scenario }

// Values are the run's options.
func (r *Replay) Values() Values { return Values{r.scenario.Options, slices.Clone(r.values)} }

// Seed is the run's seed.
func (r *Replay) Seed() uint64 { return r.seed }

// playing is a run under way.
type playing struct {
	net  *Network
	over bool // its time is up
}

// stage sets the stage of the run. With w, what is on the wires is captured
// from the first frame on.
func (r *Replay) stage(w io.Writer, options []Option) (*playing, error) {
	p := &playing{net: NewNetwork(append([]Option{Seed(r.seed)}, options...)...)}
	n := p.net
	if w != nil {
		c, err := n.Capture(w, CaptureOptions{Comment: r.String()})
		if err != nil {
			return nil, err
		}
		c.one = true
	}
	r.scenario.Build(n, r.Values())
	if n.err == nil && n.sim.Fired() > 0 {
		n.fail(&LimitError{"Build of scenario " + r.scenario.Name, "one that lets time pass", "one that only sets the stage; programs that are spawned make the calls"})
	}
	if n.err != nil {
		n.Close()
		return nil, fmt.Errorf("replay %s: %w", r, n.err)
	}
	if r.scenario.For > 0 { // the end is an event like any other
		n.sim.At(sim.Time(r.scenario.For), n.sim.Handle(func(uint64) { p.over = true }), 0)
	}
	return p, nil
}

// ended reports whether the run is over.
func (p *playing) ended() bool { return p.over || p.net.settled() }

// maxReplayEvents bounds a run: one that never ends is told so.
const maxReplayEvents = 50_000_000

// toEnd plays on until the run is over, or says that it never is.
func (p *playing) toEnd(r *Replay) error {
	p.net.runUntil(func() bool { return p.ended() || p.net.sim.Fired() >= maxReplayEvents })
	if !p.ended() {
		p.net.fail(&LimitError{"events of replay " + r.String(), "endless", fmt.Sprintf("%d, or a scenario with For", maxReplayEvents)})
	}
	return p.net.err
}

// Run plays the scenario to its end and returns the network as it is then, to
// be looked at and closed. The options are, for instance, [Record].
func (r *Replay) Run(options ...Option) (*Network, error) {
	return r.run(nil, options)
}

// Pcapng plays the scenario and writes what was on its first link, or on lo if
// it has none: the same bytes for the same string, always. The file's comment
// is the string.
func (r *Replay) Pcapng(w io.Writer) error {
	if w == nil {
		return &LimitError{"writer", "nil", "an io.Writer"}
	}
	first := &firstError{w: w}
	n, err := r.run(first, nil)
	if err != nil {
		return err
	}
	n.Close()
	return first.err
}

func (r *Replay) run(w io.Writer, options []Option) (*Network, error) {
	p, err := r.stage(w, options)
	if err != nil {
		return nil, err
	}
	if err := p.toEnd(r); err != nil {
		p.net.Close()
		return nil, err
	}
	return p.net, nil
}

// firstError keeps the first error of a writer.
type firstError struct {
	w   io.Writer
	err error
}

func (f *firstError) Write(b []byte) (int, error) {
	n, err := f.w.Write(b)
	if f.err == nil {
		f.err = err
	}
	return n, err
}
