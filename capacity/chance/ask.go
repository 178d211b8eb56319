package chance

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"

	"socketbook/capacity"
)

// Options of a question.
type Options struct {
	Seed  uint64
	Draws int // default 2,000; 100 to 100,000
}

// Result is the answer to a question with uncertain inputs.
type Result struct {
	P5, P50, P95 capacity.Count // connections
	Middle       capacity.Count // with every input at its median, which is not P50
	Binds        []Share        // most likely first
	Effects      []Effect       // of each input, strongest first
	Sorted       []float64      // connections of every draw, for a picture
	Walls        []Band         // each limit by itself, lowest median first
}

// Band is what one limit allows by itself, in connections, and how often it is
// the one that binds.
type Band struct {
	Limit        capacity.Resource
	P5, P50, P95 capacity.Count
	Binds        float64
}

// Share is the probability that a limit is the one that binds.
type Share struct {
	Limit       capacity.Resource
	Probability float64
}

// Effect is what one input does to the answer; see the package's own words
// about the three measures.
type Effect struct {
	Input      string
	FirstOrder float64 // 0 to 1
	Rank       float64 // -1 to 1
	Low, High  capacity.Count

	AtLow, AtHigh float64 // the input itself there: its P5 and P95
}

// Ask draws the inputs, each spread evenly over its distribution (a Latin
// hypercube), and plans for every draw.
func Ask(h capacity.Host, w capacity.Workload, o Options, inputs ...Input) (Result, error) {
	if o.Draws == 0 {
		o.Draws = 2000
	}
	if o.Draws < 100 || o.Draws > 100_000 {
		return Result{}, &capacity.InputError{Field: "Draws", Value: o.Draws, Allowed: "100 to 100000"}
	}
	if len(inputs) == 0 {
		return Result{}, &capacity.InputError{Field: "inputs", Value: 0, Allowed: "at least one"}
	}
	for i, in := range inputs {
		if in.Number.err != nil {
			return Result{}, fmt.Errorf("%s: %w", in.Name, in.Number.err)
		}
		if in.Number.quantile == nil || in.Set == nil {
			return Result{}, &capacity.InputError{Field: fmt.Sprintf("inputs[%d]", i), Value: in.Name, Allowed: "an input with a Number and a Set"}
		}
	}
	points := hypercube(o, len(inputs))
	binds, walls := map[capacity.Resource]int{}, map[capacity.Resource][]float64{}
	y := make([]float64, o.Draws)
	for d := range y {
		v, err := at(h, w, inputs, func(i int) float64 { return points[i][d] })
		if err != nil {
			return Result{}, err
		}
		for _, x := range v.Walls {
			walls[x.Limit] = append(walls[x.Limit], float64(x.Allows))
		}
		b := v.Binding()
		y[d] = float64(b.Allows)
		binds[b.Limit]++
	}
	r := Result{Effects: make([]Effect, len(inputs))}
	if err := r.effects(h, w, inputs, points, y); err != nil {
		return Result{}, err
	}
	r.P5, r.P50, r.P95 = quantiles(y)
	r.Sorted = y
	for _, limit := range capacity.Resources {
		if v := walls[limit]; len(v) > 0 {
			p5, p50, p95 := quantiles(v)
			r.Walls = append(r.Walls, Band{limit, p5, p50, p95, float64(binds[limit]) / float64(o.Draws)})
		}
		if n := binds[limit]; n > 0 {
			r.Binds = append(r.Binds, Share{limit, float64(n) / float64(o.Draws)})
		}
	}
	slices.SortStableFunc(r.Binds, func(a, b Share) int { return cmp.Compare(b.Probability, a.Probability) })
	slices.SortStableFunc(r.Walls, func(a, b Band) int { return cmp.Compare(a.P50, b.P50) })
	return r, nil
}

// quantiles sorts v, and returns its 5th, 50th and 95th percentile.
func quantiles(v []float64) (p5, p50, p95 capacity.Count) {
	slices.Sort(v)
	q := func(p float64) capacity.Count { return capacity.Count(stat.Quantile(p, stat.Empirical, v, nil)) }
	return q(0.05), q(0.5), q(0.95)
}

