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
		{"bytes", must(capacity.AgainstBytes(l, capacity.Workload{Clients: one(100), ReservedRAM: 2 * capacity.GB}, capacity.Span{From: 4000})),
			func(x int64) (sockets.Limits, capacity.Workload) {
				return l, capacity.Workload{Clients: one(100), ReservedRAM: 2 * capacity.GB, AppBytes: capacity.Bytes(x) - sockets.SizeServerSocket}
			}},
	} {
		wantDrawable(t, c.curve)
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
	before := false
	for i := range c.Len() {
		x, _ := c.XY(i)
		before = before || x == 28236
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
	if !before {
		t.Error("the last point before the corner, 28,236, is missing")
	}
}

func TestOneWallAlone(t *testing.T) {
	// On a stock host 1,020 descriptors would hide both of these.
	c := must(capacity.AgainstClients(sockets.Limits{}, capacity.Workload{}, capacity.Span{Only: capacity.Tuples}))
	wantDrawable(t, c)
	for i := range c.Len() {
		if x, y := c.XY(i); y != x*28232 || c.Binding(i) != string(capacity.Tuples) {
			t.Errorf("%v clients: %v tuples, bound by %s", x, y, c.Binding(i))
		}
	}
	c = must(capacity.AgainstBytes(sockets.Limits{RAM: 16 * capacity.GB}, capacity.Workload{}, capacity.Span{Only: capacity.RAM}))
	wantDrawable(t, c)
	want := map[float64]float64{1000: 16e6, 3000: 5333333, 3829: 4178636, 10_000: 1.6e6, 1e6: 16000} // 16e9 / x
	for i := range c.Len() {
		x, y := c.XY(i)
		if w, asked := want[x]; asked && w != y {
			t.Errorf("16 GB at %v bytes hold %v, want %v", x, y, w)
		}
		delete(want, x)
	}
	if len(want) > 0 || c.Name() != "16 GB" {
		t.Errorf("the curve %q lacks points at %v", c.Name(), want)
	}
}

func TestPlacesAreMarked(t *testing.T) {
	c := must(capacity.AgainstClients(tuned(64*capacity.GiB), capacity.Workload{}, capacity.Span{
		Marks: []capacity.Mark{{X: 36, Label: "a million"}, {X: 1}}}))
	wantDrawable(t, c)
	if x, y, label := c.Mark(0); x != 36 || y != 36*28232 || label != "a million" {
		t.Errorf("the first mark is %q at (%v, %v), want 36 clients", label, x, y)
	}
	if x, y, label := c.Mark(1); x != 1 || y != 28232 || label != "1: 28,232" {
		t.Errorf("a mark without words is %q at (%v, %v), want both numbers", label, x, y)
	}
	if c.Name() != "28,232 ports" {
		t.Errorf("a curve without a name is called %q", c.Name())
	}
}
