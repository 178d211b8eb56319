package render

import (
	"math"
	"strings"

	"socketbook/charts/spec"
)

// ladderRow is the height of a row, in pixels.
const ladderRow = 25

// drawLadder draws two lifelines and the arrows between them.
func drawLadder(l *spec.Ladder, lay layout) (option string, height int, err error) {
	s := newScene(lay)
	left, right := 136.0, s.width-136
	if lay.narrow {
		left, right = 88, s.width-88
	}
	top := 40.0
	at := func(row float64) float64 { return top + 14 + row*ladderRow }
	bottom := at(l.Height)
	s.ends(l, left, right, top)
	for _, x := range []float64{left, right} {
		s.stroke([][]float64{{x, top}, {x, bottom}}, "$rule", 1.5, false)
	}
	for i := range l.Arrows {
		s.segment(l.Arrows, i, left, right, at)
	}
	for _, b := range l.Breaks {
		s.write(s.width/2, at(b.At), "⋯ "+b.Text+" ⋯", "$muted", s.small, false, "center")
		for _, x := range []float64{left, right} {
			// A gap in the lifeline.
			s.add(rectangle(x-2, at(b.At)-5, 4, 10, "$paper"))
			s.stroke([][]float64{{x - 5, at(b.At) - 3}, {x + 5, at(b.At) - 8}}, "$rule", 1.5, false)
			s.stroke([][]float64{{x - 5, at(b.At) + 8}, {x + 5, at(b.At) + 3}}, "$rule", 1.5, false)
		}
	}
	for _, t := range l.Times {
		s.outside(t, left, right, at, "$muted", false)
	}
	for _, n := range l.Notes {
		s.outside(n, left, right, at, "$ink", true)
	}
	return s.finish(bottom + 8)
}

// ends writes the names above the lifelines.
func (s *scene) ends(l *spec.Ladder, left, right, top float64) {
	most := s.width/2 - 12
	for _, e := range []struct {
		name, colour string
		x            float64
	}{{l.Left, "$c0", left}, {l.Right, "$c2", right}} {
		n := fit(e.name, most, textSize)
		w := width(n, textSize) * 1.05
		x := max(4+w/2, min(s.width/2-5-w/2, e.x))
		if e.x == right {
			x = max(s.width/2+5+w/2, min(s.width-4-w/2, e.x))
		}
		s.write(x, top-18, n, e.colour, textSize, true, "center")
	}
}

// outside writes a text on the outer side of a lifeline.
func (s *scene) outside(b spec.Beside, left, right float64, at func(float64) float64, colour string, bold bool) {
	if s.narrow && b.Text == "ESTABLISHED" {
		b.Text = "ESTAB" // as ss has it
	}
	t := fit(b.Text, (left-14)*1.25, s.small) // our estimate is wide of capitals
	if b.Left {
		s.write(left-9, at(b.At), t, colour, s.small, bold, "right")
		return
	}
	s.write(right+9, at(b.At), t, colour, s.small, bold, "left")
}

// How far a lost segment gets, and where a text stands, as shares of the way. The
// segments of a burst fan out from one point: their texts stand where the lines are
// apart.
const (
	lostAt, lostEarly = 0.62, 0.45
	textAt, textLate  = 0.44, 0.72
)

// segment draws one arrow with its text along it.
func (s *scene) segment(all []spec.Arrow, i int, left, right float64, at func(float64) float64) {
	a := all[i]
	x0, x1, colour := left, right, "$c0"
	if !a.FromLeft {
		x0, x1, colour = right, left, "$c2"
	}
	y0, y1 := at(a.From), at(a.To)
	text := a.Text
	if a.Again {
		text += " (again)"
	}
	if a.Lost == "" {
		s.arrow(x0, y0, x1, y1, colour, 1.8, false)
	} else {
		colour = "$c1"
		s.lost(a, x0, y0, x1, y1)
	}
	if s.narrow && a.Burst {
		text, _, _ = strings.Cut(text, " len ") // the table has it
	}
	text = fit(text, (right-left-10)*1.05, s.small)
	half := width(text, s.small)/2*0.92 + 4
	slope := (y1 - y0) / (x1 - x0)
	shares := []float64{textAt, textLate, 0.58, 0.3}
	if a.Burst {
		shares = []float64{textLate, 0.8, 0.88}
	}
	best, least := 0.0, math.Inf(1)
	for _, share := range shares {
		x := max(left+half, min(right-half, x0+(x1-x0)*share))
		if 2*half > right-left {
			x = (left + right) / 2
		}
		if n := crossed(all, i, x-half, x+half, left, right, at); n < least {
			best, least = x, n
		}
	}
	// Above the line, at a right angle to it.
	turn := math.Atan(slope)
	s.along(best+8*math.Sin(turn), y0+slope*(best-x0)-8*math.Cos(turn), slope, text, colour, s.small)
}

// crossed is over how much of the stretch from x0 to x1 another arrow lies in the text
// that stands there above the i-th arrow, in pixels.
func crossed(all []spec.Arrow, i int, x0, x1, left, right float64, at func(float64) float64) (pixels float64) {
	const step, high = 4, 9
	height := func(a spec.Arrow, x float64) float64 {
		share := (x - left) / (right - left)
		if !a.FromLeft {
			share = 1 - share
		}
		return at(a.From) + share*(at(a.To)-at(a.From))
	}
	for x := x0; x <= x1; x += step {
		for k, b := range all {
			if k != i && math.Abs(height(b, x)-height(all[i], x)+8) < high {
				pixels += step
			}
		}
	}
	return pixels
}

// lost draws the way of a segment as far as it got, and says why no further: below
// the cross, or in a burst, where no room is, at the end that it did not reach.
func (s *scene) lost(a spec.Arrow, x0, y0, x1, y1 float64) {
	left, right := min(x0, x1), max(x0, x1)
	share := lostAt
	if a.Burst {
		share = lostEarly
	}
	x, y := x0+(x1-x0)*share, y0+(y1-y0)*share
	s.stroke([][]float64{{x0, y0}, {x, y}}, "$c1", 1.8, true)
	s.stroke([][]float64{{x - 6, y - 6}, {x + 6, y + 6}}, "$c1", 2.5, false)
	s.stroke([][]float64{{x - 6, y + 6}, {x + 6, y - 6}}, "$c1", 2.5, false)
	if a.Burst {
		why := func(float64) float64 { return y1 }
		s.outside(spec.Beside{Left: !a.FromLeft, Text: a.Lost}, left, right, why, "$c1", true)
		return
	}
	why := []string{"lost: " + a.Lost}
	if cut := strings.LastIndex(a.Lost, ": "); cut > 0 && width(why[0], s.small)*1.1 > right-left-8 {
		why = []string{"lost: " + a.Lost[:cut+1], a.Lost[cut+2:]}
	}
	for i, line := range why {
		line = fit(line, right-left-8, s.small)
		half := width(line, s.small)/2*1.1 + 6 // it is bold
		s.write(max(left+half, min(right-half, x)), y+17+14*float64(i), line, "$c1", s.small, true, "center")
	}
}
