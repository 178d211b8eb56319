package charts

import (
	"fmt"
	"math"

	"socketbook/charts/spec"
)

// AgainstPublished draws what a model predicts for the machines of published results
// beside what was reported: a bar from P5 to P95 with a notch at the median,
// and a diamond at the report. Misses stay in, and say by how much.
func AgainstPublished(r Reports) *Chart {
	return build("AgainstPublished", func() (*Chart, error) {
		cases, err := reports(r)
		if err != nil {
			return nil, err
		}
		what := nameOf(r, "connections")
		title, summary := sayPublished(cases, what)
		return &Chart{fig: spec.Figure{
			Name: "published", Title: title, Summary: summary,
			Rows: publishedRows(cases, what), Table: publishedTable(cases, what),
		}}, nil
	})
}

// reports reads the results, in the caller's order.
func reports(r Reports) ([]Report, error) {
	if err := given("the reports", r); err != nil {
		return nil, err
	}
	n := r.Len()
	if err := length("Len: the reports", n, maxRows); err != nil {
		return nil, err
	}
	var out []Report
	for i := range n {
		var c Report
		c.Who, c.P5, c.P50, c.P95, c.Reported = r.Report(i)
		where := fmt.Sprintf("report %d", i)
		if err := named(where, "source", c.Who); err != nil {
			return nil, err
		}
		where += " (" + c.Who + ")"
		if err := percentiles(where, c.P5, c.P50, c.P95); err != nil {
			return nil, err
		}
		if err := value(where, "reported", c.Reported, leastValue, mostValue); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// inside reports whether the prediction holds the report.
func (r Report) inside() bool { return r.Reported >= r.P5 && r.Reported <= r.P95 }

// off is by which factor the report lies outside of the band: above 1 on
// either side, 1 inside.
func (r Report) off() float64 {
	switch {
	case r.Reported < r.P5:
		return r.P5 / r.Reported
	case r.Reported > r.P95:
		return r.Reported / r.P95
	}
	return 1
}

// verdict says how the report lies to the prediction.
func (r Report) verdict() string {
	switch {
	case r.Reported < r.P5:
		return digits(r.off(), 2) + " times below"
	case r.Reported > r.P95:
		return digits(r.off(), 2) + " times above"
	}
	return "within"
}

// publishedRows lays the results out.
func publishedRows(cases []Report, what string) *spec.Rows {
	r := &spec.Rows{X: spec.Axis{Label: what, LogBase: 10}, Key: []spec.Key{
		{Text: "predicted, P5 to P95", Color: 0}, {Text: "median", Sign: spec.SignMiddle}, {Text: "reported", Sign: spec.SignFound}}}
	lo, hi := math.Inf(1), 0.0
	for _, c := range cases {
		lo, hi = min(lo, c.P5, c.Reported), max(hi, c.P95, c.Reported)
		verdict := spec.Note{Text: c.verdict(), Color: spec.NoColor}
		if !c.inside() {
			verdict.Color = 1
		}
		r.Rows = append(r.Rows, spec.Row{
			Name:  c.Who,
			Bars:  []spec.Bar{{From: c.P5, To: c.P95, Color: 0}},
			Signs: []spec.Sign{{At: c.P50, Kind: spec.SignMiddle}, {At: c.Reported, Kind: spec.SignFound}},
			Notes: []spec.Note{{Text: about(round(c.Reported, 3)), Color: spec.NoColor}, verdict},
		})
	}
	r.X.Min, r.X.Max = lo/1.3, hi*1.3
	return r
}

// sayPublished counts hits, and names the worst miss.
func sayPublished(cases []Report, what string) (title, summary string) {
	hits := 0
	worst := cases[0]
	closest := cases[0]
	for _, c := range cases {
		if c.inside() {
			hits++
		}
		if c.off() > worst.off() {
			worst = c
		}
		if ratio(c) < ratio(closest) {
			closest = c
		}
	}
	n := int64(len(cases))
	title = comma(int64(hits)) + " of " + plural(n, "published result lies", "published results lie") + " within the prediction"
	if hits == len(cases) && n > 1 {
		title = "All " + comma(n) + " published results lie within the prediction"
	}
	if worst.off() > 1 {
		title += "; the worst miss is " + worst.Who + ", " + worst.verdict() + " it"
	}
	summary = "Predicted and reported " + what + " of " + plural(n, "machine", "machines") + ": " + comma(int64(hits)) +
		" of the reports lie between P5 and P95 of the prediction. "
	if worst.off() > 1 {
		summary += worst.Who + " reported " + about(round(worst.Reported, 2)) + ", " + worst.verdict() + " the band " +
			fromTo(worst.P5, worst.P95) + ". "
	}
	summary += "The closest is " + closest.Who + ": " + about(round(closest.Reported, 2)) + " reported, " +
		about(round(closest.P50, 2)) + " predicted in the middle."
	return title, summary
}

// ratio is by which factor the report and the median differ.
func ratio(r Report) float64 { return max(r.Reported/r.P50, r.P50/r.Reported) }

// publishedTable lists the results.
func publishedTable(cases []Report, what string) spec.Table {
	t := spec.Table{Columns: []string{"Source", "P5", "P50", "P95", "Reported", "The report is"}, Note: upper(what) + "."}
	for _, c := range cases {
		verdict := c.verdict()
		if c.inside() {
			verdict += " the prediction"
		} else {
			verdict += " it"
		}
		t.Rows = append(t.Rows, []string{c.Who, number(down(c.P5)), number(down(c.P50)), number(down(c.P95)), number(down(c.Reported)), verdict})
	}
	return t
}
