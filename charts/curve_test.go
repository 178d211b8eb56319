package charts

import (
	"math"
	"strings"
	"testing"
	"time"
)

// TestReading: on the logarithmic plane a straight line between two points is
// exact for any power of x, so few points are enough.
func TestReading(t *testing.T) {
	c := curve{at: [][2]float64{{1, 28232}, {100, 2823200}}}
	if y, ok := c.yAt(36); !ok || math.Abs(y-36*28232) > 1e-6 {
		t.Errorf("yAt(36) = %v, %v; want %v", y, ok, 36*28232)
	}
	if x, ok := c.xWhere(1e6); !ok || math.Abs(x-1e6/28232) > 1e-9 {
		t.Errorf("xWhere(1e6) = %v, %v; want %v", x, ok, 1e6/28232)
	}
	if _, ok := c.yAt(0.5); ok {
		t.Error("yAt reads before the first point")
	}
	if _, ok := c.yAt(101); ok {
		t.Error("yAt reads after the last point")
	}
	if _, ok := c.xWhere(1); ok {
		t.Error("xWhere finds what the curve does not reach")
	}
	// 10 addresses of exactly 100,000 ports make a million: ten, not eleven.
	if n, ok := need(curve{at: [][2]float64{{1, 1e5}, {100, 1e7}}}); !ok || n != 10 {
		t.Errorf("need = %v, %v; want 10", n, ok)
	}
}

// TestCorner: the change of the binding limit lies where both sides meet, not
// at the next point.
func TestCorner(t *testing.T) {
	c := curve{
		at:      [][2]float64{{1, 1}, {10, 10}, {1000, 100}, {2000, 100}},
		binding: []string{"fds", "fds", "RAM", "RAM"},
	}
	s := c.stretches()
	if len(s) != 2 || math.Abs(s[0].to-100) > 1e-9 || math.Abs(s[1].from-100) > 1e-9 {
		t.Fatalf("stretches = %+v, want a change at 100", s)
	}
	line := c.line()
	if len(line) != 5 || math.Abs(line[2][0]-100) > 1e-9 || math.Abs(line[2][1]-100) > 1e-9 {
		t.Errorf("line = %v, want the corner (100, 100) in it", line)
	}
	// Parallel sides do not meet: the change is where it was first seen.
	p := curve{at: [][2]float64{{1, 1}, {2, 2}, {3, 3}, {4, 4}}, binding: []string{"a", "a", "b", "b"}}
	if s := p.stretches(); s[1].from != 3 {
		t.Errorf("stretches = %+v, want a change at 3", s)
	}
}

// TestThin: a curve of a million points is drawn with few, ends included.
func TestThin(t *testing.T) {
	c := curve{}
	for i := range 100_000 {
		c.at = append(c.at, [2]float64{float64(i + 1), 1})
	}
	got := c.thin(600)
	if len(got) > 601 || len(got) < 599 || got[0] != c.at[0] || got[len(got)-1] != c.at[99_999] {
		t.Errorf("%d points from %v to %v", len(got), got[0], got[len(got)-1])
	}
}

// TestTrend: how a curve runs, in words.
func TestTrend(t *testing.T) {
	for _, c := range []struct {
		desc string
		at   Points
		want string
	}{
		{"proportion", xy(1, 5, 10, 50, 100, 500), "rises in proportion"},
		{"inverse", xy(1, 100, 10, 10), "falls in inverse proportion"},
		{"a wall", xy(1, 1, 10, 10, 100, 100, 1000, 100), "rises in proportion up to 100, then stays at about 100"},
		{"slowly", xy(1, 1, 100, 10), "rises"},
		{"a hill", xy(1, 1, 10, 100, 100, 1), "rises up to 10, then falls"},
		{"a saw", xy(1, 1, 2, 9, 3, 1, 4, 9, 5, 1, 6, 9), "goes up and down"},
		{"a point", xy(1, 1), "is one point"},
	} {
		cs, err := read([]XYer{c.at})
		if err != nil {
			t.Fatal(err)
		}
		if got := cs[0].trend(); got != c.want {
			t.Errorf("%s: %q, want %q", c.desc, got, c.want)
		}
	}
}

