package charts

import (
	"fmt"
	"slices"
	"strings"

	"socketbook/charts/spec"
)

// maxPaths is how many ways one diagram takes: both ends of a connection.
const maxPaths = 2

// tcpStates are the states of the diagram, by the kernel's names
// (include/net/tcp_states.h), in the order of a connection's life.
var tcpStates = []string{"CLOSED", "LISTEN", "SYN_SENT", "SYN_RECV", "ESTABLISHED",
	"FIN_WAIT1", "FIN_WAIT2", "CLOSE_WAIT", "CLOSING", "LAST_ACK", "TIME_WAIT"}

// otherNames are those of ss, netstat and RFC 9293.
var otherNames = map[string]string{"CLOSE": "CLOSED", "UNCONN": "CLOSED", "ESTAB": "ESTABLISHED", "SYN_RCVD": "SYN_RECV",
	"SYN_RECEIVED": "SYN_RECV", "NEW_SYN_RECV": "SYN_RECV", "FIN_WAIT_1": "FIN_WAIT1", "FIN_WAIT_2": "FIN_WAIT2", "TIMEWAIT": "TIME_WAIT"}

// stateName finds a state by any of its names.
func stateName(s string) (string, bool) {
	n := strings.ReplaceAll(strings.ToUpper(strings.TrimSpace(s)), "-", "_")
	n = strings.TrimPrefix(n, "TCP_")
	if o, ok := otherNames[n]; ok {
		n = o
	}
	return n, slices.Contains(tcpStates, n)
}

// States draws TCP's states and the transitions between them, and over them the
// way that a connection took, or those of both its ends: each step numbered,
// and listed below with its time and its cause.
func States(paths ...StatePath) *Chart {
	return build("States", func() (*Chart, error) {
		if len(paths) < 1 || len(paths) > maxPaths {
			return nil, fmt.Errorf("%s: want 1 to %d", plural(int64(len(paths)), "path", "paths"), maxPaths)
		}
		s := &spec.States{}
		for i, p := range paths {
			way, err := statePath(fmt.Sprintf("path %d", i), p)
			if err != nil {
				return nil, err
			}
			if way.Name == "" && len(paths) > 1 {
				return nil, fmt.Errorf("path %d has no name: with two paths each wants a Name method and a text from it", i)
			}
			s.Paths = append(s.Paths, way)
		}
		title, summary := sayStates(s.Paths)
		return &Chart{fig: spec.Figure{
			Name: "states", Title: title, Summary: summary, States: s, Table: stateTable(s.Paths),
		}}, nil
	})
}

// statePath reads one way.
func statePath(name string, p StatePath) (way spec.StatePath, err error) {
	if err := given(name, p); err != nil {
		return way, err
	}
	n := p.Len()
	if err := length(name+": Len", n, maxStations); err != nil {
		return way, err
	}
	way.Name = nameOf(p, "")
	last := int64(0)
	for i := range n {
		state, at, why := p.Step(i)
		where := fmt.Sprintf("%s, step %d", name, i)
		known, ok := stateName(state)
		switch {
		case !ok:
			return way, fmt.Errorf("%s: state = %q: want one of %s", where, state, strings.Join(tcpStates, ", "))
		case at < 0:
			return way, fmt.Errorf("%s (%s): at = %v: want 0 or later", where, known, at)
		case i > 0 && int64(at) < last:
			return way, fmt.Errorf("%s (%s): at = %v, earlier than the step before: want times in rising order", where, known, at)
		}
		last = int64(at)
		text := duration(at)
		if strings.TrimSpace(why) != "" {
			text += ": " + why
		}
		way.Steps = append(way.Steps, spec.StateStep{State: known, Text: text})
	}
	return way, nil
}

// sayStates states where each way leads.
func sayStates(ways []spec.StatePath) (title, summary string) {
	var ends, all []string
	for _, w := range ways {
		who := w.Name
		if who == "" {
			who = "the connection"
		}
		n := len(w.Steps)
		last := w.Steps[n-1].State
		ends = append(ends, who+" goes from "+w.Steps[0].State+" to "+last+" in "+plural(int64(n-1), "step", "steps"))
		var names []string
		for _, s := range w.Steps {
			names = append(names, s.State)
		}
		all = append(all, upper(who)+" passes "+strings.Join(names, ", ")+".")
	}
	title = upper(strings.Join(ends, "; "))
	if i := firstToClose(ways); i >= 0 && len(ways) > 1 {
		title = upper(ways[i].Name) + " closes first and is left with TIME_WAIT; " + ends[1-i]
	}
	summary = "TCP’s eleven states and the way taken. " + strings.Join(all, " ")
	if i := firstToClose(ways); i >= 0 {
		who := ways[i].Name
		if who == "" {
			who = "this end"
		}
		summary += " TIME_WAIT falls to " + who + ", which closed first."
	}
	return title, summary
}

// firstToClose is the only way through TIME_WAIT, -1 where none or both pass
// it.
func firstToClose(ways []spec.StatePath) int {
	found := -1
	for i, w := range ways {
		if slices.ContainsFunc(w.Steps, func(s spec.StateStep) bool { return s.State == "TIME_WAIT" }) {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// stateTable lists the steps.
func stateTable(ways []spec.StatePath) spec.Table {
	t := spec.Table{Columns: []string{"Whose", "Step", "State", "Reached at, and why"}}
	for _, w := range ways {
		for i, s := range w.Steps {
			t.Rows = append(t.Rows, []string{w.Name, comma(int64(i)), s.State, s.Text})
		}
	}
	return t
}
