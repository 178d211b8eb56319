package charts

import (
	"fmt"
	"math"

	"socketbook/charts/spec"
)

// maxGrid is how many values of each input a map takes.
const maxGrid = 512

// LimitMap draws which limit binds for every pair of two inputs: a coloured
// region for each limit, with its name and the connections it allows written
// inside. Both axes are logarithmic.
func LimitMap(g LimitGrid) *Chart {
	return build("LimitMap", func() (*Chart, error) {
		m, err := readMap(g)
		if err != nil {
			return nil, err
		}
		var marks []spec.Mark
		if at, ok := g.(Marked); ok {
			if marks, err = m.places(at); err != nil {
				return nil, err
			}
		}
		title, summary := m.say(marks)
		return &Chart{fig: spec.Figure{
			Name: "limit-map", Title: title, Summary: summary, Table: m.table(),
			Plane: &spec.Plane{X: m.axis(m.xLabel, m.xs), Y: m.axis(m.yLabel, m.ys), Regions: m.regions(), Marks: marks},
		}}, nil
	})
}

// limitMap is a grid as it was read.
type limitMap struct {
	xLabel, yLabel string
	xs, ys         []float64
	limits         []string // in order of appearance
	who            [][]int  // by column, then row: a number of limits
	allows         [][]float64
	area           []float64 // share of the map of each limit, 0 to 1
	least, most    []float64 // connections of each limit
}

// readMap reads a grid and adds up what each limit has of it.
func readMap(g LimitGrid) (*limitMap, error) {
	if err := given("the grid", g); err != nil {
		return nil, err
	}
	m := &limitMap{}
	m.xLabel, m.xs = g.X()
	m.yLabel, m.ys = g.Y()
	for _, a := range []struct {
		name, label string
		at          []float64
	}{{"X", m.xLabel, m.xs}, {"Y", m.yLabel, m.ys}} {
		if err := inputValues(a.name, a.label, a.at); err != nil {
			return nil, err
		}
	}
	number := map[string]int{}
	for i := range m.xs {
		m.who, m.allows = append(m.who, nil), append(m.allows, nil)
		for j := range m.ys {
			limit, n := g.At(i, j)
			where := fmt.Sprintf("At(%d, %d)", i, j)
			if err := named(where, "limit", limit); err != nil {
				return nil, err
			}
			if err := value(where, "connections", n, 0, mostValue); err != nil {
				return nil, err
			}
			k, ok := number[limit]
			if !ok {
				if k = len(m.limits); k == maxCurves {
					return nil, fmt.Errorf("%s: limit = %q is the %dth: want at most %d, beyond nobody can tell the colours apart", where, limit, k+1, maxCurves)
				}
				number[limit] = k
				m.limits, m.area = append(m.limits, limit), append(m.area, 0)
				m.least, m.most = append(m.least, n), append(m.most, n)
			}
			m.who[i], m.allows[i] = append(m.who[i], k), append(m.allows[i], n)
			m.area[k] += m.share(m.xs, i) * m.share(m.ys, j)
			m.least[k], m.most[k] = min(m.least[k], n), max(m.most[k], n)
		}
	}
	return m, nil
}

// inputValues checks one side of a grid.
func inputValues(name, label string, at []float64) error {
	if err := named(name, "label", label); err != nil {
		return err
	}
	if len(at) < 2 || len(at) > maxGrid {
		return fmt.Errorf("%s has %s: want 2 to %d", name, plural(int64(len(at)), "value", "values"), maxGrid)
	}
	for i, v := range at {
		if err := value(fmt.Sprintf("%s, value %d", name, i), "it", v, leastValue, mostValue); err != nil {
			return err
		}
		if i > 0 && v <= at[i-1]*(1+1e-12) {
			return fmt.Errorf("%s, value %d: %v after %v: want values in rising order", name, i, v, at[i-1])
		}
	}
	return nil
}

// edges of the cell around value i: halfway to its neighbours, as it is seen.
func (m *limitMap) edges(at []float64, i int) (lo, hi float64) {
	lo, hi = at[i], at[i]
	if i > 0 {
		lo = math.Sqrt(at[i-1]) * math.Sqrt(at[i])
	}
	if i+1 < len(at) {
		hi = math.Sqrt(at[i]) * math.Sqrt(at[i+1])
	}
	return lo, hi
}

// share of an axis that the cell around value i has.
func (m *limitMap) share(at []float64, i int) float64 {
	lo, hi := m.edges(at, i)
	return math.Log(hi/lo) / math.Log(at[len(at)-1]/at[0])
}

