package chance

import (
	"fmt"
	"math"
	"slices"

	"socketbook/capacity"
)

// An answer as pictures: these types have the methods that package charts
// looks for.

// Draws is every draw's answer, in rising order, with who bound.
type Draws struct{ r Result }

// Draws returns the answers of all draws.
func (r Result) Draws() Draws { return Draws{r} }

// Len is the number of draws.
func (d Draws) Len() int { return len(d.r.Sorted) }

// Draw is one of them, in connections.
func (d Draws) Draw(i int) float64 { return d.r.Sorted[i] }

// Shares is the number of limits that bound at least once.
func (d Draws) Shares() int { return len(d.r.Binds) }

// Share is one of these, with its probability.
func (d Draws) Share(i int) (limit string, probability float64) {
	return string(d.r.Binds[i].Limit), d.r.Binds[i].Probability
}

// Tornado is the answer with one input at a time at its P5 and its P95, the
// strongest first.
type Tornado struct{ r Result }

// Tornado returns the swings of all inputs.
func (r Result) Tornado() Tornado { return Tornado{r} }

// Base is the answer with every input at its median, connections.
func (t Tornado) Base() float64 { return float64(t.r.Middle) }

// Len is the number of inputs.
func (t Tornado) Len() int { return len(t.r.Effects) }

// Input is one of them: its P5 and P95 in words, and the answers there.
func (t Tornado) Input(i int) (name, low, high string, atLow, atHigh float64) {
	e := t.r.Effects[i]
	return e.Input, words(e.AtLow), words(e.AtHigh), float64(e.Low), float64(e.High)
}

// words is a number with three digits, without an exponent while that reads
// well.
func words(x float64) string {
	if a := math.Abs(x); a >= 999.5 && a < 1e15 { // what rounds to 1,000, too
		return capacity.Count(math.Round(x)).String()
	}
	return fmt.Sprintf("%.3g", x)
}

// Odds is every limit with what it allows by itself, and how often it binds.
type Odds struct{ r Result }

// Odds returns the limits side by side.
func (r Result) Odds() Odds { return Odds{r} }

// Len is the number of limits.
func (o Odds) Len() int { return len(o.r.Walls) }

// Wall is one of them, lowest median first.
func (o Odds) Wall(i int) (limit string, p5, p50, p95, binds float64) {
	w := o.r.Walls[i]
	return string(w.Limit), float64(w.P5), float64(w.P50), float64(w.P95), w.Binds
}

// Curve is the answer along an axis, with its band.
type Curve struct {
	name string
	xs   []float64
	rs   []Result
}

// Along asks once for every value of an axis, which takes the place of
// whatever the inputs say about it.
func Along(h capacity.Host, w capacity.Workload, o Options, axis capacity.Axis, inputs ...Input) (Curve, error) {
	if axis.Set == nil || len(axis.Values) == 0 || len(axis.Values) > 1000 {
		return Curve{}, &capacity.InputError{Field: "axis", Value: axis.Label, Allowed: "an axis with a Set and 1 to 1000 values"}
	}
	c := Curve{name: axis.Label, xs: slices.Clone(axis.Values)}
	for _, x := range axis.Values {
		here, load := h, w
		axis.Set(&here, &load, x)
		r, err := Ask(here, load, o, inputs...)
		if err != nil {
			return Curve{}, fmt.Errorf("%s %g: %w", axis.Label, x, err)
		}
		c.rs = append(c.rs, r)
	}
	return c, nil
}

// Name is the axis.
func (c Curve) Name() string { return c.name }

// Len is the number of points.
func (c Curve) Len() int { return len(c.xs) }

// XY is a point: the axis' value, and the median of the connections.
func (c Curve) XY(i int) (x, y float64) { return c.xs[i], float64(c.rs[i].P50) }

// Band is the 5th and the 95th percentile there.
func (c Curve) Band(i int) (lo, hi float64) { return float64(c.rs[i].P5), float64(c.rs[i].P95) }

// Binding is the limit that most often binds there.
func (c Curve) Binding(i int) string { return string(c.rs[i].Binds[0].Limit) }
