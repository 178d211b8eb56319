package render

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

func itoa(n int) string { return strconv.Itoa(n) }

// tree is an option, or a part of it.
type tree = map[string]any

// layout is the size of one drawing of a figure. A figure is drawn twice: wide
// for a page, narrow for a phone. within lists widths at which that drawing
// may be shown; labels must fit at all of them.
type layout struct {
	narrow bool
	width  int
	within []float64
}

var (
	wide   = layout{width: 720, within: []float64{600, 660, 720}}
	narrow = layout{narrow: true, width: 360, within: []float64{320, 360, 420, 520, 600}}
)

// grid is the margins around a plot, in pixels.
type grid struct{ left, right, top, bottom float64 }

// chart starts a picture: what all have in common.
func chart(g grid) *charts.Line {
	c := charts.NewLine()
	c.SetGlobalOptions(
		charts.WithAnimation(false),
		charts.WithInitializationOpts(opts.Initialization{ChartID: "chart", BackgroundColor: "$paper"}),
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(false)}),
		charts.WithToolboxOpts(opts.Toolbox{Show: opts.Bool(false)}),
		charts.WithGridOpts(opts.Grid{Left: px(g.left), Right: px(g.right), Top: px(g.top), Bottom: px(g.bottom)}),
	)
	return c
}

func px(v float64) string { return strconv.Itoa(int(v)) }

// finish turns a chart into the option's JSON. extra holds what go-echarts has
// no field for; it is laid over the option, key by key.
func finish(c *charts.Line, extra tree) (string, error) {
	c.Validate()
	raw, err := json.Marshal(c.JSON())
	if err != nil {
		return "", err
	}
	option := tree{}
	// Numbers stay as they were written, so that no digit is lost on the way.
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&option); err != nil {
		return "", err
	}
	lay(option, tree{
		"textStyle": tree{"fontFamily": font, "fontSize": textSize, "color": "$ink"},
		"tooltip": tree{
			"confine": true, "backgroundColor": "$paper", "borderColor": "$rule",
			"textStyle": tree{"color": "$ink", "fontSize": textSize},
		},
	})
	lay(option, extra)
	prune(option)
	out, err := json.Marshal(option)
	return string(out), err
}

// lay puts src over dst. Where both hold a list of trees (axes, series), they
// are laid over one another in order.
func lay(dst, src tree) {
	for k, v := range src {
		switch s := v.(type) {
		case tree:
			d, ok := dst[k].(tree)
			if !ok {
				d = tree{}
			}
			lay(d, s)
			dst[k] = d
		case []tree:
			d, _ := dst[k].([]any)
			for i, t := range s {
				if i >= len(d) {
					d = append(d, tree{})
				}
				if m, ok := d[i].(tree); ok {
					lay(m, t)
				}
			}
			dst[k] = d
		default:
			dst[k] = v
		}
	}
}

// prune removes what says nothing: null, {} and "".
func prune(t tree) {
	for k, v := range t {
		switch v := v.(type) {
		case nil:
			delete(t, k)
		case string:
			if v == "" {
				delete(t, k)
			}
		case tree:
			prune(v)
			if len(v) == 0 {
				delete(t, k)
			}
		case []any:
			for _, e := range v {
				if m, ok := e.(tree); ok {
					prune(m)
				}
			}
		}
	}
}