// piece is a stretch of one column that one limit has.
type piece struct {
	limit  int
	lo, hi float64
}

// column is its pieces, from the bottom up.
func (m *limitMap) column(i int) []piece {
	var out []piece
	for j, k := range m.who[i] {
		lo, hi := m.edges(m.ys, j)
		if n := len(out); n > 0 && out[n-1].limit == k {
			out[n-1].hi = hi
			continue
		}
		out = append(out, piece{k, lo, hi})
	}
	return out
}

// mapColumns is how many columns are drawn of a finer grid.
const mapColumns = 64

// regions joins the pieces of neighbouring columns. Where both columns have the
// same limits in the same order, their borders run straight from one to the
// other; where they differ, the borders jump halfway.
func (m *limitMap) regions() []spec.Region {
	var out, open []spec.Region
	var before []piece
	step := (len(m.xs)-1)/mapColumns + 1
	last := 0
	for i := range m.xs {
		if i%step != 0 && i != len(m.xs)-1 {
			continue
		}
		now := m.column(i)
		if i == 0 || !alike(before, now) {
			edge := math.Sqrt(m.xs[last]) * math.Sqrt(m.xs[i])
			var ended []spec.Region
			open, ended = jump(open, before, now, edge)
			out = append(out, ended...)
		}
		if i > 0 {
			for j, p := range now {
				open[j].Around = append(open[j].Around, [3]float64{m.xs[i], p.lo, p.hi})
			}
		}
		before, last = now, i
	}
	return m.name(append(out, open...))
}

// jump carries the open regions over a place where the columns differ: a limit
// that both have goes on with a step, others end or begin.
func jump(open []spec.Region, before, now []piece, edge float64) (next, ended []spec.Region) {
	for j, p := range before {
		open[j].Around = append(open[j].Around, [3]float64{edge, p.lo, p.hi})
	}
	taken := make([]bool, len(before))
	for _, p := range now {
		r := spec.Region{Color: p.limit}
		for j, q := range before {
			if !taken[j] && q.limit == p.limit && q.lo < p.hi && p.lo < q.hi {
				r, taken[j] = open[j], true
				break
			}
		}
		r.Around = append(r.Around, [3]float64{edge, p.lo, p.hi})
		next = append(next, r)
	}
	for j := range before {
		if !taken[j] {
			ended = append(ended, open[j])
		}
	}
	return next, ended
}

// alike reports whether two columns have the same limits in the same order.
func alike(a, b []piece) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].limit != b[i].limit {
			return false
		}
	}
	return true
}

// name gives each limit's name to the largest of its regions.
func (m *limitMap) name(rs []spec.Region) []spec.Region {
	for k, limit := range m.limits {
		best, most := -1, 0.0
		for i, r := range rs {
			if a := regionArea(r); r.Color == k && (best < 0 || a > most) {
				best, most = i, a
			}
		}
		if best >= 0 { // a limit may lie between the columns that are drawn
			rs[best].Name = limit
			rs[best].Detail = fromTo(m.least[k], m.most[k])
		}
	}
	return rs
}

// regionArea is its size as it is seen.
func regionArea(r spec.Region) float64 {
	sum := 0.0
	for i := 1; i < len(r.Around); i++ {
		a, b := r.Around[i-1], r.Around[i]
		sum += math.Log(b[0]/a[0]) * (math.Log(a[2]/a[1]) + math.Log(b[2]/b[1])) / 2
	}
	return sum
}

// axis of one input.
func (m *limitMap) axis(label string, at []float64) spec.Axis {
	return spec.Axis{Label: label, LogBase: 10, Min: at[0], Max: at[len(at)-1]}
}

// places are the marks, which must lie on the map.
func (m *limitMap) places(at Marked) ([]spec.Mark, error) {
	marks, err := marks("the grid", at)
	for i, p := range marks {
		if p.X < m.xs[0] || p.X > m.xs[len(m.xs)-1] || p.Y < m.ys[0] || p.Y > m.ys[len(m.ys)-1] {
			return nil, fmt.Errorf("Mark %d (%s): (%v, %v): want a place on the map, %v to %v and %v to %v", i, p.Label, p.X, p.Y,
				m.xs[0], m.xs[len(m.xs)-1], m.ys[0], m.ys[len(m.ys)-1])
		}
	}
	return marks, err
}

// cell is the number of the value whose cell holds v.
func (m *limitMap) cell(at []float64, v float64) int {
	for i := range at {
		if _, hi := m.edges(at, i); v <= hi {
			return i
		}
	}
	return len(at) - 1
}
