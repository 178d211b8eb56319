package render

import (
	"math"
	"strconv"

	"socketbook/charts/spec"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

// planeHeight of a picture with two axes, wide and narrow, in pixels.
func planeHeight(l layout) int {
	if l.narrow {
		return 400
	}
	return 420
}

// drawPlane draws curves, and writes every label beside what it names.
func drawPlane(p *spec.Plane, l layout) (option string, height int, err error) {
	height = planeHeight(l)
	g, label := margins(p, l)
	xt, yt := spaced(p.X, l, g), ticks(p.Y, 9)
	pl := newPlacer(p, l, g, float64(height))
	pl.place(labels(p, l))

	c := chart(g)
	c.SetGlobalOptions(
		charts.WithTitleOpts(opts.Title{Title: p.Y.Label, Left: "4", Top: "3", TitleStyle: &opts.TextStyle{
			Color: "$muted", FontSize: textSize, FontWeight: "normal"}}),
		charts.WithTooltipOpts(opts.Tooltip{Trigger: "axis", AxisPointer: &opts.AxisPointer{Type: "line"}}),
		charts.WithXAxisOpts(opts.XAxis{Name: label, NameLocation: "middle", NameGap: 32, Type: kind(p.X), Min: p.X.Min, Max: p.X.Max}),
		charts.WithYAxisOpts(opts.YAxis{Type: kind(p.Y), Min: p.Y.Min, Max: p.Y.Max}),
	)
	var series []tree
	for i, curve := range p.Curves {
		colour := "$c" + itoa(i%seriesColors)
		name := curve.Name
		if len(p.Curves) == 1 {
			name = p.Y.Label // what the tooltip's number is
		}
		c.AddSeries(name, line(curve), charts.WithLineStyleOpts(opts.LineStyle{
			Color: colour, Width: 2.5, Type: []string{"solid", "dashed", "dotted"}[i%3]}))
		series = append(series, tree{"showSymbol": false, "symbol": "none", "silent": true, "z": 3,
			"itemStyle": tree{"color": colour}, "emphasis": tree{"disabled": true}})
		if curve.Step {
			series[i]["step"] = "end"
			if len(p.Curves) == 1 {
				series[i]["areaStyle"] = tree{"color": "$band0"}
			}
		}
	}
	for _, r := range p.Regions {
		// A border in the colour of the paper keeps regions apart for readers
		// who cannot tell their colours.
		c.AddSeries("region", outline(patch(r)), charts.WithLineStyleOpts(opts.LineStyle{Color: "$paper", Width: 2}))
		series = append(series, still(tree{"showSymbol": false, "symbol": "none", "z": 1, "tooltip": tree{"show": false},
			"areaStyle": tree{"color": "$c" + itoa(r.Color%seriesColors), "opacity": 0.3, "origin": "start"}}))
	}
	for i, curve := range p.Curves {
		if len(curve.Around) > 1 {
			c.AddSeries("band", outline(curve))
			series = append(series, still(tree{"showSymbol": false, "symbol": "none", "z": 2, "tooltip": tree{"show": false},
				"lineStyle": tree{"width": 0}, "areaStyle": tree{"color": "$c" + itoa(i%seriesColors), "opacity": 0.18, "origin": "start"}}))
		}
	}
	if len(series) > 0 {
		series[0]["markArea"] = areas(p)
		series[0]["markLine"] = lines(p)
	}
	c.Overlap(points("marks", dots(p)), points("labels", texts(pl.done)))
	quiet := tree{"silent": true, "z": 5, "tooltip": tree{"show": false}, "emphasis": tree{"disabled": true}}
	series = append(series, quiet, quiet)
	option, err = finish(c, tree{
		"series": series,
		"xAxis":  []tree{axis(p.X, xt, true)},
		"yAxis":  []tree{axis(p.Y, yt, false)},
	})
	return option, height, err
}

// margins make room for the labels of both axes, and break that of x where it
// has no room.
func margins(p *spec.Plane, l layout) (g grid, label string) {
	g = grid{left: 14, right: 26, top: 40, bottom: 58}
	for _, t := range ticks(p.Y, 9) {
		g.left = max(g.left, width(tick(t), textSize)+16)
	}
	at := spaced(p.X, l, g)
	last := at[len(at)-1]
	for _, w := range l.within {
		// The last label of x must not be cut off at the edge.
		free := (1 - share(p.X, last)) * (w - g.left - g.right)
		g.right = max(g.right, width(tick(last), textSize)/2+6-free)
	}
	// It stands in the middle of the plot, which is not that of the picture.
	room := l.within[0] - g.left + g.right
	label = wrap(p.X.Label, room, textSize)
	_, h := box(label, textSize)
	g.bottom += h - lineHeight
	return g, label
}

// kind is ECharts' word for an axis.
func kind(a spec.Axis) string {
	if a.LogBase > 0 {
		return "log"
	}
	return "value"
}

// axis is the look of an axis, with the ticks we chose: ECharts' own on a
// logarithmic axis skip decades when there are ten.
func axis(a spec.Axis, at []float64, isX bool) tree {
	t := tree{
		"axisLine":      tree{"show": isX, "onZero": false, "lineStyle": tree{"color": "$rule"}},
		"axisTick":      tree{"show": isX, "customValues": at, "lineStyle": tree{"color": "$rule"}},
		"axisLabel":     tree{"show": true, "customValues": at, "color": "$muted", "fontSize": textSize, "hideOverlap": true},
		"splitLine":     tree{"show": !isX, "lineStyle": tree{"color": "$grid"}},
		"nameTextStyle": tree{"color": "$muted", "fontSize": textSize},
	}
	if isX {
		t["axisPointer"] = tree{"label": tree{"precision": 3, "formatter": a.Value}}
	}
	if a.LogBase > 0 {
		t["logBase"] = a.LogBase
		lay(t, tree{"axisPointer": tree{"label": tree{"precision": 0}}})
	}
	return t
}

// tick writes a tick as ECharts does: with thousands separators.
func tick(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return comma(int(v))
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// spaced chooses as many ticks of x as can stand side by side at the smallest
// width.
func spaced(a spec.Axis, l layout, g grid) []float64 {
	room := l.within[0] - g.left - g.right
	for most := 9.0; ; most-- {
		at := ticks(a, most)
		crowded := false
		for i := 1; i < len(at); i++ {
			gap := (share(a, at[i]) - share(a, at[i-1])) * room
			crowded = crowded || gap < (width(tick(at[i]), textSize)+width(tick(at[i-1]), textSize))/2+12
		}
		if !crowded || most <= 2 {
			return at
		}
	}
}

// ticks chooses the values an axis is labelled at.
func ticks(a spec.Axis, most float64) []float64 {
	if a.LogBase == 0 {
		return even(a, min(most, 6))
	}
	lo, hi := math.Log(a.Min)/math.Log(a.LogBase), math.Log(a.Max)/math.Log(a.LogBase)
	var out []float64
	// Powers whose exponent is a multiple of 1, 2, 5 or 10. Of two, that is
	// how 1,024 and 1,048,576 are always among them.
	for _, step := range []float64{1, 2, 5, 10, 20, 50} {
		out = out[:0]
		for e := math.Ceil(lo/step-1e-9) * step; e <= hi+1e-9; e += step {
			out = append(out, tidy(math.Pow(a.LogBase, e)))
		}
		if float64(len(out)) <= most {
			break
		}
	}
	if a.LogBase == 10 && len(out) < 3 {
		if finer := decimal(a, most); len(finer) > len(out) {
			return finer
		}
	}
	if len(out) == 0 {
		out = []float64{a.Min, a.Max}
	}
	return out
}

// decimal spaces ticks within few decades: at 1, 2 and 5 times a power of ten,
// or at 1 and 3 times.
func decimal(a spec.Axis, most float64) []float64 {
	for _, times := range [][]float64{{1, 2, 5}, {1, 3}} {
		var out []float64
		for e := math.Floor(math.Log10(a.Min)); e <= math.Log10(a.Max); e++ {
			for _, m := range times {
				if v := tidy(m * math.Pow(10, e)); v >= a.Min*(1-1e-9) && v <= a.Max*(1+1e-9) {
					out = append(out, v)
				}
			}
		}
		if len(out) > 1 && float64(len(out)) <= most {
			return out
		}
	}
	return nil
}

// even spaces ticks by 1, 2 or 5 times a power of ten.
func even(a spec.Axis, most float64) []float64 {
	lo, hi := a.Min, a.Max
	step := math.Pow(10, math.Floor(math.Log10((hi-lo)/most)))
	if a.Whole {
		step = max(step, 1)
	}
	for _, m := range []float64{1, 2, 5, 10} {
		if (hi-lo)/(m*step) <= most {
			step *= m
			break
		}
	}
	var out []float64
	for i := math.Ceil(lo/step - 1e-9); i*step <= hi*(1+1e-9); i++ {
		out = append(out, tidy(i*step))
	}
	return out
}

// tidy is the shortest decimal beside v: 3*0.1 is not 0.3 in floating point, and
// 10^14 not a whole number.
func tidy(v float64) float64 {
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 14, 64), 64)
	return v + 0 // not -0
}