// TestCrossings: curves swap where they meet, between the points of either.
func TestCrossings(t *testing.T) {
	a := curve{name: "a", at: [][2]float64{{1, 1}, {1000, 1000}}}
	b := curve{name: "b", at: [][2]float64{{1, 10}, {10_000, 10}}}
	got := crossings([]curve{a, b})
	if len(got) != 1 || math.Abs(got[0].x-10) > 1e-6 || got[0].above != "a" || got[0].below != "b" {
		t.Errorf("crossings %+v, want one at 10 with a above", got)
	}
	if got := crossings([]curve{b, {name: "c", at: [][2]float64{{1, 20}, {10, 20}}}}); got != nil {
		t.Errorf("parallel curves cross: %+v", got)
	}
	// They touch at 10 and part again on the same side.
	if got := crossings([]curve{b, {name: "v", at: [][2]float64{{1, 100}, {10, 10}, {100, 100}}}}); got != nil {
		t.Errorf("curves that touch cross: %+v", got)
	}
}

// TestRegions: the regions of a map tile it. At every column, drawn or between
// two, they lie upon one another without a gap.
func TestRegions(t *testing.T) {
	m, err := readMap(limitGrid())
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, r := range m.regions() {
		sum += regionArea(r)
	}
	all := math.Log(m.xs[len(m.xs)-1]/m.xs[0]) * math.Log(m.ys[len(m.ys)-1]/m.ys[0])
	if math.Abs(sum/all-1) > 1e-9 {
		t.Errorf("the regions have %v of the map", sum/all)
	}
	shares := 0.0
	for _, a := range m.area {
		shares += a
	}
	if math.Abs(shares-1) > 1e-9 {
		t.Errorf("the limits share %v of the map", shares)
	}
	// descriptors on both sides of the corner are one region, named once.
	if n := len(m.regions()); n != 3 {
		t.Errorf("%d regions, want 3", n)
	}
}

// TestQueueKeepsPeaks: thinning a long series must not lose its highest and
// lowest entry.
func TestQueueKeepsPeaks(t *testing.T) {
	v := queueView{}
	for i := range 50_000 {
		y := 100.0
		switch i {
		case 31_234:
			y = 999
		case 41_234:
			y = 1
		}
		v.at = append(v.at, [2]float64{float64(i), y})
	}
	lo, hi := math.Inf(1), 0.0
	steps := v.steps(600)
	for _, p := range steps {
		lo, hi = min(lo, p[1]), max(hi, p[1])
	}
	if lo != 1 || hi != 999 {
		t.Errorf("of 1 to 999 remain %v to %v", lo, hi)
	}
	if len(steps) > 800 {
		t.Errorf("%d points remain", len(steps))
	}
}

// TestRuns: neighbours of one kind are one line, gaps are free, 0–2 stay apart
// from what follows.
func TestRuns(t *testing.T) {
	d, err := runs(Table{Soft: 12, Open: []FD{{0, "file", "a"}, {1, "file", "b"}, {2, "file", "c"}, {3, "file", "d"}, {6, "file", "e"}, {7, "file", "f"}}})
	if err != nil {
		t.Fatal(err)
	}
	want := []struct{ from, to int }{{0, 2}, {3, 3}, {4, 5}, {6, 7}, {8, 11}}
	if len(d.Runs) != len(want) {
		t.Fatalf("runs %+v", d.Runs)
	}
	for i, w := range want {
		if d.Runs[i].From != w.from || d.Runs[i].To != w.to {
			t.Errorf("run %d is %d–%d, want %d–%d", i, d.Runs[i].From, d.Runs[i].To, w.from, w.to)
		}
	}
	full, err := runs(Table{Soft: 1, Open: []FD{{0, "file", ""}}})
	if err != nil {
		t.Fatal(err)
	}
	if title, _ := sayDescriptors(full); title != "All 1 descriptors are taken: the next accept fails with EMFILE" {
		t.Errorf("a full table says %q", title)
	}
}

