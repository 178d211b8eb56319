package charts

import (
	"fmt"
	"slices"
	"strings"

	"socketbook/charts/spec"
)

// queuesPlane lays several queues over one axis of time: a step line and a
// bound for each, and what each refused.
func queuesPlane(views []queueView) *spec.Plane {
	start, end, top := views[0].at[0][0], 0.0, 1.0
	for _, v := range views {
		most, _ := v.most()
		start, end, top = min(start, v.at[0][0]), max(end, v.end()), max(top, most, float64(v.bound))
	}
	unit, per := timeUnit(end)
	p := &spec.Plane{
		X: spec.Axis{Label: "virtual time (" + unit + ")", Value: "{value} " + unit, Min: start * per, Max: end * per},
		Y: spec.Axis{Label: "entries", Max: nice(top * 1.25), Whole: true},
	}
	if p.X.Max <= p.X.Min {
		p.X.Max = p.X.Min + 1
	}
	bounds := map[int][]string{}
	var order []int
	for i, v := range views {
		p.Curves = append(p.Curves, spec.Curve{Name: v.name, Step: true, At: scaled(v.steps(drawn/len(views)), per, p.X.Max)})
		if v.bound > 0 {
			if bounds[v.bound] == nil {
				order = append(order, v.bound)
			}
			bounds[v.bound] = append(bounds[v.bound], v.name)
		}
		for _, m := range v.crosses(per) {
			m.Curve = i
			p.Marks = append(p.Marks, m)
		}
	}
	for _, b := range order {
		p.Lines = append(p.Lines, spec.Line{At: float64(b), Label: "bound of " + list(bounds[b]) + ": " + comma(int64(b))})
	}
	return p
}

// sayQueues states which queues fill, and what is refused in all.
func sayQueues(views []queueView) (title, summary string) {
	var full, names, each []string
	total := 0
	var drops []string
	for _, v := range views {
		names = append(names, v.name)
		most, when := v.most()
		if v.bound > 0 && most >= float64(v.bound) {
			full = append(full, v.name)
		}
		s := "the " + v.name + " is at most " + comma(int64(most))
		if v.bound > 0 {
			s += " of " + comma(int64(v.bound))
		}
		s += " long, first at " + seconds(when)
		for _, c := range v.counters() {
			total += c.n
			drops = append(drops, c.kind+" "+comma(int64(c.n)))
			s += ", and refuses " + comma(int64(c.n)) + " (" + c.kind + ")"
		}
		each = append(each, s)
	}
	switch len(full) {
	case 0:
		title = "None of these fills: " + list(names)
	case len(views):
		title = "The " + strings.Join(names, " and the ") + " fill"
	default:
		title = "Only the " + list(full) + " of " + comma(int64(len(views))) + " queues fills"
		if len(full) > 1 {
			title = "The " + list(full) + " fill"
		}
	}
	if total > 0 {
		title += "; " + comma(int64(total)) + " are dropped: " + strings.Join(drops, ", ")
	} else {
		title += "; nothing is dropped"
	}
	start, end := views[0].at[0][0], 0.0
	for _, v := range views {
		start, end = min(start, v.at[0][0]), max(end, v.end())
	}
	return title, fmt.Sprintf("Lengths of %s over %s of virtual time: %s.", plural(int64(len(views)), "queue", "queues"), seconds(end-start), strings.Join(each, "; "))
}

// queuesTable lists all samples and refusals in order of time.
func queuesTable(views []queueView) spec.Table {
	type line struct {
		at  float64
		row []string
	}
	var all []line
	for _, v := range views {
		for _, p := range v.at {
			all = append(all, line{p[0], []string{seconds(p[0]), v.name, number(p[1]), ""}})
		}
		for _, d := range v.drops {
			all = append(all, line{d.At.Seconds(), []string{duration(d.At), v.name, "", comma(int64(d.N)) + " " + d.Counter}})
		}
	}
	slices.SortStableFunc(all, func(a, b line) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return 0
	})
	t := spec.Table{Columns: []string{"Virtual time", "Queue", "Entries", "Dropped"}}
	for _, l := range all {
		t.Rows = append(t.Rows, l.row)
	}
	return capRows(t)
}
