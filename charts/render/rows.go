package render

import (
	"socketbook/charts/spec"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

// Sizes of a picture of rows, in pixels.
const (
	barHeight = 16
	keyHeight = 24
	nameWidth = 190 // of the column of names on wide pages
	noteWidth = 200 // of the column of notes
)

// rowsView is where things stand. On wide pages the names are on the left of
// the bars and the notes on the right; on narrow ones both are above the bar,
// which then has the whole width.
type rowsView struct {
	*spec.Rows
	layout
	g      grid
	names  []string
	tops   []float64 // of each row, from the top of the plot
	bars   []float64 // the middle of each row's bar, the same way
	height float64   // of the plot
}

// drawRows draws rows along an axis of values.
func drawRows(r *spec.Rows, l layout) (option string, height int, err error) {
	v := arrange(r, l)
	height = int(v.g.top + v.height + v.g.bottom)
	c := chart(v.g)
	c.SetGlobalOptions(
		charts.WithXAxisOpts(opts.XAxis{Name: r.X.Label, NameLocation: "middle", NameGap: 32, Type: kind(r.X), Min: r.X.Min, Max: r.X.Max}),
		charts.WithYAxisOpts(opts.YAxis{Type: "value", Inverse: opts.Bool(true), Min: 0, Max: v.height, Show: opts.Bool(false)}),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(false)}),
	)
	var series []tree
	for colour := range seriesColors {
		at := v.strokes(colour)
		if at == nil {
			continue
		}
		// Thick lines rather than bars: a bar cannot start in mid-air on a
		// logarithmic axis.
		c.AddSeries("bars"+itoa(colour), at, charts.WithLineStyleOpts(opts.LineStyle{Color: "$c" + itoa(colour), Width: barHeight}))
		series = append(series, still(tree{"showSymbol": false, "symbol": "none", "z": 3, "lineStyle": tree{"cap": "butt"}}))
	}
	if len(series) == 0 {
		c.AddSeries("bars", nil)
		series = append(series, tree{})
	}
	series[0]["markLine"] = v.uprights()
	c.Overlap(points("signs", v.signs()), points("texts", v.texts()))
	series = append(series, still(tree{"z": 5}), still(tree{"z": 6}))
	option, err = finish(c, tree{
		"series":  series,
		"xAxis":   []tree{lay2(axis(r.X, spaced(r.X, l, v.g), true), tree{"splitLine": tree{"show": true}})},
		"graphic": v.key(),
	})
	return option, height, err
}

// still is a series that does not answer to the mouse.
func still(extra tree) tree {
	extra["silent"], extra["emphasis"] = true, tree{"disabled": true}
	return extra
}

// arrange finds the place of each row.
func arrange(r *spec.Rows, l layout) *rowsView {
	v := &rowsView{Rows: r, layout: l, g: grid{left: 14, right: 22, top: 8, bottom: 58}}
	v.g.top += float64(len(v.keyLines())) * keyHeight
	if len(r.Lines) > 0 {
		v.g.top += lineHeight + 2
	}
	names, notes := 0.0, 0.0
	for _, row := range r.Rows {
		most := float64(nameWidth)
		if l.narrow {
			most = l.within[0] - 14
		}
		n := wrap(row.Name, most, textSize)
		w, _ := box(n, textSize)
		names = max(names, w*1.04) // the strong one is bold
		for _, t := range row.Notes {
			notes = max(notes, width(t.Text, textSize)*1.04)
		}
		v.names = append(v.names, n)
	}
	if !l.narrow {
		v.g.left, v.g.right = names+24, min(notes, noteWidth)+24
	}
	at := spaced(r.X, l, v.g)
	last := at[len(at)-1]
	for _, w := range l.within {
		// The last tick must not be cut off at the edge.
		v.g.right = max(v.g.right, width(tick(last), textSize)/2+6-(1-share(r.X, last))*(w-v.g.left-v.g.right))
	}
	y := 4.0
	for i, row := range r.Rows {
		_, h := box(v.names[i], textSize)
		v.tops = append(v.tops, y)
		if l.narrow {
			h += float64(len(v.noteLines(row))) * lineHeight
			v.bars = append(v.bars, y+h+3+barHeight/2)
			y += h + barHeight + 16
			continue
		}
		h = max(h, float64(len(row.Notes))*lineHeight, barHeight+8)
		v.bars = append(v.bars, y+h/2)
		y += h + 9
	}
	v.height = y
	return v
}

