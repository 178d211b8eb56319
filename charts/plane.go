package charts

import (
	"math"

	"socketbook/charts/spec"
)

// span returns the ends of a logarithmic axis around all values: the data's own
// ends for x, and for y a little room, up to the next tick where that is near.
func span(base float64, room bool, values []float64) (lo, hi float64) {
	lo, hi = math.Inf(1), 0
	for _, v := range values {
		lo, hi = min(lo, v), max(hi, v)
	}
	if room {
		lo, hi = max(lo/2, power(base, lo, math.Floor)), min(hi*2, power(base, hi, math.Ceil))
	}
	if hi < lo*base {
		lo, hi = power(base, lo, math.Floor), power(base, hi, math.Ceil)
	}
	if lo == hi {
		hi *= base
	}
	return lo, hi
}

// power rounds v to a power of base.
func power(base, v float64, to func(float64) float64) float64 {
	e := math.Log(v) / math.Log(base)
	// 1,000 is 10^2.9999999999999996 in floating point: take it for 10^3.
	if r := math.Round(e); math.Abs(e-r) < 1e-9 {
		e = r
	}
	return math.Pow(base, to(e))
}

// plane assembles what all pictures of curves share.
func plane(curves []curve, x, y spec.Axis) *spec.Plane {
	var xs, ys []float64
	p := &spec.Plane{X: x, Y: y}
	for i, c := range curves {
		for _, a := range c.at {
			xs, ys = append(xs, a[0]), append(ys, a[1])
		}
		p.Curves = append(p.Curves, spec.Curve{Name: c.name + c.tail, At: whole(c.line())})
		for _, m := range c.marks {
			xs, ys = append(xs, m.X), append(ys, m.Y)
			m.Curve = i
			p.Marks = append(p.Marks, m)
		}
	}
	p.X.Min, p.X.Max = span(x.LogBase, false, xs)
	p.Y.Min, p.Y.Max = span(y.LogBase, true, ys)
	return p
}

// whole rounds counts of connections down: there is no 0.3 of one.
func whole(at [][2]float64) [][2]float64 {
	out := make([][2]float64, len(at))
	for i, p := range at {
		out[i] = p
		if p[1] >= 10 {
			out[i][1] = math.Floor(p[1])
		}
	}
	return out
}

// tableRows is how many rows of a table a reader is given at most.
const tableRows = 48

// table lists the curves, one row a point. Long curves are thinned, and say so.
func table(curves []curve, x, y string) spec.Table {
	t := spec.Table{Columns: []string{x, y}}
	named, bound := false, false
	for _, c := range curves {
		named = named || len(curves) > 1
		bound = bound || c.binding != nil
	}
	if named {
		t.Columns = append([]string{"Curve"}, t.Columns...)
	}
	if bound {
		t.Columns = append(t.Columns, "Decided by")
	}
	total := 0
	for _, c := range curves {
		total += len(c.at)
		by := map[float64]string{}
		for i, b := range c.binding {
			by[c.at[i][0]] = b
		}
		for _, p := range whole(c.thin(tableRows / len(curves))) {
			row := []string{number(p[0]), number(p[1])}
			if named {
				row = append([]string{c.name}, row...)
			}
			if bound {
				row = append(row, by[p[0]])
			}
			t.Rows = append(t.Rows, row)
		}
	}
	if total > len(t.Rows) {
		t.Note = comma(int64(len(t.Rows))) + " of " + comma(int64(total)) + " points."
	}
	return t
}
