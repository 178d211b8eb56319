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
		p.Curves = append(p.Curves, spec.Curve{Name: c.name + c.tail, At: whole(c.line()), Around: c.around})
		for _, a := range c.around {
			ys = append(ys, a[1], a[2])
		}
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

// whole rounds the counts of a curve down.
func whole(at [][2]float64) [][2]float64 {
	out := make([][2]float64, len(at))
	for i, p := range at {
		out[i] = [2]float64{p[0], down(p[1])}
	}
	return out
}

// down rounds a count of connections: there is no 0.3 of one. Below ten it is
// kept, for the picture of small curves; a hair below a whole number is that.
func down(y float64) float64 {
	if y < 10 {
		return y
	}
	return math.Floor(y * (1 + 1e-12))
}