// hypercube gives each input its probabilities: one in each of as many equal
// parts as there are draws, in an order of its own.
func hypercube(o Options, inputs int) [][]float64 {
	points := make([][]float64, inputs)
	for i := range points {
		chance := rand.New(rand.NewPCG(o.Seed, uint64(i)))
		points[i] = make([]float64, o.Draws)
		for d, part := range chance.Perm(o.Draws) {
			points[i][d] = (float64(part) + chance.Float64()) / float64(o.Draws)
		}
	}
	return points
}

// at plans once, with input i at probability p(i).
func at(h capacity.Host, w capacity.Workload, inputs []Input, p func(i int) float64) (capacity.Verdict, error) {
	for i, in := range inputs {
		if err := in.Set(&h, &w, in.Number.quantile(p(i))); err != nil {
			return capacity.Verdict{}, fmt.Errorf("%s: %w", in.Name, err)
		}
	}
	return capacity.Plan(h, w)
}

// effects fills in the three measures, strongest input first.
func (r *Result) effects(h capacity.Host, w capacity.Workload, inputs []Input, points [][]float64, y []float64) error {
	logs := make([]float64, len(y))
	for d, v := range y {
		logs[d] = math.Log(v + 1)
	}
	middle, err := at(h, w, inputs, func(int) float64 { return 0.5 })
	if err != nil {
		return err
	}
	r.Middle = middle.Connections()
	ranks := rank(y)
	for i, in := range inputs {
		e := Effect{Input: in.Name, FirstOrder: firstOrder(points[i], logs), AtLow: in.Number.quantile(0.05), AtHigh: in.Number.quantile(0.95)}
		if c := stat.Correlation(rank(points[i]), ranks, nil); !math.IsNaN(c) { // NaN: nothing varies
			e.Rank = c
		}
		for _, end := range []struct {
			p  float64
			to *capacity.Count
		}{{0.05, &e.Low}, {0.95, &e.High}} {
			v, err := at(h, w, inputs, func(j int) float64 {
				if j == i {
					return end.p
				}
				return 0.5
			})
			if err != nil {
				return err
			}
			*end.to = v.Connections()
		}
		r.Effects[i] = e
	}
	slices.SortStableFunc(r.Effects, func(a, b Effect) int { return cmp.Compare(b.FirstOrder, a.FirstOrder) })
	return nil
}

// firstOrder estimates Var(E[y|x]) / Var(y) from the draws themselves: they
// are sorted by x and cut into parts, and the means of the parts compared. The
// means vary a little by chance alone; that much is taken off.
//
// Source: Plischke, Borgonovo and Smith, Global sensitivity measures from
// given data, European Journal of Operational Research 226 (2013).
func firstOrder(x, y []float64) float64 {
	n := len(y)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
	mean, variance := stat.PopMeanVariance(y, nil)
	if !(variance > 1e-18) {
		return 0
	}
	parts := int(math.Sqrt(float64(n)) / 2)
	between := 0.0
	for k := range parts {
		from, to := k*n/parts, (k+1)*n/parts
		sum := 0.0
		for _, d := range order[from:to] {
			sum += y[d]
		}
		m := sum / float64(to-from)
		between += float64(to-from) / float64(n) * (m - mean) * (m - mean)
	}
	s := between / variance
	byChance := float64(parts-1) / float64(n) * (1 - s)
	return min(1, max(0, s-byChance))
}

// rank is the place of each value in order; equal ones share the middle of
// theirs.
func rank(v []float64) []float64 {
	order := make([]int, len(v))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(v[a], v[b]) })
	ranks := make([]float64, len(v))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && v[order[j]] == v[order[i]] {
			j++
		}
		for _, d := range order[i:j] {
			ranks[d] = float64(i+j-1) / 2
		}
		i = j
	}
	return ranks
}
