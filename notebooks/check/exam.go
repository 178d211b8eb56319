package check

import (
	"fmt"
	"reflect"
	"strconv"
	"time"

	"socketbook/sockets"
)

// An exam plays an answer on many seeds, with faults, and makes the run that
// breaks it as small as it can. See "The engine" in doc.go.
type exam struct {
	name    string // of the scenario in replay strings
	variant string // the exercise in variants
	task    string // what is asked, for who has not begun
	doc     string // what happens in a run, in a sentence
	dials   []dial
	apart   [][2]string // dials that do not go together: the second stays calm
	seeds   uint64      // how many are played; 0: trialSeeds

	// stage sets up a run and lets the answer begin.
	stage func(n *sockets.Network, f faults, pulse *pulse) scene

	praise func(seeds int) string
	answer any // a function
	source string
}

// scene is a run: what the answer came to in it, once it is over.
type scene interface {
	verdict() outcome
	program() *sockets.Process // the answer's, for its strace
}

// trialSeeds is how many runs an answer has to get through.
const trialSeeds = 300

// runFor ends a run that does not end by itself, in virtual time.
const runFor = 10 * time.Minute

// run is one run and what came of it.
type run struct {
	seed uint64
	f    faults
	o    outcome
}

// examine plays all seeds, up to the first that breaks the answer.
func (e *exam) examine() outcome { return own(e.variant, e.all()) }

func (e *exam) all() outcome {
	if reflect.ValueOf(e.answer).IsNil() {
		return todo(e.task)
	}
	e.source = e.sourced()
	return watched(func(p *pulse) outcome {
		seeds := e.seeds
		if seeds == 0 {
			seeds = trialSeeds
		}
		for seed := uint64(1); seed <= seeds; seed++ {
			r := e.try(seed, e.plan(seed), p)
			switch r.o.state {
			case open:
				o, _ := still(e.task, Todo)
				return o
			case wrong:
				return e.report(e.shrink(r, p), p)
			}
		}
		return outcome{solved, e.praise(int(seeds))}
	})
}

// sourced is the text of the answer, and of a student's variant: a run of another's
// is another run.
func (e *exam) sourced() string {
	text := sourceOf(e.answer)
	if student != "" && text != "" {
		text += "// " + mineInWords(e.variant) + "\n"
	}
	return text
}

// plan is the faults of a seed, without those that do not go together.
func (e *exam) plan(seed uint64) faults {
	f := plan(e.dials, seed)
	calm := calmly(e.dials)
	for _, p := range e.apart {
		if f[p[0]] != calm[p[0]] {
			f[p[1]] = calm[p[1]]
		}
	}
	return f
}

// try plays one run.
func (e *exam) try(seed uint64, f faults, p *pulse) run {
	p.beats.Add(1)
	o, _ := e.play(seed, f, p)
	return run{seed, f, o}
}

// scenario is the exam as package sockets plays it. last is the scene of its
// latest run.
func (e *exam) scenario(p *pulse, last *scene, net **sockets.Network) sockets.Scenario {
	return sockets.Scenario{Name: e.name, Doc: e.doc, Options: options(e.dials), For: runFor, Source: e.source,
		Build: func(n *sockets.Network, v sockets.Values) {
			*net = n
			*last = e.stage(n, fromValues(e.dials, v), p)
		}}
}

// replay is the run by its name.
func (e *exam) replay(s sockets.Scenario, seed uint64, f faults) (*sockets.Replay, error) {
	r, err := s.Replay(seed)
	for _, d := range e.dials {
		if err == nil {
			err = r.Set(d.name, strconv.Itoa(f[d.name]))
		}
	}
	return r, err
}

// play plays one run and tells what came of it, and what was on the tape of the
// answer's program if the run was recorded.
func (e *exam) play(seed uint64, f faults, p *pulse, with ...sockets.Option) (o outcome, strace string) {
	var s scene
	var n *sockets.Network
	defer func() { // an answer that panics, or that was stopped
		if v := recover(); v != nil {
			o = stopped(v, s)
		}
		if n != nil {
			if tape := n.Tape(); tape != nil && s != nil {
				strace = tape.Strace(s.program())
			}
			end(n)
		}
	}()
	r, err := e.replay(e.scenario(p, &s, &n), seed, f)
	if err == nil {
		_, err = r.Run(with...)
	}
	if err != nil {
		return no("The experiment failed: %v.", err), ""
	}
	return s.verdict(), ""
}

// end closes a network whose programs may panic once more as they are unwound.
func end(n *sockets.Network) {
	for range 3 {
		if func() (ok bool) {
			defer func() { recover() }()
			n.Close()
			return true
		}() {
			return
		}
	}
}

// stopped is what came of a run that ended with a panic.
func stopped(v any, s scene) outcome {
	if spin, is := v.(spinning); is {
		return outcome{wrong, spin.text}
	}
	return no("Your function panicked: %v.", v)
}

// shrink looks for the smallest run that still breaks the answer: fewest faults,
// then the gentlest, then the smallest seed.
func (e *exam) shrink(r run, p *pulse) run {
	left := 80 // runs; each of them takes some milliseconds at most
	better := func(seed uint64, f faults) bool {
		if left--; left < 0 {
			return false
		}
		t := e.try(seed, f, p)
		if t.o.state == wrong {
			r = t
		}
		return t.o.state == wrong
	}
	with := func(name string, v int) faults {
		f := faults{}
		for k, x := range r.f {
			f[k] = x
		}
		f[name] = v
		return f
	}
	for _, d := range e.dials {
		if r.f[d.name] != d.calm {
			better(r.seed, with(d.name, d.calm))
		}
	}
	for _, d := range e.dials {
		for !d.fixed && r.f[d.name] != d.calm {
			half := d.calm + (r.f[d.name]-d.calm)/2
			if half == r.f[d.name] || half == d.calm || !better(r.seed, with(d.name, half)) {
				break
			}
		}
	}
	for seed := uint64(1); seed < r.seed; seed++ {
		if better(seed, r.f) || left < 0 {
			break
		}
	}
	return r
}

// report says what broke, with what, and how to see it again.
func (e *exam) report(r run, p *pulse) outcome {
	if again := e.try(r.seed, r.f, p); again.o != r.o {
		return no("%s But played once more, the same run ended otherwise: %s Does your function keep something outside of itself, or go through a map?", r.o.text, again.o.text)
	}
	text := r.o.text + fmt.Sprintf("\nThe smallest run that shows it has %s.", r.f.words(e.dials))
	if replay, err := e.replay(e.scenario(nil, nil, nil), r.seed, r.f); err == nil {
		text += "\nTo see its calls: check.Replay(" + strconv.Quote(replay.String()) + ", " + calledAs(e.answer) + ")"
	}
	return outcome{wrong, text}
}

// faultsOf is the faults that a replay string names.
func (e *exam) faultsOf(r *sockets.Replay) faults { return fromValues(e.dials, r.Values()) }
