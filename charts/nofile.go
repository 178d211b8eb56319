package charts

import (
	"socketbook/charts/spec"
)

// Numbers of the running example: a stock Linux host.
const (
	softNofile = 1024    // RLIMIT_NOFILE soft: include/uapi/linux/fs.h INR_OPEN_CUR
	hardNofile = 4096    // RLIMIT_NOFILE hard: INR_OPEN_MAX
	nrOpen     = 1 << 20 // fs.nr_open: fs/file.c sysctl_nr_open
)

// AgainstNofile draws how many connections one process holds (y) against its
// descriptor limit `ulimit -n` (x, in descriptors). Both axes are logarithmic;
// x has ticks at powers of two, where such limits lie. The default limits of
// Linux (1,024 soft, 4,096 hard, 1,048,576 = fs.nr_open) are marked where the
// first curve reaches them: exactly where they are points of it, else as read
// between its points, and said to be "about" that.
func AgainstNofile(curves ...XYer) *Chart {
	return build("AgainstNofile", func() (*Chart, error) {
		cs, err := read(curves)
		if err != nil {
			return nil, err
		}
		first := &cs[0]
		first.add(softNofile, "1,024 (soft default): "+first.held(softNofile)+" connections")
		first.add(hardNofile, "4,096 (hard default): "+first.held(hardNofile))
		first.add(nrOpen, "1,048,576 (fs.nr_open): "+first.held(nrOpen))
		p := plane(cs,
			spec.Axis{Label: "descriptor limit of the process, ulimit\u00a0-n", Value: "ulimit -n {value}", LogBase: 2},
			spec.Axis{Label: "connections held", LogBase: 10})
		p.Bands = deciders(*first)
		title, summary := sayNofile(cs)
		return &Chart{fig: spec.Figure{
			Name: "against-nofile", Title: title, Summary: summary, Plane: p,
			Table: table(cs, "ulimit -n (descriptors)", "Connections"),
		}}, nil
	})
}

// deciders shades the stretches of x by the limit that decides there.
func deciders(c curve) []spec.Band {
	var out []spec.Band
	for _, s := range c.stretches() {
		out = append(out, spec.Band{From: s.from, To: s.to, Label: "limited by " + s.limit, Quiet: true})
	}
	if len(out) < 2 {
		return nil // one name for the whole picture belongs in the title
	}
	return out
}

// sayNofile states the finding and the summary.
func sayNofile(cs []curve) (title, summary string) {
	c := cs[0]
	a, z := c.at[0], c.at[len(c.at)-1]
	summary = "Connections held by one process against its descriptor limit: " +
		number(a[0]) + " descriptors hold " + count(a[1])
	if held := c.held(softNofile); held != "" {
		title = "With ulimit -n at 1,024 the process holds " + held + " connections"
		summary += ", the default of 1,024 holds " + held
	} else {
		title = "Connections grow with ulimit -n, from " + count(a[1]) + " to " + count(z[1])
	}
	summary += ", " + number(z[0]) + " hold " + count(z[1])
	if s := c.stretches(); len(s) > 1 {
		change := "; beyond " + c.change(1) + " descriptors the limit is " + s[1].limit
		title += change
		summary += change
	}
	return title, summary + "." + sayTrends(cs, " descriptors")
}
