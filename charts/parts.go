package charts

import (
	"fmt"

	"socketbook/charts/spec"
)

// OneSocket draws the memory of one socket by part: all of it as one bar, and
// below it each part where it lies in that bar. The axis is linear, so that
// lengths are bytes.
func OneSocket(p Parts) *Chart {
	return build("OneSocket", func() (*Chart, error) {
		of, total, err := parts(p)
		if err != nil {
			return nil, err
		}
		whose := nameOf(p, "one socket")
		title, summary := sayParts(of, total, whose)
		return &Chart{fig: spec.Figure{
			Name: "one-socket", Title: title, Summary: summary,
			Rows: partRows(of, total, whose), Table: partTable(of, total),
		}}, nil
	})
}

// parts reads what the whole is made of, in the caller's order.
func parts(p Parts) (of []Part, total float64, err error) {
	if err := given("the parts", p); err != nil {
		return nil, 0, err
	}
	n := p.Len()
	if err := length("Len: the parts", n, maxRows); err != nil {
		return nil, 0, err
	}
	for i := range n {
		name, bytes := p.Part(i)
		where := fmt.Sprintf("part %d", i)
		if err := named(where, "name", name); err != nil {
			return nil, 0, err
		}
		if err := value(where+" ("+name+")", "bytes", bytes, 0, 1e15); err != nil {
			return nil, 0, err
		}
		total += bytes
		of = append(of, Part{name, bytes})
	}
	if total <= 0 {
		return nil, 0, fmt.Errorf("the parts sum up to %v bytes: want more than 0", total)
	}
	return of, total, nil
}

// partRows lays the bar out, and each part below its stretch of it.
func partRows(of []Part, total float64, whose string) *spec.Rows {
	r := &spec.Rows{X: spec.Axis{Label: "memory (bytes)", Max: total}}
	all := spec.Row{Name: whose, Strong: true, Notes: []spec.Note{{Text: number(total) + " B", Color: spec.NoColor}}}
	r.Rows = []spec.Row{all}
	at := 0.0
	for i, p := range of {
		bar := spec.Bar{From: at, To: at + p.Bytes, Color: i % maxCurves}
		row := spec.Row{Name: p.Name, Notes: []spec.Note{
			{Text: number(p.Bytes) + " B, " + percent(p.Bytes/total), Color: i % maxCurves}}}
		if p.Bytes > 0 {
			r.Rows[0].Bars = append(r.Rows[0].Bars, bar)
			row.Bars = []spec.Bar{bar}
		}
		r.Rows = append(r.Rows, row)
		at += p.Bytes
	}
	return r
}

// sayParts states the sum and the greatest part.
func sayParts(of []Part, total float64, whose string) (title, summary string) {
	big, small := of[0], of[0]
	for _, p := range of {
		if p.Bytes > big.Bytes {
			big = p
		}
		if p.Bytes < small.Bytes {
			small = p
		}
	}
	takes := upper(whose) + " takes " + number(total) + " bytes"
	if len(of) == 1 {
		return takes, takes + " of " + of[0].Name + "."
	}
	title = takes + "; " + big.Name + " is " + percent(big.Bytes/total) + " of them"
	summary = takes + " in " + plural(int64(len(of)), "part", "parts") + ". The greatest is " + big.Name + " with " + number(big.Bytes) +
		" bytes, " + percent(big.Bytes/total) + " of the whole; the least is " + small.Name + " with " + number(small.Bytes) + "."
	return title, summary
}

// partTable lists the parts and their sum.
func partTable(of []Part, total float64) spec.Table {
	t := spec.Table{Columns: []string{"Part", "Bytes", "Share"}}
	for _, p := range of {
		t.Rows = append(t.Rows, []string{p.Name, number(p.Bytes), percent(p.Bytes / total)})
	}
	t.Rows = append(t.Rows, []string{"all", number(total), percent(1)})
	return t
}
