package capacity

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Span is the stretch of x that a curve covers. A zero field means the
// chart's own choice.
type Span struct {
	From, To int64 // both included
	Points   int   // evenly spread over a logarithmic axis, 2 to 10,000
	Name     string
	Marks    []Mark // places to point at; they become points of the curve

	// Only is one wall to follow by itself, as if there were no other.
	// Default: the lowest of all.
	Only Resource

	also []int64 // further points: the book's numbers in this span
}

// Mark is a place on a curve with a few words about it.
type Mark struct {
	X     int64
	Label string // default: both numbers
}

func (s Span) withDefaults(from, to int64, name string, also ...int64) Span {
	s.From, s.To = orDefault(s.From, from), orDefault(s.To, to)
	s.Points = orDefault(s.Points, 49)
	s.Name = cmp.Or(s.Name, name)
	for _, x := range also {
		if x > s.From && x < s.To {
			s.also = append(s.also, x)
		}
	}
	return s
}

func (s Span) validate(most int64) error {
	err := check(
		field{"From", s.From, 1, most},
		field{"To", s.To, s.From, most},
		field{"Points", int64(s.Points), 2, 10_000})
	if err != nil {
		return err
	}
	for i, m := range s.Marks {
		if err := check(field{fmt.Sprintf("Marks[%d].X", i), m.X, s.From, s.To}); err != nil {
			return err
		}
	}
	return nil
}

// places is the xs of a span: both ends, the marks, the book's numbers, and
// between them numbers of three digits in even steps of the logarithm, which read well in a table.
func (s Span) places() []int64 {
	xs := append([]int64{s.From, s.To}, s.also...)
	for _, m := range s.Marks {
		xs = append(xs, m.X)
	}
	ratio := float64(s.To) / float64(s.From)
	for i := 1; i < s.Points-1; i++ {
		x := float64(s.From) * math.Pow(ratio, float64(i)/float64(s.Points-1))
		unit := math.Pow(10, math.Floor(math.Log10(x))-2)
		if n := int64(math.Round(math.Round(x/unit) * unit)); n > s.From && n < s.To {
			xs = append(xs, n)
		}
	}
	slices.Sort(xs)
	return slices.Compact(xs)
}

// sweep evaluates the walls over a span and adds both sides of every corner,
// so that a line drawn through the points bends where the binding wall changes.
func sweep(s Span, at func(x int64) ([]level, error)) (Curve, error) {
	if s.Only != "" {
		all := at
		at = func(x int64) ([]level, error) {
			walls, err := all(x)
			walls = slices.DeleteFunc(walls, func(l level) bool { return l.limit != s.Only })
			return walls, err
		}
	}
	c := Curve{name: s.Name}
	for _, x := range s.places() {
		p, err := pointAt(x, at)
		if err != nil {
			return Curve{}, err
		}
		if len(p.walls) == 0 {
			return Curve{}, &InputError{"Only", s.Only, "one of this workload's walls"}
		}
		if n := len(c.points); n > 0 {
			corner, err := corners(c.points[n-1], p, at)
			if err != nil {
				return Curve{}, err
			}
			c.points = append(c.points, corner...)
		}
		c.points = append(c.points, p)
	}
	// A logarithmic axis has no zero: begin where the first connection fits.
	c.points = slices.DeleteFunc(c.points, func(p point) bool { return p.lowest().allows == 0 })
	if len(c.points) == 0 {
		return Curve{}, &InputError{"From to To", fmt.Sprintf("%v to %v", Count(s.From), Count(s.To)),
			"a span where at least one connection fits"}
	}
	for _, m := range s.Marks {
		if _, found := c.find(m.X); found { // else nothing fits there
			c.marks = append(c.marks, m)
		}
	}
	return c, nil
}

func pointAt(x int64, at func(int64) ([]level, error)) (point, error) {
	walls, err := at(x)
	return point{x, walls}, err
}

// corners finds, by bisection, where the binding wall changes between two
// neighbours: the last x of the one and the first of the other.
func corners(a, b point, at func(int64) ([]level, error)) ([]point, error) {
	from, to := a, b
	for from.lowest().limit != to.lowest().limit && to.x-from.x > 1 {
		p, err := pointAt(from.x+(to.x-from.x)/2, at)
		if err != nil {
			return nil, err
		}
		if p.lowest().limit == a.lowest().limit {
			from = p
		} else {
			to = p
		}
	}
	var found []point
	if from.x > a.x {
		found = append(found, from)
	}
	if to.x < b.x {
		found = append(found, to)
	}
	return found, nil
}
