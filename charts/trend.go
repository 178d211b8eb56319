package charts

import (
	"math"
	"slices"
	"strings"
)

// leg is a stretch of a curve that goes one way on the logarithmic plane.
type leg struct {
	way      int // 1 up, -1 down, 0 flat
	from, to [2]float64
	straight bool // in proportion to x, or to 1/x
}

// legs splits a curve where it turns. A slope below a fiftieth is flat.
func (c curve) legs() []leg {
	var out []leg
	for i := 1; i < len(c.at); i++ {
		p, q := c.at[i-1], c.at[i]
		way, straight := 0, true
		switch slope := math.Log(q[1]/p[1]) / math.Log(q[0]/p[0]); {
		case p[0] == q[0] && p[1] == q[1]:
			continue
		case slope > 0.02:
			way, straight = 1, math.Abs(slope-1) < 0.03
		case slope < -0.02:
			way, straight = -1, math.Abs(slope+1) < 0.03
		}
		if n := len(out); n > 0 && out[n-1].way == way {
			out[n-1].to, out[n-1].straight = q, out[n-1].straight && straight
			continue
		}
		out = append(out, leg{way, p, q, straight})
	}
	return out
}

// trend says how a curve runs: "rises in proportion up to 4,500,000, then stays
// at 4,486,777". A curve that turns more than three times goes up and down.
func (c curve) trend() string {
	legs := c.legs()
	switch {
	case len(legs) == 0:
		return "is one point"
	case len(legs) > 4:
		return "goes up and down"
	}
	s := ""
	for i, l := range legs {
		if i > 0 {
			s += ", then "
		}
		switch l.way {
		case 0:
			s += "stays at about " + about(round(l.from[1], 2))
		case 1:
			s += "rises"
		case -1:
			s += "falls"
		}
		if l.way != 0 && l.straight {
			s += map[int]string{1: " in proportion", -1: " in inverse proportion"}[l.way]
		}
		if i+1 < len(legs) {
			s += " up to " + about(round(l.to[0], 2))
		}
	}
	return s
}

// crossing is a place where two curves swap: from there on, above is higher.
type crossing struct {
	x            float64
	above, below string
}

// crossings finds where curves pass each other, from left to right.
func crossings(cs []curve) []crossing {
	var out []crossing
	for i, a := range cs {
		for _, b := range cs[i+1:] {
			out = append(out, cross(a, b)...)
		}
	}
	slices.SortStableFunc(out, func(a, b crossing) int {
		switch {
		case a.x < b.x:
			return -1
		case a.x > b.x:
			return 1
		}
		return 0
	})
	return out
}

// cross compares two curves at the points of both.
func cross(a, b curve) []crossing {
	var xs []float64
	for _, p := range append(slices.Clone(a.at), b.at...) {
		xs = append(xs, p[0])
	}
	slices.Sort(xs)
	var out []crossing
	lastX, lastD := 0.0, math.NaN()
	for _, x := range slices.Compact(xs) {
		ya, ok1 := a.yAt(x)
		yb, ok2 := b.yAt(x)
		if !ok1 || !ok2 {
			continue
		}
		d := math.Log(ya / yb)
		if d == 0 {
			continue // they touch: it counts when they part
		}
		if d*lastD < 0 {
			at := lastX * math.Pow(x/lastX, lastD/(lastD-d))
			c := crossing{at, a.name, b.name}
			if d < 0 {
				c.above, c.below = b.name, a.name
			}
			out = append(out, c)
		}
		lastX, lastD = x, d
	}
	return out
}

// sayTrends is the part of a summary that is the same for all curves: how each
// runs, and where they pass each other. unit follows a value of x.
func sayTrends(cs []curve, unit string) string {
	s := " The curve " + cs[0].trend() + "."
	if len(cs) > 1 {
		s = " " + each(cs)
	}
	for i, x := range crossings(cs) {
		if i == 2 {
			break
		}
		s += " Beyond about " + about(round(x.x, 2)) + unit + " " + x.above + " is above " + x.below + "."
	}
	if narrow, wide, ok := bandwidth(cs[0]); ok {
		s += " The band from P5 to P95 is a factor of " + digits(wide[2]/wide[1], 2) + " wide"
		if wide[2]/wide[1] > narrow[2]/narrow[1]*1.05 {
			s += " at " + about(round(wide[0], 2)) + unit + ", where it is widest"
		}
		s += "."
	}
	return s
}

// each says how several curves run: in one word where all run alike.
func each(cs []curve) string {
	alike := true
	for _, c := range cs {
		alike = alike && c.trend() == cs[0].trend()
	}
	if alike {
		return "Every curve " + cs[0].trend() + "."
	}
	s := ""
	for _, c := range cs[:min(len(cs), 3)] { // the table has the others
		s += "“" + c.name + "” " + c.trend() + ". "
	}
	return strings.TrimSpace(s)
}

// bandwidth is where the curve is surest, and where it is least sure.
func bandwidth(c curve) (narrow, wide [3]float64, ok bool) {
	for _, a := range c.around {
		if !ok {
			narrow, wide, ok = a, a, true
		}
		if r := a[2] / a[1]; r > wide[2]/wide[1] {
			wide = a
		} else if r < narrow[2]/narrow[1] {
			narrow = a
		}
	}
	return narrow, wide, ok
}
