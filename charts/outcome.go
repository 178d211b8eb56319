package charts

import (
	"fmt"
	"math"

	"socketbook/charts/spec"
)

// Outcome draws an uncertain answer: for every number of connections the
// probability that at least so many are held. The stretch from P5 to P95 is
// shaded, P5, P50 and P95 are marked.
func Outcome(d Draws) *Chart {
	return build("Outcome", func() (*Chart, error) {
		at, err := draws(d)
		if err != nil {
			return nil, err
		}
		walls, err := shares(d)
		if err != nil {
			return nil, err
		}
		p5, p50, p95 := quantile(at, 0.05), quantile(at, 0.5), quantile(at, 0.95)
		p := &spec.Plane{
			X:      spec.Axis{Label: "connections", Value: "{value} connections", LogBase: 10},
			Y:      spec.Axis{Label: "probability of at least so many (%)", Max: 100},
			Curves: []spec.Curve{{Step: true, At: survival(at)}},
			Bands:  []spec.Band{{From: p5, To: p95}}, // named by the marks on both sides
			Marks: []spec.Mark{{X: p5, Y: 95, Label: "P5: " + about(round(p5, 2))}, {X: p50, Y: 50, Label: "P50: " + about(round(p50, 2))},
				{X: p95, Y: 5, Label: "P95: " + about(round(p95, 2))}},
		}
		p.X.Min, p.X.Max = span(10, false, []float64{at[0] / 1.1, at[len(at)-1] * 1.1})
		if p.X.Max < p.X.Min*3 {
			p.X.Min, p.X.Max = p.X.Min/1.5, p.X.Max*1.5
		}
		if p5 == p95 {
			p.Bands, p.Marks = nil, []spec.Mark{{X: p50, Y: 50, Label: "always " + count(p50)}}
		}
		title, summary := sayOutcome(at, walls)
		return &Chart{fig: spec.Figure{Name: "outcome", Title: title, Summary: summary, Plane: p, Table: outcomeTable(at)}}, nil
	})
}

// draws reads the answers.
func draws(d Draws) ([]float64, error) {
	if err := given("the draws", d); err != nil {
		return nil, err
	}
	n := d.Len()
	if err := length("Len: the draws", n, maxPoints); err != nil {
		return nil, err
	}
	at := make([]float64, n)
	for i := range at {
		at[i] = d.Draw(i)
		where := fmt.Sprintf("draw %d", i)
		if err := value(where, "connections", at[i], leastValue, mostValue); err != nil {
			return nil, err
		}
		if i > 0 && at[i] < at[i-1] {
			return nil, fmt.Errorf("%s: %v after %v: want answers in rising order", where, at[i], at[i-1])
		}
	}
	return at, nil
}

// shares reads what bound the draws, where they know it.
func shares(d Draws) (Walls, error) {
	s, ok := d.(Shares)
	if !ok {
		return nil, nil
	}
	n := s.Shares()
	if n < 0 || n > maxRows {
		return nil, fmt.Errorf("Shares = %d: want 0 to %d", n, maxRows)
	}
	var out Walls
	for i := range n {
		limit, p := s.Share(i)
		where := fmt.Sprintf("share %d", i)
		if err := named(where, "limit", limit); err != nil {
			return nil, err
		}
		if err := value(where+" ("+limit+")", "probability", p, 0, 1); err != nil {
			return nil, err
		}
		out = append(out, Wall{Limit: limit, Binds: p})
	}
	return out, nil
}

// quantile of sorted answers: the least that a share p of them does not exceed.
func quantile(at []float64, p float64) float64 {
	i := int(math.Ceil(p*float64(len(at)))) - 1
	return at[max(0, min(len(at)-1, i))]
}

// survival is the probability, in per cent, of at least x; in at most some hundred
// steps.
func survival(at []float64) [][2]float64 {
	out := [][2]float64{{at[0] / 1.1, 100}}
	n := len(at)
	step := (n-1)/(drawn/5) + 1
	for i := 0; i < n; i += step {
		out = append(out, [2]float64{at[i], 100 * float64(n-i) / float64(n)})
	}
	return append(out, [2]float64{at[n-1], 0}, [2]float64{at[n-1] * 1.1, 0})
}

// sayOutcome states how many are held with which confidence, and what binds.
func sayOutcome(at []float64, walls Walls) (title, summary string) {
	p5, p50, p95 := quantile(at, 0.05), quantile(at, 0.5), quantile(at, 0.95)
	title = "The host holds at least " + about(round(p5, 2)) + " connections with a probability of 95\u00a0%, and " + about(round(p50, 2)) + " as likely as not"
	if p5 == p95 {
		title = "The host holds " + count(p50) + " connections in every draw"
	}
	summary = "Of " + plural(int64(len(at)), "draw", "draws") + " nine in ten lie between " + about(round(p5, 2)) + " and " + about(round(p95, 2)) +
		" connections, the middle is " + about(round(p50, 2)) + ", the least " + about(round(at[0], 2)) + " and the most " + about(round(at[len(at)-1], 2)) + "."
	if len(walls) > 0 {
		i := walls.likely()
		title += "; the limit is " + walls[i].Limit + " in " + percent(walls[i].Binds)
		var parts []string
		for _, w := range walls {
			if w.Binds > 0 {
				parts = append(parts, w.Limit+" in "+percent(w.Binds))
			}
		}
		summary += " The limit that binds is " + list(parts) + "."
	}
	return title, summary
}

// outcomeTable lists percentiles.
func outcomeTable(at []float64) spec.Table {
	t := spec.Table{Columns: []string{"Percentile", "Connections", "Probability of at least so many"}}
	for _, p := range []int{1, 5, 10, 25, 50, 75, 90, 95, 99} {
		t.Rows = append(t.Rows, []string{"P" + comma(int64(p)), number(down(quantile(at, float64(p)/100))), comma(int64(100-p)) + "\u00a0%"})
	}
	return t
}
