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
// Linux (1,024 soft, 4,096 hard, fs.nr_open) are marked where the first curve
// reaches them.
func AgainstNofile(curves ...XYer) *Chart {
	return build("AgainstNofile", func() (*Chart, error) {
		cs, err := read(curves)
		if err != nil {
			return nil, err
		}
		first := &cs[0]
		first.add(softNofile, func(y float64) string { return "1,024 (soft default): " + count(y) + " connections" })
		first.add(hardNofile, func(y float64) string { return "4,096 (hard default): " + count(y) })
		first.add(nrOpen, func(y float64) string { return "1,048,576 (fs.nr_open): " + count(y) })
		p := plane(cs,
			spec.Axis{Label: "descriptor limit of the process, ulimit -n", LogBase: 2},
			spec.Axis{Label: "connections held", LogBase: 10})
		p.Bands = deciders(*first)
		title, summary := sayNofile(*first)
		return &Chart{fig: spec.Figure{
			Name: "against-nofile", Title: title, Summary: summary, Plane: p,
			Table: table(cs, "ulimit -n (descriptors)", "Connections"),
		}}, nil
	})
}

// count is a count of connections: exact while it is short, rounded beyond.
func count(y float64) string {
	if y < 1e7 {
		return comma(int64(y))
	}
	return about(y)
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
func sayNofile(c curve) (title, summary string) {
	a, z := c.at[0], c.at[len(c.at)-1]
	summary = "Connections held by one process against its descriptor limit: " +
		number(a[0]) + " descriptors hold " + count(a[1])
	if y, ok := c.yAt(softNofile); ok {
		title = "With ulimit -n at 1,024 the process holds " + count(y) + " connections"
		summary += ", the default of 1,024 holds " + count(y)
	} else {
		title = "Connections grow with ulimit -n, from " + count(a[1]) + " to " + count(z[1])
	}
	summary += ", " + number(z[0]) + " hold " + count(z[1])
	if s := c.stretches(); len(s) > 1 {
		change := "; beyond " + about(s[1].from) + " descriptors the limit is " + s[1].limit
		title += change
		summary += change
	}
	return title, summary + "."
}
