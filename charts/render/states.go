package render

import (
	"math"

	"socketbook/charts/spec"
)

// stateAt is where a state stands: a column of 0 (left) to 2 (right), and a
// height in pixels.
type stateAt struct {
	col int
	y   float64
}

// closedAgain is the second place of CLOSED, at the end of a life: a way down
// the page never turns back.
const closedAgain = "CLOSED again"

var statePlaces = map[string]stateAt{
	"CLOSED": {1, 26}, "LISTEN": {1, 92}, "SYN_RECV": {0, 158}, "SYN_SENT": {2, 158}, "ESTABLISHED": {1, 224},
	"FIN_WAIT1": {0, 290}, "CLOSE_WAIT": {2, 290}, "FIN_WAIT2": {0, 372}, "CLOSING": {1, 340}, "LAST_ACK": {2, 400},
	"TIME_WAIT": {1, 440}, closedAgain: {1, 506},
}

// transitions are those of RFC 9293, figure 5, and TCP's shortcut from
// FIN_WAIT1 to TIME_WAIT.
var transitions = [][2]string{
	{"CLOSED", "LISTEN"}, {"CLOSED", "SYN_SENT"}, {"LISTEN", "SYN_RECV"}, {"LISTEN", "SYN_SENT"}, {"SYN_SENT", "SYN_RECV"},
	{"SYN_SENT", "ESTABLISHED"}, {"SYN_RECV", "ESTABLISHED"}, {"SYN_RECV", "FIN_WAIT1"}, {"ESTABLISHED", "FIN_WAIT1"},
	{"ESTABLISHED", "CLOSE_WAIT"}, {"FIN_WAIT1", "FIN_WAIT2"}, {"FIN_WAIT1", "CLOSING"}, {"FIN_WAIT1", "TIME_WAIT"},
	{"FIN_WAIT2", "TIME_WAIT"}, {"CLOSING", "TIME_WAIT"}, {"CLOSE_WAIT", "LAST_ACK"}, {"LAST_ACK", closedAgain}, {"TIME_WAIT", closedAgain},
}

// stateColours of the ways.
var stateColours = []string{"$c0", "$c1"}

// Half a box of the diagram, in pixels.
const stateHalf = 13.0

// box is where a state's box is.
func (s *scene) state(name string) (x, y, half float64) {
	p := statePlaces[name]
	half = 58
	if s.narrow {
		half = 47
	}
	return []float64{half + 4, s.width / 2, s.width - half - 4}[p.col], p.y, half
}

// drawStates draws the diagram and, below it, the steps of each way.
func drawStates(d *spec.States, l layout) (option string, height int, err error) {
	s := newScene(l)
	taken := map[[2]string]bool{}
	for _, p := range d.Paths {
		for k := 1; k < len(p.Steps); k++ {
			taken[hop(p, k)] = true
		}
	}
	for _, t := range transitions {
		if !taken[t] {
			s.between(t[0], t[1], 0, "$rule", 1, false)
		}
	}
	on := map[string]bool{}
	for i, p := range d.Paths {
		s.way(i, len(d.Paths), p, on)
	}
	for _, name := range stateOrder {
		s.box(name, on[name])
	}
	y := s.steps(d)
	return s.finish(y)
}

// stateOrder is the order of drawing.
var stateOrder = []string{"CLOSED", "LISTEN", "SYN_RECV", "SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "CLOSE_WAIT", "FIN_WAIT2",
	"CLOSING", "LAST_ACK", "TIME_WAIT", closedAgain}

// box draws one state; those on a way stand out.
func (s *scene) box(name string, on bool) {
	x, y, half := s.state(name)
	style := tree{"fill": "$paper", "stroke": "$rule", "lineWidth": 1}
	colour := "$muted"
	if on {
		style["stroke"], style["lineWidth"], colour = "$ink", 2, "$ink"
	}
	s.add(tree{"type": "rect", "z2": 4, "style": style,
		"shape": tree{"x": x - half, "y": y - stateHalf, "width": 2 * half, "height": 2 * stateHalf, "r": 6}})
	text := name
	if name == closedAgain {
		text = "CLOSED"
	}
	s.write(x, y, text, colour, s.small-1, on, "center")
}

