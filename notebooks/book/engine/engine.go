// Package engine answers the questions that the controls of the HTML book ask:
// how long does the accept queue get with this backlog, how many connections
// does that ulimit allow, where is the packet after forty entries of the tape.
// It is sockets and capacity behind one function from text to text.
//
// The same code runs twice. While the book is made it draws the pictures and
// tables that stand there with scripts off; in the reader's browser, compiled
// to WebAssembly (command wasm beside this file), it draws them anew when a
// control is moved. So the two cannot differ.
//
// In a page every byte has to be carried along. The package therefore writes
// its JSON, HTML and SVG by hand and imports no encoder.
package engine

import (
	"strconv"
	"strings"

	"socketbook/sockets"
)

// Control is an experiment that a reader can change in a page.
type Control struct {
	Name   string // in questions, "backlog"
	Title  string
	Doc    string // what to try, in a sentence
	Inputs []Input
	Player bool // it has a position, to be moved through
	draw   func(v values) (*answer, error)
}

// Input is one knob of a control. Its settings are few, so that a slider with
// a keyboard reaches each of them, and so that each of them makes sense.
type Input struct {
	Name    string
	Label   string
	Unit    string   // behind the setting, may be empty
	Stops   []string // settings, as they are asked and shown
	Default int      // index of the setting at the start
	Choice  bool     // words, to choose from, rather than a scale
}

// Controls are all controls, in the order of the lessons.
func Controls() []Control {
	return []Control{backlogControl, journeyControl, ladderControl, nofileControl, tuplesControl, memoryControl}
}

// Find returns the control of a name.
func Find(name string) (Control, bool) {
	for _, c := range Controls() {
		if c.Name == name {
			return c, true
		}
	}
	return Control{}, false
}

// Question is what the control asks with its inputs at their defaults.
func (c Control) Question() string {
	q := c.Name
	sep := "?"
	for _, in := range c.Inputs {
		q += sep + in.Name + "=" + in.Stops[in.Default]
		sep = "&"
	}
	return q
}

// Drawing is an answer as the page shows it.
type Drawing struct {
	Text   string // the answer in a sentence
	SVG    string // the picture
	Table  string // the numbers, an HTML table
	Replay string // the command that plays the run, or prints the numbers, again
	Len    int    // of a player: entries of the tape
	Pos    int    // and which of them is shown
}

// answer is a Drawing on its way.
type answer = Drawing

// Ask answers a question such as "backlog?clients=50&backlog=5". What is not
// said has its default. The error says what is allowed.
func Ask(question string) (*Drawing, error) {
	name, query, _ := strings.Cut(question, "?")
	c, ok := Find(name)
	if !ok {
		return nil, &sockets.LimitError{Field: "control", Value: strconv.Quote(name), Allowed: controlNames()}
	}
	v := values{}
	for _, in := range c.Inputs {
		v[in.Name] = in.Stops[in.Default]
	}
	for query != "" {
		var part string
		part, query, _ = strings.Cut(query, "&")
		key, value, _ := strings.Cut(part, "=")
		if _, ok := v[key]; !ok && !(c.Player && key == "pos") {
			return nil, &sockets.LimitError{Field: "input of " + name, Value: strconv.Quote(key), Allowed: c.inputNames()}
		}
		v[key] = value
	}
	return c.draw(v)
}

// Answer is [Ask] as JSON: {"text":…,"svg":…,"table":…,"replay":…,"len":…,"pos":…}
// or {"error":…}.
func Answer(question string) string {
	d, err := Ask(question)
	if err != nil {
		return `{"error":` + quote(err.Error()) + `}`
	}
	return `{"text":` + quote(d.Text) + `,"svg":` + quote(d.SVG) + `,"table":` + quote(d.Table) + `,"replay":` + quote(d.Replay) +
		`,"len":` + strconv.Itoa(d.Len) + `,"pos":` + strconv.Itoa(d.Pos) + `}`
}

func controlNames() string {
	var names []string
	for _, c := range Controls() {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

func (c Control) inputNames() string {
	var names []string
	for _, in := range c.Inputs {
		names = append(names, in.Name)
	}
	if c.Player {
		names = append(names, "pos")
	}
	return strings.Join(names, ", ")
}

// values are the settings of a question.
type values map[string]string

// whole reads a setting that is a whole number from min to max.
func (v values) whole(name string, min, max int64) (int64, error) {
	n, err := strconv.ParseInt(strings.ReplaceAll(v[name], ",", ""), 10, 64)
	if err != nil || n < min || n > max {
		return 0, &sockets.LimitError{Field: name, Value: strconv.Quote(v[name]), Allowed: strconv.FormatInt(min, 10) + " to " + strconv.FormatInt(max, 10)}
	}
	return n, nil
}
