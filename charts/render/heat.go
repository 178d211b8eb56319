package render

import (
	"strconv"
	"strings"

	"socketbook/charts/spec"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

// heatShades is how strongly a level is inked, from nothing to all.
var heatShades = []float64{0, 0.14, 0.26, 0.4, 0.54, 0.69, 0.84, 1}

// drawHeat draws the cells row by row, and what their shades stand for. Each
// level is one line series, thick and with gaps, so that a thousand cells are
// a few kilobytes.
func drawHeat(h *spec.Heat, l layout) (option string, height int, err error) {
	s := newScene(l)
	columns, side := 40, 14
	if l.narrow {
		columns, side = 25, 11
	}
	y := 12.0
	for _, line := range strings.Split(wrap(h.Says, s.width-8, textSize), "\n") {
		s.write(4, y, line, "$muted", textSize, false, "left")
		y += lineHeight
	}
	g := grid{left: 6, right: 6, top: y + 2}
	rows := (len(h.Cells) + columns - 1) / columns
	y += float64(rows*side) + 22
	if h.Hot >= 0 {
		s.add(tree{"type": "rect", "shape": tree{"x": 5, "y": y - 6, "width": 11, "height": 11},
			"style": tree{"fill": "none", "stroke": "$c1", "lineWidth": 2.5}})
		for _, line := range strings.Split(wrap("the fullest: "+h.HotIs, s.width-28, textSize), "\n") {
			s.write(24, y, line, "$c1", textSize, false, "left")
			y += lineHeight
		}
		y += 7
	}
	y = s.scale(h, y)
	g.bottom = y - g.top - float64(rows*side)
	c := chart(g)
	c.SetGlobalOptions(
		charts.WithXAxisOpts(opts.XAxis{Show: opts.Bool(false), Type: "value", Min: 0, Max: columns}),
		charts.WithYAxisOpts(opts.YAxis{Show: opts.Bool(false), Type: "value", Inverse: opts.Bool(true), Min: 0, Max: rows}),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(false)}),
	)
	var series []tree
	for k := range heatShades {
		if data := runsOf(h.Cells, byte('0'+k), columns); data != nil {
			c.AddSeries("level "+itoa(k), nil)
			series = append(series, still(tree{"data": data, "showSymbol": false, "symbol": "none",
				"lineStyle": lay2(shadeLine(k), tree{"width": side - 1, "cap": "butt"})}))
		}
	}
	c.Overlap(points("fullest", hottest(h, columns, side)))
	series = append(series, still(tree{"z": 5}))
	option, err = finish(c, tree{"series": series, "graphic": s.shapes})
	return option, int(y), err
}

// runsOf a level: neighbours of a row as one stroke, with gaps in between.
func runsOf(cells string, level byte, columns int) []any {
	var out []any
	for i := 0; i < len(cells); {
		if cells[i] != level {
			i++
			continue
		}
		j := i + 1
		for j < len(cells) && cells[j] == level && j%columns != 0 {
			j++
		}
		y := float64(i/columns) + 0.5
		if out != nil {
			out = append(out, "-")
		}
		out = append(out, []any{i % columns, y}, []any{i%columns + j - i, y})
		i = j
	}
	return out
}

// hottest frames the highest cell.
func hottest(h *spec.Heat, columns, side int) []tree {
	if h.Hot < 0 {
		return nil
	}
	return []tree{{"value": []any{float64(h.Hot%columns) + 0.5, float64(h.Hot/columns) + 0.5}, "symbol": "rect", "symbolSize": side + 3,
		"itemStyle": tree{"color": "transparent", "borderColor": "$c1", "borderWidth": 2.5, "opacity": 1}}}
}

// shadeLine is a level's look as that of a line.
func shadeLine(k int) tree {
	s := shade(k)
	return tree{"color": s["fill"], "opacity": s["opacity"]}
}

// shade is the look of a level.
func shade(k int) tree {
	if k == 0 {
		return tree{"fill": "$free", "opacity": 0.55}
	}
	return tree{"fill": "$c0", "opacity": heatShades[k]}
}

// scale says what the shades stand for.
func (s *scene) scale(h *spec.Heat, y float64) (bottom float64) {
	x := 4.0
	for k, text := range h.Levels {
		if text == "" || !strings.Contains(h.Cells, strconv.Itoa(k)) {
			continue
		}
		w := 22 + width(text, textSize) + 14
		if x+w > s.width && x > 4 {
			x, y = 4, y+22
		}
		s.add(tree{"type": "rect", "shape": tree{"x": x, "y": y - 7, "width": 14, "height": 14}, "style": shade(k)})
		s.write(x+20, y, text, "$ink", textSize, false, "left")
		x += w
	}
	return y + 18
}