// noteLines joins the notes of a narrow row while they fit on one line.
func (v *rowsView) noteLines(row spec.Row) [][]spec.Note {
	var out [][]spec.Note
	used := 0.0
	for _, n := range row.Notes {
		w := width(n.Text, textSize) + 14
		if len(out) == 0 || used+w > v.within[0]-14 {
			out, used = append(out, nil), 0
		}
		out[len(out)-1], used = append(out[len(out)-1], n), used+w
	}
	return out
}

// strokes are the bars of a colour, one after another with gaps.
func (v *rowsView) strokes(colour int) []opts.LineData {
	var out []opts.LineData
	for i, row := range v.Rows.Rows {
		for _, b := range row.Bars {
			if b.Color%seriesColors != colour {
				continue
			}
			if out != nil {
				out = append(out, opts.LineData{Value: []any{"-", "-"}})
			}
			out = append(out, opts.LineData{Value: []any{b.From, v.bars[i]}}, opts.LineData{Value: []any{b.To, v.bars[i]}})
		}
	}
	return out
}

// uprights are the dashed values of x.
func (v *rowsView) uprights() tree {
	if len(v.Lines) == 0 {
		return nil
	}
	var data []any
	for _, l := range v.Lines {
		data = append(data, tree{"xAxis": l.At})
	}
	return tree{"silent": true, "symbol": "none", "label": tree{"show": false}, "data": data,
		"lineStyle": tree{"color": "$ink", "type": "dashed", "width": 1.5}}
}

// look is the shape of a sign.
func look(kind string) tree {
	switch kind {
	case spec.SignMiddle:
		return tree{"symbol": "rect", "symbolSize": []any{4, barHeight + 8}, "itemStyle": tree{"color": "$ink", "borderColor": "$paper", "borderWidth": 1, "opacity": 1}}
	case spec.SignAtMost, spec.SignAtLeast:
		return tree{"symbol": "triangle", "symbolRotate": map[string]int{spec.SignAtMost: 90, spec.SignAtLeast: -90}[kind], "symbolSize": []any{15, 14},
			"itemStyle": tree{"color": "$c1", "borderColor": "$paper", "borderWidth": 1.5, "opacity": 1}}
	case spec.SignBeyond:
		return tree{"symbol": "triangle", "symbolRotate": -90, "symbolSize": []any{12, 10}, "itemStyle": tree{"color": "$muted", "opacity": 1}}
	}
	return tree{"symbol": "diamond", "symbolSize": 15, "itemStyle": tree{"color": "$c1", "borderColor": "$paper", "borderWidth": 1.5, "opacity": 1}}
}

// signs are the values marked on and beside the bars.
func (v *rowsView) signs() []tree {
	var out []tree
	for i, row := range v.Rows.Rows {
		for _, s := range row.Signs {
			out = append(out, lay2(look(s.Kind), tree{"value": []any{s.At, v.bars[i]}}))
		}
	}
	return out
}

// ink is a colour of text.
func ink(colour int) string {
	if colour < 0 {
		return "$ink"
	}
	return "$c" + itoa(colour%seriesColors)
}