// line is a curve's data.
func line(c spec.Curve) []opts.LineData {
	var out []opts.LineData
	for _, p := range c.At {
		out = append(out, opts.LineData{Value: []float64{p[0], p[1]}})
	}
	return out
}

// outline is the outline of a curve's band: there along its lower edge, back
// along the upper one. What lies below is filled twice, once in either
// direction, which cancels; the band is what remains.
func outline(c spec.Curve) []opts.LineData {
	var out []opts.LineData
	for _, a := range c.Around {
		out = append(out, opts.LineData{Value: []float64{a[0], a[1]}})
	}
	for i := len(c.Around) - 1; i >= 0; i-- {
		out = append(out, opts.LineData{Value: []float64{c.Around[i][0], c.Around[i][2]}})
	}
	return out
}

// points is a scatter of items that carry their own label and style, which
// go-echarts' type for them cannot.
func points(name string, items []tree) *charts.Scatter {
	s := charts.NewScatter()
	s.AddSeries(name, nil)
	s.MultiSeries[0].Data = items
	return s
}

// cross is the sign of a dropped entry, drawn above the value it stands at.
const (
	cross   = "path://M0,0L8,8M8,0L0,8"
	crossUp = -10 // pixels
)

// dots are the marks.
func dots(p *spec.Plane) []tree {
	var out []tree
	for _, m := range p.Marks {
		d := tree{"value": []float64{m.X, m.Y}, "symbolSize": 9,
			"itemStyle": tree{"color": markColour(p, m), "borderColor": "$paper", "borderWidth": 1.5, "opacity": 1}}
		if m.Drop {
			// Above the line they were refused at, as if it had thrown them back.
			d["symbol"], d["symbolSize"], d["symbolOffset"] = cross, 7, []any{0, crossUp}
			d["itemStyle"] = tree{"color": "transparent", "borderColor": markColour(p, m), "borderWidth": 2, "opacity": 1}
		}
		out = append(out, d)
	}
	return out
}

