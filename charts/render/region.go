package render

import (
	"math"

	"socketbook/charts/spec"
)

// patch is a region's outline: the same trick as a curve's band.
func patch(r spec.Region) spec.Curve { return spec.Curve{Around: r.Around} }

// regionLabels are the names in their regions.
func regionLabels(p *spec.Plane, l layout, most float64) []label {
	var out []label
	g, _ := margins(p, l)
	for _, r := range p.Regions {
		if r.Name == "" {
			continue
		}
		var spots []spot
		full := r.Name
		if r.Detail != "" {
			full += "\n" + r.Detail
		}
		for k, t := range append([]string{full}, variants(r.Name, most)...) {
			for _, s := range roomy(p, r, l, g, t) {
				s.cost += float64(12 * k)
				spots = append(spots, s)
			}
		}
		out = append(out, label{colour: "$ink", bold: true, spots: spots})
	}
	return out
}

// roomy lists the middles of a region at each of its x, with what a text would
// lack of room there, in pixels, at the worst width.
func roomy(p *spec.Plane, r spec.Region, l layout, g grid, t string) []spot {
	w, h := box(t, textSize)
	height := float64(planeHeight(l)) - g.top - g.bottom
	var out []spot
	for i := 0; i < len(r.Around)-1; i++ {
		a, b := r.Around[i], r.Around[i+1]
		x := math.Sqrt(a[0]) * math.Sqrt(b[0])
		lo, hi := math.Sqrt(a[1])*math.Sqrt(b[1]), math.Sqrt(a[2])*math.Sqrt(b[2])
		lack := 0.0
		for _, total := range l.within {
			plot := total - g.left - g.right
			mid := share(p.X, x) * plot
			lack = max(lack, missing(p, r, mid, plot, w*1.06, h, height, lo, hi))
		}
		out = append(out, spot{text: t, x: x, y: math.Sqrt(lo) * math.Sqrt(hi), align: "center", cost: lack * 4})
	}
	return out
}

// missing is how many pixels a text of w×h around a middle reaches out of its
// region.
func missing(p *spec.Plane, r spec.Region, mid, plot, w, h, height, lo, hi float64) float64 {
	centre := (share(p.Y, lo) + share(p.Y, hi)) / 2 * height
	first, last := share(p.X, r.Around[0][0])*plot, share(p.X, r.Around[len(r.Around)-1][0])*plot
	out := max(0, first-(mid-w/2)) + max(0, mid+w/2-last)
	for _, a := range r.Around {
		if x := share(p.X, a[0]) * plot; x < mid-w/2 || x > mid+w/2 {
			continue
		}
		out = max(out, share(p.Y, a[1])*height-(centre-h/2), centre+h/2-share(p.Y, a[2])*height)
	}
	return out
}
