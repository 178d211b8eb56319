package capacity_test

import (
	"math"
	"testing"
	"time"

	"socketbook/capacity"
)

var (
	descriptors = capacity.Axis{Label: "ulimit -n, descriptors", Values: []float64{1024, 10_000, 1e6},
		Set: func(h *capacity.Host, _ *capacity.Workload, v float64) {
			h.Limits.NofileSoft, h.Limits.NofileHard = int(v), int(v)
		}}
	appBytes = capacity.Axis{Label: "application, B a connection", Values: []float64{1000, 1e6},
		Set: func(_ *capacity.Host, w *capacity.Workload, v float64) { w.AppBytes = capacity.Bytes(v) }}
)

// Each cell is the plan of its pair.
func TestMapIsThePlanOfEveryPair(t *testing.T) {
	g := must(capacity.MapOf(capacity.Host{}, capacity.Workload{}, descriptors, appBytes))
	_, xs := g.X()
	_, ys := g.Y()
	seen := map[string]bool{}
	for i, x := range xs {
		for j, y := range ys {
			h := capacity.Host{}
			h.Limits.NofileSoft, h.Limits.NofileHard = int(x), int(x)
			b := must(capacity.Plan(h, capacity.Workload{AppBytes: capacity.Bytes(y)})).Binding()
			if limit, n := g.At(i, j); limit != string(b.Limit) || n != float64(b.Allows) {
				t.Errorf("at %v, %v: %s allows %v, want %s, %v", x, y, limit, n, b.Limit, b.Allows)
			}
			seen[string(b.Limit)] = true
		}
	}
	if len(seen) < 2 {
		t.Errorf("a map of one colour: %v", seen)
	}
}

func TestBadMapsAreRefused(t *testing.T) {
	for _, values := range [][]float64{nil, {1}, {2, 1}, {0, 1}, {math.NaN(), 1}, {1, 1}} {
		bad := appBytes
		bad.Values = values
		if _, err := capacity.MapOf(capacity.Host{}, capacity.Workload{}, descriptors, bad); err == nil {
			t.Errorf("%v was taken", values)
		} else if field, _ := refusedBy(t, err); field[0] != 'y' {
			t.Errorf("%v: %v", values, err)
		}
	}
	if _, err := capacity.MapOf(capacity.Host{CPUs: -1}, capacity.Workload{}, descriptors, appBytes); err == nil {
		t.Error("a bad host was taken")
	}
}

// The parts add up to what RAM is divided by.
func TestPartsAddUp(t *testing.T) {
	for _, w := range []capacity.Workload{{}, {Epoll: true, AppBytes: 5000, TLSBytes: 7},
		{Backends: 2, Lifetime: time.Second, Unread: 9000, Unsent: 1, Waiting: 0.3, Epoll: true}} {
		h := capacity.Host{Tracked: true}
		p := must(capacity.PartsOf(h, w))
		sum := 0.0
		for i := range p.Len() {
			_, b := p.Part(i)
			sum += b
		}
		if want := must(w.KernelBytesOn(h)) + w.AppBytes + w.TLSBytes; sum != float64(want) || p.Name() == "" {
			t.Errorf("%+v: the parts are %v B together, want %v", w, sum, want)
		}
	}
	if _, err := capacity.PartsOf(capacity.Host{}, capacity.Workload{AppBytes: -1}); err == nil {
		t.Error("a bad workload was taken")
	}
}