// texts are labels as invisible points with a text beside them.
func texts(labels []placed) []tree {
	var out []tree
	for _, l := range labels {
		t := tree{"show": true, "formatter": "{b}", "position": "inside", "offset": []float64{l.dx, l.dy},
			"align": l.align, "verticalAlign": "middle", "color": l.colour, "fontSize": textSize, "lineHeight": lineHeight,
			"textBorderColor": "$paper", "textBorderWidth": 3}
		if l.bold {
			t["fontWeight"] = "bold"
		}
		out = append(out, tree{"name": l.text, "value": []float64{l.x, l.y}, "symbolSize": 0.1, "itemStyle": tree{"opacity": 1, "color": "transparent"}, "label": t})
	}
	return out
}

// areas are the bands.
func areas(p *spec.Plane) tree {
	var data []any
	quiet, loud := 0, 0
	for _, b := range p.Bands {
		key, colour := "xAxis", ""
		if b.OnY {
			key = "yAxis"
		}
		if b.Quiet {
			colour = "$quiet" + itoa(quiet%2)
			quiet++
		} else {
			colour = "$band" + itoa(loud%2)
			loud++
		}
		data = append(data, []any{
			tree{key: max(b.From, low(p, b)), "itemStyle": tree{"color": colour}},
			tree{key: min(b.To, high(p, b))},
		})
	}
	if data == nil {
		return nil
	}
	return tree{"silent": true, "data": data}
}

func low(p *spec.Plane, b spec.Band) float64 {
	if b.OnY {
		return p.Y.Min
	}
	return p.X.Min
}

func high(p *spec.Plane, b spec.Band) float64 {
	if b.OnY {
		return p.Y.Max
	}
	return p.X.Max
}

// lines are the dashed values of y.
func lines(p *spec.Plane) tree {
	var data []any
	for _, l := range p.Lines {
		key := "yAxis"
		if l.OnX {
			key = "xAxis"
		}
		data = append(data, tree{key: l.At})
	}
	if data == nil {
		return nil
	}
	return tree{"silent": true, "symbol": "none", "label": tree{"show": false}, "data": data,
		"lineStyle": tree{"color": "$ink", "type": "dashed", "width": 1.5}}
}