// between draws a transition from box to box, moved sideways by some pixels,
// and returns the middle of its arrow.
func (s *scene) between(from, to string, aside float64, colour string, thick float64, dash bool) (mx, my float64) {
	x0, y0, half := s.state(from)
	x1, y1, _ := s.state(to)
	d := math.Hypot(x1-x0, y1-y0)
	if d == 0 {
		return x0, y0
	}
	ux, uy := (x1-x0)/d, (y1-y0)/d
	// Out of the box along the straight line.
	edge := min((half+1)/max(math.Abs(ux), 1e-9), (stateHalf+1)/max(math.Abs(uy), 1e-9))
	ox, oy := -uy*aside, ux*aside
	a := [2]float64{x0 + ux*edge + ox, y0 + uy*edge + oy}
	b := [2]float64{x1 - ux*(edge+1) + ox, y1 - uy*(edge+1) + oy}
	s.arrow(a[0], a[1], b[0], b[1], colour, thick, dash)
	return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2
}

// way draws the steps of one connection, each with its number.
func (s *scene) way(i, ways int, p spec.StatePath, on map[string]bool) {
	colour := stateColours[i%len(stateColours)]
	aside := 0.0
	if ways > 1 {
		aside = []float64{4, -4}[i%2]
	}
	known := map[[2]string]bool{}
	for _, t := range transitions {
		known[t] = true
	}
	on[p.Steps[0].State] = true
	for k := 1; k < len(p.Steps); k++ {
		h := hop(p, k)
		// What the diagram does not know is a reset, or a shortcut of the kernel.
		mx, my := s.between(h[0], h[1], aside, colour, 2.6, !known[h])
		on[h[1]] = true
		s.badge(mx, my, k, colour)
	}
}

// hop is step k of a way as a transition of the diagram. CLOSED at the end of a
// life is the lower one.
func hop(p spec.StatePath, k int) [2]string {
	from, to := p.Steps[k-1].State, p.Steps[k].State
	if from == "CLOSED" && k > 1 {
		from = closedAgain
	}
	if to == "CLOSED" {
		to = closedAgain
	}
	return [2]string{from, to}
}

// badge is a number in a circle.
func (s *scene) badge(x, y float64, n int, colour string) {
	s.add(tree{"type": "circle", "z2": 6, "shape": tree{"cx": math.Round(x), "cy": math.Round(y), "r": 8.5},
		"style": tree{"fill": colour, "stroke": "$paper", "lineWidth": 1.5}})
	s.add(tree{"type": "text", "z2": 9, "x": math.Round(x), "y": math.Round(y), "style": tree{"text": itoa(n), "fill": "$paper",
		"font": "bold 11px " + font, "align": "center", "verticalAlign": "middle"}})
}

// steps lists the ways below the diagram: side by side, or on narrow pages one
// below the other.
func (s *scene) steps(d *spec.States) (bottom float64) {
	y0, x, w := 548.0, 4.0, s.width-8
	if !s.narrow && len(d.Paths) > 1 {
		w = s.width/2 - 10
	}
	bottom = y0
	for i, p := range d.Paths {
		colour := stateColours[i%len(stateColours)]
		y := y0
		if s.narrow {
			y = bottom
		} else {
			x = 4 + float64(i)*s.width/2
		}
		if p.Name != "" {
			s.write(x, y, fit(p.Name, w, textSize), colour, textSize, true, "left")
			y += 22
		}
		for k, step := range p.Steps[1:] {
			s.badge(x+9, y, k+1, colour)
			t := wrap(step.State+", "+step.Text, w-34, s.small)
			_, h := box(t, s.small)
			s.write(x+24, y+(h-lineHeight)/2*0.9, t, "$ink", s.small, false, "left")
			y += h + 5
		}
		bottom = max(bottom, y+4)
	}
	return bottom
}
