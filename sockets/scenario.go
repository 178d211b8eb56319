package sockets

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Scenario is a run that has a name: a stage with hosts, links and programs,
// built anew from a seed and a few options each time it is played.
//
// The function Build makes hosts, links, crowds and programs ([Host.Spawn]),
// and lets no time pass: the run begins when it returns. Whatever the programs
// remember they must make in Build or later, so that a second run begins as
// the first did.
type Scenario struct {
	// Name is one to 40 lower-case letters, digits and hyphens.
	Name string

	// Doc says in a sentence what happens.
	Doc string

	// Options are the choices of a run, in the order in which a replay string
	// names them.
	Options []ScenarioOption

	// Build sets the stage. What is wrong with it goes to [Network.Err].
	Build func(n *Network, o Values)

	// For ends the run at this instant of virtual time. Zero: it ends when
	// nothing is going to happen any more, as [Network.Run] does.
	For time.Duration

	// Source is the text of a program of the reader's own that Build is made of.
	// Its hash becomes part of every replay string, and a string with another
	// hash is refused: the same name would not be the same run. Scenarios that
	// are part of this package have none.
	Source string

	sourceHash string // names Source in a replay string
}

// ScenarioOption is one choice of a run. [IntOption], [FloatOption],
// [DurationOption] and [ChoiceOption] make one.
type ScenarioOption struct {
	Name string
	Doc  string // with its unit

	kind     optionKind
	def      float64 // all kinds but choices; integers up to 2⁵³ are exact
	min, max float64
	choices  []string // the first is the default
}

type optionKind uint8

const (
	optionInt optionKind = iota
	optionFloat
	optionDuration // in nanoseconds
	optionChoice
)

// exactInt is the largest number up to which every integer is a float64.
const exactInt = 1 << 53

// IntOption is a whole number from min to max, both at most 2⁵³ away from 0.
func IntOption(name string, def, min, max int64, doc string) ScenarioOption {
	return ScenarioOption{Name: name, Doc: doc, kind: optionInt, def: float64(def), min: float64(min), max: float64(max)}
}

// FloatOption is a number from min to max.
func FloatOption(name string, def, min, max float64, doc string) ScenarioOption {
	return ScenarioOption{Name: name, Doc: doc, kind: optionFloat, def: def, min: min, max: max}
}

// DurationOption is a time from min to max, written as in Go: 25us, 1.5ms, 2m.
func DurationOption(name string, def, min, max time.Duration, doc string) ScenarioOption {
	return ScenarioOption{Name: name, Doc: doc, kind: optionDuration, def: float64(def), min: float64(min), max: float64(max)}
}

// ChoiceOption is one of a few words of lower-case letters, digits and
// hyphens. The first is the default.
func ChoiceOption(name, doc string, choices ...string) ScenarioOption {
	return ScenarioOption{Name: name, Doc: doc, kind: optionChoice, max: float64(len(choices) - 1), choices: choices}
}

// Allowed is the option's range in words.
func (o ScenarioOption) Allowed() string {
	if o.kind == optionChoice {
		return strings.Join(o.choices, ", ")
	}
	return o.text(o.min) + " to " + o.text(o.max)
}

// Default is what the option is when nobody says otherwise.
func (o ScenarioOption) Default() string { return o.text(o.def) }

