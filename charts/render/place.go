package render

import (
	"math"

	"socketbook/charts/spec"
)

// rect is a rectangle in pixels, y downwards.
type rect struct{ x0, y0, x1, y1 float64 }

// overlap is the area two rectangles share.
func (a rect) overlap(b rect) float64 {
	w := min(a.x1, b.x1) - max(a.x0, b.x0)
	h := min(a.y1, b.y1) - max(a.y0, b.y0)
	if w <= 0 || h <= 0 {
		return 0
	}
	return w * h
}

// distance from a point to the nearest side, 0 inside.
func (a rect) distance(x, y float64) float64 {
	return math.Hypot(max(0, a.x0-x, x-a.x1), max(0, a.y0-y, y-a.y1))
}

// spot is one way to write a label: a text (perhaps broken into lines) beside
// the point (x, y) of the plane, moved by (dx, dy) pixels. align is which end of
// the text stands there.
type spot struct {
	text         string
	x, y, dx, dy float64
	align        string // "left", "center", "right"
	cost         float64
}

// label is a text that wants one of its spots. A label within two values of x
// must not reach beyond them; one that is optional is left out where there is
// no free spot.
type label struct {
	colour   string
	bold     bool
	spots    []spot
	within   *[2]float64
	dot      *[2]float64 // the mark it names: it must lie nearer to this than to another
	curve    int         // the curve it names, from 1: the same
	optional bool
}

// placed is a label with the spot it got.
type placed struct {
	label
	spot
}

// placer finds spots at which labels cover neither each other nor the curves,
// at every width at which the drawing may be shown.
type placer struct {
	p      *spec.Plane
	g      grid
	height float64
	views  []view
	done   []placed
}

// view is the picture at one width.
type view struct {
	width  float64
	dots   []rect
	named  [][2]float64   // the marks that have a label
	curves [][][2]float64 // points along each curve, a few pixels apart
	taken  []rect
}

func newPlacer(p *spec.Plane, l layout, g grid, height float64) *placer {
	pl := &placer{p: p, g: g, height: height}
	for _, w := range l.within {
		v := view{width: w, taken: pl.axisTexts(w)}
		for _, c := range p.Curves {
			v.curves = append(v.curves, pl.trail(c, w))
		}
		for _, m := range p.Marks {
			x, y := pl.at(m.X, m.Y, w)
			if m.Drop {
				y += crossUp
			}
			if m.Label != "" {
				v.named = append(v.named, [2]float64{x, y})
			}
			v.dots = append(v.dots, rect{x - 5, y - 5, x + 5, y + 5})
		}
		pl.views = append(pl.views, v)
	}
	return pl
}

// axisTexts is where the title of y and its ticks stand.
func (pl *placer) axisTexts(w float64) []rect {
	out := []rect{{0, 0, width(pl.p.Y.Label, textSize) + 10, 24}}
	for _, t := range ticks(pl.p.Y, 9) {
		_, y := pl.at(pl.p.X.Min, t, w)
		out = append(out, rect{0, y - 9, pl.g.left - 4, y + 9})
	}
	return out
}

// at is the pixel of a point of the plane in a drawing of a width.
func (pl *placer) at(x, y, w float64) (px, py float64) {
	fx, fy := share(pl.p.X, x), share(pl.p.Y, y)
	return pl.g.left + fx*(w-pl.g.left-pl.g.right),
		pl.height - pl.g.bottom - fy*(pl.height-pl.g.top-pl.g.bottom)
}

// share is how far along an axis a value lies, from 0 to 1.
func share(a spec.Axis, v float64) float64 {
	if a.LogBase > 0 {
		return math.Log(v/a.Min) / math.Log(a.Max/a.Min)
	}
	return (v - a.Min) / (a.Max - a.Min)
}

// trail walks a curve in steps of about six pixels.
func (pl *placer) trail(c spec.Curve, w float64) [][2]float64 {
	var out [][2]float64
	walk := func(x0, y0, x1, y1 float64) {
		n := int(math.Hypot(x1-x0, y1-y0)/6) + 1
		for i := 0; i <= n; i++ {
			f := float64(i) / float64(n)
			out = append(out, [2]float64{x0 + f*(x1-x0), y0 + f*(y1-y0)})
		}
	}
	for i := 1; i < len(c.At); i++ {
		x0, y0 := pl.at(c.At[i-1][0], c.At[i-1][1], w)
		x1, y1 := pl.at(c.At[i][0], c.At[i][1], w)
		if c.Step {
			walk(x0, y0, x1, y0)
			x0 = x1
		}
		walk(x0, y0, x1, y1)
	}
	return out
}

// rect is what a label covers at a spot in a drawing of a width.
func (pl *placer) rect(s spot, w float64) rect {
	tw, th := box(s.text, textSize)
	x, y := pl.at(s.x, s.y, w)
	x, y = x+s.dx, y+s.dy
	switch s.align {
	case "center":
		x -= tw / 2
	case "right":
		x -= tw
	}
	return rect{x - 2, y - th/2, x + tw + 2, y + th/2}
}

