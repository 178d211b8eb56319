package charts

import (
	"strings"

	"socketbook/charts/spec"
)

// The running example: what a socket is said to cost, and the number that is
// said to follow. Both are drawn; the picture shows whether they agree.
const (
	cheap, dear = 3_000, 10_000 // bytes per socket, "3–10 KB"
	saidLow     = 1_000_000     // connections, "1–2 million"
	saidHigh    = 2_000_000
	idleServer  = 3829 // bytes: kernel memory of an idle server socket, Linux 6.18 x86-64
)

// AgainstSocketMemory draws how many connections a memory holds (y) against
// the bytes each takes (x). Both axes are logarithmic. The stretch 3–10 KB and
// the stretch 1–2 million are shaded, so that one sees whether they meet. A
// curve's name is its memory, for example "16 GiB".
func AgainstSocketMemory(curves ...XYer) *Chart {
	return build("AgainstSocketMemory", func() (*Chart, error) {
		cs, err := read(curves)
		if err != nil {
			return nil, err
		}
		c := &cs[0]
		for _, m := range []struct {
			x    float64
			what string
		}{{cheap, "3 KB"}, {idleServer, "3,829 B (idle kernel socket)"}, {dear, "10 KB"}} {
			if y, ok := c.yAt(m.x); ok {
				c.add(m.x, m.what+": "+about(y))
			}
		}
		p := plane(cs,
			spec.Axis{Label: "memory per connection (bytes)", Value: "{value} B each", LogBase: 10},
			spec.Axis{Label: "connections held", LogBase: 10})
		p.Bands = deciders(*c)
		said(p, *c)
		title, summary := sayMemory(cs)
		return &Chart{fig: spec.Figure{
			Name: "against-socket-memory", Title: title, Summary: summary, Plane: p,
			Table: table(cs, "Memory per connection (bytes)", "Connections"),
		}}, nil
	})
}

// said shades the two stretches, where the picture reaches them.
func said(p *spec.Plane, c curve) {
	if p.X.Min < dear && p.X.Max > cheap {
		p.Bands = append(p.Bands, spec.Band{From: cheap, To: dear, Label: "3–10 KB each"})
	}
	if p.Y.Min < saidHigh && p.Y.Max > saidLow {
		label := "1–2 million"
		if a, b, ok := means(c); ok {
			label += ": " + kilo(a) + "–" + kilo(b) + " KB each"
		}
		p.Bands = append(p.Bands, spec.Band{OnY: true, From: saidLow, To: saidHigh, Label: label})
	}
}

// means returns the bytes per connection at which the curve holds two million
// and one million.
func means(c curve) (a, b float64, ok bool) {
	a, ok1 := c.xWhere(saidHigh)
	b, ok2 := c.xWhere(saidLow)
	return a, b, ok1 && ok2
}

// sayMemory states the finding and the summary.
func sayMemory(cs []curve) (title, summary string) {
	c := cs[0]
	what := c.name
	if what == "" {
		what = "the memory"
	}
	a, z := c.at[0], c.at[len(c.at)-1]
	summary = "Connections " + what + " holds against bytes per connection: " +
		about(a[1]) + " at " + number(a[0]) + " B, " + about(z[1]) + " at " + number(z[0]) + " B"
	most, ok1 := c.yAt(cheap)
	least, ok2 := c.yAt(dear)
	if !ok1 || !ok2 {
		return upper(what) + " holds " + about(z[1]) + " to " + about(a[1]) + " connections", summary + "." + sayTrends(cs, " B")
	}
	title = upper(what) + " holds " + about(least) + " to " + about(most) + " sockets of 3–10 KB"
	if about(least) == about(most) {
		title = upper(what) + " holds " + about(most) + " sockets of 3 KB and as many of 10 KB"
	}
	summary += ", " + about(most) + " at 3 KB and " + about(least) + " at 10 KB"
	tail := ""
	if s := c.stretches(); len(s) > 1 {
		tail = "; up to " + c.change(1) + " B each the limit is " + s[0].limit
	} else if a, b, ok := means(c); ok {
		tail = "; 1–2 million means " + kilo(a) + "–" + kilo(b) + " KB each"
	}
	return title + tail, summary + tail + "." + sayTrends(cs, " B")
}

// upper starts a sentence. A name such as tcp_mem or fs.nr_open stays as it
// is typed.
func upper(s string) string {
	word, _, _ := strings.Cut(s, " ")
	if strings.ContainsAny(word, "_./") {
		return s
	}
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		return string(s[0]-'a'+'A') + s[1:]
	}
	return s
}
