package render

import (
	"socketbook/charts/spec"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

// rowHeight of a station, in pixels.
const rowHeight = 36

// drawJourney draws the stations from top to bottom along virtual time: a bar
// for the time until the next, a line down to it, and a sign for who moves
// bytes.
func drawJourney(j *spec.Journey, l layout) (option string, height int, err error) {
	names, g := stationNames(j, l)
	height = int(g.top+g.bottom) + rowHeight*len(j.Hops)
	c := chart(g)
	c.SetGlobalOptions(
		charts.WithXAxisOpts(opts.XAxis{Name: j.X.Label, NameLocation: "middle", NameGap: 32, Type: "value", Min: j.X.Min, Max: j.X.Max}),
		charts.WithYAxisOpts(opts.YAxis{Type: "category", Inverse: opts.Bool(true)}),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(false)}),
	)
	before, wait := bars(j)
	b := charts.NewBar()
	b.AddSeries("before", before, charts.WithBarChartOpts(opts.BarChart{Stack: "time", BarWidth: "20"}))
	b.AddSeries("time", wait, charts.WithBarChartOpts(opts.BarChart{Stack: "time", BarWidth: "20"}))
	c.AddSeries("way", way(j), charts.WithLineStyleOpts(opts.LineStyle{Color: "$rule", Width: 1.5}))
	c.Overlap(b, points("stations", stations(j)), points("labels", stationTexts(j, l, g)))
	option, err = finish(c, tree{
		"series": []tree{
			still(tree{"showSymbol": false, "symbol": "none", "z": 2}),
			still(tree{"itemStyle": tree{"color": "transparent"}}),
			still(tree{"itemStyle": tree{"color": "$wait"}, "z": 3}),
			still(tree{"z": 5}),
			still(tree{"z": 6}),
		},
		"xAxis": []tree{lay2(axis(j.X, spaced(j.X, l, g), true), tree{"splitLine": tree{"show": true}})},
		"yAxis": []tree{{
			"data": names, "axisTick": tree{"show": false}, "axisLine": tree{"show": false},
			"axisLabel": tree{"show": true, "color": "$ink", "fontSize": textSize, "lineHeight": 15, "interval": 0, "margin": 12},
		}},
	})
	return option, height, err
}

// lay2 is lay as an expression.
func lay2(dst, src tree) tree {
	lay(dst, src)
	return dst
}

// stationNames numbers the stations and makes room for them.
func stationNames(j *spec.Journey, l layout) (names []string, g grid) {
	most := 240.0
	if l.narrow {
		most = 104
	}
	g = grid{left: 40, right: 26, top: 6, bottom: 58}
	for i, h := range j.Hops {
		n := wrap(itoa(i+1)+" "+h.Station, most, textSize)
		w, _ := box(n, textSize)
		g.left = max(g.left, w+18)
		names = append(names, n)
	}
	return names, g
}

// bars are the stretch before a station, which is not seen, and the time until
// the next.
func bars(j *spec.Journey) (before, wait []opts.BarData) {
	for i, h := range j.Hops {
		next := h.At
		if i+1 < len(j.Hops) {
			next = j.Hops[i+1].At
		}
		before = append(before, opts.BarData{Value: h.At})
		wait = append(wait, opts.BarData{Value: next - h.At})
	}
	return before, wait
}

// way is the line the packet takes: along a row, then down.
func way(j *spec.Journey) []opts.LineData {
	var out []opts.LineData
	for i, h := range j.Hops {
		if i > 0 {
			out = append(out, opts.LineData{Value: []any{h.At, i - 1}})
		}
		out = append(out, opts.LineData{Value: []any{h.At, i}})
	}
	return out
}

// stations are the signs: a diamond where the CPU copies, a square where the
// card writes, a dot where the packet is only handed on.
func stations(j *spec.Journey) []tree {
	var out []tree
	for i, h := range j.Hops {
		d := tree{"value": []any{h.At, i}, "symbol": "circle", "symbolSize": 9, "itemStyle": tree{"color": "$muted", "opacity": 1}}
		switch h.By {
		case "CPU":
			d["symbol"], d["symbolSize"], d["itemStyle"] = "diamond", 18, tree{"color": "$c1", "opacity": 1}
		case "NIC":
			d["symbol"], d["symbolSize"], d["itemStyle"] = "rect", 13, tree{"color": "$c0", "opacity": 1}
		}
		out = append(out, d)
	}
	return out
}

// stationTexts writes the time, and what was moved, into the bar where it is
// long enough, else to its right, else to the left of the station.
func stationTexts(j *spec.Journey, l layout, g grid) []tree {
	var out []tree
	for i, h := range j.Hops {
		end := h.At
		if i+1 < len(j.Hops) {
			end = j.Hops[i+1].At
		}
		s, ok := hopSpot(j, l, g, h, end)
		if !ok {
			continue
		}
		colour := map[string]string{"CPU": "$c1", "NIC": "$c0", "": "$ink"}[h.By]
		t := texts([]placed{{label{colour: colour, bold: h.By != ""}, s}})[0]
		t["value"] = []any{s.x, i}
		lay(t, tree{"label": tree{"textBorderWidth": 0}})
		out = append(out, t)
	}
	return out
}

// hopSpot finds room for a station's text: all of it, or what was moved, or
// the time. What finds none is still in the table.
func hopSpot(j *spec.Journey, l layout, g grid, h spec.Hop, end float64) (s spot, ok bool) {
	all := h.Did
	if all != "" && h.Took != "" {
		all += ", then "
	}
	for _, text := range []string{all + h.Took, h.Did, h.Bytes, h.Took} {
		w := width(text, textSize) * 1.05 // bold is wider
		switch {
		case text == "":
		case fits(j, l, g, h.At, end, w+26):
			return spot{text: text, x: h.At, dx: 14, align: "left"}, true
		case fits(j, l, g, end, j.X.Max, w+14-g.right):
			return spot{text: text, x: end, dx: 13, align: "left"}, true
		case fits(j, l, g, j.X.Min, h.At, w+14):
			return spot{text: text, x: h.At, dx: -14, align: "right"}, true
		}
	}
	return s, false
}

// fits reports whether w pixels lie between two times at every width.
func fits(j *spec.Journey, l layout, g grid, from, to, w float64) bool {
	for _, total := range l.within {
		if (share(j.X, to)-share(j.X, from))*(total-g.left-g.right) < w {
			return false
		}
	}
	return true
}
