package charts

import (
	"fmt"
	"math"

	"socketbook/charts/spec"
)

// What a report says about the true number.
const (
	measured = "measured"
	atMost   = "at most"
	atLeast  = "at least"
)

// AgainstPublished draws what a model predicts for the machines of published
// results beside what was reported: a bar from P5 to P95 with a notch at the
// median, and a diamond at the report, or an arrow head where the report is a
// bound. Misses stay in, and say by how much. Reports in several units are drawn
// in multiples of the predicted median.
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
	q, qualified := r.(Qualified)
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
		if qualified {
			c.Unit, c.Kind = q.Qualify(i)
		}
		switch c.Kind {
		case "":
			c.Kind = measured
		case measured, atMost, atLeast:
		default:
			return nil, fmt.Errorf("%s: kind = %q: want %q, %q or %q", where, c.Kind, measured, atMost, atLeast)
		}
		out = append(out, c)
	}
	return out, nil
}

// off is by which factor the prediction misses the report: below 1 where the
// report lies below the band, above 1 where it lies above, 1 where they agree.
// A bound agrees with all on its right side. Reports are rounded: half a per
// cent is theirs.
func (r Report) off() float64 {
	switch {
	case r.Reported < 0.995*r.P5 && r.Kind != atLeast:
		return r.Reported / r.P5
	case r.Reported > 1.005*r.P95 && r.Kind != atMost:
		return r.Reported / r.P95
	}
	return 1
}

// miss is how far it is off, in either direction.
func (r Report) miss() float64 { return max(r.off(), 1/r.off()) }

// verdict says how the report lies to the prediction.
func (r Report) verdict() string {
	switch off := r.off(); {
	case off < 1:
		return digits(1/off, 2) + " times below"
	case off > 1:
		return digits(off, 2) + " times above"
	case r.Kind != measured:
		return "agrees"
	}
	return "within"
}

// with writes a value in the report's unit.
func (r Report) with(v float64) string {
	s := about(round(v, 3))
	if r.Unit != "" {
		s += "\u00a0" + r.Unit
	}
	return s
}

// said writes what was reported.
func (r Report) said() string {
	return map[string]string{measured: "", atMost: "≤\u00a0", atLeast: "≥\u00a0"}[r.Kind] + r.with(r.Reported)
}

// mixed reports whether the reports have several units.
func mixed(cases []Report) bool {
	for _, c := range cases {
		if c.Unit != cases[0].Unit {
			return true
		}
	}
	return false
}

// publishedRows lays the results out.
func publishedRows(cases []Report, what string) *spec.Rows {
	r := &spec.Rows{X: spec.Axis{Label: what, LogBase: 10}, Key: []spec.Key{
		{Text: "predicted, P5 to P95", Color: 0}, {Text: "median", Sign: spec.SignMiddle}}}
	if u := cases[0].Unit; u != "" && u != what {
		r.X.Label += " (" + u + ")"
	}
	several := mixed(cases)
	if several {
		r.X.Label = "multiples of the predicted median"
	}
	signs := map[string]string{measured: spec.SignFound, atMost: spec.SignAtMost, atLeast: spec.SignAtLeast}
	lo, hi := math.Inf(1), 0.0
	for _, kind := range []string{measured, atMost, atLeast} {
		for _, c := range cases {
			if c.Kind == kind {
				r.Key = append(r.Key, spec.Key{Text: map[string]string{measured: "reported", atMost: "at most", atLeast: "at least"}[kind], Sign: signs[kind]})
				break
			}
		}
	}
	for _, c := range cases {
		verdict := spec.Note{Text: c.verdict(), Color: spec.NoColor}
		if c.off() != 1 {
			verdict.Color = 1
		}
		per := 1.0
		if several {
			per = c.P50
		}
		lo, hi = min(lo, c.P5/per, c.Reported/per), max(hi, c.P95/per, c.Reported/per)
		r.Rows = append(r.Rows, spec.Row{
			Name:  c.Who,
			Bars:  []spec.Bar{{From: c.P5 / per, To: c.P95 / per, Color: 0}},
			Signs: []spec.Sign{{At: c.P50 / per, Kind: spec.SignMiddle}, {At: c.Reported / per, Kind: signs[c.Kind]}},
			Notes: []spec.Note{{Text: c.said(), Color: spec.NoColor}, verdict},
		})
	}
	r.X.Min, r.X.Max = lo/1.3, hi*1.3
	return r
}

// sayPublished counts hits, and names the worst miss.
func sayPublished(cases []Report, what string) (title, summary string) {
	hits := 0
	worst, closest := cases[0], cases[0]
	for _, c := range cases {
		if c.off() == 1 {
			hits++
		}
		if c.miss() > worst.miss() {
			worst = c
		}
		if c.Kind == measured && (closest.Kind != measured || ratio(c) < ratio(closest)) {
			closest = c
		}
	}
	n := int64(len(cases))
	title = comma(int64(hits)) + " of " + plural(n, "published result agrees", "published results agree") + " with the prediction"
	if hits == len(cases) && n > 1 {
		title = "All " + comma(n) + " published results agree with the prediction"
	}
	if worst.miss() > 1 {
		title += "; the worst miss is " + worst.Who + ", " + worst.verdict() + " it"
	}
	summary = "Predicted and reported " + what + " of " + plural(n, "machine", "machines") + ": " + comma(int64(hits)) +
		" of the reports agree with the band from P5 to P95 of the prediction. "
	if worst.miss() > 1 {
		summary += worst.Who + " reported " + worst.said() + ", " + worst.verdict() + " the band from " +
			worst.with(worst.P5) + " to " + worst.with(worst.P95) + ". "
	}
	return title, summary + "The closest is " + closest.Who + ": " + closest.said() + " reported, " + closest.with(closest.P50) + " predicted in the middle."
}

// ratio is by which factor the report and the median differ.
func ratio(r Report) float64 { return max(r.Reported/r.P50, r.P50/r.Reported) }

// publishedTable lists the results.
func publishedTable(cases []Report, what string) spec.Table {
	t := spec.Table{Columns: []string{"Source", "P5", "P50", "P95", "Reported", "The report"}, Note: upper(what) + "."}
	for _, c := range cases {
		verdict := map[string]string{"agrees": "agrees", "within": "is within the prediction"}[c.verdict()]
		if verdict == "" {
			verdict = "is " + c.verdict() + " it"
		}
		in := func(v float64) string {
			s := number(down(v))
			if c.Unit != "" {
				s += " " + c.Unit
			}
			return s
		}
		said := in(c.Reported)
		if c.Kind != measured {
			said = c.Kind + " " + said
		}
		t.Rows = append(t.Rows, []string{c.Who, in(c.P5), in(c.P50), in(c.P95), said, verdict})
	}
	return t
}
