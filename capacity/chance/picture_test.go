package chance

import (
	"math"
	"testing"

	"socketbook/capacity"
)

// The pictures of an answer say what the answer says.
func TestPicturesOfAnAnswer(t *testing.T) {
	r := must(Ask(roomy, capacity.Workload{Clients: []capacity.Clients{{Addrs: 36}}}, Options{Seed: 1}, AppBytes(Uniform(4000, 24000)), ReservedRAM(Uniform(0, 1<<30))))
	d := r.Draws()
	if d.Len() != 2000 || d.Draw(0) > d.Draw(1999) || capacity.Count(d.Draw(999)) != r.P50 || d.Shares() != 2 {
		t.Errorf("draws: %d, median %v of %v", d.Len(), d.Draw(999), r.P50)
	}
	_, a := d.Share(0)
	_, b := d.Share(1)
	if math.Abs(a+b-1) > 1e-9 {
		t.Errorf("somebody binds always: %v and %v", a, b)
	}
	name, low, high, atLow, atHigh := r.Tornado().Input(0)
	if name != "application bytes" || low != "5,000" || high != "23,000" || atLow <= atHigh || r.Tornado().Len() != 2 || r.Tornado().Base() != float64(r.Middle) || float64(r.Middle) > atLow || float64(r.Middle) < atHigh {
		t.Errorf("%s %s to %s: %v to %v", name, low, high, atLow, atHigh)
	}
	total := 0.0
	for i := range r.Odds().Len() {
		limit, p5, p50, p95, binds := r.Odds().Wall(i)
		if total += binds; !(p5 <= p50 && p50 <= p95) || binds > 0 && limit != "RAM" && limit != "five-tuples" {
			t.Errorf("%s: %v, %v, %v, %v", limit, p5, p50, p95, binds)
		}
	}
	if math.Abs(total-1) > 1e-9 {
		t.Errorf("the limits bind %v of the time", total)
	}
}

// Along an axis: each point is the answer there.
func TestCurveAlongAnAxis(t *testing.T) {
	ram := capacity.Axis{Label: "RAM, GB", Values: []float64{1, 4, 16},
		Set: func(h *capacity.Host, _ *capacity.Workload, v float64) { h.Limits.RAM = int64(v * 1e9) }}
	c := must(Along(roomy, capacity.Workload{}, Options{Seed: 2, Draws: 300}, ram, AppBytes(LogNormal(5000, 20_000))))
	for i := range c.Len() {
		x, y := c.XY(i)
		lo, hi := c.Band(i)
		if !(lo < y && y < hi) || c.Binding(i) != "RAM" || math.Abs(y/x/(1e9/13829)-1) > 0.02 {
			t.Errorf("at %v GB %v, %v to %v, by %s", x, y, lo, hi, c.Binding(i))
		}
	}
	if _, err := Along(roomy, capacity.Workload{}, Options{}, capacity.Axis{}, AppBytes(Exactly(1))); err == nil {
		t.Error("an empty axis was taken")
	}
}
