package charts

import (
	"fmt"
	"math"

	"socketbook/charts/spec"
)

// Window draws a congestion window over virtual time with the slow-start
// threshold, the losses that made it fall, by name, and the phases: slow start
// while the window is below the threshold, congestion avoidance above it.
func Window(w WindowSamples) *Chart {
	return build("Window", func() (*Chart, error) {
		v, err := window(w)
		if err != nil {
			return nil, err
		}
		title, summary := v.say()
		return &Chart{fig: spec.Figure{
			Name: "window", Title: title, Summary: summary, Plane: v.plane(), Table: v.table(),
		}}, nil
	})
}

// windowView is the samples as they were read.
type windowView struct {
	unit   string
	at     [][2]float64 // seconds, window
	limit  []float64    // threshold, 0 while unknown
	losses []Lost
}

// window reads and checks the samples.
func window(w WindowSamples) (*windowView, error) {
	at, err := points("the samples", w, false)
	if err != nil {
		return nil, err
	}
	v := &windowView{unit: nameOf(w, "segments"), at: at}
	for i := range at {
		t := w.Threshold(i)
		if err := value(fmt.Sprintf("sample %d", i), "Threshold", t, 0, mostValue); err != nil {
			return nil, err
		}
		v.limit = append(v.limit, t)
	}
	n := w.Losses()
	if n < 0 || n > maxPoints {
		return nil, fmt.Errorf("Losses = %d: want 0 to %s", n, comma(maxPoints))
	}
	for i := range n {
		when, what := w.Loss(i)
		where := fmt.Sprintf("loss %d", i)
		if err := named(where, "cause", what); err != nil {
			return nil, err
		}
		switch {
		case when < 0:
			return nil, fmt.Errorf("%s (%s): at = %v: want 0 or later", where, what, when)
		case i > 0 && when < v.losses[i-1].At:
			return nil, fmt.Errorf("%s (%s): at = %v after %v: want times in rising order", where, what, when, v.losses[i-1].At)
		}
		v.losses = append(v.losses, Lost{when, what})
	}
	return v, nil
}

// end is the last instant anything is said about, in seconds.
func (v *windowView) end() float64 {
	end := v.at[len(v.at)-1][0]
	if n := len(v.losses); n > 0 {
		end = max(end, v.losses[n-1].At.Seconds())
	}
	return end
}

// before is the window at an instant, before what happens then.
func (v *windowView) before(t float64) float64 {
	y := v.at[0][1]
	for _, p := range v.at {
		if p[0] >= t {
			break
		}
		y = p[1]
	}
	return y
}

// top is the greatest window, and when first.
func (v *windowView) top() (y, t float64) {
	for _, p := range v.at {
		if p[1] > y {
			y, t = p[1], p[0]
		}
	}
	return y, t
}

// plane lays the picture out.
func (v *windowView) plane() *spec.Plane {
	unit, per := timeUnit(v.end())
	top, _ := v.top()
	p := &spec.Plane{
		X: spec.Axis{Label: "virtual time (" + unit + ")", Value: "{value} " + unit, Min: v.at[0][0] * per, Max: v.end() * per},
		Y: spec.Axis{Label: "congestion window (" + v.unit + ")", Max: nice(max(top, 1e-9) * 1.2)},
	}
	if p.X.Max <= p.X.Min {
		p.X.Max = p.X.Min + 1
	}
	wide := steps(v.at, drawn/2)
	p.Curves = []spec.Curve{{Name: "congestion window", Step: true, At: scaled(wide, per, p.X.Max)}}
	if t := v.threshold(p.Y.Max); t != nil {
		p.Curves = append(p.Curves, spec.Curve{Name: "slow-start threshold", Step: true, At: scaled(t, per, p.X.Max)})
	}
	p.Bands = v.phases(per, p.X.Max)
	p.Marks = v.crosses(per)
	return p
}

// scaled turns seconds into the axis's unit and leads the curve to its end.
func scaled(at [][2]float64, per, end float64) [][2]float64 {
	var out [][2]float64
	for _, p := range at {
		out = append(out, [2]float64{p[0] * per, p[1]})
	}
	return append(out, [2]float64{end, out[len(out)-1][1]})
}

// threshold is the curve of the threshold from where it is known, as far as the
// picture reaches; only its changes.
func (v *windowView) threshold(most float64) (out [][2]float64) {
	for i, t := range v.limit {
		t = min(t, most)
		if t > 0 && (out == nil || out[len(out)-1][1] != t) {
			out = append(out, [2]float64{v.at[i][0], t})
		}
	}
	if len(out) > drawn/2 {
		out = steps(out, drawn/2)
	}
	return out
}

// slow reports whether sample i is in slow start.
func (v *windowView) slow(i int) bool { return v.limit[i] == 0 || v.at[i][1] < v.limit[i] }

// mostPhases is how many phases are shaded; a saw with more teeth is not.
const mostPhases = 12