// cost of a spot: its own, and what it would cover at the worst width. Of two that are
// as bad there, the one that is better at the others is cheaper.
func (pl *placer) cost(l label, s spot) float64 {
	worst, all := 0.0, 0.0
	for _, v := range pl.views {
		r := pl.rect(s, v.width)
		c := 0.0
		if l.within != nil {
			x0, _ := pl.at(l.within[0], s.y, v.width)
			x1, _ := pl.at(l.within[1], s.y, v.width)
			c += (max(0, x0-r.x0) + max(0, r.x1-x1)) * 40
		}
		// Beside the plot is a poor place, below it none.
		c += max(0, pl.g.left-r.x0)*2 + max(0, r.y1-(pl.height-pl.g.bottom))*40
		if r.x0 < 0 || r.x1 > v.width-1 || r.y0 < 0 {
			c += 5000 // cut off
		}
		if l.dot != nil {
			x, y := pl.at(l.dot[0], l.dot[1], v.width)
			own := r.distance(x, y)
			c += 1.5 * own
			for _, d := range v.named {
				if r.distance(d[0], d[1]) < own-0.1 {
					c += 80
				}
			}
		}
		if l.curve > 0 {
			own, other := math.Inf(1), math.Inf(1)
			for i, trail := range v.curves {
				for _, p := range trail {
					if d := r.distance(p[0], p[1]); i+1 == l.curve {
						own = min(own, d)
					} else {
						other = min(other, d)
					}
				}
			}
			if c += own; own > other/2 {
				c += 150
			}
		}
		for _, t := range v.taken {
			c += r.overlap(t) * 5
		}
		for _, ln := range pl.p.Lines {
			x, y := (r.x0+r.x1)/2, (r.y0+r.y1)/2
			if ln.OnX {
				x, _ = pl.at(ln.At, pl.p.Y.Min, v.width)
			} else {
				_, y = pl.at(pl.p.X.Min, ln.At, v.width)
			}
			if r.distance(x, y) == 0 {
				c += 30 // it can be read there, but not well
			}
		}
		for _, d := range v.dots {
			c += r.overlap(d) * 4
		}
		for _, trail := range v.curves {
			for _, p := range trail {
				if r.distance(p[0], p[1]) == 0 {
					c += 60
				}
			}
		}
		worst = max(worst, c)
		all += min(c, 1000) // cut off at one width is bad enough
	}
	return s.cost + worst + all/5
}

// free is the most that a spot may cost an optional label.
const free = 100

// place gives each label its cheapest spot, in order.
func (pl *placer) place(labels []label) {
	for _, l := range labels {
		best, at := math.Inf(1), -1
		for i, s := range l.spots {
			if c := pl.cost(l, s); c < best {
				best, at = c, i
			}
		}
		if at < 0 || l.optional && best > free {
			continue
		}
		s := l.spots[at]
		for i, v := range pl.views {
			pl.views[i].taken = append(v.taken, pl.rect(s, v.width))
		}
		pl.done = append(pl.done, placed{l, s})
	}
}

// variants are the ways to break a text: as it is, and in two or three lines.
func variants(s string, most float64) []string {
	out := []string{wrap(s, most, textSize)}
	w := width(s, textSize)
	for _, n := range []float64{2, 3} {
		if t := wrap(s, min(most, w/n+24), textSize); t != out[len(out)-1] {
			out = append(out, t)
		}
	}
	return out
}

// around lists the spots about a dot, the readiest first.
func around(x, y float64, texts []string) []spot {
	var out []spot
	for k, t := range texts {
		_, h := box(t, textSize)
		up := h / 2
		for i, s := range []spot{
			{dx: 10, align: "left"},
			{dx: 8, dy: up + 3, align: "left"},
			{dx: -8, dy: -up - 3, align: "right"},
			{dx: 8, dy: -up - 3, align: "left"},
			{dx: -8, dy: up + 3, align: "right"},
			{dx: -10, align: "right"},
			{dy: -up - 8, align: "center"},
			{dy: up + 8, align: "center"},
			{dx: 14, dy: up + 14, align: "left"},
			{dx: -14, dy: -up - 14, align: "right"},
			{dx: 14, dy: -up - 14, align: "left"},
			{dx: -14, dy: up + 14, align: "right"},
			{dx: 8, dy: -up - 30, align: "left"},
			{dx: -8, dy: up + 30, align: "right"},
			{dx: 4, dy: -up - 46, align: "left"},
			{dx: 4, dy: up + 46, align: "left"},
			{dy: up + 42, align: "center"},
			{dy: -up - 42, align: "center"},
			{dx: 10, dy: up + 60, align: "center"},
		} {
			s.text, s.x, s.y = t, x, y
			s.cost = float64(2*i + 5*k)
			out = append(out, s)
		}
	}
	return out
}

// along lists spots beside a curve, from its end backwards.
func along(c spec.Curve, texts []string) []spot {
	var out []spot
	n := len(c.At) - 1
	for k, f := range []float64{1, 0.9, 0.75, 0.6, 0.45, 0.3} {
		p := c.At[int(f*float64(n))]
		for _, s := range around(p[0], p[1], texts) {
			s.cost += float64(12 * k)
			out = append(out, s)
		}
	}
	return out
}