// TestSaid: a number that is a point of the curve is said exactly, one between
// two points is said to be read off, and what another limit decides is not put
// down to the axis.
func TestSaid(t *testing.T) {
	limited := func(who ...string) bound {
		b := bound{Points: xy(1, 1020, 10, 1020), who: who}
		b.Label = "28,232 ports"
		return b
	}
	for _, c := range []struct {
		desc, got, want string
	}{
		{"a point", AgainstNofile(xy(512, 508, 1024, 1020, 2048, 2044)).Title(), "holds 1,020 connections"},
		{"between points", AgainstNofile(xy(512, 508, 2048, 2044)).Title(), "holds about 1,020 connections"},
		{"outside", AgainstNofile(xy(2048, 2044, 4096, 4092)).Title(), "from 2,044 to 4,092"},
		{"neighbours", AgainstNofile(bound{xy(512, 508, 1024, 1020, 1025, 1020, 2048, 1020), []string{"fds", "fds", "RAM", "RAM"}}).Title(),
			"beyond 1,024 descriptors the limit is RAM"},
		{"odds that nobody counted", Odds(Walls{{"fds", 5, 6, 7, 0}, {"RAM", 1, 2, 3, 0}}).Title(), "The lowest limit is RAM, at 1–3 connections"},
		{"a sure limit", Odds(Walls{{"fds", 5, 6, 7, 1}, {"RAM", 10, 20, 30, 0}}).Title(), "In every draw the limit is fds, at 5–7 connections"},
		{"a saw", Window(saw(50)).Title(), "falls 49 times, first at 1 s: timeout (50 times)"},
		{"a map of one limit", LimitMap(grid([]float64{1, 2}, []float64{1, 2}, "RAM")).Title(), "The limit is RAM everywhere on the map"},
		{"nothing moves", Tornado(Swings{Middle: 5, Inputs: []Swing{{"a", "1", "2", 5, 5}}}).Title(), "No input moves the answer: it stays at 5 connections"},
		{"flat", AgainstAddresses(limited("descriptors", "descriptors")).Title(),
			"From one client address or from many: 1,020 connections to a server port, the limit is descriptors"},
		{"as many", AgainstSocketMemory(xy(1000, 1e6, 20000, 1e6)).Title(), "holds 1 million sockets of 3 KB and as many of 10 KB"},
		{"two copies", Journey(Path{{"in", 0, 5, "CPU"}, {"mid", 1, 0, ""}, {"out", 2, 5, "CPU"}}).Title(), "the CPU copies twice, at “in” and “out”"},
		{"no copy", Journey(Path{{"in", 0, 0, ""}, {"out", 2, 0, ""}}).Title(), "no station copies with the CPU"},
		{"no plain word", Descriptors(Table{Open: []FD{{0, "/dev/null", ""}, {1, "/dev/null", ""}}}).Title(), "2\u00a0×\u00a0/dev/null"},
	} {
		if !strings.Contains(c.got, c.want) {
			t.Errorf("%s: %q, want %q", c.desc, c.got, c.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{comma(0), "0"}, {comma(999), "999"}, {comma(1000), "1,000"}, {comma(-1048576), "-1,048,576"},
		{number(28232), "28,232"}, {number(0.12345), "0.1235"}, {number(2.81e14), "281,000,000,000,000"},
		{about(5726623), "5.7 million"}, {about(171798), "170,000"}, {about(9999), "9,999"}, {about(2.8e14), "280 trillion"},
		{kilo(8589.9), "8.6"}, {kilo(17179.8), "17"},
		{duration(0), "0 ns"}, {duration(400), "400 ns"}, {duration(18400), "18.4 µs"}, {duration(1500 * time.Millisecond), "1.5 s"},
		{plural(1, "entry", "entries"), "1 entry"}, {plural(44, "entry", "entries"), "44 entries"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