// texts are the names, the notes, and what the dashed lines are.
func (v *rowsView) texts() []tree {
	var all []placed
	put := func(text, colour string, bold bool, x, y, dx float64, align string) {
		all = append(all, placed{label{colour: colour, bold: bold}, spot{text: text, x: x, y: y, dx: dx, align: align}})
	}
	left, right := v.X.Min, v.X.Max
	for i, row := range v.Rows.Rows {
		_, h := box(v.names[i], textSize)
		if v.narrow {
			y := v.tops[i] + h/2
			put(v.names[i], "$ink", row.Strong, left, y, 4-v.g.left, "left")
			for k, line := range v.noteLines(row) {
				dx := 4 - v.g.left
				for _, n := range line {
					put(n.Text, ink(n.Color), false, left, v.tops[i]+h+lineHeight*(float64(k)+0.5), dx, "left")
					dx += width(n.Text, textSize) + 14
				}
			}
			continue
		}
		put(v.names[i], "$ink", row.Strong, left, v.bars[i], -12, "right")
		for k, n := range row.Notes {
			y := v.bars[i] + lineHeight*(float64(k)-float64(len(row.Notes)-1)/2)
			put(fit(n.Text, noteWidth, textSize), ink(n.Color), row.Strong, right, y, 12, "left")
		}
	}
	for _, l := range v.Lines {
		// Beside the line's upper end, on the side with more room.
		w := width(l.Label, textSize)
		at := share(v.X, l.At) * (v.within[0] - v.g.left - v.g.right)
		dx := max(-w/2, 6-v.g.left-at)
		if over := v.g.left + at + dx + w + 6 - v.within[0]; over > 0 {
			dx -= over
		}
		put(l.Label, "$ink", false, l.At, 0, dx, "left")
	}
	out := texts(all)
	for i := len(out) - len(v.Lines); i < len(out); i++ {
		lay(out[i], tree{"label": tree{"offset": []float64{all[i].dx, -12}}})
	}
	return out
}

// keyLines breaks the key into lines.
func (v *rowsView) keyLines() [][]spec.Key {
	var out [][]spec.Key
	used := 0.0
	for _, k := range v.Key {
		w := width(k.Text, textSize) + 48
		if len(out) == 0 || used+w > v.within[0] {
			out, used = append(out, nil), 0
		}
		out[len(out)-1], used = append(out[len(out)-1], k), used+w
	}
	return out
}

// key says what colours and signs are, above the plot.
func (v *rowsView) key() []any {
	var out []any
	for row, line := range v.keyLines() {
		x, y := 6.0, 14+float64(row)*keyHeight
		for _, k := range line {
			out = append(out, keySign(k, x, y)...)
			out = append(out, text(x+28, y, k.Text, "$ink", false))
			x += width(k.Text, textSize) + 48
		}
	}
	return out
}

// keySign is a bar or a sign, as the plot has it.
func keySign(k spec.Key, x, y float64) []any {
	bar := func(colour string) any { return rectangle(x, y-5, 22, 10, colour) }
	shape := func(path, fill string) any {
		return tree{"type": "polygon", "silent": true, "shape": tree{"points": corners(path, x+11, y)}, "style": tree{"fill": fill}}
	}
	switch k.Sign {
	case spec.SignMiddle:
		return []any{rectangle(x+9, y-9, 4, 18, "$ink")}
	case spec.SignFound:
		return []any{shape("diamond", "$c1")}
	case spec.SignBeyond:
		return []any{shape("arrow", "$muted")}
	case spec.SignAtLeast:
		return []any{shape("arrow", "$c1")}
	case spec.SignAtMost:
		return []any{shape("back", "$c1")}
	}
	return []any{bar(ink(k.Color))}
}

// corners of a small shape around a point.
func corners(shape string, x, y float64) [][]float64 {
	switch shape {
	case "arrow":
		return [][]float64{{x - 5, y - 6}, {x + 5, y}, {x - 5, y + 6}}
	case "back":
		return [][]float64{{x + 5, y - 6}, {x - 5, y}, {x + 5, y + 6}}
	}
	return [][]float64{{x, y - 8}, {x + 8, y}, {x, y + 8}, {x - 8, y}}
}