// phases shades them; each is named once.
func (v *windowView) phases(per, end float64) []spec.Band {
	var out []spec.Band
	said := map[string]bool{}
	for i := range v.at {
		if i > 0 && v.slow(i) == v.slow(i-1) {
			continue
		}
		label := "congestion avoidance"
		if v.slow(i) {
			label = "slow start"
		}
		if n := len(out); n > 0 {
			out[n-1].To = v.at[i][0] * per
		} else if !v.slow(i) {
			// The second shade is that of congestion avoidance.
			out = append(out, spec.Band{From: v.at[i][0] * per, To: v.at[i][0] * per, Quiet: true})
		}
		if said[label] {
			label = ""
		} else {
			said[label] = true
		}
		out = append(out, spec.Band{From: v.at[i][0] * per, To: end, Label: label, Quiet: true})
	}
	if len(out) > mostPhases {
		return nil
	}
	return out
}

// crosses are the losses at the window they met; the first of each kind is
// named with how many there are.
func (v *windowView) crosses(per float64) []spec.Mark {
	sums := v.causes()
	gap := (v.end() - v.at[0][0]) / 60
	last := map[string]float64{}
	var out []spec.Mark
	for _, l := range v.losses {
		t, seen := last[l.What]
		if seen && l.At.Seconds()-t < gap {
			continue
		}
		m := spec.Mark{X: l.At.Seconds() * per, Y: v.before(l.At.Seconds()), Drop: true, Curve: lossColour}
		if !seen {
			m.Label = l.What
			for _, s := range sums {
				if s.kind == l.What && s.n > 1 {
					m.Label += " (" + comma(int64(s.n)) + " times)"
				}
			}
		}
		out = append(out, m)
		last[l.What] = l.At.Seconds()
	}
	return out
}

// lossColour keeps a loss apart from the curves.
const lossColour = 3

// causes counts the losses by name, in order of first appearance.
func (v *windowView) causes() []kindCount {
	var out []kindCount
next:
	for _, l := range v.losses {
		for i := range out {
			if out[i].kind == l.What {
				out[i].n++
				continue next
			}
		}
		out = append(out, kindCount{l.What, 1})
	}
	return out
}

// falls is how often the window shrinks by a quarter or more, and the first
// time: when, from and to.
func (v *windowView) falls() (n int, when, from, to float64) {
	for i := 1; i < len(v.at); i++ {
		if a, b := v.at[i-1][1], v.at[i][1]; b <= 0.75*a {
			if n++; n == 1 {
				when, from, to = v.at[i][0], a, b
			}
		}
	}
	return n, when, from, to
}

// say states how far the window grows and what makes it fall.
func (v *windowView) say() (title, summary string) {
	top, when := v.top()
	n, first, from, to := v.falls()
	title = "The congestion window grows to " + number(round(top, 3)) + " " + v.unit
	switch {
	case n == 1:
		title += " and falls once, from " + number(round(from, 3)) + " to " + number(round(to, 3)) + " at " + seconds(first)
	case n > 1:
		title += " and falls " + comma(int64(n)) + " times, first at " + seconds(first)
	default:
		title += " and never falls"
	}
	var causes []string
	for _, c := range v.causes() {
		s := c.kind
		if c.n > 1 {
			s += " (" + comma(int64(c.n)) + " times)"
		}
		causes = append(causes, s)
	}
	if causes != nil {
		title += ": " + list(causes)
	}
	start, end := v.at[0], v.at[len(v.at)-1]
	summary = "Congestion window over " + seconds(v.end()-start[0]) + " of virtual time: it begins with " + number(round(start[1], 3)) +
		", is at most " + number(round(top, 3)) + " at " + seconds(when) + ", and ends with " + number(round(end[1], 3)) + " " + v.unit + "."
	if n > 0 {
		summary += " It first falls at " + seconds(first) + ", from " + number(round(from, 3)) + " to " + number(round(to, 3)) + "."
	}
	for i := range v.at {
		if i > 0 && v.slow(i-1) && !v.slow(i) {
			how := ", where the window reaches the threshold of "
			if v.at[i][1] < v.at[i-1][1] {
				how = ", where the window falls to the new threshold of "
			}
			summary += " Slow start ends at " + seconds(v.at[i][0]) + how + number(round(v.limit[i], 3)) + "."
			break
		}
	}
	return title, summary
}

// table lists the samples and the losses in order of time.
func (v *windowView) table() spec.Table {
	t := spec.Table{Columns: []string{"Virtual time", "Window (" + v.unit + ")", "Threshold", "Loss"}}
	i := 0
	losses := func(upTo float64) {
		for ; i < len(v.losses) && v.losses[i].At.Seconds() <= upTo; i++ {
			t.Rows = append(t.Rows, []string{duration(v.losses[i].At), "", "", v.losses[i].What})
		}
	}
	for j, p := range v.at {
		losses(p[0])
		limit := ""
		if v.limit[j] > 0 {
			limit = number(round(v.limit[j], 4))
		}
		t.Rows = append(t.Rows, []string{seconds(p[0]), number(round(p[1], 4)), limit, ""})
	}
	losses(math.Inf(1))
	return capRows(t)
}
