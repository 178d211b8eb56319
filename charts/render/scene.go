package render

import (
	"math"
	"strings"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

// scene is a picture of plain shapes at fixed pixels, as wide as the narrowest
// page of its layout; on wider ones it stands in the middle.
type scene struct {
	layout
	width  float64
	small  float64 // size of small text
	shapes []any
}

func newScene(l layout) *scene {
	s := &scene{layout: l, width: l.within[0], small: textSize - 1}
	if l.narrow {
		s.small = textSize - 2
	}
	return s
}

func (s *scene) add(shapes ...any) { s.shapes = append(s.shapes, shapes...) }

// finish turns the shapes into an option of a height.
func (s *scene) finish(height float64) (option string, h int, err error) {
	// An empty rectangle gives the group its size, so that the middle does not
	// hang on how wide a reader's font is.
	frame := tree{"type": "rect", "shape": tree{"x": 0, "y": 0, "width": s.width, "height": height}, "style": tree{"fill": "none"}}
	c := chart(grid{})
	c.SetGlobalOptions(
		charts.WithXAxisOpts(opts.XAxis{Show: opts.Bool(false)}),
		charts.WithYAxisOpts(opts.YAxis{Show: opts.Bool(false)}),
		charts.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(false)}),
	)
	group := tree{"type": "group", "left": "center", "top": 0, "silent": true, "children": append([]any{frame}, s.shapes...)}
	option, err = finish(c, tree{"graphic": []any{group}})
	return option, int(math.Ceil(height)), err
}

// write puts a text at a point; align is which end of it stands there. A halo in
// the colour of the paper keeps it readable on lines.
func (s *scene) write(x, y float64, t, colour string, size float64, bold bool, align string) {
	s.add(s.words(x, y, t, colour, size, bold, align))
}

// along writes a text in the middle of a line that falls by slope to the right.
func (s *scene) along(x, y, slope float64, t, colour string, size float64) {
	w := s.words(x, y, t, colour, size, false, "center")
	if turn := math.Round(1000*math.Atan(slope)) / 1000; turn != 0 {
		w["rotation"] = -turn // counter-clockwise
	}
	s.add(w)
}

func (s *scene) words(x, y float64, t, colour string, size float64, bold bool, align string) tree {
	f := px(size) + "px " + font
	if bold {
		f = "bold " + f
	}
	style := tree{"text": t, "fill": colour, "font": f, "verticalAlign": "middle", "stroke": "$paper", "lineWidth": 3}
	if align != "left" {
		style["align"] = align
	}
	if strings.Contains(t, "\n") {
		style["lineHeight"] = size + 3
	}
	return tree{"type": "text", "x": math.Round(x), "y": math.Round(y), "z2": 9, "style": style}
}

// stroke is a line through points.
func (s *scene) stroke(points [][]float64, colour string, thick float64, dash bool) {
	style := tree{"stroke": colour, "lineWidth": thick, "fill": "none"}
	if dash {
		style["lineDash"] = []any{5, 4}
	}
	s.add(tree{"type": "polyline", "shape": tree{"points": round2(points)}, "style": style})
}

// arrow is a line with a head at its end.
func (s *scene) arrow(x0, y0, x1, y1 float64, colour string, thick float64, dash bool) {
	head := 5 + 1.5*thick
	d := math.Hypot(x1-x0, y1-y0)
	if d == 0 {
		return
	}
	ux, uy := (x1-x0)/d, (y1-y0)/d
	bx, by := x1-ux*head, y1-uy*head
	s.stroke([][]float64{{x0, y0}, {bx, by}}, colour, thick, dash)
	s.add(tree{"type": "polygon", "style": tree{"fill": colour},
		"shape": tree{"points": round2([][]float64{{x1, y1}, {bx - uy*head*0.45, by + ux*head*0.45}, {bx + uy*head*0.45, by - ux*head*0.45}})}})
}

// round2 keeps a tenth of a pixel: the page is shorter, and the same on every
// machine.
func round2(points [][]float64) [][]float64 {
	for _, p := range points {
		for i := range p {
			p[i] = math.Round(p[i]*10) / 10
		}
	}
	return points
}
