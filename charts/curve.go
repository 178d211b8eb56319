package charts

import (
	"fmt"
	"math"
	"strings"

	"socketbook/charts/spec"
)

// curve is an XYer as it was read: checked, with all it says of itself.
type curve struct {
	name    string
	tail    string // said after the name in the picture only
	at      [][2]float64
	marks   []spec.Mark
	binding []string     // one per point, nil when the curve does not say
	around  [][3]float64 // x, P5 and P95 there; nil for a curve that is sure
}

// read checks curves that share a logarithmic plane.
func read(in []XYer) ([]curve, error) {
	if len(in) < 1 || len(in) > maxCurves {
		return nil, fmt.Errorf("%s: want 1 to %d", plural(int64(len(in)), "curve", "curves"), maxCurves)
	}
	out := make([]curve, len(in))
	for i, c := range in {
		name := fmt.Sprintf("curve %d", i)
		at, err := points(name, c, true)
		if err != nil {
			return nil, err
		}
		out[i].at = at
		if n, ok := c.(Named); ok {
			out[i].name = n.Name()
		}
		if out[i].name == "" && len(in) > 1 {
			return nil, fmt.Errorf("%s has no name: with several curves each wants a Name method and a text from it", name)
		}
		if m, ok := c.(Marked); ok {
			if out[i].marks, err = marks(name, m); err != nil {
				return nil, err
			}
		}
		if b, ok := c.(Banded); ok {
			if out[i].around, err = bands(name, at, b); err != nil {
				return nil, err
			}
		}
		if b, ok := c.(Binding); ok {
			for j := range at {
				out[i].binding = append(out[i].binding, b.Binding(j))
			}
		}
	}
	return out, nil
}

// bands reads the uncertainty around each point. Of a long curve it keeps as
// many as are drawn.
func bands(name string, at [][2]float64, b Banded) ([][3]float64, error) {
	var out [][3]float64
	step := len(at)/(drawn/2) + 1
	for i, p := range at {
		lo, hi := b.Band(i)
		where := fmt.Sprintf("%s, Band(%d)", name, i)
		if err := percentiles(where, lo, p[1], hi); err != nil {
			return nil, err
		}
		if i%step == 0 || i == len(at)-1 {
			out = append(out, [3]float64{p[0], lo, hi})
		}
	}
	return out, nil
}

// marks reads what a curve points at.
func marks(name string, m Marked) ([]spec.Mark, error) {
	n := m.Marks()
	if n < 0 || n > 12 {
		return nil, fmt.Errorf("%s: Marks has %d: want 0 to 12", name, n)
	}
	var out []spec.Mark
	for i := range n {
		x, y, label := m.Mark(i)
		if err := point(name+", Mark", i, x, y, true); err != nil {
			return nil, err
		}
		if strings.TrimSpace(label) == "" {
			return nil, fmt.Errorf("%s, mark %d: its label is empty: want a few words", name, i)
		}
		out = append(out, spec.Mark{X: x, Y: y, Label: label})
	}
	return out, nil
}

// yAt reads the curve at x, on a straight line between its neighbours on the
// logarithmic plane: exact wherever y is a power of x. ok is false outside.
func (c curve) yAt(x float64) (y float64, ok bool) {
	if x < c.at[0][0] || x > c.at[len(c.at)-1][0] {
		return 0, false
	}
	for i, p := range c.at {
		switch {
		case p[0] == x:
			return p[1], true
		case p[0] > x:
			q := c.at[i-1]
			f := math.Log(x/q[0]) / math.Log(p[0]/q[0])
			return q[1] * math.Pow(p[1]/q[1], f), true
		}
	}
	return 0, false
}

// xWhere returns the first x at which the curve passes through y.
func (c curve) xWhere(y float64) (x float64, ok bool) {
	for i := 1; i < len(c.at); i++ {
		p, q := c.at[i-1], c.at[i]
		if (p[1]-y)*(q[1]-y) > 0 || p[1] == q[1] {
			continue
		}
		f := math.Log(y/p[1]) / math.Log(q[1]/p[1])
		return p[0] * math.Pow(q[0]/p[0], f), true
	}
	return 0, false
}

