package capacity_test

import (
	"math"
	"testing"

	"socketbook/capacity"
	"socketbook/sockets"
)

// drawn is what a chart asks of a curve.
type drawn interface {
	Len() int
	XY(i int) (x, y float64)
	Name() string
	Marks() int
	Mark(i int) (x, y float64, label string)
	Binding(i int) string
}

var _ drawn = capacity.Curve{}

// wantDrawable fails unless a logarithmic axis can show the curve.
func wantDrawable(t *testing.T, c drawn) {
	t.Helper()
	last := 0.0
	for i := range c.Len() {
		x, y := c.XY(i)
		if !(x > last && y > 0) || math.IsInf(x, 0) || math.IsInf(y, 0) || c.Binding(i) == "" {
			t.Fatalf("point %d of %q is (%v, %v) after x = %v, bound by %q", i, c.Name(), x, y, last, c.Binding(i))
		}
		last = x
	}
	for i := range c.Marks() {
		x, y, label := c.Mark(i)
		on := false
		for j := range c.Len() {
			px, py := c.XY(j)
			on = on || px == x && py == y
		}
		if !on || label == "" {
			t.Errorf("mark %q at (%v, %v) is not on the curve %q", label, x, y, c.Name())
		}
	}
	if c.Len() == 0 || c.Name() == "" {
		t.Errorf("curve %q has %d points", c.Name(), c.Len())
	}
}

func TestCurvesAgreeWithTheVerdict(t *testing.T) {
	l := tuned(16 * capacity.GiB)
	one := func(n int64) []capacity.Clients { return []capacity.Clients{{Addrs: n}} }
	for _, c := range []struct {
		desc  string
		curve capacity.Curve
		at    func(x int64) (sockets.Limits, capacity.Workload) // the same, asked directly
	}{
		{"nofile", must(capacity.AgainstNofile(l, capacity.Workload{Clients: one(3)}, capacity.Span{To: 1e6})),
			func(x int64) (sockets.Limits, capacity.Workload) {
				l := l
				l.NofileSoft, l.NofileHard, l.NrOpen = int(x), int(x), 100_000_000
				return l, capacity.Workload{Clients: one(3)}
			}},
		{"clients", must(capacity.AgainstClients(l, capacity.Workload{ServerPorts: 2}, capacity.Span{})),
			func(x int64) (sockets.Limits, capacity.Workload) {
				return l, capacity.Workload{ServerPorts: 2, Clients: one(x)}
			}},
		{"bytes", must(capacity.AgainstBytes(l, capacity.Workload{Clients: one(100)}, capacity.Span{From: 4000})),
			func(x int64) (sockets.Limits, capacity.Workload) {
				return l, capacity.Workload{Clients: one(100), AppBytes: capacity.Bytes(x) - sockets.SizeServerSocket}
			}},
	} {
		wantDrawable(t, c.curve)
		if c.curve.Marks() == 0 {
			t.Errorf("%s: nothing is marked", c.desc)
		}
		for i := range c.curve.Len() {
			x, y := c.curve.XY(i)
			l, w := c.at(int64(x))
			v := must(capacity.Of(l, w))
			if float64(v.Connections()) != y {
				t.Errorf("%s: at %v the curve says %v, the verdict %v", c.desc, x, y, v.Connections())
			}
		}
	}
}

func TestCurvesBendAtTheCorner(t *testing.T) {
	// Four descriptors are taken: the limit binds up to 28,236, where 28,232
	// connections use up the only client.
	w := capacity.Workload{Clients: []capacity.Clients{{}}}
	c := must(capacity.AgainstNofile(sockets.Limits{}, w, capacity.Span{Points: 3}))
	for i := range c.Len() {
		x, _ := c.XY(i)
		want := string(capacity.NofileSoft)
		if x > 28236 {
			want = string(capacity.Tuples)
		}
		if c.Binding(i) != want {
			t.Errorf("at %v %s binds, want %s", x, c.Binding(i), want)
		}
		if i > 0 && c.Binding(i) != c.Binding(i-1) && x != 28237 {
			t.Errorf("the first point behind the corner is at %v, want 28,237", x)
		}
	}
	alone := must(c.Only(capacity.Tuples))
	wantDrawable(t, alone)
	for i := range alone.Len() {
		if _, y := alone.XY(i); y != 28232 {
			t.Errorf("the tuples alone allow %v", y)
		}
	}
	if _, err := c.Only(capacity.EpollWatches); err == nil {
		t.Error("a wall that is not there was drawn")
	}
}

func TestTheBooksNumbersAreMarked(t *testing.T) {
	c := must(capacity.AgainstClients(tuned(64*capacity.GiB), capacity.Workload{}, capacity.Span{}))
	if x, y, label := c.Mark(0); x != 1 || y != 28232 || label != "1: 28,232" {
		t.Errorf("first mark is %q at (%v, %v), want one client's 28,232", label, x, y)
	}
	if x, y, _ := c.Mark(1); x != 36 || y < 1e6 {
		t.Errorf("second mark is at (%v, %v), want the 36 clients of a million", x, y)
	}
	own := must(capacity.AgainstBytes(tuned(16*capacity.GB), capacity.Workload{}, capacity.Span{
		Name: "mine", Marks: []capacity.Mark{{X: 16 * capacity.KB, Label: "kernel and application"}}}))
	if x, y, label := own.Mark(0); own.Name() != "mine" || x != 16e3 || y != 1e6 || label != "kernel and application" {
		t.Errorf("own mark of %q is %q at (%v, %v)", own.Name(), label, x, y)
	}
}
