package charts

import (
	"slices"

	"socketbook/charts/spec"
)

// order is the limits, the one with the largest part of the map first.
func (m *limitMap) order() []int {
	var out []int
	for k := range m.limits {
		out = append(out, k)
	}
	slices.SortStableFunc(out, func(a, b int) int {
		switch {
		case m.area[a] > m.area[b]:
			return -1
		case m.area[a] < m.area[b]:
			return 1
		}
		return 0
	})
	return out
}

// say states who binds where: at the first mark, over the map, and along its
// middle.
func (m *limitMap) say(marks []spec.Mark) (title, summary string) {
	order := m.order()
	var parts []string
	for _, k := range order {
		parts = append(parts, m.limits[k]+" on "+percent(m.area[k]))
	}
	first := m.limits[order[0]]
	if len(order) == 1 {
		title = "The limit is " + first + " everywhere on the map"
	} else {
		title = "Which limit binds: " + list(parts) + " of the map"
	}
	if len(marks) > 0 {
		i, j := m.cell(m.xs, marks[0].X), m.cell(m.ys, marks[0].Y)
		here := m.limits[m.who[i][j]]
		title = upper(marks[0].Label) + ": the limit is " + here
		if len(order) > 1 {
			title += "; over the whole map " + list(parts)
		}
	}
	lo, hi := slices.Min(m.least), slices.Max(m.most)
	summary = "The limit that binds, for " + m.xLabel + " from " + about(m.xs[0]) + " to " + about(m.xs[len(m.xs)-1]) + " and " +
		m.yLabel + " from " + about(m.ys[0]) + " to " + about(m.ys[len(m.ys)-1]) + ": " + list(parts) + " of the map. " +
		"Connections go from " + about(round(lo, 2)) + " to " + about(round(hi, 2)) + "."
	j := len(m.ys) / 2
	return title, summary + " With " + m.yLabel + " at " + about(round(m.ys[j], 2)) + " the limit is, from left to right, " + m.walk(j) + "."
}

// walk says what binds along a row, from left to right.
func (m *limitMap) walk(j int) string {
	s, changes := "", 0
	for i := range m.xs {
		k := m.who[i][j]
		switch {
		case i == 0:
			s = m.limits[k]
		case k != m.who[i-1][j]:
			if changes++; changes > 3 {
				return s + ", and so on"
			}
			_, edge := m.edges(m.xs, i-1)
			s += " up to about " + about(round(edge, 2)) + ", then " + m.limits[k]
		}
	}
	if changes == 0 {
		s += " throughout"
	}
	return s
}

// table samples the map: some values of each input, the first and the last
// included.
func (m *limitMap) table() spec.Table {
	t := spec.Table{Columns: []string{upper(m.xLabel), upper(m.yLabel), "Binds", "Connections"}}
	cols, rows := sample(len(m.xs), 8), sample(len(m.ys), 6)
	for _, j := range rows {
		for _, i := range cols {
			t.Rows = append(t.Rows, []string{number(m.xs[i]), number(m.ys[j]), m.limits[m.who[i][j]], number(down(m.allows[i][j]))})
		}
	}
	if all := len(m.xs) * len(m.ys); all > len(t.Rows) {
		t.Note = comma(int64(len(t.Rows))) + " of " + comma(int64(all)) + " pairs."
	}
	return t
}

// sample is most of n numbers, spread evenly, the first and the last included.
func sample(n, most int) []int {
	var out []int
	for i := range min(n, most) {
		at := i
		if n > most {
			at = i * (n - 1) / (most - 1)
		}
		out = append(out, at)
	}
	return out
}
