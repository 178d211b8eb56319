package render

import (
	"math"
	"unicode"

	"socketbook/charts/spec"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

// Sizes of the picture of a descriptor table, in pixels.
const (
	runHeight  = 28   // one line of the list
	moreHeight = 18   // its second line, on narrow pages
	mostRuns   = 14   // lines of the list; the middle of a longer one is left out
	mostCells  = 1024 // squares; of a higher limit a square stands for several
)

// kindColours in order of appearance: the three of birth, the listener, the
// connections, and what else there is.
var kindColours = []string{"$c3", "$c1", "$c0", "$c2", "$c4", "$c5"}

// drawDescriptors draws the table as a list of runs, and below it every number
// up to the limit as a square. Plain shapes at fixed pixels: nothing here
// scales with the page.
func drawDescriptors(d *spec.Descriptors, l layout) (option string, height int, err error) {
	colour := map[string]string{"": "$free"}
	for _, r := range d.Runs {
		if _, ok := colour[r.Kind]; !ok {
			colour[r.Kind] = kindColours[(len(colour)-1)%len(kindColours)]
		}
	}
	shapes, y := list(d, l, colour)
	squares, y := waffle(d, l, colour, y+14)
	c := chart(grid{})
	c.SetGlobalOptions(
		charts.WithXAxisOpts(opts.XAxis{Show: opts.Bool(false)}),
		charts.WithYAxisOpts(opts.YAxis{Show: opts.Bool(false)}),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(false)}),
	)
	option, err = finish(c, tree{"graphic": append(shapes, squares...)})
	return option, int(y) + 8, err
}

func rectangle(x, y, w, h float64, fill string) any {
	return tree{"type": "rect", "silent": true, "shape": tree{"x": x, "y": y, "width": w, "height": h}, "style": tree{"fill": fill}}
}

func text(x, y float64, s, fill string, bold bool) any {
	f := px(textSize) + "px " + font
	if bold {
		f = "bold " + f
	}
	return tree{"type": "text", "silent": true, "x": x, "y": y,
		"style": tree{"text": s, "fill": fill, "font": f, "verticalAlign": "middle"}}
}

// runText is a run's numbers, what it is, and its details.
func runText(r spec.Run) (span, what, detail string) {
	span, detail = itoa(r.From), r.First
	if r.To > r.From {
		span += "–" + itoa(r.To)
		if r.First != r.Last {
			detail += " … " + ending(r.First, r.Last)
		}
	}
	return span, r.What, detail
}

// ending is what of last is new after first, whole numbers and words.
func ending(first, last string) string {
	a, b := []rune(first), []rune(last)
	cut := 0
	for i := 0; i < min(len(a), len(b)) && a[i] == b[i]; i++ {
		if !unicode.IsLetter(a[i]) && !unicode.IsDigit(a[i]) {
			cut = i + 1
		}
	}
	return string(b[cut:])
}

// list writes one line a run.
func list(d *spec.Descriptors, l layout, colour map[string]string) (shapes []any, bottom float64) {
	runs, skip := d.Runs, 0
	if n := len(runs); n > mostRuns {
		skip = n - mostRuns + 1
		runs = append(append([]spec.Run(nil), runs[:mostRuns/2]...), runs[n-mostRuns/2+1:]...)
	}
	column, column2 := 0.0, 0.0
	for _, r := range runs {
		span, what, _ := runText(r)
		column, column2 = max(column, 1.1*width(span, textSize)), max(column2, width(what, textSize))
	}
	at, at2 := 26+column+18, 26+column+18+column2+24
	most := l.within[0]
	y := 16.0
	for i, r := range runs {
		if skip > 0 && i == mostRuns/2 {
			shapes = append(shapes, text(at, y, "… "+comma(skip)+" more runs", "$muted", false))
			y += runHeight
		}
		span, what, detail := runText(r)
		ink := "$ink"
		if r.Kind == "" {
			ink = "$muted"
		}
		shapes = append(shapes, rectangle(4, y-6, 12, 12, colour[r.Kind]),
			text(26, y, span, ink, true), text(at, y, fit(what, most-at-4, textSize), ink, false))
		switch {
		case detail == "":
		case l.narrow:
			y += moreHeight
			shapes = append(shapes, text(at, y, fit(detail, most-at-4, textSize), "$muted", false))
		default:
			shapes = append(shapes, text(at2, y, fit(detail, most-at2-4, textSize), "$muted", false))
		}
		y += runHeight
	}
	return shapes, y - runHeight/2
}

// waffle draws a square for every number, row by row from 0.
func waffle(d *spec.Descriptors, l layout, colour map[string]string, top float64) (shapes []any, bottom float64) {
	total := d.Limit
	if last := d.Runs[len(d.Runs)-1].To + 1; total < last {
		total = last
	}
	per := 1
	for total > per*mostCells {
		per *= 2
	}
	cells := (total + per - 1) / per
	columns, side := 64, 9.0
	switch {
	case cells <= 64 && !l.narrow:
		columns, side = 32, 18
	case cells <= 64:
		columns, side = 16, 18
	case l.narrow:
		columns = 32
	}
	says := "one square is one descriptor, 0 to " + itoa(total-1)
	if per > 1 {
		says = "one square is " + comma(per) + " descriptors, 0 to " + itoa(total-1)
	}
	shapes = append(shapes, text(4, top, says, "$muted", false))
	y0 := top + 14
	fills := fill(d, per, cells)
	rows := (cells + columns - 1) / columns
	for row := range rows {
		for from := row * columns; from < min(cells, (row+1)*columns); {
			to := from
			for to < min(cells, (row+1)*columns) && fills[to] == fills[from] {
				to++
			}
			shapes = append(shapes, rectangle(4+float64(from%columns)*side, y0+float64(row)*side, float64(to-from)*side, side, colour[fills[from]]))
			from = to
		}
	}
	w, h := float64(columns)*side, float64(rows)*side
	return append(shapes, mesh(4, y0, w, h, side)...), y0 + h
}

// fill is the kind of each square: the one most of its numbers are of.
func fill(d *spec.Descriptors, per, cells int) []string {
	out := make([]string, cells)
	best := make([]int, cells)
	for _, r := range d.Runs {
		for c := r.From / per; c <= r.To/per && c < cells; c++ {
			n := min(r.To, (c+1)*per-1) - max(r.From, c*per) + 1
			if n > best[c] {
				best[c], out[c] = n, r.Kind
			}
		}
	}
	return out
}

// mesh separates the squares with two lines that wind through the gaps, in the
// colour of the paper: two shapes instead of a thousand.
func mesh(x, y, w, h, side float64) []any {
	wind := func(long, across float64, at func(a, b float64) []float64) any {
		var pts [][]float64
		for i := 0; float64(i)*side <= long+0.1; i++ {
			a, b := -2.0, across+2
			if i%2 == 1 {
				a, b = b, a
			}
			pts = append(pts, at(float64(i)*side, a), at(float64(i)*side, b))
		}
		return tree{"type": "polyline", "silent": true, "shape": tree{"points": pts},
			"style": tree{"stroke": "$paper", "lineWidth": math.Max(1.5, side/8), "fill": "none"}}
	}
	return []any{
		wind(w, h, func(a, b float64) []float64 { return []float64{x + a, y + b} }),
		wind(h, w, func(a, b float64) []float64 { return []float64{x + b, y + a} }),
	}
}