// text is a value as a replay string has it.
func (o ScenarioOption) text(v float64) string {
	switch o.kind {
	case optionInt:
		return strconv.FormatInt(int64(v), 10)
	case optionDuration:
		return strings.Replace(time.Duration(v).String(), "µ", "u", 1)
	case optionChoice:
		return o.choices[int(v)]
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// parse reads a value and checks its range.
func (o ScenarioOption) parse(s string) (v float64, ok bool) {
	var err error
	switch o.kind {
	case optionInt:
		var n int64
		n, err = strconv.ParseInt(s, 10, 64)
		v = float64(n)
		ok = n <= exactInt && n >= -exactInt
	case optionDuration:
		var d time.Duration
		d, err = time.ParseDuration(s)
		v, ok = float64(d), d <= exactInt && d >= -exactInt
	case optionChoice:
		v = float64(slices.Index(o.choices, s))
		ok = true
	default:
		v, err = strconv.ParseFloat(s, 64)
		v += 0 // one zero, not two
		ok = true
	}
	return v, ok && err == nil && v >= o.min && v <= o.max
}

// Values are the options of one run. Asking for one the scenario does not have,
// or as another kind, is a bug of the scenario, and panics.
type Values struct {
	options []ScenarioOption
	values  []float64
}

func (v Values) get(name string, kind optionKind) float64 {
	for i, o := range v.options {
		if o.Name == name && o.kind == kind {
			return v.values[i]
		}
	}
	panic("sockets: the scenario has no such option of this kind: " + name)
}

// Has reports whether the scenario has an option.
func (v Values) Has(name string) bool {
	return slices.ContainsFunc(v.options, func(o ScenarioOption) bool { return o.Name == name })
}

// Int is a whole number.
func (v Values) Int(name string) int { return int(v.get(name, optionInt)) }

// Float is a number.
func (v Values) Float(name string) float64 { return v.get(name, optionFloat) }

// Duration is a time.
func (v Values) Duration(name string) time.Duration {
	return time.Duration(v.get(name, optionDuration))
}

// Choice is a word.
func (v Values) Choice(name string) string {
	k := v.get(name, optionChoice)
	for _, o := range v.options {
		if o.Name == name {
			return o.choices[int(k)]
		}
	}
	return ""
}

// registered are the scenarios of this program, after the built-in ones.
var registered []*Scenario

// Register makes a scenario known by its name, for this program. A name that
// is taken, or a scenario that cannot be, is a *[LimitError].
func Register(s Scenario) error {
	if err := s.validate(); err != nil {
		return err
	}
	if findScenario(s.Name) != nil {
		return &LimitError{"scenario", strconv.Quote(s.Name), "a name that is not registered yet"}
	}
	s = s.hashed()
	registered = append(registered, &s)
	return nil
}

// Scenarios are all scenarios that have a name, the built-in ones first.
func Scenarios() []Scenario {
	var all []Scenario
	for _, s := range scenarios() {
		c := *s
		c.Options = slices.Clone(s.Options)
		all = append(all, c)
	}
	return all
}

func scenarios() []*Scenario { return append(builtin(), registered...) }

func findScenario(name string) *Scenario {
	for _, s := range scenarios() {
		if s.Name == name {
			return s
		}
	}
	return nil
}

const maxName = 40

// isName reports whether s can stand in a replay string.
func isName(s string) bool {
	if s == "" || len(s) > maxName {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// validate reports what is wrong with a scenario.
func (s *Scenario) validate() error {
	const word = "1 to 40 lower-case letters, digits and hyphens"
	switch {
	case !isName(s.Name):
		return &LimitError{"scenario", strconv.Quote(s.Name), word}
	case s.Build == nil:
		return &LimitError{"Build of scenario " + s.Name, "nil", "a function"}
	case s.For < 0 || s.For > maxTime:
		return &LimitError{"For of scenario " + s.Name, s.For, fmt.Sprintf("0 to %v", maxTime)}
	case len(s.Options) > 100:
		return &LimitError{"options of scenario " + s.Name, len(s.Options), "100 at most"}
	}
	names := []string{"seed", "source"} // ours
	for _, o := range s.Options {
		field := "option " + o.Name + " of scenario " + s.Name
		switch {
		case !isName(o.Name) || slices.Contains(names, o.Name):
			return &LimitError{"option of scenario " + s.Name, strconv.Quote(o.Name), word + ", once, and neither seed nor source"}
		case o.kind == optionChoice && (len(o.choices) == 0 || slices.ContainsFunc(o.choices, func(c string) bool { return !isName(c) })):
			return &LimitError{field, o.choices, "one or more words of " + word}
		case !(o.min <= o.def && o.def <= o.max) || (o.kind == optionInt || o.kind == optionDuration) && max(-o.min, o.max) > exactInt:
			return &LimitError{field, o.text(o.def), o.Allowed() + ", and numbers of at most 2^53"}
		}
		names = append(names, o.Name)
	}
	return nil
}

// hashed is the scenario ready to be replayed: options of its own, and the hash of
// its source. FNV-1a of 64 bits is enough against mistakes, which is all it is for;
// a program that links SHA-256 is 50 kB larger in a web page, used or not.
func (s Scenario) hashed() Scenario {
	s.Options = slices.Clone(s.Options)
	if s.Source != "" {
		h := fnv.New64a()
		h.Write([]byte(s.Source))
		s.sourceHash = fmt.Sprintf("%016x", h.Sum64())
	}
	return s
}
