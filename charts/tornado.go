package charts

import (
	"fmt"
	"math"
	"slices"

	"socketbook/charts/spec"
)

// swing is an input of a tornado as it was read.
type swing struct {
	name, low, high string
	atLow, atHigh   float64
}

// size is by which factor the input moves the answer.
func (s swing) size() float64 { return max(s.atLow, s.atHigh) / min(s.atLow, s.atHigh) }

// Tornado draws which input moves the answer most: a bar for each, from the
// answer at the input's low value to that at its high value, the longest on
// top, and a line at the answer with all inputs at their middle. The axis is
// logarithmic, so that twice and half as many are bars of one length.
func Tornado(s Sensitivity) *Chart {
	return build("Tornado", func() (*Chart, error) {
		in, base, err := swings(s)
		if err != nil {
			return nil, err
		}
		what := nameOf(s, "connections")
		title, summary := sayTornado(in, base, what)
		return &Chart{fig: spec.Figure{
			Name: "tornado", Title: title, Summary: summary,
			Rows: tornadoRows(in, base, what), Table: tornadoTable(in, what),
		}}, nil
	})
}

// nameOf is what a value calls itself, else a name in its place.
func nameOf(v any, otherwise string) string {
	if n, ok := v.(Named); ok && n.Name() != "" {
		return n.Name()
	}
	return otherwise
}

// swings reads the inputs, the one that moves most first.
func swings(s Sensitivity) (in []swing, base float64, err error) {
	if err := given("the sensitivity", s); err != nil {
		return nil, 0, err
	}
	n := s.Len()
	if err := length("Len: the sensitivity", n, maxRows); err != nil {
		return nil, 0, err
	}
	base = s.Base()
	if err := value("the sensitivity", "Base", base, leastValue, mostValue); err != nil {
		return nil, 0, err
	}
	for i := range n {
		var w swing
		w.name, w.low, w.high, w.atLow, w.atHigh = s.Input(i)
		where := fmt.Sprintf("input %d", i)
		for _, t := range []struct{ what, text string }{{"name", w.name}, {"low value", w.low}, {"high value", w.high}} {
			if err := named(where, t.what, t.text); err != nil {
				return nil, 0, err
			}
		}
		where += " (" + w.name + ")"
		if err := value(where, "answer at its low value", w.atLow, leastValue, mostValue); err != nil {
			return nil, 0, err
		}
		if err := value(where, "answer at its high value", w.atHigh, leastValue, mostValue); err != nil {
			return nil, 0, err
		}
		in = append(in, w)
	}
	slices.SortStableFunc(in, func(a, b swing) int {
		switch x, y := a.size(), b.size(); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	return in, base, nil
}

// tornadoRows lays the bars out. Where both ends lie on one side of the base,
// the two bars lie over each other, the shorter one above.
func tornadoRows(in []swing, base float64, what string) *spec.Rows {
	lo, hi := base, base
	r := &spec.Rows{
		X:     spec.Axis{Label: what, LogBase: 10},
		Key:   []spec.Key{{Text: "input at its low value", Color: 0}, {Text: "at its high value", Color: 1}},
		Lines: []spec.Line{{OnX: true, At: base, Label: "all at their middle: " + about(round(base, 3))}},
	}
	for i, s := range in {
		lo, hi = min(lo, s.atLow, s.atHigh), max(hi, s.atLow, s.atHigh)
		row := spec.Row{Name: s.name, Strong: i == 0 && s.size() > 1, Notes: []spec.Note{
			{Text: s.low + ": " + about(round(s.atLow, 2)), Color: 0},
			{Text: s.high + ": " + about(round(s.atHigh, 2)), Color: 1},
		}}
		low := spec.Bar{From: min(base, s.atLow), To: max(base, s.atLow), Color: 0}
		high := spec.Bar{From: min(base, s.atHigh), To: max(base, s.atHigh), Color: 1}
		row.Bars = []spec.Bar{low, high}
		if (s.atLow-base)*(s.atHigh-base) > 0 && math.Abs(s.atHigh-base) > math.Abs(s.atLow-base) {
			row.Bars = []spec.Bar{high, low}
		}
		r.Rows = append(r.Rows, row)
	}
	r.X.Min, r.X.Max = lo/1.1, hi*1.1
	return r
}

// sayTornado states which input is worth measuring.
func sayTornado(in []swing, base float64, what string) (title, summary string) {
	first := in[0]
	idle := 0
	for _, s := range in {
		if s.size() < 1.01 {
			idle++
		}
	}
	moves := "moves the answer from " + fromToWords(first.atLow, first.atHigh) + " " + what
	title = "Measure " + first.name + " first: it " + moves
	if idle == len(in) {
		title = "No input moves the answer: it stays at " + about(round(base, 3)) + " " + what
	}
	summary = "With every input at its middle the answer is " + about(round(base, 3)) + " " + what + ". "
	if idle == len(in) {
		return title, summary + "None of the " + plural(int64(len(in)), "input", "inputs") + " moves it."
	}
	summary += upper(first.name) + ", from " + first.low + " to " + first.high + ", " + moves + ", by a factor of " + digits(first.size(), 2)
	if len(in) > 1 && in[1].size() >= 1.01 {
		summary += "; next is " + in[1].name + " with a factor of " + digits(in[1].size(), 2)
	}
	summary += "."
	if idle > 0 {
		summary += " " + plural(int64(idle), "input moves", "inputs move") + " it by less than one per cent."
	}
	return title, summary
}

// fromToWords says the two answers in rising order: 1.7 to 5.7 million.
func fromToWords(a, b float64) string {
	return about(round(min(a, b), 2)) + " to " + about(round(max(a, b), 2))
}

// tornadoTable lists the inputs.
func tornadoTable(in []swing, what string) spec.Table {
	t := spec.Table{Columns: []string{"Input", "Low value", upper(what) + " there", "High value", upper(what) + " there", "Factor"}}
	for _, s := range in {
		t.Rows = append(t.Rows, []string{s.name, s.low, number(down(s.atLow)), s.high, number(down(s.atHigh)), digits(s.size(), 3)})
	}
	return t
}
