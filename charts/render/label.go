package render

import (
	"math"

	"socketbook/charts/spec"
)

// labels lists what is to be written in a plane, the most important first:
// they choose their spots in this order.
func labels(p *spec.Plane, l layout) []label {
	most := 300.0
	if l.narrow {
		most = 170
	}
	var out []label
	for _, m := range p.Marks {
		if m.Label == "" {
			continue
		}
		colour := "$ink"
		if m.Drop || len(p.Curves) > 1 {
			colour = markColour(p, m)
		}
		spots := around(m.X, m.Y, variants(m.Label, most))
		if m.Drop {
			below := spots
			spots = above(spots)
			if len(p.Curves) > 1 { // there may be no room above
				for _, s := range below {
					if s.dy > 0 {
						s.cost += 30
						spots = append(spots, s)
					}
				}
			}
		}
		out = append(out, label{colour: colour, dot: &[2]float64{m.X, m.Y}, spots: spots})
	}
	out = append(out, regionLabels(p, l, most)...)
	for _, ln := range p.Lines {
		out = append(out, label{colour: "$ink", spots: beside(p, ln)})
	}
	for i, c := range p.Curves {
		if c.Name == "" || len(p.Curves) < 2 {
			continue // a lone curve is named by the title
		}
		out = append(out, label{colour: "$c" + itoa(i%seriesColors), bold: true, curve: i + 1, spots: along(c, variants(c.Name, most))})
	}
	for i, c := range p.Curves {
		if len(c.Around) > 1 {
			out = append(out, label{colour: "$c" + itoa(i%seriesColors), optional: true, spots: edges(c)})
			break // one says it for all
		}
	}
	loud := 0
	for _, b := range p.Bands {
		if b.Label == "" {
			if !b.Quiet {
				loud++
			}
			continue
		}
		n := label{colour: "$muted", optional: true, spots: inside(p, b, variants(b.Label, most))}
		if b.Quiet {
			n.within = &[2]float64{max(b.From, p.X.Min), min(b.To, p.X.Max)}
		} else {
			n.colour, n.optional = "$c"+itoa(loud%2), false
			loud++
		}
		out = append(out, n)
	}
	return out
}

// above keeps the spots over a cross, which itself lies over its value.
func above(in []spot) []spot {
	var out []spot
	for _, s := range in {
		if s.dy < 0 {
			s.dy += crossUp - 4
			out = append(out, s)
		}
	}
	return out
}

// markColour is the curve's own where there are several, else one that stands
// out from the only curve.
func markColour(p *spec.Plane, m spec.Mark) string {
	if len(p.Curves) > 1 {
		return "$c" + itoa(m.Curve%seriesColors)
	}
	return "$c1"
}

// beside lists spots above and below a dashed line.
func beside(p *spec.Plane, l spec.Line) []spot {
	var out []spot
	if l.OnX {
		return upright(p, l)
	}
	for v, t := range variants(l.Label, 260) {
		_, h := box(t, textSize)
		for k, side := range []struct {
			x, dx float64
			align string
		}{{p.X.Max, -4, "right"}, {mix(p.X, 0.5), 0, "center"}, {p.X.Min, 6, "left"}, {mix(p.X, 0.3), 0, "center"}, {mix(p.X, 0.7), 0, "center"}} {
			for j, up := range []float64{-1, 1} {
				out = append(out, spot{t, side.x, l.At, side.dx, up * (h/2 + 2.5), side.align, float64(12*v + 3*k + j)})
			}
		}
	}
	return out
}

// edges lists spots outside the edges of a curve's band.
func edges(c spec.Curve) []spot {
	const says = "P5 to P95"
	var out []spot
	for k, f := range []float64{0.5, 0.7, 0.3, 0.85, 0.15} {
		a := c.Around[int(f*float64(len(c.Around)-1))]
		for j, s := range []spot{
			{dx: -6, dy: -14, align: "right"}, {dx: 6, dy: -14, align: "left"}, {dy: -16, align: "center"},
			{dx: 6, dy: 14, align: "left"}, {dx: -6, dy: 14, align: "right"}, {dy: 16, align: "center"},
		} {
			s.text, s.x, s.y, s.cost = says, a[0], a[2], float64(8*k+2*j)
			if s.dy > 0 {
				s.y = a[1]
			}
			out = append(out, s)
		}
	}
	return out
}

// upright lists spots on both sides of a dashed value of x, from its lower end
// to its upper one.
func upright(p *spec.Plane, l spec.Line) []spot {
	var out []spot
	for k, t := range variants(l.Label, 160) {
		_, h := box(t, textSize)
		for j, f := range []float64{0, 1, 0.5, 0.3, 0.7, 0.15, 0.85, 0.4, 0.6} {
			dy := (h/2 + 4) * (2*f - 1)
			out = append(out, spot{t, l.At, mix(p.Y, f), -6, dy, "right", float64(3*j + 6*k)},
				spot{t, l.At, mix(p.Y, f), 6, dy, "left", float64(3*j + 6*k + 1)})
		}
	}
	return out
}

// inside lists spots within a band: along the bottom and the top of a stretch
// of x, along both sides of a stretch of y.
func inside(p *spec.Plane, b spec.Band, texts []string) []spot {
	var out []spot
	for k, t := range texts {
		for _, s := range insideOne(p, b, t) {
			s.cost += float64(10 * k)
			out = append(out, s)
		}
	}
	return out
}

func insideOne(p *spec.Plane, b spec.Band, t string) []spot {
	_, h := box(t, textSize)
	half := h/2 + 4
	if b.OnY {
		y := middle(p.Y, max(b.From, p.Y.Min), min(b.To, p.Y.Max))
		return []spot{
			{t, p.X.Max, y, -6, 0, "right", 0},
			{t, p.X.Min, y, 6, 0, "left", 1},
			{t, mix(p.X, 0.75), y, 0, 0, "center", 2},
			{t, mix(p.X, 0.25), y, 0, 0, "center", 3},
			{t, p.X.Max, b.To, -6, -half, "right", 20},
			{t, p.X.Max, b.From, -6, half, "right", 21},
			{t, p.X.Min, b.From, 6, half, "left", 22},
			{t, p.X.Min, b.To, 6, -half, "left", 23},
		}
	}
	from, to := max(b.From, p.X.Min), min(b.To, p.X.Max)
	mid := middle(p.X, from, to)
	return []spot{
		{t, mid, p.Y.Min, 0, -half, "center", 0},
		{t, mid, p.Y.Max, 0, half, "center", 1},
		{t, from, p.Y.Min, 5, -half, "left", 2},
		{t, to, p.Y.Min, -5, -half, "right", 3},
		{t, from, p.Y.Max, 5, half, "left", 4},
		{t, to, p.Y.Max, -5, half, "right", 5},
	}
}

// middle of a stretch of an axis, as it is seen.
func middle(a spec.Axis, from, to float64) float64 {
	if a.LogBase > 0 {
		return math.Sqrt(from * to)
	}
	return (from + to) / 2
}

// mix is the value a share of the way along an axis.
func mix(a spec.Axis, f float64) float64 {
	if a.LogBase > 0 {
		return a.Min * math.Pow(a.Max/a.Min, f)
	}
	return a.Min + f*(a.Max-a.Min)
}
