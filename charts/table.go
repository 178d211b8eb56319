package charts

import (
	"slices"
	"strings"

	"socketbook/charts/spec"
)

// tableRows is how many rows of a table a reader is given at most.
const tableRows = 48

// row is a place on a curve in the table: a point of the data, or a mark.
type row struct {
	x, y float64
	by   string // binding limit
}

// rows are the points of a curve that go into the table: at most n of them,
// spread evenly, and what it holds at the marked places.
func (c curve) rows(n int, marked []float64) []row {
	var out []row
	by := map[float64]string{}
	for i, b := range c.binding {
		by[c.at[i][0]] = b
	}
	for _, p := range c.thin(n) {
		out = append(out, row{p[0], p[1], by[p[0]]})
	}
	for _, x := range marked {
		y, ok := c.yAt(x)
		if ok && !slices.ContainsFunc(out, func(r row) bool { return r.x == x }) {
			out = append(out, row{x, y, c.bindingAt(x)})
		}
	}
	slices.SortStableFunc(out, func(a, b row) int {
		switch {
		case a.x < b.x:
			return -1
		case a.x > b.x:
			return 1
		}
		return 0
	})
	return out
}

// bindingAt is who decides at x, between the points too.
func (c curve) bindingAt(x float64) string {
	for _, s := range c.stretches() {
		if x <= s.to {
			return s.limit
		}
	}
	return ""
}

// table lists the curves: side by side where they share their x, else below
// one another.
func table(curves []curve, x, y string) spec.Table {
	total := 0
	var all [][]row
	var marked []float64
	for _, c := range curves {
		for _, m := range c.marks {
			marked = append(marked, m.X)
		}
	}
	for _, c := range curves {
		total += len(c.at)
		all = append(all, c.rows(tableRows/len(curves), marked))
	}
	t := beside(curves, all, x, y)
	if t.Rows == nil {
		t = below(curves, all, x, y)
	}
	listed := 0
	for _, r := range all {
		listed += len(r)
	}
	if total > listed {
		t.Note = strings.TrimSpace(t.Note + " " + comma(int64(listed)) + " of " + comma(int64(total)) + " points.")
	}
	return t
}

// beside has a column for each curve; it has no rows where the curves differ in
// their x. A single curve is always beside itself.
func beside(curves []curve, all [][]row, x, y string) spec.Table {
	t := spec.Table{Columns: []string{x}}
	for i, c := range curves {
		name := y
		if len(curves) > 1 {
			name, t.Note = c.name, y+"."
		}
		t.Columns = append(t.Columns, name)
		if len(all[i]) != len(all[0]) {
			return spec.Table{}
		}
	}
	bound := len(curves) == 1 && curves[0].binding != nil
	if bound {
		t.Columns = append(t.Columns, "Limited by")
	}
	for j := range all[0] {
		line := []string{number(all[0][j].x)}
		for i := range curves {
			if all[i][j].x != all[0][j].x {
				return spec.Table{}
			}
			line = append(line, number(down(all[i][j].y)))
		}
		if bound {
			line = append(line, all[0][j].by)
		}
		t.Rows = append(t.Rows, line)
	}
	return t
}

// below has the curve's name in every row.
func below(curves []curve, all [][]row, x, y string) spec.Table {
	t := spec.Table{Columns: []string{"Curve", x, y}}
	for i, c := range curves {
		for _, r := range all[i] {
			t.Rows = append(t.Rows, []string{c.name, number(r.x), number(down(r.y))})
		}
	}
	return t
}
