package charts

import (
	"fmt"
	"math"
	"strings"
	"time"

	"socketbook/charts/spec"
)

// Queue draws the length of a bounded queue over virtual time as a step line,
// its bound as a dashed line, and every refused entry as a cross at the bound,
// with the counter that went up. A value that is also [Named] gives the queue
// its name, for example "accept queue of :80". Several queues, each with a name,
// share one axis of time.
func Queue(queues ...QueueSamples) *Chart {
	return build("Queue", func() (*Chart, error) {
		if len(queues) < 1 || len(queues) > maxCurves {
			return nil, fmt.Errorf("%s: want 1 to %d", plural(int64(len(queues)), "queue", "queues"), maxCurves)
		}
		var views []queueView
		for i, q := range queues {
			where := "the samples"
			if len(queues) > 1 {
				where = fmt.Sprintf("queue %d", i)
			}
			v, err := queue(where, q)
			if err != nil {
				return nil, err
			}
			if _, ok := q.(Named); len(queues) > 1 && (!ok || v.name == "queue") {
				return nil, fmt.Errorf("%s has no name: with several queues each wants a Name method and a text from it", where)
			}
			views = append(views, v)
		}
		f := spec.Figure{Name: "queue", Plane: views[0].plane(), Table: views[0].table()}
		f.Title, f.Summary = views[0].say()
		if len(views) > 1 {
			f.Title, f.Summary = sayQueues(views)
			f.Plane, f.Table = queuesPlane(views), queuesTable(views)
		}
		return &Chart{fig: f}, nil
	})
}

// queue reads one of them.
func queue(where string, q QueueSamples) (v queueView, err error) {
	at, err := points(where, q, false)
	if err != nil {
		return v, err
	}
	drops, err := dropped(q)
	if err != nil {
		return v, err
	}
	v = queueView{name: nameOf(q, "queue"), at: at, bound: q.Bound(), drops: drops}
	if v.bound < 0 {
		return v, fmt.Errorf("Bound = %d: want 0 (none) or more", v.bound)
	}
	return v, nil
}

// queueView is the samples as they were read.
type queueView struct {
	name  string
	at    [][2]float64 // seconds, entries
	bound int
	drops []Dropped
}

// dropped reads and checks the refusals.
func dropped(q QueueSamples) ([]Dropped, error) {
	n := q.Drops()
	if n < 0 || n > maxPoints {
		return nil, fmt.Errorf("Drops = %d: want 0 to %s", n, comma(maxPoints))
	}
	var out []Dropped
	for i := range n {
		at, many, counter := q.Drop(i)
		switch {
		case at < 0:
			return nil, fmt.Errorf("drop %d: at = %v: want 0 or later", i, at)
		case i > 0 && at < out[i-1].At:
			return nil, fmt.Errorf("drop %d: at = %v after %v: want times in rising order", i, at, out[i-1].At)
		case many < 1:
			return nil, fmt.Errorf("drop %d: n = %d: want 1 or more", i, many)
		case strings.TrimSpace(counter) == "":
			return nil, fmt.Errorf("drop %d: its counter is empty: want the kernel's name for it", i)
		}
		out = append(out, Dropped{at, many, counter})
	}
	return out, nil
}

// end is the last instant anything is said about, in seconds.
func (v queueView) end() float64 {
	end := v.at[len(v.at)-1][0]
	if n := len(v.drops); n > 0 {
		end = max(end, v.drops[n-1].At.Seconds())
	}
	return end
}

// most is the longest the queue got, and when first.
func (v queueView) most() (n, when float64) {
	for _, p := range v.at {
		if p[1] > n {
			n, when = p[1], p[0]
		}
	}
	return n, when
}

// counters sums the refusals by name, in order of first appearance.
func (v queueView) counters() []kindCount {
	var out []kindCount
next:
	for _, d := range v.drops {
		for i := range out {
			if out[i].kind == d.Counter {
				out[i].n += d.N
				continue next
			}
		}
		out = append(out, kindCount{d.Counter, d.N})
	}
	return out
}

// timeUnit picks the unit in which t seconds are a handy number.
func timeUnit(t float64) (unit string, perSecond float64) {
	switch {
	case t >= 2:
		return "s", 1
	case t >= 2e-3:
		return "ms", 1e3
	case t >= 2e-6:
		return "µs", 1e6
	}
	return "ns", 1e9
}

// plane lays the picture out: time in a handy unit, entries from zero.
func (v queueView) plane() *spec.Plane {
	unit, per := timeUnit(v.end())
	top, _ := v.most()
	top = max(top, float64(v.bound), 1)
	p := &spec.Plane{
		X: spec.Axis{Label: "virtual time (" + unit + ")", Value: "{value} " + unit, Max: v.end() * per},
		Y: spec.Axis{Label: "entries in the " + v.name, Max: nice(top * 1.25), Whole: true},
	}
	p.X.Min = v.at[0][0] * per
	if p.X.Max <= p.X.Min {
		p.X.Max = p.X.Min + 1
	}
	steps := v.steps(drawn)
	for i := range steps {
		steps[i][0] *= per
	}
	p.Curves = []spec.Curve{{Step: true, At: append(steps, [2]float64{p.X.Max, steps[len(steps)-1][1]})}}
	if v.bound > 0 {
		p.Lines = []spec.Line{{At: float64(v.bound), Label: "bound: " + plural(int64(v.bound), "entry", "entries")}}
	}
	p.Marks = v.crosses(per)
	return p
}

