package charts

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"socketbook/charts/spec"
)

// Odds draws every limit with its uncertainty: a bar from P5 to P95 of the
// connections it allows, a notch at the median, and the probability that it is
// the one that binds. Limits are in order of their medians, so that what comes
// first, next and next is read from top to bottom.
func Odds(u Uncertain) *Chart {
	return build("Odds", func() (*Chart, error) {
		walls, err := uncertain(u)
		if err != nil {
			return nil, err
		}
		title, summary := sayOdds(walls)
		return &Chart{fig: spec.Figure{
			Name: "odds", Title: title, Summary: summary, Rows: oddsRows(walls), Table: oddsTable(walls),
		}}, nil
	})
}

// uncertain reads the limits, the lowest median first.
func uncertain(u Uncertain) (Walls, error) {
	if err := given("the limits", u); err != nil {
		return nil, err
	}
	n := u.Len()
	if err := length("Len: the limits", n, maxRows); err != nil {
		return nil, err
	}
	var out Walls
	sum := 0.0
	for i := range n {
		var w Wall
		w.Limit, w.P5, w.P50, w.P95, w.Binds = u.Wall(i)
		where := fmt.Sprintf("limit %d", i)
		if err := named(where, "name", w.Limit); err != nil {
			return nil, err
		}
		where += " (" + w.Limit + ")"
		if err := percentiles(where, w.P5, w.P50, w.P95); err != nil {
			return nil, err
		}
		if err := value(where, "probability of binding", w.Binds, 0, 1); err != nil {
			return nil, err
		}
		sum += w.Binds
		out = append(out, w)
	}
	if sum > 1.001 {
		return nil, fmt.Errorf("the probabilities of binding sum up to %.4g: want at most 1, for only one limit binds at a time", sum)
	}
	slices.SortStableFunc(out, func(a, b Wall) int {
		switch {
		case a.P50 < b.P50:
			return -1
		case a.P50 > b.P50:
			return 1
		}
		return 0
	})
	return out, nil
}

// oddsRows lays the limits out; what lies out of sight is an arrow head.
func oddsRows(walls Walls) *spec.Rows {
	r := &spec.Rows{X: spec.Axis{Label: "connections allowed"}, Key: []spec.Key{
		{Text: "P5 to P95", Color: 0}, {Text: "of the first to bind", Color: 1}, {Text: "median", Sign: spec.SignMiddle}}}
	var ends []float64
	for _, w := range walls {
		ends = append(ends, w.P5, w.P95)
	}
	most := reach(&r.X, ends)
	likely := walls.likely()
	arrow := false
	for i, w := range walls {
		row := spec.Row{Name: w.Limit, Strong: i == likely, Notes: []spec.Note{
			{Text: fromTo(w.P5, w.P95), Color: spec.NoColor},
			{Text: "binds in " + percent(w.Binds), Color: spec.NoColor},
		}}
		if walls[likely].Binds == 0 {
			row.Notes = row.Notes[:1]
		}
		colour := 0
		if i == likely {
			colour = 1
			row.Notes[len(row.Notes)-1].Color = 1
		}
		from, to, beyond := clip(w.P5, w.P95, most)
		if from < most {
			row.Bars = []spec.Bar{{From: from, To: to, Color: colour}}
		}
		if w.P50 < most {
			row.Signs = append(row.Signs, spec.Sign{At: w.P50, Kind: spec.SignMiddle})
		}
		if beyond {
			row.Signs, arrow = append(row.Signs, spec.Sign{At: most, Kind: spec.SignBeyond}), true
		}
		r.Rows = append(r.Rows, row)
	}
	if arrow {
		r.Key = append(r.Key, spec.Key{Text: "goes on beyond", Sign: spec.SignBeyond})
	}
	return r
}

// likely is the limit that binds most often.
func (w Walls) likely() int {
	best := 0
	for i := range w {
		if w[i].Binds > w[best].Binds {
			best = i
		}
	}
	return best
}

// sayOdds states what binds, how surely, and at which number.
func sayOdds(walls Walls) (title, summary string) {
	i := walls.likely()
	first := walls[i]
	often := "In " + percent(first.Binds) + " of all draws"
	if first.Binds == 1 {
		often = "In every draw"
	}
	title = often + " the limit is " + first.Limit + ", at " + fromTo(first.P5, first.P95) + " connections"
	if first.Binds == 0 { // nobody has counted: the lowest in the middle
		often = "As far as the medians say"
		title = "The lowest limit is " + first.Limit + ", at " + fromTo(first.P5, first.P95) + " connections"
	}
	summary = often + " the limit that binds is " + first.Limit + "; it allows " +
		about(round(first.P50, 2)) + " connections in the middle and " + fromTo(first.P5, first.P95) + " in nine draws of ten."
	var others, never []string
	for j, w := range walls {
		switch {
		case j == i:
		case first.Binds == 0:
		case w.Binds > 0:
			others = append(others, w.Limit+" in "+percent(w.Binds))
		default:
			never = append(never, w.Limit)
		}
	}
	if len(others) > 0 {
		summary += " Otherwise it is " + list(others) + "."
	}
	if len(never) > 0 {
		summary += " It is never " + strings.Join(never, ", nor ") + "."
	}
	if w, ok := walls.widest(); ok {
		summary += " The least certain is " + w.Limit + ", whose P95 is " + digits(w.P95/w.P5, 2) + " times its P5."
	}
	return title, summary
}

// widest is the least certain limit, if one of them is uncertain at all.
func (w Walls) widest() (Wall, bool) {
	best := slices.MaxFunc(w, func(a, b Wall) int {
		return int(math.Copysign(1, a.P95/a.P5-b.P95/b.P5))
	})
	return best, best.P95 > best.P5*1.01
}

// oddsTable lists the limits.
func oddsTable(walls Walls) spec.Table {
	t := spec.Table{Columns: []string{"Limit", "P5", "P50", "P95", "Binds in"}, Note: "Connections."}
	for _, w := range walls {
		t.Rows = append(t.Rows, []string{w.Limit, number(down(w.P5)), number(down(w.P50)), number(down(w.P95)), percent(w.Binds)})
	}
	return t
}