// held says y at x: the number itself at a point of the curve, "about" so many
// between two, "" outside.
func (c curve) held(x float64) string {
	for _, p := range c.at {
		if p[0] == x {
			return count(p[1])
		}
	}
	if y, ok := c.yAt(x); ok {
		return "about " + count(round(y, 3))
	}
	return ""
}

// count writes a number of connections: exactly while it is short.
func count(y float64) string {
	if y < 1e7 {
		return comma(int64(down(y)))
	}
	return about(y)
}

// add marks x on the curve, unless the curve itself points there already or
// does not reach so far.
func (c *curve) add(x float64, label string) {
	y, ok := c.yAt(x)
	if !ok {
		return
	}
	for _, m := range c.marks {
		if math.Abs(m.X/x-1) < 0.01 && math.Abs(m.Y/y-1) < 0.01 {
			return
		}
	}
	c.marks = append(c.marks, spec.Mark{X: x, Y: y, Label: label})
}

// stretch is a run of points with one binding limit.
type stretch struct {
	limit    string
	from, to float64 // x
}

// stretches returns who decides where.
func (c curve) stretches() []stretch {
	var out []stretch
	for i, b := range c.binding {
		x := c.at[i][0]
		n := len(out)
		if n > 0 && out[n-1].limit == b {
			out[n-1].to = x
			continue
		}
		if n > 0 {
			x = c.corner(i)[0]
			out[n-1].to = x
		}
		out = append(out, stretch{b, x, c.at[i][0]})
	}
	return out
}

// change says where stretch i begins: exactly where the points on both sides are
// neighbours, else about there.
func (c curve) change(i int) string {
	s := c.stretches()[i]
	for j, b := range c.binding {
		if j > 0 && b == s.limit && c.binding[j-1] != b && c.at[j][0] >= s.from {
			if before := c.at[j-1][0]; c.at[j][0] <= before+1 {
				return comma(int64(before))
			}
			break
		}
	}
	return about(s.from)
}

// corner is where the binding limit changes between points i-1 and i: the
// meeting of the straight lines of both sides on the logarithmic plane, or
// point i where they do not meet in between.
func (c curve) corner(i int) [2]float64 {
	if i < 2 || i+1 >= len(c.at) {
		return c.at[i]
	}
	lg := func(p [2]float64) (x, y float64) { return math.Log(p[0]), math.Log(p[1]) }
	ax, ay := lg(c.at[i-2])
	bx, by := lg(c.at[i-1])
	cx, cy := lg(c.at[i])
	dx, dy := lg(c.at[i+1])
	if ax == bx || cx == dx {
		return c.at[i]
	}
	m, n := (by-ay)/(bx-ax), (dy-cy)/(dx-cx)
	x := (cy - by + m*bx - n*cx) / (m - n)
	if !(x > bx && x < cx) { // also when the lines are parallel: NaN or Inf
		return c.at[i]
	}
	return [2]float64{math.Exp(x), math.Exp(by + m*(x-bx))}
}

// line is what is drawn: thinned, with the corners where the binding limit
// changes, which may lie between two points.
func (c curve) line() [][2]float64 {
	var out [][2]float64
	next := 0
	corner := func(upTo float64) {
		for ; next < len(c.binding) && c.at[next][0] <= upTo; next++ {
			if next > 0 && c.binding[next] != c.binding[next-1] {
				out = append(out, c.corner(next))
			}
		}
	}
	for _, p := range c.thin(drawn) {
		corner(p[0])
		out = append(out, p)
	}
	return out
}

// thin keeps at most n points, spread evenly, with both ends and every point
// at which the binding limit has changed.
func (c curve) thin(n int) [][2]float64 {
	if len(c.at) <= n {
		return c.at
	}
	var out [][2]float64
	step := float64(len(c.at)-1) / float64(n-1)
	next := 0.0
	for i, p := range c.at {
		changed := c.binding != nil && i > 0 && c.binding[i] != c.binding[i-1]
		if float64(i) >= next || changed || i == len(c.at)-1 {
			out = append(out, p)
			for next <= float64(i) {
				next += step
			}
		}
	}
	return out
}
