package charts

import (
	"math"

	"socketbook/charts/spec"
)

// Ports one client address has for connections to one server port.
const (
	defaultPorts = 28_232 // net.ipv4.ip_local_port_range 32768–60999
	widePorts    = 64_512 // 1024–65535
	wholeMillion = 1_000_000
)

// TupleSpace draws how many connections to one server port can be told apart
// (y) against the ports each client address has (x): a line for each number of
// client addresses ([Tuples]). Linux's default of 28,232 ports, the widest range
// of 64,512 and a million connections are drawn across. Both axes are
// logarithmic.
func TupleSpace(curves ...XYer) *Chart {
	return build("TupleSpace", func() (*Chart, error) {
		cs, err := read(curves)
		if err != nil {
			return nil, err
		}
		for i := range cs {
			if y, ok := cs[i].yAt(defaultPorts); ok {
				cs[i].add(defaultPorts, count(y))
			}
		}
		p := plane(cs,
			spec.Axis{Label: "ports of each client address", Value: "{value} ports", LogBase: 10},
			spec.Axis{Label: "connections to one server port", LogBase: 10})
		p.Bands = deciders(cs[0])
		p.Lines = tupleLines(p)
		title, summary := sayTuples(cs)
		return &Chart{fig: spec.Figure{
			Name: "tuple-space", Title: title, Summary: summary, Plane: p,
			Table: table(cs, "Ports of each client address", "Connections to one server port"),
		}}, nil
	})
}

// tupleLines are the numbers to look for, where the picture reaches them.
func tupleLines(p *spec.Plane) []spec.Line {
	var out []spec.Line
	for _, l := range []spec.Line{
		{OnX: true, At: defaultPorts, Label: "Linux default: 28,232"},
		{OnX: true, At: widePorts, Label: "at most: 64,512"},
		{At: wholeMillion, Label: "a million"},
	} {
		a := p.Y
		if l.OnX {
			a = p.X
		}
		if l.At > a.Min && l.At < a.Max {
			out = append(out, l)
		}
	}
	return out
}

// sayTuples states what the default range gives, and what a million takes.
func sayTuples(cs []curve) (title, summary string) {
	var at, reach, never []string
	for _, c := range cs {
		who := c.name
		if who == "" {
			who = "one line"
		}
		if y, ok := c.yAt(defaultPorts); ok {
			at = append(at, count(y)+" from "+who)
		}
		if x, ok := c.xWhere(wholeMillion); ok {
			reach = append(reach, who+" at "+comma(int64(math.Ceil(x-1e-6)))+" ports each")
		} else {
			never = append(never, who)
		}
	}
	last := cs[len(cs)-1].at
	title = "Up to " + about(last[len(last)-1][1]) + " connections can be told apart at one server port"
	if at != nil {
		title = "With Linux’s 28,232 ports: " + list(at) + " to one server port"
	}
	summary = title + "."
	if reach != nil {
		summary += " A million is reached by " + list(reach) + "."
	}
	if never != nil && reach != nil {
		summary += " " + upper(list(never)) + " never reach it with the ports shown."
	}
	return title, summary + sayTrends(cs, " ports")
}