// nice rounds up to 1, 2, 3, 4, 5, 6 or 8 times a power of ten.
func nice(v float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 3, 4, 5, 6, 8, 10} {
		if v <= m*p {
			return m * p
		}
	}
	return 10 * p
}

// crosses places the refusals. Those that would lie on top of each other are
// drawn once; the first of each counter carries its sum.
func (v queueView) crosses(per float64) []spec.Mark {
	top, _ := v.most()
	y := top
	if v.bound > 0 {
		y = float64(v.bound)
	}
	sums := v.counters()
	gap := (v.end() - v.at[0][0]) / 40
	last := map[string]float64{}
	var out []spec.Mark
	for _, d := range v.drops {
		t, seen := last[d.Counter]
		if seen && d.At.Seconds()-t < gap {
			continue
		}
		m := spec.Mark{X: d.At.Seconds() * per, Y: y, Drop: true}
		if !seen {
			for _, s := range sums {
				if s.kind == d.Counter {
					m.Label = s.kind + ": " + comma(int64(s.n)) + " dropped"
				}
			}
		}
		out = append(out, m)
		last[d.Counter] = d.At.Seconds()
	}
	return out
}

// steps thins the samples to about n without losing a peak or a trough: of
// each slice of time the first, the lowest, the highest and the last remain.
func (v queueView) steps(n int) [][2]float64 { return steps(v.at, n) }

// steps is the same for any step line.
func steps(at [][2]float64, n int) [][2]float64 {
	if len(at) <= n {
		return append([][2]float64(nil), at...)
	}
	slices := n / 4
	width := (at[len(at)-1][0] - at[0][0]) / float64(slices)
	var out [][2]float64
	for i := 0; i < len(at); {
		j, lo, hi := i, i, i
		edge := at[i][0] + width
		for ; j < len(at) && (j == i || at[j][0] < edge); j++ {
			if at[j][1] < at[lo][1] {
				lo = j
			}
			if at[j][1] > at[hi][1] {
				hi = j
			}
		}
		for k := i; k < j; k++ {
			if k == i || k == lo || k == hi || k == j-1 {
				out = append(out, at[k])
			}
		}
		i = j
	}
	return out
}

// say states whether the bound was reached, and what was refused.
func (v queueView) say() (title, summary string) {
	top, when := v.most()
	total := 0
	var names []string
	for _, c := range v.counters() {
		total += c.n
		names = append(names, c.kind)
	}
	of := ""
	if v.bound > 0 {
		of = " of " + comma(int64(v.bound))
	}
	reached := comma(int64(top)) + of + " places"
	if v.bound == 0 {
		reached = plural(int64(top), "entry", "entries")
	}
	switch {
	case total > 0:
		fills := "fills its " + comma(int64(v.bound)) + " places"
		if v.bound == 0 || top < float64(v.bound) {
			fills = "holds at most " + reached
		}
		title = "The " + v.name + " " + fills + "; " + comma(int64(total)) + " more are dropped (" + strings.Join(names, ", ") + ")"
	case v.bound > 0 && top >= float64(v.bound):
		title = "The " + v.name + " fills all its " + comma(int64(v.bound)) + " places; nothing is dropped"
	default:
		title = "The " + v.name + " never needs more than " + reached
	}
	summary = "Length of the " + v.name + " over " + seconds(v.end()-v.at[0][0]) + " of virtual time: at most " +
		reached + ", first at " + seconds(when)
	for _, c := range v.counters() {
		summary += "; " + c.kind + " " + comma(int64(c.n))
	}
	return title, summary + "."
}

// seconds writes a time given in seconds.
func seconds(s float64) string { return duration(time.Duration(math.Round(s * 1e9))) }

// table lists the samples and the refusals in order of time.
func (v queueView) table() spec.Table {
	t := spec.Table{Columns: []string{"Virtual time", "Entries", "Dropped"}}
	i := 0
	drops := func(before float64) {
		for ; i < len(v.drops) && v.drops[i].At.Seconds() < before; i++ {
			d := v.drops[i]
			t.Rows = append(t.Rows, []string{duration(d.At), "", comma(int64(d.N)) + " " + d.Counter})
		}
	}
	for _, p := range v.at {
		drops(p[0])
		t.Rows = append(t.Rows, []string{seconds(p[0]), number(p[1]), ""})
	}
	drops(math.Inf(1))
	return capRows(t)
}
